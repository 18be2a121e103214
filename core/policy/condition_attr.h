/* SPDX-License-Identifier: Apache-2.0 */
/* policy/condition_attr: the values of an attribute, for the question at hand. */
#ifndef GH_POLICY_CONDITION_ATTR_H
#define GH_POLICY_CONDITION_ATTR_H

#include "policy/condition_int.h"
#include "policy/decide.h"

struct gh_cond_name {
    enum gh_cond_row row;
    struct gh_str rest; /* behind a row that is a prefix */
};

/*
 * state: YES there are values; NO it is known that there are none; UNKNOWN; LATER. `v` holds them as operators of the kind that was asked for
 * compare them; what is not of that kind makes all of them unknown.
 */
struct gh_cond_values {
    enum gh_holds state;
    size_t n;
    uint8_t mem[GH_CONDITION_VALUES_MAX][8]; /* numbers, times and truths as bytes */
    struct gh_str v[GH_CONDITION_VALUES_MAX];
};

/* GH_KIND_COUNT: only whether there are any. Borrowed from the question. */
void gh_cond_values(struct gh_cond_values *out, const struct gh_cond_name *name, enum gh_cond_kind kind, const struct gh_question *q,
    bool is_below);

#endif
