/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

/*
 * What comes back begins here. An error page of nginx gets our body; an answer of a backend is either a stream of events, whose header goes
 * on at once, or held until it is whole, read and recorded. Whatever is neither of these is not passed on at all.
 */

static ngx_http_output_header_filter_pt next_header_filter;

ngx_int_t
ngx_http_gatehouse_next_header(ngx_http_request_t *r)
{
    return next_header_filter(r);
}

/* Statuses of a backend that the caller may see: success, and errors, but for those that speak of the gate's credential. */
static bool
is_for_caller(ngx_uint_t status)
{
    return status == NGX_HTTP_OK || (status >= NGX_HTTP_BAD_REQUEST && status < 600 && status != NGX_HTTP_UNAUTHORIZED &&
                                        status != NGX_HTTP_FORBIDDEN && status != 407 /* of a proxy */);
}

static bool
has_type(const ngx_http_request_t *r, struct gh_str type)
{
    struct gh_str all = ngx_http_gatehouse_str(r->headers_out.content_type), head;

    return gh_str_cut(&head, &all, ';') && gh_str_eq_ci(gh_str_sub(head, 0, type.n), type) && head.n <= type.n + 1;
}

static bool
is_encoded(const ngx_http_request_t *r)
{
    const ngx_table_elt_t *h = r->headers_out.content_encoding;

    return h != NULL && h->value.len > 0 && !gh_str_eq_ci(ngx_http_gatehouse_str(h->value), GH_STR("identity"));
}

/* NULL, or why this answer is not passed on. Control is believed in all but the form. */
static const char *
fault_of(const ngx_http_request_t *r, const ngx_http_gatehouse_ctx_t *ctx)
{
    ngx_uint_t status = r->headers_out.status;

    if (r->http_version != ctx->http_version)
        return "backend did not speak HTTP";
    if (is_encoded(r))
        return "answer is encoded";
    if (ctx->route.row->op == GH_OP_MANAGE)
        return status >= NGX_HTTP_OK && status < 600 ? NULL : "control answered with a status that means nothing";
    if (!is_for_caller(status))
        return status == NGX_HTTP_UNAUTHORIZED || status == NGX_HTTP_FORBIDDEN
                   ? "backend refused the gate's credential"
                   : "backend answered with a status that means nothing to a caller";
    if (status == NGX_HTTP_OK && ctx->judge->is_stream)
        return has_type(r, GH_STR("text/event-stream")) ? NULL : "answer is not a stream of events";
    return has_type(r, GH_STR("application/json")) ? NULL : "answer is not JSON";
}

static void
hold(ngx_http_gatehouse_ctx_t *ctx)
{
    ctx->mode = GATEHOUSE_HOLD;
    ctx->is_holding = 1;
    gh_buf_init(&ctx->held, &ctx->held_arena, GH_ANSWER_BYTES_MAX);
}

static ngx_int_t
begin_answer(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    const char *fault = fault_of(r, ctx);

    ctx->backend_status = r->headers_out.status;
    r->http_version = ctx->http_version; /* or the caller would get what came as HTTP/0.9 */
    ngx_http_gatehouse_headers_filter(r, ctx);
    if (fault != NULL) {
        ctx->problem = GH_PROBLEM_UPSTREAM;
        ctx->reason = fault;
        ctx->end = "cut";
        ctx->is_discarding = 1;
        ngx_http_gatehouse_control(ctx, GH_CONTROL_RESPONSE, GH_RAN_BLOCKED, fault);
    }
    if (fault == NULL && ctx->route.row->op == GH_OP_MANAGE && r->headers_out.status == NGX_HTTP_OK &&
        r->headers_out.content_length_n < 0) {
        ctx->mode = GATEHOUSE_RELAY;
        return ngx_http_gatehouse_headers_decorate(r, ctx) == NGX_OK ? next_header_filter(r) : NGX_ERROR;
    }
    if (fault != NULL || ctx->judge == NULL || !ctx->judge->is_stream || r->headers_out.status != NGX_HTTP_OK) {
        hold(ctx);
        return NGX_OK;
    }
    ctx->mode = GATEHOUSE_STREAM;
    struct gh_str findings =
        ngx_http_gatehouse_dlp_annotation(ctx, &ctx->arena); /* of the request: the answer's come in a comment */
    ctx->findings = (ngx_str_t){findings.n, (u_char *)(uintptr_t)findings.p};
    if (ngx_http_gatehouse_stream_begin(r, ctx) != NGX_OK || ngx_http_gatehouse_headers_decorate(r, ctx) != NGX_OK)
        return NGX_ERROR;
    return next_header_filter(r);
}

ngx_int_t
ngx_http_gatehouse_header_filter(ngx_http_request_t *r)
{
    ngx_http_gatehouse_ctx_t *ctx;

    if (r != r->main)
        return next_header_filter(r);
    if ((ctx = ngx_http_gatehouse_ctx_make(r)) == NULL)
        return NGX_ERROR;
    if (ctx->first_byte_us == 0)
        ctx->first_byte_us = ngx_http_gatehouse_monotonic_us();
    if (r->err_status != 0) {
        ngx_http_gatehouse_headers_filter(r, ctx);
        return ngx_http_gatehouse_answer_error(r, ctx) == NGX_OK ? next_header_filter(r) : NGX_ERROR;
    }
    if (ctx->stage == GATEHOUSE_FORWARDED && r->upstream != NULL)
        return begin_answer(r, ctx);
    return ngx_http_gatehouse_headers_decorate(r, ctx) == NGX_OK ? next_header_filter(r) : NGX_ERROR;
}

void
ngx_http_gatehouse_filter_init(void)
{
    next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_gatehouse_header_filter;
}
