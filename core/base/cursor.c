/* SPDX-License-Identifier: Apache-2.0 */
/* base/cursor: reads of binary input that move only when they succeed. */
#include "base/cursor.h"

static enum gh_rc
le(uint64_t *out, struct gh_cursor *c, size_t n)
{
    uint64_t v = 0;

    if (gh_cursor_left(c) < n)
        return GH_MORE;
    for (size_t i = 0; i < n; i++)
        v |= (uint64_t)(unsigned char)c->in.p[c->at + i] << (8 * i);
    c->at += n;
    *out = v;
    return GH_OK;
}

enum gh_rc
gh_cursor_u8(uint8_t *out, struct gh_cursor *c)
{
    uint64_t v;
    enum gh_rc rc = le(&v, c, 1);

    if (rc == GH_OK)
        *out = (uint8_t)v;
    return rc;
}

enum gh_rc
gh_cursor_le16(uint16_t *out, struct gh_cursor *c)
{
    uint64_t v;
    enum gh_rc rc = le(&v, c, 2);

    if (rc == GH_OK)
        *out = (uint16_t)v;
    return rc;
}

enum gh_rc
gh_cursor_le32(uint32_t *out, struct gh_cursor *c)
{
    uint64_t v;
    enum gh_rc rc = le(&v, c, 4);

    if (rc == GH_OK)
        *out = (uint32_t)v;
    return rc;
}

enum gh_rc
gh_cursor_le64(uint64_t *out, struct gh_cursor *c)
{
    return le(out, c, 8);
}

enum gh_rc
gh_cursor_bytes(struct gh_str *out, struct gh_cursor *c, size_t n)
{
    if (gh_cursor_left(c) < n)
        return GH_MORE;
    *out = gh_str_sub(c->in, c->at, n);
    c->at += n;
    return GH_OK;
}
