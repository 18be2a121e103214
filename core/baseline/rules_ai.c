/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_ai: rules about Microsoft.CognitiveServices. How to write a row: rule.h. */
#include "baseline/rule.h"

#define ACCOUNTS "Microsoft.CognitiveServices/accounts"

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-AIS-001", .title = "API keys off", .severity = GH_SEVERITY_HIGH, .control = "IM-1", .seed = "NOKEY", .type = ACCOUNTS,
     .pass = GH_IF(GH_TRUE("properties.disableLocalAuth", .absent = "false")),
     .fix = "set properties.disableLocalAuth to true", .edit = {{"properties.disableLocalAuth", "true"}},
     .equal = (const struct gh_equal[]){{GH_TOOL_PSRULE, "Azure.AI.DisableLocalAuth", '=', NULL, NULL, NULL}, {GH_TOOL_CHECKOV, "CKV_AZURE_236", '=', NULL, NULL, NULL},
                                        {GH_TOOL_POLICY, "71ef260a", '=', NULL, NULL, NULL}, {0}}},
    {.id = "GH-AIS-003", .title = "Network restricted", .severity = GH_SEVERITY_MEDIUM, .control = "NS-2", .seed = "NOPUB", .type = ACCOUNTS,
     .pass = GH_IF(GH_ANY(GH_IN("properties.publicNetworkAccess", "Disabled", .absent = "Enabled"),
                          GH_IN("properties.networkAcls.defaultAction", "Deny", .absent = "Allow"))),
     .fix = "deny by default", .edit = {{"properties.networkAcls.defaultAction", "\"Deny\""}}},
    {.id = "GH-AIS-004", .title = "Private endpoint approved", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "PE", .type = ACCOUNTS,
     .pass = GH_IF(GH_ENDPOINT("account")), .fix = "add a private endpoint"},
    {.id = "GH-AIS-005", .title = "Managed identity present", .severity = GH_SEVERITY_HIGH, .control = "IM-3", .seed = "MI", .type = ACCOUNTS,
     .pass = GH_IF(GH_IDENTITY), .fix = "add an identity", .edit = {{"identity.type", "\"SystemAssigned\""}}},
    {.id = "GH-AIS-009", .title = "Resource logs on", .severity = GH_SEVERITY_MEDIUM, .control = "LT-3", .seed = "LOGS", .type = ACCOUNTS,
     .pass = GH_IF(GH_LOGS(NULL)), .fix = "add a diagnostic setting"},
};
// clang-format on

const struct gh_rule_set gh_rules_ai = {rows, sizeof rows / sizeof rows[0]};
