/* SPDX-License-Identifier: Apache-2.0 */
/* bench/micro: what the measuring programs share: memory, clocks, and worlds that are drawn the same in each run. */
#ifndef GH_BENCH_MICRO_H
#define GH_BENCH_MICRO_H

#include <stdlib.h>
#include <time.h>

#include "base/buf.h"

/* A figure of something that failed means nothing. */
static inline void
gh_micro_must(bool holds)
{
    if (!holds)
        abort();
}

/* ---- time ---- */

/* CLOCK_MONOTONIC, or CLOCK_THREAD_CPUTIME_ID: what is pure computation does not pay for its neighbours. */
static inline double
gh_micro_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What the clock itself takes, to be taken off each figure of CLOCK_MONOTONIC. */
static inline double
gh_micro_clock_ns(void)
{
    double least = 1e9;

    for (unsigned i = 0; i < 100; i++) {
        double start = gh_micro_ns(CLOCK_MONOTONIC);
        for (unsigned k = 0; k < 100; k++)
            (void)gh_micro_ns(CLOCK_MONOTONIC);
        double took = (gh_micro_ns(CLOCK_MONOTONIC) - start) / 101;
        least = took < least ? took : least;
    }
    return least;
}

/* For qsort of doubles. */
static inline int
gh_micro_by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* ---- memory ---- */

/* Memory that stays while requests come and go, as it does on nginx's pool: a request's arena takes from the front of it. */
struct gh_micro_pool {
    char *memory; /* cap bytes */
    size_t cap, used, blocks;
};

static inline void *
gh_micro_pool_take(void *ctx, size_t n)
{
    struct gh_micro_pool *p = ctx;
    size_t at = (p->used + 15) & ~(size_t)15;

    if (n > p->cap || at > p->cap - n)
        return NULL;
    p->used = at + n;
    p->blocks++;
    return p->memory + at;
}

/* The next request's arena: what was taken before is given back. */
static inline void
gh_micro_pool_begin(struct gh_arena *a, struct gh_micro_pool *p)
{
    p->used = p->blocks = 0;
    gh_arena_init(a, (struct gh_alloc){gh_micro_pool_take, NULL, p}, p->cap);
}

static inline void *
gh_micro_heap_take(void *ctx, size_t n)
{
    (void)ctx;
    return malloc(n);
}

static inline void
gh_micro_heap_put(void *ctx, void *p, size_t n)
{
    (void)ctx;
    (void)n;
    free(p);
}

static inline struct gh_arena
gh_micro_heap(uint64_t bytes)
{
    struct gh_arena a;

    gh_arena_init(&a, (struct gh_alloc){gh_micro_heap_take, gh_micro_heap_put, NULL}, bytes);
    return a;
}

/* ---- worlds ---- */

/* A name with its number, of less than GH_MICRO_NAME_BYTES. */
enum { GH_MICRO_NAME_BYTES = 32 };

static inline struct gh_str
gh_micro_name(char mem[GH_MICRO_NAME_BYTES], const char *prefix, unsigned i)
{
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, GH_MICRO_NAME_BYTES);
    gh_buf_putz(&b, prefix);
    gh_buf_put_u64(&b, i);
    return gh_buf_str(&b);
}

/* Below n, of a sequence that is the same in each run (Marsaglia 2003, xorshift64). */
static inline unsigned
gh_micro_draw(uint64_t *seed, unsigned n)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (unsigned)((*seed >> 11) % n);
}
#define GH_MICRO_SEED UINT64_C(0x9e3779b97f4a7c15)

/* Below n: the same number for the same thing, whoever asks. */
static inline unsigned
gh_micro_fixed(unsigned a, unsigned b, unsigned n)
{
    uint64_t x = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);

    x ^= x >> 29;
    return (unsigned)((x * UINT64_C(0xbf58476d1ce4e5b9) >> 33) % n);
}

#endif
