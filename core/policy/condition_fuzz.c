/* SPDX-License-Identifier: Apache-2.0 */
/* What compiles runs and comes out the same each time; what is known of less never says yes or no where more says the opposite; any bytes
 * may be run as a program. */
#include "fuzz.h"
#include "sweeps.h"

#include "policy/condition.h"
#include "policy/decide.h"
#include "policy/snapshot_maker.h"

static const uint8_t ip[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1};
static const struct gh_assignment_facts facts = {
    GH_STR_INIT("53ca6127-db72-4b80-b1b0-d745d6d5456d"), GH_STR_INIT("/groups/g"), GH_STR_INIT("Group")};
static const struct gh_attributes known = {true, ip, GH_STR_INIT("main"), GH_STR_INIT(""), &facts, &facts};

/* Made once: no input changes it, and to make one costs more than all that is tried with it. It is the process's to the end. */
static const struct gh_snap *
empty_snapshot(void)
{
    static struct gh_arena a;
    static struct gh_snap snap;

    if (snap.base == NULL) {
        a = gh_test_arena();
        struct gh_maker m = gh_maker_new(&a, 1, false);
        snap.base = gh_maker_finish(&m);
        gh_fuzz_check(snap.base != NULL);
    }
    return &snap;
}

static bool
is_settled(enum gh_holds v)
{
    return v == GH_HOLDS_YES || v == GH_HOLDS_NO;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    struct gh_caller caller = {.name = GH_STR("gatehouse:ann")};
    struct gh_question q = {empty_snapshot(), &caller, GH_ACTION_ROLE_ASSIGNMENT_WRITE, GH_STR("/workspaces/w/endpoints/e"), 1,
                           &known},
                       less = q;
    struct gh_str program, again;
    struct gh_err err = {0};
    enum gh_rc rc = gh_condition_compile(&program, &a, gh_str(data, size), &err);

    less.attributes = NULL;
    (void)gh_condition_run(gh_str(data, size), &q, false);
    if (rc != GH_OK) {
        gh_fuzz_check(program.p == NULL && err.at <= size && err.what != NULL);
    } else {
        enum gh_holds all = gh_condition_run(program, &q, false), some = gh_condition_run(program, &less, false),
                      below = gh_condition_run(program, &q, true);

        gh_fuzz_check(all != GH_HOLDS_LATER && some != GH_HOLDS_LATER);
        gh_fuzz_check(!is_settled(some) || some == all);
        gh_fuzz_check(!is_settled(below) || below == all);
        gh_fuzz_check(gh_condition_compile(&again, &a, gh_str(data, size), NULL) == GH_OK && gh_str_eq(program, again));
    }
    gh_arena_fini(&a);
    return 0;
}
