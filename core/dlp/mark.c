/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/mark: digits, lead bytes and `@` are found sixteen bytes at a time; what stands around each is looked at by itself. */
#include "dlp/mark.h"

#include "dlp/detect.h"
#include "dlp/number.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef void (*add_fn)(void *ctx, enum gh_dlp_detector d, size_t at);

#define REGION   48 /* bytes of a number before its eighth digit: the groups in which it may have begun */
#define GAP_MAX  2  /* separators between two digits of one number */
#define ROW_MIN  8  /* digits of the shortest number without letters */
#define NUMBERS  (GH_DLP_BIT(GH_DLP_PHONE) | GH_DLP_BIT(GH_DLP_CARD) | GH_DLP_BIT(GH_DLP_NATIONAL_ID))
#define LETTERED (GH_DLP_BIT(GH_DLP_IBAN) | GH_DLP_BIT(GH_DLP_NATIONAL_ID))
#define SIGNS    (GH_DLP_BIT(GH_DLP_EMAIL) | GH_DLP_BIT(GH_DLP_HIDDEN_TEXT))

/* ---- numbers ---- */

static bool
is_separator(char c)
{
    return c == ' ' || c == '.' || c == '-' || c == '/' || c == '(' || c == ')';
}

/* The beginning of each group of digits in the region that ends at `end`. */
static void
begin_number(const struct gh_dlp_view *v, size_t end, add_fn add, void *ctx)
{
    size_t from = end;

    while (from > 0 && end - from < REGION &&
           (gh_dlp_is_digit(v->p[from - 1]) || is_separator(v->p[from - 1]) || v->p[from - 1] == '+'))
        from--;
    from = from > 0 && gh_dlp_is_upper(v->p[from - 1]) ? from - 1 : from;
    for (size_t i = from; i < end; i++)
        if (gh_dlp_number_begins(v, i))
            add(ctx, GH_DLP_NUMBER, i);
}

/* One or two capital letters, or four and more, before two digits, of which the second stands at `at`: a separator may stand behind the former. */
static void
take_letters(uint32_t types, const struct gh_dlp_view *v, size_t at, add_fn add, void *ctx)
{
    size_t n = 0;

    if (at < 2)
        return;
    char c = v->p[at - 2];
    size_t end = c == ' ' || c == '-' || c == '.' ? at - 2 : at - 1;
    while (n < 6 && n < end && gh_dlp_is_upper(v->p[end - 1 - n]))
        n++;
    bool is_wanted = n == 0   ? false
                     : n <= 2 ? (types & LETTERED) != 0
                              : n >= 4 && end == at - 1 && (types & GH_DLP_BIT(GH_DLP_NATIONAL_ID)) != 0;
    if (is_wanted && gh_dlp_is_start(v, end - n))
        add(ctx, GH_DLP_NUMBER, end - n);
}

/* ---- characters ---- */

/* Bytes of the character at `at`, by its lead byte, if it may hide text; 0: it does not, or is not all there. */
static size_t
hidden_length(const struct gh_dlp_view *v, size_t at)
{
    const unsigned char *p = (const unsigned char *)v->p + at;

    if (v->n - at < 3)
        return 0;
    switch (p[0]) {
    case 0xe1:
        return p[1] == 0xa0 && p[2] == 0x8e ? 3 : 0;
    case 0xe2:
        return (p[1] == 0x80 && ((p[2] >= 0x8b && p[2] <= 0x8f) || (p[2] >= 0xaa && p[2] <= 0xae))) ||
                       (p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xa9)
                   ? 3
                   : 0;
    case 0xef:
        return (p[1] == 0xbb && p[2] == 0xbf) || (p[1] == 0xb8 && p[2] >= 0x80 && p[2] <= 0x8f) ? 3 : 0;
    case 0xf3: /* tags; selectors that are numbered */
        return p[1] == 0xa0 && (p[2] == 0x80 || p[2] == 0x81 || (p[2] >= 0x84 && p[2] <= 0x87)) && v->n - at >= 4 ? 4 : 0;
    default:
        return 0;
    }
}

static void
take_sign(uint32_t types, const struct gh_dlp_view *v, size_t at, size_t from, add_fn add, void *ctx)
{
    if (v->p[at] == '@') {
        size_t begin = at < from || (types & GH_DLP_BIT(GH_DLP_EMAIL)) == 0 ? at : gh_dlp_mail_begin(v, at);
        if (begin < at)
            add(ctx, GH_DLP_MAIL, begin);
        return;
    }
    size_t n = (types & GH_DLP_BIT(GH_DLP_HIDDEN_TEXT)) == 0 ? 0 : hidden_length(v, at);
    if (n > 0 && at + n > from)
        add(ctx, GH_DLP_HIDDEN, at);
}

/* ---- many bytes at a time ---- */

#define BLOCK 32 /* bytes that are looked at together: the first eight digits of a number fit into two of them */

/* A bit of each byte: digits; lead bytes of characters of three bytes or more, and `@`. */
struct masks {
    uint32_t digits, signs;
};

#if defined(__SSE2__)

static inline __m128i
digits_of(__m128i v)
{
    return _mm_cmpgt_epi8(_mm_add_epi8(v, _mm_set1_epi8(0x7f - '9')), _mm_set1_epi8(0x7f - 10));
}

static inline uint32_t
signs_of(__m128i v)
{
    const __m128i leads = _mm_cmpeq_epi8(_mm_max_epu8(v, _mm_set1_epi8((char)0xe0)), v);

    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(leads, _mm_cmpeq_epi8(v, _mm_set1_epi8('@'))));
}

static inline struct masks
masks_of_block(const char *p)
{
    const __m128i low = _mm_loadu_si128((const __m128i *)(const void *)p),
                  high = _mm_loadu_si128((const __m128i *)(const void *)(p + 16));
    const __m128i digits = digits_of(low), digits_high = digits_of(high), at = _mm_set1_epi8('@');
    const __m128i signs = _mm_or_si128(_mm_or_si128(low, high), _mm_or_si128(_mm_cmpeq_epi8(low, at), _mm_cmpeq_epi8(high, at)));
    struct masks m = {0, 0};

    /* Most blocks have none. A byte over 0x7f counts as one here. */
    if (_mm_movemask_epi8(_mm_or_si128(signs, _mm_or_si128(digits, digits_high))) == 0)
        return m;
    m.digits = (uint32_t)_mm_movemask_epi8(digits) | (uint32_t)_mm_movemask_epi8(digits_high) << 16;
    if (_mm_movemask_epi8(signs) != 0)
        m.signs = signs_of(low) | signs_of(high) << 16;
    return m;
}

#else

static inline struct masks
masks_of_block(const char *p)
{
    struct masks m = {0, 0};

    for (size_t i = 0; i < BLOCK; i++) {
        m.digits |= (uint32_t)gh_dlp_is_digit(p[i]) << i;
        m.signs |= (uint32_t)((unsigned char)p[i] >= 0xe0 || p[i] == '@') << i;
    }
    return m;
}

#endif

/* Of the last n < BLOCK bytes of a text, or, when `is_before`, of the n ones that stand before a block. */
static struct masks
masks_of_some(const char *p, size_t n, bool is_before)
{
    char whole[BLOCK];

    memset(whole, ' ', sizeof(whole));
    memcpy(whole + (is_before ? BLOCK - n : 0), p, n);
    return masks_of_block(whole);
}

static inline bool
has_a_row(uint64_t digits)
{
    for (size_t i = 1; i < ROW_MIN; i++)
        digits &= digits - 1;
    return digits != 0;
}

/* Eight digits or more, with little between them: their place in the text decides, not how far it was read at once. `all`: those of two blocks, of
 * which the second stands at `at`; what stands before `from` was read already. */
static void
take_rows(uint64_t all, const struct gh_dlp_view *v, size_t at, size_t from, add_fn add, void *ctx)
{
    size_t n = 0, last = 0;

    for (; all != 0; all &= all - 1) {
        size_t place = at + (size_t)__builtin_ctzll(all) - BLOCK;
        bool goes_on = n > 0 && place - last <= GAP_MAX + 1;
        for (size_t i = last + 1; goes_on && i < place; i++)
            goes_on = is_separator(v->p[i]);
        n = goes_on ? n + 1 : 1;
        last = place;
        if (n >= ROW_MIN && place >= from)
            begin_number(v, place + 1, add, ctx);
    }
}

/* The digits of the block at `at`, which has some; `all`: behind those of the block before. */
static void
take_digits(uint64_t all, uint32_t types, const struct gh_dlp_view *v, size_t at, size_t from, add_fn add, void *ctx)
{
    if ((types & NUMBERS) != 0 && has_a_row(all))
        take_rows(all, v, at, from, add, ctx);
    uint32_t second = (types & LETTERED) == 0 ? 0 : (uint32_t)((all & all << 1 & ~(all << 2)) >> BLOCK);
    for (; second != 0; second &= second - 1) {
        size_t place = at + (size_t)__builtin_ctz(second);
        if (place >= from)
            take_letters(types, v, place, add, ctx);
    }
}

void
gh_dlp_marks_read(uint32_t types, const struct gh_dlp_view *v, size_t from, add_fn add, void *ctx)
{
    size_t i = from < 3 ? 0 : from - 3; /* a character may have been cut */
    uint64_t before = i < BLOCK ? masks_of_some(v->p, i, true).digits : masks_of_block(v->p + i - BLOCK).digits;

    if ((types & (NUMBERS | LETTERED | SIGNS)) == 0)
        return;
    for (; i < v->n; i += BLOCK) {
        struct masks m = v->n - i < BLOCK ? masks_of_some(v->p + i, v->n - i, false) : masks_of_block(v->p + i);
        if (m.digits != 0)
            take_digits(before | (uint64_t)m.digits << BLOCK, types, v, i, from, add, ctx);
        for (; m.signs != 0; m.signs &= m.signs - 1)
            take_sign(types, v, i + (size_t)__builtin_ctz(m.signs), from, add, ctx);
        before = m.digits;
    }
}
