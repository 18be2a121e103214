/* SPDX-License-Identifier: Apache-2.0 */
/* roleEligibilityScheduleRequests, roleAssignmentScheduleRequests and roleAssignmentApprovals (Azure, 2020-10-01 and 2021-01-01-preview). */
#include "base/codec.h"
#include "base/duration.h"
#include "control/rest/arm_list.h"
#include "control/rest/auth.h"

/* ---- read ---- */

static struct gh_str
text(const struct gh_props *p, gh_json_ref at, const char *name)
{
    struct gh_str s = {NULL, 0};
    return at != GH_JSON_NO && gh_json_opt_str(&s, p->a, &p->j, at, name) == GH_OK && s.p != NULL ? s : GH_STR("");
}

static bool
bad(struct gh_call *call, const char *what)
{
    return gh_door_refuse(call, 400, "InvalidRequestContent", gh_str_z(what));
}

static bool
read_expiration(struct gh_ask *ask, struct gh_call *call, const struct gh_props *p, gh_json_ref at)
{
    struct gh_str type = text(p, at, "type"), duration = text(p, at, "duration"), end = text(p, at, "endDateTime");
    ask->is_endless = gh_str_eq(type, GH_STR("NoExpiration"));
    if (type.n == 0 || ask->is_endless)
        return true;
    if (gh_str_eq(type, GH_STR("AfterDuration")))
        return gh_duration_read(&ask->duration_ms, duration) == GH_OK ||
               bad(call, "expiration.duration is an ISO 8601 duration such as PT1H.");
    if (gh_str_eq(type, GH_STR("AfterDateTime")))
        return gh_time_read(&ask->end_ms, end) == GH_OK ||
               bad(call, "expiration.endDateTime is a time such as 2026-12-31T00:00:00Z.");
    return bad(call, "expiration.type is AfterDuration, AfterDateTime or NoExpiration.");
}

static bool
read_schedule(struct gh_ask *ask, struct gh_call *call, const struct gh_props *p)
{
    gh_json_ref schedule = gh_json_get(&p->j, p->root, GH_STR("scheduleInfo"));
    gh_json_ref expiration = schedule == GH_JSON_NO ? GH_JSON_NO : gh_json_get(&p->j, schedule, GH_STR("expiration"));
    struct gh_str start = text(p, schedule, "startDateTime");
    if (start.n > 0 && gh_time_read(&ask->start_ms, start) != GH_OK)
        return bad(call, "scheduleInfo.startDateTime is a time such as 2026-12-31T00:00:00Z.");
    return read_expiration(ask, call, p, expiration);
}

static bool
read_type(struct gh_ask *ask, struct gh_call *call, struct gh_str word)
{
    for (unsigned t = 0; t < GH_ASK_COUNT; t++)
        if (gh_str_eq(word, gh_str_z(gh_ask_words[t]))) {
            ask->type = (enum gh_ask_type)t;
            return true;
        }
    return bad(call, "requestType is none that is known here.");
}

/* The properties of a body: {"properties": {...}}. */
static bool
open_body(struct gh_props *p, struct gh_call *call)
{
    struct gh_err err = {0};
    p->a = call->a;
    if (gh_json_parse(&p->j, call->a, call->body, &err) != GH_OK)
        return gh_call_bad(call, &err, GH_STR("body"));
    p->root = gh_json_get(&p->j, 0, GH_STR("properties"));
    return gh_json_type(&p->j, p->root) == GH_JSON_OBJECT || bad(call, "The body is an object with \"properties\".");
}

bool
gh_arm_ask_read(struct gh_ask *ask, struct gh_call *call, const struct gh_door *d)
{
    struct gh_props p;
    if (!gh_door_scope(&ask->scope, call, d->scope) || !open_body(&p, call))
        return false;
    gh_json_ref ticket = gh_json_get(&p.j, p.root, GH_STR("ticketInfo"));
    ask->name = d->names[0];
    ask->is_eligibility = gh_arm_is_eligibility(d);
    ask->role = text(&p, p.root, "roleDefinitionId");
    ask->justification = text(&p, p.root, "justification");
    ask->ticket_number = text(&p, ticket, "ticketNumber");
    ask->ticket_system = text(&p, ticket, "ticketSystem");
    ask->linked = gh_arm_name(text(&p, p.root, "linkedRoleEligibilityScheduleId"));
    ask->target =
        gh_arm_name(text(&p, p.root, ask->is_eligibility ? "targetRoleEligibilityScheduleId" : "targetRoleAssignmentScheduleId"));
    if (ask->target.n == 0)
        ask->target = gh_arm_name(text(&p, p.root,
            ask->is_eligibility ? "targetRoleEligibilityScheduleInstanceId" : "targetRoleAssignmentScheduleInstanceId"));
    gh_json_ref condition = gh_json_get(&p.j, p.root, GH_STR("condition"));
    bool is_empty = gh_json_type(&p.j, condition) == GH_JSON_STRING && text(&p, p.root, "condition").n == 0;
    if (condition != GH_JSON_NO && gh_json_type(&p.j, condition) != GH_JSON_NULL && !is_empty)
        return gh_door_refuse(call, 400, "ConditionNotSupported",
            GH_STR("A condition cannot be set on a schedule here; set it on the role's assignment."));
    if (!read_type(ask, call, text(&p, p.root, "requestType")))
        return false;
    struct gh_str principal = text(&p, p.root, "principalId");
    bool is_self = gh_str_starts(gh_str_z(gh_ask_words[ask->type]), GH_STR("Self")); /* then it may be left out */
    ask->principal = principal.n == 0 && is_self ? gh_elevation_own_name(call) : gh_arm_principal(call, principal);
    if (ask->role.n == 0 || (principal.n == 0 && !is_self))
        return bad(call, "roleDefinitionId and principalId are needed.");
    return read_schedule(ask, call, &p);
}

/* ---- shown ---- */

static void
put_schedule(struct gh_jsonw *w, const struct gh_props *p)
{
    struct gh_str duration = gh_props_str(p, "duration", GH_STR("")), end = gh_props_str(p, "endDateTime", GH_STR(""));
    const char *type = duration.n > 0 ? "AfterDuration" : end.n > 0 ? "AfterDateTime" : "NoExpiration";
    gh_jsonw_key(w, "scheduleInfo");
    gh_jsonw_obj(w);
    gh_arm_put_copy(w, p, "startDateTime", "startDateTime");
    gh_jsonw_key(w, "expiration");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "type", gh_str_z(type));
    gh_arm_put_copy(w, p, "endDateTime", "endDateTime");
    gh_arm_put_copy(w, p, "duration", "duration");
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

static void
put_ticket(struct gh_jsonw *w, const struct gh_props *p)
{
    gh_jsonw_key(w, "ticketInfo");
    gh_jsonw_obj(w);
    gh_arm_put_copy(w, p, "ticketNumber", "ticketNumber");
    gh_arm_put_copy(w, p, "ticketSystem", "ticketSystem");
    gh_jsonw_end(w, '}');
}

static bool
is_for_eligibility(const struct gh_props *p)
{
    return gh_str_eq(gh_props_str(p, "target", GH_STR("")), GH_STR("eligibility"));
}

/* Ids of what the request is about, under the names of Azure. */
static void
put_ids(struct gh_jsonw *w, struct gh_call *call, const struct gh_props *p, struct gh_str name)
{
    struct gh_str scope = gh_props_str(p, "scope", GH_STR("/")), eligibility = gh_props_str(p, "eligibility", GH_STR("")),
                  result = gh_props_str(p, "result", GH_STR(""));
    bool is_eligible = is_for_eligibility(p);
    if (eligibility.n > 0)
        gh_jsonw_kstr(
            w, "linkedRoleEligibilityScheduleId", gh_arm_id(call, scope, "roleEligibilitySchedules", gh_arm_name(eligibility)));
    if (result.n > 0)
        gh_jsonw_kstr(w, is_eligible ? "targetRoleEligibilityScheduleId" : "targetRoleAssignmentScheduleId",
            gh_arm_id(call, scope, is_eligible ? "roleEligibilitySchedules" : "roleAssignmentSchedules", gh_arm_name(result)));
    if (gh_json_get(&p->j, p->root, GH_STR("approvers")) != GH_JSON_NO)
        gh_jsonw_kstr(w, "approvalId", gh_arm_id(call, GH_STR("/"), "roleAssignmentApprovals", name));
}

static void
put_request(struct gh_jsonw *w, struct gh_call *call, struct gh_str name, const struct gh_props *p, int64_t created_ms)
{
    const char *kind = is_for_eligibility(p) ? "roleEligibilityScheduleRequests" : "roleAssignmentScheduleRequests";
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_arm_id(call, gh_props_str(p, "scope", GH_STR("/")), kind, name));
    gh_jsonw_kstr(w, "name", name);
    gh_jsonw_kstr(w, "type", gh_door_text(call, GH_STR("Microsoft.Authorization/"), gh_str_z(kind)));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    gh_arm_put_grant(w, call, p);
    gh_arm_put_copy(w, p, "requestType", "requestType");
    gh_jsonw_kstr(w, "status", gh_elevation_status(p, gh_call_now(call)));
    put_schedule(w, p);
    gh_arm_put_copy(w, p, "justification", "justification");
    put_ticket(w, p);
    gh_arm_put_copy(w, p, "requestorId", "requestorId");
    gh_door_time(w, call, "createdOn", created_ms);
    put_ids(w, call, p, name);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

/* ---- PUT, validate, cancel ---- */

static void
carry_out(struct gh_call *call, const struct gh_door *d, bool is_dry_run)
{
    struct gh_ask ask = {.name = GH_STR("")};
    struct gh_str path, json;
    struct gh_props p;
    struct gh_jsonw w;
    if (!gh_arm_ask_read(&ask, call, d) || !gh_elevation_ask(&path, &json, call, &ask, is_dry_run))
        return;
    if (gh_props_open(&p, call->a, json) != GH_OK) {
        (void)gh_call_failed(call, GH_NOMEM);
        return;
    }
    gh_jsonw_init(&w, &call->out);
    put_request(&w, call, ask.name, &p, gh_call_now(call));
}

static void
on_put(struct gh_call *call, const struct gh_door *d)
{
    carry_out(call, d, false);
}

static void
on_validate(struct gh_call *call, const struct gh_door *d)
{
    carry_out(call, d, true);
}

static void
on_cancel(struct gh_call *call, const struct gh_door *d)
{
    (void)gh_elevation_cancel(call, d->names[0]);
}

/* ---- GET ---- */

#define TAKES                                                                                                                      \
    (GH_ARM_TAKES(AT_SCOPE) | GH_ARM_TAKES(AS_TARGET) | GH_ARM_TAKES(AS_REQUESTOR) | GH_ARM_TAKES(AS_APPROVER) |                   \
        GH_ARM_TAKES(ASSIGNED_TO) | GH_ARM_TAKES(PRINCIPAL) | GH_ARM_TAKES(ROLE) | GH_ARM_TAKES(STATUS))

static bool
request_fits(const struct gh_arm_view *v, const struct gh_props *p)
{
    bool is_requestor = gh_elevation_is_self(v->call, gh_props_str(p, "requestorId", GH_STR("")));
    return (is_requestor || !gh_arm_filter_has(&v->filter, GH_ARM_TERM_AS_REQUESTOR)) &&
           (!gh_arm_filter_has(&v->filter, GH_ARM_TERM_AS_APPROVER) || gh_elevation_may_review(v->call, p)) &&
           gh_arm_value_fits(v, GH_ARM_TERM_STATUS, gh_elevation_status(p, gh_call_now(v->call))) && gh_arm_grant_fits(v, p);
}

static bool
fits(const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    (void)r;
    return is_for_eligibility(p) == gh_arm_is_eligibility(v->door) && request_fits(v, p);
}

static void
put_one(struct gh_jsonw *w, const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    put_request(w, v->call, gh_arm_name(r->path), p, r->created_ms);
}

static void
on_list(struct gh_call *call, const struct gh_door *d)
{
    static const struct gh_arm_listing listing = {
        .collection = GH_STR_INIT("/roleRequests"), .takes = TAKES, .fits = fits, .put = put_one, .is_open = true};
    call->action = GH_ACTION_ROLE_ASSIGNMENT_READ;
    gh_arm_list(call, d, &listing);
}

/* One that the caller may see; else it is not there. */
static bool
load(struct gh_store_resource *r, struct gh_props *p, struct gh_call *call, struct gh_str name)
{
    const struct gh_arm_view any = {.call = call, .scope = GH_STR("/")};
    call->action = GH_ACTION_ROLE_ASSIGNMENT_READ;
    if (!gh_door_load(r, p, call, gh_door_text(call, GH_STR("/roleRequests/"), name)))
        return false;
    if (r->path.p != NULL && request_fits(&any, p))
        return true;
    return gh_door_refuse(call, 404, "RoleAssignmentRequestNotFound", GH_STR("There is no such request."));
}

static void
on_get(struct gh_call *call, const struct gh_door *d)
{
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_jsonw w;
    if (!load(&r, &p, call, d->names[0]))
        return;
    gh_jsonw_init(&w, &call->out);
    put_request(&w, call, d->names[0], &p, r.created_ms);
    call->status = 200;
}

/* ---- approvals: one stage, under the name of its request ---- */

static void
put_stage(struct gh_jsonw *w, struct gh_call *call, struct gh_str name, const struct gh_props *p)
{
    struct gh_str result = gh_props_str(p, "reviewResult", GH_STR("NotReviewed"));
    bool waits = gh_str_starts(gh_elevation_status(p, gh_call_now(call)), GH_STR("Pending"));
    gh_jsonw_obj(w);
    gh_jsonw_kstr(
        w, "id", gh_door_text(call, gh_arm_id(call, GH_STR("/"), "roleAssignmentApprovals", name), GH_STR("/stages/"), name));
    gh_jsonw_kstr(w, "name", name);
    gh_jsonw_kstr(w, "type", GH_STR("Microsoft.Authorization/roleAssignmentApprovals/stages"));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "status", waits ? GH_STR("InProgress") : GH_STR("Completed"));
    gh_jsonw_kbool(w, "assignedToMe", gh_elevation_may_review(call, p));
    gh_jsonw_kstr(w, "reviewResult", result);
    gh_arm_put_copy(w, p, "reviewJustification", "justification");
    gh_arm_put_copy(w, p, "reviewedOn", "reviewedDateTime");
    if (gh_props_str(p, "reviewedBy", GH_STR("")).n > 0) {
        gh_jsonw_key(w, "reviewedBy");
        gh_jsonw_obj(w);
        gh_arm_put_copy(w, p, "reviewedBy", "principalId");
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

static void
put_stages(struct gh_jsonw *w, struct gh_call *call, const char *key, struct gh_str name, const struct gh_props *p)
{
    gh_jsonw_key(w, key);
    gh_jsonw_arr(w);
    put_stage(w, call, name, p);
    gh_jsonw_end(w, ']');
}

static void
put_approval(struct gh_jsonw *w, struct gh_call *call, struct gh_str name, const struct gh_props *p)
{
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_arm_id(call, GH_STR("/"), "roleAssignmentApprovals", name));
    gh_jsonw_kstr(w, "name", name);
    gh_jsonw_kstr(w, "type", GH_STR("Microsoft.Authorization/roleAssignmentApprovals"));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    put_stages(w, call, "stages", name, p);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

/* The approval, its list of stages, or its one stage: by how deep the path goes. */
static void
on_approval(struct gh_call *call, const struct gh_door *d)
{
    struct gh_str pattern = gh_str_z(d->row->pattern);
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_jsonw w;
    if (!load(&r, &p, call, d->names[0]))
        return;
    gh_jsonw_init(&w, &call->out);
    call->status = 200;
    if (gh_str_ends(pattern, GH_STR("/stages"))) {
        gh_jsonw_obj(&w);
        put_stages(&w, call, "value", d->names[0], &p);
        gh_jsonw_end(&w, '}');
    } else if (gh_str_ends(pattern, GH_STR("/stages/{stage}")))
        put_stage(&w, call, d->names[0], &p);
    else
        put_approval(&w, call, d->names[0], &p);
}

static bool
approval_fits(const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    (void)r;
    return gh_json_get(&p->j, p->root, GH_STR("approvers")) != GH_JSON_NO && request_fits(v, p);
}

static void
put_one_approval(struct gh_jsonw *w, const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    put_approval(w, v->call, gh_arm_name(r->path), p);
}

static void
on_approvals(struct gh_call *call, const struct gh_door *d)
{
    static const struct gh_arm_listing listing = {.collection = GH_STR_INIT("/roleRequests"),
        .takes = TAKES,
        .fits = approval_fits,
        .put = put_one_approval,
        .is_open = true};
    call->action = GH_ACTION_ROLE_ASSIGNMENT_READ;
    gh_arm_list(call, d, &listing);
}

static void
on_answer(struct gh_call *call, const struct gh_door *d)
{
    struct gh_props p;
    if (!open_body(&p, call))
        return;
    struct gh_str result = text(&p, p.root, "reviewResult");
    bool is_approved = gh_str_eq(result, GH_STR("Approve"));
    if (!is_approved && !gh_str_eq(result, GH_STR("Deny")))
        (void)bad(call, "reviewResult is Approve or Deny.");
    else if (gh_elevation_review(call, d->names[0], is_approved, text(&p, p.root, "justification")))
        on_approval(call, d);
}

#define REQUESTS(kind)                                                                                                             \
    {GH_SURFACE_ARM, GH_METHOD_GET, "{scope...}" GH_ARM_AUTH kind, on_list},                                                       \
        {GH_SURFACE_ARM, GH_METHOD_PUT, "{scope...}" GH_ARM_AUTH kind "/{name}", on_put},                                          \
        {GH_SURFACE_ARM, GH_METHOD_GET, "{scope...}" GH_ARM_AUTH kind "/{name}", on_get},                                          \
        {GH_SURFACE_ARM, GH_METHOD_POST, "{scope...}" GH_ARM_AUTH kind "/{name}/validate", on_validate},                           \
    {                                                                                                                              \
        GH_SURFACE_ARM, GH_METHOD_POST, "{scope...}" GH_ARM_AUTH kind "/{name}/cancel", on_cancel                                  \
    }
#define ALL_APPROVALS "{scope...}" GH_ARM_AUTH "roleAssignmentApprovals"
#define APPROVALS     ALL_APPROVALS "/{id}"

static const struct gh_door_row rows[] = {
    REQUESTS("roleEligibilityScheduleRequests"),
    REQUESTS("roleAssignmentScheduleRequests"),
    {GH_SURFACE_ARM, GH_METHOD_GET, ALL_APPROVALS, on_approvals},
    {GH_SURFACE_ARM, GH_METHOD_GET, APPROVALS, on_approval},
    {GH_SURFACE_ARM, GH_METHOD_GET, APPROVALS "/stages", on_approval},
    {GH_SURFACE_ARM, GH_METHOD_GET, APPROVALS "/stages/{stage}", on_approval},
    {GH_SURFACE_ARM, GH_METHOD_PATCH, APPROVALS "/stages/{stage}", on_answer},
};
const struct gh_door_table gh_door_arm_requests = {rows, sizeof(rows) / sizeof(rows[0])};
