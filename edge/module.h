/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edge: the enforcement point: an nginx module that every request passes. It translates: nginx's strings to slices, its pool to arenas,
 * decisions of core to statuses; a rule in this room is in the wrong room. It does not decide, store, resolve names or block.
 *
 * It trusts the snapshot and the credential file after gh_snap_verify, and the configuration that the supervisor rendered. It trusts no
 * byte of a client or of a backend. Whatever is missing (snapshot, spool, credential, memory) ends in a refusal.
 *
 * The life of a request, one file each:
 *   way.c            through which listener and from which address it came
 *   access.c         route, identify, decide, before the body is read (post-read phase, once); then body and forwarding
 *   conditional.c    under which conditions; asked before roles
 *   body.c, judge.c  body -> contiguous memory -> conversation -> spliced body, in a thread if it is large
 *   bound.c          what is stored at a provider, and whose it is
 *   shield.c         attacks on the model in its texts; marks for what others wrote
 *   memory.c         what the shield and the output guard said of texts that come again
 *   guard.c          what the endpoint lets its callers ask for, and what its answers may call
 *   target.c         backend, credential, path; open record; hand over to the named location
 *   peers.c, idle.c, authority.c  the connection to the backend: address and trust out of the snapshot, idle ones kept apart
 *   failover.c, health.c  the next backend where one failed before its answer began
 *   filter_*.c, stream.c  what came back: allow-listed, held or passed event by event; close record before the last bytes
 *   shutdown.c       streams that are left when a worker ends
 *   withdraw.c       access that is withdrawn while a stream runs
 *   answer.c         every refusal and every error of nginx itself, in the surface's own shape
 *   record.c, spool.c     records and the file that they are appended to
 *   file.c, file_kept.c, snapshot.c, shield_model.c, patterns.c, clock.c  what is in force, and since when (file.h)
 */
#ifndef GH_EDGE_MODULE_H
#define GH_EDGE_MODULE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>

#include "file.h"

#include "audit/record.h"
#include "base/siphash.h"
#include "policy/conditional.h"
#include "policy/decide.h"
#include "policy/egress.h"
#include "policy/forwarded.h"
#include "policy/network.h"
#include "policy/pool.h"
#include "policy/snapshot.h"
#include "patterns/patterns.h"
#include "policy/spotlight.h"
#include "wire/coverage.h"
#include "wire/dialect.h"
#include "wire/filtered.h"
#include "wire/sse.h"
#include "wire/texts.h"

extern ngx_module_t ngx_http_gatehouse_module;

/* ---- generated configuration ---- */

typedef struct {
    ngx_str_t data, memory; /* DIR and MEM (ipc/layout.h)            */
} ngx_http_gatehouse_main_conf_t;

typedef struct {
    ngx_str_t listener;     /* server{}: name of the LISTENER row    */
} ngx_http_gatehouse_srv_conf_t;

/* ---- snapshot ---- */

/* What is in force together. A request holds the one that it began with. */
typedef struct {
    ngx_uint_t refs;
    uint64_t generation; /* the newer of base and overlay */
    ngx_http_gatehouse_file_t *base, *overlay, *credentials; /* the latter two may be NULL */
    struct gh_snap policy;
    struct gh_snap secrets; /* base NULL: none */
} ngx_http_gatehouse_snapshot_t;

/* DIR/edge/counters, shared by all workers, kept over restarts. */
typedef struct {
    char magic[16];
    ngx_atomic_t generation;   /* highest that was in force: going below needs `gatehouse recover` */
    ngx_atomic_t now_ms;       /* newest time that a snapshot told                                 */
    ngx_atomic_t stray_bytes;  /* kept connections closed because their backend had sent more      */
    ngx_atomic_t spool_errors;
} ngx_http_gatehouse_counters_t;

ngx_int_t ngx_http_gatehouse_snapshot_init(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *conf);
void ngx_http_gatehouse_snapshot_exit(void);
/* Takes a reference to what is in force; NULL when there is nothing or it is older than max_age (*why is a literal then). */
ngx_http_gatehouse_snapshot_t *ngx_http_gatehouse_snapshot_ref(const char **why);
void ngx_http_gatehouse_snapshot_unref(ngx_http_gatehouse_snapshot_t *s);
uint64_t ngx_http_gatehouse_generation(void); /* in force; 0: none */
uint64_t ngx_http_gatehouse_spool_limit(void); /* bytes, from the snapshot; 0: none stated */

/* clock.c. Unix milliseconds: never earlier than the newest time that control told, also when the clock is stepped back. */
int64_t ngx_http_gatehouse_now_ms(void);
int64_t ngx_http_gatehouse_monotonic_us(void);
void ngx_http_gatehouse_clock_told(int64_t told_ms);
/* Maps the counters. NGX_ERROR: they cannot be had, or are damaged. */
ngx_int_t ngx_http_gatehouse_clock_init(const char *data);
extern ngx_http_gatehouse_counters_t *ngx_http_gatehouse_counters;

/* heap.c: for arenas, in any thread. */
struct gh_alloc ngx_http_gatehouse_heap(void);

/* ---- spool ---- */

ngx_int_t ngx_http_gatehouse_spool_init(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *conf);
void ngx_http_gatehouse_spool_exit(void);
/* Can records be written? Asked before a request is admitted. */
ngx_int_t ngx_http_gatehouse_spool_is_good(void);
/* Begins a record of this worker's next sequence in the worker's one buffer. */
void ngx_http_gatehouse_spool_begin(struct gh_record_writer *w, enum gh_record_kind kind);
/* Appends it with one write(2). NGX_ERROR: it is not there, and new requests are refused until records can be written again. */
ngx_int_t ngx_http_gatehouse_spool_end(struct gh_record_writer *w);
uint64_t ngx_http_gatehouse_spool_epoch(void);
uint64_t ngx_http_gatehouse_spool_sequence(void); /* of the record begun last */

/* ---- a request ---- */

typedef enum {
    GATEHOUSE_NEW = 0,   /* admitted so far, or not yet looked at         */
    GATEHOUSE_READING,   /* the body is on its way                        */
    GATEHOUSE_JUDGING,   /* the body is with a thread                     */
    GATEHOUSE_ADMITTED,  /* everything passed; nothing sent on yet        */
    GATEHOUSE_FORWARDED, /* open record written; in the named location    */
    GATEHOUSE_REFUSED
} ngx_http_gatehouse_stage_t;

typedef enum {
    GATEHOUSE_PASS = 0, /* an answer made here                            */
    GATEHOUSE_HOLD,     /* an answer of a backend, held whole, then sent  */
    GATEHOUSE_STREAM,   /* events, each read before it goes on            */
    GATEHOUSE_RELAY,    /* an answer of control without a length, passed on as it comes; its end waits for the record */
    GATEHOUSE_REPLACE   /* an error: its body is ours, once               */
} ngx_http_gatehouse_mode_t;

typedef struct ngx_http_gatehouse_judge_s ngx_http_gatehouse_judge_t;
typedef struct ngx_http_gatehouse_stream_s ngx_http_gatehouse_stream_t;

typedef struct {
    ngx_http_request_t *request;
    ngx_http_gatehouse_stage_t stage;
    ngx_http_gatehouse_snapshot_t *snapshot; /* held */
    struct gh_arena arena;                   /* as long as the request */
    int64_t now_ms;                          /* of the decisions      */
    int64_t start_us, first_byte_us;
    ngx_uint_t http_version;                 /* the client's: nginx overwrites its own when a backend speaks no HTTP */
    u_char request_id[32];

    struct gh_net_way way;                   /* way.c: how the call came                */
    ngx_str_t peer, proxy;                   /* as text; proxy: who told the peer, if anybody; empty until the listener is known */
    u_char peer_text[NGX_INET6_ADDRSTRLEN + 1];
    uint8_t certificate[GH_SHA256_BYTES];
    struct gh_snap_rec listener, endpoint;   /* of the snapshot held; row NULL: none, or not looked up yet */
    struct gh_str network_rule;              /* what let it through, or refused  */
    struct gh_str conditional_policies;      /* that apply, as the record names them */
    struct gh_str challenge;                 /* of a 401: what the caller may bring; empty: the plain one */
    struct gh_str evidence;                  /* for control, of management requests */

    struct gh_route route;
    struct gh_caller *caller;                /* NULL until identified */
    enum gh_action action;
    struct gh_str scope;
    struct gh_attributes attributes;         /* way.c: what conditions may ask of how the call came */
    struct gh_decision decision;
    struct gh_controls controls;
    enum gh_problem problem;
    const char *detail;                      /* literal, for the client */
    const char *reason;                      /* literal, for the record */
    struct gh_str tool;                      /* one that a guard did not allow */
    const char *end;                         /* literal: how a call ended that did not end well; NULL: by its status */
    int64_t max_body_bytes;

    ngx_http_gatehouse_judge_t *judge;
    const struct gh_dialect *dialect;
    struct gh_snap_rec backend;
    ngx_str_t authorization, api_key, x_api_key, edge_header; /* values of variables: what the upstream is told */
    ngx_str_t host, tls_name, anthropic_version;   /* likewise */
    struct gh_str named_deployment;          /* azureml-model-deployment of the client, empty if absent */
    const char *bad_header;                  /* literal: what is wrong with a header of the client; NULL: nothing */
    ngx_str_t client_version;                /* anthropic-version of the client, if it is a known one */
    uint8_t order[GH_POOL_MAX];              /* members of the pool (judge->members) as they are to be tried ... */
    size_t n_order, n_tried;                 /* ... and how many have been                                       */
    ngx_uint_t n_attempts;                   /* begun                                                            */
    ngx_uint_t address, n_addresses;         /* which of the backend's; how many more were tried                 */
    int64_t attempt_us;                      /* when the one that runs began                                     */
    struct gh_str query;                     /* "&name=value...": what goes along to something stored */
    ngx_str_t client_request_id;             /* x-ms-client-request-id, echoed */
    uint64_t retry_count;
    unsigned has_retry_count : 1;

    unsigned is_open : 1;                    /* OPEN was written         */
    unsigned is_recorded : 1;                /* CLOSE or REFUSED was     */
    unsigned is_uncovered : 1;               /* a control that always runs has not */
    unsigned is_decorated : 1;               /* our headers are in place */
    uint64_t open_epoch, open_sequence;

    ngx_http_gatehouse_mode_t mode;
    ngx_uint_t backend_status;
    struct gh_usage usage;
    off_t response_bytes;
    struct gh_buf held;                      /* GATEHOUSE_HOLD */
    size_t held_bytes;                       /* counted in the worker's sum */
    struct gh_arena held_arena;
    unsigned is_holding : 1;                 /* the header has not gone out */
    unsigned is_discarding : 1;              /* what the backend still sends is dropped */
    unsigned is_body_sent : 1;
    ngx_str_t findings;                      /* of which the answer's header tells */
    ngx_str_t body;                          /* GATEHOUSE_REPLACE */
    ngx_http_gatehouse_stream_t *stream;
    ngx_queue_t stream_link;                 /* next NULL: not among the worker's streams */
    ngx_queue_t withdraw_link;               /* likewise, withdraw.c                      */
    uint64_t asked_generation;               /* under which the caller was last asked for, and when */
    int64_t asked_us;
    unsigned is_withdrawn : 1;
    unsigned is_shut : 1;                    /* the worker ends, and this stream with it  */
} ngx_http_gatehouse_ctx_t;

/* The request's context, also after a redirect wiped it; NULL if it has none yet. */
ngx_http_gatehouse_ctx_t *ngx_http_gatehouse_ctx(ngx_http_request_t *r);
/* The same, made if it is not there; NULL: no memory. */
ngx_http_gatehouse_ctx_t *ngx_http_gatehouse_ctx_make(ngx_http_request_t *r);

/* r->log_handler: what nginx's error log says about a request. */
u_char *ngx_http_gatehouse_log_request(ngx_http_request_t *r, ngx_http_request_t *sr, u_char *buf, size_t len);

/* access.c */
ngx_int_t ngx_http_gatehouse_access_init(ngx_cycle_t *cycle);
void ngx_http_gatehouse_access_exit(void);
ngx_int_t ngx_http_gatehouse_post_read_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gatehouse_access_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_gatehouse_content_handler(ngx_http_request_t *r);

/* What is decided at admission, as policy/decide.h is asked. */
struct gh_question ngx_http_gatehouse_question(ngx_http_gatehouse_ctx_t *ctx);
/* Asks again with what is in force now, at the time of the admission: was the credential revoked, the principal disabled, the grant taken? */
bool ngx_http_gatehouse_still_allowed(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);

/* way.c: fills ctx->way from the connection and from what named proxies tell. NULL, or a literal: this listener does not have such routes. */
const char *ngx_http_gatehouse_way_find(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);
/* The row of the listener by which it came; false: this policy has none. */
bool ngx_http_gatehouse_way_listener(struct gh_snap_rec *out, ngx_http_request_t *r, const struct gh_snap *snap);
/* May it go on, by these rows of one snapshot? endpoint NULL: management. */
/* How the call came, as conditions ask for it; borrowed from `ctx`. */
void ngx_http_gatehouse_way_describe(struct gh_attributes *out, ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx,
    const struct gh_snap_rec *listener, const struct gh_snap_rec *endpoint);
void ngx_http_gatehouse_way_decide(struct gh_net_decision *out, ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx,
    const struct gh_snap_rec *listener, const struct gh_snap_rec *endpoint);

/* conditional.c: conditional access, before roles. GH_PROBLEM_NONE, or the refusal: ctx->reason, ctx->detail and ctx->challenge are set. */
enum gh_problem ngx_http_gatehouse_conditional(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);
/* The caller's device for the record: the key of its certificate where the listener believes that, else what his token says; empty: not known. */
struct gh_str ngx_http_gatehouse_conditional_device(ngx_http_gatehouse_ctx_t *ctx);
/* The same of a running stream, now, by a newer snapshot and what it says of the caller, without a word to the client. `a` is for this question
 * alone: a stream is asked again and again. */
bool ngx_http_gatehouse_conditional_still(ngx_http_request_t *r, const ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a,
    const struct gh_snap *snap, const struct gh_caller *caller);
/* In the master, while the environment is still there; in a worker: the database of places is mapped, or there is none. */
void ngx_http_gatehouse_conditional_prepare(void);
void ngx_http_gatehouse_conditional_init(ngx_cycle_t *cycle);
void ngx_http_gatehouse_conditional_exit(void);

/* body.c: reads and judges; as a phase handler: NGX_OK judged, NGX_DONE later, else a status. */
ngx_int_t ngx_http_gatehouse_body_read(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);
ngx_int_t ngx_http_gatehouse_body_judge(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);
/* From here on the request's body is these judged bytes. */
ngx_int_t ngx_http_gatehouse_body_replace(ngx_http_request_t *r, struct gh_str body);
ngx_int_t ngx_http_gatehouse_body_init(ngx_cycle_t *cycle);

/* judge.c: bytes and snapshot in, spliced body and decision out; runs in a thread, so it sees no nginx object. */
typedef struct {
    const u_char *bytes; /* or, if NULL, `size` bytes of `fd` at `at` */
    size_t size;
    int fd;
    off_t at;
} ngx_http_gatehouse_piece_t;

/* shield.c: the worst that was found in a conversation. */
typedef struct {
    enum gh_shield_act act;     /* GH_SHIELD_ACT_OFF: nothing was found               */
    enum gh_shield_class found;
    enum gh_shield_kind kind;   /* GH_SHIELD_KINDS: the operator's instructions       */
    float score;
    size_t part;                /* of the conversation                                */
    uint8_t hash[GH_SHA256_BYTES]; /* of the text, under the workspace's key           */
    bool has_hash;
} ngx_http_gatehouse_attack_t;

/* memory.c: of a part of the conversation. */
typedef struct {
    struct gh_str text; /* p NULL: not made yet */
    uint8_t print[GH_SIPHASH_BYTES];
} ngx_http_gatehouse_print_t;

struct ngx_http_gatehouse_judge_s {
    ngx_http_gatehouse_piece_t *pieces;
    size_t n_pieces, size;
    const struct gh_dialect *dialect;
    struct gh_snap policy, secrets;
    const struct gh_route *route;
    const struct gh_caller *caller;
    const struct gh_attributes *attributes;
    enum gh_action action;
    int64_t now_ms;
    struct gh_str named_deployment; /* by a header        */
    uint64_t number;                /* drawn for the call */

    struct gh_arena work; /* dropped when it is done        */
    struct gh_arena keep; /* holds what is in the answer    */
    enum gh_problem problem; /* GH_PROBLEM_NONE: may go on  */
    const char *detail, *reason;
    struct gh_controls controls;
    struct gh_decision decision;
    bool is_decided;
    struct gh_str scope, deployment, backend_name, model, end_user, body;
    struct gh_str stored_id;        /* the provider's, of what the path names                              */
    struct gh_pool_member *members; /* of the deployment's pool */
    struct gh_str *bodies;          /* for each of them; p NULL: not made yet */
    size_t n_members;
    uint64_t retry_on;
    struct ngx_http_gatehouse_kept_s *kept; /* what was judged, while bodies may still be made of it */
    bool is_stream, wants_usage;
    struct gh_snap_rec endpoint;
    struct gh_forward how;          /* but for the model, which each member has its own of */
    struct gh_texts texts;          /* what controls make of the conversation's texts      */
    struct gh_filtered filtered;    /* what they found                                     */
    ngx_http_gatehouse_file_t *shield; /* held; NULL: none, and then this says why:      */
    const char *shield_why;
    ngx_http_gatehouse_file_t *patterns; /* likewise */
    const char *patterns_why;
    struct ngx_http_gatehouse_dlp_s *dlp; /* dlp.h; NULL: the endpoint has no output guard, or it cannot run */
    ngx_http_gatehouse_attack_t attack;
    bool is_annotated;                /* the endpoint has results told in answers          */
    uint8_t text_key[GH_SHA256_BYTES]; /* where the workspace has none of its own          */
    struct gh_str answer;             /* of what is judged and answered here              */
    ngx_http_gatehouse_print_t *prints; /* in `work`: of its parts */
    size_t n_prints;
    uint8_t print_key[GH_SHA256_BYTES]; /* a half for texts, one for prints of prints */
    bool has_print_key;
    size_t n_judged, n_recalled;      /* texts                                             */
    char tag[GH_SPOTLIGHT_TAG_BYTES]; /* drawn for the call: nobody could write it before  */
    struct gh_tool *declared;       /* tools that an answer may call                       */
    size_t n_declared;
    struct gh_str tool;             /* one that is not allowed, as a record may name it    */
    struct gh_str claimed_ip, claimed_application, instructions_version, instructions_sha256;
    bool is_inline; /* not in a thread: what takes long may wait until it is wanted */
};
void ngx_http_gatehouse_judge(ngx_http_gatehouse_judge_t *j);
/* The body for member `i` is there: made now if need be. False: it would not give the same conversation. */
bool ngx_http_gatehouse_judge_spell(ngx_http_gatehouse_judge_t *j, size_t i);

/*
 * bound.c: things stored at a provider, and whose they are. The first three run in the judge's thread; false: j->problem says why.
 * _request: all that a body names is this caller's; fills j->how. _route: what the path names is; fills j->deployment and j->stored_id.
 * _pin: of the deployment's pool this backend alone is asked.
 */
bool ngx_http_gatehouse_bound_request(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv);
bool ngx_http_gatehouse_bound_route(ngx_http_gatehouse_judge_t *j, struct gh_str *backend);
bool ngx_http_gatehouse_bound_pin(ngx_http_gatehouse_judge_t *j, struct gh_str backend);
/* Edits that put bound ids in the place of the provider's. False: one cannot be bound, and must not go on. */
bool ngx_http_gatehouse_bind(ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a, struct gh_edits *edits, const struct gh_stored_id *stored,
    size_t n);
/* What of a query goes along to what is stored, in ctx->query. False: it names what is not known here. */
bool ngx_http_gatehouse_bound_query(ngx_http_gatehouse_ctx_t *ctx, struct gh_str args);

/* guard.c. False: j->problem says why. Fills j->how with what the endpoint adds; runs in the judge's thread. */
bool ngx_http_gatehouse_guard_request(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv);
/* Tools that an answer, or one event of it, calls. NULL: it may go on; else a literal, and the control is set. */
const char *ngx_http_gatehouse_guard_calls(ngx_http_gatehouse_ctx_t *ctx, const struct gh_str *calls, size_t n_calls);

/* shield.c. The workspace's key for hashes of texts; one that has none of its own has one made of the installation's. Empty while the credential file has
 * neither. */
struct gh_str ngx_http_gatehouse_text_key(ngx_http_gatehouse_judge_t *j);
/* shield.c. False: j->problem says why. The first judges; the second marks what others wrote, behind all other changes of texts. */
bool ngx_http_gatehouse_shield_request(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv);
bool ngx_http_gatehouse_spotlight(ngx_http_gatehouse_judge_t *j);
/* `text:shieldPrompt` of Content Safety: judges, into j->answer or j->problem; and the content handler that sends it. */
void ngx_http_gatehouse_shield_prompt(ngx_http_gatehouse_judge_t *j, const struct gh_json *body);
ngx_int_t ngx_http_gatehouse_shield_prompt_answer(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);

/* shield_answer.c. _annotate: the held answer carries the results, where they are wanted; false: it cannot. _chunk: what goes before the events of a
 * stream; false: nothing. _verdict: the value of a header; empty: nothing was found that is told. */
bool ngx_http_gatehouse_shield_annotate(ngx_http_gatehouse_ctx_t *ctx);
bool ngx_http_gatehouse_shield_chunk(struct gh_buf *out, const ngx_http_gatehouse_ctx_t *ctx);
ngx_str_t ngx_http_gatehouse_shield_verdict(ngx_http_gatehouse_ctx_t *ctx);

const struct gh_shield_model *ngx_http_gatehouse_shield_model(const ngx_http_gatehouse_file_t *f); /* NULL: none */

/* memory.c: verdicts of texts that were judged before. */
typedef struct {
    enum gh_shield_class found;
    float score;
} ngx_http_gatehouse_verdict_t;
ngx_int_t ngx_http_gatehouse_memory_init(void);
void ngx_http_gatehouse_memory_exit(void);
/* The print of a text of the conversation. GH_BUG. The one of a whole part that was made before; NULL: none was. And that of a few prints in their
 * order, which is none of a text. GH_BUG. */
GH_MUST_USE enum gh_rc ngx_http_gatehouse_print(uint8_t out[GH_SIPHASH_BYTES], ngx_http_gatehouse_judge_t *j, size_t part, struct gh_str text);
GH_MUST_USE enum gh_rc ngx_http_gatehouse_print_all(uint8_t out[GH_SIPHASH_BYTES], ngx_http_gatehouse_judge_t *j, struct gh_str prints);
const uint8_t *ngx_http_gatehouse_print_made(const ngx_http_gatehouse_judge_t *j, size_t part, struct gh_str text);
/* The name of who judges, made of all that a verdict depends on but the text. 0: it has none, and nothing of it is remembered. */
uint64_t ngx_http_gatehouse_judge_name(const struct gh_str *parts, size_t n);
bool ngx_http_gatehouse_memory_find(ngx_http_gatehouse_verdict_t *out, const uint8_t print[GH_SIPHASH_BYTES], uint64_t judge);
void ngx_http_gatehouse_memory_put(const uint8_t print[GH_SIPHASH_BYTES], uint64_t judge, const ngx_http_gatehouse_verdict_t *verdict);
struct gh_str ngx_http_gatehouse_memory_key(void); /* of this worker, drawn at its start */

/* patterns.c */
const struct gh_patterns *ngx_http_gatehouse_patterns_db(const ngx_http_gatehouse_file_t *f);
/* This thread's own; NULL: no memory. The engine is for one text after the other. */
struct gh_patterns_scratch *ngx_http_gatehouse_patterns_scratch(const ngx_http_gatehouse_file_t *f);
struct gh_patterns_stream *ngx_http_gatehouse_patterns_engine(const ngx_http_gatehouse_file_t *f);
void ngx_http_gatehouse_patterns_exit(void); /* what this thread has of it */

/*
 * dlp.c, dlp_answer.c, dlp_stream.c: the output guard (dlp.h). _request: in the judge's thread; conv NULL: there is no body. False: j->problem says
 * why. _close: what it did, as controls: before the close record.
 */
bool ngx_http_gatehouse_dlp_request(ngx_http_gatehouse_judge_t *j, const struct gh_conv *conv);
void ngx_http_gatehouse_dlp_close(ngx_http_gatehouse_ctx_t *ctx);
void ngx_http_gatehouse_dlp_free(ngx_http_gatehouse_judge_t *j);
void ngx_http_gatehouse_dlp_record(struct gh_record_writer *w, const ngx_http_gatehouse_judge_t *j);
/* "email=1, card=2": findings of which the caller is told; empty if there are none. */
struct gh_str ngx_http_gatehouse_dlp_annotation(const ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a);
/* A whole answer, as it was parsed. NULL: it goes on, as `out` if that is not empty; else a literal, and whether that is the policy's will. */
const char *ngx_http_gatehouse_dlp_answer(struct gh_buf *out, ngx_http_gatehouse_ctx_t *ctx, const struct gh_json *answer, bool *is_blocked);
/* One event of a stream. NULL: *out says what goes on; else a literal: it could not be looked at. */
typedef struct {
    struct gh_buf before; /* events that go before it                           */
    struct gh_str data;   /* of the event                                       */
    bool is_changed;
    bool is_cut, is_blocked; /* the answer ends here: with this event if is_said, and _cut; with an error */
    bool is_said;
} ngx_http_gatehouse_dlp_event_t;
const char *ngx_http_gatehouse_dlp_event(ngx_http_gatehouse_dlp_event_t *out, ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a,
    struct gh_str name, struct gh_str data);
/* The end of a cut stream in its dialect's own words, behind or in the place of the event that was cut. */
bool ngx_http_gatehouse_dlp_cut(struct gh_buf *out, ngx_http_gatehouse_ctx_t *ctx, struct gh_arena *a, const ngx_http_gatehouse_dlp_event_t *event);

/* target.c: everything for the backend, the open record, and off to its location. A content handler's result. */
ngx_int_t ngx_http_gatehouse_forward(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);
ngx_int_t ngx_http_gatehouse_forward_management(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);
/* Every secret of a backend that the request still holds. */
void ngx_http_gatehouse_secrets_wipe(ngx_http_gatehouse_ctx_t *ctx);
ngx_int_t ngx_http_gatehouse_target_init(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *conf);
/* Makes the next member of the pool that can be called the one that is called: its row, path, credential and body. NULL, or why there is none. */
const char *ngx_http_gatehouse_aim(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);

/* failover.c: what became of an attempt before anything of its answer went on. */
typedef struct {
    uint64_t kind;         /* one of GH_RETRY_*                        */
    ngx_uint_t status;     /* of the backend; 0: it did not answer     */
    const char *reason;    /* literal, of what was no answer; else NULL */
    int64_t retry_after_ms;
    bool is_kept;          /* on a connection that had been kept: the backend may be as good as ever */
} ngx_http_gatehouse_failure_t;
/* Takes note of it. True: another backend, or address of this one, is aimed at and recorded, and is to be asked now. */
bool ngx_http_gatehouse_failover(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, const ngx_http_gatehouse_failure_t *f);
/* The header of an answer is there. True: as above. */
bool ngx_http_gatehouse_answered(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);

/* health.c: by the name of the backend's row. */
bool ngx_http_gatehouse_health_rests(struct gh_str upstream);
void ngx_http_gatehouse_health_asked(struct gh_str upstream);
void ngx_http_gatehouse_health_served(struct gh_str upstream);
void ngx_http_gatehouse_health_failed(struct gh_str upstream, int64_t retry_after_ms);

/* idle.c */
#define NGX_HTTP_GATEHOUSE_UPSTREAM_BYTES 24 /* "gh_" and 16 hex digits, filled up with NUL */
typedef struct {
    char upstream[NGX_HTTP_GATEHOUSE_UPSTREAM_BYTES]; /* the backend, of one workspace */
    struct gh_addr address;
    const SSL_CTX *tls; /* whom it trusts; NULL: plain */
    char tls_name[256];
} ngx_http_gatehouse_peer_key_t;
ngx_int_t ngx_http_gatehouse_idle_init(ngx_cycle_t *cycle);
/* A connection that is the caller's now, or NULL. */
ngx_connection_t *ngx_http_gatehouse_idle_take(const ngx_http_gatehouse_peer_key_t *key, ngx_log_t *log);
/* False: it cannot be kept, and stays the caller's. */
bool ngx_http_gatehouse_idle_put(const ngx_http_gatehouse_peer_key_t *key, const ngx_http_upstream_t *u, ngx_connection_t *c);

/* authority.c: the TLS context of a backend that names authorities of its own; the caller takes a reference. NULL: no certificate in it. */
SSL_CTX *ngx_http_gatehouse_authority(const char upstream[NGX_HTTP_GATEHOUSE_UPSTREAM_BYTES], struct gh_str pem);
void ngx_http_gatehouse_authority_exit(void);

/* models.c: GET models and one of them, from the snapshot. */
ngx_int_t ngx_http_gatehouse_models(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);
ngx_int_t ngx_http_gatehouse_model(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);

/* headers.c */
struct gh_credentials ngx_http_gatehouse_headers_read(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);
/* Takes away every header of the answer that is not allowed, and adds ours. */
ngx_int_t ngx_http_gatehouse_headers_decorate(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);
void ngx_http_gatehouse_headers_filter(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);
ngx_int_t ngx_http_gatehouse_header_add(ngx_http_request_t *r, const char *name, ngx_str_t value);

/* answer.c: refuses: writes the record and gives the status for a phase handler. `reason` and `detail` are literals. */
ngx_int_t ngx_http_gatehouse_refuse(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, enum gh_problem problem, const char *reason, const char *detail);
/* In the header filter, for an answer that is no backend's: our body, type, length, and the record if none was written. */
ngx_int_t ngx_http_gatehouse_answer_error(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);
/* A whole answer of ours, header and body; as a content handler's result. */
ngx_int_t ngx_http_gatehouse_answer_send(ngx_http_request_t *r, ngx_uint_t status, const char *type, struct gh_str body);

/* filters */
void ngx_http_gatehouse_filter_init(void);
ngx_int_t ngx_http_gatehouse_header_filter(ngx_http_request_t *r);
ngx_int_t ngx_http_gatehouse_body_filter(ngx_http_request_t *r, ngx_chain_t *in);
ngx_int_t ngx_http_gatehouse_next_header(ngx_http_request_t *r);
ngx_int_t ngx_http_gatehouse_next_body(ngx_http_request_t *r, ngx_chain_t *in);
void ngx_http_gatehouse_body_filter_init(void);
void ngx_http_gatehouse_held_release(ngx_http_gatehouse_ctx_t *ctx);

/* stream.c */
ngx_int_t ngx_http_gatehouse_stream_begin(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx);
ngx_int_t ngx_http_gatehouse_stream_filter(ngx_http_request_t *r, ngx_http_gatehouse_ctx_t *ctx, ngx_chain_t *in);
/* How a stream stands, for the record of one that did not end by itself. */
const char *ngx_http_gatehouse_stream_end(const ngx_http_gatehouse_ctx_t *ctx);

/* withdraw.c: streams whose caller may lose the access. */
void ngx_http_gatehouse_withdraw_init(ngx_cycle_t *cycle);
void ngx_http_gatehouse_withdraw_watch(ngx_http_gatehouse_ctx_t *ctx);
void ngx_http_gatehouse_withdraw_forget(ngx_http_gatehouse_ctx_t *ctx);
/* Whether the call would be refused by now; asked anew when the policy changed, or a second later. */
bool ngx_http_gatehouse_is_withdrawn(ngx_http_gatehouse_ctx_t *ctx);

/* shutdown.c: streams that are still there when their worker ends. */
void ngx_http_gatehouse_shutdown_watch(ngx_http_gatehouse_ctx_t *ctx);
void ngx_http_gatehouse_shutdown_forget(ngx_http_gatehouse_ctx_t *ctx);
void ngx_http_gatehouse_shutdown_tick(void); /* each second */
void ngx_http_gatehouse_shutdown_now(void);
/* Ends one: with what `is_withdrawn` says, else as the worker's end. */
void ngx_http_gatehouse_shutdown_end(ngx_http_gatehouse_ctx_t *ctx);

/* record.c. NGX_ERROR: not written, or a control that always runs has not (wire/coverage.h). */
ngx_int_t ngx_http_gatehouse_record_open(ngx_http_gatehouse_ctx_t *ctx);
/* An attempt that failed before its answer began: `backend`, `model` are its own; ctx speaks of the one that is asked next. */
ngx_int_t ngx_http_gatehouse_record_attempt(ngx_http_gatehouse_ctx_t *ctx, const ngx_http_gatehouse_failure_t *f, struct gh_str backend,
    struct gh_str model);
ngx_int_t ngx_http_gatehouse_record_close(ngx_http_gatehouse_ctx_t *ctx, ngx_uint_t status, const char *end);
ngx_int_t ngx_http_gatehouse_record_refused(ngx_http_gatehouse_ctx_t *ctx, ngx_uint_t status);
const char *ngx_http_gatehouse_record_fault(const ngx_http_gatehouse_ctx_t *ctx); /* why it was not, as a literal */
void ngx_http_gatehouse_record_key_wanted(ngx_http_gatehouse_ctx_t *ctx);
/* An emergency account was let through where `policy` would have applied to another. NGX_ERROR: it is not there. */
ngx_int_t ngx_http_gatehouse_record_emergency(ngx_http_gatehouse_ctx_t *ctx, struct gh_str policy);
void ngx_http_gatehouse_record_system(enum gh_record_kind kind, const char *detail, struct gh_str resource);
/* Log phase: whatever has not been recorded yet. */
ngx_int_t ngx_http_gatehouse_log_handler(ngx_http_request_t *r);
void ngx_http_gatehouse_control(ngx_http_gatehouse_ctx_t *ctx, enum gh_control control, enum gh_ran ran, const char *reason);

/* variables.c, peers.c */
ngx_int_t ngx_http_gatehouse_variables_add(ngx_conf_t *cf);
char *ngx_http_gatehouse_peers(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

static inline struct gh_str
ngx_http_gatehouse_str(ngx_str_t s)
{
    return gh_str(s.data, s.len);
}

#endif
