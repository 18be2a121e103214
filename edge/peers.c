/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "base/limits.h"

/*
 * The one upstream{} of all backends. nginx's proxy asks here for a connection, and what it gets is told by the BACKEND row that the
 * request was aimed at (target.c): a checked address of that row, its TLS name and authorities, its patience. So a new backend, or an old
 * one at a new address, needs no other configuration of nginx.
 *
 * When an attempt fails before its answer began, failover.c may aim the request at another backend: the request is then written anew, with
 * that one's path, credential and body, and nginx connects again. The answer's header is looked at here before nginx copies any of it.
 */

typedef struct {
    ngx_http_gatehouse_ctx_t *ctx;
    ngx_http_gatehouse_peer_key_t key;
    ngx_int_t (*process_header)(ngx_http_request_t *r);
    ngx_int_t (*reinit_request)(ngx_http_request_t *r);
    ngx_int_t (*input_filter_init)(void *r);
    ngx_int_t (*input_filter)(void *r, ssize_t bytes);
    ngx_http_upstream_conf_t *original; /* of the location */
    ngx_ssl_t ssl;                      /* ctx not NULL: of the authorities that the row names; a reference */
    ngx_sockaddr_t address;
    ngx_str_t name;
    u_char name_mem[NGX_SOCKADDR_STRLEN];
    unsigned is_written : 1; /* nginx has written the request once */
    unsigned is_aimed : 1;   /* at the next one, by the look at an answer's header */
} peer_t;

/* ---- whom to trust, how long to wait ---- */

static void
drop_ssl(void *data)
{
    peer_t *p = data;

    SSL_CTX_free(p->ssl.ctx);
    p->ssl.ctx = NULL;
}

/* NULL: plain, or what nginx was configured with. */
static ngx_int_t
find_authority(peer_t *p, struct gh_str pem)
{
    drop_ssl(p);
    if (pem.n == 0)
        return NGX_OK;
    SSL_CTX *ctx = ngx_http_gatehouse_authority(p->key.upstream, pem);
    if (ctx == NULL || SSL_CTX_up_ref(ctx) != 1)
        return NGX_ERROR;
    p->ssl = (ngx_ssl_t){.ctx = ctx, .log = ngx_cycle->log, .buffer_size = NGX_SSL_BUFSIZE};
    return NGX_OK;
}

/* The location's settings, or a copy of the request's own where its backend wants others. */
static ngx_int_t
set_conf(ngx_http_request_t *r, peer_t *p)
{
    ngx_http_upstream_t *u = r->upstream;
    uint64_t timeout = gh_snap_u64(&p->ctx->backend, GH_BACKEND_TIMEOUT_MS);

    if (timeout == 0 || timeout > GH_BACKEND_TIMEOUT_MS_MAX)
        return NGX_ERROR;
    if (p->ssl.ctx == NULL && timeout == p->original->read_timeout) {
        u->conf = p->original;
        return NGX_OK;
    }
    if (u->conf == p->original && (u->conf = ngx_palloc(r->pool, sizeof(*u->conf))) == NULL) {
        u->conf = p->original;
        return NGX_ERROR;
    }
    *u->conf = *p->original;
    u->conf->read_timeout = u->conf->send_timeout = timeout;
    if (p->ssl.ctx != NULL)
        u->conf->ssl = &p->ssl;
    return NGX_OK;
}

static ngx_int_t
set_tls(ngx_http_request_t *r, peer_t *p)
{
    const ngx_http_gatehouse_ctx_t *ctx = p->ctx;
    bool is_tls = gh_snap_u64(&ctx->backend, GH_BACKEND_IS_TLS) != 0;

    r->upstream->ssl = is_tls;
    if (find_authority(p, is_tls ? gh_snap_str(&ctx->backend, GH_BACKEND_CA_PEM) : GH_STR("")) != NGX_OK ||
        set_conf(r, p) != NGX_OK)
        return NGX_ERROR;
    p->key.tls = is_tls ? r->upstream->conf->ssl->ctx : NULL;
    ngx_memzero(p->key.tls_name, sizeof(p->key.tls_name));
    if (!is_tls)
        return NGX_OK;
    if (ctx->tls_name.len == 0 || ctx->tls_name.len >= sizeof(p->key.tls_name))
        return NGX_ERROR;
    ngx_memcpy(p->key.tls_name, ctx->tls_name.data, ctx->tls_name.len);
    return NGX_OK;
}

/* ---- where to ---- */

static socklen_t
to_sockaddr(ngx_sockaddr_t *out, const struct gh_addr *a)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    ngx_memzero(out, sizeof(*out));
    if (ngx_memcmp(a->ip, mapped, sizeof(mapped)) == 0) {
        out->sockaddr_in.sin_family = AF_INET;
        out->sockaddr_in.sin_port = htons(a->port);
        ngx_memcpy(&out->sockaddr_in.sin_addr, a->ip + sizeof(mapped), 4);
        return sizeof(out->sockaddr_in);
    }
    out->sockaddr_in6.sin6_family = AF_INET6;
    out->sockaddr_in6.sin6_port = htons(a->port);
    ngx_memcpy(&out->sockaddr_in6.sin6_addr, a->ip, sizeof(a->ip));
    return sizeof(out->sockaddr_in6);
}

/* Control has checked each address after it was looked up; this is one of those. */
static ngx_int_t
set_address(ngx_peer_connection_t *pc, peer_t *p)
{
    const struct gh_snap_rec *row = &p->ctx->backend;
    struct gh_str upstream = gh_snap_str(row, GH_BACKEND_UPSTREAM);
    size_t n = gh_snap_count(row, GH_BACKEND_ADDRESSES);

    if (n == 0 || upstream.n >= sizeof(p->key.upstream))
        return NGX_ERROR;
    struct gh_str text = gh_snap_item(row, GH_BACKEND_ADDRESSES, p->ctx->address % n);
    if (gh_addr_read(&p->key.address, text) != GH_OK || text.n > sizeof(p->name_mem))
        return NGX_ERROR;
    ngx_memzero(p->key.upstream, sizeof(p->key.upstream));
    ngx_memcpy(p->key.upstream, upstream.p, upstream.n);
    ngx_memcpy(p->name_mem, text.p, text.n);
    p->name = (ngx_str_t){text.n, p->name_mem};
    pc->socklen = to_sockaddr(&p->address, &p->key.address);
    pc->sockaddr = &p->address.sockaddr;
    pc->name = &p->name;
    return NGX_OK;
}

/* The request once more: path, headers and body are those of the backend that is aimed at now. */
static ngx_int_t
write_again(ngx_http_request_t *r)
{
    r->upstream->request_bufs = r->request_body == NULL ? NULL : r->request_body->bufs;
    r->http_version = ((peer_t *)r->upstream->peer.data)->ctx->http_version;
    return r->upstream->create_request(r);
}

static ngx_int_t
get(ngx_peer_connection_t *pc, void *data)
{
    peer_t *p = data;
    ngx_http_request_t *r = p->ctx->request;

    pc->cached = 0;
    pc->connection = NULL;
    if (p->is_written && !p->is_aimed)
        return NGX_BUSY; /* nginx would ask the same one again; there is no other */
    if (p->is_written && write_again(r) != NGX_OK)
        return NGX_ERROR;
    p->is_written = 1;
    p->is_aimed = 0;
    if (set_address(pc, p) != NGX_OK || set_tls(r, p) != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, pc->log, 0, "gatehouse: the backend's row cannot be dialled");
        return NGX_ERROR;
    }
    if ((pc->connection = ngx_http_gatehouse_idle_take(&p->key, pc->log)) == NULL)
        return NGX_OK;
    pc->cached = 1;
    return NGX_DONE;
}

/* ---- what came of it ---- */

static ngx_http_gatehouse_failure_t
failure_of(const ngx_peer_connection_t *pc, const ngx_http_upstream_t *u)
{
    const ngx_connection_t *c = pc->connection;
    bool is_late = c != NULL && (c->read->timedout || c->write->timedout);

    if (!u->request_sent)
        return (ngx_http_gatehouse_failure_t){
            .kind = GH_RETRY_CONNECT, .reason = is_late ? "no connection in time" : "no connection"};
    return (ngx_http_gatehouse_failure_t){.kind = GH_RETRY_TIMEOUT,
        .reason = is_late ? "no answer in time" : "hung up before its answer",
        .is_kept = pc->cached && !is_late};
}

static void
release(ngx_peer_connection_t *pc, void *data, ngx_uint_t state)
{
    peer_t *p = data;
    ngx_http_request_t *r = p->ctx->request;

    pc->tries = 0;
    if ((state & NGX_PEER_FAILED) == 0) {
        if (ngx_http_gatehouse_idle_put(&p->key, r->upstream, pc->connection))
            pc->connection = NULL;
        return;
    }
    if (!p->is_aimed && !r->connection->error) {
        ngx_http_gatehouse_failure_t f = failure_of(pc, r->upstream);
        p->is_aimed = ngx_http_gatehouse_failover(r, p->ctx, &f);
    }
    pc->tries = p->is_aimed;
}

/* The look at an answer's header. A backend that is given up for it is one whose header was not to be understood, as far as nginx knows. */
static ngx_int_t
process_header(ngx_http_request_t *r)
{
    ngx_http_upstream_t *u = r->upstream;
    peer_t *p = u->peer.data;
    ngx_int_t rc = p->process_header(r);

    if (u->process_header != process_header) { /* the proxy has put its next step there */
        p->process_header = u->process_header;
        u->process_header = process_header;
    }
    if (rc != NGX_OK)
        return rc;
    p->is_aimed = ngx_http_gatehouse_answered(r, p->ctx);
    return p->is_aimed ? NGX_HTTP_UPSTREAM_INVALID_HEADER : NGX_OK;
}

static ngx_int_t
reinit_request(ngx_http_request_t *r)
{
    peer_t *p = r->upstream->peer.data;
    ngx_int_t rc = p->reinit_request(r);

    p->process_header = r->upstream->process_header;
    r->upstream->process_header = process_header;
    return rc;
}

/* ---- the answer's body ---- */

/* A body whose framing is broken ends as one that broke off: nginx itself would hang up on the client without a word. */
static ngx_int_t
input_filter(void *data, ssize_t bytes)
{
    ngx_http_upstream_t *u = ((ngx_http_request_t *)data)->upstream;
    const peer_t *p = u->peer.data;

    if (p->input_filter(data, bytes) == NGX_ERROR)
        u->error = 1;
    return NGX_OK;
}

static ngx_int_t
input_filter_init(void *data)
{
    ngx_http_upstream_t *u = ((ngx_http_request_t *)data)->upstream;
    peer_t *p = u->peer.data;
    ngx_int_t rc = p->input_filter_init(data);

    if (u->input_filter != input_filter)
        p->input_filter = u->input_filter;
    u->input_filter = input_filter;
    return rc;
}

/* ---- for each request ---- */

static ngx_int_t
init_peer(ngx_http_request_t *r, ngx_http_upstream_srv_conf_t *us)
{
    ngx_http_gatehouse_ctx_t *ctx = ngx_http_gatehouse_ctx(r);
    ngx_http_upstream_t *u = r->upstream;
    ngx_pool_cleanup_t *c;

    (void)us;
    if (ctx == NULL || ctx->stage != GATEHOUSE_FORWARDED || (c = ngx_pool_cleanup_add(r->pool, sizeof(peer_t))) == NULL)
        return NGX_ERROR;
    peer_t *p = c->data;
    ngx_memzero(p, sizeof(*p));
    c->handler = drop_ssl;
    p->ctx = ctx;
    p->original = u->conf;
    p->process_header = u->process_header;
    p->reinit_request = u->reinit_request;
    u->process_header = process_header;
    u->reinit_request = reinit_request;
    p->input_filter_init = u->input_filter_init;
    u->input_filter_init = input_filter_init;
    u->peer.data = p;
    u->peer.get = get;
    u->peer.free = release;
    u->peer.tries = 1;
    return NGX_OK;
}

static ngx_int_t
init_upstream(ngx_conf_t *cf, ngx_http_upstream_srv_conf_t *us)
{
    (void)cf;
    us->peer.init = init_peer;
    return NGX_OK;
}

/* gatehouse_peers; alone in its upstream{}, but for the server that nginx wants to see there and nobody dials. */
char *
ngx_http_gatehouse_peers(ngx_conf_t *cf, ngx_command_t *cmd, void *srv)
{
    ngx_http_upstream_srv_conf_t *us = ngx_http_conf_get_module_srv_conf(cf, ngx_http_upstream_module);

    (void)cmd;
    (void)srv;
    us->peer.init_upstream = init_upstream;
    return NGX_CONF_OK;
}
