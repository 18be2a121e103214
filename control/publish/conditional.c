/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one row of conditional access: every policy that is not disabled, every named location. Each was read strictly when it was written. Where one cannot be
 * read any more (a store that was damaged, or written by another build), nobody knows whom it kept out: everything but the owner's socket is blocked.
 */
#include "base/limits.h"
#include "control/publish/project_int.h"
#include "host/host.h"
#include "policy/conditional_read.h"

struct gathering {
    struct gh_arena *a;
    struct gh_cond_names names;
    struct gh_cond_place *places;
    struct gh_cond_strength *strengths;
    struct gh_snap_value *policies, *lands;
    size_t n_policies;
    bool has_countries;
    enum gh_rc rc;
};

static struct gh_str
name_of(struct gh_arena *a, struct gh_str path)
{
    size_t cut = path.n;
    struct gh_str name;
    while (cut > 0 && path.p[cut - 1] != '/')
        cut--;
    return gh_arena_dup(&name, a, gh_str_sub(path, cut, path.n)) == GH_OK ? name : GH_STR("");
}

/* What the store lends for the call, kept: slices are borrowed from it. */
static enum gh_rc
keep(struct gh_props *p, struct gathering *g, const struct gh_store_resource *r)
{
    struct gh_str body;
    enum gh_rc rc = gh_arena_dup(&body, g->a, r->body);
    return rc == GH_OK ? gh_props_open(p, g->a, body) : rc;
}

static bool
on_place(void *ctx, const struct gh_store_resource *r)
{
    struct gathering *g = ctx;
    struct gh_props p;
    struct gh_cond_place *place = &g->places[g->names.n_places];
    if (g->names.n_places == GH_COND_PLACES_MAX)
        g->rc = GH_LIMIT;
    if (g->rc == GH_OK && (g->rc = keep(&p, g, r)) == GH_OK)
        g->rc = gh_cond_place_read(place, g->a, &p.j, p.root, NULL);
    if (g->rc != GH_OK)
        return false;
    place->id = name_of(g->a, r->path);
    g->has_countries = g->has_countries || place->countries.n > 0;
    gh_cond_place_row(g->lands + g->names.n_places * GH_COND_PLACE_N, place);
    g->names.n_places++;
    return true;
}

static bool
on_strength(void *ctx, const struct gh_store_resource *r)
{
    struct gathering *g = ctx;
    struct gh_props p;
    struct gh_cond_strength *s = &g->strengths[g->names.n_strengths];
    if (g->names.n_strengths == GH_COND_POLICIES_MAX)
        g->rc = GH_LIMIT;
    if (g->rc == GH_OK && (g->rc = keep(&p, g, r)) == GH_OK)
        g->rc = gh_cond_strength_read(s, g->a, &p.j, gh_json_get(&p.j, p.root, GH_STR("allowedCombinations")), NULL);
    if (g->rc != GH_OK)
        return false;
    s->id = name_of(g->a, r->path);
    g->names.n_strengths++;
    return true;
}

static bool
on_policy(void *ctx, const struct gh_store_resource *r)
{
    struct gathering *g = ctx;
    struct gh_cond_policy policy;
    struct gh_props p;
    if (g->n_policies == GH_COND_POLICIES_MAX)
        g->rc = GH_LIMIT;
    if (g->rc == GH_OK && (g->rc = keep(&p, g, r)) == GH_OK)
        g->rc = gh_cond_policy_read(&policy, g->a, &p.j, p.root, NULL);
    if (g->rc != GH_OK || policy.state == GH_COND_DISABLED)
        return g->rc == GH_OK;
    g->rc = gh_cond_row(g->policies + g->n_policies * GH_COND_POLICY_N, g->a, name_of(g->a, r->path), &policy, &g->names, NULL);
    g->n_policies++;
    return g->rc == GH_OK;
}

static enum gh_rc
gather(struct gathering *g, struct gh_store_tx *tx)
{
    static const struct {
        enum gh_resource type;
        bool (*each)(void *ctx, const struct gh_store_resource *r);
    } walks[] = {
        {GH_RESOURCE_COND_PLACE, on_place}, {GH_RESOURCE_COND_STRENGTH, on_strength}, {GH_RESOURCE_COND_POLICY, on_policy}};
    for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
        enum gh_rc rc = gh_store_resource_each(tx, walks[i].type, walks[i].each, g);
        if (rc != GH_OK || g->rc != GH_OK)
            return rc != GH_OK ? rc : g->rc;
    }
    return GH_OK;
}

static void
block_all(struct gathering *g)
{
    const uint64_t anybody = GH_COND_HAS_USERS | GH_COND_HAS_ALL_USERS | GH_COND_HAS_WORKLOADS | GH_COND_HAS_ALL_WORKLOADS;
    struct gh_snap_value *v = g->policies;
    gh_log(GH_LOG_ERROR,
        "conditional access cannot be read: all access through the edge is blocked; the owner can write it anew by --data",
        GH_KEND);
    memset(v, 0, GH_COND_POLICY_N * sizeof(*v));
    v[GH_COND_POLICY_ID].str = v[GH_COND_POLICY_NAME].str = GH_STR("unreadable");
    v[GH_COND_POLICY_STATE].u64 = GH_COND_ENABLED;
    v[GH_COND_POLICY_FLAGS].u64 = anybody | GH_COND_HAS_BLOCK | (uint64_t)GH_COND_ALL << GH_COND_TARGETS_AT;
    g->n_policies = 1;
    g->names.n_places = 0;
    g->has_countries = false;
}

enum gh_rc
gh_project_conditional(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gathering g = {.a = a,
        .places = gh_arena_take_array(a, GH_COND_PLACES_MAX, sizeof(*g.places)),
        .lands = gh_arena_take_array(a, GH_COND_PLACES_MAX, GH_COND_PLACE_N * sizeof(*g.lands)),
        .strengths = gh_arena_take_array(a, GH_COND_POLICIES_MAX, sizeof(*g.strengths)),
        .policies = gh_arena_take_array(a, GH_COND_POLICIES_MAX, GH_COND_POLICY_N * sizeof(*g.policies))};
    (void)part;
    if (g.places == NULL || g.lands == NULL || g.strengths == NULL || g.policies == NULL)
        return GH_NOMEM;
    g.names.places = g.places;
    g.names.strengths = g.strengths;
    enum gh_rc rc = gather(&g, env->tx);
    if (rc == GH_BAD || rc == GH_LIMIT)
        block_all(&g);
    else if (rc != GH_OK)
        return rc;
    out->exists = g.n_policies > 0;
    out->v[GH_COND_POLICIES] = (struct gh_snap_value){.recs = g.policies, .n = g.n_policies};
    out->v[GH_COND_HAS_COUNTRIES].u64 = g.has_countries;
    out->v[GH_COND_PLACES] = (struct gh_snap_value){.recs = g.lands, .n = g.names.n_places};
    return GH_OK;
}
