/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish/outbound: a workspace's outbound rules out of the store, for the check of a write and for whatever dials: the projection of
 * backends today. Names that people write in their own script become A-labels here (IDNA2008, libidn2).
 *
 * Key sources are the installation's, not a workspace's: their addresses pass policy/egress.h, and the issuer that names them, which only
 * who may assign roles at "/" can write, is their rule.
 */
#ifndef GH_CONTROL_PUBLISH_OUTBOUND_H
#define GH_CONTROL_PUBLISH_OUTBOUND_H

#include "control/config.h"
#include "control/publish/props.h"
#include "policy/outbound.h"

#define GH_OUTBOUND_RULES_MAX 256 /* of one workspace: they are compared one by one, when names are looked up */

/* The rule that these properties say; slices lie in their arena. GH_BAD with a literal in *why and the property in *where. */
GH_MUST_USE enum gh_rc gh_outbound_rule_read(struct gh_outbound_rule *out, const struct gh_props *p, const char **why, const char **where);

/* The isolation of a workspace's properties; GH_BAD with *why: not of the form. Absent: Disabled. */
GH_MUST_USE enum gh_rc gh_outbound_isolation_read(enum gh_isolation *out, const struct gh_props *workspace, const char **why);

/*
 * Keeps of `addresses` ("1.2.3.4:443") what may be dialled for the workspace under the rules and listeners that the store holds now; *why is
 * then why nothing is left, or GH_OUTBOUND_OK. `host` as it was configured.
 */
GH_MUST_USE enum gh_rc gh_outbound_filter(struct gh_str *addresses, size_t *n, enum gh_outbound_why *why, struct gh_arena *a, struct gh_store_tx *tx,
    const struct gh_config *config, struct gh_str ws, struct gh_str host);

#endif
