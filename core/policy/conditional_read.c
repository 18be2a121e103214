/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: whom, what, from where, how. */
#include "policy/conditional_int.h"
#include "policy/resource.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { TEXT_MAX = 256 };

/* ---- shared ---- */

enum gh_rc
gh_cond_bad(const struct gh_cond_reader *r, gh_json_ref v, const char *what)
{
    return gh_fail(r->err, GH_BAD, v == GH_JSON_NO ? 0 : r->json->nodes[v].at, what);
}

bool
gh_cond_is_nothing(const struct gh_cond_reader *r, gh_json_ref v)
{
    enum gh_json_type type = gh_json_type(r->json, v);

    if (type == GH_JSON_OBJECT || type == GH_JSON_ARRAY)
        return gh_json_first(r->json, v) == GH_JSON_NO;
    if (type == GH_JSON_STRING)
        return gh_json_raw(r->json, v).n == 2; /* "" */
    return type == GH_JSON_NONE || type == GH_JSON_NULL || type == GH_JSON_FALSE;
}

enum gh_rc
gh_cond_walk(struct gh_cond_reader *r, gh_json_ref object, const struct gh_cond_member *members, size_t n, const char *unknown)
{
    struct gh_str key;
    enum gh_rc rc;

    if (gh_json_type(r->json, object) != GH_JSON_OBJECT)
        return gh_cond_bad(r, object, "an object is expected");
    for (gh_json_ref v = gh_json_first(r->json, object); v != GH_JSON_NO; v = gh_json_next(r->json, object, v)) {
        size_t i = 0;
        if ((rc = gh_json_key(&key, r->arena, r->json, v)) != GH_OK)
            return gh_fail(r->err, rc, 0, "the name of a member could not be read");
        if (gh_str_find(key, GH_STR("@odata.")) != SIZE_MAX)
            continue;
        while (i < n && !gh_str_eq(key, gh_str_z(members[i].name)))
            i++;
        if (i == n)
            return gh_cond_bad(r, v, unknown);
        if (gh_cond_is_nothing(r, v))
            continue;
        if (members[i].refuses != NULL)
            return gh_cond_bad(r, v, members[i].refuses);
        if (members[i].read != NULL && (rc = members[i].read(r, v)) != GH_OK)
            return rc;
    }
    return GH_OK;
}

enum gh_rc
gh_cond_text(struct gh_str *out, const struct gh_cond_reader *r, gh_json_ref v, size_t max)
{
    enum gh_rc rc = gh_json_str(out, r->arena, r->json, v);

    if (rc != GH_OK)
        return rc == GH_NOMEM ? rc : gh_cond_bad(r, v, "a text is expected");
    if (out->n == 0 || out->n > max)
        return gh_cond_bad(r, v, "a text is empty or too long");
    for (size_t i = 0; i < out->n; i++)
        if ((unsigned char)out->p[i] < 0x20 || out->p[i] == 0x7f)
            return gh_cond_bad(r, v, "a text has control characters");
    return GH_OK;
}

enum gh_rc
gh_cond_add(struct gh_cond_list *l, const struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    if (l->p == NULL && (l->p = gh_arena_take_array(r->arena, GH_COND_NAMES_MAX, sizeof(*l->p))) == NULL)
        return gh_fail(r->err, GH_NOMEM, 0, "no memory");
    if (l->n == GH_COND_NAMES_MAX)
        return gh_fail(r->err, GH_LIMIT, r->json->nodes[v].at, "too many names in one policy");
    l->p[l->n++] = s;
    return GH_OK;
}

enum gh_rc
gh_cond_each_text(
    struct gh_cond_reader *r, gh_json_ref list, enum gh_rc (*one)(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s))
{
    struct gh_str s;
    enum gh_rc rc = GH_OK;

    if (gh_json_type(r->json, list) != GH_JSON_ARRAY)
        return gh_cond_bad(r, list, "a list is expected");
    for (gh_json_ref v = gh_json_first(r->json, list); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(r->json, list, v))
        if ((rc = gh_cond_text(&s, r, v, TEXT_MAX)) == GH_OK)
            rc = one(r, v, s);
    return rc;
}

static bool
is_path(struct gh_str s, enum gh_resource type)
{
    struct gh_resource_path p;

    return gh_resource_find(&p, s) == GH_OK && !p.is_collection && p.type == type;
}

/* "x" -> "/identities/x"; what is a path or of an issuer stays. */
static enum gh_rc
add_principal(
    struct gh_cond_list *l, struct gh_cond_reader *r, gh_json_ref v, struct gh_str s, struct gh_str prefix, enum gh_resource type)
{
    struct gh_buf b;

    if (s.p[0] == '/' ? is_path(s, type) : gh_str_chr(s, ':') != SIZE_MAX && gh_str_chr(s, ':') > 0)
        return gh_cond_add(l, r, v, s);
    if (!gh_resource_name_is_valid(s))
        return gh_cond_bad(r, v, "neither a name, a path nor issuer:subject");
    gh_buf_init(&b, r->arena, prefix.n + s.n);
    gh_buf_put(&b, prefix);
    gh_buf_put(&b, s);
    return b.rc == GH_OK ? gh_cond_add(l, r, v, gh_buf_str(&b)) : b.rc;
}

/* ---- users ---- */

static enum gh_rc
include_user(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    if (gh_str_eq(s, GH_STR("None")))
        return GH_OK;
    if (gh_str_eq(s, GH_STR("GuestsOrExternalUsers")))
        return gh_cond_bad(r, v, "GuestsOrExternalUsers is not supported: nothing here tells guests");
    r->policy->flags |= GH_COND_HAS_USERS;
    if (gh_str_eq(s, GH_STR("All"))) {
        r->policy->flags |= GH_COND_HAS_ALL_USERS;
        return GH_OK;
    }
    return add_principal(&r->policy->users, r, v, s, GH_STR("/identities/"), GH_RESOURCE_IDENTITY);
}

static enum gh_rc
exclude_user(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    if (gh_str_eq(s, GH_STR("All")) || gh_str_eq(s, GH_STR("GuestsOrExternalUsers")))
        return gh_cond_bad(r, v, "excludeUsers takes users by name alone");
    return add_principal(&r->policy->not_users, r, v, s, GH_STR("/identities/"), GH_RESOURCE_IDENTITY);
}

static enum gh_rc
include_group(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    r->policy->flags |= GH_COND_HAS_USERS | GH_COND_HAS_GROUPS;
    return add_principal(&r->policy->users, r, v, s, GH_STR("/groups/"), GH_RESOURCE_GROUP);
}

static enum gh_rc
exclude_group(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    return add_principal(&r->policy->not_users, r, v, s, GH_STR("/groups/"), GH_RESOURCE_GROUP);
}

/* A role by its id, as assignments name it. */
static enum gh_rc
add_role(struct gh_cond_list *l, struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    struct gh_str prefix = GH_STR("/roleDefinitions/");

    if (gh_str_starts(s, prefix))
        s = gh_str_sub(s, prefix.n, SIZE_MAX);
    return gh_resource_name_is_valid(s) ? gh_cond_add(l, r, v, s) : gh_cond_bad(r, v, "not the id of a role");
}

static enum gh_rc
include_role(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    r->policy->flags |= GH_COND_HAS_USERS;
    return add_role(&r->policy->roles, r, v, s);
}

static enum gh_rc
exclude_role(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    return add_role(&r->policy->not_roles, r, v, s);
}

LIST_OF(include_user)
LIST_OF(exclude_user)
LIST_OF(include_group)
LIST_OF(exclude_group)
LIST_OF(include_role)
LIST_OF(exclude_role)

static enum gh_rc
read_users(struct gh_cond_reader *r, gh_json_ref v)
{
    static const char guests[] = "guests are not supported: nothing here tells them";
    static const struct gh_cond_member members[] = {
        {"includeUsers", include_users, NULL},
        {"excludeUsers", exclude_users, NULL},
        {"includeGroups", include_groups, NULL},
        {"excludeGroups", exclude_groups, NULL},
        {"includeRoles", include_roles, NULL},
        {"excludeRoles", exclude_roles, NULL},
        {"includeGuestsOrExternalUsers", NULL, guests},
        {"excludeGuestsOrExternalUsers", NULL, guests},
    };

    return gh_cond_walk(r, v, members, COUNT(members), "users has a member that is not known here");
}

/* ---- workloads ---- */

static enum gh_rc
include_workload(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    if (gh_str_eq(s, GH_STR("None")))
        return GH_OK;
    r->policy->flags |= GH_COND_HAS_WORKLOADS;
    if (gh_str_eq(s, GH_STR("ServicePrincipalsInMyTenant"))) {
        r->policy->flags |= GH_COND_HAS_ALL_WORKLOADS;
        return GH_OK;
    }
    return add_principal(&r->policy->workloads, r, v, s, GH_STR("/identities/"), GH_RESOURCE_IDENTITY);
}

static enum gh_rc
exclude_workload(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    return add_principal(&r->policy->not_workloads, r, v, s, GH_STR("/identities/"), GH_RESOURCE_IDENTITY);
}

LIST_OF(include_workload)
LIST_OF(exclude_workload)

static enum gh_rc
read_workloads(struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {
        {"includeServicePrincipals", include_workloads, NULL},
        {"excludeServicePrincipals", exclude_workloads, NULL},
        {"servicePrincipalFilter", NULL, "servicePrincipalFilter is not supported: workloads have no custom attributes here"},
        {"includeAgentIdServicePrincipals", NULL, "includeAgentIdServicePrincipals is not supported"},
        {"excludeAgentIdServicePrincipals", NULL, "excludeAgentIdServicePrincipals is not supported"},
        {"agentIdServicePrincipalFilter", NULL, "agentIdServicePrincipalFilter is not supported"},
    };

    return gh_cond_walk(r, v, members, COUNT(members), "clientApplications has a member that is not known here");
}

/* ---- applications ---- */

/* Words and well-known ids, and what of ours they are (the contract in conditional.h). */
static const struct {
    const char *word;
    uint64_t targets;
} applications[] = {
    {"None", 0},
    {"All", GH_COND_ALL},
    {"MicrosoftAdminPortals", GH_COND_MANAGEMENT | GH_COND_ARM | GH_COND_GRAPH},
    {"797f4846-ba00-4fd7-ba43-dac1f8f63013", GH_COND_MANAGEMENT | GH_COND_ARM},
    {"00000003-0000-0000-c000-000000000000", GH_COND_GRAPH},
    {"7d312290-28c8-473c-a0ed-8e53749b6d6d", GH_COND_MODELS},
};

bool
gh_cond_application(uint64_t *targets, bool *is_path, struct gh_str s)
{
    struct gh_resource_path p;

    *targets = 0;
    *is_path = s.n > 0 && s.p[0] == '/' && gh_resource_find(&p, s) == GH_OK && gh_str_eq(p.path, s) && !p.is_collection &&
               (p.type == GH_RESOURCE_WORKSPACE || p.type == GH_RESOURCE_ENDPOINT);
    for (size_t i = 0; i < COUNT(applications); i++)
        if (gh_str_eq_ci(s, gh_str_z(applications[i].word))) {
            *targets = applications[i].targets;
            return true;
        }
    return *is_path;
}

static enum gh_rc
add_application(uint64_t *targets, struct gh_cond_list *paths, struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    uint64_t found;
    bool is_path;

    if (!gh_cond_application(&found, &is_path, s))
        return gh_cond_bad(r, v,
            "an application is All, None, MicrosoftAdminPortals, a known id of Microsoft's, or the path of a workspace or an "
            "endpoint");
    *targets |= found;
    return is_path ? gh_cond_add(paths, r, v, s) : GH_OK;
}

static enum gh_rc
include_application(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    return add_application(&r->policy->targets, &r->policy->paths, r, v, s);
}

static enum gh_rc
exclude_application(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    if (gh_str_eq_ci(s, GH_STR("All")))
        return gh_cond_bad(r, v, "excludeApplications takes applications by name alone");
    return add_application(&r->policy->not_targets, &r->policy->not_paths, r, v, s);
}

/* c1 to c99, as Entra ID names them. */
static enum gh_rc
include_context(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    uint64_t number;

    if (s.p[0] != 'c' || gh_str_u64(&number, gh_str_sub(s, 1, SIZE_MAX), 99) != GH_OK || number == 0)
        return gh_cond_bad(r, v, "an authentication context is c1 to c99");
    r->policy->flags |= GH_COND_HAS_CONTEXTS;
    return gh_cond_add(&r->policy->contexts, r, v, s);
}

LIST_OF(include_application)
LIST_OF(exclude_application)
LIST_OF(include_context)

static enum gh_rc
read_applications(struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {
        {"includeApplications", include_applications, NULL},
        {"excludeApplications", exclude_applications, NULL},
        {"includeAuthenticationContextClassReferences", include_contexts, NULL},
        {"includeUserActions", NULL, "includeUserActions is not supported: nothing is registered here"},
        {"applicationFilter", NULL, "applicationFilter is not supported: applications have no custom attributes here"},
        {"globalSecureAccess", NULL, "globalSecureAccess is not supported"},
        {"networkAccess", NULL, "networkAccess is not supported"},
    };

    return gh_cond_walk(r, v, members, COUNT(members), "applications has a member that is not known here");
}

/* ---- risk, flows ---- */

static enum gh_rc
add_risk(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s, unsigned shift)
{
    for (unsigned i = 0; i < GH_RISK_LEVELS; i++)
        if (gh_str_eq(s, gh_str_z(gh_risk_names[i]))) {
            r->policy->risks |= UINT64_C(1) << (i + shift);
            return GH_OK;
        }
    return gh_cond_bad(r, v, "a level of risk is none, low, medium or high");
}

static enum gh_rc
one_user_risk(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    return add_risk(r, v, s, 0);
}

static enum gh_rc
one_sign_in_risk(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    return add_risk(r, v, s, 8);
}

static enum gh_rc
one_workload_risk(struct gh_cond_reader *r, gh_json_ref v, struct gh_str s)
{
    return add_risk(r, v, s, 16);
}

LIST_OF(one_user_risk)
LIST_OF(one_sign_in_risk)
LIST_OF(one_workload_risk)

/* "deviceCodeFlow,authenticationTransfer", as Graph writes flags. */
static enum gh_rc
transfer_methods(struct gh_cond_reader *r, gh_json_ref v)
{
    const uint64_t flows = GH_PROOF_BIT(DEVICE_CODE) | GH_PROOF_BIT(TRANSFER);
    struct gh_str rest, word;
    enum gh_rc rc = gh_cond_text(&rest, r, v, TEXT_MAX);

    while (rc == GH_OK && gh_str_cut(&word, &rest, ',')) {
        uint64_t bit = gh_proof_find(word) & flows;
        if (bit == 0 && !gh_str_eq(word, GH_STR("none")))
            return gh_cond_bad(r, v, "transferMethods has deviceCodeFlow, authenticationTransfer or none");
        r->policy->flows |= bit;
    }
    return rc;
}

static enum gh_rc
read_flows(struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {{"transferMethods", transfer_methods, NULL}};

    return gh_cond_walk(r, v, members, COUNT(members), "authenticationFlows has a member that is not known here");
}

/* ---- the policy ---- */

static enum gh_rc
read_conditions(struct gh_cond_reader *r, gh_json_ref v)
{
    static const struct gh_cond_member members[] = {
        {"users", read_users, NULL},
        {"clientApplications", read_workloads, NULL},
        {"applications", read_applications, NULL},
        {"clientAppTypes", gh_cond_read_clients, NULL},
        {"platforms", gh_cond_read_platforms, NULL},
        {"locations", gh_cond_read_places, NULL},
        {"devices", gh_cond_read_devices, NULL},
        {"userRiskLevels", one_user_risks, NULL},
        {"signInRiskLevels", one_sign_in_risks, NULL},
        {"servicePrincipalRiskLevels", one_workload_risks, NULL},
        {"authenticationFlows", read_flows, NULL},
        {"times", gh_cond_read_times, NULL},
        {"insiderRiskLevels", NULL, "insiderRiskLevels is not supported: nothing here computes it"},
        {"agentIdRiskLevels", NULL, "agentIdRiskLevels is not supported: nothing here computes it"},
        {"agents", NULL, "agents is not supported"},
        {"deviceStates", NULL, "deviceStates is not supported: use devices.deviceFilter"},
    };

    return gh_cond_walk(r, v, members, COUNT(members), "conditions has a member that is not known here");
}

static enum gh_rc
read_name(struct gh_cond_reader *r, gh_json_ref v)
{
    return gh_cond_text(&r->policy->name, r, v, TEXT_MAX);
}

static enum gh_rc
read_state(struct gh_cond_reader *r, gh_json_ref v)
{
    static const char *const words[] = {
        [GH_COND_DISABLED] = "disabled", [GH_COND_ENABLED] = "enabled", [GH_COND_REPORTING] = "enabledForReportingButNotEnforced"};
    struct gh_str s;
    enum gh_rc rc = gh_cond_text(&s, r, v, TEXT_MAX);

    for (unsigned i = 0; rc == GH_OK && i < COUNT(words); i++)
        if (gh_str_eq(s, gh_str_z(words[i]))) {
            r->policy->state = (enum gh_cond_state)i;
            return GH_OK;
        }
    return rc == GH_OK ? gh_cond_bad(r, v, "state is enabled, disabled or enabledForReportingButNotEnforced") : rc;
}

/* What no single member says. */
static enum gh_rc
check_whole(const struct gh_cond_reader *r, gh_json_ref root)
{
    const struct gh_cond_policy *p = r->policy;
    bool is_for_users = (p->flags & GH_COND_HAS_USERS) != 0, is_for_workloads = (p->flags & GH_COND_HAS_WORKLOADS) != 0;

    if (p->name.n == 0 || gh_json_get(r->json, root, GH_STR("state")) == GH_JSON_NO)
        return gh_cond_bad(r, root, "a policy has a displayName and a state");
    if (!is_for_users && !is_for_workloads)
        return gh_cond_bad(r, root, "a policy is for somebody: conditions.users or conditions.clientApplications");
    if (is_for_users && is_for_workloads)
        return gh_cond_bad(r, root, "a policy is for users or for workloads, not for both");
    if (p->targets == 0 && p->paths.n == 0 && p->contexts.n == 0)
        return gh_cond_bad(r, root, "a policy is for something: conditions.applications");
    if ((p->targets != 0 || p->paths.n > 0) && p->contexts.n > 0)
        return gh_cond_bad(r, root, "a policy is for applications or for authentication contexts, not for both");
    if ((p->flags & GH_COND_HAS_BLOCK) == 0 && p->grants == 0 && p->strength.n == 0 && p->max_age_s == 0)
        return gh_cond_bad(r, root, "a policy asks for something: grantControls or sessionControls");
    if (is_for_workloads && ((p->flags & GH_COND_HAS_BLOCK) == 0 || p->max_age_s > 0))
        return gh_cond_bad(r, root, "a policy for workloads can only block");
    if (is_for_workloads && (p->risks & 0xffff) != 0)
        return gh_cond_bad(r, root, "the risk of workloads is servicePrincipalRiskLevels");
    return is_for_users && p->risks >> 16 != 0 ? gh_cond_bad(r, root, "servicePrincipalRiskLevels is for workloads") : GH_OK;
}

enum gh_rc
gh_cond_policy_read(struct gh_cond_policy *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref policy, struct gh_err *err)
{
    static const struct gh_cond_member members[] = {
        {"displayName", read_name, NULL},
        {"state", read_state, NULL},
        {"conditions", read_conditions, NULL},
        {"grantControls", gh_cond_read_grants, NULL},
        {"sessionControls", gh_cond_read_session, NULL},
        {"id", NULL, NULL},
        {"description", NULL, NULL},
        {"templateId", NULL, NULL},
        {"createdDateTime", NULL, NULL},
        {"modifiedDateTime", NULL, NULL},
        {"deletedDateTime", NULL, NULL},
        {"partialEnablementStrategy", NULL, "partialEnablementStrategy is not supported"},
    };
    struct gh_cond_reader r = {a, j, err, out};
    enum gh_rc rc;

    *out = (struct gh_cond_policy){.state = GH_COND_DISABLED};
    rc = gh_cond_walk(&r, policy, members, COUNT(members), "a policy has a member that is not known here");
    if ((out->clients & UINT64_C(1) << 63) != 0)
        out->clients = 0; /* all */
    return rc == GH_OK ? check_whole(&r, policy) : rc;
}
