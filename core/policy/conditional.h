/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/conditional: under which conditions may a caller do what his roles allow? The policies are Microsoft Graph's conditionalAccessPolicy
 * (read by conditional_read.h, compiled into one row of the snapshot), and so are their semantics:
 *
 *   1. A policy applies if every condition that it has matches. In a condition any of the include list is enough, any of the exclude list
 *      takes the policy away.
 *   2. All policies that apply must be satisfied.
 *   3. `block` denies at once.
 *   4. OR: one control is enough. AND: all are needed. An authentication strength is a set of methods, one combination of which was used.
 *   5. What is asked for first: MFA, compliant device, joined device.
 *   6. Session controls of all that apply hold together, the strictest counts.
 *   7. A policy in report-only state is judged and recorded, and never denies.
 *   8. Workloads (applications by themselves, managed identities, API keys) match only policies with clientApplications, which can only block.
 *   9. How a session began (device code, transfer) stays with it.
 *
 * What is not known counts against the caller: an unknown value matches what a policy includes and not what it excludes, and satisfies no
 * control. A caller of whom nobody knows whether he is a person or a program is both.
 *
 * What "applications" are here:
 *     All                        every call
 *     MicrosoftAdminPortals      management: /api, and the doors in ARM's and Graph's shapes
 *     797f4846-ba00-4fd7-ba43-dac1f8f63013 (Windows Azure Service Management API)   /api and the ARM door
 *     00000003-0000-0000-c000-000000000000 (Microsoft Graph)                        the Graph door
 *     7d312290-28c8-473c-a0ed-8e53749b6d6d (Azure Cognitive Services)               calls to endpoints
 *     /workspaces/w, /workspaces/w/endpoints/e                                      calls, of whatever kind, to what lies there or below
 *
 * Pure. Platform and client kind come from headers that a client chooses: never the only gate.
 */
#ifndef GH_POLICY_CONDITIONAL_H
#define GH_POLICY_CONDITIONAL_H

#include "policy/identify.h"
#include "policy/proof.h"
#include "policy/risk.h"

enum gh_cond_state { GH_COND_DISABLED = 0, GH_COND_ENABLED, GH_COND_REPORTING };

enum gh_cond_target { GH_COND_MODELS = 1, GH_COND_MANAGEMENT = 2, GH_COND_ARM = 4, GH_COND_GRAPH = 8, GH_COND_ALL = 0xff };

/* X(name, "as in clientAppTypes"). The last three are never what a call here is. */
#define GH_COND_CLIENT_LIST(X)                                                        \
    X(BROWSER, "browser") X(NATIVE, "mobileAppsAndDesktopClients")                    \
    X(ACTIVE_SYNC, "exchangeActiveSync") X(EAS, "easSupported") X(OTHER, "other")
/* X(name, "as in platforms") */
#define GH_COND_PLATFORM_LIST(X)                                                      \
    X(ANDROID, "android") X(IOS, "iOS") X(WINDOWS, "windows")                         \
    X(WINDOWS_PHONE, "windowsPhone") X(MACOS, "macOS") X(LINUX, "linux")
#define GH_COND_ENUM_CLIENT(name, word) GH_COND_CLIENT_##name,
#define GH_COND_ENUM_PLATFORM(name, word) GH_COND_PLATFORM_##name,
enum gh_cond_client { GH_COND_CLIENT_UNKNOWN = 0, GH_COND_CLIENT_LIST(GH_COND_ENUM_CLIENT) GH_COND_CLIENT_COUNT };
enum gh_cond_platform { GH_COND_PLATFORM_UNKNOWN = 0, GH_COND_PLATFORM_LIST(GH_COND_ENUM_PLATFORM) GH_COND_PLATFORM_COUNT };
#undef GH_COND_ENUM_CLIENT
#undef GH_COND_ENUM_PLATFORM
extern const char *const gh_cond_client_words[GH_COND_CLIENT_COUNT];
extern const char *const gh_cond_platform_words[GH_COND_PLATFORM_COUNT];

/* Flags of a compiled policy. */
enum {
    GH_COND_HAS_USERS = 1 << 0,     /* it is for people: users, groups, roles      */
    GH_COND_HAS_ALL_USERS = 1 << 1,
    GH_COND_HAS_GROUPS = 1 << 2,    /* among what USERS includes                    */
    GH_COND_HAS_WORKLOADS = 1 << 3, /* it is for workloads                          */
    GH_COND_HAS_ALL_WORKLOADS = 1 << 4,
    GH_COND_HAS_PATHS = 1 << 5,     /* applications by path                         */
    GH_COND_HAS_ROLES = 1 << 6,
    /* conditions beside who and what, in the order in which they are asked (conditional.c) */
    GH_COND_HAS_CONTEXTS = 1 << 8,
    GH_COND_HAS_CLIENTS = 1 << 9,
    GH_COND_HAS_PLATFORMS = 1 << 10,
    GH_COND_HAS_FLOWS = 1 << 11,
    GH_COND_HAS_TIMES = 1 << 12,
    GH_COND_HAS_USER_RISKS = 1 << 13,
    GH_COND_HAS_SIGN_IN_RISKS = 1 << 14,
    GH_COND_HAS_WORKLOAD_RISKS = 1 << 15,
    GH_COND_HAS_PLACES = 1 << 16,
    GH_COND_HAS_FILTER = 1 << 17,
    GH_COND_MORE_AT = 8,
    GH_COND_MORE_N = 10,
    GH_COND_HAS_MORE = ((1 << GH_COND_MORE_N) - 1) << GH_COND_MORE_AT,
    /* how these are meant, and what follows */
    GH_COND_HAS_ALL_PLACES = 1 << 20,
    GH_COND_HAS_ALL_PLATFORMS = 1 << 21,
    GH_COND_HAS_FILTER_OUT = 1 << 22, /* the filter excludes                        */
    GH_COND_HAS_BLOCK = 1 << 24,
    GH_COND_HAS_OR = 1 << 25,
    GH_COND_HAS_REPORT = 1 << 26,   /* it only reports                              */
    GH_COND_TARGETS_AT = 32,        /* bits from here on: enum gh_cond_target, included ... */
    GH_COND_NOT_TARGETS_AT = 40     /* ... and excluded                             */
};

#define GH_COND_CERTIFICATE "certificate:" /* a device that is known by the key of its certificate */

/* Whether the country of an address is known. NO_ANSWER: no database, a damaged one, or no address. */
enum gh_cond_country { GH_COND_COUNTRY_NO_ANSWER = 0, GH_COND_COUNTRY_NONE, GH_COND_COUNTRY_KNOWN };

struct gh_cond_call {
    const struct gh_snap *snap;
    const struct gh_caller *caller;
    int64_t now_ms;              /* of a running stream that is asked again: now                      */
    int64_t begun_ms;            /* and when it began, as a sign-in was new enough then; 0: at now_ms */
    unsigned target;             /* enum gh_cond_target: one bit                                    */
    struct gh_str path;          /* the resource                                                     */
    struct gh_str context;       /* authentication context that is asked for, "c1"; empty: none      */
    bool has_ip;                 /* the peer's, or what a named proxy told                            */
    uint8_t ip[16];
    enum gh_cond_country country_is;
    char country[2];             /* ISO 3166-1 alpha-2, upper case                                   */
    uint64_t device_proofs;      /* bits of enum gh_proof that a certificate on the connection proves */
    struct gh_str device;        /* "certificate:HEX": SHA-256 of that certificate's key; empty: none */
    bool is_known_not_compliant; /* of the device; else what is not proved is unknown                */
    struct gh_str trust_type;    /* of the device: "AzureAD", "ServerAD", "Workplace"; empty: as the proofs say */
    enum gh_cond_client client;
    enum gh_cond_platform platform;
    bool is_risk_told;           /* the levels below count, not those of the snapshot (what if)      */
    enum gh_risk user_risk, sign_in_risk;
};

/* X(name, "as Graph's appliedConditionalAccessPolicy.result has it") */
#define GH_COND_RESULT_LIST(X)                                                                              \
    X(NOT_APPLIED, "notApplied") X(NOT_ENABLED, "notEnabled") X(SUCCESS, "success") X(FAILURE, "failure")   \
    X(REPORT_NOT_APPLIED, "reportOnlyNotApplied") X(REPORT_SUCCESS, "reportOnlySuccess")                    \
    X(REPORT_FAILURE, "reportOnlyFailure") X(REPORT_INTERRUPTED, "reportOnlyInterrupted")
/* Why a policy did not apply. X(name, "as Graph's whatIfAnalysisReasons has it") */
#define GH_COND_WHY_LIST(X)                                                                                 \
    X(NOT_SET, "notSet") X(USERS, "users") X(WORKLOADS, "workloadIdentities") X(APPLICATION, "application") \
    X(CONTEXT, "authenticationContext") X(PLATFORM, "devicePlatform") X(DEVICES, "devices")                 \
    X(CLIENTS, "clientApps") X(LOCATION, "location") X(SIGN_IN_RISK, "signInRisk") X(USER_RISK, "userRisk") \
    X(FLOW, "authenticationFlow") X(TIME, "time") X(NOT_ENABLED, "policyNotEnabled")                        \
    X(WORKLOAD_RISK, "servicePrincipalRisk")
#define GH_COND_ENUM_RESULT(name, word) GH_COND_RESULT_##name,
#define GH_COND_ENUM_WHY(name, word) GH_COND_WHY_##name,
enum gh_cond_result { GH_COND_RESULT_LIST(GH_COND_ENUM_RESULT) GH_COND_RESULTS };
enum gh_cond_why { GH_COND_WHY_LIST(GH_COND_ENUM_WHY) GH_COND_WHYS };
#undef GH_COND_ENUM_RESULT
#undef GH_COND_ENUM_WHY
extern const char *const gh_cond_result_words[GH_COND_RESULTS];
extern const char *const gh_cond_why_words[GH_COND_WHYS];

/* One policy on one call. */
struct gh_cond_outcome {
    struct gh_str id, name;      /* borrowed from the snapshot                                       */
    enum gh_cond_result result;
    enum gh_cond_why why;        /* of NOT_APPLIED                                                   */
    uint64_t unmet;              /* bits of enum gh_proof that are still asked for; of a strength MFA */
    bool is_blocked;             /* by the control `block`                                           */
};

struct gh_cond_decision {
    enum gh_verdict verdict;
    struct gh_str policy;        /* id of the first that denied; borrowed from the snapshot          */
    const char *reason;          /* literal                                                          */
    uint64_t unmet;              /* bits of enum gh_proof: what would satisfy all that denied        */
    struct gh_str strength;      /* le64 combinations that one of them wants; empty: none            */
    int64_t max_age_s;           /* how long ago the sign-in may be at most, where it is too long ago; 0: it is not */
    bool is_blocked;             /* nothing that the caller does would help                          */
    struct gh_str emergency;     /* id of a policy that applies to everybody in his place but an emergency account; empty: none */
    size_t n_outcomes;           /* policies that apply, in or beyond the room given                  */
};

/* Decides. `outcomes` (NULL, or room for `max`) takes those that apply; with `want_all` the others too, as evaluate tells them. */
void gh_conditional(struct gh_cond_decision *out, const struct gh_cond_call *call, struct gh_cond_outcome *outcomes, size_t max, bool want_all);

/* Whether a policy in force blocks the caller from management at "/" whatever he does: wherever, whenever and however he signs in. */
bool gh_conditional_locks_out(const struct gh_snap *snap, const struct gh_caller *caller, int64_t now_ms);

/* Whether any policy is in force or reports; and whether any place is a country: spares the rest the asking. */
bool gh_conditional_has(const struct gh_snap *snap);
bool gh_conditional_has_countries(const struct gh_snap *snap);

/* What the caller would have to bring, or that nothing helps: a literal, for his eyes. */
const char *gh_conditional_needs(const struct gh_cond_decision *d);

/* What the edge alone sees, as one word for control (ipc/edge_header.h): country, client, platform, proofs of the device, its certificate. */
void gh_cond_evidence_put(struct gh_buf *out, const struct gh_cond_call *call);
GH_MUST_USE enum gh_rc gh_cond_evidence_read(struct gh_cond_call *out, struct gh_str word); /* fills these alone */

/*
 * What a client is told to bring: the JSON of a claims request (protocols.md 5.4), and the acr_values of RFC 9470 in `acr` (may stay empty), by
 * the words of the caller's issuer. False: no word of the issuer's map would prove what is unmet, so no token could help.
 */
bool gh_conditional_claims(struct gh_buf *claims, struct gh_buf *acr, const struct gh_cond_decision *d, const struct gh_caller *caller,
    int64_t now_ms);

/*
 * Parameters of a Bearer challenge for it, each behind a comma: error="insufficient_claims" and claims in base64, as clients of Azure take them, and beside them those of
 * RFC 9470. False: no token could help, or the client does not say that it can take a challenge (cp1): then the answer is 403.
 */
bool gh_conditional_challenge(struct gh_buf *out, struct gh_arena *a, const struct gh_cond_decision *d, const struct gh_caller *caller, int64_t now_ms);
/*
 * The same for a rule that is no policy of conditional access (control/rest/elevation.c): this value of acrs, or (empty) whatever means multifactor authentication by the
 * map of the caller's issuer. `why` is a literal for people.
 */
bool gh_conditional_challenge_for(struct gh_buf *out, struct gh_arena *a, struct gh_str context, const char *why, const struct gh_caller *caller);

#endif
