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

struct gh_role_part { /* an entry of permissions with a condition */
    struct gh_role_bits bits;
    struct gh_str condition; /* program, policy/condition.h */
};

struct gh_role_def {
    struct gh_str id;   /* GUID, lower case                  */
    struct gh_str name; /* roleName                          */
    struct gh_role_bits bits;   /* of all entries without a condition */
    struct gh_role_part *parts; /* of the others */
    size_t n_parts;
};

/*
 * Reads a role definition in REST form ({"id"?,"name","properties":{"roleName","type","permissions":[...],"assignableScopes"}}), with the
 * members of "properties" beside "name" as the CLI lists it, or in the flat form of PowerShell and of `az role definition create`
 * ({"Name","Id","Actions",...}). Without a GUID in it out->id is empty. A condition that is not of the language is GH_BAD (never ignored),
 * so is an unknown member beside lists of actions. Slices live in the arena and in `json`.
 */
GH_MUST_USE enum gh_rc gh_role_read(struct gh_role_def *out, struct gh_arena *a, struct gh_str json, struct gh_err *err);

/* The member "permissions" of an object, as a role or a deny assignment has it: out->bits and out->parts alone. */
GH_MUST_USE enum gh_rc gh_role_read_permissions(struct gh_role_def *out, struct gh_arena *a, struct gh_str json, struct gh_err *err);

static inline bool
gh_role_allows(const struct gh_role_bits *b, enum gh_action action)
{
    return action > GH_ACTION_NONE && action < GH_ACTION_COUNT && (b->w[(unsigned)action / 64] >> ((unsigned)action % 64) & 1) != 0;
}

/* The bits as they stand in the snapshot's ROLE section: byte i / 8, bit i % 8. What is not stored is not allowed. */
#define GH_ROLE_STORED_BYTES (GH_ACTIONS_MAX / 8)
void gh_role_store(uint8_t out[GH_ROLE_STORED_BYTES], const struct gh_role_bits *bits);
bool gh_role_stored_allows(struct gh_str stored, enum gh_action action);

/* The roles that are there from the start: JSON text of each in REST form (Azure's, under Azure's GUIDs, and `Gatehouse` ones of our own). */
struct gh_role_builtin {
    const char *id;
    const char *name;
    const char *json;
};
extern const struct gh_role_builtin gh_role_builtins[];
extern const size_t gh_role_builtin_count;

#endif
