/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tree.h"

#include <stdlib.h>

#include "host/host.h"
#include "wire/json.h"

#define TREE_ARENA_MAX (512u << 20) /* nodes of the longest answer */

json_t *
gh_tree_read(struct gh_str text)
{
    struct gh_json j;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), TREE_ARENA_MAX);
    if (gh_json_parse(&j, &a, text, NULL) != GH_OK)
        return NULL;
    return json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

static bool
is_plain_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c != '\0' && strchr("/_.-", c) != NULL);
}

/* Without quotes our reader and every other one must take it for a string: no number, no word that some version of YAML knows. */
static bool
is_plain(const char *s)
{
    static const char *const words[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};

    if (s[0] != '/' && (s[0] < 'A' || (s[0] > 'Z' && s[0] < 'a') || s[0] > 'z'))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (gh_str_eq_ci(gh_str_z(s), gh_str_z(words[i])))
            return false;
    }
    while (is_plain_char(*s))
        s++;
    return *s == '\0';
}

char *
gh_tree_scalar(const json_t *v)
{
    if (json_is_string(v) && is_plain(json_string_value(v)))
        return strdup(json_string_value(v));
    return json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
}

static bool
is_block(const json_t *v)
{
    return (json_is_object(v) && json_object_size(v) > 0) || (json_is_array(v) && json_array_size(v) > 0);
}

static void
put_value(FILE *f, const json_t *v, int indent)
{
    char *s;

    if (is_block(v)) {
        fputc('\n', f);
        gh_tree_yaml(f, v, indent);
        return;
    }
    s = gh_tree_scalar(v);
    fprintf(f, " %s\n", s == NULL ? "null" : s);
    free(s);
}

void
gh_tree_yaml(FILE *f, const json_t *v, int indent)
{
    const char *key;
    json_t *member;
    size_t i;

    json_object_foreach((json_t *)(uintptr_t)v, key, member)
    {
        json_t *name = json_string(key);
        char *s = gh_tree_scalar(name);

        fprintf(f, "%*s%s:", indent, "", s == NULL ? "" : s);
        put_value(f, member, indent + 2);
        free(s);
        json_decref(name);
    }
    json_array_foreach(v, i, member)
    {
        fprintf(f, "%*s-", indent, "");
        put_value(f, member, indent + 2);
    }
}
