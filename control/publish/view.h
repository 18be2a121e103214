/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish/view: the snapshot as control itself uses it: the very files that it published, mapped and verified as an edge would.
 * Immutable and counted: whoever holds one goes on reading it while newer ones come.
 */
#ifndef GH_CONTROL_PUBLISH_VIEW_H
#define GH_CONTROL_PUBLISH_VIEW_H

#include "policy/snapshot.h"

struct gh_view_file; /* one mapped file, counted by the views that use it */

struct gh_view {
    struct gh_snap snap;
    uint64_t generation; /* that of the overlay */
    struct gh_view_file *base, *overlay;
    unsigned refs;
};

/* Maps DIR/name and believes it only if gh_snap_verify does. The caller holds one reference. */
GH_MUST_USE enum gh_rc gh_view_file_open(struct gh_view_file **out, int dirfd, const char *name, const uint8_t installation[16]);
void gh_view_file_unref(struct gh_view_file *f);

/* Takes a reference to each file of its own. */
GH_MUST_USE enum gh_rc gh_view_new(struct gh_view **out, struct gh_view_file *base, struct gh_view_file *overlay);
void gh_view_ref(struct gh_view *v);
void gh_view_unref(struct gh_view *v); /* NULL is ignored */

#endif
