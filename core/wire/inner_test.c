/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "wire/inner.h"

/* What is told, with the bytes of `gone` dropped wherever they stand. */
static void
pass(struct gh_buf *told, struct gh_buf *out, struct gh_str text, size_t piece, size_t cap, const char *gone)
{
    struct gh_inner x = {.n_read = 0};
    struct gh_str given = text;
    char mem[64];

    for (size_t at = 0; at < text.n || at == 0; at += piece) {
        bool is_last = at + piece >= text.n, is_end;
        given = gh_str_sub(text, at, piece);
        do {
            size_t n = gh_inner_read(&x, mem, cap, &given, is_last);
            is_end = given.n == 0 && (!is_last || x.n_pending == 0);
            gh_buf_put(told, gh_str(mem, n));
            for (size_t i = 0; i < n; i++) {
                bool is_gone = strchr(gone, mem[i]) != NULL && mem[i] != 0;
                if (is_gone)
                    gh_inner_drop(&x, out, gh_str(mem + i, 1), false);
                else
                    gh_inner_write(&x, out, gh_str(mem + i, 1));
            }
        } while (!is_end);
    }
}

static const struct {
    const char *name, *text, *gone, *told, *out;
} cases[] = {
    {"no string", "{}", "", "{}", "{}"},
    {"a value", "{\"a\":\"b\"}", "", "{\"a\":\"b\"}", "{\"a\":\"b\"}"},
    {"an escaped letter", "{\"\\u0061\":\"x\\u0040y\"}", "", "{\"a\":\"x@y\"}", "{\"a\":\"x@y\"}"},
    {"escapes that stay", "{\"a\":\"\\\"\\\\\\n\\u0001\\/\"}", "", "{\"a\":\"\"\\\n\1/\"}", "{\"a\":\"\\\"\\\\\\n\\u0001/\"}"},
    {"a pair", "[\"\\ud83d\\ude00\"]", "", "[\"\xf0\x9f\x98\x80\"]", "[\"\xf0\x9f\x98\x80\"]"},
    {"half a pair", "[\"\\ud83d\\n\"]", "", "[\"\\ud83d\n\"]", "[\"\\ud83d\\n\"]"},
    {"an escape that is none", "[\"\\x\"]", "", "[\"\\x\"]", "[\"\\x\"]"},
    {"an escape without an end", "[\"\\u00", "", "[\"\\u00", "[\"\\u00"},
    {"letters that are dropped", "[\"axb\"]", "x", "[\"axb\"]", "[\"ab\"]"},
    {"a number that is dropped", "{\"a\":4111,\"b\":-41}", "14", "{\"a\":4111,\"b\":-41}", "{\"a\":0,\"b\":-0}"},
    {"structure is not dropped", "[\"a\",\"b\",true]", "ab\",[]truel ", "[\"a\",\"b\",true]", "[\"\",\"\",0]"},
    {"a character outside of ASCII", "[\"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80\"]", "", "[\"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80\"]",
        "[\"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80\"]"},
    {"no JSON", "plain \"text", "", "plain \"text", "plain \"text"},
};

/* Cut anywhere, told in any portions: the same. */
static void
tells_and_spells(void **state)
{
    static const size_t caps[] = {8, 11, 64};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t piece = 1; piece <= strlen(cases[i].text); piece++)
            for (size_t c = 0; c < 3; c++) {
                struct gh_arena a = gh_test_arena();
                struct gh_buf told, out;
                gh_buf_init(&told, &a, 1024);
                gh_buf_init(&out, &a, 1024);
                pass(&told, &out, gh_str_z(cases[i].text), piece, caps[c], cases[i].gone);
                if (!gh_str_eq(gh_buf_str(&told), gh_str_z(cases[i].told)) || !gh_str_eq(gh_buf_str(&out), gh_str_z(cases[i].out)))
                    fail_msg("%s, by %zu: %.*s / %.*s", cases[i].name, piece, (int)told.n, told.p, (int)out.n, out.p);
                gh_arena_fini(&a);
            }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tells_and_spells)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
