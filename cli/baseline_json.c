/* SPDX-License-Identifier: Apache-2.0 */
/* baseline_json: a scan as one object: score, sums, files, results. Written result by result: a large export has many. */
#include "cli/baseline_compat.h"

#include "wire/json.h"

#define RESULT_BYTES_MAX 32768

static void
put_place(struct gh_jsonw *w, const struct gh_report *rep, const struct gh_report_result *r)
{
    struct gh_doc_place at = gh_report_place(rep, r);

    gh_jsonw_kstr(w, "file", gh_str_z(rep->file[r->file]->path));
    gh_jsonw_ku64(w, "line", at.line);
    gh_jsonw_ku64(w, "column", at.column);
}

static void
put_or_null(struct gh_jsonw *w, const char *key, struct gh_str s)
{
    gh_jsonw_key(w, key);
    if (s.n > 0)
        gh_jsonw_str(w, s);
    else
        gh_jsonw_null(w);
}

static void
put_waiver(struct gh_jsonw *w, const struct gh_waiver *waiver)
{
    if (waiver == NULL)
        return;
    gh_jsonw_key(w, "waiver");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "owner", waiver->owner);
    gh_jsonw_kstr(w, "reason", waiver->reason);
    gh_jsonw_kstr(w, "expires", waiver->expires);
    gh_jsonw_kbool(w, "expired", waiver->is_expired);
    gh_jsonw_end(w, '}');
}

static void
put_result(struct gh_jsonw *w, const struct gh_report *rep, const struct gh_report_result *r)
{
    bool is_fail = r->r.outcome == GH_OUTCOME_FAIL,
         is_undecided = r->r.outcome == GH_OUTCOME_UNKNOWN || r->r.outcome == GH_OUTCOME_NA;
    char mem[512];

    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "rule", gh_str_z(r->r.rule->id));
    gh_jsonw_kstr(w, "title", gh_str_z(r->r.rule->title));
    gh_jsonw_kstr(w, "resource", gh_report_resource(rep, r, mem));
    gh_jsonw_kstr(w, "type", gh_report_type(rep, r));
    gh_jsonw_kstr(w, "outcome", gh_str_z(gh_outcome_names[r->r.outcome]));
    gh_jsonw_kstr(w, "severity", gh_str_z(gh_severity_names[r->r.rule->severity]));
    gh_jsonw_kbool(w, "waived", gh_report_is_waived(r));
    put_place(w, rep, r);
    put_or_null(w, "path", r->r.path);
    put_or_null(w, "found", is_undecided ? (struct gh_str){NULL, 0} : r->r.found);
    put_or_null(w, "wanted", r->r.wanted);
    put_or_null(w, "fix", is_fail ? gh_str_z(r->r.rule->fix) : (struct gh_str){NULL, 0});
    if (is_undecided)
        put_or_null(w, "reason", r->r.found);
    gh_jsonw_kwords(w, "controls", r->r.rule->control);
    if (r->r.is_if_deployed)
        gh_jsonw_kbool(w, "ifDeployed", true);
    put_waiver(w, r->waiver);
    gh_baseline_compat_put(w, rep, r);
    gh_jsonw_end(w, '}');
}

static const char *const shapes[] = {"unknown", "template", "parameters", "list", "graph", "resource"};

static void
put_file(struct gh_jsonw *w, const struct gh_report_file *f)
{
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "path", gh_str_z(f->path));
    put_or_null(w, "parameters", gh_str_z(f->parameters));
    gh_jsonw_kstr(w, "shape", gh_str_z(shapes[f->input.shape]));
    gh_jsonw_ku64(w, "resources", f->input.n_resources);
    gh_jsonw_key(w, "notes");
    gh_jsonw_arr(w);
    for (uint32_t i = 0; i < f->input.n_notes && i < 32; i++)
        gh_jsonw_str(w, gh_str_z(f->input.note[i].what));
    gh_jsonw_end(w, ']');
    gh_jsonw_end(w, '}');
}

static void
put_summary(struct gh_jsonw *w, const struct gh_report *rep)
{
    char mem[32];
    double score = gh_report_score(rep);

    gh_jsonw_key(w, "score");
    if (score < 0) {
        gh_jsonw_null(w);
    } else {
        int n = snprintf(mem, sizeof mem, "%.4f", score);
        gh_jsonw_raw(w, gh_str(mem, n < 0 ? 0 : (size_t)n));
    }
    gh_jsonw_key(w, "summary");
    gh_jsonw_obj(w);
    for (int o = GH_OUTCOME_PASS; o < GH_OUTCOME_COUNT; o++)
        gh_jsonw_ku64(w, gh_outcome_names[o], rep->outcomes[o]);
    gh_jsonw_ku64(w, "waived", rep->waived);
    gh_jsonw_ku64(w, "failedAtOrAbove", rep->failed_at_or_above);
    gh_jsonw_kstr(w, "failOn", gh_str_z(gh_severity_names[rep->fail_on]));
    gh_jsonw_end(w, '}');
}

/* Each piece is written by itself into the same fixed memory; one that does not fit is a bug that must be seen. */
static void
flush_piece(FILE *f, struct gh_buf *b, const char *before)
{
    struct gh_str s = gh_buf_str(b);

    fprintf(f, "%s%.*s", before, (int)s.n, s.n > 0 ? s.p : "");
    b->n = 0;
}

typedef void (*piece_fn)(struct gh_jsonw *w, const struct gh_report *rep, size_t i);

static void
result_piece(struct gh_jsonw *w, const struct gh_report *rep, size_t i)
{
    put_result(w, rep, &rep->result[i]);
}

static void
file_piece(struct gh_jsonw *w, const struct gh_report *rep, size_t i)
{
    put_file(w, rep->file[i]);
}

static void
put_array(FILE *f, const char *key, const struct gh_report *rep, size_t n, piece_fn piece)
{
    static char mem[RESULT_BYTES_MAX];
    struct gh_jsonw w;
    struct gh_buf b;

    fprintf(f, ",\n\"%s\": [", key);
    for (size_t i = 0; i < n; i++) {
        gh_buf_init_fixed(&b, mem, sizeof mem);
        gh_jsonw_init(&w, &b);
        piece(&w, rep, i);
        flush_piece(f, &b, i == 0 ? "\n  " : ",\n  ");
    }
    fputs("\n]", f);
}

void
gh_baseline_out_json(FILE *f, struct gh_report *rep)
{
    char mem[4096];
    struct gh_jsonw w;
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    put_summary(&w, rep);
    flush_piece(f, &b, "");
    put_array(f, "files", rep, rep->n_files, file_piece);
    put_array(f, "results", rep, rep->n, result_piece);
    fputs("}\n", f);
}
