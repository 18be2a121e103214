/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_responses: the edits by which a body is forwarded, and what answers and events say. */
#include "wire/openai_responses.h"

#include "wire/json_int.h"
#include "wire/openai_plan.h"
#include "wire/say.h"

/* ---- edits ---- */

/* The caller's instructions as the first item of the input, behind the endpoint's. A text becomes an item of the user's. */
static enum gh_rc
plan_input(struct gh_openai_plan *p, const struct gh_conv *conv, const struct gh_forward *how, struct gh_str instructions)
{
    gh_json_ref input = gh_json_get(p->body, 0, GH_STR("input"));
    enum gh_json_type type = gh_json_type(p->body, input);
    struct gh_str text = {NULL, 0};
    struct gh_buf item;
    enum gh_rc rc;

    if (type == GH_JSON_STRING && (rc = gh_say_part_json(&text, p->a, p->body, input, conv, how)) != GH_OK)
        return rc;
    gh_buf_init(&item, p->a, instructions.n + text.n + 128);
    gh_buf_putz(&item, type == GH_JSON_ARRAY ? "" : "[");
    gh_buf_putz(&item, "{\"role\":\"developer\",\"content\":");
    gh_buf_put(&item, instructions);
    gh_buf_putc(&item, '}');
    if (type == GH_JSON_ARRAY) {
        uint32_t inside = p->body->nodes[input].at + 1;
        gh_buf_putz(&item, gh_json_first(p->body, input) == GH_JSON_NO ? "" : ",");
        return item.rc == GH_OK ? gh_edits_add(p->edits, inside, inside, gh_buf_str(&item)) : item.rc;
    }
    if (type == GH_JSON_STRING) {
        gh_buf_putz(&item, ",{\"role\":\"user\",\"content\":");
        gh_buf_put(&item, text);
        gh_buf_putc(&item, '}');
    }
    gh_buf_putc(&item, ']');
    return item.rc == GH_OK ? gh_openai_plan_member(p, GH_STR("input"), gh_buf_str(&item)) : item.rc;
}

static enum gh_rc
plan_instructions(struct gh_openai_plan *p, const struct gh_conv *conv, const struct gh_forward *how)
{
    gh_json_ref own = gh_json_get(p->body, 0, GH_STR("instructions"));
    struct gh_str text;
    enum gh_rc rc = GH_OK;

    if (gh_json_type(p->body, own) == GH_JSON_STRING && (rc = gh_say_part_json(&text, p->a, p->body, own, conv, how)) == GH_OK)
        rc = plan_input(p, conv, how, text);
    return rc == GH_OK ? gh_openai_plan_text(p, GH_STR("instructions"), how->instructions) : rc;
}

enum gh_rc
gh_openai_responses_plan(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, const struct gh_conv *conv,
    const struct gh_forward *how)
{
    struct gh_openai_plan p;
    enum gh_rc rc = gh_openai_plan_begin(&p, edits, a, body, how->model);

    if (rc != GH_OK)
        return rc;
    if (how->instructions.n > 0 && (rc = plan_instructions(&p, conv, how)) != GH_OK)
        return rc;
    if ((rc = gh_openai_plan_bound(&p, GH_STR("max_output_tokens"), conv, how)) != GH_OK)
        return rc;
    if (how->is_unstored && (rc = gh_openai_plan_member(&p, GH_STR("store"), GH_STR("false"))) != GH_OK)
        return rc;
    if ((rc = gh_say_plan_stored(edits, a, conv, how->stored)) != GH_OK)
        return rc;
    if ((rc = gh_openai_plan_end(&p)) != GH_OK)
        return rc;
    return gh_say_plan_texts(edits, a, body, conv, how);
}

/* ---- answers ---- */

static struct gh_usage
read_usage(const struct gh_json *j, gh_json_ref usage)
{
    return (struct gh_usage){gh_say_tokens(j, usage, GH_STR("input_tokens")), gh_say_tokens(j, usage, GH_STR("output_tokens"))};
}

/* Items of the output that are calls, and what is called in them: the tool's name where it is the caller's own, else its type. */
static enum gh_rc
put_call(struct gh_say_calls *calls, struct gh_arena *a, const struct gh_json *j, gh_json_ref item)
{
    static const struct {
        struct gh_str type, tool;
    } special[] = {
        {GH_STR_INIT("mcp_list_tools"), GH_STR_INIT("mcp")},
        {GH_STR_INIT("mcp_approval_request"), GH_STR_INIT("mcp")},
        {GH_STR_INIT("computer_call"), GH_STR_INIT("computer_use")},
    };
    gh_json_ref type = gh_json_get(j, item, GH_STR("type"));
    struct gh_str word, *call;
    enum gh_rc rc;

    if (gh_json_type(j, type) != GH_JSON_STRING)
        return GH_OK;
    if ((rc = gh_json_str(&word, a, j, type)) != GH_OK) /* unescaped: clients read it so */
        return rc;
    if (gh_str_eq(word, GH_STR("function_call")) || gh_str_eq(word, GH_STR("custom_tool_call")))
        return gh_say_call(calls, a, j, item, GH_STR("name"));
    if (!gh_str_ends(word, GH_STR("_call")) && !gh_str_starts(word, GH_STR("mcp_")))
        return GH_OK;
    if ((rc = gh_say_call(calls, a, j, item, GH_STR("type"))) != GH_OK)
        return rc;
    call = &calls->item[calls->n - 1];
    if (gh_str_ends(*call, GH_STR("_call")))
        call->n -= 5;
    for (size_t i = 0; i < sizeof(special) / sizeof(*special); i++)
        if (gh_str_eq(word, special[i].type))
            *call = special[i].tool;
    return GH_OK;
}

/* Those of a whole response. */
static enum gh_rc
put_calls(struct gh_say_calls *calls, struct gh_arena *a, const struct gh_json *j, gh_json_ref response)
{
    gh_json_ref output = gh_json_get(j, response, GH_STR("output"));
    enum gh_rc rc = GH_OK;

    for (gh_json_ref v = gh_json_first(j, output); rc == GH_OK && v != GH_JSON_NO; v = gh_json_next(j, output, v))
        rc = put_call(calls, a, j, v);
    return rc;
}

/* What an object of type response says of things that are kept. */
static enum gh_rc
read_stored(struct gh_stored_id *stored, size_t *n, struct gh_arena *a, const struct gh_json *j, gh_json_ref response)
{
    gh_json_ref conversation = gh_json_get(j, response, GH_STR("conversation"));
    gh_json_ref inside = gh_json_get(j, conversation, GH_STR("id"));
    const struct {
        gh_json_ref id;
        enum gh_stored kind;
    } rows[] = {
        {gh_json_get(j, response, GH_STR("id")), GH_STORED_RESPONSE},
        {gh_json_get(j, response, GH_STR("previous_response_id")), GH_STORED_RESPONSE},
        {inside != GH_JSON_NO ? inside : conversation, GH_STORED_CONVERSATION},
    };
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; rc == GH_OK && i < sizeof(rows) / sizeof(*rows); i++)
        rc = gh_say_stored(stored, n, a, j, rows[i].id, rows[i].kind);
    return rc;
}

enum gh_rc
gh_openai_responses_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text)
{
    struct gh_say_calls calls = {NULL, 0};
    struct gh_json j;
    enum gh_rc rc;

    *out = (struct gh_answer){.usage = {-1, -1}};
    if ((rc = gh_say_object(&j, a, text)) != GH_OK)
        return rc;
    out->json = j;
    out->usage = read_usage(&j, gh_json_get(&j, 0, GH_STR("usage")));
    rc = put_calls(&calls, a, &j, 0);
    out->calls = calls.item;
    out->n_calls = calls.n;
    return rc == GH_OK ? read_stored(out->stored, &out->n_stored, a, &j, 0) : rc;
}

enum gh_rc
gh_openai_response_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text)
{
    struct gh_say_calls calls = {NULL, 0};
    struct gh_json j;
    enum gh_rc rc;

    *out = (struct gh_answer){.usage = {-1, -1}};
    if ((rc = gh_say_object(&j, a, text)) != GH_OK)
        return rc;
    out->json = j;
    rc = put_calls(&calls, a, &j, 0);
    out->calls = calls.item;
    out->n_calls = calls.n;
    return rc == GH_OK ? read_stored(out->stored, &out->n_stored, a, &j, 0) : rc;
}

/* ---- events ---- */

static const struct {
    struct gh_str type;
    bool is_done, is_error;
} event_rows[] = {
    {GH_STR_INIT("response.completed"), true, false},
    {GH_STR_INIT("response.incomplete"), true, false},
    {GH_STR_INIT("response.failed"), true, true},
    {GH_STR_INIT("response.cancelled"), true, false},
    {GH_STR_INIT("error"), true, true},
};

/* The end of a call's arguments says its name again, and is all that some clients wait for. */
static enum gh_rc
put_named(struct gh_say_calls *calls, struct gh_arena *a, const struct gh_json *j, struct gh_str type)
{
    bool is_call =
        gh_str_starts(type, GH_STR("response.function_call")) || gh_str_starts(type, GH_STR("response.custom_tool_call"));

    return is_call ? gh_say_call(calls, a, j, 0, GH_STR("name")) : GH_OK;
}

/* What an event of this type adds: the names of calls, wherever it tells items (begun, done, in the whole response), or a piece of text. */
static enum gh_rc
read_event(struct gh_delta *out, struct gh_arena *a, const struct gh_json *j, struct gh_str type)
{
    struct gh_say_calls calls = {NULL, 0};
    struct gh_buf text;
    enum gh_rc rc;

    if ((rc = put_call(&calls, a, j, gh_json_get(j, 0, GH_STR("item")))) == GH_OK)
        rc = put_calls(&calls, a, j, gh_json_get(j, 0, GH_STR("response")));
    if (rc == GH_OK)
        rc = put_named(&calls, a, j, type);
    out->calls = calls.item;
    out->n_calls = calls.n;
    if (rc != GH_OK || !gh_str_ends(type, GH_STR(".delta")))
        return rc;
    gh_buf_init(&text, a, j->text.n);
    rc = gh_say_text(&text, a, j, 0, GH_STR("delta"));
    out->text = gh_buf_str(&text);
    return rc;
}

enum gh_rc
gh_openai_responses_delta(struct gh_delta *out, struct gh_arena *a, struct gh_str name, struct gh_str data)
{
    gh_json_ref response, usage;
    struct gh_str type;
    struct gh_json j;
    enum gh_rc rc;

    (void)name; /* clients read the type in the data, so it counts */
    *out = (struct gh_delta){.usage = {-1, -1}};
    if ((rc = gh_say_object(&j, a, data)) != GH_OK)
        return rc;
    if (gh_json_str(&type, a, &j, gh_json_get(&j, 0, GH_STR("type"))) != GH_OK)
        return GH_BAD;
    for (size_t i = 0; i < sizeof(event_rows) / sizeof(*event_rows); i++)
        if (gh_str_eq(type, event_rows[i].type)) {
            out->is_done = event_rows[i].is_done;
            out->is_error = event_rows[i].is_error;
        }
    response = gh_json_get(&j, 0, GH_STR("response"));
    usage = gh_json_get(&j, response, GH_STR("usage"));
    out->has_usage = gh_say_is_set(&j, usage);
    out->usage = read_usage(&j, usage);
    if ((rc = read_stored(out->stored, &out->n_stored, a, &j, response)) != GH_OK)
        return rc;
    return read_event(out, a, &j, type);
}

/* The documented event, and the member `error` in it: OpenAI's own clients raise what has that, and only yield what has not. */
void
gh_openai_responses_cut(struct gh_buf *out, enum gh_surface surface, enum gh_problem problem, struct gh_str request_id)
{
    const struct gh_problem_row *row = &gh_problem_table[problem];
    char mem[1024];
    struct gh_buf inside;

    gh_buf_init_fixed(&inside, mem, sizeof(mem));
    gh_problem_put(&inside, surface, problem, NULL, request_id);
    gh_buf_putz(out, "event: error\ndata: {\"type\":\"error\",\"code\":\"");
    gh_buf_putz(out, row->code);
    gh_buf_putz(out, "\",\"message\":\"");
    gh_buf_putz(out, row->message);
    gh_buf_putz(out, "\",\"param\":null,");
    gh_buf_put(out, gh_str_sub(gh_buf_str(&inside), 1, SIZE_MAX));
    gh_buf_putz(out, "\n\n");
    if (inside.rc != GH_OK && out->rc == GH_OK)
        out->rc = inside.rc;
}
