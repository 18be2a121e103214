/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline/rule_part: what several functions of rows need: three-valued "and" and "or", the last part of a name, and a walk over all texts
 * below a value. Nothing here decides anything.
 */
#ifndef GH_BASELINE_RULE_PART_H
#define GH_BASELINE_RULE_PART_H

#include "baseline/judge.h"

static inline enum gh_truth
gh_rule_part_or(enum gh_truth a, enum gh_truth b)
{
    if (a == GH_TRUTH_TRUE || b == GH_TRUTH_TRUE)
        return GH_TRUTH_TRUE;
    return a == GH_TRUTH_UNKNOWN || b == GH_TRUTH_UNKNOWN ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
}

static inline enum gh_truth
gh_rule_part_and(enum gh_truth a, enum gh_truth b)
{
    if (a == GH_TRUTH_FALSE || b == GH_TRUTH_FALSE)
        return GH_TRUTH_FALSE;
    return a == GH_TRUTH_UNKNOWN || b == GH_TRUTH_UNKNOWN ? GH_TRUTH_UNKNOWN : GH_TRUTH_TRUE;
}

static inline enum gh_truth
gh_rule_part_not(enum gh_truth t)
{
    return t == GH_TRUTH_UNKNOWN ? t : gh_truth(t == GH_TRUTH_FALSE);
}

/* What stands behind the last '/' of a string outside of marks (a name, an id); other values as they are. */
struct gh_value gh_rule_part_last(struct gh_value v);

/* The value at the condition's path, reported as what was seen. */
struct gh_value gh_rule_part_at(struct gh_judge *j, const struct gh_cond *c, struct gh_value at);

/* Says why nothing can be decided; GH_TRUTH_UNKNOWN. `why` is a literal. */
enum gh_truth gh_rule_part_undecided(struct gh_judge *j, struct gh_str path, const char *why);

/* Some element of array `v`, or the value itself, is one of "a|b". */
enum gh_truth gh_rule_part_any_is(struct gh_judge *j, struct gh_value v, const char *list);

/*
 * Walk over what is below a value, containers first. What an expression made is handed out and not entered (`enter_expr`: it is). Start with
 * gh_rule_walk_init; gh_rule_walk_next is false at the end. Deeper than GH_RULE_WALK_DEPTH: is_cut is set and the rest is left out.
 */
#define GH_RULE_WALK_DEPTH 32

struct gh_rule_walk {
    struct {
        struct gh_value in;
        struct gh_str key; /* of the member that was handed out last */
        uint32_t it, n;
    } level[GH_RULE_WALK_DEPTH];
    uint32_t depth;       /* levels open */
    bool enter_expr, is_cut;
    struct gh_value v;    /* handed out */
    bool is_skipped;      /* set by the caller: do not enter `v` */
};
void gh_rule_walk_init(struct gh_rule_walk *w, struct gh_value v);
bool gh_rule_walk_next(struct gh_rule_walk *w, struct gh_eval *ev);
/* Key of the member that was handed out, and of the one `up` levels around it; empty in arrays and beyond. */
struct gh_str gh_rule_walk_key(const struct gh_rule_walk *w, uint32_t up);
/* "prefix.a.b[2]" in the arena. */
struct gh_str gh_rule_walk_path(struct gh_judge *j, const struct gh_rule_walk *w, const char *prefix);

#endif
