/* SPDX-License-Identifier: Apache-2.0 */
#include "control/copy.h"

#include "control/audit/keys.h"
#include "host/host.h"

const char *
gh_copy_text(enum gh_copy copy)
{
    static const char *const texts[GH_COPY_COUNT] = {
        [GH_COPY_NONE] = "no copy",
        [GH_COPY_OLDER] = "the store is older than what vault has signed",
        [GH_COPY_FOREIGN] = "the store's chain is not the one that vault has signed",
        [GH_COPY_NEW_KEY] = "the store was restored: vault's audit key is new",
    };
    return texts[copy];
}

/* Whether another entry than the signed one stands at `n`. */
struct search {
    const struct gh_vault_keys *keys;
    bool is_found;
};

static bool
on_entry(void *ctx, const struct gh_store_entry *e)
{
    struct search *s = ctx;
    s->is_found = e->n == s->keys->head_n && gh_str_eq(gh_str(e->hash, sizeof(e->hash)), s->keys->head_hash);
    return false;
}

enum gh_rc
gh_copy_look(enum gh_copy *out, struct gh_store *store, const struct gh_vault_keys *keys)
{
    gh_auto_arena a;
    gh_auto_store_tx *tx = NULL;
    struct gh_store_entry last;
    struct gh_str known;
    struct search s = {.keys = keys};
    gh_arena_init(&a, gh_heap(), 1u << 20);
    *out = GH_COPY_NONE;
    enum gh_rc rc = gh_store_begin(&tx, store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_setting_get(&known, &a, tx, GH_STR(GH_AUDIT_SETTING_KEY));
    if (rc == GH_OK)
        rc = gh_store_chain_last(&last, &a, tx);
    if (rc == GH_OK && keys->head_n > 0)
        rc = gh_store_chain_each(tx, keys->head_n, 1, false, on_entry, &s);
    if (rc != GH_OK)
        return rc;
    if (known.p != NULL && !gh_str_eq(known, keys->audit_key))
        *out = GH_COPY_NEW_KEY;
    else if (keys->head_n > last.n)
        *out = GH_COPY_OLDER;
    else if (keys->head_n > 0 && !s.is_found)
        *out = GH_COPY_FOREIGN;
    return GH_OK;
}

static enum gh_rc
accept(struct gh_controller *c, struct gh_arena *a, struct gh_str spki, struct gh_str reason)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_store_entry last;
    uint8_t digest[GH_SHA256_BYTES];
    const struct gh_audit_event e = {.kind = GH_RECORD_SYSTEM,
        .caller = GH_STR("local:owner"),
        .credential_kind = GH_STR("local"),
        .verdict = GH_STR("allow"),
        .rule = GH_STR("owner of the data directory"),
        .operation = GH_STR(GH_AUDIT_KEY_CHANGE),
        .reason = reason,
        .digest = gh_str(digest, sizeof(digest))};
    enum gh_rc rc = gh_sha256(digest, spki);
    if (rc == GH_OK)
        rc = gh_store_begin(&tx, c->store, GH_STORE_FULL);
    if (rc == GH_OK)
        rc = gh_audit_admin(c->audit, tx, &e);
    if (rc == GH_OK)
        rc = gh_store_chain_last(&last, a, tx);
    if (rc == GH_OK)
        rc = gh_audit_keys_add(tx, a, last.n, spki);
    return rc == GH_OK ? gh_store_commit(gh_store_steal(&tx)) : rc;
}

enum gh_rc
gh_copy_accept(struct gh_controller *c, struct gh_arena *a, struct gh_str reason)
{
    struct gh_vault_keys keys;
    enum gh_copy copy;
    enum gh_rc rc = gh_vault_keys(&keys, c->vault, a);
    if (rc == GH_OK)
        rc = gh_copy_look(&copy, c->store, &keys);
    if (rc == GH_OK && (copy != GH_COPY_NEW_KEY || keys.head_n != 0))
        return GH_BAD;
    return rc == GH_OK ? accept(c, a, keys.audit_key, reason) : rc;
}
