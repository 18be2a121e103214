/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/bound_id: ids of what a provider stores, as callers hold them. The provider knows one account, the gate's; so that no caller can
 * reach what another stored, the id that leaves the gate says where the thing lies and carries a MAC over whose it is. Nothing is kept
 * here: an id is good for as long as the key is.
 *
 *     resp_<base64url( version 1 | MAC 16 | n deployment | deployment | n backend | backend | provider's id )>
 *
 * The prefix of the provider's id (up to its first `_`) stays, so that clients see what they expect. MAC: HMAC-SHA256, cut to 128 bits,
 * over version, kind and, each with its length, workspace, endpoint, deployment, backend, owner and the provider's id; the key is one
 * installation's own (GH_SNAP_BOUND_KEY). What is in the id is no secret; to make one needs the key.
 */
#ifndef GH_WIRE_BOUND_ID_H
#define GH_WIRE_BOUND_ID_H

#include "wire/dialect.h"

#define GH_BOUND_KEY_BYTES 32

struct gh_bound_id {
    enum gh_stored kind;
    struct gh_str ws, ep, owner;        /* where and by whom it is used: told by the route and the caller, never by the id */
    struct gh_str deployment, backend;  /* where it lies                                                                   */
    struct gh_str id;                   /* the provider's                                                                  */
};

/* Appends the bound form. GH_LIMIT: a part, or all of it, is longer than an id may be. */
GH_MUST_USE enum gh_rc gh_bound_id_put(struct gh_buf *out, const struct gh_bound_id *b, struct gh_str key);

/*
 * Reads a bound form for the kind, ws, ep and owner that stand in *b, and fills the rest, in the arena. GH_BAD: not made under this key for
 * exactly these; who made it for whom cannot be told from that.
 */
GH_MUST_USE enum gh_rc gh_bound_id_open(struct gh_bound_id *b, struct gh_arena *a, struct gh_str text, struct gh_str key);

#endif
