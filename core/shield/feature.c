/* SPDX-License-Identifier: Apache-2.0 */
#include "shield/feature.h"

#include "shield/view.h"

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
    LETTERS4,
    LETTERS5,
    CONCEPT_PAIR,
    CONCEPT_TRIPLE,
    WORD_CONCEPT,
    IDEO3,
    IDEO4,
    CAPS
};

#define NEAR        3
#define FAR         9
#define SPAN        16
#define NUMBER_HASH 0x6e756d31u
#define LONG_HASH   0x6c6f6e67u

static inline uint32_t
hashed(uint32_t space, uint32_t a, uint32_t b)
{
    uint64_t h = (((uint64_t)a << 32 | b) + space * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);

    h ^= h >> 31;
    return (uint32_t)(h * UINT64_C(0xc4ceb9fe1a85ec53) >> (64 - GH_FEATURE_BITS));
}

static inline uint32_t
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

#define INLINE static inline __attribute__((always_inline))

INLINE void
put(struct to *to, uint32_t id)
{
    if (to->ids != NULL)
        to->ids[to->n] = id;
    else
        to->sum += to->weight[id];
    to->n++;
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

INLINE void
put_signs(struct to *to, const struct gh_word *x, uint32_t h)
{
    if (x->before != 0) {
        put(to, hashed(SIGN, x->before, x->flags & GH_WORD_LINE));
        put(to, hashed(SIGN_WORD, x->before, h));
    }
    if (!is_usual_after(x->after))
        put(to, hashed(WORD_SIGN, x->after, h));
    if ((x->flags & GH_WORD_START) != 0)
        put(to, hashed(START, 0, h));
    if ((x->flags & GH_WORD_CAPS) != 0 && x->n > 2)
        put(to, hashed(CAPS, 0, x->concept));
}

#define NOTHING_MET 1 /* for recent[0], where such a hash cannot be; zeros elsewhere are of one that cannot be there either */

/* Whether it was met in the last words; it is now. `place`: of the word, counted from 1, << 32. */
INLINE bool
is_again(uint64_t recent[GH_FEATURE_RECENT], uint32_t hash, uint64_t place)
{
    uint64_t *e = &recent[(hash ^ hash >> 13) & (GH_FEATURE_RECENT - 1)], now = place | hash;
    uint64_t since = now - *e; /* of the same: its lower half is 0, its upper one how many words ago */
    bool is = (since << 32 | since >> 32) <= GH_FEATURE_AGAIN;

    *e = is ? *e : now;
    return is;
}

/* What stands for a word that is no word of letters. */
static uint32_t
hash_of_odd(const struct gh_word *x)
{
    if ((x->flags & GH_WORD_DIGITS) != 0)
        return NUMBER_HASH + (x->n > 4 ? 4u : x->n);
    return (x->flags & GH_WORD_LONG) != 0 ? LONG_HASH : x->hash;
}

/* Features stand in the order in which the trainer adds them up. */
INLINE void
walk(struct to *to, struct gh_feature_near *s, uint64_t recent[GH_FEATURE_RECENT], const struct gh_words *w, uint32_t i)
{
    const struct gh_word *x = &w->word[i];
    bool is_letters = (x->flags & (GH_WORD_IDEO | GH_WORD_DIGITS | GH_WORD_LONG)) == 0;
    uint32_t h = is_letters ? x->hash : hash_of_odd(x);
    uint32_t pair = gh_lexicon_pair(s->hash[0], h);
    uint64_t place = (uint64_t)(i + 1) << 32;
    bool is_word_again = is_again(recent, h, place), is_pair_again = is_again(recent, pair, place);

    if (!is_word_again)
        put(to, hashed(WORD, 0, h));
    if (!is_pair_again) {
        put(to, hashed(PAIR, s->hash[0], h));
        put(to, hashed(TRIPLE, s->pair, h));
        if ((x->flags & GH_WORD_IDEO) != 0)
            put(to, hashed(IDEO4, gh_lexicon_pair(gh_lexicon_pair(s->hash[2], s->hash[1]), s->hash[0]), h));
        else
            put(to, hashed(SKIP, s->hash[1], h));
        if ((x->before | (x->flags & (GH_WORD_START | GH_WORD_CAPS))) != 0 || !is_usual_after(x->after))
            put_signs(to, x, h);
    }
    if (x->concept != 0) {
        if (!is_word_again || !is_pair_again)
            put_concept(to, s, x, i);
        note_concept(s, x->concept, i);
    }
    if (!is_word_again && is_letters)
        put_letters(to, w->text, x);
    s->hash[2] = s->hash[1];
    s->hash[1] = s->hash[0];
    s->hash[0] = h;
    s->pair = pair;
}

size_t
gh_feature_word(uint32_t out[GH_FEATURE_WORD_MAX], struct gh_feature_state *s, const struct gh_words *w, uint32_t i)
{
    struct to to = {.ids = out};

    if (s->recent[0] == 0)
        s->recent[0] = NOTHING_MET;
    walk(&to, &s->near, s->recent, w, i);
    return to.n;
}

/* What few words have is reached by calls, so that what all have stays in registers. */
static __attribute__((noinline)) struct to
add_signs(const int8_t *weight, const struct gh_word *x)
{
    struct to to = {.weight = weight};

    put_signs(&to, x, x->hash);
    return to;
}

static __attribute__((noinline)) struct to
add_concept(const int8_t *weight, struct gh_feature_near *s, const struct gh_word *x, uint32_t i, bool is_new)
{
    struct to to = {.weight = weight};

    if (is_new)
        put_concept(&to, s, x, i);
    note_concept(s, x->concept, i);
    return to;
}

/* walk() of one word, whatever it is. */
static __attribute__((noinline)) void
walk_other(struct gh_feature_sum *out, struct to *to, struct gh_feature_near *s, uint64_t recent[GH_FEATURE_RECENT],
    const struct gh_words *w, uint32_t i)
{
    walk(to, s, recent, w, i);
    out[i + 1] = (struct gh_feature_sum){to->sum, to->n};
}

/* walk() of words from i on, as far as they are known ones; where it ends. */
static __attribute__((noinline)) uint32_t
walk_known(struct gh_feature_sum *out, struct to *to, struct gh_feature_near *s, uint64_t recent[GH_FEATURE_RECENT],
    const struct gh_words *w, uint32_t i, const struct gh_lexicon_known *known, unsigned kind)
{
    const struct gh_word *const first = w->word + i, *const end = w->word + w->n, *x = first;
    const int16_t *sums = &known->sum[kind];
    const int8_t *weight = to->weight;
    const uint32_t newest = s->hash[0];
    uint32_t before = newest, second = s->hash[1], pair_before = s->pair, n = to->n, walked;
    uint64_t place = (uint64_t)i << 32;
    int32_t sum = to->sum;

    for (out += i + 1; x < end && x->known != 0 && (x->flags & GH_WORD_LONG) == 0; x++) {
        uint32_t h = x->hash, pair = gh_lexicon_pair(before, h), once;
        bool is_pair_again;

        place += UINT64_C(1) << 32;
        once = is_again(recent, h, place) ? 0 : UINT32_MAX;
        is_pair_again = is_again(recent, pair, place);
        if (!is_pair_again) {
            sum += weight[hashed(PAIR, before, h)] + weight[hashed(TRIPLE, pair_before, h)] + weight[hashed(SKIP, second, h)];
            n += 3;
            if ((x->before | (x->flags & (GH_WORD_START | GH_WORD_CAPS))) != 0 || !is_usual_after(x->after)) {
                struct to signs = add_signs(weight, x);

                sum += signs.sum;
                n += signs.n;
            }
        }
        if (x->concept != 0) {
            struct to concept;

            s->hash[0] = before;
            concept = add_concept(weight, s, x, (uint32_t)(place >> 32) - 1, once != 0 || !is_pair_again);
            sum += concept.sum;
            n += concept.n;
        }
        sum += sums[x->known * (sizeof *known / sizeof *sums)] & (int32_t)once; /* which word is said again cannot be foretold */
        n += x->n & once;
        *out++ = (struct gh_feature_sum){sum, n};
        second = before;
        before = h;
        pair_before = pair;
    }
    to->sum = sum;
    to->n = n;
    if ((walked = (uint32_t)(x - first)) == 0)
        return i;
    s->hash[2] = walked >= 3 ? x[-3].hash : walked == 2 ? newest : s->hash[1];
    s->hash[1] = second;
    s->hash[0] = before;
    s->pair = pair_before;
    return i + walked;
}

void
gh_feature_add_up(
    struct gh_feature_sum *out, const struct gh_words *w, const int8_t *weight, const struct gh_lexicon_known *known, unsigned kind)
{
    uint64_t recent[GH_FEATURE_RECENT] = {NOTHING_MET};
    struct gh_feature_near near = {.pair = 0};
    struct to to = {.weight = weight};
    uint32_t i = 0;

    out[0] = (struct gh_feature_sum){0, 0};
    while (i < w->n) {
        if (known != NULL && (i = walk_known(out, &to, &near, recent, w, i, known, kind)) == w->n)
            break;
        walk_other(out, &to, &near, recent, w, i++);
    }
}

int32_t
gh_feature_alone(const struct gh_words *w, const struct gh_word *x, const int8_t *weight)
{
    struct to to = {.weight = weight};

    put(&to, hashed(WORD, 0, x->hash));
    put_letters(&to, w->text, x);
    return to.sum;
}

static uint32_t
log2_of(uint32_t v)
{
    uint32_t k = 0;

    for (; v > 1; v >>= 1)
        k++;
    return k > 7 ? 7 : k;
}

size_t
gh_feature_text(uint32_t out[GH_FEATURE_TEXT_MAX], const struct gh_words *w, unsigned view)
{
    static const uint8_t odd[] = {GH_WORDS_HIDDEN, GH_WORDS_HIDDEN_INSIDE, GH_WORDS_TAGS, GH_WORDS_SELECTORS, GH_WORDS_CONTROLS,
        GH_WORDS_BAD_UTF8, GH_WORDS_LOOKALIKE, GH_WORDS_LEET, GH_WORDS_JOINED, GH_WORDS_JUMBLED};
    size_t k = 0;

    out[k++] = single(0); /* the constant one */
    out[k++] = single(8 + view);
    for (size_t i = 0; i < sizeof odd; i++)
        if (w->count[odd[i]] != 0)
            out[k++] = single(32 + (uint32_t)odd[i] * 8 + log2_of(w->count[odd[i]]));
    return k;
}
