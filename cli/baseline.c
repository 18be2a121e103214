/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline: `gatehouse baseline scan`: templates and exports against the table of rules. No server, no login, no network.
 * Exit status: 0 no unwaived fail at or above --fail-on; 1 there is one; 2 wrong words, or something that could not be read.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/baseline_compat.h"
#include "cli/baseline_int.h"
#include "cli/yamldoc.h"
#include "host/host.h"

#define PROGRESS_FROM 8 /* files */

static const struct gh_baseline_out *
find_form(const char *name)
{
    for (size_t i = 0; i < gh_baseline_out_count; i++)
        if (strcmp(gh_baseline_out_table[i].name, name == NULL ? "table" : name) == 0)
            return &gh_baseline_out_table[i];
    return NULL;
}

bool
gh_baseline_severity(enum gh_severity *out, const char *word)
{
    for (int s = GH_SEVERITY_LOW; word != NULL && s < GH_SEVERITY_COUNT; s++) {
        if (gh_str_eq_ci(gh_str_z(word), gh_str_z(gh_severity_names[s]))) {
            *out = (enum gh_severity)s;
            return true;
        }
    }
    return word == NULL;
}

static int
read_config(struct gh_baseline_config *config, struct gh_arena *a, const char *path)
{
    struct gh_yamldoc_error why;
    struct gh_yamldoc_mark m;
    struct gh_yamldoc *d;
    struct gh_err err = {.what = ""};
    struct gh_str text;
    struct gh_json j;

    gh_config_init(config);
    if (path == NULL)
        return GH_EXIT_DONE;
    if (gh_file_read(&text, a, AT_FDCWD, path, GH_YAMLDOC_BYTES_MAX) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the configuration cannot be read", path, NULL);
    if (gh_yamldoc_read(&d, a, text, &why) != GH_OK)
        return gh_baseline_fail_at(path, (struct gh_doc_place){why.line, why.column}, why.what);
    if (d == NULL || d->next != NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "one document is wanted", path, NULL);
    if (gh_json_parse(&j, a, d->json, &err) == GH_OK && gh_config_parse(config, a, &j, &err) == GH_OK)
        return GH_EXIT_DONE;
    m = gh_yamldoc_place(d, err.at);
    return gh_baseline_fail_at(path, (struct gh_doc_place){m.line, m.column}, err.what);
}

/* ---- files ---- */

static void
show_progress(size_t done, size_t n)
{
    static const char bar[] = "########################################";
    int full = (int)(done * 40 / n);

    if (n < PROGRESS_FROM || !isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r[%-40.*s] %zu of %zu files", full, bar, done, n);
    if (done == n)
        fputs("\r\033[K", stderr);
}

static int
find_all(struct gh_finds *finds, const struct gh_cli *c)
{
    const char *parameters = gh_cli_value(c, GH_OPTION_PARAMETERS);

    for (size_t i = 0; i < c->n_operands; i++)
        if (gh_baseline_find(finds, c->operand[i]) != GH_EXIT_DONE)
            return GH_EXIT_UNABLE;
    if (parameters == NULL)
        return GH_EXIT_DONE;
    if (finds->n != 1)
        return gh_cli_fail(GH_EXIT_UNABLE, "--parameters belongs to one template; more files are named", parameters, NULL);
    free(finds->file[0].parameters);
    finds->file[0].parameters = strdup(parameters);
    return finds->file[0].parameters != NULL ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
}

/* A file that cannot be read does not hide what is found in the others; the exit status says that it was there. */
static int
judge_all(struct gh_report *rep, const struct gh_finds *finds)
{
    int status = GH_EXIT_DONE;

    for (size_t i = 0; i < finds->n; i++) {
        show_progress(i, finds->n);
        if (gh_report_add(rep, &finds->file[i]) != GH_EXIT_DONE)
            status = GH_EXIT_UNABLE;
    }
    if (finds->n > 0)
        show_progress(finds->n, finds->n);
    return status;
}

/* What the reader and the waivers have to say beside results: on stderr. */
static void
say_notes(const struct gh_report *rep)
{
    for (size_t i = 0; i < rep->n_files; i++) {
        const struct gh_report_file *f = rep->file[i];
        for (uint32_t k = 0; k < f->input.n_notes && k < 32; k++)
            (void)gh_baseline_fail_at(f->path, gh_doc_place(&f->input.doc, f->input.note[k].at), f->input.note[k].what);
    }
    for (size_t i = 0; i < rep->n_waivers; i++) {
        if (rep->waiver[i].is_expired)
            (void)gh_cli_fail_str(0, "a waiver has expired: its fails count again", rep->waiver[i].rule, NULL);
        else if (rep->waiver[i].n_used == 0)
            (void)gh_cli_fail_str(0, "a waiver covers nothing", rep->waiver[i].rule, NULL);
    }
}

static int
scan(const struct gh_cli *c, struct gh_report *rep, const struct gh_finds *finds, const struct gh_baseline_out *form)
{
    bool is_people = strcmp(form->name, "table") == 0;
    int status;

    rep->is_brief = form->is_brief && !gh_cli_has(c, GH_OPTION_FIX);
    status = judge_all(rep, finds);

    if (rep->n_files == 0)
        return GH_EXIT_UNABLE;
    gh_report_merge(rep);
    gh_report_count(rep);
    if (gh_cli_has(c, GH_OPTION_POLICY))
        gh_baseline_out_policy(stdout, rep);
    else
        form->write(stdout, rep);
    say_notes(rep);
    if (gh_cli_has(c, GH_OPTION_FIX) &&
        gh_baseline_fix(rep, gh_cli_value(c, GH_OPTION_OUT), is_people ? stdout : stderr) != GH_EXIT_DONE)
        status = GH_EXIT_UNABLE;
    if (status != GH_EXIT_DONE)
        return status;
    return rep->failed_at_or_above > 0 ? GH_EXIT_REFUSED : GH_EXIT_DONE;
}

int
gh_cli_baseline_scan(struct gh_cli *c)
{
    const char *waivers = gh_cli_value(c, GH_OPTION_WAIVERS), *format = gh_cli_value(c, GH_OPTION_OUTPUT);
    const struct gh_baseline_out *form = find_form(format);
    struct gh_baseline_config config;
    struct gh_report rep = {.config = &config, .fail_on = GH_SEVERITY_LOW, .is_colour = c->is_colour};
    struct gh_finds finds = {.n = 0};
    int status = GH_EXIT_DONE;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), 64u << 20);
    if (form == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "there is no such form of output", format, "see: gatehouse help baseline scan");
    if (!gh_baseline_severity(&rep.fail_on, gh_cli_value(c, GH_OPTION_FAIL_ON)))
        return gh_cli_fail(GH_EXIT_UNABLE, "--fail-on is low, medium, high or critical", gh_cli_value(c, GH_OPTION_FAIL_ON), NULL);
    if (gh_cli_has(c, GH_OPTION_OUT) && !gh_cli_has(c, GH_OPTION_FIX))
        return gh_cli_fail(GH_EXIT_UNABLE, "--out says where --fix writes", NULL, NULL);
    rep.compat = gh_cli_value(c, GH_OPTION_COMPAT);
    if (rep.compat != NULL && gh_baseline_tool(rep.compat) == GH_TOOL_NONE)
        return gh_cli_fail(GH_EXIT_UNABLE, "--compat is psrule, checkov or policy", rep.compat, NULL);
    status = read_config(&config, &a, gh_cli_value(c, GH_OPTION_CONFIG));
    if (status == GH_EXIT_DONE && waivers != NULL)
        status = gh_baseline_waivers(&rep, &a, waivers, gh_now_ms());
    if (status == GH_EXIT_DONE)
        status = find_all(&finds, c);
    if (status == GH_EXIT_DONE)
        status = scan(c, &rep, &finds, form);
    gh_report_fini(&rep);
    gh_baseline_find_fini(&finds);
    return status;
}
