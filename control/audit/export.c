/* SPDX-License-Identifier: Apache-2.0 */
#include "control/audit/export.h"

#include <stdlib.h>

#include "base/codec.h"
#include "control/audit/formats.h"
#include "control/audit/keys.h"
#include "host/host.h"
#include "wire/json.h"

struct gh_audit_export {
    struct gh_store *store;
    uint8_t installation[16];
    const struct gh_audit_format *format;
    uint64_t at, end;              /* entries written so far, and the last one to write */
    uint8_t hash[GH_SHA256_BYTES]; /* of entry `after`: where a partial export starts */
    bool has_begun, has_ended;
    bool has_stray; /* a head stands behind the last entry: the end was cut, and the verifier shall see it */
};

static bool
on_start(void *ctx, const struct gh_store_entry *e)
{
    struct gh_audit_export *x = ctx;

    if (e->n == x->at)
        memcpy(x->hash, e->hash, sizeof x->hash);
    return false;
}

/* The hash in front of the first line: that of entry `after`, or the chain's own beginning. */
static enum gh_rc
read_start(struct gh_audit_export *x, struct gh_store_tx *tx)
{
    struct gh_chain_state s;
    enum gh_rc rc;

    if (x->at > 0)
        return gh_store_chain_each(tx, x->at, 1, false, on_start, x);
    if ((rc = gh_chain_init(&s, x->installation)) == GH_OK)
        memcpy(x->hash, s.hash, sizeof x->hash);
    return rc;
}

static enum gh_rc
look(struct gh_audit_export *x, struct gh_err *err)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_store_entry last;
    struct gh_store_head head;
    gh_auto_arena a;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), 4 * GH_RECORD_BYTES_MAX);
    if ((rc = gh_store_begin(&tx, x->store, GH_STORE_READ)) != GH_OK || (rc = gh_store_chain_last(&last, &a, tx)) != GH_OK ||
        (rc = gh_store_head_get(&head, &a, tx, UINT64_MAX)) != GH_OK)
        return gh_fail(err, rc, 0, "the store cannot be read");
    x->end = last.n;
    x->has_stray = head.n > last.n;
    if (x->at > x->end)
        return gh_fail(err, GH_BAD, 0, "after: the chain is shorter");
    return read_start(x, tx) == GH_OK ? GH_OK : gh_fail(err, GH_DOWN, 0, "the store cannot be read");
}

enum gh_rc
gh_audit_export_new(struct gh_audit_export **out, struct gh_store *store, const uint8_t installation[16], struct gh_str format,
    uint64_t after, struct gh_err *err)
{
    struct gh_audit_export *x;
    enum gh_rc rc;

    *out = NULL;
    if (gh_audit_format_find(format) == NULL)
        return gh_fail(err, GH_BAD, 0, "format: jsonl, ocsf or cef");
    if ((x = calloc(1, sizeof *x)) == NULL)
        return gh_fail(err, GH_NOMEM, 0, "out of memory");
    x->store = store;
    x->format = gh_audit_format_find(format);
    x->at = after;
    memcpy(x->installation, installation, sizeof x->installation);
    if ((rc = look(x, err)) != GH_OK) {
        free(x);
        return rc;
    }
    *out = x;
    return GH_OK;
}

void
gh_audit_export_free(struct gh_audit_export *x)
{
    free(x);
}

const char *
gh_audit_export_type(const struct gh_audit_export *x)
{
    return x->format->content_type;
}

/* ---- lines of jsonl ---- */

static void
khex(struct gh_jsonw *w, const char *key, const uint8_t *bytes, size_t n)
{
    char mem[2 * GH_SHA256_BYTES];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_buf_put_hex(&b, gh_str(bytes, n));
    gh_jsonw_kstr(w, key, gh_buf_str(&b));
}

static void
begin_line(struct gh_buf *out, const struct gh_audit_export *x)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "type", GH_STR("export"));
    gh_jsonw_ku64(&w, "version", 1);
    khex(&w, "installation", x->installation, sizeof x->installation);
    gh_jsonw_ku64(&w, "after", x->at);
    khex(&w, "hash", x->hash, sizeof x->hash);
    gh_jsonw_end(&w, '}');
    gh_buf_putc(out, '\n');
}

/* Where there was more than one: each key, so that what each signed can be checked. */
static enum gh_rc
key_lines(struct gh_buf *out, struct gh_audit_export *x)
{
    struct gh_audit_keys keys;
    gh_auto_store_tx *tx = NULL;
    gh_auto_arena a;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), 1u << 20);
    if ((rc = gh_store_begin(&tx, x->store, GH_STORE_READ)) != GH_OK || (rc = gh_audit_keys_read(&keys, &a, tx)) != GH_OK)
        return rc;
    for (size_t i = 0; keys.n > 1 && i < keys.n; i++) {
        struct gh_jsonw w;
        struct gh_buf b;

        gh_buf_init(&b, &a, 1024);
        gh_b64_encode(&b, keys.key[i].spki);
        gh_jsonw_init(&w, out);
        gh_jsonw_obj(&w);
        gh_jsonw_kstr(&w, "type", GH_STR("key"));
        gh_jsonw_ku64(&w, "from", keys.key[i].from);
        gh_jsonw_kstr(&w, "key", gh_buf_str(&b));
        gh_jsonw_end(&w, '}');
        gh_buf_putc(out, '\n');
    }
    return GH_OK;
}

static void
end_line(struct gh_buf *out, const struct gh_audit_export *x)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "type", GH_STR("end"));
    gh_jsonw_ku64(&w, "n", x->end);
    gh_jsonw_end(&w, '}');
    gh_buf_putc(out, '\n');
}

static void
record_line(struct gh_buf *out, const struct gh_store_entry *e, const struct gh_record *r)
{
    char mem[16 * GH_RECORD_BYTES_MAX];
    struct gh_jsonw w;
    struct gh_buf b;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "type", GH_STR("record"));
    gh_jsonw_ku64(&w, "n", e->n);
    khex(&w, "hash", e->hash, sizeof e->hash);
    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_b64_encode(&b, e->record);
    gh_jsonw_kstr(&w, "record", gh_buf_str(&b));
    if (r->kind != GH_RECORD_NONE) {
        gh_buf_init_fixed(&b, mem, sizeof mem);
        gh_record_json(&b, r);
        gh_jsonw_key(&w, "decoded");
        gh_jsonw_raw(&w, b.rc == GH_OK ? gh_buf_str(&b) : GH_STR("null"));
    }
    gh_jsonw_end(&w, '}');
    gh_buf_putc(out, '\n');
}

static void
head_line(struct gh_buf *out, const struct gh_audit_export *x, const struct gh_store_head *stored)
{
    struct gh_chain_head h = {.n = stored->n, .time_ms = stored->time_ms, .sig = stored->sig};
    char mem[1024];
    struct gh_jsonw w;
    struct gh_buf b;

    memcpy(h.installation, x->installation, sizeof h.installation);
    memcpy(h.hash, stored->hash, sizeof h.hash);
    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_chain_head_json(&b, &h);
    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "type", GH_STR("head"));
    gh_jsonw_key(&w, "head");
    gh_jsonw_raw(&w, gh_buf_str(&b));
    gh_jsonw_end(&w, '}');
    gh_buf_putc(out, '\n');
}

/* ---- a chunk ---- */

struct chunk {
    struct gh_audit_export *x;
    struct gh_buf *out;
    struct gh_store_head head[GH_AUDIT_CHUNK_ENTRIES]; /* those that stand among the entries of this chunk */
    size_t n_heads, next_head;
    struct gh_arena *a;
    enum gh_rc rc;
};

static bool
on_head(void *ctx, const struct gh_store_head *h)
{
    struct chunk *c = ctx;

    c->head[c->n_heads] = *h;
    c->rc = gh_arena_dup(&c->head[c->n_heads++].sig, c->a, h->sig);
    return c->rc == GH_OK && c->n_heads < GH_AUDIT_CHUNK_ENTRIES;
}

static bool
on_entry(void *ctx, const struct gh_store_entry *e)
{
    struct chunk *c = ctx;
    struct gh_str bytes = e->record;
    struct gh_record r;

    if (e->n > c->x->end)
        return false;
    if (gh_record_next(&r, &bytes) != GH_OK)
        r.kind = GH_RECORD_NONE; /* an edited entry is exported as it stands: the verifier shall find it */
    if (c->x->format->line == NULL) {
        record_line(c->out, e, &r);
    } else if (r.kind != GH_RECORD_NONE) {
        c->x->format->line(c->out, e->n, &r);
        gh_buf_putc(c->out, '\n');
    }
    c->x->at = e->n;
    for (; c->next_head < c->n_heads && c->head[c->next_head].n <= e->n; c->next_head++) {
        if (c->x->format->line == NULL)
            head_line(c->out, c->x, &c->head[c->next_head]);
    }
    return true;
}

static enum gh_rc
put_chunk(struct gh_audit_export *x, struct gh_buf *out)
{
    struct chunk c = {.x = x, .out = out};
    gh_auto_store_tx *tx = NULL;
    gh_auto_arena a;
    uint64_t from = x->at;
    enum gh_rc rc;

    c.a = &a;
    gh_arena_init(&a, gh_heap(), 1u << 20);
    if ((rc = gh_store_begin(&tx, x->store, GH_STORE_READ)) != GH_OK)
        return rc;
    if ((rc = gh_store_head_each(tx, from + 1, GH_AUDIT_CHUNK_ENTRIES, on_head, &c)) != GH_OK || c.rc != GH_OK)
        return rc != GH_OK ? rc : c.rc;
    if ((rc = gh_store_chain_each(tx, from + 1, GH_AUDIT_CHUNK_ENTRIES, false, on_entry, &c)) != GH_OK)
        return rc;
    if (x->at == from)
        x->at = x->end; /* entries are missing: the `end` line says how many there were */
    return out->rc;
}

static bool
on_stray(void *ctx, const struct gh_store_head *h)
{
    struct chunk *c = ctx;

    head_line(c->out, c->x, h);
    return true;
}

static enum gh_rc
put_stray(struct gh_audit_export *x, struct gh_buf *out)
{
    struct chunk c = {.x = x, .out = out};
    gh_auto_store_tx *tx = NULL;
    enum gh_rc rc = gh_store_begin(&tx, x->store, GH_STORE_READ);

    return rc != GH_OK ? rc : gh_store_head_each(tx, x->end + 1, GH_AUDIT_CHUNK_ENTRIES, on_stray, &c);
}

enum gh_rc
gh_audit_export_next(struct gh_audit_export *x, struct gh_buf *out)
{
    bool is_jsonl = x->format->line == NULL;
    size_t before = out->n;

    if (!x->has_begun && is_jsonl) {
        begin_line(out, x);
        enum gh_rc rc = key_lines(out, x);

        if (rc != GH_OK)
            return rc;
    }
    x->has_begun = true;
    while (x->at < x->end && out->n == before && out->rc == GH_OK) {
        enum gh_rc rc = put_chunk(x, out);

        if (rc != GH_OK)
            return rc;
    }
    if (x->at >= x->end && !x->has_ended) {
        enum gh_rc rc = x->has_stray && is_jsonl ? put_stray(x, out) : GH_OK;

        if (rc != GH_OK)
            return rc;
        x->has_ended = true;
        if (is_jsonl)
            end_line(out, x);
    }
    return out->rc;
}
