/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/jwt: a bearer JWT (RFC 7519, JWS compact form of RFC 7515, algorithms of RFC 7518 and RFC 8037) from bytes to claims.
 *
 * Three steps that the caller sees apart, because only the second may be cached:
 *   1. gh_jwt_split   header and parts; chooses nothing, trusts nothing
 *   2. gh_jwt_verify  signature under one key, `alg` bound to that key
 *   3. gh_jwt_claims  payload -> claims, then gh_claims_check against the resource at hand: issuer, audience, times
 * Refused always: `none`, HS*, any `crit`, `b64`, nested tokens (`cty`), `zip`, `enc`, duplicate members, padding; NumericDates that are not
 * whole seconds of the years 1970 to 9999; control characters in kid or a claim (NUL joins the parts of look-up keys). Embedded keys (jwk, jku,
 * x5c, x5u) are never looked at.
 * To a stranger every failure looks alike; the reason is for the record.
 */
#ifndef GH_TOKEN_JWT_H
#define GH_TOKEN_JWT_H

#include "base/crypto.h"
#include "base/limits.h"
#include "wire/json.h"

struct gh_jwt {
    enum gh_alg alg;
    struct gh_str kid;     /* empty if absent */
    struct gh_str typ;     /* empty if absent; "JWT", "at+jwt" and "application/at+jwt" are accepted, in any case */
    struct gh_str signed_part; /* header.payload as they stand, borrowed from the token */
    struct gh_str payload; /* decoded, in the arena */
    struct gh_str sig;     /* decoded, in the arena */
};

struct gh_claims {
    struct gh_str iss, sub, oid, tid, azp, jti, scp, idtyp, acr; /* azp: or appid, client_id; jti: or uti; scp: or scope */
    struct gh_str act_sub; /* of `act` (RFC 8693): who acts for sub */
    struct gh_str aud[GH_TOKEN_AUD_MAX];
    size_t n_aud;
    size_t n_groups; /* of `groups`, which stands last: only those are ever written */
    struct gh_str amr[8];
    size_t n_amr;
    bool groups_overflow; /* an overage marker (`hasgroups`, `_claim_names.groups`) or more than the limit: unknown, none is told */
    int64_t exp_s, nbf_s, iat_s; /* seconds since 1970; nbf and iat 0 if absent; exp is required */
    struct gh_str groups[GH_TOKEN_GROUPS_MAX];
};

/* True for three dot-separated runs of base64url: what tells a token from a key (protocols.md 1.1). */
bool gh_jwt_is_shaped(struct gh_str s);

/* An empty payload is split (RFC 7515 allows it) and then has no claims; an empty signature is GH_BAD. GH_LIMIT: too long. */
GH_MUST_USE enum gh_rc gh_jwt_split(struct gh_jwt *out, struct gh_arena *a, struct gh_str token, struct gh_err *err);

/* GH_OK good; GH_BAD signature, or the key is not for this alg. `key_alg` is the JWK's own alg or GH_ALG_NONE. */
GH_MUST_USE enum gh_rc gh_jwt_verify(const struct gh_jwt *jwt, const struct gh_pubkey *key, enum gh_alg key_alg, struct gh_err *err);

/* Payload -> claims. Slices are borrowed from the arena. Missing iss, exp, or a claim of the wrong type: GH_BAD. */
GH_MUST_USE enum gh_rc gh_jwt_claims(struct gh_claims *out, struct gh_arena *a, struct gh_str payload, struct gh_err *err);

/* iss equal, one audience equal to one of `auds`, nbf - leeway <= now < exp + leeway. now in seconds. */
GH_MUST_USE enum gh_rc gh_claims_check(const struct gh_claims *c, struct gh_str iss, const struct gh_str *auds, size_t n_auds, int64_t now_s,
    int64_t leeway_s, struct gh_err *err);

#endif
