/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/resource.h"

#include "base/limits.h"

/* ---- paths ---- */

/* The alphabet of names: letters, digits and ._- behind the first byte. No name is "." or "..", none needs escaping anywhere. */
static bool
is_name_byte(char c, bool is_first)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    return !is_first && (c == '.' || c == '_' || c == '-');
}

bool
gh_resource_name_is_valid(struct gh_str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!is_name_byte(name.p[i], i == 0))
            return false;
    return name.n > 0 && name.n <= GH_NAME_BYTES_MAX;
}

/* Segment by segment: `{}` takes a name, anything else only itself. */
static bool
match(struct gh_resource_path *out, const char *pattern, struct gh_str path)
{
    struct gh_str want, rest = gh_str_z(pattern), got;

    if (pattern == NULL)
        return false;
    out->n_names = 0;
    while (gh_str_cut(&want, &rest, '/')) {
        if (!gh_str_cut(&got, &path, '/'))
            return false;
        if (!gh_str_eq(want, GH_STR("{}"))) {
            if (!gh_str_eq(want, got))
                return false;
            continue;
        }
        if (!gh_resource_name_is_valid(got))
            return false;
        out->names[out->n_names++] = got;
    }
    return path.p == NULL;
}

enum gh_rc
gh_resource_find(struct gh_resource_path *out, struct gh_str path)
{
    *out = (struct gh_resource_path){.type = GH_RESOURCE_NONE};
    if (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    if (path.n == 0 || path.n > GH_RESOURCE_PATH_MAX)
        return GH_BAD;
    for (unsigned i = GH_RESOURCE_NONE + 1; i < GH_RESOURCE_COUNT; i++) {
        const struct gh_resource_row *row = &gh_resource_table[i];
        bool is_item = match(out, row->pattern, path);

        if (!is_item && !match(out, row->collection, path))
            continue;
        out->type = (enum gh_resource)i;
        out->is_collection = !is_item;
        out->path = path;
        return GH_OK;
    }
    out->n_names = 0;
    return GH_BAD;
}

enum gh_action
gh_resource_action(const struct gh_resource_path *r, enum gh_verb verb)
{
    if (r->type <= GH_RESOURCE_NONE || r->type >= GH_RESOURCE_COUNT || verb >= GH_VERB_COUNT)
        return GH_ACTION_NONE;
    bool on_collection = verb == GH_VERB_LIST || (verb == GH_VERB_WRITE && gh_resource_table[r->type].is_posted);
    if (r->is_collection != on_collection)
        return GH_ACTION_NONE;
    return gh_resource_table[r->type].action[verb];
}

struct gh_str
gh_resource_scope(const struct gh_resource_path *r)
{
    size_t n = r->path.n;

    if (!r->is_collection)
        return r->path;
    while (n > 0 && r->path.p[n - 1] != '/')
        n--;
    return n <= 1 ? GH_STR("/") : gh_str(r->path.p, n - 1);
}

bool
gh_scope_covers(struct gh_str scope, struct gh_str path)
{
    if (scope.n == 0 || path.n == 0 || path.p[0] != '/')
        return false;
    if (scope.n == 1)
        return scope.p[0] == '/';
    if (scope.n > path.n || (scope.n < path.n && path.p[scope.n] != '/')) /* most scopes part here, without a look at their bytes */
        return false;
    return memcmp(path.p, scope.p, scope.n) == 0;
}

/* ---- properties ---- */

struct check {
    const struct gh_json *json;
    struct gh_arena *arena;
    const struct gh_prop *prop;
    gh_json_ref value;
    const char *what; /* set by a check that does not return GH_OK */
};

static enum gh_rc
bad(struct check *c, const char *what)
{
    c->what = what;
    return GH_BAD;
}

static bool
in_bounds(const struct gh_prop *p, uint64_t n)
{
    return n >= (uint64_t)p->min && n <= (uint64_t)p->max;
}

/* Control characters reach neither a header, nor a configuration file, nor a terminal; text for people may have lines. */
static bool
is_clean(struct gh_str s, bool is_text)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c < 0x20 || c == 0x7f) && !(is_text && (c == '\n' || c == '\r' || c == '\t')))
            return false;
    }
    return true;
}

static enum gh_rc
check_string(struct check *c)
{
    struct gh_str s;
    enum gh_rc rc;

    if (gh_json_type(c->json, c->value) != GH_JSON_STRING)
        return bad(c, "must be a string");
    if ((rc = gh_json_str(&s, c->arena, c->json, c->value)) != GH_OK)
        return rc;
    if (!in_bounds(c->prop, s.n))
        return bad(c, "string is too short or too long");
    return is_clean(s, (c->prop->flags & GH_PROP_TEXT) != 0) ? GH_OK : bad(c, "string holds control characters");
}

static enum gh_rc
check_bool(struct check *c)
{
    enum gh_json_type type = gh_json_type(c->json, c->value);

    return type == GH_JSON_TRUE || type == GH_JSON_FALSE ? GH_OK : bad(c, "must be true or false");
}

static enum gh_rc
check_integer(struct check *c)
{
    int64_t v;

    if (gh_json_i64(&v, c->json, c->value) != GH_OK)
        return bad(c, "must be an integer");
    return v >= c->prop->min && v <= c->prop->max ? GH_OK : bad(c, "integer is out of bounds");
}

static enum gh_rc
check_enum(struct check *c)
{
    struct gh_str choices = gh_str_z(c->prop->choices), one, s;
    enum gh_rc rc;

    if (gh_json_type(c->json, c->value) != GH_JSON_STRING)
        return bad(c, "must be a string");
    if ((rc = gh_json_str(&s, c->arena, c->json, c->value)) != GH_OK)
        return rc;
    while (gh_str_cut(&one, &choices, '|'))
        if (gh_str_eq(one, s))
            return GH_OK;
    return bad(c, "is none of the possible values");
}

static enum gh_rc
check_any(struct check *c)
{
    enum gh_json_type type = gh_json_type(c->json, c->value);

    if (type == GH_JSON_STRING)
        return check_string(c);
    return type == GH_JSON_OBJECT ? GH_OK : bad(c, "must be a string or an object");
}

static enum gh_rc
check_object(struct check *c)
{
    return gh_json_type(c->json, c->value) == GH_JSON_OBJECT ? GH_OK : bad(c, "must be an object");
}

static enum gh_rc
check_array(struct check *c, enum gh_rc (*check_one)(struct check *))
{
    gh_json_ref array = c->value;
    uint64_t n = 0;
    enum gh_rc rc;

    if (gh_json_type(c->json, array) != GH_JSON_ARRAY)
        return bad(c, "must be an array");
    for (gh_json_ref v = gh_json_first(c->json, array); v != GH_JSON_NO; v = gh_json_next(c->json, array, v), n++) {
        c->value = v;
        if ((rc = check_one(c)) != GH_OK)
            return rc;
    }
    return in_bounds(c->prop, n) ? GH_OK : bad(c, "array has too few or too many elements");
}

/* Elements of every array of strings: names, paths, hosts, audiences. */
static enum gh_rc
check_element(struct check *c)
{
    static const struct gh_prop element = {.type = GH_PROP_STRING, .min = 1, .max = GH_RESOURCE_PATH_MAX};
    struct check one = {.json = c->json, .arena = c->arena, .prop = &element, .value = c->value};
    enum gh_rc rc = check_string(&one);

    c->what = one.what;
    return rc;
}

static enum gh_rc
check_strings(struct check *c)
{
    return check_array(c, check_element);
}

static enum gh_rc
check_objects(struct check *c)
{
    return check_array(c, check_object);
}

// clang-format off
static enum gh_rc (*const checks[])(struct check *) = {
    [GH_PROP_STRING] = check_string,   [GH_PROP_BOOL] = check_bool, [GH_PROP_INTEGER] = check_integer,
    [GH_PROP_STRINGS] = check_strings, [GH_PROP_ENUM] = check_enum, [GH_PROP_OBJECT] = check_object,
    [GH_PROP_OBJECTS] = check_objects, [GH_PROP_ANY] = check_any,
};
// clang-format on

static const struct gh_prop *
find_prop(const struct gh_resource_row *row, struct gh_str name)
{
    for (size_t i = 0; i < row->n_props; i++)
        if (gh_str_eq(gh_str_z(row->props[i].name), name))
            return &row->props[i];
    return NULL;
}

static uint32_t
offset(const struct gh_json *j, gh_json_ref v)
{
    return v == GH_JSON_NO ? 0 : j->nodes[v].at;
}

static enum gh_rc
check_member(struct check *c, const struct gh_resource_row *row, struct gh_str *name)
{
    enum gh_rc rc = gh_json_key(name, c->arena, c->json, c->value);

    if (rc != GH_OK)
        return rc;
    if ((c->prop = find_prop(row, *name)) == NULL)
        return bad(c, "unknown property");
    return gh_json_type(c->json, c->value) == GH_JSON_NULL ? GH_OK : checks[c->prop->type](c);
}

static const struct gh_prop *
find_missing(const struct gh_resource_row *row, const struct gh_json *j, gh_json_ref properties)
{
    for (size_t i = 0; i < row->n_props; i++) {
        enum gh_json_type type = gh_json_type(j, gh_json_get(j, properties, gh_str_z(row->props[i].name)));

        if ((row->props[i].flags & GH_PROP_REQUIRED) != 0 && (type == GH_JSON_NONE || type == GH_JSON_NULL))
            return &row->props[i];
    }
    return NULL;
}

enum gh_rc
gh_resource_check(enum gh_resource type, struct gh_arena *a, const struct gh_json *j, gh_json_ref properties, struct gh_str *name,
    struct gh_err *err)
{
    const struct gh_resource_row *row = &gh_resource_table[type];
    struct check c = {.json = j, .arena = a};
    const struct gh_prop *missing;
    struct gh_str at_fault;
    enum gh_rc rc;

    if (name == NULL)
        name = &at_fault;
    *name = gh_str(NULL, 0);
    if (gh_json_type(j, properties) != GH_JSON_OBJECT)
        return gh_fail(err, GH_BAD, offset(j, properties), "properties must be an object");
    for (gh_json_ref v = gh_json_first(j, properties); v != GH_JSON_NO; v = gh_json_next(j, properties, v)) {
        c.value = v;
        c.what = "out of memory";
        if ((rc = check_member(&c, row, name)) != GH_OK)
            return gh_fail(err, rc, offset(j, c.value), c.what);
    }
    *name = gh_str(NULL, 0);
    if ((missing = find_missing(row, j, properties)) != NULL) {
        *name = gh_str_z(missing->name);
        return gh_fail(err, GH_BAD, offset(j, properties), "required property is missing");
    }
    return GH_OK;
}
