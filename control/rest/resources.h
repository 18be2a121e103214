/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/resources: the management API, generic over gh_resource_table: GET, PUT, DELETE, LIST and, where a type is made so, POST.
 *
 *   identify -> find the type -> action of the method -> decide -> schema -> the type's checks -> one transaction: preconditions, row,
 *   links, record -> commit -> publish -> answer
 *
 * Bodies are {"properties": {...}}; answers {"id","type","etag","properties","createdAt",...}. `?dryRun=true` on PUT and DELETE does all of it but the
 * commit and answers what would change: "change": "create" | "update" | "none" | "delete".
 */
#ifndef GH_CONTROL_REST_RESOURCES_H
#define GH_CONTROL_REST_RESOURCES_H

#include "control/rest/call.h"

/* Answers `call`: always an answer, also for failures. */
void gh_rest_answer(struct gh_call *call);

/* Gives back what the call holds beside its arena. */
void gh_rest_done(struct gh_call *call);

/* The item as JSON: what GET, PUT and each element of a list show. */
void gh_rest_put_item(struct gh_call *call, struct gh_jsonw *w, struct gh_store_tx *tx, const struct gh_store_resource *r);

/* `top` and `skipToken` of a list; false: the answer is a 400. */
bool gh_rest_read_paging(struct gh_call *call, size_t *max, struct gh_str *after);
/* "nextLink": the page behind the one whose last item has this name. */
void gh_rest_put_next_link(struct gh_call *call, struct gh_jsonw *w, struct gh_str collection, size_t max, struct gh_str last);

#endif
