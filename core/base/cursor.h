/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/cursor: the only place that moves a pointer over binary input. Each getter moves only on success; at the end of
 * input it answers GH_MORE. Little endian throughout, as all our files are.
 */
#ifndef GH_BASE_CURSOR_H
#define GH_BASE_CURSOR_H

#include "base/str.h"

struct gh_cursor {
    struct gh_str in;
    size_t at;
};

static inline struct gh_cursor
gh_cursor(struct gh_str in)
{
    return (struct gh_cursor){in, 0};
}

static inline size_t
gh_cursor_left(const struct gh_cursor *c)
{
    return c->in.n - c->at;
}

GH_MUST_USE enum gh_rc gh_cursor_u8(uint8_t *out, struct gh_cursor *c);
GH_MUST_USE enum gh_rc gh_cursor_le16(uint16_t *out, struct gh_cursor *c);
GH_MUST_USE enum gh_rc gh_cursor_le32(uint32_t *out, struct gh_cursor *c);
GH_MUST_USE enum gh_rc gh_cursor_le64(uint64_t *out, struct gh_cursor *c);
GH_MUST_USE enum gh_rc gh_cursor_bytes(struct gh_str *out, struct gh_cursor *c, size_t n);

#endif
