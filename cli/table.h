/* SPDX-License-Identifier: Apache-2.0 */
/* cli/table: objects as lines for people: the id, and what of their kind's properties fits into a column. */
#ifndef GH_CLI_TABLE_H
#define GH_CLI_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

/*
 * An array of objects as answers show them, all of one collection. Columns follow the table of resource types; those that no object has are
 * left out, and so are long texts, objects and secrets: -o yaml shows all. Nothing for an empty array.
 */
void gh_cli_table(FILE *f, const json_t *objects, bool is_colour);

#endif
