/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/risk: how sure we are of each identity, for people. GET /risk tells levels, reasons and what was found; POST /riskDecisions is a
 * person's word about one; /watchlists/x are an operator's networks and principals. The levels themselves come from control/learn, and
 * are published as section RISK of the snapshot.
 */
#ifndef GH_CONTROL_RISK_H
#define GH_CONTROL_RISK_H

#include "control/rest/write.h"
#include "policy/signin_risk.h"

/* ---- handlers (control/rest/handlers.h) ---- */
void gh_answer_risk(struct gh_call *call);
bool gh_prepare_risk_decision(struct gh_write *w);
bool gh_check_risk_decision(struct gh_write *w);
bool gh_after_risk_decision(struct gh_write *w);
bool gh_check_watchlist(struct gh_write *w);
bool gh_check_delete_watchlist(struct gh_write *w);

struct gh_change;
/* A person's word within a change; who may say it was decided before. `state` as of the property. False: the answer is a refusal. */
bool gh_risk_decide(struct gh_change *ch, struct gh_str principal, const char *state);

#define GH_RISK_LISTS_MAX 64        /* operator's lists: every sign-in is looked up in each */
#define GH_RISK_DECISIONS_KEPT 1000 /* the oldest goes when one more comes; the audit chain has them all */

/* "issuer:subject" of a principal as people write it: that, or "/identities/x". False: the answer says why not. */
bool gh_risk_principal(struct gh_str *out, struct gh_call *call, struct gh_store_tx *tx, struct gh_str text);

#endif
