/* SPDX-License-Identifier: Apache-2.0 */
/* control/store/signin_state: states of sign-ins (policy/signin_risk.h) as rows of the store, by principal. */
#ifndef GH_CONTROL_STORE_SIGNIN_STATE_H
#define GH_CONTROL_STORE_SIGNIN_STATE_H

#include "control/store/store.h"
#include "policy/signin_risk.h"

/* Name of a principal's state: the first 16 bytes of its SHA-256. */
GH_MUST_USE enum gh_rc gh_signin_state_id(uint8_t out[GH_STORE_SIGNIN_ID_BYTES], struct gh_str principal);
/* A stored state; one that this version cannot read is a lost one (gh_signin_lose), never one that says nothing bad. */
void gh_signin_state_read(struct gh_signin_state *out, struct gh_str stored);
/* The state of a principal; zeroed, and *exists false, where there is none. */
GH_MUST_USE enum gh_rc gh_signin_state_get(struct gh_signin_state *out, bool *exists, struct gh_arena *a, struct gh_store_tx *tx,
    struct gh_str principal);
GH_MUST_USE enum gh_rc gh_signin_state_keep(struct gh_store_tx *tx, struct gh_str principal, const struct gh_signin_state *s);

#endif
