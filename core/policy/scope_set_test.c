/* SPDX-License-Identifier: Apache-2.0 */
/* What gh_scope_covers would find is never passed over; nearly all else is. */
#include <stdio.h>

#include "sweeps.h"

#include "policy/resource.h"
#include "policy/scope_set.h"

static const char *const names[] = {"/", "//", "/a", "/a/", "/a//", "/a/b", "/a/b/", "/a//b", "//a/b", "/workspaces",
    "/workspaces/w", "/workspaces/w/", "/workspaces/w2", "/workspaces/w/endpoints", "/workspaces/w/endpoints/e",
    "/workspaces/w/endpoints/e2", "/workspaces/w/endpoints/e/deployments", "/workspaces/w/endpoints/e/deployments/d",
    "/workspaces/v/endpoints/e", "/identities/x", "", "workspaces/w", "a",
    "/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y/x/y"};
#define NAMES (sizeof(names) / sizeof(names[0]))

static bool
meets(const struct gh_scope_set *s, struct gh_str path, bool is_below)
{
    struct gh_scope_asks asks;

    gh_scope_asks_of(&asks, path, is_below);
    for (size_t i = 0; i < asks.n; i++)
        if (gh_scope_ask_is_met(s->w[asks.ask[i].word], asks.ask[i].bits))
            return true;
    return asks.is_open;
}

/* Every name as a scope against every name as a path: what covers is found, in both directions. */
static void
test_never_passed_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        struct gh_scope_set set = {{0}};
        struct gh_str scope = gh_str_z(names[i]);

        gh_scope_set_add(&set, scope);
        for (size_t k = 0; k < NAMES; k++) {
            struct gh_str path = gh_str_z(names[k]);
            bool covers = gh_scope_covers(scope, path), is_below = gh_scope_covers(path, scope);

            if ((covers && !meets(&set, path, false)) || ((covers || is_below) && !meets(&set, path, true)))
                fail_msg("scope %s, path %s", names[i], names[k]);
        }
    }
}

/* Each prefix of a long path covers it, and lies above it; in sets that hold others too. */
static void
test_prefixes(void **state)
{
    struct gh_str path = GH_STR("/workspaces/one/endpoints/two/deployments/three");
    struct gh_scope_set full = {{0}};

    (void)state;
    for (size_t n = 0; n <= path.n; n++) {
        struct gh_str scope = gh_str_sub(path, 0, n);
        struct gh_scope_set set = {{0}};

        gh_scope_set_add(&set, scope);
        gh_scope_set_add(&full, scope);
        assert_true(!gh_scope_covers(scope, path) || meets(&set, path, false));
        assert_true(!gh_scope_covers(scope, path) || meets(&full, path, false));
        set = (struct gh_scope_set){{0}};
        gh_scope_set_add(&set, path);
        assert_true(!gh_scope_covers(scope, path) || meets(&set, scope, true));
    }
}

/* Ten scopes in a row, asked about a hundred other paths: at most one in twenty is asked in vain, and nothing of an empty row. */
static void
test_passes_over(void **state)
{
    struct gh_scope_set set = {{0}}, none = {{0}};
    size_t n_vain = 0;
    char name[96];

    (void)state;
    for (int i = 0; i < 10; i++) {
        (void)snprintf(name, sizeof(name), "/workspaces/team-%d/endpoints/chat-%d", i, i * 7);
        gh_scope_set_add(&set, gh_str_z(name));
    }
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof(name), "/workspaces/other-%d/endpoints/chat/deployments/model", i);
        n_vain += meets(&set, gh_str_z(name), false);
        assert_false(meets(&none, gh_str_z(name), false));
        (void)snprintf(name, sizeof(name), "/workspaces/other-%d/endpoints/chat", i);
        n_vain += meets(&set, gh_str_z(name), true);
        assert_false(meets(&none, gh_str_z(name), true));
    }
    assert_in_range(n_vain, 0, 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_passed_over), cmocka_unit_test(test_prefixes), cmocka_unit_test(test_passes_over)};
    return cmocka_run_group_tests_name("scope_set", tests, NULL, NULL);
}
