/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/access_changed: where may a caller be allowed something else in one state than in another? What stands in both states alike
 * decides alike, so the answer is the scopes of what does not: grants and denials of his principals that only one state has, or whose role
 * differs. It names too much rather than too little; whether anything is gained or lost there is asked of the engine.
 */
#ifndef GH_CONTROL_ACCESS_CHANGED_H
#define GH_CONTROL_ACCESS_CHANGED_H

#include "control/access/access_named.h"

enum { GH_ACCESS_SIDES = 2 };

struct gh_access_changed {
    const struct gh_snap *snap[GH_ACCESS_SIDES];
    bool are_roles_same, are_denials_same;
    /* of one caller: */
    bool is_everywhere;             /* he is another, or may be */
    struct gh_access_scopes scopes; /* everything at and below these */
};

/* What is the same for all callers, found once. */
void gh_access_changed_init(struct gh_access_changed *c, struct gh_arena *a, const struct gh_snap *before, const struct gh_snap *after);
/* The same principal in both states, as gh_identify_as says. */
GH_MUST_USE enum gh_rc gh_access_changed_find(struct gh_access_changed *c, const struct gh_caller *before, const struct gh_caller *after);
/* At and below which scopes; NULL: everywhere. */
static inline const struct gh_access_scopes *
gh_access_changed_where(const struct gh_access_changed *c)
{
    return c->is_everywhere ? NULL : &c->scopes;
}

#endif
