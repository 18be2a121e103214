/* SPDX-License-Identifier: Apache-2.0 */
/* Who can, and what can he: the engine asked for each. */
#include "control/access/access_int.h"
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

static bool
has(const struct who *all, enum gh_snap_section section, struct gh_str key)
{
    struct gh_snap_rec row;

    return gh_snap_find(&row, all->x->ask->snap, section, key);
}

/* Each once: identities by their path; then whom nobody described but something names, people and groups of tokens. Groups of our own are their
 * members. */
static bool
is_first(const struct who *all, enum gh_snap_section section, struct gh_str key)
{
    if (section == GH_SNAP_IDENTITY)
        return gh_str_starts(key, GH_STR("/identities/"));
    if (gh_str_starts(key, GH_STR("/")) || has(all, GH_SNAP_IDENTITY, key))
        return false;
    return section == GH_SNAP_ASSIGNMENT || !has(all, GH_SNAP_ASSIGNMENT, key);
}

enum gh_rc
gh_access_put_who(struct gh_jsonw *w, struct gh_access *x)
{
    static const enum gh_snap_section sections[] = {GH_SNAP_IDENTITY, GH_SNAP_ASSIGNMENT, GH_SNAP_MEMBERSHIP};
    struct who all = {.w = w, .x = x, .is_whole = true};
    struct gh_snap_rec row;
    struct gh_str key;

    gh_jsonw_kstr(w, "action", gh_action_table[x->action].string);
    gh_jsonw_kstr(w, "scope", x->scope);
    gh_jsonw_key(w, "principals");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        for (size_t it = 0; gh_snap_each(&row, &key, &it, x->ask->snap, sections[i]);)
            if (is_first(&all, sections[i], key))
                put_if_allowed(&all, key);
    gh_jsonw_end(w, ']');
    gh_jsonw_kbool(w, "isWhole", all.is_whole);
    return GH_OK;
}

/* ---- what ---- */

struct scopes {
    struct gh_str *p;
    size_t n, cap;
};

static enum gh_rc
add_scope(struct scopes *s, struct gh_arena *a, struct gh_str scope)
{
    for (size_t i = 0; i < s->n; i++)
        if (gh_str_eq(s->p[i], scope))
            return GH_OK;
    if (s->n == GH_ACCESS_ANSWERS_MAX)
        return GH_LIMIT;
    if (s->n == s->cap) {
        size_t cap = s->cap == 0 ? 16 : s->cap * 2;
        struct gh_str *p = gh_arena_take_array(a, cap, sizeof *p);
        if (p == NULL)
            return GH_NOMEM;
        if (s->n > 0)
            memcpy(p, s->p, s->n * sizeof *p);
        s->p = p;
        s->cap = cap;
    }
    s->p[s->n++] = scope;
    return GH_OK;
}

/* Where something was given to him; the scope that was asked for, if there is one. */
static enum gh_rc
find_scopes(struct scopes *out, const struct gh_access *x)
{
    enum gh_rc rc = GH_OK;

    if (x->scope.n > 0)
        return add_scope(out, x->ask->a, x->scope);
    for (size_t i = 0; rc == GH_OK && i < x->caller.n_principals; i++) {
        struct gh_snap_rec row;
        if (!gh_snap_find(&row, x->ask->snap, GH_SNAP_ASSIGNMENT, x->caller.principals[i]))
            continue;
        for (size_t k = 0; rc == GH_OK && k < gh_snap_count(&row, GH_ASSIGNMENT_GRANTS); k++) {
            struct gh_snap_rec grant = gh_snap_row(&row, GH_ASSIGNMENT_GRANTS, k);
            rc = add_scope(out, x->ask->a, gh_snap_str(&grant, GH_GRANT_SCOPE));
        }
    }
    return rc;
}

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
    struct scopes scopes = {0};
    enum gh_rc rc = find_scopes(&scopes, x);

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
