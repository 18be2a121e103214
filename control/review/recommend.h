/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/review/recommend: granted against used, for one principal, and the smaller role that would have done, with its proof.
 *
 * What was used are the recorded requests of the look-back time (control/learn). What comes by groups is left as it is; each assignment of
 * his own is kept, narrowed to the smallest role and scope that cover what only it allowed, or dropped. The smallest role is an existing one
 * that allows exactly what was used, else one that is written for it.
 *
 * The proof: every recorded request is decided again by gh_decide as things are, over a snapshot made by the publisher's own projection; then the
 * proposal is put into the rows of that, and what was allowed is decided again over them. All is read in one transaction, and nothing is written. Nothing is proposed that is not proved:
 *
 *   - what is not allowed as things are (a condition asks for what records do not hold, a group that only tokens named, a scope that is told wider than it was)
 *     may have been allowed by any assignment of his with that action there: these stay, and say why;
 *   - what has a condition or times allows no other assignment to go: it may not have held when the request was made;
 *   - an assignment whose role a conditional access policy excludes stays: without it, that policy would apply to him;
 *   - would any request be denied after all, nothing is proposed.
 */
#ifndef GH_CONTROL_REVIEW_RECOMMEND_H
#define GH_CONTROL_REVIEW_RECOMMEND_H

#include "control/publish/project_int.h"
#include "control/rest/call.h"
#include "control/review/activations.h"
#include "policy/role.h"

#define GH_RECOMMEND_GRANTS_MAX 256 /* assignments of one principal that are looked at; more are kept as they are */
#define GH_RECOMMEND_USES_MAX 2048  /* rows of one principal: control/learn keeps no more */

enum gh_recommend_change { GH_RECOMMEND_KEEP, GH_RECOMMEND_REPLACE, GH_RECOMMEND_REMOVE };

struct gh_recommend_grant {
    struct gh_str path, principal, role_id, role_name, scope;
    struct gh_role_bits bits, may; /* may: also what its role allows on a condition */
    int64_t last_ms; /* 0: no recorded request needed it */
    int64_t uses;
    bool is_his;      /* not by a group */
    bool is_standing; /* without a condition, a beginning and an end */
    bool is_own;      /* both: it may be narrowed */
    bool is_needed; /* allowed something that nothing else does */
    bool is_anchored; /* ... at a place that was named, not in lists alone */
    /* proposed */
    enum gh_recommend_change change;
    struct gh_str why; /* it stays, though it is not known to be needed; empty: there is no such reason */
    struct gh_role_bits need;
    struct gh_str new_role_id, new_role_name, new_scope;
    bool is_generated;
};

struct gh_recommend_use {
    enum gh_action action;
    bool is_below;
    struct gh_str scope;
    int64_t n, first_ms, last_ms;
    bool is_allowed;    /* as things are: it can be replayed */
    const char *reason; /* why it is not: of the decision, a literal */
    bool is_unsure;     /* because a condition asks for what records do not hold */
};

struct gh_recommend_eligible { /* what he may activate */
    struct gh_str path, principal, role_name, scope;
    bool is_his;
    int64_t activations, last_ms; /* within the look-back time */
    enum gh_recommend_change change; /* KEEP or REMOVE */
    const char *why;
};

struct gh_recommendation {
    struct gh_str principal, path; /* path: "/identities/x", or empty */
    int64_t since_ms, from_ms;     /* records begin; the look-back begins */
    struct gh_strs names;          /* all that he stands for              */
    struct gh_recommend_grant grant[GH_RECOMMEND_GRANTS_MAX];
    size_t n_grants;
    struct gh_recommend_use use[GH_RECOMMEND_USES_MAX];
    size_t n_uses;
    struct gh_recommend_eligible eligible[GH_RECOMMEND_GRANTS_MAX];
    size_t n_eligible;
    bool is_cut;                   /* more grants or eligibilities than are looked at */
    uint64_t requests, denied, denied_already; /* the proof: requests recorded; denied by what is proposed; denied as things are, so not replayed */
};

/* What one answer reads once, for all of whom it tells. */
struct gh_recommending {
    struct gh_store_tx *tx; /* reading */
    const struct gh_config *config;
    int64_t now_ms, lookback_ms, since_ms;
    const struct gh_snap_file *base; /* all roles and denials */
    struct gh_activations activations;
};
/* replay.c. `tx` and what lies in `a` must stay for as long as *out is used. */
GH_MUST_USE enum gh_rc gh_recommend_begin(struct gh_recommending *out, struct gh_store_tx *tx, struct gh_arena *a, const struct gh_config *config,
    int64_t now_ms, int64_t lookback_ms);

/* Each into `a`, in this order. evidence.c. GH_BAD: there is no such principal here. */
GH_MUST_USE enum gh_rc gh_recommend_gather(struct gh_recommendation *r, const struct gh_recommending *g, struct gh_arena *a, struct gh_str principal);
/* replay.c: decides what was recorded as things are. */
GH_MUST_USE enum gh_rc gh_recommend_replay(struct gh_recommendation *r, const struct gh_recommending *g, struct gh_arena *a);
/* propose.c */
GH_MUST_USE enum gh_rc gh_recommend_propose(struct gh_recommendation *r, const struct gh_recommending *g, struct gh_arena *a);
/* replay.c: what cannot be proved is withdrawn from the proposal. */
GH_MUST_USE enum gh_rc gh_recommend_prove(struct gh_recommendation *r, const struct gh_recommending *g, struct gh_arena *a);

/* The permissions of a role that allows exactly these actions, as Azure writes them. */
void gh_recommend_put_permissions(struct gh_jsonw *w, const struct gh_role_bits *need);

/* GET /recommendations (control/rest/handlers.h) */
void gh_answer_recommendations(struct gh_call *call);

#endif
