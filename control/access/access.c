/* SPDX-License-Identifier: Apache-2.0 */
#include "control/access/access_int.h"
#include "policy/resource.h"

#define HIDDEN "a policy" /* its name is for those who may read it */

const char *const gh_access_words[GH_ACCESS_VERBS] = {"check", "explain", "whoCan", "whatCan"};

void
gh_access_decide(
    struct gh_decision *out, const struct gh_access *x, const struct gh_caller *caller, enum gh_action action, struct gh_str scope)
{
    const struct gh_question q = {.snap = x->ask->snap,
        .caller = caller,
        .action = action,
        .path = scope,
        .now_ms = x->ask->now_ms,
        .attributes = &x->attributes};

    gh_decide(out, &q);
}

/* What an endpoint asks for by itself, as the edge finds it. */
static struct gh_str
context_of(const struct gh_access *x)
{
    struct gh_resource_path p;
    struct gh_snap_rec ep;
    bool is_inside = gh_resource_find(&p, x->scope) == GH_OK &&
                     (p.type == GH_RESOURCE_ENDPOINT || p.type == GH_RESOURCE_DEPLOYMENT) &&
                     !(p.type == GH_RESOURCE_ENDPOINT && p.is_collection);

    return is_inside && gh_snap_find_v(&ep, x->ask->snap, GH_SNAP_ENDPOINT, p.names, 2) ? gh_snap_str(&ep, GH_ENDPOINT_CONTEXT)
                                                                                        : GH_STR("");
}

void
gh_access_judge(struct gh_cond_decision *out, struct gh_cond_outcome *all, const struct gh_access *x, bool want_all)
{
    struct gh_cond_call call = x->sign_in;

    call.caller = &x->caller;
    call.path = x->scope;
    call.target = gh_action_table[x->action].plane == GH_PLANE_DATA ? GH_COND_MODELS : GH_COND_MANAGEMENT;
    if (call.target == GH_COND_MODELS)
        call.context = context_of(x);
    gh_conditional(out, &call, all, GH_ACCESS_POLICIES_MAX, want_all);
}

static void
put_policies(struct gh_jsonw *w, const struct gh_access *x, const struct gh_cond_outcome *all, size_t n)
{
    bool is_hidden = x->ask->hides_policies;

    gh_jsonw_key(w, "conditionalAccess");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < n && i < GH_ACCESS_POLICIES_MAX; i++) {
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "id", is_hidden ? GH_STR("") : all[i].id);
        gh_jsonw_kstr(w, "displayName", is_hidden ? GH_STR(HIDDEN) : all[i].name);
        gh_jsonw_kstr(w, "result", gh_str_z(gh_cond_result_words[all[i].result]));
        if (all[i].result == GH_COND_RESULT_NOT_APPLIED || all[i].result == GH_COND_RESULT_REPORT_NOT_APPLIED)
            gh_jsonw_kstr(w, "because", gh_str_z(gh_cond_why_words[all[i].why]));
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

/* In the order in which a call is decided: who it is, conditional access, roles. */
static enum gh_rc
put_decision(struct gh_jsonw *w, struct gh_access *x, bool want_all)
{
    struct gh_cond_outcome *all = gh_arena_take_array(x->ask->a, GH_ACCESS_POLICIES_MAX, sizeof *all);
    struct gh_cond_decision conditions = {.verdict = GH_ALLOW};
    struct gh_decision d;

    if (all == NULL)
        return GH_NOMEM;
    gh_access_decide(&d, x, &x->caller, x->action, x->scope);
    if (x->caller.why == GH_IDENTIFY_OK)
        gh_access_judge(&conditions, all, x, want_all);
    const char *word = d.verdict == GH_ALLOW ? "allow" : d.is_unsure ? "unknown" : "deny";
    if (x->caller.why != GH_IDENTIFY_OK)
        d.reason = gh_identify_text(x->caller.why);
    else if (conditions.verdict != GH_ALLOW) {
        d = (struct gh_decision){
            .rule = x->ask->hides_policies ? GH_STR(HIDDEN) : conditions.policy, .reason = gh_conditional_needs(&conditions)};
        word = "deny";
    }
    gh_jsonw_kstr(w, "decision", gh_str_z(word));
    gh_jsonw_kstr(w, "rule", d.rule);
    gh_jsonw_kstr(w, "role", d.role);
    gh_jsonw_kstr(w, "reason", gh_str_z(d.reason));
    gh_jsonw_kstr(w, "principal", x->principal);
    gh_jsonw_kstr(w, "action", gh_action_table[x->action].string);
    gh_jsonw_kstr(w, "scope", x->scope);
    put_policies(w, x, all, conditions.n_outcomes);
    return GH_OK;
}

enum gh_rc
gh_access_answer(struct gh_jsonw *w, enum gh_access_verb verb, const struct gh_access_ask *ask, struct gh_err *err)
{
    struct gh_access *x = gh_arena_take_raw(ask->a, sizeof *x);
    enum gh_rc rc = x == NULL ? GH_NOMEM : gh_access_read(x, verb, ask, err);

    if (rc != GH_OK)
        return rc;
    switch (verb) {
    case GH_ACCESS_WHO_CAN:
        return gh_access_put_who(w, x);
    case GH_ACCESS_WHAT_CAN:
        return gh_access_put_what(w, x);
    case GH_ACCESS_EXPLAIN:
    case GH_ACCESS_CHECK:
    case GH_ACCESS_VERBS:
        break;
    }
    if ((rc = put_decision(w, x, verb == GH_ACCESS_EXPLAIN)) == GH_OK && verb == GH_ACCESS_EXPLAIN)
        gh_access_put_considered(w, x);
    return rc;
}
