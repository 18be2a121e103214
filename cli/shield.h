/* SPDX-License-Identifier: Apache-2.0 */
/* cli/shield: what `gatehouse shield scan` and `gatehouse shield explain` share. No server is asked: the model is a file. */
#ifndef GH_CLI_SHIELD_H
#define GH_CLI_SHIELD_H

#include <stdio.h>

#include "cli/command.h"
#include "shield/shield.h"

/* The model of --model, else the one that is installed with this program. Told on stderr if it cannot be had: the exit status. */
int gh_cli_shield_open(struct gh_shield_model **out, struct gh_arena *a, const struct gh_cli *c);

/* "user", "document", "tool_output"; false for any other word. */
bool gh_cli_shield_kind(enum gh_shield_kind *out, struct gh_str word);

/* A text of any length, in pieces that overlap; the piece with the highest score counts. */
GH_MUST_USE enum gh_rc gh_cli_shield_judge(struct gh_shield_verdict *out, const struct gh_shield_model *m, enum gh_shield_kind kind,
    struct gh_str text);

/* One line of at most `cap` bytes, without its end, into `mem`; what is longer is read over and marked. False at the end of the input. */
bool gh_cli_next_line(struct gh_str *out, bool *is_cut, char *mem, size_t cap, FILE *f);

/* The id of a line that is no JSON as a whole: the value behind the first "id":, as it stands, if that alone is a string or a number; else empty. */
struct gh_str gh_cli_id_of_bad_line(struct gh_arena *a, struct gh_str line);

#endif
