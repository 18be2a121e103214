/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/write: a change of one resource, as the handlers of its type see it. Its steps, in order:
 *
 *   prepare   before the transaction: what may take long (names looked up, a secret wrapped by vault)
 *   check     in the transaction: what a schema cannot say; names the links; may replace or add a property as it is stored
 *   (row and links are written)
 *   after     in the transaction: what goes with the row
 *
 * A step that refuses has set the answer (gh_call_problem) and returns false: nothing is kept.
 */
#ifndef GH_CONTROL_REST_WRITE_H
#define GH_CONTROL_REST_WRITE_H

#include "control/publish/props.h"
#include "control/publish/touched.h"
#include "control/rest/call.h"

struct gh_write {
    struct gh_call *call;
    struct gh_resource_path r;
    bool is_dry_run, is_delete, is_post;
    bool is_granted;               /* a rule gives it, not the caller: his own rights do not bound it (change.h) */
    bool may_end_owners;           /* the last Owner may be disabled (owners.h)       */
    bool is_refused;               /* by a decision: recorded once the transaction has ended */
    struct gh_store_tx *tx;        /* NULL in prepare                                 */
    struct gh_props props;         /* as asked; schema-checked                        */
    struct gh_touched *touched, own; /* keys of the transaction: for a check that changes other resources too (change.h) */
    struct gh_store_resource old;  /* path.p NULL: there is none; read in the transaction */
    struct gh_props old_props;
    /* set by check: */
    struct gh_store_link *links;
    size_t n_links, cap_links;
    const char *stored_name; /* this property is stored with the following JSON instead of (or beside) what was asked */
    struct gh_str stored_json;
    struct gh_str stored_body; /* p not NULL: all that is stored, whatever was asked */
    /* set by prepare of a secret: */
    bool has_secret;               /* a new version: never "none" */
    struct gh_str secret_version, secret_blob;
    /* set by prepare of a POST: shown in this one answer */
    struct gh_str shown_key;
};

/* Remembers a link. False (500) when memory is short. */
bool gh_write_link(struct gh_write *w, enum gh_store_link_kind kind, struct gh_str target);
/* Whether a resource is there; false with a 409 that names it if not. */
bool gh_write_needs(struct gh_write *w, struct gh_str path, const char *why);
/* 409 if any link of this kind points at `target`, naming one that does. */
bool gh_write_unused(struct gh_write *w, enum gh_store_link_kind kind, struct gh_str target, const char *why);
/* *is_same: a property that is a list stays as it is; a new resource had an empty one. False: the answer is a fault. */
bool gh_write_is_same_list(bool *is_same, struct gh_write *w, const char *name);

/* The body's properties, alone or (as answers show them) under "properties", a name that no type has a property of: w->props. False: 400. */
bool gh_write_open_body(struct gh_write *w);
/* The properties as they are stored: in the order of the schema, without secrets. Equal content gives equal bytes. */
GH_MUST_USE enum gh_rc gh_write_stored_body(struct gh_str *out, struct gh_write *w);

/* PUT and POST; DELETE. The call is identified and routed; access is decided in here. */
void gh_write_put(struct gh_call *call, const struct gh_resource_path *r);
void gh_write_delete(struct gh_call *call, const struct gh_resource_path *r);

#endif
