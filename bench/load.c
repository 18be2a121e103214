/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/load: how long one caller waits. Sends the request in FILE again and again over one TLS connection and prints, as JSON, the
 * microseconds to the first byte of the body and to the end of the answer (median and 99th percentile). An answer that is not 200 ends it.
 * "@counter@" in the request becomes nine digits that differ each time.
 *
 *     load PORT CA-FILE REQUEST-FILE COUNT
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "client.h"

enum { COUNT_MAX = 1000000, REQUEST_MAX = 1 << 20, WARM_UP = 50 };

static int
fail(const char *what)
{
    fprintf(stderr, "load: %s\n", what);
    return 1;
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
    SSL_CTX *tls;
    SSL *ssl;

    if (n == 0 || first == NULL || whole == NULL)
        return fail("usage: load PORT CA-FILE REQUEST-FILE COUNT");
    if ((tls = trust(argv[2])) == NULL || (ssl = connect_tls(tls, (uint16_t)port)) == NULL)
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
