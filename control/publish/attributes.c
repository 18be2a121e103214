/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/attributes.h"

#include "base/limits.h"
#include "policy/resource.h"

#define VALUE_MAX 256

struct reader {
    const struct gh_props *p;
    struct gh_str *items; /* two for each value */
    size_t n;
    const char *why;
};

static enum gh_rc
bad(struct reader *r, const char *why)
{
    r->why = why;
    return GH_BAD;
}

/* Numbers and truths as they are written: an operator reads them as what it compares. */
static enum gh_rc
read_value(struct reader *r, struct gh_str name, gh_json_ref v)
{
    const struct gh_json *j = &r->p->j;
    enum gh_json_type type = gh_json_type(j, v);
    struct gh_str value = gh_json_raw(j, v);
    enum gh_rc rc = GH_OK;

    if (type == GH_JSON_STRING)
        rc = gh_json_str(&value, r->p->a, j, v);
    else if (type != GH_JSON_NUMBER && type != GH_JSON_TRUE && type != GH_JSON_FALSE)
        return bad(r, "a value is a string, a number, a boolean, or a list of strings");
    if (rc != GH_OK)
        return rc;
    if (value.n == 0 || value.n > VALUE_MAX)
        return bad(r, "a value has 1 to 256 bytes");
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < 0x20 || value.p[i] == 0x7f)
            return bad(r, "a value holds control characters");
    if (r->n == GH_CONDITION_VALUES_MAX)
        return bad(r, "an identity has at most 64 values of attributes");
    r->items[2 * r->n] = name;
    r->items[2 * r->n++ + 1] = value;
    return GH_OK;
}

static enum gh_rc
read_member(struct reader *r, gh_json_ref v)
{
    const struct gh_json *j = &r->p->j;
    struct gh_str name;
    enum gh_rc rc = gh_json_key(&name, r->p->a, j, v);

    if (rc != GH_OK)
        return rc;
    if (!gh_resource_name_is_valid(name))
        return bad(r, "names of attributes are of letters, digits, dots, _ and -, at most 64");
    if (gh_json_type(j, v) != GH_JSON_ARRAY)
        return read_value(r, name, v);
    for (gh_json_ref e = gh_json_first(j, v); rc == GH_OK && e != GH_JSON_NO; e = gh_json_next(j, v, e))
        rc = gh_json_type(j, e) == GH_JSON_STRING ? read_value(r, name, e) : bad(r, "a list holds strings alone");
    return rc;
}

enum gh_rc
gh_attributes_read(struct gh_snap_value *out, const struct gh_props *identity, const char **why)
{
    struct reader r = {.p = identity};
    const struct gh_json *j = &identity->j;
    gh_json_ref object = gh_json_get(j, identity->root, GH_STR("customSecurityAttributes"));
    enum gh_rc rc = GH_OK;

    *out = (struct gh_snap_value){.n = 0};
    if (gh_json_type(j, object) != GH_JSON_OBJECT)
        return GH_OK;
    if ((r.items = gh_arena_take_array(identity->a, (size_t)2 * GH_CONDITION_VALUES_MAX, sizeof(*r.items))) == NULL)
        return GH_NOMEM;
    for (gh_json_ref v = gh_json_first(j, object); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(j, object, v))
        rc = read_member(&r, v);
    *out = (struct gh_snap_value){.list = r.items, .n = 2 * r.n};
    *why = r.why;
    return rc;
}
