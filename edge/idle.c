/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <sys/socket.h>

#include "base/codec.h"

/*
 * Idle connections to backends, one pool in each worker. One is used again only for the backend that it was opened for, at the same
 * address, with the same certificate authorities and the same name: never across workspaces, and never for an address of yesterday.
 *
 * A kept connection on which bytes wait before anything was asked holds the rest of somebody else's answer. So it is looked at when it
 * wakes up and again when it is taken: bytes (counted, logged and recorded) or a backend that has hung up, and it is closed.
 */

#define ITEMS    1024 /* in a worker; the one that was used longest ago makes room */
#define BUCKETS  256
#define PER_PEER 64
#define IDLE_MS  60000
#define LIFE_MS  3600000
#define REQUESTS 1000

typedef struct {
    ngx_queue_t queue, bucket; /* all by age; those of one hash */
    ngx_connection_t *connection;
    ngx_http_gatehouse_peer_key_t key;
} item_t;

static struct {
    ngx_queue_t used, free;
    ngx_queue_t bucket[BUCKETS];
    size_t in_bucket[BUCKETS];
    item_t *items;
} self;

ngx_int_t
ngx_http_gatehouse_idle_init(ngx_cycle_t *cycle)
{
    self.items = ngx_calloc(ITEMS * sizeof(*self.items), cycle->log);
    if (self.items == NULL)
        return NGX_ERROR;
    ngx_queue_init(&self.used);
    ngx_queue_init(&self.free);
    for (size_t i = 0; i < BUCKETS; i++) {
        ngx_queue_init(&self.bucket[i]);
    }
    for (size_t i = 0; i < ITEMS; i++) {
        ngx_queue_insert_tail(&self.free, &self.items[i].queue);
    }
    return NGX_OK;
}

static size_t
bucket_of(const ngx_http_gatehouse_peer_key_t *key)
{
    uint32_t hash =
        gh_crc32c(gh_crc32c(0, gh_str(key->upstream, sizeof(key->upstream))), gh_str(&key->address, sizeof(key->address)));

    return hash % BUCKETS;
}

static bool
is_same(const ngx_http_gatehouse_peer_key_t *a, const ngx_http_gatehouse_peer_key_t *b)
{
    return a->tls == b->tls && memcmp(&a->address, &b->address, sizeof(a->address)) == 0 &&
           memcmp(a->upstream, b->upstream, sizeof(a->upstream)) == 0 && strcmp(a->tls_name, b->tls_name) == 0;
}

/* ---- what waits on it ---- */

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
report(const item_t *item)
{
    struct gh_str upstream = gh_str_z(item->key.upstream);

    (void)ngx_atomic_fetch_add(&ngx_http_gatehouse_counters->stray_bytes, 1);
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "gatehouse: bytes on an idle connection to %*s: closed", upstream.n, upstream.p);
    ngx_http_gatehouse_record_system(
        GH_RECORD_SYSTEM, "idle connection of a backend held bytes that nobody asked for: closed", upstream);
}

/* ---- in and out ---- */

static void
close_connection(ngx_connection_t *c)
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

/* Out of the pool; the connection is the caller's. */
static ngx_connection_t *
unlink_item(item_t *item)
{
    ngx_connection_t *c = item->connection;

    ngx_queue_remove(&item->queue);
    ngx_queue_remove(&item->bucket);
    self.in_bucket[bucket_of(&item->key)]--;
    ngx_queue_insert_head(&self.free, &item->queue);
    item->connection = NULL;
    return c;
}

static void
on_read(ngx_event_t *ev)
{
    ngx_connection_t *c = ev->data;
    item_t *item = c->data;
    enum state state = c->close || ev->timedout ? ENDED : look(c);

    if (state == USABLE) {
        ev->ready = 0;
        if (ngx_handle_read_event(ev, 0) == NGX_OK)
            return;
    }
    if (state == STRAY)
        report(item);
    close_connection(unlink_item(item));
}

static void
on_write(ngx_event_t *ev)
{
    (void)ev;
}

ngx_connection_t *
ngx_http_gatehouse_idle_take(const ngx_http_gatehouse_peer_key_t *key, ngx_log_t *log)
{
    ngx_queue_t *bucket = &self.bucket[bucket_of(key)], *next;

    for (ngx_queue_t *q = ngx_queue_head(bucket); q != ngx_queue_sentinel(bucket); q = next) {
        item_t *item = ngx_queue_data(q, item_t, bucket);
        next = ngx_queue_next(q);
        if (!is_same(&item->key, key))
            continue;
        enum state state = look(item->connection);
        if (state == STRAY)
            report(item);
        ngx_connection_t *c = unlink_item(item);
        if (state != USABLE) {
            close_connection(c);
            continue;
        }
        c->idle = 0;
        c->sent = 0;
        c->data = NULL;
        c->log = c->read->log = c->write->log = c->pool->log = log;
        if (c->read->timer_set)
            ngx_del_timer(c->read);
        return c;
    }
    return NULL;
}

static bool
is_reusable(const ngx_http_upstream_t *u, const ngx_connection_t *c)
{
    if (c->read->eof || c->read->error || c->read->timedout || c->write->error || c->write->timedout)
        return false;
    if (c->requests >= REQUESTS || ngx_current_msec - c->start_time > LIFE_MS)
        return false;
    return u->keepalive && u->request_body_sent && !ngx_terminate && !ngx_exiting;
}

/* The oldest makes room where there is none, and where one backend has as many as it may. */
static void
make_room(size_t at, const ngx_http_gatehouse_peer_key_t *key)
{
    ngx_queue_t *bucket = &self.bucket[at];
    item_t *last = NULL;
    size_t n = 0;

    for (ngx_queue_t *q = ngx_queue_head(bucket); self.in_bucket[at] >= PER_PEER && q != ngx_queue_sentinel(bucket);
         q = ngx_queue_next(q)) {
        item_t *item = ngx_queue_data(q, item_t, bucket);
        if (!is_same(&item->key, key))
            continue;
        n++;
        last = item;
    }
    if (n < PER_PEER && ngx_queue_empty(&self.free))
        last = ngx_queue_data(ngx_queue_last(&self.used), item_t, queue);
    else if (n < PER_PEER)
        return;
    close_connection(unlink_item(last));
}

bool
ngx_http_gatehouse_idle_put(const ngx_http_gatehouse_peer_key_t *key, const ngx_http_upstream_t *u, ngx_connection_t *c)
{
    size_t at = bucket_of(key);

    if (c == NULL || !is_reusable(u, c) || ngx_handle_read_event(c->read, 0) != NGX_OK)
        return false;
    make_room(at, key);
    item_t *item = ngx_queue_data(ngx_queue_head(&self.free), item_t, queue);
    ngx_queue_remove(&item->queue);
    ngx_queue_insert_head(&self.used, &item->queue);
    ngx_queue_insert_head(&self.bucket[at], &item->bucket);
    self.in_bucket[at]++;
    item->connection = c;
    item->key = *key;
    c->read->delayed = 0;
    ngx_add_timer(c->read, IDLE_MS);
    if (c->write->timer_set)
        ngx_del_timer(c->write);
    c->write->handler = on_write;
    c->read->handler = on_read;
    c->data = item;
    c->idle = 1;
    c->log = c->read->log = c->write->log = c->pool->log = ngx_cycle->log;
    if (c->read->ready)
        on_read(c->read);
    return true;
}
