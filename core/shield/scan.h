/* SPDX-License-Identifier: Apache-2.0 */
/* shield/scan: what gh_shield_scan found on its way, for `gatehouse shield explain`, the trainer and tests. */
#ifndef GH_SHIELD_SCAN_H
#define GH_SHIELD_SCAN_H

#include "shield/model.h"
#include "shield/view.h"
#include "shield/window.h"

#define GH_SCAN_BEST 3 /* windows that the second stage is asked about */

struct gh_scan_window {
    int32_t sum;         /* of the first stage                           */
    enum gh_view_id view;
    uint32_t at, end;    /* bytes of the given text                      */
    uint32_t from, to;   /* words of the view                            */
    size_t view_index;
};

/* The greatest sums, greatest first, of different views or places. */
struct gh_scan_list {
    struct gh_scan_window w[GH_SCAN_BEST];
    size_t n;
};

/* One piece of a text, judged by the first stage. `views` point into the scratch memory. */
struct gh_scan_piece {
    struct gh_views views;
    struct gh_scan_list best;  /* of all windows                              */
    struct gh_scan_list asked; /* of those that are short enough for the net  */
};

/* Where text[at..] is to be cut: the end of the piece that begins there. */
size_t gh_scan_piece_end(struct gh_str text, size_t at);
/* And where the next piece begins. */
size_t gh_scan_piece_next(size_t at, size_t end);

GH_MUST_USE enum gh_rc gh_scan_piece(struct gh_scan_piece *out, const struct gh_shield_model *m, struct gh_arena *scratch,
    enum gh_shield_kind kind, struct gh_str text, uint32_t base);

#endif
