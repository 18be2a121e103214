/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish/object: one object of a resource's properties (`shield`, `dlp`), read member by member by a table. Null is as absent; a
 * member that no row names is refused, never ignored.
 */
#ifndef GH_CONTROL_PUBLISH_OBJECT_H
#define GH_CONTROL_PUBLISH_OBJECT_H

#include "control/publish/props.h"

struct gh_object {
    const struct gh_json *j;
    struct gh_arena *a;
    void *out;        /* what the rows write to                  */
    const char **why; /* GH_BAD: a literal that says what is wrong */
};

struct gh_object_row {
    struct gh_str name;
    enum gh_rc (*read)(const struct gh_object *m, gh_json_ref v); /* v is not null */
};

/* Sets *m->why; GH_BAD. */
GH_MUST_USE enum gh_rc gh_object_bad(const struct gh_object *m, const char *why);

/* True or false, else GH_BAD with `why`. */
GH_MUST_USE enum gh_rc gh_object_bool(bool *out, const struct gh_object *m, gh_json_ref v, const char *why);
/* A string, in the arena, else GH_BAD with `why`. */
GH_MUST_USE enum gh_rc gh_object_str(struct gh_str *out, const struct gh_object *m, gh_json_ref v, const char *why);

/* Each member of `object` by its row; GH_BAD with `why_other` for one without. What a row answers ends it. */
GH_MUST_USE enum gh_rc gh_object_read(const struct gh_object *m, gh_json_ref object, const struct gh_object_row *rows, size_t n,
    const char *why_other);

#endif
