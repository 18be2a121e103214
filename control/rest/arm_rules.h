/* SPDX-License-Identifier: Apache-2.0 */
/* control/rest/arm_rules: a role's policy as Azure's list of rules, and back (protocols: PIM; rule ids are Azure's). */
#ifndef GH_CONTROL_REST_ARM_RULES_H
#define GH_CONTROL_REST_ARM_RULES_H

#include "control/rest/elevation.h"

void gh_arm_put_rules(struct gh_jsonw *w, struct gh_call *call, const char *key, const struct gh_role_policy *policy);
/* Changes *policy by the rules of the call's body; those that it leaves out stay. False: the answer is a 400 that names what is not supported. */
bool gh_arm_read_rules(struct gh_role_policy *policy, struct gh_call *call);
/* The policy as properties of a /rolePolicies row. */
void gh_arm_put_stored(struct gh_buf *out, struct gh_call *call, const struct gh_role_policy *policy);

#endif
