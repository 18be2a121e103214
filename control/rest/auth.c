/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/auth.h"

#include "control/rest/door.h"
#include "policy/egress.h"

#include <pthread.h>
#include <stdlib.h>

#define CACHE_SETS 64 /* 256 tokens: administrators, not callers of models */

struct gh_verifier {
    pthread_mutex_t lock; /* cache and keys are written when read */
    struct gh_token_cache cache;
    struct gh_keyring keys;
    struct gh_token_cache_slot slots[CACHE_SETS * GH_TOKEN_CACHE_WAYS];
};

enum gh_rc
gh_verifier_new(struct gh_verifier **out)
{
    struct gh_verifier *v = calloc(1, sizeof(*v));
    *out = v;
    if (v == NULL)
        return GH_NOMEM;
    pthread_mutex_init(&v->lock, NULL);
    gh_token_cache_init(&v->cache, v->slots, CACHE_SETS);
    return GH_OK;
}

void
gh_verifier_free(struct gh_verifier *v)
{
    if (v == NULL)
        return;
    gh_keyring_fini(&v->keys);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

static void
identify_owner(struct gh_call *call)
{
    call->caller->why = GH_IDENTIFY_OK;
    call->caller->name = call->caller->principals[0] = GH_STR(GH_LOCAL_OWNER);
    call->caller->n_principals = 1;
    call->caller->issuer = GH_STR("local");
}

static void
identify_token(struct gh_call *call)
{
    struct gh_verifier *v = call->c->verifier;
    const struct gh_place place = {.tokens_allowed = true};
    const struct gh_identify_env env = {
        .snap = &call->view->snap, .cache = &v->cache, .keys = &v->keys, .now_ms = gh_call_now(call)};
    pthread_mutex_lock(&v->lock);
    gh_identify(call->caller, call->a, &env, &call->credentials, &place);
    pthread_mutex_unlock(&v->lock);
}

/* At a door the scope is known to its handler alone: that is asked in gh_auth_ask. */
static bool
meets_conditions(struct gh_call *call)
{
    if (gh_auth_conditions(call, call->surface == GH_SURFACE_MANAGEMENT ? call->path : GH_STR("/")))
        return true;
    enum gh_rc rc = gh_call_record(call, NULL, GH_RECORD_ADMIN, "conditional access", GH_STR(""), GH_STR(""));
    return rc == GH_OK ? false : gh_call_failed(call, rc);
}

/* How the call came, as the edge told it. Management is not reached by private connections. */
static void
describe_way(struct gh_call *call)
{
    uint8_t *ip = gh_arena_take(call->a, 16);
    call->attributes = (struct gh_attributes){.knows_way = !call->is_local && call->listener.n > 0, .listener = call->listener};
    if (ip != NULL && gh_ip_read(ip, call->peer) == GH_OK)
        call->attributes.ip = ip;
}

bool
gh_auth_identify(struct gh_call *call)
{
    describe_way(call);
    call->view = gh_publish_view(call->c->publish);
    call->caller = gh_arena_take(call->a, sizeof(*call->caller));
    if (call->caller == NULL)
        return gh_call_failed(call, GH_NOMEM);
    if (call->is_local)
        identify_owner(call);
    else
        identify_token(call);
    if (call->caller->why == GH_IDENTIFY_OK)
        return meets_conditions(call);
    call->decision.reason = gh_identify_text(call->caller->why);
    (void)gh_call_problem(call, 401, "a valid bearer token is needed", GH_STR(""));
    enum gh_rc rc = gh_call_record(call, NULL, GH_RECORD_ADMIN, "identify", GH_STR(""), GH_STR(""));
    return rc == GH_OK ? false : gh_call_failed(call, rc);
}

/* Whether meets_conditions has asked of all that the scope lies in: what covers the scope covers what is below it. */
static bool
is_asked_by_path(const struct gh_call *call, struct gh_str scope)
{
    return scope.n <= 1 || (call->surface == GH_SURFACE_MANAGEMENT && gh_scope_covers(scope, call->path));
}

bool
gh_auth_ask(struct gh_call *call, struct gh_str scope)
{
    call->scope = scope;
    if (call->is_local) {
        call->decision = (struct gh_decision){
            .verdict = GH_ALLOW, .rule = GH_STR("owner of the data directory"), .reason = "came by the local socket"};
        return true;
    }
    if (!is_asked_by_path(call, scope) && !gh_auth_conditions(call, scope))
        return false;
    const struct gh_question q = gh_call_question(call, scope);
    gh_decide(&call->decision, &q);
    if (call->decision.verdict == GH_ALLOW)
        return true;
    if (call->surface != GH_SURFACE_MANAGEMENT)
        return gh_door_forbid(call);
    return gh_call_problem(
        call, 403, call->decision.reason == NULL ? "not allowed" : call->decision.reason, gh_action_table[call->action].string);
}

void
gh_auth_record_refusal(struct gh_call *call)
{
    enum gh_rc rc = gh_call_record(call, NULL, GH_RECORD_ADMIN, "decide", call->scope, GH_STR(""));
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
}

bool
gh_auth_decide(struct gh_call *call, struct gh_str scope)
{
    if (gh_auth_ask(call, scope))
        return true;
    gh_auth_record_refusal(call);
    return false;
}

bool
gh_auth_could_below(struct gh_call *call, struct gh_str scope)
{
    struct gh_decision d;
    if (call->is_local)
        return true;
    const struct gh_question q = gh_call_question(call, scope);
    gh_decide_below(&d, &q);
    return d.verdict == GH_ALLOW;
}
