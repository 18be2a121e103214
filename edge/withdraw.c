/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

/*
 * Access that is withdrawn while a stream runs. A stream is asked again when bytes of it come; here is what asks for one that is silent: a
 * tick walks the streams of the worker, a slice at a time, so that neither many streams nor many changes hold up the event loop.
 *
 * What is asked is the policy in force and the time: a role that ended, an endpoint that closes at night. That the token itself has
 * expired since ends nothing: it was good when the call began.
 */

#define TICK_MS   50
#define SLICE     512     /* streams a tick: some 3 ms at 5 us each; 10,000 streams in a second */
#define ASK_AT_US 1000000 /* under the same policy, because of the time */

static struct {
    ngx_event_t timer;
    ngx_connection_t dummy;
    ngx_queue_t streams;
    size_t n;
} self;

void
ngx_http_gatehouse_withdraw_watch(ngx_http_gatehouse_ctx_t *ctx)
{
    ctx->asked_generation = ctx->snapshot->generation;
    ctx->asked_us = ngx_http_gatehouse_monotonic_us();
    ngx_queue_insert_tail(&self.streams, &ctx->withdraw_link);
    if (self.n++ == 0)
        ngx_add_timer(&self.timer, TICK_MS);
}

void
ngx_http_gatehouse_withdraw_forget(ngx_http_gatehouse_ctx_t *ctx)
{
    if (ctx->withdraw_link.next == NULL)
        return;
    ngx_queue_remove(&ctx->withdraw_link);
    ctx->withdraw_link.next = NULL;
    if (--self.n == 0 && self.timer.timer_set)
        ngx_del_timer(&self.timer);
}

bool
ngx_http_gatehouse_is_withdrawn(ngx_http_gatehouse_ctx_t *ctx)
{
    uint64_t generation = ngx_http_gatehouse_generation();
    int64_t now_us = ngx_http_gatehouse_monotonic_us();

    if (ctx->is_withdrawn || (ctx->asked_generation == generation && now_us - ctx->asked_us < ASK_AT_US))
        return ctx->is_withdrawn;
    ctx->asked_generation = generation;
    ctx->asked_us = now_us;
    ctx->is_withdrawn = !ngx_http_gatehouse_still_allowed(ctx->request, ctx);
    return ctx->is_withdrawn;
}

/* The next stream in turn, asked; it goes to the end of the queue first, as it may be gone behind the question. */
static void
ask(ngx_http_gatehouse_ctx_t *ctx)
{
    ngx_queue_remove(&ctx->withdraw_link);
    ngx_queue_insert_tail(&self.streams, &ctx->withdraw_link);
    if (ngx_http_gatehouse_is_withdrawn(ctx))
        ngx_http_gatehouse_shutdown_end(ctx);
}

static void
on_tick(ngx_event_t *ev)
{
    for (size_t i = ngx_min(self.n, SLICE); i > 0 && !ngx_queue_empty(&self.streams); i--)
        ask(ngx_queue_data(ngx_queue_head(&self.streams), ngx_http_gatehouse_ctx_t, withdraw_link));
    if (self.n > 0 && !ev->timer_set)
        ngx_add_timer(ev, TICK_MS);
}

void
ngx_http_gatehouse_withdraw_init(ngx_cycle_t *cycle)
{
    ngx_queue_init(&self.streams);
    self.dummy.fd = (ngx_socket_t)-1;
    self.timer.data = &self.dummy;
    self.timer.handler = on_tick;
    self.timer.log = cycle->log;
    self.timer.cancelable = 1;
}
