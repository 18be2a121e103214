/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "wire/shield_prompt.h"

/* `answer` where every text but the first is an attack; NULL: refused. */
static const struct {
    const char *name, *body, *answer;
} cases[] = {
    {"a prompt", "{\"userPrompt\":\"hi\"}", "{\"userPromptAnalysis\":{\"attackDetected\":false}}"},
    {"a prompt and documents", "{\"userPrompt\":\"hi\",\"documents\":[\"a\",\"b\"]}",
        "{\"userPromptAnalysis\":{\"attackDetected\":false},\"documentsAnalysis\":[{\"attackDetected\":true},{\"attackDetected\":"
        "true}]}"},
    {"documents alone", "{\"documents\":[\"a\",\"b\"]}",
        "{\"documentsAnalysis\":[{\"attackDetected\":false},{\"attackDetected\":true}]}"},
    {"a prompt that is null", "{\"userPrompt\":null,\"documents\":[\"a\"]}",
        "{\"documentsAnalysis\":[{\"attackDetected\":false}]}"},
    {"an empty prompt", "{\"userPrompt\":\"\"}", "{\"userPromptAnalysis\":{\"attackDetected\":false}}"},
    {"nothing", "{}", NULL},
    {"no documents and no prompt", "{\"documents\":[]}", NULL},
    {"a prompt that is no text", "{\"userPrompt\":1}", NULL},
    {"documents that are none", "{\"documents\":\"a\"}", NULL},
    {"a document that is no text", "{\"documents\":[1]}", NULL},
    {"six documents", "{\"documents\":[\"\",\"\",\"\",\"\",\"\",\"\"]}", NULL},
    {"a member that would not be judged", "{\"userPrompt\":\"a\",\"document\":[\"b\"]}", NULL},
    {"an array", "[]", NULL},
};

static void
asks(void **state)
{
    static const bool attacks[] = {false, true, true};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_shield_prompt p;
        struct gh_err err = {.what = NULL};
        struct gh_json j;
        struct gh_buf b;

        gh_buf_init(&b, &a, 1024);
        assert_int_equal(gh_json_parse(&j, &a, gh_str_z(cases[i].body), NULL), GH_OK);
        enum gh_rc rc = gh_shield_prompt_read(&p, &a, &j, &err);
        if (rc == GH_OK)
            gh_shield_prompt_put(&b, &p, attacks);
        if (rc != (cases[i].answer == NULL ? GH_BAD : GH_OK) || (rc == GH_BAD) != (err.what != NULL) ||
            (rc == GH_OK && !gh_str_eq(gh_buf_str(&b), gh_str_z(cases[i].answer))))
            fail_msg("%s: %.*s", cases[i].name, (int)b.n, b.p);
        gh_arena_fini(&a);
    }
}

/* Characters count, not bytes. */
static void
bounds(void **state)
{
    static const struct {
        const char *head, *tail;
        size_t n;
        enum gh_rc rc;
    } rows[] = {{"{\"userPrompt\":\"", "\"}", 10000, GH_OK}, {"{\"userPrompt\":\"", "\"}", 10001, GH_BAD},
        {"{\"documents\":[\"", "\",\"\"]}", 10000, GH_OK}, {"{\"documents\":[\"", "\",\"x\"]}", 10000, GH_BAD}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_shield_prompt p;
        struct gh_json j;
        struct gh_buf b;

        gh_buf_init(&b, &a, 1 << 16);
        gh_buf_putz(&b, rows[i].head);
        for (size_t k = 0; k < rows[i].n; k++)
            gh_buf_putz(&b, "\xe4\xb8\xad");
        gh_buf_putz(&b, rows[i].tail);
        assert_int_equal(gh_json_parse(&j, &a, gh_buf_str(&b), NULL), GH_OK);
        assert_int_equal(gh_shield_prompt_read(&p, &a, &j, NULL), rows[i].rc);
        gh_arena_fini(&a);
    }
}

static void
versions(void **state)
{
    static const struct {
        const char *query;
        bool is_spoken;
    } rows[] = {{"api-version=2023-10-01", true}, {"api%2Dversion=2024-09-01", true}, {"x=1&api-version=2024-09-01", true},
        {"", false}, {"api-version=2020-01-01", false}, {"api-version", false}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct gh_arena a = gh_test_arena();
        assert_int_equal(gh_shield_prompt_is_version(&a, gh_str_z(rows[i].query)), rows[i].is_spoken);
        gh_arena_fini(&a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(asks), cmocka_unit_test(bounds), cmocka_unit_test(versions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
