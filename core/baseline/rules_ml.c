/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_ml: rules about Azure Machine Learning: workspaces, computes, endpoints, registries, connections. How to write a row: rule.h. */
#include "baseline/rule_net.h"
#include "baseline/rule_part.h"

/* An outbound rule names its host or service: no catch-all FQDN, no service tag Internet. */
static enum gh_truth
outbound_is_named(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value type = gh_expr_get(j->ev, at, GH_STR("type")), to = gh_expr_get(j->ev, at, GH_STR("destination"));
    enum gh_truth is_host = gh_value_is(type, GH_STR("FQDN")), is_tag = gh_value_is(type, GH_STR("ServiceTag"));
    enum gh_truth bad;

    (void)c;
    if (to.kind == GH_VALUE_OBJECT)
        to = gh_expr_get(j->ev, to, GH_STR("serviceTag"));
    bad = gh_rule_part_or(gh_rule_part_and(is_host, gh_rule_part_not(gh_rule_net_is_host(to))),
        gh_rule_part_and(is_tag, gh_value_is(to, GH_STR("Internet"))));
    gh_judge_saw(j, GH_STR("destination"), to, "a named host, or a service tag other than Internet");
    return gh_rule_part_not(bad);
}

/* The id begins with an entry of the list: up to the end of a part, so that "registries/a" does not approve "registries/abc". */
static enum gh_truth
begins_with(struct gh_value id, struct gh_str entry)
{
    char next;

    if (gh_str_chr(entry, '*') != SIZE_MAX)
        return id.is_opaque ? GH_TRUTH_UNKNOWN : gh_truth(gh_str_glob_ci(entry, id.s));
    if (gh_value_begins(id, entry) != GH_TRUTH_TRUE)
        return gh_value_begins(id, entry);
    next = entry.n < id.s.n ? id.s.p[entry.n] : '/';
    return gh_truth((entry.n > 0 && entry.p[entry.n - 1] == '/') || next == '/' || next == ':' || next == '@');
}

static enum gh_truth
model_is_approved(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    const struct gh_config_list *list = gh_config_list(j->config, gh_str_z(c->value));
    struct gh_value id = gh_rule_part_at(j, c, at);
    enum gh_truth best = GH_TRUTH_FALSE;

    if (!gh_value_is_set(id))
        return GH_TRUTH_FALSE;
    if (id.kind != GH_VALUE_STR)
        return GH_TRUTH_UNKNOWN;
    for (uint32_t i = 0; list != NULL && i < list->n; i++)
        best = gh_rule_part_or(best, begins_with(id, list->item[i]));
    return best;
}

/* What names something and opens nothing. */
static bool
is_public(struct gh_str key)
{
    static const struct gh_str names[] = {
        GH_STR_INIT("clientId"), GH_STR_INIT("resourceId"), GH_STR_INIT("tenantId"), GH_STR_INIT("authUrl")};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (gh_str_eq_ci(key, names[i]))
            return true;
    return false;
}

/* Every text under credentials is an expression, or empty. */
static enum gh_truth
credentials_are_given(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_rule_walk w;

    gh_rule_walk_init(&w, gh_rule_part_at(j, c, at));
    if (w.v.is_expr)
        return GH_TRUTH_TRUE;
    while (gh_rule_walk_next(&w, j->ev)) {
        if (w.v.kind != GH_VALUE_STR || w.v.is_expr || w.v.s.n == 0 || is_public(gh_rule_walk_key(&w, 0)))
            continue;
        gh_judge_saw(j, gh_rule_walk_path(j, &w, c->path), w.v, "no literal: a parameter or a vault reference");
        return GH_TRUTH_FALSE;
    }
    return w.is_cut ? gh_rule_part_undecided(j, gh_str_z(c->path), "nested too deeply to be read") : GH_TRUTH_TRUE;
}

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-AML-001", .title = "Public network access off", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.MachineLearningServices/workspaces",
        .pass = GH_IF(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Enabled"), GH_NOT_IN("properties.allowPublicAccessWhenBehindVnet", "true", .absent = "false")),
        .fix = "set Disabled, use a private endpoint", .edit = {{"properties.publicNetworkAccess", "\"Disabled\""}, {"properties.allowPublicAccessWhenBehindVnet", "false"}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.ML.PublicAccess", '='),
            GH_CHECKOV("CKV2_AZURE_49", '~', .pass = GH_IF(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Disabled"))),
            GH_POLICY("438c38d2", '>', .pass = GH_IF(GH_IN("properties.publicNetworkAccess", "Disabled")), .difference = "does not look at allowPublicAccessWhenBehindVnet"), {0}}},
    {.id = "GH-AML-002", .title = "Managed network in use", .severity = GH_SEVERITY_MEDIUM, .control = "NS-2", .seed = "MNET", .well_architected = "SE:06",
        .type = "Microsoft.MachineLearningServices/workspaces",
        .guard = GH_IF(GH_NOT_IN("kind", "Project")), .guard_why = "a project takes this from its hub",
        .pass = GH_IF(GH_NOT_IN("properties.managedNetwork.isolationMode", "Disabled", .absent = "Disabled")),
        .fix = "set an isolation mode", .edit = {{"properties.managedNetwork.isolationMode", "\"AllowOnlyApprovedOutbound\""}}},
    {.id = "GH-AML-003", .title = "Only approved outbound", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "MNET|OUT", .well_architected = "SE:06",
        .type = "Microsoft.MachineLearningServices/workspaces",
        .guard = GH_IF(GH_NOT_IN("kind", "Project")), .guard_why = "a project takes this from its hub",
        .pass = GH_IF(GH_IN("properties.managedNetwork.isolationMode", "AllowOnlyApprovedOutbound", .absent = "Disabled")),
        .fix = "set AllowOnlyApprovedOutbound", .edit = {{"properties.managedNetwork.isolationMode", "\"AllowOnlyApprovedOutbound\""}},
        .equal = (const struct gh_equal[]){GH_POLICY("6ddb1705", '='), {0}}},
    {.id = "GH-AML-004", .title = "No catch-all outbound rule", .severity = GH_SEVERITY_MEDIUM, .control = "NS-2", .seed = "OUT", .well_architected = "SE:06",
        .type = "Microsoft.MachineLearningServices/workspaces",
        .pass = GH_IF(GH_EVERY("properties.managedNetwork.outboundRules", GH_CALL(outbound_is_named, .wanted = "a named host, or a service tag other than Internet"))),
        .fix = "name the hosts",
        .note = "a suffix is bare when one label stands behind the wildcard: *.com is, *.blob.core.windows.net is not"},
    {.id = "GH-AML-005", .title = "Private endpoint approved", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "PE", .well_architected = "SE:06",
        .type = "Microsoft.MachineLearningServices/workspaces",
        .guard = GH_IF(GH_NOT_IN("kind", "Project")), .guard_why = "a project takes this from its hub",
        .pass = GH_IF(GH_ENDPOINT("amlworkspace")),
        .fix = "add a private endpoint",
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_243", '~', .pass = GH_IF(GH_SOME("properties.managedNetwork.outboundRules", GH_IN("type", "PrivateEndpoint")))),
            GH_POLICY("45e05259", '='), {0}}},
    {.id = "GH-AML-006", .title = "Managed identity present", .severity = GH_SEVERITY_HIGH, .control = "IM-3", .seed = "MI", .well_architected = "SE:05",
        .type = "Microsoft.MachineLearningServices/workspaces",
        .pass = GH_IF(GH_IDENTITY),
        .fix = "add an identity", .edit = {{"identity.type", "\"SystemAssigned\""}}},
    {.id = "GH-AML-007", .title = "User-assigned identity is primary", .severity = GH_SEVERITY_MEDIUM, .control = "IM-3", .seed = "MI", .well_architected = "SE:05",
        .type = "Microsoft.MachineLearningServices/workspaces",
        .pass = GH_IF(GH_HOLDS("identity.type", "UserAssigned"), GH_SET("properties.primaryUserAssignedIdentity")),
        .fix = "set primaryUserAssignedIdentity",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.ML.UserManagedIdentity", '~', .pass = GH_IF(GH_IN("identity.type", "UserAssigned"), GH_SET("identity.userAssignedIdentities"), GH_SET("properties.primaryUserAssignedIdentity"))),
            GH_POLICY("5f0c7d88", '>', .pass = GH_IF(GH_HOLDS("identity.type", "UserAssigned")), .difference = "does not ask which identity is primary"), {0}}},
    {.id = "GH-AML-008", .title = "Customer-managed key", .severity = GH_SEVERITY_MEDIUM, .control = "DP-5", .seed = "CMK", .well_architected = "SE:07",
        .type = "Microsoft.MachineLearningServices/workspaces",
        .guard = GH_IF(GH_NOT_IN("kind", "Project")), .guard_why = "a project takes this from its hub",
        .pass = GH_IF(GH_IN("properties.encryption.status", "Enabled", .absent = "service key")),
        .fix = "set encryption with a vault key",
        .equal = (const struct gh_equal[]){GH_POLICY("7f40cee6", '='), GH_POLICY("ba769a63", '='), {0}}},
    {.id = "GH-AML-009", .title = "Key vault attached", .severity = GH_SEVERITY_MEDIUM, .control = "IM-8", .seed = "KV", .well_architected = "SE:09",
        .type = "Microsoft.MachineLearningServices/workspaces",
        .guard = GH_IF(GH_NOT_IN("kind", "Project")), .guard_why = "a project takes this from its hub",
        .pass = GH_IF(GH_SET("properties.keyVault")),
        .fix = "attach a vault"},
    {.id = "GH-AML-010", .title = "Identity-based default datastores", .severity = GH_SEVERITY_MEDIUM, .control = "IM-1", .seed = "NOKEY", .well_architected = "SE:05",
        .type = "Microsoft.MachineLearningServices/workspaces",
        .pass = GH_IF(GH_IN("properties.systemDatastoresAuthMode", "Identity|UserDelegationSAS")),
        .fix = "set Identity", .edit = {{"properties.systemDatastoresAuthMode", "\"Identity\""}}},
    {.id = "GH-AML-011", .title = "Resource logs on", .severity = GH_SEVERITY_MEDIUM, .control = "LT-3", .seed = "LOGS", .well_architected = "SE:10",
        .type = "Microsoft.MachineLearningServices/workspaces",
        .pass = GH_IF(GH_LOGS(NULL)),
        .fix = "add a diagnostic setting",
        .equal = (const struct gh_equal[]){GH_POLICY("afe0c3be", '='), {0}}},
    {.id = "GH-AML-012", .title = "Sensitive workspace limits diagnostics", .severity = GH_SEVERITY_LOW, .control = "DP-2", .seed = "TAGS", .well_architected = "SE:03",
        .type = "Microsoft.MachineLearningServices/workspaces",
        .pass = GH_IF(GH_ANY(GH_NOT_IN("tags.dataClassification", "confidential|restricted"), GH_TRUE("properties.hbiWorkspace"))),
        .fix = "create with hbiWorkspace", .edit = {{"properties.hbiWorkspace", "true"}}},
    {.id = "GH-AML-020", .title = "Local auth off", .severity = GH_SEVERITY_HIGH, .control = "IM-1", .seed = "NOKEY", .well_architected = "SE:05",
        .type = "Microsoft.MachineLearningServices/workspaces/computes",
        .guard = GH_IF(GH_IN("properties.computeType", "ComputeInstance|AmlCompute")), .guard_why = "for compute instances and clusters alone",
        .pass = GH_IF(GH_TRUE("properties.disableLocalAuth")),
        .fix = "set true", .edit = {{"properties.disableLocalAuth", "true"}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.ML.DisableLocalAuth", '~', .pass = GH_IF(GH_TRUE("properties.disableLocalAuth"))),
            GH_CHECKOV("CKV_AZURE_142", 't'),
            GH_POLICY("e96a9a5f", '='), {0}}},
    {.id = "GH-AML-021", .title = "In a virtual network", .severity = GH_SEVERITY_HIGH, .control = "NS-1", .seed = "MNET", .well_architected = "SE:04",
        .type = "Microsoft.MachineLearningServices/workspaces/computes",
        .pass = GH_IF(GH_ANY(GH_SET("properties.properties.subnet.id"), GH_PARENT_PASSES("Microsoft.MachineLearningServices/workspaces", "GH-AML-002"))),
        .fix = "set a subnet or the managed network",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.ML.ComputeVnet", '~', .pass = GH_IF(GH_SET("properties.properties.subnet.id"))),
            GH_POLICY("7804b5c7", '~', .pass = GH_IF(GH_SET("properties.properties.subnet.id"))), {0}}},
    {.id = "GH-AML-022", .title = "No public node address", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.MachineLearningServices/workspaces/computes",
        .guard = GH_IF(GH_NOT_IN("properties.computeType", "AKS|Kubernetes|VirtualMachine|HDInsight|DataFactory|Databricks|DataLakeAnalytics|SynapseSpark")), .guard_why = "attached compute has no node address of its own",
        .pass = GH_IF(GH_FALSE("properties.properties.enableNodePublicIp", .absent = "true")),
        .fix = "set false", .edit = {{"properties.properties.enableNodePublicIp", "false"}},
        .note = "attached compute (Kubernetes, Databricks, ...) has no such property and is n/a"},
    {.id = "GH-AML-023", .title = "SSH closed to the public", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.MachineLearningServices/workspaces/computes",
        .guard = GH_IF(GH_IN("properties.computeType", "ComputeInstance|AmlCompute")), .guard_why = "for compute instances and clusters alone",
        .pass = GH_IF(GH_ANY(GH_ALL(GH_IN("properties.computeType", "ComputeInstance"), GH_NOT_IN("properties.properties.sshSettings.sshPublicAccess", "Enabled")), GH_ALL(GH_IN("properties.computeType", "AmlCompute"), GH_IN("properties.properties.remoteLoginPortPublicAccess", "Disabled")))),
        .fix = "disable"},
    {.id = "GH-AML-024", .title = "Idle shutdown set", .severity = GH_SEVERITY_LOW, .control = "AM-3", .seed = "LIMIT", .well_architected = "SE:01",
        .type = "Microsoft.MachineLearningServices/workspaces/computes",
        .guard = GH_IF(GH_IN("properties.computeType", "ComputeInstance")), .guard_why = "for compute instances alone",
        .pass = GH_IF(GH_SET("properties.properties.idleTimeBeforeShutdown")),
        .fix = "set e.g. PT30M", .edit = {{"properties.properties.idleTimeBeforeShutdown", "\"PT30M\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.ML.ComputeIdleShutdown", '='), GH_POLICY("679ddf89", '='), {0}}},
    {.id = "GH-AML-025", .title = "Own managed identity", .severity = GH_SEVERITY_MEDIUM, .control = "IM-3", .seed = "MI", .well_architected = "SE:05",
        .type = "Microsoft.MachineLearningServices/workspaces/computes",
        .pass = GH_IF(GH_IDENTITY),
        .fix = "add an identity", .edit = {{"identity.type", "\"SystemAssigned\""}}},
    {.id = "GH-AML-026", .title = "Instance not shared", .severity = GH_SEVERITY_MEDIUM, .control = "PA-7", .seed = "RBAC", .well_architected = "SE:05",
        .type = "Microsoft.MachineLearningServices/workspaces/computes",
        .guard = GH_IF(GH_IN("properties.computeType", "ComputeInstance")), .guard_why = "for compute instances alone",
        .pass = GH_IF(GH_IN("properties.properties.applicationSharingPolicy", "Personal")),
        .fix = "set Personal", .edit = {{"properties.properties.applicationSharingPolicy", "\"Personal\""}}},
    {.id = "GH-AML-027", .title = "Current system image", .severity = GH_SEVERITY_MEDIUM, .control = "PV-2", .well_architected = "SE:08",
        .type = "Microsoft.MachineLearningServices/workspaces/computes",
        .guard = GH_IF(GH_IS_EXPORT), .guard_why = "only an export shows the image that runs",
        .pass = GH_IF(GH_NOT_IN("properties.properties.osImageMetadata.isLatestOsImageVersion", "false")),
        .fix = "recreate the instance",
        .equal = (const struct gh_equal[]){GH_POLICY("f110a506", '='), {0}}},
    {.id = "GH-AML-030", .title = "No key auth on endpoint", .severity = GH_SEVERITY_HIGH, .control = "IM-1", .seed = "EPAUTH", .well_architected = "SE:05",
        .type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
        .pass = GH_IF(GH_IN("properties.authMode", "AADToken|AMLToken", .absent = "?")),
        .fix = "set AADToken", .edit = {{"properties.authMode", "\"AADToken\""}}},
    {.id = "GH-AML-031", .title = "Entra token auth on endpoint", .severity = GH_SEVERITY_MEDIUM, .control = "IM-1", .seed = "EPAUTH", .well_architected = "SE:05",
        .type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
        .pass = GH_IF(GH_IN("properties.authMode", "AADToken", .absent = "?")),
        .fix = "set AADToken", .edit = {{"properties.authMode", "\"AADToken\""}}},
    {.id = "GH-AML-032", .title = "Endpoint not public", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
        .pass = GH_IF(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Enabled")),
        .fix = "set Disabled", .edit = {{"properties.publicNetworkAccess", "\"Disabled\""}}},
    {.id = "GH-AML-033", .title = "Endpoint has an identity", .severity = GH_SEVERITY_MEDIUM, .control = "IM-3", .seed = "MI", .well_architected = "SE:05",
        .type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
        .pass = GH_IF(GH_IDENTITY),
        .fix = "add an identity", .edit = {{"identity.type", "\"SystemAssigned\""}}},
    {.id = "GH-AML-034", .title = "Deployment egress closed", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "OUT", .well_architected = "SE:06",
        .type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
        .pass = GH_IF(GH_ANY(GH_IN("properties.egressPublicNetworkAccess", "Disabled", .absent = "Enabled"), GH_PARENT_PASSES("Microsoft.MachineLearningServices/workspaces", "GH-AML-003"))),
        .fix = "set Disabled", .edit = {{"properties.egressPublicNetworkAccess", "\"Disabled\""}}},
    {.id = "GH-AML-035", .title = "Approved model only", .severity = GH_SEVERITY_HIGH, .control = "AI-1", .seed = "MODEL", .well_architected = "SE:02",
        .type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
        .guard = GH_IF(GH_CONFIGURED("approvedRegistries")), .guard_why = "no approved registry is configured (approvedRegistries)",
        .pass = GH_IF(GH_CALL(model_is_approved, .path = "properties.model", .value = "approvedRegistries", .wanted = "begins with an entry of the configured list approvedRegistries")),
        .fix = "deploy from an approved registry",
        .equal = (const struct gh_equal[]){GH_POLICY("12e5dd16", '~', .difference = "the list is a parameter of the assignment; ours is configured"),
            GH_POLICY("19539b54", '~', .difference = "the list is a parameter of the assignment; ours is configured"), {0}},
        .note = "the entry has to end where a part of the id ends (/, : or @); * in it stands for any text"},
    {.id = "GH-AML-036", .title = "Inference telemetry on", .severity = GH_SEVERITY_LOW, .control = "AI-6", .seed = "LOGS", .well_architected = "SE:10",
        .type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
        .pass = GH_IF(GH_TRUE("properties.appInsightsEnabled")),
        .fix = "set true", .edit = {{"properties.appInsightsEnabled", "true"}}},
    {.id = "GH-AML-037", .title = "Serverless endpoint filtered and keyless", .severity = GH_SEVERITY_HIGH, .control = "AI-2", .seed = "FILTER", .well_architected = "SE:08",
        .type = "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints",
        .guard = GH_IF(GH_API_FROM("2024-01-01")), .guard_why = "this apiVersion has no contentSafety",
        .pass = GH_IF(GH_IN("properties.contentSafety.contentSafetyStatus", "Enabled"), GH_NOT_IN("properties.authMode", "Key|KeyAndAAD", .absent = "?")),
        .fix = "enable content safety", .edit = {{"properties.contentSafety.contentSafetyStatus", "\"Enabled\""}, {"properties.authMode", "\"AAD\""}},
        .note = "KeyAndAAD still opens the endpoint with a key and fails"},
    {.id = "GH-AML-040", .title = "Registry not public", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.MachineLearningServices/registries",
        .pass = GH_IF(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Enabled")),
        .fix = "set Disabled", .edit = {{"properties.publicNetworkAccess", "\"Disabled\""}}},
    {.id = "GH-AML-041", .title = "Registry storage not public", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.MachineLearningServices/registries",
        .pass = GH_IF(GH_NOT_IN("properties.regionDetails[*].storageAccountDetails[*].systemCreatedStorageAccount.allowBlobPublicAccess", "true")),
        .fix = "set false"},
    {.id = "GH-AML-042", .title = "Registry has an identity", .severity = GH_SEVERITY_MEDIUM, .control = "IM-3", .seed = "MI", .well_architected = "SE:05",
        .type = "Microsoft.MachineLearningServices/registries",
        .pass = GH_IF(GH_IDENTITY),
        .fix = "add an identity", .edit = {{"identity.type", "\"SystemAssigned\""}}},
    {.id = "GH-AML-050", .title = "Connection is keyless", .severity = GH_SEVERITY_HIGH, .control = "IM-8", .seed = "NOKEY", .well_architected = "SE:09",
        .type = "Microsoft.MachineLearningServices/workspaces/connections|Microsoft.CognitiveServices/accounts/connections|Microsoft.CognitiveServices/accounts/projects/connections",
        .pass = GH_IF(GH_NOT_IN("properties.authType", "ApiKey|AccountKey|CustomKeys|SAS|PAT|UsernamePassword|AccessKey", .absent = "?")),
        .fix = "use AAD or ManagedIdentity", .edit = {{"properties.authType", "\"AAD\""}}},
    {.id = "GH-AML-051", .title = "No literal credential in a connection", .severity = GH_SEVERITY_CRITICAL, .control = "IM-8", .seed = "KV", .well_architected = "SE:09",
        .type = "Microsoft.MachineLearningServices/workspaces/connections|Microsoft.CognitiveServices/accounts/connections|Microsoft.CognitiveServices/accounts/projects/connections",
        .pass = GH_IF(GH_CALL(credentials_are_given, .path = "properties.credentials", .wanted = "no literal credential")),
        .is_secret = true,
        .fix = "take it from a vault",
        .note = "clientId, resourceId, tenantId and authUrl name something and are no credential; everything else under credentials is, at any depth"},
};
// clang-format on

const struct gh_rule_set gh_rules_ml = {rows, sizeof rows / sizeof rows[0]};
