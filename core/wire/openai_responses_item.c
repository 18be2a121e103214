/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/openai_responses: items of the input. Messages are trusted as far as their role; outputs of tools and replayed answers of the model
 * can be forged by whoever calls, so they are documents. A replayed call of a tool that the provider ran counts as a use of that tool.
 * What an item only refers to, by an id that the provider would look up, is refused: no control saw it in this request.
 */
#include "wire/openai_responses_int.h"

#include "wire/openai_chat_int.h"

static enum gh_rc
on_address(struct gh_conv_reader *r, gh_json_ref v)
{
    enum gh_rc rc = gh_conv_bytes(r, v);

    return rc == GH_OK ? gh_conv_refuse(r, "an address that the provider would fetch") : rc;
}

/* ---- parts of a content ---- */

static const struct gh_conv_member text_rows[] = {
    {GH_STR_INIT("type"), gh_conv_mark},
    {GH_STR_INIT("text"), gh_conv_text},
    {GH_STR_INIT("annotations"), gh_conv_documents},
    {GH_STR_INIT("logprobs"), gh_conv_documents},
};
static const struct gh_conv_member refusal_rows[] = {
    {GH_STR_INIT("type"), gh_conv_mark},
    {GH_STR_INIT("refusal"), gh_conv_text},
};
static const struct gh_conv_member image_rows[] = {
    {GH_STR_INIT("type"), gh_conv_mark},
    {GH_STR_INIT("image_url"), gh_conv_media},
    {GH_STR_INIT("file_id"), gh_conv_file_id},
    {GH_STR_INIT("detail"), gh_conv_mark},
};
static const struct gh_conv_member file_rows[] = {
    {GH_STR_INIT("type"), gh_conv_mark},
    {GH_STR_INIT("filename"), gh_conv_documents},
    {GH_STR_INIT("file_data"), gh_conv_media},
    {GH_STR_INIT("file_url"), on_address},
    {GH_STR_INIT("file_id"), gh_conv_file_id},
    {GH_STR_INIT("detail"), gh_conv_mark},
};
static const struct gh_conv_member audio_rows[] = {
    {GH_STR_INIT("type"), gh_conv_mark},
    {GH_STR_INIT("input_audio"), gh_chat_audio},
};

static const struct {
    struct gh_str type;
    const struct gh_conv_member *rows;
    size_t n;
} part_types[] = {
    {GH_STR_INIT("input_text"), GH_CONV_ROWS(text_rows)},
    {GH_STR_INIT("output_text"), GH_CONV_ROWS(text_rows)},
    {GH_STR_INIT("text"), GH_CONV_ROWS(text_rows)},
    {GH_STR_INIT("summary_text"), GH_CONV_ROWS(text_rows)},
    {GH_STR_INIT("reasoning_text"), GH_CONV_ROWS(text_rows)},
    {GH_STR_INIT("refusal"), GH_CONV_ROWS(refusal_rows)},
    {GH_STR_INIT("input_image"), GH_CONV_ROWS(image_rows)},
    {GH_STR_INIT("computer_screenshot"), GH_CONV_ROWS(image_rows)},
    {GH_STR_INIT("input_file"), GH_CONV_ROWS(file_rows)},
    {GH_STR_INIT("input_audio"), GH_CONV_ROWS(audio_rows)},
};

static enum gh_rc
read_part(struct gh_conv_reader *r, gh_json_ref v)
{
    struct gh_str type = gh_conv_type(r, v);

    if (type.n == 0)
        return gh_conv_bad(r, v, "a content part is an object with a type");
    for (size_t i = 0; i < sizeof(part_types) / sizeof(*part_types); i++)
        if (gh_str_eq(type, part_types[i].type))
            return gh_conv_members(r, v, part_types[i].rows, part_types[i].n, "a member of a content part that is not known here");
    return gh_conv_refuse(r, "a content part of a type that is not known here");
}

/* A string, one part or several, with the role and kind that stand in the reader. */
static enum gh_rc
on_content(struct gh_conv_reader *r, gh_json_ref v)
{
    if (gh_json_type(r->j, v) == GH_JSON_STRING)
        return gh_conv_text(r, v);
    if (gh_json_type(r->j, v) == GH_JSON_OBJECT)
        return read_part(r, v);
    return gh_conv_each(r, v, read_part);
}

/* ---- items ---- */

static const struct {
    struct gh_str name;
    enum gh_role role;
    enum gh_part_kind kind;
} role_rows[] = {
    {GH_STR_INIT("user"), GH_ROLE_USER, GH_PART_PROMPT},
    {GH_STR_INIT("system"), GH_ROLE_SYSTEM, GH_PART_INSTRUCTION},
    {GH_STR_INIT("developer"), GH_ROLE_SYSTEM, GH_PART_INSTRUCTION},
    {GH_STR_INIT("assistant"), GH_ROLE_ASSISTANT, GH_PART_DOCUMENT},
};

static enum gh_rc
read_message(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("type"), gh_conv_mark},
        {GH_STR_INIT("role"), gh_conv_mark},
        {GH_STR_INIT("content"), on_content},
        {GH_STR_INIT("id"), gh_conv_mark},
        {GH_STR_INIT("status"), gh_conv_mark},
        {GH_STR_INIT("phase"), gh_conv_mark},
    };
    gh_json_ref role = gh_json_get(r->j, v, GH_STR("role")), content = gh_json_get(r->j, v, GH_STR("content"));

    if (gh_json_type(r->j, role) != GH_JSON_STRING)
        return gh_conv_bad(r, v, "a message is an object with a role");
    if (content == GH_JSON_NO || gh_json_type(r->j, content) == GH_JSON_NULL)
        return gh_conv_bad(r, v, "a message has content");
    for (size_t i = 0; i < sizeof(role_rows) / sizeof(*role_rows); i++) {
        if (!gh_str_eq(gh_json_inside(r->j, role), role_rows[i].name))
            continue;
        r->role = role_rows[i].role;
        r->kind = role_rows[i].kind;
        return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of a message that is not known here");
    }
    return gh_conv_bad(r, role, "a role that is not known");
}

/* A call of a tool of the caller's own. */
static enum gh_rc
read_call(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("type"), gh_conv_mark},
        {GH_STR_INIT("id"), gh_conv_mark},
        {GH_STR_INIT("call_id"), gh_conv_mark},
        {GH_STR_INIT("name"), gh_conv_tool_name},
        {GH_STR_INIT("arguments"), gh_conv_arguments},
        {GH_STR_INIT("input"), gh_conv_arguments},
        {GH_STR_INIT("status"), gh_conv_mark},
    };

    r->role = GH_ROLE_ASSISTANT;
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of a tool call that is not known here");
}

static enum gh_rc
read_output(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("type"), gh_conv_mark},
        {GH_STR_INIT("id"), gh_conv_mark},
        {GH_STR_INIT("call_id"), gh_conv_mark},
        {GH_STR_INIT("output"), on_content},
        {GH_STR_INIT("status"), gh_conv_mark},
        {GH_STR_INIT("acknowledged_safety_checks"), gh_conv_documents},
    };

    r->role = GH_ROLE_TOOL;
    r->kind = GH_PART_DOCUMENT;
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of a tool's output that is not known here");
}

/* Output of a tool that the client runs for the provider (shell, patches): all its texts. */
static enum gh_rc
read_report(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_joined(r, GH_ROLE_TOOL, GH_PART_DOCUMENT, v);
}

static enum gh_rc
read_reasoning(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("type"), gh_conv_mark},
        {GH_STR_INIT("id"), gh_conv_mark},
        {GH_STR_INIT("summary"), on_content},
        {GH_STR_INIT("content"), on_content},
        {GH_STR_INIT("encrypted_content"), gh_conv_bytes},
        {GH_STR_INIT("status"), gh_conv_mark},
    };

    r->role = GH_ROLE_ASSISTANT;
    r->kind = GH_PART_DOCUMENT;
    if (gh_json_type(r->j, gh_json_get(r->j, v, GH_STR("encrypted_content"))) != GH_JSON_STRING)
        return gh_conv_refuse(r, "reasoning that is stored at the provider (ask for reasoning.encrypted_content, and send it)");
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of reasoning that is not known here");
}

static enum gh_rc
read_compaction(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("type"), gh_conv_mark},
        {GH_STR_INIT("id"), gh_conv_mark},
        {GH_STR_INIT("encrypted_content"), gh_conv_bytes},
    };

    r->role = GH_ROLE_ASSISTANT;
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of a compaction that is not known here");
}

static enum gh_rc
read_reference(struct gh_conv_reader *r, gh_json_ref v)
{
    (void)v;
    return gh_conv_refuse(r, "an item that is stored at the provider");
}

static const struct {
    struct gh_str type;
    enum gh_rc (*read)(struct gh_conv_reader *r, gh_json_ref v);
    struct gh_str tool; /* of the provider, that such an item is a use of; empty: none */
} item_rows[] = {
    {GH_STR_INIT("message"), read_message, GH_STR_INIT("")},
    {GH_STR_INIT("function_call"), read_call, GH_STR_INIT("")},
    {GH_STR_INIT("custom_tool_call"), read_call, GH_STR_INIT("")},
    {GH_STR_INIT("function_call_output"), read_output, GH_STR_INIT("")},
    {GH_STR_INIT("custom_tool_call_output"), read_output, GH_STR_INIT("")},
    {GH_STR_INIT("computer_call_output"), read_output, GH_STR_INIT("")},
    {GH_STR_INIT("local_shell_call_output"), read_report, GH_STR_INIT("")},
    {GH_STR_INIT("shell_call_output"), read_report, GH_STR_INIT("")},
    {GH_STR_INIT("apply_patch_call_output"), read_report, GH_STR_INIT("")},
    {GH_STR_INIT("reasoning"), read_reasoning, GH_STR_INIT("")},
    {GH_STR_INIT("compaction"), read_compaction, GH_STR_INIT("")},
    {GH_STR_INIT("item_reference"), read_reference, GH_STR_INIT("")},
    {GH_STR_INIT("image_generation_call"), read_reference, GH_STR_INIT("")},
    {GH_STR_INIT("code_interpreter_call"), read_reference, GH_STR_INIT("")},
    {GH_STR_INIT("web_search_call"), NULL, GH_STR_INIT("web_search")},
    {GH_STR_INIT("file_search_call"), NULL, GH_STR_INIT("file_search")},
    {GH_STR_INIT("computer_call"), NULL, GH_STR_INIT("computer_use")},
    {GH_STR_INIT("local_shell_call"), NULL, GH_STR_INIT("local_shell")},
    {GH_STR_INIT("shell_call"), NULL, GH_STR_INIT("shell")},
    {GH_STR_INIT("apply_patch_call"), NULL, GH_STR_INIT("apply_patch")},
    {GH_STR_INIT("mcp_call"), NULL, GH_STR_INIT("mcp")},
    {GH_STR_INIT("mcp_list_tools"), NULL, GH_STR_INIT("mcp")},
    {GH_STR_INIT("mcp_approval_request"), NULL, GH_STR_INIT("mcp")},
    {GH_STR_INIT("mcp_approval_response"), NULL, GH_STR_INIT("mcp")},
};

static enum gh_rc
read_item(struct gh_conv_reader *r, gh_json_ref v)
{
    struct gh_str type = gh_conv_type(r, v);

    if (gh_json_type(r->j, v) != GH_JSON_OBJECT)
        return gh_conv_bad(r, v, "an item of the input is an object");
    if (type.n == 0)
        return read_message(r, v);
    for (size_t i = 0; i < sizeof(item_rows) / sizeof(*item_rows); i++)
        if (gh_str_eq(type, item_rows[i].type))
            return item_rows[i].read != NULL ? item_rows[i].read(r, v) : gh_conv_hosted(r, item_rows[i].tool, v);
    return gh_conv_refuse(r, "an item of a type that is not known here");
}

enum gh_rc
gh_responses_input(struct gh_conv_reader *r, gh_json_ref v)
{
    r->has_messages = true;
    if (gh_json_type(r->j, v) == GH_JSON_STRING)
        return gh_conv_part(r, GH_ROLE_USER, GH_PART_PROMPT, v);
    if (gh_json_type(r->j, v) != GH_JSON_ARRAY)
        return gh_conv_bad(r, v, "input is a string or an array of items");
    return gh_conv_each(r, v, read_item);
}
