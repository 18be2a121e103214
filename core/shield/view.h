/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shield/view: the readings of one text that are judged each by itself: as it stands, and what is hidden or written in another form in
 * it. Bounded: at most GH_SHIELD_VIEWS_MAX of them, together GH_SHIELD_DECODED_MAX bytes, forms within forms two deep.
 */
#ifndef GH_SHIELD_VIEW_H
#define GH_SHIELD_VIEW_H

#include "base/limits.h"
#include "shield/words.h"

/* X(NAME, "name") what `gatehouse shield explain` says */
#define GH_VIEW_LIST(X)                                                                                                   \
    X(PLAIN, "plain")         /* as it stands, oddly written words mended                                              */ \
    X(DECODED, "decoded")     /* base64, base32, hex, Ascii85, Braille, Morse, words of the spelling alphabet          */ \
    X(UNESCAPED, "unescaped") /* percent, entities, \u, quoted-printable: the whole text without them                  */ \
    X(HIDDEN, "hidden")       /* what a reader does not see: tags, selectors, comments, attributes, styles             */ \
    X(JOINED, "joined")       /* strings put together, one after the other                                             */ \
    X(ROTATED, "rotated")     /* rot13 or Atbash, whichever reads as language                                          */ \
    X(REVERSED, "reversed")   /* backwards, where that reads as language                                               */

enum gh_view_id {
#define GH_VIEW_ENUM(name, text) GH_VIEW_##name,
    GH_VIEW_LIST(GH_VIEW_ENUM)
#undef GH_VIEW_ENUM
    GH_VIEWS
};
extern const char *const gh_view_names[GH_VIEWS];

struct gh_view {
    enum gh_view_id id;
    struct gh_str text;    /* as decoded; PLAIN: the given text           */
    const uint32_t *map;   /* see gh_words_read; NULL for PLAIN           */
    struct gh_words words;
};

struct gh_views {
    struct gh_view view[GH_SHIELD_VIEWS_MAX];
    size_t n;
};

/* The views of text[0..n), n at most GH_SHIELD_PIECE_BYTES, which begins at byte `base` of the given text. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_views_read(struct gh_views *out, struct gh_arena *scratch, const struct gh_lexicon *lexicon, struct gh_str text,
    uint32_t base);

#endif
