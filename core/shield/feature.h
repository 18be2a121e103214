/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/feature: what the first stage counts about a word and about a text. A feature is a number below GH_FEATURES: hashed ones (words,
 * pairs, letters in a row, ideas near one another) and, behind them, single ones (counts of what the reader met). The trainer and whoever
 * explains ask for their numbers (feature.c), the scan for the sums of their weights (feature_sum.c): the same, told by words_test.c.
 */
#ifndef GH_SHIELD_FEATURE_H
#define GH_SHIELD_FEATURE_H

#include "shield/words.h"

#define GH_FEATURE_BITS 21
#define GH_FEATURE_HASHED (1u << GH_FEATURE_BITS)
#define GH_FEATURE_SINGLE 1024u
#define GH_FEATURES (GH_FEATURE_HASHED + GH_FEATURE_SINGLE)
#define GH_FEATURE_STRETCH 32  /* words: within each 32 from the beginning on, saying it again counts for nothing */
#define GH_FEATURE_RECENT 256  /* places for words and pairs that were met in them */
#define GH_FEATURE_WORD_MAX 80 /* most features of one word */
#define GH_FEATURE_TEXT_MAX 64 /* most features of one text */

/* What the words before the present one leave behind. Zeroed at the start of a text. */
struct gh_feature_near {
    uint32_t hash[3];    /* of the words before, newest first      */
    uint32_t concept[3]; /* ideas before, newest first             */
    uint32_t place[3];   /* where they stood                       */
};
struct gh_feature_state {
    struct gh_feature_near near;
    uint64_t recent[GH_FEATURE_RECENT]; /* words and pairs that were met, with their stretch << 32 */
};

/* Features of word `i`, the words before it having been asked in order. How many. */
size_t gh_feature_word(uint32_t out[GH_FEATURE_WORD_MAX], struct gh_feature_state *s, const struct gh_words *w, uint32_t i);

/* Sums of the beginnings of a text: out[i] is of the words before i, w->n + 1 of them. `weight` and the sums of `known`, the lexicon's, are those
 * of `kind`. By eights where the machine has AVX2; the portable form gives the same. */
struct gh_feature_sum {
    int32_t weights;   /* of their features       */
    uint32_t features; /* how many of them        */
};
void gh_feature_add_up(struct gh_feature_sum *out, const struct gh_words *w, const int8_t *weight, const struct gh_lexicon_known *known,
    unsigned kind);
void gh_feature_add_up_portable(struct gh_feature_sum *out, const struct gh_words *w, const int8_t *weight,
    const struct gh_lexicon_known *known, unsigned kind);

/* The weights of the features that a word of letters gives whatever stands around it: x->n of them, of a word of at most
 * GH_LEXICON_KNOWN_LETTERS. */
int32_t gh_feature_alone(const struct gh_words *w, const struct gh_word *x, const int8_t *weight);

/* Features of the text as a whole, which count in each of its windows. `view` is an enum gh_view_id. How many. */
size_t gh_feature_text(uint32_t out[GH_FEATURE_TEXT_MAX], const struct gh_words *w, unsigned view);

#endif
