/* SPDX-License-Identifier: Apache-2.0 */
#include "shield/net.h"

#include "base/cursor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define W    GH_NET_WIDTH
#define EDGE 2 /* rows of zeros before and behind the words: the wider convolution reaches so far */

/* Rows of activations: EDGE rows of zeros, those of the words, EDGE rows of zeros. */
typedef uint8_t rows[GH_NET_WORDS + 2 * EDGE][W];

/* What there is an AVX2 form of. */
struct forms {
    /* The word's rows of all tables, added up. */
    void (*embed)(uint8_t *x, const int8_t *const row[5]);
    /* One layer of three taps, `step` words apart, over n words. */
    void (*convolve)(rows out, const rows in, const struct gh_net *net, size_t layer, size_t n, size_t step);
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
    for (size_t layer = 0; layer < 2; layer++)
        for (size_t o = 0; o < W; o++)
            for (size_t i = 0; i < GH_NET_TAPS * W; i++)
                out->by_input[layer][i / 4][o][i % 4] = out->conv[layer][o * GH_NET_TAPS * W + i];
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

static inline uint8_t
clamp(int32_t v)
{
    return (uint8_t)(v < 0 ? 0 : v > 127 ? 127 : v);
}

static inline int32_t
scaled(int32_t sum, uint8_t shift)
{
    return shift == 0 ? sum : (sum + (1 << (shift - 1))) >> shift;
}

static int32_t
dot(const uint8_t *x, const int8_t *w, size_t n)
{
    int32_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (int32_t)x[i] * w[i];
    return sum;
}

static void
embed_portable(uint8_t *x, const int8_t *const row[5])
{
    for (size_t k = 0; k < W; k++)
        x[k] = clamp(row[0][k] + row[1][k] + row[2][k] + row[3][k] + row[4][k]);
}

static void
convolve_portable(rows out, const rows in, const struct gh_net *net, size_t layer, size_t n, size_t step)
{
    for (size_t t = EDGE; t < n + EDGE; t++)
        for (size_t o = 0; o < W; o++) {
            const int8_t *w = net->conv[layer] + o * GH_NET_TAPS * W;
            int32_t sum = net->conv_bias[layer][o];

            for (size_t k = 0; k < GH_NET_TAPS; k++)
                sum += dot(in[t + k * step - step], w + k * W, W);
            out[t][o] = clamp(scaled(sum, net->shift[layer]));
        }
}

static const struct forms portable = {embed_portable, convolve_portable};

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i
load(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

AVX2 static void
embed_avx2(uint8_t *x, const int8_t *const row[5])
{
    for (size_t k = 0; k < W; k += 16) {
        __m256i sum = _mm256_setzero_si256();

        for (size_t i = 0; i < 5; i++)
            sum = _mm256_add_epi16(sum, _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(row[i] + k))));
        sum = _mm256_min_epi16(_mm256_max_epi16(sum, _mm256_setzero_si256()), _mm256_set1_epi16(127));
        sum = _mm256_permute4x64_epi64(_mm256_packus_epi16(sum, sum), 0xd8);
        _mm_storeu_si128((__m128i *)(void *)(x + k), _mm256_castsi256_si128(sum));
    }
}

/* Eight sums, as they go into a layer: 0 to 127. */
AVX2 static inline __m256i
scale8(__m256i sum, uint8_t shift)
{
    const __m256i half = _mm256_set1_epi32(shift == 0 ? 0 : 1 << (shift - 1));

    sum = _mm256_sra_epi32(_mm256_add_epi32(sum, half), _mm_cvtsi32_si128(shift));
    return _mm256_min_epi32(_mm256_max_epi32(sum, _mm256_setzero_si256()), _mm256_set1_epi32(127));
}

/* Four inputs times their weights for eight outputs. Pairs of products fit 16 bits, for activations are at most 127. */
AVX2 static inline __m256i
add4(__m256i sum, __m256i four, const int8_t w[8][4])
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(four, load(w)), _mm256_set1_epi16(1)));
}

/* Half of the outputs of one word: what is four inputs wide goes to all of them. x: the inputs of the first tap. */
AVX2 static inline void
convolve_half(uint8_t *to, const uint8_t *x, size_t step, const int8_t w[][W][4], const int32_t *bias, uint8_t shift)
{
    __m256i a = load(bias), b = load(bias + 8), c = load(bias + 16), d = load(bias + 24);

    for (size_t k = 0; k < GH_NET_TAPS; k++, x += step * W)
        for (size_t i = 0; i < W; i += 4, w++) {
            int32_t inputs;
            __m256i four;

            memcpy(&inputs, x + i, 4);
            four = _mm256_set1_epi32(inputs);
            a = add4(a, four, w[0]);
            b = add4(b, four, w[0] + 8);
            c = add4(c, four, w[0] + 16);
            d = add4(d, four, w[0] + 24);
        }
    a = _mm256_packus_epi16(
        _mm256_packs_epi32(scale8(a, shift), scale8(b, shift)), _mm256_packs_epi32(scale8(c, shift), scale8(d, shift)));
    a = _mm256_permutevar8x32_epi32(a, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    _mm256_storeu_si256((__m256i *)(void *)to, a);
}

AVX2 static void
convolve_avx2(rows out, const rows in, const struct gh_net *net, size_t layer, size_t n, size_t step)
{
    for (size_t t = EDGE; t < n + EDGE; t++)
        for (size_t o = 0; o < W; o += W / 2)
            convolve_half(out[t] + o, in[t - step], step, (const int8_t(*)[W][4]) & net->by_input[layer][0][o],
                net->conv_bias[layer] + o, net->shift[layer]);
}

static const struct forms avx2 = {embed_avx2, convolve_avx2};
#endif

static void
ask(int32_t out[GH_NET_OUTPUTS], const struct gh_net *net, const struct gh_net_word *words, size_t n, unsigned place,
    const struct forms *f)
{
    uint8_t top[W] = {0}, hidden[GH_NET_HIDDEN];
    const int8_t *place_row = net->place + (size_t)(place & (GH_NET_PLACE_ROWS - 1)) * W;
    rows a = {{0}}, b = {{0}};

    n = n < GH_NET_WORDS ? n : GH_NET_WORDS;
    for (size_t t = 0; t < n; t++) {
        const struct gh_net_word *w = &words[t];

        f->embed(a[t + EDGE],
            (const int8_t *const[5]){net->word + (size_t)(w->word & (GH_NET_WORD_ROWS - 1)) * W,
                net->stem + (size_t)(w->stem & (GH_NET_STEM_ROWS - 1)) * W,
                net->concept + (size_t)(w->concept & (GH_NET_CONCEPT_ROWS - 1)) * W, net->sign + (size_t)w->sign * W, place_row});
    }
    f->convolve(b, a, net, 0, n, 1);
    f->convolve(a, b, net, 1, n, EDGE);
    for (size_t t = EDGE; t < n + EDGE; t++)
        for (size_t k = 0; k < W; k++)
            top[k] = a[t][k] > top[k] ? a[t][k] : top[k];
    for (size_t o = 0; o < GH_NET_HIDDEN; o++)
        hidden[o] = clamp(scaled(net->hidden_bias[o] + dot(top, net->hidden + o * W, W), net->shift[2]));
    for (size_t o = 0; o < GH_NET_OUTPUTS; o++) /* sums are in units of 2^-(5 + shift); wanted: 2^-8 */
        out[o] = (int32_t)(((int64_t)net->last_bias[o] + dot(hidden, net->last + o * GH_NET_HIDDEN, GH_NET_HIDDEN)) * 8 >>
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
