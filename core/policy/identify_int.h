/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of identify share: one identification in progress. Its steps answer GH_IDENTIFY_OK or why not. */
#ifndef GH_POLICY_IDENTIFY_INT_H
#define GH_POLICY_IDENTIFY_INT_H

#include "policy/identify.h"

struct gh_inquiry {
    struct gh_caller *out;
    struct gh_arena *arena;
    const struct gh_identify_env *env;
    const struct gh_place *place;
};

/* One more principal, unless it is there. False at the bound: what is left out could only have added rights, and groups_unknown says so. */
bool gh_identify_add(struct gh_caller *c, struct gh_str principal);

/* Names the caller and asks the state of its identity. `issued_ms`: when the credential was made, INT64_MAX if that does not count. */
enum gh_identify gh_identify_settle(struct gh_inquiry *q, struct gh_str principal, bool must_exist, int64_t issued_ms);

/* Adds the groups of every principal that stands there already. */
void gh_identify_add_groups(struct gh_inquiry *q);

/* The whole way of a bearer token. */
enum gh_identify gh_identify_token(struct gh_inquiry *q, struct gh_str text);

#endif
