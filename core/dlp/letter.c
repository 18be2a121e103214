/* SPDX-License-Identifier: Apache-2.0 */
/* dlp/secret: what of the characters outside ASCII belongs to a word. */
#include "dlp/secret.h"

/* Letters of scripts that put spaces between words. Signs end a word, as do scripts without spaces: a number may stand right beside them. */
static bool
is_letter(uint32_t cp)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        {0xaa, 0xaa},       /* ordinals, micro */
        {0xb5, 0xb5},       /**/
        {0xba, 0xba},       /**/
        {0xc0, 0xd6},       /* Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Indic */
        {0xd8, 0xf6},       /**/
        {0xf8, 0x60b},      /**/
        {0x60d, 0x61a},     /**/
        {0x620, 0x6d3},     /**/
        {0x6d5, 0x963},     /**/
        {0x966, 0xdff},     /**/
        {0x10a0, 0x167f},   /* Georgian, Ethiopic, Cherokee */
        {0x1c80, 0x1fff},   /* Latin and Greek with marks */
        {0x2c00, 0x2dff},   /* Georgian, Cyrillic */
        {0xa640, 0xabff},   /* Cyrillic, Latin */
        {0xfb00, 0xfdff},   /* ligatures, Arabic */
        {0xfe70, 0xfefc},   /**/
        {0xff10, 0xff19},   /* full width */
        {0xff21, 0xff3a},   /**/
        {0xff41, 0xff5a},   /**/
        {0x1d400, 0x1d7ff}, /* mathematical */
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (cp >= ranges[i].from && cp <= ranges[i].to)
            return true;
    return false;
}

bool
gh_dlp_is_letter(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t want = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    uint32_t cp = p[0] & (0x7fu >> want);

    if (p[0] < 0xc0 || n < want)
        return false;
    for (size_t i = 1; i < want; i++)
        cp = cp << 6 | (p[i] & 0x3f);
    return is_letter(cp);
}
