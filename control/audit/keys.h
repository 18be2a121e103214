/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/keys: which audit key signed which part of the chain. There is one, until a restored copy is accepted (control/copy.h): from the entry that
 * says so on, heads are signed by vault's new key. The older ones stay known, so that what they signed can still be checked.
 */
#ifndef GH_CONTROL_AUDIT_KEYS_H
#define GH_CONTROL_AUDIT_KEYS_H

#include "control/store/store.h"

#define GH_AUDIT_KEYS_MAX 64 /* restored copies that were accepted, and the first key */

/* Operation of the record at which a key begins; its digest is the SHA-256 of that key's SPKI. */
#define GH_AUDIT_KEY_CHANGE "restored copy accepted"

struct gh_audit_key {
    uint64_t from; /* the first entry whose heads it signs */
    struct gh_str spki;
};
struct gh_audit_keys {
    struct gh_audit_key key[GH_AUDIT_KEYS_MAX]; /* `from` rises */
    size_t n;
};

/* Texts in the arena. GH_BAD: the setting is damaged. */
GH_MUST_USE enum gh_rc gh_audit_keys_read(struct gh_audit_keys *out, struct gh_arena *a, struct gh_store_tx *tx);
/* The next one: it is the key of the installation from now on. GH_LIMIT: too many. */
GH_MUST_USE enum gh_rc gh_audit_keys_add(struct gh_store_tx *tx, struct gh_arena *a, uint64_t from, struct gh_str spki);

#endif
