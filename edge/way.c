/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <arpa/inet.h>

#include "policy/egress.h"
#include "policy/ranges.h"

/*
 * How a call came: through which listener, from which address, with which client certificate. The listener's row of the snapshot says what
 * it serves and which proxies in front of it are believed; whoever else claims to be somebody is taken for what the connection shows.
 */

#define LINES_MAX 65536 /* all lines of one header: nginx takes 64 KiB of headers in all */

bool
ngx_http_gatehouse_way_listener(struct gh_snap_rec *out, ngx_http_request_t *r, const struct gh_snap *snap)
{
    const ngx_http_gatehouse_srv_conf_t *conf = ngx_http_get_module_srv_conf(r, ngx_http_gatehouse_module);

    return gh_snap_find(out, snap, GH_SNAP_LISTENER, ngx_http_gatehouse_str(conf->listener));
}

/* NULL, or why this listener does not have such routes. To a stranger it is a path that is not there. */
static const char *
refuses_route(const struct gh_route *route, uint64_t kind)
{
    if (route->row->op == GH_OP_MANAGE)
        return gh_listener_serves_management(kind) ? NULL : "management is not served on this listener";
    return gh_listener_serves_endpoints(kind) ? NULL : "endpoints are not served on this listener";
}

/* ---- address ---- */

static bool
connection_ip(uint8_t ip[16], const ngx_connection_t *c)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (c->sockaddr->sa_family == AF_INET6) {
        memcpy(&in6, c->sockaddr, sizeof(in6));
        memcpy(ip, &in6.sin6_addr, 16);
        return true;
    }
    if (c->sockaddr->sa_family != AF_INET)
        return false;
    memcpy(&in, c->sockaddr, sizeof(in));
    memcpy(ip, mapped, sizeof(mapped));
    memcpy(ip + sizeof(mapped), &in.sin_addr, 4);
    return true;
}

/* All lines of a header, joined by commas in their order; the empty slice if there is none. */
static struct gh_str
header_lines(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, struct gh_str name)
{
    struct gh_str first = {NULL, 0};
    struct gh_buf all;

    gh_buf_init(&all, &ctx->arena, LINES_MAX);
    for (const ngx_list_part_t *part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        const ngx_table_elt_t *h = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (!gh_str_eq_ci(ngx_http_gatehouse_str(h[i].key), name))
                continue;
            if (first.p == NULL) {
                first = ngx_http_gatehouse_str(h[i].value);
                continue;
            }
            if (all.n == 0)
                gh_buf_put(&all, first);
            gh_buf_putc(&all, ',');
            gh_buf_put(&all, ngx_http_gatehouse_str(h[i].value));
        }
    }
    if (all.rc != GH_OK)
        return GH_STR("?"); /* too much to be read: the address is unknown */
    return all.n > 0 ? gh_buf_str(&all) : first;
}

/* What the PROXY protocol told: nothing for a connection that the proxy made for itself. */
static enum gh_rc
protocol_ip(uint8_t ip[16], const ngx_connection_t *c)
{
    if (c->proxy_protocol == NULL)
        return GH_OK;
    return gh_ip_read(ip, ngx_http_gatehouse_str(c->proxy_protocol->src_addr));
}

static enum gh_rc
told_ip(uint8_t ip[16], ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, const struct gh_snap_rec *listener)
{
    static const struct gh_str headers[GH_PROXY_COUNT] = {
        [GH_PROXY_X_FORWARDED_FOR] = GH_STR_INIT("x-forwarded-for"), [GH_PROXY_FORWARDED] = GH_STR_INIT("forwarded")};
    uint64_t mode = gh_snap_u64(listener, GH_LISTENER_PROXY_MODE);
    struct gh_str trusted = gh_snap_str(listener, GH_LISTENER_PROXIES);
    uint8_t peer[16];

    if (mode == GH_PROXY_NONE || mode >= GH_PROXY_COUNT || !gh_ranges_have(trusted, ip))
        return GH_OK;
    if (mode == GH_PROXY_PROTOCOL)
        return protocol_ip(ip, r->connection);
    memcpy(peer, ip, sizeof(peer));
    return gh_forwarded_client(ip, (enum gh_proxy_mode)mode, header_lines(r, ctx, headers[mode]), peer, trusted);
}

/* The address as text, for records and control: the connection's own unless a proxy told another one. */
static void
name_peer(ngx_http_gatehouse_ctx_t *ctx, const ngx_connection_t *c, bool is_told)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const ngx_str_t unknown = ngx_string("unknown");
    const uint8_t *ip = ctx->way.ip;
    bool is_v4 = memcmp(ip, mapped, sizeof(mapped)) == 0;

    if (!is_told) {
        ctx->peer = c->addr_text;
        return;
    }
    ctx->proxy = c->addr_text;
    ctx->peer = (ngx_str_t){0, ctx->peer_text};
    if (!ctx->way.has_ip)
        ctx->peer = unknown;
    else if (inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? ip + 12 : ip, (char *)ctx->peer_text, sizeof(ctx->peer_text)) != NULL)
        ctx->peer.len = ngx_strlen(ctx->peer_text);
}

static void
find_peer(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, const struct gh_snap_rec *listener)
{
    const ngx_connection_t *c = r->connection;
    uint8_t own[16] = {0};

    ctx->way.is_unix = c->sockaddr->sa_family == AF_UNIX;
    ctx->way.has_ip = connection_ip(own, c);
    memcpy(ctx->way.ip, own, sizeof(own));
    if (ctx->way.has_ip)
        ctx->way.has_ip = told_ip(ctx->way.ip, r, ctx, listener) == GH_OK;
    name_peer(ctx, c, !ctx->way.is_unix && (!ctx->way.has_ip || memcmp(own, ctx->way.ip, sizeof(own)) != 0));
}

/* ---- certificate ---- */

/* The digest of the certificate whose key the client proved to hold in the handshake; NULL: none, or not asked for. */
static const uint8_t *
certificate(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    unsigned n = sizeof(ctx->certificate);

    if (r->connection->ssl == NULL)
        return NULL;
    X509 *x = SSL_get0_peer_certificate(r->connection->ssl->connection);
    return x != NULL && X509_digest(x, EVP_sha256(), ctx->certificate, &n) == 1 && n == GH_SHA256_BYTES ? ctx->certificate : NULL;
}

/* ---- what others ask ---- */

const char *
ngx_http_gatehouse_way_find(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    const ngx_http_gatehouse_srv_conf_t *conf = ngx_http_get_module_srv_conf(r, ngx_http_gatehouse_module);

    if (!ngx_http_gatehouse_way_listener(&ctx->listener, r, &ctx->snapshot->policy))
        return "the listener is not in the policy in force";
    ctx->way.listener = ngx_http_gatehouse_str(conf->listener);
    ctx->way.kind = gh_snap_u64(&ctx->listener, GH_LISTENER_KIND);
    find_peer(r, ctx, &ctx->listener);
    return refuses_route(&ctx->route, ctx->way.kind);
}

/* The certificate is looked at only where an answer could depend on it. */
static void
find_certificate(
    ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, const struct gh_snap_rec *listener, const struct gh_snap_rec *endpoint)
{
    bool wants = gh_snap_u64(listener, GH_LISTENER_CERTIFICATES) != GH_CERTIFICATES_NONE && gh_net_wants_certificate(endpoint);

    ctx->way.certificate = wants ? certificate(r, ctx) : NULL;
}

void
ngx_http_gatehouse_way_describe(struct gh_attributes *out, ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx,
    const struct gh_snap_rec *listener, const struct gh_snap_rec *endpoint)
{
    *out = (struct gh_attributes){.knows_way = true, .ip = ctx->way.has_ip ? ctx->way.ip : NULL, .listener = ctx->way.listener};
    if (endpoint == NULL)
        return;
    find_certificate(r, ctx, listener, endpoint);
    gh_net_connection(&out->connection, endpoint, &ctx->way);
}

void
ngx_http_gatehouse_way_decide(struct gh_net_decision *out, ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx,
    const struct gh_snap_rec *listener, const struct gh_snap_rec *endpoint)
{
    ctx->way.kind = gh_snap_u64(listener, GH_LISTENER_KIND);
    if (endpoint == NULL) {
        const char *why = refuses_route(&ctx->route, ctx->way.kind);
        *out = (struct gh_net_decision){why == NULL ? GH_ALLOW : GH_DENY, GH_STR("listeners"), why};
        return;
    }
    find_certificate(r, ctx, listener, endpoint);
    gh_net_decide(out, endpoint, &ctx->way);
}
