/* SPDX-License-Identifier: Apache-2.0 */
/* One request while it is carried out: elevation.c asks, elevation_review.c answers. */
#ifndef GH_CONTROL_REST_ELEVATION_INT_H
#define GH_CONTROL_REST_ELEVATION_INT_H

#include "control/rest/elevation.h"

struct gh_elevation {
    struct gh_call *call;
    const struct gh_ask *ask;
    struct gh_change ch;
    int64_t now_ms;
    struct gh_str role, principal; /* id; as assignments name him          */
    struct gh_role_policy policy;
    struct gh_str eligibility;     /* what is activated                    */
    struct gh_str holder;          /* who is eligible by it: he, or a group of his */
    int64_t eligibility_end_ms;    /* 0: none                              */
    int64_t start_ms, end_ms, duration_ms; /* end 0: none                  */
    struct gh_str target;          /* what is changed or ended             */
    struct gh_props target_props;
    struct gh_str failed;          /* rules, as elements of a JSON array   */
    const char *status;            /* literal                              */
    int64_t waits_until_ms;        /* 0: it does not wait                  */
    bool has_waited;               /* it did, and was answered or taken back */
    struct gh_str result;          /* path of what was made or changed     */
    struct gh_str requestor, requestor_name; /* the second: in tokens, where it is another */
    struct gh_str reviewed_by, review_result, review_justification; /* empty: nobody answered */
    struct gh_str request, request_json; /* the request's own resource     */
};

void gh_elevation_fail_rule(struct gh_elevation *e, const char *rule);
/* elevation_find.c; each false with the answer set */
bool gh_elevation_load(struct gh_elevation *e, struct gh_props *p, bool *exists, struct gh_str path);
/* The caller's eligibility that covers what is asked for; e->eligibility empty: none. */
bool gh_elevation_find_eligibility(struct gh_elevation *e);
/* The eligibility or assignment of e->principal with this role, at this scope: named, or found. e->target empty: there is none. */
bool gh_elevation_find_target(struct gh_elevation *e, bool only_activated);
/* The same, and there must be one. */
bool gh_elevation_needs_target(struct gh_elevation *e, bool only_activated);
/* Whether nobody waits for the same. */
bool gh_elevation_is_first(struct gh_elevation *e);
/* The eligibility or assignment as e says it; `was`, if not NULL, is what it changes: the rest of that stays. */
bool gh_elevation_put_grant(struct gh_elevation *e, struct gh_str path, const struct gh_props *was, const char *operation);
/* The assignment that ends by itself; e->start_ms and end_ms are set. */
bool gh_elevation_activate(struct gh_elevation *e);
/* elevation_forget.c: what of e's person and role is over, and more than is kept, goes; the audit chain has it. Target of GH_STORE_LINK_ASKED. */
bool gh_elevation_forget_old(struct gh_elevation *e);
struct gh_str gh_elevation_asked_key(struct gh_call *call, struct gh_str principal, struct gh_str role);
/* The request's resource, from e. */
bool gh_elevation_put_request(struct gh_elevation *e);
/* As gh_door_time, for what may be absent. */
void gh_elevation_put_time(struct gh_jsonw *w, struct gh_call *call, const char *key, int64_t ms);

#endif
