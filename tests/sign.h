/* SPDX-License-Identifier: Apache-2.0 */
/* For tests and benches alone: core verifies and never signs, so here is the other half. P-256 keys made on the spot, ES256. */
#ifndef GH_TESTS_SIGN_H
#define GH_TESTS_SIGN_H

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/codec.h"
#include "base/crypto.h"

/* NULL on failure. EVP_PKEY_free gives it back. */
static inline EVP_PKEY *
gh_test_key_new(void)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

/* SubjectPublicKeyInfo in the arena; p is NULL on failure. */
static inline struct gh_str
gh_test_spki(struct gh_arena *a, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(key, &der);
    struct gh_str out = {NULL, 0};

    if (n <= 0 || gh_arena_dup(&out, a, gh_str(der, (size_t)n)) != GH_OK)
        out = (struct gh_str){NULL, 0};
    OPENSSL_free(der);
    return out;
}

/* R || S of 32 bytes each (RFC 7518 section 3.4) in the arena; p is NULL on failure. */
static inline struct gh_str
gh_test_sign(struct gh_arena *a, EVP_PKEY *key, struct gh_str msg)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char der[128], *raw = gh_arena_take(a, 64);
    const unsigned char *at = der;
    size_t n = sizeof(der);
    ECDSA_SIG *sig = NULL;
    struct gh_str out = {NULL, 0};

    if (ctx != NULL && raw != NULL && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(ctx, der, &n, (const unsigned char *)msg.p, msg.n) == 1 && (sig = d2i_ECDSA_SIG(NULL, &at, (long)n)) != NULL &&
        BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32) == 32 && BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32) == 32)
        out = gh_str(raw, 64);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
    return out;
}

/* A compact JWS over these texts of JSON, in the arena; empty on failure. */
static inline struct gh_str
gh_test_jwt(struct gh_arena *a, EVP_PKEY *key, struct gh_str header, struct gh_str payload)
{
    struct gh_buf b;
    struct gh_str sig;

    gh_buf_init(&b, a, 1u << 20);
    gh_b64url_encode(&b, header);
    gh_buf_putc(&b, '.');
    gh_b64url_encode(&b, payload);
    sig = gh_test_sign(a, key, gh_buf_str(&b));
    gh_buf_putc(&b, '.');
    gh_b64url_encode(&b, sig);
    return sig.n == 0 ? sig : gh_buf_str(&b);
}

#endif
