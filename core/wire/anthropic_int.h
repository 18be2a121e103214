/* SPDX-License-Identifier: Apache-2.0 */
/* wire/anthropic_int: what anthropic_read.c (the body), anthropic_block.c (messages, blocks) and anthropic.c (answers) share. */
#ifndef GH_WIRE_ANTHROPIC_INT_H
#define GH_WIRE_ANTHROPIC_INT_H

#include "wire/anthropic.h"
#include "wire/conv_members.h"

GH_MUST_USE enum gh_rc gh_anthropic_messages(struct gh_conv_reader *r, gh_json_ref v);
/* Text blocks alone, with role and kind of the reader. */
GH_MUST_USE enum gh_rc gh_anthropic_texts(struct gh_conv_reader *r, gh_json_ref v);
GH_MUST_USE enum gh_rc gh_anthropic_cache_control(struct gh_conv_reader *r, gh_json_ref v);

/* The tool that the provider runs, without the date of its version: "web_search" for "web_search_20250305"; all that runs code is
 * "code_execution". Borrowed. */
struct gh_str gh_anthropic_hosted_name(struct gh_str type);

#endif
