/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/yamldoc: a narrow YAML: what can be said in JSON, with comments and without brackets. Each document becomes JSON text, which then goes
 * through the one JSON reader like everything else; places are kept, so that an error of any later check can name line and column.
 *
 * Refused: anchors, aliases, tags, merge keys, directives, keys that are not scalars, more depth than JSON may have. Duplicate keys are
 * found by the JSON reader. A plain scalar is null, true, false or a JSON number when it is spelled exactly so, else a string: `yes` and
 * `0x10` are strings.
 */
#ifndef GH_CLI_YAMLDOC_H
#define GH_CLI_YAMLDOC_H

#include "base/buf.h"

#define GH_YAMLDOC_BYTES_MAX (8u << 20)  /* of one file */
#define GH_YAMLDOC_DOCS_MAX 100000       /* of one file */
#define GH_YAMLDOC_NODES_MAX (1u << 20)  /* of one document, as in JSON */

struct gh_yamldoc_mark {
    size_t at; /* offset in the JSON text */
    unsigned line, column;
};

struct gh_yamldoc {
    struct gh_str json; /* in the arena */
    struct gh_yamldoc_mark *marks;
    size_t n_marks;
    struct gh_yamldoc *next;
};

struct gh_yamldoc_error {
    unsigned line, column; /* from 1 */
    const char *what;      /* literal */
};

/* All documents of the text, in order; empty ones are left out. GH_BAD, GH_LIMIT, GH_NOMEM with *err filled. */
GH_MUST_USE enum gh_rc gh_yamldoc_read(struct gh_yamldoc **out, struct gh_arena *a, struct gh_str text, struct gh_yamldoc_error *err);

/* Where offset `at` of the JSON text stood in the YAML text. */
struct gh_yamldoc_mark gh_yamldoc_place(const struct gh_yamldoc *doc, size_t at);

#endif
