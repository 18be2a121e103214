/* SPDX-License-Identifier: Apache-2.0 */
/* apply_load: YAML files into checked objects. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/apply_int.h"
#include "cli/tree.h"
#include "host/host.h"

#define FILES_MAX     10000
#define FILE_PATH_MAX 4096

/* FILE:LINE:COLUMN: what, as compilers write it, so that editors can jump there. */
static int
fail_at(const char *file, struct gh_yamldoc_mark m, const char *what, struct gh_str about)
{
    char place[FILE_PATH_MAX + 64];

    (void)snprintf(place, sizeof place, "%s:%u:%u: %s", file, m.line, m.column, what);
    return gh_cli_fail_str(GH_EXIT_UNABLE, place, about, NULL);
}

static int
fail_doc(const char *file, const struct gh_yamldoc *d, size_t at, const char *what, struct gh_str about)
{
    return fail_at(file, gh_yamldoc_place(d, at), what, about);
}

/* A property or a kind that is not known: where the known ones stand. */
static int
fail_word(const char *file, const struct gh_yamldoc *d, size_t at, const char *what, struct gh_str about, const char *kind)
{
    (void)fail_doc(file, d, at, what, about);
    fprintf(stderr, "  what there is: gatehouse explain%s%s\n", *kind == '\0' ? "" : " ", kind);
    return GH_EXIT_UNABLE;
}

static struct apply_object *
add(struct apply_list *l)
{
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? 64 : l->cap * 2;
        struct apply_object *more = cap > GH_APPLY_OBJECTS_MAX * 2 ? NULL : realloc(l->object, cap * sizeof *more);

        if (more == NULL)
            return NULL;
        l->object = more;
        l->cap = cap;
    }
    l->object[l->n] = (struct apply_object){0};
    return &l->object[l->n++];
}

/* A document has exactly `id` and `properties`. */
static int
check_form(const char *file, const struct gh_yamldoc *d, struct gh_arena *a, const struct gh_json *j)
{
    if (gh_json_type(j, 0) != GH_JSON_OBJECT)
        return fail_doc(file, d, 0, "a document is `id:` and `properties:`", (struct gh_str){NULL, 0});
    for (gh_json_ref v = gh_json_first(j, 0); v != GH_JSON_NO; v = gh_json_next(j, 0, v)) {
        struct gh_str key;

        if (gh_json_key(&key, a, j, v) != GH_OK)
            return fail_doc(file, d, j->nodes[v].at, "out of memory", (struct gh_str){NULL, 0});
        if (!gh_str_eq(key, GH_STR("id")) && !gh_str_eq(key, GH_STR("properties")))
            return fail_doc(file, d, j->nodes[v - 1].at, "beside `id` and `properties` nothing is expected", key);
    }
    if (gh_json_get(j, 0, GH_STR("properties")) == GH_JSON_NO)
        return fail_doc(file, d, 0, "`properties` is missing (an empty one is `properties: {}`)", (struct gh_str){NULL, 0});
    return GH_EXIT_DONE;
}

static int
read_id(struct gh_resource_path *out, const char *file, const struct gh_yamldoc *d, struct gh_arena *a, const struct gh_json *j)
{
    gh_json_ref id = gh_json_get(j, 0, GH_STR("id"));
    size_t at = id == GH_JSON_NO ? 0 : j->nodes[id].at;
    struct gh_str path;

    if (id == GH_JSON_NO || gh_json_str(&path, a, j, id) != GH_OK)
        return fail_doc(file, d, at, "`id` must be a path such as /workspaces/demo", (struct gh_str){NULL, 0});
    if (path.n == 0 || path.p[0] != '/' || gh_resource_find(out, path) != GH_OK || out->is_collection)
        return fail_word(file, d, at, "there is no such kind of object", path, "");
    if (gh_resource_table[out->type].apply_order == 0)
        return fail_doc(file, d, at, "objects of this kind are not made by files", path);
    return GH_EXIT_DONE;
}

static int
load_doc(struct apply_list *l, const char *file, const struct gh_yamldoc *d)
{
    struct gh_err err = {0};
    struct gh_resource_path p;
    struct gh_str name = {NULL, 0}, path;
    struct apply_object *o;
    struct gh_json j;
    gh_json_ref props;

    if (gh_json_parse(&j, l->a, d->json, &err) != GH_OK)
        return fail_doc(file, d, err.at, err.what, (struct gh_str){NULL, 0});
    if (check_form(file, d, l->a, &j) != GH_EXIT_DONE || read_id(&p, file, d, l->a, &j) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    props = gh_json_get(&j, 0, GH_STR("properties"));
    if (gh_resource_check(p.type, l->a, &j, props, &name, &err) != GH_OK)
        return fail_word(file, d, err.at > 0 ? err.at : j.nodes[props].at, err.what, name, gh_resource_table[p.type].name);
    if ((o = add(l)) == NULL || gh_arena_dup(&path, l->a, p.path) != GH_OK)
        return fail_doc(file, d, 0, "too many objects", (struct gh_str){NULL, 0});
    *o = (struct apply_object){
        .file = file, .line = gh_yamldoc_place(d, 0).line, .path = path.p, .type = p.type, .body = gh_json_raw(&j, props)};
    o->wanted = gh_tree_read(o->body);
    return o->wanted != NULL ? GH_EXIT_DONE : fail_doc(file, d, 0, "out of memory", (struct gh_str){NULL, 0});
}

static int
load_file(struct apply_list *l, const char *path)
{
    struct gh_yamldoc_error err;
    struct gh_yamldoc *d;
    struct gh_str text, name;
    enum gh_rc rc = gh_file_read(&text, l->a, AT_FDCWD, path, GH_YAMLDOC_BYTES_MAX);
    int status = GH_EXIT_DONE;

    if (rc != GH_OK || gh_arena_dup(&name, l->a, gh_str_z(path)) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, rc == GH_LIMIT ? "the file is too long" : "the file cannot be read", path, NULL);
    if (gh_yamldoc_read(&d, l->a, text, &err) != GH_OK)
        return fail_at(name.p, (struct gh_yamldoc_mark){0, err.line, err.column}, err.what, (struct gh_str){NULL, 0});
    for (; d != NULL && status == GH_EXIT_DONE; d = d->next)
        status = load_doc(l, name.p, d);
    return status;
}

static int
is_yaml_name(const struct dirent *e)
{
    struct gh_str name = gh_str_z(e->d_name);

    return name.p[0] != '.' && (gh_str_ends(name, GH_STR(".yaml")) || gh_str_ends(name, GH_STR(".yml")));
}

static int
load_dir(struct apply_list *l, const char *path)
{
    struct dirent **entry = NULL;
    int n = scandir(path, &entry, is_yaml_name, alphasort), status = GH_EXIT_DONE;

    if (n < 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "the directory cannot be read", path, NULL);
    if (n == 0 || n > FILES_MAX)
        status =
            gh_cli_fail(GH_EXIT_UNABLE, n == 0 ? "no *.yaml file in the directory" : "too many files in the directory", path, NULL);
    for (int i = 0; i < n; i++) {
        char file[FILE_PATH_MAX];
        int k = snprintf(file, sizeof file, "%s/%s", path, entry[i]->d_name);

        if (status == GH_EXIT_DONE && (k < 0 || (size_t)k >= sizeof file))
            status = gh_cli_fail(GH_EXIT_UNABLE, "the path is too long", path, NULL);
        if (status == GH_EXIT_DONE)
            status = load_file(l, file);
        free(entry[i]);
    }
    free(entry);
    return status;
}

int
gh_apply_load(struct apply_list *l, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "there is no such file or directory", path, NULL);
    return S_ISDIR(st.st_mode) ? load_dir(l, path) : load_file(l, path);
}

/* ---- order ---- */

static int
compare(const void *x, const void *y)
{
    const struct apply_object *a = x, *b = y;
    unsigned ao = gh_resource_table[a->type].apply_order, bo = gh_resource_table[b->type].apply_order;

    if (ao != bo)
        return ao < bo ? -1 : 1;
    return strcmp(a->path, b->path);
}

int
gh_apply_sort(struct apply_list *l)
{
    if (l->n > 0)
        qsort(l->object, l->n, sizeof l->object[0], compare);
    for (size_t i = 1; i < l->n; i++) {
        const struct apply_object *a = &l->object[i - 1], *b = &l->object[i];
        char what[FILE_PATH_MAX + 128];

        if (strcmp(a->path, b->path) != 0)
            continue;
        (void)snprintf(what, sizeof what, "%s:%u:1: the same id stands in %s, line %u", b->file, b->line, a->file, a->line);
        return gh_cli_fail(GH_EXIT_UNABLE, what, a->path, NULL);
    }
    return GH_EXIT_DONE;
}

void
gh_apply_fini(struct apply_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        json_decref(l->object[i].wanted);
        json_decref(l->object[i].current);
    }
    free(l->object);
}
