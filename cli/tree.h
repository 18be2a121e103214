/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/tree: JSON that must be walked or edited, as a Jansson tree, made only from text that core's reader accepted; and trees as YAML
 * (what `apply` takes) and as one short line (for tables).
 */
#ifndef GH_CLI_TREE_H
#define GH_CLI_TREE_H

#include <jansson.h>
#include <stdio.h>

#include "base/str.h"

static inline void
gh_cleanup_json(json_t **j)
{
    json_decref(*j);
}
#define gh_auto_json __attribute__((cleanup(gh_cleanup_json))) json_t

/* NULL: not JSON, or no memory. The caller owns it. */
json_t *gh_tree_read(struct gh_str text);

/* A scalar as a person writes it in YAML: quoted only where it must be. Containers: JSON in one line. The caller frees it. */
char *gh_tree_scalar(const json_t *v);
/* Block style, `indent` spaces deep, each line with its newline. */
void gh_tree_yaml(FILE *f, const json_t *v, int indent);

#endif
