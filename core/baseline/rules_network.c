/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_network: rules about Microsoft.Network. How to write a row: rule.h. */
#include "baseline/rule.h"

const struct gh_rule_set gh_rules_network = {NULL, 0};
