/* SPDX-License-Identifier: Apache-2.0 */
/* shield/feature, what its two walks share: feature.c gives numbers to the trainer, feature_sum.c adds up weights for the scan. */
#ifndef GH_SHIELD_FEATURE_INT_H
#define GH_SHIELD_FEATURE_INT_H

#include "shield/feature.h"

#define INLINE static inline __attribute__((always_inline))

/* Spaces of hashed features: the same bytes in two of them are two features. */
enum {
    WORD = 1,
    PAIR,
    TRIPLE,
    SKIP,
    START,
    SIGN,
    SIGN_WORD,
    WORD_SIGN,
    CONCEPT_PAIR,
    CONCEPT_TRIPLE,
    WORD_CONCEPT,
    IDEO4,
    CAPS
};

#define NEAR        3
#define FAR         9
#define SPAN        16
#define NUMBER_HASH 0x6e756d31u
#define LONG_HASH   0x6c6f6e67u
#define BEGINNING   4096 /* of the constants: any other does, and gives other collisions */

/* A constant of the space, odd. */
INLINE uint32_t
factor(uint32_t space, uint32_t k)
{
    uint64_t v = (space * 8 + k + BEGINNING) * UINT64_C(0x9e3779b97f4a7c15);

    v = (v ^ v >> 31) * UINT64_C(0xff51afd7ed558ccd);
    return (uint32_t)(v >> 32) | 1;
}

/* 32 bits of two, three, four numbers, another way in each space: each times a constant, added up (multiply-shift: Dietzfelbinger 1996). Upper bits
 * are the best ones. Of vectors as of numbers. */
#define MIX2(space, a, b)       ((a)*factor(space, 0) + (b)*factor(space, 1) + factor(space, 4))
#define MIX3(space, a, b, c)    (MIX2(space, a, b) + (c)*factor(space, 2))
#define MIX4(space, a, b, c, d) (MIX3(space, a, b, c) + (d)*factor(space, 3))
#define ID_SHIFT                (32 - GH_FEATURE_BITS)

INLINE uint32_t
hashed(uint32_t space, uint32_t a, uint32_t b)
{
    return MIX2(space, a, b) >> ID_SHIFT;
}

INLINE uint32_t
single(uint32_t k)
{
    return GH_FEATURE_HASHED + (k < GH_FEATURE_SINGLE ? k : GH_FEATURE_SINGLE - 1);
}

/* Where features go: as numbers, or as the sum of their weights. */
struct to {
    uint32_t *ids; /* NULL: the sum is wanted */
    const int8_t *weight;
    int32_t sum;
    uint32_t n;
};

INLINE void
put(struct to *to, uint32_t id)
{
    if (to->ids != NULL)
        to->ids[to->n] = id;
    else
        to->sum += to->weight[id];
    to->n++;
}

/* The same if it is one, without a branch: what stands where in a text cannot be foretold. */
INLINE void
put_if(struct to *to, uint32_t id, bool is)
{
    if (to->ids != NULL)
        to->ids[to->n] = id;
    else
        to->sum += to->weight[id] & -(int32_t)is;
    to->n += is;
}

/* Four letters in a row, the space on both sides among them. */
INLINE void
put_letters(struct to *to, const char *text, const struct gh_word *x)
{
    const char *p = text + x->text - 1;
    size_t n = x->n + 2u;
    uint32_t v;

    for (size_t i = 0; i + 4 <= n && i < 40; i++) {
        memcpy(&v, p + i, 4);
        put(to, (uint32_t)(v * UINT64_C(0x9e3779b97f4a7c15) >> (64 - GH_FEATURE_BITS)));
    }
}

INLINE void
note_concept(struct gh_feature_near *s, uint32_t concept, uint32_t i)
{
    s->concept[2] = s->concept[1];
    s->concept[1] = s->concept[0];
    s->concept[0] = concept;
    s->place[2] = s->place[1];
    s->place[1] = s->place[0];
    s->place[0] = i;
}

INLINE void
put_concept(struct to *to, const struct gh_feature_near *s, const struct gh_word *x, uint32_t i)
{
    uint32_t gap = i - s->place[0], c = x->concept;

    put(to, single(512 + c));
    if ((x->flags & GH_WORD_START) != 0)
        put(to, single(768 + (c & 127)));
    if (x->after == ':' || x->after == ']' || x->after == '>' || x->after == '|')
        put(to, single(896 + (c & 127)));
    put(to, hashed(WORD_CONCEPT, s->hash[0], c));
    if (s->concept[0] == 0 || gap > FAR)
        return;
    put(to, hashed(CONCEPT_PAIR, s->concept[0], c));
    if (gap <= NEAR)
        put(to, hashed(CONCEPT_PAIR, s->concept[0] | 0x100u, c));
    if (s->concept[1] == 0 || i - s->place[1] > SPAN)
        return;
    put(to, hashed(CONCEPT_TRIPLE, s->concept[1] << 8 | s->concept[0], c));
    put(to, hashed(CONCEPT_PAIR, s->concept[1] | 0x200u, c));
    if (s->concept[2] != 0 && i - s->place[2] <= SPAN + 8)
        put(to, hashed(CONCEPT_TRIPLE, s->concept[2] << 16 | s->concept[1] << 8 | s->concept[0], c));
}

/* Nothing, a space, a comma, a full stop. */
INLINE bool
is_usual_after(uint8_t c)
{
    static const bool usual[256] = {[0] = true, [' '] = true, [','] = true, ['.'] = true};

    return usual[c];
}

/* Whether put_signs() has anything to put. */
INLINE bool
has_signs(const struct gh_word *x)
{
    return ((x->before | (x->flags & (GH_WORD_START | GH_WORD_CAPS))) != 0) | !is_usual_after(x->after);
}

INLINE void
put_signs(struct to *to, const struct gh_word *x, uint32_t h)
{
    put_if(to, hashed(SIGN, x->before, x->flags & GH_WORD_LINE), x->before != 0);
    put_if(to, hashed(SIGN_WORD, x->before, h), x->before != 0);
    put_if(to, hashed(WORD_SIGN, x->after, h), !is_usual_after(x->after));
    put_if(to, hashed(START, 0, h), (x->flags & GH_WORD_START) != 0);
    if ((x->flags & GH_WORD_CAPS) != 0 && x->n > 2)
        put(to, hashed(CAPS, 0, x->concept));
}

/* The stretch that word i belongs to, as meet() takes it. */
INLINE uint64_t
stretch_of(uint32_t i)
{
    return (uint64_t)(i / GH_FEATURE_STRETCH + 1) << 32;
}

/* 0 if it was met in this stretch of the text already; it is now. Zeros are of none. */
INLINE uint64_t
meet(uint64_t recent[GH_FEATURE_RECENT], uint32_t hash, uint64_t stretch)
{
    uint64_t *e = &recent[hash >> 24], now = stretch | hash, was = *e;

    *e = now;
    return was ^ now;
}
_Static_assert(GH_FEATURE_RECENT == 1 << 8, "as many as 8 bits of a hash tell");

/* Whether it is a word of letters that make words. */
INLINE bool
is_letters(const struct gh_word *x)
{
    return (x->flags & (GH_WORD_IDEO | GH_WORD_DIGITS | GH_WORD_LONG)) == 0;
}

/* What stands for the word. */
INLINE uint32_t
hash_of(const struct gh_word *x)
{
    if ((x->flags & GH_WORD_DIGITS) != 0)
        return NUMBER_HASH + (x->n > 4 ? 4u : x->n);
    return (x->flags & GH_WORD_LONG) != 0 ? LONG_HASH : x->hash;
}

#endif
