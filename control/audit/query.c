/* SPDX-License-Identifier: Apache-2.0 */
#include "control/audit/query.h"

#include "base/codec.h"
#include "control/audit/audit_int.h"
#include "host/host.h"
#include "wire/json.h"

#define PAGE_DEFAULT 100

/* ---- parameters ---- */

static enum gh_rc
read_u64(uint64_t *out, struct gh_str s, uint64_t max, struct gh_err *err, const char *what)
{
    return s.p == NULL || gh_str_u64(out, s, max) == GH_OK ? GH_OK : gh_fail(err, GH_BAD, 0, what);
}

static enum gh_rc
read_kinds(uint32_t *out, struct gh_str list, struct gh_err *err)
{
    struct gh_str name;

    while (gh_str_cut(&name, &list, ',')) {
        unsigned kind = 1;

        while (kind < GH_RECORD_KIND_COUNT && !gh_str_eq(name, gh_str_z(gh_record_kind_names[kind])))
            kind++;
        if (kind == GH_RECORD_KIND_COUNT)
            return gh_fail(err, GH_BAD, 0, "kind: no such kind of record");
        *out |= 1u << kind;
    }
    return GH_OK;
}

static enum gh_rc
read_order(bool *is_newest_first, struct gh_str s, struct gh_err *err)
{
    *is_newest_first = gh_str_eq(s, GH_STR("newest"));
    return s.p == NULL || *is_newest_first || gh_str_eq(s, GH_STR("oldest")) ? GH_OK
                                                                             : gh_fail(err, GH_BAD, 0, "order: newest or oldest");
}

enum gh_rc
gh_audit_query_read(struct gh_audit_query *out, gh_audit_arg_fn *arg, void *ctx, struct gh_err *err)
{
    struct gh_str since = arg(ctx, "since");
    uint64_t limit = PAGE_DEFAULT;
    enum gh_rc rc;

    *out = (struct gh_audit_query){.caller = arg(ctx, "caller")};
    if (since.p != NULL && gh_time_read(&out->since_ms, since) != GH_OK)
        return gh_fail(err, GH_BAD, 0, "since: a time like 2026-01-31T23:59:59Z is expected");
    if ((rc = read_u64(&out->after, arg(ctx, "after"), INT64_MAX, err, "after: a number is expected")) != GH_OK ||
        (rc = read_u64(&out->before, arg(ctx, "before"), INT64_MAX, err, "before: a number is expected")) != GH_OK ||
        (rc = read_u64(&limit, arg(ctx, "limit"), GH_AUDIT_PAGE_MAX, err, "limit: a number up to 1000 is expected")) != GH_OK ||
        (rc = read_kinds(&out->kinds, arg(ctx, "kind"), err)) != GH_OK ||
        (rc = read_order(&out->is_newest_first, arg(ctx, "order"), err)) != GH_OK)
        return rc;
    out->limit = limit == 0 ? PAGE_DEFAULT : (size_t)limit;
    return GH_OK;
}

/* ---- records ---- */

/*
 * Entries are in the order in which they were chained, not of their times: a spool may be drained late. But a record is older than its
 * entry, and a head tells when entries up to its own stood there: all behind the newest head before `since` may match, none up to it.
 */
static enum gh_rc
bound_since(uint64_t *out, struct gh_store_tx *tx, int64_t since_ms, uint64_t last)
{
    uint64_t low = 0, high = last;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), 1u << 20);
    *out = 0;
    while (low < high) {
        uint64_t mid = low + (high - low + 1) / 2;
        struct gh_store_head h;
        enum gh_rc rc = gh_store_head_get(&h, &a, tx, mid);

        if (rc != GH_OK)
            return rc;
        if (h.n > 0 && h.time_ms < since_ms) {
            low = mid;
            *out = h.n;
        } else {
            high = mid - 1;
        }
    }
    return GH_OK;
}

struct page {
    const struct gh_audit_query *q;
    struct gh_jsonw w;
    size_t n_found, n_seen;
    uint64_t last_n; /* of the entries looked at */
    uint64_t stop;   /* downwards: not at or below this */
    bool is_full;
};

static bool
matches(const struct gh_audit_query *q, const struct gh_record *r)
{
    if (q->kinds != 0 && (q->kinds >> r->kind & 1) == 0)
        return false;
    if (r->time_ms < q->since_ms)
        return false;
    return q->caller.n == 0 || gh_str_eq(gh_record_get(r, GH_FIELD_CALLER), q->caller);
}

/* {"n":7,"hash":"..." in front of what the record's own JSON holds. */
static void
put_entry(struct gh_jsonw *w, const struct gh_store_entry *e, const struct gh_record *r)
{
    char mem[16 * GH_RECORD_BYTES_MAX],
        fields_mem[15 * GH_RECORD_BYTES_MAX]; /* a byte of text may be six of JSON, names come on top */
    struct gh_buf b, fields;

    gh_buf_init_fixed(&fields, fields_mem, sizeof fields_mem);
    gh_record_json(&fields, r);
    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_buf_putz(&b, "{\"n\":");
    gh_buf_put_u64(&b, e->n);
    gh_buf_putz(&b, ",\"hash\":\"");
    gh_buf_put_hex(&b, gh_str(e->hash, sizeof e->hash));
    gh_buf_putz(&b, "\",");
    gh_buf_put(&b, gh_str_sub(gh_buf_str(&fields), 1, SIZE_MAX));
    if (fields.rc == GH_OK && b.rc == GH_OK)
        gh_jsonw_raw(w, gh_buf_str(&b));
    else
        w->out->rc = GH_LIMIT;
}

static bool
on_entry(void *ctx, const struct gh_store_entry *e)
{
    struct page *p = ctx;
    struct gh_str bytes = e->record;
    struct gh_record r;

    if (e->n <= p->stop || (p->n_found == p->q->limit && (p->is_full = true)))
        return false;
    p->last_n = e->n;
    p->n_seen++;
    if (gh_record_next(&r, &bytes) == GH_OK && matches(p->q, &r)) {
        put_entry(&p->w, e, &r);
        p->n_found++;
    }
    return true;
}

static enum gh_rc
walk(struct page *p, struct gh_store_tx *tx, uint64_t last)
{
    const struct gh_audit_query *q = p->q;
    uint64_t floor = q->after, from;
    enum gh_rc rc;

    if (q->since_ms > 0 && (rc = bound_since(&from, tx, q->since_ms, last)) != GH_OK)
        return rc;
    if (q->since_ms > 0 && from > floor)
        floor = from;
    if (!q->is_newest_first)
        return gh_store_chain_each(tx, floor + 1, GH_AUDIT_SCAN_MAX, false, on_entry, p);
    p->stop = floor;
    from = q->before > 0 && q->before <= last ? q->before - 1 : last;
    return from == 0 ? GH_OK : gh_store_chain_each(tx, from, GH_AUDIT_SCAN_MAX, true, on_entry, p);
}

enum gh_rc
gh_audit_query_records(struct gh_buf *out, struct gh_store *store, const struct gh_audit_query *q)
{
    struct page p = {.q = q};
    gh_auto_store_tx *tx = NULL;
    struct gh_store_entry last;
    gh_auto_arena a;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), 4 * GH_RECORD_BYTES_MAX);
    gh_jsonw_init(&p.w, out);
    gh_jsonw_obj(&p.w);
    gh_jsonw_key(&p.w, "value");
    gh_jsonw_arr(&p.w);
    if ((rc = gh_store_begin(&tx, store, GH_STORE_READ)) != GH_OK || (rc = gh_store_chain_last(&last, &a, tx)) != GH_OK ||
        (rc = walk(&p, tx, last.n)) != GH_OK)
        return rc;
    gh_jsonw_end(&p.w, ']');
    gh_jsonw_key(&p.w, "next");
    if (p.is_full || p.n_seen == GH_AUDIT_SCAN_MAX)
        gh_jsonw_u64(&p.w, p.last_n);
    else
        gh_jsonw_null(&p.w);
    gh_jsonw_ku64(&p.w, "last", last.n);
    gh_jsonw_end(&p.w, '}');
    return out->rc;
}

/* ---- head and key ---- */

static enum gh_rc
put_head(struct gh_jsonw *w, struct gh_arena *a, const struct gh_store_head *stored, const uint8_t installation[16])
{
    struct gh_chain_head h = {.n = stored->n, .time_ms = stored->time_ms, .sig = stored->sig};
    struct gh_buf b;

    gh_jsonw_key(w, "head");
    if (stored->n == 0) {
        gh_jsonw_null(w);
        return GH_OK;
    }
    memcpy(h.installation, installation, sizeof h.installation);
    memcpy(h.hash, stored->hash, sizeof h.hash);
    gh_buf_init(&b, a, 4096);
    gh_chain_head_json(&b, &h);
    gh_jsonw_raw(w, gh_buf_str(&b));
    return b.rc;
}

enum gh_rc
gh_audit_query_head(struct gh_buf *out, struct gh_store *store, const uint8_t installation[16])
{
    gh_auto_store_tx *tx = NULL;
    struct gh_store_entry last;
    struct gh_store_head head;
    struct gh_jsonw w;
    gh_auto_arena a;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), 1u << 20);
    if ((rc = gh_store_begin(&tx, store, GH_STORE_READ)) != GH_OK || (rc = gh_store_chain_last(&last, &a, tx)) != GH_OK ||
        (rc = gh_store_head_get(&head, &a, tx, UINT64_MAX)) != GH_OK)
        return rc;
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    if ((rc = put_head(&w, &a, &head, installation)) != GH_OK)
        return rc;
    gh_jsonw_ku64(&w, "last", last.n);
    gh_jsonw_ku64(&w, "unsigned", last.n - head.n);
    gh_jsonw_end(&w, '}');
    return out->rc;
}

/* RFC 7468: lines of 64 characters. */
static void
put_pem(struct gh_buf *out, struct gh_str der)
{
    char mem[1024];
    struct gh_buf b;
    struct gh_str text;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_b64_encode(&b, der);
    text = gh_buf_str(&b);
    gh_buf_putz(out, "-----BEGIN PUBLIC KEY-----\n");
    for (size_t at = 0; at < text.n; at += 64) {
        gh_buf_put(out, gh_str_sub(text, at, 64));
        gh_buf_putc(out, '\n');
    }
    gh_buf_putz(out, "-----END PUBLIC KEY-----\n");
    if (b.rc != GH_OK)
        out->rc = b.rc;
}

enum gh_rc
gh_audit_query_key(struct gh_buf *out, struct gh_store *store)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_str spki;
    gh_auto_arena a;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), 1u << 16);
    if ((rc = gh_store_begin(&tx, store, GH_STORE_READ)) != GH_OK ||
        (rc = gh_store_setting_get(&spki, &a, tx, GH_STR(GH_AUDIT_SETTING_KEY))) != GH_OK)
        return rc;
    if (spki.p == NULL)
        return GH_DOWN;
    put_pem(out, spki);
    return out->rc;
}
