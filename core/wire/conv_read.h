/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/conv_read: what the readers of all dialects are made with: a body is walked by tables of members, every text becomes a part, every
 * declared tool and every id of a stored thing is listed, and a member that no table knows makes the conversation refused by name.
 */
#ifndef GH_WIRE_CONV_READ_H
#define GH_WIRE_CONV_READ_H

#include "wire/json_int.h"
#include "wire/dialect.h"

struct gh_conv_reader {
    struct gh_conv *conv;
    struct gh_arena *a;
    const struct gh_json *j;
    struct gh_err *err;
    size_t parts_cap, tools_cap, chosen_cap;
    enum gh_role role;      /* of the message that is being read */
    enum gh_part_kind kind; /* of its content                    */
    struct gh_str user, end_user_id;
    bool has_messages;
};

/* An empty conversation: one answer, of any length, by a model that is not named. */
struct gh_conv_reader gh_conv_begin(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err);

/* One known member of an object. It is called for values that are set: null is the same as absent. */
struct gh_conv_member {
    struct gh_str name;
    enum gh_rc (*read)(struct gh_conv_reader *r, gh_json_ref v);
};

/* Walks an object by a table. An unknown member makes the conversation refused with `unknown`, but for a number that is no bound
 * of answers (a parameter of sampling) or null, whose name no reader takes for another one: letters in lower case, digits, underscores. */
GH_MUST_USE enum gh_rc gh_conv_members(struct gh_conv_reader *r, gh_json_ref object, const struct gh_conv_member *rows, size_t n,
    const char *unknown);

/* GH_BAD at the value. */
GH_MUST_USE enum gh_rc gh_conv_bad(struct gh_conv_reader *r, gh_json_ref v, const char *what);

/* Marks the conversation as refused; the first reason stays. GH_OK. */
GH_MUST_USE enum gh_rc gh_conv_refuse(struct gh_conv_reader *r, const char *what);

/* A part from a string, or from all keys and strings below a value, joined by LF. */
GH_MUST_USE enum gh_rc gh_conv_part(struct gh_conv_reader *r, enum gh_role role, enum gh_part_kind kind, gh_json_ref string);
GH_MUST_USE enum gh_rc gh_conv_joined(struct gh_conv_reader *r, enum gh_role role, enum gh_part_kind kind, gh_json_ref v);

/* The unescaped text of a string, GH_BAD at another value. */
GH_MUST_USE enum gh_rc gh_conv_string(struct gh_str *out, struct gh_conv_reader *r, gh_json_ref v);

/* A declared tool of the caller's own. GH_LIMIT when there are more than GH_TOOLS_MAX. */
GH_MUST_USE enum gh_rc gh_conv_tool(struct gh_conv_reader *r, gh_json_ref name);
/* A tool that the body chooses. GH_LIMIT when there are more than GH_TOOLS_MAX. */
GH_MUST_USE enum gh_rc gh_conv_chosen(struct gh_conv_reader *r, gh_json_ref name);
/* A tool that the provider would run, under `type`; what it is told (`v`) becomes a part. */
GH_MUST_USE enum gh_rc gh_conv_hosted(struct gh_conv_reader *r, struct gh_str type, gh_json_ref v);
/* The id of something stored at the provider. GH_LIMIT when there are more than GH_STORED_IDS_MAX. */
GH_MUST_USE enum gh_rc gh_conv_stored(struct gh_conv_reader *r, enum gh_stored kind, gh_json_ref id);

/* The name of a tool, or the type of the provider's own: [A-Za-z0-9_.:-]{1,128}, GH_BAD at another value. */
GH_MUST_USE enum gh_rc gh_conv_tool_word(struct gh_str *out, struct gh_conv_reader *r, gh_json_ref v);

/* true or false; a whole number from 1 to max. */
GH_MUST_USE enum gh_rc gh_conv_bool(bool *out, struct gh_conv_reader *r, gh_json_ref v);
GH_MUST_USE enum gh_rc gh_conv_count(int64_t *out, struct gh_conv_reader *r, gh_json_ref v, int64_t max);
/* Each element of an array. */
GH_MUST_USE enum gh_rc gh_conv_each(struct gh_conv_reader *r, gh_json_ref array, enum gh_rc (*read)(struct gh_conv_reader *, gh_json_ref));
/* What object `v` says in `"type"`, as it stands between its quotes; empty if there is none. One with an escape in it is no known one. */
struct gh_str gh_conv_type(const struct gh_conv_reader *r, gh_json_ref v);
bool gh_conv_type_is(const struct gh_conv_reader *r, gh_json_ref v, struct gh_str type);

#define GH_CONV_ROWS(rows) (rows), sizeof(rows) / sizeof(*(rows))

#endif
