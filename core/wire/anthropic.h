/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/anthropic: Anthropic's messages and its count of tokens (protocols of the Messages API, both SDK generations). Functions of struct
 * gh_dialect; see there for what each promises.
 *
 * As everywhere, what is not in a table is refused by name: members of the body and types of blocks alike. Whole blocks of the provider's
 * own tools, which a client only plays back, are one document each.
 */
#ifndef GH_WIRE_ANTHROPIC_H
#define GH_WIRE_ANTHROPIC_H

#include "wire/dialect.h"

GH_MUST_USE enum gh_rc gh_anthropic_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err);
GH_MUST_USE enum gh_rc gh_anthropic_plan(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body,
    const struct gh_conv *conv, const struct gh_forward *how);
GH_MUST_USE enum gh_rc gh_anthropic_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text);
GH_MUST_USE enum gh_rc gh_anthropic_delta(struct gh_delta *out, struct gh_arena *a, struct gh_str name, struct gh_str data);
void gh_anthropic_cut(struct gh_buf *out, enum gh_surface surface, enum gh_problem problem, struct gh_str request_id);

/* count_tokens: the same body without a length, and an answer that counts what was not consumed. */
GH_MUST_USE enum gh_rc gh_anthropic_count_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err);
GH_MUST_USE enum gh_rc gh_anthropic_count_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text);

#endif
