/* SPDX-License-Identifier: Apache-2.0 */
/* What an endpoint lets through, as it is written: forms, and who may make its controls only observe. */
#include "control/rest/handlers.h"

#include "control/publish/guards.h"
#include "host/host.h"
#include "policy/observe.h"

#define DAY_MS INT64_C(86400000)

static bool
check_until(struct gh_write *w, uint64_t until_ms)
{
    int64_t now_ms = gh_now_ms(), ahead_ms = (int64_t)until_ms - now_ms;
    if (ahead_ms <= 0)
        return gh_call_problem(w->call, 400, "the time is over already", GH_STR("observeUntil"));
    return ahead_ms <= GH_OBSERVE_DAYS_MAX * DAY_MS ||
           gh_call_problem(w->call, 400, "observe mode lasts 30 days at most", GH_STR("observeUntil"));
}

/* Its own right, and where authorization itself only observes, everybody gets in who is somebody: that is the right to give roles. */
static bool
check_right(struct gh_write *w, uint64_t controls)
{
    static const enum gh_action actions[] = {GH_ACTION_ENDPOINT_OBSERVE, GH_ACTION_ROLE_ASSIGNMENT_WRITE};
    bool is_open = (controls >> GH_OBSERVE_AUTHORIZATION & 1) != 0;
    for (size_t i = 0; i < (is_open ? 2 : 1); i++)
        if (!gh_call_may(w->call, actions[i], w->r.path))
            return gh_call_problem(w->call, 403, "observe mode needs a right of its own", gh_action_table[actions[i]].string);
    return true;
}

/* Asked for what changes: an endpoint whose time is over can still be written as it stands. */
static bool
check_observe(struct gh_write *w, const struct gh_snap_value *row)
{
    struct gh_snap_value old[GH_ENDPOINT_N] = {0};
    const char *why, *where;
    uint64_t until_ms = row[GH_ENDPOINT_OBSERVE_UNTIL_MS].u64, controls = row[GH_ENDPOINT_OBSERVE_CONTROLS].u64;
    if (until_ms == 0)
        return true;
    if (w->old.path.p != NULL && gh_guards_read(old, &w->old_props, &why, &where) == GH_OK &&
        old[GH_ENDPOINT_OBSERVE_UNTIL_MS].u64 == until_ms && old[GH_ENDPOINT_OBSERVE_CONTROLS].u64 == controls)
        return true;
    return check_until(w, until_ms) && check_right(w, controls);
}

bool
gh_check_guards(struct gh_write *w)
{
    struct gh_snap_value row[GH_ENDPOINT_N] = {0};
    const char *why, *where;
    enum gh_rc rc = gh_guards_read(row, &w->props, &why, &where);
    if (rc == GH_BAD)
        return gh_call_problem(w->call, 400, why, gh_str_z(where));
    return rc == GH_OK ? check_observe(w, row) : gh_call_failed(w->call, rc);
}

/* That its controls only observe, or do again what they are for, stands in the chain under a name of its own, beside the write. */
bool
gh_after_endpoint(struct gh_write *w)
{
    struct gh_snap_value row[GH_ENDPOINT_N] = {0}, old[GH_ENDPOINT_N] = {0};
    const char *why, *where;
    enum gh_rc rc = gh_guards_read(row, &w->props, &why, &where);
    if (rc == GH_OK && w->old.path.p != NULL)
        rc = gh_guards_read(old, &w->old_props, &why, &where);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    if (row[GH_ENDPOINT_OBSERVE_UNTIL_MS].u64 == old[GH_ENDPOINT_OBSERVE_UNTIL_MS].u64 &&
        row[GH_ENDPOINT_OBSERVE_CONTROLS].u64 == old[GH_ENDPOINT_OBSERVE_CONTROLS].u64)
        return true;
    bool is_on = row[GH_ENDPOINT_OBSERVE_UNTIL_MS].u64 > 0;
    rc = gh_call_record(w->call, w->tx, GH_RECORD_ADMIN, is_on ? "observe" : "observe ended", w->r.path, GH_STR(""));
    return rc == GH_OK || gh_call_failed(w->call, rc);
}
