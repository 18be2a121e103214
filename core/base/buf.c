/* SPDX-License-Identifier: Apache-2.0 */
/* base/buf: append, and look at the sticky error once at the end. */
#include "base/buf.h"

#define FIRST_BYTES 128u

void
gh_buf_init(struct gh_buf *b, struct gh_arena *arena, size_t max_bytes)
{
    *b = (struct gh_buf){.max = max_bytes, .arena = arena};
}

void
gh_buf_init_fixed(struct gh_buf *b, void *mem, size_t n)
{
    *b = (struct gh_buf){.p = mem, .cap = n, .max = n};
}

/* A larger home for at least `need` bytes, need <= max: in place where the arena allows, else a copy. */
static bool
grow(struct gh_buf *b, size_t need)
{
    size_t cap = b->cap > b->max / 2 ? b->max : b->cap * 2;
    char *p;

    if (cap < FIRST_BYTES)
        cap = FIRST_BYTES < b->max ? FIRST_BYTES : b->max;
    if (cap < need)
        cap = need;
    if (b->arena == NULL)
        return false;
    if (b->p == NULL || !gh_arena_resize(b->arena, b->p, b->cap, cap)) {
        if ((p = gh_arena_take_raw(b->arena, cap)) == NULL)
            return false;
        if (b->n != 0)
            memcpy(p, b->p, b->n);
        b->p = p;
    }
    b->cap = cap;
    return true;
}

static char *
reserve_slow(struct gh_buf *b, size_t n)
{
    if (b->rc != GH_OK)
        return NULL;
    if (n > b->max - b->n) {
        b->rc = GH_LIMIT;
        return NULL;
    }
    if ((n > b->cap - b->n || b->p == NULL) && !grow(b, b->n + n)) {
        b->rc = GH_NOMEM;
        return NULL;
    }
    b->n += n;
    return b->p + (b->n - n);
}

static inline char *
reserve(struct gh_buf *b, size_t n)
{
    if (b->rc != GH_OK || b->p == NULL || n > b->cap - b->n)
        return reserve_slow(b, n);
    b->n += n;
    return b->p + (b->n - n);
}

char *
gh_buf_reserve(struct gh_buf *b, size_t n)
{
    return reserve(b, n);
}

void
gh_buf_put(struct gh_buf *b, struct gh_str s)
{
    char *p = reserve(b, s.n);

    if (p != NULL && s.n != 0)
        memcpy(p, s.p, s.n);
}

void
gh_buf_putz(struct gh_buf *b, const char *literal)
{
    gh_buf_put(b, gh_str_z(literal));
}

void
gh_buf_putc(struct gh_buf *b, char c)
{
    char *p = reserve(b, 1);

    if (p != NULL)
        *p = c;
}

void
gh_buf_put_u64(struct gh_buf *b, uint64_t v)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    gh_buf_put(b, gh_str(digits + at, sizeof(digits) - at));
}

void
gh_buf_put_i64(struct gh_buf *b, int64_t v)
{
    uint64_t u = (uint64_t)v;

    if (v < 0) {
        gh_buf_putc(b, '-');
        u = 0 - u;
    }
    gh_buf_put_u64(b, u);
}

void
gh_buf_put_hex(struct gh_buf *b, struct gh_str bytes)
{
    static const char digit[] = "0123456789abcdef";
    char *p = gh_buf_reserve(b, bytes.n > SIZE_MAX / 2 ? SIZE_MAX : bytes.n * 2);

    if (p == NULL)
        return;
    for (size_t i = 0; i < bytes.n; i++) {
        p[2 * i] = digit[(unsigned char)bytes.p[i] >> 4];
        p[2 * i + 1] = digit[(unsigned char)bytes.p[i] & 15];
    }
}

static inline void
put_le(struct gh_buf *b, uint64_t v, size_t n)
{
    char *p = reserve(b, n);

    if (p == NULL)
        return;
    for (size_t i = 0; i < n; i++)
        p[i] = (char)(unsigned char)(v >> (8 * i));
}

void
gh_buf_put_le16(struct gh_buf *b, uint16_t v)
{
    put_le(b, v, 2);
}

void
gh_buf_put_le32(struct gh_buf *b, uint32_t v)
{
    put_le(b, v, 4);
}

void
gh_buf_put_le64(struct gh_buf *b, uint64_t v)
{
    put_le(b, v, 8);
}

struct gh_str
gh_buf_str(const struct gh_buf *b)
{
    return b->rc == GH_OK ? (struct gh_str){b->p, b->n} : (struct gh_str){NULL, 0};
}
