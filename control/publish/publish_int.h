/* SPDX-License-Identifier: Apache-2.0 */
/* What publish.c, base.c and overlay.c share: rows into files, files into place. */
#ifndef GH_CONTROL_PUBLISH_PUBLISH_INT_H
#define GH_CONTROL_PUBLISH_PUBLISH_INT_H

#include "control/publish/publish.h"

#define GH_PUBLISH_NAME_MAX 48
#define GH_PUBLISH_FILE_ARENA ((size_t)3 << 30) /* a base at its limit, its writer's tables and the finished bytes */

/* Whether a row cannot be made of what the store holds, now or later: it is left out and told. It takes away, never gives; the others go on. */
static inline bool
gh_publish_is_left_out(enum gh_rc rc)
{
    return rc == GH_BAD || rc == GH_LIMIT || rc == GH_BUG;
}

/* "base-%016llx.snap" */
void gh_publish_name(char out[GH_PUBLISH_NAME_MAX], const char *kind, uint64_t generation);

/* The finished bytes of `w` as DIR/<kind>-<generation>.snap, then mapped and verified. */
GH_MUST_USE enum gh_rc gh_publish_write(struct gh_view_file **out, struct gh_snap_writer *w, int dirfd, const char *kind, uint64_t generation,
    const uint8_t installation[16]);

/* A whole base from one read transaction. */
GH_MUST_USE enum gh_rc gh_publish_base(struct gh_view_file **out, const struct gh_publish_config *c, int dirfd, uint64_t generation, int64_t now_ms);

/*
 * Files that were replaced stay a while: an edge that just read `current` still finds what it names. The oldest goes when one more comes.
 */
#define GH_KEPT_BASES 2
#define GH_KEPT_OVERLAYS 8
struct gh_kept {
    uint64_t generation[GH_KEPT_OVERLAYS];
};
void gh_kept_add(struct gh_kept *k, int dirfd, const char *kind, uint64_t generation);
/* Removes files of earlier runs, and what was half written when one died: all but these two and `current`, once that names them. */
void gh_kept_clean(int dirfd, uint64_t base_generation, uint64_t overlay_generation);

/* Rows that changed since the base, kept as they were made. Owned by the publisher's thread alone. */
struct gh_overlay;
GH_MUST_USE enum gh_rc gh_overlay_new(struct gh_overlay **out);
void gh_overlay_free(struct gh_overlay *o);
/* This row must be made anew. `order` rises with each call. */
GH_MUST_USE enum gh_rc gh_overlay_touch(struct gh_overlay *o, enum gh_snap_section section, struct gh_str key, uint64_t order);
/* Makes what was touched. A row that cannot be made of what the store holds becomes a tombstone: it takes away, never gives. */
GH_MUST_USE enum gh_rc gh_overlay_make(struct gh_overlay *o, const struct gh_project_env *env);
/* Forgets rows touched at `order` or before: they are in the base. */
void gh_overlay_forget(struct gh_overlay *o, uint64_t order);
size_t gh_overlay_rows(const struct gh_overlay *o);
GH_MUST_USE enum gh_rc gh_overlay_write(struct gh_view_file **out, const struct gh_overlay *o, int dirfd, const struct gh_snap_meta *meta);

#endif
