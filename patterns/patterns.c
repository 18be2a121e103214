/* SPDX-License-Identifier: Apache-2.0 */
/* patterns/patterns: Vectorscan, in its streaming mode. */
#include "patterns/patterns.h"

#include <fcntl.h>
#include <hs/hs.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/cursor.h"
#include "base/limits.h"

#define MAGIC       "gatehouse patterns 1\n"
#define MAGIC_BYTES (sizeof(MAGIC) - 1)
#define FILE_MAX    (4u << 20)
#define ANCHORS_MAX (4 * GH_DLP_PIECE_BYTES)

struct gh_patterns {
    hs_database_t *db;
    size_t stream_bytes;
};

struct gh_patterns_scratch {
    hs_scratch_t *hs;
    size_t n;
    uint64_t base;
    struct gh_dlp_anchor anchor[ANCHORS_MAX];
};

struct gh_patterns_stream {
    hs_stream_t *hs;
};

/* ---- the file ---- */

/* What the database was made from: every expression, and the version of the engine. */
static enum gh_rc
digest_table(uint8_t out[GH_SHA256_BYTES])
{
    struct gh_str parts[2 * GH_DLP_ANCHORS_MAX];
    size_t n = 0;

    if (gh_dlp_anchor_count > GH_DLP_ANCHORS_MAX - 1)
        return GH_BUG;
    for (size_t i = 0; i < gh_dlp_anchor_count; i++) {
        parts[n++] = gh_str_z(gh_dlp_anchor_table[i].expression);
        parts[n++] = GH_STR("\n");
    }
    parts[n++] = gh_str_z(hs_version());
    return gh_sha256_v(out, parts, n);
}

static enum gh_rc
put_database(struct gh_buf *out, unsigned long long cpu_features, struct gh_err *err)
{
    const char *expressions[GH_DLP_ANCHORS_MAX];
    unsigned flags[GH_DLP_ANCHORS_MAX], ids[GH_DLP_ANCHORS_MAX];
    const hs_platform_info_t platform = {.tune = HS_TUNE_FAMILY_GENERIC, .cpu_features = cpu_features};
    hs_compile_error_t *fault = NULL;
    hs_database_t *db = NULL;
    char *bytes = NULL;
    size_t n = 0;
    enum gh_rc rc = GH_OK;

    for (size_t i = 0; i < gh_dlp_anchor_count; i++) {
        expressions[i] = gh_dlp_anchor_table[i].expression;
        flags[i] = 0;
        ids[i] = (unsigned)i;
    }
    if (hs_compile_multi(expressions, flags, ids, (unsigned)gh_dlp_anchor_count, HS_MODE_STREAM, &platform, &db, &fault) !=
        HS_SUCCESS) {
        rc = gh_fail(err, GH_BAD, fault == NULL ? 0 : (uint32_t)fault->expression, "expression of an anchor does not compile");
        hs_free_compile_error(fault);
        return rc;
    }
    if (hs_serialize_database(db, &bytes, &n) != HS_SUCCESS)
        rc = gh_fail(err, GH_NOMEM, 0, "no memory");
    else {
        gh_buf_put_le32(out, (uint32_t)n);
        gh_buf_put(out, gh_str(bytes, n));
        rc = out->rc;
    }
    free(bytes);
    hs_free_database(db);
    return rc;
}

enum gh_rc
gh_patterns_make(struct gh_buf *out, struct gh_err *err)
{
    static const unsigned long long features[] = {HS_CPU_FEATURES_AVX2, 0};
    uint8_t digest[GH_SHA256_BYTES];
    enum gh_rc rc;

    gh_buf_put(out, GH_STR(MAGIC));
    char *seal = gh_buf_reserve(out, GH_SHA256_BYTES);
    if (seal == NULL || digest_table(digest) != GH_OK)
        return gh_fail(err, GH_BUG, 0, "too many anchors");
    size_t sealed = out->n;
    gh_buf_put(out, gh_str(digest, sizeof(digest)));
    gh_buf_put_le32(out, sizeof(features) / sizeof(features[0]));
    for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
        if ((rc = put_database(out, features[i], err)) != GH_OK)
            return rc;
    if (out->rc != GH_OK)
        return gh_fail(err, out->rc, 0, "database is too large");
    rc = gh_sha256(digest, gh_str(out->p + sealed, out->n - sealed));
    memcpy(out->p + MAGIC_BYTES, digest, sizeof(digest));
    return rc;
}

/* ---- reading it ---- */

static enum gh_rc
check(struct gh_cursor *c, struct gh_err *err)
{
    uint8_t digest[GH_SHA256_BYTES];
    struct gh_str magic, seal, table;

    if (gh_cursor_bytes(&magic, c, MAGIC_BYTES) != GH_OK || !gh_str_eq(magic, GH_STR(MAGIC)))
        return gh_fail(err, GH_BAD, 0, "this is no pattern database");
    if (gh_cursor_bytes(&seal, c, GH_SHA256_BYTES) != GH_OK || gh_sha256(digest, gh_str_sub(c->in, c->at, SIZE_MAX)) != GH_OK ||
        !gh_str_eq(seal, gh_str(digest, sizeof(digest))))
        return gh_fail(err, GH_BAD, 0, "pattern database is damaged");
    if (gh_cursor_bytes(&table, c, GH_SHA256_BYTES) != GH_OK || digest_table(digest) != GH_OK ||
        !gh_str_eq(table, gh_str(digest, sizeof(digest))))
        return gh_fail(err, GH_BAD, 0, "pattern database belongs to another version");
    return GH_OK;
}

/* The first one that this processor runs. */
static enum gh_rc
open_database(hs_database_t **db, struct gh_cursor *c, bool is_plain, struct gh_err *err)
{
    struct gh_str bytes;
    uint32_t count, n;

    if (gh_cursor_le32(&count, c) != GH_OK)
        return gh_fail(err, GH_BAD, 0, "pattern database is damaged");
    for (uint32_t i = 0; i < count; i++) {
        if (gh_cursor_le32(&n, c) != GH_OK || gh_cursor_bytes(&bytes, c, n) != GH_OK)
            return gh_fail(err, GH_BAD, 0, "pattern database is damaged");
        if (is_plain && i + 1 < count)
            continue;
        hs_error_t rc = hs_deserialize_database(bytes.p, bytes.n, db);
        if (rc == HS_SUCCESS)
            return GH_OK;
        if (rc == HS_NOMEM)
            return gh_fail(err, GH_NOMEM, 0, "no memory");
    }
    return gh_fail(err, GH_DOWN, 0, "pattern database is not for this processor");
}

enum gh_rc
gh_patterns_open(struct gh_patterns **out, struct gh_str bytes, bool is_plain, struct gh_err *err)
{
    struct gh_cursor c = gh_cursor(bytes);
    struct gh_patterns *p;
    enum gh_rc rc;

    if (hs_valid_platform() != HS_SUCCESS)
        return gh_fail(err, GH_DOWN, 0, "the pattern engine does not run on this processor");
    if ((rc = check(&c, err)) != GH_OK)
        return rc;
    if ((p = calloc(1, sizeof(*p))) == NULL)
        return gh_fail(err, GH_NOMEM, 0, "no memory");
    if ((rc = open_database(&p->db, &c, is_plain, err)) == GH_OK && hs_stream_size(p->db, &p->stream_bytes) != HS_SUCCESS)
        rc = gh_fail(err, GH_BAD, 0, "pattern database is damaged");
    if (rc != GH_OK) {
        gh_patterns_free(p);
        return rc;
    }
    *out = p;
    return GH_OK;
}

static bool
read_file(char **bytes, size_t *n, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = 1;

    *n = 0;
    *bytes = malloc(FILE_MAX);
    while (fd >= 0 && *bytes != NULL && got > 0 && *n < FILE_MAX)
        if ((got = read(fd, *bytes + *n, FILE_MAX - *n)) > 0)
            *n += (size_t)got;
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0 && *bytes != NULL && got == 0;
}

enum gh_rc
gh_patterns_load(struct gh_patterns **out, const char *path, struct gh_err *err)
{
    char *bytes;
    size_t n;
    enum gh_rc rc = read_file(&bytes, &n, path) ? gh_patterns_open(out, gh_str(bytes, n), false, err)
                                                : gh_fail(err, GH_DOWN, 0, "pattern database is not there");

    free(bytes);
    return rc;
}

void
gh_patterns_free(struct gh_patterns *p)
{
    if (p != NULL)
        hs_free_database(p->db);
    free(p);
}

/* ---- scanning ---- */

struct gh_patterns_scratch *
gh_patterns_scratch_new(const struct gh_patterns *p)
{
    struct gh_patterns_scratch *s = calloc(1, sizeof(*s));

    if (s != NULL && hs_alloc_scratch(p->db, &s->hs) == HS_SUCCESS)
        return s;
    free(s);
    return NULL;
}

void
gh_patterns_scratch_free(struct gh_patterns_scratch *s)
{
    if (s != NULL)
        hs_free_scratch(s->hs);
    free(s);
}

struct gh_patterns_stream *
gh_patterns_stream_open(const struct gh_patterns *p)
{
    struct gh_patterns_stream *s = calloc(1, sizeof(*s));

    if (s != NULL && hs_open_stream(p->db, 0, &s->hs) == HS_SUCCESS)
        return s;
    free(s);
    return NULL;
}

void
gh_patterns_stream_close(struct gh_patterns_stream *s)
{
    if (s != NULL)
        (void)hs_close_stream(s->hs, NULL, NULL, NULL);
    free(s);
}

size_t
gh_patterns_stream_bytes(const struct gh_patterns *p)
{
    return p->stream_bytes;
}

enum gh_rc
gh_patterns_stream_reset(struct gh_patterns_stream *s)
{
    return hs_reset_stream(s->hs, 0, NULL, NULL, NULL) == HS_SUCCESS ? GH_OK : GH_BUG;
}

static int
on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
    struct gh_patterns_scratch *s = ctx;

    (void)from;
    (void)flags;
    if (s->n == ANCHORS_MAX)
        return 1;
    s->anchor[s->n++] = (struct gh_dlp_anchor){id, to};
    return 0;
}

enum gh_rc
gh_patterns_scan(const struct gh_dlp_anchor **anchors, size_t *n, struct gh_patterns_stream *s, struct gh_patterns_scratch *scratch,
    struct gh_str piece)
{
    hs_error_t rc;

    scratch->n = 0;
    if (piece.n > GH_DLP_PIECE_BYTES)
        return GH_BUG;
    rc = piece.n == 0 ? HS_SUCCESS : hs_scan_stream(s->hs, piece.p, (unsigned)piece.n, 0, scratch->hs, on_match, scratch);
    *anchors = scratch->anchor;
    *n = scratch->n;
    return rc == HS_SUCCESS ? GH_OK : rc == HS_SCAN_TERMINATED ? GH_LIMIT : GH_BUG;
}

enum gh_rc
gh_patterns_feed(
    struct gh_dlp_stream *text, struct gh_patterns_stream *s, struct gh_patterns_scratch *scratch, struct gh_str more, bool is_last)
{
    const struct gh_dlp_anchor *anchors;
    size_t n;
    enum gh_rc rc;

    do {
        struct gh_str piece = gh_str_sub(more, 0, gh_dlp_piece(more));
        more = gh_str_sub(more, piece.n, SIZE_MAX);
        if ((rc = gh_patterns_scan(&anchors, &n, s, scratch, piece)) != GH_OK)
            return rc;
        gh_dlp_stream_feed(text, piece, anchors, n, more.n > 0 ? GH_DLP_GOES_ON : is_last ? GH_DLP_ENDS : GH_DLP_UNKNOWN);
    } while (more.n > 0);
    return text->is_lost ? GH_LIMIT : GH_OK;
}
