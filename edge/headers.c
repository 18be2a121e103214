/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "base/codec.h"

/*
 * Headers, both ways by list. Towards a backend nginx sends only what the generated location names, so here is what is read of the
 * client's and what a client may see of the backend's.
 */

enum { MODELS = 1, MANAGEMENT = 2 };

#define MEASURE_BYTES_MAX 40
#define MEASURE_RUN_MAX   13 /* letters and digits in a row: milliseconds since 1970 have thirteen */

/* What passes from a backend, or from control, to the client. A name that ends in '*' stands for all that begin so. */
static const struct {
    struct gh_str name;
    unsigned surfaces;
} allowed[] = {
    {GH_STR_INIT("retry-after"), MODELS | MANAGEMENT},
    {GH_STR_INIT("retry-after-ms"), MODELS},
    {GH_STR_INIT("x-should-retry"), MODELS},
    {GH_STR_INIT("x-ratelimit-*"), MODELS},
    {GH_STR_INIT("anthropic-ratelimit-*"), MODELS},
    {GH_STR_INIT("openai-processing-ms"), MODELS},
    {GH_STR_INIT("etag"), MANAGEMENT},
    {GH_STR_INIT("location"), MANAGEMENT},
    {GH_STR_INIT("allow"), MANAGEMENT},
    {GH_STR_INIT("www-authenticate"), MANAGEMENT},
};

static unsigned
surface_of(const ngx_http_gatehouse_ctx_t *ctx)
{
    return ctx->route.row != NULL && ctx->route.row->op == GH_OP_MANAGE ? MANAGEMENT : MODELS;
}

static bool
is_allowed(struct gh_str name, unsigned surface)
{
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        struct gh_str want = allowed[i].name;
        if ((allowed[i].surfaces & surface) == 0)
            continue;
        if (want.p[want.n - 1] == '*' ? gh_str_eq_ci(gh_str_sub(name, 0, want.n - 1), gh_str_sub(want, 0, want.n - 1))
                                      : gh_str_eq_ci(name, want))
            return true;
    }
    return false;
}

static bool
is_moment(struct gh_str value)
{
    int64_t ms;

    return gh_time_read(&ms, value) == GH_OK || ngx_parse_http_time((u_char *)(uintptr_t)value.p, value.n) != NGX_ERROR;
}

/* A number, a span, a date or a word, as those headers have it: nothing in which a secret or somebody's number has room. */
static bool
is_measure(struct gh_str value)
{
    size_t run = 0, digits = 0;

    for (size_t i = 0; i < value.n; i++) {
        u_char c = (u_char)value.p[i], low = c | 0x20;
        bool is_digit = c >= '0' && c <= '9', is_word = is_digit || (low >= 'a' && low <= 'z');
        if (!is_word && (c == 0 || ngx_strchr(" ,.:;=+-", c) == NULL))
            return false;
        run = is_word ? run + 1 : 0;
        digits += is_digit;
        if (run > MEASURE_RUN_MAX)
            return false;
    }
    return value.n <= MEASURE_BYTES_MAX && (digits <= MEASURE_RUN_MAX || is_moment(value));
}

/* ---- the client's ---- */

static void
on_api_key(ngx_http_gatehouse_ctx_t *ctx, struct gh_credentials *cred, struct gh_str value)
{
    (void)ctx;
    cred->has_duplicates = cred->has_duplicates || cred->api_key.p != NULL;
    cred->api_key = value;
}

static void
on_authorization(ngx_http_gatehouse_ctx_t *ctx, struct gh_credentials *cred, struct gh_str value)
{
    (void)ctx;
    cred->has_duplicates = cred->has_duplicates || cred->authorization.p != NULL;
    cred->authorization = value;
}

static void
on_retry_count(ngx_http_gatehouse_ctx_t *ctx, struct gh_credentials *cred, struct gh_str value)
{
    (void)cred;
    ctx->has_retry_count = gh_str_u64(&ctx->retry_count, value, 1000) == GH_OK;
}

/* The version of Anthropic's protocol that the client speaks is the one that a backend is asked for, if it is known here. */
static void
on_anthropic_version(ngx_http_gatehouse_ctx_t *ctx, struct gh_credentials *cred, struct gh_str value)
{
    static const ngx_str_t versions[] = {ngx_string("2023-06-01"), ngx_string("2026-10-21")};

    (void)cred;
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        if (gh_str_eq(value, ngx_http_gatehouse_str(versions[i]))) {
            ctx->client_version = versions[i];
            return; /* of other headers, or of another line of this one, it takes nothing back */
        }
    if (ctx->route.row->surface == GH_SURFACE_ANTHROPIC)
        ctx->bad_header = "anthropic-version is none that is known here";
}

/* Azure's way of naming a deployment beside the path: a wish, decided on like any other name. */
static void
on_deployment(ngx_http_gatehouse_ctx_t *ctx, struct gh_credentials *cred, struct gh_str value)
{
    (void)cred;
    if (ctx->named_deployment.n > 0 && !gh_str_eq(ctx->named_deployment, value))
        ctx->bad_header = "azureml-model-deployment names two deployments";
    ctx->named_deployment = value;
}

/* What follows that many bytes of JSON is tensors that no control reads. */
static void
on_binary(ngx_http_gatehouse_ctx_t *ctx, struct gh_credentials *cred, struct gh_str value)
{
    (void)cred;
    (void)value;
    if (ctx->route.row->surface == GH_SURFACE_KSERVE)
        ctx->bad_header = "tensors that are not JSON";
}

/* Echoed, so of a narrow form. */
static void
on_client_request_id(ngx_http_gatehouse_ctx_t *ctx, struct gh_credentials *cred, struct gh_str value)
{
    (void)cred;
    for (size_t i = 0; i < value.n; i++)
        if (!isalnum((u_char)value.p[i]) && value.p[i] != '-')
            return;
    if (value.n > 0 && value.n <= 64)
        ctx->client_request_id = (ngx_str_t){value.n, (u_char *)(uintptr_t)value.p};
}

static const struct {
    struct gh_str name;
    void (*take)(ngx_http_gatehouse_ctx_t *, struct gh_credentials *, struct gh_str);
} wanted[] = {
    {GH_STR_INIT("authorization"), on_authorization},
    {GH_STR_INIT("api-key"), on_api_key},
    {GH_STR_INIT("x-api-key"), on_api_key},
    {GH_STR_INIT("ocp-apim-subscription-key"), on_api_key},
    {GH_STR_INIT("anthropic-version"), on_anthropic_version},
    {GH_STR_INIT("azureml-model-deployment"), on_deployment},
    {GH_STR_INIT("inference-header-content-length"), on_binary},
    {GH_STR_INIT("x-stainless-retry-count"), on_retry_count},
    {GH_STR_INIT("x-ms-client-request-id"), on_client_request_id},
    {GH_STR_INIT("client-request-id"), on_client_request_id},
};

struct gh_credentials
ngx_http_gatehouse_headers_read(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_credentials cred = {.has_duplicates = false};

    for (const ngx_list_part_t *part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        const ngx_table_elt_t *h = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++)
            for (size_t w = 0; w < sizeof(wanted) / sizeof(wanted[0]); w++)
                if (gh_str_eq_ci(ngx_http_gatehouse_str(h[i].key), wanted[w].name))
                    wanted[w].take(ctx, &cred, ngx_http_gatehouse_str(h[i].value));
    }
    return cred;
}

/* ---- the answer's ---- */

void
ngx_http_gatehouse_headers_filter(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    unsigned surface = surface_of(ctx);

    for (ngx_list_part_t *part = &r->headers_out.headers.part; part != NULL; part = part->next) {
        ngx_table_elt_t *h = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++)
            if (r->err_status != 0 || !is_allowed(ngx_http_gatehouse_str(h[i].key), surface) ||
                (surface == MODELS && !is_measure(ngx_http_gatehouse_str(h[i].value))))
                h[i].hash = 0;
    }
    if (surface != MANAGEMENT || r->err_status != 0)
        r->headers_out.location = NULL; /* nginx would make it absolute */
    r->headers_out.content_encoding = NULL;
    ngx_http_clear_last_modified(r);
    ngx_http_clear_accept_ranges(r);
}

ngx_int_t
ngx_http_gatehouse_header_add(ngx_http_request_t *r, const char *name, ngx_str_t value)
{
    ngx_table_elt_t *h = ngx_list_push(&r->headers_out.headers);

    if (h == NULL)
        return NGX_ERROR;
    ngx_memzero(h, sizeof(*h));
    h->hash = 1;
    h->key = (ngx_str_t){ngx_strlen(name), (u_char *)(uintptr_t)name};
    h->lowcase_key = h->key.data;
    h->value = value;
    return NGX_OK;
}

/* A Server header that is there and not sent is how nginx is kept from sending its own. */
static ngx_int_t
hide_server(ngx_http_request_t *r)
{
    static const ngx_str_t none = ngx_string("-");

    if (ngx_http_gatehouse_header_add(r, "server", none) != NGX_OK)
        return NGX_ERROR;
    ngx_table_elt_t *h = (ngx_table_elt_t *)r->headers_out.headers.last->elts + r->headers_out.headers.last->nelts - 1;
    h->hash = 0;
    r->headers_out.server = h;
    return NGX_OK;
}

/* Whether control said by itself what it wants: a second header beside that would be a second challenge. nginx copies it among the others. */
static bool
has_challenge(const ngx_http_request_t *r)
{
    for (const ngx_list_part_t *part = &r->headers_out.headers.part; part != NULL; part = part->next) {
        const ngx_table_elt_t *h = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++)
            if (h[i].hash != 0 && gh_str_eq_ci(ngx_http_gatehouse_str(h[i].key), GH_STR("www-authenticate")))
                return true;
    }
    return false;
}

ngx_int_t
ngx_http_gatehouse_headers_decorate(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    static const ngx_str_t no_store = ngx_string("no-store"), nosniff = ngx_string("nosniff"), no = ngx_string("false"),
                           challenge = ngx_string("Bearer realm=\"gatehouse\"");
    const ngx_str_t id = {sizeof(ctx->request_id), ctx->request_id},
                    told = {ctx->challenge.n, (u_char *)(uintptr_t)ctx->challenge.p};
    bool is_anthropic = ctx->route.row != NULL && ctx->route.row->surface == GH_SURFACE_ANTHROPIC;
    bool is_graph = ctx->route.row != NULL && ctx->route.row->surface == GH_SURFACE_GRAPH;
    bool is_refused = ctx->problem != GH_PROBLEM_NONE && !gh_problem_table[ctx->problem].is_retryable;

    if (ctx->is_decorated)
        return NGX_OK;
    ctx->is_decorated = 1;
    const ngx_str_t verdict = ngx_http_gatehouse_shield_verdict(ctx);
    const struct {
        const char *name;
        ngx_str_t value;
        bool is_wanted;
    } ours[] = {
        {"x-request-id", id, true},
        {"request-id", id, is_anthropic || is_graph},
        {"client-request-id", ctx->client_request_id, is_graph && ctx->client_request_id.len > 0},
        {"apim-request-id", id, surface_of(ctx) == MODELS && !is_anthropic},
        {"x-ms-request-id", id, true},
        {"x-ms-client-request-id", ctx->client_request_id, ctx->client_request_id.len > 0},
        {"x-should-retry", no, is_refused && surface_of(ctx) == MODELS},
        {"www-authenticate", told.len > 0 ? told : challenge, r->headers_out.status == NGX_HTTP_UNAUTHORIZED && !has_challenge(r)},
        {"cache-control", no_store, true},
        {"x-content-type-options", nosniff, true},
        {"x-gatehouse-findings", ctx->findings, ctx->findings.len > 0},
        {"x-gatehouse-shield", verdict, verdict.len > 0},
    };
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (ours[i].is_wanted && ngx_http_gatehouse_header_add(r, ours[i].name, ours[i].value) != NGX_OK)
            return NGX_ERROR;
    return hide_server(r);
}
