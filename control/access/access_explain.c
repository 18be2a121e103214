/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: every assignment and denial that names the caller, in the words of what became of it. The rules are those of policy/decide.c, told one by one; that
 * the two agree is asked of tests/oracle over all of its worlds: what is told to grant or deny is what decides.
 */
#include "control/access/access_int.h"
#include "policy/condition.h"
#include "policy/resource.h"

static struct gh_question
question(const struct gh_access *x)
{
    return (struct gh_question){.snap = x->ask->snap,
        .caller = &x->caller,
        .action = x->action,
        .path = x->scope,
        .now_ms = x->ask->now_ms,
        .attributes = &x->attributes};
}

static const char *
in_time(const struct gh_snap_rec *grant, int64_t now_ms)
{
    uint64_t end = gh_snap_u64(grant, GH_GRANT_END_MS);

    if ((uint64_t)now_ms < gh_snap_u64(grant, GH_GRANT_START_MS))
        return "has not begun";
    return end != 0 && (uint64_t)now_ms >= end ? "has ended" : NULL;
}

static const char *
met(struct gh_str program, const struct gh_access *x)
{
    const struct gh_question q = question(x);

    switch (gh_condition_run(program, &q, false)) {
    case GH_HOLDS_YES:
        return NULL;
    case GH_HOLDS_NO:
        return "its condition does not hold";
    case GH_HOLDS_UNKNOWN:
    case GH_HOLDS_LATER:
        break;
    }
    return "its condition cannot be evaluated: something that it asks is not known";
}

/* The entry of the role that is nearest to granting it. */
static const char *
granted(const struct gh_snap_rec *role, const struct gh_access *x)
{
    const char *why = "the role does not have the action";

    if (gh_role_stored_allows(gh_snap_str(role, GH_ROLE_BITS), x->action))
        return NULL;
    for (size_t i = 0; why != NULL && i < gh_snap_count(role, GH_ROLE_PARTS); i++) {
        struct gh_snap_rec part = gh_snap_row(role, GH_ROLE_PARTS, i);
        if (gh_role_stored_allows(gh_snap_str(&part, GH_ROLE_PART_BITS), x->action))
            why = met(gh_snap_str(&part, GH_ROLE_PART_CONDITION), x);
    }
    return why;
}

static const char *
became_of(struct gh_str *role_name, const struct gh_snap_rec *grant, const struct gh_access *x)
{
    struct gh_snap_rec role;
    const char *why;

    if (!gh_snap_find(&role, x->ask->snap, GH_SNAP_ROLE, gh_snap_str(grant, GH_GRANT_ROLE)))
        return "its role is not there";
    *role_name = gh_snap_str(&role, GH_ROLE_NAME);
    if (!gh_scope_covers(gh_snap_str(grant, GH_GRANT_SCOPE), x->scope))
        return "is for another scope";
    if ((why = in_time(grant, x->ask->now_ms)) != NULL || (why = granted(&role, x)) != NULL ||
        (why = met(gh_snap_str(grant, GH_GRANT_CONDITION), x)) != NULL)
        return why;
    return "grants it";
}

static void
put_one(struct gh_jsonw *w, const char *kind, struct gh_str rule, struct gh_str through, struct gh_str scope, struct gh_str role,
    const char *outcome)
{
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "kind", gh_str_z(kind));
    gh_jsonw_kstr(w, "rule", rule);
    gh_jsonw_kstr(w, "through", through);
    gh_jsonw_kstr(w, "scope", scope);
    if (role.n > 0)
        gh_jsonw_kstr(w, "role", role);
    gh_jsonw_kstr(w, "outcome", gh_str_z(outcome));
    gh_jsonw_end(w, '}');
}

/* What counts at the scope, whoever may ask about that may see; of what is elsewhere only what he could read there. */
static bool
may_see(const struct gh_access *x, struct gh_str scope)
{
    return x->ask->may_see == NULL || gh_scope_covers(scope, x->scope) || x->ask->may_see(x->ask->ctx, scope);
}

static void
put_grants(struct gh_jsonw *w, const struct gh_access *x, struct gh_str principal)
{
    struct gh_snap_rec row;

    if (!gh_snap_find(&row, x->ask->snap, GH_SNAP_ASSIGNMENT, principal))
        return;
    for (size_t i = 0; i < gh_snap_count(&row, GH_ASSIGNMENT_GRANTS); i++) {
        struct gh_snap_rec grant = gh_snap_row(&row, GH_ASSIGNMENT_GRANTS, i);
        struct gh_str role = GH_STR("");
        const char *outcome = became_of(&role, &grant, x);
        if (!may_see(x, gh_snap_str(&grant, GH_GRANT_SCOPE)))
            continue;
        put_one(w, "grant", gh_snap_str(&grant, GH_GRANT_ID), principal, gh_snap_str(&grant, GH_GRANT_SCOPE), role, outcome);
    }
}

static bool
is_excluded(const struct gh_snap_rec *denial, const struct gh_caller *caller)
{
    for (size_t i = 0; i < gh_snap_count(denial, GH_DENIAL_EXCLUDED); i++)
        for (size_t k = 0; k < caller->n_principals; k++)
            if (gh_str_eq(gh_snap_item(denial, GH_DENIAL_EXCLUDED, i), caller->principals[k]))
                return true;
    return false;
}

static const char *
became_of_denial(const struct gh_snap_rec *denial, const struct gh_access *x, bool is_sure)
{
    struct gh_str scope = gh_snap_str(denial, GH_DENIAL_SCOPE);
    bool is_here = gh_snap_u64(denial, GH_DENIAL_IS_HERE) != 0;

    if (!gh_role_stored_allows(gh_snap_str(denial, GH_DENIAL_BITS), x->action))
        return "does not name the action";
    if (is_here ? !gh_str_eq(scope, x->scope) : !gh_scope_covers(scope, x->scope))
        return "is for another scope";
    if (is_excluded(denial, &x->caller))
        return "spares the caller";
    const struct gh_question q = question(x);
    enum gh_holds whole = gh_condition_run(gh_snap_str(denial, GH_DENIAL_CONDITION), &q, false);
    enum gh_holds entry = gh_condition_run(gh_snap_str(denial, GH_DENIAL_ENTRY_CONDITION), &q, false);
    if (whole == GH_HOLDS_NO || entry == GH_HOLDS_NO)
        return "its condition does not hold";
    if (whole != GH_HOLDS_YES || entry != GH_HOLDS_YES)
        return "denies it, because its condition cannot be evaluated: something that it asks is not known";
    return is_sure ? "denies it" : "denies it, because not all groups of the caller are known";
}

static void
put_denials(struct gh_jsonw *w, const struct gh_access *x, struct gh_str key)
{
    bool is_sure = !gh_str_eq(key, GH_STR(GH_DENY_ANY_GROUP));
    struct gh_snap_rec row;

    if (!gh_snap_find(&row, x->ask->snap, GH_SNAP_DENY, key))
        return;
    for (size_t i = 0; i < gh_snap_count(&row, GH_DENY_DENIALS); i++) {
        struct gh_snap_rec denial = gh_snap_row(&row, GH_DENY_DENIALS, i);
        if (!may_see(x, gh_snap_str(&denial, GH_DENIAL_SCOPE)))
            continue;
        put_one(w, "deny", gh_snap_str(&denial, GH_DENIAL_ID), key, gh_snap_str(&denial, GH_DENIAL_SCOPE), GH_STR(""),
            became_of_denial(&denial, x, is_sure));
    }
}

void
gh_access_put_considered(struct gh_jsonw *w, const struct gh_access *x)
{
    gh_jsonw_key(w, "principals");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < x->caller.n_principals; i++)
        gh_jsonw_str(w, x->caller.principals[i]);
    gh_jsonw_end(w, ']');
    gh_jsonw_key(w, "considered");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < x->caller.n_principals; i++)
        put_denials(w, x, x->caller.principals[i]);
    put_denials(w, x, GH_STR(GH_DENY_EVERYONE));
    if (x->caller.groups_unknown)
        put_denials(w, x, GH_STR(GH_DENY_ANY_GROUP));
    for (size_t i = 0; i < x->caller.n_principals; i++)
        put_grants(w, x, x->caller.principals[i]);
    gh_jsonw_end(w, ']');
}
