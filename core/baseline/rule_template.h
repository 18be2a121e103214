/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/rule_template: functions of rows about templates: secrets in parameters, outputs and properties; tags and regions. */
#ifndef GH_BASELINE_RULE_TEMPLATE_H
#define GH_BASELINE_RULE_TEMPLATE_H

#include "baseline/rule.h"

/* Over templates: a result for each parameter or output that there is something to say about, path "parameters.NAME", "outputs.NAME". */
void gh_rule_template_secure_defaults(struct gh_judge *j);
void gh_rule_template_secret_names(struct gh_judge *j);
void gh_rule_template_outputs(struct gh_judge *j);

/* Any resource: no literal where a credential belongs. */
enum gh_truth gh_rule_template_has_no_literal(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* A deployment: its template is reduced in the scope around it; and that brings no secret into it. */
enum gh_truth gh_rule_template_is_outer(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);
enum gh_truth gh_rule_template_hides_secrets(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* All tags of the configured list c->value; a location of it. */
enum gh_truth gh_rule_template_has_tags(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);
enum gh_truth gh_rule_template_region_is_allowed(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

#endif
