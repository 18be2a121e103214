/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of just-in-time elevation share: ids and rows in Azure's shape. */
#ifndef GH_CONTROL_REST_ARM_PIM_H
#define GH_CONTROL_REST_ARM_PIM_H

#include "control/rest/door.h"
#include "control/rest/elevation.h"

#define GH_ARM_AUTH "/providers/Microsoft.Authorization/"

/* "{scope}/providers/Microsoft.Authorization/{kind}/{name}" */
struct gh_str gh_arm_id(struct gh_call *call, struct gh_str scope, const char *kind, struct gh_str name);
/* The last segment of a path. */
struct gh_str gh_arm_name(struct gh_str path);
/* Whether the row is about eligibilities; else about assignments. */
bool gh_arm_is_eligibility(const struct gh_door *d);
/* "User", "Group", "ServicePrincipal" */
const char *gh_arm_principal_type(struct gh_str principal);
/* A principal as a caller wrote it: ours; the caller's own subject; or the name of an identity. */
struct gh_str gh_arm_principal(struct gh_call *call, struct gh_str written);
/* Members "scope", "roleDefinitionId", "principalId", "principalType" and "expandedProperties" of what has the first three. */
void gh_arm_put_grant(struct gh_jsonw *w, struct gh_call *call, const struct gh_props *p);
/* A member with the time as it stands in the properties; absent: none. */
void gh_arm_put_copy(struct gh_jsonw *w, const struct gh_props *p, const char *from, const char *to);

/* The body of a schedule request at the door's scope, under its name. False: the answer is a 400. (arm_requests.c) */
bool gh_arm_ask_read(struct gh_ask *out, struct gh_call *call, const struct gh_door *d);

extern const struct gh_door_table gh_door_arm_roles, gh_door_arm_assignments, gh_door_arm_access;
extern const struct gh_door_table gh_door_arm_requests, gh_door_arm_schedules, gh_door_arm_policies;

#endif
