/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/query.h"

#include "base/codec.h"

enum gh_rc
gh_query_decode(struct gh_str *out, struct gh_arena *a, struct gh_str s, bool plus_is_space)
{
    char *p = gh_arena_take_raw(a, s.n + 1);
    size_t n = 0;

    if (p == NULL)
        return GH_NOMEM;
    for (size_t i = 0; i < s.n; i++) {
        int high, low;
        p[n] = s.p[i] == '+' && plus_is_space ? ' ' : s.p[i];
        if (s.p[i] == '%') {
            if (s.n - i < 3 || (high = gh_hex_value(s.p[i + 1])) < 0 || (low = gh_hex_value(s.p[i + 2])) < 0)
                return GH_BAD;
            p[n] = (char)(high * 16 + low);
            i += 2;
        }
        n++;
    }
    p[n] = '\0';
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
    if ((rc = gh_query_decode(name, a, key, true)) != GH_OK)
        return rc;
    return gh_query_decode(value, a, pair, true);
}
