/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <stdlib.h>

#include "cli/tree.h"
#include "policy/resource.h"

#define COLUMNS_MAX 7  /* beside the id: more do not fit on a line */
#define WIDTH_MAX   40 /* of one value */
#define LONG_TEXT   4096

struct column {
    const char *name;
    size_t width;
};
struct table {
    struct column column[COLUMNS_MAX];
    size_t n;
    size_t id_width;
};

/* "a, b, c" of a list, else the value as it is written in YAML. The caller frees it; NULL: there is none, or memory is short. */
static char *
cell(const json_t *object, const char *name)
{
    const json_t *v = json_object_get(json_object_get(object, "properties"), name);
    const char *text = json_string_value(v);
    char *out = NULL;
    size_t n = 0, i;
    json_t *item;

    if (v == NULL)
        return NULL;
    if (text != NULL)
        return strndup(text, strcspn(text, "\n\t")); /* a text of several lines: its first */
    if (!json_is_array(v))
        return gh_tree_scalar(v);
    FILE *f = open_memstream(&out, &n);
    if (f == NULL)
        return NULL;
    json_array_foreach(v, i, item)
        fprintf(f, "%s%s", i > 0 ? ", " : "", json_string_value(item) != NULL ? json_string_value(item) : "");
    (void)fclose(f);
    return out;
}

static bool
fits_in_column(const struct gh_prop *p)
{
    bool is_long = (p->flags & GH_PROP_TEXT) != 0 && p->max > LONG_TEXT; /* a certificate, not a description */

    return !is_long && (p->flags & GH_PROP_SECRET) == 0 && p->type != GH_PROP_OBJECT && p->type != GH_PROP_OBJECTS;
}

/* Bytes stand for characters: names are ASCII, and a text that is not only makes its own line crooked. */
static size_t
width_of(const json_t *objects, const char *name)
{
    size_t widest = 0, i;
    json_t *o;

    json_array_foreach(objects, i, o)
    {
        char *s = cell(o, name);
        size_t n = s == NULL ? 0 : strlen(s);

        widest = n > widest ? n : widest;
        free(s);
    }
    return widest > WIDTH_MAX ? WIDTH_MAX : widest;
}

static const char *
id_of(const json_t *object)
{
    const char *id = json_string_value(json_object_get(object, "id"));

    return id == NULL ? "-" : id;
}

static void
lay_out(struct table *t, const json_t *objects)
{
    struct gh_resource_path p;
    const struct gh_resource_row *row = NULL;
    json_t *o;
    size_t i;

    json_array_foreach(objects, i, o) t->id_width = strlen(id_of(o)) > t->id_width ? strlen(id_of(o)) : t->id_width;
    if (gh_resource_find(&p, gh_str_z(id_of(json_array_get(objects, 0)))) == GH_OK)
        row = &gh_resource_table[p.type];
    for (i = 0; row != NULL && i < row->n_props && t->n < COLUMNS_MAX; i++) {
        size_t width = fits_in_column(&row->props[i]) ? width_of(objects, row->props[i].name) : 0;

        if (width > 0)
            t->column[t->n++] = (struct column){row->props[i].name, width};
    }
    for (i = 0; i < t->n; i++)
        if (t->column[i].width < strlen(t->column[i].name))
            t->column[i].width = strlen(t->column[i].name);
}

/* The last column is not padded: lines end where their text does. */
static void
print_row(FILE *f, const struct table *t, const json_t *object)
{
    fprintf(f, "%-*s", t->n > 0 ? (int)t->id_width : 0, id_of(object));
    for (size_t i = 0; i < t->n; i++) {
        char *s = cell(object, t->column[i].name);
        const char *text = s == NULL ? "-" : s;
        bool is_cut = strlen(text) > WIDTH_MAX;

        if (is_cut)
            fprintf(f, "  %.*s...", WIDTH_MAX - 3, text);
        else
            fprintf(f, "  %-*s", i + 1 < t->n ? (int)t->column[i].width : 0, text);
        free(s);
    }
    fputc('\n', f);
}

void
gh_cli_table(FILE *f, const json_t *objects, bool is_colour)
{
    struct table t = {.id_width = 2};
    json_t *o;
    size_t i;

    if (json_array_size(objects) == 0)
        return;
    lay_out(&t, objects);
    fprintf(f, "%s%-*s", is_colour ? "\033[1m" : "", t.n > 0 ? (int)t.id_width : 0, "id");
    for (i = 0; i < t.n; i++)
        fprintf(f, "  %-*s", i + 1 < t.n ? (int)t.column[i].width : 0, t.column[i].name);
    fputs(is_colour ? "\033[0m\n" : "\n", f);
    json_array_foreach(objects, i, o) print_row(f, &t, o);
}
