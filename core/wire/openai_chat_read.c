/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_chat: from a parsed body to a conversation: the members of the body. */
#include "wire/openai_chat_int.h"

#include "base/limits.h"

static enum gh_rc
on_include_usage(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_bool(&r->conv->wants_usage, r, v);
}

static enum gh_rc
on_stream_options(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("include_usage"), on_include_usage},
        {GH_STR_INIT("include_obfuscation"), gh_conv_scalar},
    };
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of stream_options that is not known here");
}

/* `n`, and `best_of`, of which a backend makes as many and gives fewer. */
static enum gh_rc
on_choices(struct gh_conv_reader *r, gh_json_ref v)
{
    int64_t n;
    enum gh_rc rc = gh_conv_count(&n, r, v, GH_CHOICES_MAX);

    if (rc == GH_OK && n > r->conv->choices)
        r->conv->choices = n;
    return rc;
}

enum gh_rc
gh_chat_user(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_string(&r->user, r, v);
}

static enum gh_rc
on_end_user_id(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_string(&r->end_user_id, r, v);
}

static enum gh_rc
on_source_ip(struct gh_conv_reader *r, gh_json_ref v)
{
    enum gh_rc rc = gh_conv_mark(r, v);

    return rc == GH_OK ? gh_conv_string(&r->conv->claimed_ip, r, v) : rc;
}

static enum gh_rc
on_application_name(struct gh_conv_reader *r, gh_json_ref v)
{
    enum gh_rc rc = gh_conv_mark(r, v);

    return rc == GH_OK ? gh_conv_string(&r->conv->claimed_application, r, v) : rc;
}

enum gh_rc
gh_chat_user_context(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("end_user_id"), on_end_user_id},
        {GH_STR_INIT("application_name"), on_application_name},
        {GH_STR_INIT("end_user_tenant_id"), gh_conv_mark},
        {GH_STR_INIT("source_ip"), on_source_ip},
    };
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of user_security_context that is not known here");
}

enum gh_rc
gh_chat_end(struct gh_conv_reader *r, bool is_whole, const char *missing)
{
    if (!is_whole)
        return gh_conv_bad(r, 0, missing);
    r->conv->end_user = r->end_user_id.n != 0 ? r->end_user_id : r->user;
    return GH_OK;
}

/* A tool of any other type is the provider's. */
static enum gh_rc
read_hosted(struct gh_conv_reader *r, gh_json_ref v)
{
    gh_json_ref type = gh_json_get(r->j, v, GH_STR("type"));
    struct gh_str name;
    enum gh_rc rc;

    if (type == GH_JSON_NO)
        return gh_conv_bad(r, v, "a tool without a type");
    rc = gh_conv_tool_word(&name, r, type);
    return rc == GH_OK ? gh_conv_hosted(r, name, v) : rc;
}

static enum gh_rc
read_tool(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("type"), gh_conv_mark},
        {GH_STR_INIT("function"), gh_conv_own_tool},
        {GH_STR_INIT("custom"), gh_conv_own_tool},
    };

    if (gh_json_type(r->j, v) == GH_JSON_OBJECT && !gh_conv_type_is(r, v, GH_STR("function")) &&
        !gh_conv_type_is(r, v, GH_STR("custom")))
        return read_hosted(r, v);
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of a tool that is not known here");
}

static enum gh_rc
on_tools(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_each(r, v, read_tool);
}

static enum gh_rc
on_functions(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_each(r, v, gh_conv_own_tool);
}

/* {"type":"function","function":{"name":N}}, or the same with "custom". */
static enum gh_rc
read_chosen(struct gh_conv_reader *r, gh_json_ref v)
{
    gh_json_ref inside = gh_json_get(r->j, v, gh_conv_type_is(r, v, GH_STR("custom")) ? GH_STR("custom") : GH_STR("function"));
    gh_json_ref name = gh_json_get(r->j, inside, GH_STR("name"));

    return name == GH_JSON_NO ? gh_conv_bad(r, v, "a choice of a tool without its name") : gh_conv_chosen(r, name);
}

/* A word, or an object that names tools; one that names a tool of the provider asks for it to run. */
static enum gh_rc
on_tool_choice(struct gh_conv_reader *r, gh_json_ref v)
{
    gh_json_ref allowed = gh_json_get(r->j, gh_json_get(r->j, v, GH_STR("allowed_tools")), GH_STR("tools"));
    enum gh_rc rc;

    if (gh_json_type(r->j, v) == GH_JSON_STRING)
        return gh_conv_mark(r, v);
    if (gh_conv_type_is(r, v, GH_STR("allowed_tools")))
        rc = allowed == GH_JSON_NO ? gh_conv_bad(r, v, "allowed tools are missing") : gh_conv_each(r, allowed, read_chosen);
    else if (gh_conv_type_is(r, v, GH_STR("function")) || gh_conv_type_is(r, v, GH_STR("custom")))
        rc = read_chosen(r, v);
    else
        return gh_conv_refuse(r, "a choice of a tool that the provider would run itself");
    return rc == GH_OK ? gh_conv_schema(r, v) : rc;
}

static enum gh_rc
on_function_call(struct gh_conv_reader *r, gh_json_ref v)
{
    gh_json_ref name = gh_json_get(r->j, v, GH_STR("name"));
    enum gh_rc rc;

    if (gh_json_type(r->j, v) == GH_JSON_STRING)
        return gh_conv_mark(r, v);
    if (name == GH_JSON_NO)
        return gh_conv_bad(r, v, "a choice of a function without its name");
    rc = gh_conv_chosen(r, name);
    return rc == GH_OK ? gh_conv_schema(r, v) : rc;
}

static enum gh_rc
on_response_format(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("type"), gh_conv_mark},
        {GH_STR_INIT("json_schema"), gh_conv_schema},
    };
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of response_format that is not known here");
}

static enum gh_rc
on_prediction(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("type"), gh_conv_mark},
        {GH_STR_INIT("content"), gh_chat_content},
    };

    r->role = GH_ROLE_ASSISTANT;
    r->kind = GH_PART_DOCUMENT;
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of prediction that is not known here");
}

static enum gh_rc
read_modality(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_str_eq(gh_json_raw(r->j, v), GH_STR("\"text\"")) ? GH_OK : gh_conv_refuse(r, "an answer that is not text");
}

static enum gh_rc
on_modalities(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_each(r, v, read_modality);
}

static enum gh_rc
on_logit_bias(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_members(r, v, NULL, 0, "a logit_bias that is not a number");
}

static enum gh_rc
on_audio(struct gh_conv_reader *r, gh_json_ref v)
{
    (void)v;
    return gh_conv_refuse(r, "an answer that is not text");
}

static enum gh_rc
on_web_search(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_hosted(r, GH_STR("web_search"), v);
}

static enum gh_rc
on_data_sources(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_hosted(r, GH_STR("data_sources"), v);
}

static const struct gh_conv_member body_rows[] = {
    {GH_STR_INIT("messages"), gh_chat_messages},
    {GH_STR_INIT("model"), gh_conv_model},
    {GH_STR_INIT("stream"), gh_conv_stream},
    {GH_STR_INIT("stream_options"), on_stream_options},
    {GH_STR_INIT("temperature"), gh_conv_scalar},
    {GH_STR_INIT("top_p"), gh_conv_scalar},
    {GH_STR_INIT("n"), on_choices},
    {GH_STR_INIT("best_of"), on_choices},
    {GH_STR_INIT("max_tokens"), gh_conv_max_tokens},
    {GH_STR_INIT("max_completion_tokens"), gh_conv_max_tokens},
    {GH_STR_INIT("tools"), on_tools},
    {GH_STR_INIT("tool_choice"), on_tool_choice},
    {GH_STR_INIT("parallel_tool_calls"), gh_conv_scalar},
    {GH_STR_INIT("functions"), on_functions},
    {GH_STR_INIT("function_call"), on_function_call},
    {GH_STR_INIT("response_format"), on_response_format},
    {GH_STR_INIT("user"), gh_chat_user},
    {GH_STR_INIT("user_security_context"), gh_chat_user_context},
    {GH_STR_INIT("stop"), gh_conv_texts},
    {GH_STR_INIT("metadata"), gh_conv_texts},
    {GH_STR_INIT("prediction"), on_prediction},
    {GH_STR_INIT("presence_penalty"), gh_conv_scalar},
    {GH_STR_INIT("frequency_penalty"), gh_conv_scalar},
    {GH_STR_INIT("seed"), gh_conv_scalar},
    {GH_STR_INIT("logprobs"), gh_conv_scalar},
    {GH_STR_INIT("top_logprobs"), gh_conv_scalar},
    {GH_STR_INIT("logit_bias"), on_logit_bias},
    {GH_STR_INIT("store"), gh_conv_store},
    {GH_STR_INIT("reasoning_effort"), gh_conv_mark},
    {GH_STR_INIT("verbosity"), gh_conv_mark},
    {GH_STR_INIT("service_tier"), gh_conv_mark},
    {GH_STR_INIT("safety_identifier"), gh_conv_mark},
    {GH_STR_INIT("prompt_cache_key"), gh_conv_mark},
    {GH_STR_INIT("prompt_cache_retention"), gh_conv_mark},
    {GH_STR_INIT("modalities"), on_modalities},
    {GH_STR_INIT("audio"), on_audio},
    {GH_STR_INIT("web_search_options"), on_web_search},
    {GH_STR_INIT("data_sources"), on_data_sources},
};

enum gh_rc
gh_openai_chat_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err)
{
    struct gh_conv_reader r = gh_conv_begin(out, a, body, err);
    enum gh_rc rc = gh_conv_members(&r, 0, GH_CONV_ROWS(body_rows), "a member of the request that is not known here");

    return rc == GH_OK ? gh_chat_end(&r, r.has_messages, "messages are missing") : rc;
}
