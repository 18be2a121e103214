/* SPDX-License-Identifier: Apache-2.0 */
/* base/arena: blocks that double in size, filled from the front, given back together. */
#include "base/arena.h"

#include <stdalign.h>

#define ALIGN     alignof(max_align_t)
#define BLOCK_MIN 4096u
#define BLOCK_MAX 65536u /* a longer take gets a block of its own */

struct gh_arena_block {
    struct gh_arena_block *older;
    size_t size; /* bytes in mem   */
    size_t used; /* bytes taken    */
    alignas(max_align_t) char mem[];
};

void
gh_arena_init(struct gh_arena *a, struct gh_alloc alloc, size_t cap_bytes)
{
    *a = (struct gh_arena){.alloc = alloc, .cap = cap_bytes};
}

void
gh_arena_fini(struct gh_arena *a)
{
    struct gh_arena_block *b = a->head;

    while (b != NULL) {
        struct gh_arena_block *older = b->older;
        if (a->is_secret)
            gh_wipe(b->mem, b->size);
        if (a->alloc.put != NULL)
            a->alloc.put(a->alloc.ctx, b, sizeof(*b) + b->size);
        b = older;
    }
    a->head = NULL;
    a->used = 0;
    a->is_short = false;
}

static struct gh_arena_block *
block_new(struct gh_arena *a, size_t size)
{
    struct gh_arena_block *b;

    if (size > SIZE_MAX - sizeof(*b) || (b = a->alloc.get(a->alloc.ctx, sizeof(*b) + size)) == NULL)
        return NULL;
    b->size = size;
    b->used = 0;
    return b;
}

/* A block with room for n bytes; it becomes the head unless the head has more room left than the new one would have. */
static struct gh_arena_block *
block_for(struct gh_arena *a, size_t n)
{
    struct gh_arena_block *b, *head = a->head;
    size_t size = head == NULL ? BLOCK_MIN - sizeof(*b) : head->size * 2 + sizeof(*b);

    if (head != NULL && head->size - head->used >= n)
        return head;
    while (
        size < n && size < BLOCK_MAX - sizeof(*b)) /* powers of two with the block's head, for sources that keep blocks by size */
        size = size * 2 + sizeof(*b);
    if (size > BLOCK_MAX - sizeof(*b))
        size = BLOCK_MAX - sizeof(*b);
    if ((b = block_new(a, n > size ? n : size)) == NULL)
        return NULL;
    if (head != NULL && head->size - head->used > b->size - n) {
        b->older = head->older;
        head->older = b;
    } else {
        b->older = head;
        a->head = b;
    }
    return b;
}

/* n rounded up to the alignment, or 0 when that overflows. */
static size_t
round_up(size_t n)
{
    if (n == 0)
        return ALIGN;
    return n > SIZE_MAX - (ALIGN - 1) ? 0 : (n + (ALIGN - 1)) & ~(ALIGN - 1);
}

void *
gh_arena_take_raw(struct gh_arena *a, size_t n)
{
    size_t whole = round_up(n);
    struct gh_arena_block *b;

    if (whole == 0 || whole > a->cap - a->used || (b = block_for(a, whole)) == NULL) {
        a->is_short = true;
        return NULL;
    }
    b->used += whole;
    a->used += whole;
    return b->mem + (b->used - whole);
}

void *
gh_arena_take(struct gh_arena *a, size_t n)
{
    void *p = gh_arena_take_raw(a, n);

    return p == NULL ? NULL : memset(p, 0, round_up(n));
}

void *
gh_arena_take_array(struct gh_arena *a, size_t n, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(n, size, &total)) {
        a->is_short = true;
        return NULL;
    }
    return gh_arena_take(a, total);
}

bool
gh_arena_resize(struct gh_arena *a, void *p, size_t old, size_t n)
{
    size_t was = round_up(old), now = round_up(n);
    struct gh_arena_block *b = a->head;

    if (b == NULL || was == 0 || now == 0 || was > b->used || (char *)p != b->mem + (b->used - was))
        return false;
    if (now > was && (now - was > b->size - b->used || now - was > a->cap - a->used))
        return false;
    if (n > old)
        memset((char *)p + old, 0, now - old);
    b->used = b->used - was + now;
    a->used = a->used - was + now;
    return true;
}

enum gh_rc
gh_arena_dup(struct gh_str *out, struct gh_arena *a, struct gh_str s)
{
    char *p = s.n == SIZE_MAX ? NULL : gh_arena_take_raw(a, s.n + 1);

    *out = (struct gh_str){p, p == NULL ? 0 : s.n};
    if (p == NULL)
        return GH_NOMEM;
    if (s.n != 0)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return GH_OK;
}
