/* SPDX-License-Identifier: Apache-2.0 */
/* A person's word about an identity, and an operator's lists. */
#include "base/codec.h"
#include "control/publish/project_int.h"
#include "control/rest/change.h"
#include "control/rest/rights.h"
#include "control/risk/risk.h"
#include "control/store/signin_state.h"
#include "host/host.h"
#include "policy/ranges.h"

/* ---- decisions ---- */

/* "20261122T074512.123-3fa9": names in the order of time. */
static struct gh_str
draw_name(struct gh_arena *a, int64_t now_ms)
{
    uint8_t random[2];
    struct gh_buf time, name;

    gh_random(random, sizeof(random));
    gh_buf_init(&time, a, 32);
    gh_time_put(&time, now_ms);
    gh_buf_init(&name, a, 64);
    for (size_t i = 0; i + 1 < time.n; i++)
        if (time.p[i] != '-' && time.p[i] != ':')
            gh_buf_putc(&name, time.p[i]);
    gh_buf_putc(&name, '-');
    gh_buf_put_hex(&name, gh_str(random, sizeof(random)));
    return gh_buf_str(&name);
}

bool
gh_prepare_risk_decision(struct gh_write *w)
{
    struct gh_str path = gh_project_path(w->call->a, w->r.path, GH_STR("/"), draw_name(w->call->a, gh_now_ms()));

    return gh_resource_find(&w->r, path) == GH_OK || gh_call_failed(w->call, GH_BUG);
}

bool
gh_risk_decide(struct gh_change *ch, struct gh_str principal, const char *state)
{
    struct gh_arena *a = ch->call->a;
    struct gh_str path = gh_project_path(a, GH_STR("/riskDecisions/"), draw_name(a, gh_now_ms()));
    struct gh_buf body;
    struct gh_jsonw w;

    gh_buf_init(&body, a, 4 * GH_RECORD_TEXT_MAX);
    gh_jsonw_init(&w, &body);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "principal", principal);
    gh_jsonw_kstr(&w, "state", gh_str_z(state));
    gh_jsonw_end(&w, '}');
    return gh_change_put(ch, path, gh_buf_str(&body), "decide");
}

struct oldest {
    struct gh_arena *a;
    struct gh_str path;
    size_t n;
};

static bool
on_kept(void *ctx, const struct gh_store_resource *r)
{
    struct oldest *o = ctx;

    return o->n++ > 0 || gh_arena_dup(&o->path, o->a, r->path) == GH_OK;
}

/* Kept under the name by which tokens call him: what the edge looks up. */
bool
gh_check_risk_decision(struct gh_write *w)
{
    struct gh_str principal;
    struct gh_buf json;
    struct gh_jsonw jw;
    struct oldest o = {.a = w->call->a};
    bool is_dismissed = gh_str_eq(gh_props_str(&w->props, "state", GH_STR("")), GH_STR("dismissed"));

    if (!gh_risk_principal(&principal, w->call, w->tx, gh_props_str(&w->props, "principal", GH_STR(""))))
        return false;
    if (is_dismissed && gh_rights_is_self(w->call, principal))
        return gh_call_problem(w->call, 403, "nobody vouches for himself: somebody else dismisses it", principal);
    enum gh_rc rc = gh_store_resource_each(w->tx, GH_RESOURCE_RISK_DECISION, on_kept, &o);
    if (rc == GH_OK && o.n >= GH_RISK_DECISIONS_KEPT)
        rc = gh_store_resource_delete(w->tx, o.path);
    gh_buf_init(&json, w->call->a, 4 * GH_RECORD_TEXT_MAX);
    gh_jsonw_init(&jw, &json);
    gh_jsonw_str(&jw, principal);
    w->stored_name = "principal";
    w->stored_json = gh_buf_str(&json);
    rc = rc != GH_OK ? rc : json.rc;
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

bool
gh_after_risk_decision(struct gh_write *w)
{
    struct gh_signin_state s;
    struct gh_str principal;
    bool exists;
    int64_t now = gh_now_ms();

    if (!gh_risk_principal(&principal, w->call, w->tx, gh_props_str(&w->props, "principal", GH_STR(""))))
        return false;
    enum gh_rc rc = gh_signin_state_get(&s, &exists, w->call->a, w->tx, principal);
    if (gh_str_eq(gh_props_str(&w->props, "state", GH_STR("")), GH_STR("dismissed")))
        gh_signin_dismiss(&s, now);
    else
        gh_signin_confirm(&s, now);
    if (rc == GH_OK)
        rc = gh_signin_state_keep(w->tx, principal, &s);
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

/* ---- lists ---- */

static bool
count_list(void *ctx, const struct gh_store_resource *r)
{
    (void)r;
    ++*(size_t *)ctx;
    return true;
}

static bool
check_networks(struct gh_write *w)
{
    struct gh_err err = {0};
    struct gh_str *texts, packed;
    size_t n;
    enum gh_rc rc = gh_props_list(&texts, &n, &w->props, "networks");

    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return gh_ranges_read(&packed, w->call->a, texts, n, &err) == GH_OK ||
           gh_call_problem(w->call, 400, "not an address or CIDR prefix", err.at < n ? texts[err.at] : GH_STR("networks"));
}

static bool
check_principals(struct gh_write *w, bool is_harmless)
{
    struct gh_str *texts, principal;
    size_t n;
    enum gh_rc rc = gh_props_list(&texts, &n, &w->props, "principals");

    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    if (n > 0 && is_harmless)
        return gh_call_problem(w->call, 400, "a list of level none names networks alone", GH_STR("principals"));
    for (size_t i = 0; i < n; i++)
        if (!gh_risk_principal(&principal, w->call, w->tx, texts[i]) || !gh_write_link(w, GH_STORE_LINK_LISTED, principal) ||
            !gh_write_link(w, GH_STORE_LINK_LISTED, texts[i])) /* his path stays when tokens name him otherwise */
            return false;
    return true;
}

/* Whether `all` has each of `some`. */
static bool
has_each(const struct gh_str *all, size_t n_all, const struct gh_str *some, size_t n_some)
{
    for (size_t i = 0; i < n_some; i++) {
        size_t k = 0;
        while (k < n_all && !gh_str_eq(all[k], some[i]))
            k++;
        if (k == n_all)
            return false;
    }
    return true;
}

/* Whether `all` of a list has, under `name`, what `some` has; NULL: has nothing. */
static enum gh_rc
has_members(bool *has, const struct gh_props *all, const struct gh_props *some, const char *name)
{
    struct gh_str *more = NULL, *less = NULL;
    size_t n_more = 0, n_less = 0;
    enum gh_rc rc = all == NULL ? GH_OK : gh_props_list(&more, &n_more, all, name);
    if (rc == GH_OK && some != NULL)
        rc = gh_props_list(&less, &n_less, some, name);
    *has = *has && rc == GH_OK && has_each(more, n_more, less, n_less);
    return rc;
}

static enum gh_risk
level_of(const struct gh_props *p)
{
    struct gh_str word = p == NULL ? GH_STR("") : gh_props_str(p, "level", GH_STR(""));
    enum gh_risk level = GH_RISK_LEVEL_NONE;
    for (unsigned i = 0; i < GH_RISK_LEVELS; i++)
        level = gh_str_eq(word, gh_str_z(gh_risk_names[i])) ? (enum gh_risk)i : level;
    return level;
}

/*
 * Lists of a level only raise risk, those of none make networks usual. To raise it is what these lists are for; whoever lets risk fall (takes something off
 * a list of a level, makes more networks usual) changes whom conditional access lets in. `is` NULL: the list goes; `was` NULL: it is new.
 */
static bool
may_let_fall(struct gh_write *w, const struct gh_props *was, const struct gh_props *is)
{
    bool only_raises = level_of(is) >= level_of(was);
    enum gh_rc rc = GH_OK;
    if (level_of(was) > GH_RISK_LEVEL_NONE) {
        rc = has_members(&only_raises, is, was, "networks");
        if (rc == GH_OK)
            rc = has_members(&only_raises, is, was, "principals");
    }
    if (rc == GH_OK && is != NULL && level_of(is) == GH_RISK_LEVEL_NONE)
        rc = has_members(&only_raises, was, is, "networks");
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return only_raises ||
           gh_rights_may_move_conditions(
               w, "this would let risk fall that conditional access goes by: it needs the right to write its policies", w->r.path);
}

bool
gh_check_delete_watchlist(struct gh_write *w)
{
    return may_let_fall(w, &w->old_props, NULL);
}

bool
gh_check_watchlist(struct gh_write *w)
{
    size_t n = 0;

    if (w->old.path.p == NULL) {
        enum gh_rc rc = gh_store_resource_each(w->tx, GH_RESOURCE_WATCHLIST, count_list, &n);
        if (rc != GH_OK)
            return gh_call_failed(w->call, rc);
        if (n >= GH_RISK_LISTS_MAX)
            return gh_call_problem(w->call, 409, "there are 64 lists already: put the networks into one of them", w->r.path);
    }
    return check_networks(w) && check_principals(w, level_of(&w->props) == GH_RISK_LEVEL_NONE) &&
           may_let_fall(w, w->old.path.p == NULL ? NULL : &w->old_props, &w->props);
}
