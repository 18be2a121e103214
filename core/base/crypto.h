/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/crypto: the few primitives that the house uses, over OpenSSL 3 EVP. Randomness and key generation are not here: core
 * is pure (see host/random.h and vault/). Signature algorithms are rows of one table, named as in RFC 7518 and RFC 8037.
 */
#ifndef GH_BASE_CRYPTO_H
#define GH_BASE_CRYPTO_H

#include "base/buf.h"

#define GH_SHA256_BYTES 32
#define GH_AEAD_KEY_BYTES 32
#define GH_AEAD_NONCE_BYTES 12
#define GH_AEAD_TAG_BYTES 16

enum gh_alg { GH_ALG_NONE = 0, GH_ALG_RS256, GH_ALG_RS384, GH_ALG_RS512, GH_ALG_PS256, GH_ALG_PS384, GH_ALG_PS512,
              GH_ALG_ES256, GH_ALG_ES384, GH_ALG_ES512, GH_ALG_EDDSA, GH_ALG_COUNT };

/* A public key, immutable. One allocation made by OpenSSL, given back by _free. */
struct gh_pubkey;

/* GH_ALG_NONE for anything that is not in the table ("none", HS*, unknown). */
enum gh_alg gh_alg_find(struct gh_str name);
struct gh_str gh_alg_name(enum gh_alg alg);

GH_MUST_USE enum gh_rc gh_sha256(uint8_t out[GH_SHA256_BYTES], struct gh_str in);
/* SHA-256 over several slices without joining them. */
GH_MUST_USE enum gh_rc gh_sha256_v(uint8_t out[GH_SHA256_BYTES], const struct gh_str *parts, size_t n);
GH_MUST_USE enum gh_rc gh_hmac_sha256(uint8_t out[GH_SHA256_BYTES], struct gh_str key, struct gh_str in);

/* Reads SubjectPublicKeyInfo (DER). RSA outside 2048..8192 bits, other curves than P-256/384/521 and Ed25519: GH_BAD. */
GH_MUST_USE enum gh_rc gh_pubkey_read_der(struct gh_pubkey **out, struct gh_str spki, struct gh_err *err);
void gh_pubkey_free(struct gh_pubkey *key);
/* Whether the key's type fits the algorithm (an EC P-256 key fits ES256 alone, an RSA key the RS and PS rows). */
bool gh_pubkey_fits(const struct gh_pubkey *key, enum gh_alg alg);

/* JWS signature as RFC 7518 and RFC 8037 write it (ECDSA: R || S of fixed size). GH_OK good, GH_BAD not, GH_BUG broken inside. */
GH_MUST_USE enum gh_rc gh_sig_verify(const struct gh_pubkey *key, enum gh_alg alg, struct gh_str msg, struct gh_str sig);

/* AES-256-GCM (NIST SP 800-38D). out = ciphertext || tag. The caller never uses a nonce twice under one key. */
GH_MUST_USE enum gh_rc gh_aead_seal(struct gh_buf *out, const uint8_t key[GH_AEAD_KEY_BYTES],
    const uint8_t nonce[GH_AEAD_NONCE_BYTES], struct gh_str aad, struct gh_str plain);
GH_MUST_USE enum gh_rc gh_aead_open(struct gh_buf *out, const uint8_t key[GH_AEAD_KEY_BYTES],
    const uint8_t nonce[GH_AEAD_NONCE_BYTES], struct gh_str aad, struct gh_str sealed);

#endif
