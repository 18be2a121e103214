/* SPDX-License-Identifier: Apache-2.0 */
/* shield/hidden: what stands in a text and is not shown to who reads it. HTML and Markdown are looked at lightly: what is taken for hidden and is
 * shown after all is judged twice, no more. */
#include "shield/decode.h"
#include "shield/fold.h"

#define BITS_MIN  32
#define SHOWN_MIN 4 /* letters in tags or selectors: a single selector behind an emoji is none */

static void
put_span(struct gh_sink *out, const struct gh_source *in, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to && out->n < out->cap; i++)
        gh_sink_put(out, (char)in->p[i], gh_source_at(in, i), gh_source_at(in, i + 1));
    gh_sink_part(out);
}

/* ---- code points that are not shown ---- */

struct bits {
    uint32_t n, held, from;
    uint32_t zero; /* the code point that stands for 0 */
};

/* Zero-width characters as bits: the first one that is met stands for 0. */
static void
put_bit(struct gh_sink *out, const struct gh_source *in, struct bits *b, uint32_t cp, uint32_t i)
{
    if (cp != 0x200b && cp != 0x200c && cp != 0x200d && cp != 0x2060 && cp != 0xfeff)
        return;
    if (b->n == 0) {
        b->zero = cp;
        b->from = i;
    }
    b->held = b->held << 1 | (cp != b->zero);
    if (++b->n % 8 == 0)
        gh_sink_put(out, (char)(b->held & 0xff), gh_source_at(in, b->from), gh_source_at(in, i));
}

/* The next code point that may be one of those, from byte i on; in->n: none. All of them begin with one of three bytes. */
static uint32_t
next_invisible(const struct gh_source *in, uint32_t i)
{
    while (i < in->n && in->p[i] != 0xe2 && in->p[i] != 0xef && in->p[i] != 0xf3)
        i++;
    return i;
}

/* Whether the reader met enough of them; nobody having read: maybe. */
static bool
may_have_invisible(const struct gh_source *in)
{
    const uint32_t *count = in->words != NULL ? in->words->count : NULL;

    return count == NULL || count[GH_WORDS_TAGS] + count[GH_WORDS_SELECTORS] >= SHOWN_MIN || count[GH_WORDS_HIDDEN] >= BITS_MIN;
}

static void
find_invisible(struct gh_sink *out, const struct gh_source *in)
{
    struct bits bits = {0};
    uint32_t start = out->n, cp, bits_at;

    for (uint32_t i = 0; (i = next_invisible(in, i)) < in->n;) {
        uint32_t len = (uint32_t)gh_fold_next(&cp, in->p + i, in->n - i);

        if (cp >= 0xe0020 && cp <= 0xe007e)
            gh_sink_put(out, (char)(cp & 0x7f), gh_source_at(in, i), gh_source_at(in, i + len));
        else if (cp >= 0xfe00 && cp <= 0xfe0f)
            gh_sink_put(out, (char)(cp - 0xfe00), gh_source_at(in, i), gh_source_at(in, i + len));
        else if (cp >= 0xe0100 && cp <= 0xe01ef)
            gh_sink_put(out, (char)(cp - 0xe0100 + 16), gh_source_at(in, i), gh_source_at(in, i + len));
        i += len;
    }
    if (out->n - start >= SHOWN_MIN)
        gh_sink_part(out);
    else
        out->n = start;
    bits_at = out->n;
    for (uint32_t i = 0; (i = next_invisible(in, i)) < in->n;) {
        uint32_t len = (uint32_t)gh_fold_next(&cp, in->p + i, in->n - i);

        put_bit(out, in, &bits, cp, i);
        i += len;
    }
    for (uint32_t i = bits_at; i < out->n; i++)
        if (bits.n < BITS_MIN || (uint8_t)out->p[i] < ' ' || (uint8_t)out->p[i] > '~') {
            out->n = bits_at;
            break;
        }
    gh_sink_part(out);
}

/* ---- markup ---- */

static uint32_t
find(const struct gh_source *in, uint32_t from, struct gh_str what)
{
    size_t at = from < in->n ? gh_str_find(gh_str((const char *)in->p + from, in->n - from), what) : SIZE_MAX;

    return at == SIZE_MAX ? UINT32_MAX : from + (uint32_t)at;
}

/* The first of these letters from `from` on, by the sign in it that stands less often in texts than the others: it is at `by`. */
static uint32_t
find_by(const struct gh_source *in, uint32_t from, struct gh_str what, uint32_t by)
{
    for (uint32_t i = from + by; i < in->n; i++) {
        const uint8_t *at = memchr(in->p + i, what.p[by], in->n - i);

        if (at == NULL)
            break;
        i = (uint32_t)(at - in->p);
        if (in->n - (i - by) >= what.n && memcmp(at - by, what.p, what.n) == 0)
            return i - by;
    }
    return UINT32_MAX;
}

static const struct {
    struct gh_str open;
    uint32_t by; /* see find_by() */
    struct gh_str close;
} spans[] = {
    {GH_STR_INIT("<!--"), 1, GH_STR_INIT("-->")},
    {GH_STR_INIT("[//]: # ("), 6, GH_STR_INIT(")\n")},
    {GH_STR_INIT("[comment]: # ("), 11, GH_STR_INIT(")\n")},
    {GH_STR_INIT("{#"), 1, GH_STR_INIT("#}")},
    {GH_STR_INIT("{{!--"), 2, GH_STR_INIT("--}}")},
    {GH_STR_INIT("%%{"), 0, GH_STR_INIT("}%%")},
};

/* All its signs are somewhere in the source. */
static bool
may_have(const struct gh_source *in, struct gh_str what)
{
    for (size_t i = 0; i < what.n; i++)
        if (what.p[i] != ' ' && (what.p[i] < 'a' || what.p[i] > 'z') && !gh_source_has(in, (uint8_t)what.p[i]))
            return false;
    return true;
}

static void
find_spans(struct gh_sink *out, const struct gh_source *in)
{
    for (size_t k = 0; k < sizeof spans / sizeof spans[0]; k++)
        for (uint32_t i = 0; may_have(in, spans[k].open) && (i = find_by(in, i, spans[k].open, spans[k].by)) != UINT32_MAX;) {
            uint32_t from = i + (uint32_t)spans[k].open.n, to = find(in, from, spans[k].close);

            to = to == UINT32_MAX ? in->n : to; /* a comment without end hides the rest */
            put_span(out, in, from, to);
            i = to;
        }
}

/* Styles with which an element is there and is not seen; each by its first sign, at `by`. */
static const struct {
    struct gh_str text;
    uint32_t by;
} unseen[] = {
    {GH_STR_INIT("display:none"), 7},
    {GH_STR_INIT("display: none"), 7},
    {GH_STR_INIT("visibility:hidden"), 10},
    {GH_STR_INIT("visibility: hidden"), 10},
    {GH_STR_INIT("font-size:0"), 9},
    {GH_STR_INIT("font-size: 0"), 9},
    {GH_STR_INIT("font-size:1px"), 9},
    {GH_STR_INIT("font-size: 1px"), 9},
    {GH_STR_INIT("opacity:0"), 7},
    {GH_STR_INIT("opacity: 0"), 7},
    {GH_STR_INIT("color:white"), 5},
    {GH_STR_INIT("color: white"), 5},
    {GH_STR_INIT("color:#fff"), 5},
    {GH_STR_INIT("color: #fff"), 5},
    {GH_STR_INIT("color:transparent"), 5},
    {GH_STR_INIT("color: transparent"), 5},
    {GH_STR_INIT("left:-"), 4},
    {GH_STR_INIT("left: -"), 4},
    {GH_STR_INIT("text-indent:-"), 11},
    {GH_STR_INIT("height:0"), 6},
    {GH_STR_INIT("height: 0"), 6},
    {GH_STR_INIT("width:0"), 5},
    {GH_STR_INIT(" hidden"), 0},
    {GH_STR_INIT("type=\"hidden\""), 4},
    {GH_STR_INIT("aria-hidden=\"true\""), 11},
    {GH_STR_INIT("<template"), 0},
    {GH_STR_INIT("<noscript"), 0},
    {GH_STR_INIT("clip:rect"), 4},
};

/* Whether one of them has its sign at byte i, all of it within [from, to). */
static bool
is_unseen_at(const struct gh_source *in, uint32_t from, uint32_t to, uint32_t i)
{
    for (size_t k = 0; k < sizeof unseen / sizeof unseen[0]; k++) {
        const struct gh_str *text = &unseen[k].text;
        uint32_t by = unseen[k].by;

        if (in->p[i] == (uint8_t)text->p[by] && i - from >= by && to - (i - by) >= text->n &&
            gh_str_eq_ci(gh_str((const char *)in->p + i - by, text->n), *text))
            return true;
    }
    return false;
}

static bool
is_unseen(const struct gh_source *in, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        if ((in->p[i] == ':' || in->p[i] == ' ' || in->p[i] == '=' || in->p[i] == '<') && is_unseen_at(in, from, to, i))
            return true;
    return false;
}

/* Values of attributes that hold text: any value with a space in it. */
static void
put_values(struct gh_sink *out, const struct gh_source *in, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i + 1 < to; i++) {
        uint8_t quote = in->p[i + 1];
        const uint8_t *end;

        if (in->p[i] != '=' || (quote != '"' && quote != '\'') || (end = memchr(in->p + i + 2, quote, to - i - 2)) == NULL)
            continue;
        uint32_t close = (uint32_t)(end - in->p);
        if (memchr(in->p + i + 2, ' ', close - i - 2) != NULL && memchr(in->p + i + 2, ';', close - i - 2) == NULL)
            put_span(out, in, i + 2, close);
        i = close;
    }
}

static void
find_elements(struct gh_sink *out, const struct gh_source *in)
{
    bool has_close = true; /* further on */

    for (uint32_t i = 0; (i = find(in, i, GH_STR("<"))) != UINT32_MAX; i++) {
        uint32_t end = find(in, i, GH_STR(">")), close;

        if (end == UINT32_MAX)
            return;
        if (i + 1 >= in->n || !(((in->p[i + 1] | 32) >= 'a' && (in->p[i + 1] | 32) <= 'z')) || end - i > 1024)
            continue;
        put_values(out, in, i, end);
        if (is_unseen(in, i, end)) {
            close = has_close ? find(in, end, GH_STR("</")) : UINT32_MAX;
            has_close = close != UINT32_MAX;
            put_span(out, in, end + 1, close == UINT32_MAX ? in->n : close);
        }
        i = end;
    }
}

/* [text](url "title"), ![alt](url), [name]: url "title" */
static void
find_titles(struct gh_sink *out, const struct gh_source *in)
{
    for (uint32_t i = 0; (i = find_by(in, i, GH_STR("]("), 0)) != UINT32_MAX; i += 2) {
        uint32_t end = find(in, i, GH_STR(")")), from = i, title;

        if (end == UINT32_MAX || end - i > 2048)
            continue;
        while (from > 0 && i - from < 512 && in->p[from] != '[')
            from--;
        if (from > 0 && in->p[from] == '[' && in->p[from - 1] == '!')
            put_span(out, in, from + 1, i);
        for (title = i; title < end && in->p[title] != '"' && in->p[title] != '\''; title++)
            ;
        if (title < end) {
            const uint8_t *close = memchr(in->p + title + 1, in->p[title], in->n - title - 1);

            put_span(out, in, title + 1, close != NULL ? (uint32_t)(close - in->p) : end);
        }
    }
}

void
gh_decode_hidden(struct gh_sink *out, const struct gh_source *in)
{
    if (may_have_invisible(in))
        find_invisible(out, in);
    find_spans(out, in);
    if (gh_source_has(in, '<'))
        find_elements(out, in);
    if (gh_source_has(in, ']'))
        find_titles(out, in);
}
