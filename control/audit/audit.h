/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/audit: how what happened becomes evidence. Control is itself a source of records, with an epoch of its own: an administrative
 * record enters the chain in the same transaction as the change that it describes. What the edge did comes from the spool: a thread
 * drains DIR/spool into the chain and has vault sign the head.
 *
 * What it does not do: change or remove an entry, decide anything, see a secret. What it trusts: the store's transactions, and the order
 * of one worker's own files; nothing else about a spool file, whose every byte is checked.
 *
 *     audit.h    records of control's own, the thread          drain.h   spool file -> chain, in one transaction
 *     query.h    GET /audit/records, /audit/head, /audit/key    export.h  GET /audit/export: jsonl, ocsf, cef
 */
#ifndef GH_CONTROL_AUDIT_H
#define GH_CONTROL_AUDIT_H

#include "audit/chain.h"
#include "control/store/store.h"

struct gh_audit;

/* Names of settings in the store. */
#define GH_AUDIT_SETTING_KEY "audit-key" /* SPKI of the key that signs heads, for readers of a stopped installation */

/* How often the thread looks at the spool even when inotify is silent, and how long a new entry may stay without a signed head. */
#define GH_AUDIT_POLL_MS 100
#define GH_AUDIT_SIGN_MS 500

/* What a record of control's own may say. Empty slices and zeros are left out. All text is redacted on the way in. */
struct gh_audit_event {
    enum gh_record_kind kind; /* ADMIN, TOKEN_ISSUED, SECRET_USED, SYSTEM, SNAPSHOT */
    struct gh_str caller, issuer, credential_id, credential_kind, peer, listener, request_id;
    struct gh_str method, route, surface, scope, action;
    struct gh_str verdict; /* "allow" | "deny" */
    struct gh_str rule, role, reason;
    struct gh_str resource, operation;
    struct gh_str digest; /* SHA-256 of what was written, never of a secret */
    struct gh_str detail, kid;
    uint64_t status, generation, duration_us;
};

/*
 * Who learns from records (control/learn/): called within the transaction that stores them, so that what they teach stands or falls with
 * them and nothing is counted twice. A failure undoes the transaction.
 */
struct gh_audit_learner {
    enum gh_rc (*record)(void *ctx, struct gh_store_tx *tx, const struct gh_record *r); /* an edge's; from the drain thread alone */
    enum gh_rc (*end)(void *ctx, struct gh_store_tx *tx);                               /* ... before its transaction is committed */
    void (*done)(void *ctx, bool is_stored);                                            /* ... and when it was, or was undone      */
    enum gh_rc (*own)(void *ctx, struct gh_store_tx *tx, const struct gh_audit_event *e); /* control's own; from any thread      */
    void *ctx;
};

struct gh_audit_config {
    struct gh_store *store; /* borrowed, outlives the audit */
    const char *spool_dir;  /* DIR/spool; copied            */
    uint8_t installation[16];
    /* ES256 over head (n, hash, time) by vault: 64 bytes to `sig`. GH_DOWN: vault is away; GH_BAD: vault refuses, it signed otherwise before.
     * Called from the drain thread alone, outside of any transaction. May block for seconds. */
    enum gh_rc (*sign)(void *ctx, uint8_t sig[64], uint64_t n, const uint8_t hash[GH_SHA256_BYTES], int64_t time_ms);
    /* An edge met an unknown key id of a configured issuer. Called from the drain thread after the record is stored. May be NULL. */
    void (*key_wanted)(void *ctx, struct gh_str issuer, struct gh_str kid);
    void *ctx;
    const struct gh_audit_learner *learner; /* NULL: nobody learns */
};

/* Draws an epoch; no thread yet. GH_DOWN: the spool directory cannot be opened. */
GH_MUST_USE enum gh_rc gh_audit_new(struct gh_audit **out, const struct gh_audit_config *config);
/* Starts and ends the drain thread. Stop drains what is there, signs once more if vault answers, then joins. */
GH_MUST_USE enum gh_rc gh_audit_start(struct gh_audit *au);
void gh_audit_stop(struct gh_audit *au);
void gh_audit_free(struct gh_audit *au); /* after stop; NULL is ignored */

/* The public half of vault's audit key, as KEYS gave it; kept in the store too. GH_BAD: no P-256 key. */
GH_MUST_USE enum gh_rc gh_audit_set_key(struct gh_audit *au, struct gh_str spki);

/*
 * Adds a record to the chain within `tx`, which must be a writing one: it stands or falls with the rest of that transaction. `tx` NULL: in
 * a FULL transaction of its own (refusals, reads that must be recorded before they are answered). Any failure: answer 503, change nothing.
 */
GH_MUST_USE enum gh_rc gh_audit_admin(struct gh_audit *au, struct gh_store_tx *tx, const struct gh_audit_event *e);

/* For GET /status. */
struct gh_audit_status {
    uint64_t last_n, signed_n; /* entries behind signed_n are an unsigned tail */
    int64_t signed_ms;         /* time of the last head, 0: none               */
    uint64_t alerts;           /* SPOOL_GAP records since start                */
    uint64_t pending_bytes;    /* in the spool, not yet stored                 */
    bool is_vault_down, is_vault_refusing, is_store_down;
};
void gh_audit_status(struct gh_audit_status *out, struct gh_audit *au);

#endif
