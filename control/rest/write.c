/* SPDX-License-Identifier: Apache-2.0 */
/* The writing half: PUT, POST and DELETE as one transaction each. */
#include "control/rest/write_int.h"

#include "control/rest/auth.h"
#include "control/rest/handlers.h"
#include "control/rest/resources.h"
#include "host/host.h"

/* ---- for handlers ---- */

bool
gh_write_link(struct gh_write *w, enum gh_store_link_kind kind, struct gh_str target)
{
    if (w->n_links == w->cap_links) {
        size_t cap = w->cap_links == 0 ? 8 : w->cap_links * 2;
        struct gh_store_link *links = gh_arena_take_array(w->call->a, cap, sizeof(*links));
        if (links == NULL)
            return gh_call_failed(w->call, GH_NOMEM);
        if (w->n_links > 0)
            memcpy(links, w->links, w->n_links * sizeof(*links));
        w->links = links;
        w->cap_links = cap;
    }
    w->links[w->n_links++] = (struct gh_store_link){kind, target};
    return true;
}

bool
gh_write_needs(struct gh_write *w, struct gh_str path, const char *why)
{
    struct gh_store_resource r;
    enum gh_rc rc = gh_store_resource_get(&r, w->call->a, w->tx, path);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return r.path.p != NULL || gh_call_problem(w->call, 409, why, path);
}

static bool
first_holder(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct gh_write *w = ((struct gh_write **)ctx)[0];
    (void)link;
    if (gh_str_eq(path, w->r.path))
        return true;
    return gh_arena_dup((struct gh_str *)((void **)ctx)[1], w->call->a, path) != GH_OK;
}

bool
gh_write_unused(struct gh_write *w, enum gh_store_link_kind kind, struct gh_str target, const char *why)
{
    struct gh_str holder = {NULL, 0};
    void *ctx[] = {w, &holder};
    enum gh_rc rc = gh_store_link_to(w->tx, kind, target, first_holder, ctx);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return holder.p == NULL || gh_call_problem(w->call, 409, why, holder);
}

bool
gh_write_is_same_list(bool *is_same, struct gh_write *w, const char *name)
{
    struct gh_str *old = NULL, *new = NULL;
    size_t n_old = 0, n_new = 0;
    enum gh_rc rc = w->old.path.p == NULL ? GH_OK : gh_props_list(&old, &n_old, &w->old_props, name);
    *is_same = false;
    if (rc == GH_OK)
        rc = gh_props_list(&new, &n_new, &w->props, name);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    *is_same = n_old == n_new;
    for (size_t i = 0; *is_same && i < n_new; i++)
        *is_same = gh_str_eq(old[i], new[i]);
    return true;
}

/* ---- checks that all types share ---- */

static bool
check_preconditions(struct gh_write *w)
{
    struct gh_call *call = w->call;
    bool exists = w->old.path.p != NULL;
    if (call->if_match.n > 0 && !(exists && gh_call_etag_matches(call->if_match, w->old.revision, false)))
        return gh_call_problem(call, 412, "the resource was changed, or is not there (If-Match)", w->r.path);
    if (call->if_none_match.n > 0 && exists && gh_call_etag_matches(call->if_none_match, w->old.revision, true))
        return gh_call_problem(call, 412, "the resource exists (If-None-Match)", w->r.path);
    return true;
}

bool
gh_write_check_parent(struct gh_write *w)
{
    struct gh_resource_path collection = w->r;
    size_t cut = w->r.path.n;
    struct gh_store_resource parent;
    while (cut > 0 && w->r.path.p[cut - 1] != '/')
        cut--;
    collection.path = gh_str_sub(w->r.path, 0, cut - 1);
    collection.is_collection = true;
    struct gh_str scope = gh_resource_scope(&collection);
    if (scope.n <= 1)
        return true;
    enum gh_rc rc = gh_store_resource_get(&parent, w->call->a, w->tx, scope);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return parent.path.p != NULL || gh_call_problem(w->call, 404, "the resource that would hold it does not exist", scope);
}

bool
gh_write_check_immutable(struct gh_write *w, struct gh_str new_body)
{
    const struct gh_resource_row *row = &gh_resource_table[w->r.type];
    struct gh_props new_props;
    if (w->old.path.p == NULL)
        return true;
    enum gh_rc rc = gh_props_open(&new_props, w->call->a, new_body);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    for (size_t i = 0; i < row->n_props; i++) {
        const struct gh_prop *p = &row->props[i];
        if ((p->flags & GH_PROP_IMMUTABLE) == 0)
            continue;
        if (!gh_str_eq(gh_props_str(&w->old_props, p->name, GH_STR("")), gh_props_str(&new_props, p->name, GH_STR(""))))
            return gh_call_problem(
                w->call, 409, "this property cannot be changed; delete the resource and make it anew", gh_str_z(p->name));
    }
    return true;
}

bool
gh_write_load_old(struct gh_write *w)
{
    enum gh_rc rc = gh_store_resource_get(&w->old, w->call->a, w->tx, w->r.path);
    if (rc == GH_OK && w->old.path.p != NULL)
        rc = gh_props_open(&w->old_props, w->call->a, w->old.body);
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

/* A decision that may be asked for inside the transaction: its refusal is recorded when that has ended. */
static bool
ask(struct gh_write *w, struct gh_str scope)
{
    w->is_refused = !gh_auth_ask(w->call, scope);
    return !w->is_refused;
}

/* Where the path decides; and what is guarded needs the right to assign roles too, because it says who people are. */
static bool
decide_by_path(struct gh_write *w)
{
    if (!ask(w, gh_resource_scope(&w->r)))
        return false;
    if (!gh_handler_table[w->r.type].is_guarded || gh_call_may(w->call, GH_ACTION_ROLE_ASSIGNMENT_WRITE, GH_STR("/")))
        return true;
    w->call->action = GH_ACTION_ROLE_ASSIGNMENT_WRITE;
    return ask(w, GH_STR("/"));
}

/* Where the content decides (an assignment's scope): both where it was and where it shall be. */
static bool
decide_by_content(struct gh_write *w)
{
    const struct gh_handler *h = &gh_handler_table[w->r.type];
    if (h->scope == NULL)
        return true;
    if (h->describe != NULL && !h->describe(w))
        return false;
    if (w->old.path.p != NULL && !ask(w, h->scope(&w->old_props)))
        return false;
    if (w->is_delete || h->is_scope_kept)
        return w->old.path.p != NULL || ask(w, gh_resource_scope(&w->r));
    return ask(w, h->scope(&w->props));
}

/* ---- PUT and POST ---- */

bool
gh_write_store_row(struct gh_write *w, struct gh_store_resource *r, struct gh_touched *t)
{
    const struct gh_handler *h = &gh_handler_table[w->r.type];
    enum gh_rc rc = gh_touched_before(t, w->tx, w->r.type, w->r.path);
    if (rc == GH_OK)
        rc = gh_store_resource_put(w->tx, r);
    if (rc == GH_OK)
        rc = gh_store_link_set(w->tx, w->r.path, w->links, w->n_links);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    if (h->after != NULL && !h->after(w))
        return false;
    rc = gh_touched_after(t, w->tx, w->r.type, w->r.path);
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

static void
put_answer(struct gh_write *w, const struct gh_store_resource *r, const char *change)
{
    struct gh_jsonw jw;
    gh_jsonw_init(&jw, &w->call->out);
    w->call->revision = w->is_dry_run ? 0 : r->revision;
    if (w->is_dry_run) {
        gh_jsonw_obj(&jw);
        gh_jsonw_kbool(&jw, "dryRun", true);
        gh_jsonw_kstr(&jw, "change", gh_str_z(change));
        gh_jsonw_key(&jw, "result");
    }
    struct gh_buf *out = &w->call->out;
    gh_rest_put_item(w->call, &jw, w->tx, r);
    if (w->shown_key.n > 0 && out->rc == GH_OK && !w->is_dry_run) {
        out->n--; /* back over the brace: the key stands in this one answer alone */
        gh_buf_putz(out, ",\"key\":");
        struct gh_jsonw kw;
        gh_jsonw_init(&kw, out);
        gh_jsonw_str(&kw, w->shown_key);
        gh_buf_putc(out, '}');
    }
    if (w->is_dry_run)
        gh_jsonw_end(&jw, '}');
}

/* The record stands or falls with the change; a dry run leaves neither. */
static bool
finish(struct gh_write *w, const struct gh_touched *t, const char *operation, struct gh_str body)
{
    uint8_t digest[GH_SHA256_BYTES];
    if (w->call->a->is_short) /* something may have been read as if it were not there */
        return gh_call_failed(w->call, GH_NOMEM);
    if (w->is_dry_run)
        return true;
    enum gh_rc rc = gh_sha256(digest, body);
    if (rc == GH_OK)
        rc = gh_call_record(w->call, w->tx, GH_RECORD_ADMIN, operation, w->r.path, gh_str(digest, sizeof(digest)));
    if (rc == GH_OK)
        rc = gh_store_commit(gh_store_steal(&w->tx));
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    gh_publish_touch(w->call->c->publish, t);
    return true;
}

static void
begin_touched(struct gh_write *w)
{
    gh_touched_init(&w->own, w->call->a);
    w->touched = &w->own;
}

static bool
write_in_tx(struct gh_write *w)
{
    const struct gh_handler *h = &gh_handler_table[w->r.type];
    struct gh_call *call = w->call;
    struct gh_str body;
    begin_touched(w);
    if (!gh_write_load_old(w) || !decide_by_content(w) || !check_preconditions(w) || !gh_write_check_parent(w))
        return false;
    if (h->check != NULL && !h->check(w))
        return false;
    enum gh_rc rc = gh_write_stored_body(&body, w);
    if (rc != GH_OK)
        return gh_call_failed(call, rc);
    if (!gh_write_check_immutable(w, body))
        return false;
    int64_t now = gh_now_ms();
    struct gh_store_resource r = {.path = w->r.path,
        .type = w->r.type,
        .body = body,
        .created_ms = now,
        .updated_ms = now,
        .created_by = call->caller->name,
        .updated_by = call->caller->name};
    bool exists = w->old.path.p != NULL;
    bool is_same = exists && !w->has_secret && gh_str_eq(body, w->old.body);
    if (!is_same && !gh_write_store_row(w, &r, w->touched))
        return false;
    if (exists) {
        r.created_ms = w->old.created_ms;
        r.created_by = w->old.created_by;
    }
    call->status = exists ? 200 : 201;
    call->location = exists ? GH_STR("") : w->r.path;
    put_answer(w, is_same ? &w->old : &r, is_same ? "none" : exists ? "update" : "create");
    return finish(w, w->touched, w->is_post ? "post" : "put", body);
}

/* What roles refuse, and what they allow but the type's own check does not: both are in the chain. */
static void
record_refusal(struct gh_write *w)
{
    struct gh_call *call = w->call;
    if (w->is_refused) {
        gh_auth_record_refusal(call);
        return;
    }
    if (call->status != 403 || call->forbidden == NULL)
        return;
    call->decision = (struct gh_decision){.verdict = GH_DENY, .rule = GH_STR("check"), .reason = call->forbidden};
    enum gh_rc rc = gh_call_record(call, NULL, GH_RECORD_ADMIN, "check", w->r.path, GH_STR(""));
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
}

static void
in_transaction(struct gh_write *w, bool (*work)(struct gh_write *w))
{
    enum gh_rc rc = gh_store_begin(&w->tx, w->call->c->store, GH_STORE_FULL);
    if (rc != GH_OK) {
        (void)gh_call_failed(w->call, rc);
        return;
    }
    (void)work(w);
    gh_store_rollback(gh_store_steal(&w->tx));
    record_refusal(w);
}

static bool
read_dry_run(struct gh_write *w)
{
    struct gh_str v = gh_call_arg(w->call, "dryRun");
    w->is_dry_run = gh_str_eq(v, GH_STR("true"));
    return v.p == NULL || w->is_dry_run || gh_str_eq(v, GH_STR("false")) ||
           gh_call_problem(w->call, 400, "dryRun must be true or false", v);
}

void
gh_write_put(struct gh_call *call, const struct gh_resource_path *r)
{
    struct gh_write w = {.call = call, .r = *r, .is_post = r->is_collection};
    const struct gh_handler *h = &gh_handler_table[r->type];
    if (h->scope == NULL && !decide_by_path(&w)) {
        gh_auth_record_refusal(call);
        return;
    }
    if (!read_dry_run(&w) || !gh_write_open_body(&w))
        return;
    if (h->prepare == NULL || h->prepare(&w))
        in_transaction(&w, write_in_tx);
    else
        record_refusal(&w);
}

/* ---- DELETE ---- */

static bool
delete_in_tx(struct gh_write *w)
{
    const struct gh_handler *h = &gh_handler_table[w->r.type];
    uint64_t below = 0;
    begin_touched(w);
    if (!gh_write_load_old(w) || !decide_by_content(w) || !check_preconditions(w))
        return false;
    if (w->old.path.p == NULL)
        return gh_call_problem(w->call, 404, "there is no such resource", w->r.path);
    enum gh_rc rc = gh_store_resource_below(&below, w->tx, w->r.path);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    if (below > 0 && !h->owns_below)
        return gh_call_problem(w->call, 409, "it still holds other resources", w->r.path);
    if (!gh_write_unused(w, GH_STORE_LINK_RESOURCE, w->r.path, "another resource still names it"))
        return false;
    if (h->check_delete != NULL && !h->check_delete(w))
        return false;
    rc = gh_touched_before(w->touched, w->tx, w->r.type, w->r.path);
    if (rc == GH_OK && below > 0)
        rc = gh_store_resource_delete_below(w->tx, w->r.path);
    if (rc == GH_OK)
        rc = gh_store_resource_delete(w->tx, w->r.path);
    if (rc == GH_OK)
        rc = gh_touched_after(w->touched, w->tx, w->r.type, w->r.path);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    w->call->status = w->is_dry_run ? 200 : 204;
    if (w->is_dry_run)
        gh_buf_putz(&w->call->out, "{\"dryRun\":true,\"change\":\"delete\"}");
    return finish(w, w->touched, "delete", w->old.body);
}

void
gh_write_delete(struct gh_call *call, const struct gh_resource_path *r)
{
    struct gh_write w = {.call = call, .r = *r, .is_delete = true};
    if (gh_handler_table[r->type].scope == NULL && !decide_by_path(&w)) {
        gh_auth_record_refusal(call);
        return;
    }
    if (read_dry_run(&w))
        in_transaction(&w, delete_in_tx);
}
