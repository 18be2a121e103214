/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/decide: may this caller do this, there, now? Default deny; every decision names the rule that made it. Zeroed memory denies.
 */
#ifndef GH_POLICY_DECIDE_H
#define GH_POLICY_DECIDE_H

#include "policy/attribute.h"
#include "policy/identify.h"
#include "policy/resource.h"
#include "policy/role.h"

struct gh_decision {
    enum gh_verdict verdict;
    struct gh_str rule;   /* "/roleAssignments/x" that allowed, or "default deny"; borrowed from the snapshot */
    struct gh_str role;   /* its role's name */
    const char *reason;   /* literal, e.g. "no assignment grants the action at this scope"                       */
};

struct gh_question {
    const struct gh_snap *snap;
    const struct gh_caller *caller;
    enum gh_action action;
    struct gh_str path; /* the resource */
    int64_t now_ms;     /* never earlier than the newest snapshot's time */
    const struct gh_attributes *attributes; /* what conditions may ask beside these (policy/attribute.h); NULL: nothing more is known */
};

/* A grant counts if its scope covers the path, its role allows the action and now is within its times. */
void gh_decide(struct gh_decision *out, const struct gh_question *q);

/* Could this caller be allowed `action` on anything at or below `path`? Used before the body is read, when only the body names the
 * deployment: who could be allowed on none is refused at once. */
void gh_decide_below(struct gh_decision *out, const struct gh_question *q);

#endif
