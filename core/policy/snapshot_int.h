/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of a snapshot file, shared by its reader, its writer and its verifier. Little endian, offsets in bytes.
 *
 *   header      magic 8, le32 flags, le32 number of sections, installation 16, le64 generation, le64 base generation, le64 made_ms,
 *               seed of the hash 16, SHA-256 of the tables 32, le64 bytes of the whole file
 *   directory   for each section: le32 rows, le32 slots, le32 bytes of heap, le32 zero, SHA-256 of the section
 *   digest      SHA-256 of header and directory
 *   sections    one behind the other, each: rows, slots, heap, zeros up to a multiple of 8
 *
 * A row is its key (le32 offset in the heap, le16 length), le16 flags, then 8 bytes for each field: the number; or le32 offset and le32
 * length of a string; or le32 offset and le32 count of a list, which is a run of such pairs; or le32 first row and le32 count in the
 * section `of`. Slots are le32, a power of two of them, open addressing with linear probing: row number counted from 1 in the low bits (0:
 * empty), a tag of the key's hash above, so that a probe rarely touches a row in vain.
 */
#ifndef GH_POLICY_SNAPSHOT_INT_H
#define GH_POLICY_SNAPSHOT_INT_H

#include "base/limits.h"
#include "policy/snapshot.h"

#define GH_SNAP_MAGIC "GHSNAP01"
/* Counts what the tables do not tell: the hash, the bits of a number, what stands in a string. A part of their digest. */
#define GH_SNAP_MEANING "meaning 3\n"
enum {
    GH_SNAP_SEED_BYTES = 16,
    GH_SNAP_HEADER_BYTES = 112,
    GH_SNAP_ENTRY_BYTES = 48,
    GH_SNAP_SECTIONS = GH_SNAP_SECTION_COUNT - 1,
    GH_SNAP_DIGEST_AT = GH_SNAP_HEADER_BYTES + GH_SNAP_SECTIONS * GH_SNAP_ENTRY_BYTES,
    GH_SNAP_SECTIONS_AT = GH_SNAP_DIGEST_AT + GH_SHA256_BYTES,
    GH_SNAP_ROW_HEAD_BYTES = 8,
    GH_SNAP_ROW_BITS = 26, /* of a slot: a file of GH_SNAP_BYTES_MAX holds no more rows of 16 bytes */
    GH_SNAP_ROWS_MAX = (1 << GH_SNAP_ROW_BITS) - 1,
    GH_SNAP_PROBES_MAX = 512 /* longest run of slots behind a key's own: what a look-up can cost; at our load a run of 100 is rare */
};
enum { GH_SNAP_FLAG_OVERLAY = 1, GH_SNAP_FLAG_CREDENTIALS = 2, GH_SNAP_FLAGS_ALL = 3 };
enum { GH_SNAP_ROW_TOMBSTONE = 1 };

/* Bytes of a row, and of a section with its padding; in 64 bits no product of a file's numbers overflows. */
size_t gh_snap_row_bytes(enum gh_snap_section section);
uint64_t gh_snap_part_bytes(enum gh_snap_section section, uint64_t n_rows, uint64_t n_slots, uint64_t heap_bytes);

/* SHA-256 over the action table and all schemas: two programs with one digest read a file alike. */
GH_MUST_USE enum gh_rc gh_snap_tables_digest(uint8_t out[GH_SHA256_BYTES]);

/* The slot of row number `i` (from 0) whose key has this hash. */
static inline uint32_t
gh_snap_slot(uint64_t hash, uint32_t i)
{
    return (uint32_t)(hash >> 58) << GH_SNAP_ROW_BITS | (i + 1);
}

/* Whether a used slot may be that of a key with this hash; and its row, counted from 0. */
static inline bool
gh_snap_slot_fits(uint32_t slot, uint64_t hash)
{
    return slot >> GH_SNAP_ROW_BITS == (uint32_t)(hash >> 58);
}

static inline uint32_t
gh_snap_slot_row(uint32_t slot)
{
    return (slot & GH_SNAP_ROWS_MAX) - 1;
}

static inline uint32_t
gh_snap_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t
gh_snap_le64(const uint8_t *p)
{
    return (uint64_t)gh_snap_le32(p) | (uint64_t)gh_snap_le32(p + 4) << 32;
}

/*
 * The hash of keys. Names are chosen by strangers, so it has keys of its own, made from the file's seed: NH (Black, Halevi, Krawczyk, Krovetz,
 * Rogaway 1999: UMAC), two eight-byte words to a multiplication. Whoever does not know the seed finds no two names that collide more
 * often than chance has it. What is longer than nearly every name goes through SipHash-1-3 (Aumasson, Bernstein 2012).
 */
enum { GH_SNAP_NH_BYTES = 128 };

struct gh_snap_keys {
    uint64_t sip[2];
    uint64_t pair[GH_SNAP_NH_BYTES / 8];
    uint64_t length[1], last[2];
};

void gh_snap_keys_make(struct gh_snap_keys *out, const uint8_t seed[GH_SNAP_SEED_BYTES]);
uint64_t gh_snap_hash_long(const struct gh_snap_keys *k, struct gh_str key);

__extension__ typedef unsigned __int128 gh_snap_wide;

/* Fewer than sixteen bytes as two words, which with the length say what they were: bytes in the middle may stand in both. */
static inline void
gh_snap_hash_short(uint64_t out[2], const uint8_t *p, size_t n)
{
    out[0] = n >= 8 ? gh_snap_le64(p) : n >= 4 ? gh_snap_le32(p) : n > 0 ? (uint64_t)p[0] << 8 | p[n / 2] : 0;
    out[1] = n >= 8 ? gh_snap_le64(p + n - 8) : n >= 4 ? gh_snap_le32(p + n - 4) : n > 0 ? p[n - 1] : 0;
}

static inline __attribute__((always_inline)) uint64_t
gh_snap_hash(const struct gh_snap_keys *k, struct gh_str key)
{
    const uint8_t *p = (const uint8_t *)key.p;
    gh_snap_wide sum = (gh_snap_wide)k->length[0] * key.n;
    size_t at = 0;
    uint64_t tail[2];

    if (key.n > GH_SNAP_NH_BYTES)
        return gh_snap_hash_long(k, key);
    for (; at + 16 < key.n; at += 16)
        sum += (gh_snap_wide)(gh_snap_le64(p + at) + k->pair[at / 8]) * (gh_snap_le64(p + at + 8) + k->pair[at / 8 + 1]);
    if (key.n >= 16) {
        tail[0] = gh_snap_le64(p + key.n - 16);
        tail[1] = gh_snap_le64(p + key.n - 8);
    } else {
        gh_snap_hash_short(tail, p, key.n);
    }
    sum += (gh_snap_wide)(tail[0] + k->pair[at / 8]) * (tail[1] + k->pair[at / 8 + 1]);
    sum = (gh_snap_wide)((uint64_t)sum + k->last[0]) * ((uint64_t)(sum >> 64) + k->last[1]);
    return (uint64_t)sum ^ (uint64_t)(sum >> 64);
}

struct gh_snap_part { /* one section of a file */
    const uint8_t *rows, *slots, *heap;
    uint32_t n_rows, n_slots, heap_bytes;
    uint32_t row_bytes;
};

static inline const uint8_t *
gh_snap_row_at(const struct gh_snap_part *part, size_t i)
{
    return part->rows + i * part->row_bytes;
}

struct gh_snap_file {
    struct gh_snap_meta meta;
    struct gh_snap_keys keys;
    uint64_t everyone; /* hash of GH_DENY_EVERYONE, which each decision asks for */
    struct gh_snap_part part[GH_SNAP_SECTION_COUNT];
};

static inline size_t
gh_snap_row_key_bytes(const uint8_t *row)
{
    return (size_t)row[4] | (size_t)row[5] << 8;
}

static inline struct gh_str
gh_snap_row_key(const struct gh_snap_part *part, const uint8_t *row)
{
    return gh_str(part->heap + gh_snap_le32(row), gh_snap_row_key_bytes(row));
}

/*
 * Fields of a row whose section the code that asks knows for certain: without the question whether the section has such a field of such a
 * type, which is most of the price of a field where a call reads hundreds. For the decisions alone (decide.c, conditional.c).
 */
static inline const uint8_t *
gh_snap_field(const struct gh_snap_rec *r, unsigned number)
{
    return r->row + GH_SNAP_ROW_HEAD_BYTES + 8 * (size_t)number;
}

static inline uint64_t
gh_snap_u64_of(const struct gh_snap_rec *r, unsigned number)
{
    return gh_snap_le64(gh_snap_field(r, number));
}

/* How many items a list or rows a run has, how many bytes a string. */
static inline size_t
gh_snap_count_of(const struct gh_snap_rec *r, unsigned number)
{
    return gh_snap_le32(gh_snap_field(r, number) + 4);
}

static inline struct gh_str
gh_snap_str_of(const struct gh_snap_rec *r, unsigned number)
{
    const uint8_t *pair = gh_snap_field(r, number);

    return gh_str(r->file->part[r->section].heap + gh_snap_le32(pair), gh_snap_le32(pair + 4));
}

/* Item `i` of a list that has as many. */
static inline struct gh_str
gh_snap_item_of(const struct gh_snap_rec *r, unsigned number, size_t i)
{
    const uint8_t *heap = r->file->part[r->section].heap, *pair = heap + gh_snap_le32(gh_snap_field(r, number)) + 8 * i;

    return gh_str(heap + gh_snap_le32(pair), gh_snap_le32(pair + 4));
}

static inline unsigned
gh_snap_row_flags(const uint8_t *row)
{
    return (unsigned)row[6] | (unsigned)row[7] << 8;
}

#endif
