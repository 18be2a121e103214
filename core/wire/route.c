/* SPDX-License-Identifier: Apache-2.0 */
/* wire/route: the table, and matching by whole segments. First thing that happens to a request: what is not a row is 404. */
#include "wire/route.h"

#include "base/limits.h"
#include "policy/resource.h"

#define MODELS_OF "/workspaces/{ws}/endpoints/{ep}/openai"
#define ANTHROPIC "/workspaces/{ws}/endpoints/{ep}/anthropic/v1"

#define UNSPOKEN_V1(path, what)                                                                                                    \
    {                                                                                                                              \
        GH_SURFACE_OPENAI, GH_OP_UNSPOKEN, GH_METHOD_NONE, GH_ACTION_MODELS_READ, MODELS_OF "/v1" path, NULL,                      \
            what " not spoken here."                                                                                               \
    }
#define UNSPOKEN_AZURE(path, what)                                                                                                 \
    {                                                                                                                              \
        GH_SURFACE_AZURE_OPENAI, GH_OP_UNSPOKEN, GH_METHOD_NONE, GH_ACTION_MODELS_READ, MODELS_OF path, NULL,                      \
            what " not spoken here."                                                                                               \
    }
#define SCORING "/workspaces/{ws}/endpoints/{ep}"

#define UNSPOKEN_KSERVE(path, what)                                                                                                \
    {                                                                                                                              \
        GH_SURFACE_KSERVE, GH_OP_UNSPOKEN, GH_METHOD_NONE, GH_ACTION_SCORE, SCORING "/v2" path, NULL, what " not spoken here."     \
    }
#define UNSPOKEN_ANTHROPIC(path, what)                                                                                             \
    {                                                                                                                              \
        GH_SURFACE_ANTHROPIC, GH_OP_UNSPOKEN, GH_METHOD_NONE, GH_ACTION_MODELS_READ, ANTHROPIC path, NULL,                         \
            what " not spoken here."                                                                                               \
    }
#define CONTENT_SAFETY "/workspaces/{ws}/contentsafety"

#define UNSPOKEN_CONTENT(path, what)                                                                                               \
    {                                                                                                                              \
        GH_SURFACE_CONTENT_SAFETY, GH_OP_UNSPOKEN, GH_METHOD_NONE, GH_ACTION_SHIELD_PROMPT, CONTENT_SAFETY path, NULL,             \
            what " not spoken here."                                                                                               \
    }
#define UNSPOKEN(path, what) UNSPOKEN_V1(path, what), UNSPOKEN_AZURE(path, what)

/* To make a response is to ask a model; a stored one is read, ended and deleted by its id. */
#define RESPONSES(surface, path)                                                                                                   \
    {surface, GH_OP_RESPONSES, GH_METHOD_POST, GH_ACTION_CHAT, path, "/responses", NULL},                                          \
        {surface, GH_OP_RESPONSE, GH_METHOD_GET, GH_ACTION_RESPONSE_READ, path "/{id}", "/responses/{id}", NULL},                  \
        {surface, GH_OP_RESPONSE, GH_METHOD_DELETE, GH_ACTION_RESPONSE_DELETE, path "/{id}", "/responses/{id}", NULL},             \
        {surface, GH_OP_RESPONSE, GH_METHOD_POST, GH_ACTION_RESPONSE_WRITE, path "/{id}/cancel", "/responses/{id}/cancel", NULL},  \
    {                                                                                                                              \
        surface, GH_OP_RESPONSE, GH_METHOD_GET, GH_ACTION_RESPONSE_READ, path "/{id}/input_items", "/responses/{id}/input_items",  \
            NULL                                                                                                                   \
    }

/* What stands behind the prefix is control's own table (control/rest/door.h). */
#define DOOR_ROW(surface, method, path)                                                                                            \
    {                                                                                                                              \
        surface, GH_OP_MANAGE, method, GH_ACTION_NONE, path, NULL, NULL                                                            \
    }
#define DOOR(surface, path)                                                                                                        \
    DOOR_ROW(surface, GH_METHOD_GET, path), DOOR_ROW(surface, GH_METHOD_PUT, path), DOOR_ROW(surface, GH_METHOD_POST, path),       \
        DOOR_ROW(surface, GH_METHOD_PATCH, path), DOOR_ROW(surface, GH_METHOD_DELETE, path)

// clang-format off
const struct gh_route_row gh_route_table[] = {
    {GH_SURFACE_OPENAI, GH_OP_CHAT, GH_METHOD_POST, GH_ACTION_CHAT, MODELS_OF "/v1/chat/completions", "/chat/completions", NULL},
    {GH_SURFACE_AZURE_OPENAI, GH_OP_CHAT, GH_METHOD_POST, GH_ACTION_CHAT, MODELS_OF "/deployments/{dep}/chat/completions", "/chat/completions", NULL},
    {GH_SURFACE_OPENAI, GH_OP_MODELS, GH_METHOD_GET, GH_ACTION_MODELS_READ, MODELS_OF "/v1/models", NULL, NULL},
    {GH_SURFACE_OPENAI, GH_OP_MODEL, GH_METHOD_GET, GH_ACTION_MODELS_READ, MODELS_OF "/v1/models/{dep}", NULL, NULL},
    {GH_SURFACE_AZURE_OPENAI, GH_OP_MODELS, GH_METHOD_GET, GH_ACTION_MODELS_READ, MODELS_OF "/models", NULL, NULL},
    {GH_SURFACE_AZURE_OPENAI, GH_OP_MODEL, GH_METHOD_GET, GH_ACTION_MODELS_READ, MODELS_OF "/models/{dep}", NULL, NULL},
    {GH_SURFACE_OPENAI, GH_OP_EMBEDDINGS, GH_METHOD_POST, GH_ACTION_EMBEDDINGS, MODELS_OF "/v1/embeddings", "/embeddings", NULL},
    {GH_SURFACE_AZURE_OPENAI, GH_OP_EMBEDDINGS, GH_METHOD_POST, GH_ACTION_EMBEDDINGS, MODELS_OF "/deployments/{dep}/embeddings", "/embeddings", NULL},
    RESPONSES(GH_SURFACE_OPENAI, MODELS_OF "/v1/responses"),
    RESPONSES(GH_SURFACE_AZURE_OPENAI, MODELS_OF "/responses"),

    /* What is refused by name. Realtime is an upgrade: no filter of bodies would run in it. */
    UNSPOKEN("/audio/**", "Audio is"),
    UNSPOKEN_AZURE("/deployments/{dep}/audio/**", "Audio is"),
    UNSPOKEN("/images/**", "Images are"),
    UNSPOKEN_AZURE("/deployments/{dep}/images/**", "Images are"),
    UNSPOKEN_AZURE("/deployments/{dep}/extensions/**", "Extensions that fetch data are"),
    UNSPOKEN("/files/**", "Files are"),
    UNSPOKEN("/uploads/**", "Uploads are"),
    UNSPOKEN("/batches/**", "Batches are"),
    UNSPOKEN_AZURE("/deployments/{dep}/batches/**", "Batches are"),
    UNSPOKEN("/fine_tuning/**", "Fine-tuning is"),
    UNSPOKEN("/vector_stores/**", "Vector stores are"),
    UNSPOKEN("/assistants/**", "Assistants are"),
    UNSPOKEN("/threads/**", "Threads are"),
    UNSPOKEN("/realtime/**", "Realtime sessions are"),
    UNSPOKEN("/evals/**", "Evals are"),
    UNSPOKEN("/containers/**", "Containers are"),
    UNSPOKEN("/videos/**", "Videos are"),
    UNSPOKEN("/moderations/**", "Moderations are"),
    UNSPOKEN("/conversations/**", "Conversations are"),
    UNSPOKEN("/chatkit/**", "ChatKit is"),
    UNSPOKEN("/completions/**", "Completions of the old form, without messages, are"),
    UNSPOKEN_AZURE("/deployments/{dep}/completions/**", "Completions of the old form, without messages, are"),
    UNSPOKEN("/responses/compact", "Compaction is"),
    UNSPOKEN("/responses/input_tokens", "Counting of input tokens is"),
    UNSPOKEN("/skills/**", "Skills are"),

    {GH_SURFACE_ANTHROPIC, GH_OP_CHAT, GH_METHOD_POST, GH_ACTION_CHAT, ANTHROPIC "/messages", "/messages", NULL},
    {GH_SURFACE_ANTHROPIC, GH_OP_COUNT_TOKENS, GH_METHOD_POST, GH_ACTION_CHAT, ANTHROPIC "/messages/count_tokens", "/messages/count_tokens", NULL},
    {GH_SURFACE_ANTHROPIC, GH_OP_MODELS, GH_METHOD_GET, GH_ACTION_MODELS_READ, ANTHROPIC "/models", NULL, NULL},
    {GH_SURFACE_ANTHROPIC, GH_OP_MODEL, GH_METHOD_GET, GH_ACTION_MODELS_READ, ANTHROPIC "/models/{dep}", NULL, NULL},
    UNSPOKEN_ANTHROPIC("/messages/batches/**", "Batches are"),
    UNSPOKEN_ANTHROPIC("/complete", "Text completions are"),
    UNSPOKEN_ANTHROPIC("/files/**", "Files are"),
    UNSPOKEN_ANTHROPIC("/skills/**", "Skills are"),
    UNSPOKEN_ANTHROPIC("/agents/**", "Agents are"),
    UNSPOKEN_ANTHROPIC("/sessions/**", "Sessions are"),
    UNSPOKEN_ANTHROPIC("/environments/**", "Environments are"),
    UNSPOKEN_ANTHROPIC("/organizations/**", "Organizations are"),

    {GH_SURFACE_SCORING, GH_OP_SCORE, GH_METHOD_POST, GH_ACTION_SCORE, SCORING "/score", "/score", NULL},
    {GH_SURFACE_SCORING, GH_OP_INVOCATIONS, GH_METHOD_POST, GH_ACTION_SCORE, SCORING "/invocations", "/invocations", NULL},
    {GH_SURFACE_KSERVE, GH_OP_INFER, GH_METHOD_POST, GH_ACTION_SCORE, SCORING "/v2/models/{dep}/infer", "/v2/models/{model}/infer", NULL},
    UNSPOKEN_KSERVE("/health/**", "Probes of health are"),
    UNSPOKEN_KSERVE("/models/{dep}/versions/**", "Versions, which deployments stand for, are"),
    UNSPOKEN_KSERVE("/models/{dep}/generate/**", "Generating by this protocol is"),
    UNSPOKEN_KSERVE("/models/{dep}/generate_stream/**", "Generating by this protocol is"),
    UNSPOKEN_KSERVE("/models/{dep}/ready", "Probes of models are"),
    UNSPOKEN_KSERVE("/repository/**", "Repositories of models are"),
    UNSPOKEN_KSERVE("/systemsharedmemory/**", "Shared memory is"),
    UNSPOKEN_KSERVE("/cudasharedmemory/**", "Shared memory is"),

    {GH_SURFACE_CONTENT_SAFETY, GH_OP_SHIELD_PROMPT, GH_METHOD_POST, GH_ACTION_SHIELD_PROMPT, CONTENT_SAFETY "/text:shieldPrompt", NULL, NULL},
    UNSPOKEN_CONTENT("/text:analyze", "Categories of harm are"),
    UNSPOKEN_CONTENT("/text:detectProtectedMaterial", "Protected material is"),
    UNSPOKEN_CONTENT("/text:detectProtectedMaterialForCode", "Protected code is"),
    UNSPOKEN_CONTENT("/text:detectGroundedness", "Groundedness is"),
    UNSPOKEN_CONTENT("/text/**", "Block lists by this protocol are"),
    UNSPOKEN_CONTENT("/image:analyze", "Images are"),

    {GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, GH_METHOD_GET, GH_ACTION_NONE, "/api/**", NULL, NULL},
    {GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, GH_METHOD_PUT, GH_ACTION_NONE, "/api/**", NULL, NULL},
    {GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, GH_METHOD_POST, GH_ACTION_NONE, "/api/**", NULL, NULL},
    {GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, GH_METHOD_DELETE, GH_ACTION_NONE, "/api/**", NULL, NULL},

    DOOR(GH_SURFACE_ARM, "/arm/**"),
    DOOR(GH_SURFACE_GRAPH, "/graph/**"),
};

static const struct gh_str method_name[GH_METHOD_COUNT] = {
    [GH_METHOD_GET] = GH_STR_INIT("GET"), [GH_METHOD_PUT] = GH_STR_INIT("PUT"), [GH_METHOD_POST] = GH_STR_INIT("POST"),
    [GH_METHOD_DELETE] = GH_STR_INIT("DELETE"), [GH_METHOD_PATCH] = GH_STR_INIT("PATCH"), [GH_METHOD_HEAD] = GH_STR_INIT("HEAD"),
};
// clang-format on

const size_t gh_route_count = sizeof(gh_route_table) / sizeof(*gh_route_table);

enum gh_method
gh_method_find(struct gh_str name)
{
    for (unsigned m = GH_METHOD_NONE + 1; m < GH_METHOD_COUNT; m++)
        if (gh_str_eq(name, method_name[m]))
            return (enum gh_method)m;
    return GH_METHOD_NONE;
}

bool
gh_surface_is_managed(enum gh_surface s)
{
    return s == GH_SURFACE_MANAGEMENT || s == GH_SURFACE_ARM || s == GH_SURFACE_GRAPH;
}

void
gh_route_at_host(struct gh_str *prefix, struct gh_str *rest, struct gh_str host, struct gh_str path)
{
    static const struct {
        struct gh_str host, prefix;
    } rows[] = {
        {GH_STR_INIT("arm." GH_DOMAIN), GH_STR_INIT("/arm")},
        {GH_STR_INIT("graph." GH_DOMAIN), GH_STR_INIT("/graph")},
    };

    *prefix = GH_STR("");
    *rest = path;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct gh_str behind = gh_str_sub(path, rows[i].prefix.n, SIZE_MAX);
        bool is_there = gh_str_starts(path, rows[i].prefix) && (behind.n == 0 || behind.p[0] == '/');
        if (!is_there && !gh_str_eq_ci(host, rows[i].host))
            continue;
        *prefix = rows[i].prefix;
        *rest = is_there ? behind : path;
        if (gh_str_starts(*rest, GH_STR("//")))
            *rest = gh_str_sub(*rest, 1, SIZE_MAX);
        return;
    }
}

/* The next segment of a path or pattern, without its slash; false at the end. */
static bool
next_segment(struct gh_str *segment, struct gh_str *rest)
{
    size_t n;

    if (rest->n == 0)
        return false;
    n = gh_str_chr(gh_str_sub(*rest, 1, SIZE_MAX), '/');
    *segment = gh_str_sub(*rest, 1, n);
    *rest = gh_str_sub(*rest, n == SIZE_MAX ? SIZE_MAX : n + 1, SIZE_MAX);
    return true;
}

/* What `**` takes: segments as they are, but none that a file system or another reader of paths could take for something else. */
static bool
rest_is_valid(struct gh_str path)
{
    struct gh_str segment;

    while (next_segment(&segment, &path))
        if (segment.n == 0 || gh_str_eq(segment, GH_STR(".")) || gh_str_eq(segment, GH_STR("..")))
            return false;
    return true;
}

/* Ids are the providers' own, and longer than names. */
static bool
id_is_valid(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_alnum && c != '_' && c != '-' && c != '.')
            return false;
    }
    return s.n > 0 && s.n <= GH_BOUND_ID_BYTES_MAX && s.p[0] != '.';
}

/* The slots of a pattern: where what stands there goes, and what may stand there. */
static const struct {
    struct gh_str word;
    size_t at;
    bool (*is_valid)(struct gh_str);
} slots[] = {
    {GH_STR_INIT("{ws}"), offsetof(struct gh_route, ws), gh_resource_name_is_valid},
    {GH_STR_INIT("{ep}"), offsetof(struct gh_route, ep), gh_resource_name_is_valid},
    {GH_STR_INIT("{dep}"), offsetof(struct gh_route, dep), gh_resource_name_is_valid},
    {GH_STR_INIT("{id}"), offsetof(struct gh_route, id), id_is_valid},
};

/* Whether a segment fits its place in a pattern; what stands in a slot is kept. */
static bool
segment_fits(struct gh_route *r, struct gh_str want, struct gh_str got)
{
    for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
        if (!gh_str_eq(want, slots[i].word))
            continue;
        memcpy((char *)r + slots[i].at, &got, sizeof(got));
        return slots[i].is_valid(got);
    }
    return gh_str_eq(want, got);
}

static bool
match(struct gh_route *r, const struct gh_route_row *row, struct gh_str path)
{
    struct gh_str pattern = gh_str_z(row->pattern), want, got;

    *r = (struct gh_route){.row = row};
    while (next_segment(&want, &pattern)) {
        if (gh_str_eq(want, GH_STR("**"))) {
            r->rest = path;
            return rest_is_valid(path);
        }
        if (!next_segment(&got, &path) || !segment_fits(r, want, got))
            return false;
    }
    return path.n == 0;
}

enum gh_rc
gh_route_find(struct gh_route *out, enum gh_method method, struct gh_str path)
{
    struct gh_route other = {.row = NULL};

    *out = other;
    if (path.n < 2 || path.n > GH_PATH_BYTES_MAX || path.p[0] != '/')
        return GH_BAD;
    if (path.p[path.n - 1] == '/')
        path.n--;
    for (size_t i = 0; i < gh_route_count; i++) {
        struct gh_route r;
        if (!match(&r, &gh_route_table[i], path))
            continue;
        if (r.row->method == method || r.row->method == GH_METHOD_NONE) {
            *out = r;
            return GH_OK;
        }
        other = r;
    }
    *out = other;
    return other.row == NULL ? GH_BAD : GH_LIMIT;
}

bool
gh_surface_is_of_workspace(enum gh_surface s)
{
    return s == GH_SURFACE_CONTENT_SAFETY;
}

void
gh_route_scope(struct gh_buf *out, const struct gh_route *r, struct gh_str dep)
{
    bool has_endpoint = r->row == NULL || !gh_surface_is_of_workspace(r->row->surface);

    if (r->dep.n != 0)
        dep = r->dep;
    if (!gh_resource_name_is_valid(r->ws) || (has_endpoint && !gh_resource_name_is_valid(r->ep)) ||
        (dep.n != 0 && !gh_resource_name_is_valid(dep))) {
        if (out->rc == GH_OK)
            out->rc = GH_BAD;
        return;
    }
    gh_buf_putz(out, "/workspaces/");
    gh_buf_put(out, r->ws);
    if (!has_endpoint)
        return;
    gh_buf_putz(out, "/endpoints/");
    gh_buf_put(out, r->ep);
    if (dep.n != 0) {
        gh_buf_putz(out, "/deployments/");
        gh_buf_put(out, dep);
    }
}
