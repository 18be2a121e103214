/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/export: the chain as a stream of lines, for GET /audit/export?format=F&after=N and for `gatehouse audit export`.
 *
 *     jsonl  verifiable offline: an `export` line (installation, where it starts, hash before that), then `record` lines {n, hash, record as
 *            base64, decoded fields} with `head` lines at their places, then an `end` line
 *     ocsf   OCSF 1.x API Activity (6003), one event a line
 *     cef    ArcSight CEF:0, one event a line
 *
 * Formats are rows of one table: a name, a content type, and a function for each kind of line.
 */
#ifndef GH_CONTROL_AUDIT_EXPORT_H
#define GH_CONTROL_AUDIT_EXPORT_H

#include "control/audit/audit.h"

#define GH_AUDIT_CHUNK_ENTRIES 256       /* entries for one call of _next                      */
#define GH_AUDIT_CHUNK_MAX (16u << 20)   /* bytes that the caller's buffer should allow for it */

struct gh_audit_export;

/* GH_BAD: unknown format (empty means jsonl). It ends at the entry that was the last one now. */
GH_MUST_USE enum gh_rc gh_audit_export_new(struct gh_audit_export **out, struct gh_store *store, const uint8_t installation[16], struct gh_str format,
    uint64_t after, struct gh_err *err);
/* Appends the next lines; nothing appended means that it is complete. Each call holds a read transaction of its own and keeps none. */
GH_MUST_USE enum gh_rc gh_audit_export_next(struct gh_audit_export *x, struct gh_buf *out);
/* A literal: "application/jsonl", ... */
const char *gh_audit_export_type(const struct gh_audit_export *x);
void gh_audit_export_free(struct gh_audit_export *x);

#endif
