/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "base/limits.h"

/*
 * Reads the whole body, has it judged (here if it is small, in a thread if not), and puts the judged bytes in its place: what goes to the
 * backend is what was understood, and nothing else.
 */

#define INLINE_BYTES 16384
#define WORK_MAX     ((size_t)256 << 20) /* a body of 8 MiB in one-byte values takes 16 bytes a node, twice, while the arrays grow */
#define KEEP_MAX     ((size_t)24 << 20)

static ngx_thread_pool_t *threads;

ngx_int_t
ngx_http_gatehouse_body_init(ngx_cycle_t *cycle)
{
    ngx_str_t pool = ngx_string("gatehouse");

    threads = ngx_thread_pool_get(cycle, &pool);
    return threads == NULL ? NGX_ERROR : NGX_OK;
}

static void
body_here(ngx_http_request_t *r)
{
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}

ngx_int_t
ngx_http_gatehouse_body_read(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    ctx->stage = GATEHOUSE_JUDGING; /* first: body_here may run inside the call */
    ngx_int_t rc = ngx_http_read_client_request_body(r, body_here);
    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        ctx->stage = GATEHOUSE_REFUSED;
        return rc;
    }
    ngx_http_finalize_request(r, NGX_DONE);
    return NGX_DONE;
}

static ngx_int_t
take_pieces(ngx_http_gatehouse_judge_t *j, ngx_http_request_t *r)
{
    size_t n = 0;

    for (const ngx_chain_t *cl = r->request_body->bufs; cl != NULL; cl = cl->next)
        n++;
    if ((j->pieces = ngx_pcalloc(r->pool, (n + 1) * sizeof(*j->pieces))) == NULL)
        return NGX_ERROR;
    for (const ngx_chain_t *cl = r->request_body->bufs; cl != NULL; cl = cl->next) {
        const ngx_buf_t *b = cl->buf;
        ngx_http_gatehouse_piece_t *p = &j->pieces[j->n_pieces];
        off_t size = ngx_buf_size(b);
        if (size == 0)
            continue;
        *p = (ngx_http_gatehouse_piece_t){.bytes = ngx_buf_in_memory(b) ? b->pos : NULL, .size = (size_t)size};
        if (p->bytes == NULL) {
            p->fd = b->file->fd;
            p->at = b->file_pos;
        }
        j->size += p->size;
        j->n_pieces++;
    }
    return NGX_OK;
}

static ngx_http_gatehouse_judge_t *
judge_new(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    ngx_http_gatehouse_judge_t *j = ngx_pcalloc(r->pool, sizeof(*j));

    if (j == NULL)
        return NULL;
    j->dialect = ctx->dialect;
    j->policy = ctx->snapshot->policy;
    j->endpoint = ctx->endpoint;
    j->secrets = ctx->snapshot->secrets;
    j->route = &ctx->route;
    j->caller = ctx->caller;
    j->attributes = &ctx->attributes;
    j->action = ctx->action;
    j->now_ms = ctx->now_ms;
    j->named_deployment = ctx->named_deployment;
    ngx_memcpy(&j->number, ctx->request_id + sizeof(j->number), sizeof(j->number)); /* not the bytes by which pools are ordered */
    ngx_memcpy(j->tag, ctx->request_id + sizeof(ctx->request_id) - sizeof(j->tag), sizeof(j->tag));
    j->patterns = ngx_http_gatehouse_kept_ref(GATEHOUSE_KEPT_PATTERNS, &j->patterns_why);
    gh_arena_init(&j->work, ngx_http_gatehouse_heap(), WORK_MAX);
    gh_arena_init(&j->keep, ngx_http_gatehouse_heap(), KEEP_MAX);
    if (r->request_body != NULL && take_pieces(j, r) != NGX_OK)
        return NULL;
    j->shield = ngx_http_gatehouse_kept_ref(GATEHOUSE_KEPT_SHIELD, &j->shield_why);
    return j;
}

/* ---- in a thread ---- */

static void
thread_run(void *data, ngx_log_t *log)
{
    ngx_http_gatehouse_judge_t **j = data;

    (void)log;
    ngx_http_gatehouse_judge(*j);
}

static void
thread_done(ngx_event_t *ev)
{
    ngx_http_request_t *r = ev->data;
    ngx_connection_t *c = r->connection;

    ngx_http_set_log_request(c->log, r);
    r->main->blocked--;
    r->aio = 0;
    r->write_event_handler(r); /* through the pointer: a client that hung up has put the finalizer there */
    ngx_http_run_posted_requests(c);
}

static ngx_int_t
thread_start(ngx_http_request_t *r, ngx_http_gatehouse_judge_t *j)
{
    ngx_thread_task_t *task = ngx_thread_task_alloc(r->pool, sizeof(j));

    if (task == NULL)
        return NGX_ERROR;
    *(ngx_http_gatehouse_judge_t **)task->ctx = j;
    task->handler = thread_run;
    task->event.handler = thread_done;
    task->event.data = r;
    if (ngx_thread_task_post(threads, task) != NGX_OK)
        return NGX_ERROR;
    r->main->blocked++;
    r->aio = 1;
    return NGX_OK;
}

/* ---- the verdict ---- */

static void
take_controls(ngx_http_gatehouse_ctx_t *ctx, const ngx_http_gatehouse_judge_t *j)
{
    for (unsigned c = 0; c < GH_CONTROL_COUNT; c++)
        if (j->controls.ran[c] != GH_RAN_NOT || j->controls.reason[c] != NULL)
            ngx_http_gatehouse_control(ctx, (enum gh_control)c, (enum gh_ran)j->controls.ran[c], j->controls.reason[c]);
}

ngx_int_t
ngx_http_gatehouse_body_replace(ngx_http_request_t *r, struct gh_str body)
{
    ngx_buf_t *b = ngx_calloc_buf(r->pool);
    ngx_chain_t *cl = ngx_alloc_chain_link(r->pool);

    if (b == NULL || cl == NULL)
        return NGX_ERROR;
    b->start = b->pos = (u_char *)(uintptr_t)body.p;
    b->end = b->last = b->pos + body.n;
    b->memory = 1;
    b->last_buf = 1;
    cl->buf = b;
    cl->next = NULL;
    r->request_body->bufs = body.n > 0 ? cl : NULL; /* nginx sends no empty buffer */
    r->headers_in.content_length_n = (off_t)body.n;
    return NGX_OK;
}

static ngx_int_t
verdict(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    const ngx_http_gatehouse_judge_t *j = ctx->judge;

    take_controls(ctx, j);
    if (j->is_decided) {
        ctx->decision = j->decision;
        ctx->scope = j->scope;
    }
    ctx->tool = j->tool;
    if (j->problem != GH_PROBLEM_NONE)
        return ngx_http_gatehouse_refuse(r, ctx, j->problem, j->reason, j->detail);
    ctx->stage = GATEHOUSE_ADMITTED;
    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_body_judge(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    if (r->aio)
        return NGX_DONE; /* woken for something else while the thread works */
    if (ctx->judge != NULL)
        return verdict(r, ctx);
    if ((ctx->judge = judge_new(r, ctx)) == NULL)
        return ngx_http_gatehouse_refuse(r, ctx, GH_PROBLEM_INTERNAL, "no memory", NULL);
    if ((int64_t)ctx->judge->size > ctx->max_body_bytes) {
        ngx_http_gatehouse_control(ctx, GH_CONTROL_BODY, GH_RAN_BLOCKED, "body is longer than the endpoint allows");
        return ngx_http_gatehouse_refuse(r, ctx, GH_PROBLEM_TOO_LARGE, "body is longer than the endpoint allows", NULL);
    }
    ctx->judge->is_inline = ctx->judge->size <= INLINE_BYTES;
    if (ctx->judge->is_inline) {
        ngx_http_gatehouse_judge(ctx->judge);
        return verdict(r, ctx);
    }
    if (thread_start(r, ctx->judge) != NGX_OK)
        return ngx_http_gatehouse_refuse(r, ctx, GH_PROBLEM_UNAVAILABLE, "no thread for the body", NULL);
    return NGX_DONE;
}
