/* SPDX-License-Identifier: Apache-2.0 */
#include "shield/net.h"

#include "base/cursor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define W    GH_NET_WIDTH
#define EDGE 2 /* rows of zeros before and behind the words: the wider convolution reaches so far */

/* Sum of x[i] * w[i] over n, a multiple of 32; x is 0 to 127. */
typedef int32_t (*dot_fn)(const uint8_t *x, const int8_t *w, size_t n);
/* The same over the rows of three taps, `apart` bytes from one another: one sum of all. */
typedef int32_t (*taps_fn)(const uint8_t *x, size_t apart, const int8_t *w);

struct dots {
    dot_fn dot;
    taps_fn taps;
};

enum gh_rc
gh_net_read(struct gh_net *out, struct gh_str section)
{
    struct gh_cursor c = gh_cursor(section);
    const int8_t *p;
    uint32_t v;

    memset(out, 0, sizeof *out);
    if (section.n == 0)
        return GH_OK;
    if (section.n != GH_NET_BYTES)
        return GH_BAD;
    for (size_t i = 0; i < 4; i++) {
        if (gh_cursor_le32(&v, &c) != GH_OK || v > 24)
            return GH_BAD;
        out->shift[i] = (uint8_t)v;
    }
    for (size_t i = 0; i < GH_NET_BIASES; i++) {
        int32_t *to = i < 2 * W                   ? &out->conv_bias[i / W][i % W]
                      : i < 2 * W + GH_NET_HIDDEN ? &out->hidden_bias[i - 2 * W]
                                                  : &out->last_bias[i - 2 * W - GH_NET_HIDDEN];

        if (gh_cursor_le32(&v, &c) != GH_OK || (int32_t)v > 1 << 26 || (int32_t)v < -(1 << 26))
            return GH_BAD;
        *to = (int32_t)v;
    }
    p = (const int8_t *)section.p + c.at;
    out->word = p;
    out->stem = out->word + GH_NET_WORD_ROWS * W;
    out->concept = out->stem + GH_NET_STEM_ROWS * W;
    out->sign = out->concept + GH_NET_CONCEPT_ROWS * W;
    out->place = out->sign + GH_NET_SIGN_ROWS * W;
    out->conv[0] = out->place + GH_NET_PLACE_ROWS * W;
    out->conv[1] = out->conv[0] + W * GH_NET_TAPS * W;
    out->hidden = out->conv[1] + W * GH_NET_TAPS * W;
    out->last = out->hidden + GH_NET_HIDDEN * W;
    return GH_OK;
}

static uint8_t
sign_of(const struct gh_word *x)
{
    uint8_t v = (uint8_t)(x->flags & (GH_WORD_START | GH_WORD_LINE | GH_WORD_MENDED));

    v |= (x->flags & GH_WORD_DIGITS) != 0 ? 8 : 0;
    v |= (x->flags & GH_WORD_CAPS) != 0 ? 16 : 0;
    v |= x->before != 0 ? 32 : 0;
    v |= x->after == ':' || x->after == '>' || x->after == ']' || x->after == '|' ? 64 : 0;
    v |= x->after == '"' || x->after == '\'' || x->after == '?' ? 128 : 0;
    return v;
}

size_t
gh_net_words(struct gh_net_word out[GH_NET_WORDS], const struct gh_words *w, uint32_t from, uint32_t to)
{
    size_t n = 0;

    for (uint32_t i = from; i < to && n < GH_NET_WORDS; i++, n++) {
        const struct gh_word *x = &w->word[i];
        uint32_t stem = gh_lexicon_hash(w->text + x->text, x->n < 4 ? x->n : 4, x->script);
        bool is_number = (x->flags & GH_WORD_DIGITS) != 0;

        out[n].word = (uint16_t)(is_number ? x->n : (x->hash * 0x9e3779b1u) >> 18);
        out[n].stem = (uint16_t)((stem * 0x85ebca6bu) >> 20);
        out[n].concept = (uint8_t)(x->concept & (GH_NET_CONCEPT_ROWS - 1));
        out[n].sign = sign_of(x);
    }
    return n;
}

static int32_t
dot_portable(const uint8_t *x, const int8_t *w, size_t n)
{
    int32_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (int32_t)x[i] * w[i];
    return sum;
}

static int32_t
taps_portable(const uint8_t *x, size_t apart, const int8_t *w)
{
    int32_t sum = 0;

    for (size_t k = 0; k < GH_NET_TAPS; k++)
        sum += dot_portable(x + k * apart, w + k * W, W);
    return sum;
}

static const struct dots portable = {dot_portable, taps_portable};

#if defined(__x86_64__)
/* Pairs of products fit 16 bits, for x is at most 127: nothing saturates. */
__attribute__((target("avx2"))) static inline __m256i
add_products(__m256i sum, const uint8_t *x, const int8_t *w)
{
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)x), b = _mm256_loadu_si256((const __m256i *)(const void *)w);

    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), _mm256_set1_epi16(1)));
}

__attribute__((target("avx2"))) static inline int32_t
sum_of(__m256i sum)
{
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));

    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
    return _mm_cvtsi128_si32(half);
}

__attribute__((target("avx2"))) static int32_t
dot_avx2(const uint8_t *x, const int8_t *w, size_t n)
{
    __m256i sum = _mm256_setzero_si256();

    for (size_t i = 0; i < n; i += 32)
        sum = add_products(sum, x + i, w + i);
    return sum_of(sum);
}

__attribute__((target("avx2"))) static int32_t
taps_avx2(const uint8_t *x, size_t apart, const int8_t *w)
{
    __m256i sum = _mm256_setzero_si256();

    for (size_t k = 0; k < GH_NET_TAPS; k++)
        for (size_t i = 0; i < W; i += 32)
            sum = add_products(sum, x + k * apart + i, w + k * W + i);
    return sum_of(sum);
}

static const struct dots avx2 = {dot_avx2, taps_avx2};
#endif

static uint8_t
clamp(int32_t v)
{
    return (uint8_t)(v < 0 ? 0 : v > 127 ? 127 : v);
}

static int32_t
scaled(int32_t sum, uint8_t shift)
{
    return shift == 0 ? sum : (sum + (1 << (shift - 1))) >> shift;
}

static void
embed(uint8_t *x, const struct gh_net *net, const struct gh_net_word *w, const int8_t *place)
{
    const int8_t *rows[5] = {net->word + (size_t)(w->word & (GH_NET_WORD_ROWS - 1)) * W,
        net->stem + (size_t)(w->stem & (GH_NET_STEM_ROWS - 1)) * W,
        net->concept + (size_t)(w->concept & (GH_NET_CONCEPT_ROWS - 1)) * W, net->sign + (size_t)w->sign * W, place};

    for (size_t k = 0; k < W; k++)
        x[k] = clamp(rows[0][k] + rows[1][k] + rows[2][k] + rows[3][k] + rows[4][k]);
}

/* One layer of three taps, `step` words apart. */
static void
convolve(uint8_t out[][W], const uint8_t in[][W], const struct gh_net *net, size_t layer, size_t n, size_t step, taps_fn taps)
{
    for (size_t t = EDGE; t < n + EDGE; t++)
        for (size_t o = 0; o < W; o++) {
            int32_t sum = taps(in[t - step], step * W, net->conv[layer] + o * GH_NET_TAPS * W) + net->conv_bias[layer][o];

            out[t][o] = clamp(scaled(sum, net->shift[layer]));
        }
}

static void
ask(int32_t out[GH_NET_OUTPUTS], const struct gh_net *net, const struct gh_net_word *words, size_t n, unsigned place,
    const struct dots *d)
{
    uint8_t a[GH_NET_WORDS + 2 * EDGE][W], b[GH_NET_WORDS + 2 * EDGE][W], top[W], hidden[GH_NET_HIDDEN];
    const int8_t *place_row = net->place + (size_t)(place & (GH_NET_PLACE_ROWS - 1)) * W;

    memset(a, 0, sizeof a);
    memset(b, 0, sizeof b);
    memset(top, 0, sizeof top);
    n = n < GH_NET_WORDS ? n : GH_NET_WORDS;
    for (size_t t = 0; t < n; t++)
        embed(a[t + EDGE], net, &words[t], place_row);
    convolve(b, a, net, 0, n, 1, d->taps);
    convolve(a, b, net, 1, n, EDGE, d->taps);
    for (size_t t = EDGE; t < n + EDGE; t++)
        for (size_t k = 0; k < W; k++)
            top[k] = a[t][k] > top[k] ? a[t][k] : top[k];
    for (size_t o = 0; o < GH_NET_HIDDEN; o++)
        hidden[o] = clamp(scaled(net->hidden_bias[o] + d->dot(top, net->hidden + o * W, W), net->shift[2]));
    for (size_t o = 0; o < GH_NET_OUTPUTS; o++) /* sums are in units of 2^-(5 + shift); wanted: 2^-8 */
        out[o] = (int32_t)(((int64_t)net->last_bias[o] + d->dot(hidden, net->last + o * GH_NET_HIDDEN, GH_NET_HIDDEN)) * 8 >>
                           net->shift[3]);
}

void
gh_net_ask_portable(
    int32_t out[GH_NET_OUTPUTS], const struct gh_net *net, const struct gh_net_word *words, size_t n, unsigned place)
{
    ask(out, net, words, n, place, &portable);
}

void
gh_net_ask(int32_t out[GH_NET_OUTPUTS], const struct gh_net *net, const struct gh_net_word *words, size_t n, unsigned place)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        ask(out, net, words, n, place, &avx2);
        return;
    }
#endif
    ask(out, net, words, n, place, &portable);
}
