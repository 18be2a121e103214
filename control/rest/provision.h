/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/provision: what an installation has from the start, made through the management API's own code, as the owner of the data
 * directory, so that it is checked and recorded like everything else. Idempotent: what is there stays as people changed it.
 *
 *   always  built-in roles, the listener; identity `admin` (Owner and Key Vault Secrets Officer at "/") if no one is Owner there
 *   --demo  workspace `demo` with endpoint, echo backend, the three personas, `demo-admin`, `demo-client`, a fresh API key (older ones of the
 *           demo are revoked)
 */
#ifndef GH_CONTROL_REST_PROVISION_H
#define GH_CONTROL_REST_PROVISION_H

#include "control/rest/call.h"

/* Before the first base. */
GH_MUST_USE enum gh_rc gh_provision_store(struct gh_controller *c);
/* With the publisher running, before READY. */
GH_MUST_USE enum gh_rc gh_provision_resources(struct gh_controller *c);

/* Name of an enabled identity of the own issuer that is Owner at "/"; `admin` is made so if there is none. */
GH_MUST_USE enum gh_rc gh_provision_owner(struct gh_str *name, struct gh_controller *c, struct gh_arena *a);

/* The JSON object for READY: with --demo names and credentials (addresses are the supervisor's). Wipe it after use. */
GH_MUST_USE enum gh_rc gh_provision_ready(struct gh_buf *out, struct gh_controller *c, struct gh_arena *a);

#endif
