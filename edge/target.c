/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "base/limits.h"
#include "ipc/edge_header.h"
#include "ipc/layout.h"
#include "policy/outbound.h"

/*
 * Where an admitted request goes and what it carries there, all of it out of the BACKEND row of the request's own snapshot. A credential goes
 * along only if it may be sent to that host and port. A backend that cannot be called is passed over; where it is the only one: 503.
 */

#define KEY_BYTES    32
#define KEY_RETRY_MS 1000

static struct {
    char key_path[1024];
    char key[KEY_BYTES];
    int64_t key_tried_us;
    unsigned has_key : 1;
} self;

ngx_int_t
ngx_http_gatehouse_target_init(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *conf)
{
    (void)cycle;
    *ngx_snprintf((u_char *)self.key_path, sizeof(self.key_path) - 1, "%s/" GH_LAYOUT_EDGE_KEY, (const char *)conf->memory.data) =
        '\0';
    return NGX_OK;
}

/* ---- credential ---- */

static bool
may_be_sent_to(const struct gh_snap_rec *credential, const struct gh_snap_rec *backend)
{
    char mem[300];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_buf_put(&b, gh_snap_str(backend, GH_BACKEND_HOST));
    gh_buf_putc(&b, ':');
    gh_buf_put_u64(&b, gh_snap_u64(backend, GH_BACKEND_PORT));
    if (b.rc != GH_OK)
        return false;
    for (size_t i = 0; i < gh_snap_count(credential, GH_CREDENTIAL_HOSTS); i++)
        if (gh_str_eq_ci(gh_snap_item(credential, GH_CREDENTIAL_HOSTS, i), gh_buf_str(&b)))
            return true;
    return false;
}

/* A header value in the request's pool: visible ASCII and inner spaces alone, so that it cannot become a second header. */
static ngx_int_t
header_value(ngx_str_t *out, ngx_pool_t *pool, struct gh_str value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] < 0x20 || value.p[i] > 0x7e)
            return NGX_ERROR;
    if (value.n == 0 || (out->data = ngx_pnalloc(pool, value.n)) == NULL)
        return NGX_ERROR;
    out->len = value.n;
    ngx_memcpy(out->data, value.p, value.n);
    return NGX_OK;
}

/* How a backend authenticates, and the header that its credential must be for. The value is the whole header value. */
static const struct {
    struct gh_str auth, header;
    size_t slot;
} credential_headers[] = {
    {GH_STR_INIT("bearer"), GH_STR_INIT("authorization"), offsetof(ngx_http_gatehouse_ctx_t, authorization)},
    {GH_STR_INIT("api-key"), GH_STR_INIT("api-key"), offsetof(ngx_http_gatehouse_ctx_t, api_key)},
    {GH_STR_INIT("x-api-key"), GH_STR_INIT("x-api-key"), offsetof(ngx_http_gatehouse_ctx_t, x_api_key)},
};

#define SECRETS (sizeof(credential_headers) / sizeof(credential_headers[0]))

static ngx_str_t *
secret_at(ngx_http_gatehouse_ctx_t *ctx, size_t i)
{
    return (ngx_str_t *)(void *)((char *)ctx + credential_headers[i].slot);
}

static const char *
put_credential(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, const struct gh_snap_rec *rec)
{
    struct gh_str auth = gh_snap_str(&ctx->backend, GH_BACKEND_AUTH), header = gh_snap_str(rec, GH_CREDENTIAL_HEADER);

    for (size_t i = 0; i < SECRETS; i++) {
        if (!gh_str_eq(credential_headers[i].auth, auth) || !gh_str_eq(credential_headers[i].header, header))
            continue;
        return header_value(secret_at(ctx, i), r->pool, gh_snap_str(rec, GH_CREDENTIAL_VALUE)) == NGX_OK
                   ? NULL
                   : "credential of the backend is not a header value";
    }
    return "credential is not for the way in which the backend authenticates";
}

/* NULL, or why the backend cannot be called. */
static const char *
credential(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    const struct gh_snap *secrets = &ctx->snapshot->secrets;
    struct gh_snap_rec rec;

    if (gh_str_eq(gh_snap_str(&ctx->backend, GH_BACKEND_AUTH), GH_STR("none")))
        return NULL;
    const struct gh_str key[] = {ctx->route.ws, ctx->judge->backend_name, gh_snap_str(&ctx->backend, GH_BACKEND_SECRET_VERSION)};
    if (secrets->base == NULL || !gh_snap_find_v(&rec, secrets, GH_SNAP_CREDENTIAL, key, 3))
        return "credential of the backend is not there";
    if (!may_be_sent_to(&rec, &ctx->backend))
        return "credential may not be sent to the backend's host";
    return put_credential(r, ctx, &rec);
}

/* ---- version and path ---- */

#define ANTHROPIC_VERSION "2023-06-01"

static bool
speaks(const ngx_http_gatehouse_ctx_t *ctx, struct gh_str dialect)
{
    return gh_str_eq(gh_snap_str(&ctx->backend, GH_BACKEND_DIALECT), dialect);
}

/* Anthropic's version travels in a header: the backend's own, or the one that the client speaks, or the oldest. */
static const char *
put_version(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_str version = gh_snap_str(&ctx->backend, GH_BACKEND_API_VERSION);

    ngx_str_null(&ctx->anthropic_version);
    if (!speaks(ctx, GH_STR("anthropic")))
        return NULL;
    if (version.n == 0)
        version = ctx->client_version.len > 0 ? ngx_http_gatehouse_str(ctx->client_version) : GH_STR(ANTHROPIC_VERSION);
    return header_value(&ctx->anthropic_version, r->pool, version) == NGX_OK ? NULL
                                                                             : "version of the backend is not a header value";
}

static void
put_escaped(struct gh_buf *out, struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        struct gh_str c = gh_str_sub(s, i, 1);
        if (isalnum((u_char)s.p[i]) || gh_str_chr(GH_STR("-._~"), s.p[i]) != SIZE_MAX)
            gh_buf_put(out, c);
        else {
            gh_buf_putc(out, '%');
            gh_buf_put_hex(out, c);
        }
    }
}

static bool
is_path(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] > 0x7e || s.p[i] == '?' || s.p[i] == '#')
            return false;
    return s.n == 0 || s.p[0] == '/';
}

/* Azure's operations that stand beside `/deployments`; there the body names the model. */
static const bool is_beside_deployments[GH_OP_COUNT] = {[GH_OP_RESPONSES] = true, [GH_OP_RESPONSE] = true};

/* A scoring backend may have a path of its own for whatever it is asked. */
static struct gh_str
template_of(const ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_str own = gh_snap_str(&ctx->backend, GH_BACKEND_PATH);

    return own.n > 0 && speaks(ctx, GH_STR("scoring")) ? own : gh_str_z(ctx->route.row->upstream);
}

/* A path, with the provider's id or its name of the model where it says so. */
static void
put_upstream(struct gh_buf *out, struct gh_str path, struct gh_str id, struct gh_str model)
{
    struct gh_str text, slot;

    while (gh_str_cut(&text, &path, '{')) {
        gh_buf_put(out, text);
        if (path.n == 0 || !gh_str_cut(&slot, &path, '}'))
            break;
        put_escaped(out, gh_str_eq(slot, GH_STR("id")) ? id : model);
    }
}

/* `query` is empty or begins with '&'. */
static void
put_query(struct gh_buf *out, struct gh_str version, struct gh_str query)
{
    if (version.n > 0) {
        gh_buf_putz(out, "?api-version=");
        put_escaped(out, version);
    } else if (query.n > 0) {
        gh_buf_putc(out, '?');
        query = gh_str_sub(query, 1, SIZE_MAX);
    }
    gh_buf_put(out, query);
}

/* What the backend is asked for: made from its row, and of the client's path and query only what was read and found known. */
static const char *
path(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_str base = gh_snap_str(&ctx->backend, GH_BACKEND_BASE_PATH),
                  version = gh_snap_str(&ctx->backend, GH_BACKEND_API_VERSION);
    struct gh_buf b;

    gh_buf_init(&b, &ctx->arena, GH_PATH_BYTES_MAX);
    gh_buf_put(&b, base);
    if (speaks(ctx, GH_STR("azure"))) {
        gh_buf_putz(&b, "/openai");
        if (!is_beside_deployments[ctx->route.row->op]) {
            gh_buf_putz(&b, "/deployments/");
            put_escaped(&b, ctx->judge->model);
        }
    }
    put_upstream(&b, template_of(ctx), ctx->judge->stored_id, ctx->judge->model);
    put_query(&b, speaks(ctx, GH_STR("anthropic")) ? GH_STR("") : version, ctx->query);
    if (b.rc != GH_OK || !is_path(base) || !is_path(template_of(ctx)))
        return "path of the backend is not a path";
    r->unparsed_uri = (ngx_str_t){b.n, (u_char *)b.p};
    return NULL;
}

/* ---- names ---- */

static bool
is_host(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((u_char)s.p[i]) && gh_str_chr(GH_STR(".-:[]_"), s.p[i]) == SIZE_MAX)
            return false;
    return s.n > 0 && s.n <= 255;
}

/* The Host header (its port only where it is not the scheme's own), and the name that the certificate must carry. */
static const char *
names(ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_str host = gh_snap_str(&ctx->backend, GH_BACKEND_HOST), tls_name = gh_snap_str(&ctx->backend, GH_BACKEND_TLS_NAME);
    uint64_t port = gh_snap_u64(&ctx->backend, GH_BACKEND_PORT);
    bool is_tls = gh_snap_u64(&ctx->backend, GH_BACKEND_IS_TLS) != 0;
    struct gh_buf b;

    if (gh_snap_count(&ctx->backend, GH_BACKEND_ADDRESSES) == 0)
        return gh_outbound_text(gh_snap_u64(&ctx->backend, GH_BACKEND_OUTBOUND));
    tls_name = tls_name.n > 0 ? tls_name : host;
    if (!is_host(host) || !is_host(tls_name))
        return "host of the backend is not a host";
    gh_buf_init(&b, &ctx->arena, host.n + 8);
    gh_buf_put(&b, host);
    if (port != (is_tls ? 443 : 80)) {
        gh_buf_putc(&b, ':');
        gh_buf_put_u64(&b, port);
    }
    ctx->host = (ngx_str_t){b.n, (u_char *)b.p};
    ctx->tls_name = (ngx_str_t){tls_name.n, (u_char *)(uintptr_t)tls_name.p};
    return b.rc == GH_OK ? NULL : "no memory";
}

/* ---- which one ---- */

/* What is replaced when another backend is aimed at, to be put back where that one cannot be called. */
typedef struct {
    struct gh_snap_rec backend;
    struct gh_str name, model;
    ngx_str_t secret[SECRETS], host, tls_name, anthropic_version, uri;
} aim_t;

/* Every secret is taken out: none of a backend's can go to another. */
static aim_t
aim_take(const ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    aim_t was = {.backend = ctx->backend,
        .name = ctx->judge->backend_name,
        .model = ctx->judge->model,
        .host = ctx->host,
        .tls_name = ctx->tls_name,
        .anthropic_version = ctx->anthropic_version,
        .uri = r->unparsed_uri};

    for (size_t i = 0; i < SECRETS; i++) {
        was.secret[i] = *secret_at(ctx, i);
        ngx_str_null(secret_at(ctx, i));
    }
    return was;
}

static void
wipe(ngx_str_t *secret)
{
    if (secret->len > 0)
        gh_wipe(secret->data, secret->len);
    ngx_str_null(secret);
}

void
ngx_http_gatehouse_secrets_wipe(ngx_http_gatehouse_ctx_t *ctx)
{
    for (size_t i = 0; i < SECRETS; i++)
        wipe(secret_at(ctx, i));
}

static void
aim_back(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, const aim_t *was)
{
    ngx_http_gatehouse_secrets_wipe(ctx);
    for (size_t i = 0; i < SECRETS; i++)
        *secret_at(ctx, i) = was->secret[i];
    ctx->backend = was->backend;
    ctx->judge->backend_name = was->name;
    ctx->judge->model = was->model;
    ctx->host = was->host;
    ctx->tls_name = was->tls_name;
    ctx->anthropic_version = was->anthropic_version;
    r->unparsed_uri = was->uri;
}

static const char *
aim_at(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, size_t member)
{
    ngx_http_gatehouse_judge_t *j = ctx->judge;
    const char *why;

    j->backend_name = j->members[member].backend;
    j->model = j->members[member].model;
    if (!gh_snap_find_v(
            &ctx->backend, &ctx->snapshot->policy, GH_SNAP_BACKEND, (struct gh_str[]){ctx->route.ws, j->backend_name}, 2))
        return "backend is not there";
    if (gh_family_of(gh_snap_str(&ctx->backend, GH_BACKEND_DIALECT)) != ctx->dialect->family)
        return "backend does not speak this dialect";
    if ((why = names(ctx)) != NULL || (why = put_version(r, ctx)) != NULL || (why = path(r, ctx)) != NULL ||
        (why = credential(r, ctx)) != NULL)
        return why;
    if (!ngx_http_gatehouse_judge_spell(j, member))
        return "spliced body does not give the same conversation";
    return ngx_http_gatehouse_body_replace(r, j->bodies[member]) == NGX_OK ? NULL : "no memory";
}

const char *
ngx_http_gatehouse_aim(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    const char *first = NULL, *why;

    while (ctx->n_tried < ctx->n_order) {
        aim_t was = aim_take(r, ctx);
        if ((why = aim_at(r, ctx, ctx->order[ctx->n_tried++])) == NULL) {
            for (size_t i = 0; i < SECRETS; i++)
                wipe(&was.secret[i]);
            ctx->address = ctx->request_id[ctx->n_tried]; /* any: it is drawn for each request */
            ctx->n_addresses = 0;
            if (ctx->n_order > 1)
                ngx_http_gatehouse_health_asked(gh_snap_str(&ctx->backend, GH_BACKEND_UPSTREAM));
            return NULL;
        }
        first = first == NULL ? why : first;
        aim_back(r, ctx, &was);
    }
    return first == NULL ? "no other backend" : first;
}

/* Those that failed lately come last. */
static uint32_t
resting(const ngx_http_gatehouse_ctx_t *ctx)
{
    const ngx_http_gatehouse_judge_t *j = ctx->judge;
    struct gh_snap_rec row;
    uint32_t down = 0;

    for (size_t i = 0; i < j->n_members; i++) {
        const struct gh_str key[] = {ctx->route.ws, j->members[i].backend};
        if (gh_snap_find_v(&row, &ctx->snapshot->policy, GH_SNAP_BACKEND, key, 2) &&
            ngx_http_gatehouse_health_rests(gh_snap_str(&row, GH_BACKEND_UPSTREAM)))
            down |= UINT32_C(1) << i;
    }
    return down;
}

static void
order(ngx_http_gatehouse_ctx_t *ctx)
{
    uint64_t number;

    ngx_memcpy(&number, ctx->request_id, sizeof(number));
    ctx->n_order = ctx->judge->n_members;
    if (ctx->n_order > 1)
        gh_pool_order(ctx->order, ctx->judge->members, ctx->n_order, number, resting(ctx));
}

/* ---- off ---- */

static ngx_int_t
go(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, ngx_str_t *location)
{
    if (ngx_http_gatehouse_record_open(ctx) != NGX_OK)
        return ngx_http_gatehouse_refuse(r, ctx, GH_PROBLEM_UNAVAILABLE, ngx_http_gatehouse_record_fault(ctx), NULL);
    ctx->stage = GATEHOUSE_FORWARDED;
    ctx->n_attempts = 1;
    ctx->attempt_us = ngx_http_gatehouse_monotonic_us();
    r->valid_unparsed_uri = 1;
    return ngx_http_named_location(r, location);
}

ngx_int_t
ngx_http_gatehouse_forward(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    ngx_str_t location = ngx_string("@gh_backend");

    order(ctx);
    const char *why = ngx_http_gatehouse_aim(r, ctx);
    if (why == NULL) {
        ngx_http_gatehouse_control(ctx, GH_CONTROL_CREDENTIAL, GH_RAN_PASSED, NULL);
        ngx_http_gatehouse_control(ctx, GH_CONTROL_HEADERS, GH_RAN_PASSED, NULL);
        return go(r, ctx, &location);
    }
    ngx_http_gatehouse_control(ctx, GH_CONTROL_CREDENTIAL, GH_RAN_BLOCKED, why);
    return ngx_http_gatehouse_refuse(r, ctx, GH_PROBLEM_UNAVAILABLE, why, NULL);
}

/* ---- management ---- */

static bool
key_is_there(void)
{
    int64_t now = ngx_http_gatehouse_monotonic_us();

    if (self.has_key)
        return true;
    if (self.key_tried_us != 0 && now - self.key_tried_us < (int64_t)KEY_RETRY_MS * 1000)
        return false;
    self.key_tried_us = now;
    int fd = open(self.key_path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    self.has_key = read(fd, self.key, sizeof(self.key)) == (ssize_t)sizeof(self.key);
    close(fd);
    return self.has_key;
}

static const char *
sign(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    const ngx_http_gatehouse_srv_conf_t *conf = ngx_http_get_module_srv_conf(r, ngx_http_gatehouse_module);
    struct gh_edge_header h = {.time_ms = ctx->now_ms,
        .listener = ngx_http_gatehouse_str(conf->listener),
        .peer = ngx_http_gatehouse_str(ctx->peer),
        .request_id = gh_str(ctx->request_id, sizeof(ctx->request_id)),
        .evidence = ctx->evidence};
    struct gh_buf target, value;

    if (!key_is_there())
        return "key to control is not there";
    gh_buf_init(&target, &ctx->arena, GH_PATH_BYTES_MAX + 1);
    gh_buf_put(&target, ngx_http_gatehouse_str(r->uri));
    if (r->args.len > 0) {
        gh_buf_putc(&target, '?');
        gh_buf_put(&target, ngx_http_gatehouse_str(r->args));
    }
    gh_buf_init(&value, &ctx->arena, 1024);
    if (target.rc != GH_OK || gh_edge_header_put(&value, &h, gh_str(self.key, sizeof(self.key)),
                                  ngx_http_gatehouse_str(r->method_name), gh_buf_str(&target)) != GH_OK)
        return "request could not be signed for control";
    r->unparsed_uri = (ngx_str_t){target.n, (u_char *)target.p};
    ctx->edge_header = (ngx_str_t){value.n, (u_char *)value.p};
    return NULL;
}

ngx_int_t
ngx_http_gatehouse_forward_management(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    ngx_str_t location = ngx_string("@gh_management");
    const char *why = sign(r, ctx);

    if (why != NULL)
        return ngx_http_gatehouse_refuse(r, ctx, GH_PROBLEM_UNAVAILABLE, why, NULL);
    ngx_http_gatehouse_control(ctx, GH_CONTROL_HEADERS, GH_RAN_PASSED, NULL);
    return go(r, ctx, &location);
}
