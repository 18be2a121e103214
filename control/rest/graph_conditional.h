/* SPDX-License-Identifier: Apache-2.0 */
/* control/rest/graph_conditional: what the files of conditional access at the Graph door share. */
#ifndef GH_CONTROL_REST_GRAPH_CONDITIONAL_H
#define GH_CONTROL_REST_GRAPH_CONDITIONAL_H

#include "control/rest/graph_odata.h"

/* A policy as Graph shows it, without the closing brace: whoever calls may add members and ends the object. */
void gh_graph_open_policy(struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *props);

#endif
