/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rules: the sets of rows, one behind the other in the order of the page. */
#include "baseline/rule.h"

const char *const gh_severity_names[GH_SEVERITY_COUNT] = {"Off", "Low", "Medium", "High", "Critical"};
const char *const gh_outcome_names[GH_OUTCOME_COUNT] = {"none", "pass", "fail", "unknown", "n/a"};
const unsigned gh_severity_weights[GH_SEVERITY_COUNT] = {0, 1, 3, 5, 10};

static const struct gh_rule_set *const sets[] = {&gh_rules_ml, &gh_rules_ai, &gh_rules_apim, &gh_rules_vault, &gh_rules_storage,
    &gh_rules_registry, &gh_rules_app, &gh_rules_authorization, &gh_rules_security, &gh_rules_network, &gh_rules_template,
    &gh_rules_gateway};

const struct gh_rule *
gh_rule_at(size_t i)
{
    for (size_t s = 0; s < sizeof sets / sizeof sets[0]; s++) {
        if (i < sets[s]->n)
            return &sets[s]->rule[i];
        i -= sets[s]->n;
    }
    return NULL;
}

size_t
gh_rule_count(void)
{
    size_t n = 0;

    for (size_t s = 0; s < sizeof sets / sizeof sets[0]; s++)
        n += sets[s]->n;
    return n;
}

const struct gh_rule *
gh_rule_find(struct gh_str id)
{
    const struct gh_rule *r;

    for (size_t i = 0; (r = gh_rule_at(i)) != NULL; i++)
        if (gh_str_eq_ci(gh_str_z(r->id), id))
            return r;
    return NULL;
}
