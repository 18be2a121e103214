/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/guards.h"

#include "base/codec.h"
#include "control/publish/dlp.h"
#include "control/publish/shield.h"
#include "policy/guard.h"
#include "policy/observe.h"

struct reading {
    struct gh_snap_value *row;
    const struct gh_props *props;
    const char **why, **where;
};

static enum gh_rc
bad(const struct reading *r, const char *where, const char *why)
{
    *r->why = why;
    *r->where = where;
    return GH_BAD;
}

static bool
is_given(const struct gh_props *p, const char *name)
{
    gh_json_ref v = gh_json_get(&p->j, p->root, gh_str_z(name));
    return v != GH_JSON_NO && gh_json_type(&p->j, v) != GH_JSON_NULL;
}

/* Names of tools: such as a request can declare, or the list would allow what is never asked for. */
static enum gh_rc
read_tools(struct gh_snap_value *out, const struct reading *r, const char *name)
{
    struct gh_str *list;
    size_t n;
    enum gh_rc rc = gh_props_list(&list, &n, r->props, name);
    for (size_t i = 0; rc == GH_OK && i < n; i++)
        if (list[i].n == 0 || !gh_str_eq(gh_guard_tool_name(list[i]), list[i]))
            return bad(r, name, "a tool's name has 1 to 128 letters, digits and _.:- alone");
    *out = (struct gh_snap_value){.list = list, .n = n};
    return rc;
}

static enum gh_rc
read_instructions(const struct reading *r)
{
    struct gh_str text = gh_props_str(r->props, "systemPrompt", GH_STR("")),
                  version = gh_props_str(r->props, "systemPromptVersion", GH_STR("")),
                  callers = gh_props_str(r->props, "callerInstructions", GH_STR("refuse"));
    if (text.n == 0 && version.n > 0)
        return bad(r, "systemPromptVersion", "a version of no system prompt");
    r->row[GH_ENDPOINT_INSTRUCTIONS].str = text;
    r->row[GH_ENDPOINT_INSTRUCTIONS_VERSION].str = version;
    r->row[GH_ENDPOINT_CALLER_INSTRUCTIONS].u64 = gh_str_eq(callers, GH_STR("allow"));
    if (text.n == 0)
        return GH_OK;
    uint8_t *digest = gh_arena_take(r->props->a, GH_SHA256_BYTES);
    if (digest == NULL)
        return GH_NOMEM;
    r->row[GH_ENDPOINT_INSTRUCTIONS_SHA256].str = gh_str(digest, GH_SHA256_BYTES);
    return gh_sha256(digest, text);
}

static enum gh_rc
read_bounds(const struct reading *r)
{
    static const struct {
        const char *name;
        enum gh_end_user_rule rule;
    } rules[] = {{"optional", GH_END_USER_OPTIONAL}, {"required", GH_END_USER_REQUIRED}, {"verified", GH_END_USER_VERIFIED}};
    struct gh_str rule = gh_props_str(r->props, "endUser", GH_STR("optional"));
    r->row[GH_ENDPOINT_MAX_CHOICES].u64 = (uint64_t)gh_props_i64(r->props, "maxChoices", GH_GUARD_CHOICES);
    r->row[GH_ENDPOINT_MAX_OUTPUT_TOKENS].u64 = (uint64_t)gh_props_i64(r->props, "maxOutputTokens", 0);
    r->row[GH_ENDPOINT_BACKGROUND].u64 = gh_props_bool(r->props, "allowBackground", false);
    r->row[GH_ENDPOINT_STORED].u64 = gh_props_bool(r->props, "allowStored", true);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (gh_str_eq(rule, gh_str_z(rules[i].name)))
            r->row[GH_ENDPOINT_END_USER].u64 = rules[i].rule;
    return GH_OK;
}

static enum gh_rc
read_observe(const struct reading *r)
{
    struct gh_str until = gh_props_str(r->props, "observeUntil", GH_STR("")), *names;
    int64_t until_ms = 0;
    uint64_t bits = 0, bit;
    size_t n;
    enum gh_rc rc = gh_props_list(&names, &n, r->props, "observeControls");
    if (rc != GH_OK)
        return rc;
    if (until.n > 0 && gh_time_read(&until_ms, until) != GH_OK)
        return bad(r, "observeUntil", "a time like 2026-01-31T23:59:59Z is expected");
    if ((until.n > 0) != (n > 0))
        return bad(r, "observeControls", "observeUntil and observeControls go together");
    for (size_t i = 0; i < n; i++, bits |= bit)
        if ((bit = gh_observe_bit(names[i])) == 0)
            return bad(
                r, "observeControls", "authorization, network, tools, instructions and content can be observed, nothing else");
    r->row[GH_ENDPOINT_OBSERVE_UNTIL_MS].u64 = until_ms < 0 ? 0 : (uint64_t)until_ms;
    r->row[GH_ENDPOINT_OBSERVE_CONTROLS].u64 = bits;
    return GH_OK;
}

static enum gh_rc
read_shield(const struct reading *r)
{
    struct gh_shield_policy policy;
    const char *why = NULL;
    uint64_t bits[2];
    enum gh_rc rc = gh_shield_read(&policy, r->props, &why);
    if (rc == GH_BAD)
        return bad(r, "shield", why);
    gh_shield_policy_pack(bits, &policy);
    r->row[GH_ENDPOINT_SHIELD].u64 = bits[0];
    r->row[GH_ENDPOINT_SHIELD_THRESHOLDS].u64 = bits[1];
    return rc;
}

static enum gh_rc
read_dlp(const struct reading *r)
{
    struct gh_dlp_policy policy;
    struct gh_dlp_lists lists;
    const char *why = NULL;
    uint64_t bits[2];
    enum gh_rc rc = gh_dlp_read(&policy, &lists, r->props, &why);
    if (rc == GH_BAD)
        return bad(r, "dlp", why);
    gh_dlp_policy_pack(bits, &policy);
    r->row[GH_ENDPOINT_DLP_INPUT].u64 = bits[0];
    r->row[GH_ENDPOINT_DLP_OUTPUT].u64 = bits[1];
    r->row[GH_ENDPOINT_DLP_HOSTS] = (struct gh_snap_value){.list = lists.hosts, .n = lists.n_hosts};
    r->row[GH_ENDPOINT_DLP_TERMS] = (struct gh_snap_value){.list = lists.terms, .n = lists.n_terms};
    r->row[GH_ENDPOINT_DLP_CANARY].str = lists.canary;
    return rc;
}

enum gh_rc
gh_guards_read(struct gh_snap_value *row, const struct gh_props *endpoint, const char **why, const char **where)
{
    const struct reading r = {row, endpoint, why, where};
    enum gh_rc rc;
    *why = *where = NULL;
    row[GH_ENDPOINT_FUNCTIONS_LISTED].u64 = is_given(endpoint, "allowedTools");
    if ((rc = read_tools(&row[GH_ENDPOINT_FUNCTIONS], &r, "allowedTools")) != GH_OK ||
        (rc = read_tools(&row[GH_ENDPOINT_HOSTED_TOOLS], &r, "hostedTools")) != GH_OK || (rc = read_instructions(&r)) != GH_OK ||
        (rc = read_bounds(&r)) != GH_OK || (rc = read_shield(&r)) != GH_OK || (rc = read_dlp(&r)) != GH_OK)
        return rc;
    return read_observe(&r);
}
