/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_responses and wire/openai_texts: what is read of bodies, how they go on, what answers and events say, and how a stream is cut. */
#include "wire/conv_testing.h"

static const struct gh_dialect *
responses(void)
{
    return gh_dialect_find(GH_SURFACE_OPENAI, GH_OP_RESPONSES);
}

static void
tell(struct gh_buf *b, const struct gh_conv *c)
{
    gh_conv_tell(b, c, GH_TELL_STORING | GH_TELL_BOUND);
}

// clang-format off
static const struct {
    const char *name;
    enum gh_op op;
    const char *body, *conv; /* conv NULL: GH_BAD with `why` */
    const char *why;
} read_cases[] = {
    {"a text", GH_OP_RESPONSES, "{\"model\":\"m\",\"input\":\"hi\"}", "m|uP:hi", 0},
    {"instructions come first", GH_OP_RESPONSES, "{\"input\":\"hi\",\"instructions\":\"be\"}", "|si:be|uP:hi", 0},
    {"flags", GH_OP_RESPONSES, "{\"input\":\"hi\",\"stream\":true,\"store\":true,\"background\":true,\"max_output_tokens\":9}", " stream background stored max=9|uP:hi", 0},
    {"a bound by another dialect's name", GH_OP_RESPONSES, "{\"input\":\"hi\",\"max_tokens\":9}", " refused=a member of the request that is not known here|uP:hi", 0},
    {"store false", GH_OP_RESPONSES, "{\"input\":\"hi\",\"store\":false}", " unstored|uP:hi", 0},
    {"store null is the provider's own way", GH_OP_RESPONSES, "{\"input\":\"hi\",\"store\":null}", "|uP:hi", 0},
    {"messages", GH_OP_RESPONSES, "{\"input\":[{\"role\":\"developer\",\"content\":\"a\"},{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"b\"}]},"
        "{\"role\":\"assistant\",\"id\":\"msg_1\",\"content\":[{\"type\":\"output_text\",\"text\":\"c\",\"annotations\":[]},{\"type\":\"refusal\",\"refusal\":\"d\"}]}]}",
        "|si:a|uP:b|aD:c|aD:d", 0},
    {"calls and outputs", GH_OP_RESPONSES, "{\"input\":[{\"type\":\"function_call\",\"call_id\":\"1\",\"name\":\"f\",\"arguments\":\"{}\"},{\"type\":\"function_call_output\",\"call_id\":\"1\",\"output\":\"x\"},"
        "{\"type\":\"custom_tool_call\",\"call_id\":\"2\",\"name\":\"g\",\"input\":\"in\"},{\"type\":\"custom_tool_call_output\",\"call_id\":\"2\",\"output\":[{\"type\":\"input_text\",\"text\":\"y\"}]}]}",
        "|aA:{}|tD:x|aA:in|tD:y", 0},
    {"media inside", GH_OP_RESPONSES, "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,AA\",\"detail\":\"low\"},{\"type\":\"input_file\",\"filename\":\"a.pdf\",\"file_data\":\"data:x,A\"}]}]}",
        "|uM:data:image/png;base64,AA|uD:a.pdf\n|uM:data:x,A", 0},
    {"own tools", GH_OP_RESPONSES, "{\"input\":\"hi\",\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"description\":\"d\"},{\"type\":\"custom\",\"name\":\"g\"}],\"tool_choice\":{\"type\":\"function\",\"name\":\"f\"}}",
        " own=f own=g chosen=f|uP:hi|-S:type\nfunction\nname\nf\ndescription\nd\n|-S:type\ncustom\nname\ng\n|-S:type\nfunction\nname\nf\n", 0},
    {"the provider's tools", GH_OP_RESPONSES, "{\"input\":\"hi\",\"tools\":[{\"type\":\"web_search_preview\"}],\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"auto\",\"tools\":[{\"type\":\"web_search_preview\"}]}}",
        " hosted=web_search_preview chosen=web_search_preview|uP:hi|-S:type\nweb_search_preview\n|-S:type\nallowed_tools\nmode\nauto\ntools\ntype\nweb_search_preview\n", 0},
    {"a type by escape is the provider's", GH_OP_RESPONSES, "{\"input\":\"hi\",\"tools\":[{\"type\":\"functio\\u006e\",\"name\":\"f\"}]}", " hosted=function|uP:hi|-S:type\nfunction\nname\nf\n", 0},
    {"a replayed search", GH_OP_RESPONSES, "{\"input\":[{\"type\":\"web_search_call\",\"id\":\"ws_1\"}]}", " hosted=web_search|-S:type\nweb_search_call\nid\nws_1\n", 0},
    {"stored things", GH_OP_RESPONSES, "{\"previous_response_id\":\"resp_1\",\"conversation\":{\"id\":\"conv_1\"},\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_id\":\"file_1\"}]}]}",
        " f=file_1 r=resp_1 c=conv_1", 0},
    {"a stored answer alone", GH_OP_RESPONSES, "{\"previous_response_id\":\"resp_1\"}", " r=resp_1", 0},
    {"conversation by its id", GH_OP_RESPONSES, "{\"conversation\":\"conv_1\",\"input\":\"hi\"}", " c=conv_1|uP:hi", 0},
    {"sealed reasoning", GH_OP_RESPONSES, "{\"input\":[{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"s\"}],\"encrypted_content\":\"e\"}]}", "|aD:s|aM:e", 0},
    {"format and rest", GH_OP_RESPONSES, "{\"input\":\"hi\",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\"},\"verbosity\":\"low\"},\"reasoning\":{\"effort\":\"low\"},\"include\":[\"reasoning.encrypted_content\"],\"metadata\":{\"k\":\"v\"}}",
        "|uP:hi|-S:type\njson_schema\nname\nn\n|-D:k\nv\n", 0},

    {"an image's address", GH_OP_RESPONSES, "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"https://x/y\"}]}]}", " refused=an address that the provider would fetch|uM:https://x/y", 0},
    {"a file's address", GH_OP_RESPONSES, "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_url\":\"x\"}]}]}", " refused=an address that the provider would fetch|uM:x", 0},
    {"item reference", GH_OP_RESPONSES, "{\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]}", " refused=an item that is stored at the provider", 0},
    {"stored reasoning", GH_OP_RESPONSES, "{\"input\":[{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[]}]}", " refused=reasoning that is stored at the provider (ask for reasoning.encrypted_content, and send it)", 0},
    {"stored prompt", GH_OP_RESPONSES, "{\"prompt\":{\"id\":\"pmpt_1\"},\"input\":\"hi\"}", " refused=a prompt that is stored at the provider|uP:hi", 0},
    {"vector stores", GH_OP_RESPONSES, "{\"input\":\"hi\",\"tools\":[{\"type\":\"file_search\",\"vector_store_ids\":[\"vs_1\"]}]}", " hosted=file_search refused=a vector store of the provider|uP:hi|-S:type\nfile_search\nvector_store_ids\nvs_1\n", 0},
    {"a container below a tool", GH_OP_RESPONSES,
        "{\"input\":\"hi\",\"tools\":[{\"type\":\"shell\",\"environment\":{\"type\":\"container_reference\",\"container_\\u0069d\":\"cntr_1\"}}]}",
        " hosted=shell refused=a container that is stored at the provider|uP:hi|-S:type\nshell\nenvironment\ntype\ncontainer_reference\ncontainer_id\ncntr_1\n", 0},
    {"no container below a tool", GH_OP_RESPONSES,
        "{\"input\":\"hi\",\"tools\":[{\"type\":\"shell\",\"environment\":{\"type\":\"file_id\",\"container_id\":null}}]}",
        " hosted=shell|uP:hi|-S:type\nshell\nenvironment\ntype\nfile_id\ncontainer_id\n", 0},
    {"a container", GH_OP_RESPONSES, "{\"input\":\"hi\",\"tools\":[{\"type\":\"code_interpreter\",\"container\":\"cntr_1\"}]}", " hosted=code_interpreter refused=a container that is stored at the provider|uP:hi|-S:type\ncode_interpreter\ncontainer\ncntr_1\n", 0},
    {"unknown member", GH_OP_RESPONSES, "{\"input\":\"hi\",\"fetch\":\"http://x\"}", " refused=a member of the request that is not known here|uP:hi", 0},
    {"unknown item", GH_OP_RESPONSES, "{\"input\":[{\"type\":\"video\"}]}", " refused=an item of a type that is not known here", 0},
    {"nothing asked", GH_OP_RESPONSES, "{\"model\":\"m\"}", NULL, "input is missing"},
    {"input a number", GH_OP_RESPONSES, "{\"input\":1}", NULL, "input is a string or an array of items"},
    {"item a string", GH_OP_RESPONSES, "{\"input\":[\"hi\"]}", NULL, "an item of the input is an object"},
    {"message without content", GH_OP_RESPONSES, "{\"input\":[{\"role\":\"user\"}]}", NULL, "a message has content"},
    {"unknown role", GH_OP_RESPONSES, "{\"input\":[{\"role\":\"root\",\"content\":\"x\"}]}", NULL, "a role that is not known"},
    {"tool without name", GH_OP_RESPONSES, "{\"input\":\"hi\",\"tools\":[{\"type\":\"function\"}]}", NULL, "a tool without a name"},
    {"store a string", GH_OP_RESPONSES, "{\"input\":\"hi\",\"store\":\"false\"}", NULL, "true or false is wanted here"},

    {"a text to embed", GH_OP_EMBEDDINGS, "{\"model\":\"m\",\"input\":\"hi\",\"encoding_format\":\"base64\",\"dimensions\":8}", "m unstored|uD:hi", 0},
    {"texts to embed", GH_OP_EMBEDDINGS, "{\"input\":[\"a\",\"b\"]}", " unstored|uD:a|uD:b", 0},
    {"tokens", GH_OP_EMBEDDINGS, "{\"input\":[1,2]}", " unstored refused=a text as numbers of tokens, which the gateway cannot read", 0},
    {"arrays of tokens", GH_OP_EMBEDDINGS, "{\"input\":[[1,2]]}", " unstored refused=a text as numbers of tokens, which the gateway cannot read", 0},
    {"nothing to embed", GH_OP_EMBEDDINGS, "{\"input\":[]}", NULL, "a string, or an array of at least one, is wanted here"},
    {"no input to embed", GH_OP_EMBEDDINGS, "{\"model\":\"m\"}", NULL, "input is missing"},
};

#define ITEMS "[{\"role\":\"user\",\"content\":\"hi\"}]"
static const struct {
    const char *name, *body;
    struct gh_forward how;
    const char *out;
} plan_cases[] = {
    {"model", "{\"model\":\"d\",\"input\":\"hi\"}", {.model = GH_STR_INIT("up")}, "{\"model\":\"up\",\"input\":\"hi\"}"},
    {"instructions", "{\"model\":\"d\",\"input\":\"hi\"}", {.model = GH_STR_INIT("up"), .instructions = GH_STR_INIT("be")}, "{\"instructions\":\"be\",\"model\":\"up\",\"input\":\"hi\"}"},
    {"instructions before the caller's, text", "{\"model\":\"d\",\"input\":\"hi\",\"instructions\":\"own\"}", {.model = GH_STR_INIT("up"), .instructions = GH_STR_INIT("be")},
        "{\"model\":\"up\",\"input\":[{\"role\":\"developer\",\"content\":\"own\"},{\"role\":\"user\",\"content\":\"hi\"}],\"instructions\":\"be\"}"},
    {"instructions before the caller's, items", "{\"model\":\"d\",\"instructions\":\"own\",\"input\":" ITEMS "}", {.model = GH_STR_INIT("up"), .instructions = GH_STR_INIT("be")},
        "{\"model\":\"up\",\"instructions\":\"be\",\"input\":[{\"role\":\"developer\",\"content\":\"own\"},{\"role\":\"user\",\"content\":\"hi\"}]}"},
    {"a bound where there is none", "{\"model\":\"d\",\"input\":\"hi\"}", {.model = GH_STR_INIT("up"), .max_output_tokens = 9}, "{\"max_output_tokens\":9,\"model\":\"up\",\"input\":\"hi\"}"},
    {"a bound where there is one", "{\"model\":\"d\",\"input\":\"hi\",\"max_output_tokens\":3}", {.model = GH_STR_INIT("up"), .max_output_tokens = 9}, "{\"model\":\"up\",\"input\":\"hi\",\"max_output_tokens\":3}"},
    {"kept by nobody", "{\"model\":\"d\",\"input\":\"hi\"}", {.model = GH_STR_INIT("up"), .is_unstored = true}, "{\"store\":false,\"model\":\"up\",\"input\":\"hi\"}"},
    {"kept by nobody, null", "{\"model\":\"d\",\"store\":null,\"input\":\"hi\"}", {.model = GH_STR_INIT("up"), .is_unstored = true}, "{\"model\":\"up\",\"store\":false,\"input\":\"hi\"}"},
    {"the provider's id", "{\"model\":\"d\",\"input\":\"hi\",\"previous_response_id\":\"bound\"}", {.model = GH_STR_INIT("up"), .stored = (const struct gh_str[]){GH_STR_INIT("resp_1")}},
        "{\"model\":\"up\",\"input\":\"hi\",\"previous_response_id\":\"resp_1\"}"},
};

static const struct {
    const char *answer;
    enum gh_rc rc;
    int64_t in, out;
    const char *calls, *stored;
} answer_cases[] = {
    {"{\"id\":\"resp_1\",\"output\":[{\"type\":\"message\"}],\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}", GH_OK, 3, 4, "", "resp_1 "},
    {"{\"id\":\"resp_1\",\"previous_response_id\":\"resp_0\",\"conversation\":{\"id\":\"conv_1\"},\"usage\":null}", GH_OK, -1, -1, "", "resp_1 resp_0 conv_1 "},
    {"{\"output\":[{\"type\":\"function_call\",\"name\":\"f\"},{\"type\":\"custom_tool_call\",\"name\":\"g\"},{\"type\":\"web_search_call\"},{\"type\":\"mcp_list_tools\"},{\"type\":\"mcp_call\",\"name\":\"x\"},{\"type\":\"reasoning\"}]}",
        GH_OK, -1, -1, "f g web_search mcp mcp ", ""},
    {"[]", GH_BAD, -1, -1, "", ""},
};

static const struct {
    const char *data;
    enum gh_rc rc;
    const char *text, *flags; /* d done, e error, u usage */
    const char *calls, *stored;
} delta_cases[] = {
    {"{\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"usage\":null}}", GH_OK, "", "", "", "resp_1 "},
    {"{\"type\":\"response.output_text.delta\",\"delta\":\"H\\u0069\"}", GH_OK, "Hi", "", "", ""},
    {"{\"type\":\"response.refusal.delta\",\"delta\":\"no\"}", GH_OK, "no", "", "", ""},
    {"{\"type\":\"response.function_call_arguments.delta\",\"delta\":\"{\\\"a\"}", GH_OK, "{\"a", "", "", ""},
    {"{\"type\":\"response.reasoning_summary_text.delta\",\"delta\":\"r\"}", GH_OK, "r", "", "", ""},
    {"{\"type\":\"response.output_text.done\",\"text\":\"Hi\"}", GH_OK, "", "", "", ""},
    {"{\"type\":\"response.output_item.added\",\"item\":{\"type\":\"function_call\",\"name\":\"f\"}}", GH_OK, "", "", "f ", ""},
    {"{\"type\":\"response.output_item.done\",\"item\":{\"type\":\"function_call\",\"name\":\"f\"}}", GH_OK, "", "", "f ", ""},
    {"{\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}}", GH_OK, "", "du", "", "resp_1 "},
    {"{\"type\":\"response.incomplete\",\"response\":{\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}}", GH_OK, "", "du", "", ""},
    {"{\"type\":\"response.failed\",\"response\":{}}", GH_OK, "", "de", "", ""},
    {"{\"type\":\"error\",\"code\":\"x\"}", GH_OK, "", "de", "", ""},
    {"{\"delta\":\"x\"}", GH_BAD, "", "", "", ""},
    {"[DONE]", GH_BAD, "", "", "", ""},
};
// clang-format on

static void
reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(read_cases) / sizeof(*read_cases); i++) {
        const struct gh_conv_test t = {gh_dialect_find(GH_SURFACE_AZURE_OPENAI, read_cases[i].op), tell};
        if (read_cases[i].conv != NULL)
            gh_conv_test_read(&t, read_cases[i].name, read_cases[i].body, GH_OK, read_cases[i].conv);
        else
            gh_conv_test_read(&t, read_cases[i].name, read_cases[i].body, GH_BAD, read_cases[i].why);
    }
}

static void
plans(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(plan_cases) / sizeof(*plan_cases); i++)
        gh_conv_test_plan(responses(), plan_cases[i].name, plan_cases[i].body, &plan_cases[i].how, plan_cases[i].out);
}

static void
assert_words(const char *what, const struct gh_str *calls, size_t n_calls, const struct gh_stored_id *stored, size_t n_stored,
    const char *want_calls, const char *want_stored)
{
    char mem[2][256];
    struct gh_buf b[2];

    gh_buf_init_fixed(&b[0], mem[0], sizeof(mem[0]));
    gh_buf_init_fixed(&b[1], mem[1], sizeof(mem[1]));
    for (size_t i = 0; i < n_calls; i++) {
        gh_buf_put(&b[0], calls[i]);
        gh_buf_putc(&b[0], ' ');
    }
    for (size_t i = 0; i < n_stored; i++) {
        gh_buf_put(&b[1], stored[i].id);
        gh_buf_putc(&b[1], ' ');
    }
    if (!gh_str_eq(gh_buf_str(&b[0]), gh_str_z(want_calls)) || !gh_str_eq(gh_buf_str(&b[1]), gh_str_z(want_stored)))
        fail_msg("%s: calls %.*s, stored %.*s", what, (int)b[0].n, b[0].p, (int)b[1].n, b[1].p);
}

static void
answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answer_cases) / sizeof(*answer_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_answer answer;
        enum gh_rc rc = responses()->answer(&answer, &a, gh_str_z(answer_cases[i].answer));
        if (rc != answer_cases[i].rc || answer.usage.input_tokens != answer_cases[i].in ||
            answer.usage.output_tokens != answer_cases[i].out)
            fail_msg("%s: got %d", answer_cases[i].answer, (int)rc);
        assert_words(answer_cases[i].answer, answer.calls, answer.n_calls, answer.stored, answer.n_stored, answer_cases[i].calls,
            answer_cases[i].stored);
        gh_arena_fini(&a);
    }
}

/* What was counted when it was made is not counted when it is read again; its calls are told, for the endpoint's lists (policy/guard.h). */
static void
stored_answers(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_answer answer;

    (void)state;
    assert_int_equal(
        gh_dialect_find(GH_SURFACE_OPENAI, GH_OP_RESPONSE)->answer(&answer, &a, gh_str_z(answer_cases[2].answer)), GH_OK);
    assert_int_equal(answer.n_calls, 5);
    assert_int_equal(
        gh_dialect_find(GH_SURFACE_OPENAI, GH_OP_RESPONSE)->answer(&answer, &a, gh_str_z(answer_cases[0].answer)), GH_OK);
    assert_int_equal(answer.usage.input_tokens, -1);
    assert_int_equal(answer.n_stored, 1);
    gh_arena_fini(&a);
}

static void
deltas(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(delta_cases) / sizeof(*delta_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_delta d;
        char flags[8];
        struct gh_buf f;
        enum gh_rc rc = responses()->delta(&d, &a, GH_STR("response.x"), gh_str_z(delta_cases[i].data));
        gh_buf_init_fixed(&f, flags, sizeof(flags));
        gh_buf_putz(&f, d.is_done ? "d" : "");
        gh_buf_putz(&f, d.is_error ? "e" : "");
        gh_buf_putz(&f, d.has_usage ? "u" : "");
        if (rc != delta_cases[i].rc || !gh_str_eq(d.text, gh_str_z(delta_cases[i].text)) ||
            !gh_str_eq(gh_buf_str(&f), gh_str_z(delta_cases[i].flags)))
            fail_msg("%s: got %d, text %.*s, flags %.*s", delta_cases[i].data, (int)rc, (int)d.text.n, d.text.p, (int)f.n, f.p);
        if (d.has_usage && (d.usage.input_tokens != 1 || d.usage.output_tokens != 2))
            fail_msg("%s: other usage", delta_cases[i].data);
        assert_words(delta_cases[i].data, d.calls, d.n_calls, d.stored, d.n_stored, delta_cases[i].calls, delta_cases[i].stored);
        gh_arena_fini(&a);
    }
}

/* The last event is JSON of the documented type, with the member for which clients raise. */
static void
cuts(void **state)
{
    static const enum gh_surface surfaces[] = {GH_SURFACE_OPENAI, GH_SURFACE_AZURE_OPENAI};

    (void)state;
    for (size_t s = 0; s < 2; s++)
        for (unsigned p = 1; p < GH_PROBLEM_COUNT; p++) {
            struct gh_arena a = gh_test_arena();
            struct gh_str head = GH_STR("event: error\ndata: "), text, data;
            struct gh_delta d;
            struct gh_json j;
            struct gh_buf b;
            gh_buf_init(&b, &a, 4096);
            responses()->cut(&b, surfaces[s], (enum gh_problem)p, GH_STR("r1"));
            text = gh_buf_str(&b);
            assert_true(gh_str_starts(text, head) && gh_str_ends(text, GH_STR("\n\n")));
            data = gh_str_sub(text, head.n, text.n - head.n - 2);
            assert_int_equal(gh_json_parse(&j, &a, data, NULL), GH_OK);
            assert_int_equal(gh_json_type(&j, gh_json_get(&j, 0, GH_STR("error"))), GH_JSON_OBJECT);
            assert_int_equal(responses()->delta(&d, &a, GH_STR("error"), data), GH_OK);
            assert_true(d.is_done && d.is_error);
            gh_arena_fini(&a);
        }
}

static void
embeddings(void **state)
{
    const struct gh_dialect *d = gh_dialect_find(GH_SURFACE_OPENAI, GH_OP_EMBEDDINGS);
    struct gh_arena a = gh_test_arena();
    struct gh_answer answer;

    (void)state;
    assert_true(gh_dialect_is_silent(d));
    assert_null(d->delta);
    assert_int_equal(d->answer(&answer, &a, GH_STR("{\"data\":[],\"usage\":{\"prompt_tokens\":5,\"total_tokens\":5}}")), GH_OK);
    assert_int_equal(answer.usage.input_tokens, 5);
    assert_int_equal(answer.usage.output_tokens, 0);
    assert_int_equal(d->answer(&answer, &a, GH_STR("{\"data\":{}}")), GH_BAD);
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(plans),
        cmocka_unit_test(answers),
        cmocka_unit_test(stored_answers),
        cmocka_unit_test(deltas),
        cmocka_unit_test(cuts),
        cmocka_unit_test(embeddings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
