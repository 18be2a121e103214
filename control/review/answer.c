/* SPDX-License-Identifier: Apache-2.0 */
/* GET /recommendations: granted, used, unused, proposed, proved. */
#include "base/codec.h"
#include "base/duration.h"
#include "control/review/recommend.h"
#include "host/host.h"

#define LIMIT_DEFAULT 20
#define ONE_ARENA_MAX ((size_t)256 << 20)
#define LIMIT_MAX     100 /* principals in one answer: each is a proof of its own */

static void
put_time(struct gh_call *call, struct gh_jsonw *w, const char *key, int64_t ms)
{
    struct gh_buf b;
    if (ms <= 0)
        return;
    gh_buf_init(&b, call->a, 32);
    gh_time_put(&b, ms);
    gh_jsonw_kstr(w, key, gh_buf_str(&b));
}

static void
put_grants(struct gh_call *call, struct gh_jsonw *w, const struct gh_recommendation *r)
{
    gh_jsonw_key(w, "granted");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < r->n_grants; i++) {
        const struct gh_recommend_grant *g = &r->grant[i];
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "assignment", g->path);
        gh_jsonw_kstr(w, "principal", g->principal);
        gh_jsonw_kstr(w, "role", g->role_name);
        gh_jsonw_kstr(w, "scope", g->scope);
        gh_jsonw_ku64(w, "uses", (uint64_t)g->uses);
        put_time(call, w, "lastUsedAt", g->last_ms);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

static void
put_uses(struct gh_call *call, struct gh_jsonw *w, const struct gh_recommendation *r)
{
    gh_jsonw_key(w, "used");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < r->n_uses; i++) {
        const struct gh_recommend_use *u = &r->use[i];
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "action", gh_action_table[u->action].string);
        gh_jsonw_kstr(w, "scope", u->scope);
        gh_jsonw_kbool(w, "orBelow", u->is_below);
        gh_jsonw_ku64(w, "requests", (uint64_t)u->n);
        put_time(call, w, "firstAt", u->first_ms);
        put_time(call, w, "lastAt", u->last_ms);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

/* Actions that were given and that no recorded request needed: what creeps. */
static void
put_unused(struct gh_jsonw *w, const struct gh_recommendation *r)
{
    struct gh_role_bits given = {{0}};
    for (size_t i = 0; i < r->n_grants; i++)
        for (size_t k = 0; k < sizeof(given.w) / sizeof(given.w[0]); k++)
            given.w[k] |= r->grant[i].bits.w[k];
    for (size_t i = 0; i < r->n_uses; i++)
        given.w[(unsigned)r->use[i].action / 64] &= ~(UINT64_C(1) << (unsigned)r->use[i].action % 64);
    gh_jsonw_key(w, "unused");
    gh_jsonw_arr(w);
    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++)
        if (gh_role_allows(&given, (enum gh_action)i))
            gh_jsonw_str(w, gh_action_table[i].string);
    gh_jsonw_end(w, ']');
}

static const char *const change_words[] = {
    [GH_RECOMMEND_KEEP] = "keep", [GH_RECOMMEND_REPLACE] = "replace", [GH_RECOMMEND_REMOVE] = "remove"};

static void
put_proposed(struct gh_jsonw *w, const struct gh_recommendation *r)
{
    gh_jsonw_key(w, "proposed");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < r->n_grants; i++) {
        const struct gh_recommend_grant *g = &r->grant[i];
        if (!g->is_his)
            continue;
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "assignment", g->path);
        gh_jsonw_kstr(w, "change", gh_str_z(change_words[g->change]));
        if (g->why.n > 0)
            gh_jsonw_kstr(w, "because", g->why);
        if (g->change == GH_RECOMMEND_REPLACE) {
            gh_jsonw_kstr(w, "role", g->new_role_name);
            gh_jsonw_kstr(w, "scope", g->new_scope);
            gh_jsonw_kbool(w, "generated", g->is_generated);
            gh_jsonw_key(w, "permissions");
            gh_recommend_put_permissions(w, &g->need);
        }
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

static void
put_eligible(struct gh_call *call, struct gh_jsonw *w, const struct gh_recommendation *r)
{
    gh_jsonw_key(w, "eligible");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < r->n_eligible; i++) {
        const struct gh_recommend_eligible *e = &r->eligible[i];
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "eligibility", e->path);
        gh_jsonw_kstr(w, "principal", e->principal);
        gh_jsonw_kstr(w, "role", e->role_name);
        gh_jsonw_kstr(w, "scope", e->scope);
        gh_jsonw_ku64(w, "activations", (uint64_t)e->activations);
        put_time(call, w, "lastActivatedAt", e->last_ms);
        gh_jsonw_kstr(w, "change", gh_str_z(change_words[e->change]));
        gh_jsonw_kstr(w, "because", e->why == NULL ? GH_STR("it was not activated within the look-back time") : gh_str_z(e->why));
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

static void
put_one(struct gh_call *call, struct gh_jsonw *w, const struct gh_recommendation *r)
{
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "principal", r->principal);
    if (r->path.n > 0)
        gh_jsonw_kstr(w, "identity", r->path);
    put_time(call, w, "recordsSince", r->since_ms);
    put_time(call, w, "lookBackFrom", r->from_ms);
    gh_jsonw_kbool(w, "recordsReachBack", r->since_ms > 0 && r->since_ms <= r->from_ms);
    gh_jsonw_kbool(w, "cut", r->is_cut);
    put_grants(call, w, r);
    put_uses(call, w, r);
    put_unused(w, r);
    put_proposed(w, r);
    put_eligible(call, w, r);
    gh_jsonw_key(w, "proof");
    gh_jsonw_obj(w);
    gh_jsonw_ku64(w, "requests", r->requests);
    gh_jsonw_ku64(w, "denied", r->denied);
    gh_jsonw_ku64(w, "deniedAlready", r->denied_already);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

static enum gh_rc
recommend(struct gh_call *call, struct gh_jsonw *w, const struct gh_recommending *g, struct gh_str principal)
{
    gh_auto_arena a; /* of one principal: a hundred do not lie beside one another */
    gh_arena_init(&a, gh_heap(), ONE_ARENA_MAX);
    struct gh_recommendation *r = gh_arena_take(&a, sizeof(*r));
    if (r == NULL)
        return GH_NOMEM;
    enum gh_rc rc = gh_recommend_gather(r, g, &a, principal);
    if (rc == GH_OK)
        rc = gh_recommend_replay(r, g, &a);
    if (rc == GH_OK)
        rc = gh_recommend_propose(r, g, &a);
    if (rc == GH_OK)
        rc = gh_recommend_prove(r, g, &a);
    if (rc == GH_OK)
        put_one(call, w, r);
    return rc;
}

/* ---- whom ---- */

struct whom {
    struct gh_strs list;
    struct gh_str after;
    size_t max;
    bool has_more;
};

static bool
on_target(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct whom *k = ctx;
    bool is_person = gh_str_starts(link->target, GH_STR("/identities/")) || link->target.p[0] != '/';
    bool is_given = gh_str_starts(path, GH_STR("/roleAssignments/")) || gh_str_starts(path, GH_STR("/roleEligibilities/"));
    if (!is_given || !is_person || gh_str_find(link->target, GH_STR("/groups:")) != SIZE_MAX ||
        gh_str_cmp(link->target, k->after) <= 0)
        return true;
    if (k->list.n > 0 && gh_str_eq(k->list.p[k->list.n - 1], link->target))
        return true;
    if ((k->has_more = k->list.n == k->max))
        return false;
    gh_strs_add(&k->list, link->target);
    return k->list.rc == GH_OK;
}

static enum gh_rc
find_whom(struct whom *k, struct gh_call *call, struct gh_store_tx *tx)
{
    struct gh_str one = gh_call_arg(call, "principal");
    if (one.p != NULL) {
        gh_strs_add(&k->list, one);
        return k->list.rc;
    }
    enum gh_rc rc = gh_store_link_each(tx, GH_STORE_LINK_PRINCIPAL, on_target, k);
    return rc != GH_OK ? rc : k->list.rc;
}

static bool
read_query(struct whom *k, int64_t *lookback_ms, struct gh_call *call)
{
    struct gh_str back = gh_call_arg(call, "lookBack"), limit = gh_call_arg(call, "limit");
    uint64_t n = LIMIT_DEFAULT;
    if (gh_duration_read(lookback_ms, back.p == NULL ? GH_STR("P90D") : back) != GH_OK)
        return gh_call_problem(call, 400, "lookBack is a duration like P90D", back);
    if (limit.p != NULL && (gh_str_u64(&n, limit, LIMIT_MAX) != GH_OK || n == 0))
        return gh_call_problem(call, 400, "limit must be 1 to 100", limit);
    k->max = n;
    k->after = gh_call_arg(call, "after");
    k->after = k->after.p == NULL ? GH_STR("") : k->after;
    return true;
}

void
gh_answer_recommendations(struct gh_call *call)
{
    gh_auto_store_tx *tx = NULL;
    struct whom k = {.list = {.a = call->a}};
    struct gh_recommending g;
    struct gh_jsonw w;
    int64_t lookback_ms;
    if (!read_query(&k, &lookback_ms, call))
        return;
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = find_whom(&k, call, tx);
    if (rc == GH_OK)
        rc = gh_recommend_begin(&g, tx, call->a, call->c->config, gh_call_now(call), lookback_ms);
    gh_jsonw_init(&w, &call->out);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "value");
    gh_jsonw_arr(&w);
    for (size_t i = 0; rc == GH_OK && i < k.list.n; i++)
        rc = recommend(call, &w, &g, k.list.p[i]);
    gh_jsonw_end(&w, ']');
    gh_jsonw_key(&w, "next");
    if (k.has_more)
        gh_jsonw_str(&w, k.list.p[k.list.n - 1]);
    else
        gh_jsonw_null(&w);
    gh_jsonw_end(&w, '}');
    if (rc == GH_BAD)
        (void)gh_call_problem(call, 404, "there is no such principal", gh_call_arg(call, "principal"));
    else if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
}
