/* SPDX-License-Identifier: Apache-2.0 */
/* Routing of a management request to its type, and the reading half: GET and LIST. */
#include "control/rest/resources.h"

#include "base/codec.h"
#include "control/copy.h"
#include "control/rest/auth.h"
#include "control/rest/door.h"
#include "control/rest/handlers.h"
#include "control/rest/local.h"
#include "host/host.h"

#define PAGE_DEFAULT 100
#define PAGE_MAX     1000

/* ---- one item as JSON ---- */

static void
put_time(struct gh_call *call, struct gh_jsonw *w, const char *key, int64_t ms)
{
    struct gh_buf b;
    gh_buf_init(&b, call->a, 32);
    gh_time_put(&b, ms);
    gh_jsonw_kstr(w, key, gh_buf_str(&b));
}

/* What the schema knows and may show; what is stored beside it (a key's digest) stays inside. */
static void
put_properties(struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r)
{
    const struct gh_resource_row *row = &gh_resource_table[r->type];
    struct gh_props p;
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    if (gh_props_open(&p, call->a, r->body) == GH_OK)
        for (size_t i = 0; i < row->n_props; i++) {
            gh_json_ref v = gh_json_get(&p.j, p.root, gh_str_z(row->props[i].name));
            if (v == GH_JSON_NO || (row->props[i].flags & GH_PROP_SECRET) != 0)
                continue;
            gh_jsonw_key(w, row->props[i].name);
            gh_jsonw_raw(w, gh_json_raw(&p.j, v));
        }
    gh_jsonw_end(w, '}');
}

void
gh_rest_put_item(struct gh_call *call, struct gh_jsonw *w, struct gh_store_tx *tx, const struct gh_store_resource *r)
{
    struct gh_buf etag;
    gh_buf_init(&etag, call->a, 32);
    gh_call_put_etag(&etag, r->revision);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", r->path);
    gh_jsonw_kstr(w, "type", gh_str_z(gh_resource_table[r->type].name));
    gh_jsonw_kstr(w, "etag", gh_buf_str(&etag));
    put_properties(call, w, r);
    if (gh_handler_table[r->type].render != NULL)
        gh_handler_table[r->type].render(call, w, tx, r);
    put_time(call, w, "createdAt", r->created_ms);
    gh_jsonw_kstr(w, "createdBy", r->created_by);
    put_time(call, w, "updatedAt", r->updated_ms);
    gh_jsonw_kstr(w, "updatedBy", r->updated_by);
    gh_jsonw_end(w, '}');
}

/* ---- GET ---- */

/* Reads by the owner's socket are recorded here; those through the edge have their open and close records. */
static bool
record_read(struct gh_call *call, const char *operation, struct gh_str path)
{
    if (!call->is_local)
        return true;
    enum gh_rc rc = gh_call_record(call, NULL, GH_RECORD_ADMIN, operation, path, GH_STR(""));
    return rc == GH_OK || gh_call_failed(call, rc);
}

/* A resource whose access is decided by its content (an assignment by its scope): decided before it is told whether it is there. */
static bool
decide_item(
    struct gh_call *call, const struct gh_handler *h, const struct gh_resource_path *r, const struct gh_store_resource *item)
{
    struct gh_props p;
    if (h->scope == NULL || item->path.p == NULL || gh_props_open(&p, call->a, item->body) != GH_OK)
        return gh_auth_decide(call, gh_resource_scope(r));
    return gh_auth_decide(call, h->scope(&p));
}

static void
get_item(struct gh_call *call, const struct gh_resource_path *r)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_store_resource item;
    struct gh_jsonw w;
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_resource_get(&item, call->a, tx, r->path);
    if (rc != GH_OK) {
        (void)gh_call_failed(call, rc);
        return;
    }
    if (!decide_item(call, &gh_handler_table[r->type], r, &item))
        return;
    if (item.path.p == NULL) {
        (void)gh_call_problem(call, 404, "there is no such resource", r->path);
        return;
    }
    call->revision = item.revision;
    bool is_known = call->if_none_match.n > 0 && gh_call_etag_matches(call->if_none_match, item.revision, true);
    call->status = is_known ? 304 : 200;
    gh_jsonw_init(&w, &call->out);
    if (call->status == 200)
        gh_rest_put_item(call, &w, tx, &item);
    gh_store_rollback(gh_store_steal(&tx));
    (void)record_read(call, "get", r->path);
}

/* ---- LIST ---- */

struct page {
    struct gh_call *call;
    const struct gh_handler *handler;
    struct gh_jsonw w;
    struct gh_store_tx *tx;
    size_t max, n;
    bool is_filtered; /* show only what the caller may read item by item */
    bool has_more;
    struct gh_str last; /* name of the last one shown */
    enum gh_rc rc;
};

static bool
may_see(struct page *p, const struct gh_store_resource *r)
{
    struct gh_props props;
    if (!p->is_filtered)
        return true;
    if (p->handler->scope == NULL)
        return gh_call_may(p->call, p->call->action, r->path);
    return gh_props_open(&props, p->call->a, r->body) == GH_OK && gh_call_may(p->call, p->call->action, p->handler->scope(&props));
}

static bool
on_item(void *ctx, const struct gh_store_resource *r)
{
    struct page *p = ctx;
    size_t cut = r->path.n;
    if (!may_see(p, r))
        return true;
    p->has_more = p->n == p->max;
    if (p->has_more)
        return false;
    while (cut > 0 && r->path.p[cut - 1] != '/')
        cut--;
    gh_rest_put_item(p->call, &p->w, p->tx, r);
    p->rc = gh_arena_dup(&p->last, p->call->a, gh_str_sub(r->path, cut, r->path.n));
    p->n++;
    return p->rc == GH_OK;
}

void
gh_rest_put_next_link(struct gh_call *call, struct gh_jsonw *w, struct gh_str collection, size_t max, struct gh_str last)
{
    struct gh_buf b;
    gh_buf_init(&b, call->a, 4096);
    gh_buf_putz(&b, GH_CALL_BASE);
    gh_buf_put(&b, collection);
    gh_buf_putz(&b, "?top=");
    gh_buf_put_u64(&b, max);
    gh_buf_putz(&b, "&skipToken=");
    gh_buf_put(&b, last); /* names need no escapes */
    gh_jsonw_kstr(w, "nextLink", gh_buf_str(&b));
}

bool
gh_rest_read_paging(struct gh_call *call, size_t *max, struct gh_str *after)
{
    struct gh_str top = gh_call_arg(call, "top"), skip = gh_call_arg(call, "skipToken");
    uint64_t n = PAGE_DEFAULT;
    if (top.p != NULL && (gh_str_u64(&n, top, PAGE_MAX) != GH_OK || n == 0))
        return gh_call_problem(call, 400, "top must be 1 to 1000", top);
    if (skip.p != NULL && !gh_resource_name_is_valid(skip))
        return gh_call_problem(call, 400, "skipToken is not one of ours", skip);
    *max = n;
    *after = skip.p == NULL ? GH_STR("") : skip;
    return true;
}

static void
list(struct gh_call *call, const struct gh_resource_path *r)
{
    struct page p = {.call = call, .handler = &gh_handler_table[r->type]};
    struct gh_str after, scope = gh_resource_scope(r);
    if (!gh_rest_read_paging(call, &p.max, &after))
        return;
    p.is_filtered = !gh_call_may(call, call->action, scope) && gh_auth_could_below(call, scope);
    if (!p.is_filtered && !gh_auth_decide(call, scope))
        return;
    gh_jsonw_init(&p.w, &call->out);
    gh_jsonw_obj(&p.w);
    gh_jsonw_key(&p.w, "value");
    gh_jsonw_arr(&p.w);
    enum gh_rc rc = gh_store_begin(&p.tx, call->c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_resource_list(p.tx, r->path, after, SIZE_MAX, on_item, &p);
    gh_store_rollback(p.tx);
    gh_jsonw_end(&p.w, ']');
    if (p.has_more)
        gh_rest_put_next_link(call, &p.w, r->path, p.max, p.last);
    gh_jsonw_end(&p.w, '}');
    call->status = 200;
    rc = rc != GH_OK ? rc : p.rc != GH_OK ? p.rc : call->out.rc;
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
    else
        (void)record_read(call, "list", r->path);
}

/* ---- routing ---- */

static void
answer_special(struct gh_call *call, const struct gh_resource_path *r)
{
    /* What nothing is told by but that it is there: for whoever has the action anywhere. */
    bool is_for_many = gh_resource_table[r->type].is_scoped_inside && gh_auth_could_below(call, GH_STR("/"));
    if (!is_for_many && !gh_auth_decide(call, gh_resource_scope(r)))
        return;
    call->status = 200;
    gh_handler_table[r->type].answer(call);
    if (call->status == 200)
        (void)record_read(call, "get", r->path);
}

struct verb_row {
    enum gh_verb verb;
    bool on_item, on_collection;
    void (*answer)(struct gh_call *call, const struct gh_resource_path *r);
};

static void
get_or_list(struct gh_call *call, const struct gh_resource_path *r)
{
    if (gh_handler_table[r->type].answer != NULL)
        answer_special(call, r);
    else if (r->is_collection)
        list(call, r);
    else
        get_item(call, r);
}

static const struct verb_row verbs[GH_METHOD_COUNT] = {
    [GH_METHOD_GET] = {GH_VERB_READ, true, true, get_or_list},
    [GH_METHOD_HEAD] = {GH_VERB_READ, true, true, get_or_list},
    [GH_METHOD_PUT] = {GH_VERB_WRITE, true, false, gh_write_put},
    [GH_METHOD_POST] = {GH_VERB_WRITE, false, true, gh_write_put},
    [GH_METHOD_DELETE] = {GH_VERB_DELETE, true, false, gh_write_delete},
};

/* A type that is posted has no PUT, one that is put has no POST. */
static bool
fits(const struct verb_row *v, enum gh_method method, const struct gh_resource_path *r)
{
    bool is_posted = gh_resource_table[r->type].is_posted;
    if (method == GH_METHOD_POST && !is_posted)
        return false;
    if (method == GH_METHOD_PUT && is_posted)
        return false;
    return v->answer != NULL && (r->is_collection ? v->on_collection : v->on_item);
}

static void
route(struct gh_call *call)
{
    const struct verb_row *v = &verbs[call->method];
    struct gh_resource_path r;
    if (gh_resource_find(&r, call->path) != GH_OK) {
        (void)gh_call_problem(call, 404, "there is no such path", GH_STR(""));
        return;
    }
    bool is_list = v->verb == GH_VERB_READ && r.is_collection;
    call->action = gh_resource_action(&r, is_list ? GH_VERB_LIST : v->verb);
    if (call->action == GH_ACTION_NONE || !fits(v, call->method, &r)) {
        (void)gh_call_problem(call, 405, "this resource does not have that method", r.path);
        call->allow = r.is_collection ? "GET, POST" : "GET, PUT, DELETE";
        return;
    }
    v->answer(call, &r);
}

/* A copy of the store is nobody's, until its owner says the word. */
static bool
may_be_served(struct gh_call *call)
{
    enum gh_copy copy = (enum gh_copy)__atomic_load_n(&call->c->copy, __ATOMIC_ACQUIRE);
    if (copy == GH_COPY_NONE || (call->is_local && gh_str_eq(call->path, GH_STR(GH_LOCAL_ACCEPT_RESTORE))))
        return true;
    return gh_call_problem(call, 503, "restored copy: run `gatehouse recover --data DIR --accept-restore --reason TEXT`",
        gh_str_z(gh_copy_text(copy)));
}

void
gh_rest_answer(struct gh_call *call)
{
    if (!gh_auth_identify(call) || !may_be_served(call))
        return;
    if (call->surface != GH_SURFACE_MANAGEMENT)
        gh_door_answer(call);
    else if (call->is_local && gh_str_starts(call->path, GH_STR("/local/")))
        gh_local_answer(call);
    else
        route(call);
    gh_call_settle(call);
}

void
gh_rest_done(struct gh_call *call)
{
    gh_view_unref(call->view);
    gh_audit_export_free(call->stream);
    call->view = NULL;
    call->stream = NULL;
}
