/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/learn: what records teach. Every record of an edge passes here in the transaction that puts it into the chain:
 *
 *   uses      who (and which assignment, which key) did what, where, how often, since when, last when: reviews and recommendations
 *   sign-ins  the first use of a credential from a network, and failed uses, judged by policy/signin_risk.h: the level of risk of an
 *             identity, published in the snapshot within a second
 *
 * It decides nothing, and keeps no path, prompt or token: scopes, actions, /24 and /48 networks, countries, digests of device ids.
 *
 * Bounds: GH_LEARN_PRINCIPALS_MAX states (the one without a level that was not seen for longest goes first); of each principal
 * GH_LEARN_USES_MAX rows with scopes as they are, as many again by workspace, and from then on at "/" alone; rows that nobody used for
 * GH_LEARN_KEEP_MS go.
 */
#ifndef GH_CONTROL_LEARN_H
#define GH_CONTROL_LEARN_H

#include "control/audit/audit.h"
#include "control/config.h"
#include "control/publish/publish.h"
#include "policy/signin_risk.h"

#define GH_LEARN_PRINCIPALS_MAX 1000000
#define GH_LEARN_USES_MAX 256
#define GH_LEARN_KEEP_MS (INT64_C(400) * 86400000)

struct gh_learn;

struct gh_learn_config {
    struct gh_store *store;
    const struct gh_config *config;
};

/* Opens the database of places, if one is named: one that cannot be read is told in the log, and places are unknown. */
GH_MUST_USE enum gh_rc gh_learn_new(struct gh_learn **out, const struct gh_learn_config *c);
void gh_learn_free(struct gh_learn *l); /* after the audit was stopped; NULL is ignored */

/* For gh_audit_config; lives as long as the gh_learn. */
const struct gh_audit_learner *gh_learn_learner(struct gh_learn *l);
/* Where raised levels are recorded and published. Before the audit's thread begins; in tests, `publish` may be NULL. */
void gh_learn_start(struct gh_learn *l, struct gh_audit *audit, struct gh_publish *publish);

/* ---- the rows of uses: gh_store_use ---- */

/* `action` of a row: the action, and whether it was decided "there or anywhere below" (lists, and what control decides by content). */
static inline uint64_t
gh_learn_action(enum gh_action action, bool is_below)
{
    return (uint64_t)action << 1 | is_below;
}
static inline enum gh_action
gh_learn_action_of(uint64_t stored, bool *is_below)
{
    *is_below = (stored & 1) != 0;
    return stored >> 1 < GH_ACTION_COUNT ? (enum gh_action)(stored >> 1) : GH_ACTION_NONE;
}
/* Since when uses are counted: before that, not to be used means nothing. 0: not yet. */
GH_MUST_USE enum gh_rc gh_learn_since(int64_t *ms, struct gh_store_tx *tx, struct gh_arena *a);
#define GH_LEARN_SINCE "learn-since" /* the setting: le64 */
#define GH_LEARN_KEY "key:" /* and the id: an API key as a principal of its own rows; its owner has them too */

#endif
