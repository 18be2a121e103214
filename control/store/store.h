/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/store: what the installation knows, behind one interface: resources and their links, wrapped secret versions, settings, the
 * audit chain with its heads, and how far each spool file was drained. sqlite.c is the embedded engine (WAL); another engine comes
 * behind the same header and passes the same test file.
 *
 * Everything happens in a transaction, which belongs to the thread that began it. One writer at a time in this process (begin waits);
 * readers see one unchanging state for as long as they hold theirs and wait for nobody. Values are copied into the caller's arena, or
 * lent to a callback for its duration. A secret value is never given to the store: only what vault wrapped.
 *
 * Absent is data, not failure: a getter answers GH_OK and leaves path.p / value.p NULL. GH_DOWN: the store cannot be read or written
 * (full disk, I/O error, damaged file): the transaction is void, the caller answers 503. GH_BUG: misuse. Nothing is retried here.
 */
#ifndef GH_CONTROL_STORE_H
#define GH_CONTROL_STORE_H

#include "base/arena.h"
#include "base/crypto.h"
#include "policy/resource.h"

struct gh_store;
struct gh_store_tx;

/* What a commit promises when it answers GH_OK. */
enum gh_store_mode {
    GH_STORE_READ,   /* nothing is written                                                      */
    GH_STORE_NORMAL, /* in the kernel: survives kill -9, not a power cut. Batches from the spool */
    GH_STORE_FULL    /* on disk: administrative writes, secrets, grants, heads                  */
};

/* Opens or makes the file, brings it to the newest schema. GH_DOWN: cannot be opened; GH_LIMIT: written by a newer program. */
GH_MUST_USE enum gh_rc gh_store_open(struct gh_store **out, const char *path, struct gh_err *err);
/* For `gatehouse audit verify --data`: never writes, never migrates, works beside a running control and on a stopped installation. */
GH_MUST_USE enum gh_rc gh_store_open_read(struct gh_store **out, const char *path, struct gh_err *err);
/*
 * One state of the store, whole, as a file at `path` that must not be there yet and needs nothing beside it; writers of this and other
 * processes go on meanwhile. GH_DOWN: err->what; what was begun is removed.
 */
GH_MUST_USE enum gh_rc gh_store_copy(struct gh_store *s, const char *path, struct gh_err *err);
/* Whether the file is what SQLite wrote: every page is read. For a store that was opened for reading. GH_BAD: it is damaged. */
GH_MUST_USE enum gh_rc gh_store_check(struct gh_store *s, struct gh_err *err);
/* NULL is ignored. All transactions must have ended. */
void gh_store_close(struct gh_store *s);

/* A transaction ends with exactly one of commit and rollback; both give it back. rollback(NULL) does nothing. */
GH_MUST_USE enum gh_rc gh_store_begin(struct gh_store_tx **out, struct gh_store *s, enum gh_store_mode mode);
GH_MUST_USE enum gh_rc gh_store_commit(struct gh_store_tx *tx);
void gh_store_rollback(struct gh_store_tx *tx);

/* For a variable that rolls back by itself unless commit(gh_store_steal(&tx)) took it. */
static inline struct gh_store_tx *
gh_store_steal(struct gh_store_tx **tx)
{
    struct gh_store_tx *t = *tx;
    *tx = NULL;
    return t;
}
static inline void
gh_cleanup_store_tx(struct gh_store_tx **tx)
{
    gh_store_rollback(*tx);
}
#define gh_auto_store_tx __attribute__((cleanup(gh_cleanup_store_tx))) struct gh_store_tx

/* ---- resources ---- */

struct gh_store_resource {
    struct gh_str path;    /* "/workspaces/demo/endpoints/chat"; p NULL: there is none        */
    enum gh_resource type;
    uint64_t revision;     /* number of the change that wrote it, store-wide, rising: the ETag */
    struct gh_str body;    /* properties as JSON, without secrets                             */
    int64_t created_ms, updated_ms;
    struct gh_str created_by, updated_by; /* principals */
};

GH_MUST_USE enum gh_rc gh_store_resource_get(struct gh_store_resource *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str path);
/* Makes or replaces. `revision` is drawn here and written to r->revision; created_* of an existing one stay as they were. */
GH_MUST_USE enum gh_rc gh_store_resource_put(struct gh_store_tx *tx, struct gh_store_resource *r);
/* Also its links and secret versions. Deleting what is not there is GH_OK. */
GH_MUST_USE enum gh_rc gh_store_resource_delete(struct gh_store_tx *tx, struct gh_str path);

/* What lies below `path`, with its links and secret versions; `path` itself stays. */
GH_MUST_USE enum gh_rc gh_store_resource_delete_below(struct gh_store_tx *tx, struct gh_str path);

/* Lent for the duration of the call; false ends the walk. The callback may read and write in the same transaction, but not what is walked. */
typedef bool gh_store_resource_fn(void *ctx, const struct gh_store_resource *r);

/* Items of one collection ("/workspaces/demo/endpoints") in the order of their names, from behind the name `after` (empty: all), at most `max`. */
GH_MUST_USE enum gh_rc gh_store_resource_list(struct gh_store_tx *tx, struct gh_str collection, struct gh_str after, size_t max,
    gh_store_resource_fn *fn, void *ctx);
/* All of one type, in the order of their paths. */
GH_MUST_USE enum gh_rc gh_store_resource_each(struct gh_store_tx *tx, enum gh_resource type, gh_store_resource_fn *fn, void *ctx);
/* How many lie below `path` (its children and theirs). */
GH_MUST_USE enum gh_rc gh_store_resource_below(uint64_t *out, struct gh_store_tx *tx, struct gh_str path);

/*
 * Links: what a resource names, so that the question can be asked backwards: who is in this group, what is assigned to this principal,
 * which backend uses this secret. Set by the handlers of the type on each write; they go with the resource.
 */
enum gh_store_link_kind {
    GH_STORE_LINK_MEMBER = 1, /* group -> principal string or "/groups/g"  */
    GH_STORE_LINK_PRINCIPAL,  /* roleAssignment, apiKey -> principal       */
    GH_STORE_LINK_ROLE,       /* roleAssignment -> role id                 */
    GH_STORE_LINK_RESOURCE,   /* any -> path of a resource that must exist */
    GH_STORE_LINK_ALIAS,      /* identity -> the principal string by which tokens name it, issuer -> its URL: one holder each */
    GH_STORE_LINK_LISTED,     /* watchlist -> principal it names              */
    GH_STORE_LINK_ACTIVATION, /* roleAssignment -> the eligibility it came from */
    GH_STORE_LINK_CONTAINED,  /* containment -> what it switched off, until somebody may undo that */
    GH_STORE_LINK_ASKED       /* roleRequest -> "PRINCIPAL ROLE", for whom and what */
};
struct gh_store_link {
    enum gh_store_link_kind kind;
    struct gh_str target;
};
/* Replaces all links of `path`. */
GH_MUST_USE enum gh_rc gh_store_link_set(struct gh_store_tx *tx, struct gh_str path, const struct gh_store_link *links, size_t n);

/* `path` is the resource that holds the link. Lent for the duration of the call; false ends the walk. */
typedef bool gh_store_link_fn(void *ctx, struct gh_str path, const struct gh_store_link *link);
/* Who points at `target`, in the order of their paths. */
GH_MUST_USE enum gh_rc gh_store_link_to(struct gh_store_tx *tx, enum gh_store_link_kind kind, struct gh_str target, gh_store_link_fn *fn, void *ctx);
/* What `path` points at, of all kinds, in the order of kind and target. */
GH_MUST_USE enum gh_rc gh_store_link_from(struct gh_store_tx *tx, struct gh_str path, gh_store_link_fn *fn, void *ctx);
/* Each target of a kind, with every link to it, in the order of targets. */
GH_MUST_USE enum gh_rc gh_store_link_each(struct gh_store_tx *tx, enum gh_store_link_kind kind, gh_store_link_fn *fn, void *ctx);

/* ---- secret versions: blobs that only vault can open ---- */

struct gh_store_secret {
    struct gh_str resource; /* "/workspaces/demo/secrets/openai"; p NULL: there is none */
    struct gh_str version;  /* 32 hex                                                   */
    struct gh_str blob;     /* wrapped by vault under (resource, version)               */
    int64_t created_ms;
    struct gh_str created_by;
};
GH_MUST_USE enum gh_rc gh_store_secret_add(struct gh_store_tx *tx, const struct gh_store_secret *s);
/* `version` empty: the newest. */
GH_MUST_USE enum gh_rc gh_store_secret_get(struct gh_store_secret *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str resource,
    struct gh_str version);

/* ---- settings: small values by name ("installation", "issuer") ---- */

GH_MUST_USE enum gh_rc gh_store_setting_get(struct gh_str *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str name);
GH_MUST_USE enum gh_rc gh_store_setting_put(struct gh_store_tx *tx, struct gh_str name, struct gh_str value);

/* Counters that never go back. Draws `n` numbers; *first is the lowest, 1 at the first draw. Names: "generation". */
GH_MUST_USE enum gh_rc gh_store_counter_draw(uint64_t *first, struct gh_store_tx *tx, struct gh_str name, uint64_t n);

/* ---- audit: the chain, its heads, what was drained ---- */

struct gh_store_entry {
    uint64_t n; /* 1 is the first entry */
    uint8_t hash[GH_SHA256_BYTES];
    struct gh_str record; /* its bytes, unchanged */
};
/* The last entry; n 0 if the chain is empty. */
GH_MUST_USE enum gh_rc gh_store_chain_last(struct gh_store_entry *out, struct gh_arena *a, struct gh_store_tx *tx);
/* e->n must be the last n + 1: else GH_BUG. There is no way to change or remove an entry. */
GH_MUST_USE enum gh_rc gh_store_chain_add(struct gh_store_tx *tx, const struct gh_store_entry *e);
typedef bool gh_store_entry_fn(void *ctx, const struct gh_store_entry *e);
/* Entries from n = `from` on, at most `max`; upwards, or downwards from `from` if is_newest_first. */
GH_MUST_USE enum gh_rc gh_store_chain_each(struct gh_store_tx *tx, uint64_t from, size_t max, bool is_newest_first, gh_store_entry_fn *fn, void *ctx);

struct gh_store_head {
    uint64_t n; /* 0: there is none */
    uint8_t hash[GH_SHA256_BYTES];
    int64_t time_ms;
    struct gh_str sig; /* R || S */
};
GH_MUST_USE enum gh_rc gh_store_head_add(struct gh_store_tx *tx, const struct gh_store_head *h);
/* The newest head with an n of at most `at`; UINT64_MAX: the newest of all. */
GH_MUST_USE enum gh_rc gh_store_head_get(struct gh_store_head *out, struct gh_arena *a, struct gh_store_tx *tx, uint64_t at);
typedef bool gh_store_head_fn(void *ctx, const struct gh_store_head *h);
/* Heads with an n of at least `from`, upwards, at most `max`. */
GH_MUST_USE enum gh_rc gh_store_head_each(struct gh_store_tx *tx, uint64_t from, size_t max, gh_store_head_fn *fn, void *ctx);

/* How far a spool file was stored: kept in the transaction that stored it. */
struct gh_store_spool {
    struct gh_str name; /* of the file; p NULL: not seen yet */
    uint64_t epoch;     /* of the worker that writes it      */
    uint64_t offset;    /* bytes stored                      */
};
GH_MUST_USE enum gh_rc gh_store_spool_get(struct gh_store_spool *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str name);
GH_MUST_USE enum gh_rc gh_store_spool_put(struct gh_store_tx *tx, const struct gh_store_spool *f);
GH_MUST_USE enum gh_rc gh_store_spool_delete(struct gh_store_tx *tx, struct gh_str name);
typedef bool gh_store_spool_fn(void *ctx, const struct gh_store_spool *f);
GH_MUST_USE enum gh_rc gh_store_spool_each(struct gh_store_tx *tx, gh_store_spool_fn *fn, void *ctx);

/* A worker's life: the sequence that its next record must have, over all its files. */
struct gh_store_worker {
    uint64_t epoch;
    uint64_t next_sequence; /* 0: unknown worker   */
    int64_t seen_ms;        /* time of its last record */
    bool is_gone;           /* stopped, or lost and told so */
};
GH_MUST_USE enum gh_rc gh_store_worker_get(struct gh_store_worker *out, struct gh_store_tx *tx, uint64_t epoch);
GH_MUST_USE enum gh_rc gh_store_worker_put(struct gh_store_tx *tx, const struct gh_store_worker *w);
GH_MUST_USE enum gh_rc gh_store_worker_delete(struct gh_store_tx *tx, uint64_t epoch);
typedef bool gh_store_worker_fn(void *ctx, const struct gh_store_worker *w);
GH_MUST_USE enum gh_rc gh_store_worker_each(struct gh_store_tx *tx, gh_store_worker_fn *fn, void *ctx);

/* Open records still without their close, by worker and sequence; `record` is the open record's bytes. */
struct gh_store_open {
    uint64_t epoch, sequence;
    struct gh_str record;
};
GH_MUST_USE enum gh_rc gh_store_open_put(struct gh_store_tx *tx, const struct gh_store_open *o);
GH_MUST_USE enum gh_rc gh_store_open_delete(struct gh_store_tx *tx, uint64_t epoch, uint64_t sequence);
typedef bool gh_store_open_fn(void *ctx, const struct gh_store_open *o);
GH_MUST_USE enum gh_rc gh_store_open_each(struct gh_store_tx *tx, uint64_t epoch, gh_store_open_fn *fn, void *ctx);

/* When an API key was last used, as records tell; 0: never. Later times only. */
GH_MUST_USE enum gh_rc gh_store_key_used(struct gh_store_tx *tx, struct gh_str key_id, int64_t time_ms);
GH_MUST_USE enum gh_rc gh_store_key_last_use(int64_t *time_ms, struct gh_store_tx *tx, struct gh_str key_id);

/* ---- what records taught: policy/signin_risk.h, control/learn/learn.h ---- */

#define GH_STORE_SIGNIN_ID_BYTES 16
struct gh_store_signin {
    struct gh_str id;        /* 16 bytes, from the principal; p NULL: there is none */
    struct gh_str principal; /* "issuer:subject"                                     */
    uint8_t level;           /* as it was when the state was made: risky if not 0    */
    int64_t seen_ms;
    struct gh_str state;
};
GH_MUST_USE enum gh_rc gh_store_signin_get(struct gh_store_signin *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str id);
GH_MUST_USE enum gh_rc gh_store_signin_put(struct gh_store_tx *tx, const struct gh_store_signin *s);
typedef bool gh_store_signin_fn(void *ctx, const struct gh_store_signin *s);
/* In the order of ids from behind `after` (empty: all), at most `max`; risky ones alone, or all. */
GH_MUST_USE enum gh_rc gh_store_signin_each(struct gh_store_tx *tx, bool risky_only, struct gh_str after, size_t max, gh_store_signin_fn *fn,
    void *ctx);
GH_MUST_USE enum gh_rc gh_store_signin_count(uint64_t *out, struct gh_store_tx *tx);
/* Drops the `n` without a level that were not seen for longest. */
GH_MUST_USE enum gh_rc gh_store_signin_forget(struct gh_store_tx *tx, uint64_t n);

/* What somebody (or an assignment, or a key) did, where, how often, since when and when last. */
struct gh_store_use {
    struct gh_str principal;
    uint64_t action;
    struct gh_str scope;
    uint64_t n;
    int64_t first_ms, last_ms;
};
/* Adds to the row. *is_new: there was none, and there is none: see gh_store_use_new. */
GH_MUST_USE enum gh_rc gh_store_use_more(bool *is_new, struct gh_store_tx *tx, const struct gh_store_use *u);
GH_MUST_USE enum gh_rc gh_store_use_new(struct gh_store_tx *tx, const struct gh_store_use *u);
GH_MUST_USE enum gh_rc gh_store_use_rows(uint64_t *out, struct gh_store_tx *tx, struct gh_str principal);
typedef bool gh_store_use_fn(void *ctx, const struct gh_store_use *u);
GH_MUST_USE enum gh_rc gh_store_use_each(struct gh_store_tx *tx, struct gh_str principal, gh_store_use_fn *fn, void *ctx);
/* When any of its rows was used last; 0: never. */
GH_MUST_USE enum gh_rc gh_store_use_last(int64_t *out, struct gh_store_tx *tx, struct gh_str principal);
GH_MUST_USE enum gh_rc gh_store_use_forget(struct gh_store_tx *tx, int64_t before_ms);

#endif
