/* SPDX-License-Identifier: Apache-2.0 */
/* cli/recommend: access recommend: granted, used, unused, the smaller role, and its proof. */
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

static long long
number(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

static void
print_grants(const json_t *one)
{
    const json_t *g;
    size_t i;

    json_array_foreach(json_object_get(one, "granted"), i, g)
    {
        const char *last = text(g, "lastUsedAt");
        bool is_group = strncmp(text(g, "principal"), "/groups/", 8) == 0;
        printf("  granted  %-40s at %-40s %8lld uses, last %s%s%s\n", text(g, "role"), text(g, "scope"), number(g, "uses"),
            last[0] == '\0' ? "never" : last, is_group ? ", by " : "", is_group ? text(g, "principal") : "");
    }
}

static void
print_uses(const json_t *one)
{
    const json_t *u;
    size_t i;

    json_array_foreach(json_object_get(one, "used"), i, u)
        printf("  used     %-60s at %-40s %8lld requests\n", text(u, "action"), text(u, "scope"), number(u, "requests"));
    printf("  unused   %zu actions that were granted\n", json_array_size(json_object_get(one, "unused")));
}

static void
print_actions(const json_t *permissions)
{
    static const char *const lists[] = {"actions", "dataActions"};
    const json_t *action;
    size_t i;

    for (size_t k = 0; k < 2; k++)
        json_array_foreach(json_object_get(json_array_get(permissions, 0), lists[k]), i, action)
            printf("             %s %s\n", lists[k], json_string_value(action));
}

static void
print_proposal(const json_t *one)
{
    const json_t *p;
    size_t i;

    json_array_foreach(json_object_get(one, "proposed"), i, p)
    {
        printf("  %-8s %s", text(p, "change"), text(p, "assignment"));
        if (strcmp(text(p, "change"), "replace") != 0) {
            printf("%s%s\n", text(p, "because")[0] == '\0' ? "" : ": ", text(p, "because"));
            continue;
        }
        printf(" by %s at %s\n", text(p, "role"), text(p, "scope"));
        if (json_is_true(json_object_get(p, "generated")))
            print_actions(json_object_get(p, "permissions"));
    }
}

static void
print_eligible(const json_t *one)
{
    const json_t *e;
    size_t i;

    json_array_foreach(json_object_get(one, "eligible"), i, e) printf("  %-8s %s (%s at %s, activated %lld times): %s\n",
        text(e, "change"), text(e, "eligibility"), text(e, "role"), text(e, "scope"), number(e, "activations"), text(e, "because"));
}

static void
print_one(const json_t *one)
{
    const json_t *proof = json_object_get(one, "proof");

    printf("%s\n", text(one, "principal"));
    print_grants(one);
    print_uses(one);
    print_proposal(one);
    print_eligible(one);
    printf("  proof    %lld requests replayed, %lld denied", number(proof, "requests"), number(proof, "denied"));
    if (number(proof, "deniedAlready") > 0)
        printf(" (%lld are denied as things are)", number(proof, "deniedAlready"));
    printf("\n");
    if (!json_is_true(json_object_get(one, "recordsReachBack")))
        printf("  note     records reach back to %s only, not to %s\n", text(one, "recordsSince"), text(one, "lookBackFrom"));
}

/* One page; *next is what the page behind begins after, or NULL. The caller owns *page. */
static int
fetch(json_t **page, struct gh_access *x, const struct gh_cli *c, const char *after)
{
    const char *look_back = gh_cli_value(c, GH_OPTION_LOOK_BACK);
    const struct {
        const char *name, *value;
    } args[] = {{"principal", c->n_operands > 0 ? c->operand[0] : NULL}, {"lookBack", look_back}, {"after", after}};
    struct gh_request r = {.method = "GET"};
    struct gh_answer answer;
    struct gh_buf path;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    gh_buf_init(&path, &a, 4096);
    gh_buf_putz(&path, "/recommendations?");
    for (size_t i = 0; i < 3; i++) {
        if (args[i].value == NULL)
            continue;
        gh_buf_putc(&path, '&');
        gh_buf_putz(&path, args[i].name);
        gh_buf_putc(&path, '=');
        gh_access_escape(&path, gh_str_z(args[i].value));
    }
    gh_buf_putc(&path, '\0');
    if (path.rc != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "the name is too long", NULL, NULL);
    r.path = path.p;
    if ((status = gh_access_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status != 200)
        return gh_access_refused(&r, &answer);
    *page = gh_tree_read(answer.body);
    return *page != NULL ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_REFUSED, "the answer is no list of recommendations", NULL, NULL);
}

static int
fetch_all(json_t *all, struct gh_access *x, const struct gh_cli *c)
{
    char after[600] = "";

    for (;;) {
        gh_auto_json *page = NULL;
        int status = fetch(&page, x, c, after[0] == '\0' ? NULL : after);

        if (status != GH_EXIT_DONE)
            return status;
        if (json_array_extend(all, json_object_get(page, "value")) != 0)
            return gh_cli_fail(GH_EXIT_REFUSED, "out of memory", NULL, NULL);
        const char *next = text(page, "next");
        if (next[0] == '\0' || strlen(next) >= sizeof after)
            return GH_EXIT_DONE;
        memcpy(after, next, strlen(next) + 1);
    }
}

int
gh_cli_recommend(struct gh_cli *c)
{
    enum gh_format form = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    gh_auto_json *all = json_array();
    gh_auto_access *x = NULL;
    const json_t *one;
    size_t i;
    int status;

    if (form == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = fetch_all(all, x, c)) != GH_EXIT_DONE)
        return status;
    if (form != GH_FORMAT_TABLE) {
        gh_cli_objects_print(all, form);
        return GH_EXIT_DONE;
    }
    if (json_array_size(all) == 0)
        printf("nobody has an assignment of his own\n");
    json_array_foreach(all, i, one) print_one(one);
    return GH_EXIT_DONE;
}
