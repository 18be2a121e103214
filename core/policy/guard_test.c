/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/guard.h"
#include "policy/snapshot_maker.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NAMES_MAX    8
#define S(text)      GH_STR_INIT(text)
#define FUNCTION(name)                                                                                                             \
    {                                                                                                                              \
        S(name), false                                                                                                             \
    }
#define HOSTED(type)                                                                                                               \
    {                                                                                                                              \
        S(type), true                                                                                                              \
    }

static const char hosted_why[] = "a tool that the provider would run itself, and that the endpoint does not list",
                  function_why[] = "a function that the endpoint does not list",
                  chosen_why[] = "a choice of a tool that the request does not declare",
                  call_why[] = "the answer calls a tool that the request did not declare",
                  instructions_why[] = "the endpoint has instructions of its own and allows none of the caller";

static size_t
count_of(const struct gh_str *list)
{
    size_t n = 0;

    while (n < NAMES_MAX && list[n].n > 0)
        n++;
    return n;
}

/* The row of an endpoint with these values. */
static struct gh_snap_rec
endpoint(struct gh_snap *snap, struct gh_arena *a, const struct gh_snap_value values[GH_ENDPOINT_N])
{
    struct gh_maker m = gh_maker_new(a, 1, false);
    struct gh_snap_rec ep;

    gh_maker_put(&m, GH_SNAP_ENDPOINT, gh_maker_key(&m, GH_STR("w"), GH_STR("e")), values);
    *snap = (struct gh_snap){.base = gh_maker_finish(&m)};
    assert_int_equal(m.rc, GH_OK);
    assert_true(gh_snap_find_v(&ep, snap, GH_SNAP_ENDPOINT, (struct gh_str[]){GH_STR("w"), GH_STR("e")}, 2));
    return ep;
}

static void
expect(const char *name, const char *got, const char *want)
{
    if (got != want && (got == NULL || want == NULL || strcmp(got, want) != 0))
        fail_msg("%s: got \"%s\", want \"%s\"", name, got == NULL ? "passed" : got, want == NULL ? "passed" : want);
}

/* ---- tools of a request ---- */

static const struct {
    const char *name;
    bool is_listed; /* functions */
    struct gh_str functions[NAMES_MAX], hosted[NAMES_MAX];
    struct gh_tool tools[NAMES_MAX];
    struct gh_str chosen[NAMES_MAX];
    const char *why, *at_fault;
} tool_cases[] = {
    {.name = "no tools at all"},
    {.name = "any function where none are listed", .tools = {FUNCTION("f"), FUNCTION("g")}},
    {.name = "a listed function", .is_listed = true, .functions = {S("f"), S("g")}, .tools = {FUNCTION("g")}},
    {.name = "one that is not",
        .is_listed = true,
        .functions = {S("f")},
        .tools = {FUNCTION("f"), FUNCTION("g")},
        .why = function_why,
        .at_fault = "g"},
    {.name = "an empty list allows none", .is_listed = true, .tools = {FUNCTION("f")}, .why = function_why, .at_fault = "f"},
    {.name = "a function has no versions",
        .is_listed = true,
        .functions = {S("f")},
        .tools = {FUNCTION("f_1")},
        .why = function_why,
        .at_fault = "f_1"},
    {.name = "case counts",
        .is_listed = true,
        .functions = {S("f")},
        .tools = {FUNCTION("F")},
        .why = function_why,
        .at_fault = "F"},
    {.name = "hosted, unlisted", .tools = {HOSTED("mcp")}, .why = hosted_why, .at_fault = "mcp"},
    {.name = "hosted, listed", .hosted = {S("mcp")}, .tools = {HOSTED("mcp")}},
    {.name = "a function's list lists no hosted tool",
        .is_listed = true,
        .functions = {S("mcp")},
        .tools = {HOSTED("mcp")},
        .why = hosted_why,
        .at_fault = "mcp"},
    {.name = "a hosted one's list lists no function",
        .is_listed = true,
        .hosted = {S("mcp")},
        .tools = {FUNCTION("mcp")},
        .why = function_why,
        .at_fault = "mcp"},
    {.name = "a dated version", .hosted = {S("web_search")}, .tools = {HOSTED("web_search_20250305")}},
    {.name = "a preview", .hosted = {S("web_search")}, .tools = {HOSTED("web_search_preview_2025_03_11")}},
    {.name = "one version alone",
        .hosted = {S("web_search_20250305")},
        .tools = {HOSTED("web_search_20260101")},
        .why = hosted_why,
        .at_fault = "web_search_20260101"},
    {.name = "a longer word is another tool",
        .hosted = {S("code")},
        .tools = {HOSTED("code_interpreter")},
        .why = hosted_why,
        .at_fault = "code_interpreter"},
    {.name = "no underscore between", .hosted = {S("mcp")}, .tools = {HOSTED("mcp2")}, .why = hosted_why, .at_fault = "mcp2"},
    {.name = "an underscore and nothing", .hosted = {S("mcp")}, .tools = {HOSTED("mcp_")}, .why = hosted_why, .at_fault = "mcp_"},
    {.name = "a choice of a declared one", .tools = {FUNCTION("f")}, .chosen = {S("f")}},
    {.name = "a choice of another", .tools = {FUNCTION("f")}, .chosen = {S("f"), S("g")}, .why = chosen_why, .at_fault = "g"},
    {.name = "a choice without tools", .chosen = {S("f")}, .why = chosen_why, .at_fault = "f"},
};

static void
tools_of_a_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(tool_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_snap snap;
        struct gh_str tool, chosen[NAMES_MAX];
        struct gh_tool tools[NAMES_MAX];
        const struct gh_snap_value values[GH_ENDPOINT_N] = {[GH_ENDPOINT_FUNCTIONS_LISTED] = {.u64 = tool_cases[i].is_listed},
            [GH_ENDPOINT_FUNCTIONS] = {.list = tool_cases[i].functions, .n = count_of(tool_cases[i].functions)},
            [GH_ENDPOINT_HOSTED_TOOLS] = {.list = tool_cases[i].hosted, .n = count_of(tool_cases[i].hosted)}};
        struct gh_snap_rec ep = endpoint(&snap, &a, values);
        struct gh_conv conv = {.tools = tools, .chosen = chosen, .n_chosen = count_of(tool_cases[i].chosen)};

        memcpy(tools, tool_cases[i].tools, sizeof(tools));
        memcpy(chosen, tool_cases[i].chosen, sizeof(chosen));
        while (conv.n_tools < NAMES_MAX && tools[conv.n_tools].name.n > 0)
            conv.n_tools++;
        expect(tool_cases[i].name, gh_guard_tools(&tool, &ep, &conv), tool_cases[i].why);
        if (!gh_str_eq(tool, tool_cases[i].at_fault == NULL ? GH_STR("") : gh_str_z(tool_cases[i].at_fault)))
            fail_msg("%s: names \"%.*s\"", tool_cases[i].name, (int)tool.n, tool.p);
        gh_arena_fini(&a);
    }
}

/* ---- calls of an answer ---- */

static const struct {
    const char *name;
    struct gh_tool declared[NAMES_MAX];
    struct gh_str calls[NAMES_MAX];
    const char *why;
} call_cases[] = {
    {"none", {FUNCTION("")}, {S("")}, NULL},
    {"a declared one", {FUNCTION("f"), FUNCTION("g")}, {S("g"), S("f"), S("g")}, NULL},
    {"an undeclared one", {FUNCTION("f")}, {S("f"), S("g")}, call_why},
    {"where nothing was declared", {FUNCTION("")}, {S("f")}, call_why},
    {"the beginning of a name", {FUNCTION("delete_all")}, {S("delete")}, call_why},
    {"a function has no versions", {FUNCTION("f_1")}, {S("f")}, call_why},
    {"a hosted tool under its plain name", {HOSTED("web_search_20250305")}, {S("web_search")}, NULL},
    {"another hosted tool", {HOSTED("web_search_20250305")}, {S("web_fetch")}, call_why},
};

static void
calls_of_an_answer(void **state)
{
    struct gh_str tool;

    (void)state;
    for (size_t i = 0; i < COUNT(call_cases); i++) {
        size_t n = 0;

        while (n < NAMES_MAX && call_cases[i].declared[n].name.n > 0)
            n++;
        expect(call_cases[i].name,
            gh_guard_calls(&tool, call_cases[i].declared, n, call_cases[i].calls, count_of(call_cases[i].calls)),
            call_cases[i].why);
    }
    expect("a call that goes on", gh_guard_calls(&tool, NULL, 0, &(struct gh_str){"", 0}, 1), NULL);
    expect("more than can be judged", gh_guard_calls(&tool, NULL, 0, NULL, GH_TOOLS_MAX + 1),
        "the answer calls more tools than can be judged");
}

static void
calls_of_a_stored_answer(void **state)
{
    static const struct gh_str functions[] = {S("f")}, hosted[] = {S("web_search")};
    static const struct {
        const char *name;
        bool is_listed;
        struct gh_str call;
        const char *why;
    } cases[] = {
        {"anything where nothing is listed", false, S("g"), NULL},
        {"a listed function", true, S("f"), NULL},
        {"a listed tool of the provider", true, S("web_search_20250305"), NULL},
        {"another", true, S("g"), "the answer calls a tool that the endpoint does not list"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_snap snap;
        struct gh_str tool;
        const struct gh_snap_value values[GH_ENDPOINT_N] = {[GH_ENDPOINT_FUNCTIONS_LISTED] = {.u64 = cases[i].is_listed},
            [GH_ENDPOINT_FUNCTIONS] = {.list = functions, .n = 1},
            [GH_ENDPOINT_HOSTED_TOOLS] = {.list = hosted, .n = 1}};
        struct gh_snap_rec ep = endpoint(&snap, &a, values);

        expect(cases[i].name, gh_guard_stored_calls(&tool, &ep, &cases[i].call, 1), cases[i].why);
        gh_arena_fini(&a);
    }
}

static void
names_for_records(void **state)
{
    static const struct {
        struct gh_str tool;
        const char *said;
    } cases[] = {{S("get_weather"), "get_weather"}, {S("a.b:c-D9"), "a.b:c-D9"}, {S("my card is 4111"), "not a name"},
        {S("a\nb"), "not a name"}, {S("\xc3\xa9"), "not a name"}};
    char longest[129];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_true(gh_str_eq(gh_guard_tool_name(cases[i].tool), gh_str_z(cases[i].said)));
    memset(longest, 'a', sizeof(longest));
    assert_int_equal(gh_guard_tool_name(gh_str(longest, 128)).n, 128);
    assert_true(gh_str_eq(gh_guard_tool_name(gh_str(longest, 129)), GH_STR("not a name")));
}

/* ---- instructions ---- */

static const struct {
    const char *name, *text;
    bool is_allowed;
    enum gh_role role;
    enum gh_part_kind kind;
    const char *why;
} instruction_cases[] = {
    {"the endpoint has none", "", false, GH_ROLE_SYSTEM, GH_PART_INSTRUCTION, NULL},
    {"a prompt", "Be brief.", false, GH_ROLE_USER, GH_PART_PROMPT, NULL},
    {"the caller's own", "Be brief.", false, GH_ROLE_SYSTEM, GH_PART_INSTRUCTION, instructions_why},
    {"the caller's own, allowed", "Be brief.", true, GH_ROLE_SYSTEM, GH_PART_INSTRUCTION, NULL},
    {"a picture in a system message", "Be brief.", false, GH_ROLE_SYSTEM, GH_PART_MEDIA, instructions_why},
    {"instructions that are no message", "Be brief.", false, GH_ROLE_NONE, GH_PART_INSTRUCTION, instructions_why},
};

static void
instructions(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(instruction_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_snap snap;
        const struct gh_snap_value values[GH_ENDPOINT_N] = {
            [GH_ENDPOINT_INSTRUCTIONS] = {.str = gh_str_z(instruction_cases[i].text)},
            [GH_ENDPOINT_CALLER_INSTRUCTIONS] = {.u64 = instruction_cases[i].is_allowed}};
        struct gh_snap_rec ep = endpoint(&snap, &a, values);
        struct gh_part parts[] = {
            {.role = GH_ROLE_USER, .kind = GH_PART_PROMPT}, {.role = instruction_cases[i].role, .kind = instruction_cases[i].kind}};
        struct gh_conv conv = {.parts = parts, .n_parts = COUNT(parts)};

        expect(instruction_cases[i].name, gh_guard_instructions(&ep, &conv), instruction_cases[i].why);
        gh_arena_fini(&a);
    }
}

/* ---- bounds ---- */

static const struct {
    const char *name;
    uint64_t max_choices, max_tokens, background, stored;
    struct gh_conv conv;
    const char *why;
} bound_cases[] = {
    {"zeros give one answer", 0, 0, 0, 0, {.choices = 1, .max_output_tokens = -1}, NULL},
    {"and no second", 0, 0, 0, 0, {.choices = 2, .max_output_tokens = -1}, "more answers at once than the endpoint allows"},
    {"as many as allowed", 8, 0, 0, 0, {.choices = 8, .max_output_tokens = -1}, NULL},
    {"one more", 8, 0, 0, 0, {.choices = 9, .max_output_tokens = -1}, "more answers at once than the endpoint allows"},
    {"any length", 1, 0, 0, 0, {.choices = 1, .max_output_tokens = INT32_MAX}, NULL},
    {"the length allowed", 1, 100, 0, 0, {.choices = 1, .max_output_tokens = 100}, NULL},
    {"one more token", 1, 100, 0, 0, {.choices = 1, .max_output_tokens = 101}, "a longer answer than the endpoint allows"},
    {"no length: the gate sets it", 1, 100, 0, 0, {.choices = 1, .max_output_tokens = -1}, NULL},
    {"background", 1, 0, 0, 1, {.choices = 1, .max_output_tokens = -1, .is_background = true},
        "an answer that is made in the background, which the endpoint does not allow"},
    {"background, allowed", 1, 0, 1, 0, {.choices = 1, .max_output_tokens = -1, .is_background = true}, NULL},
    {"stored", 1, 0, 1, 0, {.choices = 1, .max_output_tokens = -1, .is_stored = true},
        "an answer that the provider would keep, which the endpoint does not allow"},
    {"stored, allowed", 1, 0, 0, 1, {.choices = 1, .max_output_tokens = -1, .is_stored = true}, NULL},
};

static void
bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bound_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_snap snap;
        const struct gh_snap_value values[GH_ENDPOINT_N] = {[GH_ENDPOINT_MAX_CHOICES] = {.u64 = bound_cases[i].max_choices},
            [GH_ENDPOINT_MAX_OUTPUT_TOKENS] = {.u64 = bound_cases[i].max_tokens},
            [GH_ENDPOINT_BACKGROUND] = {.u64 = bound_cases[i].background},
            [GH_ENDPOINT_STORED] = {.u64 = bound_cases[i].stored}};
        struct gh_snap_rec ep = endpoint(&snap, &a, values);

        expect(bound_cases[i].name, gh_guard_bounds(&ep, &bound_cases[i].conv), bound_cases[i].why);
        gh_arena_fini(&a);
    }
}

/* ---- the end user ---- */

static const struct {
    const char *name;
    enum gh_end_user_rule rule;
    bool is_user;
    const char *claimed, *why;
} end_user_cases[] = {
    {"optional", GH_END_USER_OPTIONAL, false, "", NULL},
    {"required, none", GH_END_USER_REQUIRED, false, "",
        "the endpoint wants to know the end user, and neither token nor body names one"},
    {"required, claimed", GH_END_USER_REQUIRED, false, "u-1", NULL},
    {"required, in the token", GH_END_USER_REQUIRED, true, "", NULL},
    {"verified, claimed", GH_END_USER_VERIFIED, false, "u-1", "the endpoint wants a token that names the end user"},
    {"verified, in the token", GH_END_USER_VERIFIED, true, "", NULL},
    {"a rule of a newer build", (enum gh_end_user_rule)9, false, "u-1", "the endpoint wants a token that names the end user"},
};

static void
end_users(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(end_user_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_snap snap;
        const struct gh_snap_value values[GH_ENDPOINT_N] = {[GH_ENDPOINT_END_USER] = {.u64 = end_user_cases[i].rule}};
        struct gh_snap_rec ep = endpoint(&snap, &a, values);
        struct gh_conv conv = {.end_user = gh_str_z(end_user_cases[i].claimed)};
        struct gh_caller *caller = gh_arena_take(&a, sizeof(*caller));

        assert_non_null(caller);
        memset(caller, 0, sizeof(*caller));
        caller->is_user = end_user_cases[i].is_user;
        expect(end_user_cases[i].name, gh_guard_end_user(&ep, caller, &conv), end_user_cases[i].why);
        gh_arena_fini(&a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tools_of_a_request),
        cmocka_unit_test(calls_of_an_answer),
        cmocka_unit_test(calls_of_a_stored_answer),
        cmocka_unit_test(names_for_records),
        cmocka_unit_test(instructions),
        cmocka_unit_test(bounds),
        cmocka_unit_test(end_users),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
