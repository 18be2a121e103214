/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/observe: what controls that only observed would have blocked, out of the close records of calls: one line for each endpoint, control,
 * caller, reason and tool.
 */
#include <string.h>

#include "cli/objects.h"
#include "cli/records.h"
#include "cli/tree.h"
#include "host/host.h"

#define PAGE       1000
#define GROUPS_MAX 10000 /* lines of one report; more are counted together */

struct report {
    json_t *groups;  /* {key: line}, in the order in which they were first seen */
    long long calls; /* that hold an observed control                            */
    long long more;  /* findings without a line of their own                     */
};

static const char *
text(const json_t *object, const char *name)
{
    const char *s = json_string_value(json_object_get(object, name));

    return s == NULL ? "" : s;
}

/* "/workspaces/w/endpoints/e" of a scope that may go on to a deployment. */
static struct gh_str
endpoint_of(const char *scope)
{
    struct gh_str s = gh_str_z(scope);
    size_t slashes = 0, at = 0;

    while (at < s.n && (s.p[at] != '/' || ++slashes <= 4))
        at++;
    return gh_str_sub(s, 0, at);
}

static json_t *
new_line(const json_t *record, struct gh_str endpoint, const char *control, const char *reason)
{
    return json_pack("{s:s%, s:s, s:s, s:s, s:s, s:i, s:s, s:s}", "endpoint", endpoint.p, endpoint.n, "control", control, "caller",
        text(record, "caller"), "reason", reason, "tool", strcmp(control, "tools") == 0 ? text(record, "tool") : "", "count", 0,
        "first", text(record, "time"), "last", text(record, "time"));
}

static int
add(struct report *r, const json_t *record, const char *control, const char *reason)
{
    struct gh_str endpoint = endpoint_of(text(record, "scope"));
    char key[2048];
    json_t *line = new_line(record, endpoint, control, reason), *known;

    if (line == NULL)
        return gh_cli_fail(GH_EXIT_REFUSED, "a record cannot be read, or memory is short", text(record, "request_id"), NULL);
    (void)snprintf(key, sizeof key, "%.*s\n%s\n%s\n%s\n%s", (int)endpoint.n, endpoint.p, control, text(line, "caller"), reason,
        text(line, "tool"));
    if ((known = json_object_get(r->groups, key)) != NULL)
        json_decref(line);
    else if (json_object_size(r->groups) == GROUPS_MAX) {
        json_decref(line);
        r->more++;
        return GH_EXIT_DONE;
    } else if (json_object_set_new(r->groups, key, known = line) != 0)
        return gh_cli_fail(GH_EXIT_REFUSED, "out of memory", NULL, NULL);
    json_t *count = json_object_get(known, "count");
    (void)json_integer_set(count, json_integer_value(count) + 1);
    (void)json_string_set(json_object_get(known, "last"), text(record, "time"));
    return GH_EXIT_DONE;
}

static int
add_record(struct report *r, const json_t *record)
{
    json_t *controls = json_object_get(record, "controls"), *one;
    const char *control;
    bool has_any = false;
    int status = GH_EXIT_DONE;

    json_object_foreach(controls, control, one)
    {
        if (strcmp(text(one, "result"), "observed") != 0)
            continue;
        has_any = true;
        if ((status = add(r, record, control, text(one, "reason"))) != GH_EXIT_DONE)
            return status;
    }
    r->calls += has_any;
    return status;
}

static int
read_all(struct report *r, struct gh_access *x, const char *since)
{
    long long after = 0;

    for (;;) {
        gh_auto_json *page = NULL;
        json_t *record;
        size_t i;
        char order[64];
        struct gh_records_query q = {order, since, "close", NULL};
        int status;

        (void)snprintf(order, sizeof order, "after=%lld&limit=%d", after, PAGE);
        if ((status = gh_records_fetch(&page, x, &q)) != GH_EXIT_DONE)
            return status;
        json_array_foreach(json_object_get(page, "value"), i, record)
        {
            if ((status = add_record(r, record)) != GH_EXIT_DONE)
                return status;
        }
        if (!json_is_integer(json_object_get(page, "next")))
            return GH_EXIT_DONE;
        after = json_integer_value(json_object_get(page, "next"));
    }
}

static void
print_table(const struct report *r)
{
    const char *key;
    json_t *line;

    if (json_object_size(r->groups) == 0) {
        printf("nothing would have been blocked by a control that only observed\n");
        return;
    }
    printf("%8s  %-24s %-24s %-14s %s\n", "CALLS", "FIRST", "LAST", "CONTROL", "ENDPOINT  CALLER  WHY");
    json_object_foreach(r->groups, key, line)
    {
        const char *tool = text(line, "tool");
        printf("%8lld  %-24s %-24s %-14s %s  %s  %s%s%s%s\n", (long long)json_integer_value(json_object_get(line, "count")),
            text(line, "first"), text(line, "last"), text(line, "control"), text(line, "endpoint"), text(line, "caller"),
            text(line, "reason"), tool[0] == '\0' ? "" : " (", tool, tool[0] == '\0' ? "" : ")");
    }
    printf("%lld %s would have been blocked%s\n", r->calls, r->calls == 1 ? "call" : "calls",
        r->more > 0 ? "; there are more kinds of findings than lines" : "");
}

static int
print_json(const struct report *r, const char *since)
{
    gh_auto_json *all = json_pack("{s:s*, s:I, s:I, s:[]}", "since", since[0] == '\0' ? NULL : since, "calls", (json_int_t)r->calls,
        "more", (json_int_t)r->more, "value");
    const char *key;
    json_t *line;

    json_object_foreach(r->groups, key, line)
    {
        if (json_array_append(json_object_get(all, "value"), line) != 0)
            return gh_cli_fail(GH_EXIT_REFUSED, "out of memory", NULL, NULL);
    }
    gh_cli_objects_print(all, GH_FORMAT_JSON);
    return GH_EXIT_DONE;
}

int
gh_cli_observe_report(struct gh_cli *c)
{
    enum gh_format format = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    const char *given = gh_cli_value(c, GH_OPTION_SINCE);
    gh_auto_json *groups = json_object();
    struct report r = {.groups = groups};
    gh_auto_access *x = NULL;
    char since[40] = "";
    int status;

    if (format == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if (format == GH_FORMAT_YAML)
        return gh_cli_fail(GH_EXIT_UNABLE, "a report is a table, or with -o json an object", NULL, NULL);
    if (given != NULL && (status = gh_records_since(since, given)) != GH_EXIT_DONE)
        return status;
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = read_all(&r, x, since)) != GH_EXIT_DONE)
        return status;
    if (format == GH_FORMAT_JSON)
        return print_json(&r, since);
    print_table(&r);
    return GH_EXIT_DONE;
}
