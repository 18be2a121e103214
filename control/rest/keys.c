/* SPDX-License-Identifier: Apache-2.0 */
/* Static API keys: the exception. Made by POST, shown once, kept as a digest; off unless the workspace allows them. */
#include "control/rest/handlers.h"

#include "base/codec.h"
#include "control/rest/rights.h"
#include "host/host.h"
#include "token/apikey.h"

#define YEAR_MS (INT64_C(366) * 24 * 3600 * 1000) /* a leap year's */

static struct gh_str
join(struct gh_write *w, struct gh_str a, struct gh_str b, struct gh_str c, struct gh_str d)
{
    return gh_props_join(w->call->a, (const struct gh_str[]){a, b, c, d}, 4);
}

static bool
check_expiry(struct gh_write *w)
{
    int64_t expires_ms, now = gh_now_ms();
    if (gh_time_read(&expires_ms, gh_props_str(&w->props, "expires", GH_STR(""))) != GH_OK)
        return gh_call_problem(w->call, 400, "not a time like 2026-01-31T00:00:00Z", GH_STR("expires"));
    return (expires_ms > now && expires_ms - now <= YEAR_MS) ||
           gh_call_problem(w->call, 400, "a key ends in the future, at most a year ahead", GH_STR("expires"));
}

/* Draws the key. Its id becomes the resource's name; its digest is what is stored. */
bool
gh_prepare_key(struct gh_write *w)
{
    uint8_t id[6], secret[32], hash[GH_SHA256_BYTES];
    struct gh_buf key, hex;
    struct gh_str id_text;
    if (!check_expiry(w))
        return false;
    gh_random(id, sizeof(id));
    gh_random(secret, sizeof(secret));
    gh_buf_init(&key, w->call->a, GH_APIKEY_BYTES);
    gh_apikey_put(&key, id, secret);
    gh_wipe(secret, sizeof(secret));
    w->shown_key = gh_buf_str(&key);
    if (gh_apikey_read(&id_text, w->shown_key) != GH_OK || gh_sha256(hash, w->shown_key) != GH_OK)
        return gh_call_failed(w->call, GH_BUG);
    gh_buf_init(&hex, w->call->a, 2 + 2 * GH_SHA256_BYTES);
    gh_buf_putc(&hex, '"');
    gh_buf_put_hex(&hex, gh_str(hash, sizeof(hash)));
    gh_buf_putc(&hex, '"');
    w->stored_name = "sha256";
    w->stored_json = gh_buf_str(&hex);
    struct gh_str path = join(w, w->r.path, GH_STR("/"), id_text, GH_STR(""));
    return gh_resource_find(&w->r, path) == GH_OK || gh_call_failed(w->call, GH_BUG);
}

static bool
check_place(struct gh_write *w, struct gh_str workspace, struct gh_str scope)
{
    struct gh_resource_path r;
    struct gh_props p;
    bool exists;
    enum gh_rc rc = gh_props_load(&p, &exists, w->call->a, w->tx, workspace);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    if (!exists || !gh_props_bool(&p, "allowApiKeys", false))
        return gh_call_problem(w->call, 409, "the workspace does not allow API keys (allowApiKeys)", workspace);
    bool is_place = gh_resource_find(&r, scope) == GH_OK && !r.is_collection && gh_str_eq(r.path, scope) &&
                    (r.type == GH_RESOURCE_WORKSPACE || r.type == GH_RESOURCE_ENDPOINT) && gh_scope_covers(workspace, scope);
    if (!is_place)
        return gh_call_problem(w->call, 400, "a key's scope is its workspace or one of its endpoints", scope);
    return gh_write_needs(w, scope, "the key's scope does not exist") && gh_write_link(w, GH_STORE_LINK_RESOURCE, scope);
}

/* Whoever holds a key acts as its owner: one's own may be made with key listing alone, another's is an assignment of his rights. */
static bool
check_owner(struct gh_write *w, struct gh_str owner)
{
    struct gh_str scope = gh_props_str(&w->props, "scope", GH_STR(""));
    return gh_rights_is_self(w->call, owner) || gh_call_may(w->call, GH_ACTION_ROLE_ASSIGNMENT_WRITE, scope) ||
           gh_call_problem(w->call, 403, "a key that stands for another needs the right to assign roles at its scope", owner);
}

bool
gh_check_key(struct gh_write *w)
{
    struct gh_str workspace = join(w, GH_STR("/workspaces/"), w->r.names[0], GH_STR(""), GH_STR(""));
    struct gh_str owner = join(w, GH_STR("/identities/"), gh_props_str(&w->props, "owner", GH_STR("")), GH_STR(""), GH_STR(""));
    return check_place(w, workspace, gh_props_str(&w->props, "scope", GH_STR(""))) && check_owner(w, owner) &&
           gh_write_needs(w, owner, "the key's owner is no identity here") && gh_write_link(w, GH_STORE_LINK_PRINCIPAL, owner) &&
           gh_write_link(w, GH_STORE_LINK_ALIAS, w->r.names[1]);
}

/* When it was last used, as the edge's records tell. */
void
gh_render_key(struct gh_call *call, struct gh_jsonw *w, struct gh_store_tx *tx, const struct gh_store_resource *r)
{
    struct gh_resource_path path;
    struct gh_buf time;
    int64_t used_ms = 0;
    if (gh_resource_find(&path, r->path) != GH_OK || gh_store_key_last_use(&used_ms, tx, path.names[1]) != GH_OK)
        return;
    gh_jsonw_key(w, "lastUsedAt");
    if (used_ms == 0) {
        gh_jsonw_null(w);
        return;
    }
    gh_buf_init(&time, call->a, 32);
    gh_time_put(&time, used_ms);
    gh_jsonw_str(w, gh_buf_str(&time));
}
