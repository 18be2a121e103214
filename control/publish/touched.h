/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish/touched: the rows that a transaction changes, gathered while it runs and handed to the publisher once it is committed.
 * Each write is bracketed: before, the write, after.
 */
#ifndef GH_CONTROL_PUBLISH_TOUCHED_H
#define GH_CONTROL_PUBLISH_TOUCHED_H

#include "control/publish/project.h"

struct gh_touched_key {
    enum gh_snap_section section;
    struct gh_str key; /* in the arena */
};
struct gh_touched {
    struct gh_arena *a; /* borrowed; holds all keys */
    struct gh_touched_key *keys;
    size_t n, cap;
    size_t n_before;    /* keys[done..n_before) were told before the write that is going on */
    size_t done;        /* keys of finished writes                                          */
    enum gh_rc rc;      /* sticky */
};

void gh_touched_init(struct gh_touched *t, struct gh_arena *a);
GH_MUST_USE enum gh_rc gh_touched_before(struct gh_touched *t, struct gh_store_tx *tx, enum gh_resource type, struct gh_str path);
GH_MUST_USE enum gh_rc gh_touched_after(struct gh_touched *t, struct gh_store_tx *tx, enum gh_resource type, struct gh_str path);
/* One key by hand, outside of a bracket: what no resource stands for (keys of an issuer, addresses of a backend). */
void gh_touched_add(struct gh_touched *t, enum gh_snap_section section, const struct gh_str *parts, size_t n);

#endif
