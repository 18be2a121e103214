/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

/*
 * The end of a worker. After a reload an old one finishes the streams that it has, for as long as worker_shutdown_timeout says; what is
 * still there shortly before that, or when the worker is told to end at once, is ended by us: with an error event and its close record,
 * instead of a connection that breaks.
 */

#define MARGIN_MS 5000 /* before nginx breaks what is left */

static ngx_queue_t streams = {&streams, &streams};
static ngx_msec_t exiting_since;

void
ngx_http_gatehouse_shutdown_watch(ngx_http_gatehouse_ctx_t *ctx)
{
    ngx_queue_insert_tail(&streams, &ctx->stream_link);
}

void
ngx_http_gatehouse_shutdown_forget(ngx_http_gatehouse_ctx_t *ctx)
{
    if (ctx->stream_link.next == NULL)
        return;
    ngx_queue_remove(&ctx->stream_link);
    ctx->stream_link.next = NULL;
}

/* As if the backend had ended: nginx sends the last buffer, and stream.c writes its error event before that. */
void
ngx_http_gatehouse_shutdown_end(ngx_http_gatehouse_ctx_t *ctx)
{
    ngx_http_request_t *r = ctx->request;
    ngx_http_upstream_t *u = r->upstream;
    ngx_connection_t *c = r->connection;

    ngx_http_gatehouse_shutdown_forget(ctx);
    ngx_http_gatehouse_withdraw_forget(ctx);
    if (u == NULL || u->cleanup == NULL || u->peer.connection == NULL)
        return;
    ctx->is_shut = !ctx->is_withdrawn;
    u->length = 0;
    u->keepalive = 0;
    ngx_http_set_log_request(c->log, r);
    u->read_event_handler(r, u);
    ngx_http_run_posted_requests(c);
}

void
ngx_http_gatehouse_shutdown_now(void)
{
    while (!ngx_queue_empty(&streams))
        ngx_http_gatehouse_shutdown_end(ngx_queue_data(ngx_queue_head(&streams), ngx_http_gatehouse_ctx_t, stream_link));
}

void
ngx_http_gatehouse_shutdown_tick(void)
{
    const ngx_core_conf_t *conf = (ngx_core_conf_t *)ngx_get_conf(ngx_cycle->conf_ctx, ngx_core_module);

    if (!ngx_exiting || ngx_queue_empty(&streams))
        return;
    if (exiting_since == 0)
        exiting_since = ngx_current_msec;
    ngx_msec_t patience = conf->shutdown_timeout > 2 * MARGIN_MS ? conf->shutdown_timeout - MARGIN_MS : conf->shutdown_timeout / 2;
    if (ngx_current_msec - exiting_since >= patience)
        ngx_http_gatehouse_shutdown_now();
}
