/* SPDX-License-Identifier: Apache-2.0 */
/* cli/apply: make the installation as the files say. */
#include <stdlib.h>

#include "base/limits.h"
#include "cli/apply_int.h"
#include "cli/objects.h"
#include "cli/rights.h"
#include "cli/tree.h"
#include "host/host.h"

#define TEXT_MAX   (1u << 30) /* files, documents and their places: what one run may hold */
#define ANSWER_MAX (64u << 20)
#define MAPS_MAX   64 /* subscriptions and groups of one company */

int
gh_apply_load_all(struct apply_list *l, const struct gh_cli *c)
{
    const char *path;
    int status = GH_EXIT_DONE;

    if (!gh_cli_has(c, GH_OPTION_FILE))
        return gh_cli_fail(GH_EXIT_UNABLE, "what shall be applied? give -f FILE or -f DIR", NULL, NULL);
    for (size_t i = 0; status == GH_EXIT_DONE && (path = gh_cli_nth(c, GH_OPTION_FILE, i)) != NULL; i++)
        status = gh_apply_load(l, path);
    return status == GH_EXIT_DONE ? gh_apply_sort(l) : status;
}

struct maps {
    struct gh_apply_map map[MAPS_MAX];
    size_t n;
};

static int
read_maps(struct maps *out, struct gh_arena *a, const struct gh_cli *c)
{
    const char *text;

    for (out->n = 0; (text = gh_cli_nth(c, GH_OPTION_MAP, out->n)) != NULL; out->n++) {
        if (out->n == MAPS_MAX)
            return gh_cli_fail(GH_EXIT_UNABLE, "too many --map", NULL, NULL);
        if (gh_apply_map_read(&out->map[out->n], a, text) != GH_EXIT_DONE)
            return GH_EXIT_UNABLE;
    }
    return GH_EXIT_DONE;
}

/* A file may say a role by its name or by Azure's whole id; what is there says it by its GUID. Where both mean the same role there is no
 * difference to show. Whoever may not read the role sees one, which the server then finds to be none. */
static void
know_role(struct apply_object *o, struct gh_access *x)
{
    const char *wanted = json_string_value(json_object_get(o->wanted, "roleDefinitionId"));
    const char *current = json_string_value(json_object_get(o->current, "roleDefinitionId"));
    char path[GH_RESOURCE_PATH_MAX];
    struct gh_request r = {.method = "GET", .path = path};
    gh_auto_json *role = NULL;
    struct gh_answer answer;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), ANSWER_MAX);
    if (wanted == NULL || current == NULL || snprintf(path, sizeof path, "/roleDefinitions/%s", current) >= (int)sizeof path)
        return;
    struct gh_str whole = gh_str_z(wanted), id = gh_str_z(current);
    bool is_same = whole.n > id.n && gh_str_eq(gh_str_sub(whole, whole.n - id.n - 1, whole.n), gh_str_z(strrchr(path, '/')));
    if (!is_same) {
        if (gh_str_eq(whole, id) || gh_cli_objects_call(&answer, x, &a, &r) != GH_EXIT_DONE || answer.status != 200)
            return;
        role = gh_tree_read(answer.body);
        const char *name = json_string_value(json_object_get(json_object_get(role, "properties"), "roleName"));
        is_same = name != NULL && gh_str_eq_ci(gh_str_z(name), whole);
    }
    if (is_same)
        (void)json_object_set(o->wanted, "roleDefinitionId", json_object_get(o->current, "roleDefinitionId"));
}

static int
fetch(struct apply_object *o, struct gh_access *x)
{
    struct gh_request r = {.method = "GET", .path = o->path};
    gh_auto_json *object = NULL;
    struct gh_answer answer;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ANSWER_MAX);
    if ((status = gh_cli_objects_call(&answer, x, &a, &r)) != GH_EXIT_DONE || answer.status == 404)
        return status;
    if (answer.status != 200)
        return gh_access_refused(&r, &answer);
    object = gh_tree_read(answer.body);
    if (!json_is_object(json_object_get(object, "properties")))
        return gh_cli_fail(GH_EXIT_REFUSED, "the answer is no object", o->path, NULL);
    o->current = json_incref(json_object_get(object, "properties"));
    memcpy(o->etag, answer.etag, sizeof o->etag);
    if (o->type == GH_RESOURCE_ROLE_ASSIGNMENT)
        know_role(o, x);
    return GH_EXIT_DONE;
}

/* Only what was compared is replaced: If-Match, or If-None-Match for what was not there. */
static int
write_one(const struct apply_object *o, struct gh_access *x)
{
    struct gh_request r = {.method = "PUT", .path = o->path};
    struct gh_answer answer;
    gh_auto_arena a;
    int status;

    r.if_match = o->is_new ? "" : o->etag[0] == '\0' ? NULL : o->etag;
    gh_arena_init(&a, gh_heap(), ANSWER_MAX);
    a.is_secret = true;
    if ((r.body = gh_cli_objects_body(&a, o->body)).p == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    if ((status = gh_cli_objects_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    return answer.status == 200 || answer.status == 201 ? GH_EXIT_DONE : gh_access_refused(&r, &answer);
}

static int
write_all(const struct apply_list *l, struct gh_access *x, size_t n_todo)
{
    size_t n_done = 0;

    for (size_t i = 0; i < l->n; i++) {
        const struct apply_object *o = &l->object[i];
        int status;

        if (!o->is_new && !o->is_changed)
            continue;
        if ((status = write_one(o, x)) != GH_EXIT_DONE) {
            fprintf(stderr, "  %zu of %zu objects were written; correct it and apply again, what is done will be unchanged\n",
                n_done, n_todo);
            return status;
        }
        n_done++;
    }
    return GH_EXIT_DONE;
}

static int
run(struct apply_list *l, const struct maps *maps, struct gh_access *x, const struct gh_cli *c)
{
    size_t n_new = 0, n_changed = 0, n_refused = 0;
    int status = GH_EXIT_DONE;

    for (size_t i = 0; status == GH_EXIT_DONE && i < l->n; i++)
        status = fetch(&l->object[i], x);
    if (status != GH_EXIT_DONE || (status = gh_apply_map(l, maps->map, maps->n, stdout)) != GH_EXIT_DONE)
        return status;
    for (size_t i = 0; i < l->n; i++) {
        struct apply_object *o = &l->object[i];

        gh_apply_diff(stdout, o, c->is_colour);
        n_new += o->is_new;
        n_changed += !o->is_new && o->is_changed;
        n_refused += o->refused != NULL;
    }
    if (n_refused > 0) {
        (void)fflush(stdout);
        return gh_cli_fail(GH_EXIT_REFUSED, "what cannot be changed is asked to change; nothing was written", NULL,
            "delete such an object first: gatehouse delete PATH");
    }
    printf("%zu new, %zu changed, %zu unchanged%s\n", n_new, n_changed, l->n - n_new - n_changed,
        gh_cli_has(c, GH_OPTION_DRY_RUN) ? " (dry run: nothing was written)" : "");
    (void)fflush(stdout);
    if ((status = gh_rights_tell_apply(l, x)) != GH_EXIT_DONE)
        return status;
    return gh_cli_has(c, GH_OPTION_DRY_RUN) ? GH_EXIT_DONE : write_all(l, x, n_new + n_changed);
}

int
gh_cli_apply(struct gh_cli *c)
{
    struct apply_list l = {0};
    struct maps maps;
    gh_auto_access *x = NULL;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), TEXT_MAX);
    a.is_secret = true; /* a file may hold a secret's value */
    l.a = &a;
    if ((status = gh_apply_load_all(&l, c)) == GH_EXIT_DONE && (status = read_maps(&maps, &a, c)) == GH_EXIT_DONE &&
        (status = gh_access_open(&x, c)) == GH_EXIT_DONE)
        status = run(&l, &maps, x, c);
    gh_apply_fini(&l);
    return status;
}
