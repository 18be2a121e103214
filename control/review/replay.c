/* SPDX-License-Identifier: Apache-2.0 */
/* The proof: every recorded request is decided again, as things are and as they would be. */
#include "base/codec.h"
#include "control/learn/learn.h"
#include "control/review/recommend.h"
#include "policy/decide.h"

/* ---- a snapshot of what matters, by the publisher's own projection: roles and denials for all, beside them the rows of one principal ---- */

struct making {
    const struct gh_project_env *env;
    struct gh_arena *a;
    struct gh_snap_writer *w;
    struct gh_recommendation *proposed; /* NULL: as things are */
};

static enum gh_rc
finish(const struct gh_snap_file **out, struct making *m)
{
    struct gh_snap_file *file = NULL;
    struct gh_str bytes;
    enum gh_rc rc = gh_snap_finish(&bytes, m->w);
    if (rc == GH_OK)
        rc = gh_snap_verify(&file, m->a, bytes, NULL, NULL);
    *out = file;
    return rc;
}

static enum gh_rc
begin(struct making *m, bool is_overlay)
{
    struct gh_snap_meta meta = {.generation = is_overlay ? 2 : 1, .base_generation = 1, .made_ms = 1, .is_overlay = is_overlay};
    memcpy(meta.installation, m->env->config->installation, sizeof(meta.installation));
    return gh_snap_writer_new(&m->w, m->a, &meta);
}

static enum gh_rc
put_row(void *ctx, enum gh_snap_section section, struct gh_str key)
{
    struct making *m = ctx;
    struct gh_project_row row;
    enum gh_rc rc = gh_project_row(&row, m->env, m->a, section, key);
    return rc != GH_OK || !row.exists ? rc : gh_snap_put(m->w, section, key, row.v);
}

static enum gh_rc
make_base(const struct gh_snap_file **out, struct gh_arena *a, const struct gh_project_env *env)
{
    static const enum gh_snap_section whole[] = {GH_SNAP_ROLE, GH_SNAP_DENY};
    struct making m = {.env = env, .a = a};
    enum gh_rc rc = begin(&m, false);
    for (size_t s = 0; rc == GH_OK && s < sizeof(whole) / sizeof(whole[0]); s++)
        rc = gh_project_each(env, a, whole[s], put_row, &m);
    return rc == GH_OK ? finish(out, &m) : rc;
}

enum gh_rc
gh_recommend_begin(struct gh_recommending *out, struct gh_store_tx *tx, struct gh_arena *a, const struct gh_config *config,
    int64_t now_ms, int64_t lookback_ms)
{
    const struct gh_project_env env = {.tx = tx, .config = config};
    *out = (struct gh_recommending){.tx = tx, .config = config, .now_ms = now_ms, .lookback_ms = lookback_ms};
    enum gh_rc rc = gh_learn_since(&out->since_ms, tx, a);
    if (rc == GH_OK)
        rc = gh_activations_load(&out->activations, tx, a, now_ms - lookback_ms);
    return rc == GH_OK ? make_base(&out->base, a, &env) : rc;
}

/* ---- the proposal, in these rows ---- */

/* A role that does not exist yet, under a name that no role has: a GUID of no version. */
static enum gh_rc
put_generated(struct gh_str *id, struct making *m, const struct gh_recommend_grant *g, size_t i)
{
    uint8_t raw[6] = {0, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}, *bits = gh_arena_take(m->a, GH_ROLE_STORED_BYTES);
    struct gh_snap_value v[GH_ROLE_N] = {[GH_ROLE_NAME] = {.str = g->new_role_name}};
    struct gh_buf hex;
    gh_buf_init(&hex, m->a, 16);
    gh_buf_put_hex(&hex, gh_str(raw, sizeof(raw)));
    *id = gh_project_path(m->a, GH_STR("00000000-0000-0000-0000-"), gh_buf_str(&hex));
    if (bits == NULL || id->p == NULL)
        return GH_NOMEM;
    gh_role_store(bits, &g->need);
    v[GH_ROLE_BITS].str = gh_str(bits, GH_ROLE_STORED_BYTES);
    return gh_snap_put(m->w, GH_SNAP_ROLE, *id, v);
}

/* One grant as it would be; *stays false: it would go. */
static enum gh_rc
change(bool *stays, struct gh_snap_value *rec, struct making *m)
{
    const struct gh_recommendation *r = m->proposed;
    size_t i = 0;
    *stays = true;
    while (i < r->n_grants && !gh_str_eq(r->grant[i].path, rec[GH_GRANT_ID].str))
        i++;
    if (i == r->n_grants || r->grant[i].change == GH_RECOMMEND_KEEP)
        return GH_OK;
    *stays = r->grant[i].change == GH_RECOMMEND_REPLACE;
    rec[GH_GRANT_SCOPE].str = r->grant[i].new_scope;
    rec[GH_GRANT_ROLE].str = r->grant[i].new_role_id;
    return *stays && r->grant[i].is_generated ? put_generated(&rec[GH_GRANT_ROLE].str, m, &r->grant[i], i) : GH_OK;
}

static enum gh_rc
put_grants(struct making *m, struct gh_str name)
{
    struct gh_project_row row;
    enum gh_rc rc = gh_project_row(&row, m->env, m->a, GH_SNAP_ASSIGNMENT, name);
    struct gh_snap_value *grants = &row.v[GH_ASSIGNMENT_GRANTS], *recs;
    if (rc != GH_OK || !row.exists)
        return rc;
    if (m->proposed == NULL)
        return gh_snap_put(m->w, GH_SNAP_ASSIGNMENT, name, row.v);
    if ((recs = gh_arena_take_array(m->a, grants->n, GH_GRANT_N * sizeof(*recs))) == NULL)
        return GH_NOMEM;
    size_t n = 0;
    for (size_t i = 0; rc == GH_OK && i < grants->n; i++) {
        bool stays;
        memcpy(recs + n * GH_GRANT_N, grants->recs + i * GH_GRANT_N, GH_GRANT_N * sizeof(*recs));
        rc = change(&stays, recs + n * GH_GRANT_N, m);
        n += stays;
    }
    *grants = (struct gh_snap_value){.recs = recs, .n = n};
    return rc != GH_OK || n == 0 ? rc : gh_snap_put(m->w, GH_SNAP_ASSIGNMENT, name, row.v);
}

/* The caller as he would be found, as things are or (`proposed`) as they would be. */
static enum gh_rc
open_snapshot(struct gh_snap *snap, struct gh_caller **caller, const struct gh_recommending *g, struct gh_arena *a,
    const struct gh_recommendation *r, struct gh_recommendation *proposed)
{
    static const enum gh_snap_section his[] = {GH_SNAP_IDENTITY, GH_SNAP_MEMBERSHIP};
    const struct gh_project_env env = {.tx = g->tx, .config = g->config};
    struct making m = {.env = &env, .a = a, .proposed = proposed};
    const struct gh_snap_file *file = NULL;
    if ((*caller = gh_arena_take(a, sizeof(**caller))) == NULL)
        return GH_NOMEM;
    enum gh_rc rc = begin(&m, true);
    for (size_t i = 0; rc == GH_OK && i < r->names.n; i++) {
        for (size_t s = 0; rc == GH_OK && s < sizeof(his) / sizeof(his[0]); s++)
            rc = put_row(&m, his[s], r->names.p[i]);
        if (rc == GH_OK)
            rc = put_grants(&m, r->names.p[i]);
    }
    if (rc == GH_OK)
        rc = finish(&file, &m);
    if (rc == GH_OK)
        rc = gh_snap_join(snap, g->base, file);
    if (rc == GH_OK)
        gh_identify_as(*caller, snap, r->principal, NULL, 0);
    return rc;
}

/* ---- the replay ---- */

/* Everything that an attribute would tell is left out: no record holds it. */
static void
decide(struct gh_decision *d, const struct gh_snap *snap, const struct gh_caller *caller, const struct gh_recommend_use *u,
    int64_t now_ms)
{
    const struct gh_question q = {.snap = snap, .caller = caller, .action = u->action, .path = u->scope, .now_ms = now_ms};
    if (u->is_below)
        gh_decide_below(d, &q);
    else
        gh_decide(d, &q);
}

enum gh_rc
gh_recommend_replay(struct gh_recommendation *r, const struct gh_recommending *g, struct gh_arena *a)
{
    struct gh_snap snap;
    struct gh_caller *caller;
    enum gh_rc rc = open_snapshot(&snap, &caller, g, a, r, NULL);
    for (size_t i = 0; rc == GH_OK && i < r->n_uses; i++) {
        struct gh_recommend_use *u = &r->use[i];
        struct gh_decision d;
        decide(&d, &snap, caller, u, g->now_ms);
        u->is_allowed = d.verdict == GH_ALLOW;
        u->is_unsure = d.is_unsure;
        u->reason = d.reason;
        r->requests += (uint64_t)u->n;
        r->denied_already += u->is_allowed ? 0 : (uint64_t)u->n;
    }
    return rc;
}

/* It is not to be: what the construction promises did not hold. */
static void
withdraw(struct gh_recommendation *r)
{
    for (size_t i = 0; i < r->n_grants; i++)
        if (r->grant[i].change != GH_RECOMMEND_KEEP) {
            r->grant[i].change = GH_RECOMMEND_KEEP;
            r->grant[i].why = GH_STR("cannot be proved because the replay denied recorded requests");
        }
    r->denied = 0;
}

enum gh_rc
gh_recommend_prove(struct gh_recommendation *r, const struct gh_recommending *g, struct gh_arena *a)
{
    struct gh_snap snap;
    struct gh_caller *caller;
    enum gh_rc rc = open_snapshot(&snap, &caller, g, a, r, r);
    for (size_t i = 0; rc == GH_OK && i < r->n_uses; i++) {
        struct gh_decision d;
        if (!r->use[i].is_allowed)
            continue;
        decide(&d, &snap, caller, &r->use[i], g->now_ms);
        r->denied += d.verdict == GH_ALLOW ? 0 : (uint64_t)r->use[i].n;
    }
    if (rc == GH_OK && r->denied > 0)
        withdraw(r);
    return rc;
}
