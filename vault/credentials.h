/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault/credentials: the wrapped secrets of backends -> one file for the edge's eyes alone, MEM/credentials-<16 hex generation>.snap, in the
 * container of policy/snapshot. The secret of a row is in clear nowhere but in the arena of the message and in that file, on a memory file
 * system, readable by the edge's group (the directory is set-group-id).
 */
#ifndef GH_VAULT_CREDENTIALS_H
#define GH_VAULT_CREDENTIALS_H

#include "vault/seal.h"

#define GH_CREDENTIALS_ROW_FIELDS 7

/* For keyed hashes of texts: a random key for all workspaces, drawn anew each UTC day (and at each start) and never stored, so that
 * yesterday's hashes can be linked to nothing. A workspace's own key is HMAC-SHA256(root, workspace). In locked memory. */
struct gh_text_root {
    uint8_t root[GH_SHA256_BYTES];
    int64_t day; /* since 1970; 0: none drawn yet */
};

/* The key of bound ids (wire/bound_id.h) stands in each file, for all workspaces: the edge puts the workspace under its MAC. */

struct gh_credentials_job {
    const struct gh_seal *seal;
    struct gh_text_root *text;
    int dir; /* MEM */
    uint64_t generation;
    struct gh_str rows; /* each: ws, backend, secret resource, version, header, blob, hosts joined by "\n", each le32 length and bytes */
    int64_t now_ms;
};

/*
 * A row whose blob does not open, or whose secret cannot stand in a header line, is left out and counted in *n_left_out: its backend
 * answers 503, the others go on. GH_BAD: `rows` is no list of rows. After success only this generation's file and the newest other one are
 * left in MEM. `a` is secret and takes a few times the size of the rows.
 */
GH_MUST_USE enum gh_rc gh_credentials_write(size_t *n_left_out, const struct gh_credentials_job *job, struct gh_arena *a, struct gh_err *err);

#endif
