/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/say: what the dialects' readers of answers, and their plans of edits, are made with: quoting, counts of tokens, texts and called
 * tools. An answer is read leniently (what is not known of it stays), but what it says of usage, text and tools is read from one place.
 */
#ifndef GH_WIRE_SAY_H
#define GH_WIRE_SAY_H

#include "wire/dialect.h"

/* `s` as a JSON string, quotes included; in the arena. */
GH_MUST_USE enum gh_rc gh_say_quote(struct gh_str *out, struct gh_arena *a, struct gh_str s);

/* Parses an answer or event: an object, or GH_BAD. */
GH_MUST_USE enum gh_rc gh_say_object(struct gh_json *j, struct gh_arena *a, struct gh_str text);

/* A member that counts tokens; -1 if it is not a count. */
int64_t gh_say_tokens(const struct gh_json *j, gh_json_ref object, struct gh_str name);

/* Appends the unescaped text of a member; one that is no string says nothing. */
GH_MUST_USE enum gh_rc gh_say_text(struct gh_buf *text, struct gh_arena *a, const struct gh_json *j, gh_json_ref object, struct gh_str name);

/* Appends every string below a value, keys included, each with an LF. */
GH_MUST_USE enum gh_rc gh_say_all(struct gh_buf *text, struct gh_arena *a, const struct gh_json *j, gh_json_ref v);

/* Tools that an answer calls. Zeroed memory is an empty list; it grows in the arena, to GH_TOOLS_MAX. */
struct gh_say_calls {
    struct gh_str *item;
    size_t n;
};
/* Adds the string in `name` of an object, if there is one. GH_LIMIT when there are too many. */
GH_MUST_USE enum gh_rc gh_say_call(struct gh_say_calls *calls, struct gh_arena *a, const struct gh_json *j, gh_json_ref object,
    struct gh_str name);

/* Adds the id of a stored thing to the at most GH_STORED_IDS_MAX of an answer, if it is there and a string. GH_LIMIT: one too many. */
GH_MUST_USE enum gh_rc gh_say_stored(struct gh_stored_id *stored, size_t *n, struct gh_arena *a, const struct gh_json *j, gh_json_ref id,
    enum gh_stored kind);

/* The edits that set the provider's ids in the place of those that the body names; `ids` as in struct gh_forward. */
GH_MUST_USE enum gh_rc gh_say_plan_stored(struct gh_edits *edits, struct gh_arena *a, const struct gh_conv *conv, const struct gh_str *ids);

/*
 * The edits that replace texts of parts, to be added behind all others: where the plan itself has moved a string, it has put the new text
 * in the new place (gh_say_part_json). GH_BAD: no such part, a fixed one, not in order, or an empty text.
 */
GH_MUST_USE enum gh_rc gh_say_plan_texts(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, const struct gh_conv *conv,
    const struct gh_forward *how);

/* String `v` of the body as JSON, with the text that goes on. */
GH_MUST_USE enum gh_rc gh_say_part_json(struct gh_str *out, struct gh_arena *a, const struct gh_json *body, gh_json_ref v,
    const struct gh_conv *conv, const struct gh_forward *how);

/* There, and not null. */
static inline bool
gh_say_is_set(const struct gh_json *j, gh_json_ref v)
{
    return v != GH_JSON_NO && gh_json_type(j, v) != GH_JSON_NULL;
}

#endif
