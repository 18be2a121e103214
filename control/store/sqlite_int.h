/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the SQLite engine share: the statements, one row each, and a query: open, bind in order, step, read columns in
 * order, close. Statements are prepared once for each connection; a walk inside a walk over the same one gets its own copy.
 */
#ifndef GH_CONTROL_STORE_SQLITE_INT_H
#define GH_CONTROL_STORE_SQLITE_INT_H

#include <sqlite3.h>

#include "control/store/store.h"

// clang-format off
#define SQLITE_STATEMENT_LIST(X)                                                                                               \
    X(FIX_STATE, "SELECT 1 FROM counter LIMIT 1")                                                                              \
    X(RESOURCE_GET, "SELECT path, type, revision, body, created_ms, updated_ms, created_by, updated_by FROM resource WHERE path = ?") \
    X(RESOURCE_PUT, "INSERT INTO resource (path, collection, name, type, revision, body, created_ms, updated_ms, created_by, updated_by)" \
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET revision = excluded.revision, body = excluded.body," \
        " updated_ms = excluded.updated_ms, updated_by = excluded.updated_by")                                                 \
    X(RESOURCE_DELETE, "DELETE FROM resource WHERE path = ?")                                                                  \
    X(RESOURCE_LIST, "SELECT path, type, revision, body, created_ms, updated_ms, created_by, updated_by FROM resource"         \
        " WHERE collection = ? AND name > ? ORDER BY name LIMIT ?")                                                            \
    X(RESOURCE_EACH, "SELECT path, type, revision, body, created_ms, updated_ms, created_by, updated_by FROM resource"         \
        " WHERE type = ? ORDER BY path")                                                                                       \
    X(RESOURCE_BELOW, "SELECT count(*) FROM resource WHERE path >= ?1 || '/' AND path < ?1 || '0'")                            \
    X(LINK_CLEAR, "DELETE FROM link WHERE path = ?")                                                                           \
    X(LINK_ADD, "INSERT OR IGNORE INTO link (kind, target, path) VALUES (?, ?, ?)")                                            \
    X(LINK_TO, "SELECT path, kind, target FROM link WHERE kind = ? AND target = ? ORDER BY path")                              \
    X(LINK_FROM, "SELECT path, kind, target FROM link WHERE path = ? ORDER BY kind, target")                                   \
    X(LINK_EACH, "SELECT path, kind, target FROM link WHERE kind = ? ORDER BY target, path")                                   \
    X(SECRET_ADD, "INSERT INTO secret (resource, version, blob, created_ms, created_by) VALUES (?, ?, ?, ?, ?)")               \
    X(SECRET_GET, "SELECT resource, version, blob, created_ms, created_by FROM secret WHERE resource = ? AND version = ?")     \
    X(SECRET_NEWEST, "SELECT resource, version, blob, created_ms, created_by FROM secret WHERE resource = ? ORDER BY id DESC LIMIT 1") \
    X(SETTING_GET, "SELECT value FROM setting WHERE name = ?")                                                                 \
    X(SETTING_PUT, "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")  \
    X(COUNTER_DRAW, "INSERT INTO counter (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value + ?2"    \
        " RETURNING value - ?2 + 1")                                                                                           \
    X(CHAIN_LAST, "SELECT n, hash, record FROM chain ORDER BY n DESC LIMIT 1")                                                 \
    X(CHAIN_ADD, "INSERT INTO chain (n, hash, record) SELECT ?1, ?2, ?3"                                                       \
        " WHERE ?1 = (SELECT coalesce(max(n), 0) + 1 FROM chain)")                                                             \
    X(CHAIN_UP, "SELECT n, hash, record FROM chain WHERE n >= ? ORDER BY n LIMIT ?")                                           \
    X(CHAIN_DOWN, "SELECT n, hash, record FROM chain WHERE n <= ? ORDER BY n DESC LIMIT ?")                                    \
    X(HEAD_ADD, "INSERT INTO head (n, hash, time_ms, sig) VALUES (?, ?, ?, ?)")                                                \
    X(HEAD_GET, "SELECT n, hash, time_ms, sig FROM head WHERE n <= ? ORDER BY n DESC LIMIT 1")                                 \
    X(HEAD_EACH, "SELECT n, hash, time_ms, sig FROM head WHERE n >= ? ORDER BY n LIMIT ?")                                     \
    X(SPOOL_GET, "SELECT name, epoch, offset FROM spool WHERE name = ?")                                                       \
    X(SPOOL_PUT, "INSERT INTO spool (name, epoch, offset) VALUES (?, ?, ?)"                                                    \
        " ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, offset = excluded.offset")                                  \
    X(SPOOL_DELETE, "DELETE FROM spool WHERE name = ?")                                                                        \
    X(SPOOL_EACH, "SELECT name, epoch, offset FROM spool ORDER BY name")                                                       \
    X(WORKER_GET, "SELECT epoch, next_sequence, seen_ms, is_gone FROM worker WHERE epoch = ?")                                 \
    X(WORKER_PUT, "INSERT INTO worker (epoch, next_sequence, seen_ms, is_gone) VALUES (?, ?, ?, ?) ON CONFLICT (epoch) DO"     \
        " UPDATE SET next_sequence = excluded.next_sequence, seen_ms = excluded.seen_ms, is_gone = excluded.is_gone")          \
    X(WORKER_DELETE, "DELETE FROM worker WHERE epoch = ?")                                                                     \
    X(WORKER_EACH, "SELECT epoch, next_sequence, seen_ms, is_gone FROM worker ORDER BY epoch")                                 \
    X(OPEN_PUT, "INSERT OR REPLACE INTO open_call (epoch, sequence, record) VALUES (?, ?, ?)")                                 \
    X(OPEN_DELETE, "DELETE FROM open_call WHERE epoch = ? AND sequence = ?")                                                   \
    X(OPEN_EACH, "SELECT epoch, sequence, record FROM open_call WHERE epoch = ? ORDER BY sequence")                            \
    X(KEY_USED, "INSERT INTO key_use (id, last_ms) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET last_ms = max(last_ms, excluded.last_ms)") \
    X(KEY_LAST_USE, "SELECT last_ms FROM key_use WHERE id = ?")                                                                \
    X(SIGNIN_GET, "SELECT id, principal, level, seen_ms, state FROM signin WHERE id = ?")                                      \
    X(SIGNIN_PUT, "INSERT INTO signin (id, principal, level, seen_ms, state) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO"       \
        " UPDATE SET level = excluded.level, seen_ms = excluded.seen_ms, state = excluded.state")                              \
    X(SIGNIN_EACH, "SELECT id, principal, level, seen_ms, state FROM signin WHERE id > ? ORDER BY id LIMIT ?")                 \
    X(SIGNIN_RISKY, "SELECT id, principal, level, seen_ms, state FROM signin WHERE level > 0 AND id > ? ORDER BY id LIMIT ?")  \
    X(SIGNIN_COUNT, "SELECT count(*) FROM signin")                                                                             \
    X(SIGNIN_FORGET, "DELETE FROM signin WHERE id IN (SELECT id FROM signin WHERE level = 0 ORDER BY seen_ms LIMIT ?)")        \
    X(USE_MORE, "UPDATE used SET n = n + ?, first_ms = min(first_ms, ?), last_ms = max(last_ms, ?)"                            \
        " WHERE principal = ? AND action = ? AND scope = ? RETURNING 1")                                                       \
    X(USE_NEW, "INSERT INTO used (principal, action, scope, n, first_ms, last_ms) VALUES (?, ?, ?, ?, ?, ?)")                  \
    X(USE_ROWS, "SELECT count(*) FROM used WHERE principal = ?")                                                               \
    X(USE_EACH, "SELECT principal, action, scope, n, first_ms, last_ms FROM used WHERE principal = ? ORDER BY action, scope")  \
    X(USE_LAST, "SELECT max(last_ms) FROM used WHERE principal = ?")                                                           \
    X(USE_FORGET, "DELETE FROM used WHERE last_ms < ?")                                                                        \
    X(RESOURCE_DELETE_BELOW, "DELETE FROM resource WHERE path >= ?1 || '/' AND path < ?1 || '0'")
// clang-format on

enum sqlite_statement {
#define SQLITE_STATEMENT_ENUM(name, sql) SQL_##name,
    SQLITE_STATEMENT_LIST(SQLITE_STATEMENT_ENUM)
#undef SQLITE_STATEMENT_ENUM
    SQL_COUNT
};

struct sqlite_conn {
    sqlite3 *db;
    sqlite3_stmt *prepared[SQL_COUNT]; /* NULL until first used */
    struct gh_store_tx *next_free;
};

struct gh_store_tx {
    struct gh_store *store;
    struct sqlite_conn conn; /* owned by the store; a transaction is a connection in use */
    enum gh_store_mode mode;
    enum gh_store_mode synchronous; /* what the connection is set to */
};

struct sqlite_query {
    struct gh_store_tx *tx;
    sqlite3_stmt *st;
    bool is_copy;
    int n_bound, n_read;
    enum gh_rc rc; /* sticky */
};

/* Always followed by gh_sqlite_close, which answers the first failure. */
void gh_sqlite_query(struct sqlite_query *q, struct gh_store_tx *tx, enum sqlite_statement which);
void gh_sqlite_text(struct sqlite_query *q, struct gh_str s);
void gh_sqlite_blob(struct sqlite_query *q, struct gh_str s);
void gh_sqlite_u64(struct sqlite_query *q, uint64_t v);
void gh_sqlite_i64(struct sqlite_query *q, int64_t v);
/* True while there is a row; columns are then read in order. */
bool gh_sqlite_row(struct sqlite_query *q);
/* Lent until the next step. */
struct gh_str gh_sqlite_col_str(struct sqlite_query *q);
uint64_t gh_sqlite_col_u64(struct sqlite_query *q);
int64_t gh_sqlite_col_i64(struct sqlite_query *q);
/* A column of exactly 32 bytes; otherwise the query fails with GH_DOWN (a damaged store). */
void gh_sqlite_col_hash(struct sqlite_query *q, uint8_t out[GH_SHA256_BYTES]);
/* A copy in the arena. */
struct gh_str gh_sqlite_col_dup(struct sqlite_query *q, struct gh_arena *a);
GH_MUST_USE enum gh_rc gh_sqlite_close(struct sqlite_query *q);
/* For a statement without rows: step to the end, close. */
GH_MUST_USE enum gh_rc gh_sqlite_run(struct sqlite_query *q);

#endif
