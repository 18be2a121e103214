/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/arm_filter: $filter of the lists of role management. Terms joined by `and`, as @azure/arm-authorization sends them: words (`atScope()`),
 * one call (`assignedTo('x')`), and equalities (`principalId eq 'x'`; a quote inside is written twice). Each list says which it takes: what it does
 * not take is refused by name, for what is not looked at would answer more than was asked for.
 */
#ifndef GH_CONTROL_REST_ARM_FILTER_H
#define GH_CONTROL_REST_ARM_FILTER_H

#include "base/arena.h"

/* X(name, written, form) */
#define GH_ARM_TERM_LIST(X)                                 \
    X(AT_SCOPE, "atScope", GH_ARM_TERM_WORD)                \
    X(AT_SCOPE_AND_BELOW, "atScopeAndBelow", GH_ARM_TERM_WORD) \
    X(AS_TARGET, "asTarget", GH_ARM_TERM_WORD)              \
    X(AS_REQUESTOR, "asRequestor", GH_ARM_TERM_WORD)        \
    X(AS_APPROVER, "asApprover", GH_ARM_TERM_WORD)          \
    X(ASSIGNED_TO, "assignedTo", GH_ARM_TERM_CALL)          \
    X(PRINCIPAL, "principalId", GH_ARM_TERM_EQUALS)         \
    X(ROLE, "roleDefinitionId", GH_ARM_TERM_EQUALS)         \
    X(STATUS, "status", GH_ARM_TERM_EQUALS)                 \
    X(TYPE, "type", GH_ARM_TERM_EQUALS)                     \
    X(ROLE_NAME, "roleName", GH_ARM_TERM_EQUALS)            \
    X(DENY_NAME, "denyAssignmentName", GH_ARM_TERM_EQUALS)

enum gh_arm_term_form { GH_ARM_TERM_WORD, GH_ARM_TERM_CALL, GH_ARM_TERM_EQUALS };
enum gh_arm_term {
#define GH_ARM_TERM_ENUM(name, written, form) GH_ARM_TERM_##name,
    GH_ARM_TERM_LIST(GH_ARM_TERM_ENUM)
#undef GH_ARM_TERM_ENUM
    GH_ARM_TERM_COUNT
};
#define GH_ARM_TAKES(name) (1u << GH_ARM_TERM_##name)

struct gh_arm_filter {
    unsigned has;                          /* bits of GH_ARM_TAKES */
    struct gh_str value[GH_ARM_TERM_COUNT]; /* of calls and equalities, without quotes; p NULL: not asked for */
};

static inline bool
gh_arm_filter_has(const struct gh_arm_filter *f, enum gh_arm_term t)
{
    return (f->has >> t & 1) != 0;
}

/*
 * Reads `text`; empty: everything. `takes`: GH_ARM_TAKES bits of the list. GH_BAD: *why says what is wrong (a literal) and *term which one, as it was
 * written ("" if it cannot be told); GH_NOMEM.
 */
GH_MUST_USE enum gh_rc gh_arm_filter_parse(struct gh_arm_filter *out, struct gh_arena *a, struct gh_str text, unsigned takes, const char **why,
    struct gh_str *term);

#endif
