/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rule_net: functions of rows about hosts, security groups, subnets, machines and private endpoints. */
#ifndef GH_BASELINE_RULE_NET_H
#define GH_BASELINE_RULE_NET_H

#include "baseline/rule.h"

/* Is it a host, and no catch-all: not `*`, `*.*`, nor a bare suffix such as `*.com`? */
enum gh_truth gh_rule_net_is_host(struct gh_value v);
/* The same for the value itself (an element of a list). */
enum gh_truth gh_rule_net_host(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* No rule of the group (or the rule itself) lets anyone in. c->value: "any" port; ports "22 3389"; "star": source `*` alone, any port. */
enum gh_truth gh_rule_net_inbound(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);
enum gh_truth gh_rule_net_is_group(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* A network with subnets that take a security group written in it, or such a subnet; and whether each has one. */
enum gh_truth gh_rule_net_has_subnets(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);
enum gh_truth gh_rule_net_subnets_have_group(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* A virtual machine: the input has a bastion, and none of the machine's interfaces holds a public address. */
enum gh_truth gh_rule_net_machine_is_inside(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* A private endpoint leads to a service of these rules. */
enum gh_truth gh_rule_net_target_is_ours(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

#endif
