/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/openai_plan: the edits that the plans of OpenAI's dialects have in common. What is inserted right behind the body's opening brace
 * is gathered in `head` and becomes one edit at the end. A member that is null is absent to the readers, but a second one of its name must
 * not be written: it is replaced.
 */
#ifndef GH_WIRE_OPENAI_PLAN_H
#define GH_WIRE_OPENAI_PLAN_H

#include "wire/dialect.h"

struct gh_openai_plan {
    struct gh_edits *edits;
    struct gh_arena *a;
    const struct gh_json *body;
    struct gh_buf head;
};

/* The plan of a body; its first edit is the model. */
GH_MUST_USE enum gh_rc gh_openai_plan_begin(struct gh_openai_plan *p, struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body,
    struct gh_str model);

/* Member `name` of the body becomes `json`. */
GH_MUST_USE enum gh_rc gh_openai_plan_member(struct gh_openai_plan *p, struct gh_str name, struct gh_str json);
/* The same, with a text as its value. */
GH_MUST_USE enum gh_rc gh_openai_plan_text(struct gh_openai_plan *p, struct gh_str name, struct gh_str text);

/* The endpoint's bound of tokens as member `name`, where it has one and the body has none. */
GH_MUST_USE enum gh_rc gh_openai_plan_bound(struct gh_openai_plan *p, struct gh_str name, const struct gh_conv *conv,
    const struct gh_forward *how);

/* Adds what was gathered. */
GH_MUST_USE enum gh_rc gh_openai_plan_end(struct gh_openai_plan *p);

/* The edit that takes member `v` of the root out of a text, with the comma that its going leaves. */
struct gh_edit gh_openai_plan_without(const struct gh_json *j, gh_json_ref v);

#endif
