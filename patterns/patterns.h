/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patterns/patterns: the pattern engine (Vectorscan) behind the anchors of dlp/anchor.h: a database compiled when Gatehouse is built, installed
 * as a file, believed by its digest. It only tells where to look; what stands there core judges. The file holds the database for plain and
 * for AVX2 processors; both find the same.
 *
 * File: "gatehouse patterns 1\n", SHA-256 of what follows, SHA-256 of the table of anchors that it was made from, le32 number of databases, and each:
 * le32 length, bytes (hs_serialize_database).
 */
#ifndef GH_PATTERNS_PATTERNS_H
#define GH_PATTERNS_PATTERNS_H

#include "base/arena.h"
#include "base/buf.h"
#include "dlp/stream.h"

#define GH_PATTERNS_FILE "patterns.db" /* beside the edge's module */

struct gh_patterns;        /* immutable, for any number of threads; made by malloc */
struct gh_patterns_stream; /* one text                                             */

/* The file, for gatehouse-patterns at build time. GH_BAD: an expression does not compile, err->at is its row. */
GH_MUST_USE enum gh_rc gh_patterns_make(struct gh_buf *out, struct gh_err *err);

/* GH_BAD: damaged, or of another table of anchors; GH_DOWN: this processor runs none of its databases; GH_NOMEM. `is_plain`: do not use AVX2. */
GH_MUST_USE enum gh_rc gh_patterns_open(struct gh_patterns **out, struct gh_str bytes, bool is_plain, struct gh_err *err);
/* The same of a file. GH_DOWN: it cannot be read. */
GH_MUST_USE enum gh_rc gh_patterns_load(struct gh_patterns **out, const char *path, struct gh_err *err);
void gh_patterns_free(struct gh_patterns *p); /* NULL is nothing */

/* What one thread needs to scan, whatever number of streams. NULL: no memory. */
struct gh_patterns_scratch *gh_patterns_scratch_new(const struct gh_patterns *p);
void gh_patterns_scratch_free(struct gh_patterns_scratch *s);

/* NULL: no memory. A stream is closed before its database is freed. */
struct gh_patterns_stream *gh_patterns_stream_open(const struct gh_patterns *p);
void gh_patterns_stream_close(struct gh_patterns_stream *s);
size_t gh_patterns_stream_bytes(const struct gh_patterns *p);
/* As newly opened. */
GH_MUST_USE enum gh_rc gh_patterns_stream_reset(struct gh_patterns_stream *s);

/* The anchors of the next piece (at most GH_DLP_PIECE_BYTES), in the order of their ends; borrowed from the scratch until the next call. GH_LIMIT: there are
 * more than a text has. GH_BUG. */
GH_MUST_USE enum gh_rc gh_patterns_scan(const struct gh_dlp_anchor **anchors, size_t *n, struct gh_patterns_stream *s,
    struct gh_patterns_scratch *scratch, struct gh_str piece);

/* Text of any length, whole characters, through both: the engine and dlp/stream.h. Errors as gh_patterns_scan; the stream is of no use then. */
GH_MUST_USE enum gh_rc gh_patterns_feed(struct gh_dlp_stream *text, struct gh_patterns_stream *s, struct gh_patterns_scratch *scratch,
    struct gh_str more, bool is_last);

#endif
