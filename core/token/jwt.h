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

/* A value of a claim that an issuer's map names: texts, numbers and booleans as they stand in the payload, elements of arrays one by one. */
struct gh_mark {
    size_t path; /* number of the path that was asked for */
    struct gh_str value;
};

struct gh_claims {
    struct gh_str iss, sub, oid, tid, azp, jti, scp, idtyp, acr; /* azp: or appid, client_id; jti: or uti; scp: or scope */
    struct gh_str deviceid, ipaddr; /* of the device that asked for the token, where it was then */
    struct gh_str act_sub; /* of `act` (RFC 8693): who acts for sub */
    struct gh_str aud[GH_TOKEN_AUD_MAX];
    size_t n_aud;
    size_t n_groups; /* of `groups`, which stands last as `marks` does: only so many are ever written */
    struct gh_str amr[8];
    size_t n_amr;
    struct gh_str acrs[8]; /* authentication contexts that the sign-in satisfied */
    size_t n_acrs;
    size_t n_marks;        /* of `marks`, what gh_jwt_marks found */
    uint64_t marks_asked;  /* which paths it was asked for; 0: none */
    bool marks_overflow;   /* more than the limit: none is told */
    bool is_cp1;           /* `xms_cc` has cp1: the client can take claims challenges (protocols.md 5.3) */
    bool groups_overflow; /* an overage marker (`hasgroups`, `_claim_names.groups`) or more than the limit: unknown, none is told */
    int64_t exp_s, nbf_s, iat_s; /* seconds since 1970; nbf and iat 0 if absent; exp is required */
    int64_t auth_time_s;         /* when he last signed in; 0 if absent */
    struct gh_mark marks[GH_TOKEN_MARKS_MAX];
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

/*
 * The values at `paths` (names from the payload's root down, joined by a line feed) into out->marks; `asked` (not 0) names this list of paths,
 * so that what a cache remembers can be told from what another list would have found. GH_BAD: control characters.
 */
GH_MUST_USE enum gh_rc gh_jwt_marks(struct gh_claims *out, struct gh_arena *a, struct gh_str payload, const struct gh_str *paths, size_t n_paths,
    uint64_t asked, struct gh_err *err);

/* iss equal, one audience equal to one of `auds`, nbf - leeway <= now < exp + leeway. now in seconds. */
GH_MUST_USE enum gh_rc gh_claims_check(const struct gh_claims *c, struct gh_str iss, const struct gh_str *auds, size_t n_auds, int64_t now_s,
    int64_t leeway_s, struct gh_err *err);

#endif
