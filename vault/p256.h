/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault/p256: ES256 key pairs (FIPS 186-4, RFC 7518 section 3.4): made, kept as plain numbers in locked memory, used. OpenSSL's own form of a
 * key exists only while it signs.
 */
#ifndef GH_VAULT_P256_H
#define GH_VAULT_P256_H

#include "base/crypto.h"

#define GH_P256_PRIVATE_BYTES 32
#define GH_P256_POINT_BYTES 65 /* 04 || x || y */
#define GH_P256_SIG_BYTES 64   /* R || S       */

struct gh_p256 {
    uint8_t secret[GH_P256_PRIVATE_BYTES];
    uint8_t point[GH_P256_POINT_BYTES];
};

/* A new pair from the kernel's randomness. */
GH_MUST_USE enum gh_rc gh_p256_make(struct gh_p256 *out);

/* ES256 over `msg`. GH_BUG: the library refused, or the key is none. */
GH_MUST_USE enum gh_rc gh_p256_sign(uint8_t sig[GH_P256_SIG_BYTES], const struct gh_p256 *key, struct gh_str msg);

/* SubjectPublicKeyInfo, DER. */
GH_MUST_USE enum gh_rc gh_p256_put_spki(struct gh_buf *out, const struct gh_p256 *key);

#endif
