/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes that somebody renamed into place to a snapshot that is believed. Once through the file, front to back, without
 * recursion: what a row refers to is checked by range, and a file whose lists or inner rows are shared between rows is refused, so
 * the work is linear in its length. After this nothing checks again.
 */
#include "base/cursor.h"
#include "policy/snapshot_int.h"

struct entry { /* of the directory */
    uint32_t n_rows, n_slots, heap_bytes;
    struct gh_str digest;
};

struct header {
    uint32_t flags;
    struct gh_snap_meta meta;
    struct gh_str seed;
    struct entry entry[GH_SNAP_SECTION_COUNT];
};

static bool
has_digest(struct gh_str bytes, struct gh_str digest)
{
    uint8_t sum[GH_SHA256_BYTES];

    return gh_sha256(sum, bytes) == GH_OK && gh_str_eq(gh_str(sum, sizeof(sum)), digest);
}

/* ---- header and directory ---- */

static enum gh_rc
read_entry(struct entry *out, struct gh_cursor *c)
{
    uint32_t zero;

    if (gh_cursor_le32(&out->n_rows, c) != GH_OK || gh_cursor_le32(&out->n_slots, c) != GH_OK ||
        gh_cursor_le32(&out->heap_bytes, c) != GH_OK || gh_cursor_le32(&zero, c) != GH_OK ||
        gh_cursor_bytes(&out->digest, c, GH_SHA256_BYTES) != GH_OK)
        return GH_BAD;
    return zero == 0 ? GH_OK : GH_BAD;
}

static enum gh_rc
read_meta(struct gh_snap_meta *meta, struct gh_cursor *c)
{
    struct gh_str installation;
    uint64_t made;

    if (gh_cursor_bytes(&installation, c, sizeof(meta->installation)) != GH_OK || gh_cursor_le64(&meta->generation, c) != GH_OK ||
        gh_cursor_le64(&meta->base_generation, c) != GH_OK || gh_cursor_le64(&made, c) != GH_OK)
        return GH_BAD;
    memcpy(meta->installation, installation.p, sizeof(meta->installation));
    meta->made_ms = (int64_t)made;
    return GH_OK;
}

/* The digest stands at a fixed place for a fixed number of sections, so it is asked before anything else is believed. */
static enum gh_rc
check_frame(struct gh_str bytes, struct gh_err *err)
{
    if (!gh_str_starts(bytes, GH_STR(GH_SNAP_MAGIC)))
        return gh_fail(err, GH_BAD, 0, "not a snapshot");
    if (bytes.n < GH_SNAP_SECTIONS_AT)
        return gh_fail(err, GH_BAD, (uint32_t)bytes.n, "snapshot ends early");
    if (gh_snap_le32((const uint8_t *)bytes.p + 12) != GH_SNAP_SECTIONS)
        return gh_fail(err, GH_DOWN, 12, "snapshot was made with other tables");
    if (!has_digest(gh_str_sub(bytes, 0, GH_SNAP_DIGEST_AT), gh_str_sub(bytes, GH_SNAP_DIGEST_AT, GH_SHA256_BYTES)))
        return gh_fail(err, GH_BAD, 0, "header is damaged");
    return GH_OK;
}

static enum gh_rc
read_header(struct header *out, struct gh_str bytes, struct gh_err *err)
{
    struct gh_cursor c = {bytes, 8};
    uint8_t own_tables[GH_SHA256_BYTES];
    struct gh_str tables;
    uint32_t n_sections;
    uint64_t total;

    if (gh_cursor_le32(&out->flags, &c) != GH_OK || gh_cursor_le32(&n_sections, &c) != GH_OK ||
        read_meta(&out->meta, &c) != GH_OK || gh_cursor_bytes(&out->seed, &c, GH_SNAP_SEED_BYTES) != GH_OK ||
        gh_cursor_bytes(&tables, &c, GH_SHA256_BYTES) != GH_OK || gh_cursor_le64(&total, &c) != GH_OK)
        return gh_fail(err, GH_BAD, (uint32_t)c.at, "snapshot ends early");
    for (unsigned s = GH_SNAP_NONE + 1; s < GH_SNAP_SECTION_COUNT; s++)
        if (read_entry(&out->entry[s], &c) != GH_OK)
            return gh_fail(err, GH_BAD, (uint32_t)c.at, "directory is damaged");
    if (gh_snap_tables_digest(own_tables) != GH_OK)
        return gh_fail(err, GH_BUG, 0, "digest of tables");
    if (!gh_str_eq(tables, gh_str(own_tables, sizeof(own_tables))))
        return gh_fail(err, GH_DOWN, 72, "snapshot was made with other tables");
    return total == bytes.n ? GH_OK : gh_fail(err, GH_BAD, (uint32_t)bytes.n, "snapshot has another length");
}

static enum gh_rc
read_flags(struct gh_snap_meta *meta, uint32_t flags, struct gh_err *err)
{
    meta->is_overlay = (flags & GH_SNAP_FLAG_OVERLAY) != 0;
    meta->is_credentials = (flags & GH_SNAP_FLAG_CREDENTIALS) != 0;
    if ((flags & ~(uint32_t)GH_SNAP_FLAGS_ALL) != 0 || (meta->is_overlay && meta->is_credentials))
        return gh_fail(err, GH_BAD, 8, "unknown flags");
    if (!meta->is_overlay && meta->base_generation != meta->generation)
        return gh_fail(err, GH_BAD, 40, "a base of another generation");
    return GH_OK;
}

/* ---- sections ---- */

/* A field that refers to something; a number is sound whatever it is. */
struct reference {
    size_t at; /* in the row */
    enum gh_snap_type type;
    enum gh_snap_section of;
};

/* Checks one section; the file's other sections are already located. */
struct walk {
    const struct gh_snap_file *file;
    const struct gh_snap_schema *schema;
    const struct gh_snap_part *part;
    struct reference reference[GH_SNAP_FIELDS_MAX];
    size_t n_references;
    uint64_t list_bytes;                        /* of all lists together: each has memory of its own     */
    uint64_t inner_rows[GH_SNAP_SECTION_COUNT]; /* likewise, by the section that they stand in */
};

/* No sum of two such numbers overflows 64 bits. */
static inline bool
in_heap(const struct gh_snap_part *part, uint64_t at, uint64_t n)
{
    return at + n <= part->heap_bytes;
}

static bool
is_list_sound(struct walk *w, uint32_t at, uint32_t n)
{
    uint64_t bytes = (uint64_t)n * 8;

    if (!in_heap(w->part, at, bytes) || (w->list_bytes += bytes) > w->part->heap_bytes)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *item = w->part->heap + at + (size_t)i * 8;

        if (!in_heap(w->part, gh_snap_le32(item), gh_snap_le32(item + 4)))
            return false;
    }
    return true;
}

static bool
are_recs_sound(struct walk *w, enum gh_snap_section of, uint32_t first, uint32_t n)
{
    uint32_t have = w->file->part[of].n_rows;

    return first <= have && n <= have - first && (w->inner_rows[of] += n) <= have;
}

static inline bool
is_reference_sound(struct walk *w, const struct reference *r, const uint8_t *row)
{
    uint32_t at = gh_snap_le32(row + r->at), n = gh_snap_le32(row + r->at + 4);

    if (r->type == GH_SNAP_STR)
        return in_heap(w->part, at, n);
    return r->type == GH_SNAP_LIST ? is_list_sound(w, at, n) : are_recs_sound(w, r->of, at, n);
}

static void
list_references(struct walk *w)
{
    for (size_t f = 0; f < w->schema->n_fields; f++)
        if (w->schema->fields[f].type != GH_SNAP_U64)
            w->reference[w->n_references++] =
                (struct reference){GH_SNAP_ROW_HEAD_BYTES + 8 * f, w->schema->fields[f].type, w->schema->fields[f].of};
}

static inline bool
is_row_sound(struct walk *w, const uint8_t *row)
{
    size_t key_n = gh_snap_row_key_bytes(row);
    unsigned flags = gh_snap_row_flags(row);

    if (!in_heap(w->part, gh_snap_le32(row), key_n) || (key_n == 0) != w->schema->is_inner || key_n > GH_SNAP_KEY_BYTES_MAX)
        return false;
    if (flags != 0 && (flags != GH_SNAP_ROW_TOMBSTONE || !w->file->meta.is_overlay || w->schema->is_inner))
        return false;
    for (size_t i = 0; i < w->n_references; i++)
        if (!is_reference_sound(w, &w->reference[i], row))
            return false;
    return true;
}

/* Every row has one slot, and there are free ones: a look-up ends. Nobody can tell which slots are free, so no step hangs on it. */
static bool
are_slots_sound(const struct walk *w)
{
    const struct gh_snap_part *part = w->part;
    uint32_t n_used = 0, n_wrong = 0, run = 0, longest = 0;

    if (part->n_rows == 0 || w->schema->is_inner)
        return part->n_slots == 0;
    if (part->n_rows > GH_SNAP_ROWS_MAX || part->n_slots <= part->n_rows || (part->n_slots & (part->n_slots - 1)) != 0)
        return false;
    for (uint32_t i = 0; i < part->n_slots; i++) {
        uint32_t slot = gh_snap_le32(part->slots + (size_t)i * 4), is_used = slot != 0;

        n_wrong += is_used & (gh_snap_slot_row(slot) >= part->n_rows); /* row 0 - 1 wraps and is wrong too */
        n_used += is_used;
        run = (run + 1) & (0 - is_used);
        longest = run > longest ? run : longest;
    }
    return n_wrong == 0 && n_used == part->n_rows && longest <= GH_SNAP_PROBES_MAX;
}

static const char *
check_section(const struct gh_snap_file *file, enum gh_snap_section section)
{
    struct walk w = {.file = file, .schema = &gh_snap_schemas[section], .part = &file->part[section]};
    size_t row_bytes = w.part->row_bytes;
    const uint8_t *row = w.part->rows;

    if (w.part->n_rows > 0 && w.schema->is_credential != file->meta.is_credentials)
        return "section is not for this kind of file";
    if (!are_slots_sound(&w))
        return "hash table is damaged";
    list_references(&w);
    for (uint32_t i = 0; i < w.part->n_rows; i++, row += row_bytes)
        if (!is_row_sound(&w, row))
            return "row is damaged";
    return NULL;
}

/* Where each section lies. They fill the file without a gap, so every byte of it is under one digest. */
static enum gh_rc
locate(struct gh_snap_file *file, const struct header *h, struct gh_str bytes, struct gh_err *err)
{
    uint64_t at = GH_SNAP_SECTIONS_AT;

    for (unsigned s = GH_SNAP_NONE + 1; s < GH_SNAP_SECTION_COUNT; s++) {
        const struct entry *e = &h->entry[s];
        uint64_t n = gh_snap_part_bytes((enum gh_snap_section)s, e->n_rows, e->n_slots, e->heap_bytes);
        struct gh_snap_part *part = &file->part[s];

        if (n > bytes.n - at)
            return gh_fail(err, GH_BAD, (uint32_t)at, "section ends behind the file");
        part->row_bytes = (uint32_t)gh_snap_row_bytes((enum gh_snap_section)s);
        part->rows = (const uint8_t *)bytes.p + at;
        part->slots = part->rows + (size_t)e->n_rows * part->row_bytes;
        part->heap = part->slots + 4 * (size_t)e->n_slots;
        part->n_rows = e->n_rows;
        part->n_slots = e->n_slots;
        part->heap_bytes = e->heap_bytes;
        if (!has_digest(gh_str(part->rows, n), e->digest))
            return gh_fail(err, GH_BAD, (uint32_t)at, "section is damaged");
        at += n;
    }
    return at == bytes.n ? GH_OK : gh_fail(err, GH_BAD, (uint32_t)at, "bytes behind the last section");
}

enum gh_rc
gh_snap_verify(struct gh_snap_file **out, struct gh_arena *a, struct gh_str bytes, const uint8_t *installation, struct gh_err *err)
{
    struct header h;
    struct gh_snap_file *file;
    const char *why;
    enum gh_rc rc;

    *out = NULL;
    if (bytes.n > GH_SNAP_BYTES_MAX)
        return gh_fail(err, GH_LIMIT, 0, "snapshot is too large");
    if ((rc = check_frame(bytes, err)) != GH_OK || (rc = read_header(&h, bytes, err)) != GH_OK ||
        (rc = read_flags(&h.meta, h.flags, err)) != GH_OK)
        return rc;
    if (installation != NULL && memcmp(installation, h.meta.installation, sizeof(h.meta.installation)) != 0)
        return gh_fail(err, GH_DOWN, 16, "snapshot of another installation");
    if ((file = gh_arena_take(a, sizeof(*file))) == NULL)
        return gh_fail(err, GH_NOMEM, 0, "out of memory");
    file->meta = h.meta;
    gh_snap_keys_make(&file->keys, (const uint8_t *)h.seed.p);
    file->everyone = gh_snap_hash(&file->keys, GH_STR(GH_DENY_EVERYONE));
    if ((rc = locate(file, &h, bytes, err)) != GH_OK)
        return rc;
    for (unsigned s = GH_SNAP_NONE + 1; s < GH_SNAP_SECTION_COUNT; s++)
        if ((why = check_section(file, (enum gh_snap_section)s)) != NULL)
            return gh_fail(err, GH_BAD, (uint32_t)(file->part[s].rows - (const uint8_t *)bytes.p), why);
    *out = file;
    return GH_OK;
}
