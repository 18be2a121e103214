/* SPDX-License-Identifier: Apache-2.0 */
/* What is denied to whom, whoever grants it. */
#include "control/rest/handlers.h"

#include "control/publish/project_int.h"
#include "policy/decide.h"
#include "policy/role.h"

static bool
compiles(struct gh_write *w)
{
    struct gh_err err = {0};
    struct gh_role_def *def = gh_arena_take(w->call->a, sizeof(*def));
    if (def == NULL)
        return gh_call_failed(w->call, GH_NOMEM);
    return gh_role_read_permissions(def, w->call->a, gh_json_raw(&w->props.j, w->props.root), &err) == GH_OK ||
           gh_call_bad(w->call, &err, GH_STR("permissions"));
}

/* Who is spared must stay who it is: what holds a name keeps it from being given to somebody else. */
static bool
link_excluded(struct gh_write *w, struct gh_str principal)
{
    bool is_ours = gh_str_starts(principal, GH_STR("/"));
    return gh_check_principal(w, principal) && (!is_ours || gh_write_link(w, GH_STORE_LINK_RESOURCE, principal));
}

static bool
check_principals(struct gh_write *w)
{
    struct gh_strs keys = {.a = w->call->a}, excluded = {.a = w->call->a};
    const char *why = NULL;
    enum gh_rc rc = gh_project_denied(&keys, &excluded, &w->props, &why);
    if (rc != GH_OK)
        return why != NULL ? gh_call_problem(w->call, 400, why, GH_STR("principals")) : gh_call_failed(w->call, rc);
    for (size_t i = 0; i < keys.n; i++) {
        bool is_named = !gh_str_eq(keys.p[i], GH_STR(GH_DENY_EVERYONE)) && !gh_str_eq(keys.p[i], GH_STR(GH_DENY_ANY_GROUP));
        if ((is_named && !gh_check_principal(w, keys.p[i])) || !gh_write_link(w, GH_STORE_LINK_PRINCIPAL, keys.p[i]))
            return false;
    }
    for (size_t i = 0; i < excluded.n; i++)
        if (!link_excluded(w, excluded.p[i]))
            return false;
    return true;
}

/* Set, changed and taken away by who owns the data directory alone. */
static bool
is_protected(struct gh_write *w)
{
    bool was = w->old.path.p != NULL && gh_props_bool(&w->old_props, "isSystemProtected", false);
    bool shall_be = !w->is_delete && gh_props_bool(&w->props, "isSystemProtected", false);
    return (was || shall_be) && !w->call->is_local;
}

bool
gh_check_deny(struct gh_write *w)
{
    if (is_protected(w))
        return gh_call_problem(
            w->call, 403, "a protected deny assignment is written by the owner of the data directory alone", w->r.path);
    return gh_check_scope(w, gh_scope_assignment(&w->props)) && compiles(w) && gh_check_condition(w) && check_principals(w);
}

bool
gh_check_delete_deny(struct gh_write *w)
{
    return !is_protected(w) || gh_call_problem(w->call, 403,
                                   "a protected deny assignment is deleted by the owner of the data directory alone", w->r.path);
}
