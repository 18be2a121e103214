/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_ai: rules about Azure OpenAI, AI Services, Foundry: accounts, deployments, content filters, projects. How to write a row: rule.h. */
#include "baseline/judge_int.h"
#include "baseline/rule_net.h"
#include "baseline/rule_part.h"

/* The content filter of this name in the deployment's account, or GH_INPUT_NONE. */
static uint32_t
find_filter(const struct gh_judge *j, struct gh_value name)
{
    uint32_t n, account = gh_judge_resource(j)->parent;
    const uint32_t *list = gh_input_of_type(&n, j->in, GH_STR("Microsoft.CognitiveServices/accounts/raiPolicies"));

    for (uint32_t i = 0; i < n; i++) {
        const struct gh_input_resource *r = &j->in->resource[list[i]];
        if (account != GH_INPUT_NONE && r->parent != GH_INPUT_NONE && r->parent != account)
            continue;
        if (gh_value_same(gh_rule_part_last(r->name), name, true) == GH_TRUTH_TRUE)
            return list[i];
    }
    return GH_INPUT_NONE;
}

/* No policy named, one of Microsoft's defaults, or one of the input that blocks harm, jailbreaks and indirect attacks. */
static enum gh_truth
filter_is_strong(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    static const char *const rules[] = {"GH-AIS-030", "GH-AIS-031", "GH-AIS-032"};
    struct gh_value name = gh_rule_part_at(j, c, at);
    enum gh_truth is_default = gh_value_begins(name, GH_STR("Microsoft.Default")), all = GH_TRUTH_TRUE;
    uint32_t filter;

    if (!gh_value_is_set(name) || is_default == GH_TRUTH_TRUE)
        return GH_TRUTH_TRUE;
    if ((filter = find_filter(j, name)) == GH_INPUT_NONE)
        return gh_rule_part_undecided(j, gh_str_z(c->path), "the policy that it names is outside the input");
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        all = gh_rule_part_and(all, gh_judge_rule(j, filter, gh_str_z(rules[i])));
    gh_judge_saw(j, gh_str_z(c->path), name, "a policy that passes GH-AIS-030, 031 and 032");
    if (all == GH_TRUTH_UNKNOWN)
        return gh_rule_part_undecided(j, gh_str_z(c->path), "the policy that it names cannot be reduced");
    return all;
}

/* FORMAT/NAME or NAME is in the configured list. */
static enum gh_truth
model_is_approved(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    const struct gh_config_list *list = gh_config_list(j->config, GH_STR("approvedModels"));
    struct gh_value model = gh_rule_part_at(j, c, at), name = gh_expr_get(j->ev, model, GH_STR("name"));
    struct gh_value format = gh_expr_get(j->ev, model, GH_STR("format"));
    struct gh_buf both;

    gh_judge_saw(j, GH_STR("properties.model.name"), name, "a model of the configured list approvedModels");
    if (list == NULL || name.kind == GH_VALUE_UNKNOWN || name.is_opaque || format.kind == GH_VALUE_UNKNOWN || format.is_opaque)
        return GH_TRUTH_UNKNOWN;
    if (name.kind != GH_VALUE_STR)
        return GH_TRUTH_FALSE;
    gh_buf_init(&both, j->a, 1024);
    gh_buf_put(&both, format.kind == GH_VALUE_STR ? format.s : (struct gh_str){NULL, 0});
    gh_buf_putc(&both, '/');
    gh_buf_put(&both, name.s);
    for (uint32_t i = 0; i < list->n; i++)
        if (gh_str_glob_ci(list->item[i], name.s) || gh_str_glob_ci(list->item[i], gh_buf_str(&both)))
            return GH_TRUTH_TRUE;
    return GH_TRUTH_FALSE;
}

/* A content filter that is there. */
#define FILTER(filter_name, from, words, ...)                                                                                      \
    {                                                                                                                              \
        .op = GH_COND_SOME, .path = "properties.contentFilters", .wanted = filter_name " on " from ": " words,                     \
        .sub = GH_CONDS(GH_IN("name", filter_name), GH_IN("source", from), GH_TRUE("enabled"), ##__VA_ARGS__)                      \
    }
#define ON(filter_name, from)     FILTER(filter_name, from, "enabled")
#define SHIELD(filter_name, from) FILTER(filter_name, from, "enabled and blocking", GH_TRUE("blocking"))
#define HARM(filter_name, from)                                                                                                    \
    FILTER(filter_name, from, "enabled, blocking, severityThreshold Low or Medium", GH_TRUE("blocking"),                           \
        GH_IN("severityThreshold", "Low|Medium"))

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-AIS-001", .title = "API keys off", .severity = GH_SEVERITY_HIGH, .control = "IM-1", .seed = "NOKEY", .well_architected = "SE:05",
        .type = "Microsoft.CognitiveServices/accounts",
        .pass = GH_IF(GH_TRUE("properties.disableLocalAuth", .absent = "false")),
        .fix = "set true", .edit = {{"properties.disableLocalAuth", "true"}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.AI.DisableLocalAuth", '='), GH_CHECKOV("CKV_AZURE_236", '='), GH_POLICY("71ef260a", '='), {0}}},
    {.id = "GH-AIS-002", .title = "Public network access off", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.CognitiveServices/accounts",
        .pass = GH_IF(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Enabled")),
        .fix = "set Disabled", .edit = {{"properties.publicNetworkAccess", "\"Disabled\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.AI.PrivateEndpoints", '='), GH_CHECKOV("CKV_AZURE_134", '='), GH_POLICY("0725b4dd", '='), {0}}},
    {.id = "GH-AIS-003", .title = "Network restricted", .severity = GH_SEVERITY_MEDIUM, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.CognitiveServices/accounts",
        .pass = GH_IF(GH_ANY(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Enabled"), GH_IN("properties.networkAcls.defaultAction", "Deny", .absent = "Allow"))),
        .fix = "deny by default", .edit = {{"properties.networkAcls.defaultAction", "\"Deny\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.AI.PublicAccess", '='), GH_POLICY("037eea7a", '='), {0}}},
    {.id = "GH-AIS-004", .title = "Private endpoint approved", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "PE", .well_architected = "SE:06",
        .type = "Microsoft.CognitiveServices/accounts",
        .pass = GH_IF(GH_ENDPOINT("account")),
        .fix = "add a private endpoint",
        .equal = (const struct gh_equal[]){GH_POLICY("d6759c02", '='), {0}}},
    {.id = "GH-AIS-005", .title = "Managed identity present", .severity = GH_SEVERITY_HIGH, .control = "IM-3", .seed = "MI", .well_architected = "SE:05",
        .type = "Microsoft.CognitiveServices/accounts",
        .pass = GH_IF(GH_IDENTITY),
        .fix = "add an identity", .edit = {{"identity.type", "\"SystemAssigned\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.AI.ManagedIdentity", '~', .guard = GH_IF(GH_IN("kind", "TextAnalytics")), .pass = GH_IF(GH_IDENTITY)),
            GH_CHECKOV("CKV_AZURE_238", '~', .pass = GH_IF(GH_SET("identity.type"))),
            GH_POLICY("fe3fd216", '='), {0}}},
    {.id = "GH-AIS-006", .title = "Customer-managed key", .severity = GH_SEVERITY_MEDIUM, .control = "DP-5", .seed = "CMK", .well_architected = "SE:07",
        .type = "Microsoft.CognitiveServices/accounts",
        .pass = GH_IF(GH_IN("properties.encryption.keySource", "Microsoft.KeyVault")),
        .fix = "set a vault key",
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV2_AZURE_22", 't'), GH_POLICY("67121cc7", '='), {0}}},
    {.id = "GH-AIS-007", .title = "Outbound restricted to a list", .severity = GH_SEVERITY_HIGH, .control = "DP-2", .seed = "OUT", .well_architected = "SE:03",
        .type = "Microsoft.CognitiveServices/accounts",
        .guard = GH_IF(GH_IN("kind", "OpenAI|AIServices")), .guard_why = "for kinds OpenAI and AIServices alone",
        .pass = GH_IF(GH_TRUE("properties.restrictOutboundNetworkAccess", .absent = "false"), GH_EVERY("properties.allowedFqdnList", GH_CALL(gh_rule_net_host, .wanted = "a named host: not *, *.* or a bare suffix such as *.com"))),
        .fix = "set true and list hosts", .edit = {{"properties.restrictOutboundNetworkAccess", "true"}},
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_247", 't'), {0}}},
    {.id = "GH-AIS-008", .title = "Custom subdomain set", .severity = GH_SEVERITY_LOW, .control = "IM-1", .seed = "EPAUTH", .well_architected = "SE:05",
        .type = "Microsoft.CognitiveServices/accounts",
        .pass = GH_IF(GH_SET("properties.customSubDomainName")),
        .fix = "set a subdomain"},
    {.id = "GH-AIS-009", .title = "Resource logs on", .severity = GH_SEVERITY_MEDIUM, .control = "LT-3", .seed = "LOGS", .well_architected = "SE:10",
        .type = "Microsoft.CognitiveServices/accounts",
        .pass = GH_IF(GH_LOGS(NULL)),
        .fix = "add a diagnostic setting",
        .equal = (const struct gh_equal[]){GH_POLICY("1b4d1c4e", '='), {0}}},
    {.id = "GH-AIS-010", .title = "Customer-owned storage", .severity = GH_SEVERITY_LOW, .control = "DP-4", .seed = "CMK", .well_architected = "SE:07",
        .type = "Microsoft.CognitiveServices/accounts",
        .guard = GH_IF(GH_IN("kind", "SpeechServices|TextAnalytics")), .guard_why = "for kinds SpeechServices and TextAnalytics alone",
        .pass = GH_IF(GH_SET("properties.userOwnedStorage")),
        .fix = "attach storage",
        .equal = (const struct gh_equal[]){GH_POLICY("46aa9b05", '~', .pass = GH_IF(GH_SET("properties.userOwnedStorage")), .difference = "asks it of every kind"), {0}}},
    {.id = "GH-AIS-011", .title = "Agents run in their own network", .severity = GH_SEVERITY_MEDIUM, .control = "NS-1", .seed = "MNET", .well_architected = "SE:04",
        .type = "Microsoft.CognitiveServices/accounts",
        .guard = GH_IF(GH_IN("kind", "AIServices"), GH_TRUE("properties.allowProjectManagement"), GH_API_FROM("2025-04-01")), .guard_why = "for AIServices accounts with projects, from apiVersion 2025-04-01-preview on",
        .pass = GH_IF({.op = GH_COND_SOME, .path = "properties.networkInjections", .sub = GH_CONDS(GH_SET("subnetArmId")), .wanted = "an injection with a subnet (subnetArmId)"}),
        .fix = "inject a subnet"},
    {.id = "GH-AIS-020", .title = "Filter policy not weakened", .severity = GH_SEVERITY_HIGH, .control = "AI-2", .seed = "FILTER", .well_architected = "SE:08",
        .type = "Microsoft.CognitiveServices/accounts/deployments",
        .pass = GH_IF(GH_CALL(filter_is_strong, .path = "properties.raiPolicyName", .wanted = "absent, Microsoft.Default*, or a policy of the input that passes GH-AIS-030, 031 and 032")),
        .fix = "name a strong policy",
        .equal = (const struct gh_equal[]){GH_POLICY("930f48f9", '~', .difference = "asks for filters that the assignment names"), {0}}},
    {.id = "GH-AIS-021", .title = "Approved model only", .severity = GH_SEVERITY_HIGH, .control = "AI-1", .seed = "MODEL", .well_architected = "SE:02",
        .type = "Microsoft.CognitiveServices/accounts/deployments",
        .guard = GH_IF(GH_CONFIGURED("approvedModels")), .guard_why = "no approved model is configured (approvedModels)",
        .pass = GH_IF(GH_CALL(model_is_approved, .path = "properties.model")),
        .fix = "deploy an approved model",
        .equal = (const struct gh_equal[]){GH_POLICY("aafe3651", '~', .difference = "the list is a parameter of the assignment; ours is configured"), {0}},
        .note = "an entry is FORMAT/NAME or NAME; * stands for any text"},
    {.id = "GH-AIS-022", .title = "Model version is pinned", .severity = GH_SEVERITY_LOW, .control = "AI-1", .seed = "MODEL", .well_architected = "SE:02",
        .type = "Microsoft.CognitiveServices/accounts/deployments",
        .pass = GH_IF(GH_SET("properties.model.version"), GH_NOT_IN("properties.versionUpgradeOption", "OnceNewDefaultVersionAvailable")),
        .fix = "pin, upgrade on purpose", .edit = {{"properties.versionUpgradeOption", "\"NoAutoUpgrade\""}}},
    {.id = "GH-AIS-030", .title = "Harm filters block both ways", .severity = GH_SEVERITY_HIGH, .control = "AI-2", .seed = "FILTER", .well_architected = "SE:08",
        .type = "Microsoft.CognitiveServices/accounts/raiPolicies",
        .pass = GH_IF(HARM("Hate", "Prompt"),
            HARM("Hate", "Completion"),
            HARM("Sexual", "Prompt"),
            HARM("Sexual", "Completion"),
            HARM("Violence", "Prompt"),
            HARM("Violence", "Completion"),
            HARM("Selfharm", "Prompt"),
            HARM("Selfharm", "Completion")),
        .fix = "block at Medium or lower",
        .equal = (const struct gh_equal[]){GH_POLICY("f3a9c2e0", '~', .difference = "looks at the filters that the assignment names"),
            GH_POLICY("af253d37", '~', .difference = "looks at the filters that the assignment names"), {0}}},
    {.id = "GH-AIS-031", .title = "Jailbreak shield blocks", .severity = GH_SEVERITY_HIGH, .control = "AI-2", .seed = "FILTER", .well_architected = "SE:08",
        .type = "Microsoft.CognitiveServices/accounts/raiPolicies",
        .pass = GH_IF(SHIELD("Jailbreak", "Prompt")),
        .fix = "enable and block",
        .equal = (const struct gh_equal[]){GH_POLICY("f3a9c2e0", '~', .difference = "looks at the filters that the assignment names"), {0}}},
    {.id = "GH-AIS-032", .title = "Indirect-attack shield blocks", .severity = GH_SEVERITY_HIGH, .control = "AI-2", .seed = "FILTER", .well_architected = "SE:08",
        .type = "Microsoft.CognitiveServices/accounts/raiPolicies",
        .pass = GH_IF(SHIELD("Indirect Attack", "Prompt")),
        .fix = "enable and block",
        .equal = (const struct gh_equal[]){GH_POLICY("f3a9c2e0", '~', .difference = "looks at the filters that the assignment names"), {0}}},
    {.id = "GH-AIS-033", .title = "Protected-material filters on", .severity = GH_SEVERITY_LOW, .control = "AI-2", .seed = "FILTER", .well_architected = "SE:08",
        .type = "Microsoft.CognitiveServices/accounts/raiPolicies",
        .pass = GH_IF(ON("Protected Material Text", "Completion"), ON("Protected Material Code", "Completion")),
        .fix = "enable",
        .equal = (const struct gh_equal[]){GH_POLICY("af253d37", '~', .difference = "looks at the filters that the assignment names"), {0}}},
    {.id = "GH-AIS-034", .title = "Filter acts before the answer", .severity = GH_SEVERITY_MEDIUM, .control = "AI-2", .seed = "FILTER", .well_architected = "SE:08",
        .type = "Microsoft.CognitiveServices/accounts/raiPolicies",
        .pass = GH_IF(GH_IN("properties.mode", "Default|Blocking")),
        .fix = "set Blocking", .edit = {{"properties.mode", "\"Blocking\""}},
        .equal = (const struct gh_equal[]){GH_POLICY("c1ad46c6", '='), {0}}},
    {.id = "GH-AIS-040", .title = "Project has an identity", .severity = GH_SEVERITY_MEDIUM, .control = "IM-3", .seed = "MI", .well_architected = "SE:05",
        .type = "Microsoft.CognitiveServices/accounts/projects",
        .pass = GH_IF(GH_IDENTITY),
        .fix = "add an identity", .edit = {{"identity.type", "\"SystemAssigned\""}}},
    {.id = "GH-AIS-041", .title = "Agent state in own stores", .severity = GH_SEVERITY_LOW, .control = "DP-4", .seed = "CMK", .well_architected = "SE:07",
        .type = "Microsoft.CognitiveServices/accounts/projects/capabilityHosts",
        .guard = GH_IF(GH_API_FROM("2025-04-01")), .guard_why = "capability hosts begin with apiVersion 2025-04-01-preview",
        .pass = GH_IF(GH_SET("properties.storageConnections"), GH_SET("properties.vectorStoreConnections"), GH_SET("properties.threadStorageConnections")),
        .fix = "attach own stores"},
};
// clang-format on

const struct gh_rule_set gh_rules_ai = {rows, sizeof rows / sizeof rows[0]};
