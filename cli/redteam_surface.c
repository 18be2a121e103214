/* SPDX-License-Identifier: Apache-2.0 */
/* cli/redteam_surface: the probe's messages, which are written as chat completions have them, in the words of each surface. */
#include "cli/redteam.h"

#define VERSION      "api-version=2024-10-21"
#define VERSION_LATE "api-version=2025-04-01-preview" /* the first that has responses */
#define TOKENS_MAX   256

static json_t *
text_of(const json_t *message)
{
    json_t *content = json_object_get(message, "content");

    return json_is_string(content) ? json_incref(content) : json_string("");
}

static const char *
word(const json_t *object, const char *name)
{
    const char *s = json_string_value(json_object_get(object, name));

    return s == NULL ? "" : s;
}

static bool
has_role(const json_t *message, const char *role)
{
    return strcmp(word(message, "role"), role) == 0;
}

static json_t *
chat_body(const char *model, json_t *messages)
{
    return json_pack("{s:s, s:O}", "model", model, "messages", messages);
}

/* ---- messages ---- */

/* What the assistant says, and the tools that it calls; these are declared, as they must be. */
static json_t *
blocks_of(json_t *tools, const json_t *message)
{
    json_t *blocks = json_array(), *call;
    size_t i;

    if (json_string_length(json_object_get(message, "content")) > 0)
        (void)json_array_append_new(blocks, json_pack("{s:s, s:o}", "type", "text", "text", text_of(message)));
    json_array_foreach(json_object_get(message, "tool_calls"), i, call)
    {
        const json_t *function = json_object_get(call, "function");
        json_t *input = json_loads(word(function, "arguments"), 0, NULL);
        (void)json_array_append_new(blocks, json_pack("{s:s, s:s, s:s, s:o}", "type", "tool_use", "id", word(call, "id"), "name",
                                                word(function, "name"), "input", json_is_object(input) ? input : json_object()));
        if (!json_is_object(input))
            json_decref(input);
        (void)json_array_append_new(
            tools, json_pack("{s:s, s:{s:s}}", "name", word(function, "name"), "input_schema", "type", "object"));
    }
    return blocks;
}

static json_t *
message_of(json_t *tools, const json_t *message)
{
    if (has_role(message, "tool"))
        return json_pack("{s:s, s:[{s:s, s:s, s:o}]}", "role", "user", "content", "type", "tool_result", "tool_use_id",
            word(message, "tool_call_id"), "content", text_of(message));
    if (has_role(message, "assistant"))
        return json_pack("{s:s, s:o}", "role", "assistant", "content", blocks_of(tools, message));
    return json_pack("{s:s, s:o}", "role", "user", "content", text_of(message));
}

static json_t *
messages_body(const char *model, json_t *messages)
{
    json_t *list = json_array(), *tools = json_array(), *message,
           *body = json_pack("{s:s, s:i}", "model", model, "max_tokens", TOKENS_MAX);
    size_t i;

    json_array_foreach(messages, i, message)
    {
        if (has_role(message, "system"))
            (void)json_object_set_new(body, "system", text_of(message));
        else
            (void)json_array_append_new(list, message_of(tools, message));
    }
    (void)json_object_set_new(body, "messages", list);
    if (json_array_size(tools) > 0)
        (void)json_object_set(body, "tools", tools);
    json_decref(tools);
    return body;
}

/* ---- responses ---- */

static void
put_items(json_t *items, const json_t *message)
{
    json_t *call;
    size_t i;

    if (has_role(message, "tool")) {
        (void)json_array_append_new(items, json_pack("{s:s, s:s, s:o}", "type", "function_call_output", "call_id",
                                               word(message, "tool_call_id"), "output", text_of(message)));
        return;
    }
    if (json_string_length(json_object_get(message, "content")) > 0)
        (void)json_array_append_new(items, json_pack("{s:s, s:o}", "role", word(message, "role"), "content", text_of(message)));
    json_array_foreach(json_object_get(message, "tool_calls"), i, call)
    {
        const json_t *function = json_object_get(call, "function");
        (void)json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:s}", "type", "function_call", "call_id", word(call, "id"),
                                               "name", word(function, "name"), "arguments", word(function, "arguments")));
    }
}

static json_t *
responses_body(const char *model, json_t *messages)
{
    json_t *items = json_array(), *message;
    size_t i;

    json_array_foreach(messages, i, message) put_items(items, message);
    return json_pack("{s:s, s:b, s:o}", "model", model, "store", 0, "input", items);
}

/* ---- */

/* By the end of --endpoint; what is called stands behind the part before it. */
static const struct gh_redteam_surface surfaces[] = {
    {"/openai/v1/responses", "/openai/v1/responses", NULL, responses_body},
    {"/openai/responses", "/openai/responses?" VERSION_LATE, NULL, responses_body},
    {"/openai/v1", "/openai/v1/chat/completions", NULL, chat_body},
    {"/openai", "/openai/deployments/", "/chat/completions?" VERSION, chat_body},
    {"/anthropic/v1", "/anthropic/v1/messages", NULL, messages_body},
    {"/anthropic", "/anthropic/v1/messages", NULL, messages_body},
};

const struct gh_redteam_surface *
gh_redteam_surface_of(struct gh_str endpoint)
{
    for (size_t i = 0; i < sizeof surfaces / sizeof surfaces[0]; i++)
        if (gh_str_ends(endpoint, gh_str_z(surfaces[i].tail)))
            return &surfaces[i];
    return NULL;
}
