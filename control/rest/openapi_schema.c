/* SPDX-License-Identifier: Apache-2.0 */
/* Properties as JSON Schema (2020-12, which OpenAPI 3.1 takes as it is). */
#include "control/rest/openapi.h"

static const struct {
    const char *json, *element; /* element: of an array */
} kinds[] = {
    [GH_PROP_STRING] = {"string", NULL},
    [GH_PROP_BOOL] = {"boolean", NULL},
    [GH_PROP_INTEGER] = {"integer", NULL},
    [GH_PROP_STRINGS] = {"array", "string"},
    [GH_PROP_ENUM] = {"string", NULL},
    [GH_PROP_OBJECT] = {"object", NULL},
    [GH_PROP_OBJECTS] = {"array", "object"},
    [GH_PROP_ANY] = {NULL, NULL},
};

static void
put_type(struct gh_jsonw *w, const char *type, bool may_be_null)
{
    if (type == NULL)
        return; /* of several: the handler says which */
    gh_jsonw_key(w, "type");
    if (!may_be_null) {
        gh_jsonw_str(w, gh_str_z(type));
        return;
    }
    gh_jsonw_arr(w);
    gh_jsonw_str(w, gh_str_z(type));
    gh_jsonw_str(w, GH_STR("null"));
    gh_jsonw_end(w, ']');
}

static void
put_choices(struct gh_jsonw *w, const char *choices, bool may_be_null)
{
    gh_jsonw_key(w, "enum");
    gh_jsonw_arr(w);
    gh_jsonw_words(w, choices);
    if (may_be_null)
        gh_jsonw_null(w);
    gh_jsonw_end(w, ']');
}

static void
put_bound(struct gh_jsonw *w, const char *key, int64_t v)
{
    gh_jsonw_key(w, key);
    gh_jsonw_i64(w, v);
}

/* The table bounds strings in bytes, JSON Schema in characters: a bound from above holds for both. */
static void
put_bounds(struct gh_jsonw *w, const struct gh_prop *p)
{
    bool is_array = kinds[p->type].element != NULL;
    if (p->type == GH_PROP_INTEGER) {
        put_bound(w, "minimum", p->min);
        put_bound(w, "maximum", p->max);
    } else if (p->type == GH_PROP_STRING || is_array) {
        if (p->min > 0)
            put_bound(w, is_array ? "minItems" : "minLength", is_array ? p->min : 1);
        if (p->max > 0)
            put_bound(w, is_array ? "maxItems" : "maxLength", p->max);
    }
}

static void
put_flags(struct gh_jsonw *w, unsigned flags)
{
    static const struct {
        unsigned flag;
        const char *key;
    } rows[] = {{GH_PROP_SECRET, "writeOnly"}, {GH_PROP_READ_ONLY, "readOnly"}, {GH_PROP_IMMUTABLE, "x-gatehouse-immutable"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if ((flags & rows[i].flag) != 0)
            gh_jsonw_kbool(w, rows[i].key, true);
}

static const struct gh_openapi_members *
nested_of(const struct gh_openapi_part *part, const char *name)
{
    for (const struct gh_openapi_nested *n = part == NULL ? NULL : part->nested; n != NULL && n->name != NULL; n++)
        if (strcmp(n->name, name) == 0)
            return &n->members;
    return NULL;
}

static void put_object(struct gh_jsonw *w, const struct gh_openapi_members *m);

/* A member has no objects with members of their own below it: two levels are what the API has. */
static void
put_rest(struct gh_jsonw *w, const struct gh_prop *p, const struct gh_openapi_members *nested, bool may_be_null)
{
    const char *element = kinds[p->type].element;
    put_type(w, kinds[p->type].json, may_be_null);
    if (p->choices != NULL)
        put_choices(w, p->choices, may_be_null);
    put_bounds(w, p);
    if (element != NULL) {
        gh_jsonw_key(w, "items");
        gh_jsonw_obj(w);
        put_type(w, element, false);
        if (nested != NULL)
            put_object(w, nested);
        gh_jsonw_end(w, '}');
    } else if (nested != NULL) {
        put_object(w, nested);
    }
    if (p->describes != NULL)
        gh_jsonw_kstr(w, "description", gh_str_z(p->describes));
    put_flags(w, p->flags);
}

void
gh_openapi_put_prop(struct gh_jsonw *w, const struct gh_prop *p, const struct gh_openapi_part *part, bool is_request)
{
    gh_jsonw_obj(w);
    put_rest(w, p, nested_of(part, p->name), is_request && (p->flags & GH_PROP_REQUIRED) == 0);
    gh_jsonw_end(w, '}');
}

static void
put_required(struct gh_jsonw *w, const struct gh_openapi_members *m)
{
    bool is_any = false;
    for (size_t i = 0; i < m->n; i++)
        is_any |= (m->p[i].flags & GH_PROP_REQUIRED) != 0;
    if (!is_any)
        return;
    gh_jsonw_key(w, "required");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < m->n; i++)
        if ((m->p[i].flags & GH_PROP_REQUIRED) != 0)
            gh_jsonw_str(w, gh_str_z(m->p[i].name));
    gh_jsonw_end(w, ']');
}

/* What an object schema holds beside its type. */
static void
put_object(struct gh_jsonw *w, const struct gh_openapi_members *m)
{
    gh_jsonw_kbool(w, "additionalProperties", false);
    put_required(w, m);
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    for (size_t i = 0; i < m->n; i++) {
        gh_jsonw_key(w, m->p[i].name);
        gh_jsonw_obj(w);
        put_rest(w, &m->p[i], NULL, (m->p[i].flags & GH_PROP_REQUIRED) == 0);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, '}');
}

void
gh_openapi_put_members(struct gh_jsonw *w, const struct gh_openapi_members *m)
{
    gh_jsonw_obj(w);
    put_type(w, "object", false);
    put_object(w, m);
    gh_jsonw_end(w, '}');
}
