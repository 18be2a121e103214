/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish/guards: the properties of an endpoint that policy/guard.h and policy/observe.h judge by, as values of its ENDPOINT row. The
 * check of a write and the projection into the snapshot read them by the same function.
 */
#ifndef GH_CONTROL_PUBLISH_GUARDS_H
#define GH_CONTROL_PUBLISH_GUARDS_H

#include "control/publish/props.h"
#include "policy/snapshot.h"

/* Fills the fields of `row` (GH_ENDPOINT_N values) that are named there; slices lie in the properties' arena. GH_BAD with a literal in *why
 * and the property in *where: not of the form. */
GH_MUST_USE enum gh_rc gh_guards_read(struct gh_snap_value *row, const struct gh_props *endpoint, const char **why, const char **where);

#endif
