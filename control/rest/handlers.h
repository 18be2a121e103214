/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/handlers: the one table of what is particular to a type. A type without a row is generic throughout. Adding a type is adding a
 * row in core/policy/resource_table.c, one here if it needs checks, and one in publish/project_keys.c if it reaches the snapshot.
 */
#ifndef GH_CONTROL_REST_HANDLERS_H
#define GH_CONTROL_REST_HANDLERS_H

#include "control/rest/write.h"

struct gh_handler {
    bool (*prepare)(struct gh_write *w);
    bool (*check)(struct gh_write *w);
    bool (*after)(struct gh_write *w);
    bool (*check_delete)(struct gh_write *w);
    /* Where access is decided, if not at the path: from the properties (as asked, or as stored). */
    struct gh_str (*scope)(const struct gh_props *props);
    /* Before that decision, in the transaction: what conditions may ask of the change, into call->attributes. */
    bool (*describe)(struct gh_write *w);
    /* Further members of the answer, behind "properties". */
    void (*render)(struct gh_call *call, struct gh_jsonw *w, struct gh_store_tx *tx, const struct gh_store_resource *r);
    /* For what is no stored resource: the whole answer to GET or LIST. */
    void (*answer)(struct gh_call *call);
    bool is_scope_kept; /* what `scope` says of what is stored holds: a write cannot change it, and is asked there alone */
    bool owns_below;    /* what lies below goes with it */
    bool is_guarded; /* writing it says who people are: needs the right to assign roles at "/" */
};

extern const struct gh_handler gh_handler_table[GH_RESOURCE_COUNT];

/* check_*.c */
bool gh_check_endpoint(struct gh_write *w);
bool gh_check_guards(struct gh_write *w); /* part of gh_check_endpoint */
bool gh_after_endpoint(struct gh_write *w);
bool gh_check_endpoint_network(struct gh_write *w); /* the part of gh_check_endpoint that check_networks.c holds */
bool gh_check_deployment(struct gh_write *w);
bool gh_check_workspace(struct gh_write *w);
bool gh_prepare_outbound_rule(struct gh_write *w);
bool gh_check_outbound_rule(struct gh_write *w);
bool gh_prepare_listener(struct gh_write *w);
bool gh_check_listener(struct gh_write *w);
bool gh_check_delete_listener(struct gh_write *w);
bool gh_prepare_connection(struct gh_write *w);
bool gh_check_connection(struct gh_write *w);
bool gh_prepare_backend(struct gh_write *w);
bool gh_check_backend(struct gh_write *w);
bool gh_prepare_secret(struct gh_write *w);
bool gh_after_secret(struct gh_write *w);
void gh_render_secret(struct gh_call *call, struct gh_jsonw *w, struct gh_store_tx *tx, const struct gh_store_resource *r);
bool gh_check_identity(struct gh_write *w);
bool gh_check_delete_identity(struct gh_write *w);
bool gh_check_group(struct gh_write *w);
bool gh_after_group(struct gh_write *w); /* elevation_ends.c */
bool gh_check_delete_group(struct gh_write *w);
bool gh_prepare_issuer(struct gh_write *w);
bool gh_check_issuer(struct gh_write *w);
bool gh_after_issuer(struct gh_write *w);
bool gh_check_delete_issuer(struct gh_write *w);
bool gh_check_role(struct gh_write *w);
bool gh_after_role(struct gh_write *w);
bool gh_check_delete_role(struct gh_write *w);
bool gh_check_assignment(struct gh_write *w);
bool gh_check_delete_assignment(struct gh_write *w);
struct gh_str gh_scope_assignment(const struct gh_props *props);
bool gh_check_eligibility(struct gh_write *w);
bool gh_check_delete_eligibility(struct gh_write *w); /* elevation_ends.c */
bool gh_check_role_policy(struct gh_write *w);
bool gh_check_role_request(struct gh_write *w);
bool gh_prepare_containment(struct gh_write *w);
bool gh_check_containment(struct gh_write *w);
bool gh_check_revocation(struct gh_write *w);
bool gh_after_revocation(struct gh_write *w);
bool gh_describe_assignment(struct gh_write *w);
bool gh_check_condition(struct gh_write *w); /* "condition" and "conditionVersion" of an assignment or a denial */
bool gh_check_scope(struct gh_write *w, struct gh_str scope);
bool gh_check_principal(struct gh_write *w, struct gh_str principal);
bool gh_check_deny(struct gh_write *w);
bool gh_check_delete_deny(struct gh_write *w);
bool gh_prepare_key(struct gh_write *w);
bool gh_check_key(struct gh_write *w);
void gh_render_key(struct gh_call *call, struct gh_jsonw *w, struct gh_store_tx *tx, const struct gh_store_resource *r);
/* check_conditional.c */
bool gh_check_endpoint_context(struct gh_write *w); /* part of gh_check_endpoint */
bool gh_check_cond_policy(struct gh_write *w);
bool gh_check_cond_place(struct gh_write *w);
bool gh_check_cond_strength(struct gh_write *w);
bool gh_check_cond_context(struct gh_write *w);
/* answers.c */
void gh_answer_status(struct gh_call *call);
void gh_answer_audit_records(struct gh_call *call);
void gh_answer_audit_head(struct gh_call *call);
void gh_answer_audit_key(struct gh_call *call);
void gh_answer_audit_export(struct gh_call *call);
void gh_answer_access(struct gh_call *call); /* control/access/access_rest.c */
void gh_answer_api(struct gh_call *call);

#endif
