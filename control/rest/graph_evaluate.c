/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What if? POST /beta/identity/conditionalAccess/evaluate: which policies would apply to a sign-in that is described, by the very function that
 * judges live calls (policy/conditional.h), over the policies in force. What the description leaves out is unknown, as it would be on a call.
 */
#include "base/limits.h"
#include "control/rest/auth.h"
#include "control/rest/graph_conditional.h"
#include "host/geo.h"
#include "policy/conditional_read.h"
#include "policy/egress.h"

enum { CALLS_MAX = 16 };

struct question {
    struct gh_call *call;
    struct gh_json j;
    struct gh_caller *caller;
    struct gh_cond_call base;
    struct gh_cond_call calls[CALLS_MAX]; /* one for each application that is named */
    size_t n_calls;
    bool wants_applied_only;
    struct gh_cond_outcome *outcomes; /* of all policies in force, over all calls */
    size_t n_outcomes;
};

static bool
bad(struct question *q, const char *what, struct gh_str about)
{
    return gh_door_refuse(q->call, 400, NULL, gh_door_text(q->call, gh_str_z(what), about));
}

static struct gh_str
text(struct question *q, gh_json_ref object, const char *name)
{
    struct gh_str s = {NULL, 0};
    return gh_json_opt_str(&s, q->call->a, &q->j, object, name) == GH_OK ? s : GH_STR("");
}

/* The member under its name, or the one that it had in earlier versions. */
static gh_json_ref
member(struct question *q, const char *name, const char *alias)
{
    gh_json_ref v = gh_json_get(&q->j, 0, gh_str_z(name));
    return v != GH_JSON_NO ? v : gh_json_get(&q->j, 0, gh_str_z(alias));
}

/* ---- who ---- */

static struct gh_str
principal_of(struct gh_call *call, struct gh_str id)
{
    bool is_name = gh_resource_name_is_valid(id);
    return is_name ? gh_door_text(call, GH_STR("/identities/"), id) : id;
}

static bool
read_identity(struct question *q)
{
    gh_json_ref v = member(q, "signInIdentity", "conditionalAccessWhatIfSubject");
    struct gh_str user = text(q, v, "userId"), workload = text(q, v, "servicePrincipalId");
    struct gh_str id = user.n > 0 ? user : workload;
    if (id.n == 0 || (user.n > 0 && workload.n > 0))
        return bad(q, "signInIdentity names a userId or a servicePrincipalId.", GH_STR(""));
    if ((q->caller = gh_arena_take(q->call->a, sizeof(*q->caller))) == NULL)
        return gh_call_failed(q->call, GH_NOMEM);
    gh_identify_as(q->caller, &q->call->view->snap, principal_of(q->call, id), NULL, 0);
    if (q->caller->why != GH_IDENTIFY_OK)
        return bad(q, "There is nobody of this name: ", id);
    q->caller->sort = user.n > 0 ? GH_CALLER_USER : GH_CALLER_WORKLOAD;
    q->caller->proofs = 0;
    return true;
}

/* ---- what ---- */

static bool
add_call(struct question *q, unsigned target, struct gh_str path, struct gh_str context)
{
    if (q->n_calls == CALLS_MAX)
        return bad(q, "Too many applications at once.", GH_STR(""));
    struct gh_cond_call *c = &q->calls[q->n_calls++];
    *c = q->base;
    c->target = target;
    c->path = path;
    c->context = context;
    return true;
}

/* What an endpoint asks for by itself. */
static struct gh_str
context_of(struct question *q, struct gh_str path)
{
    struct gh_resource_path p;
    struct gh_snap_rec ep;
    if (gh_resource_find(&p, path) != GH_OK || p.type != GH_RESOURCE_ENDPOINT ||
        !gh_snap_find_v(&ep, q->base.snap, GH_SNAP_ENDPOINT, p.names, 2))
        return GH_STR("");
    return gh_snap_str(&ep, GH_ENDPOINT_CONTEXT);
}

/* One call for each sort of application that a word stands for: a real call is of one sort. */
static bool
add_application(struct question *q, struct gh_str word)
{
    static const unsigned sorts[] = {GH_COND_MODELS, GH_COND_MANAGEMENT, GH_COND_ARM, GH_COND_GRAPH};
    uint64_t targets;
    bool is_path;
    if (!gh_cond_application(&targets, &is_path, word))
        return bad(q, "This is no application here: ", word);
    if (is_path)
        return add_call(q, GH_COND_MODELS, word, context_of(q, word));
    for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
        if ((targets & sorts[i]) != 0 && !add_call(q, sorts[i], GH_STR("/"), GH_STR("")))
            return false;
    return true;
}

static bool
read_context(struct question *q)
{
    gh_json_ref v = member(q, "signInContext", "conditionalAccessContext");
    gh_json_ref apps = gh_json_get(&q->j, v, GH_STR("includeApplications"));
    struct gh_str context = text(q, v, "authenticationContextValue"), word;
    if (context.n == 0)
        context = text(q, v, "authenticationContext");
    if (text(q, v, "userAction").n > 0)
        return bad(q, "User actions are not supported: nothing is registered here.", GH_STR(""));
    if (context.n > 0)
        return add_call(q, 0, GH_STR("/"), context);
    for (gh_json_ref e = gh_json_first(&q->j, apps); e != GH_JSON_NO; e = gh_json_next(&q->j, apps, e))
        if (gh_json_str(&word, q->call->a, &q->j, e) != GH_OK || !add_application(q, word))
            return q->call->status != 0 ? false : bad(q, "includeApplications is a list of texts.", GH_STR(""));
    return q->n_calls > 0 || bad(q, "signInContext names includeApplications or an authentication context.", GH_STR(""));
}

/* ---- how ---- */

static bool
read_word(unsigned *out, struct question *q, gh_json_ref v, const char *name, const char *const *words, unsigned n)
{
    struct gh_str s = text(q, v, name);
    *out = 0;
    for (unsigned i = 1; i < n; i++)
        if (gh_str_eq_ci(s, gh_str_z(words[i])))
            *out = i;
    return *out > 0 || s.n == 0 || gh_str_eq(s, GH_STR("all")) || bad(q, "Not a value that is known here: ", s);
}

static bool
read_risk(enum gh_risk *out, bool *is_told, struct question *q, gh_json_ref v, const char *name)
{
    struct gh_str s = text(q, v, name);
    *is_told = *is_told || s.n > 0;
    for (unsigned i = 0; i < GH_RISK_LEVELS; i++)
        if (gh_str_eq(s, gh_str_z(gh_risk_names[i]))) {
            *out = *out > (enum gh_risk)i ? *out : (enum gh_risk)i;
            return true;
        }
    return s.n == 0 || bad(q, "A level of risk is none, low, medium or high, not ", s);
}

/* As the edge would: by the operator's database, opened for this one question. */
static void
find_country(struct question *q, struct gh_str ip)
{
    struct gh_geo *geo = NULL;
    struct gh_geo_place place;
    const char *path = q->call->c->config->geo;
    if (path == NULL || path[0] == '\0' || gh_geo_open(&geo, path, NULL) != GH_OK)
        return;
    gh_geo_find(&place, geo, ip);
    gh_geo_close(geo);
    if (!place.is_answered)
        return;
    q->base.country_is = place.country[0] == '\0' ? GH_COND_COUNTRY_NONE : GH_COND_COUNTRY_KNOWN;
    memcpy(q->base.country, place.country, sizeof(q->base.country));
}

static bool
read_place(struct question *q, gh_json_ref v)
{
    struct gh_str ip = text(q, v, "ipAddress"), country = text(q, v, "country");
    if (ip.n > 0 && gh_ip_read(q->base.ip, ip) != GH_OK)
        return bad(q, "Not an address: ", ip);
    q->base.has_ip = ip.n > 0;
    if (country.n == 0 && ip.n > 0)
        find_country(q, ip);
    if (country.n == 0)
        return true;
    if (country.n != 2 || country.p[0] < 'A' || country.p[0] > 'Z' || country.p[1] < 'A' || country.p[1] > 'Z')
        return bad(q, "A country is two capital letters, not ", country);
    q->base.country_is = GH_COND_COUNTRY_KNOWN;
    memcpy(q->base.country, country.p, 2);
    return true;
}

static bool
read_flow(struct question *q, gh_json_ref v)
{
    struct gh_str method = text(q, gh_json_get(&q->j, v, GH_STR("authenticationFlow")), "transferMethod");
    const uint64_t flows = GH_PROOF_BIT(DEVICE_CODE) | GH_PROOF_BIT(TRANSFER);
    q->caller->is_flow_known = method.n > 0;
    if (method.n == 0 || gh_str_eq(method, GH_STR("none")))
        return true;
    q->caller->proofs |= gh_proof_find(method) & flows;
    return (gh_proof_find(method) & flows) != 0 || bad(q, "Not a transfer method: ", method);
}

static void
read_device(struct question *q, gh_json_ref v)
{
    gh_json_ref device = gh_json_get(&q->j, v, GH_STR("deviceInfo"));
    enum gh_json_type compliant = gh_json_type(&q->j, gh_json_get(&q->j, device, GH_STR("isCompliant")));
    q->base.is_known_not_compliant = compliant == GH_JSON_FALSE;
    q->base.device_proofs = compliant == GH_JSON_TRUE ? GH_PROOF_BIT(COMPLIANT_DEVICE) : 0;
    q->base.trust_type = text(q, device, "trustType");
    q->caller->device_id = text(q, device, "deviceId");
}

static bool
read_conditions(struct question *q)
{
    gh_json_ref v = member(q, "signInConditions", "conditionalAccessWhatIfConditions");
    struct gh_cond_call *c = &q->base;
    unsigned client, platform;
    struct gh_str insider = text(q, v, "insiderRiskLevel");
    if (insider.n > 0 && !gh_str_eq(insider, GH_STR("none")))
        return bad(q, "insiderRiskLevel is not supported: nothing here computes it.", GH_STR(""));
    if (!read_word(&client, q, v, "clientAppType", gh_cond_client_words, GH_COND_CLIENT_COUNT) ||
        !read_word(&platform, q, v, "devicePlatform", gh_cond_platform_words, GH_COND_PLATFORM_COUNT))
        return false;
    c->client = (enum gh_cond_client)client;
    c->platform = (enum gh_cond_platform)platform;
    if (!read_risk(&c->user_risk, &c->is_risk_told, q, v, "userRiskLevel") ||
        !read_risk(&c->user_risk, &c->is_risk_told, q, v, "servicePrincipalRiskLevel") ||
        !read_risk(&c->sign_in_risk, &c->is_risk_told, q, v, "signInRiskLevel"))
        return false;
    read_device(q, v);
    return read_place(q, v) && read_flow(q, v);
}

/* ---- the answer ---- */

static bool
judge(struct question *q)
{
    struct gh_cond_decision d;
    q->outcomes = gh_arena_take_array(q->call->a, (size_t)CALLS_MAX * GH_COND_POLICIES_MAX, sizeof(*q->outcomes));
    if (q->outcomes == NULL)
        return gh_call_failed(q->call, GH_NOMEM);
    for (size_t i = 0; i < q->n_calls; i++) {
        gh_conditional(&d, &q->calls[i], q->outcomes + q->n_outcomes, GH_COND_POLICIES_MAX, true);
        q->n_outcomes += d.n_outcomes;
    }
    return true;
}

/* Over all calls: it applies if it does to any; else why it did not to the last. */
static bool
outcome_of(enum gh_cond_why *why, const struct question *q, struct gh_str id)
{
    *why = GH_COND_WHY_NOT_ENABLED;
    for (size_t i = 0; i < q->n_outcomes; i++) {
        const struct gh_cond_outcome *o = &q->outcomes[i];
        if (!gh_str_eq(o->id, id))
            continue;
        *why = o->why;
        if (o->result != GH_COND_RESULT_NOT_APPLIED && o->result != GH_COND_RESULT_REPORT_NOT_APPLIED) {
            *why = GH_COND_WHY_NOT_SET;
            return true;
        }
    }
    return false;
}

static void
put_judged(void *ctx, struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *props)
{
    const struct question *q = ctx;
    enum gh_cond_why why;
    struct gh_str id = gh_str_sub(r->path, sizeof("/conditionalAccess/") - 1, SIZE_MAX);
    bool applies = outcome_of(&why, q, id);
    if (!applies && q->wants_applied_only)
        return;
    gh_graph_open_policy(call, w, r, props);
    gh_jsonw_kbool(w, "policyApplies", applies);
    gh_jsonw_kstr(w, "analysisReasons", gh_str_z(gh_cond_why_words[why]));
    gh_jsonw_end(w, '}');
}

static void
evaluate(struct gh_call *call, const struct gh_door *d)
{
    struct question *q = gh_arena_take(call->a, sizeof(*q));
    struct gh_err err = {0};
    (void)d;
    call->action = GH_ACTION_COND_POLICY_READ;
    if (q == NULL) {
        (void)gh_call_failed(call, GH_NOMEM);
        return;
    }
    q->call = call;
    if (!gh_auth_decide(call, GH_STR("/")))
        return;
    if (gh_json_parse(&q->j, call->a, call->body, &err) != GH_OK) {
        (void)gh_call_bad(call, &err, GH_STR(""));
        return;
    }
    if (gh_json_opt_bool(&q->wants_applied_only, &q->j, 0, "appliedPoliciesOnly") != GH_OK) {
        (void)bad(q, "appliedPoliciesOnly is true or false.", GH_STR(""));
        return;
    }
    if (!read_identity(q))
        return;
    q->base = (struct gh_cond_call){.snap = &call->view->snap, .caller = q->caller, .now_ms = gh_call_now(call)};
    if (read_conditions(q) && read_context(q) && judge(q))
        gh_door_list(call, GH_RESOURCE_COND_POLICY, put_judged, q);
}

static const struct gh_door_row rows[] = {
    {GH_SURFACE_GRAPH, GH_METHOD_POST, "/identity/conditionalAccess/evaluate", evaluate},
};
const struct gh_door_table gh_door_evaluate = {rows, sizeof(rows) / sizeof(rows[0])};
