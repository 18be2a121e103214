/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/lanes: sixteen bytes at once, for readers that look for the few bytes which are not plain. Comparing lanes (v == '"') gives -1 or 0 in
 * each; bytes from 0x80 on are negative.
 */
#ifndef GH_BASE_LANES_H
#define GH_BASE_LANES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef signed char gh_lanes __attribute__((vector_size(16)));

static inline gh_lanes
gh_lanes_load(const char *p)
{
    gh_lanes v;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* Whether no lane is set; each is -1 or 0. */
static inline bool
gh_lanes_none(gh_lanes set)
{
#ifdef __SSE2__
    return _mm_movemask_epi8((__m128i)set) == 0;
#else
    uint64_t half[2];

    memcpy(half, &set, sizeof(half));
    return (half[0] | half[1]) == 0;
#endif
}

/* Bytes in front of the first lane that is set, 16 if none is; or less, where this machine cannot tell: whoever asks goes on byte by byte. */
static inline uint32_t
gh_lanes_before(gh_lanes set)
{
#ifdef __SSE2__
    uint32_t bits = (uint32_t)_mm_movemask_epi8((__m128i)set);

    return bits == 0 ? 16 : (uint32_t)__builtin_ctz(bits);
#else
    return gh_lanes_none(set) ? 16 : 0;
#endif
}

#endif
