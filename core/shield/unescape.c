/* SPDX-License-Identifier: Apache-2.0 */
/* shield/unescape: escapes within a text: RFC 3986 section 2.1, HTML character references, \u and \x of many languages, RFC 2045 section 6.7. */
#include "base/codec.h"
#include "shield/decode.h"

void
gh_sink_put_cp(struct gh_sink *k, uint32_t cp, uint32_t at, uint32_t end)
{
    char mem[8];
    struct gh_buf b;

    if (cp == 0 || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
        cp = ' ';
    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_utf8_put(&b, cp);
    for (size_t i = 0; i < b.n; i++)
        gh_sink_put(k, b.p[i], at, end);
}

void
gh_sink_part(struct gh_sink *k)
{
    if (k->n > 0)
        gh_sink_put(k, '\n', k->map[k->n], k->map[k->n]);
}

/* Up to `most` hex digits at i; how many. */
static uint32_t
read_hex(uint32_t *v, const struct gh_source *in, uint32_t i, uint32_t most)
{
    uint32_t k = 0;

    *v = 0;
    while (k < most && i + k < in->n && gh_hex_value((char)in->p[i + k]) >= 0)
        *v = *v << 4 | (uint32_t)gh_hex_value((char)in->p[i + k++]);
    return k;
}

/* Each: the escape at i, which begins with the right sign; its length and what it stands for, or 0. */

static uint32_t
percent(uint32_t *cp, const struct gh_source *in, uint32_t i)
{
    return read_hex(cp, in, i + 1, 2) == 2 ? 3 : 0;
}

static uint32_t
quoted(uint32_t *cp, const struct gh_source *in, uint32_t i)
{
    if (i + 1 < in->n && in->p[i + 1] == '\n')
        return *cp = UINT32_MAX, 2; /* a line that goes on */
    if (i + 2 < in->n && in->p[i + 1] == '\r' && in->p[i + 2] == '\n')
        return *cp = UINT32_MAX, 3;
    return read_hex(cp, in, i + 1, 2) == 2 && *cp >= ' ' ? 3 : 0;
}

static uint32_t
backslash(uint32_t *cp, const struct gh_source *in, uint32_t i)
{
    uint8_t c = i + 1 < in->n ? in->p[i + 1] : 0;
    uint32_t low, k;

    if (c == 'x')
        return read_hex(cp, in, i + 2, 2) == 2 ? 4 : 0;
    if (c == 'U')
        return read_hex(cp, in, i + 2, 8) == 8 ? 10 : 0;
    if (c == 'u' && i + 2 < in->n && in->p[i + 2] == '{') {
        k = read_hex(cp, in, i + 3, 6);
        return k > 0 && i + 3 + k < in->n && in->p[i + 3 + k] == '}' ? k + 4 : 0;
    }
    if (c != 'u' || read_hex(cp, in, i + 2, 4) != 4)
        return 0;
    if (*cp >= 0xd800 && *cp < 0xdc00 && i + 7 < in->n && in->p[i + 6] == '\\' && in->p[i + 7] == 'u' &&
        read_hex(&low, in, i + 8, 4) == 4 && low >= 0xdc00 && low < 0xe000) {
        *cp = 0x10000 + ((*cp - 0xd800) << 10) + (low - 0xdc00);
        return 12;
    }
    return 6;
}

static const struct {
    struct gh_str name;
    uint32_t cp;
} entities[] = {
    {GH_STR_INIT("amp;"), '&'},
    {GH_STR_INIT("lt;"), '<'},
    {GH_STR_INIT("gt;"), '>'},
    {GH_STR_INIT("quot;"), '"'},
    {GH_STR_INIT("apos;"), '\''},
    {GH_STR_INIT("nbsp;"), ' '},
    {GH_STR_INIT("ZeroWidthSpace;"), 0x200b},
    {GH_STR_INIT("shy;"), 0xad},
    {GH_STR_INIT("period;"), '.'},
    {GH_STR_INIT("comma;"), ','},
    {GH_STR_INIT("colon;"), ':'},
    {GH_STR_INIT("excl;"), '!'},
    {GH_STR_INIT("NewLine;"), '\n'},
    {GH_STR_INIT("Tab;"), ' '},
};

static uint32_t
entity(uint32_t *cp, const struct gh_source *in, uint32_t i)
{
    struct gh_str rest = gh_str((const char *)in->p + i + 1, in->n - i - 1);
    uint32_t k = 0;

    if (rest.n > 1 && rest.p[0] == '#') {
        uint32_t at = i + 2;

        if (rest.p[1] == 'x' || rest.p[1] == 'X') {
            k = read_hex(cp, in, ++at, 7);
        } else {
            for (*cp = 0; k < 8 && at + k < in->n && in->p[at + k] >= '0' && in->p[at + k] <= '9'; k++)
                *cp = *cp * 10 + (in->p[at + k] - '0');
        }
        if (k == 0)
            return 0;
        return at + k - i + (at + k < in->n && in->p[at + k] == ';');
    }
    for (size_t m = 0; m < sizeof entities / sizeof entities[0]; m++)
        if (gh_str_starts(rest, entities[m].name)) {
            *cp = entities[m].cp;
            return (uint32_t)entities[m].name.n + 1;
        }
    return 0;
}

static const struct {
    uint8_t sign;
    bool is_byte; /* what it stands for is a byte of UTF-8, not a code point */
    uint32_t (*read)(uint32_t *cp, const struct gh_source *in, uint32_t i);
} escapes[] = {{'%', true, percent}, {'&', false, entity}, {'\\', false, backslash}, {'=', true, quoted}};
#define ESCAPES (sizeof escapes / sizeof escapes[0])

/* The escape at i, if there is one: its length. */
static uint32_t
escape_at(struct gh_sink *out, const struct gh_source *in, uint32_t i)
{
    uint32_t cp = 0, n = 0;
    size_t k = 0;

    while (k < ESCAPES && escapes[k].sign != in->p[i])
        k++;
    if (k == ESCAPES || (n = escapes[k].read(&cp, in, i)) == 0 || i + n > in->n)
        return 0;
    if (cp != UINT32_MAX && (escapes[k].is_byte || (in->p[i] == '\\' && n == 4)))
        gh_sink_put(out, (char)cp, gh_source_at(in, i), gh_source_at(in, i + n));
    else if (cp != UINT32_MAX)
        gh_sink_put_cp(out, cp, gh_source_at(in, i), gh_source_at(in, i + n));
    return n;
}

/* How many escapes there are, without writing anything; `enough` of them will do. */
static uint32_t
count_escapes(const struct gh_source *in, uint32_t enough)
{
    uint32_t found = 0, cp;

    for (size_t k = 0; k < ESCAPES; k++)
        for (uint32_t i = 0; i < in->n && found < enough && gh_source_has(in, escapes[k].sign); i++) {
            const uint8_t *at = memchr(in->p + i, escapes[k].sign, in->n - i);

            if (at == NULL)
                break;
            i = (uint32_t)(at - in->p);
            found += escapes[k].read(&cp, in, i) != 0;
        }
    return found;
}

uint32_t
gh_decode_escapes(struct gh_sink *out, const struct gh_source *in)
{
    uint32_t found = 0;

    if (count_escapes(in, GH_DECODE_ESCAPES_MIN) < GH_DECODE_ESCAPES_MIN)
        return 0;
    for (uint32_t i = 0; i < in->n;) {
        uint32_t n = escape_at(out, in, i);

        if (n == 0) {
            gh_sink_put(out, (char)in->p[i], gh_source_at(in, i), gh_source_at(in, i + 1));
            n = 1;
        } else {
            found++;
        }
        i += n;
    }
    return found;
}
