/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <stdlib.h>

#include "base/codec.h"
#include "base/limits.h"
#include "host/geo.h"
#include "ipc/layout.h"

/*
 * Conditional access at the edge: what of a request conditions ask (address and country, client, platform, a device's certificate) goes into a
 * question for core, and its answer into a refusal, a challenge and the record. The database of places is the operator's own, mapped; what it
 * does not say is unknown.
 */

enum { OUTCOMES_MAX = 64, POLICIES_TEXT_MAX = 2048, CHALLENGE_MAX = 4096, DEVICE_TEXT_MAX = 256, EVIDENCE_MAX = 128 };

static struct {
    char path[1024]; /* as the master's environment had it: nginx clears that of its workers */
    struct gh_geo *geo;
} self;

void
ngx_http_gatehouse_conditional_prepare(void)
{
    const char *path = getenv(GH_ENV_GEO);

    if (path != NULL && ngx_strlen(path) < sizeof(self.path))
        ngx_cpystrn((u_char *)self.path, (u_char *)(uintptr_t)path, sizeof(self.path));
}

void
ngx_http_gatehouse_conditional_init(ngx_cycle_t *cycle)
{
    struct gh_err err = {0};

    if (self.path[0] == '\0' || gh_geo_open(&self.geo, self.path, &err) == GH_OK)
        return;
    ngx_log_error(NGX_LOG_ERR, cycle->log, 0, "gatehouse: no country of an address is known: %s", err.what);
}

void
ngx_http_gatehouse_conditional_exit(void)
{
    gh_geo_close(self.geo);
    self.geo = NULL;
}

/* ---- what conditions ask ---- */

static bool
has(struct gh_str text, const char *word)
{
    return gh_str_find(text, gh_str_z(word)) != SIZE_MAX;
}

/* As user agents, Sec-CH-UA-Platform and the clients of model providers write it; the first row that fits. */
static enum gh_cond_platform
platform_of(struct gh_str text)
{
    static const struct {
        const char *word;
        enum gh_cond_platform platform;
    } rows[] = {{"Windows Phone", GH_COND_PLATFORM_WINDOWS_PHONE}, {"Android", GH_COND_PLATFORM_ANDROID},
        {"iPhone", GH_COND_PLATFORM_IOS}, {"iPad", GH_COND_PLATFORM_IOS}, {"iOS", GH_COND_PLATFORM_IOS},
        {"Windows", GH_COND_PLATFORM_WINDOWS}, {"Mac OS X", GH_COND_PLATFORM_MACOS}, {"macOS", GH_COND_PLATFORM_MACOS},
        {"MacOS", GH_COND_PLATFORM_MACOS}, {"Darwin", GH_COND_PLATFORM_MACOS}, {"Linux", GH_COND_PLATFORM_LINUX},
        {"linux", GH_COND_PLATFORM_LINUX}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (has(text, rows[i].word))
            return rows[i].platform;
    return GH_COND_PLATFORM_UNKNOWN;
}

/* Only browsers say by themselves where a request comes from; nobody vouches for any of this. */
static void
read_headers(struct gh_cond_call *call, ngx_http_request_t *r)
{
    static const struct {
        struct gh_str name;
        bool is_browser, is_platform;
    } rows[] = {{GH_STR_INIT("origin"), true, false}, {GH_STR_INIT("sec-fetch-mode"), true, false},
        {GH_STR_INIT("sec-ch-ua-platform"), true, true}, {GH_STR_INIT("x-stainless-os"), false, true},
        {GH_STR_INIT("user-agent"), false, true}};

    call->client = GH_COND_CLIENT_NATIVE;
    for (const ngx_list_part_t *part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        const ngx_table_elt_t *h = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++)
            for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
                if (!gh_str_eq_ci(ngx_http_gatehouse_str(h[i].key), rows[k].name))
                    continue;
                if (rows[k].is_browser)
                    call->client = GH_COND_CLIENT_BROWSER;
                if (rows[k].is_platform && call->platform == GH_COND_PLATFORM_UNKNOWN)
                    call->platform = platform_of(ngx_http_gatehouse_str(h[i].value));
            }
    }
}

static void
find_country(struct gh_cond_call *call, const ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_geo_place place;

    if (!ctx->way.has_ip || !gh_conditional_has_countries(call->snap))
        return;
    gh_geo_find(&place, self.geo, ngx_http_gatehouse_str(ctx->peer));
    if (!place.is_answered)
        return;
    call->country_is = place.country[0] == '\0' ? GH_COND_COUNTRY_NONE : GH_COND_COUNTRY_KNOWN;
    ngx_memcpy(call->country, place.country, sizeof(call->country));
}

/* The certificate of a device, verified against the listener's authority, where the listener says that it proves something; NULL: none. */
static X509 *
device_certificate(uint64_t *proves, ngx_http_request_t *r, const struct gh_snap *snap)
{
    struct gh_snap_rec listener;

    if (r->connection->ssl == NULL || !ngx_http_gatehouse_way_listener(&listener, r, snap) ||
        (*proves = gh_snap_u64(&listener, GH_LISTENER_DEVICE_PROOFS)) == 0)
        return NULL;
    SSL *ssl = r->connection->ssl->connection;
    return SSL_get_verify_result(ssl) == X509_V_OK ? SSL_get0_peer_certificate(ssl) : NULL;
}

/* What it proves, and the key that it was given for; empty: there is none. */
static struct gh_str
device_of(uint64_t *proves, struct gh_arena *a, ngx_http_request_t *r, const struct gh_snap *snap)
{
    unsigned char key[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    struct gh_buf b;
    X509 *x = device_certificate(proves, r, snap);

    if (x == NULL)
        *proves = 0;
    if (x == NULL || X509_pubkey_digest(x, EVP_sha256(), key, &n) != 1)
        return GH_STR("");
    gh_buf_init(&b, a, DEVICE_TEXT_MAX);
    gh_buf_putz(&b, GH_COND_CERTIFICATE);
    gh_buf_put_hex(&b, gh_str(key, n));
    return gh_buf_str(&b);
}

struct gh_str
ngx_http_gatehouse_conditional_device(ngx_http_gatehouse_ctx_t *ctx)
{
    uint64_t proves;
    struct gh_str device =
        ctx->snapshot == NULL ? GH_STR("") : device_of(&proves, &ctx->arena, ctx->request, &ctx->snapshot->policy);

    return device.n > 0 || ctx->caller == NULL ? device : ctx->caller->device_id;
}

static unsigned
target_of(const struct gh_route *route)
{
    static const unsigned targets[GH_SURFACE_COUNT] = {
        [GH_SURFACE_MANAGEMENT] = GH_COND_MANAGEMENT, [GH_SURFACE_ARM] = GH_COND_ARM, [GH_SURFACE_GRAPH] = GH_COND_GRAPH};
    unsigned target = targets[route->row->surface];

    return target == 0 ? GH_COND_MODELS : target;
}

/* The resource that is called: of management as the path says it, at a door control alone knows. */
static struct gh_str
path_of(const ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a)
{
    struct gh_buf scope;

    if (ctx->route.row->op == GH_OP_MANAGE)
        return ctx->route.row->surface == GH_SURFACE_MANAGEMENT ? ctx->route.rest : GH_STR("/");
    gh_buf_init(&scope, a, GH_RESOURCE_PATH_MAX);
    gh_route_scope(&scope, &ctx->route, GH_STR(""));
    return gh_buf_str(&scope);
}

/* What the endpoint asks for beyond what its callers need anyway. */
static struct gh_str
context_of(const struct gh_route *route, const struct gh_snap *snap)
{
    struct gh_snap_rec ep;

    if (route->ep.n == 0 || !gh_snap_find_v(&ep, snap, GH_SNAP_ENDPOINT, (const struct gh_str[]){route->ws, route->ep}, 2))
        return GH_STR("");
    return gh_snap_str(&ep, GH_ENDPOINT_CONTEXT);
}

static void
fill(struct gh_cond_call *call, struct gh_arena *a, ngx_http_request_t *r, const ngx_http_gatehouse_ctx_t *ctx,
    const struct gh_snap *snap, const struct gh_caller *caller)
{
    *call = (struct gh_cond_call){.snap = snap,
        .caller = caller,
        .now_ms = ctx->now_ms,
        .target = target_of(&ctx->route),
        .path = path_of(ctx, a),
        .context = context_of(&ctx->route, snap),
        .has_ip = ctx->way.has_ip};
    call->device = device_of(&call->device_proofs, a, r, snap);
    ngx_memcpy(call->ip, ctx->way.ip, sizeof(call->ip));
    read_headers(call, r);
    find_country(call, ctx);
}

/* ---- what comes of it ---- */

/* "id=success,id=failure"; what does not fit is counted. */
static void
name_policies(ngx_http_gatehouse_ctx_t *ctx, const struct gh_cond_outcome *o, size_t n)
{
    struct gh_buf b;
    size_t i = 0;

    gh_buf_init(&b, &ctx->arena, POLICIES_TEXT_MAX);
    for (; i < n && i < OUTCOMES_MAX && b.n + GH_NAME_BYTES_MAX + 48 < POLICIES_TEXT_MAX; i++) {
        gh_buf_putz(&b, i == 0 ? "" : ",");
        gh_buf_put(&b, o[i].id);
        gh_buf_putc(&b, '=');
        gh_buf_putz(&b, gh_cond_result_words[o[i].result]);
    }
    if (i < n) {
        gh_buf_putz(&b, ",and ");
        gh_buf_put_u64(&b, n - i);
        gh_buf_putz(&b, " more");
    }
    ctx->conditional_policies = gh_buf_str(&b);
}

static void
tell_control(ngx_http_gatehouse_ctx_t *ctx, const struct gh_cond_call *call)
{
    struct gh_buf b;

    gh_buf_init(&b, &ctx->arena, EVIDENCE_MAX);
    gh_cond_evidence_put(&b, call);
    ctx->evidence = gh_buf_str(&b);
}

static enum gh_problem
refuse(ngx_http_gatehouse_ctx_t *ctx, const struct gh_cond_decision *d)
{
    struct gh_buf b;

    ctx->reason = d->reason;
    ctx->detail = gh_conditional_needs(d);
    ngx_http_gatehouse_control(ctx, GH_CONTROL_CONDITIONAL, GH_RAN_BLOCKED, d->reason);
    gh_buf_init(&b, &ctx->arena, CHALLENGE_MAX);
    gh_buf_putz(&b, "Bearer realm=\"\"");
    if (!gh_conditional_challenge(&b, &ctx->arena, d, ctx->caller, ctx->now_ms))
        return GH_PROBLEM_CONDITIONAL;
    ctx->challenge = gh_buf_str(&b);
    return GH_PROBLEM_STEP_UP;
}

enum gh_problem
ngx_http_gatehouse_conditional(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    const struct gh_snap *snap = &ctx->snapshot->policy;
    struct gh_cond_outcome outcomes[OUTCOMES_MAX];
    struct gh_cond_decision d;
    struct gh_cond_call call;

    bool is_management = ctx->route.row->op == GH_OP_MANAGE; /* control asks again, perhaps of a newer policy */
    if (is_management || gh_conditional_has(snap))
        fill(&call, &ctx->arena, r, ctx, snap, ctx->caller);
    if (is_management)
        tell_control(ctx, &call);
    if (!gh_conditional_has(snap)) {
        ngx_http_gatehouse_control(ctx, GH_CONTROL_CONDITIONAL, GH_RAN_PASSED, "no policy is in force");
        return GH_PROBLEM_NONE;
    }
    gh_conditional(&d, &call, outcomes, OUTCOMES_MAX, false);
    name_policies(ctx, outcomes, d.n_outcomes);
    if (d.verdict != GH_ALLOW)
        return refuse(ctx, &d);
    if (d.emergency.n > 0 && ngx_http_gatehouse_record_emergency(ctx, d.emergency) != NGX_OK) {
        ctx->reason = "records cannot be written";
        return GH_PROBLEM_UNAVAILABLE;
    }
    ngx_http_gatehouse_control(ctx, GH_CONTROL_CONDITIONAL, GH_RAN_PASSED, NULL);
    return GH_PROBLEM_NONE;
}

bool
ngx_http_gatehouse_conditional_still(ngx_http_request_t *r, const ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a,
    const struct gh_snap *snap, const struct gh_caller *caller)
{
    struct gh_cond_decision d;
    struct gh_cond_call call;

    if (!gh_conditional_has(snap))
        return true;
    fill(&call, a, r, ctx, snap, caller);
    call.begun_ms = ctx->now_ms;
    call.now_ms = ngx_http_gatehouse_now_ms();
    gh_conditional(&d, &call, NULL, 0, false);
    return d.verdict == GH_ALLOW;
}
