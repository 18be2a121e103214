/* SPDX-License-Identifier: Apache-2.0 */
/* control/access_diff: what a change of the policy would mean for people, before it is made. */
#ifndef GH_CONTROL_ACCESS_DIFF_H
#define GH_CONTROL_ACCESS_DIFF_H

#include "base/arena.h"
#include "policy/snapshot.h"
#include "wire/json.h"

struct gh_access_diff {
    const struct gh_snap *before, *after;
    struct gh_arena *a;
    int64_t now_ms;
};

/*
 * "changes": for each principal and scope where something differs {principal, scope, gains, loses}: actions by roles and denials; conditional
 * access decides on sign-ins, and here is none. GH_LIMIT: more than GH_ACCESS_ANSWERS_MAX principals; GH_NOMEM.
 */
GH_MUST_USE enum gh_rc gh_access_put_diff(struct gh_jsonw *w, size_t *n_gains, size_t *n_losses, const struct gh_access_diff *ask);

/* Whether anybody described here could still give roles at "/": enabled, granted, not denied, and not blocked whatever he did. False also
 * without memory. */
bool gh_access_is_governed(const struct gh_snap *snap, struct gh_arena *a, int64_t now_ms);

#endif
