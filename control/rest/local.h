/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/local: what only the owner of the data directory may ask, by the local socket: tokens of the own issuer, and recovery. Each is
 * recorded before it is answered.
 *
 *   POST /local/token    {"as": NAME, "audience"?: TEXT, "lifetime"?: SECONDS} -> {"token", "expiresIn", "id"}
 *   POST /local/recover  {} -> {"token", "expiresIn", "id"}: everything published again, ten minutes for an Owner
 *   POST /local/backup   {} -> {"entry"}: a copy of all this is about to be taken; the record of that stands in the copy itself
 *   POST /local/accept-restore  {"reason": TEXT} -> {}: the owner's word about a copy (control/copy.h); 409 until vault has a new key
 */
#ifndef GH_CONTROL_REST_LOCAL_H
#define GH_CONTROL_REST_LOCAL_H

#include "control/rest/call.h"

#define GH_LOCAL_LIFETIME_S 3600
#define GH_LOCAL_RECOVER_S 600

#define GH_LOCAL_ACCEPT_RESTORE "/local/accept-restore"
#define GH_LOCAL_BACKUP "/local/backup"

void gh_local_answer(struct gh_call *call);

#endif
