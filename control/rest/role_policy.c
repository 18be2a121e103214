/* SPDX-License-Identifier: Apache-2.0 */
/* What activating a role needs: reading, finding and checking of /rolePolicies. */
#include "control/rest/elevation.h"

#include "base/codec.h"
#include "base/duration.h"
#include "control/rest/handlers.h"
#include "host/host.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS    (24 * 60 * MINUTE_MS)
#define SHORTEST  (30 * MINUTE_MS) /* an activation, as Azure's */
#define SLACK_MS  (5 * MINUTE_MS)  /* the start is now, and now goes on while people type */

const char *const gh_evidence_words[3] = {"MultiFactorAuthentication", "Justification", "Ticketing"};

/* ---- reading ---- */

static const struct gh_role_policy defaults = {
    .longest_ms = 8 * 60 * MINUTE_MS,
    .evidence = GH_EVIDENCE_MFA | GH_EVIDENCE_JUSTIFICATION,
    .approver_says_why = true,
    .timeout_ms = DAY_MS,
    .eligibility = {true, 365 * DAY_MS, 0},
    .assignment = {true, 180 * DAY_MS, 0},
};

static bool
read_evidence(unsigned *out, const struct gh_props *p, const char *name)
{
    struct gh_str *words;
    size_t n, k;
    if (gh_json_get(&p->j, p->root, gh_str_z(name)) == GH_JSON_NO)
        return true;
    if (gh_props_list(&words, &n, p, name) != GH_OK)
        return false;
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        for (k = 0; k < 3 && !gh_str_eq(words[i], gh_str_z(gh_evidence_words[k])); k++)
            ;
        if (k == 3)
            return false;
        *out |= 1u << k;
    }
    return true;
}

static bool
read_duration(int64_t *out, const struct gh_props *p, const char *name)
{
    struct gh_str s = gh_props_str(p, name, GH_STR(""));
    return s.n == 0 || gh_duration_read(out, s) == GH_OK;
}

enum gh_rc
gh_role_policy_read(struct gh_role_policy *out, const char **fault, const struct gh_props *p)
{
    *out = defaults;
    *fault = NULL;
    out->scope = gh_props_str(p, "scope", GH_STR("/"));
    out->role = gh_props_str(p, "roleDefinitionId", GH_STR(""));
    out->context = gh_props_str(p, "authenticationContext", GH_STR(""));
    out->needs_approval = gh_props_bool(p, "approvalRequired", false);
    out->approver_says_why = gh_props_bool(p, "approverJustification", true);
    out->timeout_ms = gh_props_i64(p, "approvalTimeoutDays", 1) * DAY_MS;
    out->eligibility.must_end = gh_props_bool(p, "eligibilityExpires", true);
    out->assignment.must_end = gh_props_bool(p, "assignmentExpires", true);
    const struct {
        const char *name;
        bool is_read;
    } reads[] = {
        {"maximumDuration", read_duration(&out->longest_ms, p, "maximumDuration")},
        {"eligibilityMaximumDuration", read_duration(&out->eligibility.longest_ms, p, "eligibilityMaximumDuration")},
        {"assignmentMaximumDuration", read_duration(&out->assignment.longest_ms, p, "assignmentMaximumDuration")},
        {"evidence", read_evidence(&out->evidence, p, "evidence")},
        {"eligibilityEvidence", read_evidence(&out->eligibility.evidence, p, "eligibilityEvidence")},
        {"assignmentEvidence", read_evidence(&out->assignment.evidence, p, "assignmentEvidence")},
    };
    for (size_t i = 0; *fault == NULL && i < sizeof(reads) / sizeof(reads[0]); i++)
        if (!reads[i].is_read)
            *fault = reads[i].name;
    if (out->context.n > 0) /* it replaces the other */
        out->evidence &= ~(unsigned)GH_EVIDENCE_MFA;
    return gh_props_list(&out->approvers, &out->n_approvers, p, "approvers");
}

/* ---- finding ---- */

struct search {
    struct gh_str role, scope;
    struct gh_arena *a;
    struct gh_role_policy best;
    bool is_found;
    enum gh_rc rc;
};

static bool
on_policy(void *ctx, const struct gh_store_resource *r)
{
    struct search *s = ctx;
    struct gh_str body, path;
    struct gh_props p;
    struct gh_role_policy policy;
    const char *fault;
    if ((s->rc = gh_arena_dup(&body, s->a, r->body)) != GH_OK || (s->rc = gh_arena_dup(&path, s->a, r->path)) != GH_OK ||
        (s->rc = gh_props_open(&p, s->a, body)) != GH_OK || (s->rc = gh_role_policy_read(&policy, &fault, &p)) != GH_OK)
        return false;
    bool is_ours = gh_str_eq(policy.role, s->role) && gh_scope_covers(policy.scope, s->scope);
    if (!is_ours || (s->is_found && s->best.scope.n >= policy.scope.n))
        return true;
    s->best = policy;
    s->best.path = path;
    s->is_found = true;
    return true;
}

enum gh_rc
gh_role_policy_find(struct gh_role_policy *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str role, struct gh_str scope)
{
    struct search s = {.role = role, .scope = scope, .a = a, .best = defaults};
    enum gh_rc rc = gh_store_resource_each(tx, GH_RESOURCE_ROLE_POLICY, on_policy, &s);
    *out = s.best;
    if (!s.is_found) {
        out->scope = GH_STR("/");
        out->role = role;
        out->path = GH_STR("");
    }
    return rc != GH_OK ? rc : s.rc;
}

/* ---- checks of types ---- */

int64_t
gh_elevation_time(const struct gh_props *p, const char *name)
{
    struct gh_str s = gh_props_str(p, name, GH_STR(""));
    int64_t ms = 0;
    return s.n > 0 && gh_time_read(&ms, s) == GH_OK ? ms : 0;
}

bool
gh_check_times(struct gh_write *w)
{
    static const char *const names[] = {"startDateTime", "endDateTime"};
    int64_t ms[2] = {0, INT64_MAX};
    for (size_t i = 0; i < 2; i++) {
        struct gh_str s = gh_props_str(&w->props, names[i], GH_STR(""));
        if (s.n > 0 && (gh_time_read(&ms[i], s) != GH_OK || ms[i] <= 0))
            return gh_call_problem(w->call, 400, "not a time like 2026-12-31T00:00:00Z", gh_str_z(names[i]));
    }
    return ms[0] < ms[1] || gh_call_problem(w->call, 400, "it would end before it begins", GH_STR("endDateTime"));
}

bool
gh_check_eligibility_policy(struct gh_write *w, struct gh_str role)
{
    struct gh_role_policy policy;
    int64_t start = gh_elevation_time(&w->props, "startDateTime"), end = gh_elevation_time(&w->props, "endDateTime");
    enum gh_rc rc = gh_role_policy_find(&policy, w->call->a, w->tx, role, gh_props_str(&w->props, "scope", GH_STR("/")));
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    if (end == 0)
        return !policy.eligibility.must_end ||
               gh_call_problem(w->call, 400, "the role's policy wants an end (eligibilityExpires)", GH_STR("endDateTime"));
    start = start > 0 ? start : gh_now_ms();
    return end - start <= policy.eligibility.longest_ms + SLACK_MS ||
           gh_call_problem(
               w->call, 400, "longer than the role's policy allows (eligibilityMaximumDuration)", GH_STR("endDateTime"));
}

struct twin {
    struct gh_str path, role, scope, found;
    struct gh_arena *a;
    enum gh_rc rc;
};

static bool
on_twin(void *ctx, const struct gh_store_resource *r)
{
    struct twin *t = ctx;
    struct gh_props p;
    if (gh_str_eq(r->path, t->path))
        return true;
    if ((t->rc = gh_props_open(&p, t->a, r->body)) != GH_OK)
        return false;
    if (!gh_str_eq(gh_props_str(&p, "scope", GH_STR("/")), t->scope) ||
        !gh_str_eq(gh_props_str(&p, "roleDefinitionId", GH_STR("")), t->role))
        return true;
    t->rc = gh_arena_dup(&t->found, t->a, r->path);
    return false;
}

/* One policy for a role at a scope: of two nobody could tell which counts. */
static bool
is_only(struct gh_write *w, struct gh_str role, struct gh_str scope)
{
    struct twin t = {.path = w->r.path, .role = role, .scope = scope, .a = w->call->a};
    enum gh_rc rc = gh_store_resource_each(w->tx, GH_RESOURCE_ROLE_POLICY, on_twin, &t);
    rc = rc != GH_OK ? rc : t.rc;
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return t.found.p == NULL || gh_call_problem(w->call, 409, "another policy is for this role and scope", t.found);
}

static bool
check_approvers(struct gh_write *w, const struct gh_role_policy *policy)
{
    if (policy->needs_approval && policy->n_approvers == 0)
        return gh_call_problem(w->call, 400, "who approves? name one to five principals", GH_STR("approvers"));
    for (size_t i = 0; i < policy->n_approvers; i++) {
        struct gh_str who = policy->approvers[i];
        size_t colon = gh_str_chr(who, ':');
        bool is_ours = gh_str_starts(who, GH_STR("/identities/")) || gh_str_starts(who, GH_STR("/groups/"));
        if (is_ours ? !gh_write_needs(w, who, "the approver does not exist")
                    : colon == 0 || colon == SIZE_MAX || colon + 1 == who.n)
            return is_ours ? false : gh_call_problem(w->call, 400, "an approver is a principal, such as /groups/g", who);
        if (!gh_write_link(w, GH_STORE_LINK_PRINCIPAL, who))
            return false;
    }
    return true;
}

static bool
check_scope(struct gh_write *w, struct gh_str scope)
{
    struct gh_resource_path r;
    if (gh_str_eq(scope, GH_STR("/")))
        return true;
    if (gh_resource_find(&r, scope) != GH_OK || r.is_collection)
        return gh_call_problem(w->call, 400, "a scope is / or the path of a resource", scope);
    return gh_write_needs(w, scope, "the scope does not exist") && gh_write_link(w, GH_STORE_LINK_RESOURCE, scope);
}

bool
gh_check_role_policy(struct gh_write *w)
{
    struct gh_role_policy policy;
    const char *fault;
    struct gh_str id;
    enum gh_rc rc = gh_role_policy_read(&policy, &fault, &w->props);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    if (fault != NULL)
        return gh_call_problem(
            w->call, 400, "not an ISO 8601 duration, or a word that is not one of the possible ones", gh_str_z(fault));
    if (policy.longest_ms < SHORTEST || policy.longest_ms > DAY_MS)
        return gh_call_problem(w->call, 400, "an activation lasts from PT30M to P1D", GH_STR("maximumDuration"));
    if (!gh_resolve_role(&id, w, policy.role) || !check_scope(w, policy.scope) || !is_only(w, id, policy.scope) ||
        !check_approvers(w, &policy))
        return false;
    w->stored_name = "roleDefinitionId";
    w->stored_json = gh_props_join(w->call->a, (const struct gh_str[]){GH_STR("\""), id, GH_STR("\"")}, 3);
    return gh_write_link(w, GH_STORE_LINK_ROLE, id);
}
