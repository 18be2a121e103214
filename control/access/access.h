/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/access: questions about access, answered by the engine that decides calls: may he, who may, what may he, and why. Asked of the
 * snapshot in force (GET /access/...), or of one that was made of files (control/offline.h): the same words, the same answers.
 *
 *   principal  "/identities/x", "issuer:subject"       groups   what his token would claim, separated by commas
 *   action     as roles name it                        scope    the resource
 *   ip, country, client, platform, proofs              what conditional access would see of the sign-in; what is not given is not known
 */
#ifndef GH_CONTROL_ACCESS_H
#define GH_CONTROL_ACCESS_H

#include "base/arena.h"
#include "policy/snapshot.h"
#include "wire/json.h"

#define GH_ACCESS_ANSWERS_MAX 10000 /* most principals or scopes of one answer; "isWhole" says whether that is all of them */

enum gh_access_verb { GH_ACCESS_CHECK = 0, GH_ACCESS_EXPLAIN, GH_ACCESS_WHO_CAN, GH_ACCESS_WHAT_CAN, GH_ACCESS_VERBS };
extern const char *const gh_access_words[GH_ACCESS_VERBS]; /* "check", "explain", "whoCan", "whatCan": last segment of the path */

struct gh_access_ask {
    const struct gh_snap *snap;
    struct gh_arena *a;
    int64_t now_ms;
    struct gh_str (*value)(void *ctx, const char *name); /* of a word above; p NULL: not given */
    bool (*may_see)(void *ctx, struct gh_str scope);     /* NULL: everything; else what explain tells of other scopes */
    bool hides_policies; /* who asks may not read policies of conditional access: each is "a policy" */
    void *ctx;
};

/*
 * The members of the answer's object, into an object that is open:
 *   check    decision (allow, deny, unknown), rule, role, reason, principal, action, scope, conditionalAccess
 *   explain  the same, principals, considered: each assignment and denial that names him, and what became of it
 *   whoCan   action, scope, principals: {principal, rule, role}, isWhole
 *   whatCan  principal, scopes: {scope, actions}, isWhole
 * GH_BAD: err->what says which word is missing or not understood.
 */
GH_MUST_USE enum gh_rc gh_access_answer(struct gh_jsonw *w, enum gh_access_verb verb, const struct gh_access_ask *ask, struct gh_err *err);

#endif
