/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/copy: is this store the one that vault last saw? Somebody may have brought an old one back: rights that were ended would live again, and
 * what happened since would be gone from the record. Vault remembers the last head that it signed, and a restored backup has a vault
 * with a new audit key (ipc/layout.h, GH_LAYOUT_RESTORED); either tells.
 *
 * A store that is a copy is served to nobody: management answers 503, the edge gets a snapshot that is too old from its first second, nothing
 * is drained, published or provisioned, until the owner says the word (gatehouse recover --accept-restore), which is a record.
 */
#ifndef GH_CONTROL_COPY_H
#define GH_CONTROL_COPY_H

#include "control/control.h"

enum gh_copy {
    GH_COPY_NONE = 0,
    GH_COPY_OLDER,   /* vault signed a head of an entry that is not there       */
    GH_COPY_FOREIGN, /* another entry stands where vault signed                 */
    GH_COPY_NEW_KEY, /* vault has an audit key that this store has never seen   */
    GH_COPY_COUNT
};

/* Only GH_COPY_NEW_KEY can be accepted: a vault that has signed later heads takes a new key first, at its owner's mark. */
GH_MUST_USE enum gh_rc gh_copy_look(enum gh_copy *out, struct gh_store *store, const struct gh_vault_keys *keys);
/* For the log, the answer and the operator: a literal. */
const char *gh_copy_text(enum gh_copy copy);

/*
 * The owner's word: one record (who, why, the new key's digest), and from it on heads are signed by vault's new key. The daemon then starts
 * anew. GH_BAD: nothing to accept, or vault has no new key.
 */
GH_MUST_USE enum gh_rc gh_copy_accept(struct gh_controller *c, struct gh_arena *a, struct gh_str reason);

#endif
