/* SPDX-License-Identifier: Apache-2.0 */
/* control/publish/props: reading what the store keeps of a resource: its properties, which passed the schema when they were written. */
#ifndef GH_CONTROL_PUBLISH_PROPS_H
#define GH_CONTROL_PUBLISH_PROPS_H

#include "control/store/store.h"
#include "wire/json.h"

struct gh_props {
    struct gh_json j;
    gh_json_ref root;
    struct gh_arena *a;
};

/* `body` must outlive *out. */
GH_MUST_USE enum gh_rc gh_props_open(struct gh_props *out, struct gh_arena *a, struct gh_str body);
/* The same for the resource at `path`; *exists false (and GH_OK) if there is none. */
GH_MUST_USE enum gh_rc gh_props_load(struct gh_props *out, bool *exists, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str path);

/* Absent (or of another type, which the schema forbids): the default. */
struct gh_str gh_props_str(const struct gh_props *p, const char *name, struct gh_str otherwise);
bool gh_props_bool(const struct gh_props *p, const char *name, bool otherwise);
int64_t gh_props_i64(const struct gh_props *p, const char *name, int64_t otherwise);
/* An array of strings; absent: none. */
GH_MUST_USE enum gh_rc gh_props_list(struct gh_str **out, size_t *n, const struct gh_props *p, const char *name);

/* The parts one behind the other, in the arena; p NULL when it has no more. */
struct gh_str gh_props_join(struct gh_arena *a, const struct gh_str *parts, size_t n);

#endif
