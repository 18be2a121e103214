/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/fold: what each code point is to the shield, and the one letter it folds to: lower case, compatibility form (Unicode Standard
 * Annex 15), no marks; and the Latin letter that it can be taken for (Unicode Technical Standard 39). The table is fold_table.c.
 */
#ifndef GH_SHIELD_FOLD_H
#define GH_SHIELD_FOLD_H

#include <stddef.h>
#include <stdint.h>

enum gh_fold_class { GH_FOLD_SIGN = 0, GH_FOLD_SPACE, GH_FOLD_NEWLINE, GH_FOLD_LETTER, GH_FOLD_DIGIT,
                     GH_FOLD_IDEO,    /* of a script that writes no spaces: a word by itself       */
                     GH_FOLD_MARK,    /* combining: dropped                                        */
                     GH_FOLD_HIDDEN,  /* zero width, direction, soft hyphen: dropped and counted   */
                     GH_FOLD_TAG,     /* U+E0000 block: ASCII that nobody sees                     */
                     GH_FOLD_SELECTOR, GH_FOLD_SYMBOL, GH_FOLD_CONTROL };

#define GH_FOLD_TABLE_END 0x20000u
extern const uint16_t gh_fold_index[GH_FOLD_TABLE_END / 64];
extern const uint32_t gh_fold_pages[][64];

/* bits 0-15 the folded code point, 16-19 the class, 20 not Latin, 24-31 the Latin letter that it looks like (0: none) */
static inline uint32_t gh_fold_entry(uint32_t cp)
{
    if ((cp >= 0x3400 && cp <= 0x4dbf) || (cp >= 0x4e00 && cp <= 0xd7a3))
        return cp | (uint32_t)GH_FOLD_IDEO << 16;
    if (cp < GH_FOLD_TABLE_END)
        return gh_fold_pages[gh_fold_index[cp >> 6]][cp & 63];
    if (cp >= 0xe0000 && cp <= 0xe007f)
        return (cp & 0x7f) | (uint32_t)GH_FOLD_TAG << 16;
    if (cp >= 0xe0100 && cp <= 0xe01ef)
        return (uint32_t)GH_FOLD_SELECTOR << 16;
    return cp < 0x32000 ? ((cp & 0x3fff) + 0x4e00) | (uint32_t)GH_FOLD_IDEO << 16 : 0x7f | (uint32_t)GH_FOLD_SYMBOL << 16;
}

static inline enum gh_fold_class gh_fold_class(uint32_t entry) { return (enum gh_fold_class)(entry >> 16 & 15); }

/* One code point off the front of p[0..n), n > 0: its length 1 to 4. What is no UTF-8 is one byte with *cp = 0xFFFD. */
size_t gh_fold_next(uint32_t *cp, const uint8_t *p, size_t n);

#endif
