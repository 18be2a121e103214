/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody was given, and what he used of it. */
#include "control/learn/learn.h"
#include "control/review/recommend.h"

struct gather {
    struct gh_recommendation *r;
    struct gh_store_tx *tx;
    struct gh_arena *a;
    const struct gh_project_env *env;
    enum gh_rc rc;
};

/* ---- who he is ---- */

static enum gh_rc
add_groups(struct gather *g, struct gh_str name)
{
    struct gh_project_row row = {0};
    enum gh_rc rc = gh_project_row(&row, g->env, g->a, GH_SNAP_MEMBERSHIP, name);
    for (size_t i = 0; rc == GH_OK && row.exists && i < row.v[GH_MEMBERSHIP_GROUPS].n; i++)
        if (!gh_strs_has(&g->r->names, row.v[GH_MEMBERSHIP_GROUPS].list[i]))
            gh_strs_add(&g->r->names, row.v[GH_MEMBERSHIP_GROUPS].list[i]);
    return rc;
}

/* Both names of an identity, and the groups of each. */
static enum gh_rc
find_names(struct gather *g, struct gh_str principal)
{
    struct gh_project_row row = {0};
    struct gh_props p;
    bool exists;
    enum gh_rc rc = gh_project_row(&row, g->env, g->a, GH_SNAP_IDENTITY, principal);
    if (rc != GH_OK)
        return rc;
    g->r->path = row.exists ? row.v[GH_IDENTITY_PATH].str : GH_STR("");
    g->r->principal = principal;
    if (row.exists) {
        if ((rc = gh_props_load(&p, &exists, g->a, g->tx, g->r->path)) != GH_OK)
            return rc;
        g->r->principal = gh_project_alias(&p, g->r->path);
    } else if (gh_str_starts(principal, GH_STR("/"))) {
        return GH_BAD;
    }
    gh_strs_add(&g->r->names, g->r->principal);
    if (row.exists)
        gh_strs_add(&g->r->names, g->r->path);
    if ((rc = add_groups(g, g->r->principal)) != GH_OK || (row.exists && (rc = add_groups(g, g->r->path)) != GH_OK))
        return rc;
    return g->r->names.rc;
}

/* ---- what he was given ---- */

static void
add_bits(struct gh_role_bits *out, struct gh_str stored)
{
    for (unsigned i = 0; i < GH_ACTION_COUNT; i++)
        if (gh_role_stored_allows(stored, (enum gh_action)i))
            out->w[i / 64] |= UINT64_C(1) << i % 64;
}

static void
read_role(struct gh_recommend_grant *out, const struct gh_project_row *role)
{
    const struct gh_snap_value *parts = &role->v[GH_ROLE_PARTS];
    add_bits(&out->bits, role->v[GH_ROLE_BITS].str);
    out->may = out->bits;
    for (size_t i = 0; i < parts->n; i++)
        add_bits(&out->may, parts->recs[i * GH_ROLE_PART_N + GH_ROLE_PART_BITS].str);
}

/* What has conditions or an end is the work of somebody who thought about it: it is shown, and left as it is. */
static bool
is_plain(const struct gh_props *p)
{
    static const char *const marks[] = {"condition", "startDateTime", "endDateTime"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (gh_json_get(&p->j, p->root, gh_str_z(marks[i])) != GH_JSON_NO)
            return false;
    return true;
}

static enum gh_rc
add_grant(struct gather *g, struct gh_str path, struct gh_str principal)
{
    struct gh_project_row role = {0};
    struct gh_props p;
    bool exists;
    if (g->r->n_grants == GH_RECOMMEND_GRANTS_MAX) {
        g->r->is_cut = true;
        return GH_OK;
    }
    struct gh_recommend_grant *out = &g->r->grant[g->r->n_grants];
    enum gh_rc rc = gh_props_load(&p, &exists, g->a, g->tx, path);
    if (rc != GH_OK || !exists)
        return rc;
    *out = (struct gh_recommend_grant){.path = path, .principal = principal};
    out->role_id = gh_props_str(&p, "roleDefinitionId", GH_STR(""));
    out->scope = gh_props_str(&p, "scope", GH_STR("/"));
    out->is_his = gh_str_eq(principal, g->r->principal) || gh_str_eq(principal, g->r->path);
    out->is_standing = is_plain(&p);
    out->is_own = out->is_his && out->is_standing;
    if ((rc = gh_project_row(&role, g->env, g->a, GH_SNAP_ROLE, out->role_id)) != GH_OK)
        return rc;
    out->role_name = role.exists ? role.v[GH_ROLE_NAME].str : out->role_id;
    g->r->n_grants++;
    if (role.exists)
        read_role(out, &role);
    return GH_OK;
}

/* ---- what he used ---- */

static bool
on_use(void *ctx, const struct gh_store_use *u)
{
    struct gather *g = ctx;
    struct gh_recommend_use *out = &g->r->use[g->r->n_uses];
    if (u->last_ms < g->r->from_ms)
        return true;
    if (g->r->n_uses == GH_RECOMMEND_USES_MAX) {
        g->rc = GH_LIMIT;
        return false;
    }
    *out = (struct gh_recommend_use){.n = (int64_t)u->n, .first_ms = u->first_ms, .last_ms = u->last_ms};
    out->action = gh_learn_action_of(u->action, &out->is_below);
    if (out->action == GH_ACTION_NONE)
        return true;
    g->rc = gh_arena_dup(&out->scope, g->a, u->scope);
    g->r->n_uses++;
    return g->rc == GH_OK;
}

static bool
on_rule(void *ctx, const struct gh_store_use *u)
{
    struct gh_recommend_grant *grant = ctx;
    grant->uses += (int64_t)u->n;
    grant->last_ms = u->last_ms > grant->last_ms ? u->last_ms : grant->last_ms;
    return true;
}

/* ---- what he may activate ---- */

/* His own that nobody needed goes; a group's is its other members' too. */
static void
judge_eligible(struct gh_recommend_eligible *e, int64_t made_ms, int64_t from_ms)
{
    e->why = !e->is_his           ? "it comes by a group: it is left as it is"
             : e->activations > 0 ? "it was activated within the look-back time"
             : made_ms > from_ms  ? "it is younger than the look-back time"
                                  : NULL;
    e->change = e->why == NULL ? GH_RECOMMEND_REMOVE : GH_RECOMMEND_KEEP;
}

static enum gh_rc
add_eligible(struct gather *g, const struct gh_activations *all, struct gh_str path, struct gh_str principal)
{
    struct gh_recommend_eligible *out = &g->r->eligible[g->r->n_eligible];
    struct gh_project_row role = {0};
    struct gh_store_resource r;
    struct gh_props p;
    if (g->r->n_eligible == GH_RECOMMEND_GRANTS_MAX) {
        g->r->is_cut = true;
        return GH_OK;
    }
    enum gh_rc rc = gh_store_resource_get(&r, g->a, g->tx, path);
    if (rc != GH_OK || r.path.p == NULL || (rc = gh_props_open(&p, g->a, r.body)) != GH_OK)
        return rc;
    struct gh_activation used = gh_activations_of(all, path);
    bool is_same = used.last_ms >= r.created_ms; /* else it was another one of this name */
    *out = (struct gh_recommend_eligible){.path = path,
        .principal = principal,
        .scope = gh_props_str(&p, "scope", GH_STR("/")),
        .is_his = gh_str_eq(principal, g->r->principal) || gh_str_eq(principal, g->r->path),
        .activations = is_same ? used.n : 0,
        .last_ms = is_same ? used.last_ms : 0};
    struct gh_str id = gh_props_str(&p, "roleDefinitionId", GH_STR(""));
    if ((rc = gh_project_row(&role, g->env, g->a, GH_SNAP_ROLE, id)) != GH_OK)
        return rc;
    out->role_name = role.exists ? role.v[GH_ROLE_NAME].str : id;
    judge_eligible(out, r.created_ms, g->r->from_ms);
    g->r->n_eligible++;
    return GH_OK;
}

/* ---- all ---- */

static enum gh_rc
find_held(struct gather *g, const struct gh_recommending *all)
{
    enum gh_rc rc = GH_OK;
    for (size_t i = 0; rc == GH_OK && i < g->r->names.n; i++) {
        struct gh_str name = g->r->names.p[i];
        struct gh_strs given = {.a = g->a}, eligible = {.a = g->a};
        rc = gh_project_holders(&given, g->tx, GH_STORE_LINK_PRINCIPAL, name, GH_STR("/roleAssignments/"));
        for (size_t k = 0; rc == GH_OK && k < given.n; k++)
            rc = add_grant(g, given.p[k], name);
        if (rc == GH_OK)
            rc = gh_project_holders(&eligible, g->tx, GH_STORE_LINK_PRINCIPAL, name, GH_STR("/roleEligibilities/"));
        for (size_t k = 0; rc == GH_OK && k < eligible.n; k++)
            rc = add_eligible(g, &all->activations, eligible.p[k], name);
    }
    return rc;
}

enum gh_rc
gh_recommend_gather(struct gh_recommendation *r, const struct gh_recommending *all, struct gh_arena *a, struct gh_str principal)
{
    const struct gh_project_env env = {.tx = all->tx, .config = all->config};
    struct gather g = {.r = r, .tx = all->tx, .a = a, .env = &env};
    *r = (struct gh_recommendation){.since_ms = all->since_ms, .from_ms = all->now_ms - all->lookback_ms, .names = {.a = a}};
    enum gh_rc rc = find_names(&g, principal);
    if (rc == GH_OK)
        rc = find_held(&g, all);
    if (rc == GH_OK)
        rc = gh_store_use_each(all->tx, r->principal, on_use, &g);
    for (size_t i = 0; rc == GH_OK && i < r->n_grants; i++)
        rc = gh_store_use_each(all->tx, r->grant[i].path, on_rule, &r->grant[i]);
    return rc != GH_OK ? rc : g.rc;
}
