/* SPDX-License-Identifier: Apache-2.0 */
/* baseline own, baseline history: the installation's own objects, judged by control; an assessment is kept there. */
#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "baseline/rule.h"
#include "cli/access.h"
#include "cli/baseline_int.h"
#include "cli/objects.h"
#include "cli/tree.h"
#include "host/host.h"

#define ARENA_MAX (64u << 20)

static const char *
text(const json_t *object, const char *name)
{
    const char *s = json_string_value(json_object_get(object, name));

    return s == NULL ? "" : s;
}

static enum gh_severity
severity_of(const json_t *result)
{
    enum gh_severity s = GH_SEVERITY_OFF;

    return gh_baseline_severity(&s, text(result, "severity")) ? s : GH_SEVERITY_CRITICAL;
}

static const char *
colour(const char *outcome, bool is_colour)
{
    if (!is_colour)
        return "";
    return strcmp(outcome, "fail") == 0 ? "\033[31m" : strcmp(outcome, "pass") == 0 ? "\033[32m" : "\033[2m";
}

static void
print_result(const json_t *result, bool is_colour)
{
    const char *outcome = text(result, "outcome");

    printf("%s%-7s%s %-9s %-8s %s\n", colour(outcome, is_colour), outcome, is_colour ? "\033[0m" : "", text(result, "rule"),
        text(result, "severity"), text(result, "title"));
    if (strcmp(outcome, "fail") == 0 || strcmp(outcome, "unknown") == 0)
        printf("        %s: %s; wanted: %s\n", text(result, "resource"), text(result, "found"), text(result, "wanted"));
    else if (strcmp(outcome, "n/a") == 0)
        printf("        %s\n", text(result, "found"));
}

static void
print_report(const json_t *report, bool is_colour)
{
    const json_t *result;
    size_t i;

    json_array_foreach(json_object_get(report, "results"), i, result) print_result(result, is_colour);
    printf("\nscore %" JSON_INTEGER_FORMAT " %%: %" JSON_INTEGER_FORMAT " passed, %" JSON_INTEGER_FORMAT
           " failed, %" JSON_INTEGER_FORMAT " unknown, %" JSON_INTEGER_FORMAT " n/a\n",
        json_integer_value(json_object_get(report, "scorePercent")), json_integer_value(json_object_get(report, "passed")),
        json_integer_value(json_object_get(report, "failed")), json_integer_value(json_object_get(report, "unknown")),
        json_integer_value(json_object_get(report, "notApplicable")));
}

static bool
fails(const json_t *report, enum gh_severity from)
{
    const json_t *result;
    size_t i;

    json_array_foreach(json_object_get(report, "results"), i,
        result) if (strcmp(text(result, "outcome"), "fail") == 0 && severity_of(result) >= from) return true;
    return false;
}

int
gh_cli_baseline_own(struct gh_cli *c)
{
    const struct gh_request r = {.method = "POST", .path = "/assessments", .body = GH_STR("{}")};
    enum gh_format form = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    enum gh_severity from = GH_SEVERITY_LOW;
    gh_auto_json *object = NULL;
    gh_auto_access *x = NULL;
    struct gh_answer answer;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    if (form == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if (!gh_baseline_severity(&from, gh_cli_value(c, GH_OPTION_FAIL_ON)))
        return gh_cli_fail(GH_EXIT_UNABLE, "--fail-on is low, medium, high or critical", gh_cli_value(c, GH_OPTION_FAIL_ON), NULL);
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = gh_access_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status != 201) {
        (void)gh_access_refused(&r, &answer);
        return GH_EXIT_UNABLE; /* 1 is for what was judged and failed */
    }
    if ((object = gh_tree_read(answer.body)) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "the answer is no assessment", r.path, NULL);
    const json_t *report = json_object_get(json_object_get(object, "properties"), "report");
    if (form == GH_FORMAT_TABLE)
        print_report(report, c->is_colour);
    else
        gh_cli_objects_print(report, form);
    return fails(report, from) ? GH_EXIT_REFUSED : GH_EXIT_DONE;
}

int
gh_cli_baseline_history(struct gh_cli *c)
{
    enum gh_format form = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    gh_auto_json *all = json_array();
    gh_auto_access *x = NULL;
    const json_t *object;
    size_t i;
    int status;

    if (form == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE ||
        (status = gh_cli_objects_list_all(all, x, "/assessments")) != GH_EXIT_DONE)
        return status;
    if (form != GH_FORMAT_TABLE) {
        gh_cli_objects_print(all, form);
        return GH_EXIT_DONE;
    }
    printf("%-24s  %5s  %6s  %6s\n", "AT", "SCORE", "PASSED", "FAILED");
    json_array_foreach(all, i, object)
    {
        const json_t *report = json_object_get(json_object_get(object, "properties"), "report");

        printf("%-24s  %3" JSON_INTEGER_FORMAT " %%  %6" JSON_INTEGER_FORMAT "  %6" JSON_INTEGER_FORMAT "\n", text(report, "at"),
            json_integer_value(json_object_get(report, "scorePercent")), json_integer_value(json_object_get(report, "passed")),
            json_integer_value(json_object_get(report, "failed")));
    }
    return GH_EXIT_DONE;
}
