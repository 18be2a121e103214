/* SPDX-License-Identifier: Apache-2.0 */
/* wire/filtered: results of filters, and the refusal that official clients know as content_filter. */
#include "wire/filtered.h"

// clang-format off
#define NAME_ROW(name, text) [GH_FILTER_##name] = text,
static const char *const names[GH_FILTER_COUNT] = {GH_FILTER_LIST(NAME_ROW)};
// clang-format on

static void
put_one(struct gh_jsonw *w, const struct gh_filtered *f, size_t i)
{
    gh_jsonw_obj(w);
    gh_jsonw_kbool(w, "filtered", f->of[i].is_filtered);
    gh_jsonw_kbool(w, "detected", f->of[i].is_detected);
    gh_jsonw_end(w, '}');
}

void
gh_filtered_put(struct gh_jsonw *w, const struct gh_filtered *f)
{
    gh_jsonw_obj(w);
    for (size_t i = 0; i < GH_FILTER_COUNT; i++) {
        if (!f->of[i].is_judged)
            continue;
        gh_jsonw_key(w, names[i]);
        put_one(w, f, i);
    }
    gh_jsonw_end(w, '}');
}

static void
put_message(struct gh_jsonw *w, struct gh_str request_id)
{
    char mem[256];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_buf_putz(&b, gh_problem_table[GH_PROBLEM_FILTERED].message);
    if (request_id.n > 0) {
        gh_buf_putz(&b, " (request ");
        gh_buf_put(&b, request_id);
        gh_buf_putc(&b, ')');
    }
    gh_jsonw_kstr(w, "message", gh_buf_str(&b));
}

/* Azure's form; OpenAI's own has a type beside it, and clients of either read both. */
static void
put_openai(struct gh_jsonw *w, enum gh_surface surface, const struct gh_filtered *f, struct gh_str request_id)
{
    const struct gh_problem_row *row = &gh_problem_table[GH_PROBLEM_FILTERED];

    gh_jsonw_obj(w);
    gh_jsonw_key(w, "error");
    gh_jsonw_obj(w);
    put_message(w, request_id);
    gh_jsonw_key(w, "type");
    if (surface == GH_SURFACE_AZURE_OPENAI)
        gh_jsonw_null(w);
    else
        gh_jsonw_str(w, GH_STR("invalid_request_error"));
    gh_jsonw_kstr(w, "param", GH_STR("prompt"));
    gh_jsonw_kstr(w, "code", gh_str_z(row->code));
    gh_jsonw_ku64(w, "status", row->status);
    gh_jsonw_key(w, "innererror");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "code", GH_STR("ResponsibleAIPolicyViolation"));
    gh_jsonw_key(w, "content_filter_result");
    gh_filtered_put(w, f);
    for (unsigned i = 0; i < 3; i++)
        gh_jsonw_end(w, '}');
}

void
gh_filtered_put_problem(struct gh_buf *out, enum gh_surface surface, const struct gh_filtered *f, struct gh_str request_id)
{
    struct gh_jsonw w;

    if (surface != GH_SURFACE_OPENAI && surface != GH_SURFACE_AZURE_OPENAI) {
        gh_problem_put(out, surface, GH_PROBLEM_FILTERED, NULL, request_id);
        return;
    }
    gh_jsonw_init(&w, out);
    put_openai(&w, surface, f, request_id);
}

/* ---- annotations ---- */

static void
put_results(struct gh_jsonw *w, const struct gh_filtered *f)
{
    gh_jsonw_arr(w);
    gh_jsonw_obj(w);
    gh_jsonw_ku64(w, "prompt_index", 0);
    gh_jsonw_key(w, "content_filter_results");
    gh_filtered_put(w, f);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, ']');
}

/* Members of an object, to stand behind its opening brace: commas behind them, but for an object that has no others. */
static enum gh_rc
insert(struct gh_edits *edits, const struct gh_json *j, gh_json_ref object, struct gh_buf *members)
{
    struct gh_str text = gh_buf_str(members);
    uint32_t inside = j->nodes[object].at + 1;

    if (members->rc != GH_OK || text.n == 0)
        return members->rc;
    if (gh_json_first(j, object) == GH_JSON_NO)
        text.n--;
    return gh_edits_add(edits, inside, inside, text);
}

/* Into the results of the backend: what is there of the same name is replaced. */
static enum gh_rc
merge(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *j, gh_json_ref results, const struct gh_filtered *f)
{
    struct gh_buf fresh, value;
    struct gh_jsonw w;
    enum gh_rc rc;

    gh_buf_init(&fresh, a, 1024);
    for (size_t i = 0; i < GH_FILTER_COUNT; i++) {
        gh_json_ref there = gh_json_get(j, results, gh_str_z(names[i]));
        if (!f->of[i].is_judged)
            continue;
        gh_buf_init(&value, a, 128);
        gh_jsonw_init(&w, &value);
        put_one(&w, f, i);
        if (there != GH_JSON_NO) {
            if ((rc = gh_edits_add(edits, j->nodes[there].at, j->nodes[there].end, gh_buf_str(&value))) != GH_OK)
                return rc;
            continue;
        }
        gh_buf_putc(&fresh, '"');
        gh_buf_putz(&fresh, names[i]);
        gh_buf_putz(&fresh, "\":");
        gh_buf_put(&fresh, gh_buf_str(&value));
        gh_buf_putc(&fresh, ',');
    }
    return insert(edits, j, results, &fresh);
}

enum gh_rc
gh_filtered_annotate(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *answer, const struct gh_filtered *f)
{
    gh_json_ref told = gh_json_get(answer, 0, GH_STR("prompt_filter_results"));
    gh_json_ref first = gh_json_type(answer, told) == GH_JSON_ARRAY ? gh_json_first(answer, told) : GH_JSON_NO;
    gh_json_ref results = gh_json_get(answer, first, GH_STR("content_filter_results"));
    struct gh_buf b;
    struct gh_jsonw w;

    if (gh_json_type(answer, results) == GH_JSON_OBJECT)
        return merge(edits, a, answer, results, f);
    gh_buf_init(&b, a, 1024);
    if (told == GH_JSON_NO)
        gh_buf_putz(&b, "\"prompt_filter_results\":");
    gh_jsonw_init(&w, &b);
    put_results(&w, f);
    if (told != GH_JSON_NO) /* null, or of no form that is known */
        return b.rc != GH_OK ? b.rc : gh_edits_add(edits, answer->nodes[told].at, answer->nodes[told].end, gh_buf_str(&b));
    gh_buf_putc(&b, ',');
    return insert(edits, answer, 0, &b);
}

void
gh_filtered_put_chunk(struct gh_buf *out, const struct gh_filtered *f)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "choices");
    gh_jsonw_arr(&w);
    gh_jsonw_end(&w, ']');
    gh_jsonw_ku64(&w, "created", 0);
    for (size_t i = 0; i < 3; i++)
        gh_jsonw_kstr(&w, (const char *const[]){"id", "model", "object"}[i], GH_STR(""));
    gh_jsonw_key(&w, "prompt_filter_results");
    put_results(&w, f);
    gh_jsonw_end(&w, '}');
}
