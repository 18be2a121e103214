/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_app: rules about Microsoft.App. How to write a row: rule.h. */
#include "baseline/rule.h"

const struct gh_rule_set gh_rules_app = {NULL, 0};
