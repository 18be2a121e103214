/* SPDX-License-Identifier: Apache-2.0 */
/* What the narrow YAML accepts, as which JSON; what it refuses, and where. */
#include "sweeps.h"

#include "base/limits.h"
#include "cli/yamldoc.h"
#include "wire/json.h"

static void
test_accepted(void **state)
{
    static const struct {
        const char *yaml, *json; /* documents joined by a space */
    } cases[] = {
        {"a: 1\n", "{\"a\":1}"},
        {"# only a comment\n", ""},
        {"", ""},
        {"---\n---\na: b\n...\n", "{\"a\":\"b\"}"},
        {"a: 1\n---\nb: 2\n", "{\"a\":1} {\"b\":2}"},
        {"{a: [1, two, 3.5e1], \"b\": {}}\n", "{\"a\":[1,\"two\",3.5e1],\"b\":{}}"},
        {"- a\n- [b, [c]]\n- {d: e}\n", "[\"a\",[\"b\",[\"c\"]],{\"d\":\"e\"}]"},
        {"t: true\nf: false\nn: null\nm: ~\ne:\n", "{\"t\":true,\"f\":false,\"n\":null,\"m\":null,\"e\":null}"},
        {"a: 'true'\nb: \"1\"\nc: ''\n", "{\"a\":\"true\",\"b\":\"1\",\"c\":\"\"}"},
        {"a: yes\nb: No\nc: on\nd: True\ne: NULL\n", "{\"a\":\"yes\",\"b\":\"No\",\"c\":\"on\",\"d\":\"True\",\"e\":\"NULL\"}"},
        {"a: 0x10\nb: 0o7\nc: 1_000\nd: 007\ne: .5\nf: 5.\ng: +1\nh: .inf\ni: 1e\n",
            "{\"a\":\"0x10\",\"b\":\"0o7\",\"c\":\"1_000\",\"d\":\"007\",\"e\":\".5\",\"f\":\"5.\",\"g\":\"+1\",\"h\":\".inf\","
            "\"i\":\"1e\"}"},
        {"a: -0\nb: -12\nc: 1.25\nd: 1E+3\n", "{\"a\":-0,\"b\":-12,\"c\":1.25,\"d\":1E+3}"},
        {"v: 2024-05-01-preview\nw: 12:30:45\n", "{\"v\":\"2024-05-01-preview\",\"w\":\"12:30:45\"}"},
        {"a: |\n  one\n  two\nb: >-\n  x\n  y\n", "{\"a\":\"one\\ntwo\\n\",\"b\":\"x y\"}"},
        {"1: a\ntrue: b\n", "{\"1\":\"a\",\"true\":\"b\"}"},
        {"\"<<\": a\n", "{\"<<\":\"a\"}"},
        {"a: \"\\u00e9\\t\\\"\"\n", "{\"a\":\"\xc3\xa9\\t\\\"\"}"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_yamldoc_error err;
        struct gh_yamldoc *d;
        struct gh_buf all;

        gh_buf_init(&all, &a, 4096);
        if (gh_yamldoc_read(&d, &a, gh_str_z(cases[i].yaml), &err) != GH_OK)
            fail_msg("case %zu refused at %u:%u: %s\n%s", i, err.line, err.column, err.what, cases[i].yaml);
        for (; d != NULL; d = d->next) {
            struct gh_json j;

            assert_int_equal(gh_json_parse(&j, &a, d->json, NULL), GH_OK);
            if (all.n > 0)
                gh_buf_putc(&all, ' ');
            gh_buf_put(&all, d->json);
        }
        if (!gh_str_eq(gh_buf_str(&all), gh_str_z(cases[i].json)))
            fail_msg("case %zu: %.*s, not %s", i, (int)all.n, all.p, cases[i].json);
        gh_arena_fini(&a);
    }
}

static void
test_refused(void **state)
{
    static const struct {
        const char *yaml;
        unsigned line, column;
    } cases[] = {
        {"a: &x 1\n", 1, 4},
        {"a: 1\nb: *x\n", 2, 4},
        {"a: &x [1]\nb: *x\n", 1, 4},
        {"&x a: 1\n", 1, 1},
        {"a: !!str 1\n", 1, 4},
        {"a: !mine 1\n", 1, 4},
        {"a: ! 1\n", 1, 4},
        {"!!map {a: 1}\n", 1, 1},
        {"a:\n  <<: {b: 1}\n", 2, 3},
        {"%YAML 1.1\n---\na: 1\n", 1, 1},
        {"%TAG ! tag:x,2000:\n---\na: 1\n", 1, 1},
        {"? [a]\n: 1\n", 1, 3},
        {"? {a: 1}\n: 1\n", 1, 3},
        {"a: [1\n", 2, 1},
        {"a: \"x\n", 2, 1},
        {"a: 1\n b: 2\n", 2, 3},
        {"a: 1\n\tb: 2\n", 2, 1},
        {"a: @x\n", 1, 4},
        {"a: `x`\n", 1, 4},
        {"}", 1, 1},
        {"{{{{\n", 1, 2},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_yamldoc_error err;
        struct gh_yamldoc *d;

        if (gh_yamldoc_read(&d, &a, gh_str_z(cases[i].yaml), &err) == GH_OK)
            fail_msg("accepted: %s", cases[i].yaml);
        if (err.line != cases[i].line || err.column != cases[i].column || err.what == NULL)
            fail_msg("%s: at %u:%u (%s), not %u:%u", cases[i].yaml, err.line, err.column, err.what, cases[i].line, cases[i].column);
        gh_arena_fini(&a);
    }
}

/* What the JSON reader finds is told at its place in the YAML text. */
static void
test_places(void **state)
{
    static const struct {
        const char *yaml;
        unsigned line, column;
    } cases[] = {
        {"id: x\nproperties:\n  a: 1\n  b: {c: 2}\n  a: 3\n", 5, 3},
        {"a: 1\n\"a\": 2\n", 2, 1},
        {"a: 1\n\"\\u0061\": 2\n", 2, 1},
        {"list:\n  - {x: 1, y: 2, x: 3}\n", 2, 18},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_yamldoc_error yerr;
        struct gh_yamldoc_mark m;
        struct gh_yamldoc *d;
        struct gh_err err = {0};
        struct gh_json j;

        assert_int_equal(gh_yamldoc_read(&d, &a, gh_str_z(cases[i].yaml), &yerr), GH_OK);
        assert_int_equal(gh_json_parse(&j, &a, d->json, &err), GH_BAD);
        m = gh_yamldoc_place(d, err.at);
        if (m.line != cases[i].line || m.column != cases[i].column)
            fail_msg("%s: told at %u:%u", cases[i].yaml, m.line, m.column);
        gh_arena_fini(&a);
    }
}

static void
test_depth(void **state)
{
    char text[4096];
    (void)state;

    for (size_t n = 60; n <= 70; n++) {
        struct gh_arena a = gh_test_arena();
        struct gh_yamldoc_error err;
        struct gh_yamldoc *d;

        memset(text, '[', n);
        memset(text + n, ']', n);
        text[2 * n] = '\0';
        assert_int_equal(gh_yamldoc_read(&d, &a, gh_str(text, 2 * n), &err) == GH_OK, n <= GH_JSON_DEPTH_MAX);
        gh_arena_fini(&a);
    }
}

static enum gh_rc
parse(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_yamldoc_error err;
    struct gh_yamldoc *d;
    enum gh_rc rc = gh_yamldoc_read(&d, a, in, &err);

    for (; rc == GH_OK && d != NULL; d = d->next)
        gh_buf_put(meaning, d->json);
    return rc;
}

static void
test_sweeps(void **state)
{
    (void)state;

    gh_test_mangle(parse, GH_STR("id: /w/d\nproperties:\n  list: [a, \"b\\n\", 3, true, ~]\n  map: {x: 1}\n"), false);
    gh_test_page(parse, GH_STR("id: /w/d\nproperties:\n  a: 'x'\n"));
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_accepted), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_places), cmocka_unit_test(test_depth), cmocka_unit_test(test_sweeps)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
