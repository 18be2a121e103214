/* SPDX-License-Identifier: Apache-2.0 */
/* cli/records: pages of the audit chain through the management API, for the commands that read it. They return an exit status and have
 * told why it is not GH_EXIT_DONE. */
#ifndef GH_CLI_RECORDS_H
#define GH_CLI_RECORDS_H

#include <jansson.h>

#include "cli/access.h"

/* "15m" -> a time that long ago; a time stays as it is. */
int gh_records_since(char out[40], const char *given);

struct gh_records_query {
    const char *order;  /* "order=newest&limit=20", "after=7&limit=1000" */
    const char *since;  /* RFC 3339; NULL or "": any, as for the rest     */
    const char *kinds, *caller;
};

/* One page: {"value": [...], "next", "last"}. The caller owns it. */
int gh_records_fetch(json_t **out, struct gh_access *x, const struct gh_records_query *q);

/* "&name=value", escaped; nothing for an empty value. */
void gh_records_put_arg(struct gh_buf *b, const char *name, const char *value);

#endif
