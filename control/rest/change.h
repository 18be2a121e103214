/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/change: several resources in one transaction, each with its schema, its type's checks and its own ADMIN record: an approval and
 * the assignment that it gives, or all that is withdrawn at once. All of it stands, or none.
 *
 * Access is decided by who makes the change, before: here nobody is asked, but the types' checks still hold the caller to what he may hand out. `prepare` of a type (what may take long) does not run: a change
 * gives no secret and no new address.
 *
 *     struct gh_change ch;
 *     if (gh_change_begin(&ch, call) && gh_change_put(&ch, path, properties, "approve"))
 *         (void)gh_change_commit(&ch);
 *     gh_change_end(&ch);
 *
 * A step that fails has set the answer, and nothing is kept.
 */
#ifndef GH_CONTROL_REST_CHANGE_H
#define GH_CONTROL_REST_CHANGE_H

#include "control/rest/write.h"

struct gh_change {
    struct gh_call *call;
    struct gh_store_tx *tx; /* for reading in between too */
    struct gh_touched *touched, own;
    bool is_granted; /* what follows is given by a rule, not by the caller: his own rights do not bound it (gh_write.is_granted) */
    bool may_end_owners; /* who asked has said so (gh_write.may_end_owners) */
};

bool gh_change_begin(struct gh_change *ch, struct gh_call *call);
/* As part of a write, in its transaction: that commits it and ends it. */
void gh_change_within(struct gh_change *ch, struct gh_write *w);
/* `properties` is JSON; `operation` a literal, the record's word for it. */
bool gh_change_put(struct gh_change *ch, struct gh_str path, struct gh_str properties, const char *operation);
/* What is not there is not an error. */
bool gh_change_delete(struct gh_change *ch, struct gh_str path, const char *operation);
/* A record beside those of the resources: what was done, to what. */
bool gh_change_record(struct gh_change *ch, struct gh_str path, const char *operation);
bool gh_change_commit(struct gh_change *ch);
void gh_change_end(struct gh_change *ch);

#endif
