/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the projection share: a growing list of slices, and walks over links that collect into it. */
#ifndef GH_CONTROL_PUBLISH_PROJECT_INT_H
#define GH_CONTROL_PUBLISH_PROJECT_INT_H

#include "control/publish/project.h"
#include "control/publish/props.h"
#include "control/publish/url.h"

struct gh_strs {
    struct gh_str *p;
    size_t n, cap;
    struct gh_arena *a;
    enum gh_rc rc; /* sticky */
};

/* A copy of `s` at the end. */
void gh_strs_add(struct gh_strs *l, struct gh_str s);
bool gh_strs_has(const struct gh_strs *l, struct gh_str s);

/* Paths that begin with `prefix` and hold a link of this kind to `target`. */
GH_MUST_USE enum gh_rc gh_project_holders(struct gh_strs *out, struct gh_store_tx *tx, enum gh_store_link_kind kind, struct gh_str target,
    struct gh_str prefix);

/* Names in a collection, in order. */
GH_MUST_USE enum gh_rc gh_project_names(struct gh_strs *out, struct gh_store_tx *tx, struct gh_str collection);

/* The principal string of an identity: "issuer:subject", or "gatehouse:NAME". */
struct gh_str gh_project_alias(const struct gh_props *identity, struct gh_str path);

/* The JWKS text of an issuer and how long it is believed; p NULL if there is none yet. */
GH_MUST_USE enum gh_rc gh_project_issuer_keys(struct gh_str *jwks, uint64_t *until_ms, struct gh_store_tx *tx, struct gh_arena *a, struct gh_str path);
/* Path of the issuer resource with this iss value; "/issuers/gatehouse" for the own one; empty if there is none. */
GH_MUST_USE enum gh_rc gh_project_issuer_path(struct gh_str *path, const struct gh_project_env *env, struct gh_arena *a, struct gh_str iss);

/* Rows of project_policy.c, listed in the table of project.c. */
typedef enum gh_rc gh_project_row_fn(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part);
gh_project_row_fn gh_project_issuer, gh_project_issuer_key, gh_project_api_key, gh_project_identity, gh_project_membership,
    gh_project_assignment, gh_project_role, gh_project_listener, gh_project_risk, gh_project_eligible,
    gh_project_revoked, gh_project_deny;

/* Keys of DENY that the denial stands under: its principals, GH_DENY_EVERYONE, GH_DENY_ANY_GROUP. GH_BAD: *why says what is wrong. */
GH_MUST_USE enum gh_rc gh_project_denied(struct gh_strs *keys, struct gh_strs *excluded, const struct gh_props *p, const char **why);

/* The program of a condition; what does not compile (any more) becomes one that can never be evaluated. */
GH_MUST_USE enum gh_rc gh_project_condition(struct gh_str *program, const struct gh_props *p);

/* publish/conditional.c: all policies, and the places and strengths that they name. */
gh_project_row_fn gh_project_conditional;

/* Who may come to an endpoint, in project_network.c: the fields of its row that policy/network.h reads. */
GH_MUST_USE enum gh_rc gh_project_endpoint_network(struct gh_snap_value *v, const struct gh_project_env *env, struct gh_arena *a,
    const struct gh_props *p, struct gh_str ws, struct gh_str path);

/* "/workspaces/" name "/endpoints/" ...: up to eight parts. */
#define gh_project_path(a, ...) \
    gh_props_join((a), (const struct gh_str[]){__VA_ARGS__}, sizeof((const struct gh_str[]){__VA_ARGS__}) / sizeof(struct gh_str))

#endif
