/* SPDX-License-Identifier: Apache-2.0 */
/* wire/anthropic: from a parsed body to a conversation: the members of the body. */
#include "wire/anthropic_int.h"

/* An empty string says nothing, and a block could not hold it. */
static enum gh_rc
on_system(struct gh_conv_reader *r, gh_json_ref v)
{
    if (gh_str_eq(gh_json_raw(r->j, v), GH_STR("\"\"")))
        return GH_OK;
    r->role = GH_ROLE_SYSTEM;
    r->kind = GH_PART_INSTRUCTION;
    return gh_anthropic_texts(r, v);
}

static enum gh_rc
on_user_id(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_string(&r->conv->end_user, r, v);
}

static enum gh_rc
on_metadata(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {{GH_STR_INIT("user_id"), on_user_id}};
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of metadata that is not known here");
}

static enum gh_rc
on_thinking(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("type"), gh_conv_mark},
        {GH_STR_INIT("budget_tokens"), gh_conv_scalar},
        {GH_STR_INIT("display"), gh_conv_mark},
    };
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of thinking that is not known here");
}

static enum gh_rc
on_format(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {{GH_STR_INIT("type"), gh_conv_mark}, {GH_STR_INIT("schema"), gh_conv_schema}};
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of format that is not known here");
}

static enum gh_rc
on_output_config(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {{GH_STR_INIT("effort"), gh_conv_mark}, {GH_STR_INIT("format"), on_format}};
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of output_config that is not known here");
}

/* ---- tools ---- */

static bool
is_date(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n == 8;
}

/* "name_20250305" without its date; unchanged if it has none. */
static struct gh_str
without_date(struct gh_str type)
{
    return type.n > 9 && type.p[type.n - 9] == '_' && is_date(gh_str_sub(type, type.n - 8, 8)) ? gh_str_sub(type, 0, type.n - 9)
                                                                                               : type;
}

struct gh_str
gh_anthropic_hosted_name(struct gh_str type)
{
    struct gh_str name = without_date(type);

    if (gh_str_ends(name, GH_STR("code_execution")))
        return GH_STR("code_execution");
    return gh_str_starts(name, GH_STR("mcp_")) ? GH_STR("mcp") : name;
}

/* Tools whose form is Anthropic's, and that the client runs all the same. */
static bool
is_run_by_client(struct gh_str type)
{
    static const struct gh_str known[] = {
        GH_STR_INIT("custom"), GH_STR_INIT("bash"), GH_STR_INIT("text_editor"), GH_STR_INIT("computer"), GH_STR_INIT("memory")};

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (gh_str_eq(type, known[i]))
            return true;
    return false;
}

static enum gh_rc
read_tool(struct gh_conv_reader *r, gh_json_ref v)
{
    gh_json_ref type = gh_json_get(r->j, v, GH_STR("type"));
    struct gh_str s;
    enum gh_rc rc;

    if (gh_json_type(r->j, v) != GH_JSON_OBJECT)
        return gh_conv_bad(r, v, "a tool is an object");
    if (type == GH_JSON_NO || gh_json_type(r->j, type) == GH_JSON_NULL)
        return gh_conv_own_tool(r, v);
    if ((rc = gh_conv_tool_word(&s, r, type)) != GH_OK)
        return rc;
    return is_run_by_client(without_date(s)) ? gh_conv_own_tool(r, v) : gh_conv_hosted(r, gh_anthropic_hosted_name(s), v);
}

static enum gh_rc
on_tools(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_each(r, v, read_tool);
}

static enum gh_rc
read_mcp_server(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_hosted(r, GH_STR("mcp"), v);
}

static enum gh_rc
on_mcp_servers(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_each(r, v, read_mcp_server);
}

static enum gh_rc
on_tool_choice(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("type"), gh_conv_mark},
        {GH_STR_INIT("name"), gh_conv_chosen},
        {GH_STR_INIT("disable_parallel_tool_use"), gh_conv_scalar},
    };
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of tool_choice that is not known here");
}

static enum gh_rc
on_container_id(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_stored(r, GH_STORED_CONTAINER, v);
}

/* Where the provider runs code: kept between calls, so it belongs to who made it. */
static enum gh_rc
on_container(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {{GH_STR_INIT("id"), on_container_id}};

    if (gh_json_type(r->j, v) == GH_JSON_STRING)
        return on_container_id(r, v);
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of container that is not known here");
}

/* ---- the body ---- */

static const struct gh_conv_member body_rows[] = {
    {GH_STR_INIT("messages"), gh_anthropic_messages},
    {GH_STR_INIT("model"), gh_conv_model},
    {GH_STR_INIT("max_tokens"), gh_conv_max_tokens},
    {GH_STR_INIT("system"), on_system},
    {GH_STR_INIT("stream"), gh_conv_stream},
    {GH_STR_INIT("tools"), on_tools},
    {GH_STR_INIT("tool_choice"), on_tool_choice},
    {GH_STR_INIT("temperature"), gh_conv_scalar},
    {GH_STR_INIT("top_p"), gh_conv_scalar},
    {GH_STR_INIT("top_k"), gh_conv_scalar},
    {GH_STR_INIT("stop_sequences"), gh_conv_texts},
    {GH_STR_INIT("metadata"), on_metadata},
    {GH_STR_INIT("thinking"), on_thinking},
    {GH_STR_INIT("output_config"), on_output_config},
    {GH_STR_INIT("output_format"), on_format},
    {GH_STR_INIT("cache_control"), gh_anthropic_cache_control},
    {GH_STR_INIT("service_tier"), gh_conv_mark},
    {GH_STR_INIT("inference_geo"), gh_conv_mark},
    {GH_STR_INIT("container"), on_container},
    {GH_STR_INIT("mcp_servers"), on_mcp_servers},
};

static enum gh_rc
read_body(struct gh_conv_reader *r)
{
    enum gh_rc rc;

    r->conv->wants_usage = true;
    if ((rc = gh_conv_members(r, 0, GH_CONV_ROWS(body_rows), "a member of the request that is not known here")) != GH_OK)
        return rc;
    if (!r->has_messages)
        return gh_conv_bad(r, 0, "messages are missing");
    return r->conv->model_node == GH_JSON_NO ? gh_conv_bad(r, 0, "model is missing") : GH_OK;
}

enum gh_rc
gh_anthropic_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err)
{
    struct gh_conv_reader r = gh_conv_begin(out, a, body, err);
    enum gh_rc rc = read_body(&r);

    return rc == GH_OK && out->max_output_tokens < 0 ? gh_conv_bad(&r, 0, "max_tokens is missing") : rc;
}

enum gh_rc
gh_anthropic_count_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err)
{
    struct gh_conv_reader r = gh_conv_begin(out, a, body, err);

    return read_body(&r);
}
