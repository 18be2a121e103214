/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/role: Azure role definitions (protocols.md 6) and what they mean here. A definition is compiled once against the action
 * table into a set of bits; deciding is then a test of one bit. Per permission entry: allowed = matches an action and no notAction
 * of the same entry; entries are joined by OR; the planes never mix.
 */
#ifndef GH_POLICY_ROLE_H
#define GH_POLICY_ROLE_H

#include "base/limits.h"
#include "policy/action.h"
#include "wire/json.h"

struct gh_role_bits {
    uint64_t w[GH_ACTIONS_MAX / 64]; /* bit i: enum gh_action i is allowed */
};

struct gh_role_def {
    struct gh_str id;   /* GUID, lower case                  */
    struct gh_str name; /* roleName                          */
    struct gh_role_bits bits;
};

/*
 * Reads a role definition in REST form ({"id"?,"name","properties":{"roleName","type","permissions":[...],"assignableScopes"}}) or in
 * the flat form of the CLI and of built-in lists ({"Name","Id","Actions",...}). A condition in it is GH_BAD here (never ignored).
 */
GH_MUST_USE enum gh_rc gh_role_read(struct gh_role_def *out, struct gh_arena *a, struct gh_str json, struct gh_err *err);

static inline bool
gh_role_allows(const struct gh_role_bits *b, enum gh_action action)
{
    return action > GH_ACTION_NONE && action < GH_ACTION_COUNT && (b->w[(unsigned)action / 64] >> ((unsigned)action % 64) & 1) != 0;
}

/* The roles that are there from the start: JSON text of each in REST form (protocols.md 6.3, and `Gatehouse IT Administrator`). */
struct gh_role_builtin {
    const char *id;
    const char *name;
    const char *json;
};
extern const struct gh_role_builtin gh_role_builtins[];
extern const size_t gh_role_builtin_count;

#endif
