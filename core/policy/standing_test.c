/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/snapshot_maker.h"
#include "policy/standing.h"

#define NOW 1000

static struct gh_snap
snapshot(struct gh_arena *a)
{
    static const struct gh_maker_grant now[] = {{"/roleAssignments/now", "/workspaces/demo", "r", 0, 0}};
    static const struct gh_maker_grant over[] = {{"/roleAssignments/over", "/", "r", 0, NOW}};
    static const struct gh_maker_grant later[] = {{"/roleAssignments/later", "/", "r", NOW + 1, NOW + 2}};
    struct gh_maker m = gh_maker_new(a, 1, false);
    struct gh_snap snap = {NULL, NULL};

    gh_maker_assign(&m, GH_STR("i:now"), now, 1);
    gh_maker_assign(&m, GH_STR("i:over"), over, 1);
    gh_maker_assign(&m, GH_STR("i:later"), later, 1);
    gh_maker_assign(&m, GH_STR("/groups/g"), now, 1);
    gh_maker_put(&m, GH_SNAP_ELIGIBLE, GH_STR("i:eligible"),
        (const struct gh_snap_value[GH_ELIGIBLE_N]){{.str = GH_STR("/roleEligibilities/e")}});
    snap.base = gh_maker_finish(&m);
    assert_int_equal(m.rc, GH_OK);
    return snap;
}

static const struct {
    const char *who, *group;
    enum gh_identify why;
    const char *rule; /* NULL: turned away */
} cases[] = {
    {"i:now", NULL, GH_IDENTIFY_OK, "/roleAssignments/now"},
    {"i:later", NULL, GH_IDENTIFY_OK, "/roleAssignments/later"},
    {"i:over", NULL, GH_IDENTIFY_OK, NULL},
    {"i:nobody", NULL, GH_IDENTIFY_OK, NULL},
    {"i:nobody", "/groups/g", GH_IDENTIFY_OK, "/roleAssignments/now"},
    {"i:nobody", "/groups/h", GH_IDENTIFY_OK, NULL},
    {"i:eligible", NULL, GH_IDENTIFY_OK, "/roleEligibilities/e"},
    {"i:now", NULL, GH_IDENTIFY_EXPIRED, NULL},
    {"i:now", NULL, GH_IDENTIFY_DISABLED, NULL},
};

static void
who_has_standing(void **state)
{
    struct gh_arena a = gh_test_arena();

    (void)state;
    struct gh_snap snap = snapshot(&a);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct gh_caller c = {.why = cases[i].why, .n_principals = cases[i].group == NULL ? 1 : 2};
        struct gh_decision d;

        c.principals[0] = gh_str_z(cases[i].who);
        c.principals[1] = gh_str_z(cases[i].group);
        gh_standing(&d, &snap, &c, NOW);
        bool is_allowed = d.verdict == GH_ALLOW;
        if (is_allowed != (cases[i].rule != NULL) || (is_allowed && !gh_str_eq(d.rule, gh_str_z(cases[i].rule))))
            fail_msg("case %zu (%s): %.*s", i, cases[i].who, (int)d.rule.n, d.rule.p);
    }
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_has_standing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
