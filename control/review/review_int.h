/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: instances and decisions as they are stored. */
#ifndef GH_CONTROL_REVIEW_INT_H
#define GH_CONTROL_REVIEW_INT_H

#include "control/publish/project_int.h"
#include "control/review/review.h"

/* X(NAME, "as Graph says it"). */
#define REVIEW_STATUS_LIST(X) X(NOT_STARTED, "NotStarted") X(IN_PROGRESS, "InProgress") X(COMPLETED, "Completed") X(APPLYING, "Applying") X(APPLIED, "Applied")
enum review_status {
#define REVIEW_STATUS_ENUM(name, text) REVIEW_##name,
    REVIEW_STATUS_LIST(REVIEW_STATUS_ENUM)
#undef REVIEW_STATUS_ENUM
    REVIEW_STATUSES
};
extern const char *const review_status_names[REVIEW_STATUSES];

struct review_instance {
    struct gh_str path, scope, by; /* by: who asked for what was done last; "clock" */
    int64_t number, start_ms, end_ms;
    enum review_status status;
    int64_t decisions, approved, denied, undecided, removed, left_out;
};

struct review_decision {
    struct gh_str path;
    struct gh_str kind;      /* "roleAssignment" | "roleEligibility" | "apiKey" | "keyCreator" */
    struct gh_str target;    /* path of what goes if it is denied          */
    struct gh_str principal, role, scope;
    int64_t last_used_ms, uses;
    struct gh_str recommendation, reason; /* "Approve" | "Deny" | "NoInfoAvailable" */
    int64_t made_ms;         /* when it was asked for: what is younger than that was not */
    struct gh_str decision, justification, by; /* "NotReviewed" | "Approve" | "Deny" | "DontKnow"; by: a principal, or "policy" */
    int64_t decided_ms, applied_ms;
    struct gh_str result;
};

GH_MUST_USE enum gh_rc review_instance_read(struct review_instance *out, struct gh_arena *a, const struct gh_store_resource *r);
void review_instance_put(struct gh_buf *body, struct gh_arena *a, const struct review_instance *i);
GH_MUST_USE enum gh_rc review_instance_store(struct gh_store_tx *tx, struct gh_arena *a, const struct review_instance *i, int64_t now_ms);
GH_MUST_USE enum gh_rc review_decision_read(struct review_decision *out, struct gh_arena *a, const struct gh_store_resource *r);
void review_decision_put(struct gh_buf *body, struct gh_arena *a, const struct review_decision *d);
GH_MUST_USE enum gh_rc review_decision_store(struct gh_store_tx *tx, struct gh_arena *a, const struct review_decision *d, int64_t now_ms);

#define REVIEW_BODY_MAX 8192

/* All decisions of an instance. */
struct review_decisions {
    struct review_decision *p;
    size_t n;
};
GH_MUST_USE enum gh_rc review_decisions_load(struct review_decisions *out, struct gh_store_tx *tx, struct gh_arena *a, struct gh_str instance);

/* gather.c: the decisions that an instance asks for, stored; sets its counters. */
GH_MUST_USE enum gh_rc review_gather(struct review_instance *i, struct gh_store_tx *tx, struct gh_arena *a, const struct gh_config *config,
    const struct gh_review *r, int64_t now_ms);

/* settle.c: within the caller's transaction; they store decisions and change *i, which the caller stores. */
GH_MUST_USE enum gh_rc review_complete(struct review_instance *i, struct gh_store_tx *tx, struct gh_arena *a, const struct gh_review *r, int64_t now_ms);
/* Whether who asks may decide on this one. */
typedef bool review_may_fn(const void *ctx, const struct review_decision *d);
/* *left: how many words stay, because who asks may not decide there. */
GH_MUST_USE enum gh_rc review_reset(struct review_instance *i, int64_t *left, struct gh_store_tx *tx, struct gh_arena *a, review_may_fn *may,
    const void *ctx, int64_t now_ms);
GH_MUST_USE enum gh_rc review_accept(struct review_instance *i, struct gh_store_tx *tx, struct gh_arena *a, struct gh_str by,
    review_may_fn *may, const void *ctx, int64_t now_ms);

/* own.c: whether an instance of the definition at `path` that is not applied yet denies the caller's own access. */
GH_MUST_USE enum gh_rc review_denies_caller(bool *denies, struct gh_store_tx *tx, const struct gh_call *call, struct gh_str path);

/* The definition that holds the instance or decision at `path`. */
GH_MUST_USE enum gh_rc review_of(struct gh_review *out, struct gh_store_tx *tx, struct gh_arena *a, struct gh_str path);

#endif
