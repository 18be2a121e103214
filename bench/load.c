/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/load: how long one caller waits. Sends the request in FILE again and again over one TLS connection and prints, as JSON, the
 * microseconds to the first byte of the body and to the end of the answer (median and 99th percentile). An answer that is not 200 ends it.
 * "@counter@" in the request becomes nine digits that differ each time.
 *
 *     load PORT CA-FILE REQUEST-FILE COUNT
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"

enum { COUNT_MAX = 1000000, ANSWER_MAX = 1 << 20, REQUEST_MAX = 1 << 20, WARM_UP = 50 };

struct answer {
    char p[ANSWER_MAX];
    size_t n, body; /* bytes so far; where the body begins, 0 if not yet known */
};

static double
now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
fail(const char *what)
{
    fprintf(stderr, "load: %s\n", what);
    return 1;
}

static SSL *
connect_tls(uint16_t port, const char *ca)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    SSL *ssl;

    if (ctx == NULL || fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
        return NULL;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1 || (ssl = SSL_new(ctx)) == NULL || SSL_set_fd(ssl, fd) != 1 ||
        SSL_connect(ssl) != 1)
        return NULL;
    return ssl;
}

/* Value of content-length, 0 if the answer has none. */
static uint64_t
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

static bool
is_whole(const struct answer *a)
{
    if (memmem(a->p, a->body, "chunked", 7) != NULL)
        return a->n - a->body >= 5 && memcmp(a->p + a->n - 5, "0\r\n\r\n", 5) == 0;
    return a->n - a->body >= content_length(a);
}

/* One call; *first and *whole in microseconds. */
static bool
call(double *first, double *whole, SSL *ssl, const char *request, size_t n, struct answer *a)
{
    double start = now_us();

    a->n = a->body = 0;
    *first = 0;
    if (SSL_write(ssl, request, (int)n) != (int)n)
        return false;
    for (;;) {
        int got = SSL_read(ssl, a->p + a->n, (int)(sizeof a->p - a->n - 1));
        const char *end;

        if (got <= 0)
            return false;
        a->n += (size_t)got;
        if (a->body == 0 && (end = memmem(a->p, a->n, "\r\n\r\n", 4)) != NULL)
            a->body = (size_t)(end - a->p) + 4;
        if (a->body == 0)
            continue;
        if (*first == 0 && a->n > a->body)
            *first = now_us() - start;
        if (is_whole(a))
            break;
    }
    *whole = now_us() - start;
    return strncmp(a->p, "HTTP/1.1 200", 12) == 0;
}

/* Makes the next request another one than those before, of this run and of earlier ones. */
static void
count_on(char *counter)
{
    static uint64_t next;
    char digits[24];

    if (counter == NULL)
        return;
    if (next == 0)
        next = (uint64_t)now_us();
    (void)snprintf(digits, sizeof digits, "%09" PRIu64, next++ % 1000000000u);
    memcpy(counter, digits, 9);
}

static int
ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void
print(const char *name, double *v, size_t n, const char *after)
{
    qsort(v, n, sizeof *v, ascending);
    printf("\"%s\":{\"p50\":%.1f,\"p99\":%.1f}%s", name, v[n / 2], v[n - 1 - n / 100], after);
}

int
main(int argc, char *argv[])
{
    static struct answer a;
    static char request[REQUEST_MAX];
    uint64_t port = 0, count = 0;
    bool is_good = argc == 5 && gh_str_u64(&port, gh_str_z(argv[1]), 65535) == GH_OK &&
                   gh_str_u64(&count, gh_str_z(argv[4]), COUNT_MAX) == GH_OK;
    FILE *f = is_good && count > 0 ? fopen(argv[3], "rb") : NULL;
    size_t n = f != NULL ? fread(request, 1, sizeof request, f) : 0;
    double *first = calloc(count + 1, sizeof *first), *whole = calloc(count + 1, sizeof *whole), skip[2];
    SSL *ssl;

    if (n == 0 || first == NULL || whole == NULL)
        return fail("usage: load PORT CA-FILE REQUEST-FILE COUNT");
    if ((ssl = connect_tls((uint16_t)port, argv[2])) == NULL)
        return fail("no connection");
    char *counter = memmem(request, n, "@counter@", 9);
    for (unsigned i = 0; i < WARM_UP; i++, count_on(counter))
        if (!call(&skip[0], &skip[1], ssl, request, n, &a))
            return fail("an answer that is not 200");
    for (size_t i = 0; i < count; i++, count_on(counter))
        if (!call(&first[i], &whole[i], ssl, request, n, &a))
            return fail("an answer that is not 200");
    printf("{\"n\":%" PRIu64 ",", count);
    print("first_us", first, count, ",");
    print("whole_us", whole, count, "}\n");
    return 0;
}
