/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault/sign: what vault puts its name under: tokens whose every claim it makes itself, audit heads of which there are never two for one
 * sequence, and the public keys that verify both.
 */
#ifndef GH_VAULT_SIGN_H
#define GH_VAULT_SIGN_H

#include "vault/state.h"

#define GH_SIGN_LIFETIME_MAX_S 3600
#define GH_SIGN_JTI_BYTES 32               /* hex */
#define GH_SIGN_HEAD_SKEW_MS 300000        /* a head is of now: back-dating is not for control to decide */
#define GH_SIGN_AUDIENCE_BYTES_MAX 512
#define GH_SIGN_ISSUER_BYTES 128           /* room for the issuer's URL */

/* "https://login.gatehouse.localhost/<installation as GUID>/v2.0" */
void gh_sign_put_issuer(struct gh_buf *out, const uint8_t installation[16]);

struct gh_sign_request {
    struct gh_str subject;  /* name of an identity        */
    struct gh_str audience;
    uint64_t lifetime_s;    /* 1..GH_SIGN_LIFETIME_MAX_S  */
    struct gh_str kind;     /* "user" | "servicePrincipal" | "managedIdentity" */
};

/* ES256, header alg, typ, kid; claims iss aud sub oid tid idtyp iat nbf exp jti ver. GH_BAD with err->what for a request that is none. */
GH_MUST_USE enum gh_rc gh_sign_token(struct gh_buf *jwt, char jti[GH_SIGN_JTI_BYTES], const struct gh_state *st, const uint8_t installation[16],
    const struct gh_sign_request *r, int64_t now_ms, struct gh_err *err);

/*
 * Remembers (n, hash) on disk, then signs. GH_BAD: n is 0 or below the last, another hash for the last n, or a time that is not now.
 * GH_DOWN: it could not be remembered, so nothing was signed; *st is then as before.
 */
GH_MUST_USE enum gh_rc gh_sign_head(uint8_t sig[GH_P256_SIG_BYTES], struct gh_state *st, const struct gh_seal *s, int dir, uint64_t n,
    const uint8_t hash[GH_SHA256_BYTES], int64_t time_ms, int64_t now_ms, struct gh_err *err);

/* {"keys":[...]} of all token keys, those that do not sign yet or no more included. */
GH_MUST_USE enum gh_rc gh_sign_put_jwks(struct gh_buf *out, const struct gh_state *st);

#endif
