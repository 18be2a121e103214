/* SPDX-License-Identifier: Apache-2.0 */
/* The document is whole by construction: each type's paths, and a row for all that handlers add. What it says is held against real answers
 * by the end-to-end tests. */
#include "sweeps.h"

#include "control/rest/handlers.h"
#include "control/rest/openapi.h"

static struct gh_str
document(struct gh_arena *a, struct gh_json *j)
{
    struct gh_buf b;
    struct gh_err err = {0};
    gh_buf_init(&b, a, GH_OPENAPI_BYTES_MAX);
    assert_int_equal(gh_openapi_put(&b), GH_OK);
    if (gh_json_parse(j, a, gh_buf_str(&b), &err) != GH_OK)
        fail_msg("at %u: %s: %.80s", err.at, err.what, b.p + err.at);
    return gh_buf_str(&b);
}

static void
it_is_json_without_a_member_twice(void **state)
{
    struct gh_arena a;
    struct gh_json j;
    (void)state;
    gh_arena_init(&a, gh_test_heap(), (size_t)64 << 20);
    document(&a, &j);
    assert_int_equal(gh_json_type(&j, gh_json_get(&j, 0, GH_STR("paths"))), GH_JSON_OBJECT);
    gh_arena_fini(&a);
}

static bool
has_action(const struct gh_json *j, gh_json_ref path, const char *method, enum gh_action action)
{
    gh_json_ref op = gh_json_get(j, path, gh_str_z(method));
    gh_json_ref said = gh_json_get(j, op, GH_STR("x-gatehouse-action"));
    struct gh_str raw = gh_json_raw(j, said);
    return op == GH_JSON_NO ? action == GH_ACTION_NONE : gh_str_eq(gh_str_sub(raw, 1, raw.n - 2), gh_action_table[action].string);
}

/* "/workspaces/{workspace}" for "/workspaces/{}". */
static bool
is_template_of(struct gh_str path, const char *pattern)
{
    for (size_t i = 0; i < path.n; i++, pattern++) {
        if (path.p[i] != *pattern)
            return false;
        if (path.p[i] == '{')
            i += gh_str_chr(gh_str_sub(path, i, path.n), '}') - 1;
    }
    return *pattern == '\0';
}

static gh_json_ref
path_of(const struct gh_json *j, struct gh_arena *a, const char *pattern)
{
    gh_json_ref paths = gh_json_get(j, 0, GH_STR("paths"));
    for (gh_json_ref v = gh_json_first(j, paths); v != GH_JSON_NO; v = gh_json_next(j, paths, v)) {
        struct gh_str key;
        assert_int_equal(gh_json_key(&key, a, j, v), GH_OK);
        if (is_template_of(key, pattern))
            return v;
    }
    return GH_JSON_NO;
}

static void
every_type_has_its_paths_and_actions(void **state)
{
    struct gh_arena a;
    struct gh_json j;
    (void)state;
    gh_arena_init(&a, gh_test_heap(), (size_t)64 << 20);
    document(&a, &j);
    for (size_t t = GH_RESOURCE_NONE + 1; t < GH_RESOURCE_COUNT; t++) {
        const struct gh_resource_row *row = &gh_resource_table[t];
        gh_json_ref item = row->pattern == NULL ? GH_JSON_NO : path_of(&j, &a, row->pattern);
        gh_json_ref all = row->collection == NULL ? GH_JSON_NO : path_of(&j, &a, row->collection);
        enum gh_action write = row->action[GH_VERB_WRITE];
        print_message("# %s\n", row->name);
        assert_true((item == GH_JSON_NO) == (row->pattern == NULL) && (all == GH_JSON_NO) == (row->collection == NULL));
        if (item != GH_JSON_NO) {
            assert_true(has_action(&j, item, "get", row->action[GH_VERB_READ]));
            assert_true(has_action(&j, item, "put", row->is_posted ? GH_ACTION_NONE : write));
            assert_true(has_action(&j, item, "delete", row->action[GH_VERB_DELETE]));
        }
        if (all != GH_JSON_NO) {
            assert_true(has_action(&j, all, "get", row->action[GH_VERB_LIST]));
            assert_true(has_action(&j, all, "post", row->is_posted ? write : GH_ACTION_NONE));
        }
    }
    gh_arena_fini(&a);
}

static void
what_handlers_add_has_a_row(void **state)
{
    (void)state;
    for (size_t t = GH_RESOURCE_NONE + 1; t < GH_RESOURCE_COUNT; t++) {
        const struct gh_openapi_part *part = &gh_openapi_parts[t];
        const struct gh_handler *h = &gh_handler_table[t];
        print_message("# %s\n", gh_resource_table[t].name);
        assert_true((h->render != NULL) == (part->members.n > 0));
        assert_true((h->answer != NULL) == (part->answer != NULL || part->is_computed));
        assert_true(!part->is_computed || gh_resource_table[t].n_props > 0);
    }
}

static void
it_stops_at_a_bound(void **state)
{
    struct gh_arena a;
    struct gh_buf b;
    (void)state;
    gh_arena_init(&a, gh_test_heap(), (size_t)16 << 20);
    gh_buf_init(&b, &a, 10000);
    assert_int_equal(gh_openapi_put(&b), GH_LIMIT);
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_json_without_a_member_twice),
        cmocka_unit_test(every_type_has_its_paths_and_actions),
        cmocka_unit_test(what_handlers_add_has_a_row),
        cmocka_unit_test(it_stops_at_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
