/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/input_int: what the files of the reader share alone. input.c: which shape; input_list.c: exports; input_template.c: templates; input_link.c:
 * who belongs to whom. */
#ifndef GH_BASELINE_INPUT_INT_H
#define GH_BASELINE_INPUT_INT_H

#include "baseline/input.h"

/* One more resource, zeroed but for its links. NULL: *rc is GH_NOMEM or GH_LIMIT. */
struct gh_input_resource *gh_input_add(struct gh_input *in, enum gh_rc *rc);
GH_MUST_USE enum gh_rc gh_input_note(struct gh_input *in, const char *what, uint32_t at);

/* One more in a growing array of the arena. */
void *gh_input_grow(struct gh_arena *a, void *array, uint32_t n, uint32_t *cap, size_t size);

GH_MUST_USE enum gh_rc gh_input_list(struct gh_input *in, struct gh_err *err);
GH_MUST_USE enum gh_rc gh_input_template(struct gh_input *in, const struct gh_doc *parameters, struct gh_err *err);
GH_MUST_USE enum gh_rc gh_input_link(struct gh_input *in);

/* PROVIDER/type/NAME/type/NAME of a whole type and name; empty when they do not fit each other. */
struct gh_str gh_input_id(struct gh_input *in, struct gh_str type, struct gh_str name);
/* PROVIDER/TYPE/NAME/... behind the last /providers/ of an id; an id without one: itself without a leading slash. */
struct gh_str gh_input_provider_part(struct gh_str id);
bool gh_input_is_child_type(struct gh_str type, struct gh_str parent);
bool gh_input_is_stray(struct gh_str id); /* its provider part is not wholly known: it may be anybody's */

uint32_t gh_input_hash(struct gh_str s); /* without regard to case */

#endif
