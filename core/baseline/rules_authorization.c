/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_authorization: rules about role assignments and definitions. How to write a row: rule.h. */
#include "baseline/rule_role.h"

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-RBAC-001", .title = "No standing administrator role", .severity = GH_SEVERITY_CRITICAL, .control = "PA-2", .seed = "RBAC|JIT", .well_architected = "SE:05",
        .type = "Microsoft.Authorization/roleAssignments",
        .guard = GH_IF(GH_CALL(gh_rule_role_scope_is, .value = "wide", .wanted = "at a resource group, a subscription or wider")), .guard_why = "not at a subscription, a resource group or wider",
        .pass = GH_IF(GH_NOT(GH_CALL(gh_rule_role_is, .value = "administrator", .wanted = "the role is Owner, User Access Administrator or Role Based Access Control Administrator"))),
        .fix = "make it eligible, not active",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.RBAC.PIM", '~', .pass = GH_IF(GH_NOT(GH_CALL(gh_rule_role_is, .value = "administrator", .wanted = "the role is Owner, User Access Administrator or Role Based Access Control Administrator"))), .difference = "asks which assignments of the subscription were made by privileged identity management"), {0}}},
    {.id = "GH-RBAC-002", .title = "Workload is not Contributor", .severity = GH_SEVERITY_HIGH, .control = "PA-7", .seed = "RBAC", .well_architected = "SE:05",
        .type = "Microsoft.Authorization/roleAssignments",
        .guard = GH_IF(GH_CALL(gh_rule_role_scope_is, .value = "wide", .wanted = "at a resource group, a subscription or wider"), GH_IN("properties.principalType", "ServicePrincipal")), .guard_why = "not a service principal at a resource group or wider",
        .pass = GH_IF(GH_NOT(GH_CALL(gh_rule_role_is, .value = "contributor", .wanted = "the role is Contributor"))),
        .fix = "give a data role"},
    {.id = "GH-RBAC-003", .title = "Model callers hold a user role", .severity = GH_SEVERITY_HIGH, .control = "AI-4", .seed = "RBAC", .well_architected = "SE:05",
        .type = "Microsoft.Authorization/roleAssignments",
        .guard = GH_IF(GH_CALL(gh_rule_role_scope_is, .value = "model", .wanted = "on a CognitiveServices account or ML workspace"), GH_IN("properties.principalType", "ServicePrincipal")), .guard_why = "not a service principal on a model account or workspace",
        .pass = GH_IF(GH_CALL(gh_rule_role_is, .value = "caller", .wanted = "the role is a User, Reader or Data Scientist role")),
        .fix = "Cognitive Services OpenAI User",
        .note = "a custom role is judged by its name when its definition is in the input; else unknown"},
    {.id = "GH-RBAC-004", .title = "Groups, not single users", .severity = GH_SEVERITY_MEDIUM, .control = "PA-7", .seed = "RBAC", .well_architected = "SE:05",
        .type = "Microsoft.Authorization/roleAssignments",
        .pass = GH_IF(GH_NOT_IN("properties.principalType", "User")),
        .fix = "assign to a group",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.RBAC.UseGroups", '~', .difference = "allows five users on a subscription"), {0}}},
    {.id = "GH-RBAC-005", .title = "Administrator role carries a condition", .severity = GH_SEVERITY_MEDIUM, .control = "PA-7", .seed = "RBAC", .well_architected = "SE:05",
        .type = "Microsoft.Authorization/roleAssignments",
        .guard = GH_IF(GH_CALL(gh_rule_role_is, .value = "administrator", .wanted = "the role is Owner, User Access Administrator or Role Based Access Control Administrator")), .guard_why = "not an administrator role",
        .pass = GH_IF(GH_SET("properties.condition")),
        .fix = "add a condition"},
    {.id = "GH-RBAC-006", .title = "No wildcard custom role", .severity = GH_SEVERITY_HIGH, .control = "PA-7", .seed = "RBAC", .well_architected = "SE:05",
        .type = "Microsoft.Authorization/roleDefinitions",
        .guard = GH_IF(GH_NOT_IN("properties.type", "BuiltInRole"), GH_NOT_IN("roleType", "BuiltInRole")), .guard_why = "a built-in role",
        .pass = GH_IF(GH_EVERY("properties.permissions", GH_NOT(GH_HOLDS("actions", "*")), GH_NOT(GH_HOLDS("dataActions", "*")))),
        .fix = "list actions",
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_39", '~', .pass = GH_IF(GH_NOT(GH_ALL(GH_SOME("properties.assignableScopes", GH_CALL(gh_rule_role_is_subscription)), GH_SOME("properties.permissions", GH_HOLDS("actions", "*")))))),
            GH_POLICY("a451c1ef", '~', .pass = GH_IF(GH_NOT_IN("properties.type", "CustomRole", .absent = "CustomRole")), .difference = "reports every custom role"), {0}}},
    {.id = "GH-RBAC-007", .title = "At most three owners", .severity = GH_SEVERITY_MEDIUM, .control = "PA-1", .seed = "RBAC", .well_architected = "SE:05",
        .over = GH_OVER_INPUT,
        .judge = gh_rule_role_owners,
        .fix = "remove some",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.RBAC.LimitOwner", '='), GH_POLICY("4f11b553", '='), {0}},
        .note = "once for each subscription scope that has owners in the input"},
};
// clang-format on

const struct gh_rule_set gh_rules_authorization = {rows, sizeof rows / sizeof rows[0]};
