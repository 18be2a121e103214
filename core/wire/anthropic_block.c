/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/anthropic: messages and their content blocks. What users write is a prompt; what stands in documents, search results, tool results
 * and replayed answers can come from anybody, so it is a document. Blocks hold blocks to a fixed depth: a message's, those of a tool's
 * result, those of a document; each level has its own table.
 */
#include "wire/anthropic_int.h"

#include "wire/say.h"

static enum gh_rc
on_arguments(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_joined(r, r->role, GH_PART_TOOL_ARGUMENTS, v);
}

static enum gh_rc
on_address(struct gh_conv_reader *r, gh_json_ref v)
{
    (void)v;
    return gh_conv_refuse(r, "an address that the provider would fetch");
}

enum gh_rc
gh_anthropic_cache_control(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("type"), gh_conv_mark},
        {GH_STR_INIT("ttl"), gh_conv_mark},
    };
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of cache_control that is not known here");
}

/* ---- blocks of one level ---- */

/* A type of block: the members that it may have beside `type`. NULL rows: the whole block is one document. */
struct block {
    struct gh_str type;
    const struct gh_conv_member *rows;
    size_t n;
};

static enum gh_rc
read_block(struct gh_conv_reader *r, gh_json_ref v, const struct block *blocks, size_t n)
{
    gh_json_ref type = gh_json_get(r->j, v, GH_STR("type"));

    if (gh_json_type(r->j, type) != GH_JSON_STRING)
        return gh_conv_bad(r, v, "a content block is an object with a type");
    for (size_t i = 0; i < n; i++) {
        if (!gh_str_eq(gh_json_inside(r->j, type), blocks[i].type))
            continue;
        if (blocks[i].rows == NULL)
            return gh_conv_documents(r, v);
        return gh_conv_members(r, v, blocks[i].rows, blocks[i].n, "a member of a content block that is not known here");
    }
    return gh_conv_refuse(r, "a content block of a type that is not known here");
}

/* Content: a string, or blocks of one level. */
static enum gh_rc
read_content(struct gh_conv_reader *r, gh_json_ref v, const struct block *blocks, size_t n)
{
    enum gh_rc rc;

    if (gh_json_type(r->j, v) == GH_JSON_STRING)
        return gh_conv_text(r, v);
    if (gh_json_type(r->j, v) != GH_JSON_ARRAY)
        return gh_conv_bad(r, v, "content is a string or an array of blocks");
    for (gh_json_ref b = gh_json_first(r->j, v); b != GH_JSON_NO; b = gh_json_next(r->j, v, b))
        if ((rc = read_block(r, b, blocks, n)) != GH_OK)
            return rc;
    return GH_OK;
}

/* The same with another role and kind, for as long as it lasts. */
static enum gh_rc
read_content_as(
    struct gh_conv_reader *r, gh_json_ref v, enum gh_role role, enum gh_part_kind kind, const struct block *blocks, size_t n)
{
    enum gh_role old_role = r->role;
    enum gh_part_kind old_kind = r->kind;
    enum gh_rc rc;

    r->role = role;
    r->kind = kind;
    rc = read_content(r, v, blocks, n);
    r->role = old_role;
    r->kind = old_kind;
    return rc;
}

#define TYPE                                                                                                                       \
    {                                                                                                                              \
        GH_STR_INIT("type"), gh_conv_mark                                                                                          \
    }
#define CACHE_CONTROL                                                                                                              \
    {                                                                                                                              \
        GH_STR_INIT("cache_control"), gh_anthropic_cache_control                                                                   \
    }

static const struct gh_conv_member text_rows[] = {
    TYPE, CACHE_CONTROL, {GH_STR_INIT("text"), gh_conv_text}, {GH_STR_INIT("citations"), gh_conv_documents}};

static const struct block text_blocks[] = {{GH_STR_INIT("text"), GH_CONV_ROWS(text_rows)}};

enum gh_rc
gh_anthropic_texts(struct gh_conv_reader *r, gh_json_ref v)
{
    return read_content(r, v, GH_CONV_ROWS(text_blocks));
}

/* ---- images and documents ---- */

static enum gh_rc
on_image_source(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        TYPE,
        {GH_STR_INIT("media_type"), gh_conv_mark},
        {GH_STR_INIT("data"), gh_conv_bytes},
        {GH_STR_INIT("url"), on_address},
        {GH_STR_INIT("file_id"), gh_conv_file_id},
    };

    if (!gh_conv_type_is(r, v, GH_STR("base64")) && !gh_conv_type_is(r, v, GH_STR("url")) && !gh_conv_type_is(r, v, GH_STR("file")))
        return gh_conv_refuse(r, "a source of a type that is not known here");
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of a source that is not known here");
}

static const struct gh_conv_member image_rows[] = {TYPE, CACHE_CONTROL, {GH_STR_INIT("source"), on_image_source}};

static const struct block inner_blocks[] = {
    {GH_STR_INIT("text"), GH_CONV_ROWS(text_rows)},
    {GH_STR_INIT("image"), GH_CONV_ROWS(image_rows)},
};

static enum gh_rc
on_inner(struct gh_conv_reader *r, gh_json_ref v)
{
    return read_content_as(r, v, r->role, GH_PART_DOCUMENT, GH_CONV_ROWS(inner_blocks));
}

static enum gh_rc
on_document_source(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member texts[] = {
        TYPE,
        {GH_STR_INIT("media_type"), gh_conv_mark},
        {GH_STR_INIT("data"), gh_conv_document},
        {GH_STR_INIT("content"), on_inner},
    };

    if (gh_conv_type_is(r, v, GH_STR("text")) || gh_conv_type_is(r, v, GH_STR("content")))
        return gh_conv_members(r, v, GH_CONV_ROWS(texts), "a member of a source that is not known here");
    return on_image_source(r, v);
}

static const struct gh_conv_member document_rows[] = {TYPE, CACHE_CONTROL, {GH_STR_INIT("source"), on_document_source},
    {GH_STR_INIT("title"), gh_conv_title}, {GH_STR_INIT("context"), gh_conv_document},
    {GH_STR_INIT("citations"), gh_conv_documents}};
static const struct gh_conv_member search_result_rows[] = {TYPE, CACHE_CONTROL, {GH_STR_INIT("source"), gh_conv_title},
    {GH_STR_INIT("title"), gh_conv_title}, {GH_STR_INIT("content"), on_inner}, {GH_STR_INIT("citations"), gh_conv_documents}};
static const struct gh_conv_member tool_reference_rows[] = {TYPE, CACHE_CONTROL, {GH_STR_INIT("tool_name"), gh_conv_tool_name}};

/* ---- tools ---- */

static const struct block result_blocks[] = {
    {GH_STR_INIT("text"), GH_CONV_ROWS(text_rows)},
    {GH_STR_INIT("image"), GH_CONV_ROWS(image_rows)},
    {GH_STR_INIT("document"), GH_CONV_ROWS(document_rows)},
    {GH_STR_INIT("search_result"), GH_CONV_ROWS(search_result_rows)},
    {GH_STR_INIT("tool_reference"), GH_CONV_ROWS(tool_reference_rows)},
};

static enum gh_rc
on_result(struct gh_conv_reader *r, gh_json_ref v)
{
    return read_content_as(r, v, GH_ROLE_TOOL, GH_PART_DOCUMENT, GH_CONV_ROWS(result_blocks));
}

static const struct gh_conv_member tool_use_rows[] = {TYPE, CACHE_CONTROL, {GH_STR_INIT("id"), gh_conv_mark},
    {GH_STR_INIT("name"), gh_conv_tool_name}, {GH_STR_INIT("input"), on_arguments}, {GH_STR_INIT("caller"), gh_conv_documents}};
static const struct gh_conv_member tool_result_rows[] = {TYPE, CACHE_CONTROL, {GH_STR_INIT("tool_use_id"), gh_conv_mark},
    {GH_STR_INIT("content"), on_result}, {GH_STR_INIT("is_error"), gh_conv_scalar}};

/* ---- messages ---- */

static const struct gh_conv_member thinking_rows[] = {
    TYPE, {GH_STR_INIT("thinking"), gh_conv_document}, {GH_STR_INIT("signature"), gh_conv_bytes}};
static const struct gh_conv_member redacted_rows[] = {TYPE, {GH_STR_INIT("data"), gh_conv_bytes}};
static const struct gh_conv_member upload_rows[] = {TYPE, CACHE_CONTROL, {GH_STR_INIT("file_id"), gh_conv_file_id}};

static const struct block message_blocks[] = {
    {GH_STR_INIT("text"), GH_CONV_ROWS(text_rows)},
    {GH_STR_INIT("image"), GH_CONV_ROWS(image_rows)},
    {GH_STR_INIT("document"), GH_CONV_ROWS(document_rows)},
    {GH_STR_INIT("search_result"), GH_CONV_ROWS(search_result_rows)},
    {GH_STR_INIT("tool_use"), GH_CONV_ROWS(tool_use_rows)},
    {GH_STR_INIT("tool_result"), GH_CONV_ROWS(tool_result_rows)},
    {GH_STR_INIT("thinking"), GH_CONV_ROWS(thinking_rows)},
    {GH_STR_INIT("redacted_thinking"), GH_CONV_ROWS(redacted_rows)},
    {GH_STR_INIT("container_upload"), GH_CONV_ROWS(upload_rows)},
    {GH_STR_INIT("server_tool_use"), NULL, 0},
    {GH_STR_INIT("web_search_tool_result"), NULL, 0},
    {GH_STR_INIT("web_fetch_tool_result"), NULL, 0},
    {GH_STR_INIT("code_execution_tool_result"), NULL, 0},
    {GH_STR_INIT("bash_code_execution_tool_result"), NULL, 0},
    {GH_STR_INIT("text_editor_code_execution_tool_result"), NULL, 0},
    {GH_STR_INIT("tool_search_tool_result"), NULL, 0},
    {GH_STR_INIT("mcp_tool_use"), NULL, 0},
    {GH_STR_INIT("mcp_tool_result"), NULL, 0},
};

static enum gh_rc
on_content(struct gh_conv_reader *r, gh_json_ref v)
{
    return read_content(r, v, GH_CONV_ROWS(message_blocks));
}

static enum gh_rc
read_message(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {{GH_STR_INIT("role"), gh_conv_mark}, {GH_STR_INIT("content"), on_content}};
    struct gh_str role = gh_json_raw(r->j, gh_json_get(r->j, v, GH_STR("role")));

    if (gh_str_eq(role, GH_STR("\"user\""))) {
        r->role = GH_ROLE_USER;
        r->kind = GH_PART_PROMPT;
    } else if (gh_str_eq(role, GH_STR("\"assistant\""))) {
        r->role = GH_ROLE_ASSISTANT;
        r->kind = GH_PART_DOCUMENT;
    } else {
        return gh_conv_bad(r, v, "a message is an object whose role is user or assistant");
    }
    if (!gh_say_is_set(r->j, gh_json_get(r->j, v, GH_STR("content"))))
        return gh_conv_bad(r, v, "a message has content");
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of a message that is not known here");
}

enum gh_rc
gh_anthropic_messages(struct gh_conv_reader *r, gh_json_ref v)
{
    if (gh_json_type(r->j, v) != GH_JSON_ARRAY || gh_json_first(r->j, v) == GH_JSON_NO)
        return gh_conv_bad(r, v, "messages are an array with at least one message");
    r->has_messages = true;
    return gh_conv_each(r, v, read_message);
}
