/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/observe: an endpoint whose controls judge without blocking, until a time. What is refused then is recorded as what would have been
 * blocked, and passes. There is no such mode for identity, limits, records, egress and the admission of models (architecture section 7).
 */
#ifndef GH_POLICY_OBSERVE_H
#define GH_POLICY_OBSERVE_H

#include "policy/snapshot.h"

#define GH_OBSERVE_DAYS_MAX 30 /* longest time ahead that may be set */

/* X(name, "as in the property observeControls"). The number is a bit in GH_ENDPOINT_OBSERVE_CONTROLS: append only. */
#define GH_OBSERVE_LIST(X)            \
    X(AUTHORIZATION, "authorization") \
    X(NETWORK, "network")             \
    X(TOOLS, "tools")                 \
    X(INSTRUCTIONS, "instructions")   \
    X(CONTENT, "content")

enum gh_observe {
#define GH_OBSERVE_ENUM(name, text) GH_OBSERVE_##name,
    GH_OBSERVE_LIST(GH_OBSERVE_ENUM)
#undef GH_OBSERVE_ENUM
    GH_OBSERVE_COUNT
};

/* Whether this endpoint's control only observes now. `endpoint` is a row of ENDPOINT, or nothing (row NULL): then it blocks. `now_ms` is
 * the edge's: never earlier than what the newest snapshot told, so a clock that is stepped back revives nothing. */
bool gh_observe(const struct gh_snap_rec *endpoint, enum gh_observe control, int64_t now_ms);

/* The bit of a control's name; 0: there is no such control, or it has no observe mode. */
uint64_t gh_observe_bit(struct gh_str name);

#endif
