/* SPDX-License-Identifier: Apache-2.0 */
/* wire/conv_members: one reader for a member that several dialects have. */
#include "wire/conv_members.h"

#include "base/limits.h"

/* ---- what is no text ---- */

enum gh_rc
gh_conv_scalar(struct gh_conv_reader *r, gh_json_ref v)
{
    enum gh_json_type type = gh_json_type(r->j, v);

    if (type != GH_JSON_NUMBER && type != GH_JSON_TRUE && type != GH_JSON_FALSE)
        return gh_conv_bad(r, v, "a number or a truth value is wanted here");
    return GH_OK;
}

enum gh_rc
gh_conv_mark(struct gh_conv_reader *r, gh_json_ref v)
{
    struct gh_str s;
    enum gh_rc rc = gh_conv_string(&s, r, v);

    if (rc == GH_OK && s.n > GH_MARK_BYTES_MAX)
        return gh_conv_bad(r, v, "a shorter string is wanted here");
    return rc;
}

enum gh_rc
gh_conv_tool_name(struct gh_conv_reader *r, gh_json_ref v)
{
    struct gh_str s;

    return gh_conv_tool_word(&s, r, v);
}

enum gh_rc
gh_conv_any(struct gh_conv_reader *r, gh_json_ref v)
{
    (void)r;
    (void)v;
    return GH_OK;
}

/* ---- of a body ---- */

enum gh_rc
gh_conv_model(struct gh_conv_reader *r, gh_json_ref v)
{
    r->conv->model_node = v;
    return gh_conv_string(&r->conv->model, r, v);
}

enum gh_rc
gh_conv_stream(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_bool(&r->conv->is_stream, r, v);
}

enum gh_rc
gh_conv_store(struct gh_conv_reader *r, gh_json_ref v)
{
    r->conv->is_stored_unasked = false;
    return gh_conv_bool(&r->conv->is_stored, r, v);
}

enum gh_rc
gh_conv_max_tokens(struct gh_conv_reader *r, gh_json_ref v)
{
    int64_t n;
    enum gh_rc rc = gh_conv_count(&n, r, v, INT32_MAX);

    if (rc == GH_OK && n > r->conv->max_output_tokens)
        r->conv->max_output_tokens = n;
    return rc;
}

enum gh_rc
gh_conv_texts(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_joined(r, GH_ROLE_NONE, GH_PART_DOCUMENT, v);
}

enum gh_rc
gh_conv_schema(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_joined(r, GH_ROLE_NONE, GH_PART_TOOL_SCHEMA, v);
}

enum gh_rc
gh_conv_own_tool(struct gh_conv_reader *r, gh_json_ref v)
{
    gh_json_ref name = gh_json_get(r->j, v, GH_STR("name"));
    enum gh_rc rc;

    if (name == GH_JSON_NO)
        return gh_conv_bad(r, v, "a tool without a name");
    rc = gh_conv_tool(r, name);
    return rc == GH_OK ? gh_conv_schema(r, v) : rc;
}

/* ---- of messages ---- */

enum gh_rc
gh_conv_text(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_part(r, r->role, r->kind, v);
}

static enum gh_rc
label(struct gh_conv_reader *r, enum gh_part_kind kind, gh_json_ref v)
{
    enum gh_rc rc = gh_conv_part(r, r->role, kind, v);

    if (rc == GH_OK)
        r->conv->parts[r->conv->n_parts - 1].is_label = true;
    return rc;
}

enum gh_rc
gh_conv_name(struct gh_conv_reader *r, gh_json_ref v)
{
    return label(r, r->kind, v);
}

enum gh_rc
gh_conv_title(struct gh_conv_reader *r, gh_json_ref v)
{
    return label(r, GH_PART_DOCUMENT, v);
}

enum gh_rc
gh_conv_document(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_part(r, r->role, GH_PART_DOCUMENT, v);
}

enum gh_rc
gh_conv_documents(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_joined(r, r->role, GH_PART_DOCUMENT, v);
}

enum gh_rc
gh_conv_arguments(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_part(r, r->role, GH_PART_TOOL_ARGUMENTS, v);
}

enum gh_rc
gh_conv_bytes(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_part(r, r->role, GH_PART_MEDIA, v);
}

/* Bare base64, of either alphabet. Servers of models take other texts for a path of their own disk, or for an address without its scheme. */
static bool
is_base64(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_alnum && gh_str_chr(GH_STR("+/-_=\r\n"), c) == SIZE_MAX)
            return false;
    }
    return true;
}

enum gh_rc
gh_conv_media(struct gh_conv_reader *r, gh_json_ref v)
{
    size_t before = r->conv->n_parts;
    enum gh_rc rc = gh_conv_bytes(r, v);
    struct gh_str s;

    if (rc != GH_OK)
        return rc;
    s = r->conv->parts[before].text;
    if (gh_str_eq_ci(gh_str_sub(s, 0, 5), GH_STR("data:")) || is_base64(s))
        return GH_OK;
    return gh_conv_refuse(r, "an address that the provider would fetch");
}

enum gh_rc
gh_conv_file_id(struct gh_conv_reader *r, gh_json_ref v)
{
    return gh_conv_stored(r, GH_STORED_FILE, v);
}
