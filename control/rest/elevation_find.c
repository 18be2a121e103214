/* SPDX-License-Identifier: Apache-2.0 */
/* What a request is about: eligibilities, what is active, and requests that wait. */
#include "control/publish/project_int.h"
#include "control/rest/door.h"
#include "control/rest/elevation_int.h"

bool
gh_elevation_load(struct gh_elevation *e, struct gh_props *p, bool *exists, struct gh_str path)
{
    enum gh_rc rc = gh_props_load(p, exists, e->call->a, e->ch.tx, path);
    return rc == GH_OK || gh_call_failed(e->call, rc);
}

bool
gh_elevation_is_now(const struct gh_props *p, int64_t now_ms)
{
    int64_t end = gh_elevation_time(p, "endDateTime");
    return gh_elevation_time(p, "startDateTime") <= now_ms && (end == 0 || end > now_ms);
}

static bool
is_of(const struct gh_elevation *e, const struct gh_props *p)
{
    return gh_str_eq(gh_props_str(p, "roleDefinitionId", GH_STR("")), e->role);
}

/* The caller's eligibility that covers what is asked for; e->eligibility empty: none. */
bool
gh_elevation_find_eligibility(struct gh_elevation *e)
{
    for (size_t i = 0; i < e->call->caller->n_principals; i++) {
        struct gh_strs held = {.a = e->call->a};
        enum gh_rc rc = gh_project_holders(
            &held, e->ch.tx, GH_STORE_LINK_PRINCIPAL, e->call->caller->principals[i], GH_STR("/roleEligibilities/"));
        if (rc != GH_OK)
            return gh_call_failed(e->call, rc);
        for (size_t k = 0; k < held.n; k++) {
            struct gh_props p;
            bool exists;
            if (!gh_elevation_load(e, &p, &exists, held.p[k]))
                return false;
            bool is_linked = e->ask->linked.n == 0 || gh_str_ends(held.p[k], gh_door_text(e->call, GH_STR("/"), e->ask->linked));
            if (!exists || !is_linked || !is_of(e, &p) || !gh_elevation_is_now(&p, e->now_ms) ||
                !gh_scope_covers(gh_props_str(&p, "scope", GH_STR("/")), e->ask->scope))
                continue;
            e->eligibility = held.p[k];
            e->holder = e->call->caller->principals[i];
            e->eligibility_end_ms = gh_elevation_time(&p, "endDateTime");
            return true;
        }
    }
    return true;
}

/* The eligibility or assignment of e->principal with this role, at this scope: named, or found. Empty: there is none. */
bool
gh_elevation_find_target(struct gh_elevation *e, bool only_activated)
{
    struct gh_str prefix = e->ask->is_eligibility ? GH_STR("/roleEligibilities/") : GH_STR("/roleAssignments/");
    struct gh_strs held = {.a = e->call->a};
    enum gh_rc rc = gh_project_holders(&held, e->ch.tx, GH_STORE_LINK_PRINCIPAL, e->principal, prefix);
    if (rc != GH_OK)
        return gh_call_failed(e->call, rc);
    e->target = GH_STR("");
    for (size_t i = 0; i < held.n; i++) {
        struct gh_props p;
        bool exists, is_activated;
        if (!gh_elevation_load(e, &p, &exists, held.p[i]))
            return false;
        is_activated = exists && gh_props_str(&p, "activation", GH_STR("")).n > 0;
        bool is_named = e->ask->target.n == 0 || gh_str_ends(held.p[i], gh_door_text(e->call, GH_STR("/"), e->ask->target));
        if (!exists || !is_named || !is_of(e, &p) || !gh_str_eq(gh_props_str(&p, "scope", GH_STR("/")), e->ask->scope) ||
            (only_activated && !is_activated))
            continue;
        if (is_activated && gh_elevation_time(&p, "endDateTime") <= e->now_ms)
            continue; /* it is over: history */
        e->target = held.p[i];
        e->target_props = p;
        return true;
    }
    return true;
}

bool
gh_elevation_needs_target(struct gh_elevation *e, bool only_activated)
{
    const char *code = e->ask->is_eligibility ? "RoleEligibilityDoesNotExist" : "RoleAssignmentDoesNotExist";
    if (!gh_elevation_find_target(e, only_activated))
        return false;
    return e->target.n > 0 || gh_door_refuse(e->call, 404, code, GH_STR("There is no such schedule to change or to end."));
}

static bool
is_same(const struct gh_elevation *e, const struct gh_props *p)
{
    struct gh_str target = e->ask->is_eligibility ? GH_STR("eligibility") : GH_STR("assignment");
    return gh_str_eq(gh_props_str(p, "scope", GH_STR("")), e->ask->scope) &&
           gh_str_eq(gh_props_str(p, "target", GH_STR("")), target);
}

/* Another request for the same that nobody has answered yet, or too many for the role. Only those that wait hold a link to their role. */
bool
gh_elevation_is_first(struct gh_elevation *e)
{
    struct gh_strs waiting = {.a = e->call->a};
    size_t n = 0;
    enum gh_rc rc = gh_project_holders(&waiting, e->ch.tx, GH_STORE_LINK_ROLE, e->role, GH_STR("/roleRequests/"));
    if (rc != GH_OK)
        return gh_call_failed(e->call, rc);
    for (size_t i = 0; i < waiting.n; i++) {
        struct gh_props p;
        bool exists;
        if (!gh_elevation_load(e, &p, &exists, waiting.p[i]))
            return false;
        if (!exists || !gh_str_starts(gh_elevation_status(&p, e->now_ms), GH_STR("Pending")) ||
            !gh_str_eq(gh_props_str(&p, "principalId", GH_STR("")), e->principal))
            continue;
        n++;
        if (is_same(e, &p))
            return gh_door_refuse(
                e->call, 409, "RoleAssignmentRequestExists", GH_STR("A request for the same is waiting for an answer."));
    }
    return n < GH_ELEVATION_WAITING_MAX || gh_door_refuse(e->call, 409, "RoleAssignmentRequestExists",
                                               GH_STR("Too many requests for this role are waiting for an answer; cancel some."));
}
