/* SPDX-License-Identifier: Apache-2.0 */
/* Graph's shapes of access reviews and of risky users, over /accessReviews and /risk. */
#ifndef GH_CONTROL_REST_GRAPH_REVIEWS_H
#define GH_CONTROL_REST_GRAPH_REVIEWS_H

#include "control/rest/door.h"

extern const struct gh_door_table gh_door_graph_reviews; /* graph_reviews.c */
extern const struct gh_door_table gh_door_graph_risk;    /* graph_risk.c    */

/*
 * An accessReviewScheduleDefinition (`json`) as our properties (JSON in the arena). False: the answer is a 400 that names the member which is not
 * supported; nothing is ignored but what Graph itself only tells. (graph_review_read.c)
 */
bool gh_graph_review_read(struct gh_str *properties, struct gh_call *call, struct gh_str json);

/* And back: each property, so that what was read can be written again. (graph_review_put.c) */
void gh_graph_review_put(struct gh_jsonw *w, struct gh_call *call, const struct gh_store_resource *r, const struct gh_props *p);
/*
 * The properties of `r` as the call's body changes them: what it does not name stays, and so does what it says just as it was told (Graph has only days
 * and dates, we have minutes). False: the answer is set.
 */
bool gh_graph_review_update(struct gh_str *properties, struct gh_call *call, const struct gh_store_resource *r, const struct gh_props *p);

#endif
