/* SPDX-License-Identifier: Apache-2.0 */
/* cli/rights: check, explain, who-can, what-can: of a server, or of files. */
#include "cli/rights.h"

#include <stdlib.h>
#include <string.h>

#include "cli/objects.h"
#include "cli/tree.h"
#include "control/access/access.h"
#include "host/host.h"

#define ARENA_MAX  ((size_t)512 << 20)
#define ANSWER_MAX (64u << 20)

/* ---- the words of a question ---- */

/* --with NAME=VALUE */
static struct gh_str
with(const struct gh_cli *c, const char *name)
{
    const char *given;
    size_t n = strlen(name);

    for (size_t i = 0; (given = gh_cli_nth(c, GH_OPTION_WITH, i)) != NULL; i++)
        if (strncmp(given, name, n) == 0 && given[n] == '=')
            return gh_str_z(given + n + 1);
    return gh_str(NULL, 0);
}

static struct gh_str
word(void *ctx, const char *name)
{
    static const struct {
        const char *name;
        enum gh_option option;
    } rows[] = {{"principal", GH_OPTION_AS}, {"action", GH_OPTION_ACTION}, {"scope", GH_OPTION_SCOPE}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(name, rows[i].name) == 0)
            return gh_str_z(gh_cli_value(ctx, rows[i].option));
    return with(ctx, name);
}

static const char *const known[] = {"groups", "ip", "country", "client", "platform", "proofs"};

static int
check_words(const struct gh_cli *c)
{
    const char *given;

    for (size_t i = 0; (given = gh_cli_nth(c, GH_OPTION_WITH, i)) != NULL; i++) {
        bool is_known = false;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            is_known = is_known || (strncmp(given, known[k], strlen(known[k])) == 0 && given[strlen(known[k])] == '=');
        if (!is_known)
            return gh_cli_fail(GH_EXIT_UNABLE, "--with takes groups=, ip=, country=, client=, platform= or proofs=", given, NULL);
    }
    return GH_EXIT_DONE;
}

/* ---- whom to ask ---- */

static int
ask_files(json_t **answer, const struct gh_cli *c, enum gh_access_verb verb)
{
    struct apply_list l = {0};
    struct gh_offline *o = NULL;
    struct gh_view *view = NULL;
    struct gh_err err = {0};
    struct gh_jsonw w;
    struct gh_buf b;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    l.a = &a;
    if ((status = gh_apply_load_all(&l, c)) == GH_EXIT_DONE && (status = gh_rights_of_files(&o, &l)) == GH_EXIT_DONE) {
        enum gh_rc rc = gh_offline_view(&view, o);
        struct gh_access_ask ask = {.a = &a, .now_ms = gh_now_ms(), .value = word, .ctx = (void *)(uintptr_t)c};
        gh_buf_init(&b, &a, ANSWER_MAX);
        gh_jsonw_init(&w, &b);
        gh_jsonw_obj(&w);
        if (rc == GH_OK) {
            ask.snap = &view->snap;
            rc = gh_access_answer(&w, verb, &ask, &err);
        }
        gh_jsonw_end(&w, '}');
        if (rc != GH_OK || b.rc != GH_OK || (*answer = gh_tree_read(gh_buf_str(&b))) == NULL)
            status = gh_cli_fail(GH_EXIT_UNABLE, err.what != NULL ? err.what : "out of memory", NULL, NULL);
    }
    gh_view_unref(view);
    gh_offline_close(o);
    gh_apply_fini(&l);
    return status;
}

static void
put_query(struct gh_buf *path, const struct gh_cli *c)
{
    static const char *const names[] = {"principal", "action", "scope", "groups", "ip", "country", "client", "platform", "proofs"};
    char sign = '?';

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct gh_str v = word((void *)(uintptr_t)c, names[i]);
        if (v.n == 0)
            continue;
        gh_buf_putc(path, sign);
        gh_buf_putz(path, names[i]);
        gh_buf_putc(path, '=');
        gh_access_escape(path, v);
        sign = '&';
    }
    gh_buf_putc(path, '\0');
}

static int
ask_server(json_t **answer, const struct gh_cli *c, enum gh_access_verb verb)
{
    gh_auto_access *x = NULL;
    struct gh_answer got;
    struct gh_buf path;
    gh_auto_arena a = {0};
    int status = gh_access_open(&x, c);

    if (status != GH_EXIT_DONE)
        return status;
    gh_arena_init(&a, gh_heap(), 2 * (size_t)ANSWER_MAX);
    gh_buf_init(&path, &a, 16384);
    gh_buf_putz(&path, "/access/");
    gh_buf_putz(&path, gh_access_words[verb]);
    put_query(&path, c);
    const struct gh_request r = {.method = "GET", .path = path.rc == GH_OK ? path.p : "/"};
    if ((status = gh_access_call(&got, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (got.status != 200) {
        (void)gh_access_refused(&r, &got);
        return GH_EXIT_UNABLE;
    }
    return (*answer = gh_tree_read(got.body)) != NULL ? GH_EXIT_DONE
                                                      : gh_cli_fail(GH_EXIT_UNABLE, "the answer is no JSON", NULL, NULL);
}

/* ---- telling ---- */

static const char *
text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s == NULL ? "" : s;
}

static void
print_decision(const json_t *answer)
{
    const json_t *p;
    size_t i;

    printf("%s: %s\n", text(answer, "decision"), text(answer, "reason"));
    printf("  by    %s%s%s%s\n", text(answer, "rule"), *text(answer, "role") != '\0' ? " (" : "", text(answer, "role"),
        *text(answer, "role") != '\0' ? ")" : "");
    json_array_foreach(json_object_get(answer, "conditionalAccess"), i, p)
    {
        const char *id = text(p, "id"); /* none where who asks may not read policies */
        printf("  %s  %s%s %s %s\n", i == 0 ? "with" : "    ", *id != '\0' ? "/conditionalAccess/" : "",
            *id != '\0' ? id : text(p, "displayName"), text(p, "result"), text(p, "because"));
    }
}

static void
print_explained(const json_t *answer)
{
    const json_t *v;
    size_t i;

    print_decision(answer);
    json_array_foreach(json_object_get(answer, "principals"), i, v)
    {
        printf("  %s  %s\n", i == 0 ? "as  " : "    ", json_string_value(v));
    }
    json_array_foreach(json_object_get(answer, "considered"), i, v)
    {
        printf("  %s %s at %s%s%s through %s: %s\n", text(v, "kind"), text(v, "rule"), text(v, "scope"),
            *text(v, "role") != '\0' ? ", " : "", text(v, "role"), text(v, "through"), text(v, "outcome"));
    }
}

static void
print_who(const json_t *answer)
{
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(answer, "principals"), i, v)
    {
        printf("%-40s %-36s %s\n", text(v, "principal"), text(v, "role"), text(v, "rule"));
    }
    if (json_array_size(json_object_get(answer, "principals")) == 0)
        printf("nobody\n");
}

static void
print_what(const json_t *answer)
{
    const json_t *v, *action;
    size_t i, k;

    json_array_foreach(json_object_get(answer, "scopes"), i, v)
    {
        printf("%s\n", text(v, "scope"));
        json_array_foreach(json_object_get(v, "actions"), k, action)
        {
            printf("  %s\n", json_string_value(action));
        }
    }
    if (json_array_size(json_object_get(answer, "scopes")) == 0)
        printf("nothing\n");
}

static int
run(const struct gh_cli *c, enum gh_access_verb verb, void (*print)(const json_t *))
{
    enum gh_format f = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    gh_auto_json *answer = NULL;
    int status;

    if (f == GH_FORMAT_NONE || check_words(c) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    status = gh_cli_has(c, GH_OPTION_FILE) ? ask_files(&answer, c, verb) : ask_server(&answer, c, verb);
    if (status != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    if (f == GH_FORMAT_TABLE)
        print(answer);
    else
        gh_cli_objects_print(answer, f);
    if (json_is_false(json_object_get(answer, "isWhole")))
        gh_cli_note("there are more than this shows", NULL);
    const char *decision = text(answer, "decision");
    return *decision == '\0' || strcmp(decision, "allow") == 0 ? GH_EXIT_DONE
           : strcmp(decision, "deny") == 0                     ? GH_EXIT_REFUSED
                                                               : GH_EXIT_UNABLE;
}

int
gh_cli_access_check(struct gh_cli *c)
{
    return run(c, GH_ACCESS_CHECK, print_decision);
}

int
gh_cli_access_explain(struct gh_cli *c)
{
    return run(c, GH_ACCESS_EXPLAIN, print_explained);
}

int
gh_cli_access_who(struct gh_cli *c)
{
    return run(c, GH_ACCESS_WHO_CAN, print_who);
}

int
gh_cli_access_what(struct gh_cli *c)
{
    return run(c, GH_ACCESS_WHAT_CAN, print_what);
}
