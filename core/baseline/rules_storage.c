/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_storage: rules about Microsoft.Storage. How to write a row: rule.h. */
#include "baseline/rule.h"

const struct gh_rule_set gh_rules_storage = {NULL, 0};
