/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_int: what the files of this room share.
 *
 *     event.c    record of control's own -> chain        append.c  one record onto the chain's end, in a transaction
 *     spool.c    what lies in DIR/spool                  batch.c   bytes of spool files -> checked records -> chain
 *     drain.c    one pass: read, store, forget, remove   sign.c    heads
 */
#ifndef GH_CONTROL_AUDIT_INT_H
#define GH_CONTROL_AUDIT_INT_H

#include <pthread.h>

#include "control/audit/audit.h"

/* ---- append.c ---- */

/* The end of the chain within one transaction. */
struct audit_tail {
    struct gh_audit *au;
    struct gh_store_tx *tx;
    struct gh_chain_state state;
};
GH_MUST_USE enum gh_rc gh_audit_append_open(struct audit_tail *t, struct gh_audit *au, struct gh_store_tx *tx);
GH_MUST_USE enum gh_rc gh_audit_append(struct audit_tail *t, struct gh_str record);

/* A record of control's own: begin draws the sequence, the caller adds fields, end appends it. */
struct audit_own {
    struct gh_record_writer w;
    char mem[GH_RECORD_BYTES_MAX];
};
GH_MUST_USE enum gh_rc gh_audit_append_begin(struct audit_own *o, struct audit_tail *t, enum gh_record_kind kind);
GH_MUST_USE enum gh_rc gh_audit_append_end(struct audit_own *o, struct audit_tail *t);

/* ---- spool.c ---- */

#define SPOOL_FILES_MAX 1024 /* looked at in one pass, oldest first; a few for each worker, so more means that nobody drained for days */
#define SPOOL_NAME_MAX 48    /* 16 hex, '-', at most 20 digits, ".spool" */

struct spool_file {
    char name[SPOOL_NAME_MAX];
    uint64_t epoch, hour;
    uint64_t size;
    int64_t changed_ms;
    uint64_t offset; /* stored so far           */
    bool is_known;   /* the store has a row     */
    bool is_last;    /* of its worker, so far   */
    struct spool_kept *kept; /* it is held open, NULL: it is not; borrowed */
    bool is_unlinked;        /* it has no name any more and lives by that  */
};
struct spool_list {
    struct spool_file file[SPOOL_FILES_MAX];
    size_t n;
};

/* The files that workers append to are held open: what is written to one that somebody unlinked is still read. */
#define SPOOL_KEPT_MAX 128 /* workers, and a few that just died */
struct spool_kept {
    char name[SPOOL_NAME_MAX]; /* "": a free slot */
    int fd;
    bool is_told; /* the alert that it was unlinked stands in the chain */
};

/* Regular files with a proper name, and those of `kept` that lost theirs, in the order of (epoch, hour). Others are left alone.
 * GH_DOWN: the directory cannot be read. */
GH_MUST_USE enum gh_rc gh_audit_spool_list(struct spool_list *out, int dirfd, struct spool_kept *kept /* SPOOL_KEPT_MAX */);
void gh_audit_spool_drop(struct spool_kept *kept, const char *name); /* closes it; NULL: all */
/* "<16 hex>-<decimal>.spool". GH_BAD. */
GH_MUST_USE enum gh_rc gh_audit_spool_name(uint64_t *epoch, uint64_t *hour, struct gh_str name);
/* The bytes from `offset` on, at most `max`. GH_DOWN: cannot be read. */
GH_MUST_USE enum gh_rc gh_audit_spool_read(size_t *n, void *mem, size_t max, int dirfd, const struct spool_file *f, uint64_t offset);
/* Whether no worker holds it: workers keep flock(LOCK_EX) on the file that they append to, until they roll over or die. */
bool gh_audit_spool_is_free(int dirfd, const struct spool_file *f);

/* ---- batch.c ---- */

#define BATCH_BYTES (512u << 10) /* read from one file at once: with the largest record a bound on one transaction's share */
#define BATCH_WANTED_MAX 32      /* different unknown key ids told in one batch; a storm is one fetch anyway               */
#define BATCH_KEYS_MAX 64        /* API keys whose last use is remembered before it goes to the store                      */

struct audit_open; /* a call that was opened and not yet closed within the batch */

struct audit_batch {
    struct audit_tail tail;
    struct gh_arena arena; /* texts below, opened records */
    struct audit_open *opens;
    struct {
        struct gh_str issuer, kid;
    } wanted[BATCH_WANTED_MAX];
    size_t n_wanted;
    struct {
        struct gh_str id;
        int64_t time_ms;
    } key[BATCH_KEYS_MAX];
    size_t n_keys;
    uint64_t n_alerts, n_records;
};

GH_MUST_USE enum gh_rc gh_audit_batch_begin(struct audit_batch *b, struct gh_audit *au, struct gh_store_tx *tx);
/* Stores what `bytes` (from f->offset) holds and moves f->offset. is_end: no more will follow, so a torn end is final. */
GH_MUST_USE enum gh_rc gh_audit_batch_file(struct audit_batch *b, struct spool_file *f, struct gh_str bytes, bool is_end);
/* SPOOL_GAP: an alert. `detail` is a literal; numbers as they apply. */
GH_MUST_USE enum gh_rc gh_audit_batch_gap(struct audit_batch *b, uint64_t epoch, uint64_t sequence, const char *detail, uint64_t bytes);
/* The worker is gone: a WORKER_LOST for each call that it left open. */
GH_MUST_USE enum gh_rc gh_audit_batch_lost(struct audit_batch *b, uint64_t epoch);
/* What was gathered goes to the store, still in the transaction. */
GH_MUST_USE enum gh_rc gh_audit_batch_end(struct audit_batch *b);
void gh_audit_batch_fini(struct audit_batch *b);

/* ---- drain.c ---- */

#define DRAIN_GONE_MS 1000         /* a file that nobody held for this long, looked at twice, belongs to no worker */
#define DRAIN_BYTES_MAX (8u << 20) /* of all files in one transaction: other writers wait that long               */
#define DRAIN_VANISHED_MAX 64      /* rows without a file that one pass clears                                    */
/* How long the row of a worker that is gone is kept: a file of its that comes back within that time is known for a repetition. */
#define DRAIN_FORGET_MS INT64_C(604800000)

/* Files that nobody holds, and since when: memory of the drain thread alone, so that one look never decides. */
struct drain_free {
    char name[SPOOL_NAME_MAX];
    int64_t since_ms;
};

/* One pass over the spool. *is_more: a file held more than one read. GH_DOWN: spool or store; nothing is lost, try again. */
GH_MUST_USE enum gh_rc gh_audit_drain_pass(struct gh_audit *au, bool *is_more);

/* ---- sign.c ---- */
void gh_audit_sign(struct gh_audit *au, bool is_forced);

/* ---- the object ---- */
struct gh_audit {
    struct gh_audit_config config;
    uint64_t epoch; /* of control as a source of records */
    int spool_fd;
    int wake_fd;    /* eventfd: stop */
    int notify_fd;  /* inotify on the spool, -1: poll alone */
    char *spool_dir;
    pthread_t thread;
    bool is_running;
    int64_t gone_ms;       /* DRAIN_GONE_MS, shorter in tests */
    int64_t sign_retry_ms; /* monotonic: not before           */
    struct spool_list *list; /* the drain's own, too large for a stack */
    struct spool_kept kept[SPOOL_KEPT_MAX];
    struct drain_free *free_files, *free_before; /* as this pass, and as the one before it, saw them */
    size_t n_free, n_before;
    char *chunk;           /* BATCH_BYTES */
    pthread_mutex_t lock;  /* guards what follows */
    struct gh_audit_status status;
};

#endif
