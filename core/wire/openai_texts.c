/* SPDX-License-Identifier: Apache-2.0 */
/* wire/openai_texts: embeddings. */
#include "wire/openai_texts.h"

#include "wire/openai_chat_int.h"
#include "wire/openai_plan.h"
#include "wire/say.h"

/* One text of several; numbers, and arrays of numbers, are tokens. */
static enum gh_rc
read_one(struct gh_conv_reader *r, gh_json_ref v)
{
    enum gh_json_type type = gh_json_type(r->j, v);

    if (type == GH_JSON_NUMBER || type == GH_JSON_ARRAY)
        return gh_conv_refuse(r, "a text as numbers of tokens, which the gateway cannot read");
    return gh_conv_part(r, GH_ROLE_USER, r->kind, v);
}

static enum gh_rc
on_texts(struct gh_conv_reader *r, gh_json_ref v)
{
    r->has_messages = true;
    if (gh_json_type(r->j, v) == GH_JSON_STRING)
        return read_one(r, v);
    if (gh_json_type(r->j, v) != GH_JSON_ARRAY || gh_json_first(r->j, v) == GH_JSON_NO)
        return gh_conv_bad(r, v, "a string, or an array of at least one, is wanted here");
    return gh_conv_each(r, v, read_one);
}

static const struct gh_conv_member embeddings_rows[] = {
    {GH_STR_INIT("input"), on_texts},
    {GH_STR_INIT("model"), gh_conv_model},
    {GH_STR_INIT("encoding_format"), gh_conv_mark},
    {GH_STR_INIT("dimensions"), gh_conv_scalar},
    {GH_STR_INIT("user"), gh_chat_user},
    {GH_STR_INIT("user_security_context"), gh_chat_user_context},
    {GH_STR_INIT("input_type"), gh_conv_mark},
};

enum gh_rc
gh_openai_embeddings_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err)
{
    struct gh_conv_reader r = gh_conv_begin(out, a, body, err);
    enum gh_rc rc;

    r.kind = GH_PART_DOCUMENT;
    rc = gh_conv_members(&r, 0, GH_CONV_ROWS(embeddings_rows), "a member of the request that is not known here");
    return rc == GH_OK ? gh_chat_end(&r, r.has_messages, "input is missing") : rc;
}

enum gh_rc
gh_openai_embeddings_plan(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, const struct gh_conv *conv,
    const struct gh_forward *how)
{
    struct gh_openai_plan p;
    enum gh_rc rc;

    if (how->instructions.n > 0 || how->max_output_tokens > 0)
        return GH_BAD;
    rc = gh_openai_plan_begin(&p, edits, a, body, how->model);
    if (rc == GH_OK)
        rc = gh_openai_plan_end(&p);
    return rc == GH_OK ? gh_say_plan_texts(edits, a, body, conv, how) : rc;
}

/* No token comes out of an embedding. */
enum gh_rc
gh_openai_embeddings_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text)
{
    gh_json_ref usage;
    struct gh_json j;
    enum gh_rc rc;

    *out = (struct gh_answer){.usage = {-1, -1}};
    if ((rc = gh_say_object(&j, a, text)) != GH_OK)
        return rc;
    out->json = j;
    if (gh_json_type(&j, gh_json_get(&j, 0, GH_STR("data"))) != GH_JSON_ARRAY)
        return GH_BAD;
    usage = gh_json_get(&j, 0, GH_STR("usage"));
    out->usage.input_tokens = gh_say_tokens(&j, usage, GH_STR("prompt_tokens"));
    out->usage.output_tokens = out->usage.input_tokens < 0 ? -1 : 0;
    return GH_OK;
}
