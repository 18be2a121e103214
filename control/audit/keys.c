/* SPDX-License-Identifier: Apache-2.0 */
/* Two settings: the key of today (GH_AUDIT_SETTING_KEY), and, once there was more than one, all of them: le64 from, le32 length, SPKI. */
#include "control/audit/keys.h"

#include "base/cursor.h"
#include "control/audit/audit.h"

#define SETTING_KEYS "audit-keys"

static enum gh_rc
read_list(struct gh_audit_keys *out, struct gh_str list)
{
    struct gh_cursor c = gh_cursor(list);
    enum gh_rc rc = GH_OK;

    while (rc == GH_OK && gh_cursor_left(&c) > 0) {
        struct gh_audit_key *key = &out->key[out->n];
        uint32_t bytes;

        if (out->n == GH_AUDIT_KEYS_MAX)
            return GH_BAD;
        if ((rc = gh_cursor_le64(&key->from, &c)) == GH_OK && (rc = gh_cursor_le32(&bytes, &c)) == GH_OK)
            rc = gh_cursor_bytes(&key->spki, &c, bytes);
        out->n++;
    }
    return rc == GH_OK ? GH_OK : GH_BAD;
}

enum gh_rc
gh_audit_keys_read(struct gh_audit_keys *out, struct gh_arena *a, struct gh_store_tx *tx)
{
    struct gh_str list;
    enum gh_rc rc = gh_store_setting_get(&list, a, tx, GH_STR(SETTING_KEYS));

    out->n = 0;
    if (rc != GH_OK || list.p != NULL)
        return rc != GH_OK ? rc : read_list(out, list);
    out->key[0].from = 1;
    if ((rc = gh_store_setting_get(&out->key[0].spki, a, tx, GH_STR(GH_AUDIT_SETTING_KEY))) == GH_OK)
        out->n = out->key[0].spki.p != NULL;
    return rc;
}

enum gh_rc
gh_audit_keys_add(struct gh_store_tx *tx, struct gh_arena *a, uint64_t from, struct gh_str spki)
{
    struct gh_audit_keys keys;
    struct gh_buf b;
    enum gh_rc rc = gh_audit_keys_read(&keys, a, tx);

    if (rc != GH_OK)
        return rc;
    if (keys.n == GH_AUDIT_KEYS_MAX)
        return GH_LIMIT;
    keys.key[keys.n++] = (struct gh_audit_key){from, spki};
    gh_buf_init(&b, a, 65536);
    for (size_t i = 0; i < keys.n; i++) {
        gh_buf_put_le64(&b, keys.key[i].from);
        gh_buf_put_le32(&b, (uint32_t)keys.key[i].spki.n);
        gh_buf_put(&b, keys.key[i].spki);
    }
    if (b.rc != GH_OK || (rc = gh_store_setting_put(tx, GH_STR(SETTING_KEYS), gh_buf_str(&b))) != GH_OK)
        return b.rc != GH_OK ? b.rc : rc;
    return gh_store_setting_put(tx, GH_STR(GH_AUDIT_SETTING_KEY), spki);
}
