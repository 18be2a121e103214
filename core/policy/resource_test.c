/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "base/limits.h"
#include "policy/resource.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define N64          "a123456789a123456789a123456789a123456789a123456789a123456789abcd"

static void
paths(void **state)
{
    static const struct {
        const char *path;
        enum gh_resource type; /* GH_RESOURCE_NONE: refused */
        bool is_collection;
        const char *scope, *last;
    } rows[] = {
        {"/workspaces", GH_RESOURCE_WORKSPACE, true, "/", NULL},
        {"/workspaces/", GH_RESOURCE_WORKSPACE, true, "/", NULL},
        {"/workspaces/demo", GH_RESOURCE_WORKSPACE, false, "/workspaces/demo", "demo"},
        {"/workspaces/" N64, GH_RESOURCE_WORKSPACE, false, "/workspaces/" N64, N64},
        {"/workspaces/demo/endpoints", GH_RESOURCE_ENDPOINT, true, "/workspaces/demo", "demo"},
        {"/workspaces/demo/endpoints/chat/", GH_RESOURCE_ENDPOINT, false, "/workspaces/demo/endpoints/chat", "chat"},
        {"/workspaces/demo/endpoints/chat/deployments", GH_RESOURCE_DEPLOYMENT, true, "/workspaces/demo/endpoints/chat", "chat"},
        {"/workspaces/demo/endpoints/chat/deployments/gpt-4.1_mini", GH_RESOURCE_DEPLOYMENT, false,
            "/workspaces/demo/endpoints/chat/deployments/gpt-4.1_mini", "gpt-4.1_mini"},
        {"/workspaces/demo/backends/b", GH_RESOURCE_BACKEND, false, "/workspaces/demo/backends/b", "b"},
        {"/workspaces/demo/secrets/s", GH_RESOURCE_SECRET, false, "/workspaces/demo/secrets/s", "s"},
        {"/workspaces/demo/apiKeys", GH_RESOURCE_API_KEY, true, "/workspaces/demo", "demo"},
        {"/workspaces/demo/apiKeys/0123456789ab", GH_RESOURCE_API_KEY, false, "/workspaces/demo/apiKeys/0123456789ab",
            "0123456789ab"},
        {"/identities/x", GH_RESOURCE_IDENTITY, false, "/identities/x", "x"},
        {"/groups", GH_RESOURCE_GROUP, true, "/", NULL},
        {"/issuers/entra", GH_RESOURCE_ISSUER, false, "/issuers/entra", "entra"},
        {"/roleDefinitions/x", GH_RESOURCE_ROLE_DEFINITION, false, "/roleDefinitions/x", "x"},
        {"/roleAssignments/x", GH_RESOURCE_ROLE_ASSIGNMENT, false, "/roleAssignments/x", "x"},
        {"/listeners/main", GH_RESOURCE_LISTENER, false, "/listeners/main", "main"},
        {"/status", GH_RESOURCE_STATUS, false, "/status", NULL},
        {"/audit/records", GH_RESOURCE_AUDIT_RECORDS, true, "/audit", NULL},
        {"/audit/head", GH_RESOURCE_AUDIT_HEAD, false, "/audit/head", NULL},
        {"/audit/key", GH_RESOURCE_AUDIT_KEY, false, "/audit/key", NULL},

        {"", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/", GH_RESOURCE_NONE, false, NULL, NULL},
        {"//", GH_RESOURCE_NONE, false, NULL, NULL},
        {"workspaces/demo", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/Workspaces/demo", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces//endpoints", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/demo//", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/.", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/..", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/-a", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/a;b", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/a b", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/a\nb", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/a$b", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/{}", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/\xc3\xa4", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/" N64 "e", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/demo/endpoints/chat/deployments/d/x", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/workspaces/demo/nothing", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/status/x", GH_RESOURCE_NONE, false, NULL, NULL},
        {"/audit", GH_RESOURCE_NONE, false, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_resource_path r;
        enum gh_rc rc = gh_resource_find(&r, gh_str_z(rows[i].path));

        if ((rc == GH_OK) != (rows[i].type != GH_RESOURCE_NONE) || r.type != rows[i].type ||
            r.is_collection != rows[i].is_collection)
            fail_msg("%s: rc %d, type %d, collection %d", rows[i].path, (int)rc, (int)r.type, r.is_collection);
        if (rc != GH_OK)
            continue;
        assert_true(gh_str_eq(gh_resource_scope(&r), gh_str_z(rows[i].scope)));
        assert_int_equal(r.n_names == 0, rows[i].last == NULL);
        assert_true(r.n_names == 0 || gh_str_eq(r.names[r.n_names - 1], gh_str_z(rows[i].last)));
    }
}

static void
actions(void **state)
{
    static const struct {
        const char *path;
        enum gh_action want[GH_VERB_COUNT]; /* read, list, write, delete */
    } rows[] = {
        {"/workspaces/w", {GH_ACTION_WORKSPACE_READ, 0, GH_ACTION_WORKSPACE_WRITE, GH_ACTION_WORKSPACE_DELETE}},
        {"/workspaces", {0, GH_ACTION_WORKSPACE_READ, 0, 0}},
        {"/workspaces/w/secrets/s", {GH_ACTION_SECRET_READ, 0, GH_ACTION_SECRET_SET, GH_ACTION_SECRET_DELETE}},
        {"/workspaces/w/apiKeys/k", {GH_ACTION_KEY_READ, 0, 0, GH_ACTION_KEY_DELETE}},
        {"/workspaces/w/apiKeys", {0, GH_ACTION_KEY_READ, GH_ACTION_KEY_CREATE, 0}},
        {"/audit/export", {GH_ACTION_AUDIT_READ, 0, 0, 0}},
        {"/workspaces/w/backends/b", {GH_ACTION_BACKEND_READ, 0, GH_ACTION_BACKEND_WRITE, GH_ACTION_BACKEND_DELETE}},
        {"/listeners/l", {GH_ACTION_LISTENER_READ, 0, GH_ACTION_LISTENER_WRITE, GH_ACTION_LISTENER_DELETE}},
        {"/workspaces/w/outboundRules/r", {GH_ACTION_OUTBOUND_READ, 0, GH_ACTION_OUTBOUND_WRITE, GH_ACTION_OUTBOUND_DELETE}},
        {"/workspaces/w/privateConnections/c",
            {GH_ACTION_CONNECTION_READ, 0, GH_ACTION_CONNECTION_WRITE, GH_ACTION_CONNECTION_DELETE}},
        {"/status", {GH_ACTION_STATUS_READ, 0, 0, 0}},
        {"/audit/records", {0, GH_ACTION_AUDIT_READ, 0, 0}},
        {"/audit/head", {GH_ACTION_AUDIT_HEAD_READ, 0, 0, 0}},
        {"/openapi.json", {GH_ACTION_API_READ, 0, 0, 0}},
    };
    struct gh_resource_path r, none = {.type = GH_RESOURCE_NONE};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(gh_resource_find(&r, gh_str_z(rows[i].path)), GH_OK);
        for (unsigned v = 0; v < GH_VERB_COUNT; v++)
            if (gh_resource_action(&r, (enum gh_verb)v) != rows[i].want[v])
                fail_msg("%s: verb %u: %d", rows[i].path, v, (int)gh_resource_action(&r, (enum gh_verb)v));
    }
    assert_int_equal(gh_resource_action(&none, GH_VERB_READ), GH_ACTION_NONE);
}

/* Every type can be addressed, has an action that can be asked for, and a schema if it can be written. */
static void
table_is_whole(void **state)
{
    (void)state;
    for (unsigned t = GH_RESOURCE_NONE + 1; t < GH_RESOURCE_COUNT; t++) {
        const struct gh_resource_row *row = &gh_resource_table[t];
        bool has_action = false;

        assert_non_null(row->name);
        assert_true(row->pattern != NULL || row->collection != NULL);
        for (unsigned v = 0; v < GH_VERB_COUNT; v++)
            has_action = has_action || row->action[v] != GH_ACTION_NONE;
        assert_true(has_action);
        assert_true(row->action[GH_VERB_WRITE] == GH_ACTION_NONE || row->n_props > 0);
        assert_true(row->apply_order == 0 || row->action[GH_VERB_WRITE] != GH_ACTION_NONE);
        for (size_t p = 0; p < row->n_props; p++) {
            assert_non_null(row->props[p].describes);
            assert_int_equal(row->props[p].choices != NULL, row->props[p].type == GH_PROP_ENUM);
            assert_true(row->props[p].min <= row->props[p].max);
        }
    }
}

static void
scopes(void **state)
{
    static const struct {
        const char *scope, *path;
        bool covers;
    } rows[] = {
        {"/", "/", true},
        {"/", "/workspaces/a", true},
        {"/workspaces/a", "/workspaces/a", true},
        {"/workspaces/a", "/workspaces/a/endpoints/e/deployments/d", true},
        {"/workspaces/a/endpoints/e", "/workspaces/a/endpoints/e/deployments/d", true},
        {"/workspaces/a", "/workspaces/ab", false},
        {"/workspaces/a", "/workspaces/A", false},
        {"/workspaces/a", "/workspaces", false},
        {"/workspaces/a", "/", false},
        {"/workspaces/a/endpoints/e", "/workspaces/a", false},
        {"/workspaces/a/", "/workspaces/a/endpoints", false},
        {"", "/", false},
        {"", "", false},
        {"/", "", false},
        {"/", "workspaces", false},
        {"x", "/workspaces", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (gh_scope_covers(gh_str_z(rows[i].scope), gh_str_z(rows[i].path)) != rows[i].covers)
            fail_msg("\"%s\" and \"%s\"", rows[i].scope, rows[i].path);
}

static void
schemas(void **state)
{
    static const struct {
        enum gh_resource type;
        const char *json;
        const char *name, *what; /* NULL: accepted */
    } rows[] = {
        {GH_RESOURCE_WORKSPACE, "{}", NULL, NULL},
        {GH_RESOURCE_WORKSPACE, "{\"description\":\"two\\nlines\",\"allowApiKeys\":true}", NULL, NULL},
        {GH_RESOURCE_WORKSPACE, "{\"description\":null}", NULL, NULL},
        {GH_RESOURCE_WORKSPACE, "[]", "", "properties must be an object"},
        {GH_RESOURCE_WORKSPACE, "{\"allowApiKeys\":\"true\"}", "allowApiKeys", "must be true or false"},
        {GH_RESOURCE_WORKSPACE, "{\"allowApiKeys\":1}", "allowApiKeys", "must be true or false"},
        {GH_RESOURCE_WORKSPACE, "{\"allowapikeys\":true}", "allowapikeys", "unknown property"},
        {GH_RESOURCE_WORKSPACE, "{\"description\":\"bell \\u0007\"}", "description", "string holds control characters"},
        {GH_RESOURCE_ENDPOINT, "{\"audiences\":[\"api://a\"],\"maxBodyBytes\":8388608,\"enabled\":false}", NULL, NULL},
        {GH_RESOURCE_ENDPOINT, "{\"maxBodyBytes\":8388609}", "maxBodyBytes", "integer is out of bounds"},
        {GH_RESOURCE_ENDPOINT, "{\"maxBodyBytes\":0}", "maxBodyBytes", "integer is out of bounds"},
        {GH_RESOURCE_ENDPOINT, "{\"maxBodyBytes\":1.5}", "maxBodyBytes", "must be an integer"},
        {GH_RESOURCE_ENDPOINT, "{\"maxBodyBytes\":\"4096\"}", "maxBodyBytes", "must be an integer"},
        {GH_RESOURCE_ENDPOINT, "{\"audiences\":\"api://a\"}", "audiences", "must be an array"},
        {GH_RESOURCE_ENDPOINT, "{\"audiences\":[1]}", "audiences", "must be a string"},
        {GH_RESOURCE_ENDPOINT, "{\"audiences\":[\"\"]}", "audiences", "string is too short or too long"},
        {GH_RESOURCE_ENDPOINT, "{\"audiences\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}", "audiences", "must be a string"},
        {GH_RESOURCE_ENDPOINT,
            "{\"audiences\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\"]"
            "}",
            "audiences", "array has too few or too many elements"},
        {GH_RESOURCE_DEPLOYMENT, "{\"model\":\"gpt\",\"backend\":\"b\"}", NULL, NULL},
        {GH_RESOURCE_DEPLOYMENT, "{\"model\":\"gpt\",\"backends\":[{\"backend\":\"b\"}]}", NULL, NULL},
        {GH_RESOURCE_DEPLOYMENT, "{\"model\":\"gpt\",\"backends\":[]}", "backends", "array has too few or too many elements"},
        {GH_RESOURCE_DEPLOYMENT, "{\"model\":\"g\\npt\",\"backend\":\"b\"}", "model", "string holds control characters"},
        {GH_RESOURCE_BACKEND, "{\"url\":\"https://h\",\"dialect\":\"openai\",\"auth\":\"none\"}", NULL, NULL},
        {GH_RESOURCE_BACKEND, "{\"url\":\"https://h\",\"dialect\":\"OpenAI\",\"auth\":\"none\"}", "dialect",
            "is none of the possible values"},
        {GH_RESOURCE_BACKEND, "{\"url\":\"https://h\",\"dialect\":\"openai|azure\",\"auth\":\"none\"}", "dialect",
            "is none of the possible values"},
        {GH_RESOURCE_BACKEND, "{\"url\":\"https://h\",\"dialect\":\"\",\"auth\":\"none\"}", "dialect",
            "is none of the possible values"},
        {GH_RESOURCE_SECRET, "{\"value\":\"s\",\"hosts\":[\"h:443\"]}", NULL, NULL},
        {GH_RESOURCE_SECRET, "{\"hosts\":[\"h:443\"]}", NULL, NULL},
        {GH_RESOURCE_SECRET, "{\"value\":\"a\\r\\nb\"}", "value", "string holds control characters"},
        {GH_RESOURCE_ROLE_DEFINITION, "{\"roleName\":\"r\",\"permissions\":[{}],\"createdOn\":\"x\"}", NULL, NULL},
        {GH_RESOURCE_ROLE_DEFINITION, "{\"roleName\":\"r\",\"permissions\":[]}", "permissions",
            "array has too few or too many elements"},
        {GH_RESOURCE_ROLE_DEFINITION, "{\"roleName\":\"r\",\"permissions\":[1]}", "permissions", "must be an object"},
        {GH_RESOURCE_STATUS, "{\"x\":1}", "x", "unknown property"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_json j;
        struct gh_str name;
        struct gh_err err = {0};
        enum gh_rc rc;

        assert_int_equal(gh_json_parse(&j, &a, gh_str_z(rows[i].json), NULL), GH_OK);
        rc = gh_resource_check(rows[i].type, &a, &j, 0, &name, &err);
        if ((rc == GH_OK) != (rows[i].what == NULL))
            fail_msg("%s: rc %d, %s", rows[i].json, (int)rc, err.what == NULL ? "" : err.what);
        if (rc != GH_OK && (!gh_str_eq(name, gh_str_z(rows[i].name)) || strcmp(err.what, rows[i].what) != 0))
            fail_msg("%s: \"%.*s\": %s", rows[i].json, (int)name.n, name.p, err.what);
        assert_true(rc == GH_OK || gh_resource_check(rows[i].type, &a, &j, 0, NULL, NULL) == rc);
        gh_arena_fini(&a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(actions),
        cmocka_unit_test(table_is_whole),
        cmocka_unit_test(scopes),
        cmocka_unit_test(schemas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
