/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/words: ordinary ASCII text, a run without spaces at a time and its letters eight at a time. It gives what words.c gives byte after
 * byte; a run that it cannot read (other bytes, control characters, words too long) is left to words.c as if it had not been looked at.
 */
#include "shield/words_int.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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
#define PLAIN_MAX  15 /* letters of a plain word: what is behind it is read with it */
#define PLAIN_ROOM 18 /* bytes that are read from where a plain word begins         */

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

/* The word whose folded letters stand at the end of the text, from byte `at` to `end`. */
static inline void
put_word(struct gh_words_reader *r, size_t at, size_t end, uint32_t n, uint8_t flags)
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
    if ((known = gh_words_known_at(r->lexicon, letters, n)) != 0) {
        gh_words_take_known(x, &r->lexicon->known[known], known);
    } else {
        x->hash = gh_lexicon_hash(letters, n, 0);
        gh_words_find(r->lexicon, letters, x);
    }
    if (x->plain != GH_WORD_PLAIN)
        gh_words_note_rare(w, w->n - 1);
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
    put_word(r, at, end, n, n_letters == 0 ? GH_WORD_DIGITS : !has_lower && n > 1 ? GH_WORD_CAPS : 0);
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
    const uint32_t signs_before = r->signs, singles_before = r->singles;
    const uint8_t n_signs_before = r->n_signs, flags_before = r->flags;
    uint32_t n = r->w->n, n_rare = r->w->n_rare, n_text = r->w->n_text, signs = r->w->count[GH_WORDS_SIGNS],
             letters = r->w->count[GH_WORDS_LETTERS];
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
        r->signs = signs_before;
        r->n_signs = n_signs_before;
        r->flags = flags_before;
        r->singles = singles_before;
        r->w->n = n;
        r->w->n_rare = n_rare;
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

/* The letters that a word of ordinary text begins with. */
struct letters {
#if defined(__SSE2__)
    __m128i row; /* the same letters */
#endif
    uint64_t first, next;     /* eight and eight, lower case, 0 behind them */
    uint32_t n;               /* at most 16                                 */
    uint32_t lower, capitals; /* a bit for each that is one                 */
};

/* Of sixteen bytes. */
static inline struct letters
sixteen_at(const uint8_t *p)
{
    struct letters out;
#if defined(__SSE2__)
    static const uint8_t masks[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const __m128i given = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i low = _mm_or_si128(given, _mm_set1_epi8(0x20)), place = _mm_sub_epi8(low, _mm_set1_epi8('a'));
    const uint32_t letters = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(place, _mm_set1_epi8(25)), place));
    const uint32_t small = (uint32_t)_mm_movemask_epi8(_mm_slli_epi16(given, 2)); /* of letters, the bit that capitals lack */
    const uint32_t all = letters & ~(letters + 1);

    out.n = (uint32_t)__builtin_ctz(~letters);
    out.lower = all & small;
    out.capitals = all & ~small;
    out.row = _mm_and_si128(low, _mm_loadu_si128((const __m128i *)(const void *)(masks + 16 - out.n)));
    out.first = (uint64_t)_mm_cvtsi128_si64(out.row);
    out.next = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(out.row, out.row));
#else
    bool has_lower = false;

    memcpy(&out.first, p, 8);
    memcpy(&out.next, p + 8, 8);
    out.n = letters_of(&out.first, &has_lower);
    if (out.n == 8)
        out.n += letters_of(&out.next, &has_lower);
    else
        out.next = 0;
    out.lower = 0;
    for (uint32_t k = 0; k < out.n; k++)
        out.lower |= (uint32_t)((p[k] & 0x20) != 0) << k;
    out.capitals = ~out.lower & ((1u << out.n) - 1);
#endif
    return out;
}

/* The known one that it is; the first: none. */
static inline const struct gh_lexicon_known *
known_of(const struct gh_lexicon_known *known, const struct letters *word)
{
#if defined(__SSE2__)
    const struct gh_lexicon_known *likely = &known[gh_lexicon_known_first(word->first, word->next)];
    const __m128i same = _mm_cmpeq_epi8(word->row, _mm_loadu_si128((const __m128i *)(const void *)likely->letters));

    if (_mm_movemask_epi8(same) == 0xffff)
        return likely;
#endif
    return gh_lexicon_known_in(known, word->first, word->next);
}

static inline void
put_sixteen(char *to, const struct letters *word)
{
#if defined(__SSE2__)
    _mm_storeu_si128((__m128i *)(void *)to, word->row);
#else
    memcpy(to, &word->first, 8);
    memcpy(to + 8, &word->next, 8);
#endif
}

/* The word with these letters, which stand at `letters` too, and that none is known to be. By a call: few words need it. */
static void __attribute__((noinline))
take_unknown(struct gh_word *x, const struct gh_lexicon *l, const char *letters, uint64_t first, uint64_t next)
{
    x->hash = x->n > 8 ? gh_lexicon_hash16(first, next, x->n, 0) : gh_lexicon_hash8(first, x->n, 0);
    gh_words_find(l, letters, x);
}

/* Up to where plain words may begin: what is read of one stands in the text, and there is room for all of them, each being two bytes at least. */
static size_t
plain_end(const struct gh_words_reader *r, size_t i)
{
    const struct gh_words *w = r->w;
    size_t end = r->n - PLAIN_ROOM + 1, words = w->cap - w->n - 1u, room = w->cap_text - w->n_text;

    if (room < 64 || w->n >= w->cap)
        return i;
    end = end - i > 2 * words ? i + 2 * words : end;
    return end - i > room - 64 ? i + room - 64 : end;
}

/* What stands behind plain word x, at `at`, that is no space: a line end, or a sign and what may stand behind one. How many bytes, or 0: something
 * else, and x is no plain word. What it says of the word after it is put there. */
static inline __attribute__((always_inline)) uint32_t
take_tail(struct gh_words *w, struct gh_word *x, const uint8_t *at)
{
    const uint8_t kind = kinds[at[0]], behind = kinds[at[1]];

    x->after = 0;
    x[1].before = 0;
    x[1].flags = GH_WORD_START | GH_WORD_LINE;
    if ((kind & LINE) != 0)
        return 1;
    if ((kind & (SIGN | ODD | QUOTE)) != SIGN || (behind & (SPACE | LINE)) == 0)
        return 0;
    if ((behind & LINE) == 0)
        x[1].flags = (kind & STARTS) != 0 ? GH_WORD_START : 0;
    x[1].before = (uint16_t)(at[0] | 1);
    x->after = at[0];
    w->count[GH_WORDS_SIGNS]++;
    gh_words_note_sign(w, at[0]);
    return 2;
}

/* Words of at most PLAIN_MAX letters between spaces, perhaps with a sign behind them, as most words stand: as far as they go. What is told of a word
 * by the one before it is in it already. */
static inline __attribute__((always_inline)) size_t
read_plain(struct gh_words_reader *r, size_t i, const uint32_t *map)
{
    const uint8_t *const p = r->p;
    const struct gh_lexicon_known *const all_known = r->lexicon->known;
    struct gh_words *const w = r->w;
    struct gh_word *const first = w->word + w->n, *x = first;
    char *const text = w->text;
    uint32_t to = w->n_text + 1, singles = r->singles, most_singles = 0;
    const size_t end = plain_end(r, i);

    if (i >= end)
        return i;
    x->before = (uint16_t)(r->n_signs > 0 ? r->signs | 1 : 0);
    x->flags = r->flags;
    while (i < end) {
        const struct letters word = sixteen_at(p + i);
        const uint32_t n = word.n;
        const struct gh_lexicon_known *known;
        size_t at = i;

        if (n - 1 >= PLAIN_MAX) {
            if (n != 0 || p[i] != ' ')
                break;
            i++;
            continue;
        }
        if ((word.capitals & (word.capitals - 1)) != 0 && n + 1 >= GH_WORDS_RUN_BYTES) /* such a run may be another text */
            break;
        x->after = ' ';
        x[1].before = 0;
        x[1].flags = 0;
        if ((kinds[p[i + n]] & SPACE) == 0) {
            uint32_t tail = take_tail(w, x, p + i + n);

            if (tail == 0)
                break;
            i += tail - 1;
        }
        if ((word.capitals & (word.capitals - 1)) != 0 && word.lower == 0)
            x->flags |= GH_WORD_CAPS;
        put_sixteen(text + to, &word);
        memset(text + to + n, ' ', 8);
        x->at = map == NULL ? r->base + (uint32_t)at : gh_words_source(r, (uint32_t)at);
        x->end = map == NULL ? r->base + (uint32_t)at + n : gh_words_source_end(r, (uint32_t)at + n);
        x->text = to;
        x->n = (uint8_t)n;
        known = known_of(all_known, &word);
        gh_words_take_known(x, known, (uint32_t)(known - all_known));
        if (known->plain != GH_WORD_PLAIN) {
            if (known == all_known)
                take_unknown(x, r->lexicon, text + to, word.first, word.next);
            gh_words_note_rare(w, (uint32_t)(x - w->word));
        }
        singles = n == 1 ? singles + 1 : 0;
        if (singles > most_singles)
            most_singles = singles;
        to += n + 1;
        i += n + 1;
        x++;
    }
    if (x == first)
        return i;
    w->count[GH_WORDS_LETTERS] += to - (w->n_text + 1) - (uint32_t)(x - first);
    w->n = r->chunk_first = (uint32_t)(x - w->word);
    w->n_text = to - 1;
    w->has_apart |= most_singles >= GH_WORDS_APART;
    r->singles = singles;
    r->flags = x->flags;
    r->n_signs = x->before != 0;
    r->signs = x->before != 0 ? x[-1].after : 0;
    return i;
}

static size_t
read_plain_given(struct gh_words_reader *r, size_t i)
{
    return read_plain(r, i, NULL);
}

static size_t
read_plain_mapped(struct gh_words_reader *r, size_t i)
{
    return read_plain(r, i, r->map);
}

size_t
gh_words_run(struct gh_words_reader *r, size_t i)
{
    size_t (*const plain)(struct gh_words_reader *, size_t) = r->map == NULL ? read_plain_given : read_plain_mapped;

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
        end = (kind & LETTER) != 0 && r->n - i >= PLAIN_ROOM && r->lexicon->known != NULL ? plain(r, i) : i;
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
    if (to - from >= 20 && signs >= 4) {
        w->dense.from = w->has_dense ? w->dense.from : (uint32_t)from;
        w->dense.to = (uint32_t)to;
        w->has_dense = true;
    }
    if (upper < 2 && digits == 0 && to - from <= 28)
        return;
    if (w->n_runs < GH_WORDS_RUNS)
        w->runs[w->n_runs++].from = (uint32_t)from;
    w->runs[w->n_runs - 1].to = (uint32_t)to;
}
