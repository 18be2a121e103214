/* SPDX-License-Identifier: Apache-2.0 */
/* cli/objects: get, list, delete: any object of the one resource table, by its path. */
#include "cli/objects.h"

#include <stdlib.h>

#include "cli/table.h"
#include "cli/tree.h"
#include "host/host.h"
#include "policy/resource.h"
#include "wire/json.h"

#define ARENA_MAX (256u << 20)
#define PAGES_MAX 100000 /* a server that never ends its list */

/* ---- paths ---- */

int
gh_cli_objects_path(struct gh_resource_path *out, const char *path)
{
    struct gh_str p = gh_str_z(path);

    if (p.n == 0 || p.p[0] != '/' || gh_resource_find(out, p) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "this is no path of an object or a collection", path,
            "for example /workspaces/demo/endpoints/chat, or /workspaces");
    return GH_EXIT_DONE;
}

/* Names have a plain grammar, but for what a role's name or a principal may hold: each segment is encoded. */
static const char *
url_path(struct gh_arena *a, struct gh_str path)
{
    struct gh_buf b;
    struct gh_str segment;

    gh_buf_init(&b, a, 4096);
    path = gh_str_sub(path, 1, SIZE_MAX);
    while (gh_str_cut(&segment, &path, '/')) {
        gh_buf_putc(&b, '/');
        gh_access_escape(&b, segment);
    }
    gh_buf_putc(&b, '\0');
    return b.rc == GH_OK ? b.p : NULL;
}

int
gh_cli_objects_call(struct gh_answer *out, struct gh_access *x, struct gh_arena *a, const struct gh_request *r)
{
    struct gh_request encoded = *r;

    if ((encoded.path = url_path(a, gh_str_z(r->path))) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "the path is too long", r->path, NULL);
    return gh_access_call(out, x, a, &encoded);
}

struct gh_str
gh_cli_objects_body(struct gh_arena *a, struct gh_str properties)
{
    struct gh_jsonw w;
    struct gh_buf b;

    gh_buf_init(&b, a, properties.n + 64);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "properties");
    gh_jsonw_raw(&w, properties);
    gh_jsonw_end(&w, '}');
    return gh_buf_str(&b);
}

/* ---- output ---- */

enum gh_format
gh_cli_objects_format(const struct gh_cli *c, enum gh_format otherwise)
{
    static const char *const names[] = {[GH_FORMAT_JSON] = "json", [GH_FORMAT_YAML] = "yaml", [GH_FORMAT_TABLE] = "table"};
    const char *given = gh_cli_value(c, GH_OPTION_OUTPUT);

    if (given == NULL)
        return otherwise;
    for (enum gh_format f = GH_FORMAT_JSON; f <= GH_FORMAT_TABLE; f++) {
        if (gh_str_eq(gh_str_z(given), gh_str_z(names[f])))
            return f;
    }
    (void)gh_cli_fail(GH_EXIT_UNABLE, "-o is json, yaml or table", given, NULL);
    return GH_FORMAT_NONE;
}

/* What apply would refuse is left out: what only the server writes, and secrets, which it never shows anyway. What no file makes (/status) is
 * shown whole. */
static json_t *
appliable(const json_t *object)
{
    json_t *props = json_deep_copy(json_object_get(object, "properties"));
    struct gh_resource_path p;
    const struct gh_resource_row *row;

    if (props == NULL || gh_resource_find(&p, gh_str_z(json_string_value(json_object_get(object, "id")))) != GH_OK)
        return props;
    row = &gh_resource_table[p.type];
    for (size_t i = 0; row->apply_order > 0 && i < row->n_props; i++) {
        if ((row->props[i].flags & (GH_PROP_READ_ONLY | GH_PROP_SECRET)) != 0)
            (void)json_object_del(props, row->props[i].name);
    }
    return props;
}

static void
print_yaml(const json_t *object)
{
    gh_auto_json *props = appliable(object);
    char *id = gh_tree_scalar(json_object_get(object, "id"));

    printf("id: %s\nproperties:%s", id == NULL ? "" : id, json_object_size(props) == 0 ? " {}\n" : "\n");
    gh_tree_yaml(stdout, props, 2);
    free(id);
}

static void
print_table(const json_t *object)
{
    gh_auto_json *one = json_array();

    if (one != NULL && json_array_append(one, (json_t *)(uintptr_t)object) == 0)
        gh_cli_table(stdout, one, false);
}

void
gh_cli_objects_print(const json_t *object, enum gh_format f)
{
    if (f == GH_FORMAT_JSON) {
        (void)json_dumpf(object, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else if (f == GH_FORMAT_YAML && json_is_string(json_object_get(object, "id"))) {
        print_yaml(object);
    } else if (f == GH_FORMAT_YAML) {
        gh_tree_yaml(stdout, object, 0); /* /status, /audit/head: no object that could be applied */
    } else {
        print_table(object);
    }
}

/* ---- get ---- */

int
gh_cli_objects_get(struct gh_cli *c)
{
    struct gh_request r = {.method = "GET", .path = c->operand[0]};
    enum gh_format f = gh_cli_objects_format(c, GH_FORMAT_YAML);
    gh_auto_access *x = NULL;
    gh_auto_json *object = NULL;
    struct gh_resource_path p;
    struct gh_answer answer;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    if (f == GH_FORMAT_NONE || (status = gh_cli_objects_path(&p, r.path)) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    if (p.is_collection)
        return gh_cli_fail(GH_EXIT_UNABLE, "this is a collection", r.path, "use: gatehouse list PATH");
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = gh_cli_objects_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status != 200)
        return gh_access_refused(&r, &answer);
    if ((object = gh_tree_read(answer.body)) == NULL) {
        (void)fwrite(answer.body.p, 1, answer.body.n, stdout); /* /audit/key is PEM */
        return GH_EXIT_DONE;
    }
    gh_cli_objects_print(object, f);
    return GH_EXIT_DONE;
}

/* ---- list ---- */

/* "https://host/api/workspaces?..." -> "/workspaces?..."; NULL: there is no further page. */
static const char *
next_path(const json_t *page)
{
    const char *link = json_string_value(json_object_get(page, "nextLink")), *at = link == NULL ? NULL : strstr(link, "/api/");

    return at == NULL ? NULL : at + 4;
}

/* `is_hidden` (may be NULL) takes a refusal that is only for this one's eyes: not allowed, or not there. */
static int
list_page(json_t *all, char **next, bool *is_hidden, struct gh_access *x, const char *path)
{
    struct gh_request r = {.method = "GET", .path = path};
    gh_auto_json *page = NULL;
    struct gh_answer answer;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    if ((status = gh_access_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (is_hidden != NULL && (answer.status == 403 || answer.status == 404)) {
        *is_hidden = true;
        return GH_EXIT_DONE;
    }
    if (answer.status != 200)
        return gh_access_refused(&r, &answer);
    if ((page = gh_tree_read(answer.body)) == NULL || !json_is_array(json_object_get(page, "value")))
        return gh_cli_fail(GH_EXIT_REFUSED, "the answer is no list", path, NULL);
    if (json_array_extend(all, json_object_get(page, "value")) != 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    *next = next_path(page) == NULL ? NULL : strdup(next_path(page));
    return GH_EXIT_DONE;
}

int
gh_cli_objects_list_seen(json_t *all, bool *is_hidden, struct gh_access *x, const char *path)
{
    char *at = strdup(path);
    int status = GH_EXIT_DONE;

    for (int i = 0; at != NULL && i < PAGES_MAX && status == GH_EXIT_DONE; i++) {
        char *next = NULL;

        status = list_page(all, &next, is_hidden, x, at);
        free(at);
        at = next;
    }
    free(at);
    return status;
}

int
gh_cli_objects_list_all(json_t *all, struct gh_access *x, const char *path)
{
    return gh_cli_objects_list_seen(all, NULL, x, path);
}

static void
print_list(const json_t *all, enum gh_format f, bool is_colour)
{
    json_t *v;
    size_t i;

    if (f == GH_FORMAT_JSON) {
        gh_cli_objects_print(all, f);
        return;
    }
    if (f == GH_FORMAT_TABLE) {
        gh_cli_table(stdout, all, is_colour);
        return;
    }
    json_array_foreach(all, i, v)
    {
        if (i > 0)
            puts("---");
        gh_cli_objects_print(v, f);
    }
}

int
gh_cli_objects_list_path(struct gh_cli *c, const char *path)
{
    enum gh_format f = gh_cli_objects_format(c, GH_FORMAT_TABLE);
    gh_auto_access *x = NULL;
    gh_auto_json *all = json_array();
    struct gh_resource_path p;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), 1u << 16);
    if (f == GH_FORMAT_NONE || gh_cli_objects_path(&p, path) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    if (!p.is_collection)
        return gh_cli_fail(GH_EXIT_UNABLE, "this is one object, not a collection", path, "use: gatehouse get PATH");
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE)
        return status;
    if ((status = gh_cli_objects_list_all(all, x, url_path(&a, p.path))) != GH_EXIT_DONE)
        return status;
    print_list(all, f, c->is_colour);
    return GH_EXIT_DONE;
}

int
gh_cli_objects_list(struct gh_cli *c)
{
    return gh_cli_objects_list_path(c, c->operand[0]);
}

/* ---- delete ---- */

int
gh_cli_objects_delete_path(struct gh_cli *c, const char *path)
{
    struct gh_request r = {.method = "GET", .path = path};
    gh_auto_access *x = NULL;
    struct gh_resource_path p;
    struct gh_answer answer;
    gh_auto_arena a;
    int status;

    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    if (gh_cli_objects_path(&p, path) != GH_EXIT_DONE)
        return GH_EXIT_UNABLE;
    if (p.is_collection)
        return gh_cli_fail(GH_EXIT_UNABLE, "a whole collection is not deleted at once", path, NULL);
    if ((status = gh_access_open(&x, c)) != GH_EXIT_DONE || (status = gh_cli_objects_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status == 404)
        return gh_access_refused(&r, &answer); /* deleting twice is a mistake that people should see; DELETE itself is idempotent */
    r.method = "DELETE";
    if ((status = gh_cli_objects_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    if (answer.status != 200 && answer.status != 202 && answer.status != 204)
        return gh_access_refused(&r, &answer);
    fprintf(stderr, "deleted %s\n", path);
    return GH_EXIT_DONE;
}

int
gh_cli_objects_delete(struct gh_cli *c)
{
    return gh_cli_objects_delete_path(c, c->operand[0]);
}
