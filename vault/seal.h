/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault/seal: the master key, and what is sealed under it. The key is 32 bytes from the service manager's credential, a descriptor that the
 * supervisor opened, or, without one, from DIR/vault/master.key. Nothing uses it directly: every purpose has a key of its own,
 * HMAC-SHA256(master key, purpose).
 *
 * A sealed box is 12 random bytes of nonce, AES-256-GCM ciphertext and tag. What a box belongs to is associated data: lists of parts,
 * each with its length, so that no two lists give the same bytes. Random nonces are good for 2^32 boxes under one key (NIST SP 800-38D
 * section 8.3); secrets are written by people, state once a second for 136 years.
 */
#ifndef GH_VAULT_SEAL_H
#define GH_VAULT_SEAL_H

#include "base/crypto.h"

#define GH_SEAL_OVERHEAD (GH_AEAD_NONCE_BYTES + GH_AEAD_TAG_BYTES)

/* Lies in locked memory (gh_seal_memory). */
struct gh_seal {
    uint8_t master[GH_AEAD_KEY_BYTES];
    uint8_t installation[16];
};

/*
 * Reads the master key. `dir` is DIR/vault; `credential` the descriptor, or -1. A first start without a credential makes one: *is_first is set, and the file has its name only after
 * gh_seal_keep, when everything else that a first start makes is on disk; what an interrupted first start left is thrown away.
 * GH_BAD with err->what: wrong size, readable by others, or there are things sealed under a key that is gone.
 */
GH_MUST_USE enum gh_rc gh_seal_open(struct gh_seal *s, bool *is_first, int dir, int credential, struct gh_err *err);
GH_MUST_USE enum gh_rc gh_seal_keep(int dir);

/* The key of a purpose that seals no boxes, the same for as long as the master key is. The caller wipes it. */
GH_MUST_USE enum gh_rc gh_seal_key(uint8_t out[GH_SHA256_BYTES], const struct gh_seal *s, const char *purpose);

/* Appends a box with `plain` in it. */
GH_MUST_USE enum gh_rc gh_seal_put(struct gh_buf *out, const struct gh_seal *s, const char *purpose, const struct gh_str *parts, size_t n_parts,
    struct gh_str plain);
/* Appends what is in the box. GH_BAD: not sealed by this master key, for this purpose and installation, with these parts. */
GH_MUST_USE enum gh_rc gh_seal_get(struct gh_buf *out, const struct gh_seal *s, const char *purpose, const struct gh_str *parts, size_t n_parts,
    struct gh_str box);

#endif
