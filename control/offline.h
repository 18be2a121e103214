/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/offline: an installation that exists for one question: who could do what, if these objects were in force? It has a store, a
 * publisher and the management API's own checks, and neither vault nor edge nor network; nothing outlives it. So what a file means is
 * told by the code that would put it in force, and by no other.
 */
#ifndef GH_CONTROL_OFFLINE_H
#define GH_CONTROL_OFFLINE_H

#include "control/publish/view.h"
#include "policy/resource.h"

struct gh_offline;

/* Empty but for the built-in roles. GH_DOWN: no directory can be made for it (err->what). The caller closes it. */
GH_MUST_USE enum gh_rc gh_offline_open(struct gh_offline **out, struct gh_err *err);
void gh_offline_close(struct gh_offline *o); /* NULL is ignored */

/* What decides nothing about access (secrets and their values, keys) has no place here: false. */
bool gh_offline_takes(enum gh_resource type);

/* PUT of one object, {"properties":{...}}, as the owner. The status that the API would answer; *answer lives until the next call. */
unsigned gh_offline_put(struct gh_offline *o, struct gh_str path, struct gh_str body, struct gh_str *answer);

/* The snapshot of all that was put; the caller gives it back by gh_view_unref. GH_DOWN: it could not be published. */
GH_MUST_USE enum gh_rc gh_offline_view(struct gh_view **out, struct gh_offline *o);

#endif
