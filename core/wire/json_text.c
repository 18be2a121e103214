/* SPDX-License-Identifier: Apache-2.0 */
/* wire/json: the inside of strings: escapes, and comparing without undoing them in memory. */
#include "wire/json_int.h"

#include <limits.h>

#include "base/codec.h"

/* Four hex digits behind "\u". */
static enum gh_rc
read_unit(uint32_t *unit, struct gh_str s)
{
    *unit = 0;
    for (size_t i = 0; i < 6; i++) {
        if (i == s.n)
            return GH_MORE;
        if (i < 2) {
            if (s.p[i] != "\\u"[i])
                return GH_BAD;
            continue;
        }
        if (gh_hex_value(s.p[i]) < 0)
            return GH_BAD;
        *unit = *unit << 4 | (uint32_t)gh_hex_value(s.p[i]);
    }
    return GH_OK;
}

enum gh_rc
gh_json_escape_read(uint32_t *cp, size_t *used, struct gh_str s)
{
    static const unsigned char value[UCHAR_MAX + 1] = {
        ['"'] = '"',
        ['\\'] = '\\',
        ['/'] = '/',
        ['b'] = '\b',
        ['f'] = '\f',
        ['n'] = '\n',
        ['r'] = '\r',
        ['t'] = '\t',
    };
    uint32_t low;
    enum gh_rc rc;

    if (s.n < 2)
        return GH_MORE;
    if (s.p[1] != 'u') {
        *cp = value[(unsigned char)s.p[1]];
        *used = 2;
        return *cp == 0 ? GH_BAD : GH_OK;
    }
    *used = 6;
    if ((rc = read_unit(cp, s)) != GH_OK || *cp < 0xd800 || *cp > 0xdfff)
        return rc;
    if (*cp > 0xdbff)
        return GH_BAD;
    *used = 12;
    if ((rc = read_unit(&low, gh_str_sub(s, 6, SIZE_MAX))) != GH_OK)
        return rc;
    *cp = 0x10000 + ((*cp - 0xd800) << 10 | (low - 0xdc00));
    return low >= 0xdc00 && low <= 0xdfff ? GH_OK : GH_BAD;
}

/* Walks the unescaped bytes of a string: one code point of an escape waits in `wait`. Without escapes, a backslash is a backslash. */
struct walk {
    struct gh_str left;
    bool has_escape;
    char wait[4];
    size_t n_wait, at;
};

static int
walk_byte(struct walk *w)
{
    struct gh_buf b;
    uint32_t cp;
    size_t used;

    if (w->at < w->n_wait)
        return (unsigned char)w->wait[w->at++];
    if (w->left.n == 0)
        return -1;
    if (!w->has_escape || w->left.p[0] != '\\') {
        int c = (unsigned char)w->left.p[0];
        w->left = gh_str_sub(w->left, 1, SIZE_MAX);
        return c;
    }
    if (gh_json_escape_read(&cp, &used, w->left) != GH_OK)
        return -1;
    w->left = gh_str_sub(w->left, used, SIZE_MAX);
    gh_buf_init_fixed(&b, w->wait, sizeof(w->wait));
    gh_utf8_put(&b, cp);
    w->n_wait = b.n;
    w->at = 1;
    return (unsigned char)w->wait[0];
}

int
gh_json_text_cmp_escaped(struct gh_str a, bool a_has_escape, struct gh_str b, bool b_has_escape)
{
    struct walk wa = {.left = a, .has_escape = a_has_escape}, wb = {.left = b, .has_escape = b_has_escape};
    int ca, cb;

    do {
        ca = walk_byte(&wa);
        cb = walk_byte(&wb);
    } while (ca == cb && ca >= 0);
    return ca - cb;
}

uint32_t
gh_json_text_hash(struct gh_str s, bool has_escape)
{
    struct walk w = {.left = s, .has_escape = true};
    uint32_t crc = 0;
    int c;

    if (!has_escape)
        return gh_crc32c(0, s);
    while ((c = walk_byte(&w)) >= 0)
        crc = gh_crc32c(crc, gh_str((const char[1]){(char)(unsigned char)c}, 1));
    return crc;
}

size_t
gh_json_unescape(char *out, struct gh_str inside)
{
    struct gh_buf b;
    uint32_t cp;
    size_t used, plain;

    gh_buf_init_fixed(&b, out, inside.n);
    while (inside.n > 0) {
        plain = gh_str_chr(inside, '\\');
        gh_buf_put(&b, gh_str_sub(inside, 0, plain));
        inside = gh_str_sub(inside, plain, SIZE_MAX);
        if (inside.n == 0 || gh_json_escape_read(&cp, &used, inside) != GH_OK)
            break;
        if (cp < 0x80)
            gh_buf_putc(&b, (char)cp);
        else
            gh_utf8_put(&b, cp);
        inside = gh_str_sub(inside, used, SIZE_MAX);
    }
    return b.n;
}
