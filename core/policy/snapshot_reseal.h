/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests and the fuzz target alone: makes every digest of a changed snapshot right again, so that what is tested is the walk over
 * rows and offsets, and not the digests in front of it.
 */
#ifndef GH_POLICY_SNAPSHOT_RESEAL_H
#define GH_POLICY_SNAPSHOT_RESEAL_H

#include "policy/snapshot_int.h"

/* False if the directory does not describe sections inside the file: then only the header's digest is made right. */
static inline bool
gh_snap_reseal(uint8_t *file, size_t n)
{
    uint64_t at = GH_SNAP_SECTIONS_AT;
    bool is_whole = true;

    if (n < GH_SNAP_SECTIONS_AT)
        return false;
    for (unsigned s = GH_SNAP_NONE + 1; s < GH_SNAP_SECTION_COUNT && is_whole; s++) {
        uint8_t *entry = file + GH_SNAP_HEADER_BYTES + (s - 1) * GH_SNAP_ENTRY_BYTES;
        uint64_t bytes = gh_snap_part_bytes((enum gh_snap_section)s, gh_snap_le32(entry), gh_snap_le32(entry + 4), gh_snap_le32(entry + 8));

        is_whole = bytes <= n - at && gh_sha256(entry + 16, gh_str(file + at, bytes)) == GH_OK;
        at += is_whole ? bytes : 0;
    }
    return gh_sha256(file + GH_SNAP_DIGEST_AT, gh_str(file, GH_SNAP_DIGEST_AT)) == GH_OK && is_whole;
}

#endif
