/* SPDX-License-Identifier: Apache-2.0 */
/* control/access_named: whom and what a snapshot names, for answers that go through all of it. */
#ifndef GH_CONTROL_ACCESS_NAMED_H
#define GH_CONTROL_ACCESS_NAMED_H

#include "base/arena.h"
#include "policy/identify.h"

/* A walk over all principals, each once: identities by their path; then whom nobody described but something names, people and groups of tokens.
 * Groups of our own are their members. Zeroed but for `snap` at the start. */
struct gh_access_walk {
    const struct gh_snap *snap;
    size_t section, it;
};
bool gh_access_next(struct gh_str *principal, struct gh_access_walk *w);
/* Whether such a walk meets it. */
bool gh_access_names(const struct gh_snap *snap, struct gh_str principal);

/* Scopes, each once. Borrowed; `most` bounds them. */
struct gh_access_scopes {
    struct gh_arena *a;
    struct gh_str *p;
    size_t n, cap, most;
};
/* GH_LIMIT: there are `most`. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_access_add_scope(struct gh_access_scopes *s, struct gh_str scope);
/* Where something was given to the caller; of these what lies at or below one of `only` (NULL: all). */
GH_MUST_USE enum gh_rc gh_access_add_granted(struct gh_access_scopes *s, const struct gh_snap *snap, const struct gh_caller *caller,
    const struct gh_access_scopes *only);
/* Whether any of them covers it; NULL covers all. */
bool gh_access_scopes_cover(const struct gh_access_scopes *s, struct gh_str scope);
/* Where something is denied to anybody. */
GH_MUST_USE enum gh_rc gh_access_add_denied(struct gh_access_scopes *s, const struct gh_snap *snap);

#endif
