/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/guidance_facts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/objects.h"
#include "cli/tree.h"
#include "host/host.h"

#define ARENA_MAX (64u << 20)

/* ---- gathering ---- */

#define NOBODY "00000000-0000-0000-0000-000000000000" /* a name that is valid everywhere and that nothing has */

/* A list shows what the asker may read, and does not say that there is more. Whoever may read a name that is not there sees all of it. */
static int
is_whole(bool *out, struct gh_access *x, const char *path)
{
    char item[1200];
    const struct gh_request r = {.method = "GET", .path = item};
    struct gh_answer answer;
    gh_auto_arena a = {0};
    int status;

    *out = strchr(path, '?') != NULL; /* records: all or none */
    if (*out)
        return GH_EXIT_DONE;
    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    (void)snprintf(item, sizeof item, "%s/" NOBODY, path);
    if ((status = gh_access_call(&answer, x, &a, &r)) == GH_EXIT_DONE)
        *out = answer.status == 404;
    return status;
}

/* Appends a collection. *list stays NULL when it may not be seen, or not all of it, or this version has none. */
static int
add(json_t **list, struct gh_access *x, const char *path)
{
    gh_auto_json *all = json_array();
    bool is_hidden = false, is_all = false;
    int status = gh_cli_objects_list_seen(all, &is_hidden, x, path);

    if (status == GH_EXIT_DONE && !is_hidden)
        status = is_whole(&is_all, x, path);
    if (status != GH_EXIT_DONE || !is_all)
        return status;
    if (*list == NULL)
        *list = json_array();
    return json_array_extend(*list, all) == 0 ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
}

/* The same below each holder; one that may not be seen leaves *list NULL. */
static int
add_below(json_t **list, struct gh_access *x, const json_t *holders, const char *collection)
{
    int status = GH_EXIT_DONE;
    const json_t *holder;
    bool is_all = holders != NULL;
    json_t *all = json_array();
    size_t i;

    json_array_foreach(holders, i, holder)
    {
        json_t *part = NULL;
        char path[1024];

        (void)snprintf(path, sizeof path, "%s%s", gh_fact_id(holder), collection);
        if (status == GH_EXIT_DONE && is_all)
            status = add(&part, x, path);
        is_all = is_all && part != NULL && json_array_extend(all, part) == 0;
        json_decref(part);
    }
    if (is_all && status == GH_EXIT_DONE)
        *list = json_incref(all);
    json_decref(all);
    return status;
}

/* One object; *out stays NULL when it may not be seen. */
static int
one(json_t **out, struct gh_access *x, const char *path)
{
    const struct gh_request r = {.method = "GET", .path = path};
    struct gh_answer answer;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    if ((status = gh_access_call(&answer, x, &a, &r)) == GH_EXIT_DONE && answer.status == 200)
        *out = gh_tree_read(answer.body);
    return status;
}

static int
gather_status(struct gh_facts *f, struct gh_access *x)
{
    gh_auto_json *object = NULL;
    int status = one(&object, x, "/status");

    if (status == GH_EXIT_DONE)
        f->status = json_incref(json_object_get(object, "properties"));
    return status == GH_EXIT_DONE ? one(&f->head, x, "/audit/head") : status;
}

/* One of `below` (of each workspace) and `top` (of the installation) is given. */
static int
add_either(json_t **list, struct gh_access *x, const json_t *workspaces, const char *below, const char *top)
{
    if (top != NULL)
        return add(list, x, top);
    return below != NULL ? add_below(list, x, workspaces, below) : GH_EXIT_DONE;
}

int
gh_facts_gather(struct gh_facts *out, struct gh_access *x)
{
    int status;

    *out = (struct gh_facts){0};
    if ((status = gather_status(out, x)) != GH_EXIT_DONE)
        return status;
#define GH_FACT_GATHER(name, below, top)                                                                                           \
    if ((status = add_either(&out->name, x, out->workspaces, (below), (top))) != GH_EXIT_DONE)                                     \
        return status;
    GH_FACT_LIST(GH_FACT_GATHER)
#undef GH_FACT_GATHER
    return add_below(&out->deployments, x, out->endpoints, "/deployments");
}

void
gh_facts_free(struct gh_facts *f)
{
#define GH_FACT_FREE(name, below, top) json_decref(f->name);
    GH_FACT_LIST(GH_FACT_FREE)
#undef GH_FACT_FREE
    json_decref(f->deployments);
    json_decref(f->status);
    json_decref(f->head);
    *f = (struct gh_facts){0};
}

/* ---- looking ---- */

const json_t *
gh_fact(const json_t *object, const char *property)
{
    return json_object_get(json_object_get(object, "properties"), property);
}

const char *
gh_fact_text(const json_t *object, const char *property)
{
    const char *text = json_string_value(gh_fact(object, property));

    return text == NULL ? "" : text;
}

const char *
gh_fact_id(const json_t *object)
{
    const char *id = json_string_value(json_object_get(object, "id"));

    return id == NULL ? "" : id;
}

void
gh_guidance_proof_say(struct gh_guidance_proof *e, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)json_array_append_new(e->lines, json_vsprintf(format, args));
    va_end(args);
}

size_t
gh_guidance_proof_name(struct gh_guidance_proof *e, const json_t *list, gh_fact_test *test, const char *what)
{
    char mem[2048];
    struct gh_buf names;
    const json_t *object;
    size_t i, n = 0;

    gh_buf_init_fixed(&names, mem, sizeof mem - 1);
    json_array_foreach(list, i, object)
    {
        if (!test(object))
            continue;
        if (n < GH_PROOF_NAMES_MAX) {
            gh_buf_putz(&names, n == 0 ? "" : ", ");
            gh_buf_putz(&names, gh_fact_id(object));
        }
        n++;
    }
    mem[names.rc == GH_OK ? names.n : 0] = '\0';
    if (n > GH_PROOF_NAMES_MAX)
        gh_guidance_proof_say(e, "%s: %s and %zu more", what, mem, n - GH_PROOF_NAMES_MAX);
    else if (n > 0)
        gh_guidance_proof_say(e, "%s: %s", what, mem);
    return n;
}
