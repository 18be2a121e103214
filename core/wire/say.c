/* SPDX-License-Identifier: Apache-2.0 */
/* wire/say: small readers of answers and the one quoting of texts that edits bring in. */
#include "wire/say.h"

#include "base/limits.h"

enum gh_rc
gh_say_quote(struct gh_str *out, struct gh_arena *a, struct gh_str s)
{
    struct gh_buf quoted;
    struct gh_jsonw w;

    gh_buf_init(&quoted, a, s.n > SIZE_MAX / 8 ? SIZE_MAX : s.n * 6 + 2);
    gh_jsonw_init(&w, &quoted);
    gh_jsonw_str(&w, s);
    *out = gh_buf_str(&quoted);
    return quoted.rc;
}

enum gh_rc
gh_say_object(struct gh_json *j, struct gh_arena *a, struct gh_str text)
{
    enum gh_rc rc = gh_json_parse(j, a, text, NULL);

    if (rc == GH_OK)
        return gh_json_type(j, 0) == GH_JSON_OBJECT ? GH_OK : GH_BAD;
    return rc == GH_NOMEM || rc == GH_LIMIT ? rc : GH_BAD;
}

int64_t
gh_say_tokens(const struct gh_json *j, gh_json_ref object, struct gh_str name)
{
    int64_t v;

    return gh_json_i64(&v, j, gh_json_get(j, object, name)) == GH_OK && v >= 0 ? v : -1;
}

enum gh_rc
gh_say_text(struct gh_buf *text, struct gh_arena *a, const struct gh_json *j, gh_json_ref object, struct gh_str name)
{
    gh_json_ref v = gh_json_get(j, object, name);
    struct gh_str s;
    enum gh_rc rc;

    if (gh_json_type(j, v) != GH_JSON_STRING)
        return GH_OK;
    if ((rc = gh_json_str(&s, a, j, v)) != GH_OK)
        return rc;
    gh_buf_put(text, s);
    return text->rc;
}

enum gh_rc
gh_say_all(struct gh_buf *text, struct gh_arena *a, const struct gh_json *j, gh_json_ref v)
{
    struct gh_str s;
    enum gh_rc rc;

    for (gh_json_ref k = v; v != GH_JSON_NO && k < j->nodes[v].next; k++) {
        if (gh_json_type(j, k) != GH_JSON_STRING)
            continue;
        if ((rc = gh_json_str(&s, a, j, k)) != GH_OK)
            return rc;
        gh_buf_put(text, s);
        gh_buf_putc(text, '\n');
    }
    return text->rc;
}

enum gh_rc
gh_say_call(struct gh_say_calls *calls, struct gh_arena *a, const struct gh_json *j, gh_json_ref object, struct gh_str name)
{
    gh_json_ref v = gh_json_get(j, object, name);

    if (gh_json_type(j, v) != GH_JSON_STRING)
        return GH_OK;
    if (calls->n == GH_TOOLS_MAX)
        return GH_LIMIT;
    if (calls->item == NULL && (calls->item = gh_arena_take_array(a, GH_TOOLS_MAX, sizeof(*calls->item))) == NULL)
        return GH_NOMEM;
    return gh_json_str(&calls->item[calls->n++], a, j, v);
}

enum gh_rc
gh_say_stored(
    struct gh_stored_id *stored, size_t *n, struct gh_arena *a, const struct gh_json *j, gh_json_ref id, enum gh_stored kind)
{
    struct gh_stored_id s = {.kind = kind};
    enum gh_rc rc;

    if (gh_json_type(j, id) != GH_JSON_STRING)
        return GH_OK;
    if (*n == GH_STORED_IDS_MAX)
        return GH_LIMIT;
    s.at = j->nodes[id].at;
    s.end = j->nodes[id].end;
    if ((rc = gh_json_str(&s.id, a, j, id)) == GH_OK)
        stored[(*n)++] = s;
    return rc;
}

enum gh_rc
gh_say_plan_stored(struct gh_edits *edits, struct gh_arena *a, const struct gh_conv *conv, const struct gh_str *ids)
{
    struct gh_str quoted;
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; ids != NULL && rc == GH_OK && i < conv->n_stored; i++)
        if ((rc = gh_say_quote(&quoted, a, ids[i])) == GH_OK)
            rc = gh_edits_add(edits, conv->stored[i].at, conv->stored[i].end, quoted);
    return rc;
}

/* The plan has replaced this string already. */
static bool
is_moved(const struct gh_edits *edits, const struct gh_json_node *node)
{
    for (size_t i = edits->n; i > 0 && edits->item[i - 1].at >= node->at; i--)
        if (edits->item[i - 1].at == node->at && edits->item[i - 1].end == node->end)
            return true;
    return false;
}

static bool
is_editable(const struct gh_conv *conv, const struct gh_forward *how, size_t i)
{
    const struct gh_part_text *t = &how->texts[i];

    return t->part < conv->n_parts && !conv->parts[t->part].is_fixed && t->text.n > 0 && (i == 0 || t[-1].part < t->part);
}

enum gh_rc
gh_say_plan_texts(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, const struct gh_conv *conv,
    const struct gh_forward *how)
{
    struct gh_str quoted;
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; rc == GH_OK && i < how->n_texts; i++) {
        if (!is_editable(conv, how, i))
            return GH_BAD;
        const struct gh_json_node *node = &body->nodes[conv->parts[how->texts[i].part].node];
        if (is_moved(edits, node))
            continue;
        if ((rc = gh_say_quote(&quoted, a, how->texts[i].text)) == GH_OK)
            rc = gh_edits_add(edits, node->at, node->end, quoted);
    }
    return rc;
}

enum gh_rc
gh_say_part_json(struct gh_str *out, struct gh_arena *a, const struct gh_json *body, gh_json_ref v, const struct gh_conv *conv,
    const struct gh_forward *how)
{
    for (size_t i = 0; i < how->n_texts; i++)
        if (how->texts[i].part < conv->n_parts && conv->parts[how->texts[i].part].node == v)
            return gh_say_quote(out, a, how->texts[i].text);
    *out = gh_json_raw(body, v);
    return GH_OK;
}
