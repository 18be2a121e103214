/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline_junit: a scan as a JUnit report: a file is a suite, a rule asked about a resource is a case. A fail is a failure; a waived one, what is
 * not decided and what is not asked are skipped, with the reason: never a case that passed.
 */
#include "cli/baseline_out.h"

/* Text of XML 1.0: markup escaped, characters that may not stand there replaced. */
static void
put(FILE *f, struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '&')
            fputs("&amp;", f);
        else if (c == '<')
            fputs("&lt;", f);
        else if (c == '>')
            fputs("&gt;", f);
        else if (c == '"')
            fputs("&quot;", f);
        else if (c == '\n' || c == '\t' || c == '\r')
            fprintf(f, "&#%u;", c);
        else
            fputc(c < 0x20 || c == 0x7f ? '?' : c, f);
    }
}

static void
put_attribute(FILE *f, const char *name, struct gh_str s)
{
    fprintf(f, " %s=\"", name);
    put(f, s);
    fputc('"', f);
}

static void
put_failure(FILE *f, const struct gh_report *rep, const struct gh_report_result *r)
{
    const struct gh_rule *rule = r->r.rule;
    struct gh_doc_place at = gh_report_place(rep, r);

    fputs("\n      <failure", f);
    put_attribute(f, "type", gh_str_z(gh_severity_names[rule->severity]));
    put_attribute(f, "message", gh_str_z(rule->title));
    fputc('>', f);
    put(f, gh_str_z(rep->file[r->file]->path));
    fprintf(f, ":%u:%u\n", at.line, at.column);
    put(f, r->r.path);
    fputs(" found: ", f);
    put(f, r->r.found);
    fputs("\nwanted: ", f);
    put(f, r->r.wanted);
    fputs("\nfix: ", f);
    put(f, gh_str_z(rule->fix));
    fputs("\ncontrol: ", f);
    put(f, gh_str_z(rule->control));
    fputs("</failure>\n    ", f);
}

static void
put_skipped(FILE *f, const char *what, struct gh_str why)
{
    fprintf(f, "\n      <skipped message=\"%s: ", what);
    put(f, why);
    fputs("\"/>\n    ", f);
}

static void
put_case(FILE *f, const struct gh_report *rep, const struct gh_report_result *r)
{
    struct gh_str type = gh_report_type(rep, r);
    char mem[512];
    struct gh_str name = gh_report_resource(rep, r, mem);

    fputs("    <testcase classname=\"", f);
    put(f, type.n > 0 ? type : GH_STR("template"));
    if (name.n > 0) {
        fputc(' ', f);
        put(f, name);
    }
    fputs("\" name=\"", f);
    put(f, gh_str_z(r->r.rule->id));
    fputc(' ', f);
    put(f, gh_str_z(r->r.rule->title));
    if (r->r.resource == GH_INPUT_NONE && r->r.path.n > 0) {
        fputc(' ', f);
        put(f, r->r.path);
    }
    fputs("\">", f);
    if (gh_report_is_waived(r))
        put_skipped(f, "waived", r->waiver->reason);
    else if (r->r.outcome == GH_OUTCOME_FAIL)
        put_failure(f, rep, r);
    else if (r->r.outcome != GH_OUTCOME_PASS)
        put_skipped(f, gh_outcome_names[r->r.outcome], r->r.found);
    fputs("</testcase>\n", f);
}

static void
put_suite(FILE *f, const struct gh_report *rep, const struct gh_report_file *file)
{
    size_t failures = 0, skipped = 0;

    for (size_t i = file->first; i < file->first + file->n; i++) {
        bool is_fail = rep->result[i].r.outcome == GH_OUTCOME_FAIL && !gh_report_is_waived(&rep->result[i]);
        failures += is_fail;
        skipped += !is_fail && rep->result[i].r.outcome != GH_OUTCOME_PASS;
    }
    fputs("  <testsuite", f);
    put_attribute(f, "name", gh_str_z(file->path));
    fprintf(f, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n", file->n, failures, skipped);
    for (size_t i = file->first; i < file->first + file->n; i++)
        put_case(f, rep, &rep->result[i]);
    fputs("  </testsuite>\n", f);
}

void
gh_baseline_out_junit(FILE *f, struct gh_report *rep)
{
    size_t failures = rep->outcomes[GH_OUTCOME_FAIL] - rep->waived;

    fprintf(f,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"gatehouse baseline\" tests=\"%zu\" failures=\"%zu\" "
        "errors=\"0\" "
        "skipped=\"%zu\">\n",
        rep->n, failures, rep->n - failures - rep->outcomes[GH_OUTCOME_PASS]);
    for (size_t i = 0; i < rep->n_files; i++)
        put_suite(f, rep, rep->file[i]);
    fputs("</testsuites>\n", f);
}
