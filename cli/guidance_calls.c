/* SPDX-License-Identifier: Apache-2.0 */
/* cli/guidance: proofs about calls to models, about what stands in the record, and what all proofs share. */
#include "cli/guidance_int.h"
#include "cli/guidance_proofs.h"
#include "cli/tree.h"

/* ---- shared ---- */

enum gh_standing
gh_guidance_unseen(struct gh_guidance_proof *e, const char *what)
{
    gh_guidance_proof_say(e, "you may not see %s", what);
    return GH_STANDING_UNTOLD;
}

bool
gh_guidance_ran(const json_t *record, const char *control)
{
    const char *result =
        json_string_value(json_object_get(json_object_get(json_object_get(record, "controls"), control), "result"));

    return result != NULL && strncmp(result, "not", 3) != 0;
}

json_int_t
gh_guidance_entry(const json_t *record)
{
    return json_integer_value(json_object_get(record, "n"));
}

size_t
gh_guidance_count_calls(const struct gh_facts *f, gh_fact_test *test)
{
    const json_t *call;
    size_t i, n = 0;

    json_array_foreach(f->calls, i, call) n += test(call);
    return n;
}

/* In force where every endpoint meets the test, partly where some do. */
static enum gh_standing
by_endpoints(const struct gh_facts *f, struct gh_guidance_proof *e, gh_fact_test *meets, const char *what, const char *none)
{
    if (f->endpoints == NULL)
        return gh_guidance_unseen(e, "endpoints");
    size_t n = gh_guidance_proof_name(e, f->endpoints, meets, what), all = json_array_size(f->endpoints);

    if (n == 0)
        gh_guidance_proof_say(e, "%s", none);
    else
        gh_guidance_proof_say(e, "%zu of %zu endpoints", n, all);
    return n == 0 ? GH_STANDING_NOT : n == all ? GH_STANDING_IN_FORCE : GH_STANDING_PARTLY;
}

/* ---- the gateway ---- */

/* Surfaces on which the newest calls came: "openai, anthropic". */
static void
say_surfaces(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    gh_auto_json *seen = json_object();
    const json_t *call;
    const char *name;
    json_t *v;
    size_t i;

    json_array_foreach(f->calls, i, call)
    {
        if ((name = json_string_value(json_object_get(call, "surface"))) != NULL)
            (void)json_object_set_new(seen, name, json_true());
    }
    json_object_foreach(seen, name, v) gh_guidance_proof_say(e, "calls came on the surface %s", name);
}

enum gh_standing
gh_guidance_prove_gw_1(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->endpoints == NULL)
        return gh_guidance_unseen(e, "endpoints");
    gh_guidance_proof_say(e, "%zu endpoints with %zu deployments", json_array_size(f->endpoints), json_array_size(f->deployments));
    say_surfaces(f, e);
    return json_array_size(f->endpoints) > 0 ? GH_STANDING_IN_FORCE : GH_STANDING_NOT;
}

static bool
takes_no_tokens(const json_t *endpoint)
{
    return json_is_false(gh_fact(endpoint, "allowTokens"));
}

enum gh_standing
gh_guidance_prove_gw_2(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->endpoints == NULL)
        return gh_guidance_unseen(e, "endpoints");
    gh_guidance_proof_say(e, "no endpoint answers without a key or a token");
    (void)gh_guidance_proof_name(e, f->endpoints, takes_no_tokens, "endpoints that take keys alone");
    return GH_STANDING_IN_FORCE;
}

/* What a member's backend speaks; "" if it cannot be seen. */
static const char *
dialect_of(const struct gh_facts *f, const json_t *deployment, const json_t *member)
{
    const char *name = json_string_value(json_object_get(member, "backend")), *id = gh_fact_id(deployment),
               *end = strstr(id, "/endpoints/");
    const json_t *backend;
    char path[512];
    size_t i;

    (void)snprintf(path, sizeof path, "%.*s/backends/%s", end == NULL ? 0 : (int)(end - id), id, name == NULL ? "" : name);
    json_array_foreach(f->backends, i, backend) if (strcmp(gh_fact_id(backend), path) == 0) return gh_fact_text(backend, "dialect");
    return "";
}

/* Two members that could stand in for each other: they speak the same. */
static bool
has_stand_in(const struct gh_facts *f, const json_t *deployment)
{
    const json_t *members = gh_fact(deployment, "backends"), *x, *y;
    size_t i, k;

    json_array_foreach(members, i, x) json_array_foreach(
        members, k, y) if (k > i && strcmp(dialect_of(f, deployment, x), dialect_of(f, deployment, y)) == 0) return true;
    return false;
}

enum gh_standing
gh_guidance_prove_gw_4(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    const json_t *deployment;
    size_t i, n = 0;

    if (f->deployments == NULL || f->backends == NULL)
        return gh_guidance_unseen(e, "deployments and their backends");
    json_array_foreach(f->deployments, i, deployment)
    {
        bool is_pool = has_stand_in(f, deployment);

        if (is_pool && n++ < GH_PROOF_NAMES_MAX)
            gh_guidance_proof_say(e, "more than one backend: %s", gh_fact_id(deployment));
    }

    gh_guidance_proof_say(e, "%zu of %zu deployments could go on without their first backend", n, json_array_size(f->deployments));
    return n == 0 ? GH_STANDING_NOT : n == json_array_size(f->deployments) ? GH_STANDING_IN_FORCE : GH_STANDING_PARTLY;
}

static bool
tells_usage(const json_t *call)
{
    return json_object_get(call, "output_tokens") != NULL;
}

enum gh_standing
gh_guidance_prove_gw_5(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->calls == NULL)
        return gh_guidance_unseen(e, "records of calls");
    gh_guidance_proof_say(e, "%zu of the %zu newest calls have their tokens in the record; exports as OCSF, CEF and JSON Lines",
        gh_guidance_count_calls(f, tells_usage), json_array_size(f->calls));
    gh_guidance_proof_say(e, "this version counts no money and sends no metrics");
    return GH_STANDING_PARTLY;
}

static bool
is_scoring(const json_t *backend)
{
    return strcmp(gh_fact_text(backend, "dialect"), "scoring") == 0;
}

enum gh_standing
gh_guidance_prove_gw_7(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->backends == NULL)
        return gh_guidance_unseen(e, "backends");
    if (gh_guidance_proof_name(e, f->backends, is_scoring, "backends that score") > 0)
        return GH_STANDING_IN_FORCE;
    gh_guidance_proof_say(
        e, "no backend that scores is there; endpoints answer /score, /invocations and /v2/models/NAME/infer for one");
    return GH_STANDING_NOT;
}

/* ---- applications of language models ---- */

/* What the property does not say is blocked; a kind whose every act is weaker does not count. */
static bool
blocks(const json_t *endpoint, const char *kind)
{
    const json_t *shield = gh_fact(endpoint, "shield"), *act = json_object_get(json_object_get(shield, kind), "action");

    return json_is_object(shield) && (!json_is_string(act) || strcmp(json_string_value(act), "block") == 0);
}

static bool
has_shield(const json_t *endpoint)
{
    return blocks(endpoint, "user") && blocks(endpoint, "document") && blocks(endpoint, "toolOutput");
}

static bool
marks_documents(const json_t *endpoint)
{
    const char *way = json_string_value(json_object_get(gh_fact(endpoint, "shield"), "spotlight"));

    return has_shield(endpoint) && way != NULL && strcmp(way, "off") != 0;
}

enum gh_standing
gh_guidance_prove_mo_2(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    return by_endpoints(f, e, has_shield, "endpoints whose shield blocks attacks of users, documents and tools",
        "no endpoint has a shield that blocks: set \"shield\": {}");
}

/* Blocking is half of it: what gets through is still marked as data. */
enum gh_standing
gh_guidance_prove_ll_1(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->endpoints == NULL)
        return gh_guidance_unseen(e, "endpoints");
    size_t shielded = gh_guidance_proof_name(e, f->endpoints, has_shield, "endpoints with a shield that blocks");
    size_t marking =
        gh_guidance_proof_name(e, f->endpoints, marks_documents, "endpoints that also mark what documents and tools say");

    if (shielded == 0)
        gh_guidance_proof_say(e, "no endpoint has a shield that blocks");
    return shielded == 0 ? GH_STANDING_NOT : marking == json_array_size(f->endpoints) ? GH_STANDING_IN_FORCE : GH_STANDING_PARTLY;
}

/* What the endpoint does about this type in answers; what it does not say is as policy/dlp_policy.h has it: `otherwise`. */
static bool
changes(const json_t *endpoint, const char *type, bool otherwise)
{
    const json_t *dlp = json_object_get(endpoint, "dlp"), *acts = json_object_get(dlp, "output");
    const char *act = json_string_value(json_object_get(acts, type)), *all = json_string_value(json_object_get(acts, "all"));

    if (!json_is_object(dlp))
        return false;
    act = act != NULL ? act : all;
    return act == NULL ? otherwise : strcmp(act, "redact") == 0 || strcmp(act, "cut") == 0 || strcmp(act, "block") == 0;
}

static bool
guards_answers(const json_t *endpoint)
{
    return changes(endpoint, "provider_key", true) && changes(endpoint, "private_key", true) &&
           changes(endpoint, "instructions", true);
}

static bool
guards_links(const json_t *endpoint)
{
    return changes(endpoint, "exfil_link", true) && changes(endpoint, "hidden_text", true);
}

static bool
lists_terms(const json_t *endpoint)
{
    return json_array_size(json_object_get(json_object_get(endpoint, "dlp"), "blockList")) > 0 &&
           changes(endpoint, "blocked_term", true);
}

enum gh_standing
gh_guidance_prove_mo_3(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    return by_endpoints(f, e, guards_answers,
        "endpoints whose answers are cut or changed before secrets and their own instructions",
        "no endpoint has an output guard: set \"dlp\": {}");
}

/* Terms are half of it: categories want a classifier, and none is there. */
enum gh_standing
gh_guidance_prove_ll_3(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    enum gh_standing standing = by_endpoints(
        f, e, lists_terms, "endpoints with a block list that is enforced", "no endpoint has a block list: set blockList below dlp");

    if (standing != GH_STANDING_IN_FORCE)
        return standing;
    gh_guidance_proof_say(e, "categories are not judged: no classifier of them is configured");
    return GH_STANDING_PARTLY;
}

enum gh_standing
gh_guidance_prove_ll_7(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    return by_endpoints(f, e, guards_links, "endpoints that take links with data and hidden characters out of answers",
        "no endpoint looks for them: set \"dlp\": {}");
}

static bool
owns_instructions(const json_t *endpoint)
{
    return gh_fact_text(endpoint, "systemPrompt")[0] != '\0';
}

enum gh_standing
gh_guidance_prove_ll_2(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    return by_endpoints(f, e, owns_instructions, "endpoints with instructions of their own", "no endpoint has a systemPrompt");
}

static bool
wants_end_user(const json_t *endpoint)
{
    return strcmp(gh_fact_text(endpoint, "endUser"), "required") == 0 || strcmp(gh_fact_text(endpoint, "endUser"), "verified") == 0;
}

enum gh_standing
gh_guidance_prove_ll_4(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    return by_endpoints(f, e, wants_end_user, "endpoints that want to know the end user",
        "no endpoint demands the end user (endUser); what an application tells is recorded");
}

enum gh_standing
gh_guidance_prove_ll_5(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    (void)f;
    gh_guidance_proof_say(e, "ids of stored answers are bound to caller, endpoint and deployment; another caller's are not found");
    return GH_STANDING_IN_FORCE;
}

static bool
lists_tools(const json_t *endpoint)
{
    return json_is_array(gh_fact(endpoint, "allowedTools"));
}

static bool
opens_hosted_tools(const json_t *endpoint)
{
    return json_array_size(gh_fact(endpoint, "hostedTools")) > 0;
}

enum gh_standing
gh_guidance_prove_ll_6(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->endpoints != NULL)
        (void)gh_guidance_proof_name(e, f->endpoints, opens_hosted_tools, "endpoints that let the provider run tools");
    enum gh_standing standing = by_endpoints(f, e, lists_tools, "endpoints with a list of tools",
        "no endpoint lists tools; those that a provider runs are refused all the same");

    return standing == GH_STANDING_NOT ? GH_STANDING_PARTLY : standing;
}

static bool
bounds_answers(const json_t *endpoint)
{
    return gh_fact(endpoint, "maxOutputTokens") != NULL;
}

enum gh_standing
gh_guidance_prove_ll_8(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    enum gh_standing standing =
        by_endpoints(f, e, bounds_answers, "endpoints that bound an answer's tokens", "no endpoint has maxOutputTokens");

    gh_guidance_proof_say(e, "this version bounds single calls; it has no budgets over time");
    return standing == GH_STANDING_IN_FORCE ? GH_STANDING_PARTLY : standing;
}

enum gh_standing
gh_guidance_prove_ll_9(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    (void)f;
    gh_guidance_proof_say(e, "your pipeline is not seen from here: does it run gatehouse redteam run with a --baseline?");
    return GH_STANDING_UNTOLD;
}

/* ---- governance ---- */

enum gh_standing
gh_guidance_prove_go_1(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->assessments == NULL)
        return gh_guidance_unseen(e, "assessments");
    size_t n = json_array_size(f->assessments);
    const json_t *newest = json_array_get(f->assessments, n == 0 ? 0 : n - 1);

    const json_t *report = gh_fact(newest, "report");
    json_int_t failed = json_integer_value(json_object_get(report, "failed"));

    if (n == 0) {
        gh_guidance_proof_say(e, "this installation was never assessed: gatehouse baseline own");
        return GH_STANDING_NOT;
    }
    gh_guidance_proof_say(e, "%s: %" JSON_INTEGER_FORMAT " %% of the weight passed, %" JSON_INTEGER_FORMAT " rules failed",
        gh_fact_id(newest), json_integer_value(json_object_get(report, "scorePercent")), failed);
    return failed == 0 ? GH_STANDING_IN_FORCE : GH_STANDING_PARTLY;
}

enum gh_standing
gh_guidance_prove_go_2(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    const json_t *audit = json_object_get(f->status, "audit");
    json_int_t entries = json_integer_value(json_object_get(audit, "entries")),
               made = json_integer_value(json_object_get(audit, "signed"));
    const char *at = json_string_value(json_object_get(audit, "signedAt"));

    if (audit == NULL)
        return gh_guidance_unseen(e, "the state of the record");
    gh_guidance_proof_say(e,
        "%" JSON_INTEGER_FORMAT " entries, signed up to %" JSON_INTEGER_FORMAT " at %s; alerts: %" JSON_INTEGER_FORMAT, entries,
        made, at == NULL ? "no time" : at, json_integer_value(json_object_get(audit, "alerts")));
    if (json_integer_value(json_object_get(audit, "alerts")) > 0)
        return GH_STANDING_PARTLY;
    return made > 0 ? GH_STANDING_IN_FORCE : GH_STANDING_NOT;
}

enum gh_standing
gh_guidance_prove_go_3(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    const json_t *spool = json_object_get(f->status, "spool");

    if (spool == NULL)
        return gh_guidance_unseen(e, "the state of the spool");
    gh_guidance_proof_say(e, "%" JSON_INTEGER_FORMAT " bytes of records wait for the chain; draining: %s",
        json_integer_value(json_object_get(spool, "pendingBytes")),
        json_is_true(json_object_get(spool, "draining")) ? "yes" : "no");
    return json_is_true(json_object_get(spool, "draining")) ? GH_STANDING_IN_FORCE : GH_STANDING_PARTLY;
}

enum gh_standing
gh_guidance_prove_go_4(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    (void)f;
    gh_guidance_proof_say(e, "command line and API are there and do the same; this version has no console and no metrics");
    return GH_STANDING_PARTLY;
}

enum gh_standing
gh_guidance_prove_go_6(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    (void)f;
    gh_guidance_proof_say(e, "you are reading it");
    return GH_STANDING_IN_FORCE;
}

static bool
is_observing(const json_t *endpoint)
{
    return json_array_size(gh_fact(endpoint, "observeControls")) > 0;
}

enum gh_standing
gh_guidance_prove_go_8(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    const json_t *endpoint;
    size_t i;

    if (f->endpoints == NULL)
        return gh_guidance_unseen(e, "endpoints");
    json_array_foreach(f->endpoints, i, endpoint)
    {
        if (is_observing(endpoint))
            gh_guidance_proof_say(e, "%s only observes until %s", gh_fact_id(endpoint), gh_fact_text(endpoint, "observeUntil"));
    }
    gh_guidance_proof_say(e, "every endpoint can observe for 30 days at most");
    return GH_STANDING_IN_FORCE;
}

static bool
is_backup(const json_t *record)
{
    const char *operation = json_string_value(json_object_get(record, "operation"));

    return operation != NULL && strncmp(operation, "backup", 6) == 0;
}

enum gh_standing
gh_guidance_prove_go_9(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    const json_t *record;
    size_t i;

    if (f->acts == NULL)
        return gh_guidance_unseen(e, "records of administrative acts");
    json_array_foreach(f->acts, i, record)
    {
        const char *time = json_string_value(json_object_get(record, "time"));

        if (!is_backup(record))
            continue;
        gh_guidance_proof_say(e, "newest backup: entry %" JSON_INTEGER_FORMAT " of %s", gh_guidance_entry(record),
            time == NULL ? "unknown time" : time);
        return GH_STANDING_IN_FORCE;
    }
    gh_guidance_proof_say(e, "no backup is among the newest %zu administrative acts", json_array_size(f->acts));
    return GH_STANDING_NOT;
}
