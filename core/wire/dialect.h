/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire/dialect: a request body of any provider as one conversation, and the edits by which it is forwarded.
 *
 * The body is parsed once (strict), judged as a conversation, and forwarded by splices at offsets of that same parse; the result
 * is parsed again and must give the same conversation but for the declared edits. Adding a dialect is adding a row to
 * gh_dialect_table.
 */
#ifndef GH_WIRE_DIALECT_H
#define GH_WIRE_DIALECT_H

#include "wire/json.h"
#include "wire/route.h"

enum gh_role { GH_ROLE_NONE = 0, GH_ROLE_SYSTEM, GH_ROLE_USER, GH_ROLE_ASSISTANT, GH_ROLE_TOOL };

/* Trust of a text (protocols.md 1.2): operator's instructions, user's prompt, document or tool result or replayed model output. */
enum gh_part_kind { GH_PART_NONE = 0, GH_PART_INSTRUCTION, GH_PART_PROMPT, GH_PART_DOCUMENT, GH_PART_TOOL_ARGUMENTS, GH_PART_TOOL_SCHEMA,
                    GH_PART_MEDIA };

struct gh_part {
    enum gh_role role;
    enum gh_part_kind kind;
    gh_json_ref node;   /* the string's node in the parsed body; of TOOL_SCHEMA, and where strings were joined, the value that holds them */
    struct gh_str text; /* unescaped; borrowed from the body or the arena. Keys and strings of a schema are joined by LF */
};

struct gh_conv {
    struct gh_str model;      /* as the body names it; empty if absent */
    gh_json_ref model_node;   /* GH_JSON_NO if absent                  */
    bool is_stream;
    bool wants_usage;         /* stream_options.include_usage was true */
    int64_t choices;          /* `n`, 1 if absent                      */
    int64_t max_output_tokens; /* -1 if not limited by the caller      */
    struct gh_str end_user;   /* `user`, or user_security_context.end_user_id: a claim of the calling app, never authentication */
    struct gh_part *parts;
    size_t n_parts;
    size_t n_tools;           /* declared tools */
    const char *refused;      /* literal: names a feature that no control can see (provider-run tools, URLs to fetch), else NULL */
};

/* One replacement of the bytes [at, end) of the judged body; at == end inserts. Sorted, not overlapping. */
struct gh_edit {
    uint32_t at, end;
    struct gh_str with;
};
#define GH_EDITS_MAX 4

struct gh_usage {
    int64_t input_tokens, output_tokens; /* -1 unknown */
};

/* What one event of a streamed answer was. */
struct gh_delta {
    struct gh_usage usage;
    bool has_usage;
    bool is_usage_only; /* the extra chunk that include_usage adds: empty choices and usage */
    bool is_done;       /* the dialect's last event */
    bool is_error;
    struct gh_str text; /* text that this event adds, unescaped */
    bool has_usage_member;  /* the event names usage, null or set: to be taken out for who did not ask ... */
    struct gh_edit without_usage; /* ... by this edit of `data`, which leaves valid JSON */
};

struct gh_dialect {
    enum gh_surface surface;
    enum gh_op op;
    const char *name;       /* as records and docs/limits.md say it */
    /* Body -> conversation. GH_BAD with the offset and reason for a body that is not of this dialect. */
    enum gh_rc (*read)(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err);
    /* Edits that set the model to `model` and, for a stream, ask for usage. *n of at most GH_EDITS_MAX. */
    enum gh_rc (*plan)(struct gh_edit *edits, size_t *n, struct gh_arena *a, const struct gh_json *body, const struct gh_conv *conv,
        struct gh_str model);
    /* Usage of a whole JSON answer. */
    enum gh_rc (*usage)(struct gh_usage *out, struct gh_arena *a, struct gh_str answer);
    /* One streamed event. GH_BAD: not understood. */
    enum gh_rc (*delta)(struct gh_delta *out, struct gh_arena *a, struct gh_str name, struct gh_str data);
};

/* NULL if the route has no dialect (operations answered here). */
const struct gh_dialect *gh_dialect_find(enum gh_surface surface, enum gh_op op);

/* body with the edits applied. `out` has room for all or fails. GH_BUG when the edits are not sorted, overlap or leave the body. */
GH_MUST_USE enum gh_rc gh_dialect_splice(struct gh_buf *out, struct gh_str body, const struct gh_edit *edits, size_t n);

/* Parses `spliced` again and compares: same parts, roles, kinds and texts, same flags; `model` must be the one given, wants_usage
 * true if it is a stream. GH_BUG when they differ: deny. */
GH_MUST_USE enum gh_rc gh_dialect_check(const struct gh_dialect *d, struct gh_arena *a, const struct gh_conv *judged, struct gh_str model,
    struct gh_str spliced);

/*
 * Errors in the surface's own shape (protocols.md 0.6): status, code and message are rows of one table.
 */
enum gh_problem { GH_PROBLEM_NONE = 0, GH_PROBLEM_UNAUTHENTICATED, GH_PROBLEM_FORBIDDEN, GH_PROBLEM_KEYS_OFF, GH_PROBLEM_NOT_FOUND,
                  GH_PROBLEM_DEPLOYMENT_NOT_FOUND, GH_PROBLEM_METHOD, GH_PROBLEM_BAD_BODY, GH_PROBLEM_BAD_REQUEST, GH_PROBLEM_UNSUPPORTED,
                  GH_PROBLEM_TOO_LARGE, GH_PROBLEM_TIMEOUT, GH_PROBLEM_UPSTREAM, GH_PROBLEM_UPSTREAM_TIMEOUT, GH_PROBLEM_UNAVAILABLE,
                  GH_PROBLEM_INTERNAL, GH_PROBLEM_COUNT };

struct gh_problem_row {
    unsigned status;
    const char *code;
    const char *message;
    bool is_retryable; /* false adds `x-should-retry: false` */
    const char *azure_code; /* the code on surfaces with Azure's error shape */
};
extern const struct gh_problem_row gh_problem_table[GH_PROBLEM_COUNT];

/* Writes the body of an error; `detail` (may be NULL) is a literal appended to the message, e.g. the reason of GH_PROBLEM_BAD_BODY. It is
 * left out of GH_PROBLEM_UNAUTHENTICATED: to a stranger all failures of identity look alike. */
void gh_problem_put(struct gh_buf *out, enum gh_surface surface, enum gh_problem problem, const char *detail, struct gh_str request_id);

#endif
