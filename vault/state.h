/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault/state: what vault must remember: its signing keys and the last audit head that it signed. One small file, DIR/vault/vault.state: the
 * magic "GHVAULT1" and a box of vault/seal, replaced as a whole. A file that is damaged or sealed under another key stops vault; it is
 * never made anew over an old one.
 *
 * Token keys rotate: when the newest has signed for 29 days, the next one is made and published (KEYS), and signs a day later, so that every
 * verifier knows it by then. A key that signs no more is published for two hours longer: twice the longest life of a token.
 */
#ifndef GH_VAULT_STATE_H
#define GH_VAULT_STATE_H

#include "vault/p256.h"
#include "vault/seal.h"

#define GH_STATE_TOKEN_KEYS_MAX 4
#define GH_STATE_DAY_MS 86400000LL
#define GH_STATE_NEXT_KEY_AFTER_MS (29 * GH_STATE_DAY_MS) /* of signing                       */
#define GH_STATE_PUBLISH_MS GH_STATE_DAY_MS               /* before the first signature       */
#define GH_STATE_KEEP_MS 7200000LL                        /* after the successor took over    */

struct gh_state_key {
    struct gh_p256 pair;
    int64_t from_ms; /* signs from then on, until the next one does */
};

/* Lies in locked memory. */
struct gh_state {
    struct gh_state_key token[GH_STATE_TOKEN_KEYS_MAX]; /* oldest first */
    size_t n_token;
    struct gh_p256 audit;
    uint64_t head_n; /* 0: none signed yet */
    uint8_t head_hash[GH_SHA256_BYTES];
};

/* The keys of a first start. */
GH_MUST_USE enum gh_rc gh_state_make(struct gh_state *st, int64_t now_ms);

/* GH_DOWN: cannot be read or is not there. GH_BAD: damaged, or sealed under another key or installation. */
GH_MUST_USE enum gh_rc gh_state_load(struct gh_state *st, const struct gh_seal *s, int dir, struct gh_err *err);
/* On disk when it returns GH_OK; else the old one stays. */
GH_MUST_USE enum gh_rc gh_state_save(const struct gh_state *st, const struct gh_seal *s, int dir);

/* Makes the next key and drops old ones as the times above say. *changed: the caller saves. */
GH_MUST_USE enum gh_rc gh_state_rotate(struct gh_state *st, bool *changed, int64_t now_ms);

/*
 * A restored copy must not sign as the original may have done: one audit key never signs two heads for one number, so the copy gets a key of its
 * own, which has signed nothing.
 */
GH_MUST_USE enum gh_rc gh_state_new_audit(struct gh_state *st);

/* The key that signs now: the newest whose time has come, the oldest if the clock stands before all of them. */
const struct gh_state_key *gh_state_signer(const struct gh_state *st, int64_t now_ms);

#endif
