/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/verify: is the chain what it was? Offline, by what the auditor kept: the audit key and signed heads. Two sources, one checker
 * (audit/chain.h): an export (JSON Lines), or control's store, read beside it.
 *
 * What is found without any pin: an edited, removed, moved or repeated entry, and decoded fields that differ from the bytes. What only a
 * pin finds: a whole chain that somebody made again (key), a cut end or an old copy (head).
 */
#ifndef GH_CLI_VERIFY_H
#define GH_CLI_VERIFY_H

#include <stdio.h>

#include "audit/chain.h"
#include "control/audit/keys.h"
#include "control/store/store.h"

#define GH_VERIFY_PINS_MAX 64
#define GH_VERIFY_LINE_MAX (1u << 20) /* longest line of an export: a record in base64 and its fields decoded take 150 KiB */

struct gh_verify {
    struct gh_chain_check c;
    bool has_begun;          /* the installation is known */
    uint64_t after;          /* entry in front of the first one; 0: the whole chain */
    struct gh_pubkey *key;   /* owned; NULL: signatures prove nothing */
    bool is_key_given;       /* by the auditor; else it came from what is being checked */
    uint8_t key_digest[GH_SHA256_BYTES]; /* of its SPKI */
    struct {                 /* all that the source says it had; none: `key` alone */
        uint64_t from;       /* the entry that says so, and the first that it signs */
        struct gh_pubkey *key; /* owned */
        uint8_t digest[GH_SHA256_BYTES];
        bool is_met;         /* entry `from` is the record of the change */
    } keys[GH_AUDIT_KEYS_MAX];
    size_t n_keys;
    struct {
        struct gh_chain_head head; /* sig points to `sig` */
        uint8_t sig[64], hash_at[GH_SHA256_BYTES];
        bool is_met;
    } pin[GH_VERIFY_PINS_MAX];
    size_t n_pins;
};

void gh_verify_init(struct gh_verify *v);
void gh_verify_fini(struct gh_verify *v);

/* PEM (RFC 7468, `PUBLIC KEY`). GH_BAD: no P-256 key in it. */
GH_MUST_USE enum gh_rc gh_verify_key(struct gh_verify *v, struct gh_str pem, bool is_given);
/* One more key of the source's own list, `from` rising. GH_BAD, GH_LIMIT. */
GH_MUST_USE enum gh_rc gh_verify_add_key(struct gh_verify *v, uint64_t from, struct gh_str spki);
/* The last entry that the given key covers, itself or through what it signed later; UINT64_MAX: all. */
uint64_t gh_verify_covered(const struct gh_verify *v);
/* A head as `audit head` prints it, or as GET /audit/head answers. GH_BAD, GH_LIMIT. */
GH_MUST_USE enum gh_rc gh_verify_pin(struct gh_verify *v, struct gh_str json);

/* The checks. All findings are in v->c afterwards; gh_verify_finish holds the pins against it. */
void gh_verify_export(struct gh_verify *v, FILE *f);
void gh_verify_store(struct gh_verify *v, struct gh_store *store, const uint8_t installation[16]);
void gh_verify_finish(struct gh_verify *v);

#endif
