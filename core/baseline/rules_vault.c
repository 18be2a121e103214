/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_vault: rules about Microsoft.KeyVault. How to write a row: rule.h. */
#include "baseline/rule.h"

const struct gh_rule_set gh_rules_vault = {NULL, 0};
