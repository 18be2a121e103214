/* SPDX-License-Identifier: Apache-2.0 */
#include "host/host.h"

#include <stdlib.h>

static void *
heap_get(void *ctx, size_t n)
{
    (void)ctx;
    return malloc(n);
}

static void
heap_put(void *ctx, void *p, size_t n)
{
    (void)ctx;
    (void)n;
    free(p);
}

struct gh_alloc
gh_heap(void)
{
    return (struct gh_alloc){.get = heap_get, .put = heap_put, .ctx = NULL};
}
