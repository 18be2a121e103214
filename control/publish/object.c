/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/object.h"

enum gh_rc
gh_object_bad(const struct gh_object *m, const char *why)
{
    *m->why = why;
    return GH_BAD;
}

enum gh_rc
gh_object_bool(bool *out, const struct gh_object *m, gh_json_ref v, const char *why)
{
    enum gh_json_type type = gh_json_type(m->j, v);

    if (type != GH_JSON_TRUE && type != GH_JSON_FALSE)
        return gh_object_bad(m, why);
    *out = type == GH_JSON_TRUE;
    return GH_OK;
}

enum gh_rc
gh_object_str(struct gh_str *out, const struct gh_object *m, gh_json_ref v, const char *why)
{
    return gh_json_type(m->j, v) == GH_JSON_STRING ? gh_json_str(out, m->a, m->j, v) : gh_object_bad(m, why);
}

static enum gh_rc
read_one(const struct gh_object *m, gh_json_ref v, const struct gh_object_row *rows, size_t n, const char *why_other)
{
    struct gh_str key;
    enum gh_rc rc = gh_json_key(&key, m->a, m->j, v);

    if (rc != GH_OK)
        return rc;
    for (size_t i = 0; i < n; i++)
        if (gh_str_eq(key, rows[i].name))
            return gh_json_type(m->j, v) == GH_JSON_NULL ? GH_OK : rows[i].read(m, v);
    return gh_object_bad(m, why_other);
}

enum gh_rc
gh_object_read(const struct gh_object *m, gh_json_ref object, const struct gh_object_row *rows, size_t n, const char *why_other)
{
    enum gh_rc rc = GH_OK;

    for (gh_json_ref v = gh_json_first(m->j, object); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(m->j, object, v))
        rc = read_one(m, v, rows, n, why_other);
    return rc;
}
