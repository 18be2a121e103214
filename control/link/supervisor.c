/* SPDX-License-Identifier: Apache-2.0 */
#include "control/link/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "host/host.h"
#include "ipc/message.h"

#define MESSAGE_WAIT_MS 5000 /* a message once begun; the supervisor writes whole frames */
#define ARENA_MAX       (1u << 20)

struct gh_supervisor {
    int fd;
    struct gh_supervisor_on on;
    pthread_mutex_t send; /* whole frames, one behind the other */
};

enum gh_rc
gh_supervisor_new(struct gh_supervisor **out, int fd, const struct gh_supervisor_on *on)
{
    struct gh_supervisor *s = calloc(1, sizeof(*s));
    *out = s;
    if (s == NULL)
        return GH_NOMEM;
    s->fd = fd;
    s->on = *on;
    pthread_mutex_init(&s->send, NULL);
    return GH_OK;
}

void
gh_supervisor_free(struct gh_supervisor *s)
{
    if (s == NULL)
        return;
    pthread_mutex_destroy(&s->send);
    free(s);
}

static enum gh_rc
send_msg(struct gh_supervisor *s, const struct gh_ipc_msg *m)
{
    pthread_mutex_lock(&s->send);
    enum gh_rc rc = gh_ipc_send(s->fd, m);
    pthread_mutex_unlock(&s->send);
    return rc;
}

/* ---- from the supervisor ---- */

static enum gh_rc
on_peer(struct gh_supervisor *s, struct gh_ipc_msg *m, struct gh_arena *a)
{
    (void)a;
    s->on.peer(s->on.ctx, m->field[0], m->fd);
    return GH_OK;
}

static enum gh_rc
on_event(struct gh_supervisor *s, struct gh_ipc_msg *m, struct gh_arena *a)
{
    (void)a;
    s->on.event(s->on.ctx, m->field[0], m->field[1]);
    return GH_OK;
}

static enum gh_rc (*const handlers[GH_IPC_COUNT])(struct gh_supervisor *s, struct gh_ipc_msg *m, struct gh_arena *a) = {
    [GH_IPC_PEER] = on_peer,
    [GH_IPC_EVENT] = on_event,
};

enum gh_rc
gh_supervisor_serve(struct gh_supervisor *s, int timeout_ms)
{
    gh_auto_arena a = {0};
    struct gh_ipc_msg m;
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    int n = poll(&p, 1, timeout_ms);
    if (n == 0 || (n < 0 && errno == EINTR))
        return GH_MORE;
    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    a.is_secret = true;
    enum gh_rc rc = gh_ipc_recv(&m, &a, s->fd, MESSAGE_WAIT_MS);
    if (rc != GH_OK)
        return rc;
    if (handlers[m.type] != NULL)
        return handlers[m.type](s, &m, &a);
    gh_close(m.fd);
    return GH_BAD;
}

/* ---- to the supervisor ---- */

enum gh_rc
gh_supervisor_ready(struct gh_supervisor *s, struct gh_str values)
{
    struct gh_ipc_msg m = gh_ipc_msg(GH_IPC_READY, 0);
    gh_ipc_add(&m, values);
    return send_msg(s, &m);
}

void
gh_supervisor_render(struct gh_supervisor *s, uint64_t generation)
{
    gh_auto_arena a;
    struct gh_ipc_msg m = gh_ipc_msg(GH_IPC_RENDER, 0);
    gh_arena_init(&a, gh_heap(), 256);
    gh_ipc_add_u64(&m, &a, generation);
    if (send_msg(s, &m) != GH_OK)
        gh_log(GH_LOG_ERROR, "the supervisor cannot be told to render", GH_KEND);
}
