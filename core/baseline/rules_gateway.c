/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_gateway: rules about Gatehouse's own objects: listed here, judged over a live installation. How to write a row: rule.h. */
#include "baseline/rule.h"

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-GW-001", .title = "Every model route needs an identity", .severity = GH_SEVERITY_CRITICAL, .control = "IM-1", .seed = "EPAUTH", .well_architected = "SE:05",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-002", .title = "No long-lived API key", .severity = GH_SEVERITY_HIGH, .control = "IM-8", .seed = "NOKEY", .well_architected = "SE:09",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-003", .title = "Upstream credentials come from the vault", .severity = GH_SEVERITY_CRITICAL, .control = "IM-8", .seed = "KV", .well_architected = "SE:09",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-004", .title = "Upstream by managed identity where the provider can", .severity = GH_SEVERITY_MEDIUM, .control = "IM-3", .seed = "MI", .well_architected = "SE:05",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-005", .title = "Content filter and prompt shield on every route", .severity = GH_SEVERITY_HIGH, .control = "AI-2", .seed = "FILTER", .well_architected = "SE:08",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-006", .title = "System prompt fixed by the gateway", .severity = GH_SEVERITY_MEDIUM, .control = "AI-3", .seed = "FILTER", .well_architected = "SE:08",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-007", .title = "Tools by allow-list", .severity = GH_SEVERITY_HIGH, .control = "AI-4", .seed = "RBAC", .well_architected = "SE:05",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-008", .title = "High-risk tools need a person", .severity = GH_SEVERITY_HIGH, .control = "AI-5", .seed = "JIT", .well_architected = "SE:05",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-009", .title = "Limits on tokens and requests", .severity = GH_SEVERITY_MEDIUM, .control = "AI-6", .seed = "LIMIT", .well_architected = "SE:10",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-010", .title = "Approved models only", .severity = GH_SEVERITY_HIGH, .control = "AI-1", .seed = "MODEL", .well_architected = "SE:02",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-011", .title = "Audit chain verifies", .severity = GH_SEVERITY_CRITICAL, .control = "LT-3", .seed = "LOGS", .well_architected = "SE:10",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-012", .title = "Audit leaves the host", .severity = GH_SEVERITY_HIGH, .control = "LT-3", .seed = "LOGS", .well_architected = "SE:10",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-013", .title = "No standing administrator", .severity = GH_SEVERITY_HIGH, .control = "PA-2", .seed = "JIT", .well_architected = "SE:05",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-014", .title = "Roles without unused permissions", .severity = GH_SEVERITY_MEDIUM, .control = "PA-7", .seed = "RBAC", .well_architected = "SE:05",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-015", .title = "Secrets rotate", .severity = GH_SEVERITY_MEDIUM, .control = "DP-6", .seed = "KV", .well_architected = "SE:09",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-016", .title = "TLS 1.2 or later, admin listener not public", .severity = GH_SEVERITY_CRITICAL, .control = "DP-3", .seed = "TLS|NOPUB", .well_architected = "SE:07",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-017", .title = "Egress by list", .severity = GH_SEVERITY_HIGH, .control = "NS-2", .seed = "OUT", .well_architected = "SE:06",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-018", .title = "Detections on and tested", .severity = GH_SEVERITY_MEDIUM, .control = "AI-6", .seed = "DEF", .well_architected = "SE:10",
        .over = GH_OVER_GATEWAY},
    {.id = "GH-GW-019", .title = "Red-team run is recent", .severity = GH_SEVERITY_LOW, .control = "AI-7", .well_architected = "SE:11",
        .over = GH_OVER_GATEWAY},
};
// clang-format on

const struct gh_rule_set gh_rules_gateway = {rows, sizeof rows / sizeof rows[0]};
