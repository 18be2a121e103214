/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <unistd.h>

#include "base/limits.h"
#include "policy/observe.h"

/*
 * The body, from bytes to the bytes that are forwarded: strict parse, conversation, deployment, decision, splices at offsets of that same
 * parse, second parse. Runs in a thread for large bodies: it sees plain memory, the snapshot and core, and no object of nginx.
 */

/* One contiguous run; read from the temporary file where nginx wrote one. */
static bool
gather(struct gh_str *out, ngx_http_gatehouse_judge_t *j)
{
    char *all = gh_arena_take_raw(&j->work, j->size);
    size_t at = 0;

    if (all == NULL)
        return false;
    for (size_t i = 0; i < j->n_pieces; i++) {
        const ngx_http_gatehouse_piece_t *p = &j->pieces[i];
        if (p->size > j->size - at)
            return false;
        if (p->bytes != NULL)
            memcpy(all + at, p->bytes, p->size);
        for (size_t got = 0; p->bytes == NULL && got < p->size;) {
            ssize_t n = pread(p->fd, all + at + got, p->size - got, p->at + (off_t)got);
            if (n <= 0)
                return false;
            got += (size_t)n;
        }
        at += p->size;
    }
    *out = gh_str(all, at);
    return at == j->size;
}

static void
ran(ngx_http_gatehouse_judge_t *j, enum gh_control control, enum gh_ran how, const char *reason)
{
    j->controls.ran[control] = (uint8_t)how;
    j->controls.reason[control] = reason;
}

static void
stop(ngx_http_gatehouse_judge_t *j, enum gh_control control, enum gh_problem problem, const char *reason)
{
    j->problem = problem;
    j->reason = reason;
    ran(j, control, GH_RAN_BLOCKED, reason);
}

/* What a failed parse says to the client. */
static void
stop_rc(ngx_http_gatehouse_judge_t *j, enum gh_control control, enum gh_rc rc, const struct gh_err *err)
{
    stop(j, control, rc == GH_NOMEM || rc == GH_BUG ? GH_PROBLEM_INTERNAL : GH_PROBLEM_BAD_BODY,
        err->what != NULL ? err->what : "body ends early");
    if (j->problem == GH_PROBLEM_BAD_BODY)
        j->detail = j->reason;
}

/* Keeps the members whose backend speaks this call's dialect: no other can be asked, nor has a share. *is_there: some backend is there. */
static size_t
sort_out(bool *is_there, struct gh_pool_member *members, size_t n, const ngx_http_gatehouse_judge_t *j)
{
    struct gh_snap_rec row;
    size_t kept = 0;

    *is_there = false;
    for (size_t i = 0; i < n; i++) {
        const struct gh_str key[] = {j->route->ws, members[i].backend};
        if (!gh_snap_find_v(&row, &j->policy, GH_SNAP_BACKEND, key, 2))
            continue;
        *is_there = true;
        if (gh_family_of(gh_snap_str(&row, GH_BACKEND_DIALECT)) == j->dialect->family)
            members[kept++] = members[i];
    }
    return kept;
}

/* The deployment of the route's endpoint, and of its pool who speaks the dialect (it may be nobody); false if it is not there, or has no
 * backend any more. */
static bool
find(ngx_http_gatehouse_judge_t *j)
{
    const struct gh_str key[] = {j->route->ws, j->route->ep, j->deployment};
    struct gh_pool_member members[GH_POOL_MAX];
    struct gh_snap_rec rec;
    bool is_there;

    if (!gh_snap_find_v(&rec, &j->policy, GH_SNAP_DEPLOYMENT, key, 3))
        return false;
    size_t n = sort_out(&is_there, members, gh_pool_read(members, &rec), j);
    j->members = gh_arena_take(&j->keep, n * sizeof(*j->members));
    j->bodies = gh_arena_take(&j->keep, n * sizeof(*j->bodies));
    if (j->members == NULL || j->bodies == NULL || gh_arena_dup(&j->deployment, &j->keep, j->deployment) != GH_OK)
        return false;
    j->retry_on = gh_snap_u64(&rec, GH_DEPLOYMENT_RETRY_ON);
    j->n_members = n;
    if (n == 0)
        return is_there;
    memcpy(j->members, members, n * sizeof(*members));
    j->model = members[0].model;
    j->backend_name = members[0].backend;
    return true;
}

/* The deployment that the body named: decided now. One that is not there answers as one that may not be used, unless the caller
 * could use every deployment of the endpoint. */
static bool
decide(ngx_http_gatehouse_judge_t *j, bool is_there)
{
    struct gh_buf scope;

    gh_buf_init(&scope, &j->keep, GH_RESOURCE_PATH_MAX);
    gh_route_scope(&scope, j->route, is_there ? j->deployment : GH_STR(""));
    j->scope = gh_buf_str(&scope);
    j->is_decided = true;
    if (scope.rc != GH_OK) {
        stop(j, GH_CONTROL_AUTHORIZATION, GH_PROBLEM_INTERNAL, "scope is too long");
        return false;
    }
    gh_decide(&j->decision, &(const struct gh_question){.snap = &j->policy,
                                .caller = j->caller,
                                .action = j->action,
                                .path = j->scope,
                                .now_ms = j->now_ms,
                                .attributes = j->attributes});
    if (j->decision.verdict == GH_ALLOW) {
        ran(j, GH_CONTROL_AUTHORIZATION, GH_RAN_PASSED, NULL);
        return true;
    }
    if (gh_observe(&j->endpoint, GH_OBSERVE_AUTHORIZATION, j->now_ms)) {
        ran(j, GH_CONTROL_AUTHORIZATION, GH_RAN_OBSERVED, j->decision.reason);
        return true;
    }
    stop(j, GH_CONTROL_AUTHORIZATION, GH_PROBLEM_FORBIDDEN, j->decision.reason);
    return false;
}

/* By the path; where only the body names models, by that; else by the caller's header, the shares of traffic, or as the only one there is. */
static struct gh_str
deployment_of(const ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv)
{
    if (j->route->dep.n > 0)
        return j->route->dep;
    if (!gh_dialect_is_model_outside(j->dialect))
        return conv->model;
    if (j->named_deployment.n > 0)
        return j->named_deployment;
    if (gh_snap_count(&j->endpoint, GH_ENDPOINT_TRAFFIC) == 0 && gh_snap_count(&j->endpoint, GH_ENDPOINT_DEPLOYMENTS) == 1)
        return gh_snap_item(&j->endpoint, GH_ENDPOINT_DEPLOYMENTS, 0);
    return gh_pool_deployment(&j->endpoint, j->number);
}

static bool
choose(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv)
{
    bool is_outside = gh_dialect_is_model_outside(j->dialect);

    j->deployment = deployment_of(j, conv);
    if (j->deployment.n == 0) {
        stop(j, GH_CONTROL_DIALECT, GH_PROBLEM_BAD_BODY,
            is_outside ? "no deployment is named, and the endpoint shares no traffic" : "model is missing");
        j->detail = j->reason;
        return false;
    }
    bool is_there = find(j);
    if (j->route->dep.n == 0 && !decide(j, is_there))
        return false;
    if (!is_there) {
        stop(j, GH_CONTROL_ROUTE, GH_PROBLEM_DEPLOYMENT_NOT_FOUND, "deployment is not there");
        return false;
    }
    if (j->n_members > 0)
        return true;
    stop(j, GH_CONTROL_DIALECT, GH_PROBLEM_UNSUPPORTED, "the deployment's backend does not speak this dialect");
    j->detail = j->reason;
    return false;
}

/* What was judged, as it stood then. */
struct ngx_http_gatehouse_kept_s {
    struct gh_str text;
    struct gh_json json;
    struct gh_conv conv;
};

#define ADDED_MAX (4u << 20) /* bytes by which controls and the endpoint may make a body longer */

/* Memory for the spliced body, all at once: it would not fit twice. GH_LIMIT: it would be too long. */
static enum gh_rc
make_room(struct gh_buf *out, ngx_http_gatehouse_judge_t *j, struct gh_str text, const struct gh_edits *edits)
{
    size_t n = text.n;

    for (size_t i = 0; i < edits->n; i++)
        n += edits->item[i].with.n;
    for (size_t i = 0; i < edits->n; i++)
        n -= edits->item[i].end - edits->item[i].at;
    gh_buf_init(out, &j->keep, n);
    if (n > GH_BODY_BYTES_MAX + ADDED_MAX)
        return GH_LIMIT;
    if (gh_buf_reserve(out, n) == NULL)
        return out->rc;
    out->n = 0;
    return GH_OK;
}

/* The bytes that go on to a member: splices of what was judged, parsed again. */
static bool
rewrite(ngx_http_gatehouse_judge_t *j, size_t i, struct gh_str text, const struct gh_json *json, const struct gh_conv *conv)
{
    struct gh_forward how = j->how;
    struct gh_edits edits = {.arena = &j->work};
    struct gh_buf out;
    enum gh_rc rc;

    how.model = gh_dialect_is_model_outside(j->dialect) ? GH_STR("") : j->members[i].model;
    if ((rc = j->dialect->plan(&edits, &j->work, json, conv, &how)) == GH_BAD) {
        stop(j, GH_CONTROL_SPLICE, GH_PROBLEM_UNSUPPORTED, "what the endpoint adds cannot be said in this dialect");
        return false;
    }
    if (rc == GH_OK && (rc = make_room(&out, j, text, &edits)) == GH_LIMIT) {
        stop(j, GH_CONTROL_SPLICE, GH_PROBLEM_TOO_LARGE, "the body is too long with what is put into it");
        return false;
    }
    if (rc == GH_OK)
        rc = gh_dialect_splice(&out, text, edits.item, edits.n);
    if (rc == GH_OK)
        rc = edits.n > 0 ? gh_dialect_check(j->dialect, &j->work, conv, &how, gh_buf_str(&out))
                         : gh_dialect_check_unchanged(conv, &how);
    if (rc != GH_OK) {
        stop(j, GH_CONTROL_SPLICE, GH_PROBLEM_INTERNAL, "spliced body does not give the same conversation");
        return false;
    }
    ran(j, GH_CONTROL_SPLICE, edits.n > 0 ? GH_RAN_CHANGED : GH_RAN_PASSED, NULL);
    j->bodies[i] = gh_buf_str(&out);
    return true;
}

bool
ngx_http_gatehouse_judge_spell(ngx_http_gatehouse_judge_t *j, size_t i)
{
    for (size_t k = 0; k < j->n_members && j->bodies[i].p == NULL; k++)
        if (gh_str_eq(j->members[k].model, j->members[i].model))
            j->bodies[i] = j->bodies[k];
    if (j->bodies[i].p != NULL)
        return true;
    return j->kept != NULL && rewrite(j, i, j->kept->text, &j->kept->json, &j->kept->conv);
}

/* One body for one model. Of several models each is made here where this is a thread, which the event loop does not wait for; a short
 * one when its backend is asked, from what was kept. */
static void
spell(ngx_http_gatehouse_judge_t *j, struct gh_str text, const struct gh_json *json, const struct gh_conv *conv)
{
    if (gh_texts_plan(&j->how, &j->texts) != GH_OK) {
        stop(j, GH_CONTROL_SPLICE, GH_PROBLEM_INTERNAL, "no memory");
        return;
    }
    if (!rewrite(j, 0, text, json, conv) || j->n_members == 1)
        return;
    if ((j->kept = gh_arena_take(&j->work, sizeof(*j->kept))) == NULL)
        return;
    *j->kept = (struct ngx_http_gatehouse_kept_s){text, *json, *conv};
    for (size_t i = 1; i < j->n_members && !j->is_inline; i++)
        if (!ngx_http_gatehouse_judge_spell(j, i))
            return;
}

/* A stored thing, by its id in the path: no body. Who holds its bound id made it, and must still be allowed what is asked now. */
static void
judge_stored(ngx_http_gatehouse_judge_t *j)
{
    struct gh_str backend;

    if (j->size > 0) {
        stop(j, GH_CONTROL_BODY, GH_PROBLEM_BAD_BODY, "this operation has no body");
        j->detail = j->reason;
        return;
    }
    if (!ngx_http_gatehouse_bound_route(j, &backend))
        return;
    bool is_there = find(j);
    if (!decide(j, is_there))
        return;
    if (!is_there) {
        stop(j, GH_CONTROL_ROUTE, GH_PROBLEM_NOT_FOUND, "deployment is not there");
        return;
    }
    if (!ngx_http_gatehouse_bound_pin(j, backend) || !ngx_http_gatehouse_dlp_request(j, NULL))
        return;
    j->bodies[0] = GH_STR("");
    ran(j, GH_CONTROL_BODY, GH_RAN_PASSED, NULL);
    ran(j, GH_CONTROL_DIALECT, GH_RAN_PASSED, NULL);
}

static void
judge(ngx_http_gatehouse_judge_t *j)
{
    struct gh_str text, end_user;
    struct gh_json json;
    struct gh_conv conv = {0};
    struct gh_err err = {0};
    enum gh_rc rc;

    if (j->dialect != NULL && j->dialect->read == NULL) {
        judge_stored(j);
        return;
    }
    if (!gather(&text, j)) {
        stop(j, GH_CONTROL_BODY, GH_PROBLEM_INTERNAL, "body could not be gathered");
        return;
    }
    if ((rc = gh_json_parse(&json, &j->work, text, &err)) != GH_OK) {
        stop_rc(j, GH_CONTROL_BODY, rc, &err);
        return;
    }
    ran(j, GH_CONTROL_BODY, GH_RAN_PASSED, NULL);
    if (j->dialect == NULL) {
        ngx_http_gatehouse_shield_prompt(j, &json);
        return;
    }
    if ((rc = j->dialect->read(&conv, &j->work, &json, &err)) != GH_OK) {
        stop_rc(j, GH_CONTROL_DIALECT, rc, &err);
        return;
    }
    if (conv.refused != NULL) {
        stop(j, GH_CONTROL_DIALECT, GH_PROBLEM_UNSUPPORTED, conv.refused);
        j->detail = conv.refused;
        return;
    }
    if (conv.is_stream && j->dialect->delta == NULL) {
        stop(j, GH_CONTROL_DIALECT, GH_PROBLEM_UNSUPPORTED, "this operation does not stream");
        j->detail = j->reason;
        return;
    }
    ran(j, GH_CONTROL_DIALECT, GH_RAN_PASSED, NULL);
    j->is_stream = conv.is_stream;
    j->wants_usage = conv.wants_usage;
    if (gh_arena_dup(&end_user, &j->keep, gh_str_sub(conv.end_user, 0, GH_RECORD_TEXT_MAX)) == GH_OK)
        j->end_user = end_user;
    j->texts = (struct gh_texts){.arena = &j->work, .conv = &conv};
    if (choose(j, &conv) && ngx_http_gatehouse_guard_request(j, &conv) && ngx_http_gatehouse_bound_request(j, &conv) &&
        ngx_http_gatehouse_shield_request(j, &conv) && ngx_http_gatehouse_dlp_request(j, &conv) && ngx_http_gatehouse_spotlight(j))
        spell(j, text, &json, &conv);
}

void
ngx_http_gatehouse_judge(ngx_http_gatehouse_judge_t *j)
{
    j->problem = GH_PROBLEM_NONE;
    judge(j);
    if (j->problem != GH_PROBLEM_NONE)
        j->deployment = GH_STR(""); /* it may lie in what is dropped now */
    if (j->is_inline && j->kept != NULL && j->problem == GH_PROBLEM_NONE)
        return; /* until the request ends */
    j->kept = NULL;
    gh_arena_fini(&j->work);
}
