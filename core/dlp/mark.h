/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp/mark: where to look for what begins with no fixed letters: numbers, addresses, and characters that hide text. Most texts have few digits, `@`
 * and characters of three bytes or more, so these are looked for here, sixteen bytes at a time, and not by the pattern engine, which would run
 * an automaton over every byte for them, or look at each byte for the sake of a literal of one.
 */
#ifndef GH_DLP_MARK_H
#define GH_DLP_MARK_H

#include "dlp/dlp.h"

/* The anchors whose last byte is one of the view's from `from` on (what is before was read already): calls add() for each candidate. `types`: those that are
 * wanted. Candidates of a type that is not wanted may be added as well. */
void gh_dlp_marks_read(uint32_t types, const struct gh_dlp_view *v, size_t from,
    void (*add)(void *ctx, enum gh_dlp_detector d, size_t at), void *ctx);

#endif
