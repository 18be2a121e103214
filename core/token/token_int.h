/* SPDX-License-Identifier: Apache-2.0 */
/* token/token_int: what jwt.c and jwks.c share. */
#ifndef GH_TOKEN_TOKEN_INT_H
#define GH_TOKEN_TOKEN_INT_H

#include "base/str.h"

/*
 * Whether text may become part of a look-up key or a record: no control characters. NUL above all joins the parts of a key, so with one
 * inside, two different (issuer, kid) would look like one.
 */
static inline bool
gh_token_is_plain(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return true;
}

#endif
