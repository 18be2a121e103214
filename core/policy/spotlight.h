/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/spotlight: marking what others wrote, so that the model can tell it from what it is to do: texts of documents and results of tools
 * are put between delimiters that nobody could know, or have a mark between their words, or are base64; a sentence in the instructions says
 * which. It makes injections less likely to be followed; it stops none by itself.
 */
#ifndef GH_POLICY_SPOTLIGHT_H
#define GH_POLICY_SPOTLIGHT_H

#include "policy/shield_policy.h"
#include "wire/texts.h"

#define GH_SPOTLIGHT_TAG_BYTES 16 /* hex digits, drawn for each call */

/* Text as it goes on under this way of marking; OFF gives it back. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_spotlight_text(struct gh_str *out, struct gh_arena *a, enum gh_spotlight way, struct gh_str tag, struct gh_str text);

/* What the model is told about it: a sentence or two. */
void gh_spotlight_instructions(struct gh_buf *out, enum gh_spotlight way, struct gh_str tag);

/*
 * Marks all texts of a conversation that others wrote: documents and results of tools in the roles of user and tool, and what a user's
 * message marks as documents. Replayed answers stay: the model knows its own words; labels and joined texts stay, as they cannot carry a
 * mark. *marked, *left: how many texts. GH_NOMEM.
 */
GH_MUST_USE enum gh_rc gh_spotlight_texts(struct gh_texts *texts, size_t *marked, size_t *left, enum gh_spotlight way, struct gh_str tag);

#endif
