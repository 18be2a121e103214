/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/rule_apim: functions of rows about policies of API Management. The policy of an API is its own document, and the global one as far as
 * the own one takes its parent in (<base />) and the input has it. A fragment counts when the input has it; one that it has not, a linked
 * document, and marks in a document leave undecided what was not found.
 */
#ifndef GH_BASELINE_RULE_APIM_H
#define GH_BASELINE_RULE_APIM_H

#include "baseline/rule.h"

#define GH_RULE_APIM_SERVICE "Microsoft.ApiManagement/service"
#define GH_RULE_APIM_POLICIES                                                                                                                       \
    GH_RULE_APIM_SERVICE "/apis/policies|" GH_RULE_APIM_SERVICE "/apis/operations/policies|" GH_RULE_APIM_SERVICE                                    \
                         "/apis/resolvers/policies|" GH_RULE_APIM_SERVICE "/products/policies"

/* A policy document: "base" each section takes its parent in; "cors": it has a cors policy; "cors named": without a wildcard. */
enum gh_truth gh_rule_apim_policy(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);
enum gh_truth gh_rule_apim_policy_has_parent(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* An API: does a model stand behind it; does its policy hold "validated", "shield", "limit", "metric". */
enum gh_truth gh_rule_apim_api_is_model(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);
enum gh_truth gh_rule_apim_api_policy(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* A backend: is it a model service; is it called by a policy that is "authenticated", or by "identity" and no key. */
enum gh_truth gh_rule_apim_backend_is_model(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);
enum gh_truth gh_rule_apim_backend_policy(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* An API or product: its policy validates a token. */
enum gh_truth gh_rule_apim_token_is_validated(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

#endif
