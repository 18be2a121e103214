/* SPDX-License-Identifier: Apache-2.0 */
#include "shield/window.h"

static const struct {
    uint32_t words, stride;
} scales[] = {
#define ROW(words, stride) {words, stride},
    GH_WINDOW_LIST(ROW)
#undef ROW
};
#define SCALES (sizeof scales / sizeof scales[0])

/* Windows of one scale: none when the text is no longer than one, for that is the text as a whole. */
static uint32_t
count_of(uint32_t n, size_t k)
{
    return n <= scales[k].words ? 0 : (n - scales[k].words + scales[k].stride - 1) / scales[k].stride + 1;
}

uint32_t
gh_window_count(uint32_t n)
{
    uint32_t sum = 1;

    for (size_t k = 0; k < SCALES; k++)
        sum += count_of(n, k);
    return sum;
}

struct gh_window
gh_window_at(uint32_t n, uint32_t i)
{
    for (size_t k = 0; k < SCALES; k++) {
        uint32_t count = count_of(n, k), from = i * scales[k].stride;

        if (i < count)
            return from > n - scales[k].words ? (struct gh_window){n - scales[k].words, n}
                                              : (struct gh_window){from, from + scales[k].words};
        i -= count;
    }
    return (struct gh_window){0, n};
}

/* The greatest number whose square is at most v, found from one that is near it. */
static uint32_t
root_near(uint64_t v, uint32_t r)
{
    uint64_t step = 1;

    for (; (r + step) * (r + step) <= v; step *= 2)
        r += (uint32_t)step;
    for (; (uint64_t)r * r > v; step *= 2)
        r -= (uint32_t)(step < r ? step : r);
    for (; step > 0; step /= 2)
        if ((r + step) * (r + step) <= v)
            r += (uint32_t)step;
    return r;
}

int32_t
gh_window_sum(int64_t weights, uint32_t features, uint32_t *root)
{
    int64_t sum;

    *root = root_near(((uint64_t)features + 1) << 8, *root);
    sum = weights * 256 / (int64_t)*root;
    return sum > 1 << 24 ? 1 << 24 : sum < -(1 << 24) ? -(1 << 24) : (int32_t)sum;
}
