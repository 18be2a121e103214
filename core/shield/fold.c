/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it; a byte that begins no code point is one sign. */
#include "shield/fold.h"

size_t
gh_fold_next(uint32_t *cp, const uint8_t *p, size_t n)
{
    uint32_t c = p[0], v;

    *cp = 0xfffd;
    if (c < 0x80) {
        *cp = c;
        return 1;
    }
    if (c >= 0xc2 && c <= 0xdf && n > 1 && (p[1] & 0xc0) == 0x80) {
        *cp = (c & 0x1f) << 6 | (p[1] & 0x3f);
        return 2;
    }
    if ((c & 0xf0) == 0xe0 && n > 2 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
        v = (c & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
        if (v < 0x800 || (v >= 0xd800 && v <= 0xdfff))
            return 1;
        *cp = v;
        return 3;
    }
    if (c >= 0xf0 && c <= 0xf4 && n > 3 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80) {
        v = (c & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 | (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
        if (v < 0x10000 || v > 0x10ffff)
            return 1;
        *cp = v;
        return 4;
    }
    return 1;
}
