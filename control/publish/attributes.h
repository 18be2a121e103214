/* SPDX-License-Identifier: Apache-2.0 */
/* control/publish/attributes: `customSecurityAttributes` of an identity, as conditions ask for them. */
#ifndef GH_CONTROL_PUBLISH_ATTRIBUTES_H
#define GH_CONTROL_PUBLISH_ATTRIBUTES_H

#include "control/publish/props.h"
#include "policy/snapshot.h"

/*
 * GH_IDENTITY_ATTRIBUTES: name, value, name, value; a list of strings gives the name once for each. GH_BAD: *why is a literal that says why
 * not. Names are those of resources; at most GH_CONDITION_VALUES_MAX values in all, each at most 256 bytes.
 */
GH_MUST_USE enum gh_rc gh_attributes_read(struct gh_snap_value *out, const struct gh_props *identity, const char **why);

#endif
