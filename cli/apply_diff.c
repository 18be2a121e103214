/* SPDX-License-Identifier: Apache-2.0 */
/* apply_diff: what is, beside what the file says; and in words, who gains or loses what access. */
#include <stdlib.h>

#include "cli/apply_int.h"
#include "cli/tree.h"

#define VALUE_SHOWN 120 /* characters of one value; certificates are longer than anybody reads */

enum colour { PLAIN = 0, GREEN = 32, RED = 31, YELLOW = 33 };

static void
line(FILE *f, bool is_colour, enum colour c, const char *sign, const char *name, const char *value)
{
    if (is_colour && c != PLAIN)
        fprintf(f, "\033[%dm", (int)c);
    fprintf(f, "    %s %s: %.*s%s", sign, name, VALUE_SHOWN, value, strlen(value) > VALUE_SHOWN ? "..." : "");
    fputs(is_colour && c != PLAIN ? "\033[0m\n" : "\n", f);
}

static unsigned
flags_of(enum gh_resource type, const char *name)
{
    const struct gh_resource_row *row = &gh_resource_table[type];

    for (size_t i = 0; i < row->n_props; i++) {
        if (strcmp(row->props[i].name, name) == 0)
            return row->props[i].flags;
    }
    return 0;
}

static void
show(FILE *f, bool is_colour, enum colour c, const char *sign, const char *name, const json_t *v)
{
    char *s = gh_tree_scalar(v);

    line(f, is_colour, c, sign, name, s == NULL ? "" : s);
    free(s);
}

/* One property that the file names. True if it makes a difference. */
static bool
diff_wanted(FILE *f, struct apply_object *o, const char *name, const json_t *v, bool is_colour)
{
    const json_t *now = json_object_get(o->current, name);

    if ((flags_of(o->type, name) & GH_PROP_SECRET) != 0) {
        line(f, is_colour, YELLOW, o->current == NULL ? "+" : "~", name, "(secret: it cannot be compared, so it is written)");
        return true;
    }
    if (now != NULL && json_equal(v, now))
        return false;
    if (o->current != NULL && (flags_of(o->type, name) & GH_PROP_IMMUTABLE) != 0)
        o->refused = name;
    if (now != NULL)
        show(f, is_colour, RED, "-", name, now);
    show(f, is_colour, GREEN, "+", name, v);
    return true;
}

/* A property that is there and that the file does not name: a PUT takes it away. */
static bool
diff_current(FILE *f, const struct apply_object *o, const char *name, const json_t *now, bool is_colour)
{
    if (json_object_get(o->wanted, name) != NULL || (flags_of(o->type, name) & (GH_PROP_READ_ONLY | GH_PROP_SECRET)) != 0)
        return false;
    show(f, is_colour, RED, "-", name, now);
    return true;
}

/* ---- access, in words ---- */

static const char *
text_of(const json_t *props, const char *name)
{
    const char *s = json_string_value(json_object_get(props, name));

    return s == NULL ? "?" : s;
}

static bool
holds(const json_t *list, const char *s)
{
    json_t *v;
    size_t i;

    json_array_foreach(list, i, v)
    {
        if (json_is_string(v) && strcmp(json_string_value(v), s) == 0)
            return true;
    }
    return false;
}

static void
tell_members(FILE *f, const char *verb, const json_t *in, const json_t *not_in, const char *group)
{
    json_t *v;
    size_t i;

    json_array_foreach(in, i, v)
    {
        if (json_is_string(v) && !holds(not_in, json_string_value(v)))
            fprintf(f, "    access: %s %s what is assigned to %s\n", json_string_value(v), verb, group);
    }
}

static void
tell_access(FILE *f, const struct apply_object *o)
{
    if (o->type == GH_RESOURCE_ROLE_ASSIGNMENT) {
        if (o->current != NULL)
            fprintf(f, "    access: %s loses %s at %s\n", text_of(o->current, "principalId"),
                text_of(o->current, "roleDefinitionId"), text_of(o->current, "scope"));
        fprintf(f, "    access: %s gains %s at %s\n", text_of(o->wanted, "principalId"), text_of(o->wanted, "roleDefinitionId"),
            text_of(o->wanted, "scope"));
    }
    if (o->type == GH_RESOURCE_GROUP) {
        const json_t *was = json_object_get(o->current, "members"), *will = json_object_get(o->wanted, "members");

        tell_members(f, "gains", will, was, o->path);
        tell_members(f, "loses", was, will, o->path);
    }
}

/* ---- one object ---- */

void
gh_apply_diff(FILE *f, struct apply_object *o, bool is_colour)
{
    const char *name;
    char *text = NULL;
    size_t n = 0;
    FILE *lines = open_memstream(&text, &n);
    json_t *v;

    o->is_new = o->current == NULL;
    if (lines == NULL)
        lines = f;
    json_object_foreach(o->wanted, name, v) o->is_changed |= diff_wanted(lines, o, name, v, is_colour);
    json_object_foreach(o->current, name, v) o->is_changed |= diff_current(lines, o, name, v, is_colour);
    if (lines != f)
        (void)fclose(lines);
    if (o->refused != NULL) {
        fprintf(f, "refused   %s\n%s", o->path, text == NULL ? "" : text);
        fprintf(f, "    %s cannot be changed; delete the object and make it anew\n", o->refused);
    } else if (o->is_new || o->is_changed) {
        fprintf(f, "%s %s\n%s", o->is_new ? "new      " : "changed  ", o->path, text == NULL ? "" : text);
        tell_access(f, o);
    } else {
        fprintf(f, "unchanged %s\n", o->path);
    }
    free(text);
}
