/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/apply: files -> objects -> difference -> writes. Every file is read and checked as a whole before the first request, every object is
 * compared before the first write, and a write is conditional on what was compared.
 */
#ifndef GH_CLI_APPLY_INT_H
#define GH_CLI_APPLY_INT_H

#include <jansson.h>

#include "cli/access.h"
#include "cli/yamldoc.h"
#include "policy/resource.h"

#define GH_APPLY_OBJECTS_MAX 100000

struct apply_object {
    const char *file;
    unsigned line;
    const char *path; /* the id */
    enum gh_resource type;
    struct gh_str body; /* properties as JSON */
    json_t *wanted, *current; /* properties; current NULL: there is no such object. Owned */
    char etag[72];
    bool is_new, is_changed;
    const char *refused; /* property that cannot be changed, NULL: none */
};

struct apply_list {
    struct gh_arena *a; /* all texts */
    struct apply_object *object;
    size_t n, cap;
};

/* ---- apply_load.c: each returns an exit status and has told why, with file, line and column ---- */
int gh_apply_load(struct apply_list *l, const char *path);
/* All that -f names, sorted. */
int gh_apply_load_all(struct apply_list *l, const struct gh_cli *c);
/* In the order of writing; the same id twice is refused. */
int gh_apply_sort(struct apply_list *l);
void gh_apply_fini(struct apply_list *l);

/* ---- apply_map.c: scopes of Azure become ours: in `scope` and `assignableScopes`; what becomes of each is printed ---- */
struct gh_apply_map {
    struct gh_str from, to; /* borrowed from the text */
};
/* "AZURE_SCOPE=OUR_SCOPE" */
int gh_apply_map_read(struct gh_apply_map *out, struct gh_arena *a, const char *text);
int gh_apply_map(struct apply_list *l, const struct gh_apply_map *maps, size_t n, FILE *out);

/* ---- apply_diff.c ---- */
/* Sets is_new and is_changed, and prints what would change if there is something. Secrets are masked. */
void gh_apply_diff(FILE *f, struct apply_object *o, bool is_colour);

#endif
