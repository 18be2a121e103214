/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot under construction: for each section a buffer of rows, a heap, and the hash table that will stand in the file, grown as
 * rows come. One arena holds all; the first failure spoils the writer.
 */
#include "policy/conditional_int.h"
#include "policy/snapshot_int.h"

enum { SLOTS_MIN = 8, SPARSE_SLOTS = 1 << 14, RECENT = 1 << 14 };

struct place { /* of a string in the heap */
    uint32_t at, n;
};

struct section_writer {
    struct gh_buf rows, heap;
    uint32_t *slots;
    uint32_t n_rows, n_slots;
    struct place
        *recent; /* where strings of late lie, by their hash: kinds, scopes and roles repeat from row to row and are stored once */
};

struct gh_snap_writer {
    struct gh_arena *arena;
    struct gh_snap_meta meta;
    uint8_t seed[GH_SNAP_SEED_BYTES];
    struct gh_snap_keys keys; /* of the hash, made from the seed */
    struct section_writer section[GH_SNAP_SECTION_COUNT];
    enum gh_rc rc; /* sticky */
};

static void
store_le(void *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (uint8_t)(v >> (8 * i));
}

/* The seed follows from the file's own name and hour, so that equal state gives equal bytes. Nobody who chooses keys knows the hour of
 * the next publication, and the verifier bounds what a bad choice could cost. */
static enum gh_rc
make_seed(struct gh_snap_writer *w)
{
    uint8_t digest[GH_SHA256_BYTES], numbers[16];
    enum gh_rc rc;

    store_le(numbers, w->meta.generation, 8);
    store_le(numbers + 8, (uint64_t)w->meta.made_ms, 8);
    rc = gh_sha256_v(digest,
        (const struct gh_str[]){GH_STR("gatehouse-snap-seed"), gh_str(w->meta.installation, 16), gh_str(numbers, sizeof(numbers))},
        3);
    memcpy(w->seed, digest, sizeof(w->seed));
    gh_snap_keys_make(&w->keys, w->seed);
    return rc;
}

enum gh_rc
gh_snap_writer_new(struct gh_snap_writer **out, struct gh_arena *a, const struct gh_snap_meta *meta)
{
    struct gh_snap_writer *w = gh_arena_take(a, sizeof(*w));
    enum gh_rc rc;

    *out = NULL;
    if (w == NULL)
        return GH_NOMEM;
    if ((meta->is_overlay && meta->is_credentials) || (!meta->is_overlay && meta->base_generation != meta->generation))
        return GH_BAD;
    w->arena = a;
    w->meta = *meta;
    if ((rc = make_seed(w)) != GH_OK)
        return rc;
    for (unsigned s = GH_SNAP_NONE + 1; s < GH_SNAP_SECTION_COUNT; s++) {
        gh_buf_init(&w->section[s].rows, a, GH_SNAP_BYTES_MAX);
        gh_buf_init(&w->section[s].heap, a, GH_SNAP_BYTES_MAX);
    }
    *out = w;
    return GH_OK;
}

/* ---- hash table ---- */

static const uint8_t *
row_at(const struct section_writer *sw, enum gh_snap_section section, uint32_t i)
{
    return (const uint8_t *)sw->rows.p + i * gh_snap_row_bytes(section);
}

static struct gh_str
key_at(const struct section_writer *sw, enum gh_snap_section section, uint32_t i)
{
    const uint8_t *row = row_at(sw, section, i);

    return gh_str(sw->heap.p + gh_snap_le32(row), gh_snap_row_key_bytes(row));
}

/* The slot of this key, or the free one where it belongs. */
static uint32_t *
slot_for(const struct gh_snap_writer *w, enum gh_snap_section section, struct gh_str key, uint64_t hash)
{
    const struct section_writer *sw = &w->section[section];
    uint32_t mask = sw->n_slots - 1, at = (uint32_t)hash & mask;

    for (; sw->slots[at] != 0; at = (at + 1) & mask)
        if (gh_snap_slot_fits(sw->slots[at], hash) && gh_str_eq(key_at(sw, section, gh_snap_slot_row(sw->slots[at])), key))
            break;
    return &sw->slots[at];
}

/* At a load of at most two thirds; of small tables, whose size does not matter, an eighth: nearly all that is not there is not there at once. */
static bool
has_room(const struct section_writer *sw)
{
    uint64_t n = (uint64_t)sw->n_rows + 1;

    return sw->n_slots <= SPARSE_SLOTS ? n * 8 <= sw->n_slots : n * 3 <= (uint64_t)sw->n_slots * 2;
}

/* Room for one more row. */
static enum gh_rc
grow_slots(struct gh_snap_writer *w, enum gh_snap_section section)
{
    struct section_writer *sw = &w->section[section];
    uint32_t n_slots = sw->n_slots == 0 ? SLOTS_MIN : sw->n_slots * 2;

    if (has_room(sw))
        return GH_OK;
    if ((uint64_t)n_slots * 4 > GH_SNAP_BYTES_MAX || sw->n_rows >= GH_SNAP_ROWS_MAX)
        return GH_LIMIT;
    if ((sw->slots = gh_arena_take_array(w->arena, n_slots, sizeof(*sw->slots))) == NULL)
        return GH_NOMEM;
    sw->n_slots = n_slots;
    for (uint32_t i = 0; i < sw->n_rows; i++) {
        struct gh_str key = key_at(sw, section, i);
        uint64_t hash = gh_snap_hash(&w->keys, key);

        *slot_for(w, section, key, hash) = gh_snap_slot(hash, i);
    }
    return GH_OK;
}

/* Claims the slot for the row that is appended next. */
static enum gh_rc
claim_slot(struct gh_snap_writer *w, enum gh_snap_section section, struct gh_str key)
{
    enum gh_rc rc = grow_slots(w, section);
    uint64_t hash = gh_snap_hash(&w->keys, key);
    uint32_t *slot;

    if (rc != GH_OK)
        return rc;
    slot = slot_for(w, section, key, hash);
    if (*slot != 0)
        return GH_BAD;
    *slot = gh_snap_slot(hash, w->section[section].n_rows);
    return GH_OK;
}

/* ---- rows ---- */

/* Stores a string, unless one of late is the same: so those that are read together, as the scopes of many grants, also lie together. */
static void
put_string(const struct gh_snap_writer *w, struct section_writer *sw, struct gh_str s, uint8_t pair[8])
{
    if (sw->recent == NULL && (sw->recent = gh_arena_take_array(w->arena, RECENT, sizeof(*sw->recent))) == NULL) {
        sw->heap.rc = GH_NOMEM;
        return;
    }
    struct place *last = &sw->recent[gh_snap_hash(&w->keys, s) % RECENT];
    if (last->n != s.n || !gh_str_eq(gh_str_sub(gh_str(sw->heap.p, sw->heap.n), last->at, last->n), s)) {
        *last = (struct place){(uint32_t)sw->heap.n, (uint32_t)s.n};
        gh_buf_put(&sw->heap, s);
    }
    store_le(pair, last->at, 4);
    store_le(pair + 4, last->n, 4);
}

/* Strings of a list first, then the run of pairs, which belongs to this row alone. */
static void
put_list(struct gh_snap_writer *w, struct section_writer *sw, const struct gh_snap_value *v, uint8_t pair[8])
{
    uint8_t(*pairs)[8] = gh_arena_take_array(w->arena, v->n, 8);

    if (pairs == NULL) {
        sw->heap.rc = GH_NOMEM;
        return;
    }
    for (size_t i = 0; i < v->n; i++) {
        store_le(pairs[i], sw->heap.n, 4);
        store_le(pairs[i] + 4, v->list[i].n, 4);
        gh_buf_put(&sw->heap, v->list[i]);
    }
    store_le(pair, sw->heap.n, 4);
    store_le(pair + 4, v->n, 4);
    gh_buf_put(&sw->heap, gh_str(pairs, v->n * 8));
}

static enum gh_rc put_inner(struct gh_snap_writer *w, enum gh_snap_section of, const struct gh_snap_value *v, uint8_t pair[8]);

static enum gh_rc
put_field(struct gh_snap_writer *w, enum gh_snap_section section, size_t number, const struct gh_snap_value *v, uint8_t *out)
{
    struct section_writer *sw = &w->section[section];
    const struct gh_snap_schema *schema = &gh_snap_schemas[section];

    switch (schema->fields[number].type) {
    case GH_SNAP_U64:
        store_le(out, v->u64, 8);
        break;
    case GH_SNAP_STR:
        put_string(w, sw, v->str, out);
        break;
    case GH_SNAP_LIST:
        put_list(w, sw, v, out);
        break;
    case GH_SNAP_RECS:
        return put_inner(w, schema->fields[number].of, v, out);
    }
    return sw->heap.rc;
}

static enum gh_rc
put_row(struct gh_snap_writer *w, enum gh_snap_section section, struct gh_str key, const struct gh_snap_value *values)
{
    struct section_writer *sw = &w->section[section];
    const struct gh_snap_schema *schema = &gh_snap_schemas[section];
    uint8_t row[GH_SNAP_ROW_HEAD_BYTES + 8 * GH_SNAP_FIELDS_MAX] = {0}, pair[8];
    enum gh_rc rc;

    put_string(w, sw, key, pair);
    memcpy(row, pair, 4);
    store_le(row + 4, key.n, 2);
    store_le(row + 6, values == NULL ? GH_SNAP_ROW_TOMBSTONE : 0, 2);
    for (size_t f = 0; values != NULL && f < schema->n_fields; f++)
        if ((rc = put_field(w, section, f, &values[f], row + GH_SNAP_ROW_HEAD_BYTES + 8 * f)) != GH_OK)
            return rc;
    gh_buf_put(&sw->rows, gh_str(row, gh_snap_row_bytes(section)));
    sw->n_rows++;
    return sw->heap.rc != GH_OK ? sw->heap.rc : sw->rows.rc;
}

/* Rows of an inner section, one behind the other. Inner sections hold no rows of others, so this goes one level deep. */
static enum gh_rc
put_inner(struct gh_snap_writer *w, enum gh_snap_section of, const struct gh_snap_value *v, uint8_t pair[8])
{
    size_t n_fields = gh_snap_schemas[of].n_fields;
    enum gh_rc rc;

    store_le(pair, w->section[of].n_rows, 4);
    store_le(pair + 4, v->n, 4);
    for (size_t i = 0; i < v->n; i++)
        if ((rc = put_row(w, of, gh_str(NULL, 0), v->recs + i * n_fields)) != GH_OK)
            return rc;
    return GH_OK;
}

/* Rows that are asked by scope have the set of their scopes beside them (scope_set.h). It is made here, whoever writes the row: a denial whose
 * set somebody forgot would deny nowhere. */
static const struct {
    enum gh_snap_section section;
    unsigned recs, scopes;   /* fields of the row */
    unsigned n_inner, scope; /* fields of each of its records */
} scoped[] = {
    {GH_SNAP_ASSIGNMENT, GH_ASSIGNMENT_GRANTS, GH_ASSIGNMENT_SCOPES, GH_GRANT_N, GH_GRANT_SCOPE},
    {GH_SNAP_DENY, GH_DENY_DENIALS, GH_DENY_SCOPES, GH_DENIAL_N, GH_DENIAL_SCOPE},
};

static void
make_scopes(struct gh_snap_value *v, size_t row)
{
    const struct gh_snap_value *recs = &v[scoped[row].recs];
    struct gh_scope_set set = {{0}};

    for (size_t k = 0; k < recs->n; k++)
        gh_scope_set_add(&set, recs->recs[k * scoped[row].n_inner + scoped[row].scope].str);
    for (unsigned k = 0; k < GH_SCOPE_SET_WORDS; k++)
        v[scoped[row].scopes + k].u64 = set.w[k];
}

/* *values, or a copy of them in `mem` with what the writer adds. */
static enum gh_rc
add_made(
    const struct gh_snap_value **values, struct gh_snap_value *mem, const struct gh_snap_writer *w, enum gh_snap_section section)
{
    size_t i = 0;

    while (i < sizeof(scoped) / sizeof(scoped[0]) && scoped[i].section != section)
        i++;
    bool is_scoped = i < sizeof(scoped) / sizeof(scoped[0]);
    if (*values == NULL || (!is_scoped && section != GH_SNAP_COND))
        return GH_OK;
    memcpy(mem, *values, gh_snap_schemas[section].n_fields * sizeof(*mem));
    *values = mem;
    if (is_scoped)
        make_scopes(mem, i);
    return is_scoped ? GH_OK : gh_cond_index(mem, w->arena);
}

enum gh_rc
gh_snap_put(struct gh_snap_writer *w, enum gh_snap_section section, struct gh_str key, const struct gh_snap_value *values)
{
    struct gh_snap_value mem[GH_SNAP_FIELDS_MAX];

    if (w->rc != GH_OK)
        return w->rc;
    if (section <= GH_SNAP_NONE || section >= GH_SNAP_SECTION_COUNT || gh_snap_schemas[section].is_inner ||
        gh_snap_schemas[section].is_credential != w->meta.is_credentials || (values == NULL && !w->meta.is_overlay) || key.n == 0 ||
        key.n > GH_SNAP_KEY_BYTES_MAX)
        return w->rc = GH_BAD;
    if ((w->rc = claim_slot(w, section, key)) == GH_OK && (w->rc = add_made(&values, mem, w, section)) == GH_OK)
        w->rc = put_row(w, section, key, values);
    return w->rc;
}

/* ---- the file ---- */

static void
put_header(const struct gh_snap_writer *w, struct gh_buf *b, const uint8_t tables[GH_SHA256_BYTES], uint64_t total)
{
    uint32_t flags = (w->meta.is_overlay ? GH_SNAP_FLAG_OVERLAY : 0) | (w->meta.is_credentials ? GH_SNAP_FLAG_CREDENTIALS : 0);

    gh_buf_putz(b, GH_SNAP_MAGIC);
    gh_buf_put_le32(b, flags);
    gh_buf_put_le32(b, GH_SNAP_SECTIONS);
    gh_buf_put(b, gh_str(w->meta.installation, sizeof(w->meta.installation)));
    gh_buf_put_le64(b, w->meta.generation);
    gh_buf_put_le64(b, w->meta.base_generation);
    gh_buf_put_le64(b, (uint64_t)w->meta.made_ms);
    gh_buf_put(b, gh_str(w->seed, sizeof(w->seed)));
    gh_buf_put(b, gh_str(tables, GH_SHA256_BYTES));
    gh_buf_put_le64(b, total);
}

static uint64_t
part_bytes(const struct gh_snap_writer *w, enum gh_snap_section s)
{
    return gh_snap_part_bytes(s, w->section[s].n_rows, w->section[s].n_slots, w->section[s].heap.n);
}

/* Rows, slots, heap, padding. The buffer's memory is there already: gh_snap_finish asked for the whole file at once. */
static void
put_section(const struct section_writer *sw, struct gh_buf *file, uint64_t n)
{
    size_t start = file->n;

    gh_buf_put(file, gh_str(sw->rows.p, sw->rows.n));
    for (uint32_t i = 0; i < sw->n_slots; i++)
        gh_buf_put_le32(file, sw->slots[i]);
    gh_buf_put(file, gh_str(sw->heap.p, sw->heap.n));
    while (file->rc == GH_OK && file->n < start + n)
        gh_buf_putc(file, 0);
}

static enum gh_rc
put_directory(const struct gh_snap_writer *w, struct gh_buf *directory, struct gh_buf *sections)
{
    for (unsigned s = GH_SNAP_NONE + 1; s < GH_SNAP_SECTION_COUNT; s++) {
        const struct section_writer *sw = &w->section[s];
        uint8_t digest[GH_SHA256_BYTES];
        size_t start = sections->n;
        enum gh_rc rc;

        put_section(sw, sections, part_bytes(w, (enum gh_snap_section)s));
        if (sections->rc != GH_OK)
            return sections->rc;
        if ((rc = gh_sha256(digest, gh_str(sections->p + start, sections->n - start))) != GH_OK)
            return rc;
        gh_buf_put_le32(directory, sw->n_rows);
        gh_buf_put_le32(directory, sw->n_slots);
        gh_buf_put_le32(directory, (uint32_t)sw->heap.n);
        gh_buf_put_le32(directory, 0);
        gh_buf_put(directory, gh_str(digest, sizeof(digest)));
    }
    return GH_OK;
}

enum gh_rc
gh_snap_finish(struct gh_str *out, struct gh_snap_writer *w)
{
    uint8_t tables[GH_SHA256_BYTES];
    uint64_t total = GH_SNAP_SECTIONS_AT;
    struct gh_buf head, sections;
    char *file;
    enum gh_rc rc;

    *out = gh_str(NULL, 0);
    if (w->rc != GH_OK)
        return w->rc;
    for (unsigned s = GH_SNAP_NONE + 1; s < GH_SNAP_SECTION_COUNT; s++)
        total += part_bytes(w, (enum gh_snap_section)s);
    if (total > GH_SNAP_BYTES_MAX)
        return GH_LIMIT;
    if ((file = gh_arena_take(w->arena, total)) == NULL)
        return GH_NOMEM;
    if ((rc = gh_snap_tables_digest(tables)) != GH_OK)
        return rc;
    gh_buf_init_fixed(&head, file, GH_SNAP_SECTIONS_AT);
    gh_buf_init_fixed(&sections, file + GH_SNAP_SECTIONS_AT, total - GH_SNAP_SECTIONS_AT);
    put_header(w, &head, tables, total);
    if ((rc = put_directory(w, &head, &sections)) != GH_OK)
        return rc;
    if ((rc = gh_sha256((uint8_t *)file + GH_SNAP_DIGEST_AT, gh_str(file, GH_SNAP_DIGEST_AT))) != GH_OK)
        return rc;
    *out = gh_str(file, total);
    return GH_OK;
}
