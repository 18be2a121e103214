/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/query.h"

static int
hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One byte of what is written at the front of *s. */
static enum gh_rc
decode_one(char *out, struct gh_str *s)
{
    int high, low;
    size_t n = 1;

    *out = s->p[0] == '+' ? ' ' : s->p[0];
    if (s->p[0] == '%') {
        if (s->n < 3 || (high = hex_of(s->p[1])) < 0 || (low = hex_of(s->p[2])) < 0)
            return GH_BAD;
        *out = (char)(high * 16 + low);
        n = 3;
    }
    *s = gh_str_sub(*s, n, SIZE_MAX);
    return GH_OK;
}

static enum gh_rc
decode(struct gh_str *out, struct gh_arena *a, struct gh_str s)
{
    char *p = gh_arena_take_raw(a, s.n);
    size_t n = 0;
    enum gh_rc rc;

    if (p == NULL)
        return GH_NOMEM;
    while (s.n > 0)
        if ((rc = decode_one(&p[n++], &s)) != GH_OK)
            return rc;
    *out = gh_str(p, n);
    return GH_OK;
}

enum gh_rc
gh_query_next(struct gh_str *name, struct gh_str *value, struct gh_arena *a, struct gh_str *rest)
{
    struct gh_str pair = {NULL, 0}, key;
    enum gh_rc rc;

    while (pair.n == 0)
        if (!gh_str_cut(&pair, rest, '&'))
            return GH_MORE;
    if (!gh_str_cut(&key, &pair, '='))
        key = GH_STR("");
    if ((rc = decode(name, a, key)) != GH_OK)
        return rc;
    return decode(value, a, pair);
}
