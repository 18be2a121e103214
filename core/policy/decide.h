/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/decide: may this caller do this, there, now? Azure's order (protocols.md 6.2): a deny assignment that applies denies, whatever is
 * granted; else a grant that applies allows; else it is denied. Every decision names the rule that made it. Zeroed memory denies.
 *
 * What is not known never allows: a grant whose condition cannot be evaluated does not count, a denial whose condition cannot be evaluated
 * does. Where not all groups of the caller are known, every denial that names a group counts for him, and no exception by group does.
 */
#ifndef GH_POLICY_DECIDE_H
#define GH_POLICY_DECIDE_H

#include "policy/attribute.h"
#include "policy/identify.h"
#include "policy/resource.h"
#include "policy/role.h"

struct gh_decision {
    enum gh_verdict verdict;
    struct gh_str rule;   /* "/roleAssignments/x" that allowed, "/denyAssignments/x" that denied, or "default deny"; borrowed from the snapshot */
    struct gh_str role;   /* its role's name */
    const char *reason;   /* literal, e.g. "no assignment grants the action at this scope"                       */
    bool is_unsure;       /* denied because something is not known: with it known, the answer could be another   */
};

struct gh_question {
    const struct gh_snap *snap;
    const struct gh_caller *caller;
    enum gh_action action;
    struct gh_str path; /* the resource */
    int64_t now_ms;     /* never earlier than the newest snapshot's time */
    const struct gh_attributes *attributes; /* what conditions may ask beside these (policy/attribute.h); NULL: nothing more is known */
};

/* A grant counts if its scope covers the path, its role allows the action, now is within its times and its conditions hold. */
void gh_decide(struct gh_decision *out, const struct gh_question *q);

/* Could this caller be allowed `action` on anything at or below `path`? Used before the body is read, when only the body names the
 * deployment: who could be allowed on none is refused at once. A condition on what only the body or the resource itself tells is
 * left open. */
void gh_decide_below(struct gh_decision *out, const struct gh_question *q);

#endif
