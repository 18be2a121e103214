/* SPDX-License-Identifier: Apache-2.0 */
/* cli/review: access reviews. Instances and decisions are resources; these commands find the right ones. */
#include <string.h>

#include "cli/objects.h"
#include "cli/tree.h"
#include "host/host.h"

#define ARENA_MAX      (64u << 20)
#define PATH_MAX_BYTES 512

static const char *
text(const json_t *object, const char *name)
{
    const char *s = json_string_value(json_object_get(object, name));

    return s == NULL ? "" : s;
}

static const json_t *
props(const json_t *item)
{
    return json_object_get(item, "properties");
}

static long long
number(const json_t *item, const char *name)
{
    return (long long)json_integer_value(json_object_get(props(item), name));
}

/* ---- writing ---- */

/* PUT; 200 or 201, or it was told why not. */
static int
put(struct gh_access *x, const char *path, const json_t *properties)
{
    struct gh_request r = {.method = "PUT", .path = path};
    struct gh_answer answer;
    gh_auto_arena a;
    int status;
    char *dump = json_dumps(properties, JSON_COMPACT);

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    r.body = gh_cli_objects_body(&a, gh_str_z(dump));
    status = r.body.p == NULL ? gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL) : gh_cli_objects_call(&answer, x, &a, &r);
    free(dump);
    if (status != GH_EXIT_DONE)
        return status;
    return answer.status == 200 || answer.status == 201 ? GH_EXIT_DONE : gh_access_refused(&r, &answer);
}

static void
set_text(json_t *o, const char *name, const char *value)
{
    if (value != NULL)
        (void)json_object_set_new(o, name, json_string(value));
}

static json_t *
words_of(const char *list)
{
    json_t *out = json_array();
    struct gh_str rest = gh_str_z(list), word;

    while (rest.n > 0 && gh_str_cut(&word, &rest, ','))
        (void)json_array_append_new(out, json_stringn(word.p, word.n));
    return out;
}

int
gh_cli_review_create(struct gh_cli *c)
{
    const char *kinds = gh_cli_value(c, GH_OPTION_KIND);
    gh_auto_json *o = json_object();
    gh_auto_access *x = NULL;
    char path[PATH_MAX_BYTES];
    int status;

    if (snprintf(path, sizeof path, "/accessReviews/%s", c->operand[0]) >= (int)sizeof path)
        return gh_cli_fail(GH_EXIT_UNABLE, "the name is too long", c->operand[0], NULL);
    set_text(o, "displayName", c->operand[0]);
    set_text(o, "scope", gh_cli_value(c, GH_OPTION_SCOPE));
    set_text(o, "recurrence", gh_cli_value(c, GH_OPTION_EVERY));
    set_text(o, "instanceDuration", gh_cli_value(c, GH_OPTION_DURATION));
    set_text(o, "lookBack", gh_cli_value(c, GH_OPTION_LOOK_BACK));
    set_text(o, "defaultDecision", gh_cli_value(c, GH_OPTION_UNDECIDED));
    if (gh_cli_has(c, GH_OPTION_AUTO_APPLY))
        (void)json_object_set_new(o, "autoApply", json_true());
    if (kinds != NULL)
        (void)json_object_set_new(o, "subjects", words_of(kinds));
    if (gh_cli_has(c, GH_OPTION_REVIEWER)) {
        json_t *who = json_array();
        for (size_t i = 0; gh_cli_nth(c, GH_OPTION_REVIEWER, i) != NULL; i++)
            (void)json_array_append_new(who, json_string(gh_cli_nth(c, GH_OPTION_REVIEWER, i)));
        (void)json_object_set_new(o, "reviewers", who);
    }
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = put(x, path, o)) != GH_EXIT_DONE)
        return status;
    printf("%s\n", path);
    return GH_EXIT_DONE;
}

/* ---- finding ---- */

/* The instance with this number, or the newest that is not just announced; NULL: told. Borrowed from `all`. */
static const json_t *
pick(const json_t *all, const char *wanted)
{
    const json_t *item, *found = NULL;
    size_t i;

    json_array_foreach(all, i, item)
    {
        char text_of[32];
        (void)snprintf(text_of, sizeof text_of, "%lld", number(item, "number"));
        if (wanted != NULL ? strcmp(text_of, wanted) == 0 : found == NULL || strcmp(text(props(item), "status"), "NotStarted") != 0)
            found = item;
    }
    if (found == NULL)
        (void)gh_cli_fail(GH_EXIT_REFUSED, "there is no such instance (yet)", wanted, "see: gatehouse review list");
    return found;
}

static int
load_instances(json_t *all, struct gh_access *x, const char *name)
{
    char path[PATH_MAX_BYTES];

    if (snprintf(path, sizeof path, "/accessReviews/%s/instances", name) >= (int)sizeof path)
        return gh_cli_fail(GH_EXIT_UNABLE, "the name is too long", name, NULL);
    return gh_cli_objects_list_all(all, x, path);
}

/* ---- list ---- */

int
gh_cli_review_list(struct gh_cli *c)
{
    enum gh_format form = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    gh_auto_json *all = json_array();
    gh_auto_access *x = NULL;
    const json_t *review, *item;
    size_t i, k;
    int status;

    if (form == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE ||
        (status = gh_cli_objects_list_all(all, x, "/accessReviews")) != GH_EXIT_DONE)
        return status;
    if (form != GH_FORMAT_TABLE) {
        gh_cli_objects_print(all, form);
        return GH_EXIT_DONE;
    }
    json_array_foreach(all, i, review)
    {
        gh_auto_json *instances = json_array();
        const char *name = text(review, "id") + sizeof("/accessReviews/") - 1;

        printf("%s  %s at %s\n", name, text(props(review), "displayName"), text(props(review), "scope"));
        if ((status = load_instances(instances, x, name)) != GH_EXIT_DONE)
            return status;
        json_array_foreach(instances, k, item) printf("  %3lld  %-11s  %s to %s  %lld decisions, %lld denied, %lld removed\n",
            number(item, "number"), text(props(item), "status"), text(props(item), "startAt"), text(props(item), "endAt"),
            number(item, "decisions"), number(item, "denied"), number(item, "removed"));
    }
    return GH_EXIT_DONE;
}

/* ---- show ---- */

static void
print_decision(const json_t *item)
{
    const json_t *p = props(item);
    const char *id = strrchr(text(item, "id"), '/'), *last = text(p, "lastUsedAt");

    printf("%s  %-11s %-15s %-32s %-32s at %s\n", id == NULL ? "" : id + 1, text(p, "decision"), text(p, "kind"),
        text(p, "principal"), text(p, "role"), text(p, "scope"));
    printf("    last used %s; recommended: %s (%s)\n", last[0] == '\0' ? "never" : last, text(p, "recommendation"),
        text(p, "recommendationReason"));
    if (text(p, "reviewedBy")[0] != '\0')
        printf("    by %s: %s%s%s\n", text(p, "reviewedBy"), text(p, "justification"), text(p, "result")[0] == '\0' ? "" : " -> ",
            text(p, "result"));
}

/* The decisions of the instance that is meant. */
static int
load_decisions(json_t *out, struct gh_access *x, const struct gh_cli *c, const char *wanted)
{
    gh_auto_json *instances = json_array();
    char path[PATH_MAX_BYTES];
    const json_t *one;
    int status = load_instances(instances, x, c->operand[0]);

    if (status != GH_EXIT_DONE)
        return status;
    if ((one = pick(instances, wanted)) == NULL)
        return GH_EXIT_REFUSED;
    (void)snprintf(path, sizeof path, "%.400s/decisions", text(one, "id"));
    return gh_cli_objects_list_all(out, x, path);
}

int
gh_cli_review_show(struct gh_cli *c)
{
    enum gh_format form = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    gh_auto_json *all = json_array();
    gh_auto_access *x = NULL;
    const json_t *item;
    size_t i;
    int status;

    if (form == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE ||
        (status = load_decisions(all, x, c, c->n_operands > 1 ? c->operand[1] : NULL)) != GH_EXIT_DONE)
        return status;
    if (form != GH_FORMAT_TABLE) {
        gh_cli_objects_print(all, form);
        return GH_EXIT_DONE;
    }
    json_array_foreach(all, i, item) print_decision(item);
    return GH_EXIT_DONE;
}

/* ---- decide, apply, stop ---- */

int
gh_cli_review_decide(struct gh_cli *c)
{
    gh_auto_json *all = json_array(), *o = json_object();
    gh_auto_access *x = NULL;
    const json_t *item;
    size_t i;
    int status;

    set_text(o, "decision", c->operand[2]);
    set_text(o, "justification", gh_cli_value(c, GH_OPTION_REASON));
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = load_decisions(all, x, c, NULL)) != GH_EXIT_DONE)
        return status;
    json_array_foreach(all, i, item)
    {
        if (!gh_str_ends(gh_str_z(text(item, "id")), gh_str_z(c->operand[1])))
            continue;
        status = put(x, text(item, "id"), o);
        if (status == GH_EXIT_DONE)
            printf("%s: %s\n", c->operand[1], c->operand[2]);
        return status;
    }
    return gh_cli_fail(GH_EXIT_REFUSED, "there is no such decision", c->operand[1], "see: gatehouse review show NAME");
}

static int
request(struct gh_cli *c, const char *word, const char *status_wanted)
{
    gh_auto_json *instances = json_array(), *o = json_object();
    gh_auto_access *x = NULL;
    const json_t *item;
    size_t i;
    int status;

    set_text(o, "request", word);
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = load_instances(instances, x, c->operand[0])) != GH_EXIT_DONE)
        return status;
    json_array_foreach(instances, i, item)
    {
        if (strcmp(text(props(item), "status"), status_wanted) != 0)
            continue;
        if ((status = put(x, text(item, "id"), o)) == GH_EXIT_DONE)
            printf("%s: %s\n", text(item, "id"), word);
        return status;
    }
    return gh_cli_fail(GH_EXIT_REFUSED, "no instance of it stands there", status_wanted, "see: gatehouse review list");
}

int
gh_cli_review_apply(struct gh_cli *c)
{
    return request(c, "applyDecisions", "Completed");
}

int
gh_cli_review_stop(struct gh_cli *c)
{
    return request(c, "stop", "InProgress");
}
