/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/openai_responses: the Responses API as OpenAI and Azure OpenAI speak it. Functions of struct gh_dialect; see there for what each
 * promises.
 *
 * `instructions` and `input` are read first, wherever they stand, because that is the order in which the model gets them: the endpoint's
 * own instructions take the member `instructions`, which the API puts before everything, and the caller's move to the head of `input`.
 * An answer is kept by the provider unless the caller says otherwise (`store` is true when it is absent).
 * Of a stream, what `*.delta` events add is text; the events that repeat it whole are not counted twice.
 */
#ifndef GH_WIRE_OPENAI_RESPONSES_H
#define GH_WIRE_OPENAI_RESPONSES_H

#include "wire/dialect.h"

GH_MUST_USE enum gh_rc gh_openai_responses_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err);
GH_MUST_USE enum gh_rc gh_openai_responses_plan(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body,
    const struct gh_conv *conv, const struct gh_forward *how);
GH_MUST_USE enum gh_rc gh_openai_responses_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text);
GH_MUST_USE enum gh_rc gh_openai_responses_delta(struct gh_delta *out, struct gh_arena *a, struct gh_str name, struct gh_str data);
void gh_openai_responses_cut(struct gh_buf *out, enum gh_surface surface, enum gh_problem problem, struct gh_str request_id);

/* A stored response, asked for by its id: what it holds was judged and counted when it was made, so only its ids are read. */
GH_MUST_USE enum gh_rc gh_openai_response_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text);

#endif
