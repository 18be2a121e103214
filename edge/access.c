/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <stdlib.h>

#include "base/codec.h"
#include "base/limits.h"
#include "policy/observe.h"
#include "policy/outbound.h"
#include "policy/resource.h"
#include "wire/shield_prompt.h"
#include "policy/standing.h"

/*
 * The gate. In the post-read phase, once for a request and before nginx looks at anything else: is there a policy and a spool, which
 * route, who, may they. A request that fails here has had no byte of its body read. The access phase reads and judges the body where the
 * route has a dialect; it runs again in the named location, where only what was admitted and recorded may pass.
 */

#define CACHE_SETS   1024
#define ARENA_MAX    (1u << 20)
#define WANTED_SLOTS 32
#define WANTED_MS    1000

static struct {
    struct gh_token_cache cache;
    struct gh_token_cache_slot *slots;
    struct gh_keyring *keys;
    struct {
        int64_t at_ms;
    } wanted[WANTED_SLOTS]; /* key_wanted records written lately */
} self;

ngx_int_t
ngx_http_gatehouse_access_init(ngx_cycle_t *cycle)
{
    /* calloc: megabytes of which only the sets in use should ever be touched */
    self.slots = calloc(CACHE_SETS * GH_TOKEN_CACHE_WAYS, sizeof(*self.slots));
    self.keys = ngx_calloc(sizeof(*self.keys), cycle->log);
    if (self.slots == NULL || self.keys == NULL)
        return NGX_ERROR;
    gh_token_cache_init(&self.cache, self.slots, CACHE_SETS);
    return NGX_OK;
}

void
ngx_http_gatehouse_access_exit(void)
{
    if (self.keys != NULL)
        gh_keyring_fini(self.keys);
    ngx_free(self.keys);
    free(self.slots);
    self.keys = NULL;
    self.slots = NULL;
}

/* ---- the steps; each gives GH_PROBLEM_NONE or says why not in ctx->reason ---- */

static enum gh_problem
fault(ngx_http_gatehouse_ctx_t *ctx, enum gh_control control, enum gh_problem problem, const char *reason)
{
    ctx->reason = reason;
    ngx_http_gatehouse_control(ctx, control, GH_RAN_BLOCKED, reason);
    return problem;
}

static enum gh_problem
is_ready(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    (void)r;
    ctx->now_ms = ngx_http_gatehouse_now_ms();
    ctx->reason = "records cannot be written";
    if (!ngx_http_gatehouse_spool_is_good())
        return GH_PROBLEM_UNAVAILABLE;
    if ((ctx->snapshot = ngx_http_gatehouse_snapshot_ref(&ctx->reason)) == NULL)
        return GH_PROBLEM_UNAVAILABLE;
    ctx->reason = NULL;
    return GH_PROBLEM_NONE;
}

/* A host may stand for one surface: from here on the path is the one that the table knows, for records and control too. */
static ngx_int_t
put_host_prefix(ngx_http_request_t *r)
{
    struct gh_str prefix, rest;

    gh_route_at_host(&prefix, &rest, ngx_http_gatehouse_str(r->headers_in.server), ngx_http_gatehouse_str(r->uri));
    if (prefix.n + rest.n == r->uri.len)
        return NGX_OK;
    u_char *p = ngx_pnalloc(r->pool, prefix.n + rest.n);
    if (p == NULL)
        return NGX_ERROR;
    ngx_memcpy(ngx_cpymem(p, prefix.p, prefix.n), rest.p, rest.n);
    r->uri = (ngx_str_t){prefix.n + rest.n, p};
    return NGX_OK;
}

static enum gh_problem
find_route(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    enum gh_method method = gh_method_find(ngx_http_gatehouse_str(r->method_name));

    if (put_host_prefix(r) != NGX_OK)
        return fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_INTERNAL, "no memory");
    switch (gh_route_find(&ctx->route, method, ngx_http_gatehouse_str(r->uri))) {
    case GH_OK:
        break;
    case GH_LIMIT:
        return fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_METHOD, "method is not in the route table");
    case GH_MORE:
    case GH_BAD:
    case GH_NOMEM:
    case GH_DOWN:
    case GH_BUG:
        return fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_NOT_FOUND, "path is not in the route table");
    }
    if (r->http_version < NGX_HTTP_VERSION_10)
        return fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_BAD_REQUEST, "HTTP/0.9");
    ctx->dialect = gh_dialect_find(ctx->route.row->surface, ctx->route.row->op);
    if (ctx->route.row->upstream != NULL && ctx->dialect == NULL)
        return fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_UNSUPPORTED, "no dialect understands this operation");
    ngx_http_gatehouse_control(ctx, GH_CONTROL_ROUTE, GH_RAN_PASSED, NULL);
    return GH_PROBLEM_NONE;
}

/* What a listener does not serve is not there. */
static enum gh_problem
find_way(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    const char *why = ngx_http_gatehouse_way_find(r, ctx);

    return why == NULL ? GH_PROBLEM_NONE : fault(ctx, GH_CONTROL_NETWORK, GH_PROBLEM_NOT_FOUND, why);
}

/* The endpoint that is called; row NULL: it is not there, or management is. */
static struct gh_snap_rec
endpoint_of(const struct gh_route *route, const struct gh_snap *snap)
{
    struct gh_snap_rec ep = {.row = NULL};

    if (route->row->op != GH_OP_MANAGE && !gh_snap_find_v(&ep, snap, GH_SNAP_ENDPOINT, (struct gh_str[]){route->ws, route->ep}, 2))
        ep.row = NULL;
    return ep;
}

/* Where the credential is presented. An endpoint that is not there looks like one that accepts what its neighbours accept. */
static bool
place_of(struct gh_place *place, ngx_http_gatehouse_ctx_t *ctx, const struct gh_snap *snap, const struct gh_snap_rec *ep,
    struct gh_arena *a)
{
    const struct gh_route *route = &ctx->route;
    struct gh_snap_rec ws;

    *place = (struct gh_place){.ws = route->ws, .ep = route->ep, .tokens_allowed = true};
    if (route->row->op == GH_OP_MANAGE)
        return true;
    ctx->max_body_bytes = GH_BODY_BYTES_MAX;
    place->keys_allowed = true;
    if (!gh_snap_find_v(&ws, snap, GH_SNAP_WORKSPACE, &route->ws, 1))
        return true;
    if (gh_surface_is_of_workspace(route->row->surface))
        place->keys_allowed = gh_snap_u64(&ws, GH_WORKSPACE_KEYS_ALLOWED) != 0;
    if (ep->row == NULL)
        return true;
    place->tokens_allowed = gh_snap_u64(ep, GH_ENDPOINT_TOKENS_ALLOWED) != 0;
    place->keys_allowed = gh_snap_u64(&ws, GH_WORKSPACE_KEYS_ALLOWED) != 0 && gh_snap_u64(ep, GH_ENDPOINT_KEYS_ALLOWED) != 0;
    uint64_t max = gh_snap_u64(ep, GH_ENDPOINT_MAX_BODY_BYTES);
    if (max > 0 && max < GH_BODY_BYTES_MAX)
        ctx->max_body_bytes = (int64_t)max;
    place->n_audiences = gh_snap_count(ep, GH_ENDPOINT_AUDIENCES);
    struct gh_str *list = gh_arena_take_array(a, place->n_audiences, sizeof(*list));
    if (list == NULL)
        return false;
    for (size_t i = 0; i < place->n_audiences; i++)
        list[i] = gh_snap_item(ep, GH_ENDPOINT_AUDIENCES, i);
    place->audiences = list;
    return true;
}

/* A storm of unknown key ids is one record a second for each of them at most, and a bounded number altogether. */
static void
want_key(ngx_http_gatehouse_ctx_t *ctx)
{
    const struct gh_caller *c = ctx->caller;
    uint32_t hash = gh_crc32c(gh_crc32c(0, c->issuer), c->kid);
    size_t slot = hash % WANTED_SLOTS;

    if (ctx->now_ms - self.wanted[slot].at_ms < WANTED_MS)
        return;
    self.wanted[slot].at_ms = ctx->now_ms;
    ngx_http_gatehouse_record_key_wanted(ctx);
}

static enum gh_problem
identify(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_credentials cred = ngx_http_gatehouse_headers_read(r, ctx);
    struct gh_identify_env env = {&ctx->snapshot->policy, &self.cache, self.keys, ctx->now_ms};
    struct gh_place place;

    ctx->endpoint = endpoint_of(&ctx->route, &ctx->snapshot->policy);
    if ((ctx->caller = gh_arena_take_raw(&ctx->arena, sizeof(*ctx->caller))) == NULL ||
        !place_of(&place, ctx, &ctx->snapshot->policy, &ctx->endpoint, &ctx->arena)) {
        ctx->caller = NULL;
        return fault(ctx, GH_CONTROL_AUTHENTICATION, GH_PROBLEM_INTERNAL, "no memory");
    }
    gh_identify(ctx->caller, &ctx->arena, &env, &cred, &place);
    if (ctx->caller->why == GH_IDENTIFY_OK) {
        ngx_http_gatehouse_control(ctx, GH_CONTROL_AUTHENTICATION, GH_RAN_PASSED, NULL);
        return GH_PROBLEM_NONE;
    }
    if (ctx->caller->why == GH_IDENTIFY_UNKNOWN_KID || ctx->caller->why == GH_IDENTIFY_KEYS_STALE)
        want_key(ctx);
    return fault(ctx, GH_CONTROL_AUTHENTICATION, GH_PROBLEM_UNAUTHENTICATED, gh_identify_text(ctx->caller->why));
}

/* An endpoint may only observe who would be refused; management has none. */
static enum gh_problem
decided(ngx_http_gatehouse_ctx_t *ctx)
{
    if (ctx->decision.verdict != GH_ALLOW && gh_observe(&ctx->endpoint, GH_OBSERVE_AUTHORIZATION, ctx->now_ms)) {
        ngx_http_gatehouse_control(ctx, GH_CONTROL_AUTHORIZATION, GH_RAN_OBSERVED, ctx->decision.reason);
        return GH_PROBLEM_NONE;
    }
    if (ctx->decision.verdict != GH_ALLOW)
        return fault(ctx, GH_CONTROL_AUTHORIZATION, GH_PROBLEM_FORBIDDEN, ctx->decision.reason);
    ngx_http_gatehouse_control(ctx, GH_CONTROL_AUTHORIZATION, GH_RAN_PASSED, NULL);
    return GH_PROBLEM_NONE;
}

struct gh_question
ngx_http_gatehouse_question(ngx_http_gatehouse_ctx_t *ctx)
{
    return (struct gh_question){.snap = &ctx->snapshot->policy,
        .caller = ctx->caller,
        .action = ctx->action,
        .path = ctx->scope,
        .now_ms = ctx->now_ms,
        .attributes = &ctx->attributes};
}

/* What conditions may ask of how the call came. */
static enum gh_problem
describe(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    ngx_http_gatehouse_way_describe(&ctx->attributes, r, ctx, &ctx->listener, ctx->endpoint.row == NULL ? NULL : &ctx->endpoint);
    return GH_PROBLEM_NONE;
}

/* Calls to models: on the deployment where the path names it, else on whether there could be any. */
static enum gh_problem
decide_model(ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_snap_rec ws;
    struct gh_buf scope;

    ctx->action = ctx->route.row->action;
    gh_buf_init(&scope, &ctx->arena, GH_RESOURCE_PATH_MAX);
    gh_route_scope(&scope, &ctx->route, ctx->route.dep);
    if (scope.rc != GH_OK)
        return fault(ctx, GH_CONTROL_AUTHORIZATION, GH_PROBLEM_INTERNAL, "scope is too long");
    ctx->scope = gh_buf_str(&scope);
    const struct gh_question q = ngx_http_gatehouse_question(ctx);
    bool is_of_workspace = gh_surface_is_of_workspace(ctx->route.row->surface);
    if (ctx->route.dep.n > 0 || is_of_workspace)
        gh_decide(&ctx->decision, &q);
    else
        gh_decide_below(&ctx->decision, &q);
    enum gh_problem problem = decided(ctx);
    if (problem != GH_PROBLEM_NONE)
        return problem;
    if (is_of_workspace)
        return gh_snap_find_v(&ws, &ctx->snapshot->policy, GH_SNAP_WORKSPACE, &ctx->route.ws, 1)
                   ? GH_PROBLEM_NONE
                   : fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_NOT_FOUND, "workspace is not there");
    if (ctx->endpoint.row == NULL || gh_snap_u64(&ctx->endpoint, GH_ENDPOINT_ENABLED) == 0)
        return fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_NOT_FOUND, "endpoint is not there or not enabled");
    return GH_PROBLEM_NONE;
}

static enum gh_verb
verb_of(enum gh_method method, bool is_collection)
{
    switch (method) {
    case GH_METHOD_GET:
    case GH_METHOD_HEAD:
        return is_collection ? GH_VERB_LIST : GH_VERB_READ;
    case GH_METHOD_DELETE:
        return GH_VERB_DELETE;
    case GH_METHOD_NONE:
    case GH_METHOD_PUT:
    case GH_METHOD_POST:
    case GH_METHOD_PATCH:
    case GH_METHOD_COUNT:
        break;
    }
    return GH_VERB_WRITE;
}

/* What is asked there stands in control's table of doors, and control decides it. Here, who has no standing at all is turned away. */
static enum gh_problem
decide_door(ngx_http_gatehouse_ctx_t *ctx)
{
    ctx->scope = GH_STR("/");
    gh_standing(&ctx->decision, &ctx->snapshot->policy, ctx->caller, ctx->now_ms);
    return decided(ctx);
}

static enum gh_problem
decide_management(ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_resource_path path;
    enum gh_verb verb;

    ctx->max_body_bytes = GH_MANAGEMENT_BODY_BYTES_MAX;
    if (ctx->route.row->surface != GH_SURFACE_MANAGEMENT)
        return decide_door(ctx);
    if (gh_resource_find(&path, ctx->route.rest) != GH_OK)
        return fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_NOT_FOUND, "no such resource type");
    ctx->scope = gh_resource_scope(&path);
    verb = verb_of(ctx->route.row->method, path.is_collection);
    ctx->action = gh_resource_action(&path, verb);
    if (ctx->action == GH_ACTION_NONE)
        return fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_METHOD, "operation is not possible on this resource");
    /* What only control sees decides further: it shows of a list what the caller may read, and knows the scope inside an assignment.
     * Here, who could be allowed nothing is turned away. */
    struct gh_question q = ngx_http_gatehouse_question(ctx);
    bool is_inside = verb == GH_VERB_LIST || gh_resource_table[path.type].is_scoped_inside;
    if (is_inside && !path.is_collection)
        q.path = GH_STR("/");
    if (is_inside)
        gh_decide_below(&ctx->decision, &q);
    else
        gh_decide(&ctx->decision, &q);
    return decided(ctx);
}

static enum gh_problem
decide(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    (void)r;
    return ctx->route.row->op == GH_OP_MANAGE ? decide_management(ctx) : decide_model(ctx);
}

/* Behind roles, so that only who may call the endpoint learns that it is closed to where they are. */
static enum gh_problem
decide_network(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_net_decision d;

    ngx_http_gatehouse_way_decide(&d, r, ctx, &ctx->listener, ctx->endpoint.row == NULL ? NULL : &ctx->endpoint);
    ctx->network_rule = d.rule;
    bool is_observed = d.verdict != GH_ALLOW && gh_observe(&ctx->endpoint, GH_OBSERVE_NETWORK, ctx->now_ms);
    if (d.verdict != GH_ALLOW && !is_observed)
        return fault(ctx, GH_CONTROL_NETWORK, GH_PROBLEM_NETWORK, d.reason);
    ngx_http_gatehouse_control(ctx, GH_CONTROL_NETWORK, is_observed ? GH_RAN_OBSERVED : GH_RAN_PASSED, d.reason);
    return GH_PROBLEM_NONE;
}

/* What is not spoken here is refused by name, to those whom the endpoint knows. In an upgrade no filter of bodies would run. */
static enum gh_problem
check_spoken(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    if (ctx->route.row->op == GH_OP_UNSPOKEN) {
        ctx->detail = ctx->route.row->unspoken;
        return fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_UNSPOKEN, ctx->detail);
    }
    if (r->headers_in.upgrade != NULL)
        return fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_UNSUPPORTED, "upgrades are refused");
    if (ctx->route.row->op == GH_OP_SHIELD_PROMPT && !gh_shield_prompt_is_version(&ctx->arena, ngx_http_gatehouse_str(r->args))) {
        ctx->detail = "api-version is 2024-09-01 or 2023-10-01.";
        return fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_BAD_REQUEST, ctx->detail);
    }
    if (ctx->route.id.n > 0 && !ngx_http_gatehouse_bound_query(ctx, ngx_http_gatehouse_str(r->args))) {
        ctx->detail = "The query names something that is not known here.";
        return fault(ctx, GH_CONTROL_ROUTE, GH_PROBLEM_UNSUPPORTED, ctx->detail);
    }
    return GH_PROBLEM_NONE;
}

static enum gh_problem
check_length(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    if (r->headers_in.content_length_n > ctx->max_body_bytes)
        return fault(ctx, GH_CONTROL_BODY, GH_PROBLEM_TOO_LARGE, "body is longer than the endpoint allows");
    if (ctx->route.row->op == GH_OP_MANAGE)
        ngx_http_gatehouse_control(ctx, GH_CONTROL_BODY, GH_RAN_PASSED, "its length; control reads it");
    return GH_PROBLEM_NONE;
}

static enum gh_problem
check_headers(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    (void)r;
    if (ctx->bad_header == NULL)
        return GH_PROBLEM_NONE;
    ctx->detail = ctx->bad_header;
    return fault(ctx, GH_CONTROL_HEADERS, GH_PROBLEM_BAD_REQUEST, ctx->bad_header);
}

static enum gh_problem (*const steps[])(ngx_http_request_t *, ngx_http_gatehouse_ctx_t *) = {find_route, is_ready, find_way,
    identify, ngx_http_gatehouse_conditional, describe, decide, decide_network, check_spoken, check_length, check_headers};

ngx_int_t
ngx_http_gatehouse_post_read_handler(ngx_http_request_t *r)
{
    ngx_http_gatehouse_ctx_t *ctx = ngx_http_gatehouse_ctx_make(r);
    enum gh_problem problem;

    if (ctx == NULL)
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    if (ctx->stage != GATEHOUSE_NEW)
        return NGX_DECLINED;
    r->log_handler = ngx_http_gatehouse_log_request;
    ctx->http_version = r->http_version;
    r->disable_not_modified = 1; /* nginx would turn an answered PUT with If-Match into 412 */
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if ((problem = steps[i](r, ctx)) != GH_PROBLEM_NONE)
            return ngx_http_gatehouse_refuse(r, ctx, problem, ctx->reason, ctx->detail);
    bool has_body = ctx->dialect != NULL || ctx->route.row->op == GH_OP_SHIELD_PROMPT;
    ctx->stage = has_body ? GATEHOUSE_READING : GATEHOUSE_ADMITTED;
    return NGX_DECLINED;
}

/* The same by a newer snapshot: a connection that was withdrawn, a listener that is gone, an address that left the list, an endpoint that
 * was switched off. */
static bool
is_way_open(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, const struct gh_snap *snap, const struct gh_snap_rec *ep)
{
    bool is_model = ctx->route.row->op != GH_OP_MANAGE;
    struct gh_snap_rec listener;
    struct gh_net_decision d;

    if (is_model && (ep->row == NULL || gh_snap_u64(ep, GH_ENDPOINT_ENABLED) == 0))
        return false;
    if (!ngx_http_gatehouse_way_listener(&listener, r, snap))
        return false;
    ngx_http_gatehouse_way_decide(&d, r, ctx, &listener, is_model ? ep : NULL);
    return d.verdict == GH_ALLOW || gh_observe(ep, GH_OBSERVE_NETWORK, ngx_http_gatehouse_now_ms());
}

/* An answer of a backend that was switched off since goes no further. */
static bool
is_backend_on(const ngx_http_gatehouse_ctx_t *ctx, const struct gh_snap *snap)
{
    struct gh_snap_rec row;

    if (ctx->judge == NULL || ctx->judge->backend_name.n == 0)
        return true;
    return !gh_snap_find_v(&row, snap, GH_SNAP_BACKEND, (struct gh_str[]){ctx->route.ws, ctx->judge->backend_name}, 2) ||
           gh_snap_u64(&row, GH_BACKEND_OUTBOUND) != GH_OUTBOUND_SWITCHED_OFF;
}

/* With what is in force now: a grant, or an endpoint that still only observes who has none. */
static bool
decide_again(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, const struct gh_snap *snap, const struct gh_snap_rec *ep,
    const struct gh_caller *caller)
{
    struct gh_question q = ngx_http_gatehouse_question(ctx);
    struct gh_attributes attributes;
    struct gh_decision decision;

    ngx_http_gatehouse_way_describe(&attributes, r, ctx, &ctx->listener, ep->row == NULL ? NULL : ep);
    q.attributes = &attributes;
    q.snap = snap;
    q.caller = caller;
    q.now_ms = ngx_http_gatehouse_now_ms(); /* what has ended meanwhile has ended */
    gh_decide(&decision, &q);
    return decision.verdict == GH_ALLOW || gh_observe(ep, GH_OBSERVE_AUTHORIZATION, ngx_http_gatehouse_now_ms());
}

bool
ngx_http_gatehouse_still_allowed(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_credentials cred = ngx_http_gatehouse_headers_read(r, ctx);
    struct gh_identify_env env = {NULL, &self.cache, self.keys, ctx->now_ms};
    bool is_allowed = false;
    struct gh_place place;
    struct gh_arena a;
    const char *why;

    ngx_http_gatehouse_snapshot_t *s = ngx_http_gatehouse_snapshot_ref(&why);
    if (s == NULL)
        return true; /* nothing newer is known: what was decided stands */
    gh_arena_init(&a, ngx_http_gatehouse_heap(), ARENA_MAX);
    struct gh_caller *caller = gh_arena_take_raw(&a, sizeof(*caller));
    const struct gh_snap_rec ep = endpoint_of(&ctx->route, &s->policy);
    env.snap = &s->policy;
    if (caller != NULL && place_of(&place, ctx, &s->policy, &ep, &a)) {
        gh_identify(caller, &a, &env, &cred, &place);
        if (caller->why == GH_IDENTIFY_OK)
            is_allowed = ngx_http_gatehouse_conditional_still(r, ctx, &a, &s->policy, caller) &&
                         decide_again(r, ctx, &s->policy, &ep, caller);
    }
    is_allowed = is_allowed && is_way_open(r, ctx, &s->policy, &ep) && is_backend_on(ctx, &s->policy);
    gh_arena_fini(&a);
    ngx_http_gatehouse_snapshot_unref(s);
    return is_allowed;
}

ngx_int_t
ngx_http_gatehouse_access_handler(ngx_http_request_t *r)
{
    ngx_http_gatehouse_ctx_t *ctx = ngx_http_gatehouse_ctx(r);

    if (ctx == NULL)
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    switch (ctx->stage) {
    case GATEHOUSE_ADMITTED:
    case GATEHOUSE_FORWARDED:
        return NGX_OK;
    case GATEHOUSE_READING:
        return ngx_http_gatehouse_body_read(r, ctx);
    case GATEHOUSE_JUDGING:
        return ngx_http_gatehouse_body_judge(r, ctx);
    case GATEHOUSE_NEW:
    case GATEHOUSE_REFUSED:
        break;
    }
    return NGX_HTTP_SERVICE_UNAVAILABLE;
}

/* Who answers what no backend of a workspace does; a route with a path of its own at the backend is forwarded. */
static ngx_int_t (*const answers[GH_OP_COUNT])(ngx_http_request_t *, ngx_http_gatehouse_ctx_t *) = {
    [GH_OP_MODELS] = ngx_http_gatehouse_models,
    [GH_OP_MODEL] = ngx_http_gatehouse_model,
    [GH_OP_SHIELD_PROMPT] = ngx_http_gatehouse_shield_prompt_answer,
    [GH_OP_MANAGE] = ngx_http_gatehouse_forward_management,
};

ngx_int_t
ngx_http_gatehouse_content_handler(ngx_http_request_t *r)
{
    ngx_http_gatehouse_ctx_t *ctx = ngx_http_gatehouse_ctx(r);

    if (ctx == NULL || ctx->stage != GATEHOUSE_ADMITTED)
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    if (ctx->route.row->upstream != NULL)
        return ngx_http_gatehouse_forward(r, ctx);
    if (answers[ctx->route.row->op] == NULL)
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    return answers[ctx->route.row->op](r, ctx);
}
