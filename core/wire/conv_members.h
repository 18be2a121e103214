/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/conv_members: readers of members that several dialects have, for the tables that conv_read walks. Each is called with the value of
 * its member, which is set; GH_BAD at a value of another type than is named here.
 */
#ifndef GH_WIRE_CONV_MEMBERS_H
#define GH_WIRE_CONV_MEMBERS_H

#include "wire/conv_read.h"

/* ---- what is no text ---- */

GH_MUST_USE enum gh_rc gh_conv_scalar(struct gh_conv_reader *r, gh_json_ref v); /* number, true, false             */
GH_MUST_USE enum gh_rc gh_conv_mark(struct gh_conv_reader *r, gh_json_ref v);   /* a short string that is not text */
GH_MUST_USE enum gh_rc gh_conv_tool_name(struct gh_conv_reader *r, gh_json_ref v);
/* Read elsewhere: whatever it is. */
GH_MUST_USE enum gh_rc gh_conv_any(struct gh_conv_reader *r, gh_json_ref v);

/* ---- of a body ---- */

GH_MUST_USE enum gh_rc gh_conv_model(struct gh_conv_reader *r, gh_json_ref v);
GH_MUST_USE enum gh_rc gh_conv_stream(struct gh_conv_reader *r, gh_json_ref v);
/* `store`: with it the body says whether the provider keeps the answer. */
GH_MUST_USE enum gh_rc gh_conv_store(struct gh_conv_reader *r, gh_json_ref v);
/* The bound of an answer's tokens. Of two members the larger one counts: backends differ in which one they heed. */
GH_MUST_USE enum gh_rc gh_conv_max_tokens(struct gh_conv_reader *r, gh_json_ref v);
/* Texts and schemas of nobody's message: all keys and strings below the value. */
GH_MUST_USE enum gh_rc gh_conv_texts(struct gh_conv_reader *r, gh_json_ref v);
GH_MUST_USE enum gh_rc gh_conv_schema(struct gh_conv_reader *r, gh_json_ref v);
/* A declared tool of the caller's own, or the inside of one: a name that is no text, and a description and schema that are. */
GH_MUST_USE enum gh_rc gh_conv_own_tool(struct gh_conv_reader *r, gh_json_ref v);

/* ---- of messages, with the role that stands in the reader ---- */

/* A string, of the reader's kind. */
GH_MUST_USE enum gh_rc gh_conv_text(struct gh_conv_reader *r, gh_json_ref v);
/* The same of a name: a label (struct gh_part). */
GH_MUST_USE enum gh_rc gh_conv_name(struct gh_conv_reader *r, gh_json_ref v);
/* A document's name, title or address: a label. */
GH_MUST_USE enum gh_rc gh_conv_title(struct gh_conv_reader *r, gh_json_ref v);
/* A string that is a document; all keys and strings below a value. */
GH_MUST_USE enum gh_rc gh_conv_document(struct gh_conv_reader *r, gh_json_ref v);
GH_MUST_USE enum gh_rc gh_conv_documents(struct gh_conv_reader *r, gh_json_ref v);
/* A string: what a tool is called with. */
GH_MUST_USE enum gh_rc gh_conv_arguments(struct gh_conv_reader *r, gh_json_ref v);
/* A string that only the provider can read: images, signatures, encrypted thoughts. */
GH_MUST_USE enum gh_rc gh_conv_bytes(struct gh_conv_reader *r, gh_json_ref v);
/* Bytes that travel inside the request: a data URL or bare base64. Whatever else may be an address to fetch, or a path: refused. */
GH_MUST_USE enum gh_rc gh_conv_media(struct gh_conv_reader *r, gh_json_ref v);
/* The id of a file that is stored at the provider. */
GH_MUST_USE enum gh_rc gh_conv_file_id(struct gh_conv_reader *r, gh_json_ref v);

#endif
