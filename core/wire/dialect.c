/* SPDX-License-Identifier: Apache-2.0 */
/* wire/dialect: the table of dialects, and the one function by which a judged body is changed. */
#include "wire/dialect.h"

#include "base/limits.h"
#include "wire/anthropic.h"
#include "wire/openai_chat.h"
#include "wire/openai_responses.h"
#include "wire/openai_texts.h"
#include "wire/scoring.h"

// clang-format off
static const struct gh_dialect gh_dialect_table[] = {
    {GH_SURFACE_OPENAI, GH_OP_CHAT, GH_FAMILY_OPENAI, "openai chat completions",
        gh_openai_chat_read, gh_openai_chat_plan, gh_openai_chat_answer, gh_openai_chat_delta, gh_openai_chat_cut},
    {GH_SURFACE_AZURE_OPENAI, GH_OP_CHAT, GH_FAMILY_OPENAI, "azure openai chat completions",
        gh_openai_chat_read, gh_openai_chat_plan, gh_openai_chat_answer, gh_openai_chat_delta, gh_openai_chat_cut},
    {GH_SURFACE_ANTHROPIC, GH_OP_CHAT, GH_FAMILY_ANTHROPIC, "anthropic messages",
        gh_anthropic_read, gh_anthropic_plan, gh_anthropic_answer, gh_anthropic_delta, gh_anthropic_cut},
    {GH_SURFACE_ANTHROPIC, GH_OP_COUNT_TOKENS, GH_FAMILY_ANTHROPIC, "anthropic count of tokens",
        gh_anthropic_count_read, gh_anthropic_plan, gh_anthropic_count_answer, NULL, gh_anthropic_cut},
    {GH_SURFACE_OPENAI, GH_OP_EMBEDDINGS, GH_FAMILY_OPENAI, "openai embeddings",
        gh_openai_embeddings_read, gh_openai_embeddings_plan, gh_openai_embeddings_answer, NULL, NULL},
    {GH_SURFACE_AZURE_OPENAI, GH_OP_EMBEDDINGS, GH_FAMILY_OPENAI, "azure openai embeddings",
        gh_openai_embeddings_read, gh_openai_embeddings_plan, gh_openai_embeddings_answer, NULL, NULL},
    {GH_SURFACE_OPENAI, GH_OP_RESPONSES, GH_FAMILY_OPENAI, "openai responses",
        gh_openai_responses_read, gh_openai_responses_plan, gh_openai_responses_answer, gh_openai_responses_delta, gh_openai_responses_cut},
    {GH_SURFACE_AZURE_OPENAI, GH_OP_RESPONSES, GH_FAMILY_OPENAI, "azure openai responses",
        gh_openai_responses_read, gh_openai_responses_plan, gh_openai_responses_answer, gh_openai_responses_delta, gh_openai_responses_cut},
    {GH_SURFACE_OPENAI, GH_OP_RESPONSE, GH_FAMILY_OPENAI, "openai stored response", NULL, NULL, gh_openai_response_answer, NULL, NULL},
    {GH_SURFACE_AZURE_OPENAI, GH_OP_RESPONSE, GH_FAMILY_OPENAI, "azure openai stored response", NULL, NULL, gh_openai_response_answer, NULL, NULL},
    {GH_SURFACE_SCORING, GH_OP_SCORE, GH_FAMILY_SCORING, "scoring script",
        gh_scoring_score_read, gh_scoring_plan, gh_scoring_answer, NULL, NULL},
    {GH_SURFACE_SCORING, GH_OP_INVOCATIONS, GH_FAMILY_SCORING, "mlflow scoring",
        gh_scoring_mlflow_read, gh_scoring_plan, gh_scoring_answer, NULL, NULL},
    {GH_SURFACE_KSERVE, GH_OP_INFER, GH_FAMILY_SCORING, "kserve v2 inference",
        gh_scoring_infer_read, gh_scoring_plan, gh_scoring_answer, NULL, NULL},
};
// clang-format on

enum gh_family
gh_family_of(struct gh_str backend_dialect)
{
    static const struct {
        struct gh_str name;
        enum gh_family family;
    } rows[] = {
        {GH_STR_INIT("openai"), GH_FAMILY_OPENAI},
        {GH_STR_INIT("azure"), GH_FAMILY_OPENAI},
        {GH_STR_INIT("anthropic"), GH_FAMILY_ANTHROPIC},
        {GH_STR_INIT("scoring"), GH_FAMILY_SCORING},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (gh_str_eq(rows[i].name, backend_dialect))
            return rows[i].family;
    return GH_FAMILY_NONE;
}

bool
gh_dialect_is_model_outside(const struct gh_dialect *d)
{
    return d->family == GH_FAMILY_SCORING;
}

const struct gh_dialect *
gh_dialect_find(enum gh_surface surface, enum gh_op op)
{
    for (size_t i = 0; i < sizeof(gh_dialect_table) / sizeof(*gh_dialect_table); i++)
        if (gh_dialect_table[i].surface == surface && gh_dialect_table[i].op == op)
            return &gh_dialect_table[i];
    return NULL;
}

bool
gh_dialect_is_silent(const struct gh_dialect *d)
{
    static const bool is_silent[GH_OP_COUNT] = {[GH_OP_EMBEDDINGS] = true,
        [GH_OP_COUNT_TOKENS] = true,
        [GH_OP_SCORE] = true,
        [GH_OP_INVOCATIONS] = true,
        [GH_OP_INFER] = true};

    return is_silent[d->op];
}

#define EDITS_FIRST 16u

static bool
grow(struct gh_edits *e)
{
    size_t cap = e->cap == 0 ? EDITS_FIRST : e->cap * 2;
    struct gh_edit *more = gh_arena_take_array(e->arena, cap, sizeof(*more));

    if (more == NULL)
        return false;
    if (e->n > 0)
        memcpy(more, e->item, e->n * sizeof(*more));
    e->item = more;
    e->cap = cap;
    return true;
}

enum gh_rc
gh_edits_add(struct gh_edits *e, uint32_t at, uint32_t end, struct gh_str with)
{
    size_t i = e->n;

    if (e->n == GH_EDITS_MAX)
        return GH_LIMIT;
    if (e->n == e->cap && !grow(e))
        return GH_NOMEM;
    for (; i > 0 && e->item[i - 1].at > at; i--)
        e->item[i] = e->item[i - 1];
    e->item[i] = (struct gh_edit){at, end, with};
    e->n++;
    return GH_OK;
}

enum gh_rc
gh_dialect_splice(struct gh_buf *out, struct gh_str text, const struct gh_edit *edits, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        if (edits[i].at < at || edits[i].end < edits[i].at || edits[i].end > text.n)
            return GH_BUG;
        gh_buf_put(out, gh_str_sub(text, at, edits[i].at - at));
        gh_buf_put(out, edits[i].with);
        at = edits[i].end;
    }
    gh_buf_put(out, gh_str_sub(text, at, SIZE_MAX));
    return out->rc;
}

/* Part i of what was judged, now `b`. *next: the first text of `how` that no part before it had. */
static bool
same_part(const struct gh_conv *judged, size_t i, const struct gh_part *b, const struct gh_forward *how, size_t *next)
{
    const struct gh_part *a = &judged->parts[i];
    struct gh_str text = a->text;

    if (*next < how->n_texts && how->texts[*next].part == i)
        text = how->texts[(*next)++].text;
    return a->role == b->role && a->kind == b->kind && gh_str_eq(text, b->text);
}

static bool
is_instructions(const struct gh_part *p, struct gh_str instructions)
{
    return instructions.n > 0 && p->kind == GH_PART_INSTRUCTION && gh_str_eq(p->text, instructions);
}

/* The endpoint's instructions are the one part that is added, before the other messages. */
static bool
same_parts(const struct gh_conv *judged, const struct gh_conv *c, const struct gh_forward *how)
{
    struct gh_str instructions = how->instructions;
    size_t added = 0, next = 0;

    if (c->n_parts != judged->n_parts + (instructions.n > 0 ? 1 : 0))
        return false;
    for (size_t i = 0; i < judged->n_parts; i++) {
        if (added == 0 && is_instructions(&c->parts[i], instructions))
            added = 1;
        if (!same_part(judged, i, &c->parts[i + added], how, &next))
            return false;
    }
    if (next != how->n_texts)
        return false;
    return added > 0 || instructions.n == 0 || is_instructions(&c->parts[judged->n_parts], instructions);
}

static bool
same_tools(const struct gh_conv *a, const struct gh_conv *b)
{
    if (a->n_tools != b->n_tools)
        return false;
    for (size_t i = 0; i < a->n_tools; i++)
        if (a->tools[i].is_hosted != b->tools[i].is_hosted || !gh_str_eq(a->tools[i].name, b->tools[i].name))
            return false;
    return true;
}

static bool
same_stored(const struct gh_conv *judged, const struct gh_conv *c, const struct gh_str *ids)
{
    if (c->n_stored != judged->n_stored || (c->n_stored > 0 && ids == NULL))
        return false;
    for (size_t i = 0; i < c->n_stored; i++)
        if (c->stored[i].kind != judged->stored[i].kind || !gh_str_eq(c->stored[i].id, ids[i]))
            return false;
    return true;
}

static bool
same_model(const struct gh_conv *judged, const struct gh_conv *c, struct gh_str model)
{
    return model.n > 0 ? c->model_node != GH_JSON_NO && gh_str_eq(c->model, model) : gh_str_eq(c->model, judged->model);
}

/* A bound that was not there is set to what was asked for. */
static bool
same_bound(const struct gh_conv *judged, const struct gh_conv *c, int64_t set)
{
    return c->max_output_tokens == (judged->max_output_tokens < 0 && set > 0 ? set : judged->max_output_tokens);
}

static bool
same_flags(const struct gh_conv *judged, const struct gh_conv *c)
{
    return c->is_stream == judged->is_stream && c->wants_usage == (judged->is_stream || judged->wants_usage) &&
           c->is_background == judged->is_background && c->choices == judged->choices;
}

static bool
same_store(const struct gh_conv *judged, const struct gh_conv *c, bool is_unstored)
{
    return c->is_stored == (judged->is_stored && !(is_unstored && judged->is_stored_unasked));
}

static bool
same_refusal(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* `c` says what was judged, changed as it was to be. */
static bool
is_as_planned(const struct gh_conv *judged, const struct gh_conv *c, const struct gh_forward *how)
{
    if (!same_parts(judged, c, how) || !same_tools(judged, c) || !same_stored(judged, c, how->stored))
        return false;
    if (!same_model(judged, c, how->model) || !same_flags(judged, c) || !same_store(judged, c, how->is_unstored) ||
        !same_bound(judged, c, how->max_output_tokens))
        return false;
    return gh_str_eq(c->end_user, judged->end_user) && same_refusal(c->refused, judged->refused);
}

enum gh_rc
gh_dialect_check_unchanged(const struct gh_conv *judged, const struct gh_forward *how)
{
    return is_as_planned(judged, judged, how) ? GH_OK : GH_BUG;
}

enum gh_rc
gh_dialect_check(const struct gh_dialect *d, struct gh_arena *a, const struct gh_conv *judged, const struct gh_forward *how,
    struct gh_str spliced)
{
    struct gh_json j;
    struct gh_conv c;
    enum gh_rc rc;

    if ((rc = gh_json_parse(&j, a, spliced, NULL)) == GH_OK)
        rc = d->read(&c, a, &j, NULL);
    if (rc != GH_OK)
        return rc == GH_NOMEM ? GH_NOMEM : GH_BUG;
    return is_as_planned(judged, &c, how) ? GH_OK : GH_BUG;
}
