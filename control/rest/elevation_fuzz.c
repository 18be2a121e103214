/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people write about elevation: a request, rules of a role's policy, a stored policy, a duration. Whatever is taken is within its bounds; whatever is
 * not is a 400; and a policy that is written out reads as the same.
 */
#include "fuzz.h"
#include "sweeps.h"

#include "base/duration.h"
#include "control/rest/arm_pim.h"
#include "control/rest/arm_rules.h"

static void
check_ask(struct gh_call *call)
{
    static const struct gh_door_row rows[] = {
        {GH_SURFACE_ARM, GH_METHOD_PUT, "{scope...}" GH_ARM_AUTH "roleAssignmentScheduleRequests/{name}", NULL},
        {GH_SURFACE_ARM, GH_METHOD_PUT, "{scope...}" GH_ARM_AUTH "roleEligibilityScheduleRequests/{name}", NULL}};
    const struct gh_door door = {.row = &rows[call->body.n % 2], .scope = GH_STR("/workspaces/w"), .names = {GH_STR_INIT("name")}};
    struct gh_ask ask = {.name = GH_STR("")};
    if (!gh_arm_ask_read(&ask, call, &door)) {
        gh_fuzz_check(call->status == 400);
        return;
    }
    gh_fuzz_check(
        ask.type < GH_ASK_COUNT && ask.role.n > 0 && ask.principal.n > 0 && gh_str_eq(ask.scope, GH_STR("/workspaces/w")));
    gh_fuzz_check(ask.duration_ms >= 0 && ask.duration_ms <= GH_DURATION_MS_MAX);
    gh_fuzz_check((ask.end_ms == 0 || ask.duration_ms == 0) && (!ask.is_endless || (ask.end_ms == 0 && ask.duration_ms == 0)));
    gh_fuzz_check(gh_str_chr(ask.linked, '/') == SIZE_MAX && gh_str_chr(ask.target, '/') == SIZE_MAX);
}

static void
check_stored(struct gh_arena *a, struct gh_call *call, struct gh_str json)
{
    struct gh_role_policy policy, again;
    struct gh_props p, q;
    const char *fault = NULL;
    struct gh_buf b;
    if (gh_props_open(&p, a, json) != GH_OK || gh_role_policy_read(&policy, &fault, &p) != GH_OK || fault != NULL)
        return;
    gh_buf_init(&b, a, 1u << 20);
    gh_arm_put_stored(&b, call, &policy);
    if (b.rc != GH_OK)
        return;
    gh_fuzz_check(
        gh_props_open(&q, a, gh_buf_str(&b)) == GH_OK && gh_role_policy_read(&again, &fault, &q) == GH_OK && fault == NULL);
    gh_fuzz_check(again.evidence == policy.evidence && again.n_approvers == policy.n_approvers &&
                  again.needs_approval == policy.needs_approval);
    gh_fuzz_check(again.longest_ms / 1000 == policy.longest_ms / 1000 && gh_str_eq(again.context, policy.context));
}

static void
check_rules(struct gh_call *call)
{
    struct gh_role_policy policy = {.scope = GH_STR("/"),
        .role = GH_STR("r"),
        .longest_ms = 3600000,
        .timeout_ms = 86400000,
        .eligibility = {true, 86400000, 0},
        .assignment = {true, 86400000, 0}};
    if (gh_arm_read_rules(&policy, call))
        gh_fuzz_check(policy.n_approvers <= 5 && policy.evidence <= 7);
    else
        gh_fuzz_check(call->status == 400);
}

static void
check_duration(struct gh_arena *a, struct gh_str s)
{
    int64_t ms, again;
    struct gh_buf b;
    if (gh_duration_read(&ms, s) != GH_OK)
        return;
    gh_buf_init(&b, a, 64);
    gh_duration_put(&b, ms);
    gh_fuzz_check(ms > 0 && ms <= GH_DURATION_MS_MAX && gh_duration_read(&again, gh_buf_str(&b)) == GH_OK && again == ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gh_arena a = gh_test_arena();
    struct gh_caller *caller = gh_arena_take(&a, sizeof(*caller));
    struct gh_str text = gh_str(data + (size > 0), size > 0 ? size - 1 : 0);
    struct gh_call call;

    gh_call_init(&call, NULL, &a);
    caller->name = caller->principals[0] = GH_STR("corp:ann");
    caller->n_principals = 1;
    call.caller = caller;
    call.surface = GH_SURFACE_ARM;
    call.body = text;
    switch (size > 0 ? data[0] % 4 : 0) {
    case 0:
        check_ask(&call);
        break;
    case 1:
        check_rules(&call);
        break;
    case 2:
        check_stored(&a, &call, text);
        break;
    default:
        check_duration(&a, text);
    }
    gh_arena_fini(&a);
    return 0;
}
