/* SPDX-License-Identifier: Apache-2.0 */
/* Files -> checked objects -> difference: what is refused and where, the order of writing, what is shown, and that secrets are not. */
#include "sweeps.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/apply_int.h"
#include "host/host.h"

struct fixture {
    char dir[64];
    struct gh_arena a;
    struct apply_list l;
    int saved_stderr;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    (void)snprintf(f->dir, sizeof f->dir, "/tmp/gh-apply-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->a = gh_test_arena();
    f->l.a = &f->a;
    f->saved_stderr = dup(STDERR_FILENO); /* refusals speak to people */
    assert_true(dup2(null, STDERR_FILENO) >= 0);
    gh_close(null);
    *state = f;
    return 0;
}

static int
on_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    assert_true(dup2(f->saved_stderr, STDERR_FILENO) >= 0);
    gh_close(f->saved_stderr);
    gh_apply_fini(&f->l);
    gh_arena_fini(&f->a);
    assert_int_equal(nftw(f->dir, on_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(f);
    return 0;
}

static const char *
put(struct fixture *f, const char *name, const char *text)
{
    static char path[128];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/%s", f->dir, name);
    assert_non_null(out = fopen(path, "we"));
    (void)fputs(text, out);
    (void)fclose(out);
    return path;
}

static void
test_refused(void **state)
{
    static const char *const bad[] = {
        "id: /workspaces/x\n",
        "properties: {}\n",
        "id: [a]\nproperties: {}\n",
        "id: 7\nproperties: {}\n",
        "id: workspaces/x\nproperties: {}\n",
        "id: /\nproperties: {}\n",
        "id: /workspaces\nproperties: {}\n",
        "id: /nothings/x\nproperties: {}\n",
        "id: /listeners/main\nproperties: {}\n",
        "id: /workspaces/x/apiKeys/0123456789ab\nproperties: {owner: a, scope: /workspaces/x, expires: \"2027-01-01T00:00:00Z\"}\n",
        "id: /workspaces/x\nproperties: []\n",
        "id: /workspaces/x\nproperties:\n",
        "id: /workspaces/x\nproperties: {surprise: 1}\n",
        "id: /workspaces/x\nproperties: {allowApiKeys: yes}\n",
        "id: /workspaces/x\nproperties: {}\nmore: 1\n",
        "- id: /workspaces/x\n  properties: {}\n",
        "just words\n",
        "id: /workspaces/x\nproperties: {}\n---\nid: /workspaces/x\nproperties: {}\n",
        "id: /workspaces/ok\nproperties: {}\n---\nid: /identities/x\nproperties: {}\n",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct apply_list l = {.a = &f->a};

        if (gh_apply_load(&l, put(f, "bad.yaml", bad[i])) == GH_EXIT_DONE && gh_apply_sort(&l) == GH_EXIT_DONE)
            fail_msg("accepted:\n%s", bad[i]);
        gh_apply_fini(&l);
    }
    assert_int_equal(gh_apply_load(&f->l, "/tmp/there/is/nothing"), GH_EXIT_UNABLE);
}

static void
test_folder_in_order(void **state)
{
    static const char *const want[] = {"/workspaces/w", "/workspaces/w/backends/b", "/workspaces/w/endpoints/e",
        "/workspaces/w/endpoints/e/deployments/d", "/identities/i", "/groups/g"};
    struct fixture *f = *state;

    (void)put(f, "1.yaml",
        "id: /groups/g\nproperties: {members: [/identities/i]}\n---\nid: /workspaces/w/endpoints/e/deployments/d\n"
        "properties: {model: m, backend: b}\n");
    (void)put(f, "2.yml", "id: /identities/i\nproperties: {kind: user}\n---\nid: /workspaces/w/endpoints/e\nproperties: {}\n");
    (void)put(f, "3.yaml",
        "id: /workspaces/w/backends/b\nproperties: {url: \"https://h.example\", dialect: openai, auth: none}\n---\n"
        "id: /workspaces/w\nproperties: {}\n");
    (void)put(f, "README.md", "id: not a document");
    (void)put(f, ".hidden.yaml", "not: a document");
    assert_int_equal(gh_apply_load(&f->l, f->dir), GH_EXIT_DONE);
    assert_int_equal(gh_apply_sort(&f->l), GH_EXIT_DONE);
    assert_int_equal(f->l.n, sizeof want / sizeof want[0]);
    for (size_t i = 0; i < f->l.n; i++)
        assert_string_equal(f->l.object[i].path, want[i]);
}

/* The object of the file beside what the server has (NULL: nothing), as shown. */
static char *
diff(struct fixture *f, const char *yaml, const char *current, bool *is_changed)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    struct apply_object *o;

    gh_apply_fini(&f->l);
    f->l = (struct apply_list){.a = &f->a};
    assert_int_equal(gh_apply_load(&f->l, put(f, "a.yaml", yaml)), GH_EXIT_DONE);
    o = &f->l.object[0];
    o->current = current == NULL ? NULL : json_loads(current, 0, NULL);
    gh_apply_diff(out, o, false);
    (void)fclose(out);
    *is_changed = o->is_new || o->is_changed;
    return text;
}

static void
test_difference(void **state)
{
    static const struct {
        const char *yaml, *current, *want;
        bool is_changed;
    } cases[] = {
        {"id: /workspaces/w\nproperties: {description: a}\n", NULL, "new       /workspaces/w\n    + description: a\n", true},
        {"id: /workspaces/w\nproperties: {}\n", NULL, "new       /workspaces/w\n", true},
        {"id: /workspaces/w\nproperties: {description: a}\n", "{\"description\":\"a\"}", "unchanged /workspaces/w\n", false},
        {"id: /workspaces/w\nproperties: {description: a}\n", "{\"description\":\"b c\"}",
            "changed   /workspaces/w\n    - description: \"b c\"\n    + description: a\n", true},
        {"id: /workspaces/w\nproperties: {}\n", "{\"description\":\"b\",\"allowApiKeys\":true}",
            "changed   /workspaces/w\n    - description: b\n    - allowApiKeys: true\n", true},
        {"id: /groups/g\nproperties: {members: [/identities/a, /identities/b]}\n",
            "{\"members\":[\"/identities/b\",\"/identities/c\"]}",
            "changed   /groups/g\n    - members: [\"/identities/b\",\"/identities/c\"]\n    + members: "
            "[\"/identities/a\",\"/identities/b\"]\n"
            "    access: /identities/a gains what is assigned to /groups/g\n    access: /identities/c loses what is assigned to "
            "/groups/g\n",
            true},
        {"id: /roleAssignments/6d0e2a64-9d4c-4d2f-9d0e-000000000001\nproperties: {roleDefinitionId: Reader, principalId: "
         "/groups/g, scope: /}\n",
            NULL,
            "new       /roleAssignments/6d0e2a64-9d4c-4d2f-9d0e-000000000001\n    + roleDefinitionId: Reader\n    + principalId: "
            "/groups/g\n"
            "    + scope: /\n    access: /groups/g gains Reader at /\n",
            true},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_changed;
        char *got = diff(f, cases[i].yaml, cases[i].current, &is_changed);

        if (strcmp(got, cases[i].want) != 0)
            fail_msg("case %zu:\n%s---\n%s", i, got, cases[i].want);
        assert_int_equal(is_changed, cases[i].is_changed);
        free(got);
    }
}

static void
test_secret_is_masked(void **state)
{
    static const char yaml[] = "id: /workspaces/w/secrets/s\nproperties: {value: canary-of-a-secret, hosts: [\"h.example:443\"]}\n";
    static const char *const current[] = {NULL, "{\"hosts\":[\"h.example:443\"]}", "{\"hosts\":[\"other.example:443\"]}"};

    for (size_t i = 0; i < sizeof current / sizeof current[0]; i++) {
        bool is_changed;
        char *got = diff(*state, yaml, current[i], &is_changed);

        assert_true(is_changed); /* nobody can know whether it is the same: it is written */
        assert_non_null(strstr(got, "value: (secret"));
        assert_null(strstr(got, "canary"));
        free(got);
    }
}

/* ---- scopes of Azure ---- */

#define AZ(s) "/subscriptions/S/resourceGroups/rg" s
#define ML    "/providers/Microsoft.MachineLearningServices/workspaces/demo"

static void
test_scopes_of_azure(void **state)
{
    static const char *const options[] = {"/subscriptions/S=/workspaces/a", "/subscriptions/S/resourceGroups/rg/=/workspaces/b"};
    static const struct {
        const char *scopes, *want; /* want NULL: refused */
        size_t n_maps;
    } rows[] = {
        {"[\"/\",\"/workspaces/w\"]", "[\"/\",\"/workspaces/w\"]", 2},
        {"[\"/subscriptions/S\"]", "[\"/\"]", 0},
        {"[\"/subscriptions/S\",\"/subscriptions/T\",\"/workspaces/w\"]", "[\"/\",\"/workspaces/w\"]", 0},
        {"[\"/subscriptions/s\"]", "[\"/workspaces/a\"]", 2},
        {"[\"/subscriptions/SS\"]", "[\"/\"]", 2},
        {"[\"" AZ("") "\"]", "[\"/workspaces/a\"]", 1},
        {"[\"" AZ("") "\"]", "[\"/workspaces/b\"]", 2},
        {"[\"" AZ(ML) "\"]", "[\"/workspaces/demo\"]", 2},
        {"[\"" AZ("/providers/Microsoft.Storage/x/y") "\"]", NULL, 2},
        {"[\"/providers/Microsoft.Management/managementGroups/m\"]", "[\"/\"]", 2},
    };
    struct fixture *f = *state;
    struct gh_apply_map maps[2], none;
    FILE *out = fopen("/dev/null", "w");

    assert_non_null(out);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(gh_apply_map_read(&maps[i], &f->a, options[i]), GH_EXIT_DONE);
    assert_int_equal(gh_apply_map_read(&none, &f->a, "/subscriptions/S"), GH_EXIT_UNABLE);
    assert_int_equal(gh_apply_map_read(&none, &f->a, "=/workspaces/a"), GH_EXIT_UNABLE);
    assert_int_equal(gh_apply_map_read(&none, &f->a, "/subscriptions/S=/nowhere"), GH_EXIT_UNABLE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct apply_object o = {.path = "/roleDefinitions/x", .wanted = json_object()};
        struct apply_list l = {.a = &f->a, .object = &o, .n = 1};
        json_t *want = rows[i].want == NULL ? NULL : json_loads(rows[i].want, 0, NULL);

        (void)json_object_set_new(o.wanted, "assignableScopes", json_loads(rows[i].scopes, 0, NULL));
        int status = gh_apply_map(&l, maps, rows[i].n_maps, out);
        if ((status == GH_EXIT_DONE) != (want != NULL) ||
            (want != NULL && !json_equal(json_object_get(o.wanted, "assignableScopes"), want)))
            fail_msg("%s", rows[i].scopes);
        assert_true(want == NULL || gh_str_find(o.body, gh_str_z(rows[i].want)) != SIZE_MAX); /* what is sent */
        json_decref(want);
        json_decref(o.wanted);
    }
    assert_int_equal(fclose(out), 0);
}

/* What the server holds in Azure's words and the file repeats is no change; --map is the operator's wish. */
static void
test_scopes_that_the_server_holds(void **state)
{
    static const struct {
        const char *held, *want;
        size_t n_maps;
    } rows[] = {
        {"[\"/subscriptions/S\"]", "[\"/subscriptions/S\"]", 0},
        {"[\"/subscriptions/S\"]", "[\"/workspaces/a\"]", 1},
        {"[\"/workspaces/w\"]", "[\"/\"]", 0},
    };
    struct fixture *f = *state;
    struct gh_apply_map map;
    FILE *out = fopen("/dev/null", "w");

    assert_non_null(out);
    assert_int_equal(gh_apply_map_read(&map, &f->a, "/subscriptions/S=/workspaces/a"), GH_EXIT_DONE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct apply_object o = {.path = "/roleDefinitions/x", .wanted = json_object(), .current = json_object()};
        struct apply_list l = {.a = &f->a, .object = &o, .n = 1};
        json_t *want = json_loads(rows[i].want, 0, NULL);

        (void)json_object_set_new(o.wanted, "assignableScopes", json_loads("[\"/subscriptions/S\"]", 0, NULL));
        (void)json_object_set_new(o.current, "assignableScopes", json_loads(rows[i].held, 0, NULL));
        assert_int_equal(gh_apply_map(&l, &map, rows[i].n_maps, out), GH_EXIT_DONE);
        if (!json_equal(json_object_get(o.wanted, "assignableScopes"), want))
            fail_msg("%s, %zu", rows[i].held, rows[i].n_maps);
        json_decref(want);
        json_decref(o.wanted);
        json_decref(o.current);
    }
    assert_int_equal(fclose(out), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    static const struct CMUnitTest tests[] = {TEST(test_refused), TEST(test_folder_in_order), TEST(test_difference),
        TEST(test_secret_is_masked), TEST(test_scopes_of_azure), TEST(test_scopes_that_the_server_holds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
