/* SPDX-License-Identifier: Apache-2.0 */
/* The audit chain, its heads, and how far the spool was drained, in SQLite. */
#include "control/store/sqlite_int.h"

static void
read_entry(struct gh_store_entry *e, struct sqlite_query *q)
{
    e->n = gh_sqlite_col_u64(q);
    gh_sqlite_col_hash(q, e->hash);
    e->record = gh_sqlite_col_str(q);
}

enum gh_rc
gh_store_chain_last(struct gh_store_entry *out, struct gh_arena *a, struct gh_store_tx *tx)
{
    struct sqlite_query q;
    *out = (struct gh_store_entry){0};
    gh_sqlite_query(&q, tx, SQL_CHAIN_LAST);
    if (gh_sqlite_row(&q)) {
        read_entry(out, &q);
        enum gh_rc rc = gh_arena_dup(&out->record, a, out->record);
        q.rc = rc != GH_OK ? rc : q.rc;
    }
    return gh_sqlite_close(&q);
}

enum gh_rc
gh_store_chain_add(struct gh_store_tx *tx, const struct gh_store_entry *e)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_CHAIN_ADD);
    gh_sqlite_u64(&q, e->n);
    gh_sqlite_blob(&q, gh_str(e->hash, sizeof(e->hash)));
    gh_sqlite_blob(&q, e->record);
    enum gh_rc rc = gh_sqlite_run(&q);
    if (rc != GH_OK)
        return rc;
    return sqlite3_changes(tx->conn.db) == 1 ? GH_OK : GH_BUG;
}

enum gh_rc
gh_store_chain_each(struct gh_store_tx *tx, uint64_t from, size_t max, bool is_newest_first, gh_store_entry_fn *fn, void *ctx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, is_newest_first ? SQL_CHAIN_DOWN : SQL_CHAIN_UP);
    gh_sqlite_u64(&q, from > INT64_MAX ? INT64_MAX : from);
    gh_sqlite_u64(&q, max > INT64_MAX ? INT64_MAX : max);
    while (gh_sqlite_row(&q)) {
        struct gh_store_entry e;
        read_entry(&e, &q);
        if (q.rc != GH_OK || !fn(ctx, &e))
            break;
    }
    return gh_sqlite_close(&q);
}

/* ---- heads ---- */

static void
read_head(struct gh_store_head *h, struct sqlite_query *q)
{
    h->n = gh_sqlite_col_u64(q);
    gh_sqlite_col_hash(q, h->hash);
    h->time_ms = gh_sqlite_col_i64(q);
    h->sig = gh_sqlite_col_str(q);
}

enum gh_rc
gh_store_head_add(struct gh_store_tx *tx, const struct gh_store_head *h)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_HEAD_ADD);
    gh_sqlite_u64(&q, h->n);
    gh_sqlite_blob(&q, gh_str(h->hash, sizeof(h->hash)));
    gh_sqlite_i64(&q, h->time_ms);
    gh_sqlite_blob(&q, h->sig);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_head_get(struct gh_store_head *out, struct gh_arena *a, struct gh_store_tx *tx, uint64_t at)
{
    struct sqlite_query q;
    *out = (struct gh_store_head){0};
    gh_sqlite_query(&q, tx, SQL_HEAD_GET);
    gh_sqlite_u64(&q, at > INT64_MAX ? INT64_MAX : at);
    if (gh_sqlite_row(&q)) {
        read_head(out, &q);
        enum gh_rc rc = gh_arena_dup(&out->sig, a, out->sig);
        q.rc = rc != GH_OK ? rc : q.rc;
    }
    return gh_sqlite_close(&q);
}

enum gh_rc
gh_store_head_each(struct gh_store_tx *tx, uint64_t from, size_t max, gh_store_head_fn *fn, void *ctx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_HEAD_EACH);
    gh_sqlite_u64(&q, from > INT64_MAX ? INT64_MAX : from);
    gh_sqlite_u64(&q, max > INT64_MAX ? INT64_MAX : max);
    while (gh_sqlite_row(&q)) {
        struct gh_store_head h;
        read_head(&h, &q);
        if (q.rc != GH_OK || !fn(ctx, &h))
            break;
    }
    return gh_sqlite_close(&q);
}

/* ---- spool files ---- */

enum gh_rc
gh_store_spool_get(struct gh_store_spool *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str name)
{
    struct sqlite_query q;
    *out = (struct gh_store_spool){0};
    gh_sqlite_query(&q, tx, SQL_SPOOL_GET);
    gh_sqlite_text(&q, name);
    if (gh_sqlite_row(&q)) {
        out->name = gh_sqlite_col_dup(&q, a);
        out->epoch = gh_sqlite_col_u64(&q);
        out->offset = gh_sqlite_col_u64(&q);
    }
    return gh_sqlite_close(&q);
}

enum gh_rc
gh_store_spool_put(struct gh_store_tx *tx, const struct gh_store_spool *f)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_SPOOL_PUT);
    gh_sqlite_text(&q, f->name);
    gh_sqlite_u64(&q, f->epoch);
    gh_sqlite_u64(&q, f->offset);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_spool_delete(struct gh_store_tx *tx, struct gh_str name)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_SPOOL_DELETE);
    gh_sqlite_text(&q, name);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_spool_each(struct gh_store_tx *tx, gh_store_spool_fn *fn, void *ctx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_SPOOL_EACH);
    while (gh_sqlite_row(&q)) {
        struct gh_store_spool f = {.name = gh_sqlite_col_str(&q)};
        f.epoch = gh_sqlite_col_u64(&q);
        f.offset = gh_sqlite_col_u64(&q);
        if (!fn(ctx, &f))
            break;
    }
    return gh_sqlite_close(&q);
}

/* ---- workers ---- */

static void
read_worker(struct gh_store_worker *w, struct sqlite_query *q)
{
    w->epoch = gh_sqlite_col_u64(q);
    w->next_sequence = gh_sqlite_col_u64(q);
    w->seen_ms = gh_sqlite_col_i64(q);
    w->is_gone = gh_sqlite_col_u64(q) != 0;
}

enum gh_rc
gh_store_worker_get(struct gh_store_worker *out, struct gh_store_tx *tx, uint64_t epoch)
{
    struct sqlite_query q;
    *out = (struct gh_store_worker){.epoch = epoch};
    gh_sqlite_query(&q, tx, SQL_WORKER_GET);
    gh_sqlite_u64(&q, epoch);
    if (gh_sqlite_row(&q))
        read_worker(out, &q);
    return gh_sqlite_close(&q);
}

enum gh_rc
gh_store_worker_put(struct gh_store_tx *tx, const struct gh_store_worker *w)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_WORKER_PUT);
    gh_sqlite_u64(&q, w->epoch);
    gh_sqlite_u64(&q, w->next_sequence);
    gh_sqlite_i64(&q, w->seen_ms);
    gh_sqlite_u64(&q, w->is_gone);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_worker_delete(struct gh_store_tx *tx, uint64_t epoch)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_WORKER_DELETE);
    gh_sqlite_u64(&q, epoch);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_worker_each(struct gh_store_tx *tx, gh_store_worker_fn *fn, void *ctx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_WORKER_EACH);
    while (gh_sqlite_row(&q)) {
        struct gh_store_worker w;
        read_worker(&w, &q);
        if (!fn(ctx, &w))
            break;
    }
    return gh_sqlite_close(&q);
}

/* ---- calls that have an open record and no close yet ---- */

enum gh_rc
gh_store_open_put(struct gh_store_tx *tx, const struct gh_store_open *o)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_OPEN_PUT);
    gh_sqlite_u64(&q, o->epoch);
    gh_sqlite_u64(&q, o->sequence);
    gh_sqlite_blob(&q, o->record);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_open_delete(struct gh_store_tx *tx, uint64_t epoch, uint64_t sequence)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_OPEN_DELETE);
    gh_sqlite_u64(&q, epoch);
    gh_sqlite_u64(&q, sequence);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_open_each(struct gh_store_tx *tx, uint64_t epoch, gh_store_open_fn *fn, void *ctx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_OPEN_EACH);
    gh_sqlite_u64(&q, epoch);
    while (gh_sqlite_row(&q)) {
        struct gh_store_open o = {.epoch = gh_sqlite_col_u64(&q)};
        o.sequence = gh_sqlite_col_u64(&q);
        o.record = gh_sqlite_col_str(&q);
        if (!fn(ctx, &o))
            break;
    }
    return gh_sqlite_close(&q);
}

/* ---- last use of API keys ---- */

enum gh_rc
gh_store_key_used(struct gh_store_tx *tx, struct gh_str key_id, int64_t time_ms)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_KEY_USED);
    gh_sqlite_text(&q, key_id);
    gh_sqlite_i64(&q, time_ms);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_key_last_use(int64_t *time_ms, struct gh_store_tx *tx, struct gh_str key_id)
{
    struct sqlite_query q;
    *time_ms = 0;
    gh_sqlite_query(&q, tx, SQL_KEY_LAST_USE);
    gh_sqlite_text(&q, key_id);
    if (gh_sqlite_row(&q))
        *time_ms = gh_sqlite_col_i64(&q);
    return gh_sqlite_close(&q);
}
