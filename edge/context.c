/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <sys/random.h>

#include "base/limits.h"

/* What the module knows of a request, for as long as it lives: made at its first step, found again after redirects, dropped with its pool. */

#define ARENA_MAX (1u << 20)

static u_char random_bytes[4096];
static size_t random_left;

static void
ctx_cleanup(void *data)
{
    ngx_http_gatehouse_ctx_t *ctx = data;

    ngx_http_gatehouse_shutdown_forget(ctx);
    ngx_http_gatehouse_withdraw_forget(ctx);
    ngx_http_gatehouse_held_release(ctx);
    if (ctx->judge != NULL) {
        ngx_http_gatehouse_dlp_free(ctx->judge);
        ngx_http_gatehouse_file_unref(ctx->judge->patterns);
        gh_arena_fini(&ctx->judge->work);
        gh_arena_fini(&ctx->judge->keep);
        ngx_http_gatehouse_file_unref(ctx->judge->shield);
    }
    gh_arena_fini(&ctx->held_arena);
    gh_arena_fini(&ctx->arena);
    ngx_http_gatehouse_secrets_wipe(ctx);
    ngx_http_gatehouse_snapshot_unref(ctx->snapshot);
    ctx->snapshot = NULL;
}

/* A redirect wipes r->ctx; the pool's cleanup list does not forget. */
ngx_http_gatehouse_ctx_t *
ngx_http_gatehouse_ctx(ngx_http_request_t *r)
{
    ngx_http_gatehouse_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_gatehouse_module);

    if (ctx != NULL)
        return ctx;
    for (ngx_pool_cleanup_t *c = r->pool->cleanup; c != NULL; c = c->next) {
        if (c->handler != ctx_cleanup)
            continue;
        ngx_http_set_ctx(r, c->data, ngx_http_gatehouse_module);
        return c->data;
    }
    return NULL;
}

static ngx_int_t
request_id(u_char out[32])
{
    static const u_char hex[] = "0123456789abcdef";

    if (random_left < 16) {
        if (getrandom(random_bytes, sizeof(random_bytes), 0) != (ssize_t)sizeof(random_bytes))
            return NGX_ERROR;
        random_left = sizeof(random_bytes);
    }
    random_left -= 16;
    const u_char *p = random_bytes + random_left;
    for (size_t i = 0; i < 16; i++) {
        out[2 * i] = hex[p[i] >> 4];
        out[2 * i + 1] = hex[p[i] & 15];
    }
    return NGX_OK;
}

ngx_http_gatehouse_ctx_t *
ngx_http_gatehouse_ctx_make(ngx_http_request_t *r)
{
    ngx_http_gatehouse_ctx_t *ctx = ngx_http_gatehouse_ctx(r);
    ngx_pool_cleanup_t *c;

    if (ctx != NULL)
        return ctx;
    if ((c = ngx_pool_cleanup_add(r->pool, sizeof(*ctx))) == NULL)
        return NULL;
    ctx = c->data;
    ngx_memzero(ctx, sizeof(*ctx));
    ctx->request = r;
    ctx->start_us = ngx_http_gatehouse_monotonic_us();
    ctx->usage = (struct gh_usage){-1, -1};
    gh_arena_init(&ctx->arena, ngx_http_gatehouse_heap(), ARENA_MAX);
    gh_arena_init(&ctx->held_arena, ngx_http_gatehouse_heap(), 2 * (size_t)GH_ANSWER_BYTES_MAX + 65536);
    if (request_id(ctx->request_id) != NGX_OK)
        return NULL;
    c->handler = ctx_cleanup;
    ngx_http_set_ctx(r, ctx, ngx_http_gatehouse_module);
    return ctx;
}

/* What nginx's error log says about a request: its id, never its line, which may hold a secret in its query. */
u_char *
ngx_http_gatehouse_log_request(ngx_http_request_t *r, ngx_http_request_t *sr, u_char *buf, size_t len)
{
    const ngx_http_gatehouse_ctx_t *ctx = ngx_http_gatehouse_ctx(r);

    (void)sr;
    if (ctx == NULL)
        return buf;
    return ngx_snprintf(buf, len, ", request id: %*s, route: \"%s\", backend: \"%*s\"", sizeof(ctx->request_id), ctx->request_id,
        ctx->route.row == NULL ? "-" : ctx->route.row->pattern, ctx->judge == NULL ? 0 : ctx->judge->backend_name.n,
        ctx->judge == NULL ? "" : ctx->judge->backend_name.p);
}
