/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control: the policy administrator, `gatehoused`. People change state through its REST API; it keeps the state, publishes it as snapshots,
 * chains what happened. It holds no master key, faces no network (the edge and the owner's local socket are the only ways in) and keeps
 * no secret beyond the request that sets it.
 *
 *     store/    what it knows                     publish/  from rows of the store to snapshot files; names, issuers
 *     rest/     the management API                audit/    spool and chain
 *     learn/    what records teach                risk/     how sure we are of an identity, told and decided
 *     review/   access that was given, looked at again
 *     link/     vault and supervisor              main.c    start, seccomp, the supervisor's messages
 *
 * This header: the parts of the running daemon, as handlers see them.
 */
#ifndef GH_CONTROL_CONTROL_H
#define GH_CONTROL_CONTROL_H

#include "control/audit/audit.h"
#include "control/config.h"
#include "control/link/vault.h"
#include "control/publish/publish.h"
#include "control/store/store.h"

struct gh_verifier; /* rest/auth.h      */
struct gh_resolve;  /* publish/resolve.h */
struct gh_issuers;  /* publish/issuers.h */

struct gh_controller { /* all borrowed from main, set once before the first request */
    const struct gh_config *config;
    struct gh_store *store;
    struct gh_vault *vault;
    struct gh_publish *publish;
    struct gh_audit *audit;
    struct gh_verifier *verifier;
    struct gh_resolve *resolve; /* NULL in tests: names are not looked up */
    struct gh_issuers *issuers; /* NULL in tests: no keys are fetched     */
    bool is_offline;              /* control/offline.h: a policy that is only asked; scopes may lie in what it does not hold */
    int64_t started_ms;
    int copy;       /* enum gh_copy (control/copy.h), atomic: not GH_COPY_NONE: nobody is served */
    bool want_anew; /* atomic: end in good order, to be started again                            */
};

#endif
