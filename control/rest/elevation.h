/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/elevation: just-in-time elevation. A /roleEligibilities row says who may activate a role; activating makes a role assignment that
 * ends by itself, so its end is in the snapshot and holds at the edge whether control runs or not. /rolePolicies say what activating needs;
 * /roleRequests are the history of what was asked: of one person and role the newest
 * GH_ELEVATION_KEPT_MAX that came to nothing, and as many that had effect, are kept; nobody deletes them. The doors (arm_pim.c) are Azure's shapes over these.
 *
 *   asked -> rules -> approval needed? PendingApproval -> approved: the clock starts now -> Provisioned -> its end, or Revoked before
 *                                       \-> Denied, TimedOut, Canceled
 *
 * A role that is activated was given when it became eligible: the activation itself needs no right of its own, but the caller must be who is
 * eligible. What an administrator asks for somebody is decided like the assignment of that role.
 */
#ifndef GH_CONTROL_REST_ELEVATION_H
#define GH_CONTROL_REST_ELEVATION_H

#include "control/rest/change.h"

/* ---- the rules of a role at a scope: the nearest /rolePolicies row, or what holds without one ---- */

enum { GH_EVIDENCE_MFA = 1, GH_EVIDENCE_JUSTIFICATION = 2, GH_EVIDENCE_TICKET = 4 };

struct gh_bound { /* of what an administrator gives */
    bool must_end;
    int64_t longest_ms;
    unsigned evidence; /* bits of GH_EVIDENCE_* */
};
struct gh_role_policy {
    struct gh_str path; /* empty: none was written, the defaults hold */
    struct gh_str scope, role;
    int64_t longest_ms; /* an activation */
    unsigned evidence;
    struct gh_str context; /* acrs that is wanted instead of multifactor authentication; empty: none */
    bool needs_approval, approver_says_why;
    struct gh_str *approvers;
    size_t n_approvers;
    int64_t timeout_ms;
    struct gh_bound eligibility, assignment;
};

/* The policy that counts for `role` (an id) at `scope`. */
GH_MUST_USE enum gh_rc gh_role_policy_find(struct gh_role_policy *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str role,
    struct gh_str scope);
/* From the properties of a row; NULL in *fault, or the property that cannot be read. */
GH_MUST_USE enum gh_rc gh_role_policy_read(struct gh_role_policy *out, const char **fault, const struct gh_props *p);
extern const char *const gh_evidence_words[3]; /* in the order of the bits */

/* ---- what checks of types share ---- */

/* startDateTime and endDateTime of what is written: times, in their order. */
bool gh_check_times(struct gh_write *w);
/* Whether the role's policy allows an eligibility of this length. */
bool gh_check_eligibility_policy(struct gh_write *w, struct gh_str role);
/* The id of a role that is named by its id, its name or an ARM id. False: the answer is a 409. (check_roles.c) */
bool gh_resolve_role(struct gh_str *id, struct gh_write *w, struct gh_str text);

/* ---- requests ---- */

#define GH_ELEVATION_WAITING_MAX 20 /* requests of one person for one role that wait, each at another scope: what approvers can look through */

enum gh_ask_type { GH_ASK_ADMIN_ASSIGN, GH_ASK_ADMIN_REMOVE, GH_ASK_ADMIN_UPDATE, GH_ASK_ADMIN_EXTEND, GH_ASK_ADMIN_RENEW, GH_ASK_SELF_ACTIVATE,
                   GH_ASK_SELF_DEACTIVATE, GH_ASK_SELF_EXTEND, GH_ASK_SELF_RENEW, GH_ASK_COUNT };
extern const char *const gh_ask_words[GH_ASK_COUNT];

struct gh_ask {
    struct gh_str name;      /* of the request: a GUID that the caller chose */
    bool is_eligibility;     /* else an assignment                           */
    enum gh_ask_type type;
    struct gh_str role, principal, scope; /* as asked; the scope is ours     */
    int64_t start_ms, end_ms, duration_ms; /* 0: not said                     */
    bool is_endless;         /* said so                                      */
    struct gh_str justification, ticket_number, ticket_system;
    struct gh_str linked;    /* name of the eligibility, or empty            */
    struct gh_str target;    /* name of what is changed or ended, or empty   */
};

/* Carries it out, or (is_dry_run) only says whether it would be. True: *path is the request's resource (is_dry_run: empty), *properties its
 * properties as JSON; call->status 201 or 200. False: the answer is a refusal. */
bool gh_elevation_ask(struct gh_str *path, struct gh_str *properties, struct gh_call *call, const struct gh_ask *ask, bool is_dry_run);
/* Takes a request back that nobody has answered yet. */
bool gh_elevation_cancel(struct gh_call *call, struct gh_str name);
/* An approver's word, or (PendingAdminDecision) an administrator's. */
bool gh_elevation_review(struct gh_call *call, struct gh_str name, bool is_approved, struct gh_str justification);

/* The status of a request as it is now: one that waited too long is TimedOut. */
struct gh_str gh_elevation_status(const struct gh_props *request, int64_t now_ms);
/* Whether the caller may answer it: an approver other than who asked. */
bool gh_elevation_may_review(const struct gh_call *call, const struct gh_props *request);
/* Whether `principal` is the caller, or a group of his. */
bool gh_elevation_is_self(const struct gh_call *call, struct gh_str principal);
/* The caller as assignments name him: his identity where he has one. */
struct gh_str gh_elevation_own_name(const struct gh_call *call);
/* Whether an eligibility or assignment has begun and not ended. */
bool gh_elevation_is_now(const struct gh_props *p, int64_t now_ms);
/* A time of properties; 0: absent. */
int64_t gh_elevation_time(const struct gh_props *p, const char *name);

/* The write of an eligibility that is there already: what was activated of it ends no later than it does. False: the answer is set. */
bool gh_elevation_bound_activations(struct gh_write *w);

#endif
