/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules_registry: rules about Microsoft.ContainerRegistry and Microsoft.Search. How to write a row: rule.h. */
#include "baseline/rule.h"

const struct gh_rule_set gh_rules_registry = {NULL, 0};
