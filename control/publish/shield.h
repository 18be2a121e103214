/* SPDX-License-Identifier: Apache-2.0 */
/* control/publish/shield: the property `shield` of an endpoint, as policy/shield_policy.h judges by it: for the check of a write and for the
 * projection alike. */
#ifndef GH_CONTROL_PUBLISH_SHIELD_H
#define GH_CONTROL_PUBLISH_SHIELD_H

#include "control/publish/props.h"
#include "policy/shield_policy.h"

/*
 * {"required": bool, "spotlight": word, "user" | "document" | "toolOutput": {"action": act, CLASS: act, "threshold": number}}. What an object
 * does not say is as gh_shield_policy_default says; a class is as its kind's action. Absent or null: there is no shield. GH_BAD with a
 * literal in *why.
 */
GH_MUST_USE enum gh_rc gh_shield_read(struct gh_shield_policy *out, const struct gh_props *endpoint, const char **why);

#endif
