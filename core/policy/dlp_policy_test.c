/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/dlp_policy.h"
#include "policy/snapshot_maker.h"

/* Every act of every type in both directions comes back out of a row. */
static void
comes_back(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 64; round++) {
        struct gh_arena a = gh_test_arena();
        struct gh_dlp_policy p = {.is_set = true,
                                 .is_required = round & 1,
                                 .is_reversible = round & 2,
                                 .is_whole_words = round & 4},
                             back;
        uint64_t bits[2];
        for (unsigned d = 0; d < GH_DLP_DIRECTIONS; d++)
            for (unsigned t = 0; t < GH_DLP_POLICY_TYPES; t++)
                p.act[d][t] = (enum gh_dlp_act)((round + d * 5 + t * 7) % GH_DLP_ACTS);
        gh_dlp_policy_pack(bits, &p);
        struct gh_maker m = gh_maker_new(&a, 1, false);
        const struct gh_snap_value values[GH_ENDPOINT_N] = {
            [GH_ENDPOINT_DLP_INPUT] = {.u64 = bits[0]}, [GH_ENDPOINT_DLP_OUTPUT] = {.u64 = bits[1]}};
        gh_maker_put(&m, GH_SNAP_ENDPOINT, gh_maker_key(&m, GH_STR("w"), GH_STR("e")), values);
        struct gh_snap snap = {.base = gh_maker_finish(&m)};
        struct gh_snap_rec ep;
        assert_true(gh_snap_find_v(&ep, &snap, GH_SNAP_ENDPOINT, (struct gh_str[]){GH_STR("w"), GH_STR("e")}, 2));
        gh_dlp_policy_read(&back, &ep);
        assert_memory_equal(back.act, p.act, sizeof(p.act));
        assert_true(back.is_set && back.is_required == p.is_required && back.is_reversible == p.is_reversible &&
                    back.is_whole_words == p.is_whole_words);
        gh_arena_fini(&a);
    }
}

static void
nothing_is_wanted_without_a_policy(void **state)
{
    struct gh_snap_rec none = {.row = NULL, .section = GH_SNAP_ENDPOINT};
    struct gh_dlp_policy p;

    (void)state;
    gh_dlp_policy_read(&p, &none);
    assert_false(p.is_set);
    assert_int_equal(gh_dlp_policy_wanted(&p, GH_DLP_OUT), 0);
    gh_dlp_policy_default(&p);
    assert_int_equal(gh_dlp_policy_wanted(&p, GH_DLP_OUT), (1u << GH_DLP_POLICY_TYPES) - 1);
    assert_int_equal(gh_dlp_policy_held(&p, GH_DLP_IN), GH_DLP_BIT(GH_DLP_BLOCKED_TERM));
    assert_true((gh_dlp_policy_held(&p, GH_DLP_OUT) & GH_DLP_BIT(GH_DLP_JWT)) != 0);
    assert_true((gh_dlp_policy_held(&p, GH_DLP_OUT) & GH_DLP_BIT(GH_DLP_EMAIL)) == 0);
}

static void
words(void **state)
{
    (void)state;
    for (unsigned t = 0; t < GH_DLP_POLICY_TYPES; t++)
        assert_int_equal(gh_dlp_type_find(gh_str_z(gh_dlp_type_names[t])), t);
    for (unsigned x = 0; x < GH_DLP_ACTS; x++)
        assert_int_equal(gh_dlp_act_find(gh_str_z(gh_dlp_act_names[x])), x);
    assert_int_equal(gh_dlp_act_find(GH_STR("allow")), GH_DLP_ACTS);
    assert_int_equal(gh_dlp_type_find(GH_STR("placeholder")), GH_DLP_POLICY_TYPES);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back), cmocka_unit_test(nothing_is_wanted_without_a_policy), cmocka_unit_test(words)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
