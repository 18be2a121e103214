/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_template: rules about parameters, outputs, literals, tags, regions. How to write a row: rule.h. */
#include "baseline/rule_template.h"

/* What takes tags: the tracked resources of these rules, not what belongs to one. */
#define TAGGABLE                                                                                                                   \
    "Microsoft.MachineLearningServices/workspaces|"                                                                                \
    "Microsoft.MachineLearningServices/registries|"                                                                                \
    "Microsoft.CognitiveServices/accounts|"                                                                                        \
    "Microsoft.ApiManagement/service|"                                                                                             \
    "Microsoft.KeyVault/vaults|"                                                                                                   \
    "Microsoft.Storage/storageAccounts|"                                                                                           \
    "Microsoft.ContainerRegistry/registries|"                                                                                      \
    "Microsoft.Search/searchServices|"                                                                                             \
    "Microsoft.App/sessionPools|"                                                                                                  \
    "Microsoft.Network/privateEndpoints|"                                                                                          \
    "Microsoft.Network/networkSecurityGroups|"                                                                                     \
    "Microsoft.Network/virtualNetworks|"                                                                                           \
    "Microsoft.Network/bastionHosts|"                                                                                              \
    "Microsoft.Compute/virtualMachines"

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-TPL-001", .title = "Secure parameter without default", .severity = GH_SEVERITY_CRITICAL, .control = "IM-8", .seed = "KV", .well_architected = "SE:09",
        .over = GH_OVER_TEMPLATES,
        .judge = gh_rule_template_secure_defaults,
        .is_secret = true,
        .fix = "remove the default",
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_131", '~', .difference = "fails newGuid() and an object without members"),
            GH_PSRULE("Azure.Deployment.SecureParameter", '~', .difference = "asks for the type, not for the default"), {0}},
        .note = "each secureString and secureObject: no default, an empty one, or newGuid()"},
    {.id = "GH-TPL-002", .title = "Secret-like parameter is secure", .severity = GH_SEVERITY_HIGH, .control = "IM-8", .seed = "KV", .well_architected = "SE:09",
        .over = GH_OVER_TEMPLATES,
        .judge = gh_rule_template_secret_names,
        .fix = "use secureString",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Deployment.SecureParameter", '~', .difference = "asks it of objects and arrays too, and has longer lists of names"), {0}},
        .note = "judged: names that hold password, secret, token or connectionString or end in key or keys; exempt: what ends in name, uri, url, path, type, id, version or the like, and public keys"},
    {.id = "GH-TPL-003", .title = "Outputs give no secret", .severity = GH_SEVERITY_CRITICAL, .control = "IM-8", .seed = "KV", .well_architected = "SE:09",
        .over = GH_OVER_TEMPLATES,
        .judge = gh_rule_template_outputs,
        .is_secret = true,
        .fix = "drop the output",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Deployment.OutputSecretValue", '='), {0}},
        .note = "secure parameters and list* functions are followed through variables, members and outputs of deployments; a literal counts under a secret-like name, or as a connection string"},
    {.id = "GH-TPL-004", .title = "No literal credential", .severity = GH_SEVERITY_CRITICAL, .control = "IM-8", .seed = "KV", .well_architected = "SE:09",
        .type = "*",
        .pass = GH_IF(GH_CALL(gh_rule_template_has_no_literal, .wanted = "no literal under key, apiKey, secret, password, connectionString or sasToken, nor as value of a vault secret")),
        .is_secret = true,
        .fix = "reference a vault",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Deployment.SecureValue", '~', .difference = "has a list of properties for each type and wants a secure parameter there"), {0}}},
    {.id = "GH-TPL-005", .title = "Nested deployment hides secrets", .severity = GH_SEVERITY_HIGH, .control = "IM-8", .seed = "KV", .well_architected = "SE:09",
        .type = "Microsoft.Resources/deployments",
        .guard = GH_IF(GH_CALL(gh_rule_template_is_outer, .wanted = "its template is evaluated in the outer scope")), .guard_why = "evaluated in its own scope",
        .pass = GH_IF(GH_CALL(gh_rule_template_hides_secrets, .wanted = "no secure parameter and no list* function in its template")),
        .fix = "inner scope", .edit = {{"properties.expressionEvaluationOptions.scope", "\"inner\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Deployment.OuterSecret", '='), {0}},
        .note = "scope is outer when it is not said"},
    {.id = "GH-TPL-006", .title = "Required tags", .severity = GH_SEVERITY_LOW, .control = "AM-1", .seed = "TAGS", .well_architected = "SE:01",
        .type = TAGGABLE,
        .pass = GH_IF(GH_CALL(gh_rule_template_has_tags, .path = "tags", .value = "requiredTags")),
        .fix = "add tags",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Resource.UseTags", '~', .pass = GH_IF(GH_SET("tags")), .difference = "asks for any tag, on every taggable type"), {0}}},
    {.id = "GH-TPL-007", .title = "Allowed region", .severity = GH_SEVERITY_LOW, .control = "AM-2", .well_architected = "SE:01",
        .type = "*",
        .guard = GH_IF(GH_CONFIGURED("allowedRegions"), GH_SET("location"), GH_NOT_IN("type", "Microsoft.Resources/deployments")), .guard_why = "no region is configured (allowedRegions), or the resource has none; a deployment's is where its record is kept",
        .pass = GH_IF(GH_CALL(gh_rule_template_region_is_allowed, .path = "location", .value = "allowedRegions")),
        .fix = "move it",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Resource.AllowedRegions", '='), {0}}},
};
// clang-format on

const struct gh_rule_set gh_rules_template = {rows, sizeof rows / sizeof rows[0]};
