/* SPDX-License-Identifier: Apache-2.0 */
/* wire/dialect and wire/problem: forwarded bodies that are not the judged one, edits, and the shapes of refusals. */
#include "wire/conv_testing.h"
#include "wire/filtered.h"
#include "wire/texts.h"

#define MSG "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
#define ON  "{\"include_usage\":true}"

static const struct gh_dialect *
chat(void)
{
    return gh_dialect_find(GH_SURFACE_OPENAI, GH_OP_CHAT);
}

/* Forwarded bodies that are not the judged one: each must be found. */
static const struct {
    const char *name, *judged, *spliced;
} check_cases[] = {
    {"other model", "{\"model\":\"d\"," MSG "}", "{\"model\":\"other\"," MSG "}"},
    {"no model", "{\"model\":\"d\"," MSG "}", "{" MSG "}"},
    {"other text", "{\"model\":\"d\"," MSG "}", "{\"model\":\"up\",\"messages\":[{\"role\":\"user\",\"content\":\"ho\"}]}"},
    {"other role", "{\"model\":\"d\"," MSG "}", "{\"model\":\"up\",\"messages\":[{\"role\":\"system\",\"content\":\"hi\"}]}"},
    {"one more message", "{\"model\":\"d\"," MSG "}",
        "{\"model\":\"up\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},{\"role\":\"user\",\"content\":\"hi\"}]}"},
    {"another feature", "{\"model\":\"d\"," MSG "}", "{\"model\":\"up\",\"data_sources\":[]," MSG "}"},
    {"more answers", "{\"model\":\"d\"," MSG "}", "{\"model\":\"up\",\"n\":2," MSG "}"},
    {"more tokens", "{\"model\":\"d\"," MSG "}", "{\"model\":\"up\",\"max_tokens\":9," MSG "}"},
    {"other user", "{\"model\":\"d\",\"user\":\"a\"," MSG "}", "{\"model\":\"up\",\"user\":\"b\"," MSG "}"},
    {"becomes a stream", "{\"model\":\"d\"," MSG "}", "{\"model\":\"up\",\"stream\":true,\"stream_options\":" ON "," MSG "}"},
    {"stream without usage", "{\"model\":\"d\",\"stream\":true," MSG "}", "{\"model\":\"up\",\"stream\":true," MSG "}"},
    {"other tool", "{\"model\":\"d\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]," MSG "}",
        "{\"model\":\"up\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"g\"}}]," MSG "}"},
    {"stored", "{\"model\":\"d\"," MSG "}", "{\"model\":\"up\",\"store\":true," MSG "}"},
    {"instructions that nobody asked for", "{\"model\":\"d\"," MSG "}",
        "{\"model\":\"up\",\"messages\":[{\"role\":\"system\",\"content\":\"be\"},{\"role\":\"user\",\"content\":\"hi\"}]}"},
    {"one more tool", "{\"model\":\"d\"," MSG "}",
        "{\"model\":\"up\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]," MSG "}"},
    {"model twice", "{\"model\":\"d\"," MSG "}", "{\"model\":\"up\",\"model\":\"up\"," MSG "}"},
    {"not JSON", "{\"model\":\"d\"," MSG "}", "{\"model\":\"up\"," MSG},
    {"not of the dialect", "{\"model\":\"d\"," MSG "}", "{\"model\":\"up\"}"},
};

static void
checks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(check_cases) / sizeof(*check_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_json j;
        struct gh_conv c;
        const struct gh_forward how = {.model = GH_STR("up")};
        assert_int_equal(gh_conv_test_body(&c, &j, &a, chat(), gh_str_z(check_cases[i].judged), NULL), GH_OK);
        if (gh_dialect_check(chat(), &a, &c, &how, gh_str_z(check_cases[i].spliced)) != GH_BUG)
            fail_msg("%s: not found", check_cases[i].name);
        gh_arena_fini(&a);
    }
}

/* A body that already says what it is to say is not edited, and checked without a second parse. */
static void
unchanged(void **state)
{
    static const struct {
        const char *name, *body;
        struct gh_forward how;
        enum gh_rc rc;
    } cases[] = {
        {"as it is", "{\"model\":\"up\"," MSG "}", {.model = GH_STR_INIT("up")}, GH_OK},
        {"another model", "{\"model\":\"d\"," MSG "}", {.model = GH_STR_INIT("up")}, GH_BUG},
        {"instructions are wanted", "{\"model\":\"up\"," MSG "}",
            {.model = GH_STR_INIT("up"), .instructions = GH_STR_INIT("be good")}, GH_BUG},
        {"a bound is wanted", "{\"model\":\"up\"," MSG "}", {.model = GH_STR_INIT("up"), .max_output_tokens = 5}, GH_BUG},
        {"a stream without its usage", "{\"model\":\"up\",\"stream\":true," MSG "}", {.model = GH_STR_INIT("up")}, GH_BUG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_edits edits = {.arena = &a};
        struct gh_json j;
        struct gh_conv c;
        assert_int_equal(gh_conv_test_body(&c, &j, &a, chat(), gh_str_z(cases[i].body), NULL), GH_OK);
        assert_int_equal(chat()->plan(&edits, &a, &j, &c, &cases[i].how), GH_OK);
        if (gh_dialect_check_unchanged(&c, &cases[i].how) != cases[i].rc || (edits.n > 0) != (cases[i].rc != GH_OK))
            fail_msg("%s: %d, %zu edits", cases[i].name, gh_dialect_check_unchanged(&c, &cases[i].how), edits.n);
        gh_arena_fini(&a);
    }
}

/* Bodies in which texts of parts are replaced, beside whatever else the plan does. */
static const struct {
    const char *name;
    enum gh_surface surface;
    enum gh_op op;
    const char *model, *instructions;
    struct gh_part_text texts[3];
    size_t n;
    const char *in, *out; /* NULL: the plan says GH_BAD */
} text_cases[] = {
    {"a prompt", GH_SURFACE_OPENAI, GH_OP_CHAT, "up", "", {{0, GH_STR_INIT("a\"b")}}, 1, "{\"model\":\"d\"," MSG "}",
        "{\"model\":\"up\",\"messages\":[{\"role\":\"user\",\"content\":\"a\\\"b\"}]}"},
    {"behind instructions", GH_SURFACE_OPENAI, GH_OP_CHAT, "up", "be", {{0, GH_STR_INIT("x")}, {2, GH_STR_INIT("z")}}, 2,
        "{\"model\":\"d\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"text\","
        "\"text\":\"two\"}]},{\"role\":\"user\",\"content\":\"three\"}]}",
        "{\"model\":\"up\",\"messages\":[{\"role\":\"system\",\"content\":\"be\"},{\"role\":\"user\",\"content\":[{\"type\":"
        "\"text\","
        "\"text\":\"x\"},{\"type\":\"text\",\"text\":\"two\"}]},{\"role\":\"user\",\"content\":\"z\"}]}"},
    {"a schema cannot", GH_SURFACE_OPENAI, GH_OP_CHAT, "up", "", {{0, GH_STR_INIT("x")}}, 1,
        "{\"model\":\"d\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]," MSG "}", NULL},
    {"no such part", GH_SURFACE_OPENAI, GH_OP_CHAT, "up", "", {{1, GH_STR_INIT("x")}}, 1, "{\"model\":\"d\"," MSG "}", NULL},
    {"a part twice", GH_SURFACE_OPENAI, GH_OP_CHAT, "up", "", {{0, GH_STR_INIT("x")}, {0, GH_STR_INIT("x")}}, 2,
        "{\"model\":\"d\"," MSG "}", NULL},
    {"to nothing", GH_SURFACE_OPENAI, GH_OP_CHAT, "up", "", {{0, GH_STR_INIT("")}}, 1, "{\"model\":\"d\"," MSG "}", NULL},
    {"an input that moves", GH_SURFACE_OPENAI, GH_OP_RESPONSES, "up", "be", {{0, GH_STR_INIT("x")}, {1, GH_STR_INIT("y")}}, 2,
        "{\"model\":\"d\",\"input\":\"hi\",\"instructions\":\"do\"}",
        "{\"model\":\"up\",\"input\":[{\"role\":\"developer\",\"content\":\"x\"},{\"role\":\"user\",\"content\":\"y\"}],"
        "\"instructions\":\"be\"}"},
    {"an input that stays", GH_SURFACE_OPENAI, GH_OP_RESPONSES, "up", "be", {{0, GH_STR_INIT("y")}}, 1,
        "{\"model\":\"d\",\"input\":\"hi\"}", "{\"instructions\":\"be\",\"model\":\"up\",\"input\":\"y\"}"},
    {"a system text", GH_SURFACE_ANTHROPIC, GH_OP_CHAT, "up", "be", {{0, GH_STR_INIT("x")}, {1, GH_STR_INIT("y")}}, 2,
        "{\"model\":\"d\",\"max_tokens\":1,\"system\":\"do\"," MSG "}",
        "{\"model\":\"up\",\"max_tokens\":1,\"system\":[{\"type\":\"text\",\"text\":\"be\"},{\"type\":\"text\",\"text\":\"x\"}],"
        "\"messages\":[{\"role\":\"user\",\"content\":\"y\"}]}"},
    {"of embeddings", GH_SURFACE_OPENAI, GH_OP_EMBEDDINGS, "up", "", {{1, GH_STR_INIT("x")}}, 1,
        "{\"model\":\"d\",\"input\":[\"a\",\"b\"]}", "{\"model\":\"up\",\"input\":[\"a\",\"x\"]}"},
    {"of a table", GH_SURFACE_SCORING, GH_OP_SCORE, "", "", {{1, GH_STR_INIT("x")}}, 1, "{\"k\":\"v\"}", "{\"k\":\"x\"}"},
    {"a name of a member cannot", GH_SURFACE_SCORING, GH_OP_SCORE, "", "", {{0, GH_STR_INIT("x")}}, 1, "{\"k\":\"v\"}", NULL},
};

static void
plan_is_bad(const struct gh_dialect *d, const char *name, const char *body, const struct gh_forward *how)
{
    struct gh_arena a = gh_test_arena();
    struct gh_edits edits = {.arena = &a};
    struct gh_json j;
    struct gh_conv c;

    assert_int_equal(gh_conv_test_body(&c, &j, &a, d, gh_str_z(body), NULL), GH_OK);
    if (d->plan(&edits, &a, &j, &c, how) != GH_BAD)
        fail_msg("%s: planned", name);
    gh_arena_fini(&a);
}

static void
texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(text_cases) / sizeof(*text_cases); i++) {
        const struct gh_dialect *d = gh_dialect_find(text_cases[i].surface, text_cases[i].op);
        const struct gh_forward how = {.model = gh_str_z(text_cases[i].model),
            .instructions = gh_str_z(text_cases[i].instructions),
            .texts = text_cases[i].texts,
            .n_texts = text_cases[i].n};
        if (text_cases[i].out != NULL)
            gh_conv_test_plan(d, text_cases[i].name, text_cases[i].in, &how, text_cases[i].out);
        else
            plan_is_bad(d, text_cases[i].name, text_cases[i].in, &how);
    }
}

/* A text that was to be replaced and was not, another one that was, and one too many. */
static void
texts_that_differ(void **state)
{
    static const char *const spliced[] = {
        "{\"model\":\"up\"," MSG "}", "{\"model\":\"up\",\"messages\":[{\"role\":\"user\",\"content\":\"ho\"}]}"};
    const struct gh_part_text text[] = {{0, GH_STR("x")}, {1, GH_STR("y")}};
    const struct gh_forward how = {.model = GH_STR("up"), .texts = text, .n_texts = 1},
                            none = {.model = GH_STR("up"), .texts = text + 1, .n_texts = 1};
    struct gh_arena a = gh_test_arena();
    struct gh_json j;
    struct gh_conv c;

    (void)state;
    assert_int_equal(gh_conv_test_body(&c, &j, &a, chat(), GH_STR("{\"model\":\"d\"," MSG "}"), NULL), GH_OK);
    for (size_t i = 0; i < sizeof(spliced) / sizeof(*spliced); i++)
        assert_int_equal(gh_dialect_check(chat(), &a, &c, &how, gh_str_z(spliced[i])), GH_BUG);
    assert_int_equal(gh_dialect_check(chat(), &a, &c, &none, gh_str_z(spliced[0])), GH_BUG);
    gh_arena_fini(&a);
}

static const struct {
    const char *name;
    struct gh_edit edits[2];
    size_t n;
    enum gh_rc rc;
    const char *out;
} splice_cases[] = {
    {"none", {{0, 0, GH_STR_INIT("")}}, 0, GH_OK, "abcdef"},
    {"insert", {{0, 0, GH_STR_INIT("x")}, {6, 6, GH_STR_INIT("y")}}, 2, GH_OK, "xabcdefy"},
    {"replace", {{1, 3, GH_STR_INIT("X")}, {3, 4, GH_STR_INIT("")}}, 2, GH_OK, "aXef"},
    {"not sorted", {{3, 4, GH_STR_INIT("x")}, {1, 2, GH_STR_INIT("y")}}, 2, GH_BUG, NULL},
    {"overlap", {{1, 4, GH_STR_INIT("x")}, {3, 5, GH_STR_INIT("y")}}, 2, GH_BUG, NULL},
    {"backwards", {{4, 3, GH_STR_INIT("x")}}, 1, GH_BUG, NULL},
    {"behind the end", {{4, 7, GH_STR_INIT("x")}}, 1, GH_BUG, NULL},
    {"too long", {{0, 0, GH_STR_INIT("0123456789")}}, 1, GH_LIMIT, NULL},
};

static void
splices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(splice_cases) / sizeof(*splice_cases); i++) {
        char mem[10];
        struct gh_buf out;
        enum gh_rc rc;
        gh_buf_init_fixed(&out, mem, sizeof(mem));
        rc = gh_dialect_splice(&out, GH_STR("abcdef"), splice_cases[i].edits, splice_cases[i].n);
        if (rc != splice_cases[i].rc || (rc == GH_OK && !gh_str_eq(gh_buf_str(&out), gh_str_z(splice_cases[i].out))))
            fail_msg("%s: got %d %.*s", splice_cases[i].name, (int)rc, (int)out.n, out.p);
    }
}

static const struct {
    enum gh_surface surface;
    enum gh_problem problem;
    const char *detail, *id, *body;
} problem_cases[] = {
    {GH_SURFACE_OPENAI, GH_PROBLEM_BAD_BODY, "duplicate key", "r1",
        "{\"error\":{\"message\":\"The request body cannot be read. duplicate key (request "
        "r1)\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":"
        "\"invalid_body\"}}"},
    {GH_SURFACE_AZURE_OPENAI, GH_PROBLEM_DEPLOYMENT_NOT_FOUND, NULL, "",
        "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"The deployment does not exist for this resource.\"}}"},
    {GH_SURFACE_MANAGEMENT, GH_PROBLEM_FORBIDDEN, "no role", "r1",
        "{\"type\":\"about:blank\",\"title\":\"The caller is not allowed to do this here.\",\"status\":403,\"detail\":\"no "
        "role\",\"code\":"
        "\"permission_denied\",\"requestId\":\"r1\"}"},
    {GH_SURFACE_OPENAI, GH_PROBLEM_UNAUTHENTICATED, "this must not be told", "",
        "{\"error\":{\"message\":\"Access needs a valid credential for this "
        "resource.\",\"type\":\"authentication_error\",\"param\":null,\"code\":"
        "\"unauthorized\"}}"},
    {GH_SURFACE_NONE, GH_PROBLEM_NOT_FOUND, NULL, "",
        "{\"type\":\"about:blank\",\"title\":\"Resource not found.\",\"status\":404,\"code\":\"not_found\"}"},
};

static void
problems(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(problem_cases) / sizeof(*problem_cases); i++) {
        char mem[1024];
        struct gh_buf b;
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        gh_problem_put(
            &b, problem_cases[i].surface, problem_cases[i].problem, problem_cases[i].detail, gh_str_z(problem_cases[i].id));
        if (!gh_str_eq(gh_buf_str(&b), gh_str_z(problem_cases[i].body)))
            fail_msg("case %zu: %.*s", i, (int)b.n, b.p);
    }
    for (unsigned p = 0; p < GH_PROBLEM_COUNT; p++)
        assert_true(gh_problem_table[p].status >= 400 && gh_problem_table[p].code != NULL &&
                    gh_problem_table[p].azure_code != NULL && gh_problem_table[p].message != NULL);
}

/* What two controls make of one conversation, one behind the other. */
static void
texts_of_controls(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_forward how = {.n_texts = 0};
    struct gh_json j;
    struct gh_conv c;
    struct gh_texts t = {.arena = &a, .conv = &c};

    (void)state;
    assert_int_equal(gh_conv_test_body(&c, &j, &a, chat(),
                         GH_STR("{\"model\":\"d\",\"stop\":\"s\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"), NULL),
        GH_OK);
    assert_int_equal(gh_texts_plan(&how, &t), GH_OK);
    assert_int_equal(how.n_texts, 0);
    assert_true(gh_str_eq(gh_texts_get(&t, 1), GH_STR("hi")));
    assert_int_equal(gh_texts_set(&t, 0, GH_STR("x")), GH_BAD); /* joined */
    assert_int_equal(gh_texts_set(&t, 1, GH_STR("")), GH_BAD);
    assert_int_equal(gh_texts_set(&t, 2, GH_STR("x")), GH_BAD);
    assert_int_equal(gh_texts_set(&t, 1, GH_STR("ho")), GH_OK);
    assert_int_equal(gh_texts_set(&t, 1, GH_STR("hu")), GH_OK);
    assert_true(gh_str_eq(gh_texts_get(&t, 1), GH_STR("hu")));
    assert_int_equal(gh_texts_plan(&how, &t), GH_OK);
    assert_true(how.n_texts == 1 && how.texts[0].part == 1 && gh_str_eq(how.texts[0].text, GH_STR("hu")));
    gh_arena_fini(&a);
}

#define FOUND                                                                                                                      \
    "\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\",\"content_filter_result\":{\"jailbreak\":{\"filtered\":true,"       \
    "\"detected\":true}}}}}"
#define SAYS "\"message\":\"What this call says was filtered by the content policy of its endpoint. (request r1)\""

static const struct {
    enum gh_surface surface;
    const char *body;
} filtered_cases[] = {
    {GH_SURFACE_AZURE_OPENAI,
        "{\"error\":{" SAYS ",\"type\":null,\"param\":\"prompt\",\"code\":\"content_filter\",\"status\":400," FOUND},
    {GH_SURFACE_OPENAI,
        "{\"error\":{" SAYS
        ",\"type\":\"invalid_request_error\",\"param\":\"prompt\",\"code\":\"content_filter\",\"status\":400," FOUND},
    {GH_SURFACE_ANTHROPIC, "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\"," SAYS
                           ",\"details\":{\"error_code\":\"content_filter\"}},\"request_id\":\"r1\"}"},
    {GH_SURFACE_SCORING, "{\"error\":{\"code\":\"content_filter\"," SAYS "}}"},
};

static void
filtered(void **state)
{
    const struct gh_filtered f = {.of = {[GH_FILTER_JAILBREAK] = {true, true, true}}};

    (void)state;
    for (size_t i = 0; i < sizeof(filtered_cases) / sizeof(*filtered_cases); i++) {
        char mem[1024];
        struct gh_buf b;
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        gh_filtered_put_problem(&b, filtered_cases[i].surface, &f, GH_STR("r1"));
        if (!gh_str_eq(gh_buf_str(&b), gh_str_z(filtered_cases[i].body)))
            fail_msg("case %zu: %.*s", i, (int)b.n, b.p);
    }
}

#define JAILBREAK "\"jailbreak\":{\"filtered\":false,\"detected\":true}"
#define INDIRECT  "\"indirect_attack\":{\"filtered\":false,\"detected\":false}"
#define RESULTS   "[{\"prompt_index\":0,\"content_filter_results\":{" JAILBREAK "," INDIRECT "}}]"

static const struct {
    const char *answer, *out;
} annotated_cases[] = {
    {"{\"id\":\"1\"}", "{\"prompt_filter_results\":" RESULTS ",\"id\":\"1\"}"},
    {"{}", "{\"prompt_filter_results\":" RESULTS "}"},
    {"{\"prompt_filter_results\":null}", "{\"prompt_filter_results\":" RESULTS "}"},
    {"{\"prompt_filter_results\":[]}", "{\"prompt_filter_results\":" RESULTS "}"},
    {"{\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":{\"hate\":{\"filtered\":false},\"jailbreak\":{}}}]"
     "}",
        "{\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":{" INDIRECT
        ",\"hate\":{\"filtered\":false}," JAILBREAK "}}]}"},
    {"{\"prompt_filter_results\":[{\"content_filter_results\":{}}]}",
        "{\"prompt_filter_results\":[{\"content_filter_results\":{" JAILBREAK "," INDIRECT "}}]}"},
};

static void
annotated(void **state)
{
    const struct gh_filtered f = {
        .of = {[GH_FILTER_JAILBREAK] = {true, true, false}, [GH_FILTER_INDIRECT_ATTACK] = {true, false, false}}};

    (void)state;
    for (size_t i = 0; i < sizeof(annotated_cases) / sizeof(*annotated_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_edits edits = {.arena = &a};
        struct gh_json j;
        struct gh_buf b;
        gh_buf_init(&b, &a, 1024);
        assert_int_equal(gh_json_parse(&j, &a, gh_str_z(annotated_cases[i].answer), NULL), GH_OK);
        assert_int_equal(gh_filtered_annotate(&edits, &a, &j, &f), GH_OK);
        assert_int_equal(gh_dialect_splice(&b, j.text, edits.item, edits.n), GH_OK);
        if (!gh_str_eq(gh_buf_str(&b), gh_str_z(annotated_cases[i].out)))
            fail_msg("case %zu: %.*s", i, (int)b.n, b.p);
        gh_arena_fini(&a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks),
        cmocka_unit_test(unchanged),
        cmocka_unit_test(texts),
        cmocka_unit_test(texts_of_controls),
        cmocka_unit_test(filtered),
        cmocka_unit_test(annotated),
        cmocka_unit_test(texts_that_differ),
        cmocka_unit_test(splices),
        cmocka_unit_test(problems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
