/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include "base/limits.h"
#include "wire/bound_id.h"
#include "wire/query.h"
#include "wire/say.h"

/*
 * What callers store at a provider is theirs alone: on the way in, an id that a body or a path names must be a bound one (wire/bound_id.h) of
 * this caller at this endpoint, and the call goes to the backend where the thing lies; on the way out, every id that the provider tells is
 * bound. What is not the caller's looks like what is not there.
 */

#define QUERY_MAX 512

/* Empty: there is none, and nothing can be stored or named. */
static struct gh_str
key_of(const struct gh_snap *secrets)
{
    struct gh_snap_rec rec;

    if (secrets->base == NULL || !gh_snap_find(&rec, secrets, GH_SNAP_BOUND_KEY, GH_STR("installation")))
        return gh_str(NULL, 0);
    return gh_snap_str(&rec, GH_BOUND_KEY_VALUE);
}

/* The identity, if the caller is one, whatever credential it came with; else the name that its issuer gives it. */
static struct gh_str
owner_of(const struct gh_caller *caller)
{
    for (size_t i = 0; i < caller->n_principals; i++)
        if (gh_str_starts(caller->principals[i], GH_STR("/identities/")))
            return caller->principals[i];
    return caller->name;
}

/* ---- in, in the judge's thread ---- */

static bool
stop(ngx_http_gatehouse_judge_t *j, enum gh_problem problem, const char *reason)
{
    j->problem = problem;
    j->reason = reason;
    j->controls.ran[GH_CONTROL_OWNERSHIP] = GH_RAN_BLOCKED;
    j->controls.reason[GH_CONTROL_OWNERSHIP] = reason;
    return false;
}

static bool
pass(ngx_http_gatehouse_judge_t *j)
{
    j->controls.ran[GH_CONTROL_OWNERSHIP] = GH_RAN_PASSED;
    return true;
}

static bool
open_id(ngx_http_gatehouse_judge_t *j, struct gh_bound_id *b, enum gh_stored kind, struct gh_str text)
{
    struct gh_str key = key_of(&j->secrets);

    *b = (struct gh_bound_id){.kind = kind, .ws = j->route->ws, .ep = j->route->ep, .owner = owner_of(j->caller)};
    if (key.n == 0)
        return stop(j, GH_PROBLEM_UNAVAILABLE, "key of bound ids is not there");
    if (gh_bound_id_open(b, &j->keep, text, key) != GH_OK)
        return stop(j, GH_PROBLEM_NOT_FOUND, "what is named is not stored, or not by this caller here");
    return true;
}

bool
ngx_http_gatehouse_bound_pin(ngx_http_gatehouse_judge_t *j, struct gh_str backend)
{
    for (size_t i = 0; i < j->n_members; i++) {
        if (!gh_str_eq(j->members[i].backend, backend))
            continue;
        j->members[0] = j->members[i];
        j->n_members = 1;
        j->model = j->members[0].model;
        j->backend_name = j->members[0].backend;
        return true;
    }
    return stop(j, GH_PROBLEM_NOT_FOUND, "the backend where it is stored is not the deployment's any more");
}

bool
ngx_http_gatehouse_bound_request(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv)
{
    struct gh_str *ids = gh_arena_take_array(&j->keep, GH_STORED_IDS_MAX, sizeof(*ids));
    struct gh_bound_id b;

    j->how.is_unstored = conv->is_stored_unasked && gh_snap_u64(&j->endpoint, GH_ENDPOINT_STORED) == 0;
    if (ids == NULL)
        return stop(j, GH_PROBLEM_INTERNAL, "no memory");
    if (conv->is_stored && !j->how.is_unstored && key_of(&j->secrets).n == 0)
        return stop(j, GH_PROBLEM_UNAVAILABLE, "key of bound ids is not there");
    for (size_t i = 0; i < conv->n_stored; i++) {
        if (!open_id(j, &b, conv->stored[i].kind, conv->stored[i].id) || !ngx_http_gatehouse_bound_pin(j, b.backend))
            return false;
        ids[i] = b.id;
    }
    j->how.stored = ids;
    return pass(j);
}

bool
ngx_http_gatehouse_bound_route(ngx_http_gatehouse_judge_t *j, struct gh_str *backend)
{
    struct gh_bound_id b;

    if (!open_id(j, &b, GH_STORED_RESPONSE, j->route->id))
        return false;
    if (gh_str_eq(b.id, GH_STR(".")) || gh_str_eq(b.id, GH_STR("..")))
        return stop(j, GH_PROBLEM_NOT_FOUND, "the provider's id cannot stand in a path");
    j->deployment = b.deployment;
    j->stored_id = b.id;
    *backend = b.backend;
    return pass(j);
}

/* ---- out ---- */

bool
ngx_http_gatehouse_bind(
    ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a, struct gh_edits *edits, const struct gh_stored_id *stored, size_t n)
{
    const ngx_http_gatehouse_judge_t *j = ctx->judge;
    struct gh_str key = key_of(&ctx->snapshot->secrets), quoted;
    struct gh_buf id;

    for (size_t i = 0; i < n && key.n > 0; i++) {
        const struct gh_bound_id b = {.kind = stored[i].kind,
            .ws = ctx->route.ws,
            .ep = ctx->route.ep,
            .owner = owner_of(ctx->caller),
            .deployment = j->deployment,
            .backend = j->backend_name,
            .id = stored[i].id};
        gh_buf_init(&id, a, GH_BOUND_ID_BYTES_MAX * 2);
        if (gh_bound_id_put(&id, &b, key) != GH_OK || gh_say_quote(&quoted, a, gh_buf_str(&id)) != GH_OK ||
            gh_edits_add(edits, stored[i].at, stored[i].end, quoted) != GH_OK)
            return false;
    }
    return true;
}

/* ---- the query of a path that names something stored ---- */

static bool
is_word(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((u_char)s.p[i]) && s.p[i] != '_' && s.p[i] != '-')
            return false;
    return s.n > 0 && s.n <= GH_MARK_BYTES_MAX;
}

static bool
is_false(struct gh_str s)
{
    return gh_str_eq(s, GH_STR("false"));
}

static bool
is_any(struct gh_str s)
{
    (void)s;
    return true;
}

static const struct {
    struct gh_str name;
    bool (*is_valid)(struct gh_str value);
    bool is_forwarded;
} queries[] = {
    {GH_STR_INIT("api-version"), is_any, false}, /* the backend's own stands in its row */
    {GH_STR_INIT("stream"), is_false, false},
    {GH_STR_INIT("limit"), is_word, true},
    {GH_STR_INIT("order"), is_word, true},
    {GH_STR_INIT("after"), is_word, true},
};

static bool
take_query(struct gh_buf *out, struct gh_str name, struct gh_str value)
{
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        if (!gh_str_eq(name, queries[i].name))
            continue;
        if (queries[i].is_forwarded) {
            gh_buf_putc(out, '&');
            gh_buf_put(out, name);
            gh_buf_putc(out, '=');
            gh_buf_put(out, value);
        }
        return queries[i].is_valid(value) && out->rc == GH_OK;
    }
    return false;
}

bool
ngx_http_gatehouse_bound_query(ngx_http_gatehouse_ctx_t *ctx, struct gh_str args)
{
    struct gh_str name, value;
    struct gh_buf out;
    enum gh_rc rc;

    gh_buf_init(&out, &ctx->arena, QUERY_MAX);
    while ((rc = gh_query_next(&name, &value, &ctx->arena, &args)) == GH_OK)
        if (!take_query(&out, name, value))
            return false;
    ctx->query = gh_buf_str(&out);
    return rc == GH_MORE;
}
