/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/pool: which of several. The backends of a deployment in the order in which a call tries them (by priority, weighted inside one
 * priority, those that failed lately last), and the deployment that a share of an endpoint's traffic goes to. Pure: chance comes in as a
 * number that the caller draws for each call (of its request id); the same number gives the same choice.
 */
#ifndef GH_POLICY_POOL_H
#define GH_POLICY_POOL_H

#include "base/limits.h"
#include "policy/snapshot.h"

struct gh_pool_member {
    struct gh_str backend, model; /* names; borrowed from the snapshot */
    uint32_t priority;            /* smaller numbers first             */
    uint32_t weight;              /* 0: only when the others of its priority have failed */
};

/* For what a deployment tries its next backend: bits of GH_DEPLOYMENT_RETRY_ON. */
enum { GH_RETRY_CONNECT = 1 /* not reached: nothing was sent */, GH_RETRY_TIMEOUT = 2 /* sent, and no answer came: it may have been billed */,
       GH_RETRY_429 = 4, GH_RETRY_5XX = 8, GH_RETRY_ALL = 15 };

/* Index of the one chosen, in proportion to the weights; n if there is none with a weight. */
size_t gh_pool_pick(const uint32_t *weight, size_t n, uint64_t number);

/* The members of a DEPLOYMENT row, of one without a pool its one backend; at most GH_POOL_MAX. */
size_t gh_pool_read(struct gh_pool_member out[GH_POOL_MAX], const struct gh_snap_rec *deployment);

/* Indices of all n members in the order to try them. `down`: a bit for each member that is to come last. */
void gh_pool_order(uint8_t out[GH_POOL_MAX], const struct gh_pool_member *m, size_t n, uint64_t number, uint32_t down);

/* The deployment that this call goes to, of an ENDPOINT row with shares of traffic; empty if it has none. Borrowed from the snapshot. */
struct gh_str gh_pool_deployment(const struct gh_snap_rec *endpoint, uint64_t number);

/*
 * A backend's health as calls see it: GH_BREAKER_FAILURES in a row and it rests, longer each time; a 429 or 503 that says Retry-After
 * makes it rest for that long at once. After its rest one call at a time tries it again. Zeroed memory is a good backend.
 */
struct gh_breaker {
    uint32_t failures;  /* in a row                             */
    int64_t rest_until_ms;
};

bool gh_breaker_rests(const struct gh_breaker *b, int64_t now_ms);
/* A call goes to it: while one asks whether it is back, others stay away for a moment. */
void gh_breaker_asked(struct gh_breaker *b, int64_t now_ms);
void gh_breaker_served(struct gh_breaker *b);
/* retry_after_ms 0: it said nothing. */
void gh_breaker_failed(struct gh_breaker *b, int64_t now_ms, int64_t retry_after_ms);

#endif
