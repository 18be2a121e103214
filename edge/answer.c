/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

/*
 * Every answer that is no backend's. A refusal is a status that a phase handler returns: nginx then makes its error page, and the header
 * filter puts our body in the place of that page. So errors that nginx finds by itself (a malformed request line, a header too large, a
 * backend that cannot be reached) take the same way, in the surface's own shape and with a record.
 */

#define ANSWER_MAX 4096

ngx_int_t
ngx_http_gatehouse_refuse(
    ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, enum gh_problem problem, const char *reason, const char *detail)
{
    (void)r;
    ctx->stage = GATEHOUSE_REFUSED;
    ctx->problem = problem;
    ctx->reason = reason;
    ctx->detail = detail;
    return (ngx_int_t)gh_problem_table[problem].status;
}

/* What an error that nginx found is called. */
static const struct {
    ngx_uint_t status;
    enum gh_problem problem;
    const char *reason;
} found_by_nginx[] = {
    {NGX_HTTP_BAD_REQUEST, GH_PROBLEM_BAD_REQUEST, "request is malformed"},
    {NGX_HTTP_REQUEST_HEADER_TOO_LARGE, GH_PROBLEM_BAD_REQUEST, "header is too large"},
    {NGX_HTTP_REQUEST_URI_TOO_LARGE, GH_PROBLEM_BAD_REQUEST, "path is too long"},
    {NGX_HTTPS_CERT_ERROR, GH_PROBLEM_BAD_REQUEST, "client certificate does not verify"},
    {NGX_HTTPS_NO_CERT, GH_PROBLEM_BAD_REQUEST, "client certificate is missing"},
    {NGX_HTTP_TO_HTTPS, GH_PROBLEM_BAD_REQUEST, "plain HTTP on a TLS port"},
    {NGX_HTTP_NOT_FOUND, GH_PROBLEM_NOT_FOUND, "not found"},
    {NGX_HTTP_NOT_ALLOWED, GH_PROBLEM_METHOD, "method is not allowed"},
    {NGX_HTTP_REQUEST_TIME_OUT, GH_PROBLEM_TIMEOUT, "request came too slowly"},
    {NGX_HTTP_LENGTH_REQUIRED, GH_PROBLEM_BAD_REQUEST, "length is missing"},
    {NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, GH_PROBLEM_TOO_LARGE, "body is too large"},
    {NGX_HTTP_VERSION_NOT_SUPPORTED, GH_PROBLEM_BAD_REQUEST, "version of HTTP is not spoken here"},
    {NGX_HTTP_NOT_IMPLEMENTED, GH_PROBLEM_BAD_REQUEST, "transfer coding or method is unknown"},
    {NGX_HTTP_BAD_GATEWAY, GH_PROBLEM_UPSTREAM, "backend could not be reached or did not speak HTTP"},
    {NGX_HTTP_SERVICE_UNAVAILABLE, GH_PROBLEM_UNAVAILABLE, "not available"},
    {NGX_HTTP_GATEWAY_TIME_OUT, GH_PROBLEM_UPSTREAM_TIMEOUT, "backend did not answer in time"},
};

/* Behind a management request stands control: without it the API is unavailable (architecture section 7), whatever nginx calls it. */
static bool
is_control_gone(const ngx_http_gatehouse_ctx_t *ctx)
{
    return ctx->route.row != NULL && ctx->route.row->op == GH_OP_MANAGE &&
           (ctx->problem == GH_PROBLEM_UPSTREAM || ctx->problem == GH_PROBLEM_UPSTREAM_TIMEOUT);
}

static void
name_problem(ngx_http_gatehouse_ctx_t *ctx, ngx_uint_t status)
{
    if (ctx->problem != GH_PROBLEM_NONE)
        return;
    ctx->problem = status < NGX_HTTP_INTERNAL_SERVER_ERROR ? GH_PROBLEM_BAD_REQUEST : GH_PROBLEM_INTERNAL;
    ctx->reason = "error in the server";
    for (size_t i = 0; i < sizeof(found_by_nginx) / sizeof(found_by_nginx[0]); i++)
        if (found_by_nginx[i].status == status) {
            ctx->problem = found_by_nginx[i].problem;
            ctx->reason = found_by_nginx[i].reason;
        }
    if (is_control_gone(ctx)) {
        ctx->problem = GH_PROBLEM_UNAVAILABLE;
        ctx->reason = "control does not answer";
    }
    if (ctx->is_open)
        ngx_http_gatehouse_control(ctx, GH_CONTROL_RESPONSE, GH_RAN_BLOCKED, ctx->reason);
}

/* The record that goes before the answer; without it the answer is another one. */
static void
write_record(ngx_http_gatehouse_ctx_t *ctx)
{
    unsigned status = gh_problem_table[ctx->problem].status;
    const char *end = ctx->end != NULL ? ctx->end : status < NGX_HTTP_INTERNAL_SERVER_ERROR ? "cut" : "upstream gone";
    ngx_int_t rc =
        ctx->is_open ? ngx_http_gatehouse_record_close(ctx, status, end) : ngx_http_gatehouse_record_refused(ctx, status);

    if (rc == NGX_OK)
        return;
    ctx->problem = GH_PROBLEM_UNAVAILABLE;
    ctx->reason = ngx_http_gatehouse_record_fault(ctx);
    ctx->detail = NULL;
}

static void
put_problem(struct gh_buf *body, const ngx_http_gatehouse_ctx_t *ctx, enum gh_surface surface)
{
    struct gh_str id = gh_str(ctx->request_id, sizeof(ctx->request_id));

    if (ctx->problem == GH_PROBLEM_FILTERED && ctx->judge != NULL)
        gh_filtered_put_problem(body, surface, &ctx->judge->filtered, id);
    else
        gh_problem_put(body, surface, ctx->problem, ctx->detail, id);
}

ngx_int_t
ngx_http_gatehouse_answer_error(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    enum gh_surface surface = ctx->route.row == NULL ? GH_SURFACE_NONE : ctx->route.row->surface;
    struct gh_buf body;

    name_problem(ctx, r->headers_out.status);
    write_record(ctx);
    gh_buf_init(&body, &ctx->arena, ANSWER_MAX);
    put_problem(&body, ctx, surface);
    if (body.rc != GH_OK)
        return NGX_ERROR;
    ctx->body = (ngx_str_t){body.n, (u_char *)body.p};
    ctx->mode = GATEHOUSE_REPLACE;
    r->headers_out.status = gh_problem_table[ctx->problem].status;
    r->headers_out.status_line.len = 0;
    ngx_http_clear_content_length(r);
    r->headers_out.content_length_n = (off_t)body.n;
    const char *type = gh_problem_type(surface);
    r->headers_out.content_type = (ngx_str_t){ngx_strlen(type), (u_char *)(uintptr_t)type};
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.charset.len = 0;
    return ngx_http_gatehouse_headers_decorate(r, ctx);
}

ngx_int_t
ngx_http_gatehouse_answer_send(ngx_http_request_t *r, ngx_uint_t status, const char *type, struct gh_str body)
{
    ngx_buf_t *b = ngx_calloc_buf(r->pool);
    ngx_chain_t out = {b, NULL};

    if (b == NULL)
        return NGX_ERROR;
    r->headers_out.status = status;
    r->headers_out.content_length_n = (off_t)body.n;
    r->headers_out.content_type = (ngx_str_t){ngx_strlen(type), (u_char *)(uintptr_t)type};
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    ngx_int_t rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only)
        return rc;
    b->pos = (u_char *)(uintptr_t)body.p;
    b->last = b->pos + body.n;
    b->memory = body.n > 0;
    b->last_buf = 1;
    return ngx_http_output_filter(r, &out);
}
