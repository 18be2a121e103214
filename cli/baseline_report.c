/* SPDX-License-Identifier: Apache-2.0 */
/* baseline_report: files are read and judged, results are kept, counted, and asked about. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/redact.h"
#include "cli/baseline_int.h"
#include "host/host.h"

#define ARENA_MAX   ((size_t)768 << 20) /* of one file: 64 MiB of text, its nodes, resources and results */
#define RESULTS_MAX 20000000u

int
gh_baseline_fail_at(const char *path, struct gh_doc_place place, const char *what)
{
    char text[4096 + 64];

    (void)snprintf(text, sizeof text, "%.4000s:%u:%u: %s", path, place.line, place.column, what);
    return gh_cli_fail(GH_EXIT_UNABLE, text, NULL, NULL);
}

int
gh_baseline_read(struct gh_str *out, struct gh_arena *a, const char *path)
{
    enum gh_rc rc;

    if (strcmp(path, "-") == 0)
        rc = gh_read_all(out, a, STDIN_FILENO, GH_DOC_BYTES_MAX);
    else
        rc = gh_file_read(out, a, AT_FDCWD, path, GH_DOC_BYTES_MAX);
    if (rc == GH_OK)
        return GH_EXIT_DONE;
    return gh_cli_fail(GH_EXIT_UNABLE, rc == GH_LIMIT ? "the file is longer than 64 MiB" : "the file cannot be read", path, NULL);
}

/* ---- results ---- */

struct taker {
    struct gh_report *rep;
    uint32_t file;
    bool is_full;
    size_t n_passed[GH_SEVERITY_COUNT], n_na; /* of this file, not kept */
};

/* Counted instead of kept? What one file has is asked about for the others (missing). */
static bool
is_counted(struct taker *t, const struct gh_result *r)
{
    bool is_pass = r->outcome == GH_OUTCOME_PASS, is_na = r->outcome == GH_OUTCOME_NA;

    if (!t->rep->is_brief || r->rule->missing != NULL || (!is_pass && !is_na))
        return false;
    t->n_passed[r->rule->severity] += is_pass;
    t->n_na += is_na;
    return true;
}

static void
take(void *ctx, const struct gh_result *r)
{
    struct taker *t = ctx;
    struct gh_report *rep = t->rep;

    if (is_counted(t, r))
        return;
    if (rep->n == rep->cap) {
        size_t cap = rep->cap == 0 ? 256 : rep->cap + rep->cap / 2;
        struct gh_report_result *more = cap > RESULTS_MAX ? NULL : realloc(rep->result, cap * sizeof *more);
        if (more == NULL) {
            t->is_full = true;
            return;
        }
        rep->result = more;
        rep->cap = cap;
    }
    rep->result[rep->n++] = (struct gh_report_result){.r = *r, .file = t->file};
}

static int
read_parameters(struct gh_doc *doc, struct gh_report_file *f)
{
    struct gh_err err = {.what = ""};
    struct gh_str text;

    if (gh_baseline_read(&text, &f->arena, f->parameters) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    if (gh_doc_read(doc, &f->arena, text, &err) != GH_OK)
        return gh_baseline_fail_at(f->parameters, gh_doc_text_place(text, err.at), err.what);
    if (gh_input_shape(doc, &err) != GH_INPUT_PARAMETERS)
        return gh_baseline_fail_at(f->parameters, (struct gh_doc_place){1, 1}, "not a parameter file");
    return GH_EXIT_DONE;
}

static int
judge(struct gh_report *rep, struct gh_report_file *f, uint32_t index)
{
    struct taker t = {.rep = rep, .file = index};
    struct gh_doc *parameters = gh_arena_take(&f->arena, sizeof *parameters);
    struct gh_err err = {.what = ""};
    struct gh_str text;

    if (parameters == NULL || gh_baseline_read(&text, &f->arena, f->path) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    if (f->parameters != NULL && read_parameters(parameters, f) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    if (gh_input_read(&f->input, &f->arena, text, f->parameters != NULL ? parameters : NULL, &err) != GH_OK)
        return gh_baseline_fail_at(f->path, gh_doc_text_place(text, err.at), err.what);
    if (f->parameters != NULL && f->input.shape != GH_INPUT_TEMPLATE)
        return gh_baseline_fail_at(f->path, (struct gh_doc_place){1, 1}, "parameters are for templates, and this is none");
    f->first = rep->n;
    if (gh_judge_run(&f->input, rep->config, take, &t) != GH_OK || t.is_full)
        return gh_baseline_fail_at(f->path, (struct gh_doc_place){1, 1}, "not enough memory to judge this file");
    f->n = rep->n - f->first;
    rep->n_na += t.n_na;
    for (int s = 0; s < GH_SEVERITY_COUNT; s++)
        rep->n_passed[s] += t.n_passed[s];
    return GH_EXIT_DONE;
}

int
gh_report_add(struct gh_report *rep, const struct gh_found *found)
{
    struct gh_report_file *f = calloc(1, sizeof *f);
    size_t before = rep->n;

    if (rep->n_files == rep->cap_files) {
        size_t cap = rep->cap_files == 0 ? 16 : rep->cap_files * 2;
        struct gh_report_file **more = realloc(rep->file, cap * sizeof(struct gh_report_file *));
        if (more != NULL) {
            rep->file = more;
            rep->cap_files = cap;
        }
    }
    if (f == NULL || rep->n_files == rep->cap_files) {
        free(f);
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    }
    f->path = found->path;
    f->parameters = found->parameters;
    gh_arena_init(&f->arena, gh_heap(), ARENA_MAX);
    if (judge(rep, f, (uint32_t)rep->n_files) != GH_EXIT_DONE) {
        rep->n = before;
        gh_arena_fini(&f->arena);
        free(f);
        return GH_EXIT_UNABLE;
    }
    rep->file[rep->n_files++] = f;
    return GH_EXIT_DONE;
}

void
gh_report_fini(struct gh_report *rep)
{
    for (size_t i = 0; i < rep->n_files; i++) {
        gh_arena_fini(&rep->file[i]->arena);
        free(rep->file[i]);
    }
    free(rep->file);
    free(rep->result);
    free(rep->waiver);
}

/* ---- what no file has ---- */

static bool
is_missing(const struct gh_result *r)
{
    return r->rule->missing != NULL && r->resource == GH_INPUT_NONE && r->outcome == GH_OUTCOME_UNKNOWN;
}

#define ASKED_MAX 32 /* rules that say when nothing of theirs is there */

struct asked {
    const struct gh_rule *rule;
    bool is_met, is_said;
};

/* The rule's entry; NULL: it has none, and no room is left. */
static struct asked *
asked_of(struct asked list[ASKED_MAX], const struct gh_rule *rule)
{
    size_t i = 0;

    for (; i < ASKED_MAX && list[i].rule != NULL; i++)
        if (list[i].rule == rule)
            return &list[i];
    if (i == ASKED_MAX)
        return NULL;
    list[i].rule = rule;
    return &list[i];
}

/* Some file has what the rule asks for, or it was said before that none has. */
static bool
is_told_already(struct asked list[ASKED_MAX], const struct gh_result *r)
{
    struct asked *a = is_missing(r) ? asked_of(list, r->rule) : NULL;
    bool is_told = a != NULL && (a->is_met || a->is_said);

    if (a != NULL)
        a->is_said = true;
    return is_told;
}

void
gh_report_merge(struct gh_report *rep)
{
    struct asked list[ASKED_MAX] = {{.rule = NULL}}, *a;
    size_t n = 0;

    for (size_t i = 0; i < rep->n; i++) {
        const struct gh_result *r = &rep->result[i].r;
        bool is_met = r->rule->missing != NULL && r->resource != GH_INPUT_NONE && r->outcome != GH_OUTCOME_NA;
        if (is_met && (a = asked_of(list, r->rule)) != NULL)
            a->is_met = true;
    }
    for (size_t f = 0; f < rep->n_files; f++) {
        size_t from = rep->file[f]->first, end = from + rep->file[f]->n;
        rep->file[f]->first = n;
        for (size_t i = from; i < end; i++)
            if (!is_told_already(list, &rep->result[i].r))
                rep->result[n++] = rep->result[i];
        rep->file[f]->n = n - rep->file[f]->first;
    }
    rep->n = n;
}

/* ---- sums ---- */

void
gh_report_count(struct gh_report *rep)
{
    rep->outcomes[GH_OUTCOME_NA] = rep->n_na;
    for (int s = 0; s < GH_SEVERITY_COUNT; s++) {
        rep->outcomes[GH_OUTCOME_PASS] += rep->n_passed[s];
        rep->weight_judged += rep->n_passed[s] * gh_severity_weights[s];
        rep->weight_pass += rep->n_passed[s] * gh_severity_weights[s];
    }
    for (size_t i = 0; i < rep->n; i++) {
        struct gh_report_result *r = &rep->result[i];
        enum gh_severity severity = r->r.rule->severity;
        bool is_waived;

        if (r->r.outcome == GH_OUTCOME_FAIL)
            r->waiver = gh_baseline_waiver_of(rep, r);
        is_waived = gh_report_is_waived(r);
        rep->outcomes[r->r.outcome]++;
        rep->waived += is_waived;
        rep->failed_at_or_above += r->r.outcome == GH_OUTCOME_FAIL && !is_waived && severity >= rep->fail_on;
        if (is_waived || (r->r.outcome != GH_OUTCOME_PASS && r->r.outcome != GH_OUTCOME_FAIL))
            continue;
        rep->weight_judged += gh_severity_weights[severity];
        rep->weight_pass += r->r.outcome == GH_OUTCOME_PASS ? gh_severity_weights[severity] : 0;
    }
}

double
gh_report_score(const struct gh_report *rep)
{
    return rep->weight_judged == 0 ? -1 : (double)rep->weight_pass / (double)rep->weight_judged;
}

/* ---- questions ---- */

struct gh_doc_place
gh_report_place(const struct gh_report *rep, const struct gh_report_result *r)
{
    return gh_doc_place(&rep->file[r->file]->input.doc, r->r.at);
}

struct gh_str
gh_report_resource(const struct gh_report *rep, const struct gh_report_result *r, char mem[512])
{
    const struct gh_input *in = &rep->file[r->file]->input;
    const struct gh_value *name;
    struct gh_buf b;

    if (r->r.resource == GH_INPUT_NONE)
        return GH_STR("");
    name = &in->resource[r->r.resource].name;
    if (name->is_secret)
        return GH_STR("(hidden)");
    gh_buf_init_fixed(&b, mem, 512);
    if (name->kind == GH_VALUE_UNKNOWN && name->s.n > 0) {
        gh_buf_putc(&b, '{');
        gh_redact_put(&b, name->s, 120);
        gh_buf_putc(&b, '}');
    } else if (name->kind == GH_VALUE_STR) {
        gh_value_show(&b, *name, 120);
    }
    return gh_buf_str(&b);
}

struct gh_str
gh_report_type(const struct gh_report *rep, const struct gh_report_result *r)
{
    return r->r.resource == GH_INPUT_NONE ? GH_STR("") : rep->file[r->file]->input.resource[r->r.resource].type;
}
