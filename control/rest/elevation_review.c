/* SPDX-License-Identifier: Apache-2.0 */
/* Requests as they are kept, and what is answered to those that wait. */
#include "control/rest/elevation_int.h"

#include "base/codec.h"
#include "base/duration.h"
#include "control/publish/project_int.h"
#include "control/rest/auth.h"
#include "control/rest/door.h"
#include "control/rest/handlers.h"

/* ---- as they are kept ---- */

static void
put_text(struct gh_jsonw *w, const char *key, struct gh_str s)
{
    if (s.n > 0)
        gh_jsonw_kstr(w, key, s);
}

static void
put_duration(struct gh_jsonw *w, struct gh_call *call, int64_t ms)
{
    struct gh_buf b;
    gh_buf_init(&b, call->a, 64);
    gh_duration_put(&b, ms);
    if (ms > 0)
        gh_jsonw_kstr(w, "duration", gh_buf_str(&b));
}

static void
put_wait(struct gh_elevation *e, struct gh_jsonw *w)
{
    gh_elevation_put_time(w, e->call, "approveUntil", e->waits_until_ms);
    gh_jsonw_kbool(w, "approverJustification", e->policy.approver_says_why);
    gh_jsonw_key(w, "approvers");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < e->policy.n_approvers; i++)
        gh_jsonw_str(w, e->policy.approvers[i]);
    gh_jsonw_end(w, ']');
}

static void
put_review(struct gh_elevation *e, struct gh_jsonw *w)
{
    gh_jsonw_kstr(w, "reviewedBy", e->reviewed_by);
    gh_jsonw_kstr(w, "reviewResult", e->review_result);
    put_text(w, "reviewJustification", e->review_justification);
    gh_door_time(w, e->call, "reviewedOn", e->now_ms);
}

bool
gh_elevation_put_request(struct gh_elevation *e)
{
    const struct gh_ask *ask = e->ask;
    struct gh_buf b;
    struct gh_jsonw w;
    gh_buf_init(&b, e->call->a, 32768);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "target", ask->is_eligibility ? GH_STR("eligibility") : GH_STR("assignment"));
    gh_jsonw_kstr(&w, "requestType", gh_str_z(gh_ask_words[ask->type]));
    gh_jsonw_kstr(&w, "status", gh_str_z(e->status));
    gh_jsonw_kstr(&w, "roleDefinitionId", e->role);
    gh_jsonw_kstr(&w, "principalId", e->principal);
    gh_jsonw_kstr(&w, "scope", ask->scope);
    gh_jsonw_kstr(&w, "requestorId", e->requestor);
    put_text(&w, "requestorName", e->requestor_name);
    gh_elevation_put_time(&w, e->call, "startDateTime", e->start_ms);
    if (e->waits_until_ms == 0 || e->duration_ms == 0) /* while it waits the clock stands */
        gh_elevation_put_time(&w, e->call, "endDateTime", e->end_ms);
    put_duration(&w, e->call, e->duration_ms);
    put_text(&w, "justification", ask->justification);
    put_text(&w, "ticketNumber", ask->ticket_number);
    put_text(&w, "ticketSystem", ask->ticket_system);
    put_text(&w, "eligibility", e->eligibility);
    put_text(&w, "eligiblePrincipalId", e->holder);
    put_text(&w, "result", e->result);
    if (e->waits_until_ms > 0 || e->has_waited)
        put_wait(e, &w);
    if (e->reviewed_by.n > 0)
        put_review(e, &w);
    gh_jsonw_end(&w, '}');
    e->request = gh_door_text(e->call, GH_STR("/roleRequests/"), ask->name);
    e->request_json = b.rc == GH_OK ? gh_buf_str(&b) : gh_str(NULL, 0);
    return gh_change_put(&e->ch, e->request, e->request_json, gh_ask_words[ask->type]);
}

/* Those that wait are found by their role, and hold it. They do not hold their scope: who may delete that asks nobody who waits. */
bool
gh_check_role_request(struct gh_write *w)
{
    struct gh_str scope = gh_props_str(&w->props, "scope", GH_STR("/"));
    struct gh_str who = gh_props_str(&w->props, "principalId", GH_STR("")),
                  role = gh_props_str(&w->props, "roleDefinitionId", GH_STR(""));
    if (!gh_write_link(w, GH_STORE_LINK_ASKED, gh_elevation_asked_key(w->call, who, role)))
        return false;
    if (!gh_str_starts(gh_props_str(&w->props, "status", GH_STR("")), GH_STR("Pending")))
        return true;
    if (scope.n > 1 && !gh_write_needs(w, scope, "the scope does not exist"))
        return false;
    return gh_write_link(w, GH_STORE_LINK_ROLE, role);
}

struct gh_str
gh_elevation_status(const struct gh_props *request, int64_t now_ms)
{
    struct gh_str status = gh_props_str(request, "status", GH_STR(""));
    int64_t until = gh_elevation_time(request, "approveUntil");
    bool is_late = gh_str_starts(status, GH_STR("Pending")) && until > 0 && now_ms >= until;
    return is_late ? GH_STR("TimedOut") : status;
}

/* ---- the answer ---- */

/* By his name in tokens too: that stays his when his identity goes, or gets another. */
static bool
is_requestor(const struct gh_call *call, const struct gh_props *request)
{
    struct gh_str name = gh_props_str(request, "requestorName", GH_STR(""));
    return (name.n > 0 && gh_elevation_is_self(call, name)) ||
           gh_elevation_is_self(call, gh_props_str(request, "requestorId", GH_STR(""))) ||
           gh_elevation_is_self(call, gh_props_str(request, "principalId", GH_STR("")));
}

bool
gh_elevation_may_review(const struct gh_call *call, const struct gh_props *request)
{
    struct gh_str *approvers;
    size_t n;
    if (is_requestor(call, request))
        return false;
    if (gh_str_eq(gh_props_str(request, "status", GH_STR("")), GH_STR("PendingAdminDecision")))
        return gh_call_may(call, GH_ACTION_ROLE_ASSIGNMENT_WRITE, gh_props_str(request, "scope", GH_STR("/")));
    if (gh_props_list(&approvers, &n, request, "approvers") != GH_OK)
        return false;
    for (size_t i = 0; i < n; i++)
        if (gh_elevation_is_self(call, approvers[i]))
            return true;
    return false;
}

static enum gh_ask_type
type_of(struct gh_str word)
{
    unsigned t = 0;
    while (t + 1 < GH_ASK_COUNT && !gh_str_eq(word, gh_str_z(gh_ask_words[t])))
        t++;
    return (enum gh_ask_type)t;
}

/* A kept request, again as it was asked; `ask` is filled too. */
static bool
open(struct gh_elevation *e, struct gh_ask *ask, struct gh_props *p, struct gh_str name)
{
    struct gh_call *call = e->call;
    bool exists = false;
    enum gh_rc rc = gh_resource_name_is_valid(name)
                        ? gh_props_load(p, &exists, call->a, e->ch.tx, gh_door_text(call, GH_STR("/roleRequests/"), name))
                        : GH_OK;
    if (rc != GH_OK)
        return gh_call_failed(call, rc);
    if (!exists)
        return gh_door_refuse(call, 404, "RoleAssignmentRequestNotFound", GH_STR("There is no such request."));
    *ask = (struct gh_ask){.name = name,
        .is_eligibility = gh_str_eq(gh_props_str(p, "target", GH_STR("")), GH_STR("eligibility")),
        .type = type_of(gh_props_str(p, "requestType", GH_STR(""))),
        .scope = gh_props_str(p, "scope", GH_STR("/")),
        .justification = gh_props_str(p, "justification", GH_STR("")),
        .ticket_number = gh_props_str(p, "ticketNumber", GH_STR("")),
        .ticket_system = gh_props_str(p, "ticketSystem", GH_STR(""))};
    e->ask = ask;
    e->has_waited = true;
    e->role = gh_props_str(p, "roleDefinitionId", GH_STR(""));
    e->principal = gh_props_str(p, "principalId", GH_STR(""));
    e->requestor = gh_props_str(p, "requestorId", GH_STR(""));
    e->requestor_name = gh_props_str(p, "requestorName", GH_STR(""));
    e->eligibility = gh_props_str(p, "eligibility", GH_STR(""));
    e->holder = gh_props_str(p, "eligiblePrincipalId", GH_STR(""));
    e->result = gh_props_str(p, "result", GH_STR(""));
    e->start_ms = gh_elevation_time(p, "startDateTime");
    e->end_ms = gh_elevation_time(p, "endDateTime");
    e->waits_until_ms = gh_elevation_time(p, "approveUntil");
    struct gh_str duration = gh_props_str(p, "duration", GH_STR(""));
    if (duration.n > 0 && gh_duration_read(&e->duration_ms, duration) != GH_OK)
        return gh_call_failed(call, GH_BUG);
    rc = gh_role_policy_find(&e->policy, call->a, e->ch.tx, e->role, ask->scope);
    if (rc == GH_OK) /* who was asked may answer, whoever the policy names by now */
        rc = gh_props_list(&e->policy.approvers, &e->policy.n_approvers, p, "approvers");
    e->policy.approver_says_why = gh_props_bool(p, "approverJustification", true);
    return rc == GH_OK || gh_call_failed(call, rc);
}

/* Whether what `holder` is given is his: it is he, or a group of ours that he is in, or the one of his issuer that his token named when he asked. */
static bool
is_held_by(const struct gh_elevation *e, struct gh_str holder)
{
    bool was_told = gh_str_find(e->holder, GH_STR("/groups:")) != SIZE_MAX;
    struct gh_caller *who = gh_arena_take(e->call->a, sizeof(*who));
    if (who == NULL)
        return false;
    gh_identify_as(who, &e->call->view->snap, e->principal, &e->holder, was_told ? 1 : 0);
    for (size_t i = 0; i < who->n_principals; i++)
        if (gh_str_eq(who->principals[i], holder))
            return true;
    return false;
}

/* Whether what has the name now is what was asked for: it may have gone, and another been made. */
static bool
is_what_was_asked(const struct gh_elevation *e, const struct gh_props *p)
{
    return gh_str_eq(gh_props_str(p, "roleDefinitionId", GH_STR("")), e->role) &&
           gh_scope_covers(gh_props_str(p, "scope", GH_STR("/")), e->ask->scope);
}

/* Whether the identity that asked is still the one that tokens name so: another may have its path by now. */
static bool
is_who_asked(struct gh_elevation *e, bool *is)
{
    struct gh_props p;
    bool exists;
    *is = e->requestor_name.n == 0 || !gh_str_eq(e->requestor, e->principal);
    if (*is)
        return true;
    if (!gh_elevation_load(e, &p, &exists, e->principal))
        return false;
    *is = exists && gh_str_eq(gh_project_alias(&p, e->principal), e->requestor_name);
    return true;
}

/* The eligibility that was asked for must still be one, and who asked the same. */
static bool
is_still_eligible(struct gh_elevation *e)
{
    struct gh_props p;
    bool exists, is_he;
    if (!is_who_asked(e, &is_he) || !gh_elevation_load(e, &p, &exists, e->eligibility))
        return false;
    if (!is_he || !exists || !is_what_was_asked(e, &p) || !gh_elevation_is_now(&p, e->now_ms) ||
        !is_held_by(e, gh_props_str(&p, "principalId", GH_STR(""))))
        return gh_door_refuse(e->call, 400, "RoleAssignmentRequestPolicyValidationFailed",
            GH_STR("The following policy rules failed: [\"EligibilityRule\"]"));
    e->eligibility_end_ms = gh_elevation_time(&p, "endDateTime");
    return true;
}

/* What was asked to be longer. */
static bool
extend(struct gh_elevation *e)
{
    struct gh_props p;
    bool exists;
    if (!gh_elevation_load(e, &p, &exists, e->result))
        return false;
    if (!exists || !is_what_was_asked(e, &p) || !gh_str_eq(gh_props_str(&p, "principalId", GH_STR("")), e->principal))
        return gh_door_refuse(e->call, 404, "RoleAssignmentDoesNotExist", GH_STR("What was to be extended is not there any more."));
    e->start_ms = gh_elevation_time(&p, "startDateTime");
    e->eligibility = gh_props_str(&p, "activation", GH_STR(""));
    e->status = "AdminApproved";
    return gh_elevation_put_grant(e, e->result, &p, "extend");
}

static bool
grant(struct gh_elevation *e)
{
    bool is_activation = e->ask->type == GH_ASK_SELF_ACTIVATE;
    e->start_ms = e->start_ms > e->now_ms ? e->start_ms : e->now_ms; /* the clock starts when it is approved */
    if (e->duration_ms > 0)
        e->end_ms = e->start_ms + e->duration_ms;
    if (is_activation && e->end_ms - e->start_ms > e->policy.longest_ms) /* the policy is stricter than when it was asked */
        e->end_ms = e->start_ms + e->policy.longest_ms;
    if (is_activation && e->end_ms <= e->now_ms)
        return gh_door_refuse(e->call, 400, "RoleAssignmentRequestPolicyValidationFailed",
            GH_STR("The following policy rules failed: [\"ExpirationRule\"]"));
    return is_activation ? is_still_eligible(e) && gh_elevation_activate(e) : extend(e);
}

static bool
review(struct gh_elevation *e, const struct gh_props *p, bool is_approved)
{
    struct gh_call *call = e->call;
    bool is_admin = gh_str_eq(gh_props_str(p, "status", GH_STR("")), GH_STR("PendingAdminDecision"));
    struct gh_str status = gh_elevation_status(p, e->now_ms);
    if (!gh_auth_conditions(call, e->ask->scope))
        return false;
    if (!gh_elevation_may_review(call, p))
        return gh_door_refuse(call, 403, "RoleAssignmentApprovalForbidden",
            GH_STR("Only an approver of the role's policy may answer, and never who asked."));
    if (!gh_str_starts(status, GH_STR("Pending")))
        return gh_door_refuse(
            call, 409, "RoleAssignmentApprovalCompleted", gh_door_text(call, GH_STR("The request is not waiting: it is "), status));
    if (e->policy.approver_says_why && e->review_justification.n == 0)
        return gh_door_refuse(call, 400, "JustificationRequired", GH_STR("The policy wants a justification of who answers."));
    call->status = 200;
    call->decision =
        (struct gh_decision){.verdict = GH_ALLOW, .rule = GH_STR("role policy"), .reason = "an approver other than who asked"};
    e->waits_until_ms = 0;
    e->status = is_admin ? "AdminDenied" : "Denied";
    e->reviewed_by = gh_elevation_own_name(call);
    e->review_result = is_approved ? GH_STR("Approve") : GH_STR("Deny");
    if (is_approved && !grant(e))
        return false;
    return gh_elevation_put_request(e) && gh_change_record(&e->ch, e->request, is_approved ? "approve" : "deny") &&
           gh_change_commit(&e->ch);
}

bool
gh_elevation_review(struct gh_call *call, struct gh_str name, bool is_approved, struct gh_str justification)
{
    struct gh_elevation e = {.call = call, .now_ms = gh_call_now(call), .review_justification = justification};
    struct gh_ask ask;
    struct gh_props p;
    call->action = GH_ACTION_NONE;
    call->scope = GH_STR("/");
    bool is_done = gh_change_begin(&e.ch, call) && open(&e, &ask, &p, name) && review(&e, &p, is_approved);
    gh_change_end(&e.ch);
    if (is_done)
        return true;
    call->decision = (struct gh_decision){.verdict = GH_DENY, .rule = GH_STR("role policy"), .reason = "the answer was refused"};
    enum gh_rc rc = gh_call_record(call, NULL, GH_RECORD_ADMIN, is_approved ? "approve" : "deny", name, GH_STR(""));
    return rc == GH_OK ? false : gh_call_failed(call, rc);
}

static bool
cancel(struct gh_elevation *e, const struct gh_props *p)
{
    struct gh_call *call = e->call;
    if (!is_requestor(call, p) && !gh_call_may(call, GH_ACTION_ROLE_ASSIGNMENT_WRITE, e->ask->scope))
        return gh_door_refuse(call, 403, NULL, GH_STR("Only who asked, or who may assign the role, may take a request back."));
    if (!gh_str_starts(gh_elevation_status(p, e->now_ms), GH_STR("Pending")))
        return gh_door_refuse(
            call, 400, "RoleAssignmentRequestCannotBeCancelled", GH_STR("Only a request that waits can be cancelled."));
    call->status = 200;
    call->decision =
        (struct gh_decision){.verdict = GH_ALLOW, .rule = GH_STR("role policy"), .reason = "taken back while it waited"};
    e->waits_until_ms = 0;
    e->status = "Canceled";
    return gh_elevation_put_request(e) && gh_change_record(&e->ch, e->request, "cancel") && gh_change_commit(&e->ch);
}

bool
gh_elevation_cancel(struct gh_call *call, struct gh_str name)
{
    struct gh_elevation e = {.call = call, .now_ms = gh_call_now(call)};
    struct gh_ask ask;
    struct gh_props p;
    call->action = GH_ACTION_NONE;
    call->scope = GH_STR("/");
    bool is_done = gh_change_begin(&e.ch, call) && open(&e, &ask, &p, name) && cancel(&e, &p);
    gh_change_end(&e.ch);
    return is_done;
}
