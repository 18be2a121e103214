/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "base/limits.h"
#include "policy/guard.h"
#include "policy/observe.h"

/*
 * The endpoint's guards (policy/guard.h) at work: on the conversation, in the judge's thread, and on the calls of tools that an answer makes. What
 * an endpoint only observes (policy/observe.h) is recorded as that, and passes.
 */

#define CLAIM_MAX 128 /* bytes of a claim of the application that a record keeps */

static const char *
judge_tools(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv, struct gh_str *tool)
{
    return gh_guard_tools(tool, &j->endpoint, conv);
}

static const char *
judge_instructions(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv, struct gh_str *tool)
{
    (void)tool;
    return gh_guard_instructions(&j->endpoint, conv);
}

static const char *
judge_bounds(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv, struct gh_str *tool)
{
    (void)tool;
    return gh_guard_bounds(&j->endpoint, conv);
}

static const char *
judge_end_user(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv, struct gh_str *tool)
{
    (void)tool;
    return gh_guard_end_user(&j->endpoint, j->caller, conv);
}

/* observe GH_OBSERVE_COUNT: it has no such mode. */
static const struct {
    enum gh_control control;
    enum gh_problem problem;
    enum gh_observe observe;
    const char *(*judge)(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv, struct gh_str *tool);
} guards[] = {
    {GH_CONTROL_END_USER, GH_PROBLEM_END_USER, GH_OBSERVE_COUNT, judge_end_user},
    {GH_CONTROL_BOUNDS, GH_PROBLEM_BOUND, GH_OBSERVE_COUNT, judge_bounds},
    {GH_CONTROL_INSTRUCTIONS, GH_PROBLEM_INSTRUCTIONS, GH_OBSERVE_INSTRUCTIONS, judge_instructions},
    {GH_CONTROL_TOOLS, GH_PROBLEM_TOOL, GH_OBSERVE_TOOLS, judge_tools},
};

static struct gh_str
kept(ngx_http_gatehouse_judge_t *j, struct gh_str s, size_t max)
{
    struct gh_str copy;

    return gh_arena_dup(&copy, &j->keep, gh_str_sub(s, 0, max)) == GH_OK ? copy : gh_str(NULL, 0);
}

/* What the answer is judged by has to outlive the body. */
static bool
keep_tools(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv)
{
    struct gh_tool *tools = gh_arena_take_array(&j->keep, conv->n_tools, sizeof(*tools));

    if (tools == NULL && conv->n_tools > 0)
        return false;
    for (size_t i = 0; i < conv->n_tools; i++) {
        tools[i].is_hosted = conv->tools[i].is_hosted;
        if (gh_arena_dup(&tools[i].name, &j->keep, conv->tools[i].name) != GH_OK)
            return false;
    }
    j->declared = tools;
    j->n_declared = conv->n_tools;
    return true;
}

/* What goes with the call from the endpoint's own side. */
static void
forward(ngx_http_gatehouse_judge_t *j)
{
    struct gh_forward *how = &j->how;

    if (gh_dialect_is_silent(j->dialect))
        return;
    how->instructions = gh_snap_str(&j->endpoint, GH_ENDPOINT_INSTRUCTIONS);
    how->max_output_tokens = (int64_t)gh_snap_u64(&j->endpoint, GH_ENDPOINT_MAX_OUTPUT_TOKENS);
    if (how->instructions.n == 0)
        return;
    j->instructions_version = gh_snap_str(&j->endpoint, GH_ENDPOINT_INSTRUCTIONS_VERSION);
    j->instructions_sha256 = gh_snap_str(&j->endpoint, GH_ENDPOINT_INSTRUCTIONS_SHA256);
    if (j->controls.ran[GH_CONTROL_INSTRUCTIONS] == GH_RAN_PASSED)
        j->controls.ran[GH_CONTROL_INSTRUCTIONS] = GH_RAN_CHANGED;
}

bool
ngx_http_gatehouse_guard_request(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv)
{
    j->claimed_ip = kept(j, conv->claimed_ip, CLAIM_MAX);
    j->claimed_application = kept(j, conv->claimed_application, CLAIM_MAX);
    for (size_t i = 0; i < sizeof(guards) / sizeof(guards[0]); i++) {
        struct gh_str tool = {NULL, 0};
        const char *why = guards[i].judge(j, conv, &tool);
        bool is_observed = why != NULL && gh_observe(&j->endpoint, guards[i].observe, j->now_ms);

        j->controls.ran[guards[i].control] = (uint8_t)(why == NULL   ? GH_RAN_PASSED
                                                       : is_observed ? GH_RAN_OBSERVED
                                                                     : GH_RAN_BLOCKED);
        j->controls.reason[guards[i].control] = why;
        if (tool.n > 0)
            j->tool = kept(j, gh_guard_tool_name(tool), CLAIM_MAX);
        if (why == NULL || is_observed)
            continue;
        j->problem = guards[i].problem;
        j->reason = j->detail = why;
        return false;
    }
    if (!keep_tools(j, conv)) {
        j->problem = GH_PROBLEM_INTERNAL;
        j->reason = "no memory";
        return false;
    }
    forward(j);
    return true;
}

const char *
ngx_http_gatehouse_guard_calls(ngx_http_gatehouse_ctx_t *ctx, const struct gh_str *calls, size_t n_calls)
{
    const ngx_http_gatehouse_judge_t *j = ctx->judge;
    struct gh_str tool, copy;

    if (n_calls == 0 || j == NULL)
        return NULL;
    const char *why = j->dialect->read == NULL ? gh_guard_stored_calls(&tool, &j->endpoint, calls, n_calls)
                                               : gh_guard_calls(&tool, j->declared, j->n_declared, calls, n_calls);
    if (why == NULL)
        return NULL;
    bool is_observed = gh_observe(&j->endpoint, GH_OBSERVE_TOOLS, ngx_http_gatehouse_now_ms());
    if (ctx->tool.n == 0 && gh_arena_dup(&copy, &ctx->arena, gh_guard_tool_name(tool)) == GH_OK)
        ctx->tool = copy;
    ngx_http_gatehouse_control(ctx, GH_CONTROL_TOOLS, is_observed ? GH_RAN_OBSERVED : GH_RAN_BLOCKED, why);
    return is_observed ? NULL : why;
}
