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

/* Four and five letters in a row, the space on both sides among them. */
static size_t
put_letters(uint32_t *out, const char *text, const struct gh_word *x)
{
    const char *p = text + x->text - 1;
    size_t n = x->n + 2u, k = 0;
    uint64_t v;

    for (size_t i = 0; i + 4 <= n && k < 40; i++) {
        memcpy(&v, p + i, 8);
        out[k++] = (uint32_t)((v & 0xffffffffu) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - GH_FEATURE_BITS));
    }
    return k;
}

static size_t
put_concept(uint32_t *out, struct gh_feature_state *s, const struct gh_word *x, uint32_t i, bool is_again)
{
    uint32_t gap = i - s->place[0], c = x->concept;
    size_t k = 0;

    if (is_again)
        goto note;
    out[k++] = single(512 + c);
    if ((x->flags & GH_WORD_START) != 0)
        out[k++] = single(768 + (c & 127));
    if (x->after == ':' || x->after == ']' || x->after == '>' || x->after == '|')
        out[k++] = single(896 + (c & 127));
    out[k++] = hashed(WORD_CONCEPT, s->hash[0], c);
    if (s->concept[0] != 0 && gap <= FAR) {
        out[k++] = hashed(CONCEPT_PAIR, s->concept[0], c);
        if (gap <= NEAR)
            out[k++] = hashed(CONCEPT_PAIR, s->concept[0] | 0x100u, c);
        if (s->concept[1] != 0 && i - s->place[1] <= SPAN) {
            out[k++] = hashed(CONCEPT_TRIPLE, (uint32_t)s->concept[1] << 8 | s->concept[0], c);
            out[k++] = hashed(CONCEPT_PAIR, s->concept[1] | 0x200u, c);
            if (s->concept[2] != 0 && i - s->place[2] <= SPAN + 8)
                out[k++] = hashed(CONCEPT_TRIPLE, (uint32_t)s->concept[2] << 16 | (uint32_t)s->concept[1] << 8 | s->concept[0], c);
        }
    }
note:
    for (int m = 2; m > 0; m--) {
        s->concept[m] = s->concept[m - 1];
        s->place[m] = s->place[m - 1];
    }
    s->concept[0] = x->concept;
    s->place[0] = i;
    return k;
}

static size_t
put_signs(uint32_t *out, const struct gh_word *x, uint32_t h)
{
    size_t k = 0;

    if (x->before != 0) {
        out[k++] = hashed(SIGN, x->before, x->flags & GH_WORD_LINE);
        out[k++] = hashed(SIGN_WORD, x->before, h);
    }
    if (x->after != 0 && x->after != ' ' && x->after != ',' && x->after != '.')
        out[k++] = hashed(WORD_SIGN, x->after, h);
    if ((x->flags & GH_WORD_START) != 0)
        out[k++] = hashed(START, 0, h);
    if ((x->flags & GH_WORD_CAPS) != 0 && x->n > 2)
        out[k++] = hashed(CAPS, 0, x->concept);
    return k;
}

/* Whether it was met in the last words; it is now. */
static bool
is_again(struct gh_feature_state *s, uint32_t hash, uint32_t i)
{
    uint32_t k = (hash ^ hash >> 13) & (GH_FEATURE_RECENT - 1);
    bool is = s->recent[k].hash == hash && s->recent[k].at != 0 && i + 1 - s->recent[k].at <= GH_FEATURE_AGAIN;

    if (!is) {
        s->recent[k].hash = hash;
        s->recent[k].at = i + 1;
    }
    return is;
}

size_t
gh_feature_word(uint32_t out[GH_FEATURE_WORD_MAX], struct gh_feature_state *s, const struct gh_words *w, uint32_t i)
{
    const struct gh_word *x = &w->word[i];
    uint32_t h = (x->flags & GH_WORD_DIGITS) != 0 ? NUMBER_HASH + (x->n > 4 ? 4u : x->n)
                 : (x->flags & GH_WORD_LONG) != 0 ? LONG_HASH
                                                  : x->hash;
    bool is_word_again = is_again(s, h, i), is_pair_again = is_again(s, gh_lexicon_pair(s->hash[0], h), i);
    size_t k = 0;

    if (!is_word_again)
        out[k++] = hashed(WORD, 0, h);
    if (!is_pair_again) {
        out[k++] = hashed(PAIR, s->hash[0], h);
        out[k++] = hashed(TRIPLE, gh_lexicon_pair(s->hash[1], s->hash[0]), h);
        if ((x->flags & GH_WORD_IDEO) != 0)
            out[k++] = hashed(IDEO4, gh_lexicon_pair(gh_lexicon_pair(s->hash[2], s->hash[1]), s->hash[0]), h);
        else
            out[k++] = hashed(SKIP, s->hash[1], h);
        k += put_signs(out + k, x, h);
    }
    if (x->concept != 0)
        k += put_concept(out + k, s, x, i, is_word_again && is_pair_again);
    if (!is_word_again && (x->flags & (GH_WORD_IDEO | GH_WORD_DIGITS | GH_WORD_LONG)) == 0)
        k += put_letters(out + k, w->text, x);
    s->hash[3] = s->hash[2];
    s->hash[2] = s->hash[1];
    s->hash[1] = s->hash[0];
    s->hash[0] = h;
    return k;
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
