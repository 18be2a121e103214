/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_responses: from a parsed body to a conversation: the members of the body, and its tools. */
#include "wire/openai_responses.h"

#include "base/limits.h"
#include "wire/openai_chat_int.h"
#include "wire/openai_responses_int.h"
#include "wire/say.h"

static enum gh_rc
on_background(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_bool(&r->conv->is_background, r, v);
}

static enum gh_rc
on_previous(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_stored(r, GH_STORED_RESPONSE, v);
}

static enum gh_rc
on_conversation_id(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_stored(r, GH_STORED_CONVERSATION, v);
}

static enum gh_rc
on_conversation(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {{GH_STR_INIT("id"), on_conversation_id}};

    if (gh_json_type(r->j, v) == GH_JSON_STRING)
        return on_conversation_id(r, v);
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of conversation that is not known here");
}

static enum gh_rc
on_prompt(struct gh_conv_reader *r, gh_json_ref v)
{
    (void)v;
    return gh_conv_refuse(r, "a prompt that is stored at the provider");
}

static enum gh_rc
on_include(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_each(r, v, gh_conv_mark);
}

static enum gh_rc
on_stream_options(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {{GH_STR_INIT("include_obfuscation"), gh_conv_scalar}};

    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of stream_options that is not known here");
}

static enum gh_rc
on_reasoning(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("effort"), gh_conv_mark},
        {GH_STR_INIT("summary"), gh_conv_mark},
        {GH_STR_INIT("generate_summary"), gh_conv_mark},
    };
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of reasoning that is not known here");
}

static enum gh_rc
on_text_format(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("format"), gh_conv_schema},
        {GH_STR_INIT("verbosity"), gh_conv_mark},
    };
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of text that is not known here");
}

/* ---- tools ---- */

/* Whether a type stands for a tool that the caller runs by its name. */
static bool
is_own(struct gh_str type)
{
    return gh_str_eq(type, GH_STR("function")) || gh_str_eq(type, GH_STR("custom"));
}

/* Members of the provider's tools, however deep, by which they reach what is stored there: nothing of it can have been made through the gate. */
static const struct {
    struct gh_str name;
    const char *what;
} reaching[] = {
    {GH_STR_INIT("vector_store_ids"), "a vector store of the provider"},
    {GH_STR_INIT("input_image_mask"), "an image mask for a tool of the provider"},
    {GH_STR_INIT("container_id"), "a container that is stored at the provider"},
    {GH_STR_INIT("file_id"), "files that are stored at the provider"},
    {GH_STR_INIT("file_ids"), "files that are stored at the provider"},
    {GH_STR_INIT("skill_id"), "a skill that is stored at the provider"},
};

static const char *
reaches(const struct gh_json *j, gh_json_ref key)
{
    for (size_t i = 0; i < sizeof(reaching) / sizeof(*reaching); i++)
        if (gh_json_text_eq(gh_json_inside(j, key), j->nodes[key].has_escape, reaching[i].name, false))
            return reaching[i].what;
    return NULL;
}

static enum gh_rc
check_reach(struct gh_conv_reader *r, gh_json_ref tool)
{
    const struct gh_json_node *nodes = r->j->nodes;
    const char *what;

    for (gh_json_ref k = tool + 1; k < nodes[tool].next; k++) {
        bool is_key = nodes[k].type == GH_JSON_STRING && nodes[k].next > k + 1;
        if (is_key && gh_say_is_set(r->j, k + 1) && (what = reaches(r->j, k)) != NULL)
            return gh_conv_refuse(r, what);
    }
    return GH_OK;
}

/* Where the provider would run code: one that it keeps, by its id, or a new one. */
static enum gh_rc
check_container(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_json_type(r->j, v) == GH_JSON_STRING ? gh_conv_refuse(r, "a container that is stored at the provider") : GH_OK;
}

static enum gh_rc
read_hosted(struct gh_conv_reader *r, gh_json_ref v)
{
    gh_json_ref word = gh_json_get(r->j, v, GH_STR("type"));
    struct gh_str type;
    enum gh_rc rc;

    if (word == GH_JSON_NO)
        return gh_conv_bad(r, v, "a tool without a type or name");
    if ((rc = gh_conv_tool_word(&type, r, word)) != GH_OK || (rc = gh_conv_hosted(r, type, v)) != GH_OK)
        return rc;
    rc = check_reach(r, v);
    return rc == GH_OK ? check_container(r, gh_json_get(r->j, v, GH_STR("container"))) : rc;
}

static enum gh_rc
read_tool(struct gh_conv_reader *r, gh_json_ref v)
{
    if (gh_json_type(r->j, v) != GH_JSON_OBJECT)
        return gh_conv_bad(r, v, "a tool is an object");
    return is_own(gh_conv_type(r, v)) ? gh_conv_own_tool(r, v) : read_hosted(r, v);
}

static enum gh_rc
on_tools(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_each(r, v, read_tool);
}

/* One's own by its name, the provider's by its type. */
static enum gh_rc
read_chosen(struct gh_conv_reader *r, gh_json_ref v)
{
    gh_json_ref word = gh_json_get(r->j, v, is_own(gh_conv_type(r, v)) ? GH_STR("name") : GH_STR("type"));

    return word == GH_JSON_NO ? gh_conv_bad(r, v, "a choice of a tool without its name") : gh_conv_chosen(r, word);
}

static enum gh_rc
on_tool_choice(struct gh_conv_reader *r, gh_json_ref v)
{
    gh_json_ref allowed = gh_json_get(r->j, v, GH_STR("tools"));
    enum gh_rc rc;

    if (gh_json_type(r->j, v) == GH_JSON_STRING)
        return gh_conv_mark(r, v);
    if (!gh_str_eq(gh_conv_type(r, v), GH_STR("allowed_tools")))
        rc = read_chosen(r, v);
    else
        rc = allowed == GH_JSON_NO ? gh_conv_bad(r, v, "allowed tools are missing") : gh_conv_each(r, allowed, read_chosen);
    return rc == GH_OK ? gh_conv_schema(r, v) : rc;
}

/* ---- the body ---- */

static const struct gh_conv_member body_rows[] = {
    {GH_STR_INIT("instructions"), gh_conv_any},
    {GH_STR_INIT("input"), gh_conv_any},
    {GH_STR_INIT("model"), gh_conv_model},
    {GH_STR_INIT("stream"), gh_conv_stream},
    {GH_STR_INIT("stream_options"), on_stream_options},
    {GH_STR_INIT("store"), gh_conv_store},
    {GH_STR_INIT("background"), on_background},
    {GH_STR_INIT("previous_response_id"), on_previous},
    {GH_STR_INIT("conversation"), on_conversation},
    {GH_STR_INIT("prompt"), on_prompt},
    {GH_STR_INIT("tools"), on_tools},
    {GH_STR_INIT("tool_choice"), on_tool_choice},
    {GH_STR_INIT("parallel_tool_calls"), gh_conv_scalar},
    {GH_STR_INIT("max_tool_calls"), gh_conv_scalar},
    {GH_STR_INIT("max_output_tokens"), gh_conv_max_tokens},
    {GH_STR_INIT("temperature"), gh_conv_scalar},
    {GH_STR_INIT("top_p"), gh_conv_scalar},
    {GH_STR_INIT("top_logprobs"), gh_conv_scalar},
    {GH_STR_INIT("reasoning"), on_reasoning},
    {GH_STR_INIT("text"), on_text_format},
    {GH_STR_INIT("include"), on_include},
    {GH_STR_INIT("metadata"), gh_conv_texts},
    {GH_STR_INIT("user"), gh_chat_user},
    {GH_STR_INIT("user_security_context"), gh_chat_user_context},
    {GH_STR_INIT("truncation"), gh_conv_mark},
    {GH_STR_INIT("service_tier"), gh_conv_mark},
    {GH_STR_INIT("safety_identifier"), gh_conv_mark},
    {GH_STR_INIT("prompt_cache_key"), gh_conv_mark},
    {GH_STR_INIT("prompt_cache_retention"), gh_conv_mark},
};

/* What the model gets first, in that order, wherever it stands in the body. */
static enum gh_rc
read_first(struct gh_conv_reader *r)
{
    gh_json_ref instructions = gh_json_get(r->j, 0, GH_STR("instructions")), input = gh_json_get(r->j, 0, GH_STR("input"));
    enum gh_rc rc = GH_OK;

    if (instructions != GH_JSON_NO && gh_json_type(r->j, instructions) != GH_JSON_NULL)
        rc = gh_conv_part(r, GH_ROLE_SYSTEM, GH_PART_INSTRUCTION, instructions);
    if (rc == GH_OK && input != GH_JSON_NO && gh_json_type(r->j, input) != GH_JSON_NULL)
        rc = gh_responses_input(r, input);
    return rc;
}

enum gh_rc
gh_openai_responses_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err)
{
    struct gh_conv_reader r = gh_conv_begin(out, a, body, err);
    enum gh_rc rc;

    out->wants_usage = out->is_stored = out->is_stored_unasked = true;
    if (gh_json_type(body, 0) != GH_JSON_OBJECT)
        return gh_conv_bad(&r, 0, "an object is wanted here");
    if ((rc = read_first(&r)) != GH_OK)
        return rc;
    if ((rc = gh_conv_members(&r, 0, GH_CONV_ROWS(body_rows), "a member of the request that is not known here")) != GH_OK)
        return rc;
    return gh_chat_end(&r, r.has_messages || out->n_stored != 0 || out->refused != NULL, "input is missing");
}
