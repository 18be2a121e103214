/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/snapshot: the compiled policy that control publishes and the edge enforces: an immutable file of sections, each a hash
 * table from a key to a record of typed fields. Offsets instead of pointers, so it is used where it is mapped.
 *
 * A generation is a base and a small overlay. A look-up asks the overlay first; a row there replaces the base's row with the same key,
 * a tombstone removes it. The same container, with sections of its own, carries the credential file that vault writes.
 *
 * Adding a section is adding a row to GH_SNAP_SECTION_LIST and its fields to the table in snapshot_schema.c; reader, writer, verifier
 * and `gatehouse snapshot show` follow from that table.
 *
 * Trust: a file is believed only after gh_snap_verify: magic, version, installation id, action table, SHA-256 of every section, and
 * every offset against the mapped length. After that look-ups check nothing and cannot fail for a reason of the file.
 */
#ifndef GH_POLICY_SNAPSHOT_H
#define GH_POLICY_SNAPSHOT_H

#include "base/buf.h"
#include "base/crypto.h"
#include "policy/scope_set.h"

/*
 * Fields, in the order of their numbers:
 *   U64   number            STR   bytes           LIST  run of STR           RECS  run of rows of another section's schema
 * Keys are built with gh_snap_key: parts joined by one NUL byte.
 */
enum gh_snap_type { GH_SNAP_U64, GH_SNAP_STR, GH_SNAP_LIST, GH_SNAP_RECS };

/* X(name, key)                                                                                            */
#define GH_SNAP_SECTION_LIST(X)                                                                              \
    X(INSTALLATION, "\"installation\"")                                                                      \
    X(WORKSPACE, "ws")                                                                                       \
    X(ENDPOINT, "ws, ep")                                                                                    \
    X(DEPLOYMENT, "ws, ep, dep")                                                                             \
    X(BACKEND, "ws, backend")                                                                                \
    X(LISTENER, "name")                                                                                      \
    X(ISSUER, "iss")                                                                                         \
    X(ISSUER_KEY, "iss, kid")                                                                                \
    X(API_KEY, "id")                                                                                         \
    X(IDENTITY, "principal")                                                                                 \
    X(MEMBERSHIP, "principal")                                                                               \
    X(ASSIGNMENT, "principal")                                                                               \
    X(ROLE, "role id")                                                                                       \
    X(REVOKED, "iss, jti")                                                                                   \
    X(GRANT, "row of ASSIGNMENT.grants, never looked up")                                                    \
    X(POOL, "row of DEPLOYMENT.pool, never looked up")                                                       \
    X(TRAFFIC, "row of ENDPOINT.traffic, never looked up")                                                   \
    X(CREDENTIAL, "ws, backend, secret version; credential file alone")                                      \
    X(TEXT_KEY, "ws, or \"/\"; credential file alone: key for keyed hashes of texts")                                   \
    X(CONNECTION, "row of ENDPOINT.connections, never looked up")                                             \
    X(BOUND_KEY, "\"installation\"; credential file alone: key of bound ids")                               \
    X(RISK, "principal")                                                                                      \
    X(PROOF, "row of ISSUER.proofs, never looked up")                                                         \
    X(ELIGIBLE, "principal")                                                                                  \
    X(ROLE_PART, "row of ROLE.parts, never looked up")                                                       \
    X(DENY, "principal, \"*\": everyone, \"?\": whatever names a group")                                      \
    X(DENIAL, "row of DENY.denials, never looked up")                                                              \
    X(COND, "\"all\"")                                                                                        \
    X(COND_POLICY, "row of COND.policies, never looked up")                                                   \
    X(COND_PLACE, "row of COND.places, never looked up")

enum gh_snap_section {
    GH_SNAP_NONE = 0,
#define GH_SNAP_ENUM(name, key) GH_SNAP_##name,
    GH_SNAP_SECTION_LIST(GH_SNAP_ENUM)
#undef GH_SNAP_ENUM
    GH_SNAP_SECTION_COUNT
};

/* Field numbers of each section; types and names stand beside them in snapshot_schema.c. */
enum { GH_INSTALLATION_ID, GH_INSTALLATION_ISSUER, GH_INSTALLATION_AUDIENCE, GH_INSTALLATION_MAX_AGE_MS, GH_INSTALLATION_SPOOL_MAX_BYTES,
       GH_INSTALLATION_N };
enum { GH_WORKSPACE_KEYS_ALLOWED, GH_WORKSPACE_N };
enum { GH_ENDPOINT_ENABLED, GH_ENDPOINT_AUDIENCES /* LIST; empty: the installation's own */, GH_ENDPOINT_KEYS_ALLOWED, GH_ENDPOINT_TOKENS_ALLOWED,
       GH_ENDPOINT_MAX_BODY_BYTES, GH_ENDPOINT_DEPLOYMENTS /* LIST of names */,
       GH_ENDPOINT_TRAFFIC /* RECS of TRAFFIC; empty: none is split */,
       /* network.h: */ GH_ENDPOINT_IS_PUBLIC, GH_ENDPOINT_LISTENERS /* LIST of names; empty: every public one */,
       GH_ENDPOINT_IP_RANGES /* ranges.h; empty: any */, GH_ENDPOINT_CONNECTIONS /* RECS of CONNECTION: the approved ones */,
       /* guard.h: */ GH_ENDPOINT_FUNCTIONS_LISTED /* 0: callers may declare any function */, GH_ENDPOINT_FUNCTIONS /* LIST */,
       GH_ENDPOINT_HOSTED_TOOLS /* LIST of types that the provider may run */, GH_ENDPOINT_INSTRUCTIONS /* the endpoint's own; empty: none */,
       GH_ENDPOINT_INSTRUCTIONS_VERSION, GH_ENDPOINT_INSTRUCTIONS_SHA256, GH_ENDPOINT_CALLER_INSTRUCTIONS /* 1: callers may give theirs too */,
       GH_ENDPOINT_MAX_CHOICES, GH_ENDPOINT_MAX_OUTPUT_TOKENS /* 0: none */, GH_ENDPOINT_BACKGROUND /* 1: allowed */,
       GH_ENDPOINT_STORED /* 1: allowed */, GH_ENDPOINT_END_USER /* enum gh_end_user_rule */,
       /* observe.h: */ GH_ENDPOINT_OBSERVE_UNTIL_MS /* 0: never */, GH_ENDPOINT_OBSERVE_CONTROLS /* a bit per enum gh_observe */,
       /* shield_policy.h: */ GH_ENDPOINT_SHIELD, GH_ENDPOINT_SHIELD_THRESHOLDS,
       /* dlp_policy.h: */ GH_ENDPOINT_DLP_INPUT, GH_ENDPOINT_DLP_OUTPUT, GH_ENDPOINT_DLP_HOSTS /* LIST: links may lead there */,
       GH_ENDPOINT_DLP_TERMS /* LIST: what it blocks */, GH_ENDPOINT_DLP_CANARY,
       GH_ENDPOINT_CONTEXT /* conditional.h: authentication context that it asks for; empty: none */,
       GH_ENDPOINT_N };
enum { GH_DEPLOYMENT_MODEL, GH_DEPLOYMENT_BACKEND /* name */, GH_DEPLOYMENT_POOL /* RECS of POOL; empty: the one named before alone */,
       GH_DEPLOYMENT_RETRY_ON /* bits of policy/pool.h */, GH_DEPLOYMENT_N };
enum { GH_POOL_BACKEND /* name */, GH_POOL_MODEL, GH_POOL_PRIORITY, GH_POOL_WEIGHT, GH_POOL_N };
enum { GH_TRAFFIC_DEPLOYMENT /* name */, GH_TRAFFIC_PERCENT, GH_TRAFFIC_N };
enum { GH_BACKEND_UPSTREAM /* "gh_" + 16 hex: name of the upstream block and location */, GH_BACKEND_IS_TLS, GH_BACKEND_HOST, GH_BACKEND_PORT,
       GH_BACKEND_BASE_PATH /* no final slash */, GH_BACKEND_ADDRESSES /* LIST "1.2.3.4:443" "[::1]:443", checked, no names */,
       GH_BACKEND_TLS_NAME, GH_BACKEND_CA_PEM /* empty: the system's */, GH_BACKEND_DIALECT /* "openai" | "azure" | "anthropic" | "scoring" */,
       GH_BACKEND_AUTH /* "none" | "bearer" | "api-key" | "x-api-key" */, GH_BACKEND_SECRET_VERSION, GH_BACKEND_TIMEOUT_MS, GH_BACKEND_API_VERSION,
       GH_BACKEND_PATH /* of a scoring backend, with {model}; empty: as the operation's own */,
       GH_BACKEND_OUTBOUND /* enum gh_outbound_why, policy/outbound.h: why there is no address */, GH_BACKEND_N };
enum { GH_LISTENER_ADDRESS, GH_LISTENER_PORT, GH_LISTENER_KIND /* enum gh_listener_kind, policy/network.h */, GH_LISTENER_IS_UNIX /* address and port mean nothing */,
       GH_LISTENER_PROXY_MODE /* enum gh_proxy_mode, policy/forwarded.h */, GH_LISTENER_PROXIES /* policy/ranges.h */,
       GH_LISTENER_CERTIFICATES /* enum gh_listener_certificates, policy/network.h */, GH_LISTENER_CLIENT_CA /* PEM */, GH_LISTENER_TLS_MIN /* 12 | 13 */, GH_LISTENER_DEVICE_PROOFS /* bits of enum gh_proof */,
       GH_LISTENER_N };
enum { GH_CONNECTION_ID /* path: the rule named in records */, GH_CONNECTION_KIND /* enum gh_connection_kind, policy/network.h */,
       GH_CONNECTION_LISTENER /* name; empty: any that serves endpoints */, GH_CONNECTION_PIN /* SHA-256 of the certificate */,
       GH_CONNECTION_RANGES /* policy/ranges.h */, GH_CONNECTION_N };
enum { GH_ISSUER_NAME /* of the resource: principals are "name:subject" */, GH_ISSUER_AUDIENCES /* LIST; empty: as the endpoint */,
       GH_ISSUER_SUBJECT_CLAIM /* "oid" | "sub" */, GH_ISSUER_KEYS_UNTIL_MS /* after this its keys are too old to be believed */,
       GH_ISSUER_TENANTS /* LIST; empty: any */,
       /* proof.h: */ GH_ISSUER_PATHS /* LIST of claims beside acr, amr, acrs */, GH_ISSUER_PATHS_ID /* names that list; 0: it is empty */,
       GH_ISSUER_PROOFS /* RECS of PROOF */, GH_ISSUER_TELLS_FLOW /* 1: a token that names no transfer of authentication had none */,
       GH_ISSUER_N };
enum { GH_PROOF_CLAIM /* enum gh_proof_claim, from GH_PROOF_CLAIM_PATH on a number of PATHS */, GH_PROOF_VALUE, GH_PROOF_MEANS /* bits of enum gh_proof */,
       GH_PROOF_N };
enum { GH_ISSUER_KEY_ALG /* RFC 7518 name or empty */, GH_ISSUER_KEY_SPKI, GH_ISSUER_KEY_DIGEST /* SHA-256(iss NUL kid NUL spki) */,
       GH_ISSUER_KEY_N };
enum { GH_API_KEY_SHA256, GH_API_KEY_PRINCIPAL, GH_API_KEY_SCOPE /* endpoint or workspace path */, GH_API_KEY_EXPIRES_MS, GH_API_KEY_N };
enum { GH_IDENTITY_PATH /* "/identities/x" */, GH_IDENTITY_FLAGS /* bits below */, GH_IDENTITY_KIND /* "user" | "servicePrincipal" | "managedIdentity" */,
       GH_IDENTITY_VALID_FROM_MS /* tokens issued before are void */, GH_IDENTITY_ATTRIBUTES /* LIST: name, value, name, value, ...: what conditions ask */,
       GH_IDENTITY_ALIAS /* "issuer:subject" */, GH_IDENTITY_N };
enum { GH_IDENTITY_FLAG_ENABLED = 1, GH_IDENTITY_FLAG_EMERGENCY = 2 /* its use is an alert */ };
enum { GH_MEMBERSHIP_GROUPS /* LIST of "/groups/g", all levels */, GH_MEMBERSHIP_IS_CUT /* 1: there are more than are kept */, GH_MEMBERSHIP_N };
enum { GH_ASSIGNMENT_GRANTS /* RECS of GRANT */, GH_ASSIGNMENT_SCOPES /* where the grants stand: gh_snap_put makes it */,
       GH_ASSIGNMENT_N = GH_ASSIGNMENT_SCOPES + GH_SCOPE_SET_WORDS };
enum { GH_ROLE_NAME, GH_ROLE_BITS /* STR: GH_ACTIONS_MAX / 8 bytes: what it allows without a condition */, GH_ROLE_PARTS /* RECS of ROLE_PART: what more, on a condition */,
       GH_ROLE_N };
enum { GH_ROLE_PART_BITS, GH_ROLE_PART_CONDITION /* program, policy/condition.h */, GH_ROLE_PART_N };
enum { GH_DENY_DENIALS /* RECS of DENIAL */, GH_DENY_SCOPES /* where the denials stand: gh_snap_put makes it */, GH_DENY_N = GH_DENY_SCOPES + GH_SCOPE_SET_WORDS };
enum { GH_DENIAL_ID /* "/denyAssignments/x": the rule named in decisions */, GH_DENIAL_SCOPE, GH_DENIAL_IS_HERE /* 1: at the scope itself alone */, GH_DENIAL_BITS,
       GH_DENIAL_CONDITION /* program; empty: always */,
       GH_DENIAL_ENTRY_CONDITION /* another, of the entry: both count */, GH_DENIAL_EXCLUDED /* LIST of principals whom it spares */, GH_DENIAL_N };
enum { GH_REVOKED_UNTIL_MS, GH_REVOKED_N };
enum { GH_ELIGIBLE_ID /* "/roleEligibilities/x" or "/rolePolicies/x": why the principal is known at the doors, policy/standing.h */, GH_ELIGIBLE_N };
enum { GH_RISK_LEVEL /* enum gh_risk, policy/risk.h */, GH_RISK_REASON /* a word of control's table */, GH_RISK_SINCE_MS,
       GH_RISK_UNTIL_MS /* from here on it counts as one level less, and so on down, one GH_RISK_STEP_MS each */, GH_RISK_STEP_MS, GH_RISK_N };
enum { GH_GRANT_ID /* "/roleAssignments/x": the rule named in decisions */, GH_GRANT_SCOPE, GH_GRANT_ROLE, GH_GRANT_START_MS, GH_GRANT_END_MS /* 0: none */,
       GH_GRANT_CONDITION /* program, policy/condition.h; empty: always */, GH_GRANT_N };
enum { GH_CREDENTIAL_HEADER /* "authorization" | "api-key" | "x-api-key" */, GH_CREDENTIAL_VALUE /* the whole value of that header: "Bearer SECRET", or the secret */,
       GH_CREDENTIAL_HOSTS /* LIST "host:port" */, GH_CREDENTIAL_N };
enum { GH_TEXT_KEY_VALUE, GH_TEXT_KEY_DAY, GH_TEXT_KEY_N };
enum { GH_BOUND_KEY_VALUE /* wire/bound_id.h; the same for as long as the master key is */, GH_BOUND_KEY_N };

/* conditional.h: all policies in one row, so that a request walks them without looking for them. */
enum { GH_COND_POLICIES /* RECS of COND_POLICY: those that are not disabled */, GH_COND_PLACES /* RECS of COND_PLACE */,
       GH_COND_HAS_COUNTRIES /* 1: some place is a country */,
       GH_COND_OPEN, GH_COND_NAMED, GH_COND_SETS /* which policies could be for whom: gh_snap_put makes them, conditional_index.c */, GH_COND_N };
enum { GH_COND_PLACE_ID, GH_COND_PLACE_IS_TRUSTED, GH_COND_PLACE_RANGES /* ranges.h */, GH_COND_PLACE_COUNTRIES /* pairs of letters, sorted */,
       GH_COND_PLACE_UNKNOWN /* 1: also where the database knows no country */, GH_COND_PLACE_N };
enum { GH_COND_POLICY_ID, GH_COND_POLICY_NAME, GH_COND_POLICY_STATE /* enum gh_cond_state */, GH_COND_POLICY_FLAGS /* bits GH_COND_HAS_*; targets << 32; excluded targets << 40 */,
       GH_COND_POLICY_USERS /* LIST of principals */, GH_COND_POLICY_NOT_USERS, GH_COND_POLICY_ROLES /* LIST of role ids */, GH_COND_POLICY_NOT_ROLES,
       GH_COND_POLICY_WORKLOADS /* LIST of principals */, GH_COND_POLICY_NOT_WORKLOADS,
       GH_COND_POLICY_PATHS /* LIST */, GH_COND_POLICY_NOT_PATHS,
       GH_COND_POLICY_CONTEXTS /* LIST */, GH_COND_POLICY_CLIENTS /* bits; 0: all */, GH_COND_POLICY_PLATFORMS /* bits */, GH_COND_POLICY_NOT_PLATFORMS,
       GH_COND_POLICY_PLACES /* a bit for each row of PLACES */, GH_COND_POLICY_NOT_PLACES, GH_COND_POLICY_FILTER /* LIST: a device filter, conditional_filter.h */,
       GH_COND_POLICY_RISKS /* a bit per enum gh_risk: of users; of sign-ins << 8; of workloads << 16 */, GH_COND_POLICY_TIMES /* LIST of windows */,
       GH_COND_POLICY_NOT_TIMES, GH_COND_POLICY_FLOWS /* bits of enum gh_proof */, GH_COND_POLICY_GRANTS /* bits of enum gh_proof that are asked for */,
       GH_COND_POLICY_STRENGTH /* le64 combinations, each enough */, GH_COND_POLICY_MAX_AGE_S /* signInFrequency; 0: none */, GH_COND_POLICY_N };

/* Keys of DENY beside principals: what is denied to everyone, and everything that is denied to any group. */
#define GH_DENY_EVERYONE "*"
#define GH_DENY_ANY_GROUP "?"

#define GH_SNAP_FIELDS_MAX 48

struct gh_snap_field {
    enum gh_snap_type type;
    const char *name;
    enum gh_snap_section of; /* RECS: whose schema */
};
struct gh_snap_schema {
    const char *name;
    const struct gh_snap_field *fields;
    size_t n_fields;
    bool is_inner;      /* rows belong to rows of another section: no key, no look-up */
    bool is_credential; /* stands in credential files, and nothing else does          */
};
extern const struct gh_snap_schema gh_snap_schemas[GH_SNAP_SECTION_COUNT];

/* ---- reading ---- */

struct gh_snap_file; /* a verified file; lives in the arena given to gh_snap_verify, borrows the bytes */

struct gh_snap_meta {
    uint8_t installation[16];
    uint64_t generation;
    uint64_t base_generation; /* of an overlay: the base it belongs to; of a base: its own generation */
    int64_t made_ms;
    bool is_overlay;
    bool is_credentials;
};

/*
 * Believes `bytes` (which must stay mapped as long as *out is used) or says why not. `installation` NULL: any.
 * GH_BAD damaged; GH_LIMIT too large; GH_DOWN another installation or another action table.
 */
GH_MUST_USE enum gh_rc gh_snap_verify(struct gh_snap_file **out, struct gh_arena *a, struct gh_str bytes, const uint8_t *installation,
    struct gh_err *err);
const struct gh_snap_meta *gh_snap_file_meta(const struct gh_snap_file *f);

struct gh_snap {
    const struct gh_snap_file *base;
    const struct gh_snap_file *overlay; /* NULL: none */
};

/* A base and its overlay (or NULL). GH_BAD unless they belong together: one installation, the overlay made for this base. */
GH_MUST_USE enum gh_rc gh_snap_join(struct gh_snap *out, const struct gh_snap_file *base, const struct gh_snap_file *overlay);

struct gh_snap_rec {
    const struct gh_snap_file *file;
    const uint8_t *row; /* NULL: nothing */
    enum gh_snap_section section;
};

/* Longest key: an issuer's URL and a token's id. A longer one is not found. */
#define GH_SNAP_KEY_BYTES_MAX 1536

/* Key of several parts, appended to `out`, whose sticky error becomes GH_BAD if a part holds NUL. */
void gh_snap_key(struct gh_buf *out, const struct gh_str *parts, size_t n);

/* Whether there is anything in a section: spares what would look for one key after the other. */
bool gh_snap_has_rows(const struct gh_snap *s, enum gh_snap_section section);
bool gh_snap_find(struct gh_snap_rec *out, const struct gh_snap *s, enum gh_snap_section section, struct gh_str key);
/* Of a section whose rows all have one key, so that there is one. */
bool gh_snap_find_only(struct gh_snap_rec *out, const struct gh_snap *s, enum gh_snap_section section);
/* The same with the key given in parts. A part that holds NUL is not found. */
bool gh_snap_find_v(struct gh_snap_rec *out, const struct gh_snap *s, enum gh_snap_section section, const struct gh_str *parts, size_t n);

/*
 * Of many keys, of which most have nothing to say, those whose row could matter: rows of ASSIGNMENT and DENY tell at which scopes they say
 * something (scope_set.h). What is left is looked up by gh_snap_find; what is not has no row, or one without a scope that `asks` asks for.
 * Reads as little as can be of a file that is larger than any cache, and that for all keys at once.
 */
#define GH_SNAP_SIFT_MAX 16 /* keys of a call: more than nearly every caller stands for */
/* Hashes of keys in the base; `section` is where they will be looked for first. */
void gh_snap_hashes(uint64_t *out, const struct gh_snap *s, enum gh_snap_section section, const struct gh_str *keys, size_t n);
/* gh_snap_find with a hash that the former gave. */
bool gh_snap_find_hashed(struct gh_snap_rec *out, const struct gh_snap *s, enum gh_snap_section section, struct gh_str key, uint64_t hash);
/* Their numbers in rising order, at most n; how many they are. */
size_t gh_snap_sift(uint8_t *out, const struct gh_snap *s, enum gh_snap_section section, const struct gh_str *keys, const uint64_t *hashes,
    size_t n, const struct gh_scope_asks *asks);

uint64_t gh_snap_u64(const struct gh_snap_rec *r, unsigned field);
struct gh_str gh_snap_str(const struct gh_snap_rec *r, unsigned field);
size_t gh_snap_count(const struct gh_snap_rec *r, unsigned field);                    /* LIST or RECS */
struct gh_str gh_snap_item(const struct gh_snap_rec *r, unsigned field, size_t i);    /* LIST         */
struct gh_snap_rec gh_snap_row(const struct gh_snap_rec *r, unsigned field, size_t i); /* RECS         */

/* Whether two rows of one section say the same, wherever they stand: what they hold is compared, not where it lies. */
bool gh_snap_is_same(const struct gh_snap_rec *a, const struct gh_snap_rec *b);

/* Every live row of a section (overlay applied), in no particular order: *it starts at 0. False at the end. `key` may be NULL. */
bool gh_snap_each(struct gh_snap_rec *out, struct gh_str *key, size_t *it, const struct gh_snap *s, enum gh_snap_section section);

/* ---- writing (control, vault) ---- */

struct gh_snap_value { /* one field */
    uint64_t u64;
    struct gh_str str;
    const struct gh_str *list; /* LIST: n items; RECS: n * n_fields values below */
    const struct gh_snap_value *recs;
    size_t n;
};

struct gh_snap_writer;

GH_MUST_USE enum gh_rc gh_snap_writer_new(struct gh_snap_writer **out, struct gh_arena *a, const struct gh_snap_meta *meta);
/* Everything is copied. `values` has one entry for each field of the schema; NULL: a tombstone (overlay only). A key given twice, empty or
 * too long, a section that is not for this kind of file: GH_BAD. After a failure the writer is of no use. */
GH_MUST_USE enum gh_rc gh_snap_put(struct gh_snap_writer *w, enum gh_snap_section section, struct gh_str key, const struct gh_snap_value *values);
/* The finished file, in the arena. */
GH_MUST_USE enum gh_rc gh_snap_finish(struct gh_str *out, struct gh_snap_writer *w);

/* ---- `current`: which files are in force, and control's heartbeat. A file of this fixed size, renamed in at least once a second ---- */

#define GH_SNAP_CURRENT_BYTES 128
struct gh_snap_current {
    uint8_t installation[16];
    uint64_t base_generation;    /* "base-%016llx.snap"                   */
    uint64_t overlay_generation; /* "overlay-%016llx.snap"; 0: no overlay */
    uint64_t credentials_generation; /* "credentials-%016llx.snap" in the credential directory; 0: none */
    int64_t now_ms;              /* control's clock                       */
};
void gh_snap_current_put(uint8_t out[GH_SNAP_CURRENT_BYTES], const struct gh_snap_current *c);
GH_MUST_USE enum gh_rc gh_snap_current_read(struct gh_snap_current *out, struct gh_str bytes); /* magic and CRC-32C */

#endif
