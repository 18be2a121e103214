/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/call.h"

#include "base/redact.h"
#include "control/rest/door.h"
#include "host/host.h"
#include "wire/dialect.h"
#include "wire/query.h"

void
gh_call_init(struct gh_call *call, struct gh_controller *c, struct gh_arena *a)
{
    *call = (struct gh_call){.c = c, .a = a, .surface = GH_SURFACE_MANAGEMENT, .type = "application/json"};
    gh_buf_init(&call->out, a, GH_CALL_ANSWER_MAX);
}

const char *
gh_call_base(enum gh_surface surface)
{
    if (surface == GH_SURFACE_ARM)
        return "/arm";
    return surface == GH_SURFACE_GRAPH ? "/graph" : GH_CALL_BASE;
}

/* Codes are those of the edge (wire/problem.c) where it answers the same. */
static const struct title {
    unsigned status;
    const char *title, *code;
} titles[] = {
    {400, "Bad Request", "invalid_request"},
    {401, "Unauthorized", "unauthorized"},
    {403, "Forbidden", "permission_denied"},
    {404, "Not Found", "not_found"},
    {405, "Method Not Allowed", "method_not_allowed"},
    {409, "Conflict", "conflict"},
    {412, "Precondition Failed", "precondition_failed"},
    {413, "Content Too Large", "request_too_large"},
    {503, "Service Unavailable", "unavailable"},
    {500, "Internal Server Error", "internal_error"},
};
#define N_TITLES (sizeof(titles) / sizeof(titles[0]))

static const struct title *
title_of(unsigned status)
{
    for (size_t i = 0; i < N_TITLES; i++)
        if (titles[i].status == status)
            return &titles[i];
    return &titles[N_TITLES - 1];
}

const char *
gh_call_problem_code(size_t i)
{
    if (i < N_TITLES)
        return titles[i].code;
    i -= N_TITLES;
    return i < GH_PROBLEM_COUNT ? gh_problem_table[i].code : NULL;
}

static void
open_problem(struct gh_call *call, struct gh_jsonw *w, unsigned status, const char *detail)
{
    call->status = status;
    call->type = "application/problem+json";
    call->revision = 0;
    gh_buf_init(&call->out, call->a, GH_CALL_ANSWER_MAX);
    gh_jsonw_init(w, &call->out);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "type", GH_STR("about:blank"));
    gh_jsonw_kstr(w, "title", gh_str_z(title_of(status)->title));
    gh_jsonw_ku64(w, "status", status);
    gh_jsonw_kstr(w, "code", gh_str_z(title_of(status)->code));
    gh_jsonw_kstr(w, "detail", gh_str_z(detail));
    if (call->request_id.n > 0)
        gh_jsonw_kstr(w, "requestId", call->request_id);
}

static void
put_about(struct gh_call *call, struct gh_jsonw *w, struct gh_str about)
{
    struct gh_buf clean;
    if (about.n == 0)
        return;
    gh_buf_init(&clean, call->a, 4096);
    gh_redact_put(&clean, about, 512);
    gh_jsonw_kstr(w, "about", gh_buf_str(&clean));
}

/* Where there is one text for all: what is wrong, and with what. */
static bool
door_problem(struct gh_call *call, unsigned status, const char *detail, struct gh_str about)
{
    struct gh_buf text;
    gh_buf_init(&text, call->a, 4096);
    gh_buf_putz(&text, detail);
    if (about.n > 0) {
        gh_buf_putz(&text, ": ");
        gh_redact_put(&text, about, 512);
    }
    return gh_door_refuse(call, status, NULL, gh_buf_str(&text));
}

bool
gh_call_problem(struct gh_call *call, unsigned status, const char *detail, struct gh_str about)
{
    struct gh_jsonw w;
    call->forbidden = status == 403 ? detail : NULL;
    if (call->surface != GH_SURFACE_MANAGEMENT)
        return door_problem(call, status, detail, about);
    open_problem(call, &w, status, detail);
    put_about(call, &w, about);
    gh_jsonw_end(&w, '}');
    return false;
}

bool
gh_call_bad(struct gh_call *call, const struct gh_err *err, struct gh_str about)
{
    struct gh_jsonw w;
    if (call->surface != GH_SURFACE_MANAGEMENT)
        return door_problem(call, 400, err->what == NULL ? "malformed" : err->what, about);
    open_problem(call, &w, 400, err->what == NULL ? "malformed" : err->what);
    put_about(call, &w, about);
    gh_jsonw_ku64(&w, "at", err->at);
    gh_jsonw_end(&w, '}');
    return false;
}

bool
gh_call_failed(struct gh_call *call, enum gh_rc rc)
{
    if (rc == GH_DOWN)
        return gh_call_problem(call, 503, "the store or vault is not available; nothing was changed", GH_STR(""));
    gh_log(GH_LOG_ERROR, "request failed", GH_KS("path", call->path), GH_KU("rc", rc), GH_KEND);
    return gh_call_problem(call, 500, "internal error; nothing was changed", GH_STR(""));
}

void
gh_call_settle(struct gh_call *call)
{
    if (call->out.rc != GH_OK || (call->a->is_short && call->status < 500))
        (void)gh_call_failed(call, call->out.rc != GH_OK ? call->out.rc : GH_NOMEM);
}

/* ---- query ---- */

enum gh_rc
gh_call_decode(struct gh_str *out, struct gh_arena *a, struct gh_str in, bool plus_is_space)
{
    enum gh_rc rc = gh_query_decode(out, a, in, plus_is_space);

    return rc == GH_OK && gh_str_chr(*out, '\0') != SIZE_MAX ? GH_BAD : rc;
}

struct gh_str
gh_call_arg(const struct gh_call *call, const char *name)
{
    struct gh_str rest = call->query, pair, key, value;
    while (rest.n > 0 && gh_str_cut(&pair, &rest, '&')) {
        if (!gh_str_cut(&key, &pair, '=') || gh_call_decode(&key, call->a, key, true) != GH_OK)
            continue;
        if (!gh_str_eq(key, gh_str_z(name)))
            continue;
        return gh_call_decode(&value, call->a, pair, true) == GH_OK ? value : (struct gh_str){NULL, 0};
    }
    return (struct gh_str){NULL, 0};
}

void
gh_call_put_etag(struct gh_buf *out, uint64_t revision)
{
    gh_buf_putz(out, "\"r");
    gh_buf_put_u64(out, revision);
    gh_buf_putc(out, '"');
}

/* One tag of a list, without the white space around it. */
static struct gh_str
trimmed(struct gh_str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = gh_str_sub(s, 1, SIZE_MAX);
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* A comma within a tag would part it, but ours has none: such a tag names nothing here in any case. */
bool
gh_call_etag_matches(struct gh_str condition, uint64_t revision, bool may_be_weak)
{
    char mem[32];
    struct gh_buf ours;
    struct gh_str tag;
    gh_buf_init_fixed(&ours, mem, sizeof(mem));
    gh_call_put_etag(&ours, revision);
    if (gh_str_eq(trimmed(condition), GH_STR("*")))
        return true;
    while (gh_str_cut(&tag, &condition, ',')) {
        tag = trimmed(tag);
        if (may_be_weak && gh_str_starts(tag, GH_STR("W/")))
            tag = gh_str_sub(tag, 2, SIZE_MAX);
        if (gh_str_eq(tag, gh_buf_str(&ours)))
            return true;
    }
    return false;
}

/* ---- records and decisions ---- */

static const char *const method_names[GH_METHOD_COUNT] = {
    "",
    "GET",
    "PUT",
    "POST",
    "DELETE",
    "PATCH",
    "HEAD",
};

static const char *const surface_names[GH_SURFACE_COUNT] = {
    [GH_SURFACE_MANAGEMENT] = "management", [GH_SURFACE_ARM] = "arm", [GH_SURFACE_GRAPH] = "graph"};

enum gh_rc
gh_call_record(struct gh_call *call, struct gh_store_tx *tx, enum gh_record_kind kind, const char *operation,
    struct gh_str resource, struct gh_str digest)
{
    const struct gh_caller *who = call->caller;
    const struct gh_decision *d = &call->decision;
    struct gh_audit_event e = {.kind = kind,
        .caller = who->name,
        .issuer = who->issuer,
        .credential_id = who->credential_id,
        .credential_kind = call->is_local ? GH_STR("local") : GH_STR("token"),
        .peer = call->peer,
        .listener = call->listener,
        .request_id = call->request_id,
        .method = gh_str_z(method_names[call->method]),
        .surface = gh_str_z(surface_names[call->surface]),
        .scope = call->scope,
        .action = call->action == GH_ACTION_NONE ? GH_STR("") : gh_action_table[call->action].string,
        .verdict = d->verdict == GH_ALLOW ? GH_STR("allow") : GH_STR("deny"),
        .rule = d->rule,
        .role = d->role,
        .reason = gh_str_z(d->reason),
        .resource = resource,
        .operation = gh_str_z(operation),
        .digest = digest,
        .status = call->status,
        .generation = call->view == NULL ? 0 : call->view->generation};
    return gh_audit_admin(call->c->audit, tx, &e);
}

int64_t
gh_call_now(const struct gh_call *call)
{
    int64_t now = gh_now_ms(), made = gh_snap_file_meta(call->view->snap.overlay)->made_ms;
    return now > made ? now : made;
}

struct gh_question
gh_call_question(const struct gh_call *call, struct gh_str path)
{
    return (struct gh_question){.snap = &call->view->snap,
        .caller = call->caller,
        .action = call->action,
        .path = path,
        .now_ms = gh_call_now(call),
        .attributes = &call->attributes};
}

bool
gh_call_may(const struct gh_call *call, enum gh_action action, struct gh_str path)
{
    struct gh_decision d;
    if (call->is_local)
        return true;
    struct gh_question q = gh_call_question(call, path);
    q.action = action;
    gh_decide(&d, &q);
    return d.verdict == GH_ALLOW;
}
