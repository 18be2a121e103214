/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/conv_testing.h"

#define HEAD              "\"model\":\"d\",\"max_tokens\":9,"
#define HI                "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
#define USER(blocks)      "{" HEAD "\"messages\":[{\"role\":\"user\",\"content\":[" blocks "]}]}"
#define ASSISTANT(blocks) "{" HEAD "\"messages\":[{\"role\":\"assistant\",\"content\":[" blocks "]}]}"

static const struct gh_dialect *
messages(void)
{
    return gh_dialect_find(GH_SURFACE_ANTHROPIC, GH_OP_CHAT);
}

static void
tell(struct gh_buf *b, const struct gh_conv *c)
{
    gh_conv_tell(b, c, GH_TELL_SLASHES);
}

static const struct {
    const char *name, *body;
    enum gh_rc rc;
    const char *conv;
} read_cases[] = {
    {"smallest", "{" HEAD HI "}", GH_OK, "d|uP:hi"},
    {"system as text", "{" HEAD "\"system\":\"be brief\"," HI "}", GH_OK, "d|si:be brief|uP:hi"},
    {"empty system", "{" HEAD "\"system\":\"\"," HI "}", GH_OK, "d|uP:hi"},
    {"system as blocks",
        "{" HEAD "\"system\":[{\"type\":\"text\",\"text\":\"a\",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}},{"
        "\"type\":\"text\",\"text\":\"b\"}]," HI "}",
        GH_OK, "d|si:a|si:b|uP:hi"},
    {"an image in system", "{" HEAD "\"system\":[{\"type\":\"image\",\"source\":{}}]," HI "}", GH_OK,
        "d refused=a content block of a type that is not known here|uP:hi"},
    {"roles are trust", "{" HEAD "\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"content\":\"b\",\"role\":\"assistant\"}]}",
        GH_OK, "d|uP:a|aD:b"},
    {"a system message", "{" HEAD "\"messages\":[{\"role\":\"system\",\"content\":\"a\"}]}", GH_BAD, NULL},
    {"a role with an escape", "{" HEAD "\"messages\":[{\"role\":\"us\\u0065r\",\"content\":\"a\"}]}", GH_BAD, NULL},
    {"stream and user", "{" HEAD "\"stream\":true,\"metadata\":{\"user_id\":\"u1\"}," HI "}", GH_OK, "d stream user=u1|uP:hi"},
    {"unknown metadata", "{" HEAD "\"metadata\":{\"x\":\"y\"}," HI "}", GH_OK,
        "d refused=a member of metadata that is not known here|uP:hi"},
    {"scalars",
        "{" HEAD "\"temperature\":1,\"top_k\":5,\"top_p\":0.5,\"service_tier\":\"auto\",\"thinking\":{\"type\":\"enabled\","
        "\"budget_tokens\":1024}," HI "}",
        GH_OK, "d|uP:hi"},
    {"a bound by another dialect's name", "{" HEAD "\"max_completion_tokens\":9999," HI "}", GH_OK,
        "d refused=a member of the request that is not known here|uP:hi"},
    {"stop sequences are text", "{" HEAD "\"stop_sequences\":[\"a\",\"b\"]," HI "}", GH_OK, "d|-D:a/b/|uP:hi"},
    {"own tools",
        "{" HEAD "\"tools\":[{\"name\":\"f\",\"description\":\"says\",\"input_schema\":{\"type\":\"object\"}},{\"type\":\"custom\","
        "\"name\":\"g\"},{\"type\":\"bash_20250124\",\"name\":\"bash\"},{\"type\":\"text_editor_20250728\",\"name\":\"edit\"}]," HI
        "}",
        GH_OK,
        "d own=f own=g own=bash own=edit|-S:name/f/description/says/input_schema/type/object/|-S:type/custom/name/g/"
        "|-S:type/bash_20250124/name/bash/|-S:type/text_editor_20250728/name/edit/|uP:hi"},
    {"hosted tools",
        "{" HEAD
        "\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"},{\"type\":\"bash_code_execution_20250825\"},{"
        "\"type\":\"mcp_toolset\"},{\"type\":\"bash_2025\"}],\"mcp_servers\":[{\"url\":\"https://m\"}]," HI "}",
        GH_OK,
        "d hosted=web_search hosted=code_execution hosted=mcp hosted=bash_2025 "
        "hosted=mcp|-S:type/web_search_20250305/name/web_search/"
        "|-S:type/bash_code_execution_20250825/|-S:type/mcp_toolset/|-S:type/bash_2025/|-S:url/https://m/|uP:hi"},
    {"a tool without a name", "{" HEAD "\"tools\":[{\"description\":\"x\"}]," HI "}", GH_BAD, NULL},
    {"tool choice", "{" HEAD "\"tool_choice\":{\"type\":\"tool\",\"name\":\"f\",\"disable_parallel_tool_use\":true}," HI "}", GH_OK,
        "d chosen=f|uP:hi"},
    {"tool use and result",
        "{" HEAD "\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{"
        "\"q\":\"x\"}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":\"r\"},{"
        "\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":[{\"type\":\"text\",\"text\":\"s\"}]},{\"type\":\"text\","
        "\"text\":\"go\"}]}]}",
        GH_OK, "d|aA:q/x/|tD:r|tD:s|uP:go"},
    {"images", USER("{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"AAAA\"}}"), GH_OK,
        "d|uM:AAAA"},
    {"an image to fetch", USER("{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://x\"}}"), GH_OK,
        "d refused=an address that the provider would fetch"},
    {"a file of the provider", USER("{\"type\":\"document\",\"source\":{\"type\":\"file\",\"file_id\":\"file_1\"}}"), GH_OK,
        "d f=file_1"},
    {"an upload", USER("{\"type\":\"container_upload\",\"file_id\":\"file_2\"}"), GH_OK, "d f=file_2"},
    {"a source of another type", USER("{\"type\":\"image\",\"source\":{\"type\":\"ftp\",\"data\":\"x\"}}"), GH_OK,
        "d refused=a source of a type that is not known here"},
    {"a source that hides its type", USER("{\"type\":\"document\",\"source\":{\"type\":\"te\\u0078t\",\"data\":\"x\"}}"), GH_OK,
        "d refused=a source of a type that is not known here"},
    {"documents are documents",
        USER("{\"type\":\"document\",\"title\":\"T\",\"context\":\"C\",\"citations\":{\"enabled\":true},\"source\":{\"type\":"
             "\"text\","
             "\"media_type\":\"text/plain\",\"data\":\"D\"}},{\"type\":\"document\",\"source\":{\"type\":\"content\",\"content\":[{"
             "\"type\":\"text\",\"text\":\"E\"}]}}"),
        GH_OK, "d|uD:T|uD:C|uD:enabled/|uD:D|uD:E"},
    {"search results",
        USER("{\"type\":\"search_result\",\"source\":\"here\",\"title\":\"T\",\"content\":[{\"type\":\"text\",\"text\":\"S\"}]}"),
        GH_OK, "d|uD:here|uD:T|uD:S"},
    {"thoughts",
        ASSISTANT("{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"sig\"},{\"type\":\"redacted_thinking\",\"data\":"
                  "\"xx\"}"),
        GH_OK, "d|aD:hm|aM:sig|aM:xx"},
    {"what the provider ran",
        ASSISTANT("{\"type\":\"server_tool_use\",\"id\":\"s\",\"name\":\"web_search\",\"input\":{\"query\":\"q\"}}"), GH_OK,
        "d|aD:type/server_tool_use/id/s/name/web_search/input/query/q/"},
    {"an unknown block", USER("{\"type\":\"hologram\",\"text\":\"x\"}"), GH_OK,
        "d refused=a content block of a type that is not known here"},
    {"an unknown member of a block", USER("{\"type\":\"text\",\"text\":\"x\",\"more\":\"y\"}"), GH_OK,
        "d refused=a member of a content block that is not known here|uP:x"},
    {"a container", "{" HEAD "\"container\":\"c1\"," HI "}", GH_OK, "d K=c1|uP:hi"},
    {"a container with skills", "{" HEAD "\"container\":{\"id\":\"c1\",\"skills\":[{\"type\":\"custom\"}]}," HI "}", GH_OK,
        "d K=c1 refused=a member of container that is not known here|uP:hi"},
    {"a beta member", "{" HEAD "\"context_management\":{\"edits\":[]}," HI "}", GH_OK,
        "d refused=a member of the request that is not known here|uP:hi"},
    {"a schema for the answer",
        "{" HEAD "\"output_config\":{\"effort\":\"low\",\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}}," HI
        "}",
        GH_OK, "d|-S:type/object/|uP:hi"},
    {"no max_tokens", "{\"model\":\"d\"," HI "}", GH_BAD, NULL},
    {"no model", "{\"max_tokens\":1," HI "}", GH_BAD, NULL},
    {"no messages", "{" HEAD "\"system\":\"x\"}", GH_BAD, NULL},
    {"empty messages", "{" HEAD "\"messages\":[]}", GH_BAD, NULL},
    {"a message without content", "{" HEAD "\"messages\":[{\"role\":\"user\"}]}", GH_BAD, NULL},
    {"content of another type", "{" HEAD "\"messages\":[{\"role\":\"user\",\"content\":1}]}", GH_BAD, NULL},
    {"an array", "[]", GH_BAD, NULL},
};

static void
reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(read_cases) / sizeof(*read_cases); i++) {
        const struct gh_conv_test t = {messages(), tell};
        gh_conv_test_read(&t, read_cases[i].name, read_cases[i].body, read_cases[i].rc, read_cases[i].conv);
    }
}

static void
counts(void **state)
{
    struct gh_arena a = gh_test_arena();
    const struct gh_dialect *d = gh_dialect_find(GH_SURFACE_ANTHROPIC, GH_OP_COUNT_TOKENS);
    struct gh_answer answer;
    struct gh_json j;
    struct gh_conv c;

    (void)state;
    assert_int_equal(gh_json_parse(&j, &a, GH_STR("{\"model\":\"d\"," HI "}"), NULL), GH_OK);
    assert_int_equal(d->read(&c, &a, &j, NULL), GH_OK);
    assert_null(d->delta);
    assert_int_equal(d->answer(&answer, &a, GH_STR("{\"input_tokens\":7}")), GH_OK);
    assert_int_equal(answer.usage.input_tokens, -1);
    assert_int_equal(d->answer(&answer, &a, GH_STR("{\"tokens\":7}")), GH_BAD);
    gh_arena_fini(&a);
}

#define ENDPOINT "{\"type\":\"text\",\"text\":\"be \\\"good\\\"\"}"
static const struct {
    const char *name, *instructions, *body, *out;
} plan_cases[] = {
    {"model", "", "{" HEAD HI "}", "{\"model\":\"up\",\"max_tokens\":9," HI "}"},
    {"no system", "be \"good\"", "{" HEAD HI "}", "{\"system\":\"be \\\"good\\\"\",\"model\":\"up\",\"max_tokens\":9," HI "}"},
    {"null system", "be \"good\"", "{\"system\":null," HEAD HI "}",
        "{\"system\":\"be \\\"good\\\"\",\"model\":\"up\",\"max_tokens\":9," HI "}"},
    {"empty system", "be \"good\"", "{\"system\":\"\"," HEAD HI "}",
        "{\"system\":\"be \\\"good\\\"\",\"model\":\"up\",\"max_tokens\":9," HI "}"},
    {"system as text", "be \"good\"", "{\"system\":\"mine\"," HEAD HI "}",
        "{\"system\":[" ENDPOINT ",{\"type\":\"text\",\"text\":\"mine\"}],\"model\":\"up\",\"max_tokens\":9," HI "}"},
    {"system as blocks", "be \"good\"", "{\"system\":[{\"type\":\"text\",\"text\":\"mine\"}]," HEAD HI "}",
        "{\"system\":[" ENDPOINT ",{\"type\":\"text\",\"text\":\"mine\"}],\"model\":\"up\",\"max_tokens\":9," HI "}"},
    {"no blocks", "be \"good\"", "{\"system\":[]," HEAD HI "}",
        "{\"system\":[" ENDPOINT "],\"model\":\"up\",\"max_tokens\":9," HI "}"},
    {"stored", "", "{\"container\":\"mine\"," HEAD HI "}", "{\"container\":\"theirs\",\"model\":\"up\",\"max_tokens\":9," HI "}"},
};

static void
plans(void **state)
{
    static const struct gh_str stored[] = {GH_STR_INIT("theirs")};

    (void)state;
    for (size_t i = 0; i < sizeof(plan_cases) / sizeof(*plan_cases); i++) {
        const struct gh_forward how = {
            .model = GH_STR("up"), .instructions = gh_str_z(plan_cases[i].instructions), .stored = stored};
        gh_conv_test_plan(messages(), plan_cases[i].name, plan_cases[i].body, &how, plan_cases[i].out);
    }
}

static void
put_calls(struct gh_buf *b, const struct gh_str *calls, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        gh_buf_putz(b, " call=");
        gh_buf_put(b, calls[k]);
    }
}

static void
put_tokens(struct gh_buf *b, struct gh_usage u)
{
    gh_buf_put_i64(b, u.input_tokens);
    gh_buf_putc(b, '/');
    gh_buf_put_i64(b, u.output_tokens);
}

#define MESSAGE "{\"type\":\"message\","
static const struct {
    const char *answer;
    enum gh_rc rc;
    const char *meaning;
} answer_cases[] = {
    {MESSAGE "\"content\":[],\"usage\":{\"input_tokens\":1,\"cache_creation_input_tokens\":10,\"cache_read_input_tokens\":100,"
             "\"output_tokens\":5}}",
        GH_OK, "111/5"},
    {MESSAGE "\"content\":[],\"usage\":{\"input_tokens\":1,\"cache_read_input_tokens\":null,\"output_tokens\":5}}", GH_OK, "1/5"},
    {MESSAGE "\"content\":[]}", GH_OK, "-1/-1"},
    {MESSAGE "\"content\":[{\"type\":\"text\",\"text\":\"x\"},{\"type\":\"tool_use\",\"name\":\"f\"},{\"type\":\"server_tool_use\","
             "\"name\":\"bash_code_execution\"},{\"type\":\"mcp_tool_use\",\"name\":\"anything\"},{\"type\":\"tool_us\\u0065\","
             "\"name\":\"g\"}],\"container\":{\"id\":\"c9\"}}",
        GH_OK, "-1/-1 call=f call=code_execution call=mcp call=g stored=c9"},
    {"{\"type\":\"error\"}", GH_BAD, NULL},
    {"{}", GH_BAD, NULL},
    {"[]", GH_BAD, NULL},
    {"<html>", GH_BAD, NULL},
};

static void
answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answer_cases) / sizeof(*answer_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_answer answer;
        struct gh_buf b;
        enum gh_rc rc = messages()->answer(&answer, &a, gh_str_z(answer_cases[i].answer));
        gh_buf_init(&b, &a, 1024);
        put_tokens(&b, answer.usage);
        put_calls(&b, answer.calls, answer.n_calls);
        if (answer.n_stored > 0) {
            gh_buf_putz(&b, " stored=");
            gh_buf_put(&b, answer.stored[0].id);
        }
        if (rc != answer_cases[i].rc || (rc == GH_OK && !gh_str_eq(gh_buf_str(&b), gh_str_z(answer_cases[i].meaning))))
            fail_msg("%s: got %d %.*s", answer_cases[i].answer, (int)rc, (int)b.n, b.p);
        gh_arena_fini(&a);
    }
}

#define DELTA(type, rest) "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"" type "\"," rest "}}"
#define START(block)      "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":" block "}"
static const struct {
    const char *name, *data;
    enum gh_rc rc;
    const char *meaning; /* flags, text, calls; LF as a slash */
} delta_cases[] = {
    {"message_start",
        "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}",
        GH_OK, "3/1:"},
    {"", "{\"type\":\"message_start\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}}", GH_OK,
        ":type/text/text/x/"},
    {"content_block_start", START("{\"type\":\"text\",\"text\":\"a\"}"), GH_OK, ":a"},
    {"content_block_start", START("{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}"), GH_OK, ": call=f"},
    {"content_block_start", START("{\"type\":\"server_tool_use\",\"name\":\"web_search\"}"), GH_OK,
        ":type/server_tool_use/name/web_search/ call=web_search"},
    {"content_block_start", START("{\"type\":\"web_search_tool_result\",\"content\":[{\"title\":\"T\"}]}"), GH_OK,
        ":type/web_search_tool_result/content/title/T/"},
    {"content_block_delta", DELTA("text_delta", "\"text\":\"H\\u0065\""), GH_OK, ":He"},
    {"content_block_delta", DELTA("input_json_delta", "\"partial_json\":\"{\\\"a\""), GH_OK, ":{\"a"},
    {"content_block_delta", DELTA("thinking_delta", "\"thinking\":\"hm\""), GH_OK, ":hm"},
    {"content_block_delta", DELTA("signature_delta", "\"signature\":\"xx\""), GH_OK, ":"},
    {"content_block_delta", DELTA("citations_delta", "\"citation\":{\"cited_text\":\"c\"}"), GH_OK,
        ":type/citations_delta/citation/cited_text/c/"},
    {"content_block_delta", DELTA("later_delta", "\"words\":\"w\""), GH_OK, ":type/later_delta/words/w/"},
    {"content_block_stop", "{\"type\":\"content_block_stop\",\"index\":0}", GH_OK, ":"},
    {"ping", "{\"type\":\"ping\"}", GH_OK, ":"},
    {"message_delta", "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":15}}",
        GH_OK, "-1/15:"},
    {"message_stop", "{\"type\":\"message_stop\"}", GH_OK, "d:"},
    {"error", "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}", GH_OK, "e:"},
    {"later", "{\"type\":\"later\",\"words\":\"w\"}", GH_OK, ":type/later/words/w/"},
    {"ping", "{\"type\":\"content_block_delta\"}", GH_BAD, NULL},
    {"ping", "{}", GH_BAD, NULL},
    {"", "[DONE]", GH_BAD, NULL},
    {"", "", GH_BAD, NULL},
};

static void
deltas(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(delta_cases) / sizeof(*delta_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_delta d;
        struct gh_buf b;
        enum gh_rc rc = messages()->delta(&d, &a, gh_str_z(delta_cases[i].name), gh_str_z(delta_cases[i].data));
        gh_buf_init(&b, &a, 1024);
        gh_buf_putz(&b, d.is_done ? "d" : "");
        gh_buf_putz(&b, d.is_error ? "e" : "");
        if (d.has_usage)
            put_tokens(&b, d.usage);
        gh_buf_putc(&b, ':');
        for (size_t k = 0; k < d.text.n; k++)
            gh_buf_putc(&b, d.text.p[k] == '\n' ? '/' : d.text.p[k]);
        put_calls(&b, d.calls, d.n_calls);
        if (rc != delta_cases[i].rc || (rc == GH_OK && !gh_str_eq(gh_buf_str(&b), gh_str_z(delta_cases[i].meaning))))
            fail_msg("%s: got %d %.*s", delta_cases[i].data, (int)rc, (int)b.n, b.p);
        gh_arena_fini(&a);
    }
}

static void
cuts(void **state)
{
    char mem[1024];
    struct gh_buf b;

    (void)state;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    messages()->cut(&b, GH_SURFACE_ANTHROPIC, GH_PROBLEM_UPSTREAM, GH_STR("r1"));
    assert_true(gh_str_eq(gh_buf_str(&b),
        GH_STR("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"The model backend did not "
               "give a "
               "usable answer. (request r1)\",\"details\":{\"error_code\":\"bad_gateway\"}},\"request_id\":\"r1\"}\n\n")));
}

static enum gh_rc
forward(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    static const struct gh_str stored[GH_STORED_IDS_MAX];
    const struct gh_conv_test t = {messages(), tell};
    const struct gh_forward how = {.model = GH_STR("upstream"), .instructions = GH_STR("be brief"), .stored = stored};

    return gh_conv_test_forward(&t, &how, meaning, a, in);
}

static void
sweeps(void **state)
{
    const struct gh_str golden =
        GH_STR("{" HEAD "\"system\":\"s\",\"tools\":[{\"name\":\"f\",\"input_schema\":{}},{\"type\":"
               "\"web_search_20250305\",\"name\":\"web_search\"}],\"container\":\"c\",\"messages\":[{\"role\":"
               "\"user\",\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"text\",\"data\":\"d\"}}]},{"
               "\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"name\":\"f\",\"input\":{\"a\":"
               "\"\\n\"}}]}]}");

    (void)state;
    gh_test_mangle(forward, golden, false);
    gh_test_oom(forward, golden);
    gh_test_page(forward, golden);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(counts),
        cmocka_unit_test(plans),
        cmocka_unit_test(answers),
        cmocka_unit_test(deltas),
        cmocka_unit_test(cuts),
        cmocka_unit_test(sweeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
