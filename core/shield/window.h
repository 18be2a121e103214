/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/window: which runs of words the first stage judges, and the sum that it makes of one: the weights of its features over a root of
 * how many they are, so that short and long runs compare. Sums of windows come from sums of beginnings.
 */
#ifndef GH_SHIELD_WINDOW_H
#define GH_SHIELD_WINDOW_H

#include "shield/feature.h"
#include "shield/shield.h"

struct gh_window {
    uint32_t from, to; /* words */
};

/* X(words, stride): all of them, from the front; the last one ends with the text. And the text as a whole. */
#define GH_WINDOW_LIST(X) X(24, 8) X(64, 32)

/* How many windows a text of n words has, and the i-th. The whole text is the last. */
uint32_t gh_window_count(uint32_t n);
struct gh_window gh_window_at(uint32_t n, uint32_t i);

/* Where others write, one sentence among innocent ones may be all of an attack: of documents and tool output each sentence or line of so many
 * words is judged by itself as well. Of what a user writes it is not: there the same windows cost more than they give (shield/TRIED.md). */
#define GH_WINDOW_SENTENCE_MIN 4
#define GH_WINDOW_SENTENCE_MAX 40

static inline bool
gh_window_is_sentence(enum gh_shield_kind kind, uint32_t from, uint32_t to)
{
    return kind != GH_SHIELD_USER && to - from >= GH_WINDOW_SENTENCE_MIN && to - from <= GH_WINDOW_SENTENCE_MAX;
}

/* 16 * weights / root: of what a user writes the square root of its features, else the fourth root, for which short sentences weigh less. */
int32_t gh_window_sum(enum gh_shield_kind kind, int64_t weights, uint32_t features);

/* A text's windows, to be asked which of them are over a sum. */
struct gh_windows {
    const struct gh_feature_sum *sums; /* of its beginnings                */
    uint32_t n;                        /* words                            */
    enum gh_shield_kind kind;
    int32_t weights;                   /* what counts in each window       */
    uint32_t features;
    uint32_t scale, next;              /* 0: how far gh_window_find() came */
};

/* Whether the window's sum, which is set then, is greater than `than`. Most are not, which is told without a division. */
bool gh_window_is_over(int32_t *sum, const struct gh_windows *s, struct gh_window w, int32_t than);

/* The next one that is, in the order of gh_window_at(). */
bool gh_window_find(struct gh_window *out, int32_t *sum, struct gh_windows *s, int32_t than);

#endif
