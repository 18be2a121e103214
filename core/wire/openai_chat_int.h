/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_chat_int: the reader of a chat body in progress, shared by openai_chat_read.c (the body),
 * openai_chat_message.c (messages) and openai_chat_parts.c (what both are made with). */
#ifndef GH_WIRE_OPENAI_CHAT_INT_H
#define GH_WIRE_OPENAI_CHAT_INT_H

#include "wire/json_int.h"
#include "wire/openai_chat.h"

struct gh_chat_reader {
    struct gh_conv *conv;
    struct gh_arena *a;
    const struct gh_json *j;
    struct gh_err *err;
    size_t parts_cap;
    enum gh_role role;      /* of the message that is being read */
    enum gh_part_kind kind; /* of its content                    */
    struct gh_str user, end_user_id;
    bool has_messages;
};

/* One known member of an object. It is called for values that are set: null is the same as absent. */
struct gh_chat_member {
    struct gh_str name;
    enum gh_rc (*read)(struct gh_chat_reader *r, gh_json_ref v);
};

/* Walks an object by a table. An unknown member that is not a number makes the conversation refused with `unknown`. */
GH_MUST_USE enum gh_rc gh_chat_members(struct gh_chat_reader *r, gh_json_ref object, const struct gh_chat_member *rows, size_t n,
    const char *unknown);

/* GH_BAD at the value. */
GH_MUST_USE enum gh_rc gh_chat_bad(struct gh_chat_reader *r, gh_json_ref v, const char *what);

/* Marks the conversation as refused; the first reason stays. GH_OK. */
GH_MUST_USE enum gh_rc gh_chat_refuse(struct gh_chat_reader *r, const char *what);

/* A part from a string, or from all keys and strings below a value, joined by LF. */
GH_MUST_USE enum gh_rc gh_chat_part(struct gh_chat_reader *r, enum gh_role role, enum gh_part_kind kind, gh_json_ref string);
GH_MUST_USE enum gh_rc gh_chat_joined(struct gh_chat_reader *r, enum gh_role role, enum gh_part_kind kind, gh_json_ref v);

/* The unescaped text of a string, GH_BAD at another value. */
GH_MUST_USE enum gh_rc gh_chat_string(struct gh_str *out, struct gh_chat_reader *r, gh_json_ref v);

/* Member readers that several tables use. */
GH_MUST_USE enum gh_rc gh_chat_scalar(struct gh_chat_reader *r, gh_json_ref v); /* number, true, false              */
GH_MUST_USE enum gh_rc gh_chat_mark(struct gh_chat_reader *r, gh_json_ref v);   /* a short string that is not text  */
GH_MUST_USE enum gh_rc gh_chat_tool_name(struct gh_chat_reader *r, gh_json_ref v); /* [A-Za-z0-9_.:-]{1,128}        */

/* The content of a message: a string or parts, with the role and kind that stand in the reader. */
GH_MUST_USE enum gh_rc gh_chat_content(struct gh_chat_reader *r, gh_json_ref v);
GH_MUST_USE enum gh_rc gh_chat_messages(struct gh_chat_reader *r, gh_json_ref v);

#define GH_CHAT_ROWS(rows) (rows), sizeof(rows) / sizeof(*(rows))

#endif
