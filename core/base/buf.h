/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/buf: a growing run of bytes with a ceiling named at birth and a sticky error: append ten times, look once.
 * Memory is the caller's (fixed) or an arena's (grows by doubling up to the ceiling).
 */
#ifndef GH_BASE_BUF_H
#define GH_BASE_BUF_H

#include "base/arena.h"

struct gh_buf {
    char *p;
    size_t n;               /* bytes written                            */
    size_t cap;             /* bytes that `p` can hold                  */
    size_t max;             /* ceiling                                  */
    struct gh_arena *arena; /* NULL: fixed memory                       */
    enum gh_rc rc;          /* sticky: GH_LIMIT or GH_NOMEM, else GH_OK */
};

void gh_buf_init(struct gh_buf *b, struct gh_arena *arena, size_t max_bytes);
void gh_buf_init_fixed(struct gh_buf *b, void *mem, size_t n);

void gh_buf_put(struct gh_buf *b, struct gh_str s);
void gh_buf_putz(struct gh_buf *b, const char *literal);
void gh_buf_putc(struct gh_buf *b, char c);
void gh_buf_put_u64(struct gh_buf *b, uint64_t v);  /* decimal */
void gh_buf_put_i64(struct gh_buf *b, int64_t v);   /* decimal */
void gh_buf_put_hex(struct gh_buf *b, struct gh_str bytes); /* lower case */
void gh_buf_put_le16(struct gh_buf *b, uint16_t v); /* little endian */
void gh_buf_put_le32(struct gh_buf *b, uint32_t v);
void gh_buf_put_le64(struct gh_buf *b, uint64_t v);

/* Room for n bytes at the end, counted as written; NULL once the buffer has failed. */
char *gh_buf_reserve(struct gh_buf *b, size_t n);

/* What was written; the empty slice if the buffer has failed. Borrowed until the next append. */
struct gh_str gh_buf_str(const struct gh_buf *b);

#endif
