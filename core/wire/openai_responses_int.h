/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_responses_int: what openai_responses_read.c (the body) and openai_responses_item.c (items of `input`) share. */
#ifndef GH_WIRE_OPENAI_RESPONSES_INT_H
#define GH_WIRE_OPENAI_RESPONSES_INT_H

#include "wire/conv_members.h"

/* `input`: a text of the user's, or items. */
GH_MUST_USE enum gh_rc gh_responses_input(struct gh_conv_reader *r, gh_json_ref v);

#endif
