/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_template: rules about templates themselves. How to write a row: rule.h. */
#include "baseline/rule.h"

const struct gh_rule_set gh_rules_template = {NULL, 0};
