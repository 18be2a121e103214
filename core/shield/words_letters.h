/* SPDX-License-Identifier: Apache-2.0 */
/* What words_run.c (runs without spaces), words_plain.c (words between spaces) and words_note.c share: bytes of ordinary ASCII text and their kinds,
 * letters sixteen at a time. */
#ifndef GH_SHIELD_WORDS_LETTERS_H
#define GH_SHIELD_WORDS_LETTERS_H

#include "shield/words_int.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum gh_words_kind {
    GH_KIND_LETTER = 1,
    GH_KIND_DIGIT = 2,
    GH_KIND_SPACE = 4,
    GH_KIND_LINE = 8,
    GH_KIND_SIGN = 16,
    GH_KIND_QUOTE = 32,  /* the apostrophe, which within a word is none      */
    GH_KIND_STARTS = 64, /* a sentence begins behind it                      */
    GH_KIND_ODD = 128    /* may stand for a letter: words.c put_chunk()      */
};

/* Of each byte; 0: it is no ordinary text. */
extern const uint8_t gh_words_kinds[256];

#define GH_WORDS_ONES UINT64_C(0x0101010101010101)
#define GH_WORDS_PLAIN_MAX 15 /* letters of a plain word: what is behind it is read with it */
#define GH_WORDS_PLAIN_ROOM 18 /* bytes that are read from where a plain word begins */

/* How many of the eight bytes, from the first on, are letters; they are made lower case, the others 0. */
static inline uint32_t
gh_words_letters_of(uint64_t *v, bool *has_lower)
{
    uint64_t low = (*v | 0x20 * GH_WORDS_ONES) & 0x7f * GH_WORDS_ONES;
    uint64_t others = ~((low + (0x80 - 'a') * GH_WORDS_ONES) & ~(low + (0x7f - 'z') * GH_WORDS_ONES) & ~*v) & 0x80 * GH_WORDS_ONES;
    uint64_t mask = ((others & (0 - others)) >> 7) - 1; /* of all bytes before the first other one */

    *has_lower |= (*v & mask & 0x20 * GH_WORDS_ONES) != 0;
    *v = low & mask;
    return others == 0 ? 8 : (uint32_t)__builtin_ctzll(others) >> 3;
}

#if defined(__SSE2__)
/* From its k-th byte on, 16 - k that are all ones, and none behind them. */
static const uint8_t gh_words_masks[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
#endif

/* The letters that a word of ordinary text begins with. */
struct gh_words_letters {
#if defined(__SSE2__)
    __m128i row; /* the same letters */
#endif
    uint64_t first, next;     /* eight and eight, lower case, 0 behind them */
    uint32_t n;               /* at most 16                                 */
    uint32_t capitals;        /* a bit for each that is one                 */
};

/* Several letters, all of them capitals. */
static inline bool
gh_words_are_capitals(const struct gh_words_letters *word)
{
    return word->n > 1 && word->capitals + 1 == 1u << word->n;
}

/* Of sixteen bytes. */
static inline struct gh_words_letters
gh_words_sixteen_at(const uint8_t *p)
{
    struct gh_words_letters out;
#if defined(__SSE2__)
    const __m128i given = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i low = _mm_or_si128(given, _mm_set1_epi8(0x20)), place = _mm_sub_epi8(low, _mm_set1_epi8('a'));
    const uint32_t letters = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(place, _mm_set1_epi8(25)), place));

    out.n = (uint32_t)__builtin_ctz(~letters);
    out.row = _mm_and_si128(low, _mm_loadu_si128((const __m128i *)(const void *)(gh_words_masks + 16 - out.n)));
    out.capitals = (uint32_t)_mm_movemask_epi8(_mm_slli_epi16(_mm_andnot_si128(given, out.row), 2)); /* where folding set a bit */
    out.first = (uint64_t)_mm_cvtsi128_si64(out.row);
    out.next = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(out.row, out.row));
#else
    bool has_lower = false;

    memcpy(&out.first, p, 8);
    memcpy(&out.next, p + 8, 8);
    out.n = gh_words_letters_of(&out.first, &has_lower);
    if (out.n == 8)
        out.n += gh_words_letters_of(&out.next, &has_lower);
    else
        out.next = 0;
    out.capitals = 0;
    for (uint32_t k = 0; k < out.n; k++)
        out.capitals |= (uint32_t)((p[k] & 0x20) == 0) << k;
#endif
    return out;
}

/* The known one that it is; the first: none. */
static inline const struct gh_lexicon_known *
gh_words_known_of(const struct gh_lexicon_known *known, const struct gh_words_letters *word)
{
#if defined(__SSE2__)
    const struct gh_lexicon_known *likely = &known[gh_lexicon_known_first(word->first, word->next)];
    const __m128i same = _mm_cmpeq_epi8(word->row, _mm_loadu_si128((const __m128i *)(const void *)likely->letters));

    if (__builtin_expect(_mm_movemask_epi8(same) == 0xffff, 1))
        return likely;
#endif
    return gh_lexicon_known_in(known, word->first, word->next);
}

static inline void
gh_words_put_sixteen(char *to, const struct gh_words_letters *word)
{
#if defined(__SSE2__)
    _mm_storeu_si128((__m128i *)(void *)to, word->row);
#else
    memcpy(to, &word->first, 8);
    memcpy(to + 8, &word->next, 8);
#endif
}

/* The word with these letters, which stand at `letters` too, and that none is known to be. By a call: few words need it. */
void gh_words_take_unknown(struct gh_word *x, const struct gh_lexicon *l, const char *letters, uint64_t first, uint64_t next);

/* Words of at most GH_WORDS_PLAIN_MAX letters between spaces from byte i on, perhaps with a sign behind them, as most words stand: as far as they go. Where they
 * end, or i. There are GH_WORDS_PLAIN_ROOM bytes, and words are known. */
size_t gh_words_plain(struct gh_words_reader *r, size_t i);

#endif
