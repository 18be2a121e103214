/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/record: what happened, as bytes. The edge appends records to its spool, control makes its own; both go into the chain
 * (audit/chain.h) unchanged. A record is: length, CRC-32C, kind, worker epoch, sequence, time, and fields by number. All text passes
 * base/redact.h on the way in; a secret, token, key or prompt has no field.
 *
 * Adding a field, a kind or a control is adding a row below; JSON, OCSF and CEF exports and `gatehouse audit tail` follow.
 */
#ifndef GH_AUDIT_RECORD_H
#define GH_AUDIT_RECORD_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/limits.h"

/* X(name, "json name") */
#define GH_RECORD_KIND_LIST(X)                                                              \
    X(OPEN, "open")               /* a call was admitted; written before anything is sent on */ \
    X(CLOSE, "close")             /* how it ended; written before the last bytes go out      */ \
    X(REFUSED, "refused")         /* a call that was not admitted; written before the answer */ \
    X(ADMIN, "admin")             /* a management operation, from control                    */ \
    X(KEY_WANTED, "key_wanted")   /* an unknown key id of a configured issuer                */ \
    X(TOKEN_ISSUED, "token_issued")                                                         \
    X(SECRET_USED, "secret_used")                                                           \
    X(WORKER_START, "worker_start")                                                         \
    X(WORKER_STOP, "worker_stop")                                                           \
    X(WORKER_LOST, "worker_lost") /* made by control for an open record whose worker is gone */ \
    X(SPOOL_GAP, "spool_gap")     /* made by control: missing or torn records: an alert      */ \
    X(SNAPSHOT, "snapshot")       /* swapped in, or refused and why                          */ \
    X(SYSTEM, "system")           /* start, stop, child restarted, recover, separation level */ \
    X(ATTEMPT, "attempt")         /* a backend failed before its answer began, and another one is asked; written before that */ \
    X(EMERGENCY, "emergency_access") /* an emergency account went where a policy would have stopped another: an alert */

/* X(name, type, "json name"). Types: U64, TEXT, BYTES (hex in exports), TIME (unix ms), EPOCH (a u64 as 16 hex digits, as in
 * names of spool files), CONTROLS. Numbers are stored: append only. */
#define GH_RECORD_FIELD_LIST(X)                                                                        \
    X(REQUEST_ID, TEXT, "request_id")         /* joins open and close; also sent to the client        */ \
    X(CALLER, TEXT, "caller")                                                                          \
    X(ISSUER, TEXT, "issuer")                                                                          \
    X(CREDENTIAL_ID, TEXT, "credential_id")   /* jti or key id                                         */ \
    X(CREDENTIAL_KIND, TEXT, "credential_kind")                                                        \
    X(PEER, TEXT, "peer")                                                                              \
    X(LISTENER, TEXT, "listener")                                                                      \
    X(METHOD, TEXT, "method")                                                                          \
    X(ROUTE, TEXT, "route")                   /* pattern of the route table, never the raw path        */ \
    X(SURFACE, TEXT, "surface")                                                                        \
    X(SCOPE, TEXT, "scope")                   /* resource path that was decided on                     */ \
    X(ACTION, TEXT, "action")                                                                          \
    X(VERDICT, TEXT, "verdict")               /* allow | deny | observe: would have been denied       */ \
    X(RULE, TEXT, "rule")                                                                              \
    X(ROLE, TEXT, "role")                                                                              \
    X(REASON, TEXT, "reason")                                                                          \
    X(STATUS, U64, "status")                  /* HTTP status to the client                             */ \
    X(BACKEND, TEXT, "backend")                                                                        \
    X(BACKEND_STATUS, U64, "backend_status")                                                           \
    X(MODEL, TEXT, "model")                                                                            \
    X(IS_STREAM, U64, "stream")                                                                        \
    X(END_USER, TEXT, "end_user")                                                                      \
    X(INPUT_TOKENS, U64, "input_tokens")                                                               \
    X(OUTPUT_TOKENS, U64, "output_tokens")                                                             \
    X(REQUEST_BYTES, U64, "request_bytes")                                                             \
    X(RESPONSE_BYTES, U64, "response_bytes")                                                           \
    X(DURATION_US, U64, "duration_us")                                                                 \
    X(FIRST_BYTE_US, U64, "first_byte_us")                                                             \
    X(END, TEXT, "end")                       /* complete | client gone | upstream gone | cut | ...    */ \
    X(CONTROLS, CONTROLS, "controls")                                                                  \
    X(GENERATION, U64, "generation")          /* snapshot in force                                     */ \
    X(KID, TEXT, "kid")                                                                                \
    X(RESOURCE, TEXT, "resource")                                                                      \
    X(OPERATION, TEXT, "operation")                                                                    \
    X(DIGEST, BYTES, "digest")                /* of what was written, never of a secret                */ \
    X(DETAIL, TEXT, "detail")                                                                          \
    X(OPEN_EPOCH, EPOCH, "open_epoch")                                                                 \
    X(OPEN_SEQUENCE, U64, "open_sequence")                                                             \
    X(RETRY_COUNT, U64, "retry_count")        /* x-stainless-retry-count as the client claims it       */ \
    X(HTTP_VERSION, TEXT, "http_version")                                                              \
    X(ACTOR, TEXT, "actor")                   /* application that acts for the caller, as his token says */ \
    X(USER, TEXT, "user")                     /* the person, as a token vouches for him; `end_user` is a claim of the application */ \
    X(CLAIMED_IP, TEXT, "claimed_ip")         /* user_security_context: claims of the application      */ \
    X(CLAIMED_APPLICATION, TEXT, "claimed_application")                                                \
    X(TOOL, TEXT, "tool")                     /* the one that a control did not allow                  */ \
    X(INSTRUCTIONS, BYTES, "instructions_sha256") /* of the endpoint's own, that went with the call; never their text */ \
    X(INSTRUCTIONS_VERSION, TEXT, "instructions_version")                                              \
    X(ATTEMPT, U64, "attempt")                /* which one; of a close record: the one that answered, if not the first */ \
    X(NEXT_BACKEND, TEXT, "next_backend")     /* asked after this one                                  */ \
    X(PROXY, TEXT, "proxy")                   /* who told the peer's address, if not the connection    */ \
    X(NETWORK_RULE, TEXT, "network_rule")     /* what let it through its networks, or refused it       */ \
    X(DEVICE, TEXT, "device")                 /* id of the caller's device, as his token or certificate vouches for it */ \
    X(ATTACK_CLASS, TEXT, "attack_class")     /* shield/shield.h: the worst that was found in the texts */ \
    X(ATTACK_KIND, TEXT, "attack_kind")       /* of text: user, document, tool_output, instructions    */ \
    X(ATTACK_SCORE, U64, "attack_score")      /* in parts of 10000                                     */ \
    X(ATTACK_PART, U64, "attack_part")        /* of the conversation, from 0                           */ \
    X(ATTACK_TEXT, BYTES, "attack_text_hmac") /* of that text, under a key of the workspace and day    */ \
    X(SHIELD_MODEL, TEXT, "shield_model")     /* its version                                           */ \
    X(TEXTS_JUDGED, U64, "texts_judged")      /* by the shield, on this call ...                       */ \
    X(TEXTS_RECALLED, U64, "texts_recalled")  /* ... and those of which it knew the verdict            */ \
    X(CONDITIONAL_POLICIES, TEXT, "conditional_policies") /* that apply, each with its result: "id=success,id=failure" */ \
    X(DLP_FOUND, TEXT, "dlp_found")           /* by the output guard: direction, type, how many, act   */ \
    X(DLP_PLACES, TEXT, "dlp_places")         /* the first of them: direction, type, text@byte         */ \
    X(DLP_HMACS, BYTES, "dlp_hmacs")          /* of each of these 8 bytes, under a key of the workspace and day */

/* Controls that can run on a call. X(name, "json name") */
#define GH_CONTROL_LIST(X)                                                          \
    X(ROUTE, "route") X(AUTHENTICATION, "authentication")                           \
    X(AUTHORIZATION, "authorization") X(BODY, "body") X(DIALECT, "dialect")         \
    X(SPLICE, "splice") X(CREDENTIAL, "credential") X(HEADERS, "headers")           \
    X(RESPONSE, "response") X(STREAM, "stream") X(USAGE, "usage")                   \
    X(TOOLS, "tools") X(INSTRUCTIONS, "instructions") X(BOUNDS, "bounds")           \
    X(END_USER, "end_user") X(NETWORK, "network")                            \
    X(OWNERSHIP, "ownership") X(SHIELD, "shield") X(SPOTLIGHT, "spotlight") \
    X(CONDITIONAL, "conditional_access") X(DLP, "dlp") X(BLOCKLIST, "blocklist")

enum gh_record_kind {
    GH_RECORD_NONE = 0,
#define GH_RECORD_ENUM(name, json) GH_RECORD_##name,
    GH_RECORD_KIND_LIST(GH_RECORD_ENUM)
#undef GH_RECORD_ENUM
    GH_RECORD_KIND_COUNT
};
enum gh_field {
    GH_FIELD_NONE = 0,
#define GH_FIELD_ENUM(name, type, json) GH_FIELD_##name,
    GH_RECORD_FIELD_LIST(GH_FIELD_ENUM)
#undef GH_FIELD_ENUM
    GH_FIELD_COUNT
};
enum gh_control {
#define GH_CONTROL_ENUM(name, json) GH_CONTROL_##name,
    GH_CONTROL_LIST(GH_CONTROL_ENUM)
#undef GH_CONTROL_ENUM
    GH_CONTROL_COUNT
};
enum gh_ran { GH_RAN_NOT = 0 /* and why */, GH_RAN_PASSED, GH_RAN_BLOCKED, GH_RAN_CHANGED,
              GH_RAN_OBSERVED /* would have blocked, and why (policy/observe.h) */, GH_RAN_COUNT };

enum gh_field_type { GH_FIELD_TYPE_U64, GH_FIELD_TYPE_TEXT, GH_FIELD_TYPE_BYTES, GH_FIELD_TYPE_TIME, GH_FIELD_TYPE_EPOCH,
                     GH_FIELD_TYPE_CONTROLS };
struct gh_field_row {
    enum gh_field_type type;
    const char *json_name;
};
extern const struct gh_field_row gh_field_table[GH_FIELD_COUNT];
extern const char *const gh_record_kind_names[GH_RECORD_KIND_COUNT];
extern const char *const gh_control_names[GH_CONTROL_COUNT];
extern const char *const gh_ran_names[GH_RAN_COUNT];

/* What each control did on a call: a small table in the request's context; a control that nobody set is "not run". */
struct gh_controls {
    uint8_t ran[GH_CONTROL_COUNT];         /* enum gh_ran                       */
    const char *reason[GH_CONTROL_COUNT];  /* literal or NULL: not redacted     */
};

/*
 * Layout, little endian: le32 length of the whole, le32 CRC-32C of what follows, le16 version (1), le16 kind, le64 epoch, le64 sequence,
 * le64 time, then fields: le16 number, le16 length, value. Numbers are le64; CONTROLS are runs of u8 control, u8 ran, u8 length, reason.
 */
#define GH_RECORD_HEADER_BYTES 36

struct gh_field_set {
    uint64_t w[GH_FIELD_COUNT / 64 + 1]; /* a bit for each field */
};

/* ---- writing ---- */
struct gh_record_writer {
    struct gh_buf buf; /* fixed memory of GH_RECORD_BYTES_MAX, the caller's */
    struct gh_field_set seen; /* what stands in it                      */
};
void gh_record_begin(struct gh_record_writer *w, void *mem /* GH_RECORD_BYTES_MAX */, enum gh_record_kind kind, uint64_t epoch, uint64_t sequence,
    int64_t time_ms);
/* Empty text and zero-length bytes are left out. Text is redacted and cut at GH_RECORD_TEXT_MAX. */
void gh_record_text(struct gh_record_writer *w, enum gh_field f, struct gh_str s);
/* The same for what this program says itself (a row of its tables, digits of its own): nothing to redact, not cut. */
void gh_record_word(struct gh_record_writer *w, enum gh_field f, struct gh_str s);
void gh_record_u64(struct gh_record_writer *w, enum gh_field f, uint64_t v);
void gh_record_bytes(struct gh_record_writer *w, enum gh_field f, struct gh_str s);
void gh_record_controls(struct gh_record_writer *w, const struct gh_controls *c);
/* Length and checksum are filled in. GH_LIMIT if it did not fit, GH_BUG if a field was given twice or as another type. */
GH_MUST_USE enum gh_rc gh_record_end(struct gh_str *out, struct gh_record_writer *w);

/* ---- reading ---- */
struct gh_record {
    enum gh_record_kind kind;
    uint64_t epoch, sequence;
    int64_t time_ms;
    struct gh_str bytes;  /* the whole record */
    struct gh_str fields; /* checked          */
};
/* Takes one record off the front of *in. GH_MORE: torn at the end. GH_BAD: checksum, unknown version or kind, a field that is
 * unknown, comes twice or has not the form of its type; *in stays. */
GH_MUST_USE enum gh_rc gh_record_next(struct gh_record *out, struct gh_str *in);
/* Fields as they stand: *at starts at 0; false at the end. */
bool gh_record_field(enum gh_field *f, struct gh_str *value, size_t *at, const struct gh_record *r);
/* One field, or the empty slice / 0. */
struct gh_str gh_record_get(const struct gh_record *r, enum gh_field f);
uint64_t gh_record_get_u64(const struct gh_record *r, enum gh_field f);
/* The controls in the value of a CONTROLS field: *at starts at 0; false at the end. */
bool gh_record_control(enum gh_control *c, enum gh_ran *ran, struct gh_str *reason, size_t *at, struct gh_str value);
/* One line of JSON without a newline: kind, time, epoch, sequence, fields by name. */
void gh_record_json(struct gh_buf *out, const struct gh_record *r);

#endif
