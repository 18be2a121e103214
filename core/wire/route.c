/* SPDX-License-Identifier: Apache-2.0 */
/* wire/route: the table, and matching by whole segments. First thing that happens to a request: what is not a row is 404. */
#include "wire/route.h"

#include "base/limits.h"
#include "policy/resource.h"

#define MODELS_OF "/workspaces/{ws}/endpoints/{ep}/openai"

// clang-format off
const struct gh_route_row gh_route_table[] = {
    {GH_SURFACE_OPENAI, GH_OP_CHAT, GH_METHOD_POST, GH_ACTION_CHAT, MODELS_OF "/v1/chat/completions", "/chat/completions"},
    {GH_SURFACE_AZURE_OPENAI, GH_OP_CHAT, GH_METHOD_POST, GH_ACTION_CHAT, MODELS_OF "/deployments/{dep}/chat/completions", "/chat/completions"},
    {GH_SURFACE_OPENAI, GH_OP_MODELS, GH_METHOD_GET, GH_ACTION_MODELS_READ, MODELS_OF "/v1/models", NULL},
    {GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, GH_METHOD_GET, GH_ACTION_NONE, "/api/**", NULL},
    {GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, GH_METHOD_PUT, GH_ACTION_NONE, "/api/**", NULL},
    {GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, GH_METHOD_POST, GH_ACTION_NONE, "/api/**", NULL},
    {GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, GH_METHOD_DELETE, GH_ACTION_NONE, "/api/**", NULL},
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

/* Where the name of a pattern's segment goes; NULL if the segment is a word. */
static struct gh_str *
name_slot(struct gh_route *r, struct gh_str pattern)
{
    if (gh_str_eq(pattern, GH_STR("{ws}")))
        return &r->ws;
    if (gh_str_eq(pattern, GH_STR("{ep}")))
        return &r->ep;
    return gh_str_eq(pattern, GH_STR("{dep}")) ? &r->dep : NULL;
}

static bool
match(struct gh_route *r, const struct gh_route_row *row, struct gh_str path)
{
    struct gh_str pattern = gh_str_z(row->pattern), want, got, *slot;

    *r = (struct gh_route){.row = row};
    while (next_segment(&want, &pattern)) {
        if (gh_str_eq(want, GH_STR("**"))) {
            r->rest = path;
            return rest_is_valid(path);
        }
        if (!next_segment(&got, &path))
            return false;
        if ((slot = name_slot(r, want)) == NULL) {
            if (!gh_str_eq(want, got))
                return false;
        } else if (!gh_resource_name_is_valid(got)) {
            return false;
        } else {
            *slot = got;
        }
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
        if (r.row->method == method) {
            *out = r;
            return GH_OK;
        }
        other = r;
    }
    *out = other;
    return other.row == NULL ? GH_BAD : GH_LIMIT;
}

void
gh_route_scope(struct gh_buf *out, const struct gh_route *r, struct gh_str dep)
{
    if (r->dep.n != 0)
        dep = r->dep;
    if (!gh_resource_name_is_valid(r->ws) || !gh_resource_name_is_valid(r->ep) || (dep.n != 0 && !gh_resource_name_is_valid(dep))) {
        if (out->rc == GH_OK)
            out->rc = GH_BAD;
        return;
    }
    gh_buf_putz(out, "/workspaces/");
    gh_buf_put(out, r->ws);
    gh_buf_putz(out, "/endpoints/");
    gh_buf_put(out, r->ep);
    if (dep.n != 0) {
        gh_buf_putz(out, "/deployments/");
        gh_buf_put(out, dep);
    }
}
