/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/guard: what an endpoint lets its callers ask for beside the model itself, and what may come back: tools, instructions, bounds, the
 * person behind an application. Pure: a row of ENDPOINT and a conversation in, a reason out: NULL passes, a literal says why not. An
 * endpoint's row of zeros allows no tool of a provider, one answer, nothing stored and nothing in the background.
 */
#ifndef GH_POLICY_GUARD_H
#define GH_POLICY_GUARD_H

#include "policy/identify.h"
#include "wire/dialect.h"

/* How many answers an endpoint gives at once where it does not say. */
#define GH_GUARD_CHOICES 8

/* What an endpoint asks about the person behind a call. */
enum gh_end_user_rule {
    GH_END_USER_OPTIONAL = 0,
    GH_END_USER_REQUIRED, /* told by the token, or claimed in the body by an application */
    GH_END_USER_VERIFIED  /* told by the token: no application can make one up           */
};

/*
 * Tools that the body declares or chooses. One that the provider would run itself must be listed by its type; a listed type stands for its
 * dated and preview versions too ("web_search": "web_search_20250305", "web_search_preview"). Functions are the caller's own code:
 * free, unless the endpoint lists them. Who chooses a tool that he does not declare is refused. *tool: the one at fault, borrowed.
 */
const char *gh_guard_tools(struct gh_str *tool, const struct gh_snap_rec *endpoint, const struct gh_conv *conv);

/* Tools that an answer calls: each must be one of those that its request declared. More than GH_TOOLS_MAX at once are not believed. */
const char *gh_guard_calls(struct gh_str *tool, const struct gh_tool *declared, size_t n_declared, const struct gh_str *calls, size_t n_calls);

/* Tools in an answer that was stored before: what its request declared is not known any more, so the endpoint's lists decide, if it lists
 * functions at all. */
const char *gh_guard_stored_calls(struct gh_str *tool, const struct gh_snap_rec *endpoint, const struct gh_str *calls, size_t n_calls);

/* The caller's own instructions, where the endpoint has its own and does not allow others behind them. */
const char *gh_guard_instructions(const struct gh_snap_rec *endpoint, const struct gh_conv *conv);

/* Answers at once, tokens of an answer, answers that are made without us or kept at the provider. One that would be kept only because the
 * body does not say otherwise passes: the provider is told to keep nothing (gh_forward.is_unstored). */
const char *gh_guard_bounds(const struct gh_snap_rec *endpoint, const struct gh_conv *conv);

const char *gh_guard_end_user(const struct gh_snap_rec *endpoint, const struct gh_caller *caller, const struct gh_conv *conv);

/* The name if a record may hold it ([A-Za-z0-9_.:-]{1,128}), else "not a name": a model may emit anything as a tool's name. */
struct gh_str gh_guard_tool_name(struct gh_str tool);

#endif
