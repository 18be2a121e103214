/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/decode: runs of letters that are another text. A run counts when what comes out of it reads as text: nearly all of it printable,
 * mostly letters and spaces.
 */
#include "shield/decode.h"

#include "base/codec.h"
#include "shield/fold.h"
#include "shield/words_int.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define RUN_MIN     GH_WORDS_RUN_BYTES /* shortest run of base64 and its like that is tried */
#define BRAILLE_MIN 4
#define MORSE_MIN   8

/* The alphabets' values, by digit: 0xff none. Runs are found with the widest one. */
// clang-format off
static const int8_t digits64[256] = {
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, 62, -1, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
    -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, 63,
    -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
};
// clang-format on

static inline int
value64(uint8_t c)
{
    return digits64[c];
}

static int
value32(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

static int
value16(uint8_t c)
{
    return gh_hex_value((char)c);
}

/* What came out since `from` reads as text. */
static bool
is_text(const struct gh_sink *k, uint32_t from)
{
    uint32_t letters = 0, odd = 0, n = k->n - from;

    for (uint32_t i = from; i < k->n; i++) {
        uint8_t c = (uint8_t)k->p[i];

        letters += (c | 32) >= 'a' && (c | 32) <= 'z';
        letters += c == ' ' || c >= 0x80;
        odd += c < ' ' && c != '\n' && c != '\t' && c != '\r';
        odd += c == 0x7f;
    }
    return n >= 4 && odd * 20 <= n && letters * 10 >= n * 7 && gh_utf8_is_valid(gh_str(k->p + from, n > 4 ? n - 4 : n));
}

/* in[from, to) in an alphabet of `bits` for each letter; letters outside it (line ends) are read over. False: it was no text. */
static bool
put_radix(struct gh_sink *out, const struct gh_source *in, uint32_t from, uint32_t to, uint32_t bits, int (*value)(uint8_t))
{
    uint32_t start = out->n, have = 0, held = 0, at = from;

    for (uint32_t i = from; i < to; i++) {
        int v = value(in->p[i]);

        if (v < 0)
            continue;
        if (have == 0)
            at = i;
        held = held << bits | (uint32_t)v;
        have += bits;
        if (have >= 8) {
            have -= 8;
            gh_sink_put(out, (char)(held >> have & 0xff), gh_source_at(in, at), gh_source_at(in, i + 1));
            at = i;
        }
    }
    if (is_text(out, start)) {
        gh_sink_part(out);
        return true;
    }
    out->n = start;
    return false;
}

/* A run is tried in each alphabet that has all its letters, the narrowest first; base64 from each of four places where it may begin. */
static void
put_run(struct gh_sink *out, const struct gh_source *in, uint32_t from, uint32_t to)
{
    bool is_hex = true, is_32 = true, has_lower = false, has_upper = false;

    for (uint32_t i = from; i < to; i++) {
        uint8_t c = in->p[i];

        if (c == '\n' || c == '\r' || c == '=')
            continue;
        is_hex &= value16(c) >= 0;
        is_32 &= value32(c) >= 0;
        has_lower |= c >= 'a' && c <= 'z';
        has_upper |= c >= 'A' && c <= 'Z';
    }
    if (is_hex && put_radix(out, in, from, to, 4, value16))
        return;
    if (is_32 && !(has_lower && has_upper) && put_radix(out, in, from, to, 5, value32))
        return;
    for (uint32_t k = 0; k < 4 && from + k < to; k++)
        if (put_radix(out, in, from + k, to, 6, value64))
            return;
}

static bool
is_digit64(const struct gh_source *in, uint32_t i)
{
    return value64(in->p[i]) >= 0;
}

/* A line end within a run: the lines before and behind are full ones. */
static bool
is_fold(const struct gh_source *in, uint32_t from, uint32_t i)
{
    uint32_t k = i + 1;

    if (in->p[i] != '\n' && in->p[i] != '\r')
        return false;
    while (k < in->n && (in->p[k] == '\n' || in->p[k] == '\r' || in->p[k] == ' '))
        k++;
    return i - from >= 32 && k + RUN_MIN < in->n && is_digit64(in, k) && is_digit64(in, k + RUN_MIN) &&
           is_digit64(in, k + RUN_MIN / 2);
}

/* A word of language has few capitals within and no digits among its letters: such a run is not tried. */
static bool
is_worth(const struct gh_source *in, uint32_t from, uint32_t to)
{
    uint32_t turns = 0, upper = 0, digits = 0;

    for (uint32_t i = from; i < to; i++) {
        bool is_upper = in->p[i] >= 'A' && in->p[i] <= 'Z';

        digits += in->p[i] >= '0' && in->p[i] <= '9';
        upper += is_upper;
        turns += i > from && is_upper && in->p[i - 1] >= 'a';
    }
    return turns >= 2 || (digits > 0 && digits < to - from) || upper == to - from || to - from > 28;
}

/* Runs that begin in [first, last); from where to go on. */
static uint32_t
find_runs_in(struct gh_sink *out, const struct gh_source *in, uint32_t first, uint32_t last)
{
    uint32_t i = first + RUN_MIN - 1;

    while (i < last) {
        uint32_t from = i, to = i;

        if (!is_digit64(in, i)) {
            i += RUN_MIN;
            continue;
        }
        while (from > 0 && i - from < RUN_MIN && is_digit64(in, from - 1))
            from--;
        while (to < in->n && (is_digit64(in, to) || is_fold(in, from, to)))
            to++;
        if (to - from >= RUN_MIN && is_worth(in, from, to))
            put_run(out, in, from, to);
        i = to + RUN_MIN;
    }
    return i - (RUN_MIN - 1);
}

static void
find_runs(struct gh_sink *out, const struct gh_source *in)
{
    const struct gh_words *w = in->words;
    uint32_t next = 0;

    if (w == NULL)
        (void)find_runs_in(out, in, 0, in->n);
    for (uint32_t k = 0; w != NULL && k < w->n_runs; k++)
        if (w->runs[k].to > next)
            next = find_runs_in(out, in, w->runs[k].from > next ? w->runs[k].from : next, w->runs[k].to);
}

/* ---- Ascii85, as PostScript writes it ---- */

static uint32_t
put_ascii85(struct gh_sink *out, const struct gh_source *in, uint32_t i)
{
    uint32_t start = out->n, n = 0, held = 0, at = i;

    for (; i < in->n && in->p[i] != '~'; i++) {
        uint8_t c = in->p[i];

        if (c == 'z' && n == 0) {
            continue;
        } else if (c >= '!' && c <= 'u') {
            at = n == 0 ? i : at;
            held = held * 85 + (uint32_t)(c - '!');
            n++;
        }
        if (n == 5) {
            for (int k = 24; k >= 0; k -= 8)
                gh_sink_put(out, (char)(held >> k & 0xff), gh_source_at(in, at), gh_source_at(in, i + 1));
            n = held = 0;
        }
    }
    for (uint32_t k = n; n > 1 && k < 5; k++)
        held = held * 85 + 84;
    for (uint32_t k = 0; n > 1 && k < n - 1; k++)
        gh_sink_put(out, (char)(held >> (24 - 8 * k) & 0xff), gh_source_at(in, at), gh_source_at(in, i));
    if (is_text(out, start))
        gh_sink_part(out);
    else
        out->n = start;
    return i;
}

/* Between brackets: <~ ~> */
static void
find_ascii85(struct gh_sink *out, const struct gh_source *in)
{
    const uint8_t *p = in->p;

    for (uint32_t i = 0; i + 1 < in->n && gh_source_has(in, '<'); i++) {
        const uint8_t *found = memchr(p + i, '<', in->n - i - 1);

        if (found == NULL)
            break;
        i = (uint32_t)(found - p);
        if (p[i + 1] == '~')
            i = put_ascii85(out, in, i + 2);
    }
}

/* Where the run without spaces that goes on at i ends. */
static uint32_t
run_end(const struct gh_source *in, uint32_t i)
{
#if defined(__SSE2__)
    for (; in->n - i >= 16; i += 16) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(in->p + i));
        const __m128i is_end = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(' ')), bytes);
        const uint32_t ends = (uint32_t)_mm_movemask_epi8(is_end);

        if (ends != 0)
            return i + (uint32_t)__builtin_ctz(ends);
    }
#endif
    while (i < in->n && in->p[i] > ' ')
        i++;
    return i;
}

/* Without brackets: long runs in which signs stand among letters. */
static void
find_dense(struct gh_sink *out, const struct gh_source *in)
{
    const struct gh_words *w = in->words;
    uint32_t from = w != NULL ? w->dense.from : 0, last = w != NULL ? w->dense.to : in->n, to;

    while (from > 0 && in->p[from - 1] > ' ')
        from--;
    for (; from < last; from = to + 1) {
        struct gh_source part = {.p = in->p, .map = in->map, .base = in->base};
        uint32_t signs = 0, i = from;

        to = run_end(in, from);
        if (to - from < 20)
            continue;
        for (; i < to && in->p[i] <= 'u'; i++)
            signs += !is_digit64(in, i);
        part.n = to;
        if (i == to && signs * 6 > to - from)
            (void)put_ascii85(out, &part, from);
    }
}

/* ---- Braille: letters by their dots ---- */

static char
braille_letter(uint32_t dots)
{
    static const struct {
        uint8_t dots;
        char letter;
    } rows[] = {{1, 'a'}, {3, 'b'}, {9, 'c'}, {25, 'd'}, {17, 'e'}, {11, 'f'}, {27, 'g'}, {19, 'h'}, {10, 'i'}, {26, 'j'}, {5, 'k'},
        {7, 'l'}, {13, 'm'}, {29, 'n'}, {21, 'o'}, {15, 'p'}, {31, 'q'}, {23, 'r'}, {14, 's'}, {30, 't'}, {37, 'u'}, {39, 'v'},
        {58, 'w'}, {45, 'x'}, {61, 'y'}, {53, 'z'}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].dots == dots)
            return rows[i].letter;
    return ' ';
}

static void
find_braille(struct gh_sink *out, const struct gh_source *in)
{
    uint32_t start = out->n, letters = 0, last = 0;

    for (uint32_t i = 0; i + 2 < in->n; i++) {
        const uint8_t *found = memchr(in->p + i, 0xe2, in->n - i - 2);

        if (found == NULL)
            break;
        i = (uint32_t)(found - in->p);
        if ((in->p[i + 1] & 0xfc) != 0xa0)
            continue;
        uint32_t dots = (uint32_t)(in->p[i + 1] & 3) << 6 | (in->p[i + 2] & 0x3f);

        if (letters > 0 && i != last) /* a space or line between letters */
            gh_sink_put(out, ' ', gh_source_at(in, i), gh_source_at(in, i));
        if (dots != 32) /* the sign of capitals */
            gh_sink_put(out, braille_letter(dots), gh_source_at(in, i), gh_source_at(in, i + 3));
        letters++;
        last = i + 3;
        i += 2;
    }
    if (letters >= BRAILLE_MIN)
        gh_sink_part(out);
    else
        out->n = start;
}

/* ---- Morse ---- */

static char
morse_letter(uint32_t code)
{
    /* the code with a 1 before it, dot 0, dash 1 */
    static const char letters[] = "\0\0etianmsurwdkgohvf\0l\0pjbxcyzq\0\0";
    static const char digits[][2] = {
        {47, '1'}, {39, '2'}, {35, '3'}, {33, '4'}, {32, '5'}, {48, '6'}, {56, '7'}, {60, '8'}, {62, '9'}, {63, '0'}};

    if (code < 32)
        return letters[code];
    for (size_t i = 0; i < sizeof digits / sizeof digits[0]; i++)
        if ((uint32_t)digits[i][0] == code)
            return digits[i][1];
    return '\0';
}

/* A run of dots, dashes, spaces and slashes. One space parts letters; a slash, a line end or more spaces part words. */
static void
put_morse(struct gh_sink *out, const struct gh_source *in, uint32_t from, uint32_t to)
{
    uint32_t start = out->n, code = 1, at = from, letters = 0, spaces = 0;

    for (uint32_t i = from; i <= to; i++) {
        uint8_t c = i < to ? in->p[i] : ' ';

        if (c == '.' || c == '-') {
            if (spaces > 0 && out->n > start && letters > 0 && spaces > 1)
                gh_sink_put(out, ' ', gh_source_at(in, i), gh_source_at(in, i));
            at = code == 1 ? i : at;
            code = code < 256 ? code << 1 | (c == '-') : 512;
            spaces = 0;
            continue;
        }
        if (code > 1) {
            char letter = code < 64 ? morse_letter(code) : '\0';

            gh_sink_put(out, letter != '\0' ? letter : ' ', gh_source_at(in, at), gh_source_at(in, i));
            letters += letter != '\0';
            code = 1;
        }
        spaces += c == ' ' ? 1 : 2;
    }
    if (letters >= MORSE_MIN)
        gh_sink_part(out);
    else
        out->n = start;
}

static void
find_morse(struct gh_sink *out, const struct gh_source *in)
{
    for (uint32_t i = 0; i + 3 < in->n; i++) {
        const uint8_t *found = memchr(in->p + i, '-', in->n - i);
        uint32_t from, to, signs = 0;

        if (found == NULL)
            return;
        from = to = (uint32_t)(found - in->p);
        while (from > 0 && memchr(".- /|", in->p[from - 1], 5) != NULL)
            from--;
        while (to < in->n && memchr(".- /|\n", in->p[to], 6) != NULL)
            signs += in->p[to] == '.' || in->p[to] == '-', to++;
        if (signs >= 2 * MORSE_MIN && memchr(in->p + from, '.', to - from) != NULL)
            put_morse(out, in, from, to);
        i = to;
    }
}

void
gh_decode_runs(struct gh_sink *out, const struct gh_source *in)
{
    find_runs(out, in);
    find_ascii85(out, in);
    if (in->words == NULL || in->words->has_dense)
        find_dense(out, in);
    if (gh_source_has(in, 0xe2))
        find_braille(out, in);
    if (gh_source_has(in, '-'))
        find_morse(out, in);
}
