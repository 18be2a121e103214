/* SPDX-License-Identifier: Apache-2.0 */
/* A prepared statement in use: bind in order, step, read columns in order. The first failure sticks and is answered by close. */
#include "control/store/sqlite_int.h"

#include "host/host.h"

static const char *const statement_sql[SQL_COUNT] = {
#define SQLITE_STATEMENT_SQL(name, sql) [SQL_##name] = sql,
    SQLITE_STATEMENT_LIST(SQLITE_STATEMENT_SQL)
#undef SQLITE_STATEMENT_SQL
};

static void
fail(struct sqlite_query *q, int code)
{
    if (q->rc != GH_OK)
        return;
    gh_log(GH_LOG_ERROR, "store: query failed", GH_KS("cause", gh_str_z(sqlite3_errstr(code))), GH_KEND);
    q->rc = code == SQLITE_NOMEM ? GH_NOMEM : GH_DOWN;
}

static sqlite3_stmt *
prepare(struct sqlite_query *q, enum sqlite_statement which, unsigned flags)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v3(q->tx->conn.db, statement_sql[which], -1, flags, &st, NULL);
    if (rc != SQLITE_OK)
        fail(q, rc);
    return st;
}

void
gh_sqlite_query(struct sqlite_query *q, struct gh_store_tx *tx, enum sqlite_statement which)
{
    *q = (struct sqlite_query){.tx = tx};
    sqlite3_stmt **kept = &tx->conn.prepared[which];
    if (*kept == NULL)
        *kept = prepare(q, which, SQLITE_PREPARE_PERSISTENT);
    q->st = *kept;
    if (q->st != NULL && sqlite3_stmt_busy(q->st)) {
        q->st = prepare(q, which, 0);
        q->is_copy = true;
    }
}

static void
bound(struct sqlite_query *q, int code)
{
    if (code != SQLITE_OK)
        fail(q, code);
}

/* The slice is alive until close, so SQLite need not copy it. An empty text is text, not NULL. */
void
gh_sqlite_text(struct sqlite_query *q, struct gh_str s)
{
    if (q->st != NULL)
        bound(q, sqlite3_bind_text64(q->st, ++q->n_bound, s.n == 0 ? "" : s.p, s.n, SQLITE_STATIC, SQLITE_UTF8));
}

void
gh_sqlite_blob(struct sqlite_query *q, struct gh_str s)
{
    if (q->st != NULL)
        bound(q, sqlite3_bind_blob64(q->st, ++q->n_bound, s.n == 0 ? "" : s.p, s.n, SQLITE_STATIC));
}

/* SQLite's integers are signed; a u64 keeps its bits, and only values below 2^63 are ever compared by order. */
void
gh_sqlite_u64(struct sqlite_query *q, uint64_t v)
{
    gh_sqlite_i64(q, (int64_t)v);
}

void
gh_sqlite_i64(struct sqlite_query *q, int64_t v)
{
    if (q->st != NULL)
        bound(q, sqlite3_bind_int64(q->st, ++q->n_bound, v));
}

bool
gh_sqlite_row(struct sqlite_query *q)
{
    if (q->rc != GH_OK)
        return false;
    q->n_read = 0;
    int rc = sqlite3_step(q->st);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        fail(q, rc);
    return rc == SQLITE_ROW;
}

struct gh_str
gh_sqlite_col_str(struct sqlite_query *q)
{
    int i = q->n_read++;
    const void *p = sqlite3_column_blob(q->st, i);
    return gh_str(p == NULL ? "" : p, (size_t)sqlite3_column_bytes(q->st, i));
}

uint64_t
gh_sqlite_col_u64(struct sqlite_query *q)
{
    return (uint64_t)gh_sqlite_col_i64(q);
}

int64_t
gh_sqlite_col_i64(struct sqlite_query *q)
{
    return sqlite3_column_int64(q->st, q->n_read++);
}

void
gh_sqlite_col_hash(struct sqlite_query *q, uint8_t out[GH_SHA256_BYTES])
{
    struct gh_str s = gh_sqlite_col_str(q);
    memset(out, 0, GH_SHA256_BYTES);
    if (s.n == GH_SHA256_BYTES)
        memcpy(out, s.p, s.n);
    else
        fail(q, SQLITE_CORRUPT);
}

struct gh_str
gh_sqlite_col_dup(struct sqlite_query *q, struct gh_arena *a)
{
    struct gh_str copy = {NULL, 0};
    enum gh_rc rc = gh_arena_dup(&copy, a, gh_sqlite_col_str(q));
    if (rc != GH_OK && q->rc == GH_OK)
        q->rc = rc;
    return copy;
}

enum gh_rc
gh_sqlite_close(struct sqlite_query *q)
{
    if (q->is_copy) {
        sqlite3_finalize(q->st);
    } else if (q->st != NULL) {
        (void)sqlite3_reset(q->st); /* repeats the step's failure, which is known */
        (void)sqlite3_clear_bindings(q->st);
    }
    q->st = NULL;
    return q->rc;
}

enum gh_rc
gh_sqlite_run(struct sqlite_query *q)
{
    while (gh_sqlite_row(q))
        ;
    return gh_sqlite_close(q);
}
