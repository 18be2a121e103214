/* SPDX-License-Identifier: Apache-2.0 */
/* wire/json: looking into a document. Nothing here can fail on a document that the reader accepted but by type or memory. */
#include "wire/json_int.h"

enum gh_json_type
gh_json_type(const struct gh_json *j, gh_json_ref v)
{
    return v < j->n ? (enum gh_json_type)j->nodes[v].type : GH_JSON_NONE;
}

static bool
is_container(const struct gh_json *j, gh_json_ref v)
{
    enum gh_json_type type = gh_json_type(j, v);
    return type == GH_JSON_OBJECT || type == GH_JSON_ARRAY;
}

/* From the node behind a value (or the opening) of `container` to the next value: over the key, if it is an object. */
static gh_json_ref
value_at(const struct gh_json *j, gh_json_ref container, uint32_t node)
{
    if (node >= j->nodes[container].next)
        return GH_JSON_NO;
    return node + (j->nodes[container].type == GH_JSON_OBJECT ? 1u : 0u);
}

gh_json_ref
gh_json_first(const struct gh_json *j, gh_json_ref v)
{
    return is_container(j, v) ? value_at(j, v, v + 1) : GH_JSON_NO;
}

gh_json_ref
gh_json_next(const struct gh_json *j, gh_json_ref container, gh_json_ref v)
{
    return is_container(j, container) && v < j->n ? value_at(j, container, j->nodes[v].next) : GH_JSON_NO;
}

gh_json_ref
gh_json_get(const struct gh_json *j, gh_json_ref v, struct gh_str key)
{
    if (gh_json_type(j, v) != GH_JSON_OBJECT)
        return GH_JSON_NO;
    for (uint32_t k = v + 1; k < j->nodes[v].next; k = j->nodes[k].next)
        if (gh_json_text_eq(gh_json_inside(j, k), j->nodes[k].has_escape, key, false))
            return k + 1;
    return GH_JSON_NO;
}

struct gh_str
gh_json_raw(const struct gh_json *j, gh_json_ref v)
{
    if (v >= j->n)
        return (struct gh_str){NULL, 0};
    return gh_str_sub(j->text, j->nodes[v].at, j->nodes[v].end - j->nodes[v].at);
}

enum gh_rc
gh_json_str(struct gh_str *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref v)
{
    struct gh_str inside;
    size_t n;
    char *p;

    if (gh_json_type(j, v) != GH_JSON_STRING)
        return GH_BAD;
    inside = gh_json_inside(j, v);
    if (!j->nodes[v].has_escape) {
        *out = inside;
        return GH_OK;
    }
    if ((p = gh_arena_take_raw(a, inside.n)) == NULL)
        return GH_NOMEM;
    n = gh_json_unescape(p, inside);
    (void)gh_arena_resize(a, p, inside.n, n);
    *out = gh_str(p, n);
    return GH_OK;
}

enum gh_rc
gh_json_key(struct gh_str *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref value)
{
    if (value == 0 || value >= j->n)
        return GH_BAD;
    return gh_json_str(out, a, j, value - 1);
}

enum gh_rc
gh_json_i64(int64_t *out, const struct gh_json *j, gh_json_ref v)
{
    struct gh_str s = gh_json_raw(j, v);
    bool is_negative;
    uint64_t u;
    enum gh_rc rc;

    if (gh_json_type(j, v) != GH_JSON_NUMBER)
        return GH_BAD;
    is_negative = s.p[0] == '-';
    if ((rc = gh_str_u64(&u, gh_str_sub(s, is_negative, SIZE_MAX), (uint64_t)INT64_MAX + is_negative)) != GH_OK)
        return rc;
    *out = is_negative ? (int64_t)(0 - u) : (int64_t)u;
    return GH_OK;
}

/* The member, or GH_JSON_NO when it is absent or null. */
static gh_json_ref
get_set(const struct gh_json *j, gh_json_ref obj, const char *key)
{
    gh_json_ref v = gh_json_get(j, obj, gh_str_z(key));
    return gh_json_type(j, v) == GH_JSON_NULL ? GH_JSON_NO : v;
}

enum gh_rc
gh_json_opt_str(struct gh_str *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref obj, const char *key)
{
    gh_json_ref v = get_set(j, obj, key);
    return v == GH_JSON_NO ? GH_OK : gh_json_str(out, a, j, v);
}

enum gh_rc
gh_json_opt_i64(int64_t *out, const struct gh_json *j, gh_json_ref obj, const char *key)
{
    gh_json_ref v = get_set(j, obj, key);
    return v == GH_JSON_NO ? GH_OK : gh_json_i64(out, j, v);
}

enum gh_rc
gh_json_opt_bool(bool *out, const struct gh_json *j, gh_json_ref obj, const char *key)
{
    gh_json_ref v = get_set(j, obj, key);
    enum gh_json_type type = gh_json_type(j, v);

    if (v == GH_JSON_NO)
        return GH_OK;
    if (type != GH_JSON_TRUE && type != GH_JSON_FALSE)
        return GH_BAD;
    *out = type == GH_JSON_TRUE;
    return GH_OK;
}
