/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp/anchor: where to look for what begins with, or has in it, fixed letters (mark.h: for everything else). Each row is a short pattern whose end tells that a
 * detector may have begun before it. The pattern engine (patterns/patterns.h) finds the ends in any stream of pieces; what they mean stands here.
 * Rows are literals, or next to them: an expression of classes alone costs the engine an automaton over every byte.
 */
#ifndef GH_DLP_ANCHOR_H
#define GH_DLP_ANCHOR_H

#include "dlp/dlp.h"

struct gh_dlp_anchor_row {
    const char *expression; /* in the syntax that PCRE and Vectorscan share */
    uint32_t types;         /* bits: of no use when none of them is wanted  */
    enum gh_dlp_detector detector;
    /* Where candidates may begin before the end of the anchor: calls add() for each, in the view. */
    void (*begin)(const struct gh_dlp_view *v, size_t end, void (*add)(void *ctx, enum gh_dlp_detector d, size_t at), void *ctx);
};
extern const struct gh_dlp_anchor_row gh_dlp_anchor_table[];
extern const size_t gh_dlp_anchor_count;

/* An end that the engine told: the row, and the offset in the text behind the anchor's last byte. */
struct gh_dlp_anchor {
    uint32_t row;
    uint64_t end;
};

#endif
