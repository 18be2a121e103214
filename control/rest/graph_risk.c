/* SPDX-License-Identifier: Apache-2.0 */
/* Microsoft Graph's identity protection: risky users. The id is that of /risk/{id}. */
#include "base/codec.h"
#include "control/rest/auth.h"
#include "control/rest/change.h"
#include "control/rest/graph_reviews.h"
#include "control/risk/risk.h"
#include "control/store/signin_state.h"

#define USERS_MAX 60 /* as Graph: ids in one request */

static const char *
state_of(const struct gh_signin_state *s, enum gh_risk level)
{
    bool is_dismissed = s->event[0].at_ms != 0 && s->event[0].found == GH_SIGNIN_BIT(DISMISSED);
    return s->is_confirmed ? "confirmedCompromised" : level > GH_RISK_LEVEL_NONE ? "atRisk" : is_dismissed ? "dismissed" : "none";
}

static void
put_user(struct gh_call *call, struct gh_jsonw *w, const struct gh_store_signin *row, const struct gh_signin_state *s)
{
    struct gh_risk_now r;
    struct gh_buf id;
    gh_risk_of(&r, &call->view->snap, row->principal, gh_call_now(call));
    gh_buf_init(&id, call->a, 64);
    gh_buf_put_hex(&id, row->id);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_buf_str(&id));
    gh_jsonw_kstr(w, "userPrincipalName", row->principal);
    gh_jsonw_kbool(w, "isDeleted", false);
    gh_jsonw_kbool(w, "isProcessing", false);
    gh_jsonw_kstr(w, "riskLevel", gh_str_z(gh_risk_names[r.level]));
    gh_jsonw_kstr(w, "riskState", gh_str_z(state_of(s, r.level)));
    gh_jsonw_kstr(w, "riskDetail", s->is_confirmed ? GH_STR("adminConfirmedUserCompromised") : GH_STR("none"));
    gh_door_time(w, call, "riskLastUpdatedDateTime", s->event[0].at_ms != 0 ? s->event[0].at_ms : s->last_ms);
    gh_jsonw_end(w, '}');
}

struct walk {
    struct gh_call *call;
    struct gh_jsonw *w;
};

static bool
on_risky(void *ctx, const struct gh_store_signin *row)
{
    struct walk *k = ctx;
    struct gh_signin_state s;
    if (gh_signin_read(&s, row->state) == GH_OK)
        put_user(k->call, k->w, row, &s);
    return true;
}

static void
list_users(struct gh_call *call, const struct gh_door *d)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_jsonw w;
    struct walk k = {call, &w};
    (void)d;
    call->action = GH_ACTION_RISK_READ;
    if (!gh_auth_decide(call, GH_STR("/")))
        return;
    gh_jsonw_init(&w, &call->out);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "value");
    gh_jsonw_arr(&w);
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_signin_each(tx, true, GH_STR(""), 1000, on_risky, &k);
    gh_jsonw_end(&w, ']');
    gh_jsonw_end(&w, '}');
    call->status = 200;
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
}

/* The state under an id; false: the answer is a 404 or a fault. */
static bool
find_user(struct gh_store_signin *row, struct gh_signin_state *s, struct gh_call *call, struct gh_store_tx *tx, struct gh_str hex)
{
    struct gh_str id;
    *row = (struct gh_store_signin){0};
    enum gh_rc rc = GH_OK;
    if (hex.n == 2 * GH_STORE_SIGNIN_ID_BYTES && gh_hex_decode(&id, call->a, hex) == GH_OK)
        rc = gh_store_signin_get(row, call->a, tx, id);
    if (rc != GH_OK)
        return gh_call_failed(call, rc);
    return (row->id.p != NULL && gh_signin_read(s, row->state) == GH_OK) ||
           gh_door_refuse(call, 404, NULL, GH_STR("There is no risky user with this id."));
}

static void
get_user(struct gh_call *call, const struct gh_door *d)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_store_signin row;
    struct gh_signin_state s;
    struct gh_jsonw w;
    call->action = GH_ACTION_RISK_READ;
    if (!gh_auth_decide(call, GH_STR("/")))
        return;
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    if (rc != GH_OK) {
        (void)gh_call_failed(call, rc);
        return;
    }
    if (!find_user(&row, &s, call, tx, d->names[0]))
        return;
    gh_jsonw_init(&w, &call->out);
    put_user(call, &w, &row, &s);
    call->status = 200;
}

/* {"userIds": [...]}: all of them, or none. */
static void
decide_users(struct gh_call *call, const char *state)
{
    struct gh_json j;
    struct gh_change ch;
    struct gh_err err = {0};
    size_t n = 0;
    bool is_good = true;
    call->action = GH_ACTION_RISK_DECIDE;
    if (!gh_auth_decide(call, GH_STR("/")))
        return;
    gh_json_ref ids = gh_json_parse(&j, call->a, call->body, &err) == GH_OK ? gh_json_get(&j, 0, GH_STR("userIds")) : GH_JSON_NO;
    if (gh_json_type(&j, ids) != GH_JSON_ARRAY || !gh_change_begin(&ch, call)) {
        if (call->status < 400)
            (void)gh_door_refuse(call, 400, NULL, GH_STR("The body is {\"userIds\": [...]}."));
        return;
    }
    call->status = 204;
    for (gh_json_ref v = gh_json_first(&j, ids); is_good && v != GH_JSON_NO; v = gh_json_next(&j, ids, v)) {
        struct gh_store_signin row;
        struct gh_signin_state s;
        struct gh_str hex;
        is_good = ++n <= USERS_MAX && gh_json_str(&hex, call->a, &j, v) == GH_OK;
        if (!is_good)
            (void)gh_door_refuse(call, 400, NULL, GH_STR("userIds are at most 60 ids."));
        is_good = is_good && find_user(&row, &s, call, ch.tx, hex) && gh_risk_decide(&ch, row.principal, state);
    }
    if (is_good)
        (void)gh_change_commit(&ch);
    gh_change_end(&ch);
}

static void
confirm(struct gh_call *call, const struct gh_door *d)
{
    (void)d;
    decide_users(call, "confirmedCompromised");
}

static void
dismiss(struct gh_call *call, const struct gh_door *d)
{
    (void)d;
    decide_users(call, "dismissed");
}

static const struct gh_door_row rows[] = {
    {GH_SURFACE_GRAPH, GH_METHOD_GET, "/identityProtection/riskyUsers", list_users},
    {GH_SURFACE_GRAPH, GH_METHOD_POST, "/identityProtection/riskyUsers/confirmCompromised", confirm},
    {GH_SURFACE_GRAPH, GH_METHOD_POST, "/identityProtection/riskyUsers/dismiss", dismiss},
    {GH_SURFACE_GRAPH, GH_METHOD_GET, "/identityProtection/riskyUsers/{id}", get_user},
};
const struct gh_door_table gh_door_graph_risk = {rows, sizeof(rows) / sizeof(rows[0])};
