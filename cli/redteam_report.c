/* SPDX-License-Identifier: Apache-2.0 */
/* cli/redteam_report: what got through, for people and for programs; and what was good before and is not any more. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/redteam.h"
#include "host/host.h"

#define BASELINE_MAX (4u << 20)

static json_t *
outcomes(const struct gh_redteam *r)
{
    json_t *o = json_object();

    for (size_t i = 0; i < r->n; i++)
        (void)json_object_set_new(o, r->probe[i].id, json_string(gh_redteam_outcomes[r->probe[i].outcome]));
    return o;
}

static int
save(const struct gh_redteam *r, const char *path)
{
    gh_auto_json *j = json_pack("{s:i, s:o}", "version", 1, "outcomes", outcomes(r));
    gh_auto_fd fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    if (j == NULL || fd < 0 || json_dumpfd(j, fd, JSON_INDENT(1) | JSON_SORT_KEYS) != 0 || write(fd, "\n", 1) != 1)
        return gh_cli_fail(GH_EXIT_UNABLE, "the baseline cannot be written", path, NULL);
    gh_cli_note("this is the first run: its outcomes were saved as the baseline", path);
    return GH_EXIT_DONE;
}

static bool
was_good(const json_t *saved, const struct gh_probe *p)
{
    const char *word = json_string_value(json_object_get(saved, p->id));

    for (int o = 0; word != NULL && o < GH_REDTEAM_OUTCOMES; o++) {
        if (strcmp(word, gh_redteam_outcomes[o]) == 0)
            return gh_probe_is_good(p->expect, (enum gh_redteam_outcome)o);
    }
    return false; /* a probe that is new cannot have become worse */
}

int
gh_redteam_baseline(json_t *worse, const struct gh_redteam *r, const char *path)
{
    gh_auto_json *j = NULL;
    gh_auto_arena a;
    struct gh_str text;
    const json_t *saved;

    gh_arena_init(&a, gh_heap(), 2 * BASELINE_MAX);
    if (access(path, F_OK) != 0)
        return save(r, path);
    if (gh_file_read(&text, &a, AT_FDCWD, path, BASELINE_MAX) == GH_OK)
        j = gh_tree_read(text);
    saved = json_object_get(j, "outcomes");
    if (json_integer_value(json_object_get(j, "version")) != 1 || !json_is_object(saved))
        return gh_cli_fail(
            GH_EXIT_UNABLE, "this is no baseline of a red team", path, "name another file, or remove it to save a new one");
    for (size_t i = 0; i < r->n; i++) {
        if (was_good(saved, &r->probe[i]) && !gh_probe_is_good(r->probe[i].expect, r->probe[i].outcome))
            (void)json_array_append_new(worse, json_string(r->probe[i].id));
    }
    return json_array_size(worse) == 0 ? GH_EXIT_DONE : GH_EXIT_REFUSED;
}

/* {family: {probes, blocked, answered, leaked, undecided, good}}, in the order of the file. */
static json_t *
families(const struct gh_redteam *r)
{
    json_t *all = json_object();

    for (size_t i = 0; i < r->n; i++) {
        const struct gh_probe *p = &r->probe[i];
        json_t *f = json_object_get(all, p->family), *n;
        const char *words[] = {"probes", gh_redteam_outcomes[p->outcome], gh_probe_is_good(p->expect, p->outcome) ? "good" : "bad"};

        if (f == NULL) {
            f = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "probes", 0, "good", 0, "bad", 0, "blocked", 0, "answered", 0,
                "leaked", 0, "undecided", 0);
            (void)json_object_set_new(all, p->family, f);
        }
        for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
            n = json_object_get(f, words[k]);
            (void)json_integer_set(n, json_integer_value(n) + 1);
        }
    }
    return all;
}

static json_t *
through(const struct gh_redteam *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n; i++) {
        const struct gh_probe *p = &r->probe[i];
        if (!gh_probe_is_good(p->expect, p->outcome))
            (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i}", "id", p->id, "family", p->family, "outcome",
                                                  gh_redteam_outcomes[p->outcome], "status", (int)p->status));
    }
    return list;
}

static void
report_table(json_t *all, const json_t *bad, const json_t *worse, bool is_colour)
{
    const char *red = is_colour ? "\033[31m" : "", *off = is_colour ? "\033[0m" : "", *name;
    json_t *f, *one;
    size_t i;

    printf("%-14s %7s %6s %8s %9s %7s %10s\n", "FAMILY", "PROBES", "GOOD", "BLOCKED", "ANSWERED", "LEAKED", "UNDECIDED");
    json_object_foreach(all, name, f)
    {
        static const char *const columns[] = {"probes", "good", "blocked", "answered", "leaked", "undecided"};
        static const int width[] = {7, 6, 8, 9, 7, 10};
        printf("%-14s", name);
        for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++)
            printf(" %*lld", width[k], (long long)json_integer_value(json_object_get(f, columns[k])));
        putchar('\n');
    }
    if (json_array_size(bad) > 0)
        puts("\nNot as it should be:");
    json_array_foreach(bad, i, one) printf("  %s%-18s%s %s (HTTP %lld)\n", red, json_string_value(json_object_get(one, "id")), off,
        json_string_value(json_object_get(one, "outcome")), (long long)json_integer_value(json_object_get(one, "status")));
    if (json_array_size(worse) > 0)
        puts("\nWorse than the baseline:");
    json_array_foreach(worse, i, one) printf("  %s%s%s\n", red, json_string_value(one), off);
}

void
gh_redteam_report(const struct gh_redteam *r, const json_t *worse, bool is_json, bool is_colour)
{
    gh_auto_json *all = families(r), *bad = through(r);

    if (!is_json) {
        report_table(all, bad, worse, is_colour);
        return;
    }
    gh_auto_json *whole = json_pack("{s:i, s:O, s:O, s:O, s:o}", "probes", (int)r->n, "families", all, "through", bad,
        "regressions", worse, "outcomes", outcomes(r));
    (void)json_dumpf(whole, stdout, JSON_INDENT(2));
    putchar('\n');
}
