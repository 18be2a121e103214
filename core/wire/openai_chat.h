/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/openai_chat: chat completions as OpenAI and Azure OpenAI speak them (protocols of both; one body, two surfaces). Functions of
 * struct gh_dialect; see there for what each promises.
 *
 * What is read is judged, what is not known is not passed: every text of a body becomes a part, and a member that could carry text, an
 * address or a feature run by the provider, and that is not in the tables of openai_chat_read.c, is refused by name.
 */
#ifndef GH_WIRE_OPENAI_CHAT_H
#define GH_WIRE_OPENAI_CHAT_H

#include "wire/dialect.h"

GH_MUST_USE enum gh_rc gh_openai_chat_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err);
GH_MUST_USE enum gh_rc gh_openai_chat_plan(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body,
    const struct gh_conv *conv, const struct gh_forward *how);
GH_MUST_USE enum gh_rc gh_openai_chat_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text);
GH_MUST_USE enum gh_rc gh_openai_chat_delta(struct gh_delta *out, struct gh_arena *a, struct gh_str name, struct gh_str data);
void gh_openai_chat_cut(struct gh_buf *out, enum gh_surface surface, enum gh_problem problem, struct gh_str request_id);

#endif
