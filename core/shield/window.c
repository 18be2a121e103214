/* SPDX-License-Identifier: Apache-2.0 */
#include "shield/window.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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

/* The greatest number whose square is at most v < 2^40. The machine's root is exact there: IEEE 754 rounds it right, and no root of a number so
 * small is nearer to a whole one than its 53 bits tell. */
static uint32_t
root(uint64_t v)
{
#if defined(__SSE2__)
    return (uint32_t)_mm_cvttsd_si32(_mm_sqrt_sd(_mm_setzero_pd(), _mm_set_sd((double)v)));
#else
    uint64_t r = 0;

    for (uint64_t bit = UINT64_C(1) << 40; bit != 0; bit >>= 2) {
        if (v >= r + bit) {
            v -= r + bit;
            r = (r >> 1) + bit;
        } else {
            r >>= 1;
        }
    }
    return (uint32_t)r;
#endif
}

/* 256 times the root of at most 2^24 features. */
static inline int64_t
root_of(enum gh_shield_kind kind, uint32_t features)
{
    uint64_t square = root(((uint64_t)features + 1) << 16);

    return (int64_t)(kind == GH_SHIELD_USER ? square : root(square << 12) / 4);
}

static int32_t
divide(int64_t weights, int64_t by)
{
    int64_t sum = weights * 16 * 256 / by;

    return sum > 1 << 24 ? 1 << 24 : sum < -(1 << 24) ? -(1 << 24) : (int32_t)sum;
}

int32_t
gh_window_sum(enum gh_shield_kind kind, int64_t weights, uint32_t features)
{
    return divide(weights, root_of(kind, features));
}

static inline bool
is_over(int32_t *sum, const struct gh_windows *s, uint32_t from, uint32_t to, int32_t than)
{
    const struct gh_feature_sum *a = &s->sums[from], *b = &s->sums[to];
    int64_t weights = (int64_t)b->weights - a->weights + s->weights;
    int64_t by = root_of(s->kind, b->features - a->features + s->features);

    if (weights * 16 * 256 <= than * by) /* nor is what is rounded towards 0 */
        return false;
    *sum = divide(weights, by);
    return *sum > than;
}

bool
gh_window_is_over(int32_t *sum, const struct gh_windows *s, struct gh_window w, int32_t than)
{
    return is_over(sum, s, w.from, w.to, than);
}

/* Of one scale, from s->next on. */
static bool
find_in(struct gh_window *out, int32_t *sum, struct gh_windows *s, uint32_t words, uint32_t stride, int32_t than)
{
    const uint32_t last = s->n - words;

    for (uint32_t from = s->next; from < last + stride; from += stride) {
        uint32_t at = from < last ? from : last;

        if (is_over(sum, s, at, at + words, than)) {
            *out = (struct gh_window){at, at + words};
            s->next = from + stride;
            return true;
        }
    }
    return false;
}

bool
gh_window_find(struct gh_window *out, int32_t *sum, struct gh_windows *s, int32_t than)
{
    for (; s->scale < SCALES; s->scale++, s->next = 0)
        if (s->n > scales[s->scale].words && find_in(out, sum, s, scales[s->scale].words, scales[s->scale].stride, than))
            return true;
    *out = (struct gh_window){0, s->n};
    return s->scale++ == SCALES && is_over(sum, s, 0, s->n, than);
}
