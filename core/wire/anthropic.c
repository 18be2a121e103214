/* SPDX-License-Identifier: Apache-2.0 */
/* wire/anthropic: the edits by which a body is forwarded, and what its answers say: usage, calls, streamed deltas. */
#include "wire/anthropic.h"

#include "wire/anthropic_int.h"
#include "wire/say.h"

/* ---- forwarding ---- */

#define BLOCK_HEAD "{\"type\":\"text\",\"text\":"

/* The caller's instructions stay what they are, a block of their own behind the endpoint's. */
static enum gh_rc
plan_before(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, gh_json_ref system, struct gh_str quoted)
{
    const struct gh_json_node *node = &body->nodes[system];
    bool is_text = gh_json_type(body, system) == GH_JSON_STRING;
    bool is_alone = !is_text && gh_json_first(body, system) == GH_JSON_NO;
    uint32_t at = is_text ? node->at : node->at + 1;
    struct gh_buf b;
    enum gh_rc rc;

    gh_buf_init(&b, a, quoted.n + 128);
    gh_buf_putz(&b, is_text ? "[" BLOCK_HEAD : BLOCK_HEAD);
    gh_buf_put(&b, quoted);
    gh_buf_putz(&b, is_text ? "}," BLOCK_HEAD : is_alone ? "}" : "},");
    if (b.rc != GH_OK || (rc = gh_edits_add(edits, at, at, gh_buf_str(&b))) != GH_OK)
        return b.rc != GH_OK ? b.rc : rc;
    return is_text ? gh_edits_add(edits, node->end, node->end, GH_STR("}]")) : GH_OK;
}

static enum gh_rc
plan_instructions(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, struct gh_str instructions)
{
    gh_json_ref system = gh_json_get(body, 0, GH_STR("system"));
    struct gh_str quoted;
    struct gh_buf member;
    enum gh_rc rc = gh_say_quote(&quoted, a, instructions);

    if (rc != GH_OK)
        return rc;
    if (gh_say_is_set(body, system) && !gh_str_eq(gh_json_raw(body, system), GH_STR("\"\"")))
        return plan_before(edits, a, body, system, quoted);
    if (system != GH_JSON_NO) /* null or empty: no second member of that name */
        return gh_edits_add(edits, body->nodes[system].at, body->nodes[system].end, quoted);
    gh_buf_init(&member, a, quoted.n + 16);
    gh_buf_putz(&member, "\"system\":");
    gh_buf_put(&member, quoted);
    gh_buf_putc(&member, ',');
    return member.rc != GH_OK ? member.rc : gh_edits_add(edits, body->nodes[0].at + 1, body->nodes[0].at + 1, gh_buf_str(&member));
}

enum gh_rc
gh_anthropic_plan(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, const struct gh_conv *conv,
    const struct gh_forward *how)
{
    const struct gh_json_node *model = &body->nodes[conv->model_node];
    struct gh_str quoted;
    enum gh_rc rc = gh_say_quote(&quoted, a, how->model);

    if (rc == GH_OK && !gh_str_eq(gh_json_raw(body, conv->model_node), quoted))
        rc = gh_edits_add(edits, model->at, model->end, quoted);
    if (rc != GH_OK)
        return rc;
    if (how->instructions.n > 0 && (rc = plan_instructions(edits, a, body, how->instructions)) != GH_OK)
        return rc;
    if ((rc = gh_say_plan_stored(edits, a, conv, how->stored)) != GH_OK)
        return rc;
    return gh_say_plan_texts(edits, a, body, conv, how);
}

/* ---- answers ---- */

/* All that was read, whether it came from the cache, went there, or neither. -1 if not even the first was told. */
static struct gh_usage
read_usage(const struct gh_json *j, gh_json_ref usage)
{
    static const struct gh_str cached[] = {GH_STR_INIT("cache_creation_input_tokens"), GH_STR_INIT("cache_read_input_tokens")};
    struct gh_usage u = {gh_say_tokens(j, usage, GH_STR("input_tokens")), gh_say_tokens(j, usage, GH_STR("output_tokens"))};

    for (size_t i = 0; u.input_tokens >= 0 && i < sizeof(cached) / sizeof(*cached); i++) {
        int64_t n = gh_say_tokens(j, usage, cached[i]);
        if (n > 0 && n <= INT64_MAX - u.input_tokens)
            u.input_tokens += n;
    }
    return u;
}

static bool
type_is(const struct gh_json *j, gh_json_ref v, struct gh_str type)
{
    gh_json_ref is = gh_json_get(j, v, GH_STR("type"));

    return gh_json_type(j, is) == GH_JSON_STRING && gh_json_text_eq(gh_json_inside(j, is), j->nodes[is].has_escape, type, false);
}

/* A block that calls a tool: of the caller's own by its name, one that the provider ran by its kind. */
static enum gh_rc
read_call(struct gh_say_calls *calls, struct gh_arena *a, const struct gh_json *j, gh_json_ref block)
{
    bool is_mcp = type_is(j, block, GH_STR("mcp_tool_use"));
    size_t before = calls->n;
    enum gh_rc rc;

    if (type_is(j, block, GH_STR("tool_use")))
        return gh_say_call(calls, a, j, block, GH_STR("name"));
    if (!is_mcp && !type_is(j, block, GH_STR("server_tool_use")))
        return GH_OK;
    rc = gh_say_call(calls, a, j, block, is_mcp ? GH_STR("type") : GH_STR("name")); /* an mcp tool's name is the remote server's */
    if (rc == GH_OK && calls->n > before)
        calls->item[before] = gh_anthropic_hosted_name(calls->item[before]);
    return rc;
}

/* The container in which the provider ran code, if it tells one. */
static enum gh_rc
read_container(struct gh_stored_id *stored, size_t *n, struct gh_arena *a, const struct gh_json *j, gh_json_ref container)
{
    return gh_say_stored(stored, n, a, j, gh_json_get(j, container, GH_STR("id")), GH_STORED_CONTAINER);
}

enum gh_rc
gh_anthropic_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text)
{
    struct gh_say_calls calls = {NULL, 0};
    gh_json_ref content;
    struct gh_json j;
    enum gh_rc rc;

    *out = (struct gh_answer){.usage = {-1, -1}};
    if ((rc = gh_say_object(&j, a, text)) != GH_OK)
        return rc;
    out->json = j;
    if (!type_is(&j, 0, GH_STR("message")))
        return GH_BAD;
    out->usage = read_usage(&j, gh_json_get(&j, 0, GH_STR("usage")));
    content = gh_json_get(&j, 0, GH_STR("content"));
    for (gh_json_ref b = gh_json_first(&j, content); rc == GH_OK && b != GH_JSON_NO; b = gh_json_next(&j, content, b))
        rc = read_call(&calls, a, &j, b);
    out->calls = calls.item;
    out->n_calls = calls.n;
    return rc != GH_OK ? rc : read_container(out->stored, &out->n_stored, a, &j, gh_json_get(&j, 0, GH_STR("container")));
}

enum gh_rc
gh_anthropic_count_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text)
{
    struct gh_json j;
    enum gh_rc rc;

    *out = (struct gh_answer){.usage = {-1, -1}}; /* counted, not consumed */
    if ((rc = gh_say_object(&j, a, text)) != GH_OK)
        return rc;
    out->json = j;
    return gh_say_tokens(&j, 0, GH_STR("input_tokens")) < 0 ? GH_BAD : GH_OK;
}

/* ---- streams ---- */

struct event {
    struct gh_delta *out;
    struct gh_arena *a;
    const struct gh_json *j;
    struct gh_buf text;
    struct gh_say_calls calls;
};

static void
take_usage(struct event *e, gh_json_ref usage)
{
    e->out->usage = read_usage(e->j, usage);
    e->out->has_usage = e->out->usage.input_tokens >= 0 || e->out->usage.output_tokens >= 0;
}

static enum gh_rc
take_container(struct event *e, gh_json_ref holder)
{
    return read_container(e->out->stored, &e->out->n_stored, e->a, e->j, gh_json_get(e->j, holder, GH_STR("container")));
}

static enum gh_rc
on_message_start(struct event *e)
{
    gh_json_ref message = gh_json_get(e->j, 0, GH_STR("message")), content = gh_json_get(e->j, message, GH_STR("content"));
    enum gh_rc rc = gh_say_all(&e->text, e->a, e->j, content);

    for (gh_json_ref b = gh_json_first(e->j, content); rc == GH_OK && b != GH_JSON_NO; b = gh_json_next(e->j, content, b))
        rc = read_call(&e->calls, e->a, e->j, b); /* clients begin with what stands here */
    take_usage(e, gh_json_get(e->j, message, GH_STR("usage")));
    return rc == GH_OK ? take_container(e, message) : rc;
}

/* Where a block or delta says what the model says; of another type all of it counts. Signatures are no text. */
static const struct {
    struct gh_str type, member;
} said[] = {
    {GH_STR_INIT("text"), GH_STR_INIT("text")},
    {GH_STR_INIT("text_delta"), GH_STR_INIT("text")},
    {GH_STR_INIT("thinking"), GH_STR_INIT("thinking")},
    {GH_STR_INIT("thinking_delta"), GH_STR_INIT("thinking")},
    {GH_STR_INIT("input_json_delta"), GH_STR_INIT("partial_json")},
    {GH_STR_INIT("signature_delta"), GH_STR_INIT("")},
    {GH_STR_INIT("redacted_thinking"), GH_STR_INIT("")},
};

static enum gh_rc
take_text(struct event *e, gh_json_ref v)
{
    gh_json_ref input = gh_json_get(e->j, v, GH_STR("input"));

    for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
        if (type_is(e->j, v, said[i].type))
            return gh_say_text(&e->text, e->a, e->j, v, said[i].member);
    return gh_say_all(&e->text, e->a, e->j, type_is(e->j, v, GH_STR("tool_use")) ? input : v);
}

static enum gh_rc
on_block_start(struct event *e)
{
    gh_json_ref block = gh_json_get(e->j, 0, GH_STR("content_block"));
    enum gh_rc rc = read_call(&e->calls, e->a, e->j, block);

    return rc == GH_OK ? take_text(e, block) : rc;
}

static enum gh_rc
on_block_delta(struct event *e)
{
    return take_text(e, gh_json_get(e->j, 0, GH_STR("delta")));
}

static enum gh_rc
on_message_delta(struct event *e)
{
    take_usage(e, gh_json_get(e->j, 0, GH_STR("usage")));
    return take_container(e, gh_json_get(e->j, 0, GH_STR("delta")));
}

static enum gh_rc
on_message_stop(struct event *e)
{
    e->out->is_done = true;
    return GH_OK;
}

static enum gh_rc
on_error(struct event *e)
{
    e->out->is_error = true;
    return GH_OK;
}

static enum gh_rc
on_nothing(struct event *e)
{
    (void)e;
    return GH_OK;
}

static const struct {
    struct gh_str type;
    enum gh_rc (*read)(struct event *e);
} events[] = {
    {GH_STR_INIT("content_block_delta"), on_block_delta},
    {GH_STR_INIT("content_block_start"), on_block_start},
    {GH_STR_INIT("content_block_stop"), on_nothing},
    {GH_STR_INIT("message_start"), on_message_start},
    {GH_STR_INIT("message_delta"), on_message_delta},
    {GH_STR_INIT("message_stop"), on_message_stop},
    {GH_STR_INIT("ping"), on_nothing},
    {GH_STR_INIT("error"), on_error},
};

/* An event of a type that came later than this table: all of its strings are text. */
static enum gh_rc
read_event(struct event *e)
{
    for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
        if (type_is(e->j, 0, events[i].type))
            return events[i].read(e);
    return gh_say_all(&e->text, e->a, e->j, 0);
}

/* The name on the line and the type in the data say the same: clients choose by either. */
static bool
is_named_alike(const struct gh_json *j, struct gh_str name)
{
    return gh_json_type(j, gh_json_get(j, 0, GH_STR("type"))) == GH_JSON_STRING && (name.n == 0 || type_is(j, 0, name));
}

enum gh_rc
gh_anthropic_delta(struct gh_delta *out, struct gh_arena *a, struct gh_str name, struct gh_str data)
{
    struct event e = {.out = out, .a = a};
    struct gh_json j;
    enum gh_rc rc;

    *out = (struct gh_delta){.usage = {-1, -1}};
    if ((rc = gh_say_object(&j, a, data)) != GH_OK)
        return rc;
    if (!is_named_alike(&j, name))
        return GH_BAD;
    e.j = &j;
    gh_buf_init(&e.text, a, data.n);
    rc = read_event(&e);
    out->text = gh_buf_str(&e.text);
    out->calls = e.calls.item;
    out->n_calls = e.calls.n;
    return rc;
}

void
gh_anthropic_cut(struct gh_buf *out, enum gh_surface surface, enum gh_problem problem, struct gh_str request_id)
{
    gh_buf_putz(out, "event: error\ndata: ");
    gh_problem_put(out, surface, problem, NULL, request_id);
    gh_buf_putz(out, "\n\n");
}
