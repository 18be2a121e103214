/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/proof: what a token proves of a sign-in beyond who it was: how he proved it, on what device, by what flow. Issuers say it in words of
 * their own, so each has a map (`claimsMap` of /issuers/{i}): values of claims, and what they mean. What no row of the map says is not proved.
 *
 *     {"preset": "entra" | "keycloak" | "okta" | "google" | "rfc8176",
 *      "rules": [{"claim": "acrs", "values": ["c1"], "means": ["mfa"]},
 *                {"claim": ["device", "state"], "values": ["managed"], "means": ["compliantDevice"]}],
 *      "noTransferFlows": true}
 *
 * A claim is a name at the top of the token, or the names from there down. Values are compared exactly: texts, numbers as they stand, "true".
 * The words of `means` are those of GH_PROOF_LIST: methods as Microsoft Graph names them (authenticationMethodModes), and what the grant
 * controls and flows of conditional access ask for. noTransferFlows: the issuer has no device code and no transfer of authentication at all;
 * without it, and without a rule that names one, nobody knows.
 */
#ifndef GH_POLICY_PROOF_H
#define GH_POLICY_PROOF_H

#include "policy/snapshot.h"
#include "token/jwt.h"

/* X(name, word). Bits of snapshots and strengths: append only. */
#define GH_PROOF_LIST(X)                                                                          \
    X(MFA, "mfa")                                                                                 \
    X(COMPLIANT_DEVICE, "compliantDevice")                                                        \
    X(JOINED_DEVICE, "domainJoinedDevice")                                                        \
    X(DEVICE_CODE, "deviceCodeFlow")                                                              \
    X(TRANSFER, "authenticationTransfer")                                                         \
    X(PASSWORD, "password")                                                                       \
    X(VOICE, "voice")                                                                             \
    X(HARDWARE_OATH, "hardwareOath")                                                              \
    X(SOFTWARE_OATH, "softwareOath")                                                              \
    X(SMS, "sms")                                                                                 \
    X(FIDO2, "fido2")                                                                             \
    X(HELLO, "windowsHelloForBusiness")                                                           \
    X(PUSH, "microsoftAuthenticatorPush")                                                         \
    X(DEVICE_PUSH, "deviceBasedPush")                                                             \
    X(PASS_ONCE, "temporaryAccessPassOneTime")                                                    \
    X(PASS_MULTI, "temporaryAccessPassMultiUse")                                                  \
    X(EMAIL, "email")                                                                             \
    X(X509_SINGLE, "x509CertificateSingleFactor")                                                 \
    X(X509_MULTI, "x509CertificateMultiFactor")                                                   \
    X(FEDERATED_SINGLE, "federatedSingleFactor")                                                  \
    X(FEDERATED_MULTI, "federatedMultiFactor")

enum gh_proof {
#define GH_PROOF_ENUM(name, word) GH_PROVES_##name,
    GH_PROOF_LIST(GH_PROOF_ENUM)
#undef GH_PROOF_ENUM
    GH_PROOF_COUNT
};
extern const char *const gh_proof_words[GH_PROOF_COUNT];
#define GH_PROOF_BIT(name) (UINT64_C(1) << GH_PROVES_##name)
/* From here on they are methods: what a combination of an authentication strength may name. */
#define GH_PROOF_METHODS (~(GH_PROOF_BIT(PASSWORD) - 1) & ((UINT64_C(1) << GH_PROOF_COUNT) - 1))

/* The bit of a word; 0: no such word. */
uint64_t gh_proof_find(struct gh_str word);

enum gh_proof_claim { GH_PROOF_CLAIM_ACR = 0, GH_PROOF_CLAIM_AMR, GH_PROOF_CLAIM_ACRS, GH_PROOF_CLAIM_PATH };

struct gh_proof_rule {
    unsigned claim; /* enum gh_proof_claim; from PATH on: PATH + number of a path */
    struct gh_str value;
    uint64_t means;
};

struct gh_proof_map {
    struct gh_proof_rule rules[GH_PROOF_RULES_MAX];
    size_t n_rules;
    struct gh_str paths[GH_PROOF_PATHS_MAX]; /* names joined by a line feed, as gh_jwt_marks takes them */
    size_t n_paths;
    uint64_t paths_id; /* a digest of the paths; 0: none */
    bool tells_flow;
};

/* Reads a map as above. Slices are borrowed from the document and the arena. GH_BAD or GH_LIMIT: err->what says what, err->at where. */
GH_MUST_USE enum gh_rc gh_proof_map_read(struct gh_proof_map *out, struct gh_arena *a, const struct gh_json *j, gh_json_ref map,
    struct gh_err *err);
/* A preset by its name; GH_BAD: there is none of that name. "gatehouse" is the installation's own tokens. */
GH_MUST_USE enum gh_rc gh_proof_map_preset(struct gh_proof_map *out, struct gh_str name);

/* What a token proves by the map of its issuer: bits of GH_PROOF_LIST. MFA follows also from methods that together are multifactor. */
uint64_t gh_proofs_of(const struct gh_claims *c, const struct gh_snap_rec *issuer);

/* ---- authentication strengths: sets of methods, each enough ---- */

struct gh_strength {
    const char *id, *name;
    const char *combinations; /* "fido2|password,sms": as Graph writes allowedCombinations */
};
/* The three that Graph has built in: multifactor, passwordless, phishing-resistant. Ends with an id NULL. */
extern const struct gh_strength gh_strengths[];

/* "password,sms" -> its bits; 0: not a combination of methods. */
uint64_t gh_strength_combination(struct gh_str s);
/* Whether `proofs` holds all of any combination of a list "fido2|password,sms". MFA of no known method counts as federatedMultiFactor. */
bool gh_strength_reached(uint64_t proofs, const char *combinations);
bool gh_strength_has(uint64_t proofs, uint64_t combination);

#endif
