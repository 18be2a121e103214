/* SPDX-License-Identifier: Apache-2.0 */
/* GET /access/check and the like, about the policy that is in force. */
#include "control/access/access.h"
#include "control/rest/auth.h"
#include "control/rest/handlers.h"

static struct gh_str
argument(void *ctx, const char *name)
{
    return gh_call_arg(ctx, name);
}

static bool
may_see(void *ctx, struct gh_str scope)
{
    return gh_call_may(ctx, GH_ACTION_ROLE_ASSIGNMENT_READ, scope);
}

static enum gh_access_verb
verb_of(struct gh_str path)
{
    for (unsigned i = 0; i < GH_ACCESS_VERBS; i++)
        if (gh_str_eq(gh_str_sub(path, sizeof("/access/") - 1, SIZE_MAX), gh_str_z(gh_access_words[i])))
            return (enum gh_access_verb)i;
    return GH_ACCESS_VERBS;
}

void
gh_answer_access(struct gh_call *call)
{
    const struct gh_access_ask ask = {.snap = &call->view->snap,
        .a = call->a,
        .now_ms = gh_call_now(call),
        .value = argument,
        .may_see = may_see,
        .hides_policies = !gh_call_may(call, GH_ACTION_COND_POLICY_READ, GH_STR("/")),
        .ctx = call};
    enum gh_access_verb verb = verb_of(call->path);
    struct gh_str scope = gh_call_arg(call, "scope");
    struct gh_err err = {0};
    struct gh_jsonw w;

    if (verb == GH_ACCESS_VERBS) {
        (void)gh_call_problem(call, 404, "there is check, explain, whoCan and whatCan", call->path);
        return;
    }
    call->action = GH_ACTION_ROLE_ASSIGNMENT_READ;
    if (!gh_auth_decide(call, scope.n > 0 && scope.p[0] == '/' ? scope : GH_STR("/")))
        return;
    gh_jsonw_init(&w, &call->out);
    gh_jsonw_obj(&w);
    enum gh_rc rc = gh_access_answer(&w, verb, &ask, &err);
    gh_jsonw_end(&w, '}');
    if (rc == GH_BAD)
        (void)gh_call_problem(call, 400, err.what, GH_STR(""));
    else if (rc != GH_OK || call->out.rc != GH_OK)
        (void)gh_call_failed(call, rc != GH_OK ? rc : call->out.rc);
}
