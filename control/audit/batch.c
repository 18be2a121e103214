/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/batch: bytes of spool files become checked records and enter the chain, all in one transaction with the offsets that say so.
 *
 * The edge is not believed: each record must carry the epoch of its file and the sequence that follows the last one of that worker. What
 * is missing, torn or repeated is an alert in the chain itself, at the place where it was noticed, and the rest is read on.
 */
#include <stdlib.h>
#define HASH_FUNCTION HASH_OAT /* the usual one falls through its switch, which clang warns about */
#include <uthash.h>

#include "control/audit/audit_int.h"
#include "host/host.h"

#define ARENA_MAX  (64u << 20) /* opened records of one batch and texts: each file gives at most BATCH_BYTES of them */
#define DETAIL_MAX 160

struct open_key {
    uint64_t epoch, sequence;
};
struct audit_open {
    struct open_key key;
    struct gh_str record;
    UT_hash_handle hh;
};

enum gh_rc
gh_audit_batch_begin(struct audit_batch *b, struct gh_audit *au, struct gh_store_tx *tx)
{
    *b = (struct audit_batch){0};
    gh_arena_init(&b->arena, gh_heap(), ARENA_MAX);
    return gh_audit_append_open(&b->tail, au, tx);
}

void
gh_audit_batch_fini(struct audit_batch *b)
{
    HASH_CLEAR(hh, b->opens); /* the entries lie in the arena */
    gh_arena_fini(&b->arena);
}

/* ---- records of control's own about the spool ---- */

enum gh_rc
gh_audit_batch_gap(struct audit_batch *b, uint64_t epoch, uint64_t sequence, const char *detail, uint64_t count)
{
    char mem[DETAIL_MAX];
    struct gh_buf text;
    struct audit_own o;
    enum gh_rc rc;

    if ((rc = gh_audit_append_begin(&o, &b->tail, GH_RECORD_SPOOL_GAP)) != GH_OK)
        return rc;
    gh_buf_init_fixed(&text, mem, sizeof mem);
    gh_buf_putz(&text, detail);
    gh_buf_putz(&text, ": ");
    gh_buf_put_u64(&text, count);
    gh_record_text(&o.w, GH_FIELD_DETAIL, gh_buf_str(&text));
    gh_record_u64(&o.w, GH_FIELD_OPEN_EPOCH, epoch);
    gh_record_u64(&o.w, GH_FIELD_OPEN_SEQUENCE, sequence);
    b->n_alerts++;
    gh_log(GH_LOG_ERROR, "spool", GH_KS("alert", gh_buf_str(&text)), GH_KU("sequence", sequence), GH_KEND);
    return gh_audit_append_end(&o, &b->tail);
}

/* What an open record said about the call, told again by the record that ends it. */
static const enum gh_field lost_fields[] = {
    GH_FIELD_REQUEST_ID,
    GH_FIELD_CALLER,
    GH_FIELD_ISSUER,
    GH_FIELD_CREDENTIAL_ID,
    GH_FIELD_ROUTE,
    GH_FIELD_SCOPE,
    GH_FIELD_ACTION,
    GH_FIELD_BACKEND,
    GH_FIELD_MODEL,
};

static enum gh_rc
lost_one(struct audit_batch *b, const struct gh_store_open *open)
{
    struct gh_str bytes = open->record;
    struct gh_record r;
    struct audit_own o;
    enum gh_rc rc;

    if (gh_record_next(&r, &bytes) != GH_OK)
        return GH_BUG; /* the store gives back what was checked */
    if ((rc = gh_audit_append_begin(&o, &b->tail, GH_RECORD_WORKER_LOST)) != GH_OK)
        return rc;
    for (size_t i = 0; i < sizeof lost_fields / sizeof lost_fields[0]; i++)
        gh_record_text(&o.w, lost_fields[i], gh_record_get(&r, lost_fields[i]));
    gh_record_text(&o.w, GH_FIELD_END, GH_STR("worker lost"));
    gh_record_u64(&o.w, GH_FIELD_OPEN_EPOCH, open->epoch);
    gh_record_u64(&o.w, GH_FIELD_OPEN_SEQUENCE, open->sequence);
    if ((rc = gh_audit_append_end(&o, &b->tail)) != GH_OK)
        return rc;
    return gh_store_open_delete(b->tail.tx, open->epoch, open->sequence);
}

struct first_open {
    struct audit_batch *b;
    struct gh_store_open open;
    enum gh_rc rc;
};

static bool
on_first_open(void *ctx, const struct gh_store_open *open)
{
    struct first_open *f = ctx;

    f->open = *open;
    f->rc = gh_arena_dup(&f->open.record, &f->b->arena, open->record);
    return false;
}

enum gh_rc
gh_audit_batch_lost(struct audit_batch *b, uint64_t epoch)
{
    for (;;) {
        struct first_open f = {.b = b};
        enum gh_rc rc = gh_store_open_each(b->tail.tx, epoch, on_first_open, &f);

        if (rc != GH_OK || f.rc != GH_OK)
            return rc != GH_OK ? rc : f.rc;
        if (f.open.record.p == NULL)
            return GH_OK;
        if ((rc = lost_one(b, &f.open)) != GH_OK)
            return rc;
    }
}

/* ---- what a record means to control, by kind ---- */

static enum gh_rc
on_open(struct audit_batch *b, const struct gh_record *r)
{
    struct audit_open *o = gh_arena_take(&b->arena, sizeof *o);
    struct gh_str id = gh_record_get(r, GH_FIELD_CREDENTIAL_ID);

    if (o == NULL || gh_arena_dup(&o->record, &b->arena, r->bytes) != GH_OK)
        return GH_NOMEM;
    o->key = (struct open_key){r->epoch, r->sequence};
    HASH_ADD(hh, b->opens, key, sizeof o->key, o);
    if (!gh_str_eq(gh_record_get(r, GH_FIELD_ISSUER), GH_STR("key")) || id.n == 0)
        return GH_OK;
    for (size_t i = 0; i < b->n_keys; i++) {
        if (gh_str_eq(b->key[i].id, id)) {
            b->key[i].time_ms = r->time_ms;
            return GH_OK;
        }
    }
    if (b->n_keys == BATCH_KEYS_MAX)
        return gh_store_key_used(b->tail.tx, id, r->time_ms);
    b->key[b->n_keys].time_ms = r->time_ms;
    return gh_arena_dup(&b->key[b->n_keys++].id, &b->arena, id);
}

struct find_open {
    struct gh_str request_id;
    uint64_t sequence;
};

static bool
on_find_open(void *ctx, const struct gh_store_open *open)
{
    struct find_open *f = ctx;
    struct gh_str bytes = open->record;
    struct gh_record r;

    if (gh_record_next(&r, &bytes) == GH_OK && gh_str_eq(gh_record_get(&r, GH_FIELD_REQUEST_ID), f->request_id))
        f->sequence = open->sequence;
    return f->sequence == UINT64_MAX;
}

/* A close names its open by sequence, and by epoch where the worker began a new one in between; else it is joined by the request's id. */
static enum gh_rc
close_sequence(uint64_t *out, struct audit_batch *b, const struct gh_record *r)
{
    struct find_open f = {gh_record_get(r, GH_FIELD_REQUEST_ID), UINT64_MAX};

    if (gh_record_get(r, GH_FIELD_OPEN_SEQUENCE).p != NULL) {
        *out = gh_record_get_u64(r, GH_FIELD_OPEN_SEQUENCE);
        return GH_OK;
    }
    *out = UINT64_MAX;
    for (struct audit_open *o = b->opens; o != NULL; o = o->hh.next) {
        struct gh_store_open open = {.epoch = o->key.epoch, .sequence = o->key.sequence, .record = o->record};

        if (o->key.epoch == r->epoch && !on_find_open(&f, &open)) {
            *out = f.sequence;
            return GH_OK;
        }
    }
    enum gh_rc rc = gh_store_open_each(b->tail.tx, r->epoch, on_find_open, &f);
    *out = f.sequence;
    return rc;
}

static enum gh_rc
on_close(struct audit_batch *b, const struct gh_record *r)
{
    struct open_key key = {.epoch = r->epoch};
    struct audit_open *o = NULL;
    enum gh_rc rc = close_sequence(&key.sequence, b, r);

    if (rc != GH_OK || key.sequence == UINT64_MAX)
        return rc;
    if (gh_record_get(r, GH_FIELD_OPEN_EPOCH).p != NULL)
        key.epoch = gh_record_get_u64(r, GH_FIELD_OPEN_EPOCH);
    HASH_FIND(hh, b->opens, &key, sizeof key, o);
    if (o == NULL)
        return gh_store_open_delete(b->tail.tx, key.epoch, key.sequence);
    HASH_DEL(b->opens, o);
    return GH_OK;
}

static enum gh_rc
on_key_wanted(struct audit_batch *b, const struct gh_record *r)
{
    struct gh_str issuer = gh_record_get(r, GH_FIELD_ISSUER), kid = gh_record_get(r, GH_FIELD_KID);
    enum gh_rc rc;

    for (size_t i = 0; i < b->n_wanted; i++) {
        if (gh_str_eq(b->wanted[i].issuer, issuer) && gh_str_eq(b->wanted[i].kid, kid))
            return GH_OK;
    }
    if (b->n_wanted == BATCH_WANTED_MAX)
        return GH_OK;
    if ((rc = gh_arena_dup(&b->wanted[b->n_wanted].issuer, &b->arena, issuer)) != GH_OK)
        return rc;
    return gh_arena_dup(&b->wanted[b->n_wanted++].kid, &b->arena, kid);
}

static enum gh_rc (*const on_kind[GH_RECORD_KIND_COUNT])(struct audit_batch *b, const struct gh_record *r) = {
    [GH_RECORD_OPEN] = on_open,
    [GH_RECORD_CLOSE] = on_close,
    [GH_RECORD_KEY_WANTED] = on_key_wanted,
};

/* ---- one file ---- */

/* A worker begins with 1 (or 0): what is missing at its front is a gap as well. */
static uint64_t
expected(const struct gh_store_worker *w, uint64_t sequence)
{
    if (w->next_sequence > 0)
        return w->next_sequence;
    return sequence == 0 ? 0 : 1;
}

static enum gh_rc
take(struct audit_batch *b, struct gh_store_worker *w, uint64_t *n_stale, const struct gh_record *r)
{
    const struct gh_audit_learner *l = b->tail.au->config.learner;
    uint64_t want = expected(w, r->sequence);
    enum gh_rc rc;

    if (r->sequence < want) {
        ++*n_stale;
        return GH_OK;
    }
    if (r->sequence > want && (rc = gh_audit_batch_gap(b, r->epoch, want, "records are missing", r->sequence - want)) != GH_OK)
        return rc;
    if ((rc = gh_audit_append(&b->tail, r->bytes)) != GH_OK)
        return rc;
    w->next_sequence = r->sequence + 1;
    w->seen_ms = r->time_ms;
    w->is_gone = false;
    b->n_records++;
    if (l != NULL && (rc = l->record(l->ctx, b->tail.tx, r)) != GH_OK)
        return rc;
    return on_kind[r->kind] == NULL ? GH_OK : on_kind[r->kind](b, r);
}

static bool
is_record_of(struct gh_str at, uint64_t epoch)
{
    struct gh_record r;

    return gh_record_next(&r, &at) == GH_OK && r.epoch == epoch;
}

/* Damage: on to the next whole record of this worker. A read that was full may end in the middle of one, so its last bytes stay. */
static enum gh_rc
resync(struct audit_batch *b, struct gh_str *rest, const struct gh_store_worker *w, bool is_full)
{
    size_t end = is_full && rest->n > GH_RECORD_BYTES_MAX ? rest->n - GH_RECORD_BYTES_MAX : rest->n, skip = 1;

    while (skip < end && !is_record_of(gh_str_sub(*rest, skip, SIZE_MAX), w->epoch))
        skip++;
    *rest = gh_str_sub(*rest, skip, SIZE_MAX);
    return gh_audit_batch_gap(b, w->epoch, w->next_sequence, "damaged bytes", skip);
}

static enum gh_rc
take_all(struct audit_batch *b, struct gh_store_worker *w, struct gh_str *rest, bool is_full)
{
    uint64_t n_stale = 0;
    enum gh_rc rc = GH_OK;

    while (rc == GH_OK && rest->n > 0) {
        struct gh_str at = *rest;
        struct gh_record r;
        enum gh_rc how = gh_record_next(&r, &at);

        if (how == GH_MORE)
            break;
        if (how == GH_OK && r.epoch == w->epoch) {
            rc = take(b, w, &n_stale, &r);
            *rest = at;
        } else {
            rc = resync(b, rest, w, is_full);
        }
    }
    if (rc == GH_OK && n_stale > 0)
        rc = gh_audit_batch_gap(b, w->epoch, w->next_sequence, "records that repeat an earlier sequence were left out", n_stale);
    return rc;
}

enum gh_rc
gh_audit_batch_file(struct audit_batch *b, struct spool_file *f, struct gh_str bytes, bool is_end)
{
    struct gh_store_spool row = {.name = gh_str_z(f->name), .epoch = f->epoch};
    struct gh_store_worker w;
    struct gh_str rest = bytes;
    enum gh_rc rc;

    if ((rc = gh_store_worker_get(&w, b->tail.tx, f->epoch)) != GH_OK)
        return rc;
    if ((rc = take_all(b, &w, &rest, bytes.n == BATCH_BYTES)) != GH_OK)
        return rc;
    if (rest.n > 0 && is_end) {
        /* A worker that was killed may leave half a record, the last thing that it wrote; anywhere else it is an alert. */
        if (!f->is_last && (rc = gh_audit_batch_gap(b, f->epoch, w.next_sequence, "torn record", rest.n)) != GH_OK)
            return rc;
        rest.n = 0;
    }
    f->offset += bytes.n - rest.n;
    row.offset = f->offset;
    if ((rc = gh_store_worker_put(b->tail.tx, &w)) != GH_OK)
        return rc;
    return gh_store_spool_put(b->tail.tx, &row);
}

enum gh_rc
gh_audit_batch_end(struct audit_batch *b)
{
    enum gh_rc rc;

    for (struct audit_open *o = b->opens; o != NULL; o = o->hh.next) {
        struct gh_store_open open = {.epoch = o->key.epoch, .sequence = o->key.sequence, .record = o->record};

        if ((rc = gh_store_open_put(b->tail.tx, &open)) != GH_OK)
            return rc;
    }
    HASH_CLEAR(hh, b->opens);
    for (size_t i = 0; i < b->n_keys; i++) {
        if ((rc = gh_store_key_used(b->tail.tx, b->key[i].id, b->key[i].time_ms)) != GH_OK)
            return rc;
    }
    return GH_OK;
}
