/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages from parts: read as they come into each part's own buffer, and acted on by one table. What is not in the table, or not from
 * that sender, ends the part.
 */
#include "supervisor/super.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "host/host.h"

static void
on_ready(struct gh_super *s, enum gh_part_id id, const struct gh_ipc_msg *m)
{
    s->part[id].is_ready = true;
    if (id == GH_PART_CONTROL) {
        char *copy = malloc(m->field[0].n + 1);
        if (copy == NULL) {
            gh_part_punish(s, id, "no memory for its values");
            return;
        }
        memcpy(copy, m->field[0].p, m->field[0].n);
        if (s->ready_json != NULL)
            gh_wipe(s->ready_json, s->ready_json_n);
        free(s->ready_json);
        s->ready_json = copy;
        s->ready_json_n = m->field[0].n;
        gh_talk_flush_events(s);
        gh_renderjob_want(s, 0, false); /* listeners may be others than before */
    }
    gh_report_status(s);
}

static void
on_render(struct gh_super *s, enum gh_part_id id, const struct gh_ipc_msg *m)
{
    uint64_t generation;

    if (gh_ipc_u64(&generation, m, 0) != GH_OK)
        gh_part_punish(s, id, "RENDER without a generation");
    else
        gh_renderjob_want(s, generation, false);
}

static void
on_error(struct gh_super *s, enum gh_part_id id, const struct gh_ipc_msg *m)
{
    (void)s;
    gh_log(GH_LOG_WARN, "a part refused a message", GH_KS("part", gh_str_z(gh_part_name(id))), GH_KS("why", m->field[1]), GH_KEND);
}

static void (*const handlers[GH_IPC_COUNT])(struct gh_super *s, enum gh_part_id id, const struct gh_ipc_msg *m) = {
    [GH_IPC_READY] = on_ready,
    [GH_IPC_RENDER] = on_render,
    [GH_IPC_ERROR] = on_error,
};

/* One message off the front; false when there is no whole one. */
static bool
take_message(struct gh_super *s, enum gh_part_id id)
{
    struct gh_part *p = &s->part[id];
    struct gh_ipc_msg m;
    size_t need;
    enum gh_rc rc = gh_ipc_parse(&m, gh_str(p->in, p->n_in), &need);

    if (rc == GH_MORE && need <= sizeof(p->in))
        return false;
    if (rc != GH_OK || !gh_ipc_is_from(m.type, gh_part_sender(id)) || handlers[m.type] == NULL) {
        gh_part_punish(s, id, "sent what is no message of its own");
        return false;
    }
    handlers[m.type](s, id, &m);
    if (p->sock < 0)
        return false;
    memmove(p->in, p->in + need, p->n_in - need);
    p->n_in -= need;
    gh_wipe(p->in + p->n_in, need); /* READY of control has tokens */
    return true;
}

void
gh_talk_readable(struct gh_super *s, enum gh_part_id id)
{
    struct gh_part *p = &s->part[id];
    ssize_t n = recv(p->sock, p->in + p->n_in, sizeof(p->in) - p->n_in, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        /* It is ending, and SIGCHLD will tell how; one that lives on without a line is of no use. */
        gh_close(p->sock);
        p->sock = -1;
        p->mute_until_ms = gh_monotonic_ms() + GH_SUPER_MUTE_MS;
        return;
    }
    p->n_in += (size_t)n;
    while (take_message(s, id))
        continue;
}

void
gh_talk_send(struct gh_super *s, enum gh_part_id id, struct gh_ipc_msg *m)
{
    if (s->part[id].sock >= 0 && gh_ipc_send(s->part[id].sock, m) != GH_OK)
        gh_part_punish(s, id, "does not read its messages");
}

static void
send_peer(struct gh_super *s, enum gh_part_id to, enum gh_part_id other, int fd)
{
    struct gh_ipc_msg m = gh_ipc_msg(GH_IPC_PEER, 0);

    gh_ipc_add(&m, gh_str_z(gh_part_name(other)));
    m.fd = fd;
    gh_talk_send(s, to, &m);
}

void
gh_talk_join(struct gh_super *s)
{
    int end[2];

    if (s->part[GH_PART_CONTROL].sock < 0 || s->part[GH_PART_VAULT].sock < 0)
        return;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end) != 0) {
        gh_part_punish(s, GH_PART_CONTROL, "no socket to join it to vault");
        return;
    }
    send_peer(s, GH_PART_CONTROL, GH_PART_VAULT, end[0]);
    send_peer(s, GH_PART_VAULT, GH_PART_CONTROL, end[1]);
    gh_close(end[0]);
    gh_close(end[1]);
}

void
gh_talk_flush_events(struct gh_super *s)
{
    for (size_t i = 0; i < s->n_events; i++) {
        struct gh_ipc_msg m = gh_ipc_msg(GH_IPC_EVENT, 0);
        gh_ipc_add(&m, gh_str_z(s->event[i].what));
        gh_ipc_add(&m, gh_str_z(s->event[i].detail));
        gh_talk_send(s, GH_PART_CONTROL, &m);
    }
    s->n_events = 0;
}
