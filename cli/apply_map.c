/* SPDX-License-Identifier: Apache-2.0 */
/* cli/apply: scopes of Azure in what is brought from there: as --map says, else as policy/azure_scope.h. What becomes of each is shown. What
 * the server itself holds in Azure's words (its Azure paths take them as they are) stays, unless --map names it. */
#include "cli/apply_int.h"

#include <stdlib.h>

#include "host/host.h"
#include "policy/azure_scope.h"

#define OPTION_FORM "--map is AZURE_SCOPE=OUR_SCOPE, as in --map /subscriptions/S=/workspaces/demo"

struct mapper {
    struct apply_list *l;
    const struct gh_apply_map *maps;
    size_t n;
    FILE *out;
};

int
gh_apply_map_read(struct gh_apply_map *out, struct gh_arena *a, const char *text)
{
    struct gh_str from, to = gh_str_z(text), ours;

    if (!gh_str_cut(&from, &to, '=') || from.n < 2 || from.p[0] != '/' || to.n == 0 ||
        gh_azure_scope(&ours, a, to, NULL) != GH_OK || !gh_str_eq(ours, to))
        return gh_cli_fail(GH_EXIT_UNABLE, OPTION_FORM, text, NULL);
    while (from.n > 1 && from.p[from.n - 1] == '/')
        from.n--;
    *out = (struct gh_apply_map){from, to};
    return GH_EXIT_DONE;
}

/* Ours stay; Azure's begin so. */
static bool
is_azure(struct gh_str scope)
{
    return gh_str_eq_ci(gh_str_sub(scope, 0, 15), GH_STR("/subscriptions/")) ||
           gh_str_eq_ci(gh_str_sub(scope, 0, 11), GH_STR("/providers/"));
}

static bool
has_resource(struct gh_str rest)
{
    for (size_t k = 0; k < rest.n; k++)
        if (gh_str_eq_ci(gh_str_sub(rest, k, 11), GH_STR("/providers/")))
            return true;
    return false;
}

/* The longest that is the scope itself, or above it with no resource between: a resource keeps its own meaning. */
static const struct gh_apply_map *
find(const struct mapper *m, struct gh_str scope)
{
    const struct gh_apply_map *best = NULL;

    for (size_t i = 0; i < m->n; i++) {
        struct gh_str from = m->maps[i].from, rest = gh_str_sub(scope, from.n, SIZE_MAX);

        if (!gh_str_eq_ci(gh_str_sub(scope, 0, from.n), from) || (rest.n > 0 && rest.p[0] != '/'))
            continue;
        if (!has_resource(rest) && (best == NULL || best->from.n < from.n))
            best = &m->maps[i];
    }
    return best;
}

/* The server has this very member so. */
static bool
is_held(const struct apply_object *o, const char *member)
{
    const json_t *held = json_object_get(o->current, member);

    return held != NULL && json_equal(held, json_object_get(o->wanted, member));
}

/* The mapped string in place of *value, if it is Azure's. */
static int
map_value(json_t **mapped, const struct mapper *m, const struct apply_object *o, const json_t *value, bool stays)
{
    struct gh_str scope = gh_str(json_string_value(value), json_string_length(value)), ours;
    struct gh_err err = {0};
    const struct gh_apply_map *map;

    *mapped = NULL;
    if (!json_is_string(value) || !is_azure(scope))
        return GH_EXIT_DONE;
    map = find(m, scope);
    if (map == NULL && stays)
        return GH_EXIT_DONE;
    if (map != NULL)
        ours = map->to;
    else if (gh_azure_scope(&ours, m->l->a, scope, &err) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "this scope means nothing here", json_string_value(value), OPTION_FORM);
    fprintf(m->out, "%s: %.*s is taken for %.*s%s\n", o->path, (int)scope.n, scope.p, (int)ours.n, ours.p,
        map != NULL ? "" : " (not mapped)");
    *mapped = json_stringn(ours.p, ours.n);
    return *mapped != NULL ? GH_EXIT_DONE : gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
}

/* Two that became the same are one. */
static int
map_array(const struct mapper *m, const struct apply_object *o, json_t *list)
{
    bool stays = is_held(o, "assignableScopes");
    size_t i = 0;
    json_t *value, *mapped;
    int status;

    while ((value = json_array_get(list, i)) != NULL) {
        bool is_double = false;

        if ((status = map_value(&mapped, m, o, value, stays)) != GH_EXIT_DONE)
            return status;
        for (size_t k = 0; mapped != NULL && k < i; k++)
            is_double = is_double || json_equal(json_array_get(list, k), mapped);
        if (mapped != NULL)
            (void)(is_double ? json_array_remove(list, i) : json_array_set(list, i, mapped));
        json_decref(mapped);
        i += !is_double;
    }
    return GH_EXIT_DONE;
}

static int
map_object(const struct mapper *m, struct apply_object *o)
{
    json_t *scope = json_object_get(o->wanted, "scope"), *list = json_object_get(o->wanted, "assignableScopes"), *mapped = NULL;
    int status = map_array(m, o, list);
    char *text;

    if (status == GH_EXIT_DONE && (status = map_value(&mapped, m, o, scope, is_held(o, "scope"))) == GH_EXIT_DONE && mapped != NULL)
        (void)json_object_set(o->wanted, "scope", mapped);
    json_decref(mapped);
    if (status != GH_EXIT_DONE || (scope == NULL && list == NULL))
        return status;
    text = json_dumps(o->wanted, JSON_COMPACT);
    if (text == NULL || gh_arena_dup(&o->body, m->l->a, gh_str_z(text)) != GH_OK)
        status = gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    free(text);
    return status;
}

int
gh_apply_map(struct apply_list *l, const struct gh_apply_map *maps, size_t n, FILE *out)
{
    const struct mapper m = {l, maps, n, out};
    int status = GH_EXIT_DONE;

    for (size_t i = 0; status == GH_EXIT_DONE && i < l->n; i++)
        status = map_object(&m, &l->object[i]);
    return status;
}
