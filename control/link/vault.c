/* SPDX-License-Identifier: Apache-2.0 */
#include "control/link/vault.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "host/host.h"
#include "ipc/message.h"

#define SMALL_REPLY_MAX 4096

#define PAUSE_MS                                                                                                                   \
    1000 /* after a failure: questions in between are answered GH_DOWN at once, so that a vault that hangs holds nobody up */

struct gh_vault {
    pthread_mutex_t lock; /* one question at a time: guards fd and last_id */
    int fd;               /* -1: nobody there                              */
    uint32_t last_id;
    bool is_up;        /* atomic: read by who must not wait for a question */
    int64_t failed_ms; /* atomic: when a question was last not answered    */
};

static void
set_up(struct gh_vault *v, bool is_up)
{
    if (!is_up)
        __atomic_store_n(&v->failed_ms, gh_monotonic_ms(), __ATOMIC_RELAXED);
    __atomic_store_n(&v->is_up, is_up, __ATOMIC_RELEASE);
}

enum gh_rc
gh_vault_new(struct gh_vault **out)
{
    struct gh_vault *v = calloc(1, sizeof(*v));
    *out = v;
    if (v == NULL)
        return GH_NOMEM;
    v->fd = -1;
    pthread_mutex_init(&v->lock, NULL);
    return GH_OK;
}

void
gh_vault_free(struct gh_vault *v)
{
    if (v == NULL)
        return;
    gh_close(v->fd);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

void
gh_vault_attach(struct gh_vault *v, int fd)
{
    pthread_mutex_lock(&v->lock);
    gh_close(v->fd);
    v->fd = fd;
    set_up(v, true);
    pthread_mutex_unlock(&v->lock);
}

bool
gh_vault_is_up(struct gh_vault *v)
{
    return __atomic_load_n(&v->is_up, __ATOMIC_ACQUIRE);
}

/* A late answer to a question that was given up is thrown away, so that it is not taken for the next one's. */
static void
drop_late(struct gh_vault *v)
{
    for (struct pollfd p = {.fd = v->fd, .events = POLLIN}; v->fd >= 0 && poll(&p, 1, 0) > 0;) {
        struct gh_ipc_msg late;
        gh_auto_arena a;
        gh_arena_init(&a, gh_heap(), GH_IPC_BYTES_MAX);
        a.is_secret = true;
        if (gh_ipc_recv(&late, &a, v->fd, 0) == GH_OK) {
            gh_close(late.fd);
        } else { /* gone: the supervisor sends another socket when vault runs again */
            gh_close(v->fd);
            v->fd = -1;
        }
    }
}

/* Down, and it is too early to try again. */
static bool
is_paused(struct gh_vault *v)
{
    return !gh_vault_is_up(v) && gh_monotonic_ms() - __atomic_load_n(&v->failed_ms, __ATOMIC_RELAXED) < PAUSE_MS;
}

/* The id makes a late answer to an earlier question recognisable; the reply must be the row that belongs to the question. */
static enum gh_rc
ask(struct gh_ipc_msg *reply, struct gh_vault *v, struct gh_arena *a, struct gh_ipc_msg *q, enum gh_ipc_type expected)
{
    enum gh_rc rc = GH_DOWN;
    if (is_paused(v))
        return GH_DOWN;
    pthread_mutex_lock(&v->lock);
    if (!is_paused(v)) { /* whoever was before in the queue may have waited in vain */
        drop_late(v);
        q->id = ++v->last_id;
        if (v->fd >= 0)
            rc = gh_ipc_call(reply, a, v->fd, q, GH_VAULT_WAIT_MS);
        set_up(v, rc != GH_DOWN);
    }
    pthread_mutex_unlock(&v->lock);
    return rc == GH_OK && reply->type != expected ? GH_BUG : rc;
}

enum gh_rc
gh_vault_wrap(
    struct gh_str *blob, struct gh_vault *v, struct gh_arena *a, struct gh_str resource, struct gh_str version, struct gh_str plain)
{
    struct gh_ipc_msg reply, q = gh_ipc_msg(GH_IPC_WRAP, 0);
    gh_ipc_add(&q, resource);
    gh_ipc_add(&q, version);
    gh_ipc_add(&q, plain);
    enum gh_rc rc = ask(&reply, v, a, &q, GH_IPC_OK_WRAP);
    if (rc == GH_OK)
        *blob = reply.field[0];
    return rc;
}

enum gh_rc
gh_vault_credentials(struct gh_vault *v, uint64_t generation, struct gh_str rows)
{
    gh_auto_arena a;
    struct gh_ipc_msg reply, q = gh_ipc_msg(GH_IPC_CREDENTIALS, 0);
    gh_arena_init(&a, gh_heap(), SMALL_REPLY_MAX);
    gh_ipc_add_u64(&q, &a, generation);
    gh_ipc_add(&q, rows);
    return ask(&reply, v, &a, &q, GH_IPC_OK_CREDENTIALS);
}

enum gh_rc
gh_vault_token(
    struct gh_str *jwt, struct gh_str *jti, struct gh_vault *v, struct gh_arena *a, const struct gh_vault_token_request *r)
{
    struct gh_ipc_msg reply, q = gh_ipc_msg(GH_IPC_TOKEN, 0);
    gh_ipc_add(&q, r->subject);
    gh_ipc_add(&q, r->audience);
    gh_ipc_add_u64(&q, a, r->lifetime_s);
    gh_ipc_add(&q, r->kind);
    enum gh_rc rc = ask(&reply, v, a, &q, GH_IPC_OK_TOKEN);
    if (rc == GH_OK) {
        *jwt = reply.field[0];
        *jti = reply.field[1];
    }
    return rc;
}

enum gh_rc
gh_vault_head(uint8_t sig[GH_VAULT_SIG_BYTES], struct gh_vault *v, uint64_t n, const uint8_t hash[GH_SHA256_BYTES], int64_t time_ms)
{
    gh_auto_arena a;
    struct gh_ipc_msg reply, q = gh_ipc_msg(GH_IPC_HEAD, 0);
    gh_arena_init(&a, gh_heap(), SMALL_REPLY_MAX);
    gh_ipc_add_u64(&q, &a, n);
    gh_ipc_add(&q, gh_str(hash, GH_SHA256_BYTES));
    gh_ipc_add_u64(&q, &a, (uint64_t)time_ms);
    enum gh_rc rc = ask(&reply, v, &a, &q, GH_IPC_OK_HEAD);
    if (rc == GH_OK && reply.field[0].n != GH_VAULT_SIG_BYTES)
        rc = GH_BUG;
    if (rc == GH_OK)
        memcpy(sig, reply.field[0].p, GH_VAULT_SIG_BYTES);
    return rc;
}

enum gh_rc
gh_vault_keys(struct gh_vault_keys *out, struct gh_vault *v, struct gh_arena *a)
{
    struct gh_ipc_msg reply, q = gh_ipc_msg(GH_IPC_KEYS, 0);
    enum gh_rc rc = ask(&reply, v, a, &q, GH_IPC_OK_KEYS);
    if (rc != GH_OK)
        return rc;
    *out = (struct gh_vault_keys){
        .jwks = reply.field[0], .audit_key = reply.field[1], .head_hash = reply.field[3], .issuer = reply.field[4]};
    return gh_ipc_u64(&out->head_n, &reply, 2);
}
