/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of who is denied what, and the conditions of assignments. */
#include "control/publish/project_int.h"

#include "policy/condition.h"
#include "policy/decide.h"

#define EVERYONE_ID "00000000-0000-0000-0000-000000000000"

enum gh_rc
gh_project_condition(struct gh_str *program, const struct gh_props *p)
{
    struct gh_str text = gh_props_str(p, "condition", GH_STR(""));
    *program = GH_STR("");
    enum gh_rc rc = text.n == 0 ? GH_OK : gh_condition_compile(program, p->a, text, NULL);
    if (rc == GH_BAD || rc == GH_LIMIT) { /* it did when it was written: unknown never allows, and lifts no denial */
        *program = GH_STR("?");
        rc = GH_OK;
    }
    return rc;
}

/* ---- principals ---- */

static bool
is_group(struct gh_str principal)
{
    return gh_str_starts(principal, GH_STR("/groups/")) || gh_str_find(principal, GH_STR("/groups:")) != SIZE_MAX;
}

struct listed {
    const struct gh_props *p;
    struct gh_str id;
    bool is_everyone;
    const char *why;
};

static enum gh_rc
bad(struct listed *l, const char *why)
{
    l->why = why;
    return GH_BAD;
}

/* {id, type} */
static enum gh_rc
read_one(struct listed *l, gh_json_ref v)
{
    const struct gh_json *j = &l->p->j;
    struct gh_str key, type = GH_STR("");
    enum gh_rc rc = GH_OK;

    l->id = GH_STR("");
    for (gh_json_ref m = gh_json_first(j, v); rc == GH_OK && m != GH_JSON_NO; m = gh_json_next(j, v, m)) {
        if ((rc = gh_json_key(&key, l->p->a, j, m)) != GH_OK)
            return rc;
        if (gh_json_type(j, m) == GH_JSON_NULL)
            continue;
        if (gh_json_type(j, m) != GH_JSON_STRING || (!gh_str_eq(key, GH_STR("id")) && !gh_str_eq(key, GH_STR("type"))))
            return bad(l, "a principal has id and type, both strings, alone");
        rc = gh_json_str(gh_str_eq(key, GH_STR("id")) ? &l->id : &type, l->p->a, j, m);
    }
    if (rc != GH_OK)
        return rc;
    l->is_everyone = gh_str_eq_ci(type, GH_STR("SystemDefined"));
    if (l->is_everyone != gh_str_eq(l->id, GH_STR(EVERYONE_ID)))
        return bad(l, "everyone is type SystemDefined with an id of zeros");
    return l->id.n > 0 ? GH_OK : bad(l, "a principal needs an id");
}

static enum gh_rc
read_list(struct gh_strs *out, bool *names_group, struct listed *l, const char *name)
{
    const struct gh_json *j = &l->p->j;
    gh_json_ref list = gh_json_get(j, l->p->root, gh_str_z(name));
    enum gh_rc rc = GH_OK;

    *names_group = false;
    if (gh_json_type(j, list) != GH_JSON_ARRAY)
        return GH_OK;
    for (gh_json_ref v = gh_json_first(j, list); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(j, list, v)) {
        if ((rc = read_one(l, v)) != GH_OK)
            return rc;
        *names_group = *names_group || is_group(l->id);
        struct gh_str key = l->is_everyone ? GH_STR(GH_DENY_EVERYONE) : l->id;
        if (!gh_strs_has(out, key))
            gh_strs_add(out, key);
        rc = out->rc;
    }
    return rc;
}

enum gh_rc
gh_project_denied(struct gh_strs *keys, struct gh_strs *excluded, const struct gh_props *p, const char **why)
{
    struct listed l = {.p = p};
    bool names_group, spares_group;
    enum gh_rc rc = read_list(keys, &names_group, &l, "principals");

    if (rc == GH_OK)
        rc = read_list(excluded, &spares_group, &l, "excludePrincipals");
    if (rc == GH_OK && gh_strs_has(excluded, GH_STR(GH_DENY_EVERYONE)))
        rc = bad(&l, "everyone cannot be excluded");
    if (rc == GH_OK && names_group)
        gh_strs_add(keys, GH_STR(GH_DENY_ANY_GROUP));
    *why = l.why;
    return rc != GH_OK ? rc : keys->rc;
}

/* ---- rows ---- */

struct row_maker {
    struct gh_strs excluded;
    struct gh_snap_value *v;
    size_t n, max;
};

static enum gh_rc
add(struct row_maker *m, const struct gh_props *p, struct gh_str path, const struct gh_role_bits *bits,
    struct gh_str entry_condition)
{
    struct gh_snap_value *v = m->v + m->n * GH_DENIAL_N;
    uint8_t *stored = gh_arena_take(p->a, GH_ROLE_STORED_BYTES);

    if (stored == NULL)
        return GH_NOMEM;
    gh_role_store(stored, bits);
    m->n++;
    v[GH_DENIAL_ID].str = path;
    v[GH_DENIAL_SCOPE].str = gh_props_str(p, "scope", GH_STR("/"));
    v[GH_DENIAL_IS_HERE].u64 = gh_props_bool(p, "doNotApplyToChildScopes", false);
    v[GH_DENIAL_BITS].str = gh_str(stored, GH_ROLE_STORED_BYTES);
    v[GH_DENIAL_ENTRY_CONDITION].str = entry_condition;
    v[GH_DENIAL_EXCLUDED] = (struct gh_snap_value){.list = m->excluded.p, .n = m->excluded.n};
    return gh_project_condition(&v[GH_DENIAL_CONDITION].str, p);
}

/* A row for all entries without a condition, and one for each that has one. */
static enum gh_rc
add_denial(struct row_maker *m, const struct gh_project_env *env, struct gh_arena *a, struct gh_str path)
{
    static const struct gh_role_bits all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    struct gh_strs keys = {.a = a};
    struct gh_role_def *def = gh_arena_take(a, sizeof(*def));
    struct gh_props p;
    const char *why;
    bool exists;
    enum gh_rc rc = def == NULL ? GH_NOMEM : gh_props_load(&p, &exists, a, env->tx, path);

    if (rc == GH_BAD || rc == GH_LIMIT) /* not even where it denies is known: everywhere */
        rc = gh_props_open(&p, a, GH_STR("{\"principals\":[{}]}"));
    if (rc != GH_OK)
        return rc;
    m->excluded = (struct gh_strs){.a = a};
    rc = gh_project_denied(&keys, &m->excluded, &p, &why);
    if (rc == GH_BAD || rc == GH_LIMIT)
        m->excluded = (struct gh_strs){.a = a};
    if (rc == GH_OK)
        rc = gh_role_read_permissions(def, a, gh_json_raw(&p.j, p.root), NULL);
    if (rc == GH_BAD || rc == GH_LIMIT) /* it was read when it was written: what cannot be read denies all, and spares nobody */
        return add(m, &p, path, &all, GH_STR(""));
    if (rc == GH_OK)
        rc = add(m, &p, path, &def->bits, GH_STR(""));
    for (size_t i = 0; rc == GH_OK && i < def->n_parts; i++)
        rc = add(m, &p, path, &def->parts[i].bits, def->parts[i].condition);
    return rc;
}

enum gh_rc
gh_project_deny(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_strs paths = {.a = a};
    struct row_maker m = {.n = 0};
    enum gh_rc rc = gh_project_holders(&paths, env->tx, GH_STORE_LINK_PRINCIPAL, part[0], GH_STR("/denyAssignments/"));

    if (rc != GH_OK || paths.n == 0)
        return rc;
    m.v = gh_arena_take_array(a, paths.n * (GH_ROLE_PARTS_MAX + 1), GH_DENIAL_N * sizeof(*m.v));
    rc = m.v == NULL ? GH_NOMEM : GH_OK;
    for (size_t i = 0; rc == GH_OK && i < paths.n; i++)
        rc = add_denial(&m, env, a, paths.p[i]);
    out->exists = true;
    out->v[GH_DENY_DENIALS] = (struct gh_snap_value){.recs = m.v, .n = m.n};
    return rc;
}
