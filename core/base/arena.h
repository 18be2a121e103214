/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/arena: where core allocates. One arena per request (at the edge it draws on the nginx pool), one per snapshot under
 * construction; freed as a whole. It has a cap in bytes at birth, so hostile input meets GH_NOMEM, not the machine's end.
 */
#ifndef GH_BASE_ARENA_H
#define GH_BASE_ARENA_H

#include <stddef.h>

#include "base/str.h"

/* Where blocks come from. get returns NULL on failure; put may be NULL when the owner frees all at once (nginx pool). */
struct gh_alloc {
    void *(*get)(void *ctx, size_t n);
    void (*put)(void *ctx, void *p, size_t n);
    void *ctx;
};

struct gh_arena_block;

struct gh_arena {
    struct gh_alloc alloc;
    struct gh_arena_block *head; /* newest block, chained to older ones      */
    size_t cap;                  /* most bytes that all takes together may be */
    size_t used;                 /* bytes taken                               */
    bool is_secret;              /* wipe blocks before they are given back    */
    bool is_short;               /* a take has failed: what was read with this memory may lack a part. Whoever keeps what was made of it asks here first */
};

/* Cannot fail: the first block is taken at the first use. */
void gh_arena_init(struct gh_arena *a, struct gh_alloc alloc, size_t cap_bytes);

/* Gives every block back. The arena is then as after init. */
void gh_arena_fini(struct gh_arena *a);

/* `n` zeroed bytes aligned for any object, alive until fini; NULL at the cap or when the source has no more. n = 0 is valid. */
void *gh_arena_take(struct gh_arena *a, size_t n);

/* The same, not zeroed: for bytes that are all written before one is read. */
void *gh_arena_take_raw(struct gh_arena *a, size_t n);

/* n * size with the product checked. */
void *gh_arena_take_array(struct gh_arena *a, size_t n, size_t size);

/*
 * Makes the newest take longer or shorter where it stands: true, and `p` now has `n` bytes (added ones are zero). False when `p`
 * (of `old` bytes) is not the newest take, or there is no room: then nothing has changed.
 */
bool gh_arena_resize(struct gh_arena *a, void *p, size_t old, size_t n);

/* A copy in the arena, with a NUL behind it that does not count. out->p is NULL only on failure. */
GH_MUST_USE enum gh_rc gh_arena_dup(struct gh_str *out, struct gh_arena *a, struct gh_str s);

#endif
