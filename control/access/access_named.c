/* SPDX-License-Identifier: Apache-2.0 */
#include "control/access/access_named.h"

#include "policy/resource.h"

static const enum gh_snap_section sections[] = {GH_SNAP_IDENTITY, GH_SNAP_ASSIGNMENT, GH_SNAP_MEMBERSHIP};
#define SECTIONS (sizeof sections / sizeof sections[0])

static bool
has(const struct gh_snap *snap, enum gh_snap_section section, struct gh_str key)
{
    struct gh_snap_rec row;

    return gh_snap_find(&row, snap, section, key);
}

/* Of the places where a principal may be named, whether this is the first. */
static bool
is_first(const struct gh_snap *snap, enum gh_snap_section section, struct gh_str key)
{
    if (section == GH_SNAP_IDENTITY)
        return gh_str_starts(key, GH_STR("/identities/"));
    if (gh_str_starts(key, GH_STR("/")) || has(snap, GH_SNAP_IDENTITY, key))
        return false;
    return section == GH_SNAP_ASSIGNMENT || !has(snap, GH_SNAP_ASSIGNMENT, key);
}

bool
gh_access_next(struct gh_str *principal, struct gh_access_walk *w)
{
    struct gh_snap_rec row;

    for (; w->section < SECTIONS; w->section++, w->it = 0)
        while (gh_snap_each(&row, principal, &w->it, w->snap, sections[w->section]))
            if (is_first(w->snap, sections[w->section], *principal))
                return true;
    return false;
}

bool
gh_access_names(const struct gh_snap *snap, struct gh_str principal)
{
    for (size_t i = 0; i < SECTIONS; i++)
        if (has(snap, sections[i], principal) && is_first(snap, sections[i], principal))
            return true;
    return false;
}

enum gh_rc
gh_access_add_scope(struct gh_access_scopes *s, struct gh_str scope)
{
    for (size_t i = 0; i < s->n; i++)
        if (gh_str_eq(s->p[i], scope))
            return GH_OK;
    if (s->n == s->most)
        return GH_LIMIT;
    if (s->n == s->cap) {
        size_t cap = s->cap == 0 ? 16 : s->cap * 2;
        struct gh_str *p = gh_arena_take_array(s->a, cap, sizeof *p);
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

bool
gh_access_scopes_cover(const struct gh_access_scopes *s, struct gh_str scope)
{
    for (size_t i = 0; s != NULL && i < s->n; i++)
        if (gh_scope_covers(s->p[i], scope))
            return true;
    return s == NULL;
}

enum gh_rc
gh_access_add_granted(
    struct gh_access_scopes *s, const struct gh_snap *snap, const struct gh_caller *caller, const struct gh_access_scopes *only)
{
    struct gh_snap_rec row;
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; rc == GH_OK && i < caller->n_principals; i++) {
        if (!gh_snap_find(&row, snap, GH_SNAP_ASSIGNMENT, caller->principals[i]))
            continue;
        for (size_t k = 0; rc == GH_OK && k < gh_snap_count(&row, GH_ASSIGNMENT_GRANTS); k++) {
            struct gh_snap_rec grant = gh_snap_row(&row, GH_ASSIGNMENT_GRANTS, k);
            struct gh_str scope = gh_snap_str(&grant, GH_GRANT_SCOPE);
            rc = gh_access_scopes_cover(only, scope) ? gh_access_add_scope(s, scope) : GH_OK;
        }
    }
    return rc;
}

enum gh_rc
gh_access_add_denied(struct gh_access_scopes *s, const struct gh_snap *snap)
{
    struct gh_snap_rec row;
    struct gh_str key;
    enum gh_rc rc = GH_OK;

    for (size_t it = 0; rc == GH_OK && gh_snap_each(&row, &key, &it, snap, GH_SNAP_DENY);)
        for (size_t k = 0; rc == GH_OK && k < gh_snap_count(&row, GH_DENY_DENIALS); k++) {
            struct gh_snap_rec denial = gh_snap_row(&row, GH_DENY_DENIALS, k);
            rc = gh_access_add_scope(s, gh_snap_str(&denial, GH_DENIAL_SCOPE));
        }
    return rc;
}
