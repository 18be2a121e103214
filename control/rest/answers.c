/* SPDX-License-Identifier: Apache-2.0 */
/* What is no stored resource: the state of the installation, and the audit room's answers. */
#include "control/rest/handlers.h"

#include "base/codec.h"
#include "control/audit/query.h"
#include "control/rest/openapi.h"
#include "host/host.h"

static void
put_time(struct gh_call *call, struct gh_jsonw *w, const char *key, int64_t ms)
{
    struct gh_buf b;
    if (ms == 0)
        return;
    gh_buf_init(&b, call->a, 32);
    gh_time_put(&b, ms);
    gh_jsonw_kstr(w, key, gh_buf_str(&b));
}

static void
put_audit(struct gh_call *call, struct gh_jsonw *w)
{
    struct gh_audit_status s;
    gh_audit_status(&s, call->c->audit);
    gh_jsonw_key(w, "audit");
    gh_jsonw_obj(w);
    gh_jsonw_ku64(w, "entries", s.last_n);
    gh_jsonw_ku64(w, "signed", s.signed_n);
    put_time(call, w, "signedAt", s.signed_ms);
    gh_jsonw_ku64(w, "alerts", s.alerts);
    gh_jsonw_kstr(w, "signing", s.is_vault_refusing ? GH_STR("refused") : s.is_vault_down ? GH_STR("down") : GH_STR("up"));
    gh_jsonw_end(w, '}');
    gh_jsonw_key(w, "spool");
    gh_jsonw_obj(w);
    gh_jsonw_ku64(w, "pendingBytes", s.pending_bytes);
    gh_jsonw_kbool(w, "draining", !s.is_store_down);
    gh_jsonw_end(w, '}');
}

void
gh_answer_status(struct gh_call *call)
{
    struct gh_jsonw w;
    const struct gh_config *c = call->c->config;
    gh_jsonw_init(&w, &call->out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "id", GH_STR("/status"));
    gh_jsonw_kstr(&w, "type", GH_STR("status"));
    gh_jsonw_key(&w, "properties");
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "installation", gh_str_z(c->installation_hex));
    gh_jsonw_kstr(&w, "version", GH_STR(GH_VERSION));
    gh_jsonw_kstr(&w, "separation", gh_str_z(c->separation));
    gh_jsonw_kbool(&w, "loopbackAllowed", c->egress.loopback_allowed);
    gh_jsonw_kbool(&w, "demo", c->is_demo);
    gh_jsonw_kstr(&w, "issuer", gh_str_z(c->issuer));
    gh_jsonw_kstr(&w, "audience", gh_str_z(c->audience));
    gh_jsonw_ku64(&w, "generation", call->view->generation);
    gh_jsonw_ku64(&w, "baseGeneration", gh_snap_file_meta(call->view->snap.base)->generation);
    put_time(call, &w, "startedAt", call->c->started_ms);
    gh_jsonw_kstr(&w, "vault", gh_vault_is_up(call->c->vault) ? GH_STR("up") : GH_STR("down"));
    put_audit(call, &w);
    gh_jsonw_end(&w, '}');
    gh_jsonw_end(&w, '}');
}

/* ---- the description of all this ---- */

static void
done(struct gh_call *call, enum gh_rc rc)
{
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
}

void
gh_answer_api(struct gh_call *call)
{
    done(call, gh_openapi_put(&call->out));
}

/* ---- audit ---- */

static struct gh_str
arg(void *ctx, const char *name)
{
    return gh_call_arg(ctx, name);
}

void
gh_answer_audit_records(struct gh_call *call)
{
    struct gh_audit_query q;
    struct gh_err err = {0};
    if (gh_audit_query_read(&q, arg, call, &err) != GH_OK)
        (void)gh_call_problem(call, 400, err.what == NULL ? "malformed query" : err.what, GH_STR(""));
    else
        done(call, gh_audit_query_records(&call->out, call->c->store, &q));
}

void
gh_answer_audit_head(struct gh_call *call)
{
    done(call, gh_audit_query_head(&call->out, call->c->store, call->c->config->installation));
}

void
gh_answer_audit_key(struct gh_call *call)
{
    call->type = "application/x-pem-file";
    done(call, gh_audit_query_key(&call->out, call->c->store));
}

void
gh_answer_audit_export(struct gh_call *call)
{
    struct gh_err err = {0};
    struct gh_str after = gh_call_arg(call, "after"), format = gh_call_arg(call, "format");
    uint64_t n = 0;
    if (after.p != NULL && gh_str_u64(&n, after, INT64_MAX) != GH_OK) {
        (void)gh_call_problem(call, 400, "after is the number of an entry", after);
        return;
    }
    enum gh_rc rc = gh_audit_export_new(&call->stream, call->c->store, call->c->config->installation, format, n, &err);
    if (rc == GH_BAD)
        (void)gh_call_problem(call, 400, err.what == NULL ? "unknown format" : err.what, format);
    else if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
    else
        call->type = gh_audit_export_type(call->stream);
}
