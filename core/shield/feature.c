/* SPDX-License-Identifier: Apache-2.0 */
#include "shield/feature.h"

#include "shield/feature_int.h"
#include "shield/view.h"

/* Features stand in the order in which the trainer adds them up. */
static void
walk(struct to *to, struct gh_feature_near *s, uint64_t recent[GH_FEATURE_RECENT], const struct gh_words *w, uint32_t i)
{
    const struct gh_word *x = &w->word[i];
    uint32_t h = hash_of(x), pair = MIX2(PAIR, s->hash[0], h);
    bool is_word_again = meet(recent, h, stretch_of(i)) == 0, is_pair_again = meet(recent, pair, stretch_of(i)) == 0;

    if (!is_word_again)
        put(to, hashed(WORD, 0, h));
    if (!is_pair_again) {
        put(to, pair >> ID_SHIFT);
        put(to, MIX3(TRIPLE, s->hash[1], s->hash[0], h) >> ID_SHIFT);
        put(to, ((x->flags & GH_WORD_IDEO) != 0 ? MIX4(IDEO4, s->hash[2], s->hash[1], s->hash[0], h) : MIX2(SKIP, s->hash[1], h)) >>
                    ID_SHIFT);
        if (has_signs(x))
            put_signs(to, x, h);
    }
    if (x->concept != 0) {
        if (!is_word_again || !is_pair_again)
            put_concept(to, s, x, i);
        note_concept(s, x->concept, i);
    }
    if (!is_word_again && is_letters(x))
        put_letters(to, w->text, x);
    s->hash[2] = s->hash[1];
    s->hash[1] = s->hash[0];
    s->hash[0] = h;
}

size_t
gh_feature_word(uint32_t out[GH_FEATURE_WORD_MAX], struct gh_feature_state *s, const struct gh_words *w, uint32_t i)
{
    struct to to = {.ids = out};

    walk(&to, &s->near, s->recent, w, i);
    return to.n;
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
