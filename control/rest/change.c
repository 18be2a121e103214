/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/change.h"

#include "control/rest/handlers.h"
#include "control/rest/write_int.h"
#include "host/host.h"

bool
gh_change_begin(struct gh_change *ch, struct gh_call *call)
{
    *ch = (struct gh_change){.call = call};
    gh_touched_init(&ch->own, call->a);
    ch->touched = &ch->own;
    enum gh_rc rc = gh_store_begin(&ch->tx, call->c->store, GH_STORE_FULL);
    return rc == GH_OK || gh_call_failed(call, rc);
}

void
gh_change_within(struct gh_change *ch, struct gh_write *w)
{
    *ch = (struct gh_change){.call = w->call, .tx = w->tx, .touched = w->touched};
}

static bool
begin_write(struct gh_write *w, struct gh_change *ch, struct gh_str path)
{
    *w = (struct gh_write){
        .call = ch->call, .tx = ch->tx, .touched = ch->touched, .is_granted = ch->is_granted, .may_end_owners = ch->may_end_owners};
    if (gh_resource_find(&w->r, path) != GH_OK || w->r.is_collection)
        return gh_call_problem(ch->call, 400, "this name cannot be one", path);
    return gh_write_load_old(w);
}

/* The body of the call is not the resource's: it is put in its place for as long as it is read. */
static bool
open_properties(struct gh_write *w, struct gh_str properties)
{
    struct gh_str body = w->call->body;
    if (properties.p == NULL)
        return gh_call_failed(w->call, GH_NOMEM);
    w->call->body = properties;
    bool is_open = gh_write_open_body(w);
    w->call->body = body;
    return is_open;
}

static bool
record(struct gh_change *ch, struct gh_str path, const char *operation, struct gh_str body)
{
    uint8_t digest[GH_SHA256_BYTES];
    enum gh_rc rc = gh_sha256(digest, body);
    if (rc == GH_OK)
        rc = gh_call_record(ch->call, ch->tx, GH_RECORD_ADMIN, operation, path, gh_str(digest, sizeof(digest)));
    return rc == GH_OK || gh_call_failed(ch->call, rc);
}

static bool
store(struct gh_change *ch, struct gh_write *w, struct gh_str body, const char *operation)
{
    struct gh_str who = ch->call->caller->name;
    int64_t now = gh_now_ms();
    struct gh_store_resource r = {.path = w->r.path,
        .type = w->r.type,
        .body = body,
        .created_ms = now,
        .updated_ms = now,
        .created_by = who,
        .updated_by = who};
    if (w->old.path.p != NULL && gh_str_eq(body, w->old.body))
        return true;
    return gh_write_store_row(w, &r, ch->touched) && record(ch, w->r.path, operation, body);
}

bool
gh_change_put(struct gh_change *ch, struct gh_str path, struct gh_str properties, const char *operation)
{
    struct gh_write w;
    struct gh_str body;
    if (!begin_write(&w, ch, path) || !open_properties(&w, properties) || !gh_write_check_parent(&w))
        return false;
    const struct gh_handler *h = &gh_handler_table[w.r.type];
    if (h->check != NULL && !h->check(&w))
        return false;
    enum gh_rc rc = gh_write_stored_body(&body, &w);
    if (rc != GH_OK)
        return gh_call_failed(ch->call, rc);
    return gh_write_check_immutable(&w, body) && store(ch, &w, body, operation);
}

bool
gh_change_delete(struct gh_change *ch, struct gh_str path, const char *operation)
{
    struct gh_write w;
    if (!begin_write(&w, ch, path))
        return false;
    if (w.old.path.p == NULL)
        return true;
    w.is_delete = true;
    const struct gh_handler *h = &gh_handler_table[w.r.type];
    if (h->check_delete != NULL && !h->check_delete(&w))
        return false;
    enum gh_rc rc = gh_touched_before(ch->touched, ch->tx, w.r.type, path);
    if (rc == GH_OK)
        rc = gh_store_resource_delete(ch->tx, path);
    if (rc == GH_OK)
        rc = gh_touched_after(ch->touched, ch->tx, w.r.type, path);
    return rc == GH_OK ? record(ch, path, operation, w.old.body) : gh_call_failed(ch->call, rc);
}

bool
gh_change_record(struct gh_change *ch, struct gh_str path, const char *operation)
{
    enum gh_rc rc = gh_call_record(ch->call, ch->tx, GH_RECORD_ADMIN, operation, path, GH_STR(""));
    return rc == GH_OK || gh_call_failed(ch->call, rc);
}

bool
gh_change_commit(struct gh_change *ch)
{
    enum gh_rc rc = ch->call->a->is_short ? GH_NOMEM : gh_store_commit(gh_store_steal(&ch->tx));
    if (rc != GH_OK)
        return gh_call_failed(ch->call, rc);
    gh_publish_touch(ch->call->c->publish, ch->touched);
    return true;
}

void
gh_change_end(struct gh_change *ch)
{
    gh_store_rollback(gh_store_steal(&ch->tx));
}
