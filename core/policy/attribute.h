/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/attribute: what conditions may ask of a question (policy/condition.h) beside who, what, where and when. Whoever asks fills in what
 * they know; zeroed memory knows nothing, and what is not known never allows.
 */
#ifndef GH_POLICY_ATTRIBUTE_H
#define GH_POLICY_ATTRIBUTE_H

#include "base/str.h"

/* A role assignment, as it shall be (@Request) or as it stands (@Resource). Empty: not known. */
struct gh_assignment_facts {
    struct gh_str role_id;        /* GUID                                                                     */
    struct gh_str principal_id;   /* "/identities/x", "/groups/g", "issuer:subject", "issuer/groups:g"       */
    struct gh_str principal_type; /* "User" | "Group" | "ServicePrincipal"                                    */
};

struct gh_attributes {
    bool knows_way;           /* how the call came is known: the next three */
    const uint8_t *ip;        /* the caller's address, 16 bytes; NULL: he has none (unix socket), or no proxy told it */
    struct gh_str listener;   /* its name                                                                              */
    struct gh_str connection; /* path of the private connection by which it came; empty: by none                       */

    const struct gh_assignment_facts *request, *resource; /* of a role assignment that is written or deleted; NULL: not known */
};

#endif
