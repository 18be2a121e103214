/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/review: access that was given, looked at again. A definition (/accessReviews/x) says what is reviewed, by whom, how long and how
 * often; control's clock makes its instances, and one decision for each assignment, eligibility, API key, or way to get a key:
 *
 *   NotStarted -> InProgress -> Completed -> Applying -> Applied
 *                 decisions     undecided    what was denied is removed,
 *                 by people     ones by the  with a record each
 *                               definition's policy
 *
 * A recommendation comes from what records taught (control/learn): Deny for what nobody used within the look-back time, Approve for what
 * was used or is younger, NoInfoAvailable where records do not reach back so far. Nobody decides about his own access, takes
 * back what others said of it, or changes a review that denies it before that is applied.
 *
 * Deciding needs the right to decide at the scope of what is decided on; who is named as reviewer narrows that, it gives nothing.
 */
#ifndef GH_CONTROL_REVIEW_H
#define GH_CONTROL_REVIEW_H

#include "control/rest/write.h"

#define GH_REVIEW_DECISIONS_MAX 10000 /* of one instance; what more there is is counted, and stays as it is */
#define GH_REVIEW_INSTANCES_KEPT 50   /* of one definition; older ones go, the audit chain has them */
#define GH_REVIEWS_MAX 256            /* definitions: the clock looks at each of them every second */
#define GH_REVIEW_EVERY_MS_MIN INT64_C(1800000) /* shortest recurrence that is taken */
#define GH_REVIEW_TICK_MS 1000

enum gh_review_subject { GH_REVIEW_ASSIGNMENTS = 1, GH_REVIEW_KEYS = 2, GH_REVIEW_KEY_CREATORS = 4,
                         GH_REVIEW_ELIGIBILITIES = 8 };

/* A definition, read. Slices lie in its properties' arena. */
struct gh_review {
    struct gh_str scope;
    unsigned subjects; /* bits of enum gh_review_subject */
    struct gh_str *reviewers;
    size_t n_reviewers; /* 0: whoever may decide */
    int64_t start_ms, duration_ms, lookback_ms;
    int64_t every_ms; /* 0: once, or by months */
    int64_t every_months;
    int64_t occurrences; /* 0: without end */
    struct gh_str default_decision; /* "None" | "Approve" | "Deny" | "Recommendation" */
    bool is_auto_applied, wants_justification, is_enabled;
};
/* GH_BAD with a literal in *why and the property in *where. `created_ms`: where no start is given. */
GH_MUST_USE enum gh_rc gh_review_read(struct gh_review *out, const struct gh_props *p, int64_t created_ms, const char **why, const char **where);
/* When its `n`-th instance (from 0) begins; INT64_MAX: there is none. */
int64_t gh_review_begins(const struct gh_review *r, int64_t n);

/* ---- the clock ---- */

struct gh_reviews;
GH_MUST_USE enum gh_rc gh_reviews_start(struct gh_reviews **out, struct gh_controller *c);
void gh_reviews_stop(struct gh_reviews *r); /* NULL is ignored */
/* What is due at `now_ms`: instances begin, end and are applied. Called by the thread each second; by tests with times of their own. */
GH_MUST_USE enum gh_rc gh_review_tick(struct gh_controller *c, int64_t now_ms);

/* ---- handlers (control/rest/handlers.h) ---- */
struct gh_str gh_scope_review(const struct gh_props *props);
bool gh_check_review(struct gh_write *w);
bool gh_check_delete_review(struct gh_write *w);
bool gh_check_review_instance(struct gh_write *w);
bool gh_check_review_decision(struct gh_write *w);

#endif
