/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/rights: who may give rights to himself. The right to assign roles is meant for handing them to others: an administrator whose
 * own role withholds key listing (as Gatehouse IT Administrator does) must not get data actions or keys by assigning himself another one.
 * Whoever may list the keys of a scope may do so already, and is not held up. Two people acting together are not stopped by this; the
 * records name both.
 */
#ifndef GH_CONTROL_REST_RIGHTS_H
#define GH_CONTROL_REST_RIGHTS_H

#include "control/rest/write.h"

/*
 * What conditions may ask of an assignment of `role` (a GUID, an id that ends in one, or a name) to `principal`: into the call's arena. What
 * is not there stays empty, and so unknown: a condition that asks for it does not hold.
 */
bool gh_rights_describe(struct gh_assignment_facts **out, struct gh_call *call, struct gh_store_tx *tx, struct gh_str role, struct gh_str principal);
/* Id of the role that a text names: its GUID, an id that ends in one, or its name; p NULL: there is none. */
GH_MUST_USE enum gh_rc gh_rights_role(struct gh_str *id, struct gh_call *call, struct gh_store_tx *tx, struct gh_str text);
/* Id of the role of this name, in whatever letters; p NULL: there is none, or only the one at the path `not_at`. */
GH_MUST_USE enum gh_rc gh_rights_role_named(struct gh_str *id, struct gh_call *call, struct gh_store_tx *tx, struct gh_str name, struct gh_str not_at);
/* "User", "Group" or "ServicePrincipal"; empty: not known here. */
GH_MUST_USE enum gh_rc gh_rights_principal_type(struct gh_str *out, struct gh_call *call, struct gh_store_tx *tx, struct gh_str principal);

/* Whether what `principal` is given, the caller has: it is the caller or a group of his. Never for the local owner. */
bool gh_rights_is_self(const struct gh_call *call, struct gh_str principal);

/* Asked when the caller is about to get `role` (an id) at `scope` himself. False: the answer is set (403 or a fault). */
bool gh_rights_may_take(struct gh_write *w, struct gh_str role, struct gh_str scope);

/*
 * Asked when a write of another kind changes what conditional access sees: while there are policies, it needs the right to write them. `why` is the
 * detail of the 403. False: the answer is set.
 */
bool gh_rights_may_move_conditions(struct gh_write *w, const char *why, struct gh_str about);

#endif
