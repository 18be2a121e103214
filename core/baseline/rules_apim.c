/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_apim: rules about Microsoft.ApiManagement. How to write a row: rule.h. */
#include "baseline/rule.h"

const struct gh_rule_set gh_rules_apim = {NULL, 0};
