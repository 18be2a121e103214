/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish/members: the properties that say which of several: `backends` and `retryOn` of a deployment, `traffic` of an endpoint.
 * The check of a write and the projection into the snapshot read them by the same functions.
 */
#ifndef GH_CONTROL_PUBLISH_MEMBERS_H
#define GH_CONTROL_PUBLISH_MEMBERS_H

#include "control/publish/props.h"
#include "policy/pool.h"

struct gh_members {
    struct gh_pool_member at[GH_POOL_MAX]; /* `model` and `backend` alone are one member */
    size_t n;
    uint64_t retry_on; /* bits of policy/pool.h */
};

/* GH_BAD with a literal in *why and the property in *where: not of the form. */
GH_MUST_USE enum gh_rc gh_members_read(struct gh_members *out, const struct gh_props *deployment, const char **why, const char **where);

struct gh_shares {
    struct gh_str deployment[GH_TRAFFIC_MAX];
    uint64_t percent[GH_TRAFFIC_MAX];
    size_t n; /* 0: traffic is not split */
};

/* GH_BAD with a literal in *why: not of the form, or the shares are not 100 together. */
GH_MUST_USE enum gh_rc gh_shares_read(struct gh_shares *out, const struct gh_props *endpoint, const char **why);

#endif
