/* SPDX-License-Identifier: Apache-2.0 */
/* control/review/activations: which eligibilities were activated, out of the requests, which are never deleted. */
#ifndef GH_CONTROL_REVIEW_ACTIVATIONS_H
#define GH_CONTROL_REVIEW_ACTIVATIONS_H

#include "control/store/store.h"

struct gh_activation { /* of one eligibility */
    struct gh_str eligibility;
    int64_t n, last_ms; /* last_ms: when the last one began; 0: none */
};
struct gh_activations {
    struct gh_arena *a;
    struct gh_activation *p; /* in the order of their paths */
    size_t n, cap;
    int64_t from_ms;
    enum gh_rc rc;
};

/* Those that began at `from_ms` or later: one walk over all requests. */
GH_MUST_USE enum gh_rc gh_activations_load(struct gh_activations *out, struct gh_store_tx *tx, struct gh_arena *a, int64_t from_ms);
/* None: n and last_ms 0. */
struct gh_activation gh_activations_of(const struct gh_activations *all, struct gh_str eligibility);

#endif
