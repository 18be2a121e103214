/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/arm_rules.h"

#include "base/duration.h"
#include "control/rest/arm_pim.h"

/* ---- where each rule's values are ---- */

static struct gh_bound *
bound_of(struct gh_role_policy *p, struct gh_str id)
{
    return gh_str_ends(id, GH_STR("_Eligibility")) ? &p->eligibility : &p->assignment;
}

static bool
is_of_user(struct gh_str id)
{
    return gh_str_find(id, GH_STR("_EndUser_")) != SIZE_MAX;
}

struct rule {
    const char *id, *type;
    void (*put)(struct gh_jsonw *w, struct gh_call *call, const struct gh_role_policy *p, struct gh_str id);
    /* False: the answer is set. `at` is the rule in the body. */
    bool (*read)(struct gh_role_policy *p, struct gh_call *call, const struct gh_json *j, gh_json_ref at, struct gh_str id);
};

static bool
bad(struct gh_call *call, struct gh_str id, const char *what)
{
    return gh_door_refuse(call, 400, "InvalidPolicyRule", gh_door_text(call, GH_STR("Rule "), id, GH_STR(": "), gh_str_z(what)));
}

static struct gh_str
text(struct gh_call *call, const struct gh_json *j, gh_json_ref at, const char *name)
{
    struct gh_str s = {NULL, 0};
    return at != GH_JSON_NO && gh_json_opt_str(&s, call->a, j, at, name) == GH_OK && s.p != NULL ? s : GH_STR("");
}

/* A member that says yes or no; absent: as it was. */
static bool
flag(bool *out, const struct gh_json *j, gh_json_ref at, const char *name)
{
    bool v = *out;
    if (at == GH_JSON_NO || gh_json_opt_bool(&v, j, at, name) != GH_OK)
        return at == GH_JSON_NO;
    if (gh_json_get(j, at, gh_str_z(name)) != GH_JSON_NO)
        *out = v;
    return true;
}

/* ---- expiration ---- */

static void
put_duration(struct gh_jsonw *w, struct gh_call *call, const char *key, int64_t ms)
{
    struct gh_buf b;
    gh_buf_init(&b, call->a, 64);
    gh_duration_put(&b, ms);
    gh_jsonw_kstr(w, key, gh_buf_str(&b));
}

static void
put_expiration(struct gh_jsonw *w, struct gh_call *call, const struct gh_role_policy *p, struct gh_str id)
{
    struct gh_role_policy copy = *p;
    const struct gh_bound *b = bound_of(&copy, id);
    gh_jsonw_kbool(w, "isExpirationRequired", is_of_user(id) || b->must_end);
    put_duration(w, call, "maximumDuration", is_of_user(id) ? p->longest_ms : b->longest_ms);
}

static bool
read_expiration(struct gh_role_policy *p, struct gh_call *call, const struct gh_json *j, gh_json_ref at, struct gh_str id)
{
    struct gh_str s = text(call, j, at, "maximumDuration");
    struct gh_bound *b = bound_of(p, id);
    bool must_end = is_of_user(id) || b->must_end;
    if (s.n > 0 && gh_duration_read(is_of_user(id) ? &p->longest_ms : &b->longest_ms, s) != GH_OK)
        return bad(call, id, "maximumDuration is an ISO 8601 duration such as PT8H.");
    if (!flag(&must_end, j, at, "isExpirationRequired"))
        return bad(call, id, "isExpirationRequired is true or false.");
    if (is_of_user(id))
        return must_end || bad(call, id, "an activation always ends.");
    b->must_end = must_end;
    return true;
}

/* ---- enablement ---- */

static void
put_evidence(struct gh_jsonw *w, const char *key, unsigned evidence)
{
    gh_jsonw_key(w, key);
    gh_jsonw_arr(w);
    for (unsigned k = 0; k < 3; k++)
        if ((evidence >> k & 1) != 0)
            gh_jsonw_str(w, gh_str_z(gh_evidence_words[k]));
    gh_jsonw_end(w, ']');
}

static void
put_enablement(struct gh_jsonw *w, struct gh_call *call, const struct gh_role_policy *p, struct gh_str id)
{
    struct gh_role_policy copy = *p;
    (void)call;
    put_evidence(w, "enabledRules", is_of_user(id) ? p->evidence : bound_of(&copy, id)->evidence);
}

static bool
read_enablement(struct gh_role_policy *p, struct gh_call *call, const struct gh_json *j, gh_json_ref at, struct gh_str id)
{
    gh_json_ref list = gh_json_get(j, at, GH_STR("enabledRules"));
    unsigned evidence = 0;
    struct gh_str s;
    if (list == GH_JSON_NO)
        return true;
    for (gh_json_ref v = gh_json_first(j, list); v != GH_JSON_NO; v = gh_json_next(j, list, v)) {
        unsigned k = 0;
        if (gh_json_str(&s, call->a, j, v) != GH_OK)
            return bad(call, id, "enabledRules is a list of words.");
        while (k < 3 && !gh_str_eq(s, gh_str_z(gh_evidence_words[k])))
            k++;
        if (k == 3)
            return bad(call, id, "enabledRules are MultiFactorAuthentication, Justification, Ticketing.");
        evidence |= 1u << k;
    }
    *(is_of_user(id) ? &p->evidence : &bound_of(p, id)->evidence) = evidence;
    return true;
}

/* ---- approval ---- */

static void
put_approvers(struct gh_jsonw *w, const struct gh_role_policy *p)
{
    gh_jsonw_key(w, "primaryApprovers");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < p->n_approvers; i++) {
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "id", p->approvers[i]);
        gh_jsonw_kstr(w, "userType", gh_str_z(gh_arm_principal_type(p->approvers[i])));
        gh_jsonw_kbool(w, "isBackup", false);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

static void
put_approval(struct gh_jsonw *w, struct gh_call *call, const struct gh_role_policy *p, struct gh_str id)
{
    (void)call;
    (void)id;
    gh_jsonw_key(w, "setting");
    gh_jsonw_obj(w);
    gh_jsonw_kbool(w, "isApprovalRequired", p->needs_approval);
    gh_jsonw_kbool(w, "isApprovalRequiredForExtension", true);
    gh_jsonw_kbool(w, "isRequestorJustificationRequired", (p->evidence & GH_EVIDENCE_JUSTIFICATION) != 0);
    gh_jsonw_kstr(w, "approvalMode", p->needs_approval ? GH_STR("SingleStage") : GH_STR("NoApproval"));
    gh_jsonw_key(w, "approvalStages");
    gh_jsonw_arr(w);
    gh_jsonw_obj(w);
    gh_jsonw_ku64(w, "approvalStageTimeOutInDays", (uint64_t)(p->timeout_ms / 86400000));
    gh_jsonw_kbool(w, "isApproverJustificationRequired", p->approver_says_why);
    gh_jsonw_ku64(w, "escalationTimeInMinutes", 0);
    gh_jsonw_kbool(w, "isEscalationEnabled", false);
    put_approvers(w, p);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, ']');
    gh_jsonw_end(w, '}');
}

#define APPROVERS_MAX 5

static bool
read_approvers(struct gh_role_policy *p, struct gh_call *call, const struct gh_json *j, gh_json_ref list, struct gh_str id)
{
    struct gh_str *all = gh_arena_take_array(call->a, APPROVERS_MAX, sizeof(*all));
    size_t n = 0;
    if (all == NULL)
        return gh_call_failed(call, GH_NOMEM);
    for (gh_json_ref v = gh_json_first(j, list); v != GH_JSON_NO; v = gh_json_next(j, list, v)) {
        struct gh_str who = text(call, j, v, "id");
        if (who.n == 0)
            return bad(call, id, "an approver has an id.");
        if (n == APPROVERS_MAX)
            return bad(call, id, "at most five approvers; a group counts as one.");
        all[n++] = gh_arm_principal(call, who);
    }
    p->approvers = all;
    p->n_approvers = n;
    return true;
}

static bool
read_stage(struct gh_role_policy *p, struct gh_call *call, const struct gh_json *j, gh_json_ref stage, struct gh_str id)
{
    bool escalates = false;
    int64_t days = p->timeout_ms / 86400000;
    gh_json_ref list = gh_json_get(j, stage, GH_STR("primaryApprovers")),
                told = gh_json_get(j, stage, GH_STR("approvalStageTimeOutInDays"));
    if (!flag(&escalates, j, stage, "isEscalationEnabled") || escalates)
        return bad(call, id, "escalation is not supported: all approvers are asked at once.");
    if (told != GH_JSON_NO && (gh_json_i64(&days, j, told) != GH_OK || days < 1 || days > 30))
        return bad(call, id, "approvalStageTimeOutInDays is 1 to 30.");
    if (!flag(&p->approver_says_why, j, stage, "isApproverJustificationRequired"))
        return bad(call, id, "isApproverJustificationRequired is true or false.");
    p->timeout_ms = days * 86400000;
    return list == GH_JSON_NO || read_approvers(p, call, j, list, id);
}

static bool
read_approval(struct gh_role_policy *p, struct gh_call *call, const struct gh_json *j, gh_json_ref at, struct gh_str id)
{
    gh_json_ref setting = gh_json_get(j, at, GH_STR("setting")), stages, first;
    if (setting == GH_JSON_NO)
        return true;
    struct gh_str mode = text(call, j, setting, "approvalMode");
    if (mode.n > 0 && !gh_str_eq(mode, GH_STR("SingleStage")) && !gh_str_eq(mode, GH_STR("NoApproval")))
        return bad(call, id, "approvalMode is SingleStage or NoApproval: stages behind one another are not supported.");
    if (!flag(&p->needs_approval, j, setting, "isApprovalRequired"))
        return bad(call, id, "isApprovalRequired is true or false.");
    if ((stages = gh_json_get(j, setting, GH_STR("approvalStages"))) == GH_JSON_NO ||
        (first = gh_json_first(j, stages)) == GH_JSON_NO)
        return true;
    if (gh_json_next(j, stages, first) != GH_JSON_NO)
        return bad(call, id, "more than one approvalStage is not supported.");
    return read_stage(p, call, j, first, id);
}

/* ---- authentication context ---- */

static void
put_context(struct gh_jsonw *w, struct gh_call *call, const struct gh_role_policy *p, struct gh_str id)
{
    (void)call;
    (void)id;
    gh_jsonw_kbool(w, "isEnabled", p->context.n > 0);
    gh_jsonw_kstr(w, "claimValue", p->context);
}

static bool
read_context(struct gh_role_policy *p, struct gh_call *call, const struct gh_json *j, gh_json_ref at, struct gh_str id)
{
    bool is_enabled = p->context.n > 0;
    struct gh_str value = text(call, j, at, "claimValue");
    if (!flag(&is_enabled, j, at, "isEnabled") || (is_enabled && value.n == 0 && p->context.n == 0))
        return bad(call, id, "isEnabled wants a claimValue such as c1.");
    if (!is_enabled)
        p->context = GH_STR("");
    else if (value.n > 0)
        p->context = value;
    return true;
}

/* ---- notifications: nobody is written to ---- */

static void
put_notification(struct gh_jsonw *w, struct gh_call *call, const struct gh_role_policy *p, struct gh_str id)
{
    struct gh_str recipient = gh_str_sub(id, sizeof("Notification_") - 1, SIZE_MAX);
    (void)call;
    (void)p;
    gh_jsonw_kstr(w, "notificationType", GH_STR("Email"));
    gh_jsonw_kstr(w, "recipientType", gh_str_sub(recipient, 0, gh_str_chr(recipient, '_')));
    gh_jsonw_kbool(w, "isDefaultRecipientsEnabled", false);
    gh_jsonw_kstr(w, "notificationLevel", GH_STR("None"));
    gh_jsonw_kwords(w, "notificationRecipients", "");
}

static bool
read_notification(struct gh_role_policy *p, struct gh_call *call, const struct gh_json *j, gh_json_ref at, struct gh_str id)
{
    struct gh_str level = text(call, j, at, "notificationLevel");
    (void)p;
    return level.n == 0 || gh_str_eq(level, GH_STR("None")) ||
           bad(call, id, "notifications are not sent: notificationLevel is None. `gatehouse audit tail` tells of requests.");
}

#define EXPIRATION(id)                                                                                                             \
    {                                                                                                                              \
        id, "RoleManagementPolicyExpirationRule", put_expiration, read_expiration                                                  \
    }
#define ENABLEMENT(id)                                                                                                             \
    {                                                                                                                              \
        id, "RoleManagementPolicyEnablementRule", put_enablement, read_enablement                                                  \
    }
#define NOTIFICATION(id)                                                                                                           \
    {                                                                                                                              \
        id, "RoleManagementPolicyNotificationRule", put_notification, read_notification                                            \
    }
#define NOTIFICATIONS(of)                                                                                                          \
    NOTIFICATION("Notification_Admin_" of), NOTIFICATION("Notification_Requestor_" of), NOTIFICATION("Notification_Approver_" of)

static const struct rule rules[] = {
    EXPIRATION("Expiration_Admin_Eligibility"),
    ENABLEMENT("Enablement_Admin_Eligibility"),
    NOTIFICATIONS("Admin_Eligibility"),
    EXPIRATION("Expiration_Admin_Assignment"),
    ENABLEMENT("Enablement_Admin_Assignment"),
    NOTIFICATIONS("Admin_Assignment"),
    EXPIRATION("Expiration_EndUser_Assignment"),
    ENABLEMENT("Enablement_EndUser_Assignment"),
    {"Approval_EndUser_Assignment", "RoleManagementPolicyApprovalRule", put_approval, read_approval},
    {"AuthenticationContext_EndUser_Assignment", "RoleManagementPolicyAuthenticationContextRule", put_context, read_context},
    NOTIFICATIONS("EndUser_Assignment"),
};
#define N_RULES (sizeof(rules) / sizeof(rules[0]))

/* ---- all of them ---- */

static void
put_target(struct gh_jsonw *w, struct gh_str id)
{
    gh_jsonw_key(w, "target");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "caller", is_of_user(id) ? GH_STR("EndUser") : GH_STR("Admin"));
    gh_jsonw_kwords(w, "operations", "All");
    gh_jsonw_kstr(w, "level", gh_str_ends(id, GH_STR("_Eligibility")) ? GH_STR("Eligibility") : GH_STR("Assignment"));
    gh_jsonw_kwords(w, "targetObjects", "");
    gh_jsonw_kwords(w, "inheritableSettings", "");
    gh_jsonw_kwords(w, "enforcedSettings", "");
    gh_jsonw_end(w, '}');
}

void
gh_arm_put_rules(struct gh_jsonw *w, struct gh_call *call, const char *key, const struct gh_role_policy *policy)
{
    gh_jsonw_key(w, key);
    gh_jsonw_arr(w);
    for (size_t i = 0; i < N_RULES; i++) {
        struct gh_str id = gh_str_z(rules[i].id);
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "id", id);
        gh_jsonw_kstr(w, "ruleType", gh_str_z(rules[i].type));
        put_target(w, id);
        rules[i].put(w, call, policy, id);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

static bool
read_rule(struct gh_role_policy *policy, struct gh_call *call, const struct gh_json *j, gh_json_ref at)
{
    struct gh_str id = text(call, j, at, "id");
    for (size_t i = 0; i < N_RULES; i++)
        if (gh_str_eq(id, gh_str_z(rules[i].id)))
            return rules[i].read(policy, call, j, at, id);
    return bad(call, id, "there is no such rule.");
}

bool
gh_arm_read_rules(struct gh_role_policy *policy, struct gh_call *call)
{
    struct gh_json j;
    struct gh_err err = {0};
    if (gh_json_parse(&j, call->a, call->body, &err) != GH_OK)
        return gh_call_bad(call, &err, GH_STR("body"));
    gh_json_ref props = gh_json_get(&j, 0, GH_STR("properties"));
    gh_json_ref list = props == GH_JSON_NO ? GH_JSON_NO : gh_json_get(&j, props, GH_STR("rules"));
    if (gh_json_type(&j, list) != GH_JSON_ARRAY)
        return gh_door_refuse(call, 400, "InvalidRequestContent", GH_STR("The body is {\"properties\": {\"rules\": [...]}}."));
    for (gh_json_ref v = gh_json_first(&j, list); v != GH_JSON_NO; v = gh_json_next(&j, list, v))
        if (!read_rule(policy, call, &j, v))
            return false;
    return true;
}

void
gh_arm_put_stored(struct gh_buf *out, struct gh_call *call, const struct gh_role_policy *p)
{
    struct gh_jsonw w;
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "roleDefinitionId", p->role);
    gh_jsonw_kstr(&w, "scope", p->scope);
    put_duration(&w, call, "maximumDuration", p->longest_ms);
    put_evidence(&w, "evidence", p->evidence);
    if (p->context.n > 0)
        gh_jsonw_kstr(&w, "authenticationContext", p->context);
    gh_jsonw_kbool(&w, "approvalRequired", p->needs_approval);
    gh_jsonw_key(&w, "approvers");
    gh_jsonw_arr(&w);
    for (size_t i = 0; i < p->n_approvers; i++)
        gh_jsonw_str(&w, p->approvers[i]);
    gh_jsonw_end(&w, ']');
    gh_jsonw_ku64(&w, "approvalTimeoutDays", (uint64_t)(p->timeout_ms / 86400000));
    gh_jsonw_kbool(&w, "approverJustification", p->approver_says_why);
    gh_jsonw_kbool(&w, "eligibilityExpires", p->eligibility.must_end);
    put_duration(&w, call, "eligibilityMaximumDuration", p->eligibility.longest_ms);
    put_evidence(&w, "eligibilityEvidence", p->eligibility.evidence);
    gh_jsonw_kbool(&w, "assignmentExpires", p->assignment.must_end);
    put_duration(&w, call, "assignmentMaximumDuration", p->assignment.longest_ms);
    put_evidence(&w, "assignmentEvidence", p->assignment.evidence);
    gh_jsonw_end(&w, '}');
}
