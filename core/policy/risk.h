/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/risk: how sure we are that an identity is in the hands of its owner. Control computes a level from what it saw of his sign-ins and
 * publishes it; here it only decays with time. Levels are those of Microsoft Graph (riskLevel), so that policies can name them.
 */
#ifndef GH_POLICY_RISK_H
#define GH_POLICY_RISK_H

#include "policy/snapshot.h"

/* X(name, "as in conditional access"). Stored in snapshots: append only. */
#define GH_RISK_LIST(X) X(NONE, "none") X(LOW, "low") X(MEDIUM, "medium") X(HIGH, "high")

enum gh_risk {
#define GH_RISK_ENUM(name, text) GH_RISK_LEVEL_##name,
    GH_RISK_LIST(GH_RISK_ENUM)
#undef GH_RISK_ENUM
    GH_RISK_LEVELS
};
extern const char *const gh_risk_names[GH_RISK_LEVELS];

struct gh_risk_now {
    enum gh_risk level;
    bool is_unknown;      /* nobody can say: the highest to people, and no level that a policy names is ruled out */
    struct gh_str reason; /* borrowed from the snapshot; empty without a level */
    int64_t since_ms;
};

#define GH_RISK_UNKNOWN GH_RISK_LEVELS /* in a row of the snapshot, as is each number above it */

/* What is left of a level: less by one at `until_ms`, and by one more for each step behind it; without a step it stays. */
uint64_t gh_risk_decayed(uint64_t level, int64_t now_ms, uint64_t until_ms, uint64_t step_ms);

/* The level of a principal at `now_ms`: the published one, less one for each step of time since it began to decay. Who has no row has none. */
void gh_risk_of(struct gh_risk_now *out, const struct gh_snap *snap, struct gh_str principal, int64_t now_ms);

#endif
