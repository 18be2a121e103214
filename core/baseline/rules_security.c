/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_security: rules about Microsoft.Security/pricings: each is about the plan that has its name. How to write a row: rule.h. */
#include "baseline/rule.h"

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-DEF-001", .title = "Defender for AI services", .severity = GH_SEVERITY_HIGH, .control = "AI-6", .seed = "DEF", .type = "Microsoft.Security/pricings",
     .guard = GH_IF(GH_IN("name", "AI")), .guard_why = "another plan", .missing = "the plan AI is not in the input",
     .pass = GH_IF(GH_IN("properties.pricingTier", "Standard")), .fix = "set pricingTier to Standard", .edit = {{"properties.pricingTier", "\"Standard\""}}},
};
// clang-format on

const struct gh_rule_set gh_rules_security = {rows, sizeof rows / sizeof rows[0]};
