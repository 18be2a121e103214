/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/testing.h"

#include "vault/wrap.h"

#define RESOURCE "/workspaces/w/secrets/s"
#define VERSION  "00000000000000000000000000000001"
#define PLAIN    "a value that nobody may see"

static struct gh_seal seal;

static struct gh_str
wrap(struct gh_arena *a)
{
    struct gh_buf b;

    gh_buf_init(&b, a, 4096);
    assert_int_equal(gh_wrap_put(&b, &seal, GH_STR(RESOURCE), GH_STR(VERSION), GH_STR(PLAIN)), GH_OK);
    return gh_buf_str(&b);
}

static enum gh_rc
unwrap(struct gh_buf *meaning, struct gh_arena *a, struct gh_str blob)
{
    (void)a;
    return gh_wrap_get(meaning, &seal, GH_STR(RESOURCE), GH_STR(VERSION), blob);
}

static void
round_trip(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str blob = wrap(&a);
    struct gh_buf plain;

    (void)state;
    assert_int_equal(blob.n, sizeof(PLAIN) - 1 + GH_WRAP_OVERHEAD);
    assert_int_equal(gh_str_find(blob, GH_STR("value")), SIZE_MAX);
    gh_buf_init(&plain, &a, 4096);
    assert_int_equal(unwrap(&plain, &a, blob), GH_OK);
    assert_true(gh_str_eq(gh_buf_str(&plain), GH_STR(PLAIN)));
    gh_arena_fini(&a);
}

static const struct wrong_case {
    const char *name;
    struct gh_str resource, version;
} wrong_cases[] = {
    {"other resource", GH_STR_INIT("/workspaces/w/secrets/t"), GH_STR_INIT(VERSION)},
    {"other workspace", GH_STR_INIT("/workspaces/v/secrets/s"), GH_STR_INIT(VERSION)},
    {"other version", GH_STR_INIT(RESOURCE), GH_STR_INIT("00000000000000000000000000000002")},
    {"border moved", GH_STR_INIT(RESOURCE "0"), GH_STR_INIT("0000000000000000000000000000001")},
    {"no resource", GH_STR_INIT(""), GH_STR_INIT(VERSION)},
    {"no version", GH_STR_INIT(RESOURCE), GH_STR_INIT("")},
};

static void
bound_to_its_place(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str blob = wrap(&a);
    struct gh_seal other = seal;
    struct gh_buf plain;

    (void)state;
    gh_buf_init(&plain, &a, 4096);
    for (size_t i = 0; i < sizeof(wrong_cases) / sizeof(wrong_cases[0]); i++) {
        print_message("# %s\n", wrong_cases[i].name);
        assert_int_equal(gh_wrap_get(&plain, &seal, wrong_cases[i].resource, wrong_cases[i].version, blob), GH_BAD);
        assert_int_equal(plain.n, 0);
    }
    other.installation[15] ^= 1;
    assert_int_equal(gh_wrap_get(&plain, &other, GH_STR(RESOURCE), GH_STR(VERSION), blob), GH_BAD);
    assert_int_equal(gh_wrap_put(&plain, &seal, GH_STR(""), GH_STR(VERSION), GH_STR(PLAIN)), GH_BAD);
    assert_int_equal(gh_wrap_put(&plain, &seal, GH_STR(RESOURCE), GH_STR(""), GH_STR(PLAIN)), GH_BAD);
    gh_arena_fini(&a);
}

static void
sweeps(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str blob = wrap(&a);

    (void)state;
    gh_test_mangle(unwrap, blob, true);
    gh_test_page(unwrap, blob);
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip), cmocka_unit_test(bound_to_its_place), cmocka_unit_test(sweeps)};

    seal = gh_test_seal();
    return cmocka_run_group_tests_name("vault wrap", tests, NULL, NULL);
}
