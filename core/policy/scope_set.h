/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/scope_set: at which scopes does a row of the snapshot say something? 256 bits beside the row, a Bloom filter (Bloom 1970, in blocks
 * of one word): "certainly at none of these" without a look at the row's key and at what it holds, which lie elsewhere in a large file. It
 * is never wrong about yes: whoever is told "perhaps" looks himself, so that a full filter costs time and nothing else.
 *
 * A question is about a path: does some scope cover it (gh_scope_covers), or, below it, does it cover some scope? A scope is entered under its
 * own name, and under the names of the resources above it for the second question. Names of resources have an even number of parts; a row
 * with another scope has all bits, a question about another path is answered "perhaps" where that matters.
 */
#ifndef GH_POLICY_SCOPE_SET_H
#define GH_POLICY_SCOPE_SET_H

#include "base/str.h"

enum { GH_SCOPE_SET_WORDS = 4, GH_SCOPE_ASKS_MAX = 16 };

struct gh_scope_set {
    uint64_t w[GH_SCOPE_SET_WORDS];
};

void gh_scope_set_add(struct gh_scope_set *s, struct gh_str scope);

/* A question: for each scope that could cover the path, which bits of which word must all be there. */
struct gh_scope_asks {
    size_t n;
    bool is_open; /* perhaps, whatever the set */
    struct {
        uint64_t bits;
        unsigned word;
    } ask[GH_SCOPE_ASKS_MAX];
};

/* `is_below`: scopes at or below the path count too. Only what stands in *out up to n is written. */
void gh_scope_asks_of(struct gh_scope_asks *out, struct gh_str path, bool is_below);

/* Of one question and its word of a set. No answer of yes to any, and not is_open: certainly none of the scopes is in the set. */
static inline bool
gh_scope_ask_is_met(uint64_t word, uint64_t bits)
{
    return (word & bits) == bits;
}

#endif
