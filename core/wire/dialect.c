/* SPDX-License-Identifier: Apache-2.0 */
/* wire/dialect: the table of dialects, and the one function by which a judged body is changed. */
#include "wire/dialect.h"

#include "wire/openai_chat.h"

// clang-format off
static const struct gh_dialect gh_dialect_table[] = {
    {GH_SURFACE_OPENAI, GH_OP_CHAT, "openai chat completions",
        gh_openai_chat_read, gh_openai_chat_plan, gh_openai_chat_usage, gh_openai_chat_delta},
    {GH_SURFACE_AZURE_OPENAI, GH_OP_CHAT, "azure openai chat completions",
        gh_openai_chat_read, gh_openai_chat_plan, gh_openai_chat_usage, gh_openai_chat_delta},
};
// clang-format on

const struct gh_dialect *
gh_dialect_find(enum gh_surface surface, enum gh_op op)
{
    for (size_t i = 0; i < sizeof(gh_dialect_table) / sizeof(*gh_dialect_table); i++)
        if (gh_dialect_table[i].surface == surface && gh_dialect_table[i].op == op)
            return &gh_dialect_table[i];
    return NULL;
}

enum gh_rc
gh_dialect_splice(struct gh_buf *out, struct gh_str body, const struct gh_edit *edits, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        if (edits[i].at < at || edits[i].end < edits[i].at || edits[i].end > body.n)
            return GH_BUG;
        gh_buf_put(out, gh_str_sub(body, at, edits[i].at - at));
        gh_buf_put(out, edits[i].with);
        at = edits[i].end;
    }
    gh_buf_put(out, gh_str_sub(body, at, SIZE_MAX));
    return out->rc;
}

static bool
same_parts(const struct gh_conv *a, const struct gh_conv *b)
{
    if (a->n_parts != b->n_parts)
        return false;
    for (size_t i = 0; i < a->n_parts; i++)
        if (a->parts[i].role != b->parts[i].role || a->parts[i].kind != b->parts[i].kind ||
            !gh_str_eq(a->parts[i].text, b->parts[i].text))
            return false;
    return true;
}

static bool
same_refusal(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

enum gh_rc
gh_dialect_check(
    const struct gh_dialect *d, struct gh_arena *a, const struct gh_conv *judged, struct gh_str model, struct gh_str spliced)
{
    struct gh_json j;
    struct gh_conv c;
    enum gh_rc rc;

    if ((rc = gh_json_parse(&j, a, spliced, NULL)) == GH_OK)
        rc = d->read(&c, a, &j, NULL);
    if (rc != GH_OK)
        return rc == GH_NOMEM ? GH_NOMEM : GH_BUG;
    if (!same_parts(judged, &c) || !gh_str_eq(c.model, model) || c.model_node == GH_JSON_NO)
        return GH_BUG;
    if (c.is_stream != judged->is_stream || c.wants_usage != (judged->is_stream || judged->wants_usage))
        return GH_BUG;
    if (c.choices != judged->choices || c.max_output_tokens != judged->max_output_tokens || c.n_tools != judged->n_tools)
        return GH_BUG;
    return gh_str_eq(c.end_user, judged->end_user) && same_refusal(c.refused, judged->refused) ? GH_OK : GH_BUG;
}
