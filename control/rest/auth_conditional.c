/* SPDX-License-Identifier: Apache-2.0 */
/* Conditional access, decided again by control: over its own view of the policies, with what the edge alone saw of the way. */
#include "control/rest/auth.h"
#include "policy/conditional.h"
#include "policy/egress.h"

#define CHALLENGE_MAX 4096

static unsigned
target_of(enum gh_surface surface)
{
    if (surface == GH_SURFACE_ARM)
        return GH_COND_ARM;
    return surface == GH_SURFACE_GRAPH ? GH_COND_GRAPH : GH_COND_MANAGEMENT;
}

/* 401 with what the caller could bring, or 403 with what is missing. */
static bool
refuse(struct gh_call *call, const struct gh_cond_decision *d)
{
    struct gh_buf b;
    call->decision = (struct gh_decision){.verdict = GH_DENY, .rule = d->policy, .reason = d->reason};
    gh_buf_init(&b, call->a, CHALLENGE_MAX);
    bool is_curable = gh_conditional_challenge(&b, call->a, d, call->caller, gh_call_now(call));
    (void)gh_call_problem(call, is_curable ? 401 : 403, gh_conditional_needs(d), GH_STR(""));
    if (is_curable) /* behind its first comma */
        call->challenge = gh_str_sub(gh_buf_str(&b), 2, SIZE_MAX);
    return false;
}

bool
gh_auth_conditions(struct gh_call *call, struct gh_str path)
{
    struct gh_cond_decision d;
    struct gh_cond_call c = {.snap = &call->view->snap,
        .caller = call->caller,
        .now_ms = gh_call_now(call),
        .target = target_of(call->surface),
        .path = path};
    if (call->is_local || !gh_conditional_has(c.snap))
        return true;
    c.has_ip = gh_ip_read(c.ip, call->peer) == GH_OK;
    if (gh_cond_evidence_read(&c, call->evidence) != GH_OK)
        c.country_is = GH_COND_COUNTRY_NO_ANSWER; /* nothing is known, which counts against the caller */
    gh_conditional(&d, &c, NULL, 0, false);
    return d.verdict == GH_ALLOW || refuse(call, &d);
}
