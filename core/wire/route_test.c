/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include <stdio.h>

#include "base/limits.h"
#include "wire/dialect.h"
#include "wire/route.h"

#define E   "/workspaces/demo/endpoints/chat"
#define N64 "a123456789012345678901234567890123456789012345678901234567890123"

static const struct {
    const char *method, *path;
    enum gh_rc rc;
    enum gh_surface surface;
    enum gh_op op;
    const char *ws, *ep, *dep, *rest;
} cases[] = {
    {"POST", E "/openai/v1/chat/completions", GH_OK, GH_SURFACE_OPENAI, GH_OP_CHAT, "demo", "chat", "", ""},
    {"POST", E "/openai/v1/chat/completions/", GH_OK, GH_SURFACE_OPENAI, GH_OP_CHAT, "demo", "chat", "", ""},
    {"POST", E "/openai/v1/chat/completions//", GH_BAD, 0, 0, "", "", "", ""},
    {"GET", E "/openai/v1/chat/completions", GH_LIMIT, GH_SURFACE_OPENAI, GH_OP_CHAT, "demo", "chat", "", ""},
    {"post", E "/openai/v1/chat/completions", GH_LIMIT, GH_SURFACE_OPENAI, GH_OP_CHAT, "demo", "chat", "", ""},
    {"GET", E "/openai/v1/models", GH_OK, GH_SURFACE_OPENAI, GH_OP_MODELS, "demo", "chat", "", ""},
    {"POST", E "/openai/deployments/echo/chat/completions", GH_OK, GH_SURFACE_AZURE_OPENAI, GH_OP_CHAT, "demo", "chat", "echo", ""},
    {"POST", E "/openai/deployments/../chat/completions", GH_BAD, 0, 0, "", "", "", ""},
    {"POST", E "/openai/deployments/.e/chat/completions", GH_BAD, 0, 0, "", "", "", ""},
    {"POST", E "/openai/deployments//chat/completions", GH_BAD, 0, 0, "", "", "", ""},
    {"POST", E "/openai/deployments/e o/chat/completions", GH_BAD, 0, 0, "", "", "", ""},
    {"POST", E "/openai/deployments/" N64 "/chat/completions", GH_OK, GH_SURFACE_AZURE_OPENAI, GH_OP_CHAT, "demo", "chat", N64, ""},
    {"POST", E "/openai/deployments/" N64 "x/chat/completions", GH_BAD, 0, 0, "", "", "", ""},
    {"POST", E "/openai/v1/Chat/completions", GH_BAD, 0, 0, "", "", "", ""},
    {"POST", E "/openai/v1/chat", GH_BAD, 0, 0, "", "", "", ""},
    {"POST", E "/openai/v1/chat/completions/x", GH_BAD, 0, 0, "", "", "", ""},
    {"GET", E "/openai/models", GH_OK, GH_SURFACE_AZURE_OPENAI, GH_OP_MODELS, "demo", "chat", "", ""},
    {"GET", E "/openai/v1/models/echo", GH_OK, GH_SURFACE_OPENAI, GH_OP_MODEL, "demo", "chat", "echo", ""},
    {"DELETE", E "/openai/v1/models/echo", GH_LIMIT, GH_SURFACE_OPENAI, GH_OP_MODEL, "demo", "chat", "echo", ""},
    {"GET", E "/openai/models/echo", GH_OK, GH_SURFACE_AZURE_OPENAI, GH_OP_MODEL, "demo", "chat", "echo", ""},
    {"POST", E "/openai/v1/audio/speech", GH_OK, GH_SURFACE_OPENAI, GH_OP_UNSPOKEN, "demo", "chat", "", "/speech"},
    {"BREW", E "/openai/v1/files", GH_OK, GH_SURFACE_OPENAI, GH_OP_UNSPOKEN, "demo", "chat", "", ""},
    {"GET", E "/openai/realtime", GH_OK, GH_SURFACE_AZURE_OPENAI, GH_OP_UNSPOKEN, "demo", "chat", "", ""},
    {"POST", E "/openai/deployments/d/images/generations", GH_OK, GH_SURFACE_AZURE_OPENAI, GH_OP_UNSPOKEN, "demo", "chat", "d",
        "/generations"},
    {"POST", E "/openai/v1/filesystem", GH_BAD, 0, 0, "", "", "", ""},
    {"POST", "/workspaces/{ws}/endpoints/chat/openai/v1/chat/completions", GH_BAD, 0, 0, "", "", "", ""},
    {"GET", "/api/workspaces/demo", GH_OK, GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, "", "", "", "/workspaces/demo"},
    {"PUT", "/api/workspaces/demo/", GH_OK, GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, "", "", "", "/workspaces/demo"},
    {"POST", "/api", GH_OK, GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, "", "", "", ""},
    {"DELETE", "/api/", GH_OK, GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, "", "", "", ""},
    {"PATCH", "/arm/providers/Microsoft.Authorization/x", GH_OK, GH_SURFACE_ARM, GH_OP_MANAGE, "", "", "",
        "/providers/Microsoft.Authorization/x"},
    {"POST", "/graph/v1.0/identity", GH_OK, GH_SURFACE_GRAPH, GH_OP_MANAGE, "", "", "", "/v1.0/identity"},
    {"GET", "/arm/a/../b", GH_BAD, GH_SURFACE_NONE, GH_OP_NONE, "", "", "", ""},
    {"HEAD", "/graph/v1.0", GH_LIMIT, GH_SURFACE_GRAPH, GH_OP_MANAGE, "", "", "", "/v1.0"},
    {"PATCH", "/api/workspaces", GH_LIMIT, GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, "", "", "", "/workspaces"},
    {"BREW", "/api/workspaces", GH_LIMIT, GH_SURFACE_MANAGEMENT, GH_OP_MANAGE, "", "", "", "/workspaces"},
    {"GET", "/api//workspaces", GH_BAD, 0, 0, "", "", "", ""},
    {"GET", "/api/../x", GH_BAD, 0, 0, "", "", "", ""},
    {"GET", "/api/x/..", GH_BAD, 0, 0, "", "", "", ""},
    {"GET", "/api/./x", GH_BAD, 0, 0, "", "", "", ""},
    {"GET", "/apis", GH_BAD, 0, 0, "", "", "", ""},
    {"GET", "/", GH_BAD, 0, 0, "", "", "", ""},
    {"GET", "", GH_BAD, 0, 0, "", "", "", ""},
    {"GET", "api", GH_BAD, 0, 0, "", "", "", ""},
};

static bool
is(struct gh_str s, const char *z)
{
    return gh_str_eq(s, gh_str_z(z));
}

static void
finds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct gh_route r;
        enum gh_rc rc = gh_route_find(&r, gh_method_find(gh_str_z(cases[i].method)), gh_str_z(cases[i].path));
        if (rc != cases[i].rc || (r.row == NULL) != (rc == GH_BAD))
            fail_msg("%s %s: got %d, want %d", cases[i].method, cases[i].path, (int)rc, (int)cases[i].rc);
        if (rc == GH_BAD)
            continue;
        if (r.row->surface != cases[i].surface || r.row->op != cases[i].op || !is(r.ws, cases[i].ws) || !is(r.ep, cases[i].ep) ||
            !is(r.dep, cases[i].dep) || !is(r.rest, cases[i].rest))
            fail_msg("%s %s: other row or names", cases[i].method, cases[i].path);
    }
}

static void
too_long(void **state)
{
    char path[GH_PATH_BYTES_MAX + 2];
    struct gh_route r;

    (void)state;
    memset(path, 'a', sizeof(path));
    memcpy(path, "/api/", 5);
    assert_int_equal(gh_route_find(&r, GH_METHOD_GET, gh_str(path, GH_PATH_BYTES_MAX)), GH_OK);
    assert_int_equal(gh_route_find(&r, GH_METHOD_GET, gh_str(path, GH_PATH_BYTES_MAX + 1)), GH_BAD);
}

static const struct {
    const char *path, *body_dep, *scope; /* scope NULL: refused */
} scope_cases[] = {
    {E "/openai/v1/chat/completions", "", E},
    {E "/openai/v1/chat/completions", "gpt", E "/deployments/gpt"},
    {E "/openai/v1/chat/completions", "a/../b", NULL},
    {E "/openai/v1/chat/completions", "..", NULL},
    {E "/openai/v1/chat/completions", "*", NULL},
    {E "/openai/deployments/echo/chat/completions", "", E "/deployments/echo"},
    {E "/openai/deployments/echo/chat/completions", "other", E "/deployments/echo"},
};

static void
scopes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scope_cases) / sizeof(*scope_cases); i++) {
        char mem[GH_RESOURCE_PATH_MAX];
        struct gh_buf b;
        struct gh_route r;
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        assert_int_equal(gh_route_find(&r, GH_METHOD_POST, gh_str_z(scope_cases[i].path)), GH_OK);
        gh_route_scope(&b, &r, gh_str_z(scope_cases[i].body_dep));
        if ((b.rc != GH_OK) != (scope_cases[i].scope == NULL) || !gh_str_eq(gh_buf_str(&b), gh_str_z(scope_cases[i].scope)))
            fail_msg("%s with %s: %.*s", scope_cases[i].path, scope_cases[i].body_dep, (int)b.n, b.p);
    }
}

/* A row that is forwarded has a dialect that reads it, and every row of a model surface names its action. */
static void
rows_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < gh_route_count; i++) {
        const struct gh_route_row *row = &gh_route_table[i];
        bool is_management = gh_surface_is_managed(row->surface);
        if ((row->upstream != NULL) != (gh_dialect_find(row->surface, row->op) != NULL) ||
            (row->action == GH_ACTION_NONE) != is_management || (row->op == GH_OP_UNSPOKEN) != (row->unspoken != NULL))
            fail_msg("row %zu (%s): upstream without dialect, dialect without upstream, no action, or no words", i, row->pattern);
    }
}

static const struct {
    const char *host, *path, *meant;
} host_cases[] = {
    {"arm.gatehouse.localhost", "/providers/x", "/arm/providers/x"},
    {"ARM.gatehouse.localhost", "/", "/arm/"},
    {"arm.gatehouse.localhost", "/armed", "/arm/armed"},
    {"arm.gatehouse.localhost", "//providers/x", "/arm/providers/x"},
    {"arm.gatehouse.localhost", "/arm/providers/x", "/arm/providers/x"},
    {"arm.gatehouse.localhost", "/arm", "/arm"},
    {"arm.gatehouse.localhost", "/api/status", "/arm/api/status"},
    {"arm.gatehouse.localhost", "/graph/v1.0", "/arm/graph/v1.0"},
    {"graph.gatehouse.localhost", "/v1.0/x", "/graph/v1.0/x"},
    {"gatehouse.localhost", "/v1.0/x", "/v1.0/x"},
    {"arm.example.com", "/x", "/x"},
    {"xarm.gatehouse.localhost", "/x", "/x"},
    {"", "/arm//x", "/arm/x"},
    {"", "/arm///x", "/arm//x"},
    {"", "/api//x", "/api//x"},
};

static void
hosts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(host_cases) / sizeof(*host_cases); i++) {
        char mem[128];
        struct gh_buf b;
        struct gh_str prefix, rest;
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        gh_route_at_host(&prefix, &rest, gh_str_z(host_cases[i].host), gh_str_z(host_cases[i].path));
        gh_buf_put(&b, prefix);
        gh_buf_put(&b, rest);
        if (!gh_str_eq(gh_buf_str(&b), gh_str_z(host_cases[i].meant)))
            fail_msg("%s %s: %.*s", host_cases[i].host, host_cases[i].path, (int)b.n, b.p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(too_long),
        cmocka_unit_test(scopes),
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
