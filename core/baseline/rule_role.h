/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rule_role: functions of rows about role assignments: at which scope, and which role. */
#ifndef GH_BASELINE_RULE_ROLE_H
#define GH_BASELINE_RULE_ROLE_H

#include "baseline/rule.h"

/* c->value: "wide" a resource group, a subscription or wider; "model" a CognitiveServices account or ML workspace, or what belongs to one. */
enum gh_truth gh_rule_role_scope_is(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* c->value: "administrator" Owner, User Access Administrator, RBAC Administrator; "contributor"; "caller" a role that may use a model or read. */
enum gh_truth gh_rule_role_is(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* A text is the scope of a subscription. For another tool's condition. */
enum gh_truth gh_rule_role_is_subscription(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* GH-RBAC-007, over the input: owners of each subscription scope. */
void gh_rule_role_owners(struct gh_judge *j);

#endif
