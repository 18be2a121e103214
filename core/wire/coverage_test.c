/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "wire/coverage.h"

static const struct gh_route_row *
row_of(const char *method, const char *path)
{
    struct gh_route r;

    assert_int_equal(gh_route_find(&r, gh_method_find(gh_str_z(method)), gh_str_z(path)), GH_OK);
    return r.row;
}

#define E "/workspaces/w/endpoints/e"

static const struct {
    const char *method, *path;
    bool is_stream;
    enum gh_control control;
    bool runs;
} cells[] = {
    {"POST", E "/openai/v1/chat/completions", false, GH_CONTROL_RESPONSE, true},
    {"POST", E "/openai/v1/chat/completions", true, GH_CONTROL_RESPONSE, false},
    {"POST", E "/openai/v1/chat/completions", true, GH_CONTROL_STREAM, true},
    {"POST", E "/openai/v1/chat/completions", false, GH_CONTROL_STREAM, false},
    {"POST", E "/openai/v1/chat/completions", false, GH_CONTROL_INSTRUCTIONS, true},
    {"POST", E "/openai/v1/responses", true, GH_CONTROL_STREAM, true},
    {"POST", E "/openai/v1/responses", false, GH_CONTROL_OWNERSHIP, true},
    {"GET", E "/openai/v1/responses/resp_1", false, GH_CONTROL_OWNERSHIP, true},
    {"GET", E "/openai/v1/responses/resp_1", false, GH_CONTROL_SPLICE, false},
    {"GET", E "/openai/v1/responses/resp_1", false, GH_CONTROL_USAGE, false},
    {"POST", E "/openai/v1/embeddings", true, GH_CONTROL_STREAM, false},
    {"POST", E "/anthropic/v1/messages", true, GH_CONTROL_STREAM, true},
    {"POST", E "/anthropic/v1/messages/count_tokens", true, GH_CONTROL_STREAM, false},
    {"POST", E "/anthropic/v1/messages/count_tokens", false, GH_CONTROL_USAGE, false},
    {"POST", E "/anthropic/v1/messages/count_tokens", false, GH_CONTROL_SPLICE, true},
    {"GET", E "/anthropic/v1/models", false, GH_CONTROL_AUTHORIZATION, true},
    {"GET", E "/anthropic/v1/models", false, GH_CONTROL_SPLICE, false},
    {"POST", "/workspaces/w/contentsafety/text:shieldPrompt", false, GH_CONTROL_SHIELD, true},
    {"POST", "/workspaces/w/contentsafety/text:shieldPrompt", false, GH_CONTROL_SPLICE, false},
    {"POST", E "/openai/v1/chat/completions", false, GH_CONTROL_SHIELD, true},
    {"GET", "/api/workspaces", false, GH_CONTROL_BODY, true},
    {"GET", "/api/workspaces", false, GH_CONTROL_CREDENTIAL, false},
    {"POST", E "/anthropic/v1/files", false, GH_CONTROL_AUTHENTICATION, true},
    {"POST", E "/anthropic/v1/files", false, GH_CONTROL_HEADERS, false},
};

static void
says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
        struct gh_cover c = gh_coverage_of(row_of(cells[i].method, cells[i].path), cells[i].control, cells[i].is_stream);
        if ((c.why_not == NULL) != cells[i].runs)
            fail_msg("%s %s: %s %s", cells[i].method, cells[i].path, gh_control_names[cells[i].control],
                c.why_not == NULL ? "runs" : c.why_not);
    }
}

/* Every call is routed, authenticated and decided on; what is forwarded is understood; what comes back is read in one way. */
static void
holds_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < gh_route_count; i++)
        for (unsigned is_stream = 0; is_stream < 2; is_stream++) {
            const struct gh_route_row *row = &gh_route_table[i];
            bool runs[GH_CONTROL_COUNT];
            for (unsigned c = 0; c < GH_CONTROL_COUNT; c++)
                runs[c] = gh_coverage_of(row, (enum gh_control)c, is_stream != 0).why_not == NULL;
            assert_true(runs[GH_CONTROL_ROUTE]);
            assert_true(runs[GH_CONTROL_AUTHENTICATION]);
            assert_true(runs[GH_CONTROL_AUTHORIZATION]);
            if (row->upstream == NULL)
                continue;
            assert_true(runs[GH_CONTROL_DIALECT]);
            assert_true(runs[GH_CONTROL_SPLICE] == (gh_dialect_find(row->surface, row->op)->read != NULL));
            assert_true(runs[GH_CONTROL_RESPONSE] != runs[GH_CONTROL_STREAM]);
        }
}

static void
finds_what_is_missing(void **state)
{
    const struct gh_route_row *chat = row_of("POST", E "/openai/v1/chat/completions");
    struct gh_controls ran = {.ran = {0}};

    (void)state;
    assert_int_equal(gh_coverage_missing(chat, &ran, false, GH_PHASE_REQUEST), GH_CONTROL_ROUTE);
    for (unsigned c = 0; c < GH_CONTROL_COUNT; c++)
        if (gh_coverage_of(chat, (enum gh_control)c, false).phase == GH_PHASE_REQUEST)
            ran.ran[c] = GH_RAN_PASSED;
    assert_int_equal(gh_coverage_missing(chat, &ran, false, GH_PHASE_REQUEST), GH_CONTROL_COUNT);
    assert_int_equal(gh_coverage_missing(chat, &ran, false, GH_PHASE_ANSWER), GH_CONTROL_RESPONSE);
    assert_int_equal(gh_coverage_missing(chat, &ran, true, GH_PHASE_ANSWER), GH_CONTROL_STREAM);
    ran.ran[GH_CONTROL_STREAM] = GH_RAN_PASSED;
    assert_int_equal(gh_coverage_missing(chat, &ran, true, GH_PHASE_ANSWER), GH_CONTROL_USAGE);
    ran.reason[GH_CONTROL_USAGE] = "backend told none";
    assert_int_equal(gh_coverage_missing(chat, &ran, true, GH_PHASE_ANSWER), GH_CONTROL_DLP);
    ran.ran[GH_CONTROL_DLP] = GH_RAN_PASSED;
    ran.reason[GH_CONTROL_BLOCKLIST] = "the endpoint lists no terms";
    assert_int_equal(gh_coverage_missing(chat, &ran, true, GH_PHASE_ANSWER), GH_CONTROL_COUNT);
    ran.ran[GH_CONTROL_SPLICE] = GH_RAN_NOT;
    assert_int_equal(gh_coverage_missing(chat, &ran, true, GH_PHASE_REQUEST), GH_CONTROL_SPLICE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says),
        cmocka_unit_test(holds_everywhere),
        cmocka_unit_test(finds_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
