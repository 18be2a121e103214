/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_security: rules about Defender plans. How to write a row: rule.h. */
#include "baseline/rule_part.h"

/* The plan's name is c->value. */
static enum gh_truth
is_plan(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value name = gh_rule_part_last(gh_judge_resource(j)->name);

    (void)at;
    gh_judge_saw(j, GH_STR("name"), name, c->value);
    return gh_value_is(name, gh_str_z(c->value));
}

#define MALWARE_SCAN                                                                                                               \
    {                                                                                                                              \
        .op = GH_COND_SOME, .path = "properties.extensions", .wanted = "OnUploadMalwareScanning, isEnabled true",                  \
        .sub = GH_CONDS(GH_IN("name", "OnUploadMalwareScanning"), GH_TRUE("isEnabled"))                                            \
    }

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-DEF-001", .title = "Defender for AI services", .severity = GH_SEVERITY_HIGH, .control = "AI-6", .seed = "DEF", .well_architected = "SE:10",
        .type = "Microsoft.Security/pricings",
        .guard = GH_IF(GH_CALL(is_plan, .value = "AI")), .guard_why = "another plan",
        .pass = GH_IF(GH_IN("properties.pricingTier", "Standard")),
        .missing = "the plan AI is not in the input",
        .fix = "set Standard", .edit = {{"properties.pricingTier", "\"Standard\""}},
        .equal = (const struct gh_equal[]){GH_POLICY("c2c0c6d8", '='), {0}}},
    {.id = "GH-DEF-002", .title = "Defender CSPM", .severity = GH_SEVERITY_MEDIUM, .control = "LT-1", .seed = "DEF", .well_architected = "SE:10",
        .type = "Microsoft.Security/pricings",
        .guard = GH_IF(GH_CALL(is_plan, .value = "CloudPosture")), .guard_why = "another plan",
        .pass = GH_IF(GH_IN("properties.pricingTier", "Standard")),
        .missing = "the plan CloudPosture is not in the input",
        .fix = "set Standard", .edit = {{"properties.pricingTier", "\"Standard\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Defender.Cspm", '='), GH_POLICY("1f90fc71", '='), {0}}},
    {.id = "GH-DEF-003", .title = "Defender for Key Vault", .severity = GH_SEVERITY_HIGH, .control = "LT-1", .seed = "DEF", .well_architected = "SE:10",
        .type = "Microsoft.Security/pricings",
        .guard = GH_IF(GH_CALL(is_plan, .value = "KeyVaults")), .guard_why = "another plan",
        .pass = GH_IF(GH_IN("properties.pricingTier", "Standard")),
        .missing = "the plan KeyVaults is not in the input",
        .fix = "set Standard", .edit = {{"properties.pricingTier", "\"Standard\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Defender.KeyVault", '='),
            GH_CHECKOV("CKV_AZURE_87", '~', .pass = GH_IF(GH_CALL(is_plan, .value = "KeyVaults"), GH_IN("properties.pricingTier", "Standard"))),
            GH_POLICY("0e6763cc", '='), {0}}},
    {.id = "GH-DEF-004", .title = "Defender for Storage with malware scan", .severity = GH_SEVERITY_HIGH, .control = "LT-1", .seed = "DEF", .well_architected = "SE:10",
        .type = "Microsoft.Security/pricings",
        .guard = GH_IF(GH_CALL(is_plan, .value = "StorageAccounts")), .guard_why = "another plan",
        .pass = GH_IF(GH_IN("properties.pricingTier", "Standard"), GH_IN("properties.subPlan", "DefenderForStorageV2"), MALWARE_SCAN),
        .missing = "the plan StorageAccounts is not in the input",
        .fix = "set V2 and scan", .edit = {{"properties.pricingTier", "\"Standard\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Defender.Storage", '>', .pass = GH_IF(GH_IN("properties.pricingTier", "Standard"))),
            GH_PSRULE("Azure.Defender.Storage.MalwareScan", '~', .guard = GH_IF(GH_IN("properties.subPlan", "DefenderForStorageV2")), .pass = GH_IF(MALWARE_SCAN), .difference = "judges the V2 plan alone, whatever its tier"),
            GH_CHECKOV("CKV_AZURE_84", '~', .pass = GH_IF(GH_IN("properties.pricingTier", "Standard"))),
            GH_POLICY("640d2586", '~', .pass = GH_IF(GH_IN("properties.pricingTier", "Standard"), GH_IN("properties.subPlan", "DefenderForStorageV2")), .difference = "does not ask for the malware scan"), {0}}},
    {.id = "GH-DEF-005", .title = "Defender for Resource Manager", .severity = GH_SEVERITY_MEDIUM, .control = "LT-1", .seed = "DEF", .well_architected = "SE:10",
        .type = "Microsoft.Security/pricings",
        .guard = GH_IF(GH_CALL(is_plan, .value = "Arm")), .guard_why = "another plan",
        .pass = GH_IF(GH_IN("properties.pricingTier", "Standard")),
        .missing = "the plan Arm is not in the input",
        .fix = "set Standard", .edit = {{"properties.pricingTier", "\"Standard\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Defender.Arm", '='), GH_POLICY("c3d20c29", '='), {0}}},
    {.id = "GH-DEF-006", .title = "Defender for APIs", .severity = GH_SEVERITY_MEDIUM, .control = "LT-1", .seed = "DEF", .well_architected = "SE:10",
        .type = "Microsoft.Security/pricings",
        .guard = GH_IF(GH_CALL(is_plan, .value = "Api")), .guard_why = "another plan",
        .pass = GH_IF(GH_IN("properties.pricingTier", "Standard")),
        .missing = "the plan Api is not in the input", .missing_if = GH_IF(GH_INPUT_HAS("Microsoft.ApiManagement/service")),
        .fix = "set Standard", .edit = {{"properties.pricingTier", "\"Standard\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Defender.Api", '='), GH_POLICY("7926a6d1", '='), {0}}},
    {.id = "GH-DEF-007", .title = "Defender for Containers", .severity = GH_SEVERITY_MEDIUM, .control = "LT-1", .seed = "DEF", .well_architected = "SE:10",
        .type = "Microsoft.Security/pricings",
        .guard = GH_IF(GH_CALL(is_plan, .value = "Containers")), .guard_why = "another plan",
        .pass = GH_IF(GH_IN("properties.pricingTier", "Standard")),
        .missing = "the plan Containers is not in the input", .missing_if = GH_IF(GH_INPUT_HAS("Microsoft.ContainerRegistry/registries")),
        .fix = "set Standard", .edit = {{"properties.pricingTier", "\"Standard\""}},
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.Defender.Containers", '='), GH_POLICY("1c988dd6", '='), {0}}},
};
// clang-format on

const struct gh_rule_set gh_rules_security = {rows, sizeof rows / sizeof rows[0]};
