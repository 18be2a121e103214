/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/mark: digits and lead bytes are found sixteen bytes at a time; what stands around each is looked at by itself. */
#include "dlp/mark.h"

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

/* Eight digits or more, with little between them. */
static void
take_digit(struct gh_dlp_marks *m, const struct gh_dlp_view *v, size_t at, add_fn add, void *ctx)
{
    uint64_t place = v->base + at;
    bool goes_on = m->n > 0 && place - m->last <= GAP_MAX + 1;

    for (size_t i = (size_t)(place - m->last); goes_on && i-- > 1;)
        goes_on = is_separator(v->p[at - i]);
    m->n = goes_on ? m->n + 1 : 1;
    m->last = place;
    if (m->n >= ROW_MIN)
        begin_number(v, at + 1, add, ctx);
}

/* One or two capital letters, or four and more, before two digits: a separator may stand behind the former. */
static void
take_letters(uint32_t types, const struct gh_dlp_view *v, size_t at, add_fn add, void *ctx)
{
    size_t n = 0;

    if (at < 2 || !gh_dlp_is_digit(v->p[at - 1]))
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

/* ---- many bytes at a time ---- */

#define BLOCK 32 /* bytes that are looked at together */

#if defined(__SSE2__)

/* Which of sixteen bytes are digits, or lead characters of three bytes or more: a bit of each. */
static inline uint32_t
marks_of(const char *p)
{
    const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p), place = _mm_sub_epi8(v, _mm_set1_epi8('0'));
    const __m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(place, _mm_set1_epi8(9)), place);
    const __m128i leads = _mm_cmpeq_epi8(_mm_max_epu8(v, _mm_set1_epi8((char)0xe0)), v);

    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(digits, leads));
}

#else

static inline uint32_t
marks_of(const char *p)
{
    uint32_t marks = 0;

    for (size_t i = 0; i < 16; i++)
        marks |= (uint32_t)(gh_dlp_is_digit(p[i]) || (unsigned char)p[i] >= 0xe0) << i;
    return marks;
}

#endif

/* The same of BLOCK bytes, of which the first n are there. */
static inline uint32_t
marks_of_block(const char *p, size_t n)
{
    char whole[BLOCK];

    if (n == BLOCK)
        return marks_of(p) | marks_of(p + 16) << 16;
    memset(whole, ' ', sizeof(whole));
    memcpy(whole, p, n);
    return marks_of(whole) | marks_of(whole + 16) << 16;
}

static void
take(struct gh_dlp_marks *m, uint32_t types, const struct gh_dlp_view *v, size_t at, size_t from, add_fn add, void *ctx)
{
    if (!gh_dlp_is_digit(v->p[at])) {
        size_t n = (types & GH_DLP_BIT(GH_DLP_HIDDEN_TEXT)) == 0 ? 0 : hidden_length(v, at);
        if (n > 0 && at + n > from)
            add(ctx, GH_DLP_HIDDEN, at);
        return;
    }
    if (at < from)
        return;
    if ((types & NUMBERS) != 0)
        take_digit(m, v, at, add, ctx);
    if ((types & LETTERED) != 0)
        take_letters(types, v, at, add, ctx);
}

void
gh_dlp_marks_read(struct gh_dlp_marks *m, uint32_t types, const struct gh_dlp_view *v, size_t from, add_fn add, void *ctx)
{
    if ((types & (NUMBERS | LETTERED | GH_DLP_BIT(GH_DLP_HIDDEN_TEXT))) == 0)
        return;
    for (size_t i = from < 3 ? 0 : from - 3, n; i < v->n; i += n) { /* a character may have been cut */
        n = v->n - i < BLOCK ? v->n - i : BLOCK;
        for (uint32_t marks = marks_of_block(v->p + i, n); marks != 0; marks &= marks - 1)
            take(m, types, v, i + (size_t)__builtin_ctz(marks), from, add, ctx);
    }
}
