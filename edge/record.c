/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

/*
 * What a request leaves behind: OPEN before anything is sent on, CLOSE before the last bytes of its answer, REFUSED before a refusal.
 * Fields come from the route table, the caller and the decision; of the request itself only what cannot carry a secret.
 */

void
ngx_http_gatehouse_control(ngx_http_gatehouse_ctx_t *ctx, enum gh_control control, enum gh_ran ran, const char *reason)
{
    ctx->controls.ran[control] = (uint8_t)ran;
    ctx->controls.reason[control] = reason;
}

static struct gh_str
surface_name(enum gh_surface s)
{
    static const char *const names[GH_SURFACE_COUNT] = {
        [GH_SURFACE_MANAGEMENT] = "management",
        [GH_SURFACE_OPENAI] = "openai",
        [GH_SURFACE_AZURE_OPENAI] = "azure_openai",
        [GH_SURFACE_ANTHROPIC] = "anthropic",
        [GH_SURFACE_SCORING] = "scoring",
        [GH_SURFACE_KSERVE] = "kserve",
        [GH_SURFACE_CONTENT_SAFETY] = "content_safety",
        [GH_SURFACE_ARM] = "arm",
        [GH_SURFACE_GRAPH] = "graph",
    };

    return gh_str_z(names[s]);
}

static struct gh_str
http_version(const ngx_http_request_t *r)
{
    switch (r->http_version) {
    case NGX_HTTP_VERSION_20:
        return GH_STR("2");
    case NGX_HTTP_VERSION_11:
        return GH_STR("1.1");
    case NGX_HTTP_VERSION_10:
        return GH_STR("1.0");
    default:
        return GH_STR("");
    }
}

/* The method, if it is one that the route table knows: anything else is a stranger's text. */
static struct gh_str
method_name(const ngx_http_request_t *r)
{
    struct gh_str name = ngx_http_gatehouse_str(r->method_name);

    return gh_method_find(name) == GH_METHOD_NONE ? GH_STR("other") : name;
}

static void
put_request(struct gh_record_writer *w, const ngx_http_gatehouse_ctx_t *ctx)
{
    ngx_http_request_t *r = ctx->request;
    const ngx_http_gatehouse_srv_conf_t *conf = ngx_http_get_module_srv_conf(r, ngx_http_gatehouse_module);

    gh_record_word(w, GH_FIELD_REQUEST_ID, gh_str(ctx->request_id, sizeof(ctx->request_id)));
    gh_record_word(w, GH_FIELD_PEER, ngx_http_gatehouse_str(ctx->peer.len > 0 ? ctx->peer : r->connection->addr_text));
    gh_record_word(w, GH_FIELD_PROXY, ngx_http_gatehouse_str(ctx->proxy));
    gh_record_word(w, GH_FIELD_LISTENER, ngx_http_gatehouse_str(conf->listener));
    if (r->method_name.len > 0)
        gh_record_word(w, GH_FIELD_METHOD, method_name(r));
    gh_record_word(w, GH_FIELD_HTTP_VERSION, http_version(r));
    if (ctx->route.row != NULL) {
        gh_record_word(w, GH_FIELD_ROUTE, gh_str_z(ctx->route.row->pattern));
        gh_record_word(w, GH_FIELD_SURFACE, surface_name(ctx->route.row->surface));
    }
    if (ctx->has_retry_count)
        gh_record_u64(w, GH_FIELD_RETRY_COUNT, ctx->retry_count);
    gh_record_u64(w, GH_FIELD_GENERATION, ctx->snapshot == NULL ? 0 : ctx->snapshot->generation);
}

static void
put_caller(struct gh_record_writer *w, ngx_http_gatehouse_ctx_t *ctx)
{
    const struct gh_caller *c = ctx->caller;

    if (c == NULL)
        return;
    gh_record_text(w, GH_FIELD_CALLER, c->name);
    gh_record_text(w, GH_FIELD_ISSUER, c->issuer);
    gh_record_text(w, GH_FIELD_CREDENTIAL_ID, c->credential_id);
    gh_record_text(w, GH_FIELD_DEVICE, ngx_http_gatehouse_conditional_device(ctx));
    if (c->why != GH_IDENTIFY_NO_CREDENTIAL)
        gh_record_word(w, GH_FIELD_CREDENTIAL_KIND, c->is_key ? GH_STR("key") : GH_STR("token"));
}

/* Who stands behind the caller: by his token, and as the application claims. */
static void
put_end_user(struct gh_record_writer *w, const ngx_http_gatehouse_ctx_t *ctx)
{
    if (ctx->caller != NULL && ctx->caller->why == GH_IDENTIFY_OK) {
        gh_record_text(w, GH_FIELD_ACTOR, ctx->caller->actor);
        if (ctx->caller->is_user)
            gh_record_text(w, GH_FIELD_USER, ctx->caller->name);
    }
    if (ctx->judge == NULL)
        return;
    gh_record_text(w, GH_FIELD_END_USER, ctx->judge->end_user);
    gh_record_text(w, GH_FIELD_CLAIMED_IP, ctx->judge->claimed_ip);
    gh_record_text(w, GH_FIELD_CLAIMED_APPLICATION, ctx->judge->claimed_application);
}

/* The endpoint's instructions by digest and version; their text is nobody's business. */
static void
put_instructions(struct gh_record_writer *w, const ngx_http_gatehouse_judge_t *j)
{
    if (j == NULL)
        return;
    gh_record_bytes(w, GH_FIELD_INSTRUCTIONS, j->instructions_sha256);
    gh_record_text(w, GH_FIELD_INSTRUCTIONS_VERSION, j->instructions_version);
}

/* What the shield found: where and what, by what model; never the text. */
static void
put_attack(struct gh_record_writer *w, const ngx_http_gatehouse_judge_t *j)
{
    if (j == NULL)
        return;
    const ngx_http_gatehouse_attack_t *a = &j->attack;
    if (ngx_http_gatehouse_shield_model(j->shield) != NULL && j->controls.ran[GH_CONTROL_SHIELD] != GH_RAN_NOT)
        gh_record_text(w, GH_FIELD_SHIELD_MODEL, gh_shield_info(ngx_http_gatehouse_shield_model(j->shield))->version);
    if (j->n_judged + j->n_recalled > 0) {
        gh_record_u64(w, GH_FIELD_TEXTS_JUDGED, j->n_judged);
        gh_record_u64(w, GH_FIELD_TEXTS_RECALLED, j->n_recalled);
    }
    if (a->act == GH_SHIELD_ACT_OFF)
        return;
    gh_record_word(w, GH_FIELD_ATTACK_CLASS, gh_str_z(gh_shield_class_names[a->found]));
    gh_record_word(
        w, GH_FIELD_ATTACK_KIND, a->kind < GH_SHIELD_KINDS ? gh_str_z(gh_shield_kind_names[a->kind]) : GH_STR("instructions"));
    gh_record_u64(w, GH_FIELD_ATTACK_SCORE, (uint64_t)(a->score * 10000.0f + 0.5f));
    gh_record_u64(w, GH_FIELD_ATTACK_PART, a->part);
    gh_record_bytes(w, GH_FIELD_ATTACK_TEXT, a->has_hash ? gh_str(a->hash, sizeof(a->hash)) : GH_STR(""));
}

/* What was admitted without a grant, an endpoint only observed. */
static void
put_decision(struct gh_record_writer *w, const ngx_http_gatehouse_ctx_t *ctx, bool is_allowed)
{
    bool is_observed = ctx->decision.verdict != GH_ALLOW;

    gh_record_text(w, GH_FIELD_SCOPE, ctx->scope);
    if (ctx->action != GH_ACTION_NONE)
        gh_record_word(w, GH_FIELD_ACTION, gh_action_table[ctx->action].string);
    gh_record_word(w, GH_FIELD_VERDICT, !is_allowed ? GH_STR("deny") : is_observed ? GH_STR("observe") : GH_STR("allow"));
    gh_record_text(w, GH_FIELD_RULE, ctx->decision.rule);
    gh_record_text(w, GH_FIELD_ROLE, ctx->decision.role);
    gh_record_text(w, GH_FIELD_NETWORK_RULE, ctx->network_rule);
    gh_record_word(w, GH_FIELD_CONDITIONAL_POLICIES, ctx->conditional_policies);
}

static void
put_model(struct gh_record_writer *w, const ngx_http_gatehouse_ctx_t *ctx)
{
    if (ctx->judge == NULL)
        return;
    gh_record_text(w, GH_FIELD_MODEL, ctx->judge->model);
    gh_record_u64(w, GH_FIELD_IS_STREAM, ctx->judge->is_stream);
    gh_record_text(w, GH_FIELD_BACKEND, ctx->judge->backend_name);
}

static void
put_times(struct gh_record_writer *w, const ngx_http_gatehouse_ctx_t *ctx)
{
    gh_record_u64(w, GH_FIELD_DURATION_US, (uint64_t)(ngx_http_gatehouse_monotonic_us() - ctx->start_us));
    if (ctx->first_byte_us > 0)
        gh_record_u64(w, GH_FIELD_FIRST_BYTE_US, (uint64_t)(ctx->first_byte_us - ctx->start_us));
}

/* What should have run on this call and did not is named in its record. */
static bool
is_covered(ngx_http_gatehouse_ctx_t *ctx, enum gh_phase phase)
{
    bool is_stream = ctx->judge != NULL && ctx->judge->is_stream;
    enum gh_control missing = gh_coverage_missing(ctx->route.row, &ctx->controls, is_stream, phase);

    if (missing == GH_CONTROL_COUNT)
        return true;
    ngx_http_gatehouse_control(ctx, missing, GH_RAN_NOT, "should have run");
    ctx->is_uncovered = 1;
    return false;
}

const char *
ngx_http_gatehouse_record_fault(const ngx_http_gatehouse_ctx_t *ctx)
{
    return ctx->is_uncovered ? "a control did not run" : "records cannot be written";
}

ngx_int_t
ngx_http_gatehouse_record_open(ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_record_writer w;

    if (!is_covered(ctx, GH_PHASE_REQUEST))
        return NGX_ERROR;

    ngx_http_gatehouse_spool_begin(&w, GH_RECORD_OPEN);
    put_request(&w, ctx);
    put_caller(&w, ctx);
    put_decision(&w, ctx, true);
    put_model(&w, ctx);
    put_end_user(&w, ctx);
    put_instructions(&w, ctx->judge);
    put_attack(&w, ctx->judge);
    ngx_http_gatehouse_dlp_record(&w, ctx->judge);
    gh_record_text(&w, GH_FIELD_TOOL, ctx->tool);
    gh_record_u64(&w, GH_FIELD_REQUEST_BYTES, ctx->judge == NULL ? 0 : ctx->judge->size);
    gh_record_controls(&w, &ctx->controls);
    if (ngx_http_gatehouse_spool_end(&w) != NGX_OK)
        return NGX_ERROR;
    ctx->is_open = 1;
    ctx->open_epoch = ngx_http_gatehouse_spool_epoch();
    ctx->open_sequence = ngx_http_gatehouse_spool_sequence();
    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_record_attempt(
    ngx_http_gatehouse_ctx_t *ctx, const ngx_http_gatehouse_failure_t *f, struct gh_str backend, struct gh_str model)
{
    struct gh_record_writer w;

    ngx_http_gatehouse_spool_begin(&w, GH_RECORD_ATTEMPT);
    gh_record_u64(&w, GH_FIELD_OPEN_EPOCH, ctx->open_epoch);
    gh_record_u64(&w, GH_FIELD_OPEN_SEQUENCE, ctx->open_sequence);
    gh_record_word(&w, GH_FIELD_REQUEST_ID, gh_str(ctx->request_id, sizeof(ctx->request_id)));
    gh_record_text(&w, GH_FIELD_SCOPE, ctx->scope);
    gh_record_u64(&w, GH_FIELD_ATTEMPT, ctx->n_attempts);
    gh_record_text(&w, GH_FIELD_BACKEND, backend);
    gh_record_text(&w, GH_FIELD_MODEL, model);
    if (f->status > 0)
        gh_record_u64(&w, GH_FIELD_BACKEND_STATUS, f->status);
    gh_record_text(&w, GH_FIELD_REASON, gh_str_z(f->reason));
    gh_record_u64(&w, GH_FIELD_DURATION_US, (uint64_t)(ngx_http_gatehouse_monotonic_us() - ctx->attempt_us));
    gh_record_text(&w, GH_FIELD_NEXT_BACKEND, ctx->judge->backend_name);
    return ngx_http_gatehouse_spool_end(&w);
}

ngx_int_t
ngx_http_gatehouse_record_close(ngx_http_gatehouse_ctx_t *ctx, ngx_uint_t status, const char *end)
{
    struct gh_record_writer w;

    if (ctx->is_recorded)
        return NGX_OK;
    if (status == NGX_HTTP_OK && ngx_strcmp(end, "complete") == 0 && !is_covered(ctx, GH_PHASE_ANSWER))
        return NGX_ERROR;
    ngx_http_gatehouse_spool_begin(&w, GH_RECORD_CLOSE);
    gh_record_u64(&w, GH_FIELD_OPEN_EPOCH, ctx->open_epoch);
    gh_record_u64(&w, GH_FIELD_OPEN_SEQUENCE, ctx->open_sequence);
    gh_record_word(&w, GH_FIELD_REQUEST_ID, gh_str(ctx->request_id, sizeof(ctx->request_id)));
    if (ctx->caller != NULL)
        gh_record_text(&w, GH_FIELD_CALLER, ctx->caller->name);
    gh_record_text(&w, GH_FIELD_SCOPE, ctx->scope);
    put_model(&w, ctx);
    if (ctx->judge != NULL)
        gh_record_text(&w, GH_FIELD_END_USER, ctx->judge->end_user);
    ngx_http_gatehouse_dlp_record(&w, ctx->judge);
    gh_record_text(&w, GH_FIELD_TOOL, ctx->tool);
    gh_record_u64(&w, GH_FIELD_STATUS, status);
    if (ctx->is_withdrawn) /* by another generation than that of the open record */
        gh_record_u64(&w, GH_FIELD_GENERATION, ctx->asked_generation);
    if (ctx->n_attempts > 1)
        gh_record_u64(&w, GH_FIELD_ATTEMPT, ctx->n_attempts);
    if (ctx->backend_status > 0)
        gh_record_u64(&w, GH_FIELD_BACKEND_STATUS, ctx->backend_status);
    if (ctx->usage.input_tokens >= 0)
        gh_record_u64(&w, GH_FIELD_INPUT_TOKENS, (uint64_t)ctx->usage.input_tokens);
    if (ctx->usage.output_tokens >= 0)
        gh_record_u64(&w, GH_FIELD_OUTPUT_TOKENS, (uint64_t)ctx->usage.output_tokens);
    gh_record_u64(&w, GH_FIELD_RESPONSE_BYTES, (uint64_t)ctx->response_bytes);
    put_times(&w, ctx);
    gh_record_word(&w, GH_FIELD_END, gh_str_z(end));
    gh_record_text(&w, GH_FIELD_REASON, gh_str_z(ctx->reason));
    gh_record_controls(&w, &ctx->controls);
    if (ngx_http_gatehouse_spool_end(&w) != NGX_OK)
        return NGX_ERROR;
    ctx->is_recorded = 1;
    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_record_refused(ngx_http_gatehouse_ctx_t *ctx, ngx_uint_t status)
{
    struct gh_record_writer w;

    if (ctx->is_recorded)
        return NGX_OK;
    ngx_http_gatehouse_spool_begin(&w, GH_RECORD_REFUSED);
    put_request(&w, ctx);
    put_caller(&w, ctx);
    put_decision(&w, ctx, false);
    put_end_user(&w, ctx);
    put_attack(&w, ctx->judge);
    ngx_http_gatehouse_dlp_record(&w, ctx->judge);
    gh_record_text(&w, GH_FIELD_TOOL, ctx->tool);
    gh_record_text(&w, GH_FIELD_REASON, gh_str_z(ctx->reason));
    gh_record_text(&w, GH_FIELD_DETAIL, gh_str_z(ctx->detail));
    gh_record_u64(&w, GH_FIELD_STATUS, status);
    put_times(&w, ctx);
    gh_record_controls(&w, &ctx->controls);
    if (ngx_http_gatehouse_spool_end(&w) != NGX_OK)
        return NGX_ERROR;
    ctx->is_recorded = 1;
    return NGX_OK;
}

void
ngx_http_gatehouse_record_key_wanted(ngx_http_gatehouse_ctx_t *ctx)
{
    struct gh_record_writer w;

    ngx_http_gatehouse_spool_begin(&w, GH_RECORD_KEY_WANTED);
    gh_record_word(&w, GH_FIELD_REQUEST_ID, gh_str(ctx->request_id, sizeof(ctx->request_id)));
    gh_record_text(&w, GH_FIELD_ISSUER, ctx->caller->issuer);
    gh_record_text(&w, GH_FIELD_KID, ctx->caller->kid);
    (void)ngx_http_gatehouse_spool_end(&w);
}

ngx_int_t
ngx_http_gatehouse_record_emergency(ngx_http_gatehouse_ctx_t *ctx, struct gh_str policy)
{
    struct gh_record_writer w;

    ngx_http_gatehouse_spool_begin(&w, GH_RECORD_EMERGENCY);
    put_request(&w, ctx);
    put_caller(&w, ctx);
    gh_record_text(&w, GH_FIELD_RULE, policy);
    gh_record_text(&w, GH_FIELD_DETAIL, GH_STR("an emergency account was used where this policy applies to others"));
    return ngx_http_gatehouse_spool_end(&w);
}

void
ngx_http_gatehouse_record_system(enum gh_record_kind kind, const char *detail, struct gh_str resource)
{
    struct gh_record_writer w;

    ngx_http_gatehouse_spool_begin(&w, kind);
    gh_record_text(&w, GH_FIELD_DETAIL, gh_str_z(detail));
    gh_record_text(&w, GH_FIELD_RESOURCE, resource);
    gh_record_u64(&w, GH_FIELD_GENERATION, ngx_http_gatehouse_generation());
    if (ngx_http_gatehouse_spool_end(&w) != NGX_OK)
        ngx_log_error(
            NGX_LOG_ALERT, ngx_cycle->log, 0, "gatehouse: a system record was not written: %s", detail == NULL ? "" : detail);
}

/* How a call ended that nobody closed: nginx gave up on one of its two sides. */
static const char *
end_of(const ngx_http_gatehouse_ctx_t *ctx)
{
    const ngx_http_request_t *r = ctx->request;

    if (r->headers_out.status == NGX_HTTP_CLIENT_CLOSED_REQUEST || r->connection->error || r->connection->timedout)
        return "client gone";
    if (ngx_exiting || ngx_terminate)
        return "shutdown";
    return ctx->stream != NULL ? ngx_http_gatehouse_stream_end(ctx) : "upstream gone";
}

ngx_int_t
ngx_http_gatehouse_log_handler(ngx_http_request_t *r)
{
    ngx_http_gatehouse_ctx_t *ctx = r == r->main ? ngx_http_gatehouse_ctx_make(r) : NULL;

    if (ctx == NULL || ctx->is_recorded)
        return NGX_OK;
    if (ctx->is_open)
        (void)ngx_http_gatehouse_record_close(ctx, r->headers_out.status, end_of(ctx));
    else {
        if (ctx->reason == NULL)
            ctx->reason = r->headers_out.status == NGX_HTTP_CLIENT_CLOSED_REQUEST ? "client gone" : "request was not completed";
        (void)ngx_http_gatehouse_record_refused(ctx, r->headers_out.status);
    }
    return NGX_OK;
}
