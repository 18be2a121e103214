/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/texts: the texts of a conversation as they are to go on. Several controls may change one part (personal data is taken out, then the
 * rest is marked as a document): each reads what those before it left, and what came of it becomes the list of gh_forward.
 */
#ifndef GH_WIRE_TEXTS_H
#define GH_WIRE_TEXTS_H

#include "wire/dialect.h"

struct gh_texts {
    struct gh_arena *arena;
    const struct gh_conv *conv; /* outlives this */
    struct gh_str *now;         /* of each part; p NULL: as it came. NULL until something is changed */
    size_t n_changed;
};

/* Zeroed memory with arena and conv set is the beginning. */
struct gh_str gh_texts_get(const struct gh_texts *t, size_t part);

/* `text` (borrowed, as long as the arena) is what part `part` says from now on. GH_BAD: a fixed part, or an empty text. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_texts_set(struct gh_texts *t, size_t part, struct gh_str text);

/* Puts the list into `how`. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_texts_plan(struct gh_forward *how, const struct gh_texts *t);

#endif
