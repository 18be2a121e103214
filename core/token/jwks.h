/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/jwks: a JSON Web Key Set (RFC 7517) from an issuer, strictly read, as rows for the snapshot: kid, alg, key in DER.
 * Keys that are not for signatures (use=enc, key_ops without verify), of unknown type, curve or alg, malformed, off their curve or out
 * of bounds are skipped and counted (RFC 7517 section 5); a duplicate kid, a private member (d, p, q, k...) or a key that contradicts
 * its own alg refuses the whole set.
 */
#ifndef GH_TOKEN_JWKS_H
#define GH_TOKEN_JWKS_H

#include "base/crypto.h"
#include "base/limits.h"
#include "wire/json.h"

struct gh_jwk {
    struct gh_str kid;  /* RFC 7638 thumbprint (base64url SHA-256) where the set gives none */
    enum gh_alg alg;    /* GH_ALG_NONE: any that fits the key */
    struct gh_str spki; /* SubjectPublicKeyInfo, DER */
};

struct gh_jwks {
    struct gh_jwk keys[GH_JWKS_KEYS_MAX];
    size_t n;
    size_t n_skipped;
};

/* Slices of the result live in the arena. */
GH_MUST_USE enum gh_rc gh_jwks_read(struct gh_jwks *out, struct gh_arena *a, struct gh_str json, struct gh_err *err);

/* One public key as a JWK object (kty, crv, x, y | n, e, kid, alg, use). */
GH_MUST_USE enum gh_rc gh_jwk_put(struct gh_jsonw *w, const struct gh_jwk *key);

#endif
