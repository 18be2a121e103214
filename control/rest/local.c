/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/local.h"

#include "control/copy.h"
#include "control/publish/props.h"
#include "control/rest/provision.h"
#include "host/host.h"

/* ---- tokens ---- */

struct wanted_token {
    struct gh_str as;       /* name of an enabled identity of the own issuer */
    struct gh_str audience; /* empty: the installation's                     */
    uint64_t lifetime_s;
    const char *why; /* operation for the record                      */
};

/* The kind of an enabled identity that the own issuer speaks for. False: 404 or 409. */
static bool
identity_kind(struct gh_str *kind, struct gh_call *call, struct gh_str name)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_resource_path r;
    struct gh_props p;
    bool exists = false;
    struct gh_str path = gh_props_join(call->a, (const struct gh_str[]){GH_STR("/identities/"), name}, 2);
    if (gh_resource_find(&r, path) != GH_OK || r.type != GH_RESOURCE_IDENTITY || r.is_collection)
        return gh_call_problem(call, 400, "not the name of an identity", GH_STR("as"));
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_props_load(&p, &exists, call->a, tx, path);
    if (rc != GH_OK)
        return gh_call_failed(call, rc);
    if (!exists)
        return gh_call_problem(call, 404, "there is no such identity", path);
    if (!gh_str_eq(gh_props_str(&p, "issuer", GH_STR(GH_OWN_ISSUER)), GH_STR(GH_OWN_ISSUER)))
        return gh_call_problem(call, 409, "another issuer speaks for this identity", path);
    if (!gh_props_bool(&p, "enabled", true))
        return gh_call_problem(call, 409, "the identity is disabled", path);
    *kind = gh_props_str(&p, "kind", GH_STR("user"));
    return true;
}

static bool
record_token(struct gh_call *call, const struct wanted_token *t, struct gh_str jti)
{
    struct gh_buf detail;
    gh_buf_init(&detail, call->a, 1024);
    gh_buf_putz(&detail, "audience ");
    gh_buf_put(&detail, t->audience);
    gh_buf_putz(&detail, ", seconds ");
    gh_buf_put_u64(&detail, t->lifetime_s);
    const struct gh_audit_event e = {.kind = GH_RECORD_TOKEN_ISSUED,
        .caller = call->caller->name,
        .issuer = GH_STR(GH_OWN_ISSUER),
        .request_id = call->request_id,
        .peer = call->peer,
        .credential_id = jti,
        .operation = gh_str_z(t->why),
        .verdict = GH_STR("allow"),
        .rule = call->decision.rule,
        .resource = gh_props_join(call->a, (const struct gh_str[]){GH_STR("/identities/"), t->as}, 2),
        .detail = gh_buf_str(&detail),
        .generation = call->view == NULL ? 0 : call->view->generation};
    enum gh_rc rc = gh_audit_admin(call->c->audit, NULL, &e);
    return rc == GH_OK || gh_call_failed(call, rc);
}

/* A token, recorded. False: the answer says why not. */
static bool
issue_token(struct gh_str *jwt, struct gh_str *jti, struct gh_call *call, const struct wanted_token *asked)
{
    struct wanted_token t = *asked;
    struct gh_str kind;
    if (!identity_kind(&kind, call, t.as))
        return false;
    if (t.audience.n == 0)
        t.audience = gh_str_z(call->c->config->audience);
    const struct gh_vault_token_request r = {.subject = t.as, .audience = t.audience, .kind = kind, .lifetime_s = t.lifetime_s};
    enum gh_rc rc = gh_vault_token(jwt, jti, call->c->vault, call->a, &r);
    return rc == GH_OK ? record_token(call, &t, *jti) : gh_call_failed(call, rc);
}

static void
put_token(struct gh_call *call, struct gh_str jwt, struct gh_str jti, uint64_t lifetime_s)
{
    struct gh_jsonw w;
    call->status = 200;
    gh_jsonw_init(&w, &call->out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "token", jwt);
    gh_jsonw_ku64(&w, "expiresIn", lifetime_s);
    gh_jsonw_kstr(&w, "id", jti);
    gh_jsonw_end(&w, '}');
}

static void
answer_token(struct gh_call *call)
{
    struct gh_err err = {0};
    struct gh_json j;
    struct gh_str jwt, jti;
    struct wanted_token t = {.why = "token"};
    int64_t lifetime = GH_LOCAL_LIFETIME_S;
    if (gh_json_parse(&j, call->a, call->body, &err) != GH_OK) {
        (void)gh_call_bad(call, &err, GH_STR("body"));
        return;
    }
    bool is_read = gh_json_opt_str(&t.as, call->a, &j, 0, "as") == GH_OK &&
                   gh_json_opt_str(&t.audience, call->a, &j, 0, "audience") == GH_OK &&
                   gh_json_opt_i64(&lifetime, &j, 0, "lifetime") == GH_OK;
    if (!is_read || lifetime < 1 || lifetime > GH_LOCAL_LIFETIME_S || t.audience.n > 1024) {
        (void)gh_call_problem(call, 400, "as, audience and lifetime (1 to 3600 seconds)", GH_STR("body"));
        return;
    }
    t.lifetime_s = (uint64_t)lifetime;
    if (issue_token(&jwt, &jti, call, &t))
        put_token(call, jwt, jti, t.lifetime_s);
}

/* ---- recovery ---- */

/* Publishes all anew, and gives a token of ten minutes to an owner. */
static void
answer_recover(struct gh_call *call)
{
    struct wanted_token t = {.lifetime_s = GH_LOCAL_RECOVER_S, .why = "recover"};
    struct gh_str jwt, jti;
    enum gh_rc rc = gh_provision_owner(&t.as, call->c, call->a);
    if (rc != GH_OK) {
        (void)gh_call_failed(call, rc);
        return;
    }
    gh_publish_all(call->c->publish);
    if (issue_token(&jwt, &jti, call, &t))
        put_token(call, jwt, jti, t.lifetime_s);
}

/* ---- copies ---- */

static void
answer_backup(struct gh_call *call)
{
    const struct gh_audit_event e = {.kind = GH_RECORD_SYSTEM,
        .caller = call->caller->name,
        .credential_kind = GH_STR("local"),
        .request_id = call->request_id,
        .operation = GH_STR("backup"),
        .verdict = GH_STR("allow"),
        .rule = call->decision.rule};
    enum gh_rc rc = gh_audit_admin(call->c->audit, NULL, &e);
    call->status = 200;
    if (rc == GH_OK)
        gh_buf_putz(&call->out, "{}");
    else
        (void)gh_call_failed(call, rc);
}

static void
answer_accept_restore(struct gh_call *call)
{
    struct gh_err err = {0};
    struct gh_json j;
    struct gh_str reason = {NULL, 0};
    if (gh_json_parse(&j, call->a, call->body, &err) != GH_OK) {
        (void)gh_call_bad(call, &err, GH_STR("body"));
        return;
    }
    if (gh_json_opt_str(&reason, call->a, &j, 0, "reason") != GH_OK || reason.n == 0) {
        (void)gh_call_problem(call, 400, "a reason is needed: it stands in the record", GH_STR("reason"));
        return;
    }
    enum gh_rc rc = gh_copy_accept(call->c, call->a, reason);
    call->status = 200;
    if (rc == GH_OK)
        gh_buf_putz(&call->out, "{}");
    else if (rc == GH_BAD)
        (void)gh_call_problem(
            call, 409, "vault has no new audit key: there is no copy to accept, or its mark is missing", GH_STR(""));
    else
        (void)gh_call_failed(call, rc);
    if (rc == GH_OK)
        __atomic_store_n(&call->c->want_anew, true, __ATOMIC_RELEASE);
}

static const struct {
    struct gh_str path;
    void (*answer)(struct gh_call *call);
} local_paths[] = {
    {GH_STR_INIT("/local/token"), answer_token},
    {GH_STR_INIT("/local/recover"), answer_recover},
    {GH_STR_INIT(GH_LOCAL_BACKUP), answer_backup},
    {GH_STR_INIT(GH_LOCAL_ACCEPT_RESTORE), answer_accept_restore},
};

void
gh_local_answer(struct gh_call *call)
{
    call->decision = (struct gh_decision){
        .verdict = GH_ALLOW, .rule = GH_STR("owner of the data directory"), .reason = "came by the local socket"};
    for (size_t i = 0; i < sizeof(local_paths) / sizeof(local_paths[0]); i++) {
        if (!gh_str_eq(call->path, local_paths[i].path))
            continue;
        if (call->method == GH_METHOD_POST)
            local_paths[i].answer(call);
        else
            (void)gh_call_problem(call, 405, "this needs POST", call->path);
        return;
    }
    (void)gh_call_problem(call, 404, "there is no such path", GH_STR(""));
}
