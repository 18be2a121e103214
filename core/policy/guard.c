/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/guard.h"

/* ---- tools ---- */

static bool
is_digits(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* Whether `type` is `family` or a version of it: behind the name only "_preview" and "_<digits>" may stand. */
static bool
is_version_of(struct gh_str type, struct gh_str family)
{
    struct gh_str rest, one;

    if (!gh_str_starts(type, family))
        return false;
    rest = gh_str_sub(type, family.n, type.n);
    if (rest.n == 0)
        return true;
    if (rest.p[0] != '_')
        return false;
    rest = gh_str_sub(rest, 1, rest.n);
    while (gh_str_cut(&one, &rest, '_'))
        if (!gh_str_eq(one, GH_STR("preview")) && !is_digits(one))
            return false;
    return true;
}

static bool
is_listed(const struct gh_snap_rec *endpoint, const struct gh_tool *tool)
{
    unsigned field = tool->is_hosted ? GH_ENDPOINT_HOSTED_TOOLS : GH_ENDPOINT_FUNCTIONS;

    for (size_t i = 0; i < gh_snap_count(endpoint, field); i++) {
        struct gh_str item = gh_snap_item(endpoint, field, i);
        if (tool->is_hosted ? is_version_of(tool->name, item) : gh_str_eq(tool->name, item))
            return true;
    }
    return false;
}

static bool
is_declared(struct gh_str call, const struct gh_tool *declared, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (gh_str_eq(declared[i].name, call) || (declared[i].is_hosted && is_version_of(declared[i].name, call)))
            return true;
    return false;
}

const char *
gh_guard_tools(struct gh_str *tool, const struct gh_snap_rec *endpoint, const struct gh_conv *conv)
{
    bool is_free = gh_snap_u64(endpoint, GH_ENDPOINT_FUNCTIONS_LISTED) == 0;

    *tool = gh_str(NULL, 0);
    for (size_t i = 0; i < conv->n_tools; i++) {
        if ((!conv->tools[i].is_hosted && is_free) || is_listed(endpoint, &conv->tools[i]))
            continue;
        *tool = conv->tools[i].name;
        return conv->tools[i].is_hosted ? "a tool that the provider would run itself, and that the endpoint does not list"
                                        : "a function that the endpoint does not list";
    }
    for (size_t i = 0; i < conv->n_chosen; i++) {
        if (is_declared(conv->chosen[i], conv->tools, conv->n_tools))
            continue;
        *tool = conv->chosen[i];
        return "a choice of a tool that the request does not declare";
    }
    return NULL;
}

const char *
gh_guard_calls(struct gh_str *tool, const struct gh_tool *declared, size_t n_declared, const struct gh_str *calls, size_t n_calls)
{
    *tool = gh_str(NULL, 0);
    if (n_calls > GH_TOOLS_MAX)
        return "the answer calls more tools than can be judged";
    for (size_t i = 0; i < n_calls; i++) {
        if (calls[i].n == 0 || is_declared(calls[i], declared, n_declared)) /* some backends say "" where a streamed call goes on */
            continue;
        *tool = calls[i];
        return "the answer calls a tool that the request did not declare";
    }
    return NULL;
}

const char *
gh_guard_stored_calls(struct gh_str *tool, const struct gh_snap_rec *endpoint, const struct gh_str *calls, size_t n_calls)
{
    *tool = gh_str(NULL, 0);
    if (gh_snap_u64(endpoint, GH_ENDPOINT_FUNCTIONS_LISTED) == 0)
        return NULL;
    if (n_calls > GH_TOOLS_MAX)
        return "the answer calls more tools than can be judged";
    for (size_t i = 0; i < n_calls; i++) {
        if (is_listed(endpoint, &(struct gh_tool){calls[i], false}) || is_listed(endpoint, &(struct gh_tool){calls[i], true}))
            continue;
        *tool = calls[i];
        return "the answer calls a tool that the endpoint does not list";
    }
    return NULL;
}

struct gh_str
gh_guard_tool_name(struct gh_str tool)
{
    static const char marks[] = "_.:-";

    if (tool.n > 128)
        return GH_STR("not a name");
    for (size_t i = 0; i < tool.n; i++) {
        char c = tool.p[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_alnum && memchr(marks, c, sizeof(marks) - 1) == NULL)
            return GH_STR("not a name");
    }
    return tool;
}

/* ---- instructions, bounds, end user ---- */

const char *
gh_guard_instructions(const struct gh_snap_rec *endpoint, const struct gh_conv *conv)
{
    if (gh_snap_u64(endpoint, GH_ENDPOINT_CALLER_INSTRUCTIONS) != 0 || gh_snap_str(endpoint, GH_ENDPOINT_INSTRUCTIONS).n == 0)
        return NULL;
    for (size_t i = 0; i < conv->n_parts; i++)
        if (conv->parts[i].role == GH_ROLE_SYSTEM || conv->parts[i].kind == GH_PART_INSTRUCTION)
            return "the endpoint has instructions of its own and allows none of the caller";
    return NULL;
}

const char *
gh_guard_bounds(const struct gh_snap_rec *endpoint, const struct gh_conv *conv)
{
    uint64_t choices = gh_snap_u64(endpoint, GH_ENDPOINT_MAX_CHOICES),
             tokens = gh_snap_u64(endpoint, GH_ENDPOINT_MAX_OUTPUT_TOKENS);

    if (conv->choices > 1 && (uint64_t)conv->choices > choices)
        return "more answers at once than the endpoint allows";
    if (tokens > 0 && conv->max_output_tokens > 0 && (uint64_t)conv->max_output_tokens > tokens)
        return "a longer answer than the endpoint allows";
    if (conv->is_background && gh_snap_u64(endpoint, GH_ENDPOINT_BACKGROUND) == 0)
        return "an answer that is made in the background, which the endpoint does not allow";
    if (conv->is_stored && !conv->is_stored_unasked && gh_snap_u64(endpoint, GH_ENDPOINT_STORED) == 0)
        return "an answer that the provider would keep, which the endpoint does not allow";
    return NULL;
}

const char *
gh_guard_end_user(const struct gh_snap_rec *endpoint, const struct gh_caller *caller, const struct gh_conv *conv)
{
    uint64_t rule = gh_snap_u64(endpoint, GH_ENDPOINT_END_USER);

    if (rule == GH_END_USER_OPTIONAL || caller->is_user)
        return NULL;
    if (rule == GH_END_USER_REQUIRED)
        return conv->end_user.n > 0 ? NULL : "the endpoint wants to know the end user, and neither token nor body names one";
    return "the endpoint wants a token that names the end user";
}
