/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_app: rules about session pools: the code sandboxes of agents. How to write a row: rule.h. */
#include "baseline/rule.h"

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-ACA-001", .title = "Sandbox has no egress", .severity = GH_SEVERITY_HIGH, .control = "NS-1", .seed = "OUT", .well_architected = "SE:04",
        .type = "Microsoft.App/sessionPools",
        .pass = GH_IF(GH_NOT_IN("properties.sessionNetworkConfiguration.status", "EgressEnabled", .absent = "EgressDisabled")),
        .fix = "set EgressDisabled", .edit = {{"properties.sessionNetworkConfiguration.status", "\"EgressDisabled\""}}},
    {.id = "GH-ACA-002", .title = "No identity inside the sandbox", .severity = GH_SEVERITY_HIGH, .control = "AI-4", .seed = "MI", .well_architected = "SE:05",
        .type = "Microsoft.App/sessionPools",
        .guard = GH_IF(GH_API_FROM("2024-08-02")), .guard_why = "this apiVersion has no managedIdentitySettings",
        .pass = GH_IF(GH_EVERY("properties.managedIdentitySettings", GH_IN("lifecycle", "None"))),
        .fix = "set None"},
    {.id = "GH-ACA-003", .title = "Image pulled by identity", .severity = GH_SEVERITY_MEDIUM, .control = "IM-3", .seed = "NOKEY", .well_architected = "SE:05",
        .type = "Microsoft.App/sessionPools",
        .guard = GH_IF(GH_SET("properties.customContainerTemplate")), .guard_why = "for pools of own containers alone",
        .pass = GH_IF(GH_SET("properties.customContainerTemplate.registryCredentials.identity"), GH_UNSET("properties.customContainerTemplate.registryCredentials.passwordSecretRef")),
        .fix = "use an identity"},
    {.id = "GH-ACA-004", .title = "Sessions end and are bounded", .severity = GH_SEVERITY_LOW, .control = "AI-4", .seed = "LIMIT", .well_architected = "SE:05",
        .type = "Microsoft.App/sessionPools",
        .pass = GH_IF(GH_ANY(GH_SET("properties.dynamicPoolConfiguration.cooldownPeriodInSeconds"), GH_SET("properties.dynamicPoolConfiguration.lifecycleConfiguration.cooldownPeriodInSeconds")), GH_AT_MOST("properties.scaleConfiguration.maxConcurrentSessions", "$maxConcurrentSessions")),
        .fix = "set both"},
};
// clang-format on

const struct gh_rule_set gh_rules_app = {rows, sizeof rows / sizeof rows[0]};
