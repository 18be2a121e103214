/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/openai_texts: what takes texts without roles: embeddings as OpenAI and Azure OpenAI speak them. Functions of struct gh_dialect; see there
 * for what each promises. A text given as numbers of tokens is refused: it cannot be read.
 *
 * What is embedded is a document: nobody obeys it now, but it comes back as one. Neither stream nor instructions exist for it.
 */
#ifndef GH_WIRE_OPENAI_TEXTS_H
#define GH_WIRE_OPENAI_TEXTS_H

#include "wire/dialect.h"

GH_MUST_USE enum gh_rc gh_openai_embeddings_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err);
/* GH_BAD: instructions have no place here. */
GH_MUST_USE enum gh_rc gh_openai_embeddings_plan(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body,
    const struct gh_conv *conv, const struct gh_forward *how);
GH_MUST_USE enum gh_rc gh_openai_embeddings_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text);

#endif
