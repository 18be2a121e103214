/* SPDX-License-Identifier: Apache-2.0 */
/* Who is denied, as read from a denial: never nobody, everyone only by name, a group never without the row of all groups, and the same again. */
#include "fuzz.h"
#include "sweeps.h"

#include "control/publish/project_int.h"
#include "policy/decide.h"

static bool
is_group(struct gh_str s)
{
    return gh_str_starts(s, GH_STR("/groups/")) || gh_str_find(s, GH_STR("/groups:")) != SIZE_MAX;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    struct gh_strs keys = {.a = &a}, excluded = {.a = &a}, again = {.a = &a}, others = {.a = &a};
    struct gh_props p;
    const char *why = NULL;
    bool names_group = false;

    if (gh_props_open(&p, &a, gh_str(data, size)) == GH_OK) {
        enum gh_rc rc = gh_project_denied(&keys, &excluded, &p, &why);

        gh_fuzz_check(rc == GH_OK || rc == GH_BAD || rc == GH_NOMEM);
        gh_fuzz_check(rc != GH_BAD || why != NULL);
        for (size_t i = 0; rc == GH_OK && i < keys.n; i++) {
            gh_fuzz_check(keys.p[i].n > 0);
            names_group = names_group || is_group(keys.p[i]);
        }
        gh_fuzz_check(rc != GH_OK || !names_group || gh_strs_has(&keys, GH_STR(GH_DENY_ANY_GROUP)));
        gh_fuzz_check(rc != GH_OK || !gh_strs_has(&excluded, GH_STR(GH_DENY_EVERYONE)));
        gh_fuzz_check(gh_project_denied(&again, &others, &p, &why) == rc && again.n == keys.n && others.n == excluded.n);
    }
    gh_arena_fini(&a);
    return 0;
}
