/* SPDX-License-Identifier: Apache-2.0 */
/* control/rest/arm_list: lists and single objects of role management as Azure Resource Manager shows them: pages, absolute links, who and when. */
#ifndef GH_CONTROL_REST_ARM_LIST_H
#define GH_CONTROL_REST_ARM_LIST_H

#include "control/rest/arm_pim.h"

#define GH_ARM_PAGE 200 /* objects in one answer */

struct gh_arm_view { /* what is listed */
    struct gh_call *call;
    struct gh_store_tx *tx; /* of the walk */
    struct gh_str scope;    /* ours */
    struct gh_arm_filter filter;
};
/* Whether it is of the list, and whether this caller may see it. */
typedef bool gh_arm_fits_fn(const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p);
/* {"id","name","type","properties"}; call->scope is the scope that was asked at. */
typedef void gh_arm_put_fn(struct gh_jsonw *w, struct gh_call *call, const struct gh_store_resource *r, const struct gh_props *p);

/* The page that the query's $skiptoken begins; the scope and $filter are read. call->action is set, and decided at the scope. */
void gh_arm_list(struct gh_call *call, const struct gh_door *d, struct gh_str collection, gh_arm_fits_fn *fits, gh_arm_put_fn *put);
/* One object as the answer, with this status. */
void gh_arm_answer(struct gh_call *call, unsigned status, gh_arm_put_fn *put, const struct gh_store_resource *r, const struct gh_props *p);

/* Members "createdOn", "createdBy", "updatedOn", "updatedBy". */
void gh_arm_put_times(struct gh_jsonw *w, struct gh_call *call, const struct gh_store_resource *r);
/* The member of that name as it is stored; absent: none. */
void gh_arm_put_member(struct gh_jsonw *w, const struct gh_props *p, const char *name);

/* The body's "properties", or the body itself. False: the answer is a 400. */
bool gh_arm_body(struct gh_props *out, struct gh_call *call);
/* A principal as a caller wrote it: gh_arm_principal, or the group of that name. False: the answer is a fault. */
bool gh_arm_who(struct gh_str *out, struct gh_call *call, struct gh_str written);

#endif
