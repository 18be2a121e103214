/* SPDX-License-Identifier: Apache-2.0 */
/* GET /risk and /risk/{id}: computed from the states of sign-ins and from what is published. */
#include "base/codec.h"
#include "control/publish/project_int.h"
#include "control/rest/resources.h"
#include "control/risk/risk.h"
#include "control/store/signin_state.h"

bool
gh_risk_principal(struct gh_str *out, struct gh_call *call, struct gh_store_tx *tx, struct gh_str text)
{
    struct gh_props p;
    bool exists;

    *out = text;
    if (!gh_str_starts(text, GH_STR("/"))) {
        size_t colon = gh_str_chr(text, ':');
        return (colon != SIZE_MAX && colon > 0 && colon + 1 < text.n) ||
               gh_call_problem(call, 400, "a principal is /identities/x or issuer:subject", text);
    }
    if (!gh_str_starts(text, GH_STR("/identities/")))
        return gh_call_problem(call, 400, "a principal is /identities/x or issuer:subject", text);
    enum gh_rc rc = gh_props_load(&p, &exists, call->a, tx, text);
    if (rc != GH_OK)
        return gh_call_failed(call, rc);
    if (!exists)
        return gh_call_problem(call, 404, "there is no such identity", text);
    *out = gh_project_alias(&p, text);
    return out->p != NULL || gh_call_failed(call, GH_NOMEM);
}

/* ---- one item ---- */

static void
put_time(struct gh_call *call, struct gh_jsonw *w, const char *key, int64_t ms)
{
    struct gh_buf b;

    if (ms <= 0)
        return;
    gh_buf_init(&b, call->a, 32);
    gh_time_put(&b, ms);
    gh_jsonw_kstr(w, key, gh_buf_str(&b));
}

static void
put_words(struct gh_jsonw *w, const char *key, struct gh_str words)
{
    struct gh_str word;

    gh_jsonw_key(w, key);
    gh_jsonw_arr(w);
    while (words.n > 0 && gh_str_cut(&word, &words, ','))
        gh_jsonw_str(w, word);
    gh_jsonw_end(w, ']');
}

static void
put_found(struct gh_call *call, struct gh_jsonw *w, uint32_t found)
{
    struct gh_buf words;

    gh_buf_init(&words, call->a, 512);
    gh_signin_put_words(&words, found);
    put_words(w, "found", gh_buf_str(&words));
}

static struct gh_str
network_text(struct gh_call *call, uint64_t network)
{
    struct gh_buf b;

    gh_buf_init(&b, call->a, 64);
    gh_signin_put_network(&b, network);
    return gh_buf_str(&b);
}

static void
put_networks(struct gh_call *call, struct gh_jsonw *w, const struct gh_signin_state *s)
{
    uint64_t n = 0;

    gh_jsonw_key(w, "networks");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < GH_SIGNIN_NETWORKS_MAX; i++)
        if (s->network[i].seen_s != 0)
            gh_jsonw_str(w, network_text(call, s->network[i].id));
    gh_jsonw_end(w, ']');
    for (size_t i = 0; i < GH_SIGNIN_DEVICES_MAX; i++)
        n += s->device[i].seen_s != 0;
    gh_jsonw_ku64(w, "devices", n);
}

static void
put_history(struct gh_call *call, struct gh_jsonw *w, const struct gh_signin_state *s)
{
    gh_jsonw_key(w, "history");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < GH_SIGNIN_EVENTS_MAX && s->event[i].at_ms != 0; i++) {
        const struct gh_signin_event *e = &s->event[i];
        gh_jsonw_obj(w);
        put_time(call, w, "at", e->at_ms);
        put_found(call, w, e->found);
        gh_jsonw_kstr(w, "level", gh_str_z(gh_risk_names[e->level < GH_RISK_LEVELS ? e->level : GH_RISK_LEVEL_HIGH]));
        if (e->network != 0)
            gh_jsonw_kstr(w, "network", network_text(call, e->network));
        if (e->country[0] != '\0')
            gh_jsonw_kstr(w, "country", gh_str(e->country, 2));
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

static void
put_item(struct gh_call *call, struct gh_jsonw *w, struct gh_str id_hex, struct gh_str principal, const struct gh_signin_state *s)
{
    int64_t now = gh_call_now(call);
    struct gh_risk_now r;

    gh_risk_of(&r, &call->view->snap, principal, now); /* what the edge enforces */
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_props_join(call->a, (const struct gh_str[]){GH_STR("/risk/"), id_hex}, 2));
    gh_jsonw_kstr(w, "type", GH_STR("risk"));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "principal", principal);
    gh_jsonw_kstr(w, "level", gh_str_z(gh_risk_names[r.level]));
    put_words(w, "reasons", r.reason);
    put_time(call, w, "since", r.since_ms);
    for (int64_t at = s->until_ms; r.level > 0 && s->step_ms > 0; at += s->step_ms)
        if (at > now) {
            put_time(call, w, "decaysAt", at);
            break;
        }
    gh_jsonw_kbool(w, "confirmed", s->is_confirmed);
    put_time(call, w, "firstSeen", s->first_ms);
    put_time(call, w, "lastSeen", s->last_ms);
    gh_jsonw_ku64(w, "signIns", s->n_signins);
    if (s->place.country[0] != '\0')
        gh_jsonw_kstr(w, "country", gh_str(s->place.country, 2));
    put_networks(call, w, s);
    put_history(call, w, s);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

static struct gh_str
hex_of(struct gh_call *call, struct gh_str id)
{
    struct gh_buf b;

    gh_buf_init(&b, call->a, 64);
    gh_buf_put_hex(&b, id);
    return gh_buf_str(&b);
}

/* ---- one ---- */

static void
answer_one(struct gh_call *call, struct gh_store_tx *tx, struct gh_str name)
{
    struct gh_store_signin row = {0};
    struct gh_signin_state s;
    struct gh_jsonw w;
    struct gh_str id;
    enum gh_rc rc = GH_OK;

    if (name.n == 2 * GH_STORE_SIGNIN_ID_BYTES && gh_hex_decode(&id, call->a, name) == GH_OK)
        rc = gh_store_signin_get(&row, call->a, tx, id);
    if (rc != GH_OK) {
        (void)gh_call_failed(call, rc);
        return;
    }
    if (row.id.p == NULL) {
        (void)gh_call_problem(call, 404, "nobody was seen under this id", call->path);
        return;
    }
    gh_signin_state_read(&s, row.state);
    gh_jsonw_init(&w, &call->out);
    put_item(call, &w, name, row.principal, &s);
}

/* ---- many ---- */

struct page {
    struct gh_call *call;
    struct gh_jsonw w;
    enum gh_risk least;
    size_t max, n;
    struct gh_str last;
    bool has_more;
};

static bool
on_state(void *ctx, const struct gh_store_signin *row)
{
    struct page *p = ctx;
    struct gh_signin_state s;
    struct gh_risk_now r;

    gh_risk_of(&r, &p->call->view->snap, row->principal, gh_call_now(p->call));
    if (r.level < p->least)
        return true;
    gh_signin_state_read(&s, row->state);
    if ((p->has_more = p->n == p->max))
        return false;
    p->last = hex_of(p->call, row->id);
    put_item(p->call, &p->w, p->last, row->principal, &s);
    p->n++;
    return true;
}

static bool
read_least(struct page *p)
{
    struct gh_str level = gh_call_arg(p->call, "level");

    p->least = GH_RISK_LEVEL_LOW;
    if (level.p == NULL)
        return true;
    for (int i = 0; i < GH_RISK_LEVELS; i++)
        if (gh_str_eq(level, gh_str_z(gh_risk_names[i]))) {
            p->least = (enum gh_risk)i;
            return true;
        }
    return gh_call_problem(p->call, 400, "level is none, low, medium or high", level);
}

/* ?principal=: one, or none, by his name. */
static bool
only_principal(struct page *p, struct gh_store_tx *tx, struct gh_str text)
{
    uint8_t id[GH_STORE_SIGNIN_ID_BYTES];
    struct gh_store_signin row;
    struct gh_str principal;

    if (!gh_risk_principal(&principal, p->call, tx, text))
        return false;
    enum gh_rc rc = gh_signin_state_id(id, principal);
    if (rc == GH_OK)
        rc = gh_store_signin_get(&row, p->call->a, tx, gh_str(id, sizeof(id)));
    if (rc != GH_OK)
        return gh_call_failed(p->call, rc);
    p->least = GH_RISK_LEVEL_NONE;
    if (row.id.p != NULL)
        (void)on_state(p, &row);
    return true;
}

static void
answer_list(struct gh_call *call, struct gh_store_tx *tx)
{
    struct page p = {.call = call};
    struct gh_str after, id = GH_STR(""), principal = gh_call_arg(call, "principal");
    enum gh_rc rc = GH_OK;

    if (!gh_rest_read_paging(call, &p.max, &after) || !read_least(&p))
        return;
    if (after.n > 0 && gh_hex_decode(&id, call->a, after) != GH_OK) {
        (void)gh_call_problem(call, 400, "skipToken is not one of ours", after);
        return;
    }
    gh_jsonw_init(&p.w, &call->out);
    gh_jsonw_obj(&p.w);
    gh_jsonw_key(&p.w, "value");
    gh_jsonw_arr(&p.w);
    if (principal.p != NULL && !only_principal(&p, tx, principal))
        return;
    if (principal.p == NULL)
        rc = gh_store_signin_each(tx, p.least > GH_RISK_LEVEL_NONE, id, SIZE_MAX, on_state, &p);
    gh_jsonw_end(&p.w, ']');
    if (p.has_more)
        gh_rest_put_next_link(call, &p.w, GH_STR("/risk"), p.max, p.last);
    gh_jsonw_end(&p.w, '}');
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
}

void
gh_answer_risk(struct gh_call *call)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_resource_path r;
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);

    if (rc != GH_OK || gh_resource_find(&r, call->path) != GH_OK)
        (void)gh_call_failed(call, rc != GH_OK ? rc : GH_BUG);
    else if (r.is_collection)
        answer_list(call, tx);
    else
        answer_one(call, tx, r.names[0]);
}
