/* SPDX-License-Identifier: Apache-2.0 */
/* wire/filtered: results of filters, and the refusal that official clients know as content_filter. */
#include "wire/filtered.h"

// clang-format off
#define NAME_ROW(name, text) [GH_FILTER_##name] = text,
static const char *const names[GH_FILTER_COUNT] = {GH_FILTER_LIST(NAME_ROW)};
// clang-format on

void
gh_filtered_put(struct gh_jsonw *w, const struct gh_filtered *f)
{
    gh_jsonw_obj(w);
    for (size_t i = 0; i < GH_FILTER_COUNT; i++) {
        if (!f->of[i].is_judged)
            continue;
        gh_jsonw_key(w, names[i]);
        gh_jsonw_obj(w);
        gh_jsonw_kbool(w, "filtered", f->of[i].is_filtered);
        gh_jsonw_kbool(w, "detected", f->of[i].is_detected);
        gh_jsonw_end(w, '}');
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
