/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What answers of each dialect tell of called tools. A call that is told where this table does not look would leave unjudged, so each place from
 * which official clients build their message has its row: begun, done, in the whole answer, and with an escape in the word.
 */
#include "sweeps.h"

#include "wire/dialect.h"

#define CHOICE(member, call) "{\"choices\":[{\"index\":0,\"" member "\":" call "}]}"
#define FN(name)             "{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"" name "\",\"arguments\":\"{}\"}}]}"
#define ITEM(type, name)     "{\"type\":\"" type "\",\"name\":\"" name "\",\"arguments\":\"{}\"}"
#define USE(name)            "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"" name "\",\"input\":{}}"

static const struct {
    const char *name;
    enum gh_surface surface;
    enum gh_op op;
    bool is_event;
    const char *text, *calls; /* called tools, each with a blank */
} cases[] = {
    {"chat, whole", GH_SURFACE_OPENAI, GH_OP_CHAT, false, CHOICE("message", FN("f")), "f "},
    {"chat, streamed", GH_SURFACE_AZURE_OPENAI, GH_OP_CHAT, true, CHOICE("delta", FN("f")), "f "},
    {"chat, streamed as a message", GH_SURFACE_OPENAI, GH_OP_CHAT, true, CHOICE("message", FN("f")), "f "},
    {"chat, the old way", GH_SURFACE_OPENAI, GH_OP_CHAT, true, CHOICE("delta", "{\"function_call\":{\"name\":\"f\"}}"), "f "},
    {"chat, arguments go on", GH_SURFACE_OPENAI, GH_OP_CHAT, true,
        CHOICE("delta", "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"x\"}}]}"), ""},
    {"chat, the second choice", GH_SURFACE_OPENAI, GH_OP_CHAT, false,
        "{\"choices\":[{\"message\":{}},{\"message\":" FN("f") "},{\"message\":" FN("g") "}]}", "f g "},
    {"chat, a member by an escape", GH_SURFACE_OPENAI, GH_OP_CHAT, false,
        CHOICE("message", "{\"tool\\u005fcalls\":[{\"functio\\u006e\":{\"n\\u0061me\":\"\\u0066\"}}]}"), "f "},
    {"responses, whole", GH_SURFACE_OPENAI, GH_OP_RESPONSES, false,
        "{\"output\":[{\"type\":\"message\"}," ITEM("function_call", "f") "," ITEM("custom_tool_call", "g") "]}", "f g "},
    {"responses, begun", GH_SURFACE_OPENAI, GH_OP_RESPONSES, true,
        "{\"type\":\"response.output_item.added\",\"item\":" ITEM("function_call", "f") "}", "f "},
    {"responses, done", GH_SURFACE_OPENAI, GH_OP_RESPONSES, true,
        "{\"type\":\"response.output_item.done\",\"item\":" ITEM("function_call", "f") "}", "f "},
    {"responses, in the whole that ends it", GH_SURFACE_OPENAI, GH_OP_RESPONSES, true,
        "{\"type\":\"response.completed\",\"response\":{\"output\":[" ITEM("function_call", "f") "]}}", "f "},
    {"responses, in the whole that begins it", GH_SURFACE_AZURE_OPENAI, GH_OP_RESPONSES, true,
        "{\"type\":\"response.created\",\"response\":{\"output\":[" ITEM("function_call", "f") "]}}", "f "},
    {"responses, where the arguments end", GH_SURFACE_OPENAI, GH_OP_RESPONSES, true,
        "{\"type\":\"response.function_call_arguments.done\",\"item_id\":\"i\",\"name\":\"f\",\"arguments\":\"{}\"}", "f "},
    {"responses, where the input ends", GH_SURFACE_OPENAI, GH_OP_RESPONSES, true,
        "{\"type\":\"response.custom_tool_call_input.done\",\"name\":\"f\",\"input\":\"\"}", "f "},
    {"responses, a type with an escape", GH_SURFACE_OPENAI, GH_OP_RESPONSES, false,
        "{\"output\":[" ITEM("function\\u005fcall", "f") "," ITEM("mc\\u0070_call", "g") "]}", "f mcp "},
    {"responses, tools of the provider", GH_SURFACE_OPENAI, GH_OP_RESPONSES, false,
        "{\"output\":[" ITEM("web_search_call", "x") "," ITEM("mcp_list_tools", "x") "," ITEM("computer_call", "x") "]}",
        "web_search mcp computer_use "},
    {"a stored response", GH_SURFACE_OPENAI, GH_OP_RESPONSE, false, "{\"output\":[" ITEM("function_call", "f") "]}", "f "},
    {"messages, whole", GH_SURFACE_ANTHROPIC, GH_OP_CHAT, false, "{\"type\":\"message\",\"content\":[" USE("f") "]}", "f "},
    {"messages, begun", GH_SURFACE_ANTHROPIC, GH_OP_CHAT, true,
        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":" USE("f") "}", "f "},
    {"messages, in the message that begins it", GH_SURFACE_ANTHROPIC, GH_OP_CHAT, true,
        "{\"type\":\"message_start\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"x\"}," USE("f") "]}}", "f "},
    {"messages, a type with an escape", GH_SURFACE_ANTHROPIC, GH_OP_CHAT, false,
        "{\"type\":\"message\",\"content\":[{\"type\":\"tool\\u005fuse\",\"name\":\"f\"}]}", "f "},
};

static void
calls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gh_arena a = gh_test_arena();
        const struct gh_dialect *d = gh_dialect_find(cases[i].surface, cases[i].op);
        struct gh_answer answer = {.n_calls = 0};
        struct gh_delta delta = {.n_calls = 0};
        struct gh_buf got;

        assert_non_null(d);
        assert_int_equal(cases[i].is_event ? d->delta(&delta, &a, GH_STR(""), gh_str_z(cases[i].text))
                                           : d->answer(&answer, &a, gh_str_z(cases[i].text)),
            GH_OK);
        gh_buf_init(&got, &a, 1024);
        for (size_t k = 0; k < delta.n_calls + answer.n_calls; k++) {
            gh_buf_put(&got, cases[i].is_event ? delta.calls[k] : answer.calls[k]);
            gh_buf_putc(&got, ' ');
        }
        if (!gh_str_eq(gh_buf_str(&got), gh_str_z(cases[i].calls)))
            fail_msg("%s: \"%.*s\"", cases[i].name, (int)got.n, got.p);
        gh_arena_fini(&a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(calls)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
