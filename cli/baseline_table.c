/* SPDX-License-Identifier: Apache-2.0 */
/* baseline_table: a scan for people: each fail with place, value and fix; what is not decided, in short; the sums. */
#include "cli/baseline_out.h"

static const char *
colour(const struct gh_report *rep, const char *code)
{
    return rep->is_colour ? code : "";
}

static const char *const severity_colours[GH_SEVERITY_COUNT] = {"", "\033[36m", "\033[33m", "\033[31m", "\033[1;31m"};

static void
put(FILE *f, const char *before, struct gh_str s)
{
    if (s.n > 0)
        fprintf(f, "%s%.*s", before, (int)s.n, s.p);
}

static void
put_result(FILE *f, const struct gh_report *rep, const struct gh_report_result *r)
{
    const struct gh_rule *rule = r->r.rule;
    struct gh_doc_place at = gh_report_place(rep, r);
    char mem[512];
    struct gh_str name = gh_report_resource(rep, r, mem);

    fprintf(f, "%s:%u:%u: %s%-8s%s %s  %s", rep->file[r->file]->path, at.line, at.column,
        colour(rep, r->r.outcome == GH_OUTCOME_FAIL && !gh_report_is_waived(r) ? severity_colours[rule->severity] : "\033[2m"),
        gh_report_is_waived(r)            ? "waived"
        : r->r.outcome == GH_OUTCOME_FAIL ? gh_severity_names[rule->severity]
                                          : "unknown",
        colour(rep, "\033[0m"), rule->id, rule->title);
    put(f, "\n    ", gh_report_type(rep, r));
    put(f, " ", name);
    put(f, "\n    ", r->r.path);
    put(f, ": ", r->r.found);
    if (r->r.outcome == GH_OUTCOME_FAIL)
        put(f, "; wanted: ", r->r.wanted);
    if (r->r.outcome == GH_OUTCOME_FAIL && rule->fix != NULL)
        fprintf(f, "\n    fix: %s", rule->fix);
    if (r->r.is_if_deployed)
        fputs("\n    if deployed: its condition is not decided", f);
    if (r->waiver != NULL)
        put(f, r->waiver->is_expired ? "\n    its waiver expired " : "\n    waived until ", r->waiver->expires);
    fputs("\n", f);
}

static void
put_outcome(FILE *f, const struct gh_report *rep, enum gh_outcome outcome)
{
    for (size_t i = 0; i < rep->n; i++)
        if (rep->result[i].r.outcome == outcome)
            put_result(f, rep, &rep->result[i]);
}

static size_t
count_resources(const struct gh_report *rep)
{
    size_t n = 0;

    for (size_t i = 0; i < rep->n_files; i++)
        n += rep->file[i]->input.n_resources;
    return n;
}

void
gh_baseline_out_table_form(FILE *f, struct gh_report *rep)
{
    double score = gh_report_score(rep);

    put_outcome(f, rep, GH_OUTCOME_UNKNOWN);
    put_outcome(f, rep, GH_OUTCOME_FAIL);
    fprintf(f, "%s%zu files, %zu resources: %zu pass, %zu fail (%zu waived), %zu unknown, %zu n/a", rep->n > 0 ? "\n" : "",
        rep->n_files, count_resources(rep), rep->outcomes[GH_OUTCOME_PASS], rep->outcomes[GH_OUTCOME_FAIL], rep->waived,
        rep->outcomes[GH_OUTCOME_UNKNOWN], rep->outcomes[GH_OUTCOME_NA]);
    if (score >= 0)
        fprintf(f, "; score %.1f %%", score * 100);
    fputs("\n", f);
}
