/* SPDX-License-Identifier: Apache-2.0 */
/* shield/words: words that nobody knows: one in pieces, scrambled, misspelt. Most words that nobody knows are what they are: each look costs little. */
#include "shield/words_int.h"

#define PARTS_MAX 3 /* pieces of one word */

static bool
is_odd(const struct gh_word *x)
{
    return (x->frequency | x->concept) == 0 && (x->flags & (GH_WORD_IDEO | GH_WORD_DIGITS | GH_WORD_LONG)) == 0;
}

/* Up to sixteen letters as a number, 0 behind them; 8 bytes behind p[n] may be read. */
typedef unsigned __int128 row;

static inline row
row_of(const char *p, size_t n)
{
    uint64_t v, more = 0;

    memcpy(&v, p, 8);
    if (n > 8)
        memcpy(&more, p + 8, 8);
    return gh_lexicon_first(v, n < 8 ? n : 8) | (row)(n > 8 ? gh_lexicon_first(more, n - 8) : 0) << 64;
}

/* Whether the word with these letters, 0 behind them, has an idea; n at most 16. */
static inline bool
is_idea(const struct gh_lexicon *l, row letters, size_t n, uint32_t script)
{
    uint64_t first = (uint64_t)letters, next = (uint64_t)(letters >> 64);
    uint32_t h = n > 8 ? gh_lexicon_hash16(first, next, n, script) : gh_lexicon_hash8(first, n, script);

    return gh_lexicon_may_slip(l, h) && (uint8_t)gh_lexicon_find(l, h, GH_LEXICON_WORD) != 0;
}

/* The letters of the words [x, y] one after the other, and up to 7 bytes more. */
static size_t
put_together(char *to, const struct gh_words *w, const struct gh_word *x, const struct gh_word *y)
{
    size_t n = 0;

    for (; x <= y; n += x++->n)
        for (size_t i = 0; i < x->n; i += 8)
            memcpy(to + n + i, w->text + x->text + i, 8);
    return n;
}

/* The words [x, y] are one with an idea, if it has more than 16 letters. By a call: few are so long. */
static bool __attribute__((noinline))
is_long_idea(const struct gh_lexicon *l, const struct gh_words *w, const struct gh_word *x, const struct gh_word *y)
{
    char pad[GH_WORD_LETTERS_MAX + 16];
    size_t n = put_together(pad, w, x, y);
    uint32_t h = gh_lexicon_hash(pad, n, x->script);

    return gh_lexicon_may_slip(l, h) && (uint8_t)gh_lexicon_find(l, h, GH_LEXICON_WORD) != 0;
}

/* The words [x, y] are one. */
static void
join(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x, const struct gh_word *y)
{
    char pad[GH_WORD_LETTERS_MAX + 16];
    size_t n = put_together(pad, w, x, y);

    x->text = gh_words_put_text(w, pad, n);
    x->n = (uint8_t)n;
    x->end = y->end;
    x->after = y->after;
    x->flags |= GH_WORD_MENDED;
    gh_words_look_up(l, w, x);
    w->count[GH_WORDS_JOINED]++;
}

/* Whether y may be what goes on where the word before it, of the same thing, ends. */
static inline bool
goes_on(const struct gh_word *y, uint32_t script)
{
    return (y->flags & (GH_WORD_IDEO | GH_WORD_DIGITS)) == 0 && y->script == script && y->at - y[-1].end <= 3;
}

/* "ign ore", "ig-\nnore": unknown pieces that are a known idea together. How many words it takes, 0: none. */
static uint32_t
mend_parts(const struct gh_lexicon *l, struct gh_words *w, uint32_t i)
{
    struct gh_word *const x = &w->word[i], *const end = w->n - i < PARTS_MAX ? w->word + w->n : x + PARTS_MAX;
    row letters = x->n < 16 ? row_of(w->text + x->text, x->n) : 0;
    size_t n = x->n;

    for (const struct gh_word *y = x + 1; y < end && goes_on(y, x->script) && n + y->n <= GH_WORD_LETTERS_MAX; y++) {
        if (n + y->n <= 16)
            letters |= row_of(w->text + y->text, y->n) << 8 * n;
        n += y->n;
        if (n < 5 || !(n <= 16 ? is_idea(l, letters, n, x->script) : is_long_idea(l, w, x, y)))
            continue;
        join(l, w, x, y);
        return (uint32_t)(y - x) + 1;
    }
    return 0;
}

static bool
replace(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x, const char *p, size_t n)
{
    x->text = gh_words_put_text(w, p, n);
    x->n = (uint8_t)n;
    x->script = 0;
    x->flags |= GH_WORD_MENDED;
    gh_words_look_up(l, w, x);
    w->count[GH_WORDS_JUMBLED]++;
    return true;
}

static bool
replace_by(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x, uint32_t v)
{
    uint32_t at = v >> 6, n = v & 63;

    if (v == 0 || n == 0 || n > GH_WORD_LETTERS_MAX || at > l->n_texts || n > l->n_texts - at)
        return false;
    return replace(l, w, x, l->texts + at, n);
}

/* One letter twice in a row. */
static bool
has_twice(const char *p, size_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);

    for (size_t i = 0; i + 1 < n; i += 8) {
        uint64_t a, b;

        memcpy(&a, p + i, 8);
        memcpy(&b, p + i + 1, 8);
        a ^= b;
        if (n - 1 - i < 8)
            a |= ~UINT64_C(0) << 8 * (n - 1 - i);
        if (((a - ones) & ~a & 0x80 * ones) != 0)
            return true;
    }
    return false;
}

/* "ignoooore": runs of one letter are one or two of it. */
static bool
mend_repeats(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x)
{
    const char *p = w->text + x->text;

    if (!has_twice(p, x->n))
        return false;
    for (size_t keep = 1; keep <= 2; keep++) {
        char pad[GH_WORD_LETTERS_MAX + 8];
        size_t n = 0, run = 0;

        for (size_t i = 0; i < x->n; i++) {
            run = i > 0 && p[i] == p[i - 1] ? run + 1 : 0;
            pad[n] = p[i];
            n += run < keep;
        }
        if (n == x->n)
            return false;
        if (n >= 3 && (uint8_t)gh_lexicon_find(l, gh_lexicon_hash(pad, n, x->script), GH_LEXICON_WORD) != 0)
            return replace(l, w, x, pad, n);
    }
    return false;
}

/* The word without its letter at `skip`, if that is one of eight. */
static inline uint64_t
without(uint64_t letters, uint64_t next, size_t skip)
{
    uint64_t before = (UINT64_C(1) << 8 * skip) - 1;

    return (letters & before) | ((letters >> 8 | next << 56) & ~before);
}

/* Whether the word is what it is without its letter there, n letters with hash h, or both lack one of the same word. */
static bool
mend_without(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x, const uint64_t less[2], size_t n, uint32_t h)
{
    uint32_t v = gh_lexicon_find(l, h, GH_LEXICON_LACKS);
    char pad[24];

    if (v != 0 && (v & 63) == x->n && replace_by(l, w, x, v))
        return true;
    v = gh_lexicon_find(l, h, GH_LEXICON_WORD);
    if ((uint8_t)v == 0)
        return false;
    memcpy(pad, less, 16);
    return replace(l, w, x, pad, n);
}

/* One letter too many, too few, or another one; 6 to 16 letters. */
static bool
mend_slip(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x)
{
    row letters = row_of(w->text + x->text, x->n);
    uint64_t first = (uint64_t)letters, next = (uint64_t)(letters >> 64), less[2] = {0, 0};
    size_t n = x->n - 1u;
    uint32_t h;

    if (replace_by(l, w, x, gh_lexicon_find(l, gh_lexicon_hash(w->text + x->text, x->n, 0), GH_LEXICON_LACKS)))
        return true;
    for (size_t skip = 0; skip <= n && skip < 8; skip++) {
        less[0] = without(first, next, skip);
        less[1] = next >> 8;
        h = n <= 8 ? gh_lexicon_hash8(less[0], n, 0) : gh_lexicon_hash16(less[0], less[1], n, 0);
        if (gh_lexicon_may_slip(l, h) && mend_without(l, w, x, less, n, h))
            return true;
    }
    less[0] = first;
    for (size_t skip = 8; skip <= n; skip++) {
        less[1] = without(next, 0, skip - 8);
        h = n == 8 ? gh_lexicon_hash8(first, n, 0) : gh_lexicon_hash16(first, less[1], n, 0);
        if (gh_lexicon_may_slip(l, h) && mend_without(l, w, x, less, n, h))
            return true;
    }
    return false;
}

bool
gh_words_mend_one(const struct gh_lexicon *l, struct gh_words *w, struct gh_word *x)
{
    if (x->n < 4)
        return false;
    if (mend_repeats(l, w, x))
        return true;
    if (x->script != 0)
        return false;
    if (replace_by(l, w, x, gh_lexicon_find(l, gh_lexicon_jumble(w->text + x->text, x->n), GH_LEXICON_JUMBLE)))
        return true;
    return x->n >= 6 && x->n <= 16 && mend_slip(l, w, x);
}

/* Of the words that were joined to others nothing stays: those behind them come nearer. `from`: the first of what is there twice. */
static void
close_gap(struct gh_words *w, uint32_t *to, uint32_t from, uint32_t end)
{
    if (*to != from)
        memmove(&w->word[*to], &w->word[from], (end - from) * sizeof *w->word);
    *to += end - from;
}

/* What the lexicon does not know is among the rare words. */
void
gh_words_mend_odd(const struct gh_lexicon *l, struct gh_words *w)
{
    uint32_t to = 0, from = 0, n_rare = 0; /* words before `to` are where they stay; the next is at `from` */

    for (uint32_t k = 0; k < w->n_rare; k++) {
        uint32_t i = w->rare[k], took = 0;
        struct gh_word *x = &w->word[i];

        if (i < from)
            continue; /* it was joined to one before it */
        if (is_odd(x)) {
            w->count[GH_WORDS_UNKNOWN]++;
            took = mend_parts(l, w, i);
            if (took == 0 && x->known == 0) /* what is known to be strange stays as it is */
                (void)gh_words_mend_one(l, w, x);
        }
        w->rare[n_rare++] = i - (from - to);
        if (took > 1) {
            close_gap(w, &to, from, i + 1);
            from = i + took;
        }
    }
    close_gap(w, &to, from, w->n);
    w->n = to;
    w->n_rare = n_rare;
}
