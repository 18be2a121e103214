/* SPDX-License-Identifier: Apache-2.0 */
#include "echo/answer.h"

#include "sweeps.h"
#include "wire/dialect.h"
#include "wire/json.h"
#include "wire/sse.h"

#define HEAD       "{\"model\":\"echo\","
#define USER(text) "\"messages\":[{\"role\":\"system\",\"content\":\"be short\"},{\"role\":\"user\",\"content\":\"" text "\"}]"
#define TOOLS      ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{}}}]"

static const struct {
    const char *name, *body;
    enum gh_rc rc;
    const char *text, *tool;
    uint64_t prompt_words, answer_words;
} requests[] = {
    {"plain", HEAD USER("one two  three") "}", GH_OK, "one two  three", "", 5, 3},
    {"parts",
        HEAD
        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a \"},{\"type\":\"text\",\"text\":\"b\"}]}]}",
        GH_OK, "a b", "", 2, 2},
    {"cut", HEAD USER("one two three") ",\"max_tokens\":2}", GH_OK, "one two", "", 5, 2},
    {"tool by name", HEAD USER("the weather?") TOOLS "}", GH_OK, "the weather?", "weather", 4, 2},
    {"tool by word", HEAD USER("use a tool") TOOLS "}", GH_OK, "use a tool", "weather", 5, 3},
    {"tool not asked for", HEAD USER("hello") TOOLS "}", GH_OK, "hello", "", 3, 1},
    {"tool required", HEAD USER("hello") TOOLS ",\"tool_choice\":\"required\"}", GH_OK, "hello", "weather", 3, 1},
    {"tool forbidden", HEAD USER("the weather?") TOOLS ",\"tool_choice\":\"none\"}", GH_OK, "the weather?", "", 4, 2},
    {"tool has answered",
        HEAD "\"messages\":[{\"role\":\"user\",\"content\":\"weather\"},{\"role\":\"tool\",\"content\":\"rain\"}]" TOOLS "}", GH_OK,
        "rain", "", 2, 1},
    {"a response", HEAD "\"input\":\"one two\",\"max_output_tokens\":1}", GH_OK, "one", "", 2, 1},
    {"a response's items",
        HEAD
        "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"the weather?\"}]}],\"tools\":[{\"type\":"
        "\"function\",\"name\":\"weather\"}]}",
        GH_OK, "the weather?", "weather", 2, 2},
    {"a response's tool has answered",
        HEAD "\"input\":[{\"role\":\"user\",\"content\":\"weather\"},{\"type\":\"function_call\",\"call_id\":\"1\",\"name\":"
             "\"weather\"},"
             "{\"type\":\"function_call_output\",\"call_id\":\"1\",\"output\":\"rain\"}],\"tools\":[{\"type\":\"function\","
             "\"name\":\"weather\"}]}",
        GH_OK, "rain", "", 2, 1},
    {"no model", "{" USER("x") "}", GH_BAD, NULL, NULL, 0, 0},
    {"no messages", "{\"model\":\"echo\"}", GH_BAD, NULL, NULL, 0, 0},
    {"empty messages", HEAD "\"messages\":[]}", GH_BAD, NULL, NULL, 0, 0},
    {"two answers", HEAD USER("x") ",\"n\":2}", GH_BAD, NULL, NULL, 0, 0},
    {"not JSON", "hello", GH_BAD, NULL, NULL, 0, 0},
    {"an array", "[]", GH_BAD, NULL, NULL, 0, 0},
};

static void
test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_echo e;
        struct gh_err err = {0};
        enum gh_rc rc = gh_echo_read(&e, &a, gh_str_z(requests[i].body), &err);
        if (rc != requests[i].rc)
            fail_msg("%s: %d (%s)", requests[i].name, (int)rc, err.what == NULL ? "" : err.what);
        if (rc != GH_OK) {
            assert_non_null(err.what);
        } else if (!gh_str_eq(e.text, gh_str_z(requests[i].text)) || !gh_str_eq(e.tool, gh_str_z(requests[i].tool)) ||
                   e.prompt_words != requests[i].prompt_words || e.answer_words != requests[i].answer_words) {
            fail_msg("%s: text '%.*s' tool '%.*s' words %d, %d", requests[i].name, (int)e.text.n, e.text.p, (int)e.tool.n, e.tool.p,
                (int)e.prompt_words, (int)e.answer_words);
        }
        gh_arena_fini(&a);
    }
}

/* The deltas of a stream, joined; each event is one JSON object on one line, and the last is [DONE]. */
static void
join(struct gh_buf *content, struct gh_buf *arguments, size_t *n_usage, struct gh_arena *a, struct gh_echo *e)
{
    struct gh_str event, last = GH_STR("");
    struct gh_buf b;

    for (size_t i = 0;; i++) {
        struct gh_json j;
        struct gh_str text = GH_STR("");
        gh_buf_init(&b, a, 65536);
        if (!gh_echo_put_event(&b, e, i))
            break;
        event = gh_buf_str(&b);
        assert_true(gh_str_starts(event, GH_STR("data: ")) && gh_str_ends(event, GH_STR("\n\n")));
        last = gh_str_sub(event, 6, event.n - 8);
        if (gh_str_eq(last, GH_STR("[DONE]")))
            continue;
        assert_int_equal(gh_json_parse(&j, a, last, NULL), GH_OK);
        gh_json_ref choice = gh_json_first(&j, gh_json_get(&j, 0, GH_STR("choices")));
        gh_json_ref delta = gh_json_get(&j, choice, GH_STR("delta"));
        gh_json_ref call = gh_json_first(&j, gh_json_get(&j, delta, GH_STR("tool_calls")));
        assert_int_equal(gh_json_opt_str(&text, a, &j, delta, "content"), GH_OK);
        gh_buf_put(content, text);
        text = GH_STR("");
        assert_int_equal(gh_json_opt_str(&text, a, &j, gh_json_get(&j, call, GH_STR("function")), "arguments"), GH_OK);
        gh_buf_put(arguments, text);
        *n_usage += gh_json_type(&j, gh_json_get(&j, 0, GH_STR("usage"))) == GH_JSON_OBJECT;
    }
    assert_true(gh_str_eq(last, GH_STR("[DONE]")));
}

static const struct {
    const char *name, *body, *content, *arguments;
    size_t n_usage;
} streams[] = {
    {"words", HEAD USER("one two  three") "}", "one two  three", "", 0},
    {"usage", HEAD USER("one two") ",\"stream_options\":{\"include_usage\":true}}", "one two", "", 1},
    {"quotes and newlines", HEAD USER("a \\\"b\\\"\\nc ") "}", "a \"b\"\nc ", "", 0},
    {"nothing", HEAD USER("") "}", "", "", 0},
    {"tool", HEAD USER("weather in town") TOOLS "}", "", "{\"text\":\"weather in town\"}", 0},
};

static void
test_streams(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_echo e;
        struct gh_buf content, arguments;
        size_t n_usage = 0;
        gh_buf_init(&content, &a, 65536);
        gh_buf_init(&arguments, &a, 65536);
        assert_int_equal(gh_echo_read(&e, &a, gh_str_z(streams[i].body), NULL), GH_OK);
        join(&content, &arguments, &n_usage, &a, &e);
        if (!gh_str_eq(gh_buf_str(&content), gh_str_z(streams[i].content)) ||
            !gh_str_eq(gh_buf_str(&arguments), gh_str_z(streams[i].arguments)) || n_usage != streams[i].n_usage)
            fail_msg("%s: '%.*s' '%.*s' %zu", streams[i].name, (int)content.n, content.p, (int)arguments.n, arguments.p, n_usage);
        gh_arena_fini(&a);
    }
}

static void
test_answers_are_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_echo e;
        struct gh_json j;
        struct gh_buf b;
        gh_buf_init(&b, &a, 65536);
        assert_int_equal(gh_echo_read(&e, &a, gh_str_z(streams[i].body), NULL), GH_OK);
        gh_echo_put(&b, &e);
        assert_int_equal(gh_json_parse(&j, &a, gh_buf_str(&b), NULL), GH_OK);
        assert_int_equal(gh_json_type(&j, gh_json_get(&j, 0, GH_STR("usage"))), GH_JSON_OBJECT);
        gh_arena_fini(&a);
    }
}

/* What it says as a response is what the house's own reader understands: text, usage, an end, and vectors in both forms. */
static void
test_responses(void **state)
{
    const struct gh_dialect *d = gh_dialect_find(GH_SURFACE_OPENAI, GH_OP_RESPONSES);
    struct gh_arena a = gh_test_arena();
    struct gh_echo e;
    struct gh_sse sse;
    struct gh_sse_event event;
    struct gh_answer answer;
    struct gh_delta delta;
    struct gh_buf all, said;
    struct gh_str in;

    (void)state;
    assert_int_equal(gh_echo_read(&e, &a, GH_STR(HEAD "\"input\":\"one two three\"}"), NULL), GH_OK);
    gh_buf_init(&all, &a, 1u << 16);
    gh_buf_init(&said, &a, 1u << 16);
    gh_echo_put_response(&all, &e);
    assert_int_equal(d->answer(&answer, &a, gh_buf_str(&all)), GH_OK);
    assert_true(answer.usage.input_tokens == 3 && answer.usage.output_tokens == 3 && answer.n_stored == 1);
    gh_buf_init(&all, &a, 1u << 16);
    for (size_t i = 0; gh_echo_put_response_event(&all, &e, i); i++)
        continue;
    in = gh_buf_str(&all);
    gh_sse_init(&sse, &a);
    delta.is_done = false;
    while (gh_sse_feed(&event, &sse, &in) == GH_OK) {
        assert_false(delta.is_done);
        assert_int_equal(d->delta(&delta, &a, event.name, event.data), GH_OK);
        gh_buf_put(&said, delta.text);
    }
    assert_true(delta.is_done && delta.has_usage && gh_str_eq(gh_buf_str(&said), GH_STR("one two three")));
    gh_buf_init(&all, &a, 1u << 16);
    assert_int_equal(gh_echo_put_embeddings(&all, &a, GH_STR(HEAD "\"input\":[\"a b\",\"c\"]}")), GH_OK);
    assert_int_equal(gh_dialect_find(GH_SURFACE_OPENAI, GH_OP_EMBEDDINGS)->answer(&answer, &a, gh_buf_str(&all)), GH_OK);
    assert_int_equal(answer.usage.input_tokens, 3);
    gh_buf_init(&all, &a, 1u << 16);
    assert_int_equal(gh_echo_put_embeddings(&all, &a, GH_STR("{\"input\":[1]}")), GH_BAD);
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_answers_are_json),
        cmocka_unit_test(test_responses),
    };

    return cmocka_run_group_tests_name("echo", tests, NULL, NULL);
}
