/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/window: which runs of words the first stage judges, and the sum that it makes of one: the weights of its features over the root of
 * how many they are, so that short and long runs compare. Sums of windows come from sums of beginnings: a window costs one division.
 */
#ifndef GH_SHIELD_WINDOW_H
#define GH_SHIELD_WINDOW_H

#include <stddef.h>
#include <stdint.h>

struct gh_window {
    uint32_t from, to; /* words */
};

/* X(words, stride): all of them, from the front; the last one ends with the text. And the text as a whole. */
#define GH_WINDOW_LIST(X) X(24, 8) X(64, 32)

/* How many windows a text of n words has, and the i-th. The whole text is the last. */
uint32_t gh_window_count(uint32_t n);
struct gh_window gh_window_at(uint32_t n, uint32_t i);

/* 16 * weights / sqrt(features). */
int32_t gh_window_sum(int64_t weights, uint32_t features);

#endif
