/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/identify: who is calling? From credentials and snapshot to a caller, as a pure function; used by the edge for every request and
 * by control, which verifies again by itself. Cached is only the signature (token/cache.h); issuer, audience, times, revocation and the
 * state of the principal are judged each time.
 */
#ifndef GH_POLICY_IDENTIFY_H
#define GH_POLICY_IDENTIFY_H

#include "base/limits.h"
#include "policy/proof.h"
#include "policy/snapshot.h"
#include "token/apikey.h"
#include "token/cache.h"
#include "token/jwt.h"

/* Parsed public keys, one slot for each digest; the memory is the caller's, zeroed. Keys are owned, given back by _fini. */
#define GH_KEYRING_SLOTS 64
struct gh_keyring {
    struct {
        uint8_t digest[GH_SHA256_BYTES];
        struct gh_pubkey *key;
    } slot[GH_KEYRING_SLOTS];
    size_t next; /* slot that is replaced when all are full */
};
void gh_keyring_fini(struct gh_keyring *k);
/* The parsed key of this digest, made from its DER at first sight; borrowed until the next call. */
GH_MUST_USE enum gh_rc gh_keyring_get(const struct gh_pubkey **out, struct gh_keyring *k, const uint8_t digest[GH_SHA256_BYTES],
    struct gh_str spki);

/* Why a caller was not identified: for the record. The stranger sees one 401 for all. X(name, text) */
#define GH_IDENTIFY_LIST(X)                                                                       \
    X(OK, "identified")                                                                           \
    X(NO_CREDENTIAL, "no credential")                                                             \
    X(TWO_CREDENTIALS, "more than one credential")                                                \
    X(MALFORMED, "credential is malformed")                                                       \
    X(TOKENS_OFF, "tokens are not accepted here")                                                 \
    X(KEYS_OFF, "keys are not accepted here")                                                     \
    X(UNKNOWN_ISSUER, "issuer is not configured")                                                 \
    X(UNKNOWN_KID, "key id is not in the issuer's set")                                           \
    X(KEYS_STALE, "issuer's keys are too old")                                                    \
    X(BAD_SIGNATURE, "signature does not verify")                                                 \
    X(BAD_CLAIMS, "claims are missing or malformed")                                              \
    X(WRONG_AUDIENCE, "token is for another audience")                                            \
    X(EXPIRED, "credential has expired")                                                          \
    X(NOT_YET, "token is not yet valid")                                                          \
    X(WRONG_TENANT, "tenant is not allowed")                                                      \
    X(REVOKED, "credential was revoked")                                                          \
    X(UNKNOWN_KEY, "key is unknown")                                                              \
    X(WRONG_SCOPE, "key is for another endpoint")                                                 \
    X(UNKNOWN_PRINCIPAL, "principal is unknown")                                                  \
    X(DISABLED, "principal is disabled")                                                          \
    X(INTERNAL, "internal error")

enum gh_identify {
#define GH_IDENTIFY_ENUM(name, text) GH_IDENTIFY_##name,
    GH_IDENTIFY_LIST(GH_IDENTIFY_ENUM)
#undef GH_IDENTIFY_ENUM
    GH_IDENTIFY_COUNT
};
const char *gh_identify_text(enum gh_identify why);

struct gh_credentials {         /* as they came; empty if absent */
    struct gh_str authorization; /* value of Authorization        */
    struct gh_str api_key;       /* value of api-key or x-api-key */
    bool has_duplicates;         /* a header of these came twice  */
};

struct gh_place {                /* where it is presented */
    struct gh_str ws, ep;        /* empty for management                     */
    const struct gh_str *audiences; /* accepted beside the installation's own if n = 0 */
    size_t n_audiences;
    bool tokens_allowed, keys_allowed;
};

/* What sort of caller it is, for conditions. UNKNOWN: neither the operator nor the token says it, so what holds for either holds for him. */
enum gh_caller_sort { GH_CALLER_UNKNOWN = 0, GH_CALLER_USER, GH_CALLER_WORKLOAD };

#define GH_OWN_PRINCIPALS "gatehouse:" /* principals of the installation's own issuer begin so */

struct gh_caller {
    enum gh_identify why;        /* GH_IDENTIFY_OK or the reason                                              */
    size_t n_principals;
    struct gh_str name;          /* for records: principals[0]                                                */
    struct gh_str issuer;        /* resource name, or "key"                                                   */
    struct gh_str credential_id; /* jti, or id of the key: never the credential                               */
    struct gh_str kid;           /* of the token; with issuer, what a key_wanted record needs                 */
    bool is_key;
    bool groups_unknown;         /* overage, too many, or a key of another issuer's identity: a decision that needs them denies */
    int64_t expires_ms;
    bool is_user;                /* the token vouches for a person: delegated to an application, or his own             */
    struct gh_str actor;         /* "issuer:application" that acts for the caller, by his token; empty if he acts himself */
    enum gh_caller_sort sort;    /* a key is a workload, whoever holds it                                                     */
    /* what the token says of the sign-in, by the map of its issuer (proof.h); a key proves nothing */
    uint64_t proofs;             /* bits of enum gh_proof                                                                     */
    bool is_mfa, is_compliant_device, is_joined; /* of `proofs`                                                               */
    bool is_flow_known;          /* whether `proofs` without DEVICE_CODE and TRANSFER means that there was neither            */
    bool is_cp1;                 /* the client can take a claims challenge                                                    */
    const struct gh_str *acrs;   /* authentication contexts, n_acrs of them                                                   */
    size_t n_acrs;
    struct gh_str acr;
    int64_t auth_time_ms;        /* of the last interactive sign-in; 0: unknown                                               */
    int64_t issued_ms;           /* of the token; 0: unknown, or a key                                                        */
    struct gh_str device_id, token_address; /* of the device, and its address then, as the issuer saw it; empty if it does not say */
    struct gh_str iss;           /* his token's issuer, a URL; empty: a key                                                   */
    struct gh_snap_rec issuer_row; /* of ISSUER; row NULL: a key, or the owner of the data directory                          */
    bool is_emergency;           /* an emergency account, as the operator says: its use is an alert                           */
    struct gh_str client_id;     /* application that holds the token; empty if it does not say                                */
    /* "issuer:subject", "/identities/x", "/groups/g", "issuer/groups:claim"; [0] names the caller. Last: only n_principals are written. */
    struct gh_str principals[GH_PRINCIPALS_MAX];
};

struct gh_identify_env {
    const struct gh_snap *snap;
    struct gh_token_cache *cache;
    struct gh_keyring *keys;
    int64_t now_ms;              /* never earlier than the newest snapshot's time */
};

/*
 * Fills *out; always succeeds in saying who or why not. Slices are borrowed from the arena and the snapshot. A Bearer value that is no
 * JWT is treated as an API key (protocols.md 1.1).
 */
void gh_identify(struct gh_caller *out, struct gh_arena *a, const struct gh_identify_env *env, const struct gh_credentials *cred,
    const struct gh_place *place);

/*
 * What if this principal had called, with a good credential of his own and nothing proved of the sign-in? For questions (`gatehouse access
 * check`), never for calls. `groups`: what his token would claim for him, "issuer/groups:g". An identity stands for both its names.
 */
void gh_identify_as(struct gh_caller *out, const struct gh_snap *snap, struct gh_str principal, const struct gh_str *groups, size_t n_groups);

#endif
