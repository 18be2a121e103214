/* SPDX-License-Identifier: Apache-2.0 */
/* The proof: every recorded request is decided again, as things are and as they would be. */
#include "base/codec.h"
#include "control/review/recommend.h"
#include "policy/decide.h"

/* ---- a snapshot of what matters to one principal, by the publisher's own projection ---- */

struct making {
    const struct gh_project_env *env;
    struct gh_arena *a;
    struct gh_snap_writer *w;
};

static enum gh_rc
put_row(void *ctx, enum gh_snap_section section, struct gh_str key)
{
    struct making *m = ctx;
    struct gh_project_row row;
    enum gh_rc rc = gh_project_row(&row, m->env, m->a, section, key);
    return rc != GH_OK || !row.exists ? rc : gh_snap_put(m->w, section, key, row.v);
}

static enum gh_rc
make_snapshot(struct gh_snap *out, struct gh_arena *a, const struct gh_project_env *env, const struct gh_recommendation *r)
{
    static const enum gh_snap_section whole[] = {GH_SNAP_ROLE, GH_SNAP_DENY},
                                      his[] = {GH_SNAP_IDENTITY, GH_SNAP_MEMBERSHIP, GH_SNAP_ASSIGNMENT};
    struct gh_snap_meta meta = {.generation = 1, .base_generation = 1, .made_ms = 1};
    struct making m = {.env = env, .a = a};
    struct gh_snap_file *file;
    struct gh_str bytes;
    memcpy(meta.installation, env->config->installation, sizeof(meta.installation));
    enum gh_rc rc = gh_snap_writer_new(&m.w, a, &meta);
    for (size_t s = 0; rc == GH_OK && s < sizeof(whole) / sizeof(whole[0]); s++)
        rc = gh_project_each(env, a, whole[s], put_row, &m);
    for (size_t s = 0; rc == GH_OK && s < sizeof(his) / sizeof(his[0]); s++)
        for (size_t i = 0; rc == GH_OK && i < r->names.n; i++)
            rc = put_row(&m, his[s], r->names.p[i]);
    if (rc == GH_OK)
        rc = gh_snap_finish(&bytes, m.w);
    if (rc == GH_OK)
        rc = gh_snap_verify(&file, a, bytes, NULL, NULL);
    if (rc == GH_OK)
        *out = (struct gh_snap){.base = file};
    return rc;
}

/* ---- the proposal, carried out ---- */

static enum gh_rc
put_resource(struct gh_store_tx *tx, enum gh_resource type, struct gh_str path, struct gh_buf *body)
{
    struct gh_store_resource r = {.path = path,
        .type = type,
        .body = gh_buf_str(body),
        .created_ms = 1,
        .updated_ms = 1,
        .created_by = GH_STR("proof"),
        .updated_by = GH_STR("proof")};
    return body->rc != GH_OK ? body->rc : gh_store_resource_put(tx, &r);
}

/* A role that does not exist yet, under a name that nothing else has in this transaction. */
static enum gh_rc
put_generated(struct gh_str *id, struct gh_recommend_grant *g, size_t i, struct gh_store_tx *tx, struct gh_arena *a)
{
    uint8_t raw[6] = {0, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i};
    struct gh_buf hex, body;
    struct gh_jsonw w;
    gh_buf_init(&hex, a, 16);
    gh_buf_put_hex(&hex, gh_str(raw, sizeof(raw)));
    *id = gh_project_path(a, GH_STR("00000000-0000-0000-0000-"), gh_buf_str(&hex));
    gh_buf_init(&body, a, 1u << 16);
    gh_jsonw_init(&w, &body);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "roleName", g->new_role_name);
    gh_jsonw_key(&w, "permissions");
    gh_recommend_put_permissions(&w, &g->need);
    gh_jsonw_end(&w, '}');
    return put_resource(tx, GH_RESOURCE_ROLE_DEFINITION, gh_project_path(a, GH_STR("/roleDefinitions/"), *id), &body);
}

static enum gh_rc
carry_out(struct gh_recommend_grant *g, size_t i, struct gh_store_tx *tx, struct gh_arena *a)
{
    struct gh_str id = g->new_role_id;
    struct gh_buf body;
    struct gh_jsonw w;
    enum gh_rc rc = GH_OK;
    if (g->change == GH_RECOMMEND_REMOVE)
        return gh_store_resource_delete(tx, g->path);
    if (g->change == GH_RECOMMEND_KEEP)
        return GH_OK;
    if (g->is_generated && (rc = put_generated(&id, g, i, tx, a)) != GH_OK)
        return rc;
    gh_buf_init(&body, a, 4096);
    gh_jsonw_init(&w, &body);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "roleDefinitionId", id);
    gh_jsonw_kstr(&w, "principalId", g->principal);
    gh_jsonw_kstr(&w, "scope", g->new_scope);
    gh_jsonw_end(&w, '}');
    return put_resource(tx, GH_RESOURCE_ROLE_ASSIGNMENT, g->path, &body);
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

/* The caller as he would be found in a snapshot of what the store holds now. */
static enum gh_rc
open_snapshot(struct gh_snap *snap, struct gh_caller **caller, const struct gh_recommendation *r, struct gh_store_tx *tx,
    struct gh_arena *a, const struct gh_config *config)
{
    const struct gh_project_env env = {.tx = tx, .config = config};
    if ((*caller = gh_arena_take(a, sizeof(**caller))) == NULL)
        return GH_NOMEM;
    enum gh_rc rc = make_snapshot(snap, a, &env, r);
    if (rc == GH_OK)
        gh_identify_as(*caller, snap, r->principal, NULL, 0);
    return rc;
}

enum gh_rc
gh_recommend_replay(
    struct gh_recommendation *r, struct gh_store_tx *tx, struct gh_arena *a, const struct gh_config *config, int64_t now_ms)
{
    struct gh_snap snap;
    struct gh_caller *caller;
    enum gh_rc rc = open_snapshot(&snap, &caller, r, tx, a, config);
    for (size_t i = 0; rc == GH_OK && i < r->n_uses; i++) {
        struct gh_recommend_use *u = &r->use[i];
        struct gh_decision d;
        decide(&d, &snap, caller, u, now_ms);
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
gh_recommend_prove(
    struct gh_recommendation *r, struct gh_store_tx *tx, struct gh_arena *a, const struct gh_config *config, int64_t now_ms)
{
    struct gh_snap snap;
    struct gh_caller *caller;
    enum gh_rc rc = GH_OK;
    for (size_t i = 0; rc == GH_OK && i < r->n_grants; i++)
        rc = carry_out(&r->grant[i], i, tx, a);
    if (rc == GH_OK)
        rc = open_snapshot(&snap, &caller, r, tx, a, config);
    for (size_t i = 0; rc == GH_OK && i < r->n_uses; i++) {
        struct gh_decision d;
        if (!r->use[i].is_allowed)
            continue;
        decide(&d, &snap, caller, &r->use[i], now_ms);
        r->denied += d.verdict == GH_ALLOW ? 0 : (uint64_t)r->use[i].n;
    }
    if (rc == GH_OK && r->denied > 0)
        withdraw(r);
    return rc;
}
