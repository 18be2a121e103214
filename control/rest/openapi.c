/* SPDX-License-Identifier: Apache-2.0 */
/* The document: what stands once, then for each type its paths and schemas. */
#include "control/rest/openapi.h"

#include "control/rest/call.h"

#define WORD_MAX 512

static const char about[] =
    "Everything is a resource whose id is a path; `PUT`, `GET`, `DELETE` and lists work on those paths alike. Access is decided at "
    "the "
    "resource itself, for the action that stands with each operation (`x-gatehouse-action`).\n\n"
    "A resource has an `etag`: `If-Match` makes a write conditional on it, `If-None-Match: *` on there being none yet (412 "
    "otherwise), and "
    "`If-None-Match` of a read answers 304. Lists come in pages in the order of names: `nextLink` leads to the next one, and "
    "neither "
    "insertions nor deletions make a page repeat or skip what stays. `dryRun=true` checks a write, says what it would change and "
    "changes "
    "nothing. A write answers when it is on disk and recorded; the edge enforces it within a quarter of a second.\n\n"
    "Errors are problem details (RFC 9457) with a `code` for programs.";

static void
put_str(struct gh_jsonw *w, const char *key, const char *value)
{
    gh_jsonw_kstr(w, key, gh_str_z(value));
}

static void
open_key(struct gh_jsonw *w, const char *key)
{
    gh_jsonw_key(w, key);
    gh_jsonw_obj(w);
}

static void
end(struct gh_jsonw *w)
{
    gh_jsonw_end(w, '}');
}

/* ---- names ---- */

/* "endpoint" -> "Endpoint" + suffix, with what goes before it. */
static void
put_word(struct gh_buf *b, const char *before, const char *name, const char *suffix)
{
    gh_buf_putz(b, before);
    gh_buf_putc(b, (char)(name[0] >= 'a' && name[0] <= 'z' ? name[0] - 'a' + 'A' : name[0]));
    gh_buf_put(b, gh_str_sub(gh_str_z(name), 1, SIZE_MAX));
    gh_buf_putz(b, suffix);
}

static void
put_ref(struct gh_jsonw *w, const char *name, const char *suffix)
{
    char mem[WORD_MAX];
    struct gh_buf b;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    put_word(&b, "#/components/schemas/", name, suffix);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "$ref", gh_buf_str(&b));
    end(w);
}

static void
schema_key(struct gh_jsonw *w, const char *name, const char *suffix)
{
    char mem[WORD_MAX];
    struct gh_buf b;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    put_word(&b, "", name, suffix);
    gh_jsonw_key_str(w, gh_buf_str(&b));
}

/* A path parameter is called as the collection before it, in the singular: "workspaces" -> "workspace". */
static struct gh_str
singular(struct gh_str collection)
{
    bool is_plural = gh_str_ends(collection, GH_STR("s")) && !gh_str_ends(collection, GH_STR("ss"));
    return gh_str_sub(collection, 0, collection.n - is_plural);
}

/* "/workspaces/{}" -> "/workspaces/{workspace}". */
static void
put_template(struct gh_buf *b, const char *pattern)
{
    struct gh_str rest = gh_str_sub(gh_str_z(pattern), 1, SIZE_MAX), segment, before = GH_STR("name");
    while (gh_str_cut(&segment, &rest, '/')) {
        gh_buf_putc(b, '/');
        if (!gh_str_eq(segment, GH_STR("{}"))) {
            gh_buf_put(b, before = segment);
            continue;
        }
        gh_buf_putc(b, '{');
        gh_buf_put(b, singular(before));
        gh_buf_putc(b, '}');
    }
}

static void
put_path_parameters(struct gh_jsonw *w, const char *pattern)
{
    struct gh_str rest = gh_str_sub(gh_str_z(pattern), 1, SIZE_MAX), segment, before = GH_STR("name");
    if (strchr(pattern, '{') == NULL)
        return;
    gh_jsonw_key(w, "parameters");
    gh_jsonw_arr(w);
    while (gh_str_cut(&segment, &rest, '/')) {
        if (gh_str_eq(segment, GH_STR("{}"))) {
            gh_jsonw_obj(w);
            gh_jsonw_kstr(w, "name", singular(before));
            gh_jsonw_raw(w, GH_STR("\"in\":\"path\",\"required\":true,\"schema\":{\"$ref\":\"#/components/schemas/Name\"}"));
            end(w);
        }
        before = segment;
    }
    gh_jsonw_end(w, ']');
}

/* ---- answers ---- */

static void
put_problems(struct gh_jsonw *w, const char *const *statuses, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        open_key(w, statuses[i]);
        put_str(w, "$ref", "#/components/responses/Problem");
        end(w);
    }
}

static const char *const always[] = {"400", "401", "403", "404", "500", "503"};
static const char *const on_write[] = {"408", "409", "412", "413"};
#define PROBLEMS(w, list) put_problems(w, list, sizeof(list) / sizeof((list)[0]))

/* How a status is answered: its description, its headers, and one content of the schema that `put` writes. */
struct answer {
    const char *status, *says, *headers;
    void (*put)(struct gh_jsonw *w, enum gh_resource type);
};
static const char etag_header[] = "\"ETag\":{\"$ref\":\"#/components/headers/ETag\"}";
static const char made_headers[] =
    "\"ETag\":{\"$ref\":\"#/components/headers/ETag\"},\"Location\":{\"$ref\":\"#/components/headers/Location\"}";

static void
put_content(struct gh_jsonw *w, const struct answer *a, enum gh_resource type)
{
    static const char *const json[] = {"application/json", NULL};
    const char *const *media = gh_openapi_parts[type].media;
    open_key(w, "content");
    for (const char *const *m = media == NULL ? json : media; *m != NULL; m++) {
        open_key(w, *m);
        gh_jsonw_key(w, "schema");
        a->put(w, type);
        end(w);
    }
    end(w);
}

static void
put_answer(struct gh_jsonw *w, const struct answer *a, enum gh_resource type)
{
    open_key(w, a->status);
    put_str(w, "description", a->says);
    if (a->headers != NULL) {
        open_key(w, "headers");
        gh_jsonw_raw(w, gh_str_z(a->headers));
        end(w);
    }
    if (a->put != NULL)
        put_content(w, a, type);
    end(w);
}

static void
item_ref(struct gh_jsonw *w, enum gh_resource type)
{
    put_ref(w, gh_resource_table[type].name, "");
}

static void
list_ref(struct gh_jsonw *w, enum gh_resource type)
{
    put_ref(w, gh_resource_table[type].name, "List");
}

static void
request_ref(struct gh_jsonw *w, enum gh_resource type)
{
    put_ref(w, gh_resource_table[type].name, "Write");
}

/* The resource, or of a dry run what it would be. */
static void
written(struct gh_jsonw *w, enum gh_resource type)
{
    gh_jsonw_obj(w);
    gh_jsonw_key(w, "oneOf");
    gh_jsonw_arr(w);
    item_ref(w, type);
    gh_jsonw_obj(w);
    gh_jsonw_raw(w, GH_STR("\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"dryRun\",\"change\",\"result\"]"));
    open_key(w, "properties");
    gh_jsonw_raw(w, GH_STR("\"dryRun\":{\"const\":true},\"change\":{\"enum\":[\"create\",\"update\",\"none\"]}"));
    gh_jsonw_key(w, "result");
    item_ref(w, type);
    end(w);
    end(w);
    gh_jsonw_end(w, ']');
    end(w);
}

static void
would_delete(struct gh_jsonw *w, enum gh_resource type)
{
    (void)type;
    gh_jsonw_raw(w, GH_STR("{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"dryRun\",\"change\"],"
                           "\"properties\":{\"dryRun\":{\"const\":true},\"change\":{\"const\":\"delete\"}}}"));
}

static void
whole_answer(struct gh_jsonw *w, enum gh_resource type)
{
    if (gh_openapi_parts[type].answer != NULL)
        gh_openapi_parts[type].answer(w);
    else
        item_ref(w, type);
}

/* ---- operations ---- */

struct operation {
    const char *method, *suffix, *summary; /* "get", "Get" of "endpointGet" */
    enum gh_verb verb;
    const char *parameters; /* members of the array, or NULL */
    bool has_body, is_write;
    struct answer answers[2];
};

#define PARAMETER(name) "{\"$ref\":\"#/components/parameters/" name "\"}"

enum { OP_READ, OP_LIST, OP_PUT, OP_POST, OP_DELETE, OP_ANSWER };
static const struct operation operations[] = {
    [OP_READ] = {"get", "Get", "Read one", GH_VERB_READ, PARAMETER("IfNoneMatch"), false, false,
        {{"200", "The resource.", etag_header, item_ref}, {"304", "Not changed since that ETag.", etag_header, NULL}}},
    [OP_LIST] = {"get", "List", "List", GH_VERB_LIST, PARAMETER("Top") "," PARAMETER("SkipToken"), false, false,
        {{"200", "One page: what the caller may read.", NULL, list_ref}, {NULL, NULL, NULL, NULL}}},
    [OP_PUT] = {"put", "Put", "Make or replace one", GH_VERB_WRITE,
        PARAMETER("IfMatch") "," PARAMETER("IfNoneMatch") "," PARAMETER("DryRun"), true, true,
        {{"200", "Replaced, or as it was; or the answer of a dry run.", etag_header, written},
            {"201", "Made; or the answer of a dry run.", made_headers, written}}},
    [OP_POST] = {"post", "Create", "Make one, under a name that is drawn", GH_VERB_WRITE, PARAMETER("DryRun"), true, true,
        {{"201", "Made; or the answer of a dry run.", made_headers, written}, {NULL, NULL, NULL, NULL}}},
    [OP_DELETE] = {"delete", "Delete", "Delete one", GH_VERB_DELETE, PARAMETER("IfMatch") "," PARAMETER("DryRun"), false, true,
        {{"200", "The answer of a dry run.", NULL, would_delete}, {"204", "Deleted.", NULL, NULL}}},
    [OP_ANSWER] = {"get", "Get", "Read", GH_VERB_READ, NULL, false, false,
        {{"200", "The answer.", NULL, whole_answer}, {NULL, NULL, NULL, NULL}}},
};

static void
put_query(struct gh_jsonw *w, const struct gh_openapi_members *query)
{
    for (size_t i = 0; i < query->n; i++) {
        gh_jsonw_obj(w);
        put_str(w, "name", query->p[i].name);
        put_str(w, "in", "query");
        put_str(w, "description", query->p[i].describes);
        gh_jsonw_key(w, "schema");
        gh_openapi_put_prop(w, &query->p[i], NULL, false);
        end(w);
    }
}

static void
put_parameters(struct gh_jsonw *w, const struct operation *o, enum gh_resource type)
{
    const struct gh_openapi_members *query = &gh_openapi_parts[type].query;
    bool is_get = strcmp(o->method, "get") == 0;
    if (o->parameters == NULL && (!is_get || query->n == 0))
        return;
    gh_jsonw_key(w, "parameters");
    gh_jsonw_arr(w);
    if (o->parameters != NULL)
        gh_jsonw_raw(w, gh_str_z(o->parameters));
    if (is_get)
        put_query(w, query);
    gh_jsonw_end(w, ']');
}

static void
put_request(struct gh_jsonw *w, enum gh_resource type)
{
    open_key(w, "requestBody");
    gh_jsonw_kbool(w, "required", true);
    open_key(w, "content");
    open_key(w, "application/json");
    gh_jsonw_key(w, "schema");
    request_ref(w, type);
    end(w);
    end(w);
    end(w);
}

static void
put_operation(struct gh_jsonw *w, const struct operation *o, enum gh_resource type)
{
    const struct gh_resource_row *row = &gh_resource_table[type];
    char mem[WORD_MAX];
    struct gh_buf id;
    gh_buf_init_fixed(&id, mem, sizeof(mem));
    gh_buf_putz(&id, row->name);
    gh_buf_putz(&id, o->suffix);
    open_key(w, o->method);
    gh_jsonw_kstr(w, "operationId", gh_buf_str(&id));
    put_str(w, "summary", o->summary);
    gh_jsonw_key(w, "tags");
    gh_jsonw_arr(w);
    gh_jsonw_str(w, gh_str_z(row->name));
    gh_jsonw_end(w, ']');
    gh_jsonw_kstr(w, "x-gatehouse-action", gh_action_table[row->action[o->verb]].string);
    put_parameters(w, o, type);
    if (o->has_body)
        put_request(w, type);
    open_key(w, "responses");
    for (size_t i = 0; i < 2 && o->answers[i].status != NULL; i++)
        put_answer(w, &o->answers[i], type);
    PROBLEMS(w, always);
    if (o->is_write)
        PROBLEMS(w, on_write);
    end(w);
    end(w);
}

static bool
is_special(enum gh_resource type)
{
    return gh_openapi_parts[type].answer != NULL || gh_openapi_parts[type].is_computed;
}

static void
open_path(struct gh_jsonw *w, const char *pattern)
{
    char mem[WORD_MAX];
    struct gh_buf b;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    put_template(&b, pattern);
    gh_jsonw_key_str(w, gh_buf_str(&b));
    gh_jsonw_obj(w);
    put_path_parameters(w, pattern);
}

static void
put_if(struct gh_jsonw *w, bool has_it, int op, enum gh_resource type)
{
    if (has_it && gh_resource_table[type].action[operations[op].verb] != GH_ACTION_NONE)
        put_operation(w, &operations[op], type);
}

static void
put_paths(struct gh_jsonw *w, enum gh_resource type)
{
    const struct gh_resource_row *row = &gh_resource_table[type];
    if (row->pattern != NULL) {
        open_path(w, row->pattern);
        put_if(w, true, is_special(type) ? OP_ANSWER : OP_READ, type);
        put_if(w, !row->is_posted, OP_PUT, type);
        put_if(w, true, OP_DELETE, type);
        end(w);
    }
    if (row->collection == NULL)
        return;
    open_path(w, row->collection);
    if (is_special(type)) {
        struct operation list = operations[OP_ANSWER];
        list.verb = GH_VERB_LIST;
        list.suffix = "List";
        put_operation(w, &list, type);
    } else {
        put_if(w, true, OP_LIST, type);
    }
    put_if(w, row->is_posted, OP_POST, type);
    end(w);
}

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
    open_key(w, "properties");
    for (size_t i = 0; i < row->n_props; i++) {
        if (!is_request && (row->props[i].flags & GH_PROP_SECRET) != 0)
            continue;
        gh_jsonw_key(w, row->props[i].name);
        gh_openapi_put_prop(w, &row->props[i], &gh_openapi_parts[type], is_request);
    }
    end(w);
    end(w);
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
    gh_jsonw_raw(w, is_special(type) ? GH_STR("\"id\",\"type\",\"properties\"") : gh_str_z(stored_required));
    gh_jsonw_end(w, ']');
    open_key(w, "properties");
    gh_jsonw_raw(w, GH_STR("\"id\":{\"type\":\"string\",\"description\":\"Path below /api.\"}"));
    open_key(w, "type");
    put_str(w, "const", gh_resource_table[type].name);
    end(w);
    if (!is_special(type))
        gh_jsonw_raw(w, gh_str_z(stored_members));
    for (size_t i = 0; i < more->n; i++) {
        gh_jsonw_key(w, more->p[i].name);
        gh_openapi_put_prop(w, &more->p[i], NULL, true);
    }
    gh_jsonw_key(w, "properties");
    put_properties(w, type, false);
    end(w);
    end(w);
}

static void
put_list(struct gh_jsonw *w, enum gh_resource type)
{
    gh_jsonw_obj(w);
    gh_jsonw_raw(w, GH_STR("\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"value\"]"));
    open_key(w, "properties");
    gh_jsonw_raw(w, GH_STR("\"nextLink\":{\"type\":\"string\",\"description\":\"Where the next page is, from the root of this "
                           "host. Absent: this was the last.\"}"));
    open_key(w, "value");
    put_str(w, "type", "array");
    gh_jsonw_key(w, "items");
    item_ref(w, type);
    end(w);
    end(w);
    end(w);
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
    open_key(w, "properties");
    gh_jsonw_key(w, "properties");
    put_properties(w, type, true);
    end(w);
    end(w);
    gh_jsonw_end(w, ']');
    end(w);
}

static void
put_schemas(struct gh_jsonw *w, enum gh_resource type)
{
    const struct gh_resource_row *row = &gh_resource_table[type];
    if (gh_openapi_parts[type].answer != NULL)
        return;
    schema_key(w, row->name, "");
    put_item(w, type);
    if (row->collection != NULL) {
        schema_key(w, row->name, "List");
        put_list(w, type);
    }
    if (row->action[GH_VERB_WRITE] != GH_ACTION_NONE) {
        schema_key(w, row->name, "Write");
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
    open_key(w, "Problem");
    gh_jsonw_raw(
        w, GH_STR("\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"type\",\"title\",\"status\",\"code\"]"));
    open_key(w, "properties");
    gh_jsonw_raw(w,
        GH_STR("\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\",\"minimum\":400},"
               "\"detail\":{\"type\":\"string\",\"description\":\"What is wrong, for people.\"},"
               "\"about\":{\"type\":\"string\",\"description\":\"The property or resource that it is about.\"},"
               "\"at\":{\"type\":\"integer\",\"minimum\":0,\"description\":\"Offset in the body where reading it ended.\"},"
               "\"requestId\":{\"type\":\"string\",\"description\":\"Joins this answer with its records.\"}"));
    open_key(w, "code");
    put_codes(w);
    end(w);
    end(w);
    end(w);
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

static void
put_components(struct gh_jsonw *w)
{
    open_key(w, "components");
    gh_jsonw_raw(w, gh_str_z(components));
    open_key(w, "schemas");
    gh_jsonw_raw(w, GH_STR("\"Name\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$\"}"));
    put_problem_schema(w);
    for (size_t t = GH_RESOURCE_NONE + 1; t < GH_RESOURCE_COUNT; t++)
        put_schemas(w, (enum gh_resource)t);
    end(w);
    end(w);
}

static void
put_info(struct gh_jsonw *w)
{
    open_key(w, "info");
    put_str(w, "title", "Gatehouse management API");
    put_str(w, "version", GH_VERSION);
    put_str(w, "description", about);
    gh_jsonw_raw(w, GH_STR("\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}"));
    end(w);
}

enum gh_rc
gh_openapi_put(struct gh_buf *out)
{
    struct gh_jsonw w;
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    put_str(&w, "openapi", "3.1.0");
    put_info(&w);
    gh_jsonw_raw(&w, GH_STR("\"servers\":[{\"url\":\"/api\"}],\"security\":[{\"bearer\":[]}]"));
    open_key(&w, "paths");
    for (size_t t = GH_RESOURCE_NONE + 1; t < GH_RESOURCE_COUNT; t++)
        put_paths(&w, (enum gh_resource)t);
    end(&w);
    put_components(&w);
    end(&w);
    return out->rc;
}
