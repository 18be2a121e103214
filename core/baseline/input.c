/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/input: which shape a file has, by its outer form alone; then the reader of that shape. */
#include "baseline/input_int.h"

#include "base/limits.h"

uint32_t
gh_input_hash(struct gh_str s)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        h = (h ^ (c >= 'A' && c <= 'Z' ? c | 0x20u : c)) * 16777619u;
    }
    return h;
}

void *
gh_input_grow(struct gh_arena *a, void *array, uint32_t n, uint32_t *cap, size_t size)
{
    uint32_t more = *cap == 0 ? 16 : *cap * 2;
    void *p;

    if (n < *cap)
        return array;
    if (*cap != 0 && gh_arena_resize(a, array, *cap * size, more * size)) {
        *cap = more;
        return array;
    }
    if ((p = gh_arena_take_array(a, more, size)) == NULL)
        return NULL;
    if (n > 0)
        memcpy(p, array, n * size);
    *cap = more;
    return p;
}

struct gh_input_resource *
gh_input_add(struct gh_input *in, enum gh_rc *rc)
{
    struct gh_input_resource *p;

    if (in->n_resources == GH_BASELINE_RESOURCES_MAX) {
        *rc = GH_LIMIT;
        return NULL;
    }
    if ((p = gh_input_grow(in->a, in->resource, in->n_resources, &in->cap_resources, sizeof *p)) == NULL) {
        *rc = GH_NOMEM;
        return NULL;
    }
    in->resource = p;
    p += in->n_resources++;
    *p = (struct gh_input_resource){
        .parent = GH_INPUT_NONE, .next_child = GH_INPUT_NONE, .first_child = GH_INPUT_NONE, .first_link = GH_INPUT_NONE};
    return p;
}

enum gh_rc
gh_input_note(struct gh_input *in, const char *what, uint32_t at)
{
    struct gh_note *p = gh_input_grow(in->a, in->note, in->n_notes, &in->cap_notes, sizeof *p);

    if (p == NULL)
        return GH_NOMEM;
    in->note = p;
    p[in->n_notes++] = (struct gh_note){what, at};
    return GH_OK;
}

/* ---- which shape ---- */

static bool
key_is(const struct gh_json *j, gh_json_ref value, const char *name)
{
    const struct gh_json_node *key = &j->nodes[value - 1];

    return gh_str_eq_ci(gh_str(j->text.p + key->at + 1, key->end - key->at - 2), gh_str_z(name));
}

static gh_json_ref
member(const struct gh_json *j, gh_json_ref object, const char *name)
{
    if (gh_json_type(j, object) != GH_JSON_OBJECT)
        return GH_JSON_NO;
    for (gh_json_ref m = gh_json_first(j, object); m != GH_JSON_NO; m = gh_json_next(j, object, m))
        if (key_is(j, m, name))
            return m;
    return GH_JSON_NO;
}

static bool
has(const struct gh_json *j, gh_json_ref object, const char *name)
{
    return member(j, object, name) != GH_JSON_NO;
}

static bool
schema_holds(const struct gh_json *j, gh_json_ref object, const char *part)
{
    struct gh_str schema = gh_json_raw(j, member(j, object, "$schema"));

    return schema.p != NULL && gh_str_find(schema, gh_str_z(part)) != SIZE_MAX;
}

static bool
is_resource(const struct gh_json *j, gh_json_ref v)
{
    return (has(j, v, "type") || has(j, v, "resourceType")) && (has(j, v, "id") || has(j, v, "resourceId") || has(j, v, "name"));
}

static enum gh_input_shape
shape_of_object(const struct gh_json *j, gh_json_ref v)
{
    gh_json_ref resources = member(j, v, "resources"), rows = member(j, v, "data");
    enum gh_json_type type = gh_json_type(j, resources);

    if (schema_holds(j, v, "eploymentParameters.json"))
        return GH_INPUT_PARAMETERS;
    if (is_resource(j, v))
        return GH_INPUT_RESOURCE;
    if ((type == GH_JSON_ARRAY || type == GH_JSON_OBJECT) &&
        (has(j, v, "contentVersion") || has(j, v, "languageVersion") || schema_holds(j, v, "eploymentTemplate.json")))
        return GH_INPUT_TEMPLATE;
    if (rows == GH_JSON_NO)
        rows = member(j, v, "value");
    if (gh_json_type(j, rows) == GH_JSON_ARRAY || (has(j, rows, "columns") && has(j, rows, "rows")))
        return GH_INPUT_GRAPH;
    if (!has(j, v, "resources") && has(j, v, "contentVersion") && gh_json_type(j, member(j, v, "parameters")) == GH_JSON_OBJECT)
        return GH_INPUT_PARAMETERS;
    return GH_INPUT_UNKNOWN;
}

enum gh_input_shape
gh_input_shape(const struct gh_doc *d, struct gh_err *err)
{
    const struct gh_json *j = &d->json;
    enum gh_input_shape shape = GH_INPUT_UNKNOWN;

    if (gh_json_type(j, 0) == GH_JSON_OBJECT)
        shape = shape_of_object(j, 0);
    else if (gh_json_type(j, 0) == GH_JSON_ARRAY)
        shape = GH_INPUT_LIST;
    if (shape == GH_INPUT_UNKNOWN)
        (void)gh_fail(err, GH_BAD, gh_doc_at(d, 0),
            "neither a template (resources and $schema or contentVersion), nor resources, nor a Resource Graph answer (data or "
            "value)");
    return shape;
}

static enum gh_rc
read_shape(struct gh_input *in, const struct gh_doc *parameters, struct gh_err *err)
{
    switch (in->shape) {
    case GH_INPUT_TEMPLATE:
        return gh_input_template(in, parameters, err);
    case GH_INPUT_LIST:
    case GH_INPUT_GRAPH:
    case GH_INPUT_RESOURCE:
        return gh_input_list(in, err);
    case GH_INPUT_PARAMETERS:
        return gh_fail(err, GH_BAD, 0, "a parameter file: give its template, and this one by --parameters");
    case GH_INPUT_UNKNOWN:
        break;
    }
    return GH_BAD;
}

enum gh_rc
gh_input_read(struct gh_input *in, struct gh_arena *a, struct gh_str text, const struct gh_doc *parameters, struct gh_err *err)
{
    enum gh_rc rc;

    *in = (struct gh_input){.a = a};
    gh_expr_init(&in->eval, a);
    if ((rc = gh_doc_read(&in->doc, a, text, err)) != GH_OK)
        return rc;
    in->shape = gh_input_shape(&in->doc, err);
    if ((rc = read_shape(in, parameters, err)) != GH_OK)
        return rc;
    if ((rc = gh_input_link(in)) != GH_OK || (rc = in->eval.rc) != GH_OK)
        return gh_fail(err, rc, 0, "not enough memory for this input");
    return GH_OK;
}
