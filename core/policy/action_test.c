/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/action.h"

#include "base/limits.h"

static void
every_row_is_found_by_its_name(void **state)
{
    (void)state;
    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++) {
        struct gh_str s = gh_action_table[i].string;
        char upper[256];

        assert_in_range(s.n, 1, sizeof(upper));
        for (size_t k = 0; k < s.n; k++)
            upper[k] = (char)(s.p[k] >= 'a' && s.p[k] <= 'z' ? s.p[k] - ('a' - 'A') : s.p[k]);
        if (gh_action_find(s) != (enum gh_action)i || gh_action_find(gh_str(upper, s.n)) != (enum gh_action)i)
            fail_msg("%.*s: found as %d", (int)s.n, s.p, (int)gh_action_find(s));
    }
}

static void
nothing_else_is_found(void **state)
{
    static const struct gh_str rows[] = {GH_STR_INIT(""), GH_STR_INIT("*"),
        GH_STR_INIT("Microsoft.MachineLearningServices/workspaces"),
        GH_STR_INIT("Microsoft.MachineLearningServices/workspaces/read "),
        GH_STR_INIT("Microsoft.MachineLearningServices/workspaces/rea")};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (gh_action_find(rows[i]) != GH_ACTION_NONE)
            fail_msg("\"%.*s\" is found", (int)rows[i].n, rows[i].p);
}

/* Numbers are stored in snapshots and records: rows are appended, never moved. */
static void
numbers_stand(void **state)
{
    (void)state;
    assert_int_equal(GH_ACTION_CHAT, 1);
    assert_int_equal(GH_ACTION_KEY_CREATE, 15);
    assert_int_equal(GH_ACTION_ROLE_ASSIGNMENT_DELETE, 36);
    assert_int_equal(GH_ACTION_AUDIT_HEAD_READ, 40);
}

static void
the_digest_is_that_of_the_table(void **state)
{
    uint8_t a[32], b[32], zero[32] = {0};

    (void)state;
    assert_int_equal(gh_action_digest(a), GH_OK);
    assert_int_equal(gh_action_digest(b), GH_OK);
    assert_memory_equal(a, b, sizeof(a));
    assert_memory_not_equal(a, zero, sizeof(a));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_by_its_name),
        cmocka_unit_test(nothing_else_is_found),
        cmocka_unit_test(numbers_stand),
        cmocka_unit_test(the_digest_is_that_of_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
