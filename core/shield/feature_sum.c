/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/feature_sum: the weights of a text's features, added up. Words go in chunks, and each kind of thing has a loop of its own: first what all
 * words have, eight at a time; then what some have, by bits that say which. So nothing is asked of a word that cannot be foretold of it.
 * One form in C, compiled twice on x86-64: with AVX2, and without.
 */
#include "shield/feature.h"

#include <stddef.h>

#include "shield/feature_int.h"

#define CHUNK  64u /* words: as many as a number has bits */
#define BEFORE 3u  /* words of the chunk before that are looked back at */

typedef uint32_t quad __attribute__((vector_size(16), aligned(4), may_alias));
typedef uint32_t lanes __attribute__((vector_size(32), aligned(4), may_alias));
typedef uint16_t halves __attribute__((vector_size(16)));
typedef uint8_t bytes __attribute__((vector_size(8), aligned(1), may_alias));
typedef int32_t sums __attribute__((vector_size(8), aligned(4), may_alias)); /* a gh_feature_sum */
#define LANES 8u

/* What some words have. */
enum { SIGNS = 1, IDEA = 2, OTHER = 4 };

/* Numbers of words, one kind after the other. What stands behind the last word of the text is nobody's. */
struct chunk {
    const struct gh_word *word;
    uint32_t first, n; /* which words of the text */
    uint32_t hash[BEFORE + CHUNK];
    /* of the words, as it stands in memory */
    uint32_t idea[CHUNK];   /* concept; frequency, plain, script */
    uint32_t place[CHUNK];  /* before; known << 16               */
    uint32_t traits[CHUNK]; /* n; flags << 8; after << 16        */
    /* features */
    uint32_t pair[CHUNK], pair_id[CHUNK], triple_id[CHUNK], third_id[CHUNK];
    uint32_t known[CHUNK];                           /* where the sum of a known word stands; 0: nowhere */
    uint32_t letters[CHUNK];                         /* of a known word                                  */
    uint64_t is_word_new[CHUNK], is_pair_new[CHUNK]; /* 0: it was met lately     */
    uint32_t near[CHUNK], alone[CHUNK];              /* weights                  */
    uint32_t kinds[CHUNK];
    bool has_ideo;
    uint64_t signs, ideas, others; /* bit k: word k has what counts */
    struct gh_feature_sum own[CHUNK];
};

/* What goes on from chunk to chunk. */
struct walk {
    const struct gh_words *words;
    const int8_t *weight;
    const int16_t *known;
    struct gh_feature_near near;
    uint64_t recent[GH_FEATURE_RECENT];
};

INLINE void
begin(struct chunk *c, const struct gh_words *w)
{
    c->first += c->n;
    memmove(c->hash, c->hash + c->n, BEFORE * sizeof c->hash[0]);
    c->word = w->word + c->first;
    c->n = w->n - c->first < CHUNK ? w->n - c->first : CHUNK;
}

/* What a word has from its hash on: four numbers of 32 bits. */
_Static_assert(offsetof(struct gh_word, concept) == offsetof(struct gh_word, hash) + 4, "idea");
_Static_assert(offsetof(struct gh_word, before) == offsetof(struct gh_word, hash) + 8, "place");
_Static_assert(offsetof(struct gh_word, known) == offsetof(struct gh_word, hash) + 10, "place");
_Static_assert(offsetof(struct gh_word, n) == offsetof(struct gh_word, hash) + 12, "traits");
_Static_assert(offsetof(struct gh_word, flags) == offsetof(struct gh_word, hash) + 13, "traits");
_Static_assert(offsetof(struct gh_word, after) == offsetof(struct gh_word, hash) + 14, "traits");

#define TAKE       __builtin_shufflevector
#define LOW(a, b)  TAKE(a, b, 0, 4, 1, 5)
#define HIGH(a, b) TAKE(a, b, 2, 6, 3, 7)

/* Four words, one after the other, become numbers of one kind after the other. */
INLINE void
turn_four(struct chunk *to, uint32_t k, const struct gh_word *x)
{
    quad a, b, c, d;

    memcpy(&a, &x[0].hash, sizeof a);
    memcpy(&b, &x[1].hash, sizeof b);
    memcpy(&c, &x[2].hash, sizeof c);
    memcpy(&d, &x[3].hash, sizeof d);
    *(quad *)&to->hash[BEFORE + k] = TAKE(LOW(a, b), LOW(c, d), 0, 1, 4, 5);
    *(quad *)&to->idea[k] = TAKE(LOW(a, b), LOW(c, d), 2, 3, 6, 7);
    *(quad *)&to->place[k] = TAKE(HIGH(a, b), HIGH(c, d), 0, 1, 4, 5);
    *(quad *)&to->traits[k] = TAKE(HIGH(a, b), HIGH(c, d), 2, 3, 6, 7);
}

INLINE void
turn(struct chunk *c)
{
    struct gh_word last[4] = {{0}};
    uint32_t k = 0;

    for (; k + 4 <= c->n; k += 4)
        turn_four(c, k, c->word + k);
    if (k < c->n)
        turn_four(c, k, memcpy(last, c->word + k, (c->n - k) * sizeof *last));
}

#define UPPER(v)           ((v) / 65536) /* a shift of vectors: gcc's analyzer takes one that is written so for too great */
#define HAS(traits, flags) ((lanes)(((traits) & (uint32_t)(flags) << 8) != 0))

/* What the words are, and what stands for those that are no words of letters: hash_of(), has_signs(). */
INLINE void
sort(struct chunk *c)
{
    lanes any = {0};

    for (uint32_t k = 0; k < c->n; k += LANES) {
        lanes hash = *(lanes *)&c->hash[BEFORE + k], place = *(lanes *)&c->place[k], traits = *(lanes *)&c->traits[k];
        lanes n = traits & 0xff, after = UPPER(traits) & 0xff, known = UPPER(place), many = (lanes)(n > 4);
        lanes digits = HAS(traits, GH_WORD_DIGITS), is_long = HAS(traits, GH_WORD_LONG), is_known = (lanes)(known != 0) & ~is_long;
        lanes signs = (lanes)((place & 0xffff) != 0) | HAS(traits, GH_WORD_START | GH_WORD_CAPS) |
                      (lanes)((after != 0) & (after != ' ') & (after != ',') & (after != '.'));

        *(lanes *)&c->kinds[k] = (signs & SIGNS) | ((lanes)((*(lanes *)&c->idea[k] & 0xff) != 0) & IDEA) | (~is_known & OTHER);
        *(lanes *)&c->known[k] = (known & is_known) * (uint32_t)(sizeof(struct gh_lexicon_known) / sizeof(int16_t));
        *(lanes *)&c->letters[k] = n & is_known;
        any |= HAS(traits, GH_WORD_IDEO);
        hash = (hash & ~is_long) | (LONG_HASH & is_long);
        *(lanes *)&c->hash[BEFORE + k] = (hash & ~digits) | ((NUMBER_HASH + ((n & ~many) | (4 & many))) & digits);
    }
    c->has_ideo = false;
    for (size_t i = 0; i < LANES; i++)
        c->has_ideo |= any[i] != 0;
}

/* Features of all words with those before them. */
INLINE void
find_near(struct chunk *c)
{
    for (uint32_t k = 0; k < c->n; k += LANES) {
        const uint32_t *at = &c->hash[BEFORE + k];
        lanes h = *(const lanes *)at, one = *(const lanes *)(at - 1), two = *(const lanes *)(at - 2);
        lanes pair = MIX2(PAIR, one, h);

        *(lanes *)&c->pair[k] = pair;
        *(lanes *)&c->pair_id[k] = pair >> ID_SHIFT;
        *(lanes *)&c->triple_id[k] = MIX3(TRIPLE, two, one, h) >> ID_SHIFT;
        *(lanes *)&c->third_id[k] = MIX2(SKIP, two, h) >> ID_SHIFT;
    }
}

/* Of letters of a script without spaces, four in a row take the place of two apart. */
INLINE void
find_four(struct chunk *c)
{
    for (uint32_t k = 0; k < c->n; k++) {
        const uint32_t *h = &c->hash[BEFORE + k];

        if ((c->word[k].flags & GH_WORD_IDEO) != 0)
            c->third_id[k] = MIX4(IDEO4, h[-3], h[-2], h[-1], h[0]) >> ID_SHIFT;
    }
}

INLINE void
find_new(struct chunk *c, uint64_t recent[GH_FEATURE_RECENT])
{
    for (uint32_t k = 0, end; k < c->n; k = end) {
        uint64_t stretch = stretch_of(c->first + k);

#pragma GCC unroll 4
        for (end = c->n < k + GH_FEATURE_STRETCH ? c->n : k + GH_FEATURE_STRETCH; k < end; k++) {
            c->is_word_new[k] = meet(recent, c->hash[BEFORE + k], stretch);
            c->is_pair_new[k] = meet(recent, c->pair[k], stretch);
        }
    }
}
_Static_assert(CHUNK % GH_FEATURE_STRETCH == 0, "stretches do not reach over chunks");

INLINE void
weigh(struct chunk *c, const int8_t *weight, const int16_t *known)
{
#pragma GCC unroll 4
    for (uint32_t k = 0, n = c->n; k < n; k++) {
        c->near[k] = (uint32_t)(weight[c->pair_id[k]] + weight[c->triple_id[k]] + weight[c->third_id[k]]);
        c->alone[k] = (uint32_t)known[c->known[k]];
    }
}

/* A bit for each of eight bytes: its lowest one. */
INLINE uint64_t
lowest(uint64_t v)
{
    return (v & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080) >> 56;
}

/* Of eight numbers of 64 bits. */
#define NOT_ZERO(a, b) ((lanes)((TAKE(a, b, 0, 2, 4, 6, 8, 10, 12, 14) | TAKE(a, b, 1, 3, 5, 7, 9, 11, 13, 15)) != 0))

/* The sums of what all words have, and who has more. */
INLINE void
settle(struct chunk *c)
{
    const uint64_t all = c->n == 0 ? 0 : UINT64_MAX >> (CHUNK - c->n);

    c->signs = c->ideas = c->others = 0;
    for (uint32_t k = 0; k < c->n; k += LANES) {
        lanes is_word = NOT_ZERO(*(lanes *)&c->is_word_new[k], *(lanes *)&c->is_word_new[k + LANES / 2]);
        lanes is_pair = NOT_ZERO(*(lanes *)&c->is_pair_new[k], *(lanes *)&c->is_pair_new[k + LANES / 2]);
        lanes weights = (*(lanes *)&c->near[k] & is_pair) + (*(lanes *)&c->alone[k] & is_word);
        lanes features = (3 & is_pair) + (*(lanes *)&c->letters[k] & is_word);
        lanes kinds = *(lanes *)&c->kinds[k] & (IDEA | (is_pair & SIGNS) | (is_word & OTHER));

        bytes narrow = __builtin_convertvector(__builtin_convertvector(kinds, halves), bytes);
        uint64_t some;

        memcpy(&some, &narrow, sizeof some);
        c->signs |= lowest(some) << k;
        c->ideas |= lowest(some >> 1) << k;
        c->others |= lowest(some >> 2) << k;
        *(lanes *)&c->own[k] = TAKE(weights, features, 0, 8, 1, 9, 2, 10, 3, 11);
        *(lanes *)&c->own[k + LANES / 2] = TAKE(weights, features, 4, 12, 5, 13, 6, 14, 7, 15);
    }
    c->signs &= all;
    c->ideas &= all;
    c->others &= all;
}

INLINE void
add(struct chunk *c, uint32_t k, const struct to *to)
{
    c->own[k].weights += to->sum;
    c->own[k].features += to->n;
}

INLINE void
add_signs(struct chunk *c, const struct walk *walk)
{
    for (uint64_t left = c->signs; left != 0; left &= left - 1) {
        uint32_t k = (uint32_t)__builtin_ctzll(left);
        struct to to = {.weight = walk->weight};

        put_signs(&to, &c->word[k], c->hash[BEFORE + k]);
        add(c, k, &to);
    }
}

INLINE void
add_ideas(struct chunk *c, struct walk *walk)
{
    for (uint64_t left = c->ideas; left != 0; left &= left - 1) {
        uint32_t k = (uint32_t)__builtin_ctzll(left);
        struct to to = {.weight = walk->weight};

        walk->near.hash[0] = c->hash[BEFORE + k - 1];
        if ((c->is_word_new[k] | c->is_pair_new[k]) != 0)
            put_concept(&to, &walk->near, &c->word[k], c->first + k);
        note_concept(&walk->near, c->word[k].concept, c->first + k);
        add(c, k, &to);
    }
}

/* What the lexicon has added up of a known word. */
INLINE void
add_others(struct chunk *c, const struct walk *walk)
{
    for (uint64_t left = c->others; left != 0; left &= left - 1) {
        uint32_t k = (uint32_t)__builtin_ctzll(left);
        struct to to = {.weight = walk->weight};

        put(&to, hashed(WORD, 0, c->hash[BEFORE + k]));
        if (is_letters(&c->word[k]))
            put_letters(&to, walk->words->text, &c->word[k]);
        add(c, k, &to);
    }
}

/* out[0] is of the words before the chunk. */
INLINE void
sum_up(struct gh_feature_sum *out, const struct chunk *c)
{
    sums sum = *(sums *)out;

#pragma GCC unroll 4
    for (uint32_t k = 0, n = c->n; k < n; k++) {
        sum += *(const sums *)&c->own[k];
        *(sums *)&out[k + 1] = sum;
    }
}

INLINE void
add_up(struct gh_feature_sum *out, const struct gh_words *w, const int8_t *weight, const int16_t *known)
{
    struct walk walk = {.words = w, .weight = weight, .known = known};
    struct chunk c = {.n = 0};

    out[0] = (struct gh_feature_sum){0, 0};
    for (begin(&c, w); c.n > 0; begin(&c, w)) {
        turn(&c);
        sort(&c);
        find_near(&c);
        if (c.has_ideo)
            find_four(&c);
        find_new(&c, walk.recent);
        weigh(&c, weight, known);
        settle(&c);
        add_signs(&c, &walk);
        add_ideas(&c, &walk);
        add_others(&c, &walk);
        sum_up(out + c.first, &c);
    }
}

void
gh_feature_add_up_portable(
    struct gh_feature_sum *out, const struct gh_words *w, const int8_t *weight, const struct gh_lexicon_known *known, unsigned kind)
{
    add_up(out, w, weight, &known->sum[kind]);
}

#if defined(__x86_64__)
static __attribute__((target("avx2"))) void
add_up_avx2(
    struct gh_feature_sum *out, const struct gh_words *w, const int8_t *weight, const struct gh_lexicon_known *known, unsigned kind)
{
    add_up(out, w, weight, &known->sum[kind]);
}
#endif

void
gh_feature_add_up(
    struct gh_feature_sum *out, const struct gh_words *w, const int8_t *weight, const struct gh_lexicon_known *known, unsigned kind)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        add_up_avx2(out, w, weight, known, kind);
        return;
    }
#endif
    gh_feature_add_up_portable(out, w, weight, known, kind);
}
