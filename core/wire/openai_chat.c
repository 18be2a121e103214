/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_chat: the edits by which a chat body is forwarded, and what its answers say: usage and streamed deltas. */
#include "wire/openai_chat.h"

#include "wire/json_int.h"

#include "base/limits.h"

#define INCLUDE_USAGE  "\"include_usage\":true"
#define STREAM_OPTIONS "{" INCLUDE_USAGE "}"

/* The edits in the making. What is inserted right behind the body's opening brace is gathered in `head`. */
struct plan {
    struct gh_edits *edits;
    struct gh_buf head;
};

static enum gh_rc
quote(struct gh_str *out, struct gh_arena *a, struct gh_str s)
{
    struct gh_buf quoted;
    struct gh_jsonw w;

    gh_buf_init(&quoted, a, s.n > SIZE_MAX / 8 ? SIZE_MAX : s.n * 6 + 2);
    gh_jsonw_init(&w, &quoted);
    gh_jsonw_str(&w, s);
    *out = gh_buf_str(&quoted);
    return quoted.rc;
}

/* A null is absent to the reader, but a second member of that name must not be written. */
static enum gh_rc
plan_model(struct plan *p, struct gh_arena *a, const struct gh_json *body, struct gh_str model)
{
    gh_json_ref node = gh_json_get(body, 0, GH_STR("model"));
    struct gh_str quoted;
    enum gh_rc rc = quote(&quoted, a, model);

    if (rc != GH_OK)
        return rc;
    if (node != GH_JSON_NO)
        return gh_edits_add(p->edits, body->nodes[node].at, body->nodes[node].end, quoted);
    gh_buf_putz(&p->head, "\"model\":");
    gh_buf_put(&p->head, quoted);
    gh_buf_putc(&p->head, ',');
    return p->head.rc;
}

/* Whatever the body says, the backend is asked for usage: absent, null, an object without it, false. */
static enum gh_rc
plan_usage(struct plan *p, const struct gh_json *body)
{
    gh_json_ref options = gh_json_get(body, 0, GH_STR("stream_options"));
    gh_json_ref include = gh_json_get(body, options, GH_STR("include_usage"));
    const struct gh_json_node *node = &body->nodes[options == GH_JSON_NO ? 0 : options];
    bool is_empty = gh_json_first(body, options) == GH_JSON_NO;

    if (options == GH_JSON_NO)
        gh_buf_putz(&p->head, "\"stream_options\":" STREAM_OPTIONS ",");
    else if (gh_json_type(body, options) != GH_JSON_OBJECT)
        return gh_edits_add(p->edits, node->at, node->end, GH_STR(STREAM_OPTIONS));
    else if (include == GH_JSON_NO)
        return gh_edits_add(p->edits, node->at + 1, node->at + 1, is_empty ? GH_STR(INCLUDE_USAGE) : GH_STR(INCLUDE_USAGE ","));
    else if (gh_json_type(body, include) != GH_JSON_TRUE)
        return gh_edits_add(p->edits, body->nodes[include].at, body->nodes[include].end, GH_STR("true"));
    return p->head.rc;
}

/* The endpoint's instructions as the first message; there is at least one other (the reader saw to it). */
static enum gh_rc
plan_instructions(struct plan *p, struct gh_arena *a, const struct gh_json *body, struct gh_str instructions)
{
    gh_json_ref messages = gh_json_get(body, 0, GH_STR("messages"));
    uint32_t at = body->nodes[messages].at + 1;
    struct gh_str quoted;
    struct gh_buf message;
    enum gh_rc rc = quote(&quoted, a, instructions);

    if (rc != GH_OK)
        return rc;
    gh_buf_init(&message, a, quoted.n + 64);
    gh_buf_putz(&message, "{\"role\":\"system\",\"content\":");
    gh_buf_put(&message, quoted);
    gh_buf_putz(&message, "},");
    return message.rc == GH_OK ? gh_edits_add(p->edits, at, at, gh_buf_str(&message)) : message.rc;
}

enum gh_rc
gh_openai_chat_plan(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, const struct gh_conv *conv,
    const struct gh_forward *how)
{
    struct plan p = {.edits = edits};
    uint32_t inside = body->nodes[0].at + 1;
    enum gh_rc rc;

    gh_buf_init(&p.head, a, GH_BODY_BYTES_MAX);
    if ((rc = plan_model(&p, a, body, how->model)) != GH_OK)
        return rc;
    if (conv->is_stream && (rc = plan_usage(&p, body)) != GH_OK)
        return rc;
    if (how->instructions.n > 0 && (rc = plan_instructions(&p, a, body, how->instructions)) != GH_OK)
        return rc;
    return p.head.n == 0 ? GH_OK : gh_edits_add(edits, inside, inside, gh_buf_str(&p.head));
}

/* A count of tokens, -1 if it is not one. */
static int64_t
tokens(const struct gh_json *j, gh_json_ref usage, struct gh_str name)
{
    int64_t v;

    return gh_json_i64(&v, j, gh_json_get(j, usage, name)) == GH_OK && v >= 0 ? v : -1;
}

static struct gh_usage
read_usage(const struct gh_json *j, gh_json_ref usage)
{
    return (struct gh_usage){tokens(j, usage, GH_STR("prompt_tokens")), tokens(j, usage, GH_STR("completion_tokens"))};
}

/* Parses an answer or event: an object, or GH_BAD. */
static enum gh_rc
parse_object(struct gh_json *j, struct gh_arena *a, struct gh_str text)
{
    enum gh_rc rc = gh_json_parse(j, a, text, NULL);

    if (rc == GH_OK)
        return gh_json_type(j, 0) == GH_JSON_OBJECT ? GH_OK : GH_BAD;
    return rc == GH_NOMEM || rc == GH_LIMIT ? rc : GH_BAD;
}

/* The tools that one choice's message or delta calls. A streamed call says its name in its first piece alone. */
static enum gh_rc
put_calls(struct gh_str *calls, size_t *n, size_t cap, struct gh_arena *a, const struct gh_json *j, gh_json_ref message)
{
    static const struct gh_str inside[] = {GH_STR_INIT("function"), GH_STR_INIT("custom")};
    gh_json_ref list = gh_json_get(j, message, GH_STR("tool_calls"));
    gh_json_ref old = gh_json_get(j, gh_json_get(j, message, GH_STR("function_call")), GH_STR("name"));
    enum gh_rc rc;

    if (gh_json_type(j, old) == GH_JSON_STRING && *n < cap && (rc = gh_json_str(&calls[(*n)++], a, j, old)) != GH_OK)
        return rc;
    for (gh_json_ref c = gh_json_first(j, list); c != GH_JSON_NO; c = gh_json_next(j, list, c))
        for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++) {
            gh_json_ref name = gh_json_get(j, gh_json_get(j, c, inside[i]), GH_STR("name"));
            if (gh_json_type(j, name) != GH_JSON_STRING)
                continue;
            if (*n == cap)
                return GH_LIMIT;
            if ((rc = gh_json_str(&calls[(*n)++], a, j, name)) != GH_OK)
                return rc;
        }
    return GH_OK;
}

/* Of all choices. `member` is "message" or "delta". */
static enum gh_rc
read_calls(const struct gh_str **out, size_t *n, struct gh_arena *a, const struct gh_json *j, struct gh_str member)
{
    gh_json_ref choices = gh_json_get(j, 0, GH_STR("choices"));
    struct gh_str *calls = NULL;
    enum gh_rc rc;

    *n = 0;
    for (gh_json_ref c = gh_json_first(j, choices); c != GH_JSON_NO; c = gh_json_next(j, choices, c)) {
        gh_json_ref message = gh_json_get(j, c, member);
        bool has_calls = gh_json_get(j, message, GH_STR("tool_calls")) != GH_JSON_NO ||
                         gh_json_get(j, message, GH_STR("function_call")) != GH_JSON_NO;
        if (!has_calls)
            continue;
        if (calls == NULL && (calls = gh_arena_take_array(a, GH_TOOLS_MAX, sizeof(*calls))) == NULL)
            return GH_NOMEM;
        if ((rc = put_calls(calls, n, GH_TOOLS_MAX, a, j, message)) != GH_OK)
            return rc;
    }
    *out = calls;
    return GH_OK;
}

enum gh_rc
gh_openai_chat_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text)
{
    struct gh_json j;
    enum gh_rc rc;

    *out = (struct gh_answer){.usage = {-1, -1}};
    if ((rc = parse_object(&j, a, text)) != GH_OK)
        return rc;
    out->usage = read_usage(&j, gh_json_get(&j, 0, GH_STR("usage")));
    return read_calls(&out->calls, &out->n_calls, a, &j, GH_STR("message"));
}

/* An error in the place of a chunk: OpenAI's clients raise it (protocols.md 1.3). */
void
gh_openai_chat_cut(struct gh_buf *out, enum gh_surface surface, enum gh_problem problem, struct gh_str request_id)
{
    gh_buf_putz(out, "data: ");
    gh_problem_put(out, surface, problem, NULL, request_id);
    gh_buf_putz(out, "\n\n");
}

/* The edit that takes member `v` of the root out of the text, with the comma that its going leaves. */
static struct gh_edit
without_member(const struct gh_json *j, gh_json_ref v)
{
    uint32_t at = j->nodes[v - 1].at, end = j->nodes[v].end, behind = j->nodes[v].next;
    uint32_t before = at;

    if (behind < j->nodes[0].next)
        return (struct gh_edit){at, j->nodes[behind].at, GH_STR("")};
    while (before > 0 && j->text.p[before - 1] != ',' && j->text.p[before - 1] != '{')
        before--;
    return (struct gh_edit){j->text.p[before - 1] == ',' ? before - 1 : at, end, GH_STR("")};
}

/* Members of a delta that hold what the model says, and the objects within which they stand. */
static enum gh_rc
put_string(struct gh_buf *text, struct gh_arena *a, const struct gh_json *j, gh_json_ref object, struct gh_str name)
{
    gh_json_ref v = gh_json_get(j, object, name);
    struct gh_str s;
    enum gh_rc rc;

    if (gh_json_type(j, v) != GH_JSON_STRING)
        return GH_OK;
    if ((rc = gh_json_str(&s, a, j, v)) != GH_OK)
        return rc;
    gh_buf_put(text, s);
    return text->rc;
}

static enum gh_rc
put_tool_calls(struct gh_buf *text, struct gh_arena *a, const struct gh_json *j, gh_json_ref calls)
{
    enum gh_rc rc;

    for (gh_json_ref c = gh_json_first(j, calls); c != GH_JSON_NO; c = gh_json_next(j, calls, c)) {
        if ((rc = put_string(text, a, j, gh_json_get(j, c, GH_STR("function")), GH_STR("arguments"))) != GH_OK)
            return rc;
        if ((rc = put_string(text, a, j, gh_json_get(j, c, GH_STR("custom")), GH_STR("input"))) != GH_OK)
            return rc;
    }
    return GH_OK;
}

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
        if ((rc = put_string(text, a, j, delta, names[i])) != GH_OK)
            return rc;
    return put_tool_calls(text, a, j, gh_json_get(j, delta, GH_STR("tool_calls")));
}

static bool
is_set(const struct gh_json *j, gh_json_ref v)
{
    return v != GH_JSON_NO && gh_json_type(j, v) != GH_JSON_NULL;
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
    if ((rc = parse_object(&j, a, data)) != GH_OK)
        return rc;
    gh_buf_init(&text, a, data.n);
    choices = gh_json_get(&j, 0, GH_STR("choices"));
    for (gh_json_ref c = gh_json_first(&j, choices); c != GH_JSON_NO; c = gh_json_next(&j, choices, c))
        if ((rc = put_choice(&text, a, &j, c)) != GH_OK)
            return rc;
    if ((rc = read_calls(&out->calls, &out->n_calls, a, &j, GH_STR("delta"))) != GH_OK)
        return rc;
    out->text = gh_buf_str(&text);
    out->is_error = is_set(&j, gh_json_get(&j, 0, GH_STR("error")));
    usage = gh_json_get(&j, 0, GH_STR("usage"));
    if (usage == GH_JSON_NO)
        return GH_OK;
    out->has_usage_member = true;
    out->without_usage = without_member(&j, usage);
    out->has_usage = is_set(&j, usage);
    out->usage = read_usage(&j, usage);
    out->is_usage_only = out->has_usage && gh_json_type(&j, choices) == GH_JSON_ARRAY && gh_json_first(&j, choices) == GH_JSON_NO;
    return GH_OK;
}
