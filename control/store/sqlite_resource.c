/* SPDX-License-Identifier: Apache-2.0 */
/* Resources, links, secret versions, settings and counters in SQLite. */
#include "control/store/sqlite_int.h"

/* The stored word of a type is its row's name: enum numbers may move between versions, names do not. */
static enum gh_resource
type_from_name(struct gh_str name)
{
    for (int t = GH_RESOURCE_NONE + 1; t < GH_RESOURCE_COUNT; t++)
        if (gh_str_eq(name, gh_str_z(gh_resource_table[t].name)))
            return (enum gh_resource)t;
    return GH_RESOURCE_NONE;
}

static void
split_path(struct gh_str *collection, struct gh_str *name, struct gh_str path)
{
    size_t cut = path.n;
    while (cut > 0 && path.p[cut - 1] != '/')
        cut--;
    *collection = gh_str_sub(path, 0, cut > 0 ? cut - 1 : 0);
    *name = gh_str_sub(path, cut, path.n);
}

/* Columns in the order of every SELECT on resource. Lent until the next step. */
static void
read_row(struct gh_store_resource *r, struct sqlite_query *q)
{
    r->path = gh_sqlite_col_str(q);
    r->type = type_from_name(gh_sqlite_col_str(q));
    r->revision = gh_sqlite_col_u64(q);
    r->body = gh_sqlite_col_str(q);
    r->created_ms = gh_sqlite_col_i64(q);
    r->updated_ms = gh_sqlite_col_i64(q);
    r->created_by = gh_sqlite_col_str(q);
    r->updated_by = gh_sqlite_col_str(q);
}

static enum gh_rc
dup_all(struct gh_str *const *fields, size_t n, struct gh_arena *a)
{
    for (size_t i = 0; i < n; i++) {
        enum gh_rc rc = gh_arena_dup(fields[i], a, *fields[i]);
        if (rc != GH_OK)
            return rc;
    }
    return GH_OK;
}

enum gh_rc
gh_store_resource_get(struct gh_store_resource *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str path)
{
    struct sqlite_query q;
    *out = (struct gh_store_resource){0};
    gh_sqlite_query(&q, tx, SQL_RESOURCE_GET);
    gh_sqlite_text(&q, path);
    if (gh_sqlite_row(&q)) {
        read_row(out, &q);
        struct gh_str *const fields[] = {&out->path, &out->body, &out->created_by, &out->updated_by};
        enum gh_rc rc = dup_all(fields, 4, a);
        q.rc = rc != GH_OK ? rc : q.rc;
    }
    return gh_sqlite_close(&q);
}

enum gh_rc
gh_store_resource_put(struct gh_store_tx *tx, struct gh_store_resource *r)
{
    struct sqlite_query q;
    struct gh_str collection, name;
    enum gh_rc rc = gh_store_counter_draw(&r->revision, tx, GH_STR("revision"), 1);
    if (rc != GH_OK)
        return rc;
    split_path(&collection, &name, r->path);
    gh_sqlite_query(&q, tx, SQL_RESOURCE_PUT);
    gh_sqlite_text(&q, r->path);
    gh_sqlite_text(&q, collection);
    gh_sqlite_text(&q, name);
    gh_sqlite_text(&q, gh_str_z(gh_resource_table[r->type].name));
    gh_sqlite_u64(&q, r->revision);
    gh_sqlite_text(&q, r->body);
    gh_sqlite_i64(&q, r->created_ms);
    gh_sqlite_i64(&q, r->updated_ms);
    gh_sqlite_text(&q, r->created_by);
    gh_sqlite_text(&q, r->updated_by);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_resource_delete(struct gh_store_tx *tx, struct gh_str path)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_RESOURCE_DELETE);
    gh_sqlite_text(&q, path);
    return gh_sqlite_run(&q);
}

static enum gh_rc
walk_resources(struct sqlite_query *q, gh_store_resource_fn *fn, void *ctx)
{
    while (gh_sqlite_row(q)) {
        struct gh_store_resource r;
        read_row(&r, q);
        if (!fn(ctx, &r))
            break;
    }
    return gh_sqlite_close(q);
}

enum gh_rc
gh_store_resource_list(
    struct gh_store_tx *tx, struct gh_str collection, struct gh_str after, size_t max, gh_store_resource_fn *fn, void *ctx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_RESOURCE_LIST);
    gh_sqlite_text(&q, collection);
    gh_sqlite_text(&q, after);
    gh_sqlite_u64(&q, max);
    return walk_resources(&q, fn, ctx);
}

enum gh_rc
gh_store_resource_each(struct gh_store_tx *tx, enum gh_resource type, gh_store_resource_fn *fn, void *ctx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_RESOURCE_EACH);
    gh_sqlite_text(&q, gh_str_z(gh_resource_table[type].name));
    return walk_resources(&q, fn, ctx);
}

enum gh_rc
gh_store_resource_below(uint64_t *out, struct gh_store_tx *tx, struct gh_str path)
{
    struct sqlite_query q;
    *out = 0;
    gh_sqlite_query(&q, tx, SQL_RESOURCE_BELOW);
    gh_sqlite_text(&q, path);
    if (gh_sqlite_row(&q))
        *out = gh_sqlite_col_u64(&q);
    return gh_sqlite_close(&q);
}

/* ---- links ---- */

static enum gh_rc
link_add(struct gh_store_tx *tx, struct gh_str path, const struct gh_store_link *l)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_LINK_ADD);
    gh_sqlite_u64(&q, (uint64_t)l->kind);
    gh_sqlite_text(&q, l->target);
    gh_sqlite_text(&q, path);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_link_set(struct gh_store_tx *tx, struct gh_str path, const struct gh_store_link *links, size_t n)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_LINK_CLEAR);
    gh_sqlite_text(&q, path);
    enum gh_rc rc = gh_sqlite_run(&q);
    for (size_t i = 0; i < n && rc == GH_OK; i++)
        rc = link_add(tx, path, &links[i]);
    return rc;
}

static enum gh_rc
walk_links(struct sqlite_query *q, gh_store_link_fn *fn, void *ctx)
{
    while (gh_sqlite_row(q)) {
        struct gh_str path = gh_sqlite_col_str(q);
        struct gh_store_link link = {.kind = (enum gh_store_link_kind)gh_sqlite_col_u64(q)};
        link.target = gh_sqlite_col_str(q);
        if (!fn(ctx, path, &link))
            break;
    }
    return gh_sqlite_close(q);
}

enum gh_rc
gh_store_link_to(struct gh_store_tx *tx, enum gh_store_link_kind kind, struct gh_str target, gh_store_link_fn *fn, void *ctx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_LINK_TO);
    gh_sqlite_u64(&q, (uint64_t)kind);
    gh_sqlite_text(&q, target);
    return walk_links(&q, fn, ctx);
}

enum gh_rc
gh_store_link_from(struct gh_store_tx *tx, struct gh_str path, gh_store_link_fn *fn, void *ctx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_LINK_FROM);
    gh_sqlite_text(&q, path);
    return walk_links(&q, fn, ctx);
}

enum gh_rc
gh_store_link_each(struct gh_store_tx *tx, enum gh_store_link_kind kind, gh_store_link_fn *fn, void *ctx)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_LINK_EACH);
    gh_sqlite_u64(&q, (uint64_t)kind);
    return walk_links(&q, fn, ctx);
}

/* ---- secret versions ---- */

enum gh_rc
gh_store_secret_add(struct gh_store_tx *tx, const struct gh_store_secret *s)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_SECRET_ADD);
    gh_sqlite_text(&q, s->resource);
    gh_sqlite_text(&q, s->version);
    gh_sqlite_blob(&q, s->blob);
    gh_sqlite_i64(&q, s->created_ms);
    gh_sqlite_text(&q, s->created_by);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_secret_get(
    struct gh_store_secret *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str resource, struct gh_str version)
{
    struct sqlite_query q;
    *out = (struct gh_store_secret){0};
    gh_sqlite_query(&q, tx, version.n == 0 ? SQL_SECRET_NEWEST : SQL_SECRET_GET);
    gh_sqlite_text(&q, resource);
    if (version.n > 0)
        gh_sqlite_text(&q, version);
    if (gh_sqlite_row(&q)) {
        out->resource = gh_sqlite_col_dup(&q, a);
        out->version = gh_sqlite_col_dup(&q, a);
        out->blob = gh_sqlite_col_dup(&q, a);
        out->created_ms = gh_sqlite_col_i64(&q);
        out->created_by = gh_sqlite_col_dup(&q, a);
    }
    return gh_sqlite_close(&q);
}

/* ---- settings and counters ---- */

enum gh_rc
gh_store_setting_get(struct gh_str *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str name)
{
    struct sqlite_query q;
    *out = (struct gh_str){NULL, 0};
    gh_sqlite_query(&q, tx, SQL_SETTING_GET);
    gh_sqlite_text(&q, name);
    if (gh_sqlite_row(&q))
        *out = gh_sqlite_col_dup(&q, a);
    return gh_sqlite_close(&q);
}

enum gh_rc
gh_store_setting_put(struct gh_store_tx *tx, struct gh_str name, struct gh_str value)
{
    struct sqlite_query q;
    gh_sqlite_query(&q, tx, SQL_SETTING_PUT);
    gh_sqlite_text(&q, name);
    gh_sqlite_blob(&q, value);
    return gh_sqlite_run(&q);
}

enum gh_rc
gh_store_counter_draw(uint64_t *first, struct gh_store_tx *tx, struct gh_str name, uint64_t n)
{
    struct sqlite_query q;
    *first = 0;
    gh_sqlite_query(&q, tx, SQL_COUNTER_DRAW);
    gh_sqlite_text(&q, name);
    gh_sqlite_u64(&q, n);
    if (gh_sqlite_row(&q))
        *first = gh_sqlite_col_u64(&q);
    return gh_sqlite_run(&q);
}
