/* SPDX-License-Identifier: Apache-2.0 */
/* cli/explain: what can be managed and how it is written, from the tables that control works by; no installation is asked. */
#include <stdlib.h>

#include "base/limits.h"
#include "cli/objects.h"
#include "cli/tree.h"
#include "control/rest/openapi.h"
#include "host/host.h"

#define FIELD_WIDTH 22
#define TYPE_WIDTH  34

/* ---- api describe ---- */

int
gh_cli_api_describe(struct gh_cli *c)
{
    enum gh_format f = gh_cli_objects_format(c, GH_FORMAT_JSON);
    gh_auto_json *tree = NULL;
    gh_auto_arena a = {0};
    struct gh_buf b;

    if (f == GH_FORMAT_NONE)
        return GH_EXIT_UNABLE;
    if (f == GH_FORMAT_TABLE)
        return gh_cli_fail(GH_EXIT_UNABLE, "the description is JSON or YAML, no table", NULL, "for tables: gatehouse explain TYPE");
    gh_arena_init(&a, gh_heap(), 2 * (size_t)GH_OPENAPI_BYTES_MAX);
    gh_buf_init(&b, &a, GH_OPENAPI_BYTES_MAX);
    if (gh_openapi_put(&b) != GH_OK || (tree = gh_tree_read(gh_buf_str(&b))) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "out of memory", NULL, NULL);
    if (f == GH_FORMAT_YAML)
        gh_tree_yaml(stdout, tree, 0);
    else
        gh_cli_objects_print(tree, f);
    return GH_EXIT_DONE;
}

/* ---- explain ---- */

/* "string, 1 to 64 bytes", "openai|azure", "list of strings, at most 16". */
static void
put_type(char *out, size_t n, const struct gh_prop *p)
{
    static const char *const words[] = {
        [GH_PROP_STRING] = "string",
        [GH_PROP_BOOL] = "true or false",
        [GH_PROP_INTEGER] = "number",
        [GH_PROP_STRINGS] = "list of strings",
        [GH_PROP_ENUM] = "",
        [GH_PROP_OBJECT] = "object",
        [GH_PROP_OBJECTS] = "list of objects",
        [GH_PROP_ANY] = "string or object",
    };
    bool has_bounds = p->type == GH_PROP_INTEGER && p->max < INT64_MAX;

    (void)snprintf(out, n, "%s", p->choices != NULL ? p->choices : words[p->type]);
    if (has_bounds)
        (void)snprintf(out, n, "%s, %lld to %lld", words[p->type], (long long)p->min, (long long)p->max);
}

static void
put_flags(char *out, size_t n, unsigned flags)
{
    static const struct {
        unsigned flag;
        const char *word;
    } rows[] = {{GH_PROP_REQUIRED, " Required."}, {GH_PROP_IMMUTABLE, " Cannot be changed."}, {GH_PROP_READ_ONLY, " Read-only."}};
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((flags & rows[i].flag) != 0)
            used += (size_t)snprintf(out + used, n - used, "%s", rows[i].word);
    }
}

static void
print_field(const struct gh_prop *p, int indent)
{
    char type[128], flags[64];

    put_type(type, sizeof type, p);
    put_flags(flags, sizeof flags, p->flags);
    printf("%*s%-*s %-*s %s%s\n", indent, "", FIELD_WIDTH - indent, p->name, TYPE_WIDTH, type, p->describes, flags);
}

static void
print_nested(enum gh_resource type, const char *name)
{
    for (const struct gh_openapi_nested *n = gh_openapi_parts[type].nested; n != NULL && n->name != NULL; n++) {
        if (strcmp(n->name, name) != 0)
            continue;
        for (size_t i = 0; i < n->members.n; i++)
            print_field(&n->members.p[i], 4);
    }
}

static void
print_action(const char *verb, enum gh_action a)
{
    if (a != GH_ACTION_NONE)
        printf("  %-7s %.*s\n", verb, (int)gh_action_table[a].string.n, gh_action_table[a].string.p);
}

static int
explain_type(enum gh_resource type)
{
    const struct gh_resource_row *row = &gh_resource_table[type];

    printf("%s  %s\n\n", row->name, row->pattern != NULL ? row->pattern : row->collection);
    print_action("read", row->action[row->pattern != NULL ? GH_VERB_READ : GH_VERB_LIST]);
    print_action("write", row->action[GH_VERB_WRITE]);
    print_action("delete", row->action[GH_VERB_DELETE]);
    if (row->n_props > 0)
        printf("\nProperties:\n");
    for (size_t i = 0; i < row->n_props; i++) {
        print_field(&row->props[i], 2);
        print_nested(type, row->props[i].name);
    }
    return GH_EXIT_DONE;
}

/* By its name ("endpoint"), in any case, or by the path of one. */
static enum gh_resource
find_type(const char *word)
{
    struct gh_resource_path p;

    for (size_t t = GH_RESOURCE_NONE + 1; t < GH_RESOURCE_COUNT; t++) {
        if (gh_str_eq_ci(gh_str_z(word), gh_str_z(gh_resource_table[t].name)))
            return (enum gh_resource)t;
    }
    return gh_resource_find(&p, gh_str_z(word)) == GH_OK ? p.type : GH_RESOURCE_NONE;
}

static void
list_types(FILE *f)
{
    for (size_t t = GH_RESOURCE_NONE + 1; t < GH_RESOURCE_COUNT; t++) {
        const struct gh_resource_row *row = &gh_resource_table[t];

        fprintf(f, "  %-16s %s\n", row->name, row->pattern != NULL ? row->pattern : row->collection);
    }
}

int
gh_cli_explain(struct gh_cli *c)
{
    enum gh_resource type;

    if (c->n_operands == 0) {
        list_types(stdout);
        return GH_EXIT_DONE;
    }
    if ((type = find_type(c->operand[0])) != GH_RESOURCE_NONE)
        return explain_type(type);
    (void)gh_cli_fail(GH_EXIT_UNABLE, "there is no such kind of object", c->operand[0], "there are:");
    list_types(stderr);
    return GH_EXIT_UNABLE;
}
