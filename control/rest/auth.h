/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/auth: who calls, and may they? The edge has asked both already; control asks again by itself, with the same functions of core
 * over its own view of the snapshot. The owner's local socket needs no token: its peer was checked by the kernel.
 */
#ifndef GH_CONTROL_REST_AUTH_H
#define GH_CONTROL_REST_AUTH_H

#include "control/rest/call.h"

#define GH_LOCAL_OWNER "local:owner"

/* What verification remembers between calls: good signatures, parsed keys. Safe for many threads. */
GH_MUST_USE enum gh_rc gh_verifier_new(struct gh_verifier **out);
void gh_verifier_free(struct gh_verifier *v);

/* Fills view, caller. False: the answer is a 401 (or 503), recorded. */
bool gh_auth_identify(struct gh_call *call);

/* Conditional access to `path`. False: the answer is a 401 with a challenge or a 403, not yet recorded. The owner's socket has no conditions. */
bool gh_auth_conditions(struct gh_call *call, struct gh_str path);

/* Decides call->action at `scope`. False: the answer is a 403, recorded. */
bool gh_auth_decide(struct gh_call *call, struct gh_str scope);

/* The same without the record: inside a transaction, which must end before gh_auth_record_refusal is called. */
bool gh_auth_ask(struct gh_call *call, struct gh_str scope);
void gh_auth_record_refusal(struct gh_call *call);

/* Whether the caller could be allowed call->action on something below `scope`: then a list shows what they may see. Not recorded. */
bool gh_auth_could_below(struct gh_call *call, struct gh_str scope);

#endif
