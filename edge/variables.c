/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

/*
 * The few values that generated locations name in proxy_set_header. None is cacheable: a request must never carry what was computed for
 * another backend. An empty value means that nginx leaves the header out.
 */

static void
set(ngx_http_variable_value_t *v, ngx_str_t value)
{
    v->len = (unsigned)value.len & 0x0fffffff;
    v->data = value.data;
    v->valid = 1;
    v->no_cacheable = 1;
    v->not_found = 0;
}

static ngx_int_t
get_string(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t offset)
{
    static u_char nothing[1];
    ngx_http_gatehouse_ctx_t *ctx = ngx_http_gatehouse_ctx(r);
    ngx_str_t value = {0, nothing};

    if (ctx != NULL && ctx->stage == GATEHOUSE_FORWARDED)
        ngx_memcpy(&value, (const char *)ctx + offset, sizeof(value));
    set(v, value.data == NULL ? (ngx_str_t){0, nothing} : value);
    return NGX_OK;
}

static ngx_int_t
get_request_id(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_gatehouse_ctx_t *ctx = ngx_http_gatehouse_ctx(r);

    (void)data;
    if (ctx == NULL)
        return NGX_ERROR;
    set(v, (ngx_str_t){sizeof(ctx->request_id), ctx->request_id});
    return NGX_OK;
}

static ngx_int_t
get_accept(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t json = ngx_string("application/json"), events = ngx_string("text/event-stream");
    ngx_http_gatehouse_ctx_t *ctx = ngx_http_gatehouse_ctx(r);

    (void)data;
    set(v, ctx != NULL && ctx->judge != NULL && ctx->judge->is_stream ? events : json);
    return NGX_OK;
}

static const struct {
    ngx_str_t name;
    ngx_http_get_variable_pt get;
    uintptr_t data;
} variables[] = {
    {ngx_string("gatehouse_authorization"), get_string, offsetof(ngx_http_gatehouse_ctx_t, authorization)},
    {ngx_string("gatehouse_api_key"), get_string, offsetof(ngx_http_gatehouse_ctx_t, api_key)},
    {ngx_string("gatehouse_x_api_key"), get_string, offsetof(ngx_http_gatehouse_ctx_t, x_api_key)},
    {ngx_string("gatehouse_anthropic_version"), get_string, offsetof(ngx_http_gatehouse_ctx_t, anthropic_version)},
    {ngx_string("gatehouse_host"), get_string, offsetof(ngx_http_gatehouse_ctx_t, host)},
    {ngx_string("gatehouse_tls_name"), get_string, offsetof(ngx_http_gatehouse_ctx_t, tls_name)},
    {ngx_string("gatehouse_edge"), get_string, offsetof(ngx_http_gatehouse_ctx_t, edge_header)},
    {ngx_string("gatehouse_request_id"), get_request_id, 0},
    {ngx_string("gatehouse_accept"), get_accept, 0},
};

ngx_int_t
ngx_http_gatehouse_variables_add(ngx_conf_t *cf)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        ngx_str_t name = variables[i].name;
        ngx_http_variable_t *v = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
        if (v == NULL)
            return NGX_ERROR;
        v->get_handler = variables[i].get;
        v->data = variables[i].data;
    }
    return NGX_OK;
}
