/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of each section, in the order of their numbers in snapshot.h: reader, writer and verifier know no other description. */
#include "policy/action.h"
#include "policy/snapshot_int.h"

// clang-format off
#define FIELD(section, field, type, name) [GH_##section##_##field] = {GH_SNAP_##type, name, GH_SNAP_NONE}
#define SCOPES(first)                                                                                        \
    [(first)] = {GH_SNAP_U64, "scopes_0", GH_SNAP_NONE}, [(first) + 1] = {GH_SNAP_U64, "scopes_1", GH_SNAP_NONE}, \
    [(first) + 2] = {GH_SNAP_U64, "scopes_2", GH_SNAP_NONE}, [(first) + 3] = {GH_SNAP_U64, "scopes_3", GH_SNAP_NONE}

static const struct gh_snap_field installation[GH_INSTALLATION_N] = {
    FIELD(INSTALLATION, ID, STR, "id"),
    FIELD(INSTALLATION, ISSUER, STR, "issuer"),
    FIELD(INSTALLATION, AUDIENCE, STR, "audience"),
    FIELD(INSTALLATION, MAX_AGE_MS, U64, "max_age_ms"),
    FIELD(INSTALLATION, SPOOL_MAX_BYTES, U64, "spool_max_bytes"),
};
static const struct gh_snap_field workspace[GH_WORKSPACE_N] = {
    FIELD(WORKSPACE, KEYS_ALLOWED, U64, "keys_allowed"),
};
static const struct gh_snap_field endpoint[GH_ENDPOINT_N] = {
    FIELD(ENDPOINT, ENABLED, U64, "enabled"),
    FIELD(ENDPOINT, AUDIENCES, LIST, "audiences"),
    FIELD(ENDPOINT, KEYS_ALLOWED, U64, "keys_allowed"),
    FIELD(ENDPOINT, TOKENS_ALLOWED, U64, "tokens_allowed"),
    FIELD(ENDPOINT, MAX_BODY_BYTES, U64, "max_body_bytes"),
    FIELD(ENDPOINT, DEPLOYMENTS, LIST, "deployments"),
    [GH_ENDPOINT_TRAFFIC] = {GH_SNAP_RECS, "traffic", GH_SNAP_TRAFFIC},
    FIELD(ENDPOINT, IS_PUBLIC, U64, "is_public"),
    FIELD(ENDPOINT, LISTENERS, LIST, "listeners"),
    FIELD(ENDPOINT, IP_RANGES, STR, "ip_ranges"),
    [GH_ENDPOINT_CONNECTIONS] = {GH_SNAP_RECS, "connections", GH_SNAP_CONNECTION},
    FIELD(ENDPOINT, FUNCTIONS_LISTED, U64, "functions_listed"),
    FIELD(ENDPOINT, FUNCTIONS, LIST, "functions"),
    FIELD(ENDPOINT, HOSTED_TOOLS, LIST, "hosted_tools"),
    FIELD(ENDPOINT, INSTRUCTIONS, STR, "instructions"),
    FIELD(ENDPOINT, INSTRUCTIONS_VERSION, STR, "instructions_version"),
    FIELD(ENDPOINT, INSTRUCTIONS_SHA256, STR, "instructions_sha256"),
    FIELD(ENDPOINT, CALLER_INSTRUCTIONS, U64, "caller_instructions"),
    FIELD(ENDPOINT, MAX_CHOICES, U64, "max_choices"),
    FIELD(ENDPOINT, MAX_OUTPUT_TOKENS, U64, "max_output_tokens"),
    FIELD(ENDPOINT, BACKGROUND, U64, "background"),
    FIELD(ENDPOINT, STORED, U64, "stored"),
    FIELD(ENDPOINT, END_USER, U64, "end_user"),
    FIELD(ENDPOINT, OBSERVE_UNTIL_MS, U64, "observe_until_ms"),
    FIELD(ENDPOINT, OBSERVE_CONTROLS, U64, "observe_controls"),
    FIELD(ENDPOINT, SHIELD, U64, "shield"),
    FIELD(ENDPOINT, SHIELD_THRESHOLDS, U64, "shield_thresholds"),
    FIELD(ENDPOINT, DLP_INPUT, U64, "dlp_input"),
    FIELD(ENDPOINT, DLP_OUTPUT, U64, "dlp_output"),
    FIELD(ENDPOINT, DLP_HOSTS, LIST, "dlp_hosts"),
    FIELD(ENDPOINT, DLP_TERMS, LIST, "dlp_terms"),
    FIELD(ENDPOINT, DLP_CANARY, STR, "dlp_canary"),
    FIELD(ENDPOINT, CONTEXT, STR, "authentication_context"),
};
static const struct gh_snap_field traffic[GH_TRAFFIC_N] = {
    FIELD(TRAFFIC, DEPLOYMENT, STR, "deployment"),
    FIELD(TRAFFIC, PERCENT, U64, "percent"),
};
static const struct gh_snap_field deployment[GH_DEPLOYMENT_N] = {
    FIELD(DEPLOYMENT, MODEL, STR, "model"),
    FIELD(DEPLOYMENT, BACKEND, STR, "backend"),
    [GH_DEPLOYMENT_POOL] = {GH_SNAP_RECS, "pool", GH_SNAP_POOL},
    FIELD(DEPLOYMENT, RETRY_ON, U64, "retry_on"),
};
static const struct gh_snap_field pool[GH_POOL_N] = {
    FIELD(POOL, BACKEND, STR, "backend"),
    FIELD(POOL, MODEL, STR, "model"),
    FIELD(POOL, PRIORITY, U64, "priority"),
    FIELD(POOL, WEIGHT, U64, "weight"),
};
static const struct gh_snap_field backend[GH_BACKEND_N] = {
    FIELD(BACKEND, UPSTREAM, STR, "upstream"),
    FIELD(BACKEND, IS_TLS, U64, "is_tls"),
    FIELD(BACKEND, HOST, STR, "host"),
    FIELD(BACKEND, PORT, U64, "port"),
    FIELD(BACKEND, BASE_PATH, STR, "base_path"),
    FIELD(BACKEND, ADDRESSES, LIST, "addresses"),
    FIELD(BACKEND, TLS_NAME, STR, "tls_name"),
    FIELD(BACKEND, CA_PEM, STR, "ca_pem"),
    FIELD(BACKEND, DIALECT, STR, "dialect"),
    FIELD(BACKEND, AUTH, STR, "auth"),
    FIELD(BACKEND, SECRET_VERSION, STR, "secret_version"),
    FIELD(BACKEND, TIMEOUT_MS, U64, "timeout_ms"),
    FIELD(BACKEND, API_VERSION, STR, "api_version"),
    FIELD(BACKEND, PATH, STR, "path"),
    FIELD(BACKEND, OUTBOUND, U64, "outbound"),
};
static const struct gh_snap_field listener[GH_LISTENER_N] = {
    FIELD(LISTENER, ADDRESS, STR, "address"),
    FIELD(LISTENER, PORT, U64, "port"),
    FIELD(LISTENER, KIND, U64, "kind"),
    FIELD(LISTENER, IS_UNIX, U64, "is_unix"),
    FIELD(LISTENER, PROXY_MODE, U64, "proxy_mode"),
    FIELD(LISTENER, PROXIES, STR, "proxies"),
    FIELD(LISTENER, CERTIFICATES, U64, "certificates"),
    FIELD(LISTENER, CLIENT_CA, STR, "client_ca"),
    FIELD(LISTENER, TLS_MIN, U64, "tls_min"),
    FIELD(LISTENER, DEVICE_PROOFS, U64, "device_proofs"),
};
static const struct gh_snap_field connection[GH_CONNECTION_N] = {
    FIELD(CONNECTION, ID, STR, "id"),
    FIELD(CONNECTION, KIND, U64, "kind"),
    FIELD(CONNECTION, LISTENER, STR, "listener"),
    FIELD(CONNECTION, PIN, STR, "pin"),
    FIELD(CONNECTION, RANGES, STR, "ranges"),
};
static const struct gh_snap_field issuer[GH_ISSUER_N] = {
    FIELD(ISSUER, NAME, STR, "name"),
    FIELD(ISSUER, AUDIENCES, LIST, "audiences"),
    FIELD(ISSUER, SUBJECT_CLAIM, STR, "subject_claim"),
    FIELD(ISSUER, KEYS_UNTIL_MS, U64, "keys_until_ms"),
    FIELD(ISSUER, TENANTS, LIST, "tenants"),
    FIELD(ISSUER, PATHS, LIST, "paths"),
    FIELD(ISSUER, PATHS_ID, U64, "paths_id"),
    [GH_ISSUER_PROOFS] = {GH_SNAP_RECS, "proofs", GH_SNAP_PROOF},
    FIELD(ISSUER, TELLS_FLOW, U64, "tells_flow"),
};
static const struct gh_snap_field proof[GH_PROOF_N] = {
    FIELD(PROOF, CLAIM, U64, "claim"),
    FIELD(PROOF, VALUE, STR, "value"),
    FIELD(PROOF, MEANS, U64, "means"),
};
static const struct gh_snap_field issuer_key[GH_ISSUER_KEY_N] = {
    FIELD(ISSUER_KEY, ALG, STR, "alg"),
    FIELD(ISSUER_KEY, SPKI, STR, "spki"),
    FIELD(ISSUER_KEY, DIGEST, STR, "digest"),
};
static const struct gh_snap_field api_key[GH_API_KEY_N] = {
    FIELD(API_KEY, SHA256, STR, "sha256"),
    FIELD(API_KEY, PRINCIPAL, STR, "principal"),
    FIELD(API_KEY, SCOPE, STR, "scope"),
    FIELD(API_KEY, EXPIRES_MS, U64, "expires_ms"),
};
static const struct gh_snap_field identity[GH_IDENTITY_N] = {
    FIELD(IDENTITY, PATH, STR, "path"),
    FIELD(IDENTITY, FLAGS, U64, "flags"),
    FIELD(IDENTITY, KIND, STR, "kind"),
    FIELD(IDENTITY, VALID_FROM_MS, U64, "valid_from_ms"),
    FIELD(IDENTITY, ATTRIBUTES, LIST, "attributes"),
    FIELD(IDENTITY, ALIAS, STR, "alias"),
};
static const struct gh_snap_field membership[GH_MEMBERSHIP_N] = {
    FIELD(MEMBERSHIP, GROUPS, LIST, "groups"),
    FIELD(MEMBERSHIP, IS_CUT, U64, "is_cut"),
};
static const struct gh_snap_field assignment[GH_ASSIGNMENT_N] = {
    [GH_ASSIGNMENT_GRANTS] = {GH_SNAP_RECS, "grants", GH_SNAP_GRANT},
    SCOPES(GH_ASSIGNMENT_SCOPES),
};
static const struct gh_snap_field role[GH_ROLE_N] = {
    FIELD(ROLE, NAME, STR, "name"),
    FIELD(ROLE, BITS, STR, "bits"),
    [GH_ROLE_PARTS] = {GH_SNAP_RECS, "parts", GH_SNAP_ROLE_PART},
};
static const struct gh_snap_field role_part[GH_ROLE_PART_N] = {
    FIELD(ROLE_PART, BITS, STR, "bits"),
    FIELD(ROLE_PART, CONDITION, STR, "condition"),
};
static const struct gh_snap_field deny[GH_DENY_N] = {
    [GH_DENY_DENIALS] = {GH_SNAP_RECS, "denials", GH_SNAP_DENIAL},
    SCOPES(GH_DENY_SCOPES),
};
static const struct gh_snap_field denial[GH_DENIAL_N] = {
    FIELD(DENIAL, ID, STR, "id"),
    FIELD(DENIAL, SCOPE, STR, "scope"),
    FIELD(DENIAL, IS_HERE, U64, "is_here"),
    FIELD(DENIAL, BITS, STR, "bits"),
    FIELD(DENIAL, CONDITION, STR, "condition"),
    FIELD(DENIAL, ENTRY_CONDITION, STR, "entry_condition"),
    FIELD(DENIAL, EXCLUDED, LIST, "excluded"),
};
static const struct gh_snap_field revoked[GH_REVOKED_N] = {
    FIELD(REVOKED, UNTIL_MS, U64, "until_ms"),
};
static const struct gh_snap_field eligible[GH_ELIGIBLE_N] = {[GH_ELIGIBLE_ID] = {GH_SNAP_STR, "id", GH_SNAP_NONE}};
static const struct gh_snap_field risk[GH_RISK_N] = {
    FIELD(RISK, LEVEL, U64, "level"),
    FIELD(RISK, REASON, STR, "reason"),
    FIELD(RISK, SINCE_MS, U64, "since_ms"),
    FIELD(RISK, UNTIL_MS, U64, "until_ms"),
    FIELD(RISK, STEP_MS, U64, "step_ms"),
};
static const struct gh_snap_field cond[GH_COND_N] = {
    [GH_COND_POLICIES] = {GH_SNAP_RECS, "policies", GH_SNAP_COND_POLICY},
    [GH_COND_PLACES] = {GH_SNAP_RECS, "places", GH_SNAP_COND_PLACE},
    [GH_COND_HAS_COUNTRIES] = {GH_SNAP_U64, "has_countries", GH_SNAP_NONE},
    FIELD(COND, OPEN, STR, "open"),
    FIELD(COND, NAMED, STR, "named"),
    FIELD(COND, SETS, STR, "sets"),
};
static const struct gh_snap_field cond_policy[GH_COND_POLICY_N] = {
    FIELD(COND_POLICY, ID, STR, "id"),
    FIELD(COND_POLICY, NAME, STR, "name"),
    FIELD(COND_POLICY, STATE, U64, "state"),
    FIELD(COND_POLICY, FLAGS, U64, "flags"),
    FIELD(COND_POLICY, USERS, LIST, "users"),
    FIELD(COND_POLICY, NOT_USERS, LIST, "not_users"),
    FIELD(COND_POLICY, ROLES, LIST, "roles"),
    FIELD(COND_POLICY, NOT_ROLES, LIST, "not_roles"),
    FIELD(COND_POLICY, WORKLOADS, LIST, "workloads"),
    FIELD(COND_POLICY, NOT_WORKLOADS, LIST, "not_workloads"),
    FIELD(COND_POLICY, PATHS, LIST, "paths"),
    FIELD(COND_POLICY, NOT_PATHS, LIST, "not_paths"),
    FIELD(COND_POLICY, CONTEXTS, LIST, "contexts"),
    FIELD(COND_POLICY, CLIENTS, U64, "clients"),
    FIELD(COND_POLICY, PLATFORMS, U64, "platforms"),
    FIELD(COND_POLICY, NOT_PLATFORMS, U64, "not_platforms"),
    FIELD(COND_POLICY, PLACES, STR, "places"),
    FIELD(COND_POLICY, NOT_PLACES, STR, "not_places"),
    FIELD(COND_POLICY, FILTER, LIST, "filter"),
    FIELD(COND_POLICY, RISKS, U64, "risks"),
    FIELD(COND_POLICY, TIMES, LIST, "times"),
    FIELD(COND_POLICY, NOT_TIMES, LIST, "not_times"),
    FIELD(COND_POLICY, FLOWS, U64, "flows"),
    FIELD(COND_POLICY, GRANTS, U64, "grants"),
    FIELD(COND_POLICY, STRENGTH, STR, "strength"),
    FIELD(COND_POLICY, MAX_AGE_S, U64, "max_age_s"),
};
static const struct gh_snap_field cond_place[GH_COND_PLACE_N] = {
    FIELD(COND_PLACE, ID, STR, "id"),
    FIELD(COND_PLACE, IS_TRUSTED, U64, "is_trusted"),
    FIELD(COND_PLACE, RANGES, STR, "ranges"),
    FIELD(COND_PLACE, COUNTRIES, STR, "countries"),
    FIELD(COND_PLACE, UNKNOWN, U64, "unknown"),
};
static const struct gh_snap_field grant[GH_GRANT_N] = {
    FIELD(GRANT, ID, STR, "id"),
    FIELD(GRANT, SCOPE, STR, "scope"),
    FIELD(GRANT, ROLE, STR, "role"),
    FIELD(GRANT, START_MS, U64, "start_ms"),
    FIELD(GRANT, END_MS, U64, "end_ms"),
    FIELD(GRANT, CONDITION, STR, "condition"),
};
static const struct gh_snap_field credential[GH_CREDENTIAL_N] = {
    FIELD(CREDENTIAL, HEADER, STR, "header"),
    FIELD(CREDENTIAL, VALUE, STR, "value"),
    FIELD(CREDENTIAL, HOSTS, LIST, "hosts"),
};
static const struct gh_snap_field text_key[GH_TEXT_KEY_N] = {
    FIELD(TEXT_KEY, VALUE, STR, "value"),
    FIELD(TEXT_KEY, DAY, U64, "day"),
};
static const struct gh_snap_field bound_key[GH_BOUND_KEY_N] = {
    FIELD(BOUND_KEY, VALUE, STR, "value"),
};

#define SCHEMA(z, table) .name = (z), .fields = (table), .n_fields = sizeof(table) / sizeof((table)[0])

const struct gh_snap_schema gh_snap_schemas[GH_SNAP_SECTION_COUNT] = {
    [GH_SNAP_NONE] = {.name = "none"},
    [GH_SNAP_INSTALLATION] = {SCHEMA("installation", installation)},
    [GH_SNAP_WORKSPACE] = {SCHEMA("workspace", workspace)},
    [GH_SNAP_ENDPOINT] = {SCHEMA("endpoint", endpoint)},
    [GH_SNAP_DEPLOYMENT] = {SCHEMA("deployment", deployment)},
    [GH_SNAP_BACKEND] = {SCHEMA("backend", backend)},
    [GH_SNAP_LISTENER] = {SCHEMA("listener", listener)},
    [GH_SNAP_ISSUER] = {SCHEMA("issuer", issuer)},
    [GH_SNAP_ISSUER_KEY] = {SCHEMA("issuer_key", issuer_key)},
    [GH_SNAP_API_KEY] = {SCHEMA("api_key", api_key)},
    [GH_SNAP_IDENTITY] = {SCHEMA("identity", identity)},
    [GH_SNAP_MEMBERSHIP] = {SCHEMA("membership", membership)},
    [GH_SNAP_ASSIGNMENT] = {SCHEMA("assignment", assignment)},
    [GH_SNAP_ROLE] = {SCHEMA("role", role)},
    [GH_SNAP_REVOKED] = {SCHEMA("revoked", revoked)},
    [GH_SNAP_RISK] = {SCHEMA("risk", risk)},
    [GH_SNAP_COND] = {SCHEMA("conditional", cond)},
    [GH_SNAP_COND_POLICY] = {SCHEMA("conditional_policy", cond_policy), .is_inner = true},
    [GH_SNAP_COND_PLACE] = {SCHEMA("conditional_place", cond_place), .is_inner = true},
    [GH_SNAP_PROOF] = {SCHEMA("proof", proof), .is_inner = true},
    [GH_SNAP_ELIGIBLE] = {SCHEMA("eligible", eligible)},
    [GH_SNAP_GRANT] = {SCHEMA("grant", grant), .is_inner = true},
    [GH_SNAP_POOL] = {SCHEMA("pool", pool), .is_inner = true},
    [GH_SNAP_TRAFFIC] = {SCHEMA("traffic", traffic), .is_inner = true},
    [GH_SNAP_CREDENTIAL] = {SCHEMA("credential", credential), .is_credential = true},
    [GH_SNAP_TEXT_KEY] = {SCHEMA("text_key", text_key), .is_credential = true},
    [GH_SNAP_CONNECTION] = {SCHEMA("connection", connection), .is_inner = true},
    [GH_SNAP_BOUND_KEY] = {SCHEMA("bound_key", bound_key), .is_credential = true},
    [GH_SNAP_ROLE_PART] = {SCHEMA("role_part", role_part), .is_inner = true},
    [GH_SNAP_DENY] = {SCHEMA("deny", deny)},
    [GH_SNAP_DENIAL] = {SCHEMA("denial", denial), .is_inner = true},
};
// clang-format on

size_t
gh_snap_row_bytes(enum gh_snap_section section)
{
    return GH_SNAP_ROW_HEAD_BYTES + 8 * gh_snap_schemas[section].n_fields;
}

uint64_t
gh_snap_part_bytes(enum gh_snap_section section, uint64_t n_rows, uint64_t n_slots, uint64_t heap_bytes)
{
    return (n_rows * gh_snap_row_bytes(section) + 4 * n_slots + heap_bytes + 7) & ~UINT64_C(7);
}

enum gh_rc
gh_snap_tables_digest(uint8_t out[GH_SHA256_BYTES])
{
    char mem[16384];
    uint8_t actions[GH_SHA256_BYTES];
    struct gh_buf text;
    enum gh_rc rc;

    gh_buf_init_fixed(&text, mem, sizeof(mem));
    gh_buf_putz(&text, GH_SNAP_MEANING);
    for (unsigned s = 0; s < GH_SNAP_SECTION_COUNT; s++) {
        gh_buf_putz(&text, gh_snap_schemas[s].name);
        for (size_t f = 0; f < gh_snap_schemas[s].n_fields; f++) {
            gh_buf_putc(&text, f == 0 ? ':' : ',');
            gh_buf_putz(&text, gh_snap_schemas[s].fields[f].name);
            gh_buf_put_u64(&text, (uint64_t)gh_snap_schemas[s].fields[f].type);
        }
        gh_buf_putc(&text, '\n');
    }
    if (text.rc != GH_OK)
        return GH_BUG;
    if ((rc = gh_action_digest(actions)) != GH_OK)
        return rc;
    return gh_sha256_v(out, (const struct gh_str[]){gh_str(actions, sizeof(actions)), gh_buf_str(&text)}, 2);
}
