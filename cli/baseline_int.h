/* SPDX-License-Identifier: Apache-2.0 */
/* baseline_int: what the files of `gatehouse baseline scan` share alone. */
#ifndef GH_CLI_BASELINE_INT_H
#define GH_CLI_BASELINE_INT_H

#include "cli/baseline_out.h"
#include "cli/command.h"

/* ---- baseline.c ---- */

/* "high" and the like, in any case; NULL leaves *out as it is. False: another word. */
bool gh_baseline_severity(enum gh_severity *out, const char *word);

/* ---- baseline_find.c: which files ---- */

struct gh_found {
    char *path;       /* a template or an export; "-" is standard input */
    char *parameters; /* its parameter file, or NULL                    */
};
struct gh_finds {
    struct gh_found *file;
    size_t n, cap;
    bool is_walked;   /* some directory was walked */
};
/* Adds what an operand names: a file, or a directory with all *.json below it. Exit status; failures were told. */
int gh_baseline_find(struct gh_finds *f, const char *operand);
void gh_baseline_find_fini(struct gh_finds *f);

/* ---- baseline_waiver.c ---- */

/* Reads --waivers into the report. `now_ms` decides which have expired. Exit status; failures were told. */
int gh_baseline_waivers(struct gh_report *rep, struct gh_arena *a, const char *path, int64_t now_ms);
/* The waiver that covers a fail, one that is in force before an expired one, or NULL. */
const struct gh_waiver *gh_baseline_waiver_of(struct gh_report *rep, const struct gh_report_result *r);

/* ---- baseline_report.c ---- */

/* The whole text of a file, or of standard input for "-". Exit status; failures were told. */
int gh_baseline_read(struct gh_str *out, struct gh_arena *a, const char *path);
/* FILE:LINE:COLUMN: what, on stderr; GH_EXIT_UNABLE. */
int gh_baseline_fail_at(const char *path, struct gh_doc_place place, const char *what);
/* Reads and judges one file into the report. Exit status. */
int gh_report_add(struct gh_report *rep, const struct gh_found *found);
/* Files of one scan are one input: what none of them has is said once, and what one of them has is not missed in another. */
void gh_report_merge(struct gh_report *rep);
/* Waivers, sums, and how many fails count. */
void gh_report_count(struct gh_report *rep);
void gh_report_fini(struct gh_report *rep);

/* ---- baseline_fix.c: corrected copies of templates, and how they differ; exit status ---- */
int gh_baseline_fix(const struct gh_report *rep, const char *out_dir, FILE *diff);

#endif
