/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/observe.h"
#include "policy/snapshot_maker.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
    const char *name;
    uint64_t until_ms, controls;
    enum gh_observe control;
    int64_t now_ms;
    bool observes;
} cases[] = {
    {"the control, before the time", 1000, 1u << GH_OBSERVE_TOOLS, GH_OBSERVE_TOOLS, 999, true},
    {"at the time it blocks again", 1000, 1u << GH_OBSERVE_TOOLS, GH_OBSERVE_TOOLS, 1000, false},
    {"after the time", 1000, 1u << GH_OBSERVE_TOOLS, GH_OBSERVE_TOOLS, 1001, false},
    {"another control", 1000, 1u << GH_OBSERVE_TOOLS, GH_OBSERVE_AUTHORIZATION, 0, false},
    {"all of them", 1000, (1u << GH_OBSERVE_COUNT) - 1, GH_OBSERVE_CONTENT, 0, true},
    {"no time", 0, (1u << GH_OBSERVE_COUNT) - 1, GH_OBSERVE_CONTENT, 0, false},
    {"no control", 1000, 0, GH_OBSERVE_AUTHORIZATION, 0, false},
    {"a clock before 1970", 1000, 1, GH_OBSERVE_AUTHORIZATION, -1, false},
    {"a control that is none", UINT64_MAX, UINT64_MAX, GH_OBSERVE_COUNT, 0, false},
};

static void
observes(void **state)
{
    struct gh_arena a;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        a = gh_test_arena();
        struct gh_maker m = gh_maker_new(&a, 1, false);
        const struct gh_snap_value values[GH_ENDPOINT_N] = {[GH_ENDPOINT_OBSERVE_UNTIL_MS] = {.u64 = cases[i].until_ms},
            [GH_ENDPOINT_OBSERVE_CONTROLS] = {.u64 = cases[i].controls}};
        gh_maker_put(&m, GH_SNAP_ENDPOINT, gh_maker_key(&m, GH_STR("w"), GH_STR("e")), values);
        struct gh_snap snap = {.base = gh_maker_finish(&m)};
        struct gh_snap_rec ep;

        assert_int_equal(m.rc, GH_OK);
        assert_true(gh_snap_find_v(&ep, &snap, GH_SNAP_ENDPOINT, (struct gh_str[]){GH_STR("w"), GH_STR("e")}, 2));
        if (gh_observe(&ep, cases[i].control, cases[i].now_ms) != cases[i].observes)
            fail_msg("%s", cases[i].name);
        gh_arena_fini(&a);
    }
}

static void
nothing_observes_without_an_endpoint(void **state)
{
    struct gh_snap_rec none = {.row = NULL, .section = GH_SNAP_ENDPOINT};

    (void)state;
    assert_false(gh_observe(&none, GH_OBSERVE_AUTHORIZATION, 0));
}

static void
names(void **state)
{
    (void)state;
    assert_int_equal(gh_observe_bit(GH_STR("authorization")), 1u << GH_OBSERVE_AUTHORIZATION);
    assert_int_equal(gh_observe_bit(GH_STR("content")), 1u << GH_OBSERVE_CONTENT);
    static const char *const never[] = {"authentication", "identity", "limits", "records", "egress", "models", "Tools", ""};
    for (size_t i = 0; i < COUNT(never); i++)
        if (gh_observe_bit(gh_str_z(never[i])) != 0)
            fail_msg("%s can be observed", never[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(observes), cmocka_unit_test(nothing_observes_without_an_endpoint), cmocka_unit_test(names)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
