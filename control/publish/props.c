/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/props.h"

enum gh_rc
gh_props_open(struct gh_props *out, struct gh_arena *a, struct gh_str body)
{
    *out = (struct gh_props){.a = a};
    enum gh_rc rc = gh_json_parse(&out->j, a, body, NULL);
    return rc == GH_MORE ? GH_BAD : rc; /* there is no more */
}

enum gh_rc
gh_props_load(struct gh_props *out, bool *exists, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str path)
{
    struct gh_store_resource r;
    *out = (struct gh_props){.a = a};
    enum gh_rc rc = gh_store_resource_get(&r, a, tx, path);
    *exists = rc == GH_OK && r.path.p != NULL;
    return *exists ? gh_props_open(out, a, r.body) : rc;
}

struct gh_str
gh_props_str(const struct gh_props *p, const char *name, struct gh_str otherwise)
{
    struct gh_str v = otherwise;
    return gh_json_opt_str(&v, p->a, &p->j, p->root, name) == GH_OK ? v : otherwise;
}

bool
gh_props_bool(const struct gh_props *p, const char *name, bool otherwise)
{
    bool v = otherwise;
    return gh_json_opt_bool(&v, &p->j, p->root, name) == GH_OK ? v : otherwise;
}

int64_t
gh_props_i64(const struct gh_props *p, const char *name, int64_t otherwise)
{
    int64_t v = otherwise;
    return gh_json_opt_i64(&v, &p->j, p->root, name) == GH_OK ? v : otherwise;
}

enum gh_rc
gh_props_list(struct gh_str **out, size_t *n, const struct gh_props *p, const char *name)
{
    gh_json_ref list = gh_json_get(&p->j, p->root, gh_str_z(name));
    size_t count = 0, i = 0;
    *out = NULL;
    *n = 0;
    if (gh_json_type(&p->j, list) != GH_JSON_ARRAY)
        return GH_OK;
    for (gh_json_ref v = gh_json_first(&p->j, list); v != GH_JSON_NO; v = gh_json_next(&p->j, list, v))
        count++;
    struct gh_str *items = gh_arena_take_array(p->a, count, sizeof(*items));
    if (items == NULL)
        return GH_NOMEM;
    for (gh_json_ref v = gh_json_first(&p->j, list); v != GH_JSON_NO; v = gh_json_next(&p->j, list, v)) {
        enum gh_rc rc = gh_json_str(&items[i++], p->a, &p->j, v);
        if (rc != GH_OK)
            return rc;
    }
    *out = items;
    *n = count;
    return GH_OK;
}

struct gh_str
gh_props_join(struct gh_arena *a, const struct gh_str *parts, size_t n)
{
    size_t total = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        total += parts[i].n;
    char *p = gh_arena_take(a, total + 1);
    if (p == NULL)
        return (struct gh_str){NULL, 0};
    for (size_t i = 0; i < n; i++) {
        if (parts[i].n > 0)
            memcpy(p + at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    return gh_str(p, total);
}
