/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/risk.h"

const char *const gh_risk_names[GH_RISK_LEVELS] = {
#define NAME(name, text) text,
    GH_RISK_LIST(NAME)
#undef NAME
};

/* A row without a step never decays: an operator's word stands until he takes it back. */
uint64_t
gh_risk_decayed(uint64_t level, int64_t now_ms, uint64_t until_ms, uint64_t step_ms)
{
    uint64_t now = now_ms < 0 ? 0 : (uint64_t)now_ms;

    if (step_ms == 0 || now < until_ms)
        return level;
    uint64_t steps = 1 + (now - until_ms) / step_ms;
    return steps < level ? level - steps : 0;
}

void
gh_risk_of(struct gh_risk_now *out, const struct gh_snap *snap, struct gh_str principal, int64_t now_ms)
{
    struct gh_snap_rec row;

    *out = (struct gh_risk_now){.level = GH_RISK_LEVEL_NONE};
    if (!gh_snap_find(&row, snap, GH_SNAP_RISK, principal))
        return;
    uint64_t level = gh_snap_u64(&row, GH_RISK_LEVEL);
    bool is_unknown = level >= GH_RISK_UNKNOWN; /* and stays it: time tells nothing about it */
    level = is_unknown ? GH_RISK_LEVEL_HIGH
                       : gh_risk_decayed(level, now_ms, gh_snap_u64(&row, GH_RISK_UNTIL_MS), gh_snap_u64(&row, GH_RISK_STEP_MS));
    if (level == 0)
        return;
    *out = (struct gh_risk_now){.level = (enum gh_risk)level,
        .is_unknown = is_unknown,
        .reason = gh_snap_str(&row, GH_RISK_REASON),
        .since_ms = (int64_t)gh_snap_u64(&row, GH_RISK_SINCE_MS)};
}
