/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/mock: the model behind both proxies of a measurement: one epoll loop, answers made at start, no work per request but finding its
 * end. A body that holds `"stream":true` gets server-sent events, all at once, or one each PACE_MS if it also holds `"paced"`; anything
 * else gets one JSON answer of about 1 KB. Prints its port. For loopback and for honest clients only.
 *
 *     mock [PACE_MS EVENTS]    of paced streams
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/str.h"

enum { PACE_MS = 5, EVENTS = 40, CLIENTS_MAX = 8192, REQUEST_MAX = 1 << 17, ANSWER_MAX = 1 << 15, READY_MAX = 64 };

struct text {
    char p[ANSWER_MAX];
    size_t n;
};

struct client {
    int fd;
    char in[REQUEST_MAX];
    size_t n_in;
    unsigned event; /* paced: the next one to send, 0 when idle */
};

static struct text json, burst, head, event, last;
static struct client *clients[CLIENTS_MAX]; /* by descriptor */
static unsigned pace_ms = PACE_MS, paced_events = EVENTS;

static void
add(struct text *t, const char *s)
{
    size_t n = strlen(s);

    if (n > sizeof t->p - t->n)
        abort();
    memcpy(t->p + t->n, s, n);
    t->n += n;
}

/* One chunk of HTTP's chunked coding. */
static void
add_chunk(struct text *t, const struct text *data)
{
    char size[16];

    (void)snprintf(size, sizeof size, "%zx\r\n", data->n);
    add(t, size);
    if (data->n > sizeof t->p - t->n)
        abort();
    memcpy(t->p + t->n, data->p, data->n);
    t->n += data->n;
    add(t, "\r\n");
}

static void
make_json(void)
{
    static struct text body;
    char length[64];

    add(&body, "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"bench\",\"choices\":[{"
               "\"index\":0,"
               "\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\"");
    while (body.n < 900)
        add(&body, "The gate is open to those who are known. ");
    add(&body, "\"}}],\"usage\":{\"prompt_tokens\":400,\"completion_tokens\":180,\"total_tokens\":580}}");
    (void)snprintf(length, sizeof length, "content-length: %zu\r\n\r\n", body.n);
    add(&json, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n");
    add(&json, length);
    add(&json, body.p);
}

static void
make_stream(void)
{
    static struct text one, end;

    add(&head, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
    add(&one,
        "data: "
        "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",\"choices\":"
        "[{\"index\":0,\"delta\":{\"content\":\"and so on \"},\"finish_reason\":null}],\"usage\":null}\n\n");
    add(&end,
        "data: "
        "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",\"choices\":[],"
        "\"usage\":{\"prompt_tokens\":400,\"completion_tokens\":40,\"total_tokens\":440}}\n\ndata: [DONE]\n\n");
    add_chunk(&event, &one);
    add_chunk(&last, &end);
    add(&last, "0\r\n\r\n");
    add(&burst, head.p);
    for (unsigned i = 0; i < EVENTS; i++)
        add(&burst, event.p);
    add(&burst, last.p);
}

static void
end_client(struct client *c)
{
    clients[c->fd] = NULL;
    close(c->fd);
    free(c);
}

/* Answers are smaller than a socket's buffer: a short write means a peer that we do not measure. */
static bool
say(struct client *c, const struct text *t)
{
    return send(c->fd, t->p, t->n, MSG_NOSIGNAL) == (ssize_t)t->n;
}

/* Length of the first whole request in the buffer, 0 if there is none yet. */
static size_t
request_end(struct client *c)
{
    const char *end = memmem(c->in, c->n_in, "\r\n\r\n", 4);
    size_t n_head, n_body = 0;

    if (end == NULL)
        return 0;
    n_head = (size_t)(end - c->in) + 4;
    for (const char *p = c->in; p < end; p++) {
        if (*p == '\n' && strncasecmp(p + 1, "content-length:", 15) == 0) {
            for (p += 16; *p == ' ' || (*p >= '0' && *p <= '9'); p++)
                n_body = *p == ' ' ? n_body : n_body * 10 + (size_t)(*p - '0');
            break;
        }
    }
    return n_head + n_body <= c->n_in ? n_head + n_body : 0;
}

static bool
answer(struct client *c, size_t n)
{
    if (memmem(c->in, n, "\"stream\":true", 13) == NULL)
        return say(c, &json);
    if (memmem(c->in, n, "\"paced\"", 7) == NULL)
        return say(c, &burst);
    c->event = 1;
    return say(c, &head);
}

static bool
serve(struct client *c)
{
    ssize_t got = recv(c->fd, c->in + c->n_in, sizeof c->in - c->n_in, 0);
    size_t n;

    if (got <= 0)
        return got < 0 && errno == EAGAIN;
    c->n_in += (size_t)got;
    while ((n = request_end(c)) > 0) {
        if (!answer(c, n))
            return false;
        c->n_in -= n;
        memmove(c->in, c->in + n, c->n_in);
    }
    return c->n_in < sizeof c->in;
}

static void
pace(void)
{
    for (int fd = 0; fd < CLIENTS_MAX; fd++) {
        struct client *c = clients[fd];
        bool is_last = c != NULL && c->event > paced_events;

        if (c == NULL || c->event == 0)
            continue;
        if (!say(c, is_last ? &last : &event))
            end_client(c);
        else
            c->event = is_last ? 0 : c->event + 1;
    }
}

static void
accept_client(int listener, int ep)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

    if (fd < 0)
        return;
    if (fd >= CLIENTS_MAX || (clients[fd] = calloc(1, sizeof **clients)) == NULL) {
        close(fd);
        return;
    }
    clients[fd]->fd = fd;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

/* On a free port of loopback; the port is printed. -1 if that fails. */
static int
listen_somewhere(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 || listen(fd, 512) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &n) != 0)
        return -1;
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    return fd;
}

static int
start_timer(void)
{
    const struct timespec step = {.tv_sec = pace_ms / 1000, .tv_nsec = (long)(pace_ms % 1000) * 1000000L};
    const struct itimerspec each = {.it_interval = step, .it_value = step};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    return fd < 0 || timerfd_settime(fd, 0, &each, NULL) != 0 ? -1 : fd;
}

/* A whole number of one to a million from argv. */
static bool
read_number(unsigned *out, const char *s)
{
    uint64_t v;

    if (gh_str_u64(&v, gh_str_z(s), 1000000) != GH_OK || v == 0)
        return false;
    *out = (unsigned)v;
    return true;
}

int
main(int argc, char **argv)
{
    if (argc > 1 && (argc != 3 || !read_number(&pace_ms, argv[1]) || !read_number(&paced_events, argv[2]))) {
        fputs("usage: mock [PACE_MS EVENTS]\n", stderr);
        return 2;
    }
    int ep = epoll_create1(EPOLL_CLOEXEC), listener = listen_somewhere(), timer = start_timer();
    struct epoll_event ready[READY_MAX], l = {.events = EPOLLIN, .data.fd = listener}, t = {.events = EPOLLIN, .data.fd = timer};
    uint64_t ticks;

    if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, listener, &l) != 0 || epoll_ctl(ep, EPOLL_CTL_ADD, timer, &t) != 0) {
        perror("mock");
        return 1;
    }
    make_json();
    make_stream();
    for (;;) {
        int n = epoll_wait(ep, ready, READY_MAX, -1);

        for (int i = 0; i < n; i++) {
            int fd = ready[i].data.fd;

            if (fd == listener)
                accept_client(listener, ep);
            else if (fd == timer && read(timer, &ticks, sizeof ticks) > 0)
                pace();
            else if (fd != timer && clients[fd] != NULL && !serve(clients[fd]))
                end_client(clients[fd]);
        }
    }
}
