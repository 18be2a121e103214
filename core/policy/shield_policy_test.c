/* SPDX-License-Identifier: Apache-2.0 */
/* policy/shield_policy and policy/spotlight: kinds of texts, acts, hidden bytes, marks. */
#include "wire/conv_testing.h"

#include "policy/shield_policy.h"
#include "policy/snapshot_maker.h"
#include "policy/spotlight.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TAG          GH_STR("0123456789abcdef")

/* ---- acts ---- */

static void
packs(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_shield_policy p, back;
    struct gh_snap_value values[GH_ENDPOINT_N] = {0};
    struct gh_maker m = gh_maker_new(&a, 1, false);
    struct gh_snap snap;
    struct gh_snap_rec ep;
    uint64_t bits[2];

    (void)state;
    gh_shield_policy_default(&p);
    p.is_required = true;
    p.spotlight = GH_SPOTLIGHT_ENCODE;
    p.act[GH_SHIELD_TOOL_OUTPUT][GH_SHIELD_OBFUSCATED] = GH_SHIELD_ACT_ANNOTATE;
    p.act[GH_SHIELD_USER][GH_SHIELD_JAILBREAK] = GH_SHIELD_ACT_OFF;
    p.threshold[GH_SHIELD_DOCUMENT] = 9999;
    gh_shield_policy_pack(bits, &p);
    values[GH_ENDPOINT_SHIELD].u64 = bits[0];
    values[GH_ENDPOINT_SHIELD_THRESHOLDS].u64 = bits[1];
    gh_maker_put(&m, GH_SNAP_ENDPOINT, gh_maker_key(&m, GH_STR("w"), GH_STR("e")), values);
    snap = (struct gh_snap){.base = gh_maker_finish(&m)};
    assert_true(gh_snap_find_v(&ep, &snap, GH_SNAP_ENDPOINT, (struct gh_str[]){GH_STR("w"), GH_STR("e")}, 2));
    gh_shield_policy_read(&back, &ep);
    assert_true(back.is_set && back.is_required && back.spotlight == p.spotlight);
    assert_memory_equal(back.act, p.act, sizeof(p.act));
    assert_memory_equal(back.threshold, p.threshold, sizeof(p.threshold));
    gh_arena_fini(&a);
}

static void
says_nothing(void **state)
{
    struct gh_shield_policy p = {.is_set = false};

    (void)state;
    for (unsigned k = 0; k < GH_SHIELD_KINDS; k++)
        assert_false(gh_shield_wants(&p, (enum gh_shield_kind)k));
    gh_shield_policy_default(&p);
    for (unsigned k = 0; k < GH_SHIELD_KINDS; k++)
        assert_int_equal(gh_shield_act_on(&p, (enum gh_shield_kind)k, GH_SHIELD_INDIRECT), GH_SHIELD_ACT_BLOCK);
    assert_int_equal(gh_shield_act_on(&p, GH_SHIELD_KINDS, GH_SHIELD_OBFUSCATED), GH_SHIELD_ACT_BLOCK);
    assert_int_equal(gh_shield_act_on(&p, GH_SHIELD_USER, GH_SHIELD_NONE), GH_SHIELD_ACT_OFF);
    assert_int_equal(gh_shield_act_find(GH_STR("annotate")), GH_SHIELD_ACT_ANNOTATE);
    assert_int_equal(gh_shield_act_find(GH_STR("Block")), GH_SHIELD_ACTS);
    assert_int_equal(gh_shield_class_find(GH_STR("none")), GH_SHIELD_CLASSES);
    assert_int_equal(gh_shield_class_find(GH_STR("extraction")), GH_SHIELD_EXTRACTION);
    assert_int_equal(gh_spotlight_find(GH_STR("datamark")), GH_SPOTLIGHT_DATAMARK);
    assert_int_equal(gh_shield_filter_of(GH_SHIELD_TOOL_OUTPUT), GH_FILTER_INDIRECT_ATTACK);
    assert_int_equal(gh_shield_filter_of(GH_SHIELD_KINDS), GH_FILTER_JAILBREAK);
}

/* ---- kinds ---- */

/* Told as |<kind><part>:text; kinds are u, d, t, i for instructions. */
/* 300 bytes, and as many of them as a seam has of one side, without and with its line break. */
#define TEN      "0123456789"
#define FIFTY    TEN TEN TEN TEN TEN
#define LONG     FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY
#define LONG_256 FIFTY FIFTY FIFTY FIFTY FIFTY "012345"
#define LONG_255 "56789" FIFTY FIFTY FIFTY FIFTY FIFTY

static const struct {
    const char *name;
    enum gh_surface surface;
    enum gh_op op;
    const char *body, *told;
} kind_cases[] = {
    {"roles of a chat", GH_SURFACE_OPENAI, GH_OP_CHAT,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"developer\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"u\"},{\"role\":"
        "\"assistant\",\"content\":\"a\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\","
        "\"arguments\":"
        "\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"r\"},{\"role\":\"function\",\"name\":\"f\",\"content\":"
        "\"g\"}]}",
        "|i0:s|u1:u|d2:a|d3:{}|t4:r|t5:f|t6:g"},
    {"schemas of tools", GH_SURFACE_OPENAI, GH_OP_CHAT,
        "{\"model\":\"m\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"x\"}}],\"messages\":[{"
        "\"role\":"
        "\"user\",\"content\":\"u\"}]}",
        "|d0:name\nf\ndescription\nx\n|u1:u"},
    {"documents inside a prompt", GH_SURFACE_OPENAI, GH_OP_CHAT,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"sum up \\\"\\\"\\\"<documents>one</documents>\\\"\\\"\\\" "
        "now "
        "\\\"\\\"\\\"<documents>two</documents>\\\"\\\"\\\"\"}]}",
        "|u0:sum up |d0:one|u0: now |d0:two"},
    {"an opening mark alone", GH_SURFACE_OPENAI, GH_OP_CHAT,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"\\\"\\\"\\\"<documents>one\"}]}",
        "|u0:\"\"\"<documents>one"},
    {"a file that is text", GH_SURFACE_OPENAI, GH_OP_CHAT,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"filename\":\"n\",\"file_"
        "data\":"
        "\"data:text/plain;base64,aGk=\"}},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,aGk=\"}}]}]}",
        "|d0:n|d1:hi"},
    {"files without a type are text", GH_SURFACE_OPENAI, GH_OP_CHAT,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"filename\":\"n\",\"file_"
        "data\":\"data:,hi\"}},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:;base64,aGk=\"}}]}]}",
        "|d0:n|d1:hi|d2:hi"},
    {"files as decoders take them that are not strict", GH_SURFACE_OPENAI, GH_OP_CHAT,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":["
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:text/plain;BASE64,aGk=\"}},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:text/plain;base64,aGk\"}},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:text/plain;base64,aG\\r\\nk=\\n\"}},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:text/plain;base64,aGl\"}},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:text/plain;base64,Pj4-\"}},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:text/plain;base64,no base64\"}},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:text/plain;base64,aG=k\"}}]}]}",
        "|d0:hi|d1:hi|d2:hi|d3:hi|d4:>>>|d5:no base64|d6:aG=k"},
    {"turns together", GH_SURFACE_OPENAI, GH_OP_CHAT,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"},{\"role\":"
        "\"user\","
        "\"content\":\"c\"}]}",
        "|u0:a|d1:b|u2:c|u2:a\nc"},
    {"each turn where it follows on those before it, then all of them", GH_SURFACE_OPENAI, GH_OP_CHAT,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\","
        "\"text\":\"b\"}]},"
        "{\"role\":\"user\",\"content\":\"" LONG "\"},{\"role\":\"user\",\"content\":\"d\"}]}",
        "|u0:a|u1:b|u2:" LONG "|u3:d|u1:a\nb|u2:a\nb\n" LONG_256 "|u3:" LONG_255 "\nd|u3:a\nb\n" LONG "\nd\n"},
    {"each turn, also in front of the last six", GH_SURFACE_OPENAI, GH_OP_CHAT,
        "{\"model\":\"m\",\"messages\":["
        "{\"role\":\"user\",\"content\":\"a\"},"
        "{\"role\":\"user\",\"content\":\"b\"},"
        "{\"role\":\"user\",\"content\":\"c\"},"
        "{\"role\":\"user\",\"content\":\"d\"},"
        "{\"role\":\"user\",\"content\":\"e\"},"
        "{\"role\":\"user\",\"content\":\"f\"},"
        "{\"role\":\"user\",\"content\":\"g\"},"
        "{\"role\":\"user\",\"content\":\"h\"}]}",
        "|u0:a|u1:b|u2:c|u3:d|u4:e|u5:f|u6:g|u7:h|u1:a\nb|u2:a\nb\nc|u3:a\nb\nc\nd|u4:a\nb\nc\nd\ne|u5:a\nb\nc\nd\ne\nf|u6:"
        "b\nc\nd\ne\nf\ng|u7:c\nd\ne\nf\ng\nh"},
    {"items of a response", GH_SURFACE_OPENAI, GH_OP_RESPONSES,
        "{\"model\":\"m\",\"instructions\":\"s\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":"
        "\"u\"}]},{"
        "\"type\":\"function_call_output\",\"call_id\":\"1\",\"output\":\"r\"}]}",
        "|i0:s|u1:u|t2:r"},
    {"blocks of a message", GH_SURFACE_ANTHROPIC, GH_OP_CHAT,
        "{\"model\":\"m\",\"max_tokens\":1,\"system\":\"s\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\","
        "\"source\":{"
        "\"type\":\"text\",\"media_type\":\"text/"
        "plain\",\"data\":\"d\"}},{\"type\":\"tool_result\",\"tool_use_id\":\"1\",\"content\":\"r\"},"
        "{\"type\":\"text\",\"text\":\"u\"}]}]}",
        "|i0:s|d1:d|t2:r|u3:u"},
    {"texts to be embedded", GH_SURFACE_OPENAI, GH_OP_EMBEDDINGS, "{\"model\":\"m\",\"input\":[\"a\",\"b\"]}", "|d0:a|d1:b"},
    {"a table", GH_SURFACE_SCORING, GH_OP_SCORE, "{\"k\":\"v\"}", "|d0:k|u1:v"},
};

static void
kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(kind_cases); i++) {
        const struct gh_dialect *d = gh_dialect_find(kind_cases[i].surface, kind_cases[i].op);
        struct gh_arena a = gh_test_arena();
        struct gh_shield_text *texts;
        struct gh_json j;
        struct gh_conv c;
        struct gh_buf b;
        size_t n;

        gh_buf_init(&b, &a, 4096);
        assert_int_equal(gh_conv_test_body(&c, &j, &a, d, gh_str_z(kind_cases[i].body), NULL), GH_OK);
        assert_int_equal(gh_shield_texts(&texts, &n, &a, &c), GH_OK);
        for (size_t t = 0; t < n; t++) {
            assert_int_equal(gh_shield_join(&texts[t], &a, &c), GH_OK);
            gh_buf_putc(&b, '|');
            gh_buf_putc(&b, texts[t].is_instruction ? 'i' : "udt"[texts[t].kind]);
            gh_buf_put_u64(&b, texts[t].part);
            gh_buf_putc(&b, ':');
            gh_buf_put(&b, texts[t].text);
        }
        if (!gh_str_eq(gh_buf_str(&b), gh_str_z(kind_cases[i].told)))
            fail_msg("%s: %.*s", kind_cases[i].name, (int)b.n, b.p);
        gh_arena_fini(&a);
    }
}

/* ---- hidden bytes ---- */

static const struct {
    const char *name, *text;
    bool is_hidden;
    size_t at, end;
} hidden_cases[] = {
    {"nothing", "plain", false, 0, 0},
    {"a tag",
        "a\xf3\xa0\x81\xa1"
        "b",
        true, 1, 5},
    {"a flag of a region", "\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xbf", false, 0, 0},
    {"a flag that does not end", "\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2", true, 4, 12},
    {"a selector", "\xe2\x9c\x8c\xef\xb8\x8f", false, 0, 0},
    {"bytes behind an emoji", "x\xef\xb8\x8f\xf3\xa0\x84\x80\xf3\xa0\x84\x81", true, 1, 12},
    {"cut inside", "\xf3\xa0\x81", false, 0, 0},
    {"full width", "\xef\xbc\xa1\xef\xbc\xa2", false, 0, 0},
};

static void
hidden(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(hidden_cases); i++) {
        size_t at, end;
        bool is_hidden = gh_shield_is_smuggled(&at, &end, gh_str_z(hidden_cases[i].text));
        if (is_hidden != hidden_cases[i].is_hidden || at != hidden_cases[i].at || end != hidden_cases[i].end)
            fail_msg("%s: %d %zu %zu", hidden_cases[i].name, is_hidden, at, end);
    }
}

/* ---- marks ---- */

#define DOCUMENTS(inside) "a \\\"\\\"\\\"<documents>" inside "</documents>\\\"\\\"\\\" b"

static const struct {
    const char *name;
    enum gh_spotlight way;
    const char *body, *out;
    size_t marked, left;
} mark_cases[] = {
    {"off", GH_SPOTLIGHT_OFF, "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"r s\"}",
        "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"r s\"}", 0, 0},
    {"a result between delimiters", GH_SPOTLIGHT_DELIMIT, "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"r s\"}",
        "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"<<DATA 0123456789abcdef>>\\nr s\\n<<END 0123456789abcdef>>\"}", 1,
        0},
    {"a result between marks", GH_SPOTLIGHT_DATAMARK, "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"r  s\\n t\"}",
        "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"r\xcb\x87s\xcb\x87\\nt\"}", 1, 0},
    {"a result in base64", GH_SPOTLIGHT_ENCODE, "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"hi\"}",
        "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"aGk=\"}", 1, 0},
    {"documents in a prompt", GH_SPOTLIGHT_ENCODE, "{\"role\":\"user\",\"content\":\"" DOCUMENTS("hi") "\"}",
        "{\"role\":\"user\",\"content\":\"" DOCUMENTS("aGk=") "\"}", 1, 0},
    {"what the model said stays", GH_SPOTLIGHT_ENCODE, "{\"role\":\"assistant\",\"content\":\"hi\"}",
        "{\"role\":\"assistant\",\"content\":\"hi\"}", 0, 0},
    {"a name stays", GH_SPOTLIGHT_ENCODE, "{\"role\":\"function\",\"name\":\"f\",\"content\":\"hi\"}",
        "{\"role\":\"function\",\"name\":\"f\",\"content\":\"aGk=\"}", 1, 0},
};

static void
marks(void **state)
{
    const struct gh_dialect *d = gh_dialect_find(GH_SURFACE_OPENAI, GH_OP_CHAT);

    (void)state;
    for (size_t i = 0; i < COUNT(mark_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_forward how = {.model = GH_STR("m")};
        struct gh_texts texts = {.arena = &a};
        size_t marked, left;
        struct gh_buf in, out;
        struct gh_json j;
        struct gh_conv c;

        gh_buf_init(&in, &a, 4096);
        gh_buf_init(&out, &a, 4096);
        gh_buf_putz(&in, "{\"model\":\"m\",\"messages\":[");
        gh_buf_putz(&in, mark_cases[i].body);
        gh_buf_putz(&in, "]}");
        gh_buf_putz(&out, "{\"model\":\"m\",\"messages\":[");
        gh_buf_putz(&out, mark_cases[i].out);
        gh_buf_putz(&out, "]}");
        gh_buf_putc(&in, '\0');
        gh_buf_putc(&out, '\0');
        assert_int_equal(gh_conv_test_body(&c, &j, &a, d, gh_str_z(in.p), NULL), GH_OK);
        texts.conv = &c;
        assert_int_equal(gh_spotlight_texts(&texts, &marked, &left, mark_cases[i].way, TAG), GH_OK);
        assert_int_equal(gh_texts_plan(&how, &texts), GH_OK);
        if (marked != mark_cases[i].marked || left != mark_cases[i].left)
            fail_msg("%s: %zu marked, %zu left", mark_cases[i].name, marked, left);
        gh_conv_test_plan(d, mark_cases[i].name, in.p, &how, out.p);
        gh_arena_fini(&a);
    }
}

static void
sentences(void **state)
{
    char mem[512];
    struct gh_buf b;

    (void)state;
    for (unsigned way = 0; way < GH_SPOTLIGHTS; way++) {
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        gh_spotlight_instructions(&b, (enum gh_spotlight)way, TAG);
        assert_int_equal(b.rc, GH_OK);
        assert_int_equal(b.n > 0, way != GH_SPOTLIGHT_OFF);
        if (way == GH_SPOTLIGHT_DELIMIT)
            assert_non_null(memmem(b.p, b.n, "<<DATA 0123456789abcdef>> and <<END 0123456789abcdef>>", 54));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packs),
        cmocka_unit_test(says_nothing),
        cmocka_unit_test(kinds),
        cmocka_unit_test(hidden),
        cmocka_unit_test(marks),
        cmocka_unit_test(sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
