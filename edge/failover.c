/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "base/limits.h"

/*
 * What follows a failed attempt. As long as nothing of an answer has gone to the client, the next backend of the deployment's pool is asked,
 * if the deployment says that this kind of failure is a reason to; the attempt is recorded first. Otherwise the client gets the error as it
 * came. Health is noted in any case, so that later calls try the others first.
 */

/* A backend that answers 500 is there: one request may be what it stumbles over, and must not take it away from everybody. */
static bool
is_ill(const ngx_http_gatehouse_failure_t *f)
{
    return !f->is_kept && f->status != NGX_HTTP_INTERNAL_SERVER_ERROR;
}

static bool
may_go_on(const ngx_http_gatehouse_ctx_t *ctx)
{
    return ctx->n_attempts < GH_ATTEMPTS_MAX &&
           ngx_http_gatehouse_monotonic_us() - ctx->start_us < (int64_t)GH_FAILOVER_MS_MAX * 1000;
}

/* The same backend once more: over a connection of its own where a kept one had ended, or at its next address where none was made. */
static bool
can_ask_again(ngx_http_gatehouse_ctx_t *ctx, const ngx_http_gatehouse_failure_t *f)
{
    if (f->is_kept)
        return true;
    if (f->kind != GH_RETRY_CONNECT || ctx->n_addresses + 1 >= gh_snap_count(&ctx->backend, GH_BACKEND_ADDRESSES))
        return false;
    ctx->n_addresses++;
    ctx->address++;
    return true;
}

bool
ngx_http_gatehouse_failover(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, const ngx_http_gatehouse_failure_t *f)
{
    struct gh_str backend, model;

    if (ctx->judge == NULL)
        return false;
    backend = ctx->judge->backend_name;
    model = ctx->judge->model;
    if (ctx->n_order > 1 && is_ill(f))
        ngx_http_gatehouse_health_failed(gh_snap_str(&ctx->backend, GH_BACKEND_UPSTREAM), f->retry_after_ms);
    if ((ctx->judge->retry_on & f->kind) == 0 || !may_go_on(ctx))
        return false;
    if (!can_ask_again(ctx, f) && ngx_http_gatehouse_aim(r, ctx) != NULL)
        return false;
    if (ngx_http_gatehouse_record_attempt(ctx, f, backend, model) != NGX_OK)
        return false;
    ctx->n_attempts++;
    ctx->attempt_us = ngx_http_gatehouse_monotonic_us();
    return true;
}

/* ---- answers ---- */

/* Milliseconds that a Retry-After names, as a number or as a time; 0: none that can be read. */
static int64_t
retry_after(const ngx_table_elt_t *h)
{
    uint64_t n;

    if (gh_str_eq_ci(ngx_http_gatehouse_str(h->key), GH_STR("retry-after-ms")))
        return gh_str_u64(&n, ngx_http_gatehouse_str(h->value), GH_RETRY_AFTER_MS_MAX) == GH_OK ? (int64_t)n : 0;
    if (!gh_str_eq_ci(ngx_http_gatehouse_str(h->key), GH_STR("retry-after")))
        return 0;
    if (gh_str_u64(&n, ngx_http_gatehouse_str(h->value), UINT32_MAX) == GH_OK)
        return (int64_t)n * 1000;
    time_t at = ngx_parse_http_time(h->value.data, h->value.len), now = ngx_time();
    return at == (time_t)NGX_ERROR || at <= now ? 0 : (int64_t)(at - now) * 1000;
}

static int64_t
longest_retry_after(const ngx_http_upstream_t *u)
{
    int64_t longest = 0;

    for (const ngx_list_part_t *part = &u->headers_in.headers.part; part != NULL; part = part->next) {
        const ngx_table_elt_t *h = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++)
            longest = ngx_max(longest, retry_after(&h[i]));
    }
    return longest;
}

bool
ngx_http_gatehouse_answered(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    const ngx_http_upstream_t *u = r->upstream;
    ngx_uint_t status = u->headers_in.status_n;
    ngx_http_gatehouse_failure_t f = {.kind = GH_RETRY_5XX, .status = status};

    if (status != NGX_HTTP_TOO_MANY_REQUESTS && status != 0 && status < NGX_HTTP_INTERNAL_SERVER_ERROR) {
        if (ctx->n_order > 1)
            ngx_http_gatehouse_health_served(gh_snap_str(&ctx->backend, GH_BACKEND_UPSTREAM));
        return false;
    }
    if (status == NGX_HTTP_TOO_MANY_REQUESTS)
        f.kind = GH_RETRY_429;
    if (status == 0)
        f.reason = "no HTTP";
    f.retry_after_ms = longest_retry_after(u);
    return ngx_http_gatehouse_failover(r, ctx, &f);
}
