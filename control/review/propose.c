/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest change that leaves everything allowed that was used. */
#include "control/review/recommend.h"

/* ---- sets of actions ---- */

static unsigned
size_of(const struct gh_role_bits *b)
{
    unsigned n = 0;
    for (unsigned i = 0; i < GH_ACTION_COUNT; i++)
        n += gh_role_allows(b, (enum gh_action)i);
    return n;
}

static bool
holds(const struct gh_role_bits *all, const struct gh_role_bits *some)
{
    for (size_t i = 0; i < sizeof(all->w) / sizeof(all->w[0]); i++)
        if ((some->w[i] & ~all->w[i]) != 0)
            return false;
    return true;
}

static void
put_list(struct gh_jsonw *w, const char *key, const struct gh_role_bits *need, enum gh_plane plane)
{
    gh_jsonw_key(w, key);
    gh_jsonw_arr(w);
    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++)
        if (gh_role_allows(need, (enum gh_action)i) && gh_action_table[i].plane == plane)
            gh_jsonw_str(w, gh_action_table[i].string);
    gh_jsonw_end(w, ']');
}

void
gh_recommend_put_permissions(struct gh_jsonw *w, const struct gh_role_bits *need)
{
    gh_jsonw_arr(w);
    gh_jsonw_obj(w);
    put_list(w, "actions", need, GH_PLANE_CONTROL);
    put_list(w, "dataActions", need, GH_PLANE_DATA);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, ']');
}

/* ---- which grant each use needs ---- */

static bool
covers(const struct gh_recommend_grant *g, const struct gh_recommend_use *u)
{
    return gh_role_allows(&g->bits, u->action) &&
           (gh_scope_covers(g->scope, u->scope) || (u->is_below && gh_scope_covers(u->scope, g->scope)));
}

/* The one that gives least beside it: the longest scope, then the fewest actions. */
static struct gh_recommend_grant *
closest(struct gh_recommendation *r, const struct gh_recommend_use *u)
{
    struct gh_recommend_grant *best = NULL;
    for (size_t i = 0; i < r->n_grants; i++) {
        struct gh_recommend_grant *g = &r->grant[i];
        if (!covers(g, u))
            continue;
        if (!g->is_own && g->is_standing) /* what stays in any case, and always holds, is enough */
            return NULL;
        if (!g->is_own)
            continue;
        if (best == NULL || g->scope.n > best->scope.n || (g->scope.n == best->scope.n && size_of(&g->bits) < size_of(&best->bits)))
            best = g;
    }
    return best;
}

/* Up to the last whole resource that holds both; "/" holds all. */
static struct gh_str
common(struct gh_str a, struct gh_str b)
{
    struct gh_resource_path path;
    while (a.n > 1 && !(gh_scope_covers(a, b) && gh_resource_find(&path, a) == GH_OK && !path.is_collection)) {
        while (a.n > 0 && a.p[a.n - 1] != '/')
            a.n--;
        a.n -= a.n > 1;
    }
    return a.n == 0 ? GH_STR("/") : a;
}

/* Where what was used lies, as far as it is there still, and never above where it was given. */
static enum gh_rc
narrow(struct gh_recommend_grant *g, struct gh_store_tx *tx, struct gh_arena *a)
{
    struct gh_store_resource r;
    while (g->new_scope.n > g->scope.n && g->new_scope.n > 1) {
        enum gh_rc rc = gh_store_resource_get(&r, a, tx, g->new_scope);
        if (rc != GH_OK || r.path.p != NULL)
            return rc;
        struct gh_str above = g->new_scope;
        above.n--;
        g->new_scope = common(above, g->new_scope);
    }
    if (!gh_scope_covers(g->scope, g->new_scope))
        g->new_scope = g->scope;
    return GH_OK;
}

/* Lists alone are seen from anywhere within: where they were asked for is enough. */
static void
narrow_to_lists(struct gh_recommendation *r)
{
    for (size_t i = 0; i < r->n_uses; i++) {
        bool is_list = r->use[i].is_below && r->use[i].is_allowed;
        struct gh_recommend_grant *g = is_list ? closest(r, &r->use[i]) : NULL;
        if (g == NULL || g->is_anchored)
            continue;
        g->new_scope = g->new_scope.n == 0 ? r->use[i].scope : common(g->new_scope, r->use[i].scope);
    }
}

static enum gh_rc
assign_uses(struct gh_recommendation *r, struct gh_store_tx *tx, struct gh_arena *a)
{
    enum gh_rc rc = GH_OK;
    for (size_t i = 0; i < r->n_uses; i++) {
        const struct gh_recommend_use *u = &r->use[i];
        struct gh_recommend_grant *g = u->is_allowed ? closest(r, u) : NULL;
        if (g == NULL)
            continue;
        g->is_needed = true;
        g->need.w[(unsigned)u->action / 64] |= UINT64_C(1) << (unsigned)u->action % 64;
        if (u->is_below)
            continue;
        g->is_anchored = true;
        g->new_scope = g->new_scope.n == 0 ? u->scope : common(g->new_scope, u->scope);
    }
    narrow_to_lists(r);
    for (size_t i = 0; rc == GH_OK && i < r->n_grants; i++) {
        struct gh_recommend_grant *g = &r->grant[i];
        if (g->new_scope.n == 0)
            g->new_scope = g->scope;
        if (g->is_own && g->is_needed)
            rc = narrow(g, tx, a);
    }
    return rc;
}

/* ---- what cannot be proved ---- */

/* Whether this assignment may have allowed what cannot be decided again as it was. */
static bool
may_have_allowed(const struct gh_recommend_grant *g, const struct gh_recommend_use *u)
{
    return gh_role_allows(&g->may, u->action) && (gh_scope_covers(g->scope, u->scope) || gh_scope_covers(u->scope, g->scope));
}

static struct gh_str
why_not_replayed(const struct gh_recommend_use *u, struct gh_arena *a)
{
    char mem[24];
    struct gh_buf n;
    struct gh_str reason =
        u->is_unsure ? GH_STR("a condition asks for what records do not hold")
                     : GH_STR("what allowed it is gone, is a group that only tokens name, or was at a scope that is told wider");
    gh_buf_init_fixed(&n, mem, sizeof(mem));
    gh_buf_put_i64(&n, u->n);
    return gh_project_path(a, GH_STR("cannot be proved because "), gh_buf_str(&n), GH_STR(" recorded requests ("),
        gh_action_table[u->action].string, GH_STR(" at "), u->scope, GH_STR(") cannot be decided again: "), reason);
}

static void
keep_unproved(struct gh_recommendation *r, struct gh_arena *a)
{
    for (size_t i = 0; i < r->n_grants; i++) {
        struct gh_recommend_grant *g = &r->grant[i];
        if (g->is_his && !g->is_standing)
            g->why = GH_STR("it has a condition, a beginning or an end: it is left as it is");
        for (size_t k = 0; g->is_own && g->why.n == 0 && k < r->n_uses; k++)
            if (!r->use[k].is_allowed && may_have_allowed(g, &r->use[k]))
                g->why = why_not_replayed(&r->use[k], a);
    }
}

/* Who loses a role that a policy excludes, meets that policy. */
static enum gh_rc
keep_excluded(struct gh_recommendation *r, struct gh_store_tx *tx, struct gh_arena *a, const struct gh_config *config)
{
    const struct gh_project_env env = {.tx = tx, .config = config};
    struct gh_project_row row = {0};
    enum gh_rc rc = gh_project_row(&row, &env, a, GH_SNAP_COND, GH_STR("all"));
    const struct gh_snap_value *policies = &row.v[GH_COND_POLICIES];
    for (size_t i = 0; rc == GH_OK && row.exists && i < policies->n; i++) {
        const struct gh_snap_value *p = policies->recs + i * GH_COND_POLICY_N, *roles = &p[GH_COND_POLICY_NOT_ROLES];
        for (size_t k = 0; k < r->n_grants * roles->n; k++) {
            struct gh_recommend_grant *g = &r->grant[k / roles->n];
            if (g->is_own && g->why.n == 0 && gh_str_eq_ci(g->role_id, roles->list[k % roles->n]))
                g->why = gh_project_path(a, GH_STR("cannot be proved because a conditional access policy excludes its role: "),
                    p[GH_COND_POLICY_NAME].str);
        }
    }
    return rc;
}

/* ---- which role is enough ---- */

struct roles {
    struct gh_recommendation *r;
    struct gh_arena *a;
    enum gh_rc rc;
};

static bool
on_role(void *ctx, const struct gh_store_resource *res)
{
    struct roles *s = ctx;
    struct gh_role_def *def = gh_arena_take(s->a, sizeof(*def));
    struct gh_str id, body;
    s->rc = gh_arena_dup(&id, s->a, gh_str_sub(res->path, sizeof("/roleDefinitions/") - 1, SIZE_MAX));
    if (s->rc == GH_OK)
        s->rc = gh_arena_dup(&body, s->a, res->body);
    if (s->rc != GH_OK || def == NULL)
        return false;
    struct gh_str json = gh_project_path(s->a, GH_STR("{\"name\":\""), id, GH_STR("\",\"properties\":"), body, GH_STR("}"));
    if (json.p == NULL || gh_role_read(def, s->a, json, NULL) != GH_OK)
        return true; /* one that cannot be read is no candidate */
    for (size_t i = 0; i < s->r->n_grants; i++) {
        struct gh_recommend_grant *g = &s->r->grant[i];
        if (!g->is_own || !g->is_needed || def->n_parts > 0 || !holds(&def->bits, &g->need) ||
            size_of(&def->bits) != size_of(&g->need))
            continue;
        g->new_role_id = id;
        g->new_role_name = def->name;
        g->is_generated = false;
    }
    return true;
}

static void
decide_change(struct gh_recommend_grant *g, struct gh_str principal, struct gh_arena *a)
{
    bool is_narrower = !gh_str_eq(g->new_scope, g->scope);
    if (!g->is_own || g->why.n > 0)
        return;
    if (!g->is_needed) {
        g->change = GH_RECOMMEND_REMOVE;
        return;
    }
    if (size_of(&g->need) == size_of(&g->bits)) { /* all of the role was used */
        g->new_role_id = g->role_id;
        g->new_role_name = g->role_name;
    } else if (g->new_role_id.n == 0) {
        g->is_generated = true;
        g->new_role_name = gh_project_path(a, GH_STR("What "), principal, GH_STR(" used of "), g->role_name);
    }
    g->change = is_narrower || !gh_str_eq(g->new_role_id, g->role_id) ? GH_RECOMMEND_REPLACE : GH_RECOMMEND_KEEP;
}

enum gh_rc
gh_recommend_propose(struct gh_recommendation *r, const struct gh_recommending *g, struct gh_arena *a)
{
    struct roles s = {.r = r, .a = a};
    keep_unproved(r, a);
    enum gh_rc rc = keep_excluded(r, g->tx, a, g->config);
    if (rc == GH_OK)
        rc = assign_uses(r, g->tx, a);
    if (rc == GH_OK)
        rc = gh_store_resource_each(g->tx, GH_RESOURCE_ROLE_DEFINITION, on_role, &s);
    for (size_t i = 0; rc == GH_OK && s.rc == GH_OK && i < r->n_grants; i++)
        decide_change(&r->grant[i], r->principal, a);
    return rc != GH_OK ? rc : s.rc;
}
