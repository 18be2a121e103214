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

/* Whether what `principal` is given, the caller has: it is the caller or a group of his. Never for the local owner. */
bool gh_rights_is_self(const struct gh_call *call, struct gh_str principal);

/* Asked when the caller is about to get `role` (an id) at `scope` himself. False: the answer is set (403 or a fault). */
bool gh_rights_may_take(struct gh_write *w, struct gh_str role, struct gh_str scope);

#endif
