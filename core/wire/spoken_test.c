/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "wire/spoken.h"

#include "base/limits.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct gh_dialect *
chat(void)
{
    return gh_dialect_find(GH_SURFACE_OPENAI, GH_OP_CHAT);
}

static const struct gh_dialect *
messages(void)
{
    return gh_dialect_find(GH_SURFACE_ANTHROPIC, GH_OP_CHAT);
}

static const struct gh_dialect *
responses(void)
{
    return gh_dialect_find(GH_SURFACE_OPENAI, GH_OP_RESPONSES);
}

/* What is said: each text, with `=` where it is a piece of a channel and `~` where the provider repeats; then the ends, `*` for all. */
static void
tell(struct gh_buf *b, const struct gh_spoken *s)
{
    for (size_t i = 0; i < s->n; i++) {
        gh_buf_putz(b, s->text[i].channel != 0 ? "=" : s->text[i].is_echo ? "~" : "");
        gh_buf_putz(b, s->text[i].is_json ? "{}" : "");
        gh_buf_put(b, s->text[i].text);
        gh_buf_putc(b, '|');
    }
    for (size_t i = 0; i < s->n_ends; i++)
        gh_buf_putz(b, s->end[i].mask == 0 ? "*" : "!");
    for (size_t i = 0; i < s->n_logprobs; i++)
        gh_buf_putc(b, 'L');
}

static const struct {
    const char *name;
    const struct gh_dialect *(*dialect)(void);
    const char *data, *told;
} events[] = {
    {"a piece", chat,
        "{\"id\":\"x\",\"choices\":[{\"index\":1,\"delta\":{\"role\":\"assistant\",\"content\":\"ho\"},\"finish_reason\":null}]}",
        "=ho|"},
    {"an empty piece", chat, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"}}]}", "=|"},
    {"a reason that is not told yet", chat, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ho\"},\"finish_reason\":\"\"}]}",
        "=ho|"},
    {"the end of a choice", chat, "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}", "!"},
    {"arguments", chat,
        "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\","
        "\"arguments\":\"{}\"}}]}}]}",
        "f|={}{}|"},
    {"probabilities", chat,
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":[{\"token\":\"a\"}]}}]}", "=a|L"},
    {"parts of a content", chat, "{\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"ho\"}]}}]}",
        "=ho|"},
    {"details of reasoning", chat,
        "{\"choices\":[{\"index\":0,\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"ho\"}],\"audio\":{"
        "\"transcript\":\"hm\"}}}]}",
        "=ho|=hm|"},
    {"a member that nobody knows", chat, "{\"choices\":[{\"index\":0,\"delta\":{\"aside\":\"psst\"}}]}", "psst|"},
    {"a silent member by another spelling", chat, "{\"\\u0069d\":\"x\",\"\\u0069de\":\"y\",\"choices\":[]}", "ide|y|"},
    {"a name that no provider would choose", chat, "{\"me@home\":1,\"choices\":[{\"index\":0,\"delta\":{\"Key 7\":[]}}]}",
        "me@home|Key 7|"},
    {"a silent member that says something", chat,
        "{\"id\":\"jane@home\",\"model\":\"m-1\",\"system_fingerprint\":\"call me\",\"choices\":[]}", "jane@home|call me|"},
    {"names that are only as long as silent ones", chat,
        "{\"ib\":\"x\",\"modem\":\"y\",\"previous_response_ix\":\"z\",\"choices\":[]}", "x|y|z|"},
    {"a longer name than any", chat, "{\"previous_response_id_of_it\":\"x\",\"\":\"y\",\"choices\":[]}", "x|y|"},
    {"the end", chat, "[DONE]", "*"},
    {"a piece of an item", responses,
        "{\"type\":\"response.output_text.delta\",\"sequence_number\":4,\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,"
        "\"delta\":\"ho\"}",
        "=ho|"},
    {"a piece of an item's arguments", responses,
        "{\"type\":\"response.function_call_arguments.delta\",\"item_id\":\"m\",\"output_index\":0,\"delta\":\"{\"}", "={}{|"},
    {"its end, and all of it again", responses,
        "{\"type\":\"response.output_text.done\",\"output_index\":0,\"content_index\":0,\"text\":\"ho\"}", "ho|!"},
    {"all of it", responses,
        "{\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"instructions\":\"be\",\"output\":[{\"type\":\"message\","
        "\"content\":[{\"type\":\"output_text\",\"text\":\"ho\"}]}]}}",
        "~be|ho|*"},
    {"a block begins", messages,
        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}", "=|"},
    {"a piece of a block", messages,
        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"ho\"}}", "=ho|"},
    {"a piece of arguments", messages,
        "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}}", "={}{|"},
    {"members that the model names", messages,
        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\","
        "\"input\":{"
        "\"id\":\"a\",\"type\":\"b\",\"deep\":[{\"status\":\"c\"}]},\"model\":\"d\"}}",
        "f|a|b|deep|c|"},
    {"numbers that the model says", messages,
        "{\"type\":\"content_block_start\",\"index\":12345678901,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":"
        "\"f\","
        "\"input\":{\"n\":4111111111111111,\"m\":1234567}}}",
        "f|n|4111111111111111|m|"},
    {"a block ends", messages, "{\"type\":\"content_block_stop\",\"index\":0}", "!"},
    {"a signature says nothing", messages,
        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"abc\"}}", ""},
};

static void
reads_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(events); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_spoken s;
        struct gh_buf b;
        gh_buf_init(&b, &a, 4096);
        assert_int_equal(gh_spoken_event(&s, &a, events[i].dialect(), gh_str_z(events[i].data)), GH_OK);
        tell(&b, &s);
        if (!gh_str_eq(gh_buf_str(&b), gh_str_z(events[i].told)))
            fail_msg("%s: %.*s", events[i].name, (int)b.n, b.p);
        gh_arena_fini(&a);
    }
}

/* Pieces of one text have one channel; texts beside it have others. */
static void
keeps_channels_apart(void **state)
{
    static const char *const pieces[] = {"{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}",
        "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"a\"}}]}",
        "{\"choices\":[{\"index\":0,\"delta\":{\"refusal\":\"a\"}}]}",
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}}]}",
        "{\"choices\":[{\"index\":1,\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}}]}",
        "{\"choices\":[{\"index\":0,\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"a\"}]}}]}",
        "{\"choices\":[{\"index\":0,\"delta\":{\"audio\":{\"transcript\":\"a\"}}}]}",
        "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"a\"}}]}}]}",
        "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"a\"}}]}}]}"};
    gh_channel seen[COUNT(pieces)];
    struct gh_arena a = gh_test_arena();
    struct gh_spoken s;

    (void)state;
    for (size_t i = 0; i < COUNT(pieces); i++)
        for (unsigned again = 0; again < 2; again++) {
            assert_int_equal(gh_spoken_event(&s, &a, chat(), gh_str_z(pieces[i])), GH_OK);
            assert_true(s.n == 1 && (again == 0 || seen[i] == s.text[0].channel));
            seen[i] = s.text[0].channel;
        }
    for (size_t i = 0; i < COUNT(pieces); i++)
        for (size_t k = 0; k < i; k++)
            assert_true(seen[i] != seen[k]);
    gh_arena_fini(&a);
}

static enum gh_rc
parse(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_spoken s;
    enum gh_rc rc = gh_spoken_event(&s, a, chat(), in);

    for (size_t i = 0; rc == GH_OK && i < s.n; i++)
        assert_true(
            s.text[i].at < s.text[i].end && s.text[i].end <= in.n && in.p[s.text[i].at] == '"' && in.p[s.text[i].end - 1] == '"');
    if (rc == GH_OK)
        tell(meaning, &s);
    return rc == GH_MORE ? GH_BAD : rc;
}

static void
sweeps(void **state)
{
    (void)state;
    gh_test_mangle(parse, gh_str_z(events[0].data), false);
    gh_test_oom(parse, gh_str_z(events[3].data));
    gh_test_page(parse, gh_str_z(events[4].data));
}

static void
ends_in_the_dialects_words(void **state)
{
    static const uint32_t open[] = {0, 2};
    static const struct {
        const struct gh_dialect *(*dialect)(void);
        const char *first, *last, *says;
        bool is_last_sent;
    } cases[] = {
        {chat, "", "{\"id\":\"x\",\"created\":7,\"model\":\"m\",\"choices\":[]}",
            "data: "
            "{\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{"
            "},\"finish_reason\":"
            "\"content_filter\"},{\"index\":2,\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\ndata: [DONE]\n\n",
            false},
        {responses, "{\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"status\":\"in_progress\",\"output\":[]}}",
            "{\"sequence_number\":5}",
            "event: response.incomplete\ndata: "
            "{\"type\":\"response.incomplete\",\"sequence_number\":5,\"response\":{\"incomplete_details\":{\"reason\":"
            "\"content_filter\"},\"id\":\"r\",\"status\":\"incomplete\",\"output\":[]}}\n\n",
            false},
        {responses, "{\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"status\":\"in_progress\",\"output\":[]}}",
            "{\"sequence_number\":5}",
            "event: response.incomplete\ndata: "
            "{\"type\":\"response.incomplete\",\"sequence_number\":6,\"response\":{\"incomplete_details\":{\"reason\":"
            "\"content_filter\"},\"id\":\"r\",\"status\":\"incomplete\",\"output\":[]}}\n\n",
            true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_buf b;
        const struct gh_spoken_rest rest = {
            gh_str_z(cases[i].first), gh_str_z(cases[i].last), cases[i].is_last_sent, open, COUNT(open)};
        gh_buf_init(&b, &a, 4096);
        assert_int_equal(gh_spoken_cut(&b, &a, cases[i].dialect(), &rest), GH_OK);
        if (!gh_str_eq(gh_buf_str(&b), gh_str_z(cases[i].says)))
            fail_msg("%zu: %.*s", i, (int)b.n, b.p);
        gh_arena_fini(&a);
    }
}

static void
takes_as_many_choices_as_there_are(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_spoken said;
    struct gh_buf b;

    (void)state;
    gh_buf_init(&b, &a, 65536);
    gh_buf_putz(&b, "{\"choices\":[");
    for (unsigned i = 0; i < GH_CHOICES_MAX; i++) {
        gh_buf_putz(&b, i == 0 ? "{\"index\":" : ",{\"index\":");
        gh_buf_put_u64(&b, i);
        gh_buf_putz(&b, ",\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}");
    }
    gh_buf_putz(&b, "]}");
    assert_int_equal(gh_spoken_event(&said, &a, chat(), gh_buf_str(&b)), GH_OK);
    assert_int_equal(said.n, GH_CHOICES_MAX);
    assert_int_equal(said.n_begun, GH_CHOICES_MAX);
    assert_int_equal(said.n_ends, GH_CHOICES_MAX);
    for (unsigned i = 0; i < GH_CHOICES_MAX; i++) {
        assert_int_equal(said.begun[i], i);
        assert_true((said.text[i].channel & said.end[i].mask) == said.end[i].channel);
    }
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_events), cmocka_unit_test(keeps_channels_apart),
        cmocka_unit_test(takes_as_many_choices_as_there_are), cmocka_unit_test(sweeps),
        cmocka_unit_test(ends_in_the_dialects_words)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
