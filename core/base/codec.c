/* SPDX-License-Identifier: Apache-2.0 */
/* base/codec: text forms of bytes (RFC 4648), UTF-8 (RFC 3629) and CRC-32C (RFC 3720). Times are in codec_time.c. */
#include "base/codec.h"

#include "base/lanes.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

static const char B64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char B64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
gh_hex_value(char c)
{
    return hex_digit(c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c);
}

enum gh_rc
gh_hex_decode(struct gh_str *out, struct gh_arena *a, struct gh_str in)
{
    char *p;

    if (in.n % 2 != 0)
        return GH_BAD;
    if ((p = gh_arena_take(a, in.n / 2)) == NULL)
        return GH_NOMEM;
    for (size_t i = 0; i < in.n; i += 2) {
        int high = hex_digit(in.p[i]), low = hex_digit(in.p[i + 1]);
        if (high < 0 || low < 0)
            return GH_BAD;
        p[i / 2] = (char)(unsigned char)(high << 4 | low);
    }
    *out = gh_str(p, in.n / 2);
    return GH_OK;
}

/* Values of the digits and one more, so that 0 is what is no digit. The alphabets differ in two of them. */
// clang-format off
#define B64_COMMON                                                                                                                       \
    ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11,           \
    ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,  \
    ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33,  \
    ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44,  \
    ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55,  \
    ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62
static const uint8_t b64_digit[256] = {B64_COMMON, ['+'] = 63, ['/'] = 64};
static const uint8_t b64url_digit[256] = {B64_COMMON, ['-'] = 63, ['_'] = 64};
#undef B64_COMMON
// clang-format on

/* Four digits as three bytes; false if one of them is none. */
static bool
b64_quad(char out[3], const char in[4], const uint8_t digit[256])
{
    uint32_t a = digit[(unsigned char)in[0]], b = digit[(unsigned char)in[1]], c = digit[(unsigned char)in[2]];
    uint32_t d = digit[(unsigned char)in[3]], v = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);

    out[0] = (char)(unsigned char)(v >> 16);
    out[1] = (char)(unsigned char)(v >> 8);
    out[2] = (char)(unsigned char)v;
    return a != 0 && b != 0 && c != 0 && d != 0;
}

/* Digits without padding. Bits behind the last whole byte must be zero, so that one value has one text. */
static enum gh_rc
b64_decode(struct gh_str *out, struct gh_arena *a, struct gh_str in, const uint8_t digit[256])
{
    size_t left = in.n % 4, quads = in.n / 4, n = quads * 3 + (left == 0 ? 0 : left - 1);
    char *p, tail[3], rest[4] = {'A', 'A', 'A', 'A'};

    if (left == 1)
        return GH_BAD;
    if ((p = gh_arena_take(a, n)) == NULL)
        return GH_NOMEM;
    for (size_t i = 0; i < quads; i++)
        if (!b64_quad(p + 3 * i, in.p + 4 * i, digit))
            return GH_BAD;
    if (left > 0) {
        memcpy(rest, in.p + 4 * quads, left);
        if (!b64_quad(tail, rest, digit) || tail[left - 1] != 0)
            return GH_BAD;
        memcpy(p + 3 * quads, tail, left - 1);
    }
    *out = gh_str(p, n);
    return GH_OK;
}

static inline gh_lanes
no_b64url(const char *p)
{
    gh_lanes v = gh_lanes_load(p), letter = v | 0x20; /* either case */

    return ~(((letter >= 'a') & (letter <= 'z')) | ((v >= '0') & (v <= '9')) | (v == '-') | (v == '_'));
}

size_t
gh_b64url_span(struct gh_str s)
{
    size_t i = 0;

    for (uint32_t n = sizeof(gh_lanes); n == sizeof(gh_lanes) && s.n - i >= sizeof(gh_lanes); i += n)
        n = gh_lanes_before(no_b64url(s.p + i));
    while (i < s.n && b64url_digit[(unsigned char)s.p[i]] != 0)
        i++;
    return i;
}

enum gh_rc
gh_b64url_decode(struct gh_str *out, struct gh_arena *a, struct gh_str in)
{
    return b64_decode(out, a, in, b64url_digit);
}

enum gh_rc
gh_b64_decode(struct gh_str *out, struct gh_arena *a, struct gh_str in)
{
    size_t pad = 0;

    if (in.n % 4 != 0)
        return GH_BAD;
    while (pad < 2 && pad < in.n && in.p[in.n - 1 - pad] == '=')
        pad++;
    return b64_decode(out, a, gh_str_sub(in, 0, in.n - pad), b64_digit);
}

static void
b64_encode(struct gh_buf *out, struct gh_str in, const char *alphabet, bool is_padded)
{
    for (size_t i = 0; i < in.n; i += 3) {
        size_t left = in.n - i < 3 ? in.n - i : 3;
        uint32_t v = (uint32_t)(unsigned char)in.p[i] << 16;
        if (left > 1)
            v |= (uint32_t)(unsigned char)in.p[i + 1] << 8;
        if (left > 2)
            v |= (unsigned char)in.p[i + 2];
        for (size_t k = 0; k <= left; k++)
            gh_buf_putc(out, alphabet[v >> (18 - 6 * k) & 63]);
        for (size_t k = left; is_padded && k < 3; k++)
            gh_buf_putc(out, '=');
    }
}

void
gh_b64url_encode(struct gh_buf *out, struct gh_str in)
{
    b64_encode(out, in, B64URL, false);
}

void
gh_b64_encode(struct gh_buf *out, struct gh_str in)
{
    b64_encode(out, in, B64, true);
}

/* Unicode table 3-7: the first byte gives the length and the range of the second byte, which is what refuses overlong forms,
 * surrogates and code points above U+10FFFF. */
size_t
gh_utf8_length(struct gh_str s)
{
    const unsigned char *u = (const unsigned char *)s.p;
    unsigned char min = 0x80, max = 0xbf;
    size_t n;

    if (s.n == 0)
        return 0;
    if (u[0] < 0x80)
        return 1;
    if (u[0] < 0xc2 || u[0] > 0xf4)
        return 0;
    n = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
    if (u[0] == 0xe0)
        min = 0xa0;
    else if (u[0] == 0xf0)
        min = 0x90;
    else if (u[0] == 0xed)
        max = 0x9f;
    else if (u[0] == 0xf4)
        max = 0x8f;
    if (s.n < n || u[1] < min || u[1] > max)
        return 0;
    for (size_t k = 2; k < n; k++)
        if ((u[k] & 0xc0) != 0x80)
            return 0;
    return n;
}

bool
gh_utf8_is_valid(struct gh_str s)
{
    size_t i = 0;

    while (i < s.n) {
        uint64_t word;
        while (s.n - i >= sizeof(word)) { /* eight ASCII bytes at once */
            memcpy(&word, s.p + i, sizeof(word));
            if ((word & 0x8080808080808080u) != 0)
                break;
            i += sizeof(word);
        }
        if (i == s.n)
            return true;
        size_t n = gh_utf8_length(gh_str_sub(s, i, SIZE_MAX));
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

void
gh_utf8_put(struct gh_buf *out, uint32_t cp)
{
    char b[4];
    size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const uint8_t mark[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t k = n; k-- > 1; cp >>= 6)
        b[k] = (char)(unsigned char)(0x80 | (cp & 0x3f));
    b[0] = (char)(unsigned char)(mark[n] | cp);
    gh_buf_put(out, gh_str(b, n));
}

/* CRC-32C by half bytes: 64 bytes of table. Polynomial 0x1edc6f41, reflected. */
static uint32_t
crc32c_soft(uint32_t crc, struct gh_str s)
{
    static const uint32_t row[16] = {
        0x00000000,
        0x105ec76f,
        0x20bd8ede,
        0x30e349b1,
        0x417b1dbc,
        0x5125dad3,
        0x61c69362,
        0x7198540d,
        0x82f63b78,
        0x92a8fc17,
        0xa24bb5a6,
        0xb21572c9,
        0xc38d26c4,
        0xd3d3e1ab,
        0xe330a81a,
        0xf36e6f75,
    };

    for (size_t i = 0; i < s.n; i++) {
        crc ^= (unsigned char)s.p[i];
        crc = crc >> 4 ^ row[crc & 15];
        crc = crc >> 4 ^ row[crc & 15];
    }
    return crc;
}

#if defined(__x86_64__)
/* The same by the processor's own instruction, eight bytes at a time. */
__attribute__((target("sse4.2"))) static uint32_t
crc32c_hard(uint32_t crc, struct gh_str s)
{
    uint64_t wide = crc;
    size_t i = 0;

    for (; s.n - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, s.p + i, sizeof(word));
        wide = _mm_crc32_u64(wide, word);
    }
    crc = (uint32_t)wide;
    for (; i < s.n; i++)
        crc = _mm_crc32_u8(crc, (unsigned char)s.p[i]);
    return crc;
}
#endif

uint32_t
gh_crc32c(uint32_t crc, struct gh_str s)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return ~crc32c_hard(~crc, s);
#endif
    return ~crc32c_soft(~crc, s);
}
