/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_network: rules about private endpoints, security groups, subnets, bastions. How to write a row: rule.h. */
#include "baseline/rule_net.h"

// clang-format off
static const struct gh_rule rows[] = {
    {.id = "GH-NET-001", .title = "Private endpoint resolves privately", .severity = GH_SEVERITY_MEDIUM, .control = "NS-2", .seed = "PE", .well_architected = "SE:06",
        .type = "Microsoft.Network/privateEndpoints",
        .guard = GH_IF(GH_CALL(gh_rule_net_target_is_ours, .wanted = "it leads to a service of these rules")), .guard_why = "not to a service of these rules",
        .pass = GH_IF({.op = GH_COND_CHILD, .path = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups"}),
        .fix = "add the zone group",
        .equal = (const struct gh_equal[]){GH_POLICY("ee40564d", '~', .difference = "deploys the zone group for this one service"),
            GH_POLICY("c4bc6f10", '~', .difference = "deploys the zone group for this one service"), {0}}},
    {.id = "GH-NET-002", .title = "No inbound allow from anywhere", .severity = GH_SEVERITY_CRITICAL, .control = "NS-1", .seed = "NOPUB", .well_architected = "SE:04",
        .type = "Microsoft.Network/networkSecurityGroups|Microsoft.Network/networkSecurityGroups/securityRules",
        .pass = GH_IF(GH_CALL(gh_rule_net_inbound, .value = "any", .wanted = "no rule allows inbound traffic from anywhere")),
        .fix = "narrow the source",
        .equal = (const struct gh_equal[]){GH_PSRULE("Azure.NSG.AnyInboundSource", '~', .guard = GH_IF(GH_CALL(gh_rule_net_is_group)), .pass = GH_IF(GH_CALL(gh_rule_net_inbound, .value = "star")), .difference = "knows only the source *, and only inline rules"), {0}}},
    {.id = "GH-NET-003", .title = "Remote login closed to the internet", .severity = GH_SEVERITY_CRITICAL, .control = "NS-1", .seed = "BAST", .well_architected = "SE:04",
        .type = "Microsoft.Network/networkSecurityGroups|Microsoft.Network/networkSecurityGroups/securityRules",
        .pass = GH_IF(GH_CALL(gh_rule_net_inbound, .value = "22 3389", .wanted = "no rule allows inbound traffic from anywhere to ports 22 or 3389")),
        .fix = "use a bastion",
        .equal = (const struct gh_equal[]){GH_CHECKOV("CKV_AZURE_10", '=', .pass = GH_IF(GH_CALL(gh_rule_net_inbound, .value = "22"))),
            GH_CHECKOV("CKV_AZURE_9", '=', .pass = GH_IF(GH_CALL(gh_rule_net_inbound, .value = "3389"))), {0}},
        .note = "a rule for UDP, ICMP, ESP or AH opens no remote login"},
    {.id = "GH-NET-004", .title = "Subnets carry an NSG", .severity = GH_SEVERITY_HIGH, .control = "NS-1", .seed = "NOPUB", .well_architected = "SE:04",
        .type = "Microsoft.Network/virtualNetworks|Microsoft.Network/virtualNetworks/subnets",
        .guard = GH_IF(GH_CALL(gh_rule_net_has_subnets, .wanted = "it has (or is) a subnet that takes a security group")), .guard_why = "no subnet that takes a security group",
        .pass = GH_IF(GH_CALL(gh_rule_net_subnets_have_group, .wanted = "each such subnet has networkSecurityGroup.id")),
        .fix = "attach one",
        .equal = (const struct gh_equal[]){GH_POLICY("e71308d3", '~', .difference = "reports each subnet, the exempt ones too"), {0}},
        .note = "subnets written in the network are reported on the network"},
    {.id = "GH-NET-005", .title = "Administrators come by bastion", .severity = GH_SEVERITY_MEDIUM, .control = "PA-6", .seed = "BAST", .well_architected = "SE:05",
        .type = "Microsoft.Compute/virtualMachines",
        .pass = GH_IF(GH_CALL(gh_rule_net_machine_is_inside, .wanted = "the input has a bastion, and no interface of the machine has a public address")),
        .fix = "add a bastion"},
    {.id = "GH-NET-006", .title = "Bastion records, shares nothing", .severity = GH_SEVERITY_LOW, .control = "PA-6", .seed = "BAST", .well_architected = "SE:05",
        .type = "Microsoft.Network/bastionHosts",
        .guard = GH_IF(GH_API_FROM("2024-01-01")), .guard_why = "this apiVersion has no session recording",
        .pass = GH_IF(GH_TRUE("properties.enableSessionRecording"), GH_NOT_IN("properties.enableShareableLink", "true")),
        .fix = "enable recording", .edit = {{"properties.enableSessionRecording", "true"}, {"properties.enableShareableLink", "false"}}},
};
// clang-format on

const struct gh_rule_set gh_rules_network = {rows, sizeof rows / sizeof rows[0]};
