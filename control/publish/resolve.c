/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "control/publish/project_int.h"
#include "host/host.h"

#define HOST_MAX 254

struct addresses {
    struct gh_addr at[GH_RESOLVE_ADDRESSES_MAX];
    size_t n;
};

struct name { /* a host name that was looked up */
    struct name *next;
    char host[HOST_MAX];
    uint16_t port;
    struct addresses found; /* that may be dialled */
    int64_t due_ms;         /* monotonic: not asked again before */
};

static gh_resolve_ask_fn ask_system;

struct gh_resolve {
    struct gh_store *store;
    const struct gh_config *config;
    struct gh_publish *publish;
    gh_resolve_ask_fn *ask;
    void *ask_ctx;
    size_t first; /* the thread's own: where the next round begins */
    pthread_t thread;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t wake;
    struct name *names;
    bool want_stop, is_running;
};

enum gh_rc
gh_resolve_new(struct gh_resolve **out, struct gh_store *store, const struct gh_config *config)
{
    pthread_condattr_t attr;
    struct gh_resolve *r = calloc(1, sizeof(*r));
    *out = r;
    if (r == NULL)
        return GH_NOMEM;
    r->store = store;
    r->config = config;
    r->ask = ask_system;
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->wake, &attr);
    pthread_condattr_destroy(&attr);
    return GH_OK;
}

void
gh_resolve_free(struct gh_resolve *r)
{
    if (r == NULL)
        return;
    while (r->names != NULL) {
        struct name *next = r->names->next;
        free(r->names);
        r->names = next;
    }
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* ---- one look-up ---- */

static bool
is_literal(struct gh_addr *out, struct gh_str host, uint16_t port)
{
    char text[HOST_MAX + 16];
    bool is_v6 = gh_str_chr(host, ':') != SIZE_MAX;
    int n = snprintf(text, sizeof(text), is_v6 ? "[%.*s]:%u" : "%.*s:%u", (int)host.n, host.p, (unsigned)port);
    return n > 0 && (size_t)n < sizeof(text) && gh_addr_read(out, gh_str(text, (size_t)n)) == GH_OK;
}

static bool
from_sockaddr(struct gh_addr *out, const struct addrinfo *ai, uint16_t port)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    out->port = port;
    if (ai->ai_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, ai->ai_addr, sizeof(in6));
        memcpy(out->ip, &in6.sin6_addr, sizeof(out->ip));
        return true;
    }
    if (ai->ai_family != AF_INET)
        return false;
    struct sockaddr_in in;
    memcpy(&in, ai->ai_addr, sizeof(in));
    memcpy(out->ip, mapped, sizeof(mapped));
    memcpy(out->ip + sizeof(mapped), &in.sin_addr, 4);
    return true;
}

static int
by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct gh_addr));
}

static bool
ask_system(void *ctx, struct gh_addr *out, size_t *n, size_t max, const char *host, uint16_t port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    (void)ctx;
    *n = 0;
    if (getaddrinfo(host, NULL, &hints, &list) != 0)
        return false;
    for (const struct addrinfo *ai = list; ai != NULL && *n < max; ai = ai->ai_next) {
        memset(&out[*n], 0, sizeof(out[*n]));
        *n += from_sockaddr(&out[*n], ai, port);
    }
    freeaddrinfo(list);
    return true;
}

/* Fills *out with what may be dialled, sorted, so that the same set compares equal. *refusal: why one may not. False: no answer. */
static bool
look_up(struct addresses *out, const char **refusal, const struct gh_resolve *r, const char *host, uint16_t port)
{
    struct gh_addr all[GH_RESOLVE_ADDRESSES_MAX];
    size_t n = 0;
    memset(out, 0, sizeof(*out));
    if (!r->ask(r->ask_ctx, all, &n, GH_RESOLVE_ADDRESSES_MAX, host, port))
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *why = gh_egress_refuses(&r->config->egress, &all[i]);
        if (why == NULL)
            out->at[out->n++] = all[i];
        else
            *refusal = why;
    }
    qsort(out->at, out->n, sizeof(out->at[0]), by_bytes);
    return true;
}

void
gh_resolve_use(struct gh_resolve *r, gh_resolve_ask_fn *ask, void *ctx)
{
    r->ask = ask;
    r->ask_ctx = ctx;
}

/* ---- what is remembered (the lock is held) ---- */

static struct name *
find(struct gh_resolve *r, struct gh_str host, uint16_t port)
{
    for (struct name *n = r->names; n != NULL; n = n->next)
        if (n->port == port && gh_str_eq(gh_str_z(n->host), host))
            return n;
    return NULL;
}

/* The entry of a name, made if it is not there; NULL: no memory. */
static struct name *
find_or_make(struct gh_resolve *r, const char *host, uint16_t port)
{
    struct name *n = find(r, gh_str_z(host), port);
    if (n != NULL || (n = calloc(1, sizeof(*n))) == NULL)
        return n;
    (void)snprintf(n->host, sizeof(n->host), "%s", host);
    n->port = port;
    n->next = r->names;
    r->names = n;
    return n;
}

/* `found` NULL: no answer. True if the addresses are others than before. */
static bool
remember(struct gh_resolve *r, const char *host, uint16_t port, const struct addresses *found, int64_t began_ms)
{
    struct name *n = find_or_make(r, host, port);
    int64_t now = gh_monotonic_ms();
    if (n == NULL)
        return false;
    bool is_bad = found == NULL || now - began_ms > GH_RESOLVE_EVERY_MS;
    n->due_ms = now + (is_bad ? GH_RESOLVE_REST_MS : GH_RESOLVE_EVERY_MS - GH_RESOLVE_EVERY_MS / 10);
    if (found == NULL || memcmp(&n->found, found, sizeof(*found)) == 0)
        return false;
    n->found = *found;
    return true;
}

static bool
is_due(struct gh_resolve *r, const char *host, uint16_t port)
{
    pthread_mutex_lock(&r->lock);
    const struct name *n = find(r, gh_str_z(host), port);
    bool due = n == NULL || n->due_ms <= gh_monotonic_ms();
    pthread_mutex_unlock(&r->lock);
    return due;
}

static bool
copy_host(char out[HOST_MAX], struct gh_str host)
{
    if (host.n == 0 || host.n >= HOST_MAX)
        return false;
    memcpy(out, host.p, host.n);
    out[host.n] = '\0';
    return true;
}

const char *
gh_resolve_check(struct gh_resolve *r, struct gh_str host, uint16_t port)
{
    char name[HOST_MAX];
    struct addresses found;
    struct gh_addr addr;
    const char *refusal = NULL;
    if (is_literal(&addr, host, port))
        return gh_egress_refuses(&r->config->egress, &addr);
    if (!copy_host(name, host))
        return "the host's name is too long";
    int64_t began = gh_monotonic_ms();
    if (!look_up(&found, &refusal, r, name, port))
        return NULL;
    pthread_mutex_lock(&r->lock);
    (void)remember(r, name, port, &found, began);
    pthread_mutex_unlock(&r->lock);
    return refusal;
}

/* ---- for the projection ---- */

static enum gh_rc
put_address(struct gh_str *out, struct gh_arena *a, const struct gh_addr *addr)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char ip[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 16];
    bool is_v4 = memcmp(addr->ip, mapped, sizeof(mapped)) == 0;
    if (inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? addr->ip + 12 : addr->ip, ip, sizeof(ip)) == NULL)
        return GH_BUG;
    (void)snprintf(text, sizeof(text), is_v4 ? "%s:%u" : "[%s]:%u", ip, (unsigned)addr->port);
    return gh_arena_dup(out, a, gh_str_z(text));
}

enum gh_rc
gh_resolve_addresses(void *ctx, struct gh_str **out, size_t *n, struct gh_arena *a, struct gh_str host, uint16_t port)
{
    struct gh_resolve *r = ctx;
    struct addresses found = {0};
    enum gh_rc rc = GH_OK;
    *n = 0;
    *out = gh_arena_take_array(a, GH_RESOLVE_ADDRESSES_MAX, sizeof(**out));
    if (*out == NULL)
        return GH_NOMEM;
    if (is_literal(&found.at[0], host, port)) {
        found.n = gh_egress_refuses(&r->config->egress, &found.at[0]) == NULL;
    } else {
        pthread_mutex_lock(&r->lock);
        const struct name *known = find(r, host, port);
        if (known != NULL)
            found = known->found;
        pthread_mutex_unlock(&r->lock);
    }
    for (size_t i = 0; i < found.n && rc == GH_OK; i++)
        rc = put_address(&(*out)[(*n)++], a, &found.at[i]);
    return rc;
}

/* ---- the thread ---- */

struct round {
    struct gh_resolve *r;
    struct gh_arena *a;
    struct gh_strs paths, hosts; /* of backends with a name; beside each other */
};

static bool
gather(void *ctx, const struct gh_store_resource *b)
{
    struct round *round = ctx;
    struct gh_props p;
    struct gh_url url;
    struct gh_addr addr;
    if (gh_props_open(&p, round->a, b->body) != GH_OK || gh_url_read(&url, gh_props_str(&p, "url", GH_STR("")), NULL) != GH_OK)
        return true;
    if (is_literal(&addr, url.host, url.port))
        return true;
    struct gh_buf hostport;
    gh_buf_init(&hostport, round->a, 512);
    gh_url_put_hostport(&hostport, &url);
    gh_strs_add(&round->paths, b->path);
    gh_strs_add(&round->hosts, gh_buf_str(&hostport));
    return round->paths.rc == GH_OK && round->hosts.rc == GH_OK;
}

/* Every backend of that host and port: they share its addresses. */
static void
touch_users(struct round *round, struct gh_touched *t, struct gh_str hostport)
{
    struct gh_resource_path path;
    for (size_t i = 0; i < round->hosts.n && i < round->paths.n; i++)
        if (gh_str_eq(round->hosts.p[i], hostport) && gh_resource_find(&path, round->paths.p[i]) == GH_OK)
            gh_touched_add(t, GH_SNAP_BACKEND, path.names, 2);
}

/* Asks for "host:port" if it is time; true if it was asked. */
static bool
refresh(struct round *round, struct gh_touched *t, size_t i)
{
    char host[HOST_MAX];
    struct addresses found;
    struct gh_str text = round->hosts.p[i];
    size_t colon = text.n;
    uint64_t port;
    const char *refusal = NULL;
    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    if (colon == 0 || !copy_host(host, gh_str_sub(text, 0, colon - 1)))
        return false;
    if (gh_str_u64(&port, gh_str_sub(text, colon, text.n), UINT16_MAX) != GH_OK || !is_due(round->r, host, (uint16_t)port))
        return false;
    int64_t began = gh_monotonic_ms();
    bool has_answer = look_up(&found, &refusal, round->r, host, (uint16_t)port);
    pthread_mutex_lock(&round->r->lock);
    bool changed = remember(round->r, host, (uint16_t)port, has_answer ? &found : NULL, began);
    pthread_mutex_unlock(&round->r->lock);
    if (!changed)
        return true;
    if (refusal != NULL)
        gh_log(GH_LOG_WARN, "address of a backend refused", GH_KS("backend", round->paths.p[i]), GH_KS("why", gh_str_z(refusal)),
            GH_KEND);
    touch_users(round, t, text);
    return true;
}

static void
look_at_all(struct gh_resolve *r)
{
    gh_auto_arena a;
    gh_auto_store_tx *tx = NULL;
    struct gh_touched t;
    gh_arena_init(&a, gh_heap(), (size_t)64 << 20);
    gh_touched_init(&t, &a);
    struct round round = {.r = r, .a = &a, .paths = {.a = &a}, .hosts = {.a = &a}};
    if (gh_store_begin(&tx, r->store, GH_STORE_READ) != GH_OK)
        return;
    enum gh_rc rc = gh_store_resource_each(tx, GH_RESOURCE_BACKEND, gather, &round);
    gh_store_rollback(gh_store_steal(&tx));
    size_t n = round.paths.n < round.hosts.n ? round.paths.n : round.hosts.n, asked = 0, first = r->first;
    for (size_t i = 0; rc == GH_OK && i < n && asked < GH_RESOLVE_ROUND_MAX; i++) {
        r->first = (first + i + 1) % n; /* the next round goes on where this one ends */
        asked += refresh(&round, &t, (first + i) % n);
    }
    gh_publish_touch(r->publish, &t);
}

static void *
run(void *arg)
{
    struct gh_resolve *r = arg;
    pthread_mutex_lock(&r->lock);
    while (!r->want_stop) {
        struct timespec until;
        pthread_mutex_unlock(&r->lock);
        look_at_all(r);
        pthread_mutex_lock(&r->lock);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += GH_RESOLVE_EVERY_MS / 1000;
        while (!r->want_stop && pthread_cond_timedwait(&r->wake, &r->lock, &until) == 0)
            ;
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

enum gh_rc
gh_resolve_start(struct gh_resolve *r, struct gh_publish *publish)
{
    r->publish = publish;
    r->is_running = pthread_create(&r->thread, NULL, run, r) == 0;
    return r->is_running ? GH_OK : GH_NOMEM;
}

void
gh_resolve_stop(struct gh_resolve *r)
{
    if (r == NULL || !r->is_running)
        return;
    pthread_mutex_lock(&r->lock);
    r->want_stop = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
    (void)pthread_join(r->thread, NULL);
    r->is_running = false;
}
