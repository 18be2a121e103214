/* SPDX-License-Identifier: Apache-2.0 */
/* Who used what: counted under the caller, under the assignment that allowed it, and under the key that stood for him. */
#include "base/codec.h"
#include "control/learn/learn_int.h"
#include "host/host.h"

#define KEY_MAX 2048 /* two texts of a record and a number */

/* Joined by NUL, which no text of a record holds. */
static struct gh_str
key_of(char mem[KEY_MAX], const struct gh_store_use *u)
{
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, KEY_MAX);
    gh_buf_put(&b, u->principal);
    gh_buf_putc(&b, '\0');
    gh_buf_put_u64(&b, u->action);
    gh_buf_putc(&b, '\0');
    gh_buf_put(&b, u->scope);
    return gh_buf_str(&b);
}

static enum gh_rc
count(struct learn_batch *b, const struct gh_store_use *u)
{
    char mem[KEY_MAX];
    struct gh_str key = key_of(mem, u);
    struct learn_use *e = NULL;

    if (key.n == 0 || u->principal.n == 0)
        return GH_OK;
    HASH_FIND(hh, b->uses, key.p, key.n, e);
    if (e != NULL) {
        e->use.n += u->n;
        e->use.first_ms = u->first_ms < e->use.first_ms ? u->first_ms : e->use.first_ms;
        e->use.last_ms = u->last_ms > e->use.last_ms ? u->last_ms : e->use.last_ms;
        return GH_OK;
    }
    if ((e = gh_arena_take(&b->a, sizeof(*e) + key.n)) == NULL)
        return GH_NOMEM;
    e->use = *u;
    e->n = key.n;
    memcpy(e->key, key.p, key.n);
    e->use.principal = gh_str(e->key, u->principal.n);
    e->use.scope = gh_str(e->key + key.n - u->scope.n, u->scope.n);
    HASH_ADD(hh, b->uses, key, e->n, e);
    return GH_OK;
}

/* A list, or what is decided by content: the edge asked "there, or anywhere below?" */
static bool
is_below(const struct gh_record *r, enum gh_action action, struct gh_str scope)
{
    struct gh_resource_path path;
    bool is_item = gh_resource_find(&path, scope) == GH_OK && !path.is_collection;

    if (!gh_str_eq(gh_record_get(r, GH_FIELD_SURFACE), GH_STR("management")))
        return is_item && path.type == GH_RESOURCE_ENDPOINT; /* the deployment is not named: models are listed */
    return !is_item || gh_resource_table[path.type].action[GH_VERB_READ] != action || gh_resource_table[path.type].is_scoped_inside;
}

/* Writes through the edge to the management API are counted as control decided and recorded them (learn_uses_own). */
static bool
is_counted(const struct gh_record *r)
{
    struct gh_str method = gh_record_get(r, GH_FIELD_METHOD), surface = gh_record_get(r, GH_FIELD_SURFACE);
    bool is_read = gh_str_eq(method, GH_STR("GET")) || gh_str_eq(method, GH_STR("HEAD"));

    return r->kind == GH_RECORD_OPEN && gh_str_eq(gh_record_get(r, GH_FIELD_VERDICT), GH_STR("allow")) &&
           (is_read || !gh_str_eq(surface, GH_STR("management")));
}

enum gh_rc
learn_uses_record(struct learn_batch *b, const struct gh_record *r)
{
    char mem[GH_RECORD_TEXT_MAX + 8];
    struct gh_buf key;
    struct gh_store_use u = {.scope = gh_record_get(r, GH_FIELD_SCOPE), .n = 1, .first_ms = r->time_ms, .last_ms = r->time_ms};
    enum gh_action action = gh_action_find(gh_record_get(r, GH_FIELD_ACTION));
    enum gh_rc rc;

    if (!is_counted(r) || action == GH_ACTION_NONE || u.scope.n == 0)
        return GH_OK;
    u.action = gh_learn_action(action, is_below(r, action, u.scope));
    u.principal = gh_record_get(r, GH_FIELD_CALLER);
    if ((rc = count(b, &u)) != GH_OK)
        return rc;
    u.principal = gh_record_get(r, GH_FIELD_RULE);
    if (u.principal.n > 0 && u.principal.p[0] == '/' && (rc = count(b, &u)) != GH_OK)
        return rc;
    if (!gh_str_eq(gh_record_get(r, GH_FIELD_ISSUER), GH_STR("key")))
        return GH_OK;
    gh_buf_init_fixed(&key, mem, sizeof(mem));
    gh_buf_putz(&key, GH_LEARN_KEY);
    gh_buf_put(&key, gh_record_get(r, GH_FIELD_CREDENTIAL_ID));
    u.principal = gh_buf_str(&key);
    return count(b, &u);
}

/* ---- into the store ---- */

/* "/workspaces/w/..." -> "/workspaces/w"; anything else -> "/". */
static struct gh_str
workspace_of(struct gh_str scope)
{
    size_t at = sizeof("/workspaces/") - 1;

    if (!gh_str_starts(scope, GH_STR("/workspaces/")))
        return GH_STR("/");
    while (at < scope.n && scope.p[at] != '/')
        at++;
    return gh_str_sub(scope, 0, at);
}

/* Never lost, only told less exactly: what is decided for all of a workspace covers what lies in it. */
static enum gh_rc
store(struct gh_store_tx *tx, struct gh_store_use *u)
{
    uint64_t rows;
    bool is_new;
    enum gh_rc rc = gh_store_use_more(&is_new, tx, u);

    if (rc != GH_OK || !is_new)
        return rc;
    if ((rc = gh_store_use_rows(&rows, tx, u->principal)) != GH_OK)
        return rc;
    if (rows >= GH_LEARN_USES_MAX) {
        u->scope = rows >= (uint64_t)2 * GH_LEARN_USES_MAX ? GH_STR("/") : workspace_of(u->scope);
        if ((rc = gh_store_use_more(&is_new, tx, u)) != GH_OK || !is_new)
            return rc;
    }
    return gh_store_use_new(tx, u);
}

enum gh_rc
learn_uses_end(struct learn_batch *b, struct gh_store_tx *tx)
{
    enum gh_rc rc = GH_OK;

    for (struct learn_use *e = b->uses; rc == GH_OK && e != NULL; e = e->hh.next)
        rc = store(tx, &e->use);
    return rc;
}

enum gh_rc
learn_uses_own(struct gh_store_tx *tx, const struct gh_audit_event *e)
{
    int64_t now = gh_now_ms();
    enum gh_action action = gh_action_find(e->action);
    struct gh_store_use u = {.principal = e->caller,
        .action = gh_learn_action(action, false),
        .scope = e->scope,
        .n = 1,
        .first_ms = now,
        .last_ms = now};
    bool is_counted_here = e->kind == GH_RECORD_ADMIN && action != GH_ACTION_NONE && gh_str_eq(e->verdict, GH_STR("allow")) &&
                           gh_str_eq(e->credential_kind, GH_STR("token")) && e->caller.n > 0 && e->scope.n > 0;
    enum gh_rc rc;

    if (!is_counted_here || e->caller.n > GH_RECORD_TEXT_MAX || e->scope.n > GH_RECORD_TEXT_MAX)
        return GH_OK;
    if ((rc = store(tx, &u)) != GH_OK || e->rule.n == 0 || e->rule.p[0] != '/')
        return rc;
    u.principal = e->rule;
    u.scope = e->scope;
    return store(tx, &u);
}
