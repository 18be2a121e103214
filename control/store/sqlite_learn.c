/* SPDX-License-Identifier: Apache-2.0 */
/* What records taught: states of sign-ins, and counts of what was used. */
#include "control/store/sqlite_int.h"

/* ---- sign-ins ---- */

enum gh_rc
gh_store_signin_get(struct gh_store_signin *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str id)
{
    struct sqlite_query q;
    *out = (struct gh_store_signin){0};
    gh_sqlite_query(&q, tx, SQL_SIGNIN_GET);
    gh_sqlite_blob(&q, id);
    if (gh_sqlite_row(&q)) {
        out->id = gh_sqlite_col_dup(&q, a);
        out->principal = gh_sqlite_col_dup(&q, a);
        out->level = (uint8_t)gh_sqlite_col_u64(&q);
        out->seen_ms = gh_sqlite_col_i64(&q);
        out->state = gh_sqlite_col_dup(&q, a);
    }
    return gh_sqlite_close(&q);
}

enum gh_rc
gh_store_signin_put(struct gh_store_tx *tx, const struct gh_store_signin *s)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_SIGNIN_PUT);
    gh_sqlite_blob(&q, s->id);
    gh_sqlite_text(&q, s->principal);
    gh_sqlite_u64(&q, s->level);
    gh_sqlite_i64(&q, s->seen_ms);
    gh_sqlite_blob(&q, s->state);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_signin_each(struct gh_store_tx *tx, bool risky_only, struct gh_str after, size_t max, gh_store_signin_fn *fn, void *ctx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, risky_only ? SQL_SIGNIN_RISKY : SQL_SIGNIN_EACH);
    gh_sqlite_blob(&q, after);
    gh_sqlite_i64(&q, max > INT64_MAX ? INT64_MAX : (int64_t)max);
    while (gh_sqlite_row(&q)) {
        struct gh_store_signin s = {.id = gh_sqlite_col_str(&q)};
        s.principal = gh_sqlite_col_str(&q);
        s.level = (uint8_t)gh_sqlite_col_u64(&q);
        s.seen_ms = gh_sqlite_col_i64(&q);
        s.state = gh_sqlite_col_str(&q);
        if (!fn(ctx, &s))
            break;
    }
    return gh_sqlite_close(&q);
}

static enum gh_rc
one_number(uint64_t *out, struct sqlite_query *q)
{
    *out = 0;
    if (gh_sqlite_row(q))
        *out = gh_sqlite_col_u64(q);
    return gh_sqlite_close(q);
}

enum gh_rc
gh_store_signin_count(uint64_t *out, struct gh_store_tx *tx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_SIGNIN_COUNT);
    return one_number(out, &q);
}

enum gh_rc
gh_store_signin_forget(struct gh_store_tx *tx, uint64_t n)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_SIGNIN_FORGET);
    gh_sqlite_u64(&q, n);
    return gh_sqlite_run(&q);
}

/* ---- uses ---- */

enum gh_rc
gh_store_use_more(bool *is_new, struct gh_store_tx *tx, const struct gh_store_use *u)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_USE_MORE);
    gh_sqlite_u64(&q, u->n);
    gh_sqlite_i64(&q, u->first_ms);
    gh_sqlite_i64(&q, u->last_ms);
    gh_sqlite_text(&q, u->principal);
    gh_sqlite_u64(&q, u->action);
    gh_sqlite_text(&q, u->scope);
    *is_new = !gh_sqlite_row(&q);
    return *is_new ? gh_sqlite_close(&q) : gh_sqlite_run(&q); /* to its end: what RETURNING began is then done */
}

enum gh_rc
gh_store_use_new(struct gh_store_tx *tx, const struct gh_store_use *u)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_USE_NEW);
    gh_sqlite_text(&q, u->principal);
    gh_sqlite_u64(&q, u->action);
    gh_sqlite_text(&q, u->scope);
    gh_sqlite_u64(&q, u->n);
    gh_sqlite_i64(&q, u->first_ms);
    gh_sqlite_i64(&q, u->last_ms);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_use_rows(uint64_t *out, struct gh_store_tx *tx, struct gh_str principal)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_USE_ROWS);
    gh_sqlite_text(&q, principal);
    return one_number(out, &q);
}

enum gh_rc
gh_store_use_each(struct gh_store_tx *tx, struct gh_str principal, gh_store_use_fn *fn, void *ctx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_USE_EACH);
    gh_sqlite_text(&q, principal);
    while (gh_sqlite_row(&q)) {
        struct gh_store_use u = {.principal = gh_sqlite_col_str(&q)};
        u.action = gh_sqlite_col_u64(&q);
        u.scope = gh_sqlite_col_str(&q);
        u.n = gh_sqlite_col_u64(&q);
        u.first_ms = gh_sqlite_col_i64(&q);
        u.last_ms = gh_sqlite_col_i64(&q);
        if (!fn(ctx, &u))
            break;
    }
    return gh_sqlite_close(&q);
}

enum gh_rc
gh_store_use_last(int64_t *out, struct gh_store_tx *tx, struct gh_str principal)
{
    struct sqlite_query q;
    uint64_t last;
    gh_sqlite_query(&q, tx, SQL_USE_LAST);
    gh_sqlite_text(&q, principal);
    enum gh_rc rc = one_number(&last, &q);
    *out = (int64_t)last;
    return rc;
}

enum gh_rc
gh_store_use_forget(struct gh_store_tx *tx, int64_t before_ms)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_USE_FORGET);
    gh_sqlite_i64(&q, before_ms);
    return gh_sqlite_run(&q);
}

/* ---- a resource's own ---- */

enum gh_rc
gh_store_resource_delete_below(struct gh_store_tx *tx, struct gh_str path)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_RESOURCE_DELETE_BELOW);
    gh_sqlite_text(&q, path);
    return gh_sqlite_run(&q);
}
