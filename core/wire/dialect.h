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
    bool is_label;      /* a name, title or address beside a text: judged as the others, but its form is not ours to change */
    bool is_fixed;      /* no one string of the body: its text cannot be replaced (joined strings, the name of a member, media) */
};

/* A tool that the request declares: of the caller's own by its name, one that the provider would run by its type: "web_search", "mcp". */
struct gh_tool {
    struct gh_str name;
    bool is_hosted;
};

/* Something stored at the provider: it belongs to the caller who made it. */
enum gh_stored { GH_STORED_NONE = 0, GH_STORED_RESPONSE, GH_STORED_CONVERSATION, GH_STORED_FILE, GH_STORED_CONTAINER };

/* The id of a stored thing as it stands in a text: `at` and `end` hold the whole JSON string, quotes included. */
struct gh_stored_id {
    enum gh_stored kind;
    uint32_t at, end;
    struct gh_str id;
};
#define GH_STORED_IDS_MAX 8 /* of one body, answer or event; a text with more is refused by its reader */

struct gh_conv {
    struct gh_str model;      /* as the body names it; empty if absent */
    gh_json_ref model_node;   /* GH_JSON_NO if absent                  */
    bool is_stream;
    bool wants_usage;         /* the answer's stream tells usage by itself, or the caller asked for it */
    bool is_background;       /* the provider would go on without us   */
    bool is_stored;           /* the provider would keep the answer    */
    bool is_stored_unasked;   /* ... because the body does not say     */
    int64_t choices;          /* answers asked for (`n`, `best_of`), 1 if absent */
    int64_t max_output_tokens; /* -1 if not limited by the caller      */
    struct gh_str end_user;   /* `user`, or user_security_context.end_user_id: a claim of the calling app, never authentication */
    struct gh_str claimed_ip, claimed_application; /* of user_security_context: likewise */
    struct gh_part *parts;
    size_t n_parts;
    struct gh_tool *tools;    /* declared, in their order */
    size_t n_tools;
    struct gh_str *chosen;    /* tools that `tool_choice` names: a body may choose only what it declares */
    size_t n_chosen;
    struct gh_stored_id stored[GH_STORED_IDS_MAX]; /* what the body refers to, in its order */
    size_t n_stored;
    const char *refused;      /* literal: names a feature that no control can see, else NULL */
};

/* One replacement of the bytes [at, end) of the judged text; at == end inserts. */
struct gh_edit {
    uint32_t at, end;
    struct gh_str with;
};
struct gh_edits { /* sorted, not overlapping; those at one place keep the order in which they were added */
    struct gh_arena *arena; /* set by who makes it: where the items lie */
    struct gh_edit *item;
    size_t n, cap;
};
/* GH_LIMIT when there are more than GH_EDITS_MAX. GH_NOMEM. */
GH_MUST_USE enum gh_rc gh_edits_add(struct gh_edits *e, uint32_t at, uint32_t end, struct gh_str with);

/* Part `part` of the conversation goes on with this text. */
struct gh_part_text {
    size_t part;
    struct gh_str text; /* not empty: a part that says nothing may be no part */
};

/* How a judged body goes on: the declared edits. A stream is asked for usage in any case, where its dialect must be asked. */
struct gh_forward {
    struct gh_str model;        /* empty: the dialect's path names it, and the body stays */
    struct gh_str instructions; /* the endpoint's own, set before everything else; empty: none. They become one more part */
    const struct gh_str *stored; /* the provider's ids, one for each of conv->stored; NULL if there are none */
    int64_t max_output_tokens;  /* set where the body names none; 0: the body stays */
    bool is_unstored;           /* the provider is told to keep nothing, where conv->is_stored_unasked */
    const struct gh_part_text *texts; /* by ascending part, each once; none of a fixed part */
    size_t n_texts;
};

struct gh_usage {
    int64_t input_tokens, output_tokens; /* -1 unknown */
};

/* What a whole answer says. */
struct gh_answer {
    struct gh_json json;        /* the answer, as it was parsed; in the arena */
    struct gh_usage usage;
    const struct gh_str *calls; /* tools that the model calls: names, and types of those that the provider ran */
    size_t n_calls;
    struct gh_stored_id stored[GH_STORED_IDS_MAX]; /* what the provider keeps of it */
    size_t n_stored;
};

/* What one event of a streamed answer was. */
struct gh_delta {
    struct gh_usage usage;  /* a member that is -1 leaves what an earlier event told */
    bool has_usage;
    bool is_usage_only; /* the extra chunk that include_usage adds: empty choices and usage */
    bool is_done;       /* the dialect's last event */
    bool is_error;
    struct gh_str text; /* text that this event adds, unescaped */
    const struct gh_str *calls; /* tools whose call begins in this event */
    size_t n_calls;
    struct gh_stored_id stored[GH_STORED_IDS_MAX];
    size_t n_stored;
    bool has_usage_member;  /* the event names usage, null or set: to be taken out for who did not ask ... */
    struct gh_edit without_usage; /* ... by this edit of `data`, which leaves valid JSON */
};

/*
 * Errors in the surface's own shape (protocols.md 0.6): status, code and message are rows of one table.
 */
enum gh_problem { GH_PROBLEM_NONE = 0, GH_PROBLEM_UNAUTHENTICATED, GH_PROBLEM_FORBIDDEN, GH_PROBLEM_KEYS_OFF, GH_PROBLEM_NOT_FOUND,
                  GH_PROBLEM_DEPLOYMENT_NOT_FOUND, GH_PROBLEM_METHOD, GH_PROBLEM_BAD_BODY, GH_PROBLEM_BAD_REQUEST, GH_PROBLEM_UNSUPPORTED,
                  GH_PROBLEM_TOO_LARGE, GH_PROBLEM_TIMEOUT, GH_PROBLEM_UPSTREAM, GH_PROBLEM_UPSTREAM_TIMEOUT, GH_PROBLEM_UNAVAILABLE,
                  GH_PROBLEM_INTERNAL, GH_PROBLEM_NETWORK,
                  GH_PROBLEM_TOOL /* asked for */, GH_PROBLEM_TOOL_CALL /* in an answer */, GH_PROBLEM_INSTRUCTIONS, GH_PROBLEM_BOUND,
                  GH_PROBLEM_END_USER, GH_PROBLEM_UNSPOKEN /* an operation */,
                  GH_PROBLEM_FILTERED /* the content of a request, wire/filtered.h */,
                  GH_PROBLEM_CONDITIONAL /* refused by conditional access */, GH_PROBLEM_STEP_UP /* and what the caller could bring is told */,
                  GH_PROBLEM_COUNT };

/* Who understands whom: a backend answers dialects of its own family alone. */
enum gh_family { GH_FAMILY_NONE = 0, GH_FAMILY_OPENAI, GH_FAMILY_ANTHROPIC, GH_FAMILY_SCORING };

/* By the `dialect` of a backend: "openai", "azure", "anthropic", "scoring". GH_FAMILY_NONE for another word. */
enum gh_family gh_family_of(struct gh_str backend_dialect);

struct gh_dialect {
    enum gh_surface surface;
    enum gh_op op;
    enum gh_family family;
    const char *name;       /* as records and docs/limits.md say it */
    /* Body -> conversation. NULL: the operation has no body. GH_BAD with the offset and reason for a body that is not of this dialect. */
    enum gh_rc (*read)(struct gh_conv *out, struct gh_arena *a, const struct gh_json *body, struct gh_err *err);
    /* The edits of `how`, empty at first. GH_BAD: something of it cannot be said in this dialect. */
    enum gh_rc (*plan)(struct gh_edits *edits, struct gh_arena *a, const struct gh_json *body, const struct gh_conv *conv,
        const struct gh_forward *how);
    /* A whole JSON answer of status 200. GH_BAD: not of this dialect. */
    enum gh_rc (*answer)(struct gh_answer *out, struct gh_arena *a, struct gh_str text);
    /* One streamed event. GH_BAD: not understood. NULL: the dialect does not stream, and a body that asks for it is refused. */
    enum gh_rc (*delta)(struct gh_delta *out, struct gh_arena *a, struct gh_str name, struct gh_str data);
    /* The last bytes of a stream that is cut: events that this dialect's clients take for an error. */
    void (*cut)(struct gh_buf *out, enum gh_surface surface, enum gh_problem problem, struct gh_str request_id);
};

/* NULL if the route has no dialect (operations answered here). */
const struct gh_dialect *gh_dialect_find(enum gh_surface surface, enum gh_op op);

/* Whether no body of it names a model: gh_forward.model stays empty, and path, header or shares of traffic tell the deployment. */
bool gh_dialect_is_model_outside(const struct gh_dialect *d);

/* Whether no text of a model comes back (embeddings, scores): instructions and a bound of tokens mean nothing there. What is not listed
 * as silent must be able to carry both. */
bool gh_dialect_is_silent(const struct gh_dialect *d);

/* Text with the edits applied. `out` has room for all or fails. GH_BUG when the edits are not sorted, overlap or leave the text. */
GH_MUST_USE enum gh_rc gh_dialect_splice(struct gh_buf *out, struct gh_str text, const struct gh_edit *edits, size_t n);

/* Parses `spliced` again and compares: same parts, roles, kinds and texts, same tools and flags; model, instructions, stored ids and the
 * texts that are replaced must be those of `how`, wants_usage true if it is a stream. GH_BUG when they differ: deny. */
GH_MUST_USE enum gh_rc gh_dialect_check(const struct gh_dialect *d, struct gh_arena *a, const struct gh_conv *judged,
    const struct gh_forward *how, struct gh_str spliced);
/* The same of a body that goes on as it was judged, without one edit: there is nothing to parse that was not parsed, but it must be what `how` wants. */
GH_MUST_USE enum gh_rc gh_dialect_check_unchanged(const struct gh_conv *judged, const struct gh_forward *how);

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
/* The same in the shapes of role management and directory, `{"error":{...}}` as a member of the object that is open: for control, which has codes
 * of its own beside those by status. */
void gh_problem_put_door(struct gh_jsonw *w, enum gh_surface surface, const char *code, struct gh_str message, struct gh_str request_id);
const char *gh_problem_door_code(enum gh_surface surface, unsigned status);
/* The content type of that body: a literal. */
const char *gh_problem_type(enum gh_surface surface);

#endif
