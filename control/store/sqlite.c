/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded engine: connections, schema steps, transactions. One writer connection under a mutex; a few readers, made on demand. */
#include "control/store/store.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/store/sqlite_int.h"
#include "host/host.h"

#define READERS_MAX    12   /* handlers in MHD's pool, the publisher, audit; more wait their turn */
#define BUSY_MS        5000 /* another process (sqlite3 shell, backup) may hold a lock this long  */
#define PATH_MAX_BYTES 4096

/* Schema, step by step: user_version is the number of steps done. Steps are only ever appended. */
static const char *const schema_steps[] = {
    "CREATE TABLE resource (path TEXT NOT NULL PRIMARY KEY, collection TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,"
    " revision INTEGER NOT NULL, body TEXT NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,"
    " created_by TEXT NOT NULL, updated_by TEXT NOT NULL);"
    "CREATE UNIQUE INDEX resource_collection ON resource (collection, name);"
    "CREATE INDEX resource_type ON resource (type, path);"
    "CREATE TABLE link (kind INTEGER NOT NULL, target TEXT NOT NULL, path TEXT NOT NULL REFERENCES resource (path) ON DELETE "
    "CASCADE,"
    " PRIMARY KEY (kind, target, path)) WITHOUT ROWID;"
    "CREATE INDEX link_path ON link (path);"
    "CREATE TABLE secret (id INTEGER PRIMARY KEY AUTOINCREMENT, resource TEXT NOT NULL REFERENCES resource (path) ON DELETE "
    "CASCADE,"
    " version TEXT NOT NULL, blob BLOB NOT NULL, created_ms INTEGER NOT NULL, created_by TEXT NOT NULL, UNIQUE (resource, "
    "version));"
    "CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;",

    "CREATE TABLE chain (n INTEGER PRIMARY KEY, hash BLOB NOT NULL, record BLOB NOT NULL);"
    "CREATE TABLE head (n INTEGER PRIMARY KEY, hash BLOB NOT NULL, time_ms INTEGER NOT NULL, sig BLOB NOT NULL);"
    "CREATE TABLE spool (name TEXT NOT NULL PRIMARY KEY, epoch INTEGER NOT NULL, offset INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE worker (epoch INTEGER PRIMARY KEY, next_sequence INTEGER NOT NULL, seen_ms INTEGER NOT NULL, is_gone INTEGER NOT "
    "NULL);"
    "CREATE TABLE open_call (epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, record BLOB NOT NULL, PRIMARY KEY (epoch, "
    "sequence))"
    " WITHOUT ROWID;"
    "CREATE TABLE key_use (id TEXT NOT NULL PRIMARY KEY, last_ms INTEGER NOT NULL) WITHOUT ROWID;",

    "CREATE TABLE signin (id BLOB NOT NULL PRIMARY KEY, principal TEXT NOT NULL, level INTEGER NOT NULL, seen_ms INTEGER NOT NULL,"
    " state BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX signin_risky ON signin (id) WHERE level > 0;"
    "CREATE TABLE used (principal TEXT NOT NULL, action INTEGER NOT NULL, scope TEXT NOT NULL, n INTEGER NOT NULL,"
    " first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, PRIMARY KEY (principal, action, scope)) WITHOUT ROWID;",
};
#define SCHEMA_STEPS (sizeof(schema_steps) / sizeof(schema_steps[0]))

struct gh_store {
    char path[PATH_MAX_BYTES];
    bool is_read_only;
    pthread_mutex_t write_lock; /* held from begin to the end of a writing transaction */
    struct gh_store_tx writer;
    pthread_mutex_t pool_lock; /* guards what follows */
    pthread_cond_t pool_more;
    struct gh_store_tx readers[READERS_MAX];
    struct gh_store_tx *free_readers;
    size_t n_readers;
};

static enum gh_rc
exec(sqlite3 *db, const char *sql)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return GH_OK;
    gh_log(GH_LOG_ERROR, "store: statement failed", GH_KS("cause", gh_str_z(sqlite3_errstr(rc))), GH_KEND);
    return GH_DOWN;
}

static void
conn_close(struct gh_store_tx *tx)
{
    for (size_t i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(tx->conn.prepared[i]);
    sqlite3_close(tx->conn.db);
    memset(&tx->conn, 0, sizeof(tx->conn));
}

static enum gh_rc
conn_open(struct gh_store_tx *tx, struct gh_store *s)
{
    int flags = (s->is_read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_PRIVATECACHE;
    tx->store = s;
    tx->synchronous = GH_STORE_FULL;
    int rc = sqlite3_open_v2(s->path, &tx->conn.db, flags, NULL);
    if (rc != SQLITE_OK) {
        gh_log(GH_LOG_ERROR, "store: cannot open", GH_KS("path", gh_str_z(s->path)), GH_KS("cause", gh_str_z(sqlite3_errstr(rc))),
            GH_KEND);
        conn_close(tx);
        return GH_DOWN;
    }
    sqlite3_busy_timeout(tx->conn.db, BUSY_MS);
    sqlite3_limit(tx->conn.db, SQLITE_LIMIT_ATTACHED, 0);
    if (s->is_read_only &&
        exec(tx->conn.db, "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY") == GH_OK)
        return GH_OK;
    if (!s->is_read_only &&
        exec(tx->conn.db,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
            " PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON") == GH_OK)
        return GH_OK;
    conn_close(tx);
    return GH_DOWN;
}

static int64_t
schema_version(sqlite3 *db)
{
    sqlite3_stmt *st = NULL;
    int64_t v = -1;
    if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        v = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return v;
}

/* One step and its number in one transaction: a crash in between leaves the old schema whole. */
static enum gh_rc
migrate_step(sqlite3 *db, size_t step)
{
    char mem[64];
    struct gh_buf set;
    gh_buf_init_fixed(&set, mem, sizeof(mem));
    gh_buf_putz(&set, "PRAGMA user_version = ");
    gh_buf_put_u64(&set, step + 1);
    gh_buf_putc(&set, '\0');
    if (exec(db, "BEGIN EXCLUSIVE") != GH_OK)
        return GH_DOWN;
    if (set.rc == GH_OK && exec(db, schema_steps[step]) == GH_OK && exec(db, mem) == GH_OK && exec(db, "COMMIT") == GH_OK)
        return GH_OK;
    (void)exec(db, "ROLLBACK");
    return GH_DOWN;
}

static enum gh_rc
migrate(sqlite3 *db, struct gh_err *err)
{
    int64_t v = schema_version(db);
    if (v < 0)
        return gh_fail(err, GH_DOWN, 0, "the store is damaged or no store");
    if ((uint64_t)v > SCHEMA_STEPS)
        return gh_fail(err, GH_LIMIT, 0, "the store was written by a newer program");
    for (size_t i = (size_t)v; i < SCHEMA_STEPS; i++)
        if (migrate_step(db, i) != GH_OK)
            return gh_fail(err, GH_DOWN, 0, "the store's schema cannot be brought up to date");
    return GH_OK;
}

/* A reader never brings the schema up to date: that is for the program that owns the file. */
static enum gh_rc
check_schema(sqlite3 *db, struct gh_err *err)
{
    int64_t v = schema_version(db);
    if (v == (int64_t)SCHEMA_STEPS)
        return GH_OK;
    if (v < 0)
        return gh_fail(err, GH_DOWN, 0, "the store is damaged or no store");
    return gh_fail(err, GH_LIMIT, 0, "the store was written by another version of the program");
}

static enum gh_rc
store_open(struct gh_store **out, const char *path, bool is_read_only, struct gh_err *err)
{
    *out = NULL;
    size_t n = strlen(path);
    if (n >= PATH_MAX_BYTES)
        return gh_fail(err, GH_LIMIT, 0, "the store's path is too long");
    struct gh_store *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return gh_fail(err, GH_NOMEM, 0, "out of memory");
    memcpy(s->path, path, n + 1);
    s->is_read_only = is_read_only;
    pthread_mutex_init(&s->write_lock, NULL);
    pthread_mutex_init(&s->pool_lock, NULL);
    pthread_cond_init(&s->pool_more, NULL);
    mode_t old = umask(077);
    enum gh_rc rc = conn_open(&s->writer, s);
    if (rc == GH_OK)
        rc = is_read_only ? check_schema(s->writer.conn.db, err) : migrate(s->writer.conn.db, err);
    else
        (void)gh_fail(err, rc, 0, "the store cannot be opened");
    umask(old);
    if (rc == GH_OK)
        *out = s;
    else
        gh_store_close(s);
    return rc;
}

/* ---- copies ---- */

static enum gh_rc
copy_into(sqlite3 *to, sqlite3 *from, struct gh_err *err)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    if (b == NULL)
        return gh_fail(err, GH_DOWN, 0, "the copy cannot be begun");
    /* All at once: the reader's lock of WAL holds one state, and keeps no writer waiting. */
    int step = sqlite3_backup_step(b, -1);
    int end = sqlite3_backup_finish(b);
    if (step != SQLITE_DONE || end != SQLITE_OK)
        return gh_fail(err, GH_DOWN, 0, sqlite3_errstr(step != SQLITE_DONE ? step : end));
    /* One file, without a log beside it. */
    return exec(to, "PRAGMA journal_mode = DELETE") == GH_OK ? GH_OK : gh_fail(err, GH_DOWN, 0, "the copy cannot be ended");
}

enum gh_rc
gh_store_copy(struct gh_store *s, const char *path, struct gh_err *err)
{
    sqlite3 *to = NULL;
    gh_auto_fd fresh = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fresh < 0)
        return gh_fail(err, GH_DOWN, 0, "the copy cannot be made");
    int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL);
    enum gh_rc result = rc == SQLITE_OK ? copy_into(to, s->writer.conn.db, err) : gh_fail(err, GH_DOWN, 0, sqlite3_errstr(rc));
    if (sqlite3_close(to) != SQLITE_OK && result == GH_OK)
        result = gh_fail(err, GH_DOWN, 0, "the copy cannot be written whole");
    if (result != GH_OK)
        (void)unlink(path);
    return result;
}

enum gh_rc
gh_store_check(struct gh_store *s, struct gh_err *err)
{
    sqlite3_stmt *st = NULL;
    bool is_whole = sqlite3_prepare_v2(s->writer.conn.db, "PRAGMA quick_check(1)", -1, &st, NULL) == SQLITE_OK &&
                    sqlite3_step(st) == SQLITE_ROW && gh_str_eq(gh_str_z((const char *)sqlite3_column_text(st, 0)), GH_STR("ok"));
    sqlite3_finalize(st);
    return is_whole ? GH_OK : gh_fail(err, GH_BAD, 0, "the store is damaged");
}

enum gh_rc
gh_store_open(struct gh_store **out, const char *path, struct gh_err *err)
{
    return store_open(out, path, false, err);
}

enum gh_rc
gh_store_open_read(struct gh_store **out, const char *path, struct gh_err *err)
{
    return store_open(out, path, true, err);
}

void
gh_store_close(struct gh_store *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n_readers; i++)
        conn_close(&s->readers[i]);
    conn_close(&s->writer);
    pthread_cond_destroy(&s->pool_more);
    pthread_mutex_destroy(&s->pool_lock);
    pthread_mutex_destroy(&s->write_lock);
    free(s);
}

/* A reader nobody uses, a new one, or the next that comes back. */
static enum gh_rc
reader_take(struct gh_store_tx **out, struct gh_store *s)
{
    enum gh_rc rc = GH_OK;
    pthread_mutex_lock(&s->pool_lock);
    while (s->free_readers == NULL && s->n_readers == READERS_MAX)
        pthread_cond_wait(&s->pool_more, &s->pool_lock);
    struct gh_store_tx *tx = s->free_readers;
    if (tx != NULL)
        s->free_readers = tx->conn.next_free;
    else if ((rc = conn_open(&s->readers[s->n_readers], s)) == GH_OK)
        tx = &s->readers[s->n_readers++];
    pthread_mutex_unlock(&s->pool_lock);
    *out = tx;
    return rc;
}

static void
tx_give_back(struct gh_store_tx *tx)
{
    struct gh_store *s = tx->store;
    if (tx == &s->writer) {
        pthread_mutex_unlock(&s->write_lock);
        return;
    }
    pthread_mutex_lock(&s->pool_lock);
    tx->conn.next_free = s->free_readers;
    s->free_readers = tx;
    pthread_cond_signal(&s->pool_more);
    pthread_mutex_unlock(&s->pool_lock);
}

/* Outside a transaction alone; SQLite ignores it inside one. */
static enum gh_rc
set_synchronous(struct gh_store_tx *tx, enum gh_store_mode mode)
{
    if (tx->synchronous == mode)
        return GH_OK;
    enum gh_rc rc = exec(tx->conn.db, mode == GH_STORE_FULL ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    if (rc == GH_OK)
        tx->synchronous = mode;
    return rc;
}

static enum gh_rc
begin_write(struct gh_store_tx *tx, enum gh_store_mode mode)
{
    enum gh_rc rc = set_synchronous(tx, mode);
    return rc != GH_OK ? rc : exec(tx->conn.db, "BEGIN IMMEDIATE");
}

/* A deferred transaction sees the state of its first read: do that now, so that it is the state at begin. */
static enum gh_rc
begin_read(struct gh_store_tx *tx)
{
    struct sqlite_query q;
    if (exec(tx->conn.db, "BEGIN DEFERRED") != GH_OK)
        return GH_DOWN;
    gh_sqlite_query(&q, tx, SQL_FIX_STATE);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_begin(struct gh_store_tx **out, struct gh_store *s, enum gh_store_mode mode)
{
    enum gh_rc rc = GH_OK;
    struct gh_store_tx *tx = &s->writer;
    *out = NULL;
    if (mode == GH_STORE_READ)
        rc = reader_take(&tx, s);
    else
        pthread_mutex_lock(&s->write_lock);
    if (rc != GH_OK)
        return rc;
    tx->mode = mode;
    rc = mode == GH_STORE_READ ? begin_read(tx) : begin_write(tx, mode);
    if (rc == GH_OK)
        *out = tx;
    else
        gh_store_rollback(tx);
    return rc;
}

enum gh_rc
gh_store_commit(struct gh_store_tx *tx)
{
    enum gh_rc rc = exec(tx->conn.db, "COMMIT");
    if (rc == GH_OK)
        tx_give_back(tx);
    else
        gh_store_rollback(tx);
    return rc;
}

void
gh_store_rollback(struct gh_store_tx *tx)
{
    if (tx == NULL)
        return;
    if (sqlite3_get_autocommit(tx->conn.db) == 0)
        (void)exec(tx->conn.db, "ROLLBACK");
    tx_give_back(tx);
}
