/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "wire/query.h"

static const struct {
    const char *query, *pairs; /* "name=value;"; a final '!' where it is bad */
} cases[] = {
    {"", ""},
    {"&&", ""},
    {"api-version=2024-10-21", "api-version=2024-10-21;"},
    {"api%2Dversion=2025%2d07-01&x", "api-version=2025-07-01;x=;"},
    {"a=b=c&=d&e+f=g%20h", "a=b=c;=d;e f=g h;"},
    {"a=%", "!"},
    {"a=1&b=%4", "a=1;!"},
    {"a=1&%zz=2&c=3", "a=1;!"},
};

static void
reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_str rest = gh_str_z(cases[i].query), name, value;
        struct gh_buf b;
        enum gh_rc rc;
        gh_buf_init(&b, &a, 1024);
        while ((rc = gh_query_next(&name, &value, &a, &rest)) == GH_OK) {
            gh_buf_put(&b, name);
            gh_buf_putc(&b, '=');
            gh_buf_put(&b, value);
            gh_buf_putc(&b, ';');
        }
        gh_buf_putz(&b, rc == GH_BAD ? "!" : "");
        if (!gh_str_eq(gh_buf_str(&b), gh_str_z(cases[i].pairs)))
            fail_msg("%s: got %.*s", cases[i].query, (int)b.n, b.p);
        gh_arena_fini(&a);
    }
}

static enum gh_rc
all(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_str name, value;
    enum gh_rc rc;

    while ((rc = gh_query_next(&name, &value, a, &in)) == GH_OK) {
        gh_buf_put(meaning, name);
        gh_buf_put(meaning, value);
    }
    return rc == GH_MORE ? GH_OK : rc;
}

static void
sweeps(void **state)
{
    const struct gh_str golden = GH_STR("api%2Dversion=v1&limit=2&order=asc&after=item_1");

    (void)state;
    gh_test_mangle(all, golden, false);
    gh_test_oom(all, golden);
    gh_test_page(all, golden);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(sweeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
