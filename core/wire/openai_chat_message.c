/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/openai_chat: messages and their content. The role says how far a text is trusted: what operators write is an instruction, what
 * users write a prompt; tool results and replayed answers of the model can be forged by whoever calls, so they are documents.
 */
#include "wire/openai_chat_int.h"

static enum gh_rc
on_file_id(struct gh_conv_reader *r, gh_json_ref v)
{
    (void)v;
    return gh_conv_refuse(r, "a file that is stored at the provider");
}

static enum gh_rc
on_stored_audio(struct gh_conv_reader *r, gh_json_ref v)
{
    (void)v;
    return gh_conv_refuse(r, "an audio answer that is stored at the provider");
}

static enum gh_rc
on_image(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("url"), gh_conv_media},
        {GH_STR_INIT("detail"), gh_conv_mark},
    };
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of image_url that is not known here");
}

enum gh_rc
gh_chat_audio(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("data"), gh_conv_media},
        {GH_STR_INIT("format"), gh_conv_mark},
    };
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of input_audio that is not known here");
}

static enum gh_rc
on_file(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("filename"), gh_conv_title},
        {GH_STR_INIT("file_data"), gh_conv_media},
        {GH_STR_INIT("file_id"), on_file_id},
    };
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of file that is not known here");
}

/* Types of content parts: each has `type` and the member of its own name, and nothing else. */
static const struct gh_conv_member part_rows[][2] = {
    {{GH_STR_INIT("text"), gh_conv_text}, {GH_STR_INIT("type"), gh_conv_mark}},
    {{GH_STR_INIT("image_url"), on_image}, {GH_STR_INIT("type"), gh_conv_mark}},
    {{GH_STR_INIT("input_audio"), gh_chat_audio}, {GH_STR_INIT("type"), gh_conv_mark}},
    {{GH_STR_INIT("file"), on_file}, {GH_STR_INIT("type"), gh_conv_mark}},
    {{GH_STR_INIT("refusal"), gh_conv_document}, {GH_STR_INIT("type"), gh_conv_mark}},
};

static enum gh_rc
read_content_part(struct gh_conv_reader *r, gh_json_ref v)
{
    gh_json_ref type = gh_json_get(r->j, v, GH_STR("type"));

    if (gh_json_type(r->j, type) != GH_JSON_STRING)
        return gh_conv_bad(r, v, "a content part is an object with a type");
    for (size_t i = 0; i < sizeof(part_rows) / sizeof(*part_rows); i++) {
        if (!gh_str_eq(gh_json_inside(r->j, type), part_rows[i][0].name))
            continue;
        if (gh_json_get(r->j, v, part_rows[i][0].name) == GH_JSON_NO)
            return gh_conv_bad(r, v, "a content part without the member of its type");
        return gh_conv_members(r, v, part_rows[i], 2, "a member of a content part that is not known here");
    }
    return gh_conv_refuse(r, "a content part of a type that is not known here");
}

enum gh_rc
gh_chat_content(struct gh_conv_reader *r, gh_json_ref v)
{
    enum gh_rc rc;

    if (gh_json_type(r->j, v) == GH_JSON_STRING)
        return gh_conv_text(r, v);
    if (gh_json_type(r->j, v) != GH_JSON_ARRAY)
        return gh_conv_bad(r, v, "content is a string or an array of parts");
    for (gh_json_ref part = gh_json_first(r->j, v); part != GH_JSON_NO; part = gh_json_next(r->j, v, part))
        if ((rc = read_content_part(r, part)) != GH_OK)
            return rc;
    return GH_OK;
}

static enum gh_rc
on_called(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("name"), gh_conv_tool_name},
        {GH_STR_INIT("arguments"), gh_conv_arguments},
        {GH_STR_INIT("input"), gh_conv_arguments},
    };
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of a tool call that is not known here");
}

static enum gh_rc
on_call_type(struct gh_conv_reader *r, gh_json_ref v)
{
    struct gh_str raw = gh_json_raw(r->j, v);

    if (gh_str_eq(raw, GH_STR("\"function\"")) || gh_str_eq(raw, GH_STR("\"custom\"")))
        return GH_OK;
    return gh_conv_refuse(r, "a call of a tool that the provider would run itself");
}

static enum gh_rc
on_tool_calls(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("id"), gh_conv_mark},
        {GH_STR_INIT("type"), on_call_type},
        {GH_STR_INIT("function"), on_called},
        {GH_STR_INIT("custom"), on_called},
    };
    enum gh_rc rc;

    if (gh_json_type(r->j, v) != GH_JSON_ARRAY)
        return gh_conv_bad(r, v, "tool_calls are an array");
    for (gh_json_ref call = gh_json_first(r->j, v); call != GH_JSON_NO; call = gh_json_next(r->j, v, call))
        if ((rc = gh_conv_members(r, call, GH_CONV_ROWS(rows), "a member of a tool call that is not known here")) != GH_OK)
            return rc;
    return GH_OK;
}

static const struct {
    struct gh_str name;
    enum gh_role role;
    enum gh_part_kind kind;
    bool needs_content;
} role_rows[] = {
    {GH_STR_INIT("system"), GH_ROLE_SYSTEM, GH_PART_INSTRUCTION, true},
    {GH_STR_INIT("developer"), GH_ROLE_SYSTEM, GH_PART_INSTRUCTION, true},
    {GH_STR_INIT("user"), GH_ROLE_USER, GH_PART_PROMPT, true},
    {GH_STR_INIT("assistant"), GH_ROLE_ASSISTANT, GH_PART_DOCUMENT, false},
    {GH_STR_INIT("tool"), GH_ROLE_TOOL, GH_PART_DOCUMENT, true},
    {GH_STR_INIT("function"), GH_ROLE_TOOL, GH_PART_DOCUMENT, false},
};

/* Sets role and kind from the member, which may stand behind the content. */
static enum gh_rc
read_role(struct gh_conv_reader *r, gh_json_ref message)
{
    gh_json_ref role = gh_json_get(r->j, message, GH_STR("role"));
    gh_json_ref content = gh_json_get(r->j, message, GH_STR("content"));
    bool has_content = content != GH_JSON_NO && gh_json_type(r->j, content) != GH_JSON_NULL;

    if (gh_json_type(r->j, role) != GH_JSON_STRING)
        return gh_conv_bad(r, message, "a message is an object with a role");
    for (size_t i = 0; i < sizeof(role_rows) / sizeof(*role_rows); i++) {
        if (!gh_str_eq(gh_json_inside(r->j, role), role_rows[i].name))
            continue;
        if (role_rows[i].needs_content && !has_content)
            return gh_conv_bad(r, message, "a message of this role has content");
        r->role = role_rows[i].role;
        r->kind = role_rows[i].kind;
        return GH_OK;
    }
    return gh_conv_bad(r, role, "a role that is not known");
}

static const struct gh_conv_member message_rows[] = {
    {GH_STR_INIT("role"), gh_conv_mark},
    {GH_STR_INIT("content"), gh_chat_content},
    {GH_STR_INIT("name"), gh_conv_name},
    {GH_STR_INIT("tool_calls"), on_tool_calls},
    {GH_STR_INIT("tool_call_id"), gh_conv_mark},
    {GH_STR_INIT("function_call"), on_called},
    {GH_STR_INIT("refusal"), gh_conv_document},
    {GH_STR_INIT("reasoning_content"), gh_conv_document},
    {GH_STR_INIT("reasoning"), gh_conv_document},
    {GH_STR_INIT("annotations"), gh_conv_documents},
    {GH_STR_INIT("audio"), on_stored_audio},
};

enum gh_rc
gh_chat_messages(struct gh_conv_reader *r, gh_json_ref v)
{
    enum gh_rc rc;

    if (gh_json_type(r->j, v) != GH_JSON_ARRAY || gh_json_first(r->j, v) == GH_JSON_NO)
        return gh_conv_bad(r, v, "messages are an array with at least one message");
    for (gh_json_ref m = gh_json_first(r->j, v); m != GH_JSON_NO; m = gh_json_next(r->j, v, m)) {
        if ((rc = read_role(r, m)) != GH_OK)
            return rc;
        if ((rc = gh_conv_members(r, m, GH_CONV_ROWS(message_rows), "a member of a message that is not known here")) != GH_OK)
            return rc;
    }
    r->has_messages = true;
    return GH_OK;
}
