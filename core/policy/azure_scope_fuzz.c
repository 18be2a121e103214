/* SPDX-License-Identifier: Apache-2.0 */
/* A scope of Azure or of ours: what is taken is "/" or the path of one resource of ours, and maps to itself; only what says so is "/". */
#include "fuzz.h"
#include "sweeps.h"

#include "policy/azure_scope.h"
#include "policy/resource.h"

static bool
is_above_all(struct gh_str s)
{
    static const struct gh_str heads[] = {
        GH_STR_INIT("/subscriptions/"), GH_STR_INIT("/providers/Microsoft.Management/managementGroups/")};

    if (s.n == 0 || gh_str_eq(s, GH_STR("/")))
        return true;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        if (gh_str_eq_ci(gh_str_sub(s, 0, heads[i].n), heads[i]))
            return true;
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str in = gh_str(data, size), out, again;
    struct gh_resource_path r;
    struct gh_err err = {0};
    enum gh_rc rc = gh_azure_scope(&out, &a, in, &err);

    gh_fuzz_check(rc == GH_OK || rc == GH_NOMEM || ((rc == GH_BAD || rc == GH_LIMIT) && err.what != NULL && err.at <= size));
    if (rc == GH_OK) {
        bool is_root = gh_str_eq(out, GH_STR("/"));
        gh_fuzz_check(is_root ? is_above_all(in) : gh_resource_find(&r, out) == GH_OK && !r.is_collection);
        gh_fuzz_check(gh_azure_scope(&again, &a, out, NULL) == GH_OK && gh_str_eq(again, out));
    }
    gh_arena_fini(&a);
    return 0;
}
