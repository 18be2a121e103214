/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "base/limits.h"

/*
 * A streamed answer, event by event: each is understood before it goes on, and goes on as soon as it is whole. Usage is read; what only
 * we asked for is hidden. What cannot be understood, an end without the dialect's last event and an endless stream become one error
 * event. The close record is written before the last event leaves.
 *
 * Pressure: the backend's buffers stay unread while too much of ours waits for the client, and nginx then does not read on.
 */

#define CHUNK_BYTES 16384
#define WAITING_MAX 65536
#define WITHDRAWN   "access was withdrawn"

struct ngx_http_gatehouse_stream_s {
    struct gh_sse sse;
    struct gh_arena arena;
    ngx_chain_t *in;          /* of the backend, not read yet              */
    ngx_chain_t *free, *busy; /* ours                                     */
    ngx_chain_t *out, **last_out;
    const char *end;       /* NULL while it goes on; then how it ended  */
    unsigned is_begun : 1; /* an event was understood                   */
    unsigned is_over : 1;  /* the last buffer was handed on             */
};

static void
stream_cleanup(void *data)
{
    ngx_http_gatehouse_stream_t *s = data;

    gh_arena_fini(&s->arena);
}

ngx_int_t
ngx_http_gatehouse_stream_begin(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    ngx_pool_cleanup_t *c = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_gatehouse_stream_t));

    if (c == NULL)
        return NGX_ERROR;
    ngx_http_gatehouse_stream_t *s = c->data;
    ngx_memzero(s, sizeof(*s));
    gh_arena_init(&s->arena, ngx_http_gatehouse_heap(), 16 * (size_t)GH_SSE_EVENT_BYTES_MAX);
    gh_sse_init(&s->sse, &s->arena);
    s->last_out = &s->out;
    c->handler = stream_cleanup;
    ctx->stream = s;
    ngx_http_gatehouse_shutdown_watch(ctx);
    ngx_http_gatehouse_withdraw_watch(ctx);
    r->filter_need_in_memory = 1;
    ngx_http_clear_content_length(r);
    ngx_str_set(&r->headers_out.content_type, "text/event-stream");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.charset.len = 0;
    return NGX_OK;
}

const char *
ngx_http_gatehouse_stream_end(const ngx_http_gatehouse_ctx_t *ctx)
{
    return ctx->stream->end != NULL ? ctx->stream->end : "upstream gone";
}

/* ---- what goes on ---- */

static ngx_buf_t *
chunk(ngx_http_request_t *r, ngx_http_gatehouse_stream_t *s)
{
    ngx_chain_t *cl = ngx_chain_get_free_buf(r->pool, &s->free);

    if (cl == NULL)
        return NULL;
    ngx_buf_t *b = cl->buf;
    u_char *mem = b->start != NULL ? b->start : ngx_palloc(r->pool, CHUNK_BYTES);
    if (mem == NULL)
        return NULL;
    ngx_memzero(b, sizeof(*b));
    b->start = b->pos = b->last = mem;
    b->end = mem + CHUNK_BYTES;
    b->temporary = 1;
    b->tag = (ngx_buf_tag_t)&ngx_http_gatehouse_module;
    cl->next = NULL;
    *s->last_out = cl;
    s->last_out = &cl->next;
    return b;
}

static ngx_buf_t *
last_chunk(const ngx_http_gatehouse_stream_t *s)
{
    ngx_chain_t *cl = s->out;

    while (cl != NULL && cl->next != NULL)
        cl = cl->next;
    return cl == NULL ? NULL : cl->buf;
}

static ngx_int_t
put(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, struct gh_str s)
{
    ngx_buf_t *b = last_chunk(ctx->stream);

    ctx->response_bytes += (off_t)s.n;
    while (s.n > 0) {
        if ((b == NULL || b->last == b->end) && (b = chunk(r, ctx->stream)) == NULL)
            return NGX_ERROR;
        size_t n = ngx_min(s.n, (size_t)(b->end - b->last));
        b->last = ngx_cpymem(b->last, s.p, n);
        s = gh_str_sub(s, n, s.n);
    }
    return NGX_OK;
}

static ngx_int_t
put_error(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, enum gh_problem problem)
{
    char mem[2048];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof(mem));
    ctx->dialect->cut(&b, ctx->route.row->surface, problem, gh_str(ctx->request_id, sizeof(ctx->request_id)));
    return b.rc == GH_OK ? put(r, ctx, gh_buf_str(&b)) : NGX_ERROR;
}

/* Ends the answer with an error event instead of what would have come. */
static ngx_int_t
cut(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, enum gh_problem problem, const char *end, const char *reason)
{
    ctx->stream->end = end;
    ctx->reason = reason;
    ngx_http_gatehouse_dlp_close(ctx);
    ngx_http_gatehouse_control(ctx, GH_CONTROL_STREAM, GH_RAN_BLOCKED, reason);
    if (put_error(r, ctx, problem) != NGX_OK)
        return NGX_ERROR;
    (void)ngx_http_gatehouse_record_close(ctx, r->headers_out.status, end);
    return NGX_OK;
}

/* ---- what comes ---- */

/* What the caller is told of findings; a comment, which clients pass over. */
static ngx_int_t
put_annotation(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a)
{
    struct gh_str findings = ngx_http_gatehouse_dlp_annotation(ctx, a);

    if (findings.n == 0)
        return NGX_OK;
    if (put(r, ctx, GH_STR(": gatehouse-findings ")) != NGX_OK || put(r, ctx, findings) != NGX_OK)
        return NGX_ERROR;
    return put(r, ctx, GH_STR("\n\n"));
}

/* The dialect's last event: record, then the event. */
static ngx_int_t
finish(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, struct gh_str raw, struct gh_arena *a)
{
    bool has_usage = ctx->usage.output_tokens >= 0;

    ctx->stream->end = "complete";
    ngx_http_gatehouse_control(ctx, GH_CONTROL_STREAM, GH_RAN_PASSED, NULL);
    ngx_http_gatehouse_control(
        ctx, GH_CONTROL_USAGE, has_usage ? GH_RAN_PASSED : GH_RAN_NOT, has_usage ? NULL : "backend told none");
    ngx_http_gatehouse_dlp_close(ctx);
    if (put_annotation(r, ctx, a) != NGX_OK)
        return NGX_ERROR;
    if (ngx_http_gatehouse_record_close(ctx, r->headers_out.status, "complete") == NGX_OK)
        return put(r, ctx, raw);
    ctx->stream->end = "cut";
    return put_error(r, ctx, GH_PROBLEM_UNAVAILABLE);
}

/* An event as bytes again: one `data` line for each line of its data. */
static void
put_lines(struct gh_buf *out, struct gh_str name, struct gh_str data)
{
    struct gh_str line;

    if (name.n > 0) {
        gh_buf_putz(out, "event: ");
        gh_buf_put(out, name);
        gh_buf_putc(out, '\n');
    }
    while (gh_str_cut(&line, &data, '\n')) {
        gh_buf_putz(out, "data: ");
        gh_buf_put(out, line);
        gh_buf_putc(out, '\n');
    }
    gh_buf_putc(out, '\n');
}

static struct gh_str
lines(struct gh_arena *a, struct gh_str name, struct gh_str data)
{
    struct gh_buf out;

    gh_buf_init(&out, a, 4 * (size_t)GH_SSE_EVENT_BYTES_MAX);
    put_lines(&out, name, data);
    return gh_buf_str(&out);
}

/* The data of an event as the client is to get it: without usage that only we asked for, with ids that are bound to it. */
static bool
spell(struct gh_str *data, ngx_http_gatehouse_ctx_t *ctx, const struct gh_sse_event *event, const struct gh_delta *d,
    struct gh_arena *a)
{
    struct gh_edits edits = {.arena = a};
    struct gh_buf out;

    *data = event->data;
    if (!ngx_http_gatehouse_bind(ctx, a, &edits, d->stored, d->n_stored))
        return false;
    if (!ctx->judge->wants_usage && d->has_usage_member &&
        gh_edits_add(&edits, d->without_usage.at, d->without_usage.end, d->without_usage.with) != GH_OK)
        return false;
    if (edits.n == 0)
        return true;
    gh_buf_init(&out, a, event->data.n + edits.n * (size_t)GH_BOUND_ID_BYTES_MAX);
    if (gh_dialect_splice(&out, event->data, edits.item, edits.n) != GH_OK)
        return false;
    *data = gh_buf_str(&out);
    return out.rc == GH_OK && out.n > 0;
}

/* The output guard ends the answer: in an error where nothing may pass; else behind what passed, in the dialect's own words. */
static ngx_int_t
end_early(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, struct gh_str name, const ngx_http_gatehouse_dlp_event_t *g,
    struct gh_arena *a)
{
    const char *why = g->is_cut ? "the answer was cut before what must not leave" : "the answer says what must not leave";
    struct gh_buf last;

    gh_buf_init(&last, a, 4 * (size_t)GH_SSE_EVENT_BYTES_MAX);
    if (!g->is_cut || !ngx_http_gatehouse_dlp_cut(&last, ctx, a, g))
        return cut(r, ctx, GH_PROBLEM_FILTERED, "cut", why);
    if (g->is_said && put(r, ctx, lines(a, name, g->data)) != NGX_OK)
        return NGX_ERROR;
    ctx->stream->end = "cut";
    ctx->reason = why;
    ngx_http_gatehouse_control(ctx, GH_CONTROL_STREAM, GH_RAN_PASSED, NULL);
    ngx_http_gatehouse_dlp_close(ctx);
    if (put_annotation(r, ctx, a) != NGX_OK)
        return NGX_ERROR;
    (void)ngx_http_gatehouse_record_close(ctx, r->headers_out.status, "cut");
    return put(r, ctx, gh_buf_str(&last));
}

static void
add_usage(struct gh_usage *all, const struct gh_usage *told)
{
    all->input_tokens = told->input_tokens >= 0 ? told->input_tokens : all->input_tokens;
    all->output_tokens = told->output_tokens >= 0 ? told->output_tokens : all->output_tokens;
}

/* What the shield found, before the first event of the backend. */
static ngx_int_t
put_results(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a)
{
    struct gh_buf chunk;

    gh_buf_init(&chunk, a, 4096);
    if (!ngx_http_gatehouse_shield_chunk(&chunk, ctx))
        return NGX_OK;
    return chunk.rc == GH_OK ? put(r, ctx, gh_buf_str(&chunk)) : NGX_ERROR;
}

/* The name of an event that some dialect may have: of letters that make no secret. */
static struct gh_str
name_of(const struct gh_sse_event *event)
{
    for (size_t i = 0; i < event->name.n; i++)
        if (!((event->name.p[i] >= 'a' && event->name.p[i] <= 'z') || event->name.p[i] == '_' || event->name.p[i] == '.'))
            return GH_STR("");
    return event->name;
}

static ngx_int_t
on_event(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, const struct gh_sse_event *event, struct gh_arena *a)
{
    const struct gh_str name = name_of(event);
    bool is_plain = !event->has_others && name.n == event->name.n; /* nothing is in it that nobody has read */

    struct gh_delta d = {.has_usage = false};
    ngx_http_gatehouse_dlp_event_t g;
    struct gh_str data, bytes;
    const char *why;

    if (!event->has_data)
        return put(r, ctx, GH_STR(":\n\n")); /* a comment keeps the connection alive; its text is nobody's business */
    if (ctx->dialect->delta(&d, a, event->name, event->data) != GH_OK)
        return cut(r, ctx, GH_PROBLEM_UPSTREAM, "cut", "event is not of the dialect");
    if (d.has_usage)
        add_usage(&ctx->usage, &d.usage);
    if (!ctx->stream->is_begun && put_results(r, ctx, a) != NGX_OK)
        return NGX_ERROR;
    ctx->stream->is_begun = 1;
    if ((why = ngx_http_gatehouse_guard_calls(ctx, d.calls, d.n_calls)) != NULL)
        return cut(r, ctx, GH_PROBLEM_TOOL_CALL, "cut", why);
    if (d.is_usage_only && !ctx->judge->wants_usage)
        return NGX_OK;
    if (!spell(&data, ctx, event, &d, a))
        return cut(r, ctx, GH_PROBLEM_UPSTREAM, "cut", "event could not be edited");
    if ((why = ngx_http_gatehouse_dlp_event(&g, ctx, a, name, data)) != NULL)
        return cut(r, ctx, GH_PROBLEM_UPSTREAM, "cut", why);
    if (g.before.n > 0 && put(r, ctx, gh_buf_str(&g.before)) != NGX_OK)
        return NGX_ERROR;
    if (g.is_cut || g.is_blocked)
        return end_early(r, ctx, name, &g, a);
    bytes = g.is_changed || data.p != event->data.p || !is_plain ? lines(a, name, g.data) : event->raw;
    if (bytes.n == 0)
        return cut(r, ctx, GH_PROBLEM_UPSTREAM, "cut", "event could not be edited");
    return d.is_done ? finish(r, ctx, bytes, a) : put(r, ctx, bytes);
}

static ngx_int_t
feed(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, struct gh_str in)
{
    ngx_http_gatehouse_stream_t *s = ctx->stream;
    struct gh_sse_event event;
    struct gh_arena a;
    enum gh_rc rc = GH_OK;
    ngx_int_t result = NGX_OK;

    while (s->end == NULL && result == NGX_OK && (rc = gh_sse_feed(&event, &s->sse, &in)) == GH_OK) {
        gh_arena_init(&a, ngx_http_gatehouse_heap(), 64 * (size_t)GH_SSE_EVENT_BYTES_MAX);
        result = on_event(r, ctx, &event, &a);
        gh_arena_fini(&a);
    }
    if (result != NGX_OK || s->end != NULL || rc == GH_MORE)
        return result;
    return cut(r, ctx, GH_PROBLEM_UPSTREAM, "cut", "event is too long");
}

/* Before more is read of it: may it go on? */
static ngx_int_t
check(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    int64_t age_us = ngx_http_gatehouse_monotonic_us() - ctx->start_us;

    if (ctx->response_bytes > (off_t)GH_STREAM_BYTES_MAX || age_us > (int64_t)GH_STREAM_MS_MAX * 1000)
        return cut(r, ctx, GH_PROBLEM_UPSTREAM, "cut", "stream is longer than allowed");
    return ngx_http_gatehouse_is_withdrawn(ctx) ? cut(r, ctx, GH_PROBLEM_FORBIDDEN, "cut", WITHDRAWN) : NGX_OK;
}

/* The backend is through, or nginx has given it up. */
static ngx_int_t
end(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    ngx_http_gatehouse_stream_t *s = ctx->stream;
    ngx_buf_t *b;

    if (s->is_over)
        return NGX_OK;
    s->is_over = 1;
    ngx_http_gatehouse_shutdown_forget(ctx);
    ngx_http_gatehouse_withdraw_forget(ctx);
    if (s->end == NULL && ctx->is_withdrawn && cut(r, ctx, GH_PROBLEM_FORBIDDEN, "cut", WITHDRAWN) != NGX_OK)
        return NGX_ERROR;
    if (s->end == NULL && ctx->is_shut && cut(r, ctx, GH_PROBLEM_UNAVAILABLE, "shutdown", "the gateway shuts down") != NGX_OK)
        return NGX_ERROR;
    if (s->end == NULL && cut(r, ctx, GH_PROBLEM_UPSTREAM, "upstream gone", "stream ended without its last event") != NGX_OK)
        return NGX_ERROR;
    if ((b = last_chunk(s)) == NULL && (b = chunk(r, s)) == NULL)
        return NGX_ERROR;
    b->last_buf = 1;
    b->last_in_chain = 1;
    if (b->last == b->pos) /* a buffer without bytes must not look like one with bytes */
        b->temporary = 0;
    return NGX_OK;
}

/* One buffer of the backend's. After the last event whatever else comes is dropped, and the connection with it. */
static ngx_int_t
take(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, ngx_buf_t *b)
{
    ngx_http_gatehouse_stream_t *s = ctx->stream;
    struct gh_str bytes = ngx_buf_in_memory(b) ? gh_str(b->pos, (size_t)(b->last - b->pos)) : GH_STR("");
    ngx_int_t rc = NGX_OK;

    if (bytes.n > 0 && s->end != NULL) {
        r->upstream->length = 0;
        r->upstream->keepalive = 0;
    } else if (bytes.n > 0 && (rc = check(r, ctx)) == NGX_OK)
        rc = feed(r, ctx, bytes);
    if (ngx_buf_in_memory(b))
        b->pos = b->last;
    if (rc == NGX_OK && b->last_buf)
        rc = end(r, ctx);
    return rc;
}

static size_t
waiting(const ngx_http_gatehouse_stream_t *s)
{
    size_t n = 0;

    for (const ngx_chain_t *cl = s->busy; cl != NULL; cl = cl->next)
        n += (size_t)ngx_buf_size(cl->buf);
    return n;
}

static ngx_int_t
pass_on(ngx_http_request_t *r, ngx_http_gatehouse_stream_t *s)
{
    ngx_buf_t *b = last_chunk(s);

    if (b != NULL)
        b->flush = 1;
    ngx_int_t rc = ngx_http_gatehouse_next_body(r, s->out);
    ngx_chain_update_chains(r->pool, &s->free, &s->busy, &s->out, (ngx_buf_tag_t)&ngx_http_gatehouse_module);
    s->last_out = &s->out;
    return rc;
}

ngx_int_t
ngx_http_gatehouse_stream_filter(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, ngx_chain_t *in)
{
    ngx_http_gatehouse_stream_t *s = ctx->stream;
    ngx_http_upstream_t *u = r->upstream;
    ngx_int_t rc;

    if (ngx_chain_add_copy(r->pool, &s->in, in) != NGX_OK)
        return NGX_ERROR;
    do {
        while (s->in != NULL && waiting(s) < WAITING_MAX) {
            ngx_chain_t *cl = s->in;
            if (take(r, ctx, cl->buf) != NGX_OK)
                return NGX_ERROR;
            s->in = cl->next;
            ngx_free_chain(r->pool, cl);
        }
        if (s->in == NULL && u->cleanup == NULL && end(r, ctx) != NGX_OK)
            return NGX_ERROR;
        if (s->end != NULL && u->cleanup != NULL && ctx->problem == GH_PROBLEM_NONE && ngx_strcmp(s->end, "complete") != 0) {
            u->length = 0; /* nginx then ends the backend's side and ours in good order */
            u->keepalive = 0;
        }
        if ((rc = pass_on(r, s)) == NGX_ERROR)
            return NGX_ERROR;
    } while (s->in != NULL && waiting(s) < WAITING_MAX);
    return rc;
}
