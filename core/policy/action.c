/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/action.h"

#include "base/crypto.h"
#include "base/limits.h"

_Static_assert(GH_ACTION_COUNT <= GH_ACTIONS_MAX, "a role's bit set has a bit for each action");

// clang-format off
#define GH_ACTION_ROW(name, plane, string) [GH_ACTION_##name] = {GH_PLANE_##plane, GH_STR_INIT(string)},
const struct gh_action_row gh_action_table[GH_ACTION_COUNT] = {
    [GH_ACTION_NONE] = {GH_PLANE_CONTROL, GH_STR_INIT("")},
    GH_ACTION_LIST(GH_ACTION_ROW)
};
// clang-format on

enum gh_action
gh_action_find(struct gh_str string)
{
    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++)
        if (gh_str_eq_ci(gh_action_table[i].string, string))
            return (enum gh_action)i;
    return GH_ACTION_NONE;
}

/* Each row is its string, a NUL, and the digit of its plane: two tables with one digest mean the same by every number. */
enum gh_rc
gh_action_digest(uint8_t out[32])
{
    static const struct gh_str planes[] = {GH_STR_INIT("\0000"), GH_STR_INIT("\0001")};
    struct gh_str parts[2 * GH_ACTION_COUNT];

    for (unsigned i = 0; i < GH_ACTION_COUNT; i++) {
        parts[2 * i] = gh_action_table[i].string;
        parts[2 * i + 1] = planes[gh_action_table[i].plane];
    }
    return gh_sha256_v(out, parts, 2 * GH_ACTION_COUNT);
}
