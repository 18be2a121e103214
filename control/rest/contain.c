/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containment: everything by which an identity, a key, an endpoint or a backend could act is withdrawn in one transaction. Nothing is deleted that
 * could be put back but keys, of which nothing was kept to put back; what was done stands in the object that this makes.
 */
#include "base/codec.h"
#include "base/duration.h"
#include "control/publish/project_int.h"
#include "control/rest/auth.h"
#include "control/rest/change.h"
#include "control/rest/door.h"
#include "control/rest/elevation.h"
#include "control/rest/handlers.h"
#include "control/rest/rights.h"
#include "host/host.h"

#define TOLD_MAX 1000 /* of the report: what a person reads */

struct containment {
    struct gh_write *w;
    struct gh_change ch;
    struct gh_str target;
    struct gh_buf report;
    struct gh_jsonw out;
    size_t n_told, n_untold;
};

/* The report has a bound, containing has none: who made a hundred thousand keys is contained as well. */
static bool
tell(struct containment *c, struct gh_str path, const char *how)
{
    if (c->n_told == TOLD_MAX) {
        c->n_untold++;
        return true;
    }
    c->n_told++;
    gh_jsonw_obj(&c->out);
    gh_jsonw_kstr(&c->out, "path", path);
    gh_jsonw_kstr(&c->out, "how", gh_str_z(how));
    gh_jsonw_end(&c->out, '}');
    return true;
}

static void
put_untold(struct containment *c)
{
    struct gh_buf how;
    if (c->n_untold == 0)
        return;
    gh_buf_init(&how, c->w->call->a, 128);
    gh_buf_put_u64(&how, c->n_untold);
    gh_buf_putz(&how, " more: the audit chain has each");
    gh_jsonw_obj(&c->out);
    gh_jsonw_kstr(&c->out, "path", c->target);
    gh_jsonw_kstr(&c->out, "how", gh_buf_str(&how));
    gh_jsonw_end(&c->out, '}');
}

/* The properties at `path`, with some replaced or added: `json` is members behind one another, `names` their names. */
static bool
put_with(struct containment *c, struct gh_str path, const char *const *names, struct gh_str json, const char *how)
{
    struct gh_call *call = c->w->call;
    struct gh_props p;
    bool exists;
    struct gh_buf b;
    struct gh_str key;
    enum gh_rc rc = gh_props_load(&p, &exists, call->a, c->ch.tx, path);
    if (rc != GH_OK)
        return gh_call_failed(call, rc);
    if (!exists)
        return gh_call_problem(call, 404, "there is no such resource", path);
    gh_buf_init(&b, call->a, GH_CALL_BODY_MAX);
    gh_buf_putc(&b, '{');
    for (gh_json_ref v = gh_json_first(&p.j, p.root); v != GH_JSON_NO; v = gh_json_next(&p.j, p.root, v)) {
        bool is_replaced = false;
        if ((rc = gh_json_key(&key, call->a, &p.j, v)) != GH_OK)
            return gh_call_failed(call, rc);
        for (size_t i = 0; names[i] != NULL; i++)
            is_replaced |= gh_str_eq(key, gh_str_z(names[i]));
        if (is_replaced)
            continue;
        gh_buf_putc(&b, '"');
        gh_buf_put(&b, key); /* a name of the schema: it needs no escapes */
        gh_buf_putz(&b, "\":");
        gh_buf_put(&b, gh_json_raw(&p.j, v));
        gh_buf_putc(&b, ',');
    }
    gh_buf_put(&b, json);
    gh_buf_putc(&b, '}');
    if (b.rc != GH_OK)
        return gh_call_failed(call, b.rc);
    return gh_change_put(&c->ch, path, gh_buf_str(&b), "contain") && tell(c, path, how);
}

static bool
end(struct containment *c, struct gh_str path, const char *how)
{
    return gh_change_delete(&c->ch, path, "contain") && tell(c, path, how);
}

static bool
switch_off(struct containment *c)
{
    static const char *const names[] = {"enabled", NULL};
    return put_with(c, c->target, names, GH_STR("\"enabled\":false"), "switched off");
}

static bool
end_key(struct containment *c)
{
    struct gh_store_resource r;
    enum gh_rc rc = gh_store_resource_get(&r, c->w->call->a, c->ch.tx, c->target);
    if (rc != GH_OK)
        return gh_call_failed(c->w->call, rc);
    return (r.path.p != NULL || gh_call_problem(c->w->call, 404, "there is no such key", c->target)) &&
           end(c, c->target, "deleted");
}

/* ---- an identity ---- */

/* What `principal` holds by links, of the kinds that act for it: keys, and roles that were activated. */
static bool
end_held(struct containment *c, struct gh_str principal)
{
    struct gh_strs held = {.a = c->w->call->a};
    enum gh_rc rc = gh_project_holders(&held, c->ch.tx, GH_STORE_LINK_PRINCIPAL, principal, GH_STR("/"));
    for (size_t i = 0; rc == GH_OK && i < held.n; i++) {
        struct gh_resource_path r;
        struct gh_props p;
        bool exists;
        if (gh_resource_find(&r, held.p[i]) != GH_OK ||
            (rc = gh_props_load(&p, &exists, c->w->call->a, c->ch.tx, held.p[i])) != GH_OK)
            continue;
        bool is_activated = r.type == GH_RESOURCE_ROLE_ASSIGNMENT && gh_props_str(&p, "activation", GH_STR("")).n > 0;
        if (r.type == GH_RESOURCE_API_KEY ? !end(c, held.p[i], "deleted") : is_activated && !end(c, held.p[i], "activation ended"))
            return false;
    }
    return rc == GH_OK || gh_call_failed(c->w->call, rc);
}

struct waiting {
    struct gh_strs names;
    struct gh_str principal, alias;
};

static bool
on_request(void *ctx, const struct gh_store_resource *r)
{
    struct waiting *k = ctx;
    struct gh_props p;
    if (gh_props_open(&p, k->names.a, r->body) != GH_OK ||
        !gh_str_starts(gh_props_str(&p, "status", GH_STR("")), GH_STR("Pending")))
        return true;
    struct gh_str who = gh_props_str(&p, "principalId", GH_STR(""));
    if (gh_str_eq(who, k->principal) || gh_str_eq(who, k->alias))
        gh_strs_add(&k->names, r->path);
    return k->names.rc == GH_OK;
}

/* Requests that wait: nobody may approve them any more. */
static bool
cancel_requests(struct containment *c, struct gh_str alias)
{
    static const char *const names[] = {"status", NULL};
    struct waiting k = {.names = {.a = c->w->call->a}, .principal = c->target, .alias = alias};
    enum gh_rc rc = gh_store_resource_each(c->ch.tx, GH_RESOURCE_ROLE_REQUEST, on_request, &k);
    if (rc != GH_OK)
        return gh_call_failed(c->w->call, rc);
    for (size_t i = 0; i < k.names.n; i++)
        if (!put_with(c, k.names.p[i], names, GH_STR("\"status\":\"Canceled\""), "request cancelled"))
            return false;
    return true;
}

static bool
contain_identity(struct containment *c)
{
    static const char *const names[] = {"enabled", "validFrom", NULL};
    struct gh_call *call = c->w->call;
    struct gh_props p;
    bool exists;
    struct gh_buf b;
    enum gh_rc rc = gh_props_load(&p, &exists, call->a, c->ch.tx, c->target);
    if (rc != GH_OK)
        return gh_call_failed(call, rc);
    if (!exists)
        return gh_call_problem(call, 404,
            "there is no such identity; a principal that only tokens know: make an identity with its issuer and subject first",
            c->target);
    struct gh_str alias = gh_project_alias(&p, c->target);
    if (gh_rights_is_self(call, c->target))
        return gh_call_problem(
            call, 409, "you would lock yourself out; another administrator, or the owner by --data, can do it", c->target);
    gh_buf_init(&b, call->a, 128);
    gh_buf_putz(&b, "\"enabled\":false,\"validFrom\":\"");
    gh_time_put(&b, gh_now_ms());
    gh_buf_putc(&b, '"');
    return put_with(c, c->target, names, gh_buf_str(&b), "disabled, and its tokens void") && end_held(c, c->target) &&
           end_held(c, alias) && cancel_requests(c, alias);
}

/* ---- all ---- */

static const struct {
    enum gh_resource type;
    bool (*contain)(struct containment *c);
} targets[] = {
    {GH_RESOURCE_IDENTITY, contain_identity},
    {GH_RESOURCE_API_KEY, end_key},
    {GH_RESOURCE_ENDPOINT, switch_off},
    {GH_RESOURCE_BACKEND, switch_off},
};

bool
gh_prepare_containment(struct gh_write *w)
{
    struct gh_str path = gh_door_text(w->call, GH_STR("/containments/"), gh_door_guid(w->call));
    return gh_resource_find(&w->r, path) == GH_OK || gh_call_failed(w->call, GH_BUG);
}

/* Whoever contains reaches where the target is: the policies for that are asked, as of a write there. */
static bool
meets_conditions(struct gh_write *w, struct gh_str target)
{
    w->call->scope = target;
    w->is_refused = !gh_auth_conditions(w->call, target);
    return !w->is_refused;
}

bool
gh_check_containment(struct gh_write *w)
{
    struct containment c = {.w = w, .target = gh_props_str(&w->props, "target", GH_STR(""))};
    struct gh_resource_path r;
    size_t i = 0, n = sizeof(targets) / sizeof(targets[0]);
    if (gh_resource_find(&r, c.target) == GH_OK && !r.is_collection)
        while (i < n && targets[i].type != r.type)
            i++;
    else
        i = n;
    if (i == n)
        return gh_call_problem(
            w->call, 400, "what is contained is an identity, an API key, an endpoint or a backend, by its path", c.target);
    if (!meets_conditions(w, c.target))
        return false;
    gh_change_within(&c.ch, w);
    c.ch.is_granted = true;
    c.ch.may_end_owners = gh_props_bool(&w->props, "lastOwner", false);
    gh_buf_init(&c.report, w->call->a, 1u << 20);
    gh_jsonw_init(&c.out, &c.report);
    gh_jsonw_arr(&c.out);
    if (!targets[i].contain(&c) || !gh_write_link(w, GH_STORE_LINK_CONTAINED, c.target))
        return false;
    put_untold(&c);
    gh_jsonw_end(&c.out, ']');
    w->stored_name = "withdrawn";
    w->stored_json = gh_buf_str(&c.report);
    return c.report.rc == GH_OK || gh_call_failed(w->call, c.report.rc);
}
