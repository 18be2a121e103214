/* SPDX-License-Identifier: Apache-2.0 */
/* The document: its head, and for each type its paths and their operations. The components are in openapi_components.c. */
#include "control/rest/openapi_int.h"

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

/* ---- names ---- */

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
            gh_openapi_end(w);
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
        gh_openapi_open(w, statuses[i]);
        gh_openapi_str(w, "$ref", "#/components/responses/Problem");
        gh_openapi_end(w);
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
    gh_openapi_open(w, "content");
    for (const char *const *m = media == NULL ? json : media; *m != NULL; m++) {
        gh_openapi_open(w, *m);
        gh_jsonw_key(w, "schema");
        a->put(w, type);
        gh_openapi_end(w);
    }
    gh_openapi_end(w);
}

static void
put_answer(struct gh_jsonw *w, const struct answer *a, enum gh_resource type)
{
    gh_openapi_open(w, a->status);
    gh_openapi_str(w, "description", a->says);
    if (a->headers != NULL) {
        gh_openapi_open(w, "headers");
        gh_jsonw_raw(w, gh_str_z(a->headers));
        gh_openapi_end(w);
    }
    if (a->put != NULL)
        put_content(w, a, type);
    gh_openapi_end(w);
}

static void
list_ref(struct gh_jsonw *w, enum gh_resource type)
{
    gh_openapi_ref(w, gh_resource_table[type].name, "List");
}

static void
request_ref(struct gh_jsonw *w, enum gh_resource type)
{
    gh_openapi_ref(w, gh_resource_table[type].name, "Write");
}

/* The resource, or of a dry run what it would be. */
static void
written(struct gh_jsonw *w, enum gh_resource type)
{
    gh_jsonw_obj(w);
    gh_jsonw_key(w, "oneOf");
    gh_jsonw_arr(w);
    gh_openapi_item_ref(w, type);
    gh_jsonw_obj(w);
    gh_jsonw_raw(w, GH_STR("\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"dryRun\",\"change\",\"result\"]"));
    gh_openapi_open(w, "properties");
    gh_jsonw_raw(w, GH_STR("\"dryRun\":{\"const\":true},\"change\":{\"enum\":[\"create\",\"update\",\"none\"]}"));
    gh_jsonw_key(w, "result");
    gh_openapi_item_ref(w, type);
    gh_openapi_end(w);
    gh_openapi_end(w);
    gh_jsonw_end(w, ']');
    gh_openapi_end(w);
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
        gh_openapi_item_ref(w, type);
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
        {{"200", "The resource.", etag_header, gh_openapi_item_ref}, {"304", "Not changed since that ETag.", etag_header, NULL}}},
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
        gh_openapi_str(w, "name", query->p[i].name);
        gh_openapi_str(w, "in", "query");
        gh_openapi_str(w, "description", query->p[i].describes);
        gh_jsonw_key(w, "schema");
        gh_openapi_put_prop(w, &query->p[i], NULL, false);
        gh_openapi_end(w);
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
    gh_openapi_open(w, "requestBody");
    gh_jsonw_kbool(w, "required", true);
    gh_openapi_open(w, "content");
    gh_openapi_open(w, "application/json");
    gh_jsonw_key(w, "schema");
    request_ref(w, type);
    gh_openapi_end(w);
    gh_openapi_end(w);
    gh_openapi_end(w);
}

static void
put_operation(struct gh_jsonw *w, const struct operation *o, enum gh_resource type)
{
    const struct gh_resource_row *row = &gh_resource_table[type];
    char mem[GH_OPENAPI_WORD_MAX];
    struct gh_buf id;
    gh_buf_init_fixed(&id, mem, sizeof(mem));
    gh_buf_putz(&id, row->name);
    gh_buf_putz(&id, o->suffix);
    gh_openapi_open(w, o->method);
    gh_jsonw_kstr(w, "operationId", gh_buf_str(&id));
    gh_openapi_str(w, "summary", o->summary);
    gh_jsonw_key(w, "tags");
    gh_jsonw_arr(w);
    gh_jsonw_str(w, gh_str_z(row->name));
    gh_jsonw_end(w, ']');
    gh_jsonw_kstr(w, "x-gatehouse-action", gh_action_table[row->action[o->verb]].string);
    put_parameters(w, o, type);
    if (o->has_body)
        put_request(w, type);
    gh_openapi_open(w, "responses");
    for (size_t i = 0; i < 2 && o->answers[i].status != NULL; i++)
        put_answer(w, &o->answers[i], type);
    PROBLEMS(w, always);
    if (o->is_write)
        PROBLEMS(w, on_write);
    gh_openapi_end(w);
    gh_openapi_end(w);
}

static void
open_path(struct gh_jsonw *w, const char *pattern)
{
    char mem[GH_OPENAPI_WORD_MAX];
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
        put_if(w, true, gh_openapi_is_special(type) ? OP_ANSWER : OP_READ, type);
        put_if(w, !row->is_posted, OP_PUT, type);
        put_if(w, true, OP_DELETE, type);
        gh_openapi_end(w);
    }
    if (row->collection == NULL)
        return;
    open_path(w, row->collection);
    if (gh_openapi_is_special(type) && !gh_openapi_parts[type].is_computed) {
        struct operation list = operations[OP_ANSWER];
        list.verb = GH_VERB_LIST;
        list.suffix = "List";
        put_operation(w, &list, type);
    } else {
        put_if(w, true, OP_LIST, type);
    }
    put_if(w, row->is_posted, OP_POST, type);
    gh_openapi_end(w);
}

/* ---- the document ---- */

static void
put_info(struct gh_jsonw *w)
{
    gh_openapi_open(w, "info");
    gh_openapi_str(w, "title", "Gatehouse management API");
    gh_openapi_str(w, "version", GH_VERSION);
    gh_openapi_str(w, "description", about);
    gh_jsonw_raw(w, GH_STR("\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}"));
    gh_openapi_end(w);
}

enum gh_rc
gh_openapi_put(struct gh_buf *out)
{
    struct gh_jsonw w;
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_openapi_str(&w, "openapi", "3.1.0");
    put_info(&w);
    gh_jsonw_raw(&w, GH_STR("\"servers\":[{\"url\":\"/api\"}],\"security\":[{\"bearer\":[]}]"));
    gh_openapi_open(&w, "paths");
    for (size_t t = GH_RESOURCE_NONE + 1; t < GH_RESOURCE_COUNT; t++)
        put_paths(&w, (enum gh_resource)t);
    gh_openapi_end(&w);
    gh_openapi_put_components(&w);
    gh_openapi_end(&w);
    return out->rc;
}
