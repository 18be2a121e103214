/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_chat: the edits by which a chat body is forwarded, and what its answers say: usage and streamed deltas. */
#include "wire/openai_chat.h"

#include "wire/openai_plan.h"
#include "wire/say.h"

#define INCLUDE_USAGE  "\"include_usage\":true"
#define STREAM_OPTIONS "{" INCLUDE_USAGE "}"

/* Whatever the body says, the backend is asked for usage: absent, null, an object without it, false. */
static enum gh_rc
plan_usage(struct gh_openai_plan *p)
{
    const struct gh_json *body = p->body;
    gh_json_ref options = gh_json_get(body, 0, GH_STR("stream_options"));
    gh_json_ref include = gh_json_get(body, options, GH_STR("include_usage"));
    uint32_t inside = body->nodes[options == GH_JSON_NO ? 0 : options].at + 1;
    bool is_empty = gh_json_first(body, options) == GH_JSON_NO;

    if (options == GH_JSON_NO || gh_json_type(body, options) != GH_JSON_OBJECT)
        return gh_openai_plan_member(p, GH_STR("stream_options"), GH_STR(STREAM_OPTIONS));
    if (include == GH_JSON_NO)
        return gh_edits_add(p->edits, inside, inside, is_empty ? GH_STR(INCLUDE_USAGE) : GH_STR(INCLUDE_USAGE ","));
    if (gh_json_type(body, include) != GH_JSON_TRUE)
        return gh_edits_add(p->edits, body->nodes[include].at, body->nodes[include].end, GH_STR("true"));
    return GH_OK;
}

/* The endpoint's instructions as the first message; there is at least one other (the reader saw to it). */
static enum gh_rc
plan_instructions(struct gh_openai_plan *p, struct gh_str instructions)
{
    uint32_t at = p->body->nodes[gh_json_get(p->body, 0, GH_STR("messages"))].at + 1;
    struct gh_str quoted;
    struct gh_buf message;
    enum gh_rc rc = gh_say_quote(&quoted, p->a, instructions);

    if (rc != GH_OK)
        return rc;
    gh_buf_init(&message, p->a, quoted.n + 64);
    gh_buf_putz(&message, "{\"role\":\"system\",\"content\":");
    gh_buf_put(&message, quoted);
    gh_buf_putz(&message, "},");
    return message.rc == GH_OK ? gh_edits_add(p->edits, at, at, gh_buf_str(&message)) : message.rc;
}

enum gh_rc
gh_openai_chat_plan(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, const struct gh_conv *conv,
    const struct gh_forward *how)
{
    struct gh_openai_plan p;
    enum gh_rc rc = gh_openai_plan_begin(&p, edits, a, body, how->model);

    if (rc != GH_OK)
        return rc;
    if (conv->is_stream && (rc = plan_usage(&p)) != GH_OK)
        return rc;
    if ((rc = gh_openai_plan_bound(&p, GH_STR("max_completion_tokens"), conv, how)) != GH_OK)
        return rc;
    if (how->instructions.n > 0 && (rc = plan_instructions(&p, how->instructions)) != GH_OK)
        return rc;
    if ((rc = gh_openai_plan_end(&p)) != GH_OK)
        return rc;
    return gh_say_plan_texts(edits, a, body, conv, how);
}

static struct gh_usage
read_usage(const struct gh_json *j, gh_json_ref usage)
{
    return (struct gh_usage){
        gh_say_tokens(j, usage, GH_STR("prompt_tokens")), gh_say_tokens(j, usage, GH_STR("completion_tokens"))};
}

/* The tools that one choice's message or delta calls. A streamed call says its name in its first piece alone. */
static enum gh_rc
put_calls(struct gh_say_calls *calls, struct gh_arena *a, const struct gh_json *j, gh_json_ref message)
{
    static const struct gh_str inside[] = {GH_STR_INIT("function"), GH_STR_INIT("custom")};
    gh_json_ref list = gh_json_get(j, message, GH_STR("tool_calls"));
    enum gh_rc rc = gh_say_call(calls, a, j, gh_json_get(j, message, GH_STR("function_call")), GH_STR("name"));

    for (gh_json_ref c = gh_json_first(j, list); rc == GH_OK && c != GH_JSON_NO; c = gh_json_next(j, list, c))
        for (size_t i = 0; rc == GH_OK && i < sizeof(inside) / sizeof(*inside); i++)
            rc = gh_say_call(calls, a, j, gh_json_get(j, c, inside[i]), GH_STR("name"));
    return rc;
}

/* Of all choices. Some clients read a piece's message as they read its delta: both are looked into. */
static enum gh_rc
read_calls(const struct gh_str **out, size_t *n, struct gh_arena *a, const struct gh_json *j)
{
    gh_json_ref choices = gh_json_get(j, 0, GH_STR("choices"));
    struct gh_say_calls calls = {NULL, 0};
    enum gh_rc rc = GH_OK;

    for (gh_json_ref c = gh_json_first(j, choices); rc == GH_OK && c != GH_JSON_NO; c = gh_json_next(j, choices, c))
        if ((rc = put_calls(&calls, a, j, gh_json_get(j, c, GH_STR("message")))) == GH_OK)
            rc = put_calls(&calls, a, j, gh_json_get(j, c, GH_STR("delta")));
    *out = calls.item;
    *n = calls.n;
    return rc;
}

enum gh_rc
gh_openai_chat_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text)
{
    struct gh_json j;
    enum gh_rc rc;

    *out = (struct gh_answer){.usage = {-1, -1}};
    if ((rc = gh_say_object(&j, a, text)) != GH_OK)
        return rc;
    out->json = j;
    out->usage = read_usage(&j, gh_json_get(&j, 0, GH_STR("usage")));
    return read_calls(&out->calls, &out->n_calls, a, &j);
}

/* An error in the place of a chunk: OpenAI's clients raise it (protocols.md 1.3). */
void
gh_openai_chat_cut(struct gh_buf *out, enum gh_surface surface, enum gh_problem problem, struct gh_str request_id)
{
    gh_buf_putz(out, "data: ");
    gh_problem_put(out, surface, problem, NULL, request_id);
    gh_buf_putz(out, "\n\n");
}

static enum gh_rc
put_tool_calls(struct gh_buf *text, struct gh_arena *a, const struct gh_json *j, gh_json_ref calls)
{
    enum gh_rc rc;

    for (gh_json_ref c = gh_json_first(j, calls); c != GH_JSON_NO; c = gh_json_next(j, calls, c)) {
        if ((rc = gh_say_text(text, a, j, gh_json_get(j, c, GH_STR("function")), GH_STR("arguments"))) != GH_OK)
            return rc;
        if ((rc = gh_say_text(text, a, j, gh_json_get(j, c, GH_STR("custom")), GH_STR("input"))) != GH_OK)
            return rc;
    }
    return GH_OK;
}

/* Members of a delta that hold what the model says. */
static enum gh_rc
put_choice(struct gh_buf *text, struct gh_arena *a, const struct gh_json *j, gh_json_ref choice)
{
    static const struct gh_str names[] = {
        GH_STR_INIT("content"),
        GH_STR_INIT("refusal"),
        GH_STR_INIT("reasoning_content"),
        GH_STR_INIT("reasoning"),
    };
    gh_json_ref delta = gh_json_get(j, choice, GH_STR("delta"));
    enum gh_rc rc;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if ((rc = gh_say_text(text, a, j, delta, names[i])) != GH_OK)
            return rc;
    return put_tool_calls(text, a, j, gh_json_get(j, delta, GH_STR("tool_calls")));
}

enum gh_rc
gh_openai_chat_delta(struct gh_delta *out, struct gh_arena *a, struct gh_str name, struct gh_str data)
{
    struct gh_json j;
    struct gh_buf text;
    gh_json_ref usage, choices;
    enum gh_rc rc;

    (void)name; /* chat completions do not name their events */
    *out = (struct gh_delta){.usage = {-1, -1}};
    if (gh_str_eq(data, GH_STR("[DONE]"))) {
        out->is_done = true;
        return GH_OK;
    }
    if ((rc = gh_say_object(&j, a, data)) != GH_OK)
        return rc;
    gh_buf_init(&text, a, data.n);
    choices = gh_json_get(&j, 0, GH_STR("choices"));
    for (gh_json_ref c = gh_json_first(&j, choices); c != GH_JSON_NO; c = gh_json_next(&j, choices, c))
        if ((rc = put_choice(&text, a, &j, c)) != GH_OK)
            return rc;
    if ((rc = read_calls(&out->calls, &out->n_calls, a, &j)) != GH_OK)
        return rc;
    out->text = gh_buf_str(&text);
    out->is_error = gh_say_is_set(&j, gh_json_get(&j, 0, GH_STR("error")));
    usage = gh_json_get(&j, 0, GH_STR("usage"));
    if (usage == GH_JSON_NO)
        return GH_OK;
    out->has_usage_member = true;
    out->without_usage = gh_openai_plan_without(&j, usage);
    out->has_usage = gh_say_is_set(&j, usage);
    out->usage = read_usage(&j, usage);
    out->is_usage_only = out->has_usage && gh_json_type(&j, choices) == GH_JSON_ARRAY && gh_json_first(&j, choices) == GH_JSON_NO;
    return GH_OK;
}
