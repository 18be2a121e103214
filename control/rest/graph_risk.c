/* SPDX-License-Identifier: Apache-2.0 */
/* Microsoft Graph's identity protection: risky users. The id is that of /risk/{id}. */
#include "base/codec.h"
#include "control/rest/auth.h"
#include "control/rest/change.h"
#include "control/rest/graph_reviews.h"
#include "control/risk/risk.h"
#include "control/store/signin_state.h"

#define USERS_MAX 60  /* as Graph: ids in one request */
#define PAGE      500 /* as Graph: most users of one answer */

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

/* ---- the list, in pages ---- */

struct page {
    struct gh_call *call;
    struct gh_jsonw w;
    size_t n, max;
    struct gh_str after; /* id behind which it begins; then of the last one told */
    bool has_more;
    enum gh_rc rc;
};

static bool
on_risky(void *ctx, const struct gh_store_signin *row)
{
    struct page *k = ctx;
    struct gh_signin_state s;
    gh_signin_state_read(&s, row->state);
    if ((k->has_more = k->n == k->max))
        return false;
    put_user(k->call, &k->w, row, &s);
    k->n++;
    k->rc = gh_arena_dup(&k->after, k->call->a, row->id);
    return k->rc == GH_OK;
}

/* What would change which of them are shown is refused. */
static bool
read_page(struct page *k)
{
    static const char *const others[] = {"$filter", "$search", "$skip", "$expand", "$orderby", "$apply", "$count"};
    struct gh_str top = gh_call_arg(k->call, "$top"), after = gh_call_arg(k->call, "$skiptoken");
    uint64_t n = PAGE;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (gh_call_arg(k->call, others[i]).p != NULL)
            return gh_door_refuse(k->call, 400, NULL, gh_door_text(k->call, gh_str_z(others[i]), GH_STR(" is not supported.")));
    if (top.p != NULL && (gh_str_u64(&n, top, PAGE) != GH_OK || n == 0))
        return gh_door_refuse(k->call, 400, NULL, GH_STR("$top is 1 to 500."));
    if (after.p != NULL && (after.n != 2 * GH_STORE_SIGNIN_ID_BYTES || gh_hex_decode(&k->after, k->call->a, after) != GH_OK))
        return gh_door_refuse(k->call, 400, NULL, GH_STR("$skiptoken is not one of ours."));
    k->max = n;
    return true;
}

static void
put_next(struct page *k)
{
    struct gh_buf b;
    gh_buf_init(&b, k->call->a, 1024);
    gh_buf_put(&b, gh_door_base(k->call));
    gh_buf_putz(&b, "/v1.0/identityProtection/riskyUsers?$top=");
    gh_buf_put_u64(&b, k->max);
    gh_buf_putz(&b, "&$skiptoken=");
    gh_buf_put_hex(&b, k->after);
    gh_jsonw_kstr(&k->w, "@odata.nextLink", gh_buf_str(&b));
}

static void
list_users(struct gh_call *call, const struct gh_door *d)
{
    gh_auto_store_tx *tx = NULL;
    struct page k = {.call = call, .after = GH_STR("")};
    (void)d;
    call->action = GH_ACTION_RISK_READ;
    if (!gh_auth_decide(call, GH_STR("/")) || !read_page(&k))
        return;
    gh_jsonw_init(&k.w, &call->out);
    gh_jsonw_obj(&k.w);
    gh_jsonw_key(&k.w, "value");
    gh_jsonw_arr(&k.w);
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_signin_each(tx, true, k.after, SIZE_MAX, on_risky, &k);
    gh_jsonw_end(&k.w, ']');
    if (k.has_more)
        put_next(&k);
    gh_jsonw_end(&k.w, '}');
    call->status = 200;
    rc = rc != GH_OK ? rc : k.rc;
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
    if (row->id.p == NULL)
        return gh_door_refuse(call, 404, NULL, GH_STR("There is no risky user with this id."));
    gh_signin_state_read(s, row->state);
    return true;
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
