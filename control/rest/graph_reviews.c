/* SPDX-License-Identifier: Apache-2.0 */
/* Microsoft Graph's identityGovernance/accessReviews over /accessReviews: the same objects, one stage. */
#include "control/rest/graph_reviews.h"

#include "control/rest/auth.h"
#include "control/rest/graph_odata.h"
#include "control/rest/handlers.h"
#include "control/review/review.h"

/* ---- our objects as Graph shows them ---- */

static struct gh_str
name_of(struct gh_str path)
{
    size_t cut = path.n;
    while (cut > 0 && path.p[cut - 1] != '/')
        cut--;
    return gh_str_sub(path, cut, SIZE_MAX);
}

static void
put_instance(struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *p)
{
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", name_of(r->path));
    gh_jsonw_kstr(w, "status", gh_props_str(p, "status", GH_STR("")));
    gh_jsonw_kstr(w, "startDateTime", gh_props_str(p, "startAt", GH_STR("")));
    gh_jsonw_kstr(w, "endDateTime", gh_props_str(p, "endAt", GH_STR("")));
    gh_jsonw_end(w, '}');
}

static void
put_named(struct gh_jsonw *w, const char *key, struct gh_str id)
{
    gh_jsonw_key(w, key);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", id);
    gh_jsonw_kstr(w, "displayName", id);
    gh_jsonw_end(w, '}');
}

static void
put_decision(struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *p)
{
    static const char *const same[] = {"decision", "justification", "recommendation"};
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", name_of(r->path));
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        gh_jsonw_kstr(w, same[i], gh_props_str(p, same[i], GH_STR("")));
    put_named(w, "principal", gh_props_str(p, "principal", GH_STR("")));
    put_named(w, "resource", gh_props_str(p, "target", GH_STR("")));
    put_named(w, "reviewedBy", gh_props_str(p, "reviewedBy", GH_STR("")));
    gh_jsonw_kstr(w, "applyResult", gh_props_str(p, "result", GH_STR("New")));
    gh_jsonw_end(w, '}');
}

static void
put_any(struct gh_jsonw *w, struct gh_call *call, const struct gh_store_resource *r, const struct gh_props *p)
{
    if (r->type == GH_RESOURCE_ACCESS_REVIEW)
        gh_graph_review_put(w, call, r, p);
    else if (r->type == GH_RESOURCE_REVIEW_INSTANCE)
        put_instance(w, r, p);
    else
        put_decision(w, r, p);
}

/* ---- paths ---- */

/* As many names as the row has: definition, instance, decision. */
static struct gh_str
path_of(struct gh_call *call, const struct gh_door *d)
{
    struct gh_str path = gh_door_text(call, GH_STR("/accessReviews/"), d->names[0]);
    if (d->names[1].n > 0)
        path = gh_door_text(call, path, GH_STR("/instances/"), d->names[1]);
    if (d->names[2].n > 0)
        path = gh_door_text(call, path, GH_STR("/decisions/"), d->names[2]);
    return path;
}

/* ---- reading ---- */

static void
get_one(struct gh_call *call, const struct gh_door *d)
{
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_jsonw w;
    call->action = GH_ACTION_REVIEW_READ;
    if (!gh_door_load(&r, &p, call, path_of(call, d)) ||
        !gh_auth_decide(call, r.path.p == NULL ? GH_STR("/") : gh_scope_review(&p)))
        return;
    if (r.path.p == NULL) {
        (void)gh_door_refuse(call, 404, NULL, GH_STR("There is no such access review object."));
        return;
    }
    gh_jsonw_init(&w, &call->out);
    put_any(&w, call, &r, &p);
    call->status = 200;
}

struct listing {
    struct gh_call *call;
    struct gh_jsonw w;
    enum gh_rc rc;
};

static bool
on_item(void *ctx, const struct gh_store_resource *r)
{
    struct listing *l = ctx;
    struct gh_props p;
    if ((l->rc = gh_props_open(&p, l->call->a, r->body)) == GH_OK &&
        gh_call_may(l->call, GH_ACTION_REVIEW_READ, gh_scope_review(&p)))
        put_any(&l->w, l->call, r, &p);
    return l->rc == GH_OK;
}

static void
list(struct gh_call *call, struct gh_str collection)
{
    gh_auto_store_tx *tx = NULL;
    struct listing l = {.call = call};
    call->action = GH_ACTION_REVIEW_READ;
    if ((!gh_auth_could_below(call, GH_STR("/")) && !gh_auth_decide(call, GH_STR("/"))) || !gh_graph_check_query(call))
        return;
    gh_jsonw_init(&l.w, &call->out);
    gh_jsonw_obj(&l.w);
    gh_jsonw_key(&l.w, "value");
    gh_jsonw_arr(&l.w);
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_resource_list(tx, collection, GH_STR(""), SIZE_MAX, on_item, &l);
    gh_jsonw_end(&l.w, ']');
    gh_jsonw_end(&l.w, '}');
    call->status = 200;
    rc = rc != GH_OK ? rc : l.rc;
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
}

static void
list_definitions(struct gh_call *call, const struct gh_door *d)
{
    (void)d;
    list(call, GH_STR("/accessReviews"));
}

static void
list_instances(struct gh_call *call, const struct gh_door *d)
{
    list(call, gh_door_text(call, path_of(call, d), GH_STR("/instances")));
}

static void
list_decisions(struct gh_call *call, const struct gh_door *d)
{
    list(call, gh_door_text(call, path_of(call, d), GH_STR("/decisions")));
}

/* ---- writing ---- */

static void
put_definition(struct gh_call *call, struct gh_str path, struct gh_str properties)
{
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_jsonw w;
    if (!gh_door_put(&r, call, path, properties) || gh_props_open(&p, call->a, r.body) != GH_OK)
        return;
    gh_jsonw_init(&w, &call->out);
    put_any(&w, call, &r, &p);
}

static void
post_definition(struct gh_call *call, const struct gh_door *d)
{
    struct gh_str properties;
    (void)d;
    if (gh_graph_review_read(&properties, call, call->body))
        put_definition(call, gh_door_text(call, GH_STR("/accessReviews/"), gh_door_guid(call)), properties);
}

/* PUT and PATCH: what the body does not name stays. A PUT of a new name makes one. */
static void
change_definition(struct gh_call *call, const struct gh_door *d)
{
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_str properties, path = path_of(call, d);
    call->action = GH_ACTION_REVIEW_WRITE;
    if (!gh_door_load(&r, &p, call, path) || !gh_auth_decide(call, r.path.p == NULL ? GH_STR("/") : gh_scope_review(&p)))
        return;
    if (r.path.p == NULL && d->row->method == GH_METHOD_PATCH)
        (void)gh_door_refuse(call, 404, NULL, GH_STR("There is no such access review object."));
    else if (r.path.p == NULL && gh_graph_review_read(&properties, call, call->body))
        put_definition(call, path, properties);
    else if (r.path.p != NULL && gh_graph_review_update(&properties, call, &r, &p) && gh_door_put_over(call, path, properties, &r))
        call->status = 204;
}

static void
delete_definition(struct gh_call *call, const struct gh_door *d)
{
    if (gh_door_delete(call, path_of(call, d)))
        call->status = 204;
}

static void
request(struct gh_call *call, const struct gh_door *d, const char *body)
{
    if (gh_door_put(NULL, call, path_of(call, d), gh_str_z(body)))
        call->status = 204;
}

static void
stop(struct gh_call *call, const struct gh_door *d)
{
    request(call, d, "{\"request\":\"stop\"}");
}

static void
apply(struct gh_call *call, const struct gh_door *d)
{
    request(call, d, "{\"request\":\"applyDecisions\"}");
}

static void
reset(struct gh_call *call, const struct gh_door *d)
{
    request(call, d, "{\"request\":\"resetDecisions\"}");
}

static void
accept(struct gh_call *call, const struct gh_door *d)
{
    request(call, d, "{\"request\":\"acceptRecommendations\"}");
}

static void
remind(struct gh_call *call, const struct gh_door *d)
{
    (void)d;
    (void)gh_door_refuse(call, 400, NULL, GH_STR("Not supported: sendReminder; nothing here sends mail."));
}

static void
patch_decision(struct gh_call *call, const struct gh_door *d)
{
    if (gh_door_put(NULL, call, path_of(call, d), call->body))
        call->status = 204;
}

#define DEFINITIONS "/identityGovernance/accessReviews/definitions"
#define INSTANCES   DEFINITIONS "/{definition}/instances"
#define INSTANCE    INSTANCES "/{instance}"
#define DECISIONS   INSTANCE "/decisions"

static const struct gh_door_row rows[] = {
    {GH_SURFACE_GRAPH, GH_METHOD_GET, DEFINITIONS, list_definitions},
    {GH_SURFACE_GRAPH, GH_METHOD_POST, DEFINITIONS, post_definition},
    {GH_SURFACE_GRAPH, GH_METHOD_GET, DEFINITIONS "/{definition}", get_one},
    {GH_SURFACE_GRAPH, GH_METHOD_PUT, DEFINITIONS "/{definition}", change_definition},
    {GH_SURFACE_GRAPH, GH_METHOD_PATCH, DEFINITIONS "/{definition}", change_definition},
    {GH_SURFACE_GRAPH, GH_METHOD_DELETE, DEFINITIONS "/{definition}", delete_definition},
    {GH_SURFACE_GRAPH, GH_METHOD_GET, INSTANCES, list_instances},
    {GH_SURFACE_GRAPH, GH_METHOD_GET, INSTANCE, get_one},
    {GH_SURFACE_GRAPH, GH_METHOD_POST, INSTANCE "/stop", stop},
    {GH_SURFACE_GRAPH, GH_METHOD_POST, INSTANCE "/applyDecisions", apply},
    {GH_SURFACE_GRAPH, GH_METHOD_POST, INSTANCE "/resetDecisions", reset},
    {GH_SURFACE_GRAPH, GH_METHOD_POST, INSTANCE "/acceptRecommendations", accept},
    {GH_SURFACE_GRAPH, GH_METHOD_POST, INSTANCE "/sendReminder", remind},
    {GH_SURFACE_GRAPH, GH_METHOD_GET, DECISIONS, list_decisions},
    {GH_SURFACE_GRAPH, GH_METHOD_GET, DECISIONS "/{decision}", get_one},
    {GH_SURFACE_GRAPH, GH_METHOD_PATCH, DECISIONS "/{decision}", patch_decision},
};
const struct gh_door_table gh_door_graph_reviews = {rows, sizeof(rows) / sizeof(rows[0])};
