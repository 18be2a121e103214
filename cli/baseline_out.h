/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/baseline_out: what a scan found, and the table of forms in which it is written. A form is one row of gh_baseline_out_table
 * (baseline_out.c): a name for -o and a function that writes the whole report to a stream.
 */
#ifndef GH_CLI_BASELINE_OUT_H
#define GH_CLI_BASELINE_OUT_H

#include <stdio.h>

#include "baseline/judge.h"

struct gh_waiver {
    struct gh_str rule, resource, reason, owner; /* rule and resource may have `*` */
    struct gh_str expires;                       /* as written                     */
    bool is_expired;
    uint32_t n_used;                             /* fails that it covered, or would have */
};

struct gh_report_file {
    const char *path;        /* as given, or found in a directory */
    const char *parameters;  /* parameter file, or NULL           */
    struct gh_arena arena;
    struct gh_input input;
    size_t first, n;         /* its results in gh_report.result   */
};

struct gh_report_result {
    struct gh_result r;      /* strings live with the file's arena */
    uint32_t file;           /* index                              */
    const struct gh_waiver *waiver; /* not NULL: waived, or was until the waiver expired */
};

struct gh_report {
    struct gh_report_file **file;
    size_t n_files, cap_files;
    struct gh_report_result *result;
    size_t n, cap;
    struct gh_waiver *waiver;
    size_t n_waivers;
    const struct gh_baseline_config *config;
    enum gh_severity fail_on;
    const char *compat;      /* psrule, checkov, policy, or NULL */
    /* sums, made by gh_report_count */
    size_t outcomes[GH_OUTCOME_COUNT], waived, failed_at_or_above;
    uint64_t weight_pass, weight_judged;
    bool is_colour;          /* stdout is a terminal that wants it */
    bool is_brief;           /* what passes or is n/a is counted, and not kept: nobody prints it */
    size_t n_passed[GH_SEVERITY_COUNT], n_na; /* what was not kept */
};

/* ---- questions about one result ---- */

struct gh_doc_place gh_report_place(const struct gh_report *rep, const struct gh_report_result *r); /* line and column from 1 */
/* Name of the resource for people, unknown parts in braces; "" for what is about a template or the whole input. In `mem`. */
struct gh_str gh_report_resource(const struct gh_report *rep, const struct gh_report_result *r, char mem[512]);
struct gh_str gh_report_type(const struct gh_report *rep, const struct gh_report_result *r);
static inline bool
gh_report_is_waived(const struct gh_report_result *r)
{
    return r->waiver != NULL && !r->waiver->is_expired;
}
/* Weights of what passed over weights of what was judged, 0 to 1; -1 when nothing was judged. */
double gh_report_score(const struct gh_report *rep);

/* ---- forms ---- */

struct gh_baseline_out {
    const char *name;
    void (*write)(FILE *f, struct gh_report *rep);
    const char *help;
    bool is_brief;           /* prints nothing of what passes or is n/a but how many */
};
extern const struct gh_baseline_out gh_baseline_out_table[];
extern const size_t gh_baseline_out_count;

void gh_baseline_out_table_form(FILE *f, struct gh_report *rep); /* baseline_table.c */
void gh_baseline_out_json(FILE *f, struct gh_report *rep);       /* baseline_json.c  */
void gh_baseline_out_sarif(FILE *f, struct gh_report *rep);      /* baseline_sarif.c */
void gh_baseline_out_junit(FILE *f, struct gh_report *rep);
void gh_baseline_out_markdown(FILE *f, struct gh_report *rep);
void gh_baseline_out_policy(FILE *f, struct gh_report *rep);     /* --policy, baseline_policy.c */

#endif
