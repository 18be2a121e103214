/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/query: answers of the management API about the chain. Each is JSON into a buffer; control/rest/handlers.c calls them from its
 * table after the decision (AUDIT_READ, AUDIT_HEAD_READ).
 */
#ifndef GH_CONTROL_AUDIT_QUERY_H
#define GH_CONTROL_AUDIT_QUERY_H

#include "control/audit/audit.h"

#define GH_AUDIT_PAGE_MAX 1000     /* records in one answer                                                       */
#define GH_AUDIT_SCAN_MAX 50000    /* entries looked at for one answer: a rare filter gives a short page, and `next` */
#define GH_AUDIT_ANSWER_MAX (16u << 20) /* bytes that the caller's buffer should allow                              */

/*
 * GET /audit/records?after=N&since=TIME&kind=a,b&caller=C&limit=N&order=newest&before=N
 * after: entries behind n (follow with the last `next`); order=newest walks down from `before` (default: the end). since: RFC 3339.
 */
struct gh_audit_query {
    uint64_t after, before; /* before 0: none */
    int64_t since_ms;       /* 0: any */
    uint32_t kinds;         /* bit per enum gh_record_kind; 0: any */
    struct gh_str caller;   /* empty: any; borrowed from what `arg` lends */
    size_t limit;
    bool is_newest_first;
};
/* `arg` lends the decoded value of a query parameter, p NULL when absent; unknown parameters are the caller's business. GH_BAD: err->what. */
typedef struct gh_str gh_audit_arg_fn(void *ctx, const char *name);
GH_MUST_USE enum gh_rc gh_audit_query_read(struct gh_audit_query *out, gh_audit_arg_fn *arg, void *ctx, struct gh_err *err);

/* {"value": [{"n","hash","kind","time",...fields}], "next": n or null, "last": n}: `next` is what `after` (or `before`) takes
 * for the page behind; null: there is none now, and who follows goes on after `last`, the end of the chain as this answer saw it. */
GH_MUST_USE enum gh_rc gh_audit_query_records(struct gh_buf *out, struct gh_store *store, const struct gh_audit_query *q);

/* GET /audit/head: {"head": {head as audit/chain.h writes it} or null, "last": n, "unsigned": entries behind the head}. */
GH_MUST_USE enum gh_rc gh_audit_query_head(struct gh_buf *out, struct gh_store *store, const uint8_t installation[16]);

/* GET /audit/key: PEM, `application/x-pem-file`. GH_DOWN: vault never told its key. */
GH_MUST_USE enum gh_rc gh_audit_query_key(struct gh_buf *out, struct gh_store *store);

#endif
