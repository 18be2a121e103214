/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <sys/socket.h>

/*
 * A kept connection on which bytes wait before anything was asked holds the rest of somebody else's answer. This hook stands around
 * nginx's keepalive: it looks at the connection that keepalive took from its pool, and if there is anything to read (counted, logged and
 * recorded) or the backend has hung up, closes it and has a new one opened to the address that was chosen.
 */

typedef struct {
    void *data;
    ngx_event_get_peer_pt get;
    ngx_event_free_peer_pt free;
    ngx_event_notify_peer_pt notify;
    ngx_event_set_peer_session_pt set_session;
    ngx_event_save_peer_session_pt save_session;
    const ngx_http_gatehouse_srv_conf_t *conf;
} guard_t;

enum state { USABLE, ENDED, STRAY };

/* What TLS itself sends (session tickets, its closing alert) is nobody's answer: only what it would hand on counts. */
static enum state
look_tls(ngx_connection_t *c)
{
    char byte;

    ERR_clear_error();
    int n = SSL_peek(c->ssl->connection, &byte, 1);
    int why = n > 0 ? SSL_ERROR_NONE : SSL_get_error(c->ssl->connection, n);
    ERR_clear_error();
    if (n > 0)
        return STRAY;
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? USABLE : ENDED;
}

static enum state
look(ngx_connection_t *c)
{
    char byte;

    if (c->ssl != NULL)
        return look_tls(c);
    ssize_t n = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n > 0)
        return STRAY;
    return n < 0 && (ngx_socket_errno == NGX_EAGAIN || ngx_socket_errno == NGX_EINTR) ? USABLE : ENDED;
}

static void
report(ngx_peer_connection_t *pc, const guard_t *g)
{
    (void)ngx_atomic_fetch_add(&ngx_http_gatehouse_counters->stray_bytes, 1);
    ngx_log_error(NGX_LOG_ERR, pc->log, 0, "gatehouse: bytes on an idle connection to %V: closed", &g->conf->guarded);
    ngx_http_gatehouse_record_system(GH_RECORD_SYSTEM, "idle connection of a backend held bytes that nobody asked for: closed",
        ngx_http_gatehouse_str(g->conf->guarded));
}

static void
close_peer(ngx_connection_t *c)
{
    if (c->ssl != NULL) {
        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = 1;
        (void)ngx_ssl_shutdown(c);
    }
    if (c->pool != NULL)
        ngx_destroy_pool(c->pool);
    ngx_close_connection(c);
}

static ngx_int_t
get(ngx_peer_connection_t *pc, void *data)
{
    guard_t *g = data;
    ngx_int_t rc = g->get(pc, g->data);

    if (rc != NGX_DONE || pc->connection == NULL)
        return rc;
    enum state state = look(pc->connection);
    if (state == USABLE)
        return rc;
    if (state == STRAY)
        report(pc, g);
    close_peer(pc->connection);
    pc->connection = NULL;
    pc->cached = 0;
    return NGX_OK; /* the address was chosen before the pool was asked: nginx connects anew */
}

static void
release(ngx_peer_connection_t *pc, void *data, ngx_uint_t state)
{
    guard_t *g = data;

    g->free(pc, g->data, state);
}

static void
notify(ngx_peer_connection_t *pc, void *data, ngx_uint_t type)
{
    guard_t *g = data;

    g->notify(pc, g->data, type);
}

static ngx_int_t
set_session(ngx_peer_connection_t *pc, void *data)
{
    guard_t *g = data;

    return g->set_session(pc, g->data);
}

static void
save_session(ngx_peer_connection_t *pc, void *data)
{
    guard_t *g = data;

    g->save_session(pc, g->data);
}

static ngx_int_t
init_peer(ngx_http_request_t *r, ngx_http_upstream_srv_conf_t *us)
{
    const ngx_http_gatehouse_srv_conf_t *conf = ngx_http_conf_upstream_srv_conf(us, ngx_http_gatehouse_module);
    ngx_peer_connection_t *pc = &r->upstream->peer;
    guard_t *g = ngx_palloc(r->pool, sizeof(*g));

    if (g == NULL || conf->original_init_peer(r, us) != NGX_OK)
        return NGX_ERROR;
    *g = (guard_t){pc->data, pc->get, pc->free, pc->notify, pc->set_session, pc->save_session, conf};
    pc->data = g;
    pc->get = get;
    pc->free = release;
    pc->notify = g->notify == NULL ? NULL : notify;
    pc->set_session = g->set_session == NULL ? NULL : set_session;
    pc->save_session = g->save_session == NULL ? NULL : save_session;
    return NGX_OK;
}

static ngx_int_t
init_upstream(ngx_conf_t *cf, ngx_http_upstream_srv_conf_t *us)
{
    ngx_http_gatehouse_srv_conf_t *conf = ngx_http_conf_upstream_srv_conf(us, ngx_http_gatehouse_module);

    if (conf->original_init_upstream(cf, us) != NGX_OK)
        return NGX_ERROR;
    conf->original_init_peer = us->peer.init;
    us->peer.init = init_peer;
    return NGX_OK;
}

/* gatehouse_guard NAME; after `keepalive` in the same upstream{}. */
char *
ngx_http_gatehouse_guard(ngx_conf_t *cf, ngx_command_t *cmd, void *srv)
{
    ngx_http_gatehouse_srv_conf_t *conf = srv;
    ngx_http_upstream_srv_conf_t *us = ngx_http_conf_get_module_srv_conf(cf, ngx_http_upstream_module);
    const ngx_str_t *args = cf->args->elts;

    (void)cmd;
    if (conf->original_init_upstream != NULL)
        return NGX_CONF_ERROR;
    conf->guarded = args[1];
    conf->original_init_upstream = us->peer.init_upstream != NULL ? us->peer.init_upstream : ngx_http_upstream_init_round_robin;
    us->peer.init_upstream = init_upstream;
    return NGX_CONF_OK;
}
