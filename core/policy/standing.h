/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/standing: could this caller be allowed anything at all? Asked where the action is known only further in: who holds no assignment and
 * could ask for none (core knows them by the rows of ELIGIBLE) is a stranger there, however good the token.
 */
#ifndef GH_POLICY_STANDING_H
#define GH_POLICY_STANDING_H

#include "policy/decide.h"

/* GH_ALLOW: some assignment of the caller is in force, or the caller may ask for one or answer who asks. The rule is the one found first. */
void gh_standing(struct gh_decision *out, const struct gh_snap *snap, const struct gh_caller *caller, int64_t now_ms);

#endif
