/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/call: one request of the management API, free of HTTP's machinery, so that tests and the demo's provisioning go the same
 * way as people do. server.c fills what was asked, gh_rest_answer (resources.h) fills the answer.
 *
 * Everything lives in the call's arena, which is wiped: bodies may hold secrets.
 */
#ifndef GH_CONTROL_REST_CALL_H
#define GH_CONTROL_REST_CALL_H

#include "control/audit/export.h"
#include "control/control.h"
#include "policy/decide.h"
#include "wire/route.h"

#define GH_CALL_BODY_MAX (4u << 20)   /* longest body: a group of a hundred thousand members */
#define GH_CALL_ANSWER_MAX (16u << 20)
#define GH_CALL_ARENA_MAX ((size_t)256 << 20)

#define GH_CALL_BASE "/api" /* links begin with it: under which name the caller reached us is not known here, and not needed */

struct gh_call {
    struct gh_controller *c;
    struct gh_arena *a;

    /* what was asked */
    enum gh_method method;
    enum gh_surface surface; /* management, ARM or Graph: the shape of what is refused, and which table finds the path */
    struct gh_str path;  /* behind /api, /arm or /graph (or all of it for /local/...), decoded once */
    struct gh_str query; /* raw, without the question mark                          */
    struct gh_str if_match, if_none_match;
    struct gh_str body;
    bool is_local;       /* came by the owner's socket                              */
    struct gh_credentials credentials;
    struct gh_str request_id, peer, listener;
    struct gh_str evidence; /* of the way it came, for conditions (policy/conditional.h) */
    struct gh_str origin; /* "https://host:port" as the caller wrote it, for links; empty by the local socket */

    /* who asks, and what was decided */
    struct gh_view *view;
    struct gh_caller *caller;
    enum gh_action action;
    struct gh_str scope;
    struct gh_decision decision;
    const char *forbidden; /* why a 403 is one, a literal; NULL: it is none */
    struct gh_attributes attributes; /* what conditions may ask; facts about an assignment while one is written */

    /* what is answered */
    unsigned status;
    const char *type;   /* content type, a literal        */
    uint64_t revision;  /* ETag; 0: none                  */
    struct gh_str location;
    const char *allow;  /* Allow header of a 405, or NULL */
    struct gh_str challenge; /* WWW-Authenticate of a 401; empty: the plain one */
    struct gh_buf out;
    struct gh_audit_export *stream; /* instead of `out`: lines as they are read from the store; owned */
};

/* Sets up `call` with an empty answer. */
void gh_call_init(struct gh_call *call, struct gh_controller *c, struct gh_arena *a);

/* "/api", "/arm" or "/graph": what stands before the path. */
const char *gh_call_base(enum gh_surface surface);

/*
 * The answer becomes problem details (RFC 9457): title and code of the status, `detail` (a literal). Always false, so that a check can end with it.
 * `about` may name what is at fault (a property, a path of a resource); it is redacted. An earlier answer is replaced.
 * On the doors (door.h) it has the shape of their surface, with the code that belongs to the status.
 */
bool gh_call_problem(struct gh_call *call, unsigned status, const char *detail, struct gh_str about);
/* The i-th word that `code` of a problem may be, whoever of edge and control answers; NULL behind the last. A word may come twice. */
const char *gh_call_problem_code(size_t i);
/* The same for a failure code of store, vault or arena: 503 or 500. */
bool gh_call_failed(struct gh_call *call, enum gh_rc rc);
/* The end of every answer: short memory while it was made is a 500, whatever it says: a part that was not read may have been taken for none. */
void gh_call_settle(struct gh_call *call);
/* 400 from a parser's error: what and where. */
bool gh_call_bad(struct gh_call *call, const struct gh_err *err, struct gh_str about);

/* A decoded parameter of the query; p NULL if absent. Names are compared after decoding (protocols.md 0.1). */
struct gh_str gh_call_arg(const struct gh_call *call, const char *name);
/* Percent-decoding once. GH_BAD: a broken escape, NUL. */
GH_MUST_USE enum gh_rc gh_call_decode(struct gh_str *out, struct gh_arena *a, struct gh_str in, bool plus_is_space);

/* "\"r42\"" */
void gh_call_put_etag(struct gh_buf *out, uint64_t revision);
/*
 * Whether a condition (RFC 9110 section 13.1: "*", or a list of ETags) names this revision of what is there. A weak tag (W/"r42") counts for
 * If-None-Match alone. What is no list of tags names nothing.
 */
bool gh_call_etag_matches(struct gh_str condition, uint64_t revision, bool may_be_weak);

/* Adds the record of this call to the chain, in `tx` or (NULL) by itself. `digest` may be empty. */
GH_MUST_USE enum gh_rc gh_call_record(struct gh_call *call, struct gh_store_tx *tx, enum gh_record_kind kind, const char *operation,
    struct gh_str resource, struct gh_str digest);

/* The clock, but never earlier than the snapshot in force: a clock that was set back revives nothing. */
int64_t gh_call_now(const struct gh_call *call);

/* call->action at `path` by this caller, as policy/decide.h is asked. */
struct gh_question gh_call_question(const struct gh_call *call, struct gh_str path);

/* May this caller do that there? For rules beyond the call's own action. */
bool gh_call_may(const struct gh_call *call, enum gh_action action, struct gh_str path);

#endif
