/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/standing.h"

/* An assignment that has not ended; one that has not begun counts too: its holder may cancel it. */
static bool
holds_grant(struct gh_decision *out, const struct gh_snap *snap, struct gh_str principal, int64_t now_ms)
{
    struct gh_snap_rec held;

    if (!gh_snap_find(&held, snap, GH_SNAP_ASSIGNMENT, principal))
        return false;
    for (size_t i = 0; i < gh_snap_count(&held, GH_ASSIGNMENT_GRANTS); i++) {
        struct gh_snap_rec grant = gh_snap_row(&held, GH_ASSIGNMENT_GRANTS, i);
        uint64_t end = gh_snap_u64(&grant, GH_GRANT_END_MS);

        if (end != 0 && (now_ms < 0 || (uint64_t)now_ms >= end))
            continue;
        *out = (struct gh_decision){.verdict = GH_ALLOW,
            .rule = gh_snap_str(&grant, GH_GRANT_ID),
            .reason = "holds an assignment; control decides the rest"};
        return true;
    }
    return false;
}

static bool
is_eligible(struct gh_decision *out, const struct gh_snap *snap, struct gh_str principal)
{
    struct gh_snap_rec row;

    if (!gh_snap_find(&row, snap, GH_SNAP_ELIGIBLE, principal))
        return false;
    *out = (struct gh_decision){.verdict = GH_ALLOW,
        .rule = gh_snap_str(&row, GH_ELIGIBLE_ID),
        .reason = "may ask for a role, or answer who asks; control decides the rest"};
    return true;
}

void
gh_standing(struct gh_decision *out, const struct gh_snap *snap, const struct gh_caller *caller, int64_t now_ms)
{
    *out = (struct gh_decision){
        .verdict = GH_DENY, .rule = GH_STR("default deny"), .reason = "no assignment, and none could be asked for"};
    if (caller->why != GH_IDENTIFY_OK) {
        out->reason = "the caller is not identified";
        return;
    }
    for (size_t i = 0; i < caller->n_principals; i++)
        if (holds_grant(out, snap, caller->principals[i], now_ms) || is_eligible(out, snap, caller->principals[i]))
            return;
}
