/* SPDX-License-Identifier: Apache-2.0 */
/* wire/scoring: bodies of scoring calls: their form where their protocol has one, and their texts. */
#include "wire/scoring.h"

#include "base/limits.h"
#include "wire/conv_members.h"
#include "wire/say.h"

/* ---- texts ---- */

static bool
is_key(const struct gh_json *j, gh_json_ref v)
{
    return j->nodes[v].next > v + 1; /* a key spans its value */
}

static size_t
count_texts(const struct gh_json *j)
{
    size_t n = 0;

    for (gh_json_ref v = 0; v < j->n; v++)
        n += gh_json_type(j, v) == GH_JSON_STRING;
    return n;
}

/* Each text is a part in its place; a table with more of them than parts are good for is one part. */
static enum gh_rc
read_texts(struct gh_conv_reader *r)
{
    enum gh_rc rc = GH_OK;

    if (count_texts(r->j) > GH_SCORING_TEXTS_MAX)
        return gh_conv_joined(r, GH_ROLE_USER, GH_PART_PROMPT, 0);
    for (gh_json_ref v = 0; rc == GH_OK && v < r->j->n; v++) {
        if (gh_json_type(r->j, v) != GH_JSON_STRING)
            continue;
        rc = gh_conv_part(r, GH_ROLE_USER, is_key(r->j, v) ? GH_PART_DOCUMENT : GH_PART_PROMPT, v);
        if (rc == GH_OK)
            r->conv->parts[r->conv->n_parts - 1].is_fixed = is_key(r->j, v);
    }
    return rc;
}

/* ---- a scoring script ---- */

enum gh_rc
gh_scoring_score_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err)
{
    struct gh_conv_reader r = gh_conv_begin(out, a, body, err);
    enum gh_json_type type = gh_json_type(body, 0);

    return type == GH_JSON_OBJECT || type == GH_JSON_ARRAY ? read_texts(&r)
                                                           : gh_conv_bad(&r, 0, "an object or an array is wanted here");
}

/* ---- MLflow ---- */

static enum gh_rc
on_rows(struct gh_conv_reader *r, gh_json_ref v)
{
    if (r->has_messages)
        return gh_conv_bad(r, v, "one of dataframe_split, dataframe_records, instances and inputs is wanted");
    r->has_messages = true;
    return GH_OK;
}

enum gh_rc
gh_scoring_mlflow_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("dataframe_split"), on_rows},
        {GH_STR_INIT("dataframe_records"), on_rows},
        {GH_STR_INIT("instances"), on_rows},
        {GH_STR_INIT("inputs"), on_rows},
        {GH_STR_INIT("params"), gh_conv_any},
        {GH_STR_INIT("signature_name"), gh_conv_mark},
    };
    struct gh_conv_reader r = gh_conv_begin(out, a, body, err);
    enum gh_rc rc = gh_conv_members(&r, 0, GH_CONV_ROWS(rows), "a member of the request that is not known here");

    if (rc != GH_OK)
        return rc;
    if (!r.has_messages)
        return gh_conv_bad(&r, 0, "one of dataframe_split, dataframe_records, instances and inputs is wanted");
    return read_texts(&r);
}

/* ---- KServe ---- */

/* What a server would take from elsewhere than this body, or put elsewhere. */
static enum gh_rc
refuse_parameter(struct gh_conv_reader *r, gh_json_ref value)
{
    struct gh_str key;
    enum gh_rc rc = gh_json_key(&key, r->a, r->j, value);

    if (rc != GH_OK)
        return rc;
    if (gh_str_starts(key, GH_STR("binary_data")))
        return gh_conv_refuse(r, "tensors that are not JSON");
    return gh_str_starts(key, GH_STR("shared_memory")) ? gh_conv_refuse(r, "tensors in shared memory") : GH_OK;
}

static enum gh_rc
on_parameters(struct gh_conv_reader *r, gh_json_ref v)
{
    enum gh_rc rc = GH_OK;

    if (gh_json_type(r->j, v) != GH_JSON_OBJECT)
        return gh_conv_bad(r, v, "an object is wanted here");
    for (gh_json_ref p = gh_json_first(r->j, v); rc == GH_OK && p != GH_JSON_NO; p = gh_json_next(r->j, v, p))
        rc = refuse_parameter(r, p);
    return rc;
}

static enum gh_rc
read_input(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("name"), gh_conv_any},
        {GH_STR_INIT("shape"), gh_conv_any},
        {GH_STR_INIT("datatype"), gh_conv_mark},
        {GH_STR_INIT("parameters"), on_parameters},
        {GH_STR_INIT("data"), gh_conv_any},
    };
    static const struct gh_str wanted[] = {GH_STR_INIT("name"), GH_STR_INIT("shape"), GH_STR_INIT("datatype"), GH_STR_INIT("data")};
    enum gh_rc rc = gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of an input that is not known here");

    for (size_t i = 0; rc == GH_OK && r->conv->refused == NULL && i < sizeof(wanted) / sizeof(*wanted); i++)
        if (gh_json_get(r->j, v, wanted[i]) == GH_JSON_NO)
            rc = gh_conv_bad(r, v, "an input has a name, a shape, a datatype and data");
    return rc;
}

static enum gh_rc
on_inputs(struct gh_conv_reader *r, gh_json_ref v)
{
    r->has_messages = true;
    return gh_conv_each(r, v, read_input);
}

static enum gh_rc
read_output(struct gh_conv_reader *r, gh_json_ref v)
{
    static const struct gh_conv_member rows[] = {{GH_STR_INIT("name"), gh_conv_any}, {GH_STR_INIT("parameters"), on_parameters}};
    return gh_conv_members(r, v, GH_CONV_ROWS(rows), "a member of an output that is not known here");
}

static enum gh_rc
on_outputs(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_each(r, v, read_output);
}

enum gh_rc
gh_scoring_infer_read(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err)
{
    static const struct gh_conv_member rows[] = {
        {GH_STR_INIT("id"), gh_conv_mark},
        {GH_STR_INIT("parameters"), on_parameters},
        {GH_STR_INIT("inputs"), on_inputs},
        {GH_STR_INIT("outputs"), on_outputs},
    };
    struct gh_conv_reader r = gh_conv_begin(out, a, body, err);
    enum gh_rc rc = gh_conv_members(&r, 0, GH_CONV_ROWS(rows), "a member of the request that is not known here");

    if (rc != GH_OK)
        return rc;
    return r.has_messages ? read_texts(&r) : gh_conv_bad(&r, 0, "inputs are missing");
}

/* ---- on and back ---- */

enum gh_rc
gh_scoring_plan(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, const struct gh_conv *conv,
    const struct gh_forward *how)
{
    if (how->model.n > 0 || how->instructions.n > 0)
        return GH_BAD;
    return gh_say_plan_texts(edits, a, body, conv, how);
}

enum gh_rc
gh_scoring_answer(struct gh_answer *out, struct gh_arena *a, struct gh_str text)
{
    struct gh_json j;
    enum gh_rc rc = gh_json_parse(&j, a, text, NULL);

    *out = (struct gh_answer){.json = j, .usage = {-1, -1}};
    return rc == GH_OK || rc == GH_NOMEM || rc == GH_LIMIT ? rc : GH_BAD;
}
