/* SPDX-License-Identifier: Apache-2.0 */
/*
 * role{Eligibility,Assignment}Schedules and ...ScheduleInstances: eligibilities and assignments as Azure shows them. A schedule is what was given; an
 * instance is one that is in force now. And eligibleChildResources: where the caller could activate something.
 */
#include "control/rest/arm_pim.h"
#include "control/rest/auth.h"
#include "host/host.h"

struct view {
    struct gh_arm_filter filter;
    struct gh_str scope;
    bool is_eligibility, is_instance;
};

static struct view
view_of(const struct gh_door *d)
{
    return (struct view){.is_eligibility = gh_arm_is_eligibility(d),
        .is_instance = gh_str_find(gh_str_z(d->row->pattern), GH_STR("Instances")) != SIZE_MAX};
}

static const char *
kind_of(const struct view *v)
{
    if (v->is_instance)
        return v->is_eligibility ? "roleEligibilityScheduleInstances" : "roleAssignmentScheduleInstances";
    return v->is_eligibility ? "roleEligibilitySchedules" : "roleAssignmentSchedules";
}

/* How the caller, or who it was given to, comes by it. */
static const char *
member_type(const struct view *v, const struct gh_props *p)
{
    struct gh_str principal = gh_props_str(p, "principalId", GH_STR("")), scope = gh_props_str(p, "scope", GH_STR("/"));
    if (v->filter.as_target && gh_str_find(principal, GH_STR("/groups")) != SIZE_MAX)
        return "Group";
    return gh_str_eq(scope, v->scope) ? "Direct" : "Inherited";
}

static void
put_assignment_members(struct gh_jsonw *w, struct gh_call *call, const struct gh_props *p)
{
    struct gh_str activation = gh_props_str(p, "activation", GH_STR(""));
    gh_jsonw_kstr(w, "assignmentType", activation.n > 0 ? GH_STR("Activated") : GH_STR("Assigned"));
    if (activation.n > 0)
        gh_jsonw_kstr(w, "linkedRoleEligibilityScheduleId",
            gh_arm_id(call, gh_props_str(p, "scope", GH_STR("/")), "roleEligibilitySchedules", gh_arm_name(activation)));
}

static void
put_instance_members(struct gh_jsonw *w, struct gh_call *call, const struct view *v, struct gh_str name, const struct gh_props *p)
{
    struct gh_str scope = gh_props_str(p, "scope", GH_STR("/"));
    struct view schedule = {.is_eligibility = v->is_eligibility};
    gh_jsonw_kstr(w, v->is_eligibility ? "roleEligibilityScheduleId" : "roleAssignmentScheduleId",
        gh_arm_id(call, scope, kind_of(&schedule), name));
    if (!v->is_eligibility)
        gh_jsonw_kstr(w, "originRoleAssignmentId", gh_arm_id(call, scope, "roleAssignments", name));
}

static void
put_schedule(
    struct gh_jsonw *w, struct gh_call *call, const struct view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    struct gh_str name = gh_arm_name(r->path), kind = gh_str_z(kind_of(v));
    bool is_in_force = gh_elevation_is_now(p, gh_call_now(call));
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_arm_id(call, gh_props_str(p, "scope", GH_STR("/")), kind.p, name));
    gh_jsonw_kstr(w, "name", name);
    gh_jsonw_kstr(w, "type", gh_door_text(call, GH_STR("Microsoft.Authorization/"), kind));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    gh_arm_put_grant(w, call, p);
    gh_jsonw_kstr(w, "status", is_in_force ? GH_STR("Provisioned") : GH_STR("ScheduleCreated"));
    gh_jsonw_kstr(w, "memberType", gh_str_z(member_type(v, p)));
    gh_arm_put_copy(w, p, "startDateTime", "startDateTime");
    gh_arm_put_copy(w, p, "endDateTime", "endDateTime");
    if (!v->is_eligibility)
        put_assignment_members(w, call, p);
    if (v->is_instance)
        put_instance_members(w, call, v, name, p);
    gh_door_time(w, call, "createdOn", r->created_ms);
    gh_door_time(w, call, "updatedOn", r->updated_ms);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

/* What is over is history: that is told by the requests. */
static bool
is_over(const struct gh_props *p, int64_t now_ms)
{
    int64_t end = gh_elevation_time(p, "endDateTime");
    return end > 0 && end <= now_ms;
}

static bool
is_shown(const struct view *v, struct gh_call *call, const struct gh_props *p)
{
    int64_t now = gh_call_now(call);
    return !is_over(p, now) && (!v->is_instance || gh_elevation_is_now(p, now)) &&
           gh_arm_filter_fits(&v->filter, call, v->scope, p);
}

static void
put_if_shown(void *ctx, struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *p)
{
    const struct view *v = ctx;
    if (is_shown(v, call, p))
        put_schedule(w, call, v, r, p);
}

static void
on_list(struct gh_call *call, const struct gh_door *d)
{
    struct view v = view_of(d);
    call->action = GH_ACTION_ROLE_ASSIGNMENT_READ;
    if (gh_door_scope(&v.scope, call, d->scope) && gh_arm_filter_read(&v.filter, call))
        gh_door_list(call, v.is_eligibility ? GH_RESOURCE_ROLE_ELIGIBILITY : GH_RESOURCE_ROLE_ASSIGNMENT, put_if_shown, &v);
}

static void
on_get(struct gh_call *call, const struct gh_door *d)
{
    struct view v = view_of(d);
    struct gh_str prefix = v.is_eligibility ? GH_STR("/roleEligibilities/") : GH_STR("/roleAssignments/");
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_jsonw w;
    v.scope = GH_STR("/");
    call->action = GH_ACTION_ROLE_ASSIGNMENT_READ;
    if (!gh_door_load(&r, &p, call, gh_door_text(call, prefix, d->names[0])))
        return;
    if (r.path.p == NULL || !is_shown(&v, call, &p)) {
        (void)gh_door_refuse(call, 404, "RoleAssignmentScheduleNotFound", GH_STR("There is no such schedule."));
        return;
    }
    gh_jsonw_init(&w, &call->out);
    put_schedule(&w, call, &v, &r, &p);
    call->status = 200;
}

/* ---- eligibleChildResources: workspaces of the installation, endpoints of a workspace ---- */

struct children {
    struct gh_call *call;
    struct gh_str scope;
    struct gh_str *scopes; /* of the caller's eligibilities */
    size_t n, cap;
};

static bool
on_eligibility(void *ctx, const struct gh_store_resource *r)
{
    struct children *c = ctx;
    struct gh_props p;
    struct gh_str scope;
    if (c->n == c->cap || gh_props_open(&p, c->call->a, r->body) != GH_OK)
        return c->n < c->cap;
    if (gh_elevation_is_self(c->call, gh_props_str(&p, "principalId", GH_STR(""))) &&
        gh_elevation_is_now(&p, gh_call_now(c->call)) &&
        gh_arena_dup(&scope, c->call->a, gh_props_str(&p, "scope", GH_STR("/"))) == GH_OK)
        c->scopes[c->n++] = scope;
    return true;
}

static void
put_child(void *ctx, struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *p)
{
    const struct children *c = ctx;
    bool is_eligible = false;
    (void)call;
    (void)p;
    for (size_t i = 0; i < c->n; i++)
        is_eligible |= gh_scope_covers(c->scopes[i], r->path) || gh_scope_covers(r->path, c->scopes[i]);
    if (!is_eligible || !gh_scope_covers(c->scope, r->path) || gh_str_eq(c->scope, r->path))
        return;
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", r->path);
    gh_jsonw_kstr(w, "name", gh_arm_name(r->path));
    gh_jsonw_kstr(w, "type", gh_str_z(gh_resource_table[r->type].name));
    gh_jsonw_end(w, '}');
}

#define SCOPES_MAX 4096

static void
on_children(struct gh_call *call, const struct gh_door *d)
{
    gh_auto_store_tx *tx = NULL;
    struct children c = {.call = call, .cap = SCOPES_MAX};
    call->action = GH_ACTION_ROLE_ASSIGNMENT_READ;
    if (!gh_door_scope(&c.scope, call, d->scope))
        return;
    if ((c.scopes = gh_arena_take_array(call->a, c.cap, sizeof(*c.scopes))) == NULL) {
        (void)gh_call_failed(call, GH_NOMEM);
        return;
    }
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_resource_each(tx, GH_RESOURCE_ROLE_ELIGIBILITY, on_eligibility, &c);
    gh_store_rollback(gh_store_steal(&tx));
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
    else
        gh_door_list(call, gh_str_eq(c.scope, GH_STR("/")) ? GH_RESOURCE_WORKSPACE : GH_RESOURCE_ENDPOINT, put_child, &c);
}

#define SCHEDULES(kind)                                                                                                            \
    {GH_SURFACE_ARM, GH_METHOD_GET, "{scope...}" GH_ARM_AUTH kind, on_list},                                                       \
    {                                                                                                                              \
        GH_SURFACE_ARM, GH_METHOD_GET, "{scope...}" GH_ARM_AUTH kind "/{name}", on_get                                             \
    }

static const struct gh_door_row rows[] = {
    SCHEDULES("roleEligibilitySchedules"),
    SCHEDULES("roleEligibilityScheduleInstances"),
    SCHEDULES("roleAssignmentSchedules"),
    SCHEDULES("roleAssignmentScheduleInstances"),
    {GH_SURFACE_ARM, GH_METHOD_GET, "{scope...}" GH_ARM_AUTH "eligibleChildResources", on_children},
};
const struct gh_door_table gh_door_arm_schedules = {rows, sizeof(rows) / sizeof(rows[0])};
