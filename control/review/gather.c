/* SPDX-License-Identifier: Apache-2.0 */
/* What an instance asks to decide: every assignment, eligibility, key and way to a key within its scope, with its last use and a recommendation. */
#include "control/review/review_int.h"

#include "base/codec.h"
#include "base/crypto.h"
#include "control/learn/learn.h"
#include "control/review/activations.h"
#include "host/host.h"
#include "policy/role.h"

#define OBJECT_ARENA ((size_t)16 << 20)

struct gather {
    struct review_instance *instance;
    struct gh_store_tx *tx;
    struct gh_arena *a; /* of the one object that is looked at: ten thousand roles do not fit beside one another */
    const struct gh_config *config;
    const struct gh_review *review;
    int64_t now_ms, since_ms; /* since: records reach back to then */
    struct gh_activations activations;
    enum gh_rc rc;
};

/* ---- recommendations ---- */

static bool
is_eligibility(const struct review_decision *d)
{
    return gh_str_starts(d->target, GH_STR("/roleEligibilities/"));
}

/* Requests are never deleted: what was not activated is known. */
static void
recommend_eligibility(struct review_decision *d, int64_t from_ms, int64_t made_ms)
{
    if (d->last_used_ms > 0)
        d->reason = GH_STR("activated within the look-back time");
    else if (made_ms > from_ms)
        d->reason = GH_STR("younger than the look-back time");
    else {
        d->recommendation = GH_STR("Deny");
        d->reason = GH_STR("not activated within the look-back time");
    }
}

static void
recommend(struct review_decision *d, const struct gather *g, int64_t made_ms)
{
    int64_t from = g->now_ms - g->review->lookback_ms;

    d->recommendation = GH_STR("Approve");
    if (gh_str_eq(d->kind, GH_STR("roleEligibility"))) {
        recommend_eligibility(d, from, made_ms);
    } else if (is_eligibility(d)) { /* what was done while it was active is counted under the activation */
        d->recommendation = GH_STR("NoInfoAvailable");
        d->reason = GH_STR("not held, but could be activated");
    } else if (d->last_used_ms >= from && d->last_used_ms > 0)
        d->reason = GH_STR("used within the look-back time");
    else if (made_ms > from)
        d->reason = GH_STR("younger than the look-back time");
    else if (g->since_ms == 0 || g->since_ms > from) {
        d->recommendation = GH_STR("NoInfoAvailable");
        d->reason = GH_STR("records do not reach back over the look-back time");
    } else {
        d->recommendation = GH_STR("Deny");
        d->reason = d->last_used_ms == 0 ? GH_STR("never used") : GH_STR("not used within the look-back time");
    }
}

/* ---- one decision ---- */

/* Its name follows from what it is about: 16 hex digits. */
static enum gh_rc
name_of(struct gh_str *out, struct gather *g, const struct review_decision *d)
{
    uint8_t hash[GH_SHA256_BYTES];
    struct gh_buf hex;
    enum gh_rc rc = gh_sha256_v(hash, (const struct gh_str[]){d->kind, GH_STR("\0"), d->target}, 3);

    gh_buf_init(&hex, g->a, 32);
    gh_buf_put_hex(&hex, gh_str(hash, 8));
    *out = gh_project_path(g->a, g->instance->path, GH_STR("/decisions/"), gh_buf_str(&hex));
    return rc != GH_OK ? rc : out->p == NULL ? GH_NOMEM : GH_OK;
}

static bool
add(struct gather *g, struct review_decision *d, int64_t made_ms)
{
    if (g->instance->decisions == GH_REVIEW_DECISIONS_MAX) {
        g->instance->left_out++;
        return true;
    }
    recommend(d, g, made_ms);
    d->decision = GH_STR("NotReviewed");
    g->rc = name_of(&d->path, g, d);
    if (g->rc == GH_OK)
        g->rc = review_decision_store(g->tx, g->a, d, g->now_ms);
    g->instance->decisions++;
    g->instance->undecided++;
    return g->rc == GH_OK;
}

/* ---- uses ---- */

struct uses {
    int64_t n, last_ms;
    enum gh_action only; /* GH_ACTION_NONE: any */
};

static bool
on_use(void *ctx, const struct gh_store_use *u)
{
    struct uses *s = ctx;
    bool is_below;

    if (s->only != GH_ACTION_NONE && gh_learn_action_of(u->action, &is_below) != s->only)
        return true;
    s->n += (int64_t)u->n;
    s->last_ms = u->last_ms > s->last_ms ? u->last_ms : s->last_ms;
    return true;
}

static enum gh_rc
look_up(struct review_decision *d, struct gather *g, struct gh_str principal, enum gh_action only)
{
    struct uses s = {.only = only};
    enum gh_rc rc = gh_store_use_each(g->tx, principal, on_use, &s);

    d->uses = s.n;
    d->last_used_ms = s.last_ms;
    return rc;
}

/* ---- assignments ---- */

static enum gh_rc
load_role(struct gh_project_row *row, struct gather *g, struct gh_str id)
{
    const struct gh_project_env env = {.tx = g->tx, .config = g->config};

    *row = (struct gh_project_row){0};
    return gh_project_row(row, &env, g->a, GH_SNAP_ROLE, id);
}

/* Whether the role lists keys, be it on a condition. */
static bool
lists_keys(const struct gh_project_row *role)
{
    const struct gh_snap_value *parts = &role->v[GH_ROLE_PARTS];

    if (!role->exists)
        return false;
    bool lists = gh_role_stored_allows(role->v[GH_ROLE_BITS].str, GH_ACTION_KEY_CREATE);
    for (size_t i = 0; i < parts->n; i++)
        lists = lists || gh_role_stored_allows(parts->recs[i * GH_ROLE_PART_N + GH_ROLE_PART_BITS].str, GH_ACTION_KEY_CREATE);
    return lists;
}

/* As an assignment, and (if its role lists keys, there or above) as a way to get one: that is what somebody may activate, too. */
static bool
add_assignment(struct gather *g, struct review_decision *d, const struct gh_store_resource *r, const struct gh_project_row *role)
{
    bool is_inside = gh_scope_covers(g->review->scope, d->scope);
    bool gives_keys = lists_keys(role) && (is_inside || gh_scope_covers(d->scope, g->review->scope));

    if ((g->review->subjects & GH_REVIEW_ASSIGNMENTS) != 0 && is_inside && !is_eligibility(d)) {
        d->kind = GH_STR("roleAssignment");
        if ((g->rc = look_up(d, g, d->target, GH_ACTION_NONE)) != GH_OK || !add(g, d, r->created_ms))
            return false;
    }
    if ((g->review->subjects & GH_REVIEW_ELIGIBILITIES) != 0 && is_inside && is_eligibility(d)) {
        struct gh_activation used = gh_activations_of(&g->activations, d->target);
        d->kind = GH_STR("roleEligibility");
        bool is_same = used.last_ms >= r->created_ms; /* else it was another one of this name */
        d->uses = is_same ? used.n : 0;
        d->last_used_ms = is_same ? used.last_ms : 0;
        if (!add(g, d, r->created_ms))
            return false;
    }
    if ((g->review->subjects & GH_REVIEW_KEY_CREATORS) != 0 && gives_keys) {
        d->kind = GH_STR("keyCreator");
        if ((g->rc = look_up(d, g, d->target, GH_ACTION_KEY_CREATE)) != GH_OK || !add(g, d, r->created_ms))
            return false;
    }
    return true;
}

static bool
gather_assignment(struct gather *g, const struct gh_store_resource *r)
{
    struct review_decision d = {0};
    struct gh_project_row role;
    struct gh_props p;
    struct gh_str body;

    if ((g->rc = gh_arena_dup(&body, g->a, r->body)) != GH_OK || (g->rc = gh_arena_dup(&d.target, g->a, r->path)) != GH_OK ||
        (g->rc = gh_props_open(&p, g->a, body)) != GH_OK)
        return false;
    if ((g->rc = load_role(&role, g, gh_props_str(&p, "roleDefinitionId", GH_STR("")))) != GH_OK)
        return false;
    d.principal = gh_props_str(&p, "principalId", GH_STR(""));
    d.scope = gh_props_str(&p, "scope", GH_STR(""));
    d.role = role.exists ? role.v[GH_ROLE_NAME].str : gh_props_str(&p, "roleDefinitionId", GH_STR(""));
    return add_assignment(g, &d, r, &role);
}

/* ---- keys ---- */

static bool
gather_key(struct gather *g, const struct gh_store_resource *r)
{
    struct review_decision d = {.kind = GH_STR("apiKey")};
    struct gh_resource_path names;
    struct gh_props p;
    struct gh_str body;
    int64_t last_ms = 0;

    if ((g->rc = gh_arena_dup(&body, g->a, r->body)) != GH_OK || (g->rc = gh_arena_dup(&d.target, g->a, r->path)) != GH_OK ||
        (g->rc = gh_props_open(&p, g->a, body)) != GH_OK || (g->rc = gh_resource_find(&names, d.target)) != GH_OK)
        return false;
    d.scope = gh_props_str(&p, "scope", GH_STR(""));
    if (!gh_scope_covers(g->review->scope, d.scope))
        return true;
    d.principal = gh_project_path(g->a, GH_STR("/identities/"), gh_props_str(&p, "owner", GH_STR("")));
    struct gh_str key = gh_project_path(g->a, GH_STR(GH_LEARN_KEY), names.names[1]);
    if ((g->rc = look_up(&d, g, key, GH_ACTION_NONE)) != GH_OK ||
        (g->rc = gh_store_key_last_use(&last_ms, g->tx, names.names[1])) != GH_OK)
        return false;
    d.last_used_ms = last_ms > d.last_used_ms ? last_ms : d.last_used_ms;
    return add(g, &d, r->created_ms);
}

static bool
on_resource(void *ctx, const struct gh_store_resource *r)
{
    struct gather *g = ctx;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), OBJECT_ARENA);
    g->a = &a;
    bool goes_on = r->type == GH_RESOURCE_API_KEY ? gather_key(g, r) : gather_assignment(g, r);
    g->a = NULL;
    return goes_on;
}

enum gh_rc
review_gather(struct review_instance *i, struct gh_store_tx *tx, struct gh_arena *a, const struct gh_config *config,
    const struct gh_review *r, int64_t now_ms)
{
    struct gather g = {.instance = i, .tx = tx, .config = config, .review = r, .now_ms = now_ms};
    enum gh_rc rc = gh_learn_since(&g.since_ms, tx, a);

    i->decisions = i->approved = i->denied = i->undecided = i->removed = i->left_out = 0;
    if (rc == GH_OK && (r->subjects & (GH_REVIEW_ASSIGNMENTS | GH_REVIEW_KEY_CREATORS)) != 0)
        rc = gh_store_resource_each(tx, GH_RESOURCE_ROLE_ASSIGNMENT, on_resource, &g);
    if (rc == GH_OK && g.rc == GH_OK && (r->subjects & GH_REVIEW_ELIGIBILITIES) != 0)
        rc = gh_activations_load(&g.activations, tx, a, now_ms - r->lookback_ms);
    if (rc == GH_OK && g.rc == GH_OK && (r->subjects & (GH_REVIEW_KEY_CREATORS | GH_REVIEW_ELIGIBILITIES)) != 0)
        rc = gh_store_resource_each(tx, GH_RESOURCE_ROLE_ELIGIBILITY, on_resource, &g);
    if (rc == GH_OK && g.rc == GH_OK && (r->subjects & GH_REVIEW_KEYS) != 0)
        rc = gh_store_resource_each(tx, GH_RESOURCE_API_KEY, on_resource, &g);
    return rc != GH_OK ? rc : g.rc;
}
