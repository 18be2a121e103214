/* SPDX-License-Identifier: Apache-2.0 */
/*
 * role{Eligibility,Assignment}Schedules and ...ScheduleInstances: eligibilities and assignments as Azure shows them. A schedule is what was given; an
 * instance is one that is in force now. And eligibleChildResources: where the caller could activate something.
 */
#include "control/rest/arm_list.h"
#include "control/rest/auth.h"
#include "host/host.h"

struct kind {
    bool is_eligibility, is_instance;
};

static struct kind
kind_asked(const struct gh_door *d)
{
    return (struct kind){.is_eligibility = gh_arm_is_eligibility(d),
        .is_instance = gh_str_find(gh_str_z(d->row->pattern), GH_STR("Instances")) != SIZE_MAX};
}

static const char *
kind_of(struct kind k)
{
    if (k.is_instance)
        return k.is_eligibility ? "roleEligibilityScheduleInstances" : "roleAssignmentScheduleInstances";
    return k.is_eligibility ? "roleEligibilitySchedules" : "roleAssignmentSchedules";
}

/* How the caller, or who it was given to, comes by it. */
static const char *
member_type(const struct gh_arm_view *v, const struct gh_props *p)
{
    struct gh_str principal = gh_props_str(p, "principalId", GH_STR("")), scope = gh_props_str(p, "scope", GH_STR("/"));
    if (gh_arm_filter_has(&v->filter, GH_ARM_TERM_AS_TARGET) && gh_str_find(principal, GH_STR("/groups")) != SIZE_MAX)
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
put_instance_members(struct gh_jsonw *w, struct gh_call *call, struct kind k, struct gh_str name, const struct gh_props *p)
{
    struct gh_str scope = gh_props_str(p, "scope", GH_STR("/"));
    const struct kind schedule = {.is_eligibility = k.is_eligibility};
    gh_jsonw_kstr(w, k.is_eligibility ? "roleEligibilityScheduleId" : "roleAssignmentScheduleId",
        gh_arm_id(call, scope, kind_of(schedule), name));
    if (!k.is_eligibility)
        gh_jsonw_kstr(w, "originRoleAssignmentId", gh_arm_id(call, scope, "roleAssignments", name));
}

static struct gh_str
status_of(struct gh_call *call, const struct gh_props *p)
{
    return gh_elevation_is_now(p, gh_call_now(call)) ? GH_STR("Provisioned") : GH_STR("ScheduleCreated");
}

static void
put_schedule(struct gh_jsonw *w, const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    struct gh_call *call = v->call;
    struct kind k = kind_asked(v->door);
    struct gh_str name = gh_arm_name(r->path), kind = gh_str_z(kind_of(k));
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_arm_id(call, gh_props_str(p, "scope", GH_STR("/")), kind.p, name));
    gh_jsonw_kstr(w, "name", name);
    gh_jsonw_kstr(w, "type", gh_door_text(call, GH_STR("Microsoft.Authorization/"), kind));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    gh_arm_put_grant(w, call, p);
    gh_jsonw_kstr(w, "status", status_of(call, p));
    gh_jsonw_kstr(w, "memberType", gh_str_z(member_type(v, p)));
    gh_arm_put_copy(w, p, "startDateTime", "startDateTime");
    gh_arm_put_copy(w, p, "endDateTime", "endDateTime");
    if (!k.is_eligibility)
        put_assignment_members(w, call, p);
    if (k.is_instance)
        put_instance_members(w, call, k, name, p);
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
is_shown(const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    int64_t now = gh_call_now(v->call);
    (void)r;
    return !is_over(p, now) && (!kind_asked(v->door).is_instance || gh_elevation_is_now(p, now)) &&
           gh_arm_value_fits(v, GH_ARM_TERM_STATUS, status_of(v->call, p)) && gh_arm_grant_fits(v, p);
}

static void
on_list(struct gh_call *call, const struct gh_door *d)
{
    const struct gh_arm_listing listing = {
        .collection = gh_arm_is_eligibility(d) ? GH_STR("/roleEligibilities") : GH_STR("/roleAssignments"),
        .takes = GH_ARM_TAKES(AT_SCOPE) | GH_ARM_TAKES(AS_TARGET) | GH_ARM_TAKES(ASSIGNED_TO) | GH_ARM_TAKES(PRINCIPAL) |
                 GH_ARM_TAKES(ROLE) | GH_ARM_TAKES(STATUS),
        .fits = is_shown,
        .put = put_schedule,
        .is_open = true,
        .is_linked = true};
    call->action = GH_ACTION_ROLE_ASSIGNMENT_READ;
    gh_arm_list(call, d, &listing);
}

static void
on_get(struct gh_call *call, const struct gh_door *d)
{
    const struct gh_arm_view v = {.call = call, .door = d, .scope = GH_STR("/")};
    struct gh_str prefix = gh_arm_is_eligibility(d) ? GH_STR("/roleEligibilities/") : GH_STR("/roleAssignments/");
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_jsonw w;
    call->action = GH_ACTION_ROLE_ASSIGNMENT_READ;
    if (!gh_door_load(&r, &p, call, gh_door_text(call, prefix, d->names[0])))
        return;
    if (r.path.p == NULL || !is_shown(&v, &r, &p)) {
        (void)gh_door_refuse(call, 404, "RoleAssignmentScheduleNotFound", GH_STR("There is no such schedule."));
        return;
    }
    gh_jsonw_init(&w, &call->out);
    put_schedule(&w, &v, &r, &p);
    call->status = 200;
}

/* ---- eligibleChildResources: workspaces of the installation, endpoints of a workspace ---- */

/* Scopes of what the caller may activate now. */
static enum gh_rc
find_eligible(struct gh_strs *scopes, struct gh_call *call)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_strs paths = {.a = call->a};
    struct gh_props p;
    bool exists;
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    for (size_t i = 0; rc == GH_OK && i < call->caller->n_principals; i++)
        rc = gh_project_holders(&paths, tx, GH_STORE_LINK_PRINCIPAL, call->caller->principals[i], GH_STR("/roleEligibilities/"));
    for (size_t i = 0; rc == GH_OK && i < paths.n; i++) {
        rc = gh_props_load(&p, &exists, call->a, tx, paths.p[i]);
        if (rc == GH_OK && exists && gh_elevation_is_now(&p, gh_call_now(call)))
            gh_strs_add(scopes, gh_props_str(&p, "scope", GH_STR("/")));
    }
    return rc != GH_OK ? rc : scopes->rc;
}

static bool
is_eligible(const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    const struct gh_strs *scopes = v->ctx;
    (void)p;
    for (size_t i = 0; i < scopes->n; i++)
        if (gh_scope_covers(scopes->p[i], r->path) || gh_scope_covers(r->path, scopes->p[i]))
            return true;
    return false;
}

static void
put_child(struct gh_jsonw *w, const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    (void)v;
    (void)p;
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", r->path);
    gh_jsonw_kstr(w, "name", gh_arm_name(r->path));
    gh_jsonw_kstr(w, "type", gh_str_z(gh_resource_table[r->type].name));
    gh_jsonw_end(w, '}');
}

static void
on_children(struct gh_call *call, const struct gh_door *d)
{
    struct gh_strs scopes = {.a = call->a};
    struct gh_arm_listing listing = {.fits = is_eligible, .put = put_child, .is_open = true, .ctx = &scopes};
    struct gh_str scope;
    call->action = GH_ACTION_ROLE_ASSIGNMENT_READ;
    if (!gh_door_scope(&scope, call, d->scope))
        return;
    bool is_root = gh_str_eq(scope, GH_STR("/"));
    listing.collection = is_root ? GH_STR("/workspaces") : gh_door_text(call, scope, GH_STR("/endpoints"));
    enum gh_rc rc = find_eligible(&scopes, call);
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
    else
        gh_arm_list(call, d, &listing);
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
