/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/assess: the installation's own objects against the rules GH-GW-* of the baseline (core/baseline/rules_gateway.c has their words).
 * An assessment is a resource: POST /assessments judges now and keeps what was found, so the collection is the history.
 *
 * A rule about something that this version cannot do is n/a and says so: a new installation can comply. Nothing is guessed: what cannot be
 * decided here is unknown.
 */
#ifndef GH_CONTROL_ASSESS_H
#define GH_CONTROL_ASSESS_H

#include "baseline/rule.h"
#include "control/rest/write.h"

/* What a caller may ask for; days. */
struct gh_assess_limits {
    int64_t key_age_days, secret_age_days;
};

/* One rule over all objects. It tells each object's outcome by gh_assess_tell. */
struct gh_assess;
typedef enum gh_rc (*gh_assess_fn)(struct gh_assess *as);

struct gh_assess_row {
    const char *id;        /* "GH-GW-002" */
    gh_assess_fn judge;    /* NULL: n/a ... */
    const char *missing;   /* ... because of this: literal */
    const char *wanted;
};
extern const struct gh_assess_row gh_assess_table[];
extern const size_t gh_assess_count;

#define GH_ASSESS_FAILS_MAX 100 /* objects that one rule names; the rest is counted */

struct gh_assess {
    struct gh_controller *control;
    struct gh_store_tx *tx;
    struct gh_arena *a;
    int64_t now_ms;
    struct gh_assess_limits limits;
    const struct gh_assess_row *row;
    struct gh_buf results; /* what was told of objects, a list */
    struct gh_jsonw w;
    enum gh_rc rc;
    uint64_t n[GH_OUTCOME_COUNT]; /* of the rule at hand: objects by outcome     */
    uint64_t rules[GH_OUTCOME_COUNT];
    uint64_t weight_passed, weight_judged;
};

/* Outcome of one object. `found` is a literal or lies in the arena; never a secret. */
void gh_assess_tell(struct gh_assess *as, enum gh_outcome outcome, struct gh_str path, struct gh_str found);

/* The whole report as one JSON object: at, score, counts, results. */
GH_MUST_USE enum gh_rc gh_assess_report(struct gh_str *out, struct gh_assess *as);

/* The newest entries of the chain: tells one outcome. */
GH_MUST_USE enum gh_rc gh_assess_chain(struct gh_assess *as);

/* ---- the resource (handlers.h) ---- */
bool gh_prepare_assessment(struct gh_write *w);
bool gh_check_assessment(struct gh_write *w);

#endif
