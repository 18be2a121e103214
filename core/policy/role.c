/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three shapes of the same thing: REST ({"name", "properties": {"roleName", "permissions"}}), what the CLI lists ({"name", "roleName",
 * "permissions"}), and what PowerShell exports and `az role definition create` takes ({"Name", "Id", "Actions", ...}, in either case).
 * A misspelt notActions would widen a role, so an object that holds actions may have no member that is not known.
 */
#include "policy/role.h"

#include "base/guid.h"
#include "policy/condition.h"

/* Names of members are compared without regard to ASCII case, as Azure's tools do. */
static const char *const entry_members[] = {
    "actions", "notActions", "dataActions", "notDataActions", "condition", "conditionVersion"};
static const char *const flat_members[] = {"name", "id", "isCustom", "description", "actions", "notActions", "dataActions",
    "notDataActions", "assignableScopes", "condition", "conditionVersion"};
#define N_MEMBERS(table) (sizeof(table) / sizeof((table)[0]))

struct patterns {
    struct gh_str p[GH_PATTERNS_MAX];
    size_t n;
};

struct reader {
    const struct gh_json *json;
    struct gh_arena *arena;
    struct gh_err *err;
    struct patterns list[4]; /* of one entry, in the order below */
    size_t n_patterns;       /* of the whole definition          */
};
enum { ACTIONS, NOT_ACTIONS, DATA_ACTIONS, NOT_DATA_ACTIONS };

static enum gh_rc
fail(const struct reader *r, enum gh_rc rc, gh_json_ref at, const char *what)
{
    return gh_fail(r->err, rc, at == GH_JSON_NO ? 0 : r->json->nodes[at].at, what);
}

/* The member with this name in any case. Two of them: GH_BAD. */
static enum gh_rc
member(gh_json_ref *out, const struct reader *r, gh_json_ref object, const char *name)
{
    *out = GH_JSON_NO;
    for (gh_json_ref v = gh_json_first(r->json, object); v != GH_JSON_NO; v = gh_json_next(r->json, object, v)) {
        struct gh_str key;
        enum gh_rc rc = gh_json_key(&key, r->arena, r->json, v);

        if (rc != GH_OK)
            return fail(r, rc, v, "key cannot be read");
        if (!gh_str_eq_ci(key, gh_str_z(name)))
            continue;
        if (*out != GH_JSON_NO)
            return fail(r, GH_BAD, v, "member stands twice");
        *out = v;
    }
    return GH_OK;
}

static bool
is_absent(const struct reader *r, gh_json_ref v)
{
    return v == GH_JSON_NO || gh_json_type(r->json, v) == GH_JSON_NULL;
}

static enum gh_rc
text(struct gh_str *out, const struct reader *r, gh_json_ref object, const char *name)
{
    gh_json_ref v;
    enum gh_rc rc = member(&v, r, object, name);

    *out = gh_str(NULL, 0);
    if (rc != GH_OK || is_absent(r, v))
        return rc;
    if (gh_json_type(r->json, v) != GH_JSON_STRING)
        return fail(r, GH_BAD, v, "must be a string");
    return gh_json_str(out, r->arena, r->json, v);
}

static enum gh_rc
check_members(const struct reader *r, gh_json_ref object, const char *const *names, size_t n)
{
    for (gh_json_ref v = gh_json_first(r->json, object); v != GH_JSON_NO; v = gh_json_next(r->json, object, v)) {
        bool is_known = false;
        struct gh_str key;
        enum gh_rc rc = gh_json_key(&key, r->arena, r->json, v);

        if (rc != GH_OK)
            return fail(r, rc, v, "key cannot be read");
        for (size_t i = 0; i < n && !is_known; i++)
            is_known = gh_str_eq_ci(key, gh_str_z(names[i]));
        if (!is_known)
            return fail(r, GH_BAD, v, "unknown member beside actions");
    }
    return GH_OK;
}

/* ---- permissions ---- */

static enum gh_rc
read_patterns(struct reader *r, struct patterns *out, gh_json_ref object, const char *name)
{
    gh_json_ref array, v;
    enum gh_rc rc = member(&array, r, object, name);

    out->n = 0;
    if (rc != GH_OK || is_absent(r, array))
        return rc;
    if (gh_json_type(r->json, array) != GH_JSON_ARRAY)
        return fail(r, GH_BAD, array, "actions must be an array of strings");
    for (v = gh_json_first(r->json, array); v != GH_JSON_NO; v = gh_json_next(r->json, array, v)) {
        if (r->n_patterns++ == GH_PATTERNS_MAX)
            return fail(r, GH_LIMIT, v, "too many actions in one role");
        if (gh_json_type(r->json, v) != GH_JSON_STRING)
            return fail(r, GH_BAD, v, "actions must be an array of strings");
        if ((rc = gh_json_str(&out->p[out->n], r->arena, r->json, v)) != GH_OK)
            return rc;
        if (out->p[out->n].n == 0 || out->p[out->n].n > GH_RESOURCE_PATH_MAX)
            return fail(r, GH_BAD, v, "action is empty or too long");
        out->n++;
    }
    return GH_OK;
}

static bool
matches(const struct patterns *list, struct gh_str action)
{
    for (size_t i = 0; i < list->n; i++)
        if (gh_str_glob_ci(list->p[i], action))
            return true;
    return false;
}

/* What one entry allows: an action of it and no notAction of it, each plane by its own lists. */
static void
add_bits(struct gh_role_bits *bits, const struct reader *r)
{
    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++) {
        bool is_data = gh_action_table[i].plane == GH_PLANE_DATA;
        struct gh_str action = gh_action_table[i].string;

        if (matches(&r->list[is_data ? DATA_ACTIONS : ACTIONS], action) &&
            !matches(&r->list[is_data ? NOT_DATA_ACTIONS : NOT_ACTIONS], action))
            bits->w[i / 64] |= UINT64_C(1) << (i % 64);
    }
}

/* The program of an entry's condition; empty if it has none. Its place is that of the string, and within it. */
static enum gh_rc
read_condition(struct gh_str *program, const struct reader *r, gh_json_ref entry)
{
    struct gh_str condition, version;
    gh_json_ref at;
    enum gh_rc rc;

    *program = gh_str(NULL, 0);
    if ((rc = text(&condition, r, entry, "condition")) != GH_OK || (rc = text(&version, r, entry, "conditionVersion")) != GH_OK ||
        (rc = member(&at, r, entry, "condition")) != GH_OK || condition.p == NULL)
        return rc;
    if (version.n > 0 && !gh_str_eq(version, GH_STR("2.0")))
        return fail(r, GH_BAD, at, "conditions are of version 2.0");
    rc = gh_condition_compile(program, r->arena, condition, r->err);
    if (rc != GH_OK && r->err != NULL)
        r->err->at += r->json->nodes[at].at + 1; /* behind the quote */
    return rc;
}

static enum gh_rc
read_entry(struct gh_role_def *out, struct reader *r, gh_json_ref entry)
{
    struct gh_str condition;
    struct gh_role_part *part;
    enum gh_rc rc = read_condition(&condition, r, entry);

    if (rc != GH_OK)
        return rc;
    for (size_t i = ACTIONS; i <= NOT_DATA_ACTIONS; i++)
        if ((rc = read_patterns(r, &r->list[i], entry, entry_members[i])) != GH_OK)
            return rc;
    if (condition.n == 0) {
        add_bits(&out->bits, r);
        return GH_OK;
    }
    if (out->parts == NULL && (out->parts = gh_arena_take_array(r->arena, GH_ROLE_PARTS_MAX, sizeof(*out->parts))) == NULL)
        return fail(r, GH_NOMEM, entry, "out of memory");
    if (out->n_parts == GH_ROLE_PARTS_MAX)
        return fail(r, GH_LIMIT, entry, "too many entries with a condition in one role");
    part = &out->parts[out->n_parts++];
    *part = (struct gh_role_part){.condition = condition};
    add_bits(&part->bits, r);
    return GH_OK;
}

static enum gh_rc
read_permissions(struct gh_role_def *out, struct reader *r, gh_json_ref body)
{
    gh_json_ref list, v;
    enum gh_rc rc = member(&list, r, body, "permissions");

    if (rc != GH_OK)
        return rc;
    if (gh_json_type(r->json, list) != GH_JSON_ARRAY)
        return fail(r, GH_BAD, list, "permissions must be an array");
    for (v = gh_json_first(r->json, list); v != GH_JSON_NO; v = gh_json_next(r->json, list, v)) {
        if (gh_json_type(r->json, v) != GH_JSON_OBJECT)
            return fail(r, GH_BAD, v, "permissions must be an array of objects");
        if ((rc = check_members(r, v, entry_members, N_MEMBERS(entry_members))) != GH_OK || (rc = read_entry(out, r, v)) != GH_OK)
            return rc;
    }
    return GH_OK;
}

/* ---- id ---- */

/* "/subscriptions/.../roleDefinitions/GUID" or the GUID itself -> lower-case GUID; anything else is no id. */
static enum gh_rc
read_id(struct gh_str *out, const struct reader *r, struct gh_str s)
{
    char *p;

    if ((s = gh_guid_of(s)).n == 0)
        return GH_OK;
    if ((p = gh_arena_take(r->arena, s.n)) == NULL)
        return GH_NOMEM;
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'F' ? s.p[i] + ('a' - 'A') : s.p[i]);
    *out = gh_str(p, s.n);
    return GH_OK;
}

/* REST and the CLI's list: the GUID is "name", and the end of "id". Both given and different: GH_BAD. */
static enum gh_rc
read_rest_id(struct gh_str *out, const struct reader *r)
{
    struct gh_str name, id, from_name = {NULL, 0}, from_id = {NULL, 0};
    enum gh_rc rc;

    if ((rc = text(&name, r, 0, "name")) != GH_OK || (rc = text(&id, r, 0, "id")) != GH_OK)
        return rc;
    if ((rc = read_id(&from_name, r, name)) != GH_OK || (rc = read_id(&from_id, r, id)) != GH_OK)
        return rc;
    if (from_name.n > 0 && from_id.n > 0 && !gh_str_eq(from_name, from_id))
        return fail(r, GH_BAD, 0, "name and id are different GUIDs");
    *out = from_name.n > 0 ? from_name : from_id;
    return GH_OK;
}

/* ---- the three shapes ---- */

static enum gh_rc
read_rest(struct gh_role_def *out, struct reader *r, gh_json_ref body)
{
    enum gh_rc rc;

    if ((rc = read_rest_id(&out->id, r)) != GH_OK || (rc = text(&out->name, r, body, "roleName")) != GH_OK)
        return rc;
    return read_permissions(out, r, body);
}

static enum gh_rc
read_flat(struct gh_role_def *out, struct reader *r)
{
    struct gh_str id;
    enum gh_rc rc;

    if ((rc = check_members(r, 0, flat_members, N_MEMBERS(flat_members))) != GH_OK ||
        (rc = text(&out->name, r, 0, "name")) != GH_OK || (rc = text(&id, r, 0, "id")) != GH_OK ||
        (rc = read_id(&out->id, r, id)) != GH_OK)
        return rc;
    return read_entry(out, r, 0);
}

static enum gh_rc
read_any(struct gh_role_def *out, struct reader *r)
{
    gh_json_ref properties, permissions;
    enum gh_rc rc;

    if (gh_json_type(r->json, 0) != GH_JSON_OBJECT)
        return fail(r, GH_BAD, 0, "role definition must be an object");
    if ((rc = member(&properties, r, 0, "properties")) != GH_OK || (rc = member(&permissions, r, 0, "permissions")) != GH_OK)
        return rc;
    if (properties != GH_JSON_NO && gh_json_type(r->json, properties) != GH_JSON_OBJECT)
        return fail(r, GH_BAD, properties, "properties must be an object");
    if (properties != GH_JSON_NO || permissions != GH_JSON_NO)
        rc = read_rest(out, r, properties != GH_JSON_NO ? properties : 0);
    else
        rc = read_flat(out, r);
    if (rc == GH_OK && out->name.n == 0)
        return fail(r, GH_BAD, 0, "role has no name");
    return rc;
}

static enum gh_rc
read_bare(struct gh_role_def *out, struct reader *r)
{
    return gh_json_type(r->json, 0) == GH_JSON_OBJECT ? read_permissions(out, r, 0) : fail(r, GH_BAD, 0, "must be an object");
}

static enum gh_rc
read_json(struct gh_role_def *out, struct gh_arena *a, struct gh_str json, struct gh_err *err,
    enum gh_rc (*read)(struct gh_role_def *out, struct reader *r))
{
    struct gh_json doc;
    struct reader *r;
    enum gh_rc rc;

    memset(out, 0, sizeof(*out));
    if ((rc = gh_json_parse(&doc, a, json, err)) != GH_OK)
        return rc == GH_MORE ? GH_BAD : rc;
    if ((r = gh_arena_take(a, sizeof(*r))) == NULL)
        return gh_fail(err, GH_NOMEM, 0, "out of memory");
    r->json = &doc;
    r->arena = a;
    r->err = err;
    if ((rc = read(out, r)) != GH_OK)
        memset(out, 0, sizeof(*out));
    return rc;
}

enum gh_rc
gh_role_read(struct gh_role_def *out, struct gh_arena *a, struct gh_str json, struct gh_err *err)
{
    return read_json(out, a, json, err, read_any);
}

enum gh_rc
gh_role_read_permissions(struct gh_role_def *out, struct gh_arena *a, struct gh_str json, struct gh_err *err)
{
    return read_json(out, a, json, err, read_bare);
}

bool
gh_role_stored_allows(struct gh_str stored, enum gh_action action)
{
    size_t byte = (size_t)action / 8;

    if (action <= GH_ACTION_NONE || action >= GH_ACTION_COUNT || byte >= stored.n)
        return false;
    return ((unsigned char)stored.p[byte] >> ((unsigned)action % 8) & 1) != 0;
}

void
gh_role_store(uint8_t out[GH_ROLE_STORED_BYTES], const struct gh_role_bits *bits)
{
    for (unsigned i = 0; i < GH_ROLE_STORED_BYTES; i++)
        out[i] = (uint8_t)(bits->w[i / 8] >> (8 * (i % 8)));
}
