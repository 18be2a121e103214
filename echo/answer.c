/* SPDX-License-Identifier: Apache-2.0 */
#include "echo/answer.h"

#include <stdio.h>

#include "base/limits.h"
#include "wire/json.h"

/* ---- words ---- */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool
gh_echo_piece(struct gh_str *piece, struct gh_str *rest)
{
    size_t n = 0;

    if (rest->n == 0)
        return false;
    while (n < rest->n && is_blank(rest->p[n]))
        n++;
    while (n < rest->n && !is_blank(rest->p[n]))
        n++;
    *piece = gh_str_sub(*rest, 0, n);
    *rest = gh_str_sub(*rest, n, SIZE_MAX);
    return true;
}

static uint64_t
count_words(struct gh_str text)
{
    struct gh_str piece;
    uint64_t n = 0;

    while (gh_echo_piece(&piece, &text))
        n++;
    return n;
}

/* ---- request ---- */

/* A message's content: a string, or parts of which those of type text count. */
static enum gh_rc
content_text(struct gh_str *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref content, struct gh_err *err)
{
    struct gh_buf b;

    if (gh_json_type(j, content) == GH_JSON_STRING)
        return gh_json_str(out, a, j, content);
    gh_buf_init(&b, a, GH_BODY_BYTES_MAX);
    for (gh_json_ref p = gh_json_first(j, content); p != GH_JSON_NO; p = gh_json_next(j, content, p)) {
        struct gh_str text = GH_STR("");
        if (gh_json_opt_str(&text, a, j, p, "text") != GH_OK || gh_json_opt_str(&text, a, j, p, "content") != GH_OK)
            return gh_fail(err, GH_BAD, 0, "a part's text or content is no string");
        gh_buf_put(&b, text);
    }
    *out = gh_buf_str(&b);
    return b.rc;
}

/* What was said: messages, or the items of a response's input. */
static gh_json_ref
turns_of(const struct gh_json *j)
{
    gh_json_ref messages = gh_json_get(j, 0, GH_STR("messages"));

    return messages != GH_JSON_NO ? messages : gh_json_get(j, 0, GH_STR("input"));
}

/* A response's input may be one text. */
static enum gh_rc
read_text(struct gh_echo *e, struct gh_arena *a, const struct gh_json *j, gh_json_ref text)
{
    enum gh_rc rc = gh_json_str(&e->text, a, j, text);

    e->prompt_words = rc == GH_OK ? count_words(e->text) : 0;
    return rc;
}

/* Who says a turn: items without a role are calls of tools, and what came of them. */
static enum gh_rc
role_of(struct gh_str *role, struct gh_arena *a, const struct gh_json *j, gh_json_ref turn)
{
    *role = gh_json_get(j, turn, GH_STR("output")) != GH_JSON_NO    ? GH_STR("tool")
            : gh_json_get(j, turn, GH_STR("call_id")) != GH_JSON_NO ? GH_STR("assistant")
                                                                    : GH_STR("");
    return gh_json_opt_str(role, a, j, turn, "role");
}

static enum gh_rc
read_messages(struct gh_echo *e, struct gh_arena *a, const struct gh_json *j, struct gh_err *err)
{
    gh_json_ref messages = turns_of(j);
    bool is_any = false;

    if (gh_json_type(j, messages) == GH_JSON_STRING)
        return read_text(e, a, j, messages);

    if (gh_json_type(j, messages) != GH_JSON_ARRAY)
        return gh_fail(err, GH_BAD, 0, "messages: an array is wanted");
    for (gh_json_ref m = gh_json_first(j, messages); m != GH_JSON_NO; m = gh_json_next(j, messages, m)) {
        struct gh_str role = GH_STR(""), text = GH_STR("");
        gh_json_ref output = gh_json_get(j, m, GH_STR("output"));
        if (role_of(&role, a, j, m) != GH_OK || role.n == 0)
            return gh_fail(err, GH_BAD, 0, "messages: a role is missing");
        enum gh_rc rc = content_text(&text, a, j, output != GH_JSON_NO ? output : gh_json_get(j, m, GH_STR("content")), err);
        if (rc != GH_OK)
            return rc;
        e->prompt_words += count_words(text);
        if (gh_str_eq(role, GH_STR("user")) || gh_str_eq(role, GH_STR("tool")))
            e->text = text;
        is_any = true;
    }
    return is_any ? GH_OK : gh_fail(err, GH_BAD, 0, "messages: at least one is wanted");
}

/* Anthropic's tools answer in the last message's first block. */
static bool
has_result(const struct gh_json *j, struct gh_arena *a)
{
    gh_json_ref messages = gh_json_get(j, 0, GH_STR("messages")), last = GH_JSON_NO;
    struct gh_str type = GH_STR("");

    for (gh_json_ref m = gh_json_first(j, messages); m != GH_JSON_NO; m = gh_json_next(j, messages, m))
        last = m;
    gh_json_ref block = gh_json_first(j, gh_json_get(j, last, GH_STR("content")));
    return gh_json_opt_str(&type, a, j, block, "type") == GH_OK && gh_str_eq(type, GH_STR("tool_result"));
}

/* A tool is called when the choice demands it, or the last user names it or says "tool". After a tool has answered, it is not. */
static bool
wants_tool(const struct gh_json *j, struct gh_arena *a, struct gh_str name, struct gh_str text)
{
    gh_json_ref choice = gh_json_get(j, 0, GH_STR("tool_choice"));
    gh_json_ref messages = turns_of(j);
    struct gh_str said = GH_STR(""), role = GH_STR("");

    for (gh_json_ref m = gh_json_first(j, messages); m != GH_JSON_NO; m = gh_json_next(j, messages, m))
        if (role_of(&role, a, j, m) != GH_OK)
            return false;
    if (gh_str_eq(role, GH_STR("tool")) || has_result(j, a))
        return false;
    if (gh_json_opt_str(&said, a, j, choice, "type") == GH_OK && said.n > 0) /* Anthropic's choices are objects too */
        return !gh_str_eq(said, GH_STR("none")) &&
               (!gh_str_eq(said, GH_STR("auto")) || gh_str_find(text, GH_STR("tool")) != SIZE_MAX);
    if (gh_json_opt_str(&said, a, j, 0, "tool_choice") == GH_OK && said.n > 0 && !gh_str_eq(said, GH_STR("auto")))
        return gh_str_eq(said, GH_STR("required"));
    return gh_str_find(text, name) != SIZE_MAX || gh_str_find(text, GH_STR("tool")) != SIZE_MAX;
}

static enum gh_rc
read_tools(struct gh_echo *e, struct gh_arena *a, const struct gh_json *j, struct gh_err *err)
{
    gh_json_ref tools = gh_json_get(j, 0, GH_STR("tools"));
    gh_json_ref first = gh_json_first(j, tools), inside = gh_json_get(j, first, GH_STR("function"));
    gh_json_ref function = inside == GH_JSON_NO ? first : inside; /* Anthropic's tools are not wrapped */
    struct gh_str name = GH_STR("");
    struct gh_jsonw w;
    struct gh_buf b;

    if (gh_json_type(j, tools) == GH_JSON_NONE)
        return GH_OK;
    if (gh_json_opt_str(&name, a, j, function, "name") != GH_OK || name.n == 0)
        return gh_fail(err, GH_BAD, 0, "tools: the first one has no name");
    if (!wants_tool(j, a, name, e->text))
        return GH_OK;
    gh_buf_init(&b, a, GH_JSON_BYTES_MAX);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "text", e->text);
    gh_jsonw_end(&w, '}');
    e->tool = name;
    e->arguments = gh_buf_str(&b);
    return b.rc;
}

static enum gh_rc
read_bounds(struct gh_echo *e, const struct gh_json *j, struct gh_err *err)
{
    struct gh_str rest = e->text, piece;
    int64_t n = 1, most = INT64_MAX;

    if (gh_json_opt_i64(&n, j, 0, "n") != GH_OK || n != 1)
        return gh_fail(err, GH_BAD, 0, "n: one answer is all there is");
    if (gh_json_opt_i64(&most, j, 0, "max_tokens") != GH_OK || gh_json_opt_i64(&most, j, 0, "max_completion_tokens") != GH_OK ||
        gh_json_opt_i64(&most, j, 0, "max_output_tokens") != GH_OK || most < 1)
        return gh_fail(err, GH_BAD, 0, "max_tokens: a positive number is wanted");
    for (int64_t i = 0; i < most; i++)
        if (!gh_echo_piece(&piece, &rest))
            return GH_OK;
    e->is_cut = rest.n > 0;
    e->text.n -= rest.n;
    return GH_OK;
}

enum gh_rc
gh_echo_read(struct gh_echo *out, struct gh_arena *a, struct gh_str body, struct gh_err *err)
{
    struct gh_echo e = {.text = GH_STR(""), .tool = GH_STR("")};
    struct gh_json j;
    enum gh_rc rc = gh_json_parse(&j, a, body, err);

    if (rc == GH_NOMEM || rc == GH_LIMIT)
        return rc;
    if (rc != GH_OK || gh_json_type(&j, 0) != GH_JSON_OBJECT)
        return gh_fail(err, GH_BAD, 0, "the body is not a JSON object");
    if (gh_json_opt_str(&e.model, a, &j, 0, "model") != GH_OK || e.model.n == 0)
        return gh_fail(err, GH_BAD, 0, "model: a name is wanted");
    if (gh_json_opt_bool(&e.is_stream, &j, 0, "stream") != GH_OK)
        return gh_fail(err, GH_BAD, 0, "stream: true or false is wanted");
    gh_json_ref options = gh_json_get(&j, 0, GH_STR("stream_options"));
    if (gh_json_type(&j, options) == GH_JSON_OBJECT && gh_json_opt_bool(&e.has_usage, &j, options, "include_usage") != GH_OK)
        return gh_fail(err, GH_BAD, 0, "include_usage: true or false is wanted");
    if ((rc = read_messages(&e, a, &j, err)) != GH_OK || (rc = read_tools(&e, a, &j, err)) != GH_OK ||
        (rc = read_bounds(&e, &j, err)) != GH_OK)
        return rc;
    e.unsaid = e.tool.n > 0 ? e.arguments : e.text;
    e.answer_words = count_words(e.unsaid);
    *out = e;
    return GH_OK;
}

/* ---- answer ---- */

static void
put_id(struct gh_jsonw *w, const char *key, const char *kind, uint64_t id)
{
    char text[48];

    (void)snprintf(text, sizeof(text), "%s-%016llx", kind, (unsigned long long)id);
    gh_jsonw_kstr(w, key, gh_str_z(text));
}

static void
put_head(struct gh_jsonw *w, const struct gh_echo *e, const char *object)
{
    gh_jsonw_obj(w);
    put_id(w, "id", "chatcmpl", e->id);
    gh_jsonw_kstr(w, "object", gh_str_z(object));
    gh_jsonw_key(w, "created");
    gh_jsonw_i64(w, e->created_s);
    gh_jsonw_kstr(w, "model", e->model);
}

static void
put_usage(struct gh_jsonw *w, const struct gh_echo *e)
{
    gh_jsonw_key(w, "usage");
    gh_jsonw_obj(w);
    gh_jsonw_ku64(w, "prompt_tokens", e->prompt_words);
    gh_jsonw_ku64(w, "completion_tokens", e->answer_words);
    gh_jsonw_ku64(w, "total_tokens", e->prompt_words + e->answer_words);
    gh_jsonw_end(w, '}');
}

/* "tool_calls": [ one call ]; the index is for streams. */
static void
put_call(struct gh_jsonw *w, const struct gh_echo *e, struct gh_str arguments, bool is_stream)
{
    gh_jsonw_key(w, "tool_calls");
    gh_jsonw_arr(w);
    gh_jsonw_obj(w);
    if (is_stream)
        gh_jsonw_ku64(w, "index", 0);
    put_id(w, "id", "call", e->id);
    gh_jsonw_kstr(w, "type", GH_STR("function"));
    gh_jsonw_key(w, "function");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "name", e->tool);
    gh_jsonw_kstr(w, "arguments", arguments);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, ']');
}

static struct gh_str
finish_of(const struct gh_echo *e)
{
    if (e->tool.n > 0)
        return GH_STR("tool_calls");
    return e->is_cut ? GH_STR("length") : GH_STR("stop");
}

void
gh_echo_put(struct gh_buf *out, const struct gh_echo *e)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    put_head(&w, e, "chat.completion");
    gh_jsonw_key(&w, "choices");
    gh_jsonw_arr(&w);
    gh_jsonw_obj(&w);
    gh_jsonw_ku64(&w, "index", 0);
    gh_jsonw_key(&w, "message");
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "role", GH_STR("assistant"));
    gh_jsonw_key(&w, "content");
    if (e->tool.n > 0)
        gh_jsonw_null(&w);
    else
        gh_jsonw_str(&w, e->text);
    gh_jsonw_key(&w, "refusal");
    gh_jsonw_null(&w);
    if (e->tool.n > 0)
        put_call(&w, e, e->arguments, false);
    gh_jsonw_end(&w, '}');
    gh_jsonw_kstr(&w, "finish_reason", finish_of(e));
    gh_jsonw_end(&w, '}');
    gh_jsonw_end(&w, ']');
    put_usage(&w, e);
    gh_jsonw_end(&w, '}');
}

/* ---- stream: role, pieces, end, usage if asked for, [DONE] ---- */

static void
put_delta(struct gh_jsonw *w, const struct gh_echo *e, size_t i, struct gh_str piece)
{
    gh_jsonw_key(w, "delta");
    gh_jsonw_obj(w);
    if (i == 0)
        gh_jsonw_kstr(w, "role", GH_STR("assistant"));
    if (i == 0 && e->tool.n > 0) {
        put_call(w, e, GH_STR(""), true);
    } else if (i == 0 || (piece.n > 0 && e->tool.n == 0)) {
        gh_jsonw_kstr(w, "content", piece);
    } else if (piece.n > 0) {
        gh_jsonw_key(w, "tool_calls");
        gh_jsonw_arr(w);
        gh_jsonw_obj(w);
        gh_jsonw_ku64(w, "index", 0);
        gh_jsonw_key(w, "function");
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "arguments", piece);
        gh_jsonw_end(w, '}');
        gh_jsonw_end(w, '}');
        gh_jsonw_end(w, ']');
    }
    gh_jsonw_end(w, '}');
}

static void
put_chunk(struct gh_buf *out, const struct gh_echo *e, size_t i, struct gh_str piece, bool is_end)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    put_head(&w, e, "chat.completion.chunk");
    gh_jsonw_key(&w, "choices");
    gh_jsonw_arr(&w);
    gh_jsonw_obj(&w);
    gh_jsonw_ku64(&w, "index", 0);
    put_delta(&w, e, i, piece);
    gh_jsonw_key(&w, "finish_reason");
    if (is_end)
        gh_jsonw_str(&w, finish_of(e));
    else
        gh_jsonw_null(&w);
    gh_jsonw_end(&w, '}');
    gh_jsonw_end(&w, ']');
    if (e->has_usage) {
        gh_jsonw_key(&w, "usage");
        gh_jsonw_null(&w);
    }
    gh_jsonw_end(&w, '}');
}

static void
put_usage_chunk(struct gh_buf *out, const struct gh_echo *e)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    put_head(&w, e, "chat.completion.chunk");
    gh_jsonw_key(&w, "choices");
    gh_jsonw_arr(&w);
    gh_jsonw_end(&w, ']');
    put_usage(&w, e);
    gh_jsonw_end(&w, '}');
}

bool
gh_echo_put_event(struct gh_buf *out, struct gh_echo *e, size_t i)
{
    size_t n = (size_t)e->answer_words, end = n + 1, usage = end + (e->has_usage ? 1 : 0), done = usage + 1;
    struct gh_str piece = GH_STR("");

    if (i > done)
        return false;
    gh_buf_putz(out, "data: ");
    if (i == done)
        gh_buf_putz(out, "[DONE]");
    else if (i == usage && e->has_usage)
        put_usage_chunk(out, e);
    else if (i == 0 || i == end || gh_echo_piece(&piece, &e->unsaid))
        put_chunk(out, e, i, piece, i == end);
    gh_buf_putz(out, "\n\n");
    return true;
}

/* ---- the rest ---- */

void
gh_echo_put_models(struct gh_buf *out)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "object", GH_STR("list"));
    gh_jsonw_key(&w, "data");
    gh_jsonw_arr(&w);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "id", GH_STR("echo"));
    gh_jsonw_kstr(&w, "object", GH_STR("model"));
    gh_jsonw_ku64(&w, "created", 0);
    gh_jsonw_kstr(&w, "owned_by", GH_STR("gatehouse"));
    gh_jsonw_end(&w, '}');
    gh_jsonw_end(&w, ']');
    gh_jsonw_end(&w, '}');
}

void
gh_echo_put_error(struct gh_buf *out, const char *message, const char *type)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "error");
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "message", gh_str_z(message));
    gh_jsonw_kstr(&w, "type", gh_str_z(type));
    gh_jsonw_key(&w, "param");
    gh_jsonw_null(&w);
    gh_jsonw_key(&w, "code");
    gh_jsonw_null(&w);
    gh_jsonw_end(&w, '}');
    gh_jsonw_end(&w, '}');
}
