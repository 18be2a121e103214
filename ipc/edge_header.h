/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipc/edge_header: what the edge saw and control cannot, in one header on management requests: `gatehouse-edge: v2;t=<unix ms>;l=<listener>;
 * p=<peer address>;r=<request id>;c=<evidence>;m=<64 hex>`. m is HMAC-SHA256 under the key in MEM/edge.key over "v2", t, l, p, r, c, method
 * and request target, each followed by a newline. Every inbound header of this name, and `forwarded`/`x-forwarded-*`, is removed first.
 */
#ifndef GH_IPC_EDGE_HEADER_H
#define GH_IPC_EDGE_HEADER_H

#include "base/buf.h"

#define GH_EDGE_HEADER "gatehouse-edge"
#define GH_EDGE_HEADER_SKEW_MS 30000

struct gh_edge_header {
    int64_t time_ms;
    struct gh_str listener, peer, request_id; /* no ';' and no control characters in them: GH_BAD */
    struct gh_str evidence; /* what conditions ask of the way (gh_cond_evidence_put); empty is written "-" */
};

GH_MUST_USE enum gh_rc gh_edge_header_put(struct gh_buf *out, const struct gh_edge_header *h, struct gh_str key, struct gh_str method, struct gh_str target);
/* GH_BAD: form, MAC or time. Slices are borrowed from `value`. */
GH_MUST_USE enum gh_rc gh_edge_header_read(struct gh_edge_header *out, struct gh_str value, struct gh_str key, struct gh_str method, struct gh_str target,
    int64_t now_ms);

#endif
