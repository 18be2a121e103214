/* SPDX-License-Identifier: Apache-2.0 */
/* cli/audit: tail, export, head, key: reading the chain through the management API. */
#include <stdlib.h>
#include <unistd.h>

#include "base/codec.h"
#include "cli/objects.h"
#include "cli/records.h"
#include "cli/tree.h"
#include "host/host.h"
#include "wire/json.h"

#define PAGE         1000
#define TAIL_DEFAULT 20
#define FOLLOW_US    500000
#define ARENA_MAX    (256u << 20)

/* ---- tail ---- */

struct tail {
    struct gh_cli *c;
    struct gh_access *x;
    enum gh_format format;
    char since[40]; /* RFC 3339, "" for any */
};

/* One page as a tree. `order` is the rest of the query: "order=newest&limit=20", "after=7&limit=1000". */
static int
fetch(json_t **out, const struct tail *t, const char *order)
{
    const struct gh_records_query q = {order, t->since, gh_cli_value(t->c, GH_OPTION_KIND), gh_cli_value(t->c, GH_OPTION_CALLER)};

    return gh_records_fetch(out, t->x, &q);
}

static const char *
field(const json_t *r, const char *name)
{
    const char *s = json_string_value(json_object_get(r, name));

    return s == NULL ? "" : s;
}

/* What happened, who, where, how it ended: the first that is there of each group. */
static const char *
first_of(const json_t *r, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (field(r, *names)[0] != '\0')
            return field(r, *names);
    }
    return "-";
}

/* Every look at the chain is a record of it: following would show itself for ever. */
static bool
is_own_look(const struct tail *t, const json_t *r)
{
    return gh_cli_has(t->c, GH_OPTION_FOLLOW) && strcmp(field(r, "kind"), "admin") == 0 &&
           strcmp(field(r, "action"), gh_action_table[GH_ACTION_AUDIT_READ].string.p) == 0;
}

static void
print_record(const struct tail *t, const json_t *r)
{
    static const char *const what[] = {"action", "operation", "detail", NULL},
                             *const where[] = {"scope", "resource", "route", NULL}, *const how[] = {"reason", "end", "rule", NULL};
    bool is_bad = strcmp(field(r, "verdict"), "deny") == 0 || strcmp(field(r, "kind"), "spool_gap") == 0;
    const json_t *status = json_object_get(r, "status");

    if (is_own_look(t, r))
        return;
    if (t->format == GH_FORMAT_JSON) {
        (void)json_dumpf(r, stdout, JSON_COMPACT);
        putchar('\n');
        return;
    }
    printf("%s%8lld %-24s %-12s %-5s ", t->c->is_colour && is_bad ? "\033[31m" : "",
        (long long)json_integer_value(json_object_get(r, "n")), field(r, "time"), field(r, "kind"), field(r, "verdict"));
    if (json_is_integer(status))
        printf("%lld ", (long long)json_integer_value(status));
    printf("%s %s %s %s%s\n", field(r, "caller")[0] == '\0' ? "-" : field(r, "caller"), first_of(r, what), first_of(r, where),
        first_of(r, how), t->c->is_colour && is_bad ? "\033[0m" : "");
}

/* The newest `n`, oldest of them first. *last: end of the chain as seen. */
static int
print_newest(uint64_t *last, const struct tail *t, uint64_t n)
{
    gh_auto_json *page = NULL;
    const json_t *value;
    char order[64];
    int status;

    (void)snprintf(order, sizeof order, "order=newest&limit=%llu", (unsigned long long)(n == 0 ? 1 : n));
    if ((status = fetch(&page, t, order)) != GH_EXIT_DONE)
        return status;
    value = json_object_get(page, "value");
    for (size_t i = n == 0 ? 0 : json_array_size(value); i > 0; i--)
        print_record(t, json_array_get(value, i - 1));
    *last = (uint64_t)json_integer_value(json_object_get(page, "last"));
    return GH_EXIT_DONE;
}

/* All behind *last; moves it to the end. */
static int
print_behind(uint64_t *last, const struct tail *t)
{
    for (;;) {
        gh_auto_json *page = NULL;
        json_t *r;
        size_t i;
        char order[64];
        int status;

        (void)snprintf(order, sizeof order, "after=%llu&limit=%d", (unsigned long long)*last, PAGE);
        if ((status = fetch(&page, t, order)) != GH_EXIT_DONE)
            return status;
        json_array_foreach(json_object_get(page, "value"), i, r) print_record(t, r);
        if (!json_is_integer(json_object_get(page, "next"))) {
            *last = (uint64_t)json_integer_value(json_object_get(page, "last"));
            return GH_EXIT_DONE;
        }
        *last = (uint64_t)json_integer_value(json_object_get(page, "next"));
    }
}

static int
run_tail(struct tail *t)
{
    const char *lines = gh_cli_value(t->c, GH_OPTION_LINES);
    uint64_t n = TAIL_DEFAULT, last = 0;
    int status;

    if (lines != NULL && gh_str_u64(&n, gh_str_z(lines), PAGE) != GH_OK)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "-n is a number up to 1000", lines, "more: gatehouse audit tail --since 7d, or gatehouse audit export");
    status = t->since[0] != '\0' && lines == NULL ? print_behind(&last, t) : print_newest(&last, t, n);
    while (status == GH_EXIT_DONE && gh_cli_has(t->c, GH_OPTION_FOLLOW)) {
        (void)fflush(stdout);
        (void)usleep(FOLLOW_US);
        status = ferror(stdout) ? GH_EXIT_REFUSED : print_behind(&last, t);
    }
    return status;
}

int
gh_cli_audit_tail(struct gh_cli *c)
{
    struct tail t = {.c = c, .format = gh_cli_objects_format(c, GH_FORMAT_TABLE)};
    const char *since = gh_cli_value(c, GH_OPTION_SINCE);
    int status;

    if (t.format == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if (t.format == GH_FORMAT_YAML)
        return gh_cli_fail(GH_EXIT_UNABLE, "records are a table, or with -o json one object a line", NULL, NULL);
    if (since != NULL && (status = gh_records_since(t.since, since)) != GH_EXIT_DONE)
        return status;
    if ((status = gh_access_open(&t.x, c)) != GH_EXIT_DONE)
        return status;
    status = run_tail(&t);
    gh_access_free(t.x);
    return status;
}

/* ---- export ---- */

int
gh_cli_audit_export(struct gh_cli *c)
{
    const char *format = gh_cli_value(c, GH_OPTION_FORMAT), *after = gh_cli_value(c, GH_OPTION_AFTER);
    struct gh_request r = {.method = "GET"};
    gh_auto_access *x = NULL;
    struct gh_answer answer;
    struct gh_buf path;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    gh_buf_init(&path, &a, 4096);
    gh_buf_putz(&path, "/audit/export?version=1");
    gh_records_put_arg(&path, "format", format);
    gh_records_put_arg(&path, "after", after);
    gh_buf_putc(&path, '\0');
    if (path.rc != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the options are too long", NULL, NULL);
    r.path = path.p;
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = gh_access_stream(&answer, x, &a, &r, stdout)) != GH_EXIT_DONE)
        return status;
    return answer.status == 200 ? GH_EXIT_DONE : gh_access_refused(&r, &answer);
}

/* ---- head and key ---- */

static int
fetch_text(struct gh_answer *answer, struct gh_cli *c, struct gh_arena *a, const char *path)
{
    struct gh_request r = {.method = "GET", .path = path};
    gh_auto_access *x = NULL;
    int status;

    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = gh_access_call(answer, x, a, &r)) != GH_EXIT_DONE)
        return status;
    return answer->status == 200 ? GH_EXIT_DONE : gh_access_refused(&r, answer);
}

int
gh_cli_audit_head(struct gh_cli *c)
{
    struct gh_answer answer;
    struct gh_json j;
    gh_json_ref head;
    int64_t n_unsigned = 0;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    if ((status = fetch_text(&answer, c, &a, "/audit/head")) != GH_EXIT_DONE)
        return status;
    if (gh_json_parse(&j, &a, answer.body, NULL) != GH_OK || gh_json_opt_i64(&n_unsigned, &j, 0, "unsigned") != GH_OK)
        return gh_cli_fail(GH_EXIT_REFUSED, "the answer is no head", NULL, NULL);
    head = gh_json_get(&j, 0, GH_STR("head"));
    if (gh_json_type(&j, head) != GH_JSON_OBJECT)
        return gh_cli_fail(GH_EXIT_REFUSED, "no head is signed yet", NULL, "does vault run? gatehouse status --data DIR");
    printf("%.*s\n", (int)gh_json_raw(&j, head).n, gh_json_raw(&j, head).p);
    if (n_unsigned > 0)
        fprintf(stderr, "gatehouse: %lld newer entries are not signed yet\n", (long long)n_unsigned);
    return GH_EXIT_DONE;
}

int
gh_cli_audit_key(struct gh_cli *c)
{
    struct gh_answer answer;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    if ((status = fetch_text(&answer, c, &a, "/audit/key")) != GH_EXIT_DONE)
        return status;
    printf("%.*s", (int)answer.body.n, answer.body.p);
    return GH_EXIT_DONE;
}
