/* SPDX-License-Identifier: Apache-2.0 */
/* baseline_markdown: a scan for the summary of a pipeline or a pull request: sums, fails by severity, what is not decided, folded. */
#include "cli/baseline_out.h"

/* A cell: no pipes, no line ends, no markup of ours or of HTML. */
static void
put(FILE *f, struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '|' || c == '\\' || c == '`' || c == '*' || c == '_' || c == '[' || c == ']' || c == '#')
            fputc('\\', f);
        if (c == '<')
            fputs("&lt;", f);
        else if (c == '&')
            fputs("&amp;", f);
        else
            fputc((unsigned char)c < 0x20 ? ' ' : c, f);
    }
}

static void
put_row(FILE *f, const struct gh_report *rep, const struct gh_report_result *r)
{
    struct gh_doc_place at = gh_report_place(rep, r);
    bool is_fail = r->r.outcome == GH_OUTCOME_FAIL;
    char mem[512];

    fprintf(f, "| %s | %s %s | ", gh_severity_names[r->r.rule->severity], r->r.rule->id, r->r.rule->title);
    put(f, gh_report_resource(rep, r, mem));
    fputs(" | ", f);
    put(f, gh_str_z(rep->file[r->file]->path));
    fprintf(f, ":%u:%u | ", at.line, at.column);
    put(f, r->r.path);
    fputs(is_fail && r->r.path.n > 0 ? " = " : " ", f);
    put(f, r->r.found);
    if (is_fail) {
        fputs(" | ", f);
        put(f, gh_str_z(r->r.rule->fix));
        if (gh_report_is_waived(r)) {
            fputs(" (waived until ", f);
            put(f, r->waiver->expires);
            fputc(')', f);
        }
    }
    fputs(" |\n", f);
}

static void
put_rows(FILE *f, const struct gh_report *rep, enum gh_outcome outcome, bool is_waived)
{
    for (int s = GH_SEVERITY_CRITICAL; s >= GH_SEVERITY_LOW; s--)
        for (size_t i = 0; i < rep->n; i++)
            if (rep->result[i].r.outcome == outcome && rep->result[i].r.rule->severity == (enum gh_severity)s &&
                gh_report_is_waived(&rep->result[i]) == is_waived)
                put_row(f, rep, &rep->result[i]);
}

void
gh_baseline_out_markdown(FILE *f, struct gh_report *rep)
{
    double score = gh_report_score(rep);

    fputs("## Baseline\n\n", f);
    if (score >= 0)
        fprintf(f, "Score **%.1f %%**. ", score * 100);
    fprintf(f, "%zu pass, %zu fail (%zu waived), %zu unknown, %zu n/a in %zu files.\n", rep->outcomes[GH_OUTCOME_PASS],
        rep->outcomes[GH_OUTCOME_FAIL], rep->waived, rep->outcomes[GH_OUTCOME_UNKNOWN], rep->outcomes[GH_OUTCOME_NA], rep->n_files);
    if (rep->outcomes[GH_OUTCOME_FAIL] > 0) {
        fputs("\n| severity | rule | resource | place | found | fix |\n| --- | --- | --- | --- | --- | --- |\n", f);
        put_rows(f, rep, GH_OUTCOME_FAIL, false);
        put_rows(f, rep, GH_OUTCOME_FAIL, true);
    }
    if (rep->outcomes[GH_OUTCOME_UNKNOWN] > 0) {
        fprintf(f,
            "\n<details><summary>%zu unknown</summary>\n\n| severity | rule | resource | place | reason |\n| --- | --- | --- | --- "
            "| --- |\n",
            rep->outcomes[GH_OUTCOME_UNKNOWN]);
        put_rows(f, rep, GH_OUTCOME_UNKNOWN, false);
        fputs("\n</details>\n", f);
    }
}
