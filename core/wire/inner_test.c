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
                    gh_inner_drop(&x, out, gh_str(mem + i, 1));
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
    {"half a pair", "[\"\\ud83d\\n\\ude00\\uD83D\"]", "", "[\"\xef\xbf\xbd\n\xef\xbf\xbd\xef\xbf\xbd\"]",
        "[\"\xef\xbf\xbd\\n\xef\xbf\xbd\xef\xbf\xbd\"]"},
    {"an escape that is none", "[\"\\x\"]", "", "[\"\\x\"]", "[\"\\\\x\"]"},
    {"an escape without an end", "[\"\\u00", "", "[\"\\u00", "[\"\\\\u00"},
    {"an escape with another one in it", "[\"\\u004\\u0030\"]", "", "[\"\\u0040\"]", "[\"\\\\u0040\"]"},
    {"letters that are dropped", "[\"axb\"]", "x", "[\"axb\"]", "[\"ab\"]"},
    {"a number that is dropped", "{\"a\":4111,\"b\":-41}", "14", "{\"a\":4111,\"b\":-41}", "{\"a\":0,\"b\":-0}"},
    {"the end of a number that is dropped", "[1234,-4,0.5,1.5e-3]", "54", "[1234,-4,0.5,1.5e-3]", "[123,-0,0.0,1.0e-3]"},
    {"the beginning of a number that is dropped", "[123,-45,2.5e+7]", "12-", "[123,-45,2.5e+7]", "[0,0,0.5e+7]"},
    {"structure is not dropped", "[\"a\",\"b\",true]", "ab\",[]truel ", "[\"a\",\"b\",true]", "[\"\",\"\",0]"},
    {"a character outside of ASCII", "[\"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80\"]", "", "[\"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80\"]",
        "[\"\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80\"]"},
    {"a control character", "[\"\\\n\1\"]", "", "[\"\\\n\1\"]", "[\"\\\\\\n\\u0001\"]"},
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

/* ---- the sweeps: no memory is taken, so none can fail ---- */

#define GOLDEN "{\"a\\u0040\":[-1.5e3,true,null],\"\xc3\xa9\":\"\\ud83d\\ude00\\\"\\\\\\/\\n\"}"

/* What is told, and behind it what goes on. */
static void
feed(struct gh_buf *trace, const struct gh_str *pieces, size_t n)
{
    struct gh_inner x = {.n_read = 0};
    struct gh_arena a = gh_test_arena();
    struct gh_buf out;
    char mem[8];

    gh_buf_init(&out, &a, 1024);
    for (size_t i = 0; i < n; i++) {
        struct gh_str piece = pieces[i];
        size_t told;
        while ((told = gh_inner_read(&x, mem, sizeof(mem), &piece, i + 1 == n)) > 0) {
            gh_buf_put(trace, gh_str(mem, told));
            gh_inner_write(&x, &out, gh_str(mem, told));
        }
    }
    assert_true(x.n_pending == 0 && x.n_given == x.n_read);
    gh_buf_put(trace, gh_buf_str(&out));
    gh_arena_fini(&a);
}

static enum gh_rc
read_whole(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    (void)a;
    feed(meaning, &in, 1);
    return GH_OK;
}

static void
sweeps(void **state)
{
    (void)state;
    gh_test_splits(feed, GH_STR(GOLDEN));
    gh_test_mangle(read_whole, GH_STR(GOLDEN), false);
    gh_test_page(read_whole, GH_STR(GOLDEN));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tells_and_spells), cmocka_unit_test(sweeps)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
