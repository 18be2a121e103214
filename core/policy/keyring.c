/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/identify_int.h"

void
gh_keyring_fini(struct gh_keyring *k)
{
    for (size_t i = 0; i < GH_KEYRING_SLOTS; i++)
        gh_pubkey_free(k->slot[i].key);
    memset(k, 0, sizeof(*k));
}

enum gh_rc
gh_keyring_get(const struct gh_pubkey **out, struct gh_keyring *k, const uint8_t digest[GH_SHA256_BYTES], struct gh_str spki)
{
    struct gh_pubkey *key;
    enum gh_rc rc;

    for (size_t i = 0; i < GH_KEYRING_SLOTS; i++) {
        if (k->slot[i].key == NULL || memcmp(k->slot[i].digest, digest, GH_SHA256_BYTES) != 0)
            continue;
        *out = k->slot[i].key;
        return GH_OK;
    }
    if ((rc = gh_pubkey_read_der(&key, spki, NULL)) != GH_OK)
        return rc;
    gh_pubkey_free(k->slot[k->next].key);
    k->slot[k->next].key = key;
    memcpy(k->slot[k->next].digest, digest, GH_SHA256_BYTES);
    k->next = (k->next + 1) % GH_KEYRING_SLOTS;
    *out = key;
    return GH_OK;
}
