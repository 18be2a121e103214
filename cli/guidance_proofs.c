/* SPDX-License-Identifier: Apache-2.0 */
/* cli/guidance: proofs about identity, access, secrets and networks. Those about calls and records stand in guidance_calls.c. */
#include "cli/guidance_proofs.h"

#include <strings.h>

#include "cli/guidance_int.h"

/* ---- principles ---- */

/* Controls of the newest calls, as the record tells. */
static bool
lacks_identity(const json_t *record)
{
    return !gh_guidance_ran(record, "authentication") || !gh_guidance_ran(record, "authorization");
}

enum gh_standing
gh_guidance_prove_zt_1(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    size_t n = json_array_size(f->calls), n_bad = gh_guidance_count_calls(f, lacks_identity);

    if (f->calls == NULL || n == 0) {
        gh_guidance_proof_say(e, "no call is in the record yet; no route takes a caller without an identity");
        return GH_STANDING_UNTOLD;
    }
    gh_guidance_proof_say(e,
        "of the %zu newest calls %zu were authenticated and authorized, as entry %" JSON_INTEGER_FORMAT " and those before it tell",
        n, n - n_bad, gh_guidance_entry(json_array_get(f->calls, 0)));
    return n_bad == 0 ? GH_STANDING_IN_FORCE : GH_STANDING_NOT;
}

static bool
is_standing_administrator(const json_t *assignment)
{
    static const char *const roles[] = {"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168", "Owner", "User Access Administrator", "Role Based Access Control Administrator"};
    const char *role = gh_fact_text(assignment, "roleDefinitionId"), *slash = strrchr(role, '/');

    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (strcasecmp(slash == NULL ? role : slash + 1, roles[i]) == 0)
            return true;
    return false;
}

enum gh_standing
gh_guidance_prove_zt_2(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->assignments == NULL)
        return gh_guidance_unseen(e, "role assignments");
    gh_guidance_proof_say(e, "%zu role assignments in all", json_array_size(f->assignments));
    return gh_guidance_proof_name(e, f->assignments, is_standing_administrator, "administrators without an end") > 0
               ? GH_STANDING_PARTLY
               : GH_STANDING_IN_FORCE;
}

enum gh_standing
gh_guidance_prove_zt_3(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    const char *separation = json_string_value(json_object_get(f->status, "separation"));

    if (separation == NULL)
        return gh_guidance_unseen(e, "the status");
    gh_guidance_proof_say(e, "separation of the programs: %s", separation);
    gh_guidance_proof_say(e, "vault: %s; entries in the chain: %" JSON_INTEGER_FORMAT,
        json_string_value(json_object_get(f->status, "vault")) == NULL ? "unknown"
                                                                       : json_string_value(json_object_get(f->status, "vault")),
        json_integer_value(json_object_get(json_object_get(f->status, "audit"), "entries")));
    return strcmp(separation, "full") == 0 ? GH_STANDING_IN_FORCE : GH_STANDING_PARTLY;
}

/* ---- resources and access ---- */

enum gh_standing
gh_guidance_prove_ac_1(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->workspaces == NULL)
        return gh_guidance_unseen(e, "workspaces");
    gh_guidance_proof_say(e, "%zu workspaces with %zu endpoints, %zu deployments, %zu backends, %zu secrets",
        json_array_size(f->workspaces), json_array_size(f->endpoints), json_array_size(f->deployments),
        json_array_size(f->backends), json_array_size(f->secrets));
    return GH_STANDING_IN_FORCE;
}

enum gh_standing
gh_guidance_prove_ac_2(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->assignments == NULL || f->roles == NULL)
        return gh_guidance_unseen(e, "roles and their assignments");
    gh_guidance_proof_say(e, "%zu role definitions, %zu assignments, %zu groups", json_array_size(f->roles),
        json_array_size(f->assignments), json_array_size(f->groups));
    gh_guidance_proof_say(e, "this version has no deny assignments and no conditions: both are refused when they are written");
    return GH_STANDING_PARTLY;
}

/* By id or by name, as an assignment may say either. */
static const struct persona {
    const char *name, *role_id, *role_name;
} personas[] = {
    {"data scientist", "f6c7c914-8db3-469d-8ca1-694a8f32e121", "AzureML Data Scientist"},
    {"AI developer", "64702f94-c441-49e6-a78b-ef80e0188fee", "Azure AI Developer"},
    {"IT administrator", "9eeba23c-ff22-49d2-95a5-fcec7ac49990", "Gatehouse IT Administrator"},
};

static bool
has_persona(const struct gh_facts *f, const struct persona *p, struct gh_guidance_proof *e)
{
    const json_t *a;
    size_t i;

    json_array_foreach(f->assignments, i, a)
    {
        const char *role = gh_fact_text(a, "roleDefinitionId"), *who = gh_fact_text(a, "principalId");

        if ((strstr(role, p->role_id) == NULL && strcasecmp(role, p->role_name) != 0) || strncmp(who, "/groups/", 8) != 0)
            continue;
        gh_guidance_proof_say(e, "%s: %s at %s", p->name, who, gh_fact_text(a, "scope"));
        return true;
    }
    gh_guidance_proof_say(e, "%s: no group has this role", p->name);
    return false;
}

enum gh_standing
gh_guidance_prove_ac_3(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    size_t n = 0;

    if (f->assignments == NULL)
        return gh_guidance_unseen(e, "role assignments");
    for (size_t i = 0; i < sizeof personas / sizeof personas[0]; i++)
        n += has_persona(f, &personas[i], e);
    return n == 3 ? GH_STANDING_IN_FORCE : n > 0 ? GH_STANDING_PARTLY : GH_STANDING_NOT;
}

static bool
is_from_outside(const json_t *issuer)
{
    return strcmp(gh_fact_id(issuer), "/issuers/gatehouse") != 0;
}

enum gh_standing
gh_guidance_prove_ac_4(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->issuers == NULL)
        return gh_guidance_unseen(e, "issuers");
    if (gh_guidance_proof_name(e, f->issuers, is_from_outside, "issuers whose tokens are accepted") > 0)
        return GH_STANDING_IN_FORCE;
    gh_guidance_proof_say(e, "only the installation's own issuer is there");
    return GH_STANDING_NOT;
}

static bool
allows_keys(const json_t *workspace)
{
    return json_is_true(gh_fact(workspace, "allowApiKeys"));
}

enum gh_standing
gh_guidance_prove_ac_5(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    const json_t *key;
    size_t i, n;

    if (f->workspaces == NULL || f->keys == NULL)
        return gh_guidance_unseen(e, "workspaces and their keys");
    n = gh_guidance_proof_name(e, f->workspaces, allows_keys, "workspaces that allow keys");
    json_array_foreach(f->keys, i, key)
    {
        const char *used = json_string_value(json_object_get(key, "lastUsedAt"));

        if (i < GH_PROOF_NAMES_MAX)
            gh_guidance_proof_say(e, "%s of %s until %s, last used %s", gh_fact_id(key), gh_fact_text(key, "owner"),
                gh_fact_text(key, "expires"), used == NULL ? "never" : used);
    }
    gh_guidance_proof_say(e, "%zu keys in all", json_array_size(f->keys));
    return n == 0 && json_array_size(f->keys) == 0 ? GH_STANDING_IN_FORCE : GH_STANDING_PARTLY;
}

enum gh_standing
gh_guidance_prove_ac_6(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    (void)f;
    gh_guidance_proof_say(e, "the identity provider asks for the second factor; this installation cannot see whether it does");
    return GH_STANDING_UNTOLD;
}

static bool
serves_management(const json_t *listener)
{
    const char *kind = gh_fact_text(listener, "kind");

    return strcmp(kind, "administration") == 0;
}

static bool
serves_both(const json_t *listener)
{
    return strcmp(gh_fact_text(listener, "kind"), "combined") == 0;
}

enum gh_standing
gh_guidance_prove_ac_8(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->listeners == NULL)
        return gh_guidance_unseen(e, "listeners");
    size_t n_own = gh_guidance_proof_name(e, f->listeners, serves_management, "listeners for administration alone");
    size_t n_both = gh_guidance_proof_name(e, f->listeners, serves_both, "listeners that serve models and management");

    gh_guidance_proof_say(e, "tokens of the own issuer end after an hour at most; each administrative act is a record");
    return n_own > 0 && n_both == 0 ? GH_STANDING_IN_FORCE : GH_STANDING_PARTLY;
}

static bool
has_end(const json_t *assignment)
{
    return gh_fact_text(assignment, "endDateTime")[0] != '\0';
}

static bool
is_endless_administrator(const json_t *assignment)
{
    return is_standing_administrator(assignment) && !has_end(assignment);
}

enum gh_standing
gh_guidance_prove_ac_7(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->eligibilities == NULL || f->assignments == NULL)
        return gh_guidance_unseen(e, "eligibilities and role assignments");
    gh_guidance_proof_say(
        e, "%zu eligibilities, %zu requests so far", json_array_size(f->eligibilities), json_array_size(f->requests));
    (void)gh_guidance_proof_name(e, f->assignments, has_end, "assignments that end by themselves");
    size_t n = gh_guidance_proof_name(e, f->assignments, is_endless_administrator, "administrators without an end");
    if (json_array_size(f->eligibilities) == 0)
        return GH_STANDING_NOT;
    return n > 1 ? GH_STANDING_PARTLY : GH_STANDING_IN_FORCE; /* one must stay, for the day on which nothing else works */
}

static bool
names_all(const json_t *policy, const char *condition, const char *list)
{
    const json_t *names = json_object_get(json_object_get(gh_fact(policy, "conditions"), condition), list);
    const json_t *name;
    size_t i;

    json_array_foreach(names, i, name) if (json_is_string(name) && strcmp(json_string_value(name), "All") == 0) return true;
    return false;
}

static bool
is_enforced(const json_t *policy)
{
    return strcmp(gh_fact_text(policy, "state"), "enabled") == 0;
}

static bool
is_for_everybody(const json_t *policy)
{
    return is_enforced(policy) && names_all(policy, "users", "includeUsers") &&
           names_all(policy, "applications", "includeApplications");
}

enum gh_standing
gh_guidance_prove_ac_9(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->conditions == NULL)
        return gh_guidance_unseen(e, "policies of conditional access");
    gh_guidance_proof_say(e, "%zu policies of conditional access", json_array_size(f->conditions));
    size_t n_enforced = gh_guidance_proof_name(e, f->conditions, is_enforced, "policies that are enforced");
    size_t n_for_all = gh_guidance_proof_name(e, f->conditions, is_for_everybody, "of which for everybody and everything");

    if (n_enforced == 0)
        return GH_STANDING_NOT;
    return n_for_all > 0 ? GH_STANDING_IN_FORCE : GH_STANDING_PARTLY;
}

/* One that comes again and covers everything that was given. */
static bool
is_regular(const json_t *review)
{
    const char *scope = gh_fact_text(review, "scope");

    return gh_fact_text(review, "recurrence")[0] != '\0' && (scope[0] == '\0' || strcmp(scope, "/") == 0) &&
           !json_is_false(gh_fact(review, "enabled"));
}

enum gh_standing
gh_guidance_prove_ac_10(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->reviews == NULL)
        return gh_guidance_unseen(e, "access reviews");
    gh_guidance_proof_say(
        e, "every use is counted by caller, assignment and key; `gatehouse access recommend` shows what was not used");
    gh_guidance_proof_say(e, "%zu access reviews are defined", json_array_size(f->reviews));
    if (gh_guidance_proof_name(e, f->reviews, is_regular, "of everything, regularly") > 0)
        return GH_STANDING_IN_FORCE;
    return json_array_size(f->reviews) > 0 ? GH_STANDING_PARTLY : GH_STANDING_NOT;
}

enum gh_standing
gh_guidance_prove_ac_12(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->status == NULL)
        return gh_guidance_unseen(e, "the status");
    gh_guidance_proof_say(e,
        "generation %" JSON_INTEGER_FORMAT " is published; running streams are asked again when a newer one comes, and each second",
        json_integer_value(json_object_get(f->status, "generation")));
    return GH_STANDING_IN_FORCE;
}

/* ---- secrets ---- */

enum gh_standing
gh_guidance_prove_se_1(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    const char *vault = json_string_value(json_object_get(f->status, "vault"));

    if (f->secrets == NULL || vault == NULL)
        return gh_guidance_unseen(e, "secrets and the state of the vault");
    gh_guidance_proof_say(e, "vault: %s; %zu secrets", vault, json_array_size(f->secrets));
    gh_guidance_proof_say(e, "this version has no soft delete, no expiry and no rotation of secrets");
    return strcmp(vault, "up") == 0 ? GH_STANDING_PARTLY : GH_STANDING_NOT;
}

static bool
holds_no_secret(const json_t *backend)
{
    return strcmp(gh_fact_text(backend, "auth"), "none") != 0 && gh_fact_text(backend, "secret")[0] == '\0';
}

static bool
names_a_secret(const json_t *backend)
{
    return gh_fact_text(backend, "secret")[0] != '\0';
}

enum gh_standing
gh_guidance_prove_se_2(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->backends == NULL)
        return gh_guidance_unseen(e, "backends");
    gh_guidance_proof_say(e, "%zu backends; no property of one can hold a secret's value", json_array_size(f->backends));
    (void)gh_guidance_proof_name(e, f->backends, names_a_secret, "credential by a secret's name");
    return gh_guidance_proof_name(e, f->backends, holds_no_secret, "backends that authenticate without one") == 0
               ? GH_STANDING_IN_FORCE
               : GH_STANDING_PARTLY;
}

/* ---- networks ---- */

static bool
is_public(const json_t *endpoint)
{
    return strcasecmp(gh_fact_text(endpoint, "publicNetworkAccess"), "Enabled") == 0;
}

static bool
is_open_to_all(const json_t *endpoint)
{
    return is_public(endpoint) && json_array_size(gh_fact(endpoint, "ipRules")) == 0;
}

enum gh_standing
gh_guidance_prove_nw_1(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->endpoints == NULL)
        return gh_guidance_unseen(e, "endpoints");
    size_t n_public = gh_guidance_proof_name(e, f->endpoints, is_public, "published endpoints");

    if (gh_guidance_proof_name(e, f->endpoints, is_open_to_all, "published to every address") > 0)
        return GH_STANDING_PARTLY;
    gh_guidance_proof_say(
        e, "%zu of %zu endpoints are private", json_array_size(f->endpoints) - n_public, json_array_size(f->endpoints));
    return GH_STANDING_IN_FORCE;
}

static bool
leaves_by_list(const json_t *workspace)
{
    const char *mode = json_string_value(json_object_get(gh_fact(workspace, "managedNetwork"), "isolationMode"));

    return mode != NULL && strcasecmp(mode, "AllowOnlyApprovedOutbound") == 0;
}

static bool
leaves_freely(const json_t *workspace)
{
    return !leaves_by_list(workspace);
}

enum gh_standing
gh_guidance_prove_nw_2(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->workspaces == NULL || f->status == NULL)
        return gh_guidance_unseen(e, "workspaces and the status");
    bool is_loopback_open = json_is_true(json_object_get(f->status, "loopbackAllowed"));

    gh_guidance_proof_say(
        e, "metadata addresses and own listeners are never dialled; loopback: %s", is_loopback_open ? "open" : "closed");
    (void)gh_guidance_proof_name(e, f->workspaces, leaves_by_list, "workspaces with approved outbound alone");
    return gh_guidance_proof_name(e, f->workspaces, leaves_freely, "workspaces without a list") > 0 || is_loopback_open
               ? GH_STANDING_PARTLY
               : GH_STANDING_IN_FORCE;
}

enum gh_standing
gh_guidance_prove_nw_3(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    (void)f;
    gh_guidance_proof_say(e, "only a call from outside the gate can tell: run `gatehouse doctor --bypass` where your clients are");
    return GH_STANDING_UNTOLD;
}

static bool
is_pending(const json_t *connection)
{
    const char *state = gh_fact_text(connection, "state");

    return state[0] == '\0' || strcasecmp(state, "Pending") == 0;
}

static bool
is_approved(const json_t *connection)
{
    return strcasecmp(gh_fact_text(connection, "state"), "Approved") == 0;
}

enum gh_standing
gh_guidance_prove_nw_4(const struct gh_facts *f, struct gh_guidance_proof *e)
{
    if (f->connections == NULL)
        return gh_guidance_unseen(e, "private connections");
    (void)gh_guidance_proof_name(e, f->connections, is_approved, "approved");
    (void)gh_guidance_proof_name(e, f->connections, is_pending, "waiting for approval");
    gh_guidance_proof_say(e, "%zu private connections in all", json_array_size(f->connections));
    return GH_STANDING_IN_FORCE;
}
