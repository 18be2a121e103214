/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "base/limits.h"

/*
 * Bodies on their way out: ours in the place of nginx's error pages, held answers when they are whole, streams by stream.c. An emptied
 * buffer is never handed on (the writer would fail the answer): what is taken is copied, marked as read, and a new chain is made.
 */

#define ASK_AGAIN_MS 500 /* an answer that took no longer is delivered as it was decided */

static ngx_http_output_body_filter_pt next_body_filter;

ngx_int_t
ngx_http_gatehouse_next_body(ngx_http_request_t *r, ngx_chain_t *in)
{
    return next_body_filter(r, in);
}

static void
mark_read(ngx_buf_t *b)
{
    if (ngx_buf_in_memory(b))
        b->pos = b->last;
    if (b->in_file)
        b->file_pos = b->file_last;
}

/* One buffer that is the whole body. */
static ngx_int_t
send_whole(ngx_http_request_t *r, struct gh_str body)
{
    ngx_buf_t *b = ngx_calloc_buf(r->pool);
    ngx_chain_t out = {b, NULL};

    if (b == NULL)
        return NGX_ERROR;
    b->pos = (u_char *)(uintptr_t)body.p;
    b->last = b->pos + body.n;
    b->memory = body.n > 0;
    b->last_buf = 1;
    b->last_in_chain = 1;
    return next_body_filter(r, &out);
}

static ngx_int_t
replace(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, ngx_chain_t *in)
{
    for (ngx_chain_t *cl = in; cl != NULL; cl = cl->next)
        mark_read(cl->buf);
    if (ctx->is_body_sent)
        return next_body_filter(r, NULL);
    ctx->is_body_sent = 1;
    return send_whole(r, ngx_http_gatehouse_str(ctx->body));
}

/* ---- held answers ---- */

static size_t all_held; /* of this worker, together */

void
ngx_http_gatehouse_held_release(ngx_http_gatehouse_ctx_t *ctx)
{
    all_held -= ctx->held_bytes;
    ctx->held_bytes = 0;
}

static void
reject_as(ngx_http_gatehouse_ctx_t *ctx, enum gh_problem problem, const char *end, const char *reason)
{
    ctx->end = end;
    ctx->problem = problem;
    ctx->reason = reason;
    ctx->is_discarding = 1;
    ngx_http_gatehouse_control(ctx, GH_CONTROL_RESPONSE, GH_RAN_BLOCKED, reason);
}

/* The answer calls a tool that it may not: its tokens were spent, and nothing of it goes on. */
static void
reject_call(ngx_http_gatehouse_ctx_t *ctx, const char *why)
{
    ctx->end = "cut";
    ctx->problem = GH_PROBLEM_TOOL_CALL;
    ctx->reason = why;
    ctx->is_discarding = 1;
}

static void
reject(ngx_http_gatehouse_ctx_t *ctx, const char *end, const char *reason)
{
    reject_as(ctx, GH_PROBLEM_UPSTREAM, end, reason);
}

static void
take(ngx_http_gatehouse_ctx_t *ctx, ngx_buf_t *b)
{
    size_t n = ngx_buf_in_memory(b) ? (size_t)(b->last - b->pos) : 0;

    if (!ctx->is_discarding && n > 0) {
        gh_buf_put(&ctx->held, gh_str(b->pos, n));
        ctx->held_bytes += n;
        all_held += n;
    }
    mark_read(b);
    if (!ctx->is_discarding && ctx->held.rc != GH_OK)
        reject(ctx, "cut", "answer is too long");
    else if (!ctx->is_discarding && all_held > GH_HELD_BYTES_MAX)
        reject_as(ctx, GH_PROBLEM_UNAVAILABLE, "cut", "too many long answers are held at once");
}

/* The answer with its ids bound to the caller; parsed again if that changed it. */
static bool
bind_ids(ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a, struct gh_answer *answer)
{
    struct gh_edits edits = {.arena = a};
    struct gh_buf out;

    if (!ngx_http_gatehouse_bind(ctx, a, &edits, answer->stored, answer->n_stored))
        return false;
    if (edits.n == 0)
        return true;
    gh_buf_init(&out, &ctx->held_arena, GH_ANSWER_BYTES_MAX);
    if (gh_dialect_splice(&out, gh_buf_str(&ctx->held), edits.item, edits.n) != GH_OK)
        return false;
    ctx->held = out;
    return gh_json_parse(&answer->json, a, gh_buf_str(&out), NULL) == GH_OK;
}

/* What must not leave is taken out of the answer, or the answer does not leave. */
static void
guard_texts(ngx_http_gatehouse_ctx_t *ctx, const struct gh_json *answer)
{
    struct gh_buf out;
    struct gh_str findings;
    bool is_blocked;

    gh_buf_init(&out, &ctx->held_arena, 2 * (size_t)GH_ANSWER_BYTES_MAX);
    const char *why = ngx_http_gatehouse_dlp_answer(&out, ctx, answer, &is_blocked);
    if (why != NULL && !is_blocked) {
        reject(ctx, "cut", why);
        return;
    }
    findings = ngx_http_gatehouse_dlp_annotation(ctx, &ctx->arena);
    ctx->findings = (ngx_str_t){findings.n, (u_char *)(uintptr_t)findings.p};
    if (why != NULL) {
        ctx->end = "cut";
        ctx->problem = GH_PROBLEM_FILTERED;
        ctx->reason = why;
        ctx->is_discarding = 1;
        return;
    }
    if (out.n > 0)
        ctx->held = out;
    if (!ngx_http_gatehouse_shield_annotate(ctx))
        reject(ctx, "cut", "the answer could not be annotated");
}

/* The answer of a model's backend must be what it says it is; the usage is read from it. It is parsed once, for all that is read of it. */
static const char *
understand(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a, struct gh_answer *answer)
{
    const char *why = NULL;
    enum gh_rc rc;

    if (r->headers_out.status == NGX_HTTP_OK) {
        rc = ctx->dialect->answer(answer, a, gh_buf_str(&ctx->held));
        ctx->usage = answer->usage;
        if (rc == GH_OK)
            why = ngx_http_gatehouse_guard_calls(ctx, answer->calls, answer->n_calls);
        if (rc == GH_OK && !bind_ids(ctx, a, answer))
            rc = GH_BAD;
    } else
        rc = gh_json_parse(&answer->json, a, gh_buf_str(&ctx->held), NULL);
    if (rc != GH_OK)
        reject(ctx, "cut", "answer is not of the dialect");
    return why;
}

static void
read_answer(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_answer answer;
    struct gh_arena a;

    gh_arena_init(&a, ngx_http_gatehouse_heap(), 32 * (size_t)GH_ANSWER_BYTES_MAX);
    const char *why = understand(r, ctx, &a, &answer);
    if (ctx->problem == GH_PROBLEM_NONE) {
        ngx_http_gatehouse_control(ctx, GH_CONTROL_RESPONSE, GH_RAN_PASSED, NULL);
        if (r->headers_out.status == NGX_HTTP_OK && gh_coverage_of(ctx->route.row, GH_CONTROL_USAGE, false).why_not == NULL)
            ngx_http_gatehouse_control(
                ctx, GH_CONTROL_USAGE, GH_RAN_PASSED, ctx->usage.input_tokens < 0 ? "backend told none" : NULL);
        if (why != NULL)
            reject_call(ctx, why);
        else
            guard_texts(ctx, &answer.json);
    }
    gh_arena_fini(&a);
}

static ngx_int_t
release_error(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    r->err_status = gh_problem_table[ctx->problem].status;
    r->headers_out.status = r->err_status;
    ngx_http_gatehouse_headers_filter(r, ctx);
    if (ngx_http_gatehouse_answer_error(r, ctx) != NGX_OK)
        return NGX_ERROR;
    ngx_int_t rc = ngx_http_gatehouse_next_header(r);
    if (rc == NGX_ERROR || r->header_only)
        return rc;
    return replace(r, ctx, NULL);
}

/* A role may have ended, or a door closed for the night, while the answer was made: the policy needs no change for that. */
static bool
has_aged(const ngx_http_gatehouse_ctx_t *ctx)
{
    return ngx_http_gatehouse_now_ms() - ctx->now_ms >= ASK_AGAIN_MS;
}

/* The answer is whole: record first, then header and body go out together. */
static ngx_int_t
release(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    ctx->is_holding = 0;
    uint64_t generation = ngx_http_gatehouse_generation();
    bool is_changed = ctx->dialect != NULL && (ctx->snapshot->generation != generation || has_aged(ctx));
    if (ctx->problem == GH_PROBLEM_NONE && is_changed && !ngx_http_gatehouse_still_allowed(r, ctx)) {
        ctx->is_withdrawn = 1;
        ctx->asked_generation = generation;
        reject_as(ctx, GH_PROBLEM_FORBIDDEN, "cut", "access was withdrawn");
    }
    if (ctx->problem == GH_PROBLEM_NONE && ctx->dialect != NULL)
        read_answer(r, ctx);
    if (ctx->problem != GH_PROBLEM_NONE)
        return release_error(r, ctx);
    struct gh_str body = gh_buf_str(&ctx->held);
    ctx->response_bytes = (off_t)body.n;
    if (ngx_http_gatehouse_record_close(ctx, r->headers_out.status, "complete") != NGX_OK) {
        ctx->problem = GH_PROBLEM_UNAVAILABLE;
        ctx->end = "cut";
        ctx->reason = ngx_http_gatehouse_record_fault(ctx);
        return release_error(r, ctx);
    }
    ctx->mode = GATEHOUSE_PASS;
    ngx_http_clear_content_length(r);
    r->headers_out.content_length_n = (off_t)body.n;
    if (ngx_http_gatehouse_headers_decorate(r, ctx) != NGX_OK)
        return NGX_ERROR;
    ngx_int_t rc = ngx_http_gatehouse_next_header(r);
    if (rc == NGX_ERROR || r->header_only)
        return rc;
    return send_whole(r, body);
}

static ngx_int_t
hold(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, ngx_chain_t *in)
{
    ngx_http_upstream_t *u = r->upstream;
    bool is_end = false;

    for (ngx_chain_t *cl = in; cl != NULL; cl = cl->next) {
        take(ctx, cl->buf);
        is_end = is_end || cl->buf->last_buf;
    }
    if (!is_end && u->cleanup == NULL) { /* nginx has given the backend up in the middle */
        if (ctx->problem == GH_PROBLEM_NONE)
            reject(ctx, "upstream gone", "backend hung up or was silent in the middle of its answer");
        is_end = true;
    }
    if (is_end)
        return release(r, ctx);
    if (ctx->is_discarding) {
        u->length = 0;
        u->keepalive = 0;
    }
    return NGX_OK;
}

/* Without a length an answer is whole only with its last, empty chunk: that one is held back where the record cannot be written. */
static ngx_int_t
relay(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, ngx_chain_t *in)
{
    bool is_end = false;

    for (const ngx_chain_t *cl = in; cl != NULL; cl = cl->next) {
        ctx->response_bytes += ngx_buf_size(cl->buf);
        is_end = is_end || cl->buf->last_buf;
    }
    if (is_end && ngx_http_gatehouse_record_close(ctx, r->headers_out.status, "complete") != NGX_OK)
        return NGX_ERROR;
    if (!is_end && r->upstream->cleanup == NULL && !ctx->is_recorded)
        return NGX_ERROR;
    return next_body_filter(r, in);
}

ngx_int_t
ngx_http_gatehouse_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_gatehouse_ctx_t *ctx = r == r->main ? ngx_http_gatehouse_ctx(r) : NULL;

    if (ctx == NULL)
        return next_body_filter(r, in);
    switch (ctx->mode) {
    case GATEHOUSE_PASS:
        break;
    case GATEHOUSE_REPLACE:
        return replace(r, ctx, in);
    case GATEHOUSE_HOLD:
        return hold(r, ctx, in);
    case GATEHOUSE_STREAM:
        return ngx_http_gatehouse_stream_filter(r, ctx, in);
    case GATEHOUSE_RELAY:
        return relay(r, ctx, in);
    }
    return next_body_filter(r, in);
}

void
ngx_http_gatehouse_body_filter_init(void)
{
    next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_gatehouse_body_filter;
}
