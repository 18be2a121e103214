/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/saturate: as many requests as a server answers, over CONNECTIONS connections that each wait for an answer before they ask again. It does
 * as little as can be for a request, for it shares its core with the mock, and what is to be measured is the server's. Prints, as JSON, the
 * answers, those that were no 200, and the seconds that it took.
 *
 *     saturate PORT CA-FILE HEAD-FILE BODIES-FILE SECONDS CONNECTIONS FROM
 *
 * HEAD-FILE: request line and headers but content-length, with their line ends. BODIES-FILE: a body a line, one after the other and again;
 * "@counter@" in one becomes nine digits that no other request has, from FROM on.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "client.h"

enum { FILE_MAX = 1 << 26, BODIES_MAX = 4096, CONNECTIONS_MAX = 1024, DIGITS = 9 };

struct request {
    char *p, *counter; /* NULL: it is always the same */
    size_t n;
};

struct client {
    SSL *ssl;
    struct answer *a;
};

static struct request requests[BODIES_MAX];
static size_t n_requests;
static uint64_t counter, answers, bad;
static SSL_CTX *tls;
static uint16_t port;

static int
fail(const char *what)
{
    fprintf(stderr, "saturate: %s\n", what);
    return 1;
}

static struct gh_str
read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *p = malloc(FILE_MAX);
    size_t n = f != NULL && p != NULL ? fread(p, 1, FILE_MAX, f) : 0;

    if (f != NULL)
        fclose(f);
    return (struct gh_str){p, n};
}

static bool
make_requests(struct gh_str head, struct gh_str bodies)
{
    struct gh_str body;

    while (n_requests < BODIES_MAX && gh_str_cut(&body, &bodies, '\n')) {
        struct request *r = &requests[n_requests];
        size_t room = head.n + body.n + 64;
        if (body.n == 0)
            continue;
        if ((r->p = malloc(room)) == NULL)
            return false;
        memcpy(r->p, head.p, head.n);
        int n = snprintf(r->p + head.n, room - head.n, "content-length: %zu\r\n\r\n", body.n);
        memcpy(r->p + head.n + (size_t)n, body.p, body.n);
        r->n = head.n + (size_t)n + body.n;
        r->counter = memmem(r->p, r->n, "@counter@", DIGITS);
        n_requests++;
    }
    return n_requests > 0;
}

static bool
ask(struct client *c)
{
    struct request *r = &requests[counter % n_requests];
    uint64_t v = counter++;

    for (size_t i = DIGITS; r->counter != NULL && i > 0; i--, v /= 10)
        r->counter[i - 1] = (char)('0' + v % 10);
    c->a->n = c->a->body = 0;
    return SSL_write(c->ssl, r->p, (int)r->n) == (int)r->n;
}

/* Does not wait from here on: a request is less than the socket takes at once. */
static bool
begin(struct client *c, int ep)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};

    if (c->ssl != NULL) {
        close(SSL_get_fd(c->ssl));
        SSL_free(c->ssl);
    }
    if ((c->ssl = connect_tls(tls, port)) == NULL || epoll_ctl(ep, EPOLL_CTL_ADD, SSL_get_fd(c->ssl), &e) != 0)
        return false;
    return fcntl(SSL_get_fd(c->ssl), F_SETFL, O_NONBLOCK) == 0;
}

/* What is there is read; an answer that is whole is followed by the next request. False: the server has closed. */
static bool
take(struct client *c)
{
    struct answer *a = c->a;
    const char *end;

    for (;;) {
        int got = SSL_read(c->ssl, a->p + a->n, (int)(sizeof a->p - a->n - 1));
        if (got <= 0)
            return SSL_get_error(c->ssl, got) == SSL_ERROR_WANT_READ;
        a->n += (size_t)got;
        if (a->body == 0 && (end = memmem(a->p, a->n, "\r\n\r\n", 4)) != NULL)
            a->body = (size_t)(end - a->p) + 4;
        if (a->body == 0 || !is_whole(a))
            continue;
        answers++;
        bad += strncmp(a->p, "HTTP/1.1 200", 12) != 0;
        return ask(c);
    }
}

/* The clock runs from the first request on, when all are connected. */
static bool
go(struct client *clients, size_t n, double seconds, double *start_us)
{
    struct epoll_event ready[CONNECTIONS_MAX];
    int ep = epoll_create1(EPOLL_CLOEXEC);

    for (size_t i = 0; i < n; i++)
        if ((clients[i].a = malloc(sizeof *clients[i].a)) == NULL || !begin(&clients[i], ep))
            return false;
    *start_us = now_us();
    for (size_t i = 0; i < n; i++)
        if (!ask(&clients[i]))
            return false;
    while (now_us() < *start_us + seconds * 1e6) {
        int k = epoll_wait(ep, ready, CONNECTIONS_MAX, 100);
        for (int i = 0; i < k; i++)
            if (!take(ready[i].data.ptr) && !(begin(ready[i].data.ptr, ep) && ask(ready[i].data.ptr)))
                return false;
    }
    return true;
}

static bool
number(uint64_t *out, const char *s, uint64_t max)
{
    return gh_str_u64(out, gh_str_z(s), max) == GH_OK;
}

int
main(int argc, char *argv[])
{
    static struct client clients[CONNECTIONS_MAX];
    uint64_t p, seconds, connections;

    if (argc != 8 || !number(&p, argv[1], 65535) || !number(&seconds, argv[5], 3600) ||
        !number(&connections, argv[6], CONNECTIONS_MAX) || !number(&counter, argv[7], 1000000000))
        return fail("usage: saturate PORT CA-FILE HEAD-FILE BODIES-FILE SECONDS CONNECTIONS FROM");
    port = (uint16_t)p;
    if ((tls = trust(argv[2])) == NULL || !make_requests(read_file(argv[3]), read_file(argv[4])))
        return fail("an empty file");
    double start;
    if (!go(clients, connections, (double)seconds, &start))
        return fail("no connection");
    printf("{\"requests\":%" PRIu64 ",\"bad\":%" PRIu64 ",\"seconds\":%.3f}\n", answers, bad, (now_us() - start) / 1e6);
    return 0;
}
