/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/decide.h"

struct inquiry {
    const struct gh_question *q;
    bool is_below; /* a grant further down counts too */
};

static bool
is_in_force(const struct gh_snap_rec *grant, int64_t now_ms)
{
    uint64_t start = gh_snap_u64(grant, GH_GRANT_START_MS), end = gh_snap_u64(grant, GH_GRANT_END_MS);
    uint64_t now = now_ms < 0 ? 0 : (uint64_t)now_ms;

    return now >= start && (end == 0 || now < end);
}

static bool
is_in_scope(const struct gh_snap_rec *grant, const struct inquiry *in)
{
    struct gh_str scope = gh_snap_str(grant, GH_GRANT_SCOPE);

    return gh_scope_covers(scope, in->q->path) || (in->is_below && gh_scope_covers(in->q->path, scope));
}

/* Cheapest test first: the role is looked up only for a grant that is in force at this place. */
static bool
grant_allows(struct gh_decision *out, const struct gh_snap_rec *grant, const struct inquiry *in)
{
    struct gh_snap_rec role;

    if (!is_in_scope(grant, in) || !is_in_force(grant, in->q->now_ms))
        return false;
    if (!gh_snap_find(&role, in->q->snap, GH_SNAP_ROLE, gh_snap_str(grant, GH_GRANT_ROLE)) ||
        !gh_role_stored_allows(gh_snap_str(&role, GH_ROLE_BITS), in->q->action))
        return false;
    *out = (struct gh_decision){
        GH_ALLOW, gh_snap_str(grant, GH_GRANT_ID), gh_snap_str(&role, GH_ROLE_NAME), "an assignment grants it"};
    return true;
}

static bool
principal_allows(struct gh_decision *out, struct gh_str principal, const struct inquiry *in)
{
    struct gh_snap_rec assignment;

    if (!gh_snap_find(&assignment, in->q->snap, GH_SNAP_ASSIGNMENT, principal))
        return false;
    for (size_t i = 0; i < gh_snap_count(&assignment, GH_ASSIGNMENT_GRANTS); i++) {
        struct gh_snap_rec grant = gh_snap_row(&assignment, GH_ASSIGNMENT_GRANTS, i);

        if (grant_allows(out, &grant, in))
            return true;
    }
    return false;
}

static void
decide(struct gh_decision *out, const struct inquiry *in)
{
    const struct gh_caller *caller = in->q->caller;

    *out = (struct gh_decision){GH_DENY, GH_STR("default deny"), gh_str(NULL, 0), "no assignment grants the action at this scope"};
    if (caller->why != GH_IDENTIFY_OK) {
        out->reason = "the caller is not identified";
        return;
    }
    if (in->q->action <= GH_ACTION_NONE || in->q->action >= GH_ACTION_COUNT) {
        out->reason = "there is no such action";
        return;
    }
    for (size_t i = 0; i < caller->n_principals; i++)
        if (principal_allows(out, caller->principals[i], in))
            return;
    if (caller->groups_unknown)
        out->reason = "no assignment grants the action at this scope, and not all groups of the caller are known";
}

void
gh_decide(struct gh_decision *out, const struct gh_question *q)
{
    decide(out, &(const struct inquiry){q, false});
}

void
gh_decide_below(struct gh_decision *out, const struct gh_question *q)
{
    decide(out, &(const struct inquiry){q, true});
}
