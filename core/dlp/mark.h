/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp/mark: where to look for what begins with no fixed letters: numbers, and characters that hide text. Most texts have few digits and few
 * characters of three bytes or more, so these are looked for here, eight bytes at a time, and not by the pattern engine, which would run an
 * automaton over every byte for them.
 */
#ifndef GH_DLP_MARK_H
#define GH_DLP_MARK_H

#include "dlp/dlp.h"

/* Of one text, zeros at first: the last row of digits with at most two separators between them. */
struct gh_dlp_marks {
    uint64_t last; /* offset of its last digit */
    uint64_t n;    /* digits in it             */
};

/* The anchors whose last byte is one of the view's from `from` on (what is before was read already): calls add() for each candidate. `types`: those that are
 * wanted. Candidates of a type that is not wanted may be added as well. */
void gh_dlp_marks_read(struct gh_dlp_marks *m, uint32_t types, const struct gh_dlp_view *v, size_t from,
    void (*add)(void *ctx, enum gh_dlp_detector d, size_t at), void *ctx);

#endif
