/* SPDX-License-Identifier: Apache-2.0 */
/* shield/words: what a run without spaces may be besides words: whoever looks for base64 and the like looks there alone. */
#include "shield/words_letters.h"

/* What a run is made of. Of many at least 255. */
struct makings {
    uint32_t upper, digits, signs;
};

#if defined(__SSE2__)
/* Ones where a byte is from `first` to `last`. */
static inline __m128i
are_of(__m128i bytes, char first, char last)
{
    const __m128i place = _mm_sub_epi8(bytes, _mm_set1_epi8(first));

    return _mm_cmpeq_epi8(_mm_min_epu8(place, _mm_set1_epi8((char)(last - first))), place);
}

static inline uint32_t
sum_of(__m128i counts)
{
    const __m128i sums = _mm_sad_epu8(counts, _mm_setzero_si128());

    return (uint32_t)_mm_cvtsi128_si32(sums) + (uint32_t)_mm_cvtsi128_si32(_mm_unpackhi_epi64(sums, sums));
}
#endif

static struct makings
makings_of(const struct gh_words_reader *r, size_t from, size_t to)
{
    struct makings out = {0, 0, 0};
#if defined(__SSE2__)
    const __m128i one = _mm_set1_epi8(1);
    __m128i upper = _mm_setzero_si128(), digits = upper, signs = upper;

    for (; from < to && r->n - from >= 16; from += 16) {
        const size_t beyond = to - from < 16 ? 16 - (to - from) : 0;
        const __m128i here = _mm_and_si128(one, _mm_loadu_si128((const __m128i *)(const void *)(gh_words_masks + beyond)));
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(r->p + from));
        const __m128i digit = are_of(bytes, '0', '9'), letter = are_of(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
        const __m128i sign = _mm_andnot_si128(_mm_or_si128(digit, letter), are_of(bytes, '!', '~'));

        upper = _mm_adds_epu8(upper, _mm_and_si128(here, are_of(bytes, 'A', 'Z')));
        digits = _mm_adds_epu8(digits, _mm_and_si128(here, digit));
        signs = _mm_adds_epu8(signs, _mm_and_si128(here, sign));
    }
    out = (struct makings){sum_of(upper), sum_of(digits), sum_of(signs)};
#endif
    for (; from < to; from++) {
        const uint8_t kind = gh_words_kinds[r->p[from]];

        out.upper += r->p[from] >= 'A' && r->p[from] <= 'Z';
        out.digits += (kind & GH_KIND_DIGIT) != 0;
        out.signs += (kind & GH_KIND_SIGN) != 0;
    }
    return out;
}

void
gh_words_note_run(struct gh_words_reader *r, size_t from, size_t to)
{
    struct gh_words *w = r->w;
    const struct makings of = makings_of(r, from, to);

    if (to - from >= 20 && of.signs >= 4) {
        w->dense.from = w->has_dense ? w->dense.from : (uint32_t)from;
        w->dense.to = (uint32_t)to;
        w->has_dense = true;
    }
    if (of.upper < 2 && of.digits == 0 && to - from <= 28)
        return;
    if (w->n_runs < GH_WORDS_RUNS)
        w->runs[w->n_runs++].from = (uint32_t)from;
    w->runs[w->n_runs - 1].to = (uint32_t)to;
}
