/* SPDX-License-Identifier: Apache-2.0 */
/* The components of the document: the schemas of each type, of problems, and what stands once. */
#include "control/rest/call.h"
#include "control/rest/openapi_int.h"

/* ---- schemas of a type ---- */

/* What a request may hold and what an answer does differ: secrets go one way, null for absent is accepted and never answered. */
static void
put_properties(struct gh_jsonw *w, enum gh_resource type, bool is_request)
{
    const struct gh_resource_row *row = &gh_resource_table[type];
    gh_jsonw_obj(w);
    gh_jsonw_raw(w, GH_STR("\"type\":\"object\",\"additionalProperties\":false"));
    gh_jsonw_key(w, "required");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < row->n_props; i++)
        if ((row->props[i].flags & GH_PROP_REQUIRED) != 0)
            gh_jsonw_str(w, gh_str_z(row->props[i].name));
    gh_jsonw_end(w, ']');
    gh_openapi_open(w, "properties");
    for (size_t i = 0; i < row->n_props; i++) {
        if (!is_request && (row->props[i].flags & GH_PROP_SECRET) != 0)
            continue;
        gh_jsonw_key(w, row->props[i].name);
        gh_openapi_put_prop(w, &row->props[i], &gh_openapi_parts[type], is_request);
    }
    gh_openapi_end(w);
    gh_openapi_end(w);
}

static const char stored_required[] =
    "\"id\",\"type\",\"etag\",\"properties\",\"createdAt\",\"createdBy\",\"updatedAt\",\"updatedBy\"";
static const char stored_members[] =
    "\"etag\":{\"type\":\"string\",\"description\":\"What If-Match takes.\"},"
    "\"createdAt\":{\"type\":\"string\",\"format\":\"date-time\"},\"createdBy\":{\"type\":\"string\"},"
    "\"updatedAt\":{\"type\":\"string\",\"format\":\"date-time\"},\"updatedBy\":{\"type\":\"string\"}";

static void
put_item(struct gh_jsonw *w, enum gh_resource type)
{
    const struct gh_openapi_members *more = &gh_openapi_parts[type].members;
    gh_jsonw_obj(w);
    gh_jsonw_raw(w, GH_STR("\"type\":\"object\",\"additionalProperties\":false"));
    gh_jsonw_key(w, "required");
    gh_jsonw_arr(w);
    gh_jsonw_raw(w, gh_openapi_is_special(type) ? GH_STR("\"id\",\"type\",\"properties\"") : gh_str_z(stored_required));
    gh_jsonw_end(w, ']');
    gh_openapi_open(w, "properties");
    gh_jsonw_raw(w, GH_STR("\"id\":{\"type\":\"string\",\"description\":\"Path below /api.\"}"));
    gh_openapi_open(w, "type");
    gh_openapi_str(w, "const", gh_resource_table[type].name);
    gh_openapi_end(w);
    if (!gh_openapi_is_special(type))
        gh_jsonw_raw(w, gh_str_z(stored_members));
    for (size_t i = 0; i < more->n; i++) {
        gh_jsonw_key(w, more->p[i].name);
        gh_openapi_put_prop(w, &more->p[i], NULL, true);
    }
    gh_jsonw_key(w, "properties");
    put_properties(w, type, false);
    gh_openapi_end(w);
    gh_openapi_end(w);
}

static void
put_list(struct gh_jsonw *w, enum gh_resource type)
{
    gh_jsonw_obj(w);
    gh_jsonw_raw(w, GH_STR("\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"value\"]"));
    gh_openapi_open(w, "properties");
    gh_jsonw_raw(w, GH_STR("\"nextLink\":{\"type\":\"string\",\"description\":\"Where the next page is, from the root of this "
                           "host. Absent: this was the last.\"}"));
    gh_openapi_open(w, "value");
    gh_openapi_str(w, "type", "array");
    gh_jsonw_key(w, "items");
    gh_openapi_item_ref(w, type);
    gh_openapi_end(w);
    gh_openapi_end(w);
    gh_openapi_end(w);
}

/* The properties alone, or as answers show them. */
static void
put_write(struct gh_jsonw *w, enum gh_resource type)
{
    gh_jsonw_obj(w);
    gh_jsonw_key(w, "oneOf");
    gh_jsonw_arr(w);
    put_properties(w, type, true);
    gh_jsonw_obj(w);
    gh_jsonw_raw(w, GH_STR("\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"properties\"]"));
    gh_openapi_open(w, "properties");
    gh_jsonw_key(w, "properties");
    put_properties(w, type, true);
    gh_openapi_end(w);
    gh_openapi_end(w);
    gh_jsonw_end(w, ']');
    gh_openapi_end(w);
}

static void
put_schemas(struct gh_jsonw *w, enum gh_resource type)
{
    const struct gh_resource_row *row = &gh_resource_table[type];
    if (gh_openapi_parts[type].answer != NULL)
        return;
    gh_openapi_schema_key(w, row->name, "");
    put_item(w, type);
    if (row->collection != NULL) {
        gh_openapi_schema_key(w, row->name, "List");
        put_list(w, type);
    }
    if (row->action[GH_VERB_WRITE] != GH_ACTION_NONE) {
        gh_openapi_schema_key(w, row->name, "Write");
        put_write(w, type);
    }
}

/* ---- what stands once ---- */

static bool
is_first(size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(gh_call_problem_code(i), gh_call_problem_code(at)) == 0)
            return false;
    return true;
}

static void
put_codes(struct gh_jsonw *w)
{
    gh_jsonw_key(w, "enum");
    gh_jsonw_arr(w);
    for (size_t i = 0; gh_call_problem_code(i) != NULL; i++)
        if (is_first(i))
            gh_jsonw_str(w, gh_str_z(gh_call_problem_code(i)));
    gh_jsonw_end(w, ']');
}

static void
put_problem_schema(struct gh_jsonw *w)
{
    gh_openapi_open(w, "Problem");
    gh_jsonw_raw(
        w, GH_STR("\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"type\",\"title\",\"status\",\"code\"]"));
    gh_openapi_open(w, "properties");
    gh_jsonw_raw(w,
        GH_STR("\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\",\"minimum\":400},"
               "\"detail\":{\"type\":\"string\",\"description\":\"What is wrong, for people.\"},"
               "\"about\":{\"type\":\"string\",\"description\":\"The property or resource that it is about.\"},"
               "\"at\":{\"type\":\"integer\",\"minimum\":0,\"description\":\"Offset in the body where reading it ended.\"},"
               "\"requestId\":{\"type\":\"string\",\"description\":\"Joins this answer with its records.\"}"));
    gh_openapi_open(w, "code");
    put_codes(w);
    gh_openapi_end(w);
    gh_openapi_end(w);
    gh_openapi_end(w);
}

static const char components[] =
    "\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
    "\"description\":\"A token of a configured issuer, or of the installation's own (gatehouse token).\"}},"
    "\"headers\":{\"ETag\":{\"description\":\"Version of the resource. Absent in the answer of a dry "
    "run.\",\"schema\":{\"type\":\"string\"}},"
    "\"Location\":{\"description\":\"Where the resource is.\",\"schema\":{\"type\":\"string\"}}},"
    "\"responses\":{\"Problem\":{\"description\":\"Refused, or failed; nothing was changed.\",\"content\":"
    "{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}},"
    "\"parameters\":{"
    "\"IfMatch\":{\"name\":\"If-Match\",\"in\":\"header\",\"schema\":{\"type\":\"string\"},"
    "\"description\":\"ETags, or *: the write is done if the resource is still that, or is there at all.\"},"
    "\"IfNoneMatch\":{\"name\":\"If-None-Match\",\"in\":\"header\",\"schema\":{\"type\":\"string\"},"
    "\"description\":\"ETags, or *: the read answers 304, the write is not done, if the resource is that, or is there at "
    "all.\"},"
    "\"DryRun\":{\"name\":\"dryRun\",\"in\":\"query\",\"schema\":{\"type\":\"boolean\"},"
    "\"description\":\"Check the write and say what it would change; change nothing.\"},"
    "\"Top\":{\"name\":\"top\",\"in\":\"query\",\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000},"
    "\"description\":\"Most resources in one page. Default: 100.\"},"
    "\"SkipToken\":{\"name\":\"skipToken\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":64},"
    "\"description\":\"As the last page's nextLink has it.\"}}";

void
gh_openapi_put_components(struct gh_jsonw *w)
{
    gh_openapi_open(w, "components");
    gh_jsonw_raw(w, gh_str_z(components));
    gh_openapi_open(w, "schemas");
    gh_jsonw_raw(w, GH_STR("\"Name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$\"}"));
    put_problem_schema(w);
    for (size_t t = GH_RESOURCE_NONE + 1; t < GH_RESOURCE_COUNT; t++)
        put_schemas(w, (enum gh_resource)t);
    gh_openapi_end(w);
    gh_openapi_end(w);
}
