/* SPDX-License-Identifier: Apache-2.0 */
/* cli/contain: everything of one identity, key, endpoint or backend is withdrawn; and what it did before, out of the records. */
#include <string.h>

#include "cli/objects.h"
#include "cli/records.h"
#include "cli/tree.h"
#include "host/host.h"
#include "wire/json.h"

#define PAGE  1000
#define LINES 200 /* of the timeline; the newest */

static const char *
text(const json_t *object, const char *name)
{
    const char *s = json_string_value(json_object_get(object, name));

    return s == NULL ? "" : s;
}

/* ---- whose records ---- */

struct subject {
    const char *path;
    const char *name;   /* last segment                                          */
    const char *alias;  /* principal string of an identity, as records name it   */
    const json_t *keys; /* paths that were withdrawn: keys are named by their id */
};

static bool
is_path_of(const char *record, const char *path)
{
    size_t n = strlen(path);

    return strncmp(record, path, n) == 0 && (record[n] == '\0' || record[n] == '/');
}

static bool
is_key(const struct subject *s, const char *credential)
{
    const json_t *one;
    size_t i;

    json_array_foreach((json_t *)(uintptr_t)s->keys, i, one)
    {
        const char *path = text(one, "path"), *slash = strrchr(path, '/');
        if (strstr(path, "/apiKeys/") != NULL && slash != NULL && credential[0] != '\0' && strcmp(slash + 1, credential) == 0)
            return true;
    }
    return false;
}

static bool
is_about(const struct subject *s, const json_t *record)
{
    const char *caller = text(record, "caller");

    if (s->alias[0] != '\0' && strcmp(caller, s->alias) == 0)
        return true;
    if (strcmp(caller, s->path) == 0 || is_key(s, text(record, "credential_id")))
        return true;
    if (is_path_of(text(record, "scope"), s->path) || is_path_of(text(record, "resource"), s->path))
        return true;
    return strstr(s->path, "/backends/") != NULL && strcmp(text(record, "backend"), s->name) == 0 &&
           strncmp(text(record, "scope"), s->path, (size_t)(strstr(s->path, "/backends/") - s->path) + 1) == 0;
}

/* The newest first, until there are enough. */
static int
read_timeline(json_t *lines, struct gh_access *x, const struct subject *s, const char *since)
{
    long long before = 0;

    for (;;) {
        gh_auto_json *page = NULL;
        const json_t *record;
        char order[96];
        struct gh_records_query q = {order, since, NULL, NULL};
        size_t i;
        int status;

        (void)snprintf(
            order, sizeof order, before > 0 ? "order=newest&limit=%d&before=%lld" : "order=newest&limit=%d", PAGE, before);
        if ((status = gh_records_fetch(&page, x, &q)) != GH_EXIT_DONE)
            return status;
        json_array_foreach(json_object_get(page, "value"), i, record)
        {
            if (is_about(s, record) && json_array_size(lines) < LINES)
                (void)json_array_append(lines, (json_t *)(uintptr_t)record);
        }
        if (json_array_size(lines) >= LINES || !json_is_integer(json_object_get(page, "next")))
            return GH_EXIT_DONE;
        before = json_integer_value(json_object_get(page, "next"));
    }
}

/* ---- told ---- */

static void
print_timeline(const json_t *lines)
{
    for (size_t i = json_array_size(lines); i > 0; i--) {
        const json_t *r = json_array_get(lines, i - 1);
        const char *what = text(r, "operation")[0] != '\0' ? text(r, "operation") : text(r, "route");
        printf("  %s  %-8s %-40s %s %s\n", text(r, "time"), text(r, "kind"), what,
            text(r, "scope")[0] != '\0' ? text(r, "scope") : text(r, "resource"), text(r, "reason"));
    }
}

static const struct {
    const char *how, *undo;
} undone[] = {
    {"disabled, and its tokens void",
        "to undo: write it again with enabled: true (gatehouse get PATH >x.yaml; edit; gatehouse apply -f x.yaml)"},
    {"switched off", "to undo: write it again with enabled: true (gatehouse get PATH >x.yaml; edit; gatehouse apply -f x.yaml)"},
    {"deleted", "keys cannot be put back: make new ones with gatehouse key create"},
    {"activation ended", "to undo: who was eligible still is, once enabled again: gatehouse access request"},
    {"request cancelled", "to undo: ask again"},
};

static void
print_withdrawn(const json_t *withdrawn, bool is_dry_run)
{
    const json_t *one;
    size_t i;

    printf(is_dry_run ? "would be withdrawn:\n" : "withdrawn:\n");
    json_array_foreach((json_t *)(uintptr_t)withdrawn, i, one) printf("  %-60s %s\n", text(one, "path"), text(one, "how"));
    for (size_t k = 0; !is_dry_run && k < sizeof undone / sizeof undone[0]; k++)
        json_array_foreach((json_t *)(uintptr_t)withdrawn, i, one) if (strcmp(text(one, "how"), undone[k].how) == 0)
        {
            fprintf(stderr, "%s\n", undone[k].undo);
            break;
        }
}

/* ---- done ---- */

static int
post(json_t **out, struct gh_cli *c, struct gh_access *x, struct gh_arena *a)
{
    const char *reason = gh_cli_value(c, GH_OPTION_REASON);
    struct gh_request r = {
        .method = "POST", .path = gh_cli_has(c, GH_OPTION_DRY_RUN) ? "/containments?dryRun=true" : "/containments"};
    struct gh_answer answer;
    struct gh_buf body;
    struct gh_jsonw w;
    int status;

    gh_buf_init(&body, a, 65536);
    gh_jsonw_init(&w, &body);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "target", gh_str_z(c->operand[0]));
    if (reason != NULL)
        gh_jsonw_kstr(&w, "reason", gh_str_z(reason));
    if (gh_cli_has(c, GH_OPTION_LAST_OWNER))
        gh_jsonw_kbool(&w, "lastOwner", true);
    gh_jsonw_end(&w, '}');
    r.body = gh_cli_objects_body(a, gh_buf_str(&body));
    if ((status = gh_access_call(&answer, x, a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status >= 300)
        return gh_access_refused(&r, &answer);
    *out = gh_tree_read(answer.body);
    return *out != NULL ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_REFUSED, "the answer cannot be read", NULL, NULL);
}

/* "issuer:subject" of an identity: as records name who called. */
static int
read_alias(char out[600], struct gh_cli *c, struct gh_access *x, struct gh_arena *a)
{
    const struct gh_request r = {.method = "GET", .path = c->operand[0]};
    struct gh_answer answer;
    gh_auto_json *object = NULL;
    int status;

    out[0] = '\0';
    if (strncmp(c->operand[0], "/identities/", 12) != 0)
        return GH_EXIT_DONE;
    if ((status = gh_cli_objects_call(&answer, x, a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status != 200)
        return gh_access_refused(&r, &answer);
    if ((object = gh_tree_read(answer.body)) == NULL)
        return GH_EXIT_DONE;
    const json_t *p = json_object_get(object, "properties");
    const char *issuer = text(p, "issuer"), *subject = text(p, "subject");
    (void)snprintf(out, 600, "%s:%s", issuer[0] == '\0' ? "gatehouse" : issuer, subject[0] == '\0' ? c->operand[0] + 12 : subject);
    return GH_EXIT_DONE;
}

int
gh_cli_contain(struct gh_cli *c)
{
    enum gh_format format = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    const char *since = gh_cli_value(c, GH_OPTION_SINCE), *slash = strrchr(c->operand[0], '/');
    bool is_dry_run = gh_cli_has(c, GH_OPTION_DRY_RUN);
    gh_auto_json *answer = NULL, *lines = json_array();
    gh_auto_access *x = NULL;
    char alias[600], from[40];
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), 64u << 20);
    if (format == GH_FORMAT_NONE || (status = gh_records_since(from, since == NULL ? "24h" : since)) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = read_alias(alias, c, x, &a)) != GH_EXIT_DONE ||
        (status = post(&answer, c, x, &a)) != GH_EXIT_DONE)
        return status;
    const json_t *object = is_dry_run ? json_object_get(answer, "result") : answer;
    json_t *withdrawn = json_object_get(json_object_get(object, "properties"), "withdrawn");
    const struct subject s = {c->operand[0], slash == NULL ? c->operand[0] : slash + 1, alias, withdrawn};
    /* what was withdrawn is withdrawn, whether its records can be read or not */
    if ((status = read_timeline(lines, x, &s, from)) != GH_EXIT_DONE)
        gh_cli_note("the timeline cannot be read; what stands below was done", c->operand[0]);
    if (format != GH_FORMAT_TABLE) {
        gh_auto_json *all = json_pack(
            "{s:s, s:b, s:O, s:O}", "target", c->operand[0], "dryRun", is_dry_run, "withdrawn", withdrawn, "timeline", lines);
        gh_cli_objects_print(all, format);
        return status;
    }
    printf("what it did since %s (at most %d entries):\n", from, LINES);
    print_timeline(lines);
    print_withdrawn(withdrawn, is_dry_run);
    return status;
}
