/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/judge_int: what cond.c, cond_link.c and judge.c share alone. */
#ifndef GH_BASELINE_JUDGE_INT_H
#define GH_BASELINE_JUDGE_INT_H

#include "baseline/judge.h"

/* Loops around what a condition is asked about: where its paths start. On the stack of who walks. */
struct gh_judge_base {
    const struct gh_judge_base *up;
    struct gh_str path; /* to the array or object */
    struct gh_str key;  /* of the member, or      */
    uint32_t index;     /* number of the element  */
    bool is_object;
};

/* What a condition wants, in words, made once. */
struct gh_judge_words {
    const struct gh_cond *cond;
    struct gh_str text;
};

/* cond_link.c: conditions over other resources. */
enum gh_truth gh_cond_endpoint(struct gh_judge *j, const struct gh_cond *c);
enum gh_truth gh_cond_logs(struct gh_judge *j, const struct gh_cond *c);
enum gh_truth gh_cond_child(struct gh_judge *j, const struct gh_cond *c);
enum gh_truth gh_cond_parent(struct gh_judge *j, const struct gh_cond *c);

/* Fills seen with an unknown of this reason at this path. */
enum gh_truth gh_judge_undecided(struct gh_judge *j, struct gh_str path, const char *why);

/* judge.c: one rule about one resource within a run. */
enum gh_truth gh_judge_rule(struct gh_judge *j, uint32_t resource, struct gh_str id);

static inline enum gh_truth
gh_truth_not(enum gh_truth t)
{
    return t == GH_TRUTH_UNKNOWN ? t : t == GH_TRUTH_TRUE ? GH_TRUTH_FALSE : GH_TRUTH_TRUE;
}

#endif
