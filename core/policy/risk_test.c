/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/risk.h"
#include "policy/snapshot_maker.h"

static struct gh_snap
made(struct gh_arena *a, uint64_t level, uint64_t until, uint64_t step)
{
    struct gh_maker m = gh_maker_new(a, 1, false);
    const struct gh_snap_value values[GH_RISK_N] = {[GH_RISK_LEVEL] = {.u64 = level},
        [GH_RISK_REASON] = {.str = GH_STR("newDevice")},
        [GH_RISK_SINCE_MS] = {.u64 = 10},
        [GH_RISK_UNTIL_MS] = {.u64 = until},
        [GH_RISK_STEP_MS] = {.u64 = step}};

    gh_maker_put(&m, GH_SNAP_RISK, GH_STR("i:x"), values);
    return (struct gh_snap){.base = gh_maker_finish(&m)};
}

static void
levels_decay(void **state)
{
    static const struct {
        const char *name, *who;
        uint64_t level, until, step;
        int64_t now;
        enum gh_risk want;
        bool is_unknown;
    } cases[] = {
        {"as published", "i:x", 3, 100, 50, 99, GH_RISK_LEVEL_HIGH, false},
        {"one less", "i:x", 3, 100, 50, 100, GH_RISK_LEVEL_MEDIUM, false},
        {"still one less", "i:x", 3, 100, 50, 149, GH_RISK_LEVEL_MEDIUM, false},
        {"two less", "i:x", 3, 100, 50, 150, GH_RISK_LEVEL_LOW, false},
        {"gone", "i:x", 3, 100, 50, 200, GH_RISK_LEVEL_NONE, false},
        {"long gone", "i:x", 3, 100, 1, INT64_MAX, GH_RISK_LEVEL_NONE, false},
        {"never, without a step", "i:x", 3, 100, 0, INT64_MAX, GH_RISK_LEVEL_HIGH, false},
        {"a clock before all time", "i:x", 2, 100, 50, -5, GH_RISK_LEVEL_MEDIUM, false},
        {"an unknown level is the highest", "i:x", 77, 100, 0, 1, GH_RISK_LEVEL_HIGH, true},
        {"and stays it", "i:x", GH_RISK_UNKNOWN, 100, 1, INT64_MAX, GH_RISK_LEVEL_HIGH, true},
        {"somebody else", "i:y", 3, 100, 50, 1, GH_RISK_LEVEL_NONE, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_risk_now got;
        struct gh_snap snap = made(&a, cases[i].level, cases[i].until, cases[i].step);
        gh_risk_of(&got, &snap, gh_str_z(cases[i].who), cases[i].now);
        if (got.level != cases[i].want || got.is_unknown != cases[i].is_unknown)
            fail_msg("%s: %s", cases[i].name, gh_risk_names[got.level]);
        assert_int_equal(got.reason.n > 0, got.level != GH_RISK_LEVEL_NONE);
        gh_arena_fini(&a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(levels_decay)};
    return cmocka_run_group_tests_name("risk", tests, NULL, NULL);
}
