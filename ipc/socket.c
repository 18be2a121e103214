/* SPDX-License-Identifier: Apache-2.0 */
/* The half of ipc/message that touches a socket: whole frames in and out of a blocking SOCK_STREAM pair. */
#include "ipc/message_int.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/host.h"

#define IOV_MAX_PARTS (1 + 2 * GH_IPC_FIELDS_MAX)

union fd_room {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

/* --- out --- */

static void
attach_fd(struct msghdr *h, union fd_room *room, int fd)
{
    h->msg_control = room->bytes;
    h->msg_controllen = sizeof(room->bytes);
    struct cmsghdr *c = CMSG_FIRSTHDR(h);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(int));
}

static void
skip_sent(struct msghdr *h, size_t n)
{
    while (h->msg_iovlen > 0 && n >= h->msg_iov->iov_len) {
        n -= h->msg_iov->iov_len;
        h->msg_iov++;
        h->msg_iovlen--;
    }
    if (h->msg_iovlen > 0) {
        h->msg_iov->iov_base = (char *)h->msg_iov->iov_base + n;
        h->msg_iov->iov_len -= n;
    }
}

static enum gh_rc
send_parts(int fd, struct msghdr *h)
{
    while (h->msg_iovlen > 0) {
        ssize_t n = sendmsg(fd, h, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return GH_DOWN;
        h->msg_control = NULL; /* the descriptor went with the first byte */
        h->msg_controllen = 0;
        skip_sent(h, (size_t)n);
    }
    return GH_OK;
}

/* iovec has no const: the bytes are only read. */
static struct iovec
part(const void *p, size_t n)
{
    union {
        const void *in;
        void *out;
    } u = {.in = p};
    return (struct iovec){.iov_base = u.out, .iov_len = n};
}

enum gh_rc
gh_ipc_send(int fd, const struct gh_ipc_msg *m)
{
    char mem[GH_IPC_HEAD_BYTES + 4 * GH_IPC_FIELDS_MAX];
    struct iovec parts[IOV_MAX_PARTS];
    struct msghdr h = {.msg_iov = parts};
    union fd_room room = {0};
    struct gh_buf heads;
    uint32_t length;
    enum gh_rc rc;

    if ((rc = gh_ipc_measure(&length, m)) != GH_OK)
        return rc;
    if (gh_ipc_has_fd(m->type) != (m->fd >= 0))
        return GH_BUG;
    gh_buf_init_fixed(&heads, mem, sizeof(mem));
    gh_ipc_put_head(&heads, m, length);
    parts[h.msg_iovlen++] = part(mem, GH_IPC_HEAD_BYTES);
    for (size_t i = 0; i < m->n_fields; i++) {
        parts[h.msg_iovlen++] = part(mem + heads.n, 4);
        gh_buf_put_le32(&heads, (uint32_t)m->field[i].n);
        if (m->field[i].n > 0)
            parts[h.msg_iovlen++] = part(m->field[i].p, m->field[i].n);
    }
    if (m->fd >= 0)
        attach_fd(&h, &room, m->fd);
    return send_parts(fd, &h);
}

/* --- in --- */

static enum gh_rc
wait_readable(int fd, int64_t deadline_ms)
{
    for (;;) {
        int64_t left = deadline_ms < 0 ? -1 : deadline_ms - gh_monotonic_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (deadline_ms >= 0 && left <= 0)
            left = 0;
        int n = poll(&p, 1, (int)left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n > 0)
            return GH_OK;
        if (n == 0)
            errno = ETIMEDOUT;
        return GH_DOWN;
    }
}

/* Keeps the first descriptor that comes; any other is closed at once. (The padded room of one holds two.) */
static void
keep_fd(int *kept, struct msghdr *h)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len; at += sizeof(int)) {
            int got;
            memcpy(&got, (const char *)c + at, sizeof(int));
            if (*kept < 0)
                *kept = got;
            else
                gh_close(got);
        }
    }
}

static enum gh_rc
recv_bytes(int fd, char *p, size_t n, int *got_fd, int64_t deadline_ms)
{
    while (n > 0) {
        union fd_room room = {0};
        struct iovec part_in = {.iov_base = p, .iov_len = n};
        struct msghdr h = {.msg_iov = &part_in, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof(room.bytes)};
        enum gh_rc rc = wait_readable(fd, deadline_ms);
        if (rc != GH_OK)
            return rc;
        ssize_t r = recvmsg(fd, &h, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (r < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (r <= 0)
            return GH_DOWN;
        keep_fd(got_fd, &h);
        p += r;
        n -= (size_t)r;
    }
    return GH_OK;
}

enum gh_rc
gh_ipc_recv(struct gh_ipc_msg *out, struct gh_arena *a, int fd, int timeout_ms)
{
    int64_t deadline = timeout_ms < 0 ? -1 : gh_monotonic_ms() + timeout_ms;
    char head[GH_IPC_HEAD_BYTES];
    gh_auto_fd got_fd = -1;
    struct gh_ipc_msg m;
    size_t need;
    enum gh_rc rc;

    if ((rc = recv_bytes(fd, head, sizeof(head), &got_fd, deadline)) != GH_OK)
        return rc;
    rc = gh_ipc_parse(&m, gh_str(head, sizeof(head)), &need);
    if (rc != GH_OK && rc != GH_MORE)
        return rc;
    char *frame = gh_arena_take(a, need);
    if (frame == NULL)
        return GH_NOMEM;
    memcpy(frame, head, sizeof(head));
    if ((rc = recv_bytes(fd, frame + sizeof(head), need - sizeof(head), &got_fd, deadline)) != GH_OK)
        return rc;
    if (gh_ipc_parse(&m, gh_str(frame, need), &need) != GH_OK || gh_ipc_has_fd(m.type) != (got_fd >= 0))
        return GH_BAD;
    m.fd = gh_steal_fd(&got_fd);
    *out = m;
    return GH_OK;
}

/* A failure that names no known code is one that the caller must not take for success. */
static enum gh_rc
error_code(const struct gh_ipc_msg *m)
{
    uint64_t rc;

    if (gh_ipc_u64(&rc, m, 0) != GH_OK || rc == GH_OK || rc > GH_BUG)
        return GH_BAD;
    return (enum gh_rc)rc;
}

enum gh_rc
gh_ipc_call(struct gh_ipc_msg *reply, struct gh_arena *a, int fd, const struct gh_ipc_msg *request, int timeout_ms)
{
    enum gh_rc rc;

    if ((rc = gh_ipc_send(fd, request)) != GH_OK || (rc = gh_ipc_recv(reply, a, fd, timeout_ms)) != GH_OK)
        return rc;
    if (reply->id == request->id && reply->type == GH_IPC_ERROR)
        return error_code(reply);
    if (reply->id == request->id && (unsigned)reply->type == (unsigned)request->type + 1)
        return GH_OK;
    gh_close(reply->fd);
    reply->fd = -1;
    return GH_BAD;
}
