/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/chain: the record of records. Entry n has hash(n) = SHA-256("gatehouse-chain-1" || hash(n-1) || le64 n || record bytes); hash(0)
 * is SHA-256("gatehouse-chain-1" || installation id). A head is (installation, n, hash(n), time) signed by vault with ES256 under the audit key;
 * vault never signs two for one n. What proves what: an edit, a removed or a moved record breaks a hash; a cut end is found by a pinned
 * head; a re-made chain is found by a pinned key; an old copy by a head that is newer than it.
 */
#ifndef GH_AUDIT_CHAIN_H
#define GH_AUDIT_CHAIN_H

#include "audit/record.h"
#include "base/crypto.h"

struct gh_chain_state {
    uint8_t installation[16];
    uint64_t n;
    uint8_t hash[GH_SHA256_BYTES];
};

GH_MUST_USE enum gh_rc gh_chain_init(struct gh_chain_state *s, const uint8_t installation[16]);
/* Advances by one record. */
GH_MUST_USE enum gh_rc gh_chain_add(struct gh_chain_state *s, struct gh_str record);

struct gh_chain_head {
    uint8_t installation[16];
    uint64_t n;
    uint8_t hash[GH_SHA256_BYTES];
    int64_t time_ms;
    struct gh_str sig; /* ES256, R || S */
};

/* The bytes that are signed: "gatehouse-head-1" || installation || le64 n || hash || le64 time. */
void gh_chain_head_bytes(struct gh_buf *out, const struct gh_chain_head *h);
GH_MUST_USE enum gh_rc gh_chain_head_verify(const struct gh_chain_head *h, const struct gh_pubkey *key);

/* A head as one JSON object {"installation","n","hash","time_ms","signature"}, and back (slices in the arena). */
void gh_chain_head_json(struct gh_buf *out, const struct gh_chain_head *h);
GH_MUST_USE enum gh_rc gh_chain_head_read(struct gh_chain_head *out, struct gh_arena *a, struct gh_str json, struct gh_err *err);

/*
 * A verification in progress: the caller feeds entries in order, then every head it has, then asks.
 */
enum gh_chain_result { GH_CHAIN_INTACT = 0, GH_CHAIN_TAMPERED = 1, GH_CHAIN_UNDECIDED = 2 }; /* also the exit codes of `audit verify` */

struct gh_chain_check {
    struct gh_chain_state state;
    enum gh_chain_result result;
    uint64_t bad_n;        /* first bad sequence  */
    const char *why;       /* literal             */
    bool is_key_pinned;    /* some head was held against a key         */
    bool is_head_pinned;   /* a head of the auditor's was held against */
    uint64_t last_head_n;  /* what stands behind it is not signed yet  */
    int64_t last_time_ms;
};
/* From the chain's beginning; an export that begins later puts its own n and hash into c->state, and its beginning is then not pinned. */
GH_MUST_USE enum gh_rc gh_chain_check_init(struct gh_chain_check *c, const uint8_t installation[16]);
/* `n` and `hash` as stored beside the record. */
void gh_chain_check_entry(struct gh_chain_check *c, uint64_t n, struct gh_str record, const uint8_t hash[GH_SHA256_BYTES]);
/* A stored head, met at its place (after entry h->n). `key` NULL: its signature is not checked. */
void gh_chain_check_head(struct gh_chain_check *c, const struct gh_chain_head *h, const struct gh_pubkey *key);
/* At the end: a head that the auditor kept. `hash_at` is the chain's hash at pinned->n, NULL if the chain is shorter. */
void gh_chain_check_pin(struct gh_chain_check *c, const struct gh_chain_head *pinned, const uint8_t *hash_at, const struct gh_pubkey *key);

/* Last, if a key was given: a chain that shows no head to hold against it is undecided, not intact. */
void gh_chain_check_end(struct gh_chain_check *c);

#endif
