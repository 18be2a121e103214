/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of just-in-time elevation share: ids and rows in Azure's shape, and filters of lists. */
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

/* ---- $filter: conditions joined by `and`: asTarget(), asApprover(), asRequestor(), atScope(), assignedTo('x'), NAME eq 'x' ---- */
struct gh_arm_filter {
    bool as_target, as_approver, as_requestor, at_scope;
    bool at_scope_and_below;               /* of definitions: also those that may be assigned further down alone */
    bool is_assigned_to;                   /* principal: or a group of his                                       */
    struct gh_str principal, role, status; /* p NULL: any */
    struct gh_str type, name;              /* of definitions: "BuiltInRole", roleName; of denials: denyAssignmentName */
};
/* False: the answer is a 400 that names what is not known. */
bool gh_arm_filter_read(struct gh_arm_filter *out, struct gh_call *call);
/* Whether an eligibility, assignment or request is asked for, and may be shown: by rights at its scope, or because it is the caller's own. */
bool gh_arm_filter_fits(const struct gh_arm_filter *f, struct gh_call *call, struct gh_str scope, const struct gh_props *p);

extern const struct gh_door_table gh_door_arm_roles, gh_door_arm_assignments, gh_door_arm_access;
extern const struct gh_door_table gh_door_arm_requests, gh_door_arm_schedules, gh_door_arm_policies;

#endif
