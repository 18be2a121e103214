/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_chat_int: readers that openai_chat_read.c (the body), openai_chat_message.c (messages) and OpenAI's other dialects share. */
#ifndef GH_WIRE_OPENAI_CHAT_INT_H
#define GH_WIRE_OPENAI_CHAT_INT_H

#include "wire/conv_members.h"
#include "wire/openai_chat.h"

/* The content of a message: a string or parts, with the role and kind that stand in the reader. */
GH_MUST_USE enum gh_rc gh_chat_content(struct gh_conv_reader *r, gh_json_ref v);
GH_MUST_USE enum gh_rc gh_chat_messages(struct gh_conv_reader *r, gh_json_ref v);

/* Who the calling application says its user is. */
GH_MUST_USE enum gh_rc gh_chat_user(struct gh_conv_reader *r, gh_json_ref v);
GH_MUST_USE enum gh_rc gh_chat_user_context(struct gh_conv_reader *r, gh_json_ref v);

/* The bytes of a sound, in a part of a content. */
GH_MUST_USE enum gh_rc gh_chat_audio(struct gh_conv_reader *r, gh_json_ref v);

/* Behind the last member of a body: GH_BAD with `missing` if it is not whole; else its end user is told. */
GH_MUST_USE enum gh_rc gh_chat_end(struct gh_conv_reader *r, bool is_whole, const char *missing);

#endif
