/* SPDX-License-Identifier: Apache-2.0 */
/* Who can, and what can he: the engine asked for each. */
#include "control/access/access_int.h"
#include "control/access/access_named.h"
#include "policy/resource.h"

/* ---- who ---- */

struct who {
    struct gh_jsonw *w;
    struct gh_access *x;
    size_t n;
    bool is_whole;
};

/* Conditional access is not asked: it decides on a sign-in, and here is none. */
static void
put_if_allowed(struct who *all, struct gh_str principal)
{
    struct gh_caller *caller = &all->x->caller;
    struct gh_decision d;

    gh_identify_as(caller, all->x->ask->snap, principal, NULL, 0);
    gh_access_decide(&d, all->x, caller, all->x->action, all->x->scope);
    if (d.verdict != GH_ALLOW)
        return;
    if (all->n++ >= GH_ACCESS_ANSWERS_MAX) {
        all->is_whole = false;
        return;
    }
    gh_jsonw_obj(all->w);
    gh_jsonw_kstr(all->w, "principal", principal);
    gh_jsonw_kstr(all->w, "rule", d.rule);
    gh_jsonw_kstr(all->w, "role", d.role);
    gh_jsonw_end(all->w, '}');
}

enum gh_rc
gh_access_put_who(struct gh_jsonw *w, struct gh_access *x)
{
    struct who all = {.w = w, .x = x, .is_whole = true};
    struct gh_access_walk walk = {.snap = x->ask->snap};
    struct gh_str principal;

    gh_jsonw_kstr(w, "action", gh_action_table[x->action].string);
    gh_jsonw_kstr(w, "scope", x->scope);
    gh_jsonw_key(w, "principals");
    gh_jsonw_arr(w);
    while (all.is_whole && gh_access_next(&principal, &walk))
        put_if_allowed(&all, principal);
    gh_jsonw_end(w, ']');
    gh_jsonw_kbool(w, "isWhole", all.is_whole);
    return GH_OK;
}

/* ---- what ---- */

static void
put_scope(struct gh_jsonw *w, const struct gh_access *x, struct gh_str scope)
{
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "scope", scope);
    gh_jsonw_key(w, "actions");
    gh_jsonw_arr(w);
    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++) {
        struct gh_decision d;
        gh_access_decide(&d, x, &x->caller, (enum gh_action)i, scope);
        if (d.verdict == GH_ALLOW)
            gh_jsonw_str(w, gh_action_table[i].string);
    }
    gh_jsonw_end(w, ']');
    gh_jsonw_end(w, '}');
}

enum gh_rc
gh_access_put_what(struct gh_jsonw *w, struct gh_access *x)
{
    struct gh_access_scopes scopes = {.a = x->ask->a, .most = GH_ACCESS_ANSWERS_MAX};
    enum gh_rc rc =
        x->scope.n > 0 ? gh_access_add_scope(&scopes, x->scope) : gh_access_add_granted(&scopes, x->ask->snap, &x->caller, NULL);

    if (rc != GH_OK && rc != GH_LIMIT)
        return rc;
    gh_jsonw_kstr(w, "principal", x->principal);
    gh_jsonw_key(w, "scopes");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < scopes.n; i++)
        put_scope(w, x, scopes.p[i]);
    gh_jsonw_end(w, ']');
    gh_jsonw_kbool(w, "isWhole", rc == GH_OK);
    return GH_OK;
}
