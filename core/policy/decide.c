/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/decide.h"

#include "policy/condition.h"
#include "policy/snapshot_int.h"

struct inquiry {
    const struct gh_question *q;
    struct gh_scope_asks asks; /* which scopes could matter */
    uint64_t hash[GH_SNAP_SIFT_MAX];
    size_t hashed;   /* of which run of the caller's principals these are; SIZE_MAX: none yet */
    bool is_below;   /* a grant further down counts too */
    bool has_unmet;  /* a grant would have counted, but for its condition ... */
    bool has_unsure; /* ... or one that could not be evaluated */
};

/* A run of the caller's principals that fits into one sieve: those whose row in `section` could matter. */
struct run {
    const struct gh_str *keys;
    const uint64_t *hash;
    uint8_t hit[GH_SNAP_SIFT_MAX];
    size_t n_hits;
};

static void
sift(struct run *out, struct inquiry *in, enum gh_snap_section section, size_t first)
{
    const struct gh_caller *caller = in->q->caller;
    size_t left = caller->n_principals - first, n = left < GH_SNAP_SIFT_MAX ? left : GH_SNAP_SIFT_MAX;

    out->keys = caller->principals + first;
    if (in->hashed != first)
        gh_snap_hashes(in->hash, in->q->snap, GH_SNAP_ASSIGNMENT, out->keys, n);
    in->hashed = first;
    out->hash = in->hash;
    out->n_hits = gh_snap_sift(out->hit, in->q->snap, section, out->keys, in->hash, n, &in->asks);
}

/* ---- denials ---- */

static bool
denies_here(const struct gh_snap_rec *denial, const struct inquiry *in)
{
    struct gh_str scope = gh_snap_str_of(denial, GH_DENIAL_SCOPE);

    if (gh_snap_u64_of(denial, GH_DENIAL_IS_HERE) != 0)
        return !in->is_below && gh_str_eq(scope, in->q->path);
    return gh_scope_covers(scope, in->q->path);
}

static bool
is_spared(const struct gh_snap_rec *denial, const struct gh_caller *caller)
{
    size_t n = gh_snap_count_of(denial, GH_DENIAL_EXCLUDED);

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < caller->n_principals; k++)
            if (gh_str_eq(gh_snap_item_of(denial, GH_DENIAL_EXCLUDED, i), caller->principals[k]))
                return true;
    return false;
}

/* A condition lifts a denial only where it is plain that it does not hold, or where the whole question is asked again further down. */
static bool
is_lifted(enum gh_holds holds)
{
    return holds == GH_HOLDS_NO || holds == GH_HOLDS_LATER;
}

static bool
denies(struct gh_decision *out, const struct gh_snap_rec *denial, const struct inquiry *in, bool is_sure)
{
    if (!gh_role_stored_allows(gh_snap_str_of(denial, GH_DENIAL_BITS), in->q->action) || !denies_here(denial, in) ||
        is_spared(denial, in->q->caller))
        return false;
    enum gh_holds holds = gh_condition_run(gh_snap_str_of(denial, GH_DENIAL_CONDITION), in->q, in->is_below);
    enum gh_holds entry = gh_condition_run(gh_snap_str_of(denial, GH_DENIAL_ENTRY_CONDITION), in->q, in->is_below);
    if (is_lifted(holds) || is_lifted(entry))
        return false;
    if (entry == GH_HOLDS_UNKNOWN)
        holds = entry;
    *out = (struct gh_decision){GH_DENY, gh_snap_str_of(denial, GH_DENIAL_ID), gh_str(NULL, 0), "a deny assignment forbids it",
        !is_sure || holds == GH_HOLDS_UNKNOWN};
    if (holds == GH_HOLDS_UNKNOWN)
        out->reason = "a deny assignment may forbid it: its condition cannot be evaluated";
    else if (!is_sure)
        out->reason = "a deny assignment names groups, and not all groups of the caller are known";
    return true;
}

/* Any of those that the sieve left. */
static bool
run_denies(struct gh_decision *out, const struct run *run, const struct inquiry *in, bool is_sure)
{
    struct gh_snap_rec row;

    for (size_t h = 0; h < run->n_hits; h++) {
        if (!gh_snap_find_hashed(&row, in->q->snap, GH_SNAP_DENY, run->keys[run->hit[h]], run->hash[run->hit[h]]))
            continue;
        for (size_t i = 0; i < gh_snap_count_of(&row, GH_DENY_DENIALS); i++) {
            struct gh_snap_rec denial = gh_snap_row(&row, GH_DENY_DENIALS, i);

            if (denies(out, &denial, in, is_sure))
                return true;
        }
    }
    return false;
}

/* What is denied under a name that no caller has. */
static bool
is_denied_under(struct gh_decision *out, struct gh_str name, uint64_t hash, const struct inquiry *in, bool is_sure)
{
    struct run run = {.keys = &name, .hash = &hash};

    run.n_hits = gh_snap_sift(run.hit, in->q->snap, GH_SNAP_DENY, &name, &hash, 1, &in->asks);
    return run.n_hits > 0 && run_denies(out, &run, in, is_sure);
}

/* The caller may be in any group. */
static bool
is_denied_by_group(struct gh_decision *out, const struct inquiry *in)
{
    const struct gh_str any = GH_STR(GH_DENY_ANY_GROUP);

    return is_denied_under(out, any, gh_snap_hash(&in->q->snap->base->keys, any), in, false);
}

static bool
is_denied(struct gh_decision *out, struct inquiry *in)
{
    const struct gh_caller *caller = in->q->caller;

    if (!gh_snap_has_rows(in->q->snap, GH_SNAP_DENY))
        return false;
    for (size_t first = 0; first < caller->n_principals; first += GH_SNAP_SIFT_MAX) {
        struct run run;

        sift(&run, in, GH_SNAP_DENY, first);
        if (run.n_hits > 0 && run_denies(out, &run, in, true))
            return true;
    }
    return is_denied_under(out, GH_STR(GH_DENY_EVERYONE), in->q->snap->base->everyone, in, true) ||
           (caller->groups_unknown && is_denied_by_group(out, in));
}

/* ---- grants ---- */

static bool
is_in_force(const struct gh_snap_rec *grant, int64_t now_ms)
{
    uint64_t start = gh_snap_u64_of(grant, GH_GRANT_START_MS), end = gh_snap_u64_of(grant, GH_GRANT_END_MS);
    uint64_t now = now_ms < 0 ? 0 : (uint64_t)now_ms;

    return now >= start && (end == 0 || now < end);
}

static bool
is_in_scope(const struct gh_snap_rec *grant, const struct inquiry *in)
{
    struct gh_str scope = gh_snap_str_of(grant, GH_GRANT_SCOPE);

    return gh_scope_covers(scope, in->q->path) || (in->is_below && gh_scope_covers(in->q->path, scope));
}

static bool
holds(struct gh_str program, struct inquiry *in)
{
    enum gh_holds v = gh_condition_run(program, in->q, in->is_below);

    in->has_unmet = in->has_unmet || v == GH_HOLDS_NO;
    in->has_unsure = in->has_unsure || v == GH_HOLDS_UNKNOWN;
    return v == GH_HOLDS_YES || v == GH_HOLDS_LATER;
}

static bool
role_allows(const struct gh_snap_rec *role, struct inquiry *in)
{
    if (gh_role_stored_allows(gh_snap_str_of(role, GH_ROLE_BITS), in->q->action))
        return true;
    for (size_t i = 0; i < gh_snap_count_of(role, GH_ROLE_PARTS); i++) {
        struct gh_snap_rec part = gh_snap_row(role, GH_ROLE_PARTS, i);

        if (gh_role_stored_allows(gh_snap_str_of(&part, GH_ROLE_PART_BITS), in->q->action) &&
            holds(gh_snap_str_of(&part, GH_ROLE_PART_CONDITION), in))
            return true;
    }
    return false;
}

/* Cheapest test first: the role is looked up only for a grant that is in force at this place, its condition asked last. */
static bool
grant_allows(struct gh_decision *out, const struct gh_snap_rec *grant, struct inquiry *in)
{
    struct gh_snap_rec role;

    if (!is_in_scope(grant, in) || !is_in_force(grant, in->q->now_ms))
        return false;
    if (!gh_snap_find(&role, in->q->snap, GH_SNAP_ROLE, gh_snap_str_of(grant, GH_GRANT_ROLE)) || !role_allows(&role, in) ||
        !holds(gh_snap_str_of(grant, GH_GRANT_CONDITION), in))
        return false;
    *out = (struct gh_decision){
        GH_ALLOW, gh_snap_str_of(grant, GH_GRANT_ID), gh_snap_str_of(&role, GH_ROLE_NAME), "an assignment grants it", false};
    return true;
}

static bool
row_allows(struct gh_decision *out, const struct gh_snap_rec *assignment, struct inquiry *in)
{
    size_t n = gh_snap_count_of(assignment, GH_ASSIGNMENT_GRANTS);
    struct gh_snap_rec grant = gh_snap_row(assignment, GH_ASSIGNMENT_GRANTS, 0);

    for (size_t i = 0; i < n; i++, grant.row += grant.file->part[GH_SNAP_GRANT].row_bytes) /* rows of one run lie side by side */
        if (grant_allows(out, &grant, in))
            return true;
    return false;
}

static bool
is_allowed(struct gh_decision *out, struct inquiry *in)
{
    struct gh_snap_rec row;

    for (size_t first = 0; first < in->q->caller->n_principals; first += GH_SNAP_SIFT_MAX) {
        struct run run;

        sift(&run, in, GH_SNAP_ASSIGNMENT, first);
        for (size_t i = 0; i < run.n_hits; i++)
            if (gh_snap_find_hashed(&row, in->q->snap, GH_SNAP_ASSIGNMENT, run.keys[run.hit[i]], run.hash[run.hit[i]]) &&
                row_allows(out, &row, in))
                return true;
    }
    return false;
}

/* ---- the order ---- */

static const char *
why_not(const struct inquiry *in)
{
    if (in->q->caller->groups_unknown)
        return "no assignment grants the action at this scope, and not all groups of the caller are known";
    if (in->has_unsure)
        return "the condition of what would grant it cannot be evaluated";
    return in->has_unmet ? "the condition of what would grant it does not hold" : "no assignment grants the action at this scope";
}

static void
decide(struct gh_decision *out, struct inquiry *in)
{
    const struct gh_caller *caller = in->q->caller;

    *out = (struct gh_decision){GH_DENY, GH_STR("default deny"), gh_str(NULL, 0), NULL, false};
    if (caller->why != GH_IDENTIFY_OK) {
        out->reason = "the caller is not identified";
        return;
    }
    if (in->q->action <= GH_ACTION_NONE || in->q->action >= GH_ACTION_COUNT) {
        out->reason = "there is no such action";
        return;
    }
    gh_scope_asks_of(&in->asks, in->q->path, in->is_below);
    if (is_denied(out, in) || is_allowed(out, in))
        return;
    out->reason = why_not(in);
    out->is_unsure = caller->groups_unknown || in->has_unsure;
}

void
gh_decide(struct gh_decision *out, const struct gh_question *q)
{
    decide(out, &(struct inquiry){.q = q, .hashed = SIZE_MAX});
}

void
gh_decide_below(struct gh_decision *out, const struct gh_question *q)
{
    decide(out, &(struct inquiry){.q = q, .is_below = true, .hashed = SIZE_MAX});
}
