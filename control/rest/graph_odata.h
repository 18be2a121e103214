/* SPDX-License-Identifier: Apache-2.0 */
/* control/rest/graph_odata: what Graph has from OData: queries of lists, and what PATCH makes of an object. */
#ifndef GH_CONTROL_REST_GRAPH_ODATA_H
#define GH_CONTROL_REST_GRAPH_ODATA_H

#include "control/rest/door.h"

/* Of a list: what would change which of them are shown is refused (400); $select and $top that shows more than was asked for are harmless. */
bool gh_graph_check_query(struct gh_call *call);

/* Whether a member of a body is an annotation or what the directory itself writes: passed over. */
bool gh_graph_is_passed_over(struct gh_str name);

/* Members of `object` that `other` in `not_in` does not have (NULL: all), but for those that are passed over at the top. */
void gh_graph_put_members(struct gh_call *call, struct gh_jsonw *w, const struct gh_json *from, gh_json_ref object, const struct gh_json *not_in,
    gh_json_ref other, bool is_top);

/*
 * Writes `to` as `with` changes it: members that are objects on both sides and of no other @odata.type are merged, all others replaced, what is not
 * named stays. The depth is bounded, deeper ones are replaced. `level` is 0.
 */
void gh_graph_odata(struct gh_call *call, struct gh_jsonw *w, const struct gh_json *old, gh_json_ref to, const struct gh_json *patch,
    gh_json_ref with, int level);

#endif
