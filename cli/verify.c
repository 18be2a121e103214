/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verify.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/codec.h"
#include "cli/tree.h"
#include "host/host.h"
#include "wire/json.h"

#define LINE_ARENA_MAX (64u << 20)
#define HEADS_AT_ONCE  256

/* The first finding stands, as in audit/chain. */
static void
find(struct gh_verify *v, enum gh_chain_result result, uint64_t n, const char *why)
{
    if (v->c.result != GH_CHAIN_INTACT)
        return;
    v->c.result = result;
    v->c.bad_n = n;
    v->c.why = why;
}

void
gh_verify_init(struct gh_verify *v)
{
    memset(v, 0, sizeof *v);
}

void
gh_verify_fini(struct gh_verify *v)
{
    gh_pubkey_free(v->key);
    v->key = NULL;
    for (size_t i = 0; i < v->n_keys; i++)
        gh_pubkey_free(v->keys[i].key);
    v->n_keys = 0;
}

/* ---- pins ---- */

enum gh_rc
gh_verify_key(struct gh_verify *v, struct gh_str pem, bool is_given)
{
    const struct gh_str begin = GH_STR("-----BEGIN PUBLIC KEY-----"), end = GH_STR("-----END PUBLIC KEY-----");
    size_t from = gh_str_find(pem, begin), to = gh_str_find(pem, end);
    struct gh_pubkey *key;
    struct gh_str der;
    struct gh_buf text;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), 1u << 16);
    if (from == SIZE_MAX || to == SIZE_MAX || to < from)
        return GH_BAD;
    gh_buf_init(&text, &a, 8192);
    for (size_t i = from + begin.n; i < to; i++) {
        if (pem.p[i] != '\n' && pem.p[i] != '\r')
            gh_buf_putc(&text, pem.p[i]);
    }
    if (gh_b64_decode(&der, &a, gh_buf_str(&text)) != GH_OK || gh_pubkey_read_der(&key, der, NULL) != GH_OK)
        return GH_BAD;
    if (!gh_pubkey_fits(key, GH_ALG_ES256) || gh_sha256(v->key_digest, der) != GH_OK) {
        gh_pubkey_free(key);
        return GH_BAD;
    }
    gh_pubkey_free(v->key);
    v->key = key;
    v->is_key_given = is_given;
    return GH_OK;
}

/* ---- keys that followed each other ---- */

enum gh_rc
gh_verify_add_key(struct gh_verify *v, uint64_t from, struct gh_str spki)
{
    if (v->n_keys == GH_AUDIT_KEYS_MAX)
        return GH_LIMIT;
    if (v->n_keys > 0 ? from <= v->keys[v->n_keys - 1].from : from != 1)
        return GH_BAD;
    v->keys[v->n_keys].from = from;
    v->keys[v->n_keys].is_met = v->n_keys == 0;
    if (gh_sha256(v->keys[v->n_keys].digest, spki) != GH_OK || gh_pubkey_read_der(&v->keys[v->n_keys].key, spki, NULL) != GH_OK)
        return GH_BAD;
    v->n_keys++;
    return GH_OK;
}

/* Index of the given key in the list; n_keys: it is not there. */
static size_t
given_key(const struct gh_verify *v)
{
    size_t i = 0;

    while (i < v->n_keys && memcmp(v->keys[i].digest, v->key_digest, sizeof v->key_digest) != 0)
        i++;
    return i;
}

uint64_t
gh_verify_covered(const struct gh_verify *v)
{
    size_t i = given_key(v);

    return i + 1 < v->n_keys ? v->keys[i + 1].from - 1 : UINT64_MAX;
}

/* The key that signs heads of entry n. A key of the auditor's that the list does not know is the only one that counts. */
static const struct gh_pubkey *
key_at(const struct gh_verify *v, uint64_t n)
{
    size_t i = v->n_keys;

    if (v->n_keys < 2 || (v->is_key_given && given_key(v) == v->n_keys))
        return v->key;
    while (i > 1 && v->keys[i - 1].from > n)
        i--;
    return v->keys[i - 1].key;
}

/* Another key may begin only at the record that says so and names it. */
static void
meet_keys(struct gh_verify *v, uint64_t n, struct gh_str record)
{
    struct gh_record r;

    for (size_t i = 1; i < v->n_keys; i++) {
        if (v->keys[i].from != n)
            continue;
        v->keys[i].is_met = gh_record_next(&r, &record) == GH_OK && r.kind == GH_RECORD_SYSTEM &&
                            gh_str_eq(gh_record_get(&r, GH_FIELD_OPERATION), GH_STR(GH_AUDIT_KEY_CHANGE)) &&
                            gh_str_eq(gh_record_get(&r, GH_FIELD_DIGEST), gh_str(v->keys[i].digest, sizeof v->keys[i].digest));
        if (!v->keys[i].is_met)
            find(v, GH_CHAIN_TAMPERED, n, "another audit key begins here, and no record says so");
    }
}

enum gh_rc
gh_verify_pin(struct gh_verify *v, struct gh_str json)
{
    struct gh_chain_head h;
    struct gh_json j;
    gh_json_ref inner;
    gh_auto_arena a;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), 1u << 20);
    if (v->n_pins == GH_VERIFY_PINS_MAX)
        return GH_LIMIT;
    if ((rc = gh_json_parse(&j, &a, json, NULL)) != GH_OK)
        return GH_BAD;
    if ((inner = gh_json_get(&j, 0, GH_STR("head"))) != GH_JSON_NO)
        json = gh_json_raw(&j, inner);
    if ((rc = gh_chain_head_read(&h, &a, json, NULL)) != GH_OK || h.sig.n != sizeof v->pin[0].sig)
        return GH_BAD;
    memcpy(v->pin[v->n_pins].sig, h.sig.p, h.sig.n);
    v->pin[v->n_pins].head = h;
    v->pin[v->n_pins].head.sig = gh_str(v->pin[v->n_pins].sig, h.sig.n);
    v->n_pins++;
    return GH_OK;
}

/* The chain's hash at each kept head, noted when the chain passes it. */
static void
meet_pins(struct gh_verify *v)
{
    for (size_t i = 0; i < v->n_pins; i++) {
        if (v->pin[i].head.n == v->c.state.n && v->c.result == GH_CHAIN_INTACT) {
            memcpy(v->pin[i].hash_at, v->c.state.hash, sizeof v->pin[i].hash_at);
            v->pin[i].is_met = true;
        }
    }
}

static void
take_entry(struct gh_verify *v, uint64_t n, struct gh_str record, const uint8_t hash[GH_SHA256_BYTES])
{
    gh_chain_check_entry(&v->c, n, record, hash);
    meet_keys(v, n, record);
    meet_pins(v);
}

void
gh_verify_finish(struct gh_verify *v)
{
    if (!v->has_begun)
        find(v, GH_CHAIN_UNDECIDED, 0, "there is no chain to check");
    for (size_t i = 1; i < v->n_keys; i++)
        if (!v->keys[i].is_met && v->keys[i].from > v->after)
            find(v, GH_CHAIN_TAMPERED, v->keys[i].from, "another audit key begins behind the end of the chain");
    for (size_t i = 0; i < v->n_pins && v->has_begun; i++)
        gh_chain_check_pin(&v->c, &v->pin[i].head, v->pin[i].is_met ? v->pin[i].hash_at : NULL, key_at(v, v->pin[i].head.n));
    if (v->is_key_given)
        gh_chain_check_end(&v->c);
}

/* ---- an export ---- */

struct export_line {
    struct gh_arena *a;
    struct gh_json j;
    struct gh_str type;
};

static bool
hex_member(uint8_t *out, size_t n, const struct export_line *l, const char *key)
{
    struct gh_str text = {NULL, 0}, bytes;

    if (gh_json_opt_str(&text, l->a, &l->j, 0, key) != GH_OK || gh_hex_decode(&bytes, l->a, text) != GH_OK || bytes.n != n)
        return false;
    memcpy(out, bytes.p, n);
    return true;
}

static bool
u64_member(uint64_t *out, const struct export_line *l, const char *key)
{
    int64_t n = -1;

    if (gh_json_opt_i64(&n, &l->j, 0, key) != GH_OK || n < 0)
        return false;
    *out = (uint64_t)n;
    return true;
}

static bool
on_export(struct gh_verify *v, const struct export_line *l)
{
    uint8_t installation[16], hash[GH_SHA256_BYTES];
    uint64_t version;

    if (!u64_member(&version, l, "version") || version != 1 || !hex_member(installation, sizeof installation, l, "installation") ||
        !u64_member(&v->after, l, "after") || !hex_member(hash, sizeof hash, l, "hash") ||
        gh_chain_check_init(&v->c, installation) != GH_OK)
        return false;
    v->has_begun = true;
    if (v->after == 0 && memcmp(hash, v->c.state.hash, sizeof hash) != 0)
        find(v, GH_CHAIN_TAMPERED, 1, "the chain does not begin with its installation");
    v->c.state.n = v->after;
    memcpy(v->c.state.hash, hash, sizeof hash);
    meet_pins(v);
    return true;
}

/* The readable half of a line must say what the bytes say, or a reader of it is deceived by an intact chain. */
static bool
is_decoded_right(const struct export_line *l, struct gh_str bytes)
{
    gh_json_ref given = gh_json_get(&l->j, 0, GH_STR("decoded"));
    gh_auto_json *a = NULL, *b = NULL;
    struct gh_record r;
    struct gh_buf text;

    if (given == GH_JSON_NO || gh_record_next(&r, &bytes) != GH_OK)
        return given == GH_JSON_NO;
    gh_buf_init(&text, l->a, 16 * GH_RECORD_BYTES_MAX);
    gh_record_json(&text, &r);
    a = gh_tree_read(gh_json_raw(&l->j, given));
    b = gh_tree_read(gh_buf_str(&text));
    return a != NULL && b != NULL && json_equal(a, b);
}

static bool
on_record(struct gh_verify *v, const struct export_line *l)
{
    struct gh_str text = {NULL, 0}, bytes;
    uint8_t hash[GH_SHA256_BYTES];
    uint64_t n;

    if (!u64_member(&n, l, "n") || !hex_member(hash, sizeof hash, l, "hash") ||
        gh_json_opt_str(&text, l->a, &l->j, 0, "record") != GH_OK || gh_b64_decode(&bytes, l->a, text) != GH_OK)
        return false;
    take_entry(v, n, bytes, hash);
    if (v->c.result == GH_CHAIN_INTACT && !is_decoded_right(l, bytes))
        find(v, GH_CHAIN_TAMPERED, n, "the decoded fields are not those of the record");
    return true;
}

static bool
on_head(struct gh_verify *v, const struct export_line *l)
{
    gh_json_ref inner = gh_json_get(&l->j, 0, GH_STR("head"));
    struct gh_chain_head h;

    if (inner == GH_JSON_NO || gh_chain_head_read(&h, l->a, gh_json_raw(&l->j, inner), NULL) != GH_OK)
        find(v, GH_CHAIN_TAMPERED, v->c.state.n, "a head is damaged");
    else
        gh_chain_check_head(&v->c, &h, key_at(v, h.n));
    return true;
}

static bool
on_key(struct gh_verify *v, const struct export_line *l)
{
    struct gh_str text = {NULL, 0}, spki;
    uint64_t from;

    if (v->c.state.n != v->after || !u64_member(&from, l, "from") || gh_json_opt_str(&text, l->a, &l->j, 0, "key") != GH_OK ||
        gh_b64_decode(&spki, l->a, text) != GH_OK)
        return false;
    if (gh_verify_add_key(v, from, spki) != GH_OK)
        find(v, GH_CHAIN_TAMPERED, from, "the list of audit keys is damaged");
    return true;
}

static bool
on_end(struct gh_verify *v, const struct export_line *l)
{
    uint64_t n;

    if (!u64_member(&n, l, "n"))
        return false;
    if (n != v->c.state.n)
        find(v, GH_CHAIN_TAMPERED, v->c.state.n + 1, "the export ends with another entry than it says");
    return true;
}

static const struct {
    struct gh_str type;
    struct gh_str members;                                        /* all that may stand in it, in any order */
    bool (*fn)(struct gh_verify *v, const struct export_line *l); /* false: the line has not the form of its type */
} line_types[] = {
    {GH_STR_INIT("export"), GH_STR_INIT(" type version installation after hash "), on_export},
    {GH_STR_INIT("key"), GH_STR_INIT(" type from key "), on_key},
    {GH_STR_INIT("record"), GH_STR_INIT(" type n hash record decoded "), on_record},
    {GH_STR_INIT("head"), GH_STR_INIT(" type head "), on_head},
    {GH_STR_INIT("end"), GH_STR_INIT(" type n "), on_end},
};

static bool
has_only(const struct export_line *l, struct gh_str members)
{
    for (gh_json_ref m = gh_json_first(&l->j, 0); m != GH_JSON_NO; m = gh_json_next(&l->j, 0, m)) {
        struct gh_str key;
        char mem[32];
        struct gh_buf b;

        gh_buf_init_fixed(&b, mem, sizeof mem);
        gh_buf_putc(&b, ' ');
        if (gh_json_key(&key, l->a, &l->j, m) != GH_OK)
            return false;
        gh_buf_put(&b, key);
        gh_buf_putc(&b, ' ');
        if (b.rc != GH_OK || gh_str_find(members, gh_buf_str(&b)) == SIZE_MAX)
            return false;
    }
    return true;
}

/* True unless the line is none of ours. `export` comes first and once, `end` last. */
static bool
take_line(struct gh_verify *v, bool *is_ended, struct gh_str text)
{
    struct export_line l = {.type = {NULL, 0}};
    gh_auto_arena a;

    l.a = &a;
    gh_arena_init(&a, gh_heap(), LINE_ARENA_MAX);
    if (*is_ended || gh_json_parse(&l.j, &a, text, NULL) != GH_OK || gh_json_opt_str(&l.type, &a, &l.j, 0, "type") != GH_OK)
        return false;
    for (size_t i = 0; i < sizeof line_types / sizeof line_types[0]; i++) {
        if (gh_str_eq(l.type, line_types[i].type)) {
            *is_ended = line_types[i].fn == on_end;
            return v->has_begun == (i > 0) && has_only(&l, line_types[i].members) && line_types[i].fn(v, &l);
        }
    }
    return false;
}

/* Before the first line of ours it is somebody else's file; half a line at the end is a broken copy; anything else was changed. */
static void
find_bad_line(struct gh_verify *v, struct gh_str text)
{
    if (!v->has_begun)
        find(v, GH_CHAIN_UNDECIDED, 0, "this is no export");
    else if (!gh_str_ends(text, GH_STR("\n")))
        find(v, GH_CHAIN_UNDECIDED, v->c.state.n + 1, "the export breaks off within a line");
    else
        find(v, GH_CHAIN_TAMPERED, v->c.state.n + 1, "a line was changed");
}

void
gh_verify_export(struct gh_verify *v, FILE *f)
{
    char *line = malloc(GH_VERIFY_LINE_MAX);
    bool is_ended = false;

    if (line == NULL)
        find(v, GH_CHAIN_UNDECIDED, 0, "out of memory");
    while (line != NULL && v->c.result == GH_CHAIN_INTACT && fgets(line, GH_VERIFY_LINE_MAX, f) != NULL) {
        struct gh_str text = gh_str_z(line);

        if (text.n == 1 && text.p[0] == '\n')
            continue;
        if (!take_line(v, &is_ended, text))
            find_bad_line(v, text);
    }
    free(line);
    if (ferror(f))
        find(v, GH_CHAIN_UNDECIDED, v->c.state.n + 1, "the export cannot be read");
    gh_verify_finish(v);
    if (v->has_begun && !is_ended)
        find(v, GH_CHAIN_UNDECIDED, v->c.state.n + 1, "the export has no end: it was cut, or is still being written");
}

/* ---- the store ---- */

struct store_walk {
    struct gh_verify *v;
    struct gh_store_tx *tx;
    struct gh_chain_head head[HEADS_AT_ONCE]; /* the next ones */
    uint8_t sig[HEADS_AT_ONCE][64];
    size_t n, next;
    uint64_t from; /* n of the first head that was not yet read */
    enum gh_rc rc;
};

static bool
on_stored_head(void *ctx, const struct gh_store_head *h)
{
    struct store_walk *w = ctx;
    struct gh_chain_head *to = &w->head[w->n];

    *to = (struct gh_chain_head){.n = h->n, .time_ms = h->time_ms, .sig = gh_str(w->sig[w->n], h->sig.n)};
    memcpy(to->installation, w->v->c.state.installation, sizeof to->installation);
    memcpy(to->hash, h->hash, sizeof to->hash);
    if (h->sig.n > sizeof w->sig[0])
        to->sig.n = 0; /* no signature of ours: it will not verify */
    memcpy(w->sig[w->n], h->sig.p, to->sig.n);
    w->from = h->n + 1;
    return ++w->n < HEADS_AT_ONCE;
}

static const struct gh_chain_head *
peek_head(struct store_walk *w)
{
    if (w->next == w->n) {
        w->n = w->next = 0;
        w->rc = gh_store_head_each(w->tx, w->from, HEADS_AT_ONCE, on_stored_head, w);
    }
    return w->next < w->n ? &w->head[w->next] : NULL;
}

/* All heads that stand at or before the entry just taken; at the end, all that are left. */
static void
take_heads(struct store_walk *w, uint64_t up_to)
{
    const struct gh_chain_head *h;

    while (w->rc == GH_OK && w->v->c.result == GH_CHAIN_INTACT && (h = peek_head(w)) != NULL && h->n <= up_to) {
        gh_chain_check_head(&w->v->c, h, key_at(w->v, h->n));
        w->next++;
    }
}

static bool
on_stored_entry(void *ctx, const struct gh_store_entry *e)
{
    struct store_walk *w = ctx;

    take_entry(w->v, e->n, e->record, e->hash);
    take_heads(w, e->n);
    return w->v->c.result == GH_CHAIN_INTACT && w->rc == GH_OK;
}

static enum gh_rc
read_keys(struct gh_verify *v, struct gh_store_tx *tx)
{
    struct gh_audit_keys keys;
    gh_auto_arena a;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), 1u << 20);
    if ((rc = gh_audit_keys_read(&keys, &a, tx)) != GH_OK)
        return rc;
    for (size_t i = 0; keys.n > 1 && i < keys.n && rc == GH_OK; i++)
        rc = gh_verify_add_key(v, keys.key[i].from, keys.key[i].spki);
    return rc;
}

static enum gh_rc
walk_store(struct store_walk *w, struct gh_store *store)
{
    gh_auto_store_tx *tx = NULL;
    enum gh_rc rc;

    if ((rc = gh_store_begin(&tx, store, GH_STORE_READ)) != GH_OK)
        return rc;
    w->tx = tx;
    if ((rc = read_keys(w->v, tx)) != GH_OK)
        return rc;
    if ((rc = gh_store_chain_each(tx, 1, SIZE_MAX, false, on_stored_entry, w)) != GH_OK)
        return rc;
    take_heads(w, UINT64_MAX);
    return w->rc;
}

void
gh_verify_store(struct gh_verify *v, struct gh_store *store, const uint8_t installation[16])
{
    struct store_walk *w = calloc(1, sizeof *w);

    if (w == NULL || gh_chain_check_init(&v->c, installation) != GH_OK) {
        find(v, GH_CHAIN_UNDECIDED, 0, "out of memory");
        free(w);
        return;
    }
    v->has_begun = true;
    w->v = v;
    if (walk_store(w, store) != GH_OK)
        find(v, GH_CHAIN_UNDECIDED, v->c.state.n + 1, "the store cannot be read on from here");
    free(w);
    gh_verify_finish(v);
}
