/* SPDX-License-Identifier: Apache-2.0 */
/* shield/decode_words: texts whose letters are written as words: Alfa for a, 69 or 01101001 or 105 for i; and words without spaces. */
#include "shield/decode.h"
#include "shield/words_int.h"

#define CODES_MIN       6
#define SPELT_MIN       5
#define RUN_LETTERS_MAX 480

static struct gh_str
text_of(const struct gh_words *w, uint32_t i)
{
    return gh_str(w->text + w->word[i].text, w->word[i].n);
}

/* ---- the spelling alphabet of aviation ---- */

/* By letter; some are written in two ways. */
static const struct gh_str alphabet[26][2] = {
    {GH_STR_INIT("alfa"), GH_STR_INIT("alpha")},
    {GH_STR_INIT("bravo")},
    {GH_STR_INIT("charlie")},
    {GH_STR_INIT("delta")},
    {GH_STR_INIT("echo")},
    {GH_STR_INIT("foxtrot")},
    {GH_STR_INIT("golf")},
    {GH_STR_INIT("hotel")},
    {GH_STR_INIT("india")},
    {GH_STR_INIT("juliett"), GH_STR_INIT("juliet")},
    {GH_STR_INIT("kilo")},
    {GH_STR_INIT("lima")},
    {GH_STR_INIT("mike")},
    {GH_STR_INIT("november")},
    {GH_STR_INIT("oscar")},
    {GH_STR_INIT("papa")},
    {GH_STR_INIT("quebec")},
    {GH_STR_INIT("romeo")},
    {GH_STR_INIT("sierra")},
    {GH_STR_INIT("tango")},
    {GH_STR_INIT("uniform")},
    {GH_STR_INIT("victor")},
    {GH_STR_INIT("whiskey"), GH_STR_INIT("whisky")},
    {GH_STR_INIT("xray")},
    {GH_STR_INIT("yankee")},
    {GH_STR_INIT("zulu")},
};

static char
letter_named(struct gh_str s)
{
    const struct gh_str *names;

    if (s.n < 4 || s.n > 8 || s.p[0] < 'a' || s.p[0] > 'z')
        return '\0';
    names = alphabet[s.p[0] - 'a'];
    if (s.p[1] != names[0].p[1]) /* the second way of each begins alike */
        return '\0';
    if ((s.n == names[0].n && memcmp(s.p, names[0].p, s.n) == 0) || (s.n == names[1].n && memcmp(s.p, names[1].p, s.n) == 0))
        return s.p[0];
    return '\0';
}

/* The letter that word i stands for; "x-ray" is two words. */
static char
spelt(const struct gh_words *w, uint32_t i)
{
    struct gh_str s = text_of(w, i);

    if (s.n == 1)
        return s.p[0] == 'x' && i + 1 < w->n && gh_str_eq(text_of(w, i + 1), GH_STR("ray")) ? 'x' : '\0';
    return letter_named(s);
}

/* A sign that is no hyphen, or more than a space, parts words. */
static bool
is_parted(const struct gh_word *a, const struct gh_word *b)
{
    return b->at - a->end > 1 || (b->flags & (GH_WORD_START | GH_WORD_LINE)) != 0;
}

static uint32_t
put_spelt(struct gh_sink *out, const struct gh_words *w, uint32_t i)
{
    uint32_t start = out->n, n = 0;
    char c;

    for (; i < w->n && (c = spelt(w, i)) != '\0'; i++, n++) {
        if (n > 0 && is_parted(&w->word[i - 1], &w->word[i]))
            gh_sink_put(out, ' ', w->word[i].at, w->word[i].at);
        gh_sink_put(out, c, w->word[i].at, w->word[i].end);
        if (w->word[i].n == 1)
            i++;
    }
    if (n >= SPELT_MIN)
        gh_sink_part(out);
    else
        out->n = start;
    return i;
}

/* ---- numbers for letters ---- */

/* The value of a word as hex pair, eight bits or decimal code, or -1. */
static int
code_of(struct gh_str s, uint32_t radix)
{
    int v = 0;

    if (s.n != (radix == 2 ? 8u : 2u) && (radix != 10 || s.n < 2 || s.n > 3))
        return -1;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;

        if (digit >= (int)radix)
            return -1;
        v = v * (int)radix + digit;
    }
    return v < 256 ? v : -1;
}

/* "0x69" is one word to the reader; so is "69". */
static struct gh_str
bare(struct gh_str s, uint32_t radix)
{
    return radix == 16 && s.n == 4 && s.p[0] == '0' && s.p[1] == 'x' ? gh_str_sub(s, 2, 2) : s;
}

static uint32_t
put_codes(struct gh_sink *out, const struct gh_words *w, uint32_t i, uint32_t radix)
{
    uint32_t start = out->n, n = 0, letters = 0;
    int v;

    for (; i < w->n && (v = code_of(bare(text_of(w, i), radix), radix)) >= 0; i++, n++) {
        gh_sink_put(out, (char)v, w->word[i].at, w->word[i].end);
        letters += ((v | 32) >= 'a' && (v | 32) <= 'z') || v == ' ' || v >= 0x80;
    }
    if (n >= CODES_MIN && letters * 10 >= n * 8)
        gh_sink_part(out);
    else
        out->n = start;
    return i;
}

/* ---- words without spaces ---- */

static void
put_unspaced(struct gh_sink *out, const struct gh_lexicon *l, const struct gh_words *w, uint32_t from, uint32_t to)
{
    char letters[RUN_LETTERS_MAX + 8];
    uint16_t ends[RUN_LETTERS_MAX];
    uint32_t n = 0, start = out->n, known = 0, at = 0;
    size_t k;

    for (uint32_t i = from; i < to && n + w->word[i].n <= RUN_LETTERS_MAX; i++) {
        memcpy(letters + n, w->text + w->word[i].text, w->word[i].n);
        n += w->word[i].n;
    }
    memset(letters + n, 0, 8);
    k = gh_words_segment(l, letters, n, ends);
    for (size_t i = 0; i < k; at = ends[i++]) {
        known += ends[i] - at > 1 ? ends[i] - at : 0;
        for (uint32_t j = at; j < ends[i]; j++)
            gh_sink_put(out, letters[j], w->word[from].at, w->word[to - 1].end);
        gh_sink_put(out, ' ', w->word[from].at, w->word[to - 1].end);
    }
    if (known * 10 >= n * 8)
        gh_sink_part(out);
    else
        out->n = start;
}

static bool
is_unspaced(const struct gh_word *x)
{
    return x->frequency == 0 && x->script == 0 && (x->n >= GH_WORDS_UNSPACED || (x->flags & GH_WORD_LONG) != 0);
}

static uint32_t
find_unspaced(struct gh_sink *out, const struct gh_lexicon *l, const struct gh_words *w, uint32_t i)
{
    uint32_t to = i;

    while (to < w->n && w->word[to].script == 0 && (w->word[to].flags & GH_WORD_DIGITS) == 0 &&
           (to == i || w->word[to].at - w->word[to - 1].end <= 1) && to - i < 64)
        to++;
    put_unspaced(out, l, w, i, to > i ? to : i + 1);
    return to > i ? to : i + 1;
}

bool
gh_decode_words_may_begin(struct gh_str letters)
{
    return (letters.n == 1 && letters.p[0] == 'x') || code_of(bare(letters, 16), 16) >= 0 || letter_named(letters) != '\0';
}

/* What begins at word i; where it ends, or i. */
static uint32_t
decode_at(struct gh_sink *out, const struct gh_lexicon *l, const struct gh_words *w, uint32_t i)
{
    const struct gh_word *x = &w->word[i];
    uint32_t next = i;

    if (is_unspaced(x))
        next = find_unspaced(out, l, w, i);
    else if ((x->n == 2 || x->n == 4) && code_of(bare(text_of(w, i), 16), 16) >= 0)
        next = put_codes(out, w, i, 16);
    else if (x->n == 8 && code_of(text_of(w, i), 2) >= 0)
        next = put_codes(out, w, i, 2);
    else if (x->script == 0 && spelt(w, i) != '\0')
        next = put_spelt(out, w, i);
    if ((x->flags & GH_WORD_DIGITS) != 0 && code_of(text_of(w, i), 10) >= 0) {
        uint32_t decimal = put_codes(out, w, i, 10);

        next = decimal > next ? decimal : next;
    }
    return next;
}

void
gh_decode_words(struct gh_sink *out, const struct gh_lexicon *l, const struct gh_words *w)
{
    uint32_t next = 0;

    for (uint32_t k = 0; k < w->n_rare; k++)
        if (w->rare[k] >= next && w->word[w->rare[k]].plain == GH_WORD_LOOK)
            next = decode_at(out, l, w, w->rare[k]);
}
