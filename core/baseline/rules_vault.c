/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_vault: rules about Key Vault: vaults, access policies, keys and secrets. How to write a row: rule.h. */
#include "baseline/rule_part.h"

/* Set, and not zero: a zero is no date. */
static enum gh_truth
expires(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value v = gh_rule_part_at(j, c, at);

    return v.kind == GH_VALUE_INT && v.n == 0 ? GH_TRUTH_FALSE : gh_value_has_content(v);
}

/* `at` is what an access policy allows on keys, secrets, ...: neither all nor purge. */
static enum gh_truth
permissions_are_few(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    (void)c;
    gh_judge_saw(j, GH_STR(""), at, "neither all nor purge");
    return gh_rule_part_not(gh_rule_part_any_is(j, at, "all|purge"));
}

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-KV-001", .title = "Roles, not access policies", .severity = GH_SEVERITY_HIGH, .control = "PA-7", .seed = "RBAC", .well_architected = "SE:05",
        .type = "Microsoft.KeyVault/vaults",
        .pass = GH_IF(GH_TRUE("properties.enableRbacAuthorization", .absent = "false", .since = "2026-02-01", .absent_then = "true")),
        .fix = "set true", .edit = {{"properties.enableRbacAuthorization", "true"}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.KeyVault.RBAC", '~', .pass = GH_IF(GH_TRUE("properties.enableRbacAuthorization"))),
            GH_POLICY("12d4fa5e", '~', .pass = GH_IF(GH_TRUE("properties.enableRbacAuthorization"))), {0}}},
    {.id = "GH-KV-002", .title = "Public network access off", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.KeyVault/vaults",
        .pass = GH_IF(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Enabled")),
        .fix = "set Disabled", .edit = {{"properties.publicNetworkAccess", "\"Disabled\""}},
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_189", '~', .pass = GH_IF(GH_ANY(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Enabled"), GH_SET("properties.networkAcls.ipRules")))),
            GH_POLICY("405c5871", '='), {0}}},
    {.id = "GH-KV-003", .title = "Firewall denies by default", .severity = GH_SEVERITY_MEDIUM, .control = "NS-2", .seed = "NOPUB", .well_architected = "SE:06",
        .type = "Microsoft.KeyVault/vaults",
        .pass = GH_IF(GH_ANY(GH_IN("properties.networkAcls.defaultAction", "Deny", .absent = "Allow"), GH_PASSES("GH-KV-002"))),
        .fix = "deny by default", .edit = {{"properties.networkAcls.defaultAction", "\"Deny\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.KeyVault.Firewall", '~', .pass = GH_IF(GH_IN("properties.networkAcls.defaultAction", "Deny"))),
            GH_CHECKOV("CKV_AZURE_109", '~', .pass = GH_IF(GH_IN("properties.networkAcls.defaultAction", "Deny"))),
            GH_POLICY("55615ac9", '~', .pass = GH_IF(GH_IN("properties.networkAcls.defaultAction", "Deny")), .difference = "wants the Deny written out"), {0}}},
    {.id = "GH-KV-004", .title = "Purge protection on", .severity = GH_SEVERITY_HIGH, .control = "DP-8", .seed = "KV", .well_architected = "SE:09",
        .type = "Microsoft.KeyVault/vaults",
        .pass = GH_IF(GH_TRUE("properties.enablePurgeProtection", .absent = "false")),
        .fix = "set true", .edit = {{"properties.enablePurgeProtection", "true"}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.KeyVault.PurgeProtect", '='),
            GH_CHECKOV("CKV_AZURE_110", '='),
            GH_CHECKOV("CKV_AZURE_42", '~', .pass = GH_IF(GH_TRUE("properties.enablePurgeProtection"), GH_TRUE("properties.enableSoftDelete"))),
            GH_POLICY("0b60c0b2", '~', .pass = GH_IF(GH_TRUE("properties.enablePurgeProtection"), GH_NOT_IN("properties.enableSoftDelete", "false")), .difference = "also wants soft delete"), {0}}},
    {.id = "GH-KV-005", .title = "Soft delete not turned off", .severity = GH_SEVERITY_HIGH, .control = "DP-8", .seed = "KV", .well_architected = "SE:09",
        .type = "Microsoft.KeyVault/vaults",
        .pass = GH_IF(GH_NOT_IN("properties.enableSoftDelete", "false", .absent = "true")),
        .fix = "set true", .edit = {{"properties.enableSoftDelete", "true"}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.KeyVault.SoftDelete", '~', .pass = GH_IF(GH_TRUE("properties.enableSoftDelete"))),
            GH_CHECKOV("CKV_AZURE_111", '='),
            GH_CHECKOV("CKV_AZURE_42", '~', .pass = GH_IF(GH_TRUE("properties.enablePurgeProtection"), GH_TRUE("properties.enableSoftDelete"))),
            GH_POLICY("1e66c121", '~', .pass = GH_IF(GH_NOT_IN("properties.enableSoftDelete", "false")), .difference = "reads the same property, and is deprecated with it"), {0}}},
    {.id = "GH-KV-006", .title = "Private endpoint approved", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "PE", .well_architected = "SE:06",
        .type = "Microsoft.KeyVault/vaults",
        .pass = GH_IF(GH_ENDPOINT(NULL)),
        .fix = "add one",
        .equal = (const struct gh_equal[]){GH_POLICY("a6abeaec", '='), {0}}},
    {.id = "GH-KV-007", .title = "Audit logs on", .severity = GH_SEVERITY_HIGH, .control = "LT-3", .seed = "LOGS", .well_architected = "SE:10",
        .type = "Microsoft.KeyVault/vaults",
        .pass = GH_IF({.op = GH_COND_LOGS, .value = "AuditEvent|audit|allLogs", .some = true, .wanted = "a diagnostic setting with AuditEvent, audit or allLogs enabled"}),
        .fix = "add a setting",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.KeyVault.Logs", '='), GH_POLICY("cf820ca0", '='), {0}},
        .note = "a destination is not asked for: a setting cannot be made without one"},
    {.id = "GH-KV-008", .title = "No all/purge in access policies", .severity = GH_SEVERITY_HIGH, .control = "PA-7", .seed = "RBAC", .well_architected = "SE:05",
        .type = "Microsoft.KeyVault/vaults|Microsoft.KeyVault/vaults/accessPolicies",
        .pass = GH_IF(GH_EVERY("properties.accessPolicies", GH_EVERY("permissions", GH_CALL(permissions_are_few, .wanted = "neither all nor purge")))),
        .fix = "list what is needed",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.KeyVault.AccessPolicy", '='), {0}}},
    {.id = "GH-KV-009", .title = "Secrets expire", .severity = GH_SEVERITY_MEDIUM, .control = "DP-6", .seed = "KV", .well_architected = "SE:09",
        .type = "Microsoft.KeyVault/vaults/secrets",
        .pass = GH_IF(GH_CALL(expires, .path = "properties.attributes.exp", .wanted = "a date")),
        .fix = "set an expiry",
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_41", '='), GH_POLICY("98728c90", '='), {0}}},
    {.id = "GH-KV-010", .title = "Keys expire", .severity = GH_SEVERITY_MEDIUM, .control = "DP-6", .seed = "KV", .well_architected = "SE:09",
        .type = "Microsoft.KeyVault/vaults/keys",
        .pass = GH_IF(GH_ANY(GH_CALL(expires, .path = "properties.attributes.exp", .wanted = "a date"), GH_SET("properties.rotationPolicy.attributes.expiryTime"))),
        .fix = "set an expiry",
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_40", '=', .pass = GH_IF(GH_SET("properties.rotationPolicy.attributes.expiryTime")), .difference = "reads the rotation policy alone"), GH_POLICY("152b15f7", '='), {0}},
        .note = "a rotation policy with an expiryTime gives each version of the key its end"},
    {.id = "GH-KV-011", .title = "Keys rotate by themselves", .severity = GH_SEVERITY_MEDIUM, .control = "DP-6", .seed = "KV", .well_architected = "SE:09",
        .type = "Microsoft.KeyVault/vaults/keys",
        .pass = GH_IF({.op = GH_COND_SOME, .path = "properties.rotationPolicy.lifetimeActions", .sub = GH_CONDS(GH_IN("action.type", "rotate")), .wanted = "an action of type rotate"}),
        .fix = "set a policy",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.KeyVault.AutoRotationPolicy", '='),
            GH_POLICY("d8cf8476", '~', .difference = "also compares the days with those of the assignment"), {0}}},
    {.id = "GH-KV-012", .title = "Secret has a content type", .severity = GH_SEVERITY_LOW, .control = "DP-6", .seed = "KV", .well_architected = "SE:09",
        .type = "Microsoft.KeyVault/vaults/secrets",
        .pass = GH_IF(GH_SET("properties.contentType")),
        .fix = "set it",
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_114", '='), GH_POLICY("75262d3e", '='), {0}}},
};
// clang-format on

const struct gh_rule_set gh_rules_vault = {rows, sizeof rows / sizeof rows[0]};
