/* SPDX-License-Identifier: Apache-2.0 */
/* cli/objects: what several commands do with objects of the resource table: check a path, call, list all pages, print. */
#ifndef GH_CLI_OBJECTS_H
#define GH_CLI_OBJECTS_H

#include <jansson.h>

#include "cli/access.h"
#include "policy/resource.h"

enum gh_format { GH_FORMAT_NONE = 0, GH_FORMAT_JSON, GH_FORMAT_YAML, GH_FORMAT_TABLE };

/* -o, or `otherwise`; GH_FORMAT_NONE: another word, which was told. */
enum gh_format gh_cli_objects_format(const struct gh_cli *c, enum gh_format otherwise);

/* The functions below return an exit status, and have told why it is not GH_EXIT_DONE. */

int gh_cli_objects_path(struct gh_resource_path *out, const char *path);
/* gh_access_call with each segment of r->path encoded; r->path itself stays readable for messages. */
int gh_cli_objects_call(struct gh_answer *out, struct gh_access *x, struct gh_arena *a, const struct gh_request *r);
/* {"properties": ...}: what PUT and POST take, in the arena; p NULL: no memory. */
struct gh_str gh_cli_objects_body(struct gh_arena *a, struct gh_str properties);
/* All pages from `path` (encoded) on, appended to the array. */
int gh_cli_objects_list_all(json_t *all, struct gh_access *x, const char *path);
/* The same; *is_hidden becomes true, and nothing is told, where the list may not be seen or is not there. */
int gh_cli_objects_list_seen(json_t *all, bool *is_hidden, struct gh_access *x, const char *path);

void gh_cli_objects_print(const json_t *object, enum gh_format f);

/* The commands themselves, for a path that the caller made. */
int gh_cli_objects_list_path(struct gh_cli *c, const char *path);
int gh_cli_objects_delete_path(struct gh_cli *c, const char *path);

#endif
