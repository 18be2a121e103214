/* SPDX-License-Identifier: Apache-2.0 */
/* A policy, or a named location: whatever is accepted becomes a row that can be judged; and reads the same twice. */
#include "fuzz.h"
#include "sweeps.h"

#include "policy/conditional_filter.h"
#include "policy/conditional_read.h"
#include "policy/ranges.h"

static struct gh_str
step(void *ctx, size_t i)
{
    return ((const struct gh_cond_list *)ctx)->p[i];
}

static void
check_policy(struct gh_arena *a, const struct gh_json *j)
{
    static const struct gh_str device[GH_COND_DEVICE_N] = {GH_STR_INIT("True"), GH_STR_INIT("AzureAD"), {NULL, 0}};
    struct gh_cond_names none = {0};
    struct gh_snap_value v[GH_COND_POLICY_N] = {0};
    struct gh_cond_policy p, again;

    if (gh_cond_policy_read(&p, a, j, 0, NULL) != GH_OK)
        return;
    gh_fuzz_check(gh_cond_policy_read(&again, a, j, 0, NULL) == GH_OK && again.flags == p.flags && again.users.n == p.users.n);
    gh_fuzz_check((p.flags & GH_COND_HAS_BLOCK) == 0 || (p.grants == 0 && p.strength.n == 0));
    gh_fuzz_check(((p.flags & GH_COND_HAS_USERS) != 0) != ((p.flags & GH_COND_HAS_WORKLOADS) != 0));
    if ((p.flags & GH_COND_HAS_FILTER) != 0)
        (void)gh_cond_filter_judge(step, p.filter.n, &p.filter, device);
    for (size_t i = 0; i < p.times.n; i++)
        (void)gh_cond_time_has(p.times.p[i], INT64_C(1700000000000));
    (void)!gh_cond_row(v, a, GH_STR("p"), &p, &none, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    struct gh_cond_place place = {.id = GH_STR("x")};
    struct gh_json j;

    if (gh_json_parse(&j, &a, gh_str(data, size), NULL) == GH_OK) {
        check_policy(&a, &j);
        if (gh_cond_place_read(&place, &a, &j, 0, NULL) == GH_OK) {
            gh_fuzz_check((place.ranges.n > 0) != (place.countries.n > 0) && place.countries.n % 2 == 0);
            gh_fuzz_check(gh_ranges_are_valid(place.ranges));
        }
    }
    gh_arena_fini(&a);
    return 0;
}
