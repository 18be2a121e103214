/* SPDX-License-Identifier: Apache-2.0 */
/* Look-ups in verified files: nothing here can fail for a reason of the file. */
#include "policy/snapshot_int.h"

const struct gh_snap_meta *
gh_snap_file_meta(const struct gh_snap_file *f)
{
    return &f->meta;
}

enum gh_rc
gh_snap_join(struct gh_snap *out, const struct gh_snap_file *base, const struct gh_snap_file *overlay)
{
    *out = (struct gh_snap){NULL, NULL};
    if (base == NULL || base->meta.is_overlay)
        return GH_BAD;
    if (overlay != NULL && (!overlay->meta.is_overlay || overlay->meta.base_generation != base->meta.generation ||
                               memcmp(overlay->meta.installation, base->meta.installation, sizeof(base->meta.installation)) != 0))
        return GH_BAD;
    *out = (struct gh_snap){base, overlay};
    return GH_OK;
}

/* ---- keys ---- */

void
gh_snap_key(struct gh_buf *out, const struct gh_str *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (gh_str_chr(parts[i], '\0') != SIZE_MAX && out->rc == GH_OK)
            out->rc = GH_BAD;
        if (i > 0)
            gh_buf_putc(out, '\0');
        gh_buf_put(out, parts[i]);
    }
}

/* The row with this key, also a tombstone; NULL if there is none. A verified table has a free slot, so the walk ends. */
static const uint8_t *
find_row(const struct gh_snap_part *part, struct gh_str key, uint64_t hash)
{
    uint32_t mask = part->n_slots - 1, slot, at;

    if (part->n_slots == 0)
        return NULL;
    for (at = (uint32_t)hash & mask; (slot = gh_snap_le32(part->slots + (size_t)at * 4)) != 0; at = (at + 1) & mask) {
        const uint8_t *row = gh_snap_row_at(part, gh_snap_slot_row(slot));

        if (gh_snap_slot_fits(slot, hash) && gh_str_eq(gh_snap_row_key(part, row), key))
            return row;
    }
    return NULL;
}

static bool
is_tombstone(const uint8_t *row)
{
    return (gh_snap_row_flags(row) & GH_SNAP_ROW_TOMBSTONE) != 0;
}

bool
gh_snap_has_rows(const struct gh_snap *s, enum gh_snap_section section)
{
    return s->base->part[section].n_rows > 0 || (s->overlay != NULL && s->overlay->part[section].n_rows > 0);
}

bool
gh_snap_find_hashed(
    struct gh_snap_rec *out, const struct gh_snap *s, enum gh_snap_section section, struct gh_str key, uint64_t hash)
{
    const struct gh_snap_file *file = s->overlay;
    const uint8_t *row = NULL;

    *out = (struct gh_snap_rec){NULL, NULL, section};
    if (key.n == 0 || key.n > GH_SNAP_KEY_BYTES_MAX)
        return false;
    if (file != NULL && file->part[section].n_slots > 0)
        row = find_row(&file->part[section], key, gh_snap_hash(&file->keys, key));
    if (row == NULL) {
        file = s->base;
        row = find_row(&file->part[section], key, hash);
    }
    if (row == NULL || is_tombstone(row))
        return false;
    *out = (struct gh_snap_rec){file, row, section};
    return true;
}

bool
gh_snap_find(struct gh_snap_rec *out, const struct gh_snap *s, enum gh_snap_section section, struct gh_str key)
{
    return gh_snap_find_hashed(out, s, section, key, gh_snap_hash(&s->base->keys, key));
}

bool
gh_snap_find_only(struct gh_snap_rec *out, const struct gh_snap *s, enum gh_snap_section section)
{
    const struct gh_snap_file *file = s->overlay != NULL && s->overlay->part[section].n_rows > 0 ? s->overlay : s->base;

    *out = (struct gh_snap_rec){NULL, NULL, section};
    if (file->part[section].n_rows == 0 || is_tombstone(file->part[section].rows))
        return false;
    *out = (struct gh_snap_rec){file, file->part[section].rows, section};
    return true;
}

bool
gh_snap_find_v(struct gh_snap_rec *out, const struct gh_snap *s, enum gh_snap_section section, const struct gh_str *parts, size_t n)
{
    char mem[GH_SNAP_KEY_BYTES_MAX];
    struct gh_buf key;

    gh_buf_init_fixed(&key, mem, sizeof(mem));
    gh_snap_key(&key, parts, n);
    return gh_snap_find(out, s, section, gh_buf_str(&key));
}

/* ---- many keys ---- */

enum { SMALL_SLOTS = 4096, LINE = 64 };

static inline void
fetch(const uint8_t *p)
{
    __builtin_prefetch(p, 0, 3);
}

void
gh_snap_hashes(uint64_t *out, const struct gh_snap *s, enum gh_snap_section section, const struct gh_str *keys, size_t n)
{
    const struct gh_snap_part *part = &s->base->part[section];
    uint32_t mask = part->n_slots - 1;

    for (size_t i = 0; i < n; i++) {
        out[i] = gh_snap_hash(&s->base->keys, keys[i]);
        if (part->n_slots > 0)
            fetch(part->slots + (size_t)((uint32_t)out[i] & mask) * 4);
    }
}

/* Of a row of ASSIGNMENT or DENY: whether any of its scopes could matter. */
static inline bool
may_matter(const uint8_t *row, const struct gh_scope_asks *asks)
{
    _Static_assert((int)GH_ASSIGNMENT_SCOPES == (int)GH_DENY_SCOPES, "one place for both sections");
    const uint8_t *words = row + GH_SNAP_ROW_HEAD_BYTES + 8 * (size_t)GH_ASSIGNMENT_SCOPES;

    for (size_t i = 0; i < asks->n; i++)
        if (gh_scope_ask_is_met(gh_snap_le64(words + 8 * (size_t)asks->ask[i].word), asks->ask[i].bits))
            return true;
    return asks->is_open;
}

/* A place in a table: the next row from there on that could have the key with this hash is `row`, NULL: there is none. */
struct probe {
    const uint8_t *row;
    uint32_t at;
};

static inline void
probe_on(struct probe *p, const struct gh_snap_part *part, uint64_t hash)
{
    uint32_t mask = part->n_slots - 1, at = p->at, slot;

    p->row = NULL;
    for (; (slot = gh_snap_le32(part->slots + (size_t)(at & mask) * 4)) != 0; at++)
        if (gh_snap_slot_fits(slot, hash)) {
            p->row = gh_snap_row_at(part, gh_snap_slot_row(slot));
            p->at = at + 1;
            return;
        }
}

static inline bool
probe_until_it_may_matter(struct probe *p, const struct gh_snap_part *part, uint64_t hash, const struct gh_scope_asks *asks)
{
    while (p->row != NULL && !may_matter(p->row, asks))
        probe_on(p, part, hash);
    return p->row != NULL;
}

/* A small table and its rows are in a cache, or soon will be. */
static size_t
sift_small(uint8_t *out, const struct gh_snap_part *part, const uint64_t *hashes, size_t n, const struct gh_scope_asks *asks)
{
    size_t n_out = 0;

    for (size_t i = 0; i < n; i++) {
        struct probe p = {.at = (uint32_t)hashes[i]};

        probe_on(&p, part, hashes[i]);
        if (p.row != NULL && probe_until_it_may_matter(&p, part, hashes[i], asks))
            out[n_out++] = (uint8_t)i;
    }
    return n_out;
}

/* What whoever is told of this row will read next: its key, and the rows that it holds (of both sections field 0). */
static void
fetch_rest(const uint8_t *row, const struct gh_snap_part *part, const struct gh_snap_part *inner)
{
    const uint8_t *field = row + GH_SNAP_ROW_HEAD_BYTES, *first = inner->rows + (size_t)gh_snap_le32(field) * inner->row_bytes;
    size_t bytes = (size_t)gh_snap_le32(field + 4) * inner->row_bytes;

    fetch(part->heap + gh_snap_le32(row));
    for (size_t at = 0; at < bytes && at < 10 * LINE; at += LINE) /* of a long run the processor itself fetches the rest */
        fetch(first + at);
}

static size_t
sift_large(uint8_t *out, const struct gh_snap_part *part, const struct gh_snap_part *inner, const uint64_t *hashes, size_t n,
    const struct gh_scope_asks *asks)
{
    struct probe p[GH_SNAP_SIFT_MAX];
    size_t n_out = 0;

    for (size_t i = 0; i < n; i++) {
        p[i].at = (uint32_t)hashes[i];
        probe_on(&p[i], part, hashes[i]);
        if (p[i].row != NULL) {
            fetch(p[i].row);
            fetch(p[i].row + part->row_bytes - 1);
        }
    }
    for (size_t i = 0; i < n; i++)
        if (p[i].row != NULL && probe_until_it_may_matter(&p[i], part, hashes[i], asks)) {
            fetch_rest(p[i].row, part, inner);
            out[n_out++] = (uint8_t)i;
        }
    return n_out;
}

/* An overlay's row counts, also one that says nothing: it replaces the base's. So all are looked at. */
static bool
overlay_has(const struct gh_snap *s, enum gh_snap_section section)
{
    return s->overlay != NULL && s->overlay->part[section].n_slots > 0;
}

/* Those of the keys that the overlay may have, and those of *out, in their order. */
static size_t
sift_overlay(uint8_t *out, size_t n_out, const struct gh_snap *s, enum gh_snap_section section, const struct gh_str *keys, size_t n)
{
    const struct gh_snap_part *part = &s->overlay->part[section];
    size_t n_all = 0;
    bool is_in[GH_SNAP_SIFT_MAX] = {false};

    for (size_t i = 0; i < n_out; i++)
        is_in[out[i]] = true;
    for (size_t i = 0; i < n; i++) {
        uint64_t hash = gh_snap_hash(&s->overlay->keys, keys[i]);
        struct probe p = {NULL, (uint32_t)hash};

        if (!is_in[i])
            probe_on(&p, part, hash);
        if (is_in[i] || p.row != NULL)
            out[n_all++] = (uint8_t)i;
    }
    return n_all;
}

size_t
gh_snap_sift(uint8_t *out, const struct gh_snap *s, enum gh_snap_section section, const struct gh_str *keys, const uint64_t *hashes,
    size_t n, const struct gh_scope_asks *asks)
{
    const struct gh_snap_part *part = &s->base->part[section];
    size_t n_out = 0;

    if (part->n_slots > SMALL_SLOTS)
        n_out = sift_large(out, part, &s->base->part[section == GH_SNAP_DENY ? GH_SNAP_DENIAL : GH_SNAP_GRANT], hashes, n, asks);
    else if (part->n_slots > 0)
        n_out = sift_small(out, part, hashes, n, asks);

    return overlay_has(s, section) ? sift_overlay(out, n_out, s, section, keys, n) : n_out;
}

/* ---- fields ---- */

/* Where the 8 bytes of a field stand; NULL for no row, another type or a field that the section has not: read as empty. */
static const uint8_t *
field(const struct gh_snap_rec *r, unsigned number, enum gh_snap_type type)
{
    const struct gh_snap_schema *schema = &gh_snap_schemas[r->section];

    if (r->row == NULL || number >= schema->n_fields || schema->fields[number].type != type)
        return NULL;
    return r->row + GH_SNAP_ROW_HEAD_BYTES + 8 * (size_t)number;
}

/* A pair of offset and length in the heap of the row's section. */
static struct gh_str
slice(const struct gh_snap_rec *r, const uint8_t *pair)
{
    return gh_str(r->file->part[r->section].heap + gh_snap_le32(pair), gh_snap_le32(pair + 4));
}

uint64_t
gh_snap_u64(const struct gh_snap_rec *r, unsigned number)
{
    const uint8_t *p = field(r, number, GH_SNAP_U64);

    return p == NULL ? 0 : gh_snap_le64(p);
}

struct gh_str
gh_snap_str(const struct gh_snap_rec *r, unsigned number)
{
    const uint8_t *p = field(r, number, GH_SNAP_STR);

    return p == NULL ? gh_str(NULL, 0) : slice(r, p);
}

size_t
gh_snap_count(const struct gh_snap_rec *r, unsigned number)
{
    const uint8_t *p = field(r, number, GH_SNAP_LIST);

    if (p == NULL)
        p = field(r, number, GH_SNAP_RECS);
    return p == NULL ? 0 : gh_snap_le32(p + 4);
}

struct gh_str
gh_snap_item(const struct gh_snap_rec *r, unsigned number, size_t i)
{
    const uint8_t *p = field(r, number, GH_SNAP_LIST);

    if (p == NULL || i >= gh_snap_le32(p + 4))
        return gh_str(NULL, 0);
    return slice(r, r->file->part[r->section].heap + gh_snap_le32(p) + 8 * i);
}

struct gh_snap_rec
gh_snap_row(const struct gh_snap_rec *r, unsigned number, size_t i)
{
    const uint8_t *p = field(r, number, GH_SNAP_RECS);
    enum gh_snap_section of;

    if (p == NULL || i >= gh_snap_le32(p + 4))
        return (struct gh_snap_rec){NULL, NULL, GH_SNAP_NONE};
    of = gh_snap_schemas[r->section].fields[number].of;
    return (struct gh_snap_rec){r->file, gh_snap_row_at(&r->file->part[of], gh_snap_le32(p) + i), of};
}

/* ---- the same ---- */

static bool
is_list_same(const struct gh_snap_rec *a, const struct gh_snap_rec *b, unsigned number)
{
    size_t n = gh_snap_count(a, number);

    if (n != gh_snap_count(b, number))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!gh_str_eq(gh_snap_item(a, number, i), gh_snap_item(b, number, i)))
            return false;
    return true;
}

/* All fields but rows of other sections. */
static bool
are_fields_same(const struct gh_snap_rec *a, const struct gh_snap_rec *b)
{
    const struct gh_snap_schema *schema = &gh_snap_schemas[a->section];

    for (unsigned f = 0; f < schema->n_fields; f++) {
        enum gh_snap_type type = schema->fields[f].type;

        if ((type == GH_SNAP_U64 && gh_snap_u64(a, f) != gh_snap_u64(b, f)) ||
            (type == GH_SNAP_STR && !gh_str_eq(gh_snap_str(a, f), gh_snap_str(b, f))) ||
            (type == GH_SNAP_LIST && !is_list_same(a, b, f)))
            return false;
    }
    return true;
}

static bool
are_rows_same(const struct gh_snap_rec *a, const struct gh_snap_rec *b, unsigned number)
{
    size_t n = gh_snap_count(a, number);

    if (n != gh_snap_count(b, number))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct gh_snap_rec one = gh_snap_row(a, number, i), other = gh_snap_row(b, number, i);

        if (!are_fields_same(&one, &other)) /* inner rows hold no rows of others */
            return false;
    }
    return true;
}

bool
gh_snap_is_same(const struct gh_snap_rec *a, const struct gh_snap_rec *b)
{
    const struct gh_snap_schema *schema = &gh_snap_schemas[a->section];

    if (a->section != b->section || !are_fields_same(a, b))
        return false;
    for (unsigned f = 0; f < schema->n_fields; f++)
        if (schema->fields[f].type == GH_SNAP_RECS && !are_rows_same(a, b, f))
            return false;
    return true;
}

/* ---- all rows ---- */

/* Row number `i` of a file if it is in force: no tombstone, and not replaced by `above` (which may be NULL). */
static const uint8_t *
live_row(const struct gh_snap_file *file, const struct gh_snap_file *above, enum gh_snap_section section, size_t i)
{
    const struct gh_snap_part *part = &file->part[section];
    const uint8_t *row = gh_snap_row_at(part, i);
    struct gh_str key = gh_snap_row_key(part, row);

    if (is_tombstone(row) || (above != NULL && find_row(&above->part[section], key, gh_snap_hash(&above->keys, key)) != NULL))
        return NULL;
    return row;
}

bool
gh_snap_each(struct gh_snap_rec *out, struct gh_str *key, size_t *it, const struct gh_snap *s, enum gh_snap_section section)
{
    size_t n_over = s->overlay == NULL ? 0 : s->overlay->part[section].n_rows;
    size_t n_all = n_over + s->base->part[section].n_rows;

    while (*it < n_all) {
        bool is_over = *it < n_over;
        const struct gh_snap_file *file = is_over ? s->overlay : s->base;
        const uint8_t *row = live_row(file, is_over ? NULL : s->overlay, section, is_over ? *it : *it - n_over);

        (*it)++;
        if (row == NULL)
            continue;
        *out = (struct gh_snap_rec){file, row, section};
        if (key != NULL)
            *key = gh_snap_row_key(&file->part[section], row);
        return true;
    }
    return false;
}
