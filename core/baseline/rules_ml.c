/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_ml: rules about Microsoft.MachineLearningServices. How to write a row: rule.h. */
#include "baseline/rule.h"

const struct gh_rule_set gh_rules_ml = {NULL, 0};
