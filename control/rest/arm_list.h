/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/arm_list: lists and single objects of role management as Azure Resource Manager shows them: filters, pages, absolute links, who and
 * when. A list that is about one principal is read by the store's index of principals; any other is walked, at most GH_ARM_SCAN objects for one answer:
 * a page may then hold fewer than fit, or none, and its nextLink goes on.
 */
#ifndef GH_CONTROL_REST_ARM_LIST_H
#define GH_CONTROL_REST_ARM_LIST_H

#include "control/publish/project_int.h"
#include "control/rest/arm_filter.h"
#include "control/rest/arm_pim.h"

#define GH_ARM_PAGE 200   /* objects in one answer, and what $top may ask for */
#define GH_ARM_SCAN 20000 /* objects that are looked at for one answer        */

struct gh_arm_view { /* what is listed */
    struct gh_call *call;
    const struct gh_door *door;
    struct gh_store_tx *tx; /* of the walk; NULL: one object is shown */
    struct gh_str scope;    /* ours */
    struct gh_arm_filter filter;
    struct gh_str principal, assignee; /* of `principalId eq` and assignedTo(), ours; p NULL: not asked for */
    struct gh_strs assignees;          /* both names of the assignee, and his groups */
    const void *ctx;                   /* the listing's */
};
/* Whether it is of the list, and whether this caller may see it. `p` lives as long as the call of the function. */
typedef bool gh_arm_fits_fn(const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p);
/* {"id","name","type","properties"}; call->scope is the scope that was asked at. */
typedef void gh_arm_put_fn(struct gh_jsonw *w, const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p);

struct gh_arm_listing {
    struct gh_str collection;
    unsigned takes;     /* GH_ARM_TAKES of its $filter */
    gh_arm_fits_fn *fits;
    gh_arm_put_fn *put;
    bool is_open;       /* no right is asked at the scope: `fits` says of each whether the caller may see it      */
    bool is_linked;     /* its principals are links in the store, under the names that gh_arm_names_fit compares */
    const void *ctx;
};
/* The page that the query's $skiptoken begins. call->action is set; decided at the scope unless is_open. */
void gh_arm_list(struct gh_call *call, const struct gh_door *d, const struct gh_arm_listing *l);

/* ---- for `fits` ---- */

/* At the scope, above it and, without atScope(), below it: all of them concern it. */
bool gh_arm_scope_fits(const struct gh_arm_view *v, struct gh_str scope);
/* principalId, assignedTo() and asTarget(). */
bool gh_arm_names_fit(const struct gh_arm_view *v, struct gh_str principal);
/* An equality of the filter, without regard to case; not asked for: true. */
bool gh_arm_value_fits(const struct gh_arm_view *v, enum gh_arm_term t, struct gh_str value);
/* roleDefinitionId, by the last segment. */
bool gh_arm_role_fits(const struct gh_arm_view *v, struct gh_str role);

/* All that eligibilities, assignments and requests have in common; and it may be shown: by rights at its scope, or because it is the caller's own. */
bool gh_arm_grant_fits(const struct gh_arm_view *v, const struct gh_props *p);

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
