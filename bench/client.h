/* SPDX-License-Identifier: Apache-2.0 */
/* bench/client: what the two clients of the benches share: a TLS connection to loopback, and where an answer ends. For honest servers only. */
#ifndef GH_BENCH_CLIENT_H
#define GH_BENCH_CLIENT_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"

enum { ANSWER_MAX = 1 << 20 };

struct answer {
    char p[ANSWER_MAX];
    size_t n, body; /* bytes so far; where the body begins, 0 if not yet known */
};

static inline double
now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static inline SSL_CTX *
trust(const char *ca)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (ctx == NULL || SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1)
        return NULL;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return ctx;
}

/* NULL: there is no connection. */
static inline SSL *
connect_tls(SSL_CTX *ctx, uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    SSL *ssl;

    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
        return NULL;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if ((ssl = SSL_new(ctx)) == NULL || SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1)
        return NULL;
    return ssl;
}

/* Value of content-length, 0 if the answer has none. */
static inline uint64_t
content_length(const struct answer *a)
{
    struct gh_str line, rest = {a->p, a->body};
    uint64_t n = 0;

    while (gh_str_cut(&line, &rest, '\n')) {
        if (line.n > 17 && strncasecmp(line.p, "content-length: ", 16) == 0 &&
            gh_str_u64(&n, (struct gh_str){line.p + 16, line.n - 17}, ANSWER_MAX) == GH_OK)
            return n;
        if (rest.p == NULL)
            break;
    }
    return 0;
}

static inline bool
is_whole(const struct answer *a)
{
    if (memmem(a->p, a->body, "chunked", 7) != NULL)
        return a->n - a->body >= 5 && memcmp(a->p + a->n - 5, "0\r\n\r\n", 5) == 0;
    return a->n - a->body >= content_length(a);
}

#endif
