/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_authorization: rules about Microsoft.Authorization. How to write a row: rule.h. */
#include "baseline/rule.h"

const struct gh_rule_set gh_rules_authorization = {NULL, 0};
