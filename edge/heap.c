/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <stdlib.h>

/*
 * Arenas come and go with each request, in blocks of 4 to 64 KiB, always the same powers of two: a thread keeps some of each size, half a
 * MiB of each at most. What is taken from an arena is zeroed there or written at once, so nothing shows of whom a block served before.
 */
#define SPARE_SIZES 5
#define SPARE_MIN   4096u
#ifdef __SANITIZE_ADDRESS__
#define SPARE_BYTES 0 /* the sanitizer is to see each of them come and go */
#else
#define SPARE_BYTES (512u * 1024) /* of a size */
#endif

static __thread struct {
    void *head[SPARE_SIZES]; /* each block holds the next one's address */
    unsigned n[SPARE_SIZES];
} spare;

/* Which of the sizes, or SPARE_SIZES. */
static unsigned
size_class(size_t n)
{
    for (unsigned c = 0; c < SPARE_SIZES; c++)
        if (n == (size_t)SPARE_MIN << c)
            return c;
    return SPARE_SIZES;
}

static void *
heap_get(void *ctx, size_t n)
{
    unsigned c = size_class(n);
    void *p;

    (void)ctx;
    if (c == SPARE_SIZES || (p = spare.head[c]) == NULL)
        return malloc(n);
    memcpy(&spare.head[c], p, sizeof(p));
    spare.n[c]--;
    return p;
}

static void
heap_put(void *ctx, void *p, size_t n)
{
    unsigned c = size_class(n);

    (void)ctx;
    if (c == SPARE_SIZES || spare.n[c] >= SPARE_BYTES / n) {
        free(p);
        return;
    }
    memcpy(p, &spare.head[c], sizeof(p));
    spare.head[c] = p;
    spare.n[c]++;
}

struct gh_alloc
ngx_http_gatehouse_heap(void)
{
    return (struct gh_alloc){heap_get, heap_put, NULL};
}
