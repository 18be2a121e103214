/* SPDX-License-Identifier: Apache-2.0 */
#include "control/access/access_changed.h"

#include "policy/decide.h"

/* ---- whole sections ---- */

/* Every row of one is in the other, and they are as many. */
static bool
is_section_same(const struct gh_access_changed *c, enum gh_snap_section section)
{
    struct gh_snap_rec row, other;
    struct gh_str key;
    size_t n[GH_ACCESS_SIDES] = {0};

    for (size_t it = 0; gh_snap_each(&row, &key, &it, c->snap[1], section);)
        n[1]++;
    for (size_t it = 0; gh_snap_each(&row, &key, &it, c->snap[0], section); n[0]++)
        if (!gh_snap_find(&other, c->snap[1], section, key) || !gh_snap_is_same(&row, &other))
            return false;
    return n[0] == n[1];
}

void
gh_access_changed_init(struct gh_access_changed *c, struct gh_arena *a, const struct gh_snap *before, const struct gh_snap *after)
{
    *c = (struct gh_access_changed){.snap = {before, after}, .scopes = {.a = a, .most = SIZE_MAX}};
    c->are_roles_same = is_section_same(c, GH_SNAP_ROLE);
    c->are_denials_same = is_section_same(c, GH_SNAP_DENY);
}

/* ---- who he is ---- */

static bool
stands_for(const struct gh_caller *c, struct gh_str principal)
{
    for (size_t i = 0; i < c->n_principals; i++)
        if (gh_str_eq(c->principals[i], principal))
            return true;
    return false;
}

/* In the same order nearly always, and then without looking for them. */
static bool
are_principals_same(const struct gh_caller *a, const struct gh_caller *b)
{
    bool is_same = a->n_principals == b->n_principals;

    for (size_t i = 0; is_same && i < a->n_principals; i++)
        is_same =
            gh_str_eq(a->principals[i], b->principals[i]) || (stands_for(b, a->principals[i]) && stands_for(a, b->principals[i]));
    return is_same;
}

/* What conditions may ask of him. */
static bool
is_described_alike(const struct gh_access_changed *c, struct gh_str name)
{
    struct gh_snap_rec row[GH_ACCESS_SIDES];
    bool has[GH_ACCESS_SIDES];

    for (size_t i = 0; i < GH_ACCESS_SIDES; i++)
        has[i] = gh_snap_find(&row[i], c->snap[i], GH_SNAP_IDENTITY, name);
    return has[0] == has[1] && (!has[0] || gh_snap_is_same(&row[0], &row[1]));
}

/* ---- what was given to him ---- */

static bool
is_role_same(const struct gh_access_changed *c, const struct gh_snap_rec *grant)
{
    struct gh_snap_rec row[GH_ACCESS_SIDES];
    bool has[GH_ACCESS_SIDES];

    for (size_t i = 0; !c->are_roles_same && i < GH_ACCESS_SIDES; i++)
        has[i] = gh_snap_find(&row[i], c->snap[i], GH_SNAP_ROLE, gh_snap_str(grant, GH_GRANT_ROLE));
    return c->are_roles_same || (has[0] == has[1] && (!has[0] || gh_snap_is_same(&row[0], &row[1])));
}

static bool
has_grant(const struct gh_snap_rec *row, const struct gh_snap_rec *grant)
{
    for (size_t i = 0; i < gh_snap_count(row, GH_ASSIGNMENT_GRANTS); i++) {
        struct gh_snap_rec other = gh_snap_row(row, GH_ASSIGNMENT_GRANTS, i);

        if (gh_snap_is_same(grant, &other))
            return true;
    }
    return false;
}

/* Grants of one row that the other has not, or gives by another role. A row that is nothing has none. */
static enum gh_rc
add_changed(struct gh_access_changed *c, const struct gh_snap_rec *row, const struct gh_snap_rec *other)
{
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; rc == GH_OK && i < gh_snap_count(row, GH_ASSIGNMENT_GRANTS); i++) {
        struct gh_snap_rec grant = gh_snap_row(row, GH_ASSIGNMENT_GRANTS, i);

        if (!has_grant(other, &grant) || !is_role_same(c, &grant))
            rc = gh_access_add_scope(&c->scopes, gh_snap_str(&grant, GH_GRANT_SCOPE));
    }
    return rc;
}

static enum gh_rc
compare_principal(struct gh_access_changed *c, struct gh_str principal, const bool is_his[GH_ACCESS_SIDES])
{
    struct gh_snap_rec row[GH_ACCESS_SIDES] = {{.section = GH_SNAP_ASSIGNMENT}, {.section = GH_SNAP_ASSIGNMENT}};
    bool has[GH_ACCESS_SIDES];

    for (size_t i = 0; i < GH_ACCESS_SIDES; i++)
        has[i] = is_his[i] && gh_snap_find(&row[i], c->snap[i], GH_SNAP_ASSIGNMENT, principal);
    if ((!has[0] && !has[1]) || (has[0] && has[1] && c->are_roles_same && gh_snap_is_same(&row[0], &row[1])))
        return GH_OK;
    enum gh_rc rc = add_changed(c, &row[0], &row[1]);
    return rc == GH_OK ? add_changed(c, &row[1], &row[0]) : rc;
}

enum gh_rc
gh_access_changed_find(struct gh_access_changed *c, const struct gh_caller *before, const struct gh_caller *after)
{
    const struct gh_caller *const callers[GH_ACCESS_SIDES] = {before, after};
    bool has_denials = gh_snap_has_rows(c->snap[0], GH_SNAP_DENY) || gh_snap_has_rows(c->snap[1], GH_SNAP_DENY);
    bool is_same = are_principals_same(before, after);
    enum gh_rc rc = GH_OK;

    c->scopes.n = 0;
    c->is_everywhere = before->why != after->why || before->groups_unknown != after->groups_unknown || !c->are_denials_same ||
                       (!is_same && has_denials) || !is_described_alike(c, before->name) || !is_described_alike(c, after->name);
    for (size_t i = 0; !c->is_everywhere && i < GH_ACCESS_SIDES; i++)
        for (size_t k = 0; rc == GH_OK && k < callers[i]->n_principals; k++) {
            struct gh_str principal = callers[i]->principals[k];
            bool is_others = is_same || stands_for(callers[1 - i], principal);

            if (i == 0 || !is_others) /* what both have was compared from the first */
                rc = compare_principal(c, principal, (const bool[]){i == 0 || is_others, i == 1 || is_others});
        }
    return rc;
}
