/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of control/access share. */
#ifndef GH_CONTROL_ACCESS_INT_H
#define GH_CONTROL_ACCESS_INT_H

#include "control/access/access.h"
#include "policy/conditional.h"
#include "policy/decide.h"

#define GH_ACCESS_POLICIES_MAX 256 /* policies that one answer names */
#define GH_ACCESS_GROUPS_MAX   64

struct gh_access {
    const struct gh_access_ask *ask;
    struct gh_str principal, scope;
    enum gh_action action;
    struct gh_str groups[GH_ACCESS_GROUPS_MAX];
    size_t n_groups;
    struct gh_attributes attributes;
    struct gh_cond_call sign_in; /* but for caller, target, path */
    struct gh_caller caller;
};

/* access_read.c: the words into *out. GH_BAD: err->what. */
GH_MUST_USE enum gh_rc gh_access_read(struct gh_access *out, enum gh_access_verb verb, const struct gh_access_ask *ask, struct gh_err *err);

/* Roles and denials alone, for out->caller. */
void gh_access_decide(struct gh_decision *out, const struct gh_access *x, const struct gh_caller *caller, enum gh_action action, struct gh_str scope);
/* What conditional access says of it; `all` takes up to GH_ACCESS_POLICIES_MAX, with want_all those that do not apply too. */
void gh_access_judge(struct gh_cond_decision *out, struct gh_cond_outcome *all, const struct gh_access *x, bool want_all);

/* access_explain.c: members principals and considered. */
void gh_access_put_considered(struct gh_jsonw *w, const struct gh_access *x);

/* access_list.c */
GH_MUST_USE enum gh_rc gh_access_put_who(struct gh_jsonw *w, struct gh_access *x);
GH_MUST_USE enum gh_rc gh_access_put_what(struct gh_jsonw *w, struct gh_access *x);

#endif
