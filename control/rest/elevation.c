/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/elevation.h"

#include "base/codec.h"
#include "base/duration.h"
#include "control/publish/project_int.h"
#include "control/rest/auth.h"
#include "control/rest/door.h"
#include "control/rest/elevation_int.h"
#include "control/rest/rights.h"
#include "host/host.h"
#include "policy/conditional.h"

#define SLACK_MS      INT64_C(300000) /* a start that is a little back is meant to be now  */
#define CHALLENGE_MAX 4096
#define TOO_SHORT_MS  INT64_C(300000) /* Azure's: an activation lasts at least five minutes */

const char *const gh_ask_words[GH_ASK_COUNT] = {"AdminAssign", "AdminRemove", "AdminUpdate", "AdminExtend", "AdminRenew",
    "SelfActivate", "SelfDeactivate", "SelfExtend", "SelfRenew"};

/* ---- who ---- */

bool
gh_elevation_is_self(const struct gh_call *call, struct gh_str principal)
{
    for (size_t i = 0; i < call->caller->n_principals; i++)
        if (gh_str_eq(call->caller->principals[i], principal))
            return true;
    return false;
}

static bool
is_group(struct gh_str principal)
{
    return gh_str_find(principal, GH_STR("/groups")) != SIZE_MAX;
}

struct gh_str
gh_elevation_own_name(const struct gh_call *call)
{
    for (size_t i = 0; i < call->caller->n_principals; i++)
        if (gh_str_starts(call->caller->principals[i], GH_STR("/identities/")))
            return call->caller->principals[i];
    return call->caller->name;
}

/* ---- rules ---- */

void
gh_elevation_fail_rule(struct gh_elevation *e, const char *rule)
{
    struct gh_str parts[] = {e->failed, e->failed.n > 0 ? GH_STR(",\"") : GH_STR("\""), gh_str_z(rule), GH_STR("\"")};
    e->failed = gh_props_join(e->call->a, parts, 4);
}

static const char *
code_of(const struct gh_elevation *e)
{
    return e->ask->is_eligibility ? "RoleEligibilityRequestPolicyValidationFailed" : "RoleAssignmentRequestPolicyValidationFailed";
}

/* What the caller's own issuer would have to say; false: nothing that it could say would help, or the client cannot take it. */
static bool
challenge(struct gh_call *call, struct gh_str context)
{
    const char *why = context.n > 0 ? "The policy of this role needs an authentication context."
                                    : "The policy of this role needs multifactor authentication.";
    struct gh_buf b;
    gh_buf_init(&b, call->a, CHALLENGE_MAX);
    if (call->caller->sort != GH_CALLER_USER || !gh_conditional_challenge_for(&b, call->a, context, why, call->caller))
        return false;
    call->challenge = gh_str_sub(gh_buf_str(&b), 2, SIZE_MAX); /* behind its first comma */
    return true;
}

/* What is missing is told by the names of the rules. Only the proof of a person can be brought after: then the 401 says what to bring (a context, or,
 * that being empty, multifactor authentication). */
static bool
rules_hold(struct gh_elevation *e, bool lacks_proof, struct gh_str context)
{
    struct gh_call *call = e->call;
    bool is_only_proof = lacks_proof && e->failed.n == 0;
    if (lacks_proof)
        gh_elevation_fail_rule(e, context.n > 0 ? "AuthenticationContextRule" : "MfaRule");
    if (e->failed.n == 0)
        return true;
    struct gh_str text = gh_door_text(call, GH_STR("The following policy rules failed: ["), e->failed, GH_STR("]"));
    bool is_curable = is_only_proof && challenge(call, context);
    return gh_door_refuse(call, is_curable ? 401 : 400, code_of(e), text);
}

static void
check_evidence(struct gh_elevation *e, unsigned evidence)
{
    if ((evidence & GH_EVIDENCE_JUSTIFICATION) != 0 && e->ask->justification.n == 0)
        gh_elevation_fail_rule(e, "JustificationRule");
    if ((evidence & GH_EVIDENCE_TICKET) != 0 && (e->ask->ticket_number.n == 0 || e->ask->ticket_system.n == 0))
        gh_elevation_fail_rule(e, "TicketingRule");
}

/* The owner of the data directory proves by being there. */
static bool
has_mfa(const struct gh_elevation *e, unsigned evidence)
{
    return (evidence & GH_EVIDENCE_MFA) == 0 || e->call->is_local || e->call->caller->is_mfa;
}

static bool
has_context(const struct gh_elevation *e)
{
    const struct gh_caller *c = e->call->caller;
    bool has = e->policy.context.n == 0;
    for (size_t i = 0; i < c->n_acrs; i++)
        has |= gh_str_eq(c->acrs[i], e->policy.context);
    return has;
}

/* ---- times ---- */

/* From what was asked: start, and either the end or how long from the start on. */
static void
read_times(struct gh_elevation *e)
{
    const struct gh_ask *ask = e->ask;
    e->start_ms = ask->start_ms > e->now_ms ? ask->start_ms : e->now_ms;
    e->duration_ms = ask->duration_ms;
    e->end_ms = ask->end_ms > 0 ? ask->end_ms : ask->duration_ms > 0 ? e->start_ms + ask->duration_ms : 0;
}

static void
check_bound(struct gh_elevation *e, const struct gh_bound *b)
{
    int64_t length = e->end_ms - e->start_ms;
    bool is_good = e->end_ms == 0 ? !b->must_end : length > 0 && length <= b->longest_ms + SLACK_MS;
    if (!is_good)
        gh_elevation_fail_rule(e, "ExpirationRule");
}

/* ---- what is written ---- */

void
gh_elevation_put_time(struct gh_jsonw *w, struct gh_call *call, const char *key, int64_t ms)
{
    if (ms > 0)
        gh_door_time(w, call, key, ms);
}

/* What no request names stays as it is: a grant without its condition would be a greater one. */
static void
put_kept(struct gh_jsonw *w, const struct gh_props *was)
{
    static const char *const kept[] = {"condition", "conditionVersion", "description", "principalType"};
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        struct gh_str value = gh_props_str(was, kept[i], GH_STR(""));
        if (value.n > 0)
            gh_jsonw_kstr(w, kept[i], value);
    }
}

/* An activation that is made longer ends with its eligibility all the same. */
static bool
bound_by_eligibility(struct gh_elevation *e)
{
    struct gh_props p;
    bool exists;
    if (!gh_elevation_load(e, &p, &exists, e->eligibility))
        return false;
    int64_t end = exists ? gh_elevation_time(&p, "endDateTime") : e->now_ms;
    if (end > 0 && (e->end_ms == 0 || e->end_ms > end))
        e->end_ms = end;
    return true;
}

bool
gh_elevation_put_grant(struct gh_elevation *e, struct gh_str path, const struct gh_props *was, const char *operation)
{
    struct gh_buf b;
    struct gh_jsonw w;
    if (was != NULL && e->eligibility.n > 0 && !bound_by_eligibility(e))
        return false;
    gh_buf_init(&b, e->call->a, 16384);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "roleDefinitionId", e->role);
    gh_jsonw_kstr(&w, "principalId", e->principal);
    gh_jsonw_kstr(&w, "scope", e->ask->scope);
    gh_elevation_put_time(&w, e->call, "startDateTime", e->start_ms);
    gh_elevation_put_time(&w, e->call, "endDateTime", e->end_ms);
    if (e->eligibility.n > 0)
        gh_jsonw_kstr(&w, "activation", e->eligibility);
    if (was != NULL)
        put_kept(&w, was);
    gh_jsonw_end(&w, '}');
    e->result = path;
    return gh_change_put(&e->ch, path, b.rc == GH_OK ? gh_buf_str(&b) : gh_str(NULL, 0), operation);
}

/* Activations that are over: their history is that of the requests. */
static bool
forget_ended(struct gh_elevation *e)
{
    struct gh_strs held = {.a = e->call->a};
    enum gh_rc rc = gh_project_holders(&held, e->ch.tx, GH_STORE_LINK_PRINCIPAL, e->principal, GH_STR("/roleAssignments/"));
    if (rc != GH_OK)
        return gh_call_failed(e->call, rc);
    for (size_t i = 0; i < held.n; i++) {
        struct gh_props p;
        bool exists;
        if (!gh_elevation_load(e, &p, &exists, held.p[i]))
            return false;
        int64_t end = exists ? gh_elevation_time(&p, "endDateTime") : 0;
        if (end > 0 && end <= e->now_ms && gh_props_str(&p, "activation", GH_STR("")).n > 0 &&
            !gh_change_delete(&e->ch, held.p[i], "expire"))
            return false;
    }
    return true;
}

bool
gh_elevation_activate(struct gh_elevation *e)
{
    if (e->eligibility_end_ms > 0 && e->end_ms > e->eligibility_end_ms)
        e->end_ms = e->eligibility_end_ms;
    e->status = e->start_ms > e->now_ms ? "ScheduleCreated" : "Provisioned";
    e->ch.is_granted = true;
    bool is_made = forget_ended(e) &&
                   gh_elevation_put_grant(e, gh_door_text(e->call, GH_STR("/roleAssignments/"), e->ask->name), NULL, "activate");
    e->ch.is_granted = false;
    return is_made;
}

/* ---- the types of requests ---- */

static bool
admin_assign(struct gh_elevation *e)
{
    const struct gh_bound *b = e->ask->is_eligibility ? &e->policy.eligibility : &e->policy.assignment;
    struct gh_str prefix = e->ask->is_eligibility ? GH_STR("/roleEligibilities/") : GH_STR("/roleAssignments/");
    check_evidence(e, b->evidence);
    check_bound(e, b);
    if (!rules_hold(e, !has_mfa(e, b->evidence), GH_STR("")) || !gh_elevation_find_target(e, false))
        return false;
    if (e->target.n > 0)
        return gh_door_refuse(e->call, 409, "RoleAssignmentExists", GH_STR("The Role assignment already exists."));
    e->status = e->start_ms > e->now_ms ? "ScheduleCreated" : "Provisioned";
    return gh_elevation_put_grant(e, gh_door_text(e->call, prefix, e->ask->name), NULL, "assign");
}

static bool
admin_update(struct gh_elevation *e)
{
    const struct gh_bound *b = e->ask->is_eligibility ? &e->policy.eligibility : &e->policy.assignment;
    check_evidence(e, b->evidence);
    check_bound(e, b);
    if (!rules_hold(e, !has_mfa(e, b->evidence), GH_STR("")) || !gh_elevation_needs_target(e, false))
        return false;
    e->eligibility = gh_props_str(&e->target_props, "activation", GH_STR(""));
    e->status = "Provisioned";
    return gh_elevation_put_grant(e, e->target, &e->target_props, "update");
}

static bool
admin_remove(struct gh_elevation *e)
{
    if (!gh_elevation_needs_target(e, false))
        return false;
    e->status = "Revoked";
    e->result = e->target;
    return gh_change_delete(&e->ch, e->target, "remove");
}

static bool
self_activate(struct gh_elevation *e)
{
    if (e->ask->is_endless)
        e->end_ms = 0;
    else if (e->end_ms == 0) {
        e->duration_ms = e->policy.longest_ms;
        e->end_ms = e->start_ms + e->duration_ms;
    }
    if (!gh_elevation_find_eligibility(e))
        return false;
    if (e->eligibility.n == 0)
        gh_elevation_fail_rule(e, "EligibilityRule");
    if (e->end_ms <= e->start_ms || e->end_ms - e->start_ms > e->policy.longest_ms)
        gh_elevation_fail_rule(e, "ExpirationRule");
    check_evidence(e, e->policy.evidence);
    if (!rules_hold(e, !has_mfa(e, e->policy.evidence) || !has_context(e), e->policy.context) ||
        !gh_elevation_find_target(e, false))
        return false;
    if (e->target.n > 0)
        return gh_door_refuse(e->call, 400, "RoleAssignmentExists", GH_STR("The Role assignment already exists."));
    if (!gh_elevation_is_first(e))
        return false;
    if (!e->policy.needs_approval)
        return gh_elevation_activate(e);
    e->status = "PendingApproval";
    e->waits_until_ms = e->now_ms + e->policy.timeout_ms;
    return true;
}

static bool
self_deactivate(struct gh_elevation *e)
{
    if (!gh_elevation_needs_target(e, true))
        return false;
    int64_t start = gh_elevation_time(&e->target_props, "startDateTime");
    if (start <= e->now_ms && e->now_ms - start < TOO_SHORT_MS)
        return gh_door_refuse(e->call, 400, "ActiveDurationTooShort",
            GH_STR("The role has been active for less than five minutes: it cannot be deactivated yet."));
    e->status = "Revoked";
    e->result = e->target;
    e->ch.is_granted = true;
    bool is_ended = gh_change_delete(&e->ch, e->target, "deactivate");
    e->ch.is_granted = false;
    return is_ended;
}

/* An administrator decides. */
static bool
self_extend(struct gh_elevation *e)
{
    check_bound(e, e->ask->is_eligibility ? &e->policy.eligibility : &e->policy.assignment);
    if (!rules_hold(e, false, GH_STR("")) || !gh_elevation_needs_target(e, false) || !gh_elevation_is_first(e))
        return false;
    e->status = "PendingAdminDecision";
    e->result = e->target;
    e->waits_until_ms = e->now_ms + e->policy.timeout_ms;
    return true;
}

static const struct {
    bool is_self, is_for_assignment_alone;
    bool (*run)(struct gh_elevation *e);
} types[GH_ASK_COUNT] = {
    [GH_ASK_ADMIN_ASSIGN] = {false, false, admin_assign},
    [GH_ASK_ADMIN_REMOVE] = {false, false, admin_remove},
    [GH_ASK_ADMIN_UPDATE] = {false, false, admin_update},
    [GH_ASK_ADMIN_EXTEND] = {false, false, admin_update},
    [GH_ASK_ADMIN_RENEW] = {false, false, admin_update},
    [GH_ASK_SELF_ACTIVATE] = {true, true, self_activate},
    [GH_ASK_SELF_DEACTIVATE] = {true, true, self_deactivate},
    [GH_ASK_SELF_EXTEND] = {true, false, self_extend},
    [GH_ASK_SELF_RENEW] = {true, false, self_extend},
};

/* ---- asking ---- */

static bool
check_ask(struct gh_elevation *e)
{
    const struct gh_ask *ask = e->ask;
    if (!gh_resource_name_is_valid(ask->name))
        return gh_door_refuse(e->call, 400, "InvalidRoleAssignmentRequestName", GH_STR("The request's name is a GUID."));
    if (ask->is_eligibility && types[ask->type].is_for_assignment_alone)
        return gh_door_refuse(e->call, 400, "InvalidRequestType", GH_STR("This requestType is for assignments."));
    if (!types[ask->type].is_self)
        return true;
    if (!gh_elevation_is_self(e->call, ask->principal) || is_group(ask->principal) || e->call->is_local)
        return gh_door_refuse(e->call, 403, NULL, GH_STR("Nobody can ask this for somebody else: principalId must be who calls."));
    e->principal = gh_elevation_own_name(e->call);
    return true;
}

/* What was refused to somebody who asked for himself is in the chain too: an administrator's refusal is recorded by its decision. */
static bool
record_refusal(struct gh_elevation *e)
{
    struct gh_call *call = e->call;
    if (!types[e->ask->type].is_self)
        return false;
    call->decision = (struct gh_decision){.verdict = GH_DENY, .rule = GH_STR("role policy"), .reason = "the request was refused"};
    enum gh_rc rc = gh_call_record(call, NULL, GH_RECORD_ADMIN, gh_ask_words[e->ask->type], e->ask->scope, GH_STR(""));
    return rc == GH_OK ? false : gh_call_failed(call, rc);
}

/* What conditions on the right to assign roles ask: an eligibility is given as the role itself would be. */
static bool
describe(struct gh_elevation *e)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_assignment_facts *facts;
    enum gh_rc rc = gh_store_begin(&tx, e->call->c->store, GH_STORE_READ);
    if (rc != GH_OK)
        return gh_call_failed(e->call, rc);
    if (!gh_rights_describe(&facts, e->call, tx, e->ask->role, e->ask->principal))
        return false;
    e->call->attributes.request = e->call->attributes.resource = facts;
    return true;
}

static bool
decide(struct gh_elevation *e)
{
    struct gh_call *call = e->call;
    if (types[e->ask->type].is_self) {
        call->action = GH_ACTION_NONE;
        call->scope = e->ask->scope;
        if (!gh_auth_conditions(call, e->ask->scope)) /* no role is asked for, but from where and how is */
            return record_refusal(e);
        call->decision = (struct gh_decision){
            .verdict = GH_DENY, .rule = GH_STR("role policy"), .reason = "the rules of the role's policy do not hold"};
        return true;
    }
    if (!describe(e))
        return false;
    call->action = e->ask->type == GH_ASK_ADMIN_REMOVE ? GH_ACTION_ROLE_ASSIGNMENT_DELETE : GH_ACTION_ROLE_ASSIGNMENT_WRITE;
    return gh_auth_decide(call, e->ask->scope);
}

/* Role and policy, inside the transaction. */
static bool
look_up(struct gh_elevation *e)
{
    struct gh_write w = {.call = e->call, .tx = e->ch.tx};
    struct gh_store_resource old;
    enum gh_rc rc =
        gh_store_resource_get(&old, e->call->a, e->ch.tx, gh_door_text(e->call, GH_STR("/roleRequests/"), e->ask->name));
    if (rc != GH_OK)
        return gh_call_failed(e->call, rc);
    if (old.path.p != NULL)
        return gh_door_refuse(e->call, 409, "RoleAssignmentRequestExists", GH_STR("A request of this name exists."));
    if (!gh_resolve_role(&e->role, &w, e->ask->role))
        return false;
    rc = gh_role_policy_find(&e->policy, e->call->a, e->ch.tx, e->role, e->ask->scope);
    return rc == GH_OK || gh_call_failed(e->call, rc);
}

static bool
run(struct gh_elevation *e, bool is_dry_run)
{
    if (!look_up(e))
        return false;
    read_times(e);
    e->call->status = is_dry_run ? 200 : 201;
    if (types[e->ask->type].is_self)
        e->call->decision = (struct gh_decision){
            .verdict = GH_ALLOW, .rule = GH_STR("role policy"), .reason = "the rules of the role's policy hold"};
    if (!types[e->ask->type].run(e) || !gh_elevation_forget_old(e) || !gh_elevation_put_request(e))
        return false;
    return is_dry_run || gh_change_commit(&e->ch);
}

bool
gh_elevation_ask(struct gh_str *path, struct gh_str *properties, struct gh_call *call, const struct gh_ask *ask, bool is_dry_run)
{
    struct gh_elevation e = {.call = call, .ask = ask, .now_ms = gh_call_now(call), .principal = ask->principal};
    e.requestor = gh_elevation_own_name(call);
    e.requestor_name = gh_str_eq(e.requestor, call->caller->name) ? GH_STR("") : call->caller->name;
    if (!check_ask(&e) || !decide(&e))
        return false;
    bool is_done = gh_change_begin(&e.ch, call) && run(&e, is_dry_run);
    gh_change_end(&e.ch);
    if (!is_done)
        return record_refusal(&e);
    *path = is_dry_run ? GH_STR("") : e.request;
    *properties = e.request_json;
    return true;
}
