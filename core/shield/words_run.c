/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/words: ordinary ASCII text, a run without spaces at a time and its letters eight at a time. It gives what words.c gives byte after
 * byte; a run that it cannot read (other bytes, control characters, words too long) is left to words.c as if it had not been looked at.
 */
#include "shield/words_int.h"

enum {
    LETTER = 1,
    DIGIT = 2,
    SPACE = 4,
    LINE = 8,
    SIGN = 16,
    QUOTE = 32,  /* the apostrophe, which within a word is none */
    STARTS = 64, /* a sentence begins behind it          */
    ODD = 128
}; /* may stand for a letter: words.c put_chunk() */

// clang-format off
#define L LETTER
#define D (DIGIT | ODD)
#define S SIGN
static const uint8_t kinds[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, SPACE, LINE, LINE, LINE, LINE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    SPACE, S | STARTS | ODD, S, S | ODD, S | ODD, S, S, S | QUOTE, S | ODD, S, S, S | ODD, S, S, S | STARTS, S,
    D, D, D, D, D, D, D, D, D, D, S | STARTS, S | STARTS, S, S, S, S | STARTS,
    S | ODD, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, S, S, S, S, S,
    S, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, S, S | ODD, S, S, 0,
};
#undef L
#undef D
#undef S
// clang-format on

#define ONES       UINT64_C(0x0101010101010101)
#define PLAIN_MAX  10 /* letters of a plain word: with a stop it is shorter than GH_WORDS_RUN_BYTES */
#define PLAIN_ROOM 12 /* bytes behind which a long one may end, and more than it reads           */

/* The run that is being read, and what was there before it. */
struct run {
    size_t i;       /* the byte that is next              */
    uint32_t n_raw; /* letters, digits and signs so far   */
    bool has_letter, has_odd, is_open;
};

static inline uint8_t
kind_at(const struct gh_words_reader *r, size_t i)
{
    return i < r->n ? kinds[r->p[i]] : 0;
}

static inline uint64_t
eight_at(const struct gh_words_reader *r, size_t i)
{
    uint64_t v = 0;

    if (r->n - i >= 8)
        memcpy(&v, r->p + i, 8);
    else
        for (size_t k = 0; k < r->n - i; k++)
            v |= (uint64_t)r->p[i + k] << 8 * k;
    return v;
}

/* How many of the eight bytes, from the first on, are letters; they are made lower case, the others 0. */
static inline uint32_t
letters_of(uint64_t *v, bool *has_lower)
{
    uint64_t low = (*v | 0x20 * ONES) & 0x7f * ONES;
    uint64_t others = ~((low + (0x80 - 'a') * ONES) & ~(low + (0x7f - 'z') * ONES) & ~*v) & 0x80 * ONES;
    uint64_t mask = ((others & (0 - others)) >> 7) - 1; /* of all bytes before the first other one */

    *has_lower |= (*v & mask & 0x20 * ONES) != 0;
    *v = low & mask;
    return others == 0 ? 8 : (uint32_t)__builtin_ctzll(others) >> 3;
}

/* The word whose folded letters stand at the end of the text, from byte `at` to `end`; `first`: its first eight letters. */
static inline void
put_word(struct gh_words_reader *r, size_t at, size_t end, uint32_t n, uint64_t first, uint8_t flags)
{
    struct gh_words *w = r->w;
    struct gh_word *x = &w->word[w->n++];
    char *letters = w->text + w->n_text + 1;
    uint32_t known;

    letters[-1] = ' ';
    memset(letters + n, ' ', 8);
    *x = (struct gh_word){.at = gh_words_source(r, (uint32_t)at),
        .end = gh_words_source_end(r, (uint32_t)end),
        .text = w->n_text + 1,
        .before = (uint16_t)(r->n_signs > 0 ? r->signs | 1 : 0),
        .n = (uint8_t)n,
        .flags = (uint8_t)(r->flags | flags)};
    w->n_text += n + 1;
    r->signs = r->n_signs = r->flags = 0;
    gh_words_note_single(r, n == 1);
    x->hash = n > 8 ? gh_lexicon_hash(letters, n, 0) : gh_lexicon_hash8(first, n, 0);
    if (n <= 8 && (known = gh_lexicon_known_at(r->lexicon, first, x->hash)) != 0)
        gh_words_take_known(x, &r->lexicon->known[known], known);
    else
        gh_words_find(r->lexicon, letters, x);
}

static inline bool
has_room(const struct gh_words *w)
{
    return w->cap_text - w->n_text >= GH_WORD_LETTERS_MAX + 24 && w->n < w->cap;
}

static inline void
put_sign(struct gh_words_reader *r, uint8_t c)
{
    if ((kinds[c] & STARTS) != 0)
        r->flags |= GH_WORD_START;
    if (r->n_signs < 4) {
        r->signs = (r->signs * 37 + c) & 0xffff;
        r->n_signs++;
    }
    r->w->count[GH_WORDS_SIGNS]++;
    gh_words_note_sign(r->w, c);
}

/* Letters and digits, and apostrophes within. False: no such word is read here. */
static bool
read_word(struct gh_words_reader *r, struct run *run)
{
    char *to = r->w->text + r->w->n_text + 1;
    size_t at = run->i, i = at, end = at;
    uint32_t n = 0, n_letters = 0, k;
    bool has_lower = false;
    uint64_t v;

    if (!has_room(r->w))
        return false;
    for (uint8_t kind = LETTER; (kind & (LETTER | DIGIT)) != 0; kind = kind_at(r, i)) {
        v = eight_at(r, i);
        k = letters_of(&v, &has_lower);
        memcpy(to + n, &v, 8);
        n += k;
        i += k;
        n_letters += k;
        for (; n <= GH_WORD_LETTERS_MAX && (kind_at(r, i) & DIGIT) != 0; i++, has_lower = true)
            to[n++] = (char)r->p[i];
        if (n > GH_WORD_LETTERS_MAX)
            return false;
        for (end = (kind_at(r, i) & LETTER) != 0 ? end : i; (kind_at(r, i) & QUOTE) != 0; i++)
            gh_words_note_sign(r->w, '\'');
    }
    run->i = i;
    run->n_raw += n;
    run->has_letter |= n_letters > 0;
    run->has_odd |= n_letters < n;
    run->is_open = true;
    r->w->count[GH_WORDS_LETTERS] += n_letters;
    memcpy(&v, to, 8);
    put_word(r, at, end, n, gh_lexicon_first(v, n < 8 ? n : 8),
        n_letters == 0        ? GH_WORD_DIGITS
        : !has_lower && n > 1 ? GH_WORD_CAPS
                              : 0);
    return true;
}

/* The run's letters, digits and signs, folded, without the apostrophes of its words. */
static size_t
raw_of(char out[GH_WORDS_CHUNK_MAX], const uint8_t *p, size_t n)
{
    bool is_open = false;
    size_t k = 0;

    for (size_t i = 0; i < n && k < GH_WORDS_CHUNK_MAX; i++) {
        uint8_t kind = kinds[p[i]];

        if ((kind & QUOTE) != 0 && is_open)
            continue;
        is_open = (kind & (LETTER | DIGIT)) != 0;
        out[k++] = (char)((kind & LETTER) != 0 ? p[i] | 0x20 : p[i]);
    }
    return k;
}

/* The run from `from` on has ended: as close_chunk() in words.c. */
static void
end_run(struct gh_words_reader *r, const struct run *run, size_t from)
{
    char raw[GH_WORDS_CHUNK_MAX];

    if (run->i - from >= GH_WORDS_RUN_BYTES)
        gh_words_note_run(r, from, run->i);
    if (run->has_letter && run->has_odd && run->n_raw >= 3 && run->n_raw <= GH_WORDS_CHUNK_MAX)
        gh_words_mend_leet(r->lexicon, r->w, r->chunk_first, raw, raw_of(raw, r->p + from, run->i - from),
            gh_words_source(r, (uint32_t)from), gh_words_source_end(r, (uint32_t)run->i));
    r->chunk_first = r->w->n;
}

/* Any run without spaces: words and signs. Where it ends, or `i` if it is not read here. */
static size_t
read_run(struct gh_words_reader *r, size_t i)
{
    struct gh_words_reader before = {.signs = r->signs, .n_signs = r->n_signs, .flags = r->flags, .singles = r->singles};
    uint32_t n = r->w->n, n_text = r->w->n_text, signs = r->w->count[GH_WORDS_SIGNS], letters = r->w->count[GH_WORDS_LETTERS];
    struct run run = {.i = i};
    bool is_read = true;
    uint8_t kind;

    while (is_read && ((kind = kind_at(r, run.i)) & (LETTER | DIGIT | SIGN)) != 0) {
        if ((kind & SIGN) == 0) {
            is_read = read_word(r, &run);
            continue;
        }
        if (run.is_open)
            r->w->word[r->w->n - 1].after = r->p[run.i];
        run.is_open = false;
        run.has_odd |= (kind & ODD) != 0;
        run.n_raw++;
        put_sign(r, r->p[run.i++]);
    }
    if (!is_read || (run.i < r->n && (kind & (SPACE | LINE)) == 0)) {
        r->signs = before.signs;
        r->n_signs = before.n_signs;
        r->flags = before.flags;
        r->singles = before.singles;
        r->w->n = n;
        r->w->n_text = n_text;
        r->w->count[GH_WORDS_SIGNS] = signs;
        r->w->count[GH_WORDS_LETTERS] = letters;
        return i;
    }
    if (run.is_open && run.i < r->n && (kind & SPACE) != 0)
        r->w->word[r->w->n - 1].after = ' ';
    end_run(r, &run, i);
    return run.i;
}

/* A byte behind a word after which read_plain() goes on: a space, a line end, or a stop before one of them. */
static inline bool
is_plain_end(const uint8_t *p)
{
    static const uint8_t ends[256] = {[' '] = 1, ['\n'] = 1, [','] = 2, ['.'] = 2};

    return ((ends[p[0]] | (ends[p[0]] >> 1 & ends[p[1]])) & 1) != 0;
}

/* Words of at most ten letters between spaces, perhaps with a stop behind them, as most words stand: as far as they go. What changes from word to
 * word is held here, for the letters that are written could be any of it. */
static size_t
read_plain(struct gh_words_reader *r, size_t i)
{
    const uint8_t *p = r->p;
    const struct gh_lexicon *l = r->lexicon;
    struct gh_words *w = r->w;
    struct gh_word *x = w->word + w->n, *x_end = w->word + w->cap;
    char *const text = w->text, *to = text + w->n_text + 1, *to_end = text + w->cap_text - 32;
    const uint32_t *map = r->map;
    const uint32_t base = r->base;
    uint32_t before = r->n_signs > 0 ? r->signs | 1 : 0, letters = 0, stops = 0, singles = r->singles;
    uint8_t flags = r->flags, n_signs = r->n_signs, signs = 0;
    const size_t last = r->n - 9; /* eight bytes and an end can be read before it */
    bool has_apart = false;

    while (i < last && x < x_end && to < to_end) {
        bool has_lower = false;
        uint32_t n, known, hash;
        uint64_t v, more = 0;

        memcpy(&v, p + i, 8);
        n = letters_of(&v, &has_lower);
        if (n == 0 && p[i] == ' ') {
            i++;
            continue;
        }
        if (n == 8 && i + PLAIN_ROOM < last) {
            memcpy(&more, p + i + 8, 8);
            n += letters_of(&more, &has_lower);
            memcpy(to + 8, &more, 8);
        }
        if (n == 0 || n > PLAIN_MAX || !is_plain_end(p + i + n))
            break;
        hash = n > 8 ? gh_lexicon_hash16(v, more, n, 0) : gh_lexicon_hash8(v, n, 0);
        known = n > 8 ? 0 : gh_lexicon_known_at(l, v, hash);
        memcpy(to, &v, 8);
        memset(to + n, ' ', 8);
        *x = (struct gh_word){.at = map == NULL ? base + (uint32_t)i : gh_words_source(r, (uint32_t)i),
            .end = map == NULL ? base + (uint32_t)i + n : gh_words_source_end(r, (uint32_t)i + n),
            .text = (uint32_t)(to - text),
            .hash = hash,
            .before = (uint16_t)before,
            .n = (uint8_t)n,
            .flags = (uint8_t)(flags | (!has_lower && n > 1 ? GH_WORD_CAPS : 0))};
        if (known != 0)
            gh_words_take_known(x, &l->known[known], known);
        else
            gh_words_find(l, to, x);
        letters += n;
        singles = n == 1 ? singles + 1 : 0;
        has_apart |= singles >= GH_WORDS_APART;
        to += n + 1;
        i += n;
        before = flags = n_signs = signs = 0;
        x->after = p[i] == '\n' ? 0 : p[i];
        x++;
        if (p[i] == ',' || p[i] == '.') {
            flags = p[i] == '.' ? GH_WORD_START : 0;
            before = p[i] | 1u;
            signs = p[i++];
            n_signs = 1;
            stops++;
            gh_words_note_sign(w, signs);
        }
        if (p[i++] == '\n')
            flags = GH_WORD_START | GH_WORD_LINE;
    }
    if (w->word + w->n == x)
        return i;
    w->n = r->chunk_first = (uint32_t)(x - w->word);
    w->n_text = (uint32_t)(to - w->text) - 1;
    w->count[GH_WORDS_LETTERS] += letters;
    w->count[GH_WORDS_SIGNS] += stops;
    w->has_apart |= has_apart;
    r->singles = singles;
    r->flags = flags;
    r->n_signs = n_signs;
    r->signs = signs;
    return i;
}

size_t
gh_words_run(struct gh_words_reader *r, size_t i)
{
    while (i < r->n) {
        uint8_t kind = kinds[r->p[i]];
        size_t end;

        if ((kind & SPACE) != 0) {
            i++;
            continue;
        }
        if ((kind & LINE) != 0) {
            r->flags |= GH_WORD_START | GH_WORD_LINE;
            i++;
            continue;
        }
        end = (kind & LETTER) != 0 && r->n - i > 9 ? read_plain(r, i) : i;
        if (end == i && (end = read_run(r, i)) == i)
            return i;
        i = end;
    }
    return r->n;
}

void
gh_words_note_run(struct gh_words_reader *r, size_t from, size_t to)
{
    struct gh_words *w = r->w;
    uint32_t upper = 0, digits = 0, signs = 0;

    for (size_t i = from; i < to; i++) {
        uint8_t kind = kinds[r->p[i]];

        upper += r->p[i] >= 'A' && r->p[i] <= 'Z';
        digits += (kind & DIGIT) != 0;
        signs += (kind & SIGN) != 0;
    }
    w->has_dense |= to - from >= 20 && signs >= 4;
    if (upper < 2 && digits == 0 && to - from <= 28)
        return;
    if (w->n_runs < GH_WORDS_RUNS)
        w->runs[w->n_runs++].from = (uint32_t)from;
    w->runs[w->n_runs - 1].to = (uint32_t)to;
}
