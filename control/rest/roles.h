/* SPDX-License-Identifier: Apache-2.0 */
/* control/rest/roles: built-in role definitions as resources of the store, so that they are listed and shown like others. */
#ifndef GH_CONTROL_REST_ROLES_H
#define GH_CONTROL_REST_ROLES_H

#include "control/store/store.h"

/* Writes those that are not there or changed with the program. At each start, in a FULL transaction, before the first base. */
GH_MUST_USE enum gh_rc gh_roles_seed(struct gh_store_tx *tx, struct gh_arena *a, int64_t now_ms);

#endif
