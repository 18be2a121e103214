/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "wire/json.h"

/* GET models, and one of them: answered from the snapshot: the deployments of the endpoint of which this caller may ask something. */

#define LIST_MAX ((size_t)512 << 10)

/* What models are asked for: one of these is enough. */
static const enum gh_action asked[] = {GH_ACTION_CHAT, GH_ACTION_EMBEDDINGS};

static bool
may_use(ngx_http_gatehouse_ctx_t *ctx, struct gh_str deployment)
{
    struct gh_decision d = {.verdict = GH_DENY};
    struct gh_buf scope;
    char mem[GH_RESOURCE_PATH_MAX];

    gh_buf_init_fixed(&scope, mem, sizeof(mem));
    gh_route_scope(&scope, &ctx->route, deployment);
    if (scope.rc != GH_OK)
        return false;
    struct gh_question q = ngx_http_gatehouse_question(ctx);
    q.path = gh_buf_str(&scope);
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]) && d.verdict != GH_ALLOW; i++) {
        q.action = asked[i];
        gh_decide(&d, &q);
    }
    return d.verdict == GH_ALLOW;
}

/* Is there a backend behind it that speaks what this surface speaks? */
static bool
speaks(ngx_http_gatehouse_ctx_t *ctx, struct gh_str deployment)
{
    const struct gh_dialect *d = gh_dialect_find(ctx->route.row->surface, GH_OP_CHAT);
    const struct gh_snap *snap = &ctx->snapshot->policy;
    struct gh_snap_rec dep, backend;

    if (d == NULL ||
        !gh_snap_find_v(&dep, snap, GH_SNAP_DEPLOYMENT, (struct gh_str[]){ctx->route.ws, ctx->route.ep, deployment}, 3))
        return false;
    const struct gh_str key[] = {ctx->route.ws, gh_snap_str(&dep, GH_DEPLOYMENT_BACKEND)};
    return gh_snap_find_v(&backend, snap, GH_SNAP_BACKEND, key, 2) &&
           gh_family_of(gh_snap_str(&backend, GH_BACKEND_DIALECT)) == d->family;
}

static bool
is_anthropic(const ngx_http_gatehouse_ctx_t *ctx)
{
    return ctx->route.row->surface == GH_SURFACE_ANTHROPIC;
}

static void
put_model(struct gh_jsonw *w, const ngx_http_gatehouse_ctx_t *ctx, struct gh_str name)
{
    gh_jsonw_obj(w);
    if (is_anthropic(ctx)) {
        gh_jsonw_kstr(w, "type", GH_STR("model"));
        gh_jsonw_kstr(w, "id", name);
        gh_jsonw_kstr(w, "display_name", name);
        gh_jsonw_kstr(w, "created_at", GH_STR("1970-01-01T00:00:00Z"));
        gh_jsonw_end(w, '}');
        return;
    }
    gh_jsonw_kstr(w, "id", name);
    gh_jsonw_kstr(w, "object", GH_STR("model"));
    gh_jsonw_ku64(w, "created", 0);
    gh_jsonw_kstr(w, "owned_by", GH_STR("gatehouse"));
    gh_jsonw_end(w, '}');
}

/* Records, then sends: what is in `out` or, where it did not fit, an error. */
static ngx_int_t
answer(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, const struct gh_buf *out)
{
    if (out->rc != GH_OK)
        return ngx_http_gatehouse_refuse(r, ctx, GH_PROBLEM_INTERNAL, "list is too long", NULL);
    if (ngx_http_discard_request_body(r) != NGX_OK)
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    ctx->response_bytes = (off_t)out->n;
    if (ngx_http_gatehouse_record_open(ctx) != NGX_OK || ngx_http_gatehouse_record_close(ctx, NGX_HTTP_OK, "complete") != NGX_OK)
        return ngx_http_gatehouse_refuse(r, ctx, GH_PROBLEM_UNAVAILABLE, ngx_http_gatehouse_record_fault(ctx), NULL);
    return ngx_http_gatehouse_answer_send(r, NGX_HTTP_OK, "application/json", gh_buf_str(out));
}

/* "data", and what each surface has beside it. */
static void
put_list(struct gh_jsonw *w, ngx_http_gatehouse_ctx_t *ctx, const struct gh_snap_rec *ep)
{
    struct gh_str first = GH_STR(""), last = GH_STR("");

    gh_jsonw_obj(w);
    gh_jsonw_key(w, "data");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < gh_snap_count(ep, GH_ENDPOINT_DEPLOYMENTS); i++) {
        struct gh_str name = gh_snap_item(ep, GH_ENDPOINT_DEPLOYMENTS, i);
        if (!may_use(ctx, name) || !speaks(ctx, name))
            continue;
        put_model(w, ctx, name);
        first = first.n > 0 ? first : name;
        last = name;
    }
    gh_jsonw_end(w, ']');
    if (is_anthropic(ctx)) {
        gh_jsonw_kbool(w, "has_more", false);
        gh_jsonw_kstr(w, "first_id", first);
        gh_jsonw_kstr(w, "last_id", last);
    } else {
        gh_jsonw_kstr(w, "object", GH_STR("list"));
    }
    gh_jsonw_end(w, '}');
}

ngx_int_t
ngx_http_gatehouse_models(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_buf out;
    struct gh_jsonw w;

    gh_buf_init(&out, &ctx->arena, LIST_MAX);
    gh_jsonw_init(&w, &out);
    put_list(&w, ctx, &ctx->endpoint);
    return answer(r, ctx, &out);
}

/* One that is not there looks like one that the caller may not use. */
ngx_int_t
ngx_http_gatehouse_model(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_buf out;
    struct gh_jsonw w;

    if (!speaks(ctx, ctx->route.dep) || !may_use(ctx, ctx->route.dep))
        return ngx_http_gatehouse_refuse(
            r, ctx, GH_PROBLEM_DEPLOYMENT_NOT_FOUND, "deployment is not there, or not for this caller", NULL);
    gh_buf_init(&out, &ctx->arena, LIST_MAX);
    gh_jsonw_init(&w, &out);
    put_model(&w, ctx, ctx->route.dep);
    return answer(r, ctx, &out);
}
