/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/observe.h"

// clang-format off
#define NAME_ROW(name, text) [GH_OBSERVE_##name] = text,
static const char *const names[GH_OBSERVE_COUNT] = {GH_OBSERVE_LIST(NAME_ROW)};
// clang-format on

bool
gh_observe(const struct gh_snap_rec *endpoint, enum gh_observe control, int64_t now_ms)
{
    if (endpoint->row == NULL || endpoint->section != GH_SNAP_ENDPOINT || (unsigned)control >= GH_OBSERVE_COUNT || now_ms < 0)
        return false;
    return (uint64_t)now_ms < gh_snap_u64(endpoint, GH_ENDPOINT_OBSERVE_UNTIL_MS) &&
           (gh_snap_u64(endpoint, GH_ENDPOINT_OBSERVE_CONTROLS) >> (unsigned)control & 1) != 0;
}

uint64_t
gh_observe_bit(struct gh_str name)
{
    for (unsigned i = 0; i < GH_OBSERVE_COUNT; i++)
        if (gh_str_eq(name, gh_str_z(names[i])))
            return UINT64_C(1) << i;
    return 0;
}
