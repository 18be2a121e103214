/* SPDX-License-Identifier: Apache-2.0 */
/* cli/risk: how sure the installation is of each identity, and a person's word about one. */
#include <string.h>

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

static void
print_words(const json_t *words)
{
    const json_t *word;
    size_t i;

    json_array_foreach(words, i, word) printf("%s%s", i == 0 ? "" : ", ", json_string_value(word));
}

static const char *
colour(const char *level, bool is_colour)
{
    if (!is_colour)
        return "";
    return strcmp(level, "high") == 0 ? "\033[31m" : strcmp(level, "medium") == 0 ? "\033[33m" : "";
}

/* ---- list ---- */

static void
print_line(const json_t *item, bool is_colour)
{
    const json_t *p = json_object_get(item, "properties");
    const char *level = text(p, "level");

    printf("%s%-7s%s %-24s  %-40s  ", colour(level, is_colour), level, is_colour ? "\033[0m" : "", text(p, "since"),
        text(p, "principal"));
    print_words(json_object_get(p, "reasons"));
    printf("\n");
}

int
gh_cli_risk_list(struct gh_cli *c)
{
    enum gh_format form = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    const char *level = gh_cli_value(c, GH_OPTION_LEVEL);
    gh_auto_json *all = json_array();
    gh_auto_access *x = NULL;
    const json_t *item;
    char path[64];
    size_t i;
    int status;

    if (form == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if (level != NULL && strlen(level) > 16)
        return gh_cli_fail(GH_EXIT_UNABLE, "--level is none, low, medium or high", level, NULL);
    (void)snprintf(path, sizeof path, "/risk%s%s", level == NULL ? "" : "?level=", level == NULL ? "" : level);
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = gh_cli_objects_list_all(all, x, path)) != GH_EXIT_DONE)
        return status;
    if (form != GH_FORMAT_TABLE) {
        gh_cli_objects_print(all, form);
        return GH_EXIT_DONE;
    }
    if (json_array_size(all) == 0)
        printf("nobody is at risk\n");
    else
        printf("%-7s %-24s  %-40s  %s\n", "LEVEL", "SINCE", "PRINCIPAL", "WHY");
    json_array_foreach(all, i, item) print_line(item, c->is_colour);
    return GH_EXIT_DONE;
}

/* ---- show ---- */

static void
print_history(const json_t *history)
{
    const json_t *e;
    size_t i;

    json_array_foreach(history, i, e)
    {
        printf("  %-24s  %-7s %-20s %-3s ", text(e, "at"), text(e, "level"), text(e, "network"), text(e, "country"));
        print_words(json_object_get(e, "found"));
        printf("\n");
    }
}

static void
print_one(const json_t *item)
{
    static const char *const names[] = {"level", "since", "decaysAt", "firstSeen", "lastSeen", "country"};
    const json_t *p = json_object_get(item, "properties");

    printf("%s\n", text(p, "principal"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text(p, names[i])[0] != '\0')
            printf("  %-10s %s\n", names[i], text(p, names[i]));
    printf("  %-10s %" JSON_INTEGER_FORMAT ", from ", "sign-ins", json_integer_value(json_object_get(p, "signIns")));
    print_words(json_object_get(p, "networks"));
    printf("; %" JSON_INTEGER_FORMAT " devices\n", json_integer_value(json_object_get(p, "devices")));
    if (json_is_true(json_object_get(p, "confirmed")))
        printf("  a person says that it is compromised\n");
    print_history(json_object_get(p, "history"));
}

int
gh_cli_risk_show(struct gh_cli *c)
{
    enum gh_format form = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    gh_auto_json *all = json_array();
    gh_auto_access *x = NULL;
    struct gh_buf path;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    if (form == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    gh_buf_init(&path, &a, 4096);
    gh_buf_putz(&path, "/risk?principal=");
    gh_access_escape(&path, gh_str_z(c->operand[0]));
    gh_buf_putc(&path, '\0');
    if (path.rc != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the name is too long", NULL, NULL);
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = gh_cli_objects_list_all(all, x, path.p)) != GH_EXIT_DONE)
        return status;
    if (json_array_size(all) == 0)
        return gh_cli_fail(GH_EXIT_REFUSED, "never seen", c->operand[0], "who was seen: gatehouse risk list --level none");
    if (form == GH_FORMAT_TABLE)
        print_one(json_array_get(all, 0));
    else
        gh_cli_objects_print(json_array_get(all, 0), form);
    return GH_EXIT_DONE;
}

/* ---- decide ---- */

static int
decide(struct gh_cli *c, const char *state)
{
    const char *reason = gh_cli_value(c, GH_OPTION_REASON);
    struct gh_request r = {.method = "POST", .path = "/riskDecisions"};
    gh_auto_access *x = NULL;
    struct gh_answer answer;
    struct gh_jsonw w;
    struct gh_buf body;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    gh_buf_init(&body, &a, 1u << 16);
    gh_jsonw_init(&w, &body);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "principal", gh_str_z(c->operand[0]));
    gh_jsonw_kstr(&w, "state", gh_str_z(state));
    if (reason != NULL)
        gh_jsonw_kstr(&w, "comment", gh_str_z(reason));
    gh_jsonw_end(&w, '}');
    r.body = gh_cli_objects_body(&a, gh_buf_str(&body));
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = gh_access_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status != 201)
        return gh_access_refused(&r, &answer);
    printf("%s: %s\n", c->operand[0], state);
    return GH_EXIT_DONE;
}

int
gh_cli_risk_confirm(struct gh_cli *c)
{
    return decide(c, "confirmedCompromised");
}

int
gh_cli_risk_dismiss(struct gh_cli *c)
{
    return decide(c, "dismissed");
}
