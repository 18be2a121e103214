/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/drain: one pass over the spool. Three steps, each a transaction of its own, each of which may be cut off at any point:
 *
 *     1. take    what files hold behind their offset enters the chain, together with the new offset
 *     2. retire  a file that nobody holds: its torn end is given up; if it was its worker's last, calls left open become WORKER_LOST and
 *                the worker is marked gone. Committed before the file is unlinked, so a crash leaves a file without new bytes, no more
 *     3. forget  a row whose file is no longer there. If its worker is not gone and has no later file, that is an alert
 */
#include <string.h>
#include <unistd.h>

#include "control/audit/audit_int.h"
#include "host/host.h"

/* ---- what stands where ---- */

struct vanished {
    char name[SPOOL_NAME_MAX];
    uint64_t epoch;
};
struct look {
    struct gh_audit *au;
    struct vanished gone[DRAIN_VANISHED_MAX];
    size_t n_gone;
    uint64_t lone[DRAIN_VANISHED_MAX]; /* workers without any file */
    size_t n_lone;
    uint64_t old[DRAIN_VANISHED_MAX]; /* workers gone for so long that nobody asks for them any more */
    size_t n_old;
    int64_t now_ms;
};

static bool
has_file_of(const struct spool_list *l, uint64_t epoch)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->file[i].epoch == epoch)
            return true;
    }
    return false;
}

static struct spool_file *
find_file(struct spool_list *l, struct gh_str name)
{
    for (size_t i = 0; i < l->n; i++) {
        if (gh_str_eq(gh_str_z(l->file[i].name), name))
            return &l->file[i];
    }
    return NULL;
}

static bool
on_row(void *ctx, const struct gh_store_spool *row)
{
    struct look *k = ctx;
    struct spool_file *f = find_file(k->au->list, row->name);

    if (f != NULL) {
        f->offset = row->offset;
        f->is_known = true;
    } else if (k->n_gone < DRAIN_VANISHED_MAX && k->au->list->n < SPOOL_FILES_MAX && row->name.n < SPOOL_NAME_MAX) {
        memcpy(k->gone[k->n_gone].name, row->name.p, row->name.n);
        k->gone[k->n_gone].name[row->name.n] = '\0';
        k->gone[k->n_gone++].epoch = row->epoch;
    }
    return true;
}

static bool
on_worker(void *ctx, const struct gh_store_worker *w)
{
    struct look *k = ctx;

    if (!w->is_gone && w->epoch != k->au->epoch && k->n_lone < DRAIN_VANISHED_MAX && !has_file_of(k->au->list, w->epoch))
        k->lone[k->n_lone++] = w->epoch;
    if (w->is_gone && k->n_old < DRAIN_VANISHED_MAX && k->now_ms - w->seen_ms > DRAIN_FORGET_MS &&
        !has_file_of(k->au->list, w->epoch))
        k->old[k->n_old++] = w->epoch;
    return true;
}

static enum gh_rc
look(struct look *out, struct gh_audit *au)
{
    gh_auto_store_tx *tx = NULL;
    enum gh_rc rc;

    *out = (struct look){.au = au, .now_ms = gh_now_ms()};
    if ((rc = gh_audit_spool_list(au->list, au->spool_fd, au->kept)) != GH_OK)
        return rc;
    if ((rc = gh_store_begin(&tx, au->config.store, GH_STORE_READ)) != GH_OK)
        return rc;
    if ((rc = gh_store_spool_each(tx, on_row, out)) != GH_OK)
        return rc;
    return gh_store_worker_each(tx, on_worker, out);
}

/* ---- a transaction with a batch in it ---- */

struct step {
    struct gh_store_tx *tx; /* NULL: not begun */
    struct audit_batch b;
};

static enum gh_rc
step_begin(struct step *s, struct gh_audit *au)
{
    enum gh_rc rc;

    if (s->tx != NULL)
        return GH_OK;
    if ((rc = gh_store_begin(&s->tx, au->config.store, GH_STORE_FULL)) != GH_OK)
        return rc;
    return gh_audit_batch_begin(&s->b, au, s->tx);
}

static void
step_tell(struct step *s, struct gh_audit *au)
{
    pthread_mutex_lock(&au->lock);
    au->status.alerts += s->b.n_alerts;
    au->status.last_n = s->b.tail.state.n;
    pthread_mutex_unlock(&au->lock);
    for (size_t i = 0; i < s->b.n_wanted && au->config.key_wanted != NULL; i++)
        au->config.key_wanted(au->config.ctx, s->b.wanted[i].issuer, s->b.wanted[i].kid);
}

/* Commits if `rc` is good, else undoes; always ends the step. */
static enum gh_rc
step_end(struct step *s, struct gh_audit *au, enum gh_rc rc)
{
    const struct gh_audit_learner *l = au->config.learner;

    if (s->tx == NULL)
        return rc;
    if (rc == GH_OK)
        rc = gh_audit_batch_end(&s->b);
    if (rc == GH_OK && l != NULL)
        rc = l->end(l->ctx, s->tx);
    if (rc == GH_OK)
        rc = gh_store_commit(gh_store_steal(&s->tx));
    gh_store_rollback(gh_store_steal(&s->tx));
    if (l != NULL)
        l->done(l->ctx, rc == GH_OK);
    if (rc == GH_OK)
        step_tell(s, au);
    gh_audit_batch_fini(&s->b);
    return rc;
}

/* ---- 1. take ---- */

/* Nothing but the beginning of a record: it is still being written, or its writer died over it. */
static bool
is_torn_only(struct gh_str bytes)
{
    struct gh_record r;

    return gh_record_next(&r, &bytes) == GH_MORE;
}

static enum gh_rc
take_cut(struct step *s, struct gh_audit *au, struct spool_file *f)
{
    enum gh_rc rc = step_begin(s, au);

    if (rc == GH_OK)
        rc = gh_audit_batch_gap(&s->b, f->epoch, 0, "the file was cut after it was read", f->offset - f->size);
    f->offset = 0; /* what it still holds is known and will be left out by its sequence */
    return rc;
}

/* Its worker will notice and begin anew; until then records go into a file that has no name. They are read, and it is told once. */
static enum gh_rc
take_unlinked(struct step *s, struct gh_audit *au, struct spool_file *f)
{
    enum gh_rc rc;

    if (!f->is_unlinked || f->kept->is_told)
        return GH_OK;
    if ((rc = step_begin(s, au)) != GH_OK)
        return rc;
    return gh_audit_batch_gap(&s->b, f->epoch, 0, "a file was removed while its worker wrote to it; bytes that are still read",
        f->size > f->offset ? f->size - f->offset : 0);
}

static enum gh_rc
take_file(struct step *s, struct gh_audit *au, struct spool_file *f, size_t *n_bytes)
{
    struct gh_str bytes = {au->chunk, 0};
    enum gh_rc rc = take_unlinked(s, au, f);

    if (rc != GH_OK)
        return rc;
    if (f->size < f->offset && (rc = take_cut(s, au, f)) != GH_OK)
        return rc;
    if (f->size == f->offset || (rc = gh_audit_spool_read(&bytes.n, au->chunk, BATCH_BYTES, au->spool_fd, f, f->offset)) != GH_OK)
        return GH_OK; /* a file that cannot be read now stands there in the next pass */
    if (is_torn_only(bytes))
        return GH_OK;
    *n_bytes += bytes.n;
    if ((rc = step_begin(s, au)) != GH_OK)
        return rc;
    return gh_audit_batch_file(&s->b, f, bytes, false);
}

static enum gh_rc
take(struct gh_audit *au, bool *is_more)
{
    struct step s = {0};
    enum gh_rc rc = GH_OK;
    size_t n_bytes = 0;
    uint64_t pending = 0;

    for (size_t i = 0; i < au->list->n && rc == GH_OK; i++) {
        struct spool_file *f = &au->list->file[i];

        if (n_bytes < DRAIN_BYTES_MAX)
            rc = take_file(&s, au, f, &n_bytes);
        if (f->size > f->offset + GH_RECORD_BYTES_MAX)
            *is_more = true;
        pending += f->size > f->offset ? f->size - f->offset : 0;
    }
    rc = step_end(&s, au, rc);
    for (size_t i = 0; i < au->list->n && rc == GH_OK; i++) {
        if (au->list->file[i].is_unlinked)
            au->list->file[i].kept->is_told = true;
    }
    pthread_mutex_lock(&au->lock);
    au->status.pending_bytes = pending;
    pthread_mutex_unlock(&au->lock);
    return rc;
}

/* ---- 2. retire ---- */

/* Since when nobody holds it, as seen by the passes; remembered for the next one. */
static int64_t
free_since(struct gh_audit *au, const struct spool_file *f, int64_t now)
{
    int64_t since = now;

    for (size_t i = 0; i < au->n_before; i++) {
        if (strcmp(au->free_before[i].name, f->name) == 0)
            since = au->free_before[i].since_ms;
    }
    memcpy(au->free_files[au->n_free].name, f->name, sizeof f->name);
    au->free_files[au->n_free++].since_ms = since;
    return since;
}

static bool
is_abandoned(struct gh_audit *au, const struct spool_file *f, int64_t now)
{
    int64_t idle_ms = gh_now_ms() - f->changed_ms;

    /* A young file is not even looked at: its worker may be about to lock it. A clock that was set back only delays. */
    if (f->size > f->offset + GH_RECORD_BYTES_MAX || (idle_ms >= 0 && idle_ms < au->gone_ms))
        return false;
    return gh_audit_spool_is_free(au->spool_fd, f) && now - free_since(au, f, now) >= au->gone_ms;
}

static enum gh_rc
worker_gone(struct audit_batch *b, uint64_t epoch)
{
    struct gh_store_worker w;
    enum gh_rc rc;

    if ((rc = gh_audit_batch_lost(b, epoch)) != GH_OK || (rc = gh_store_worker_get(&w, b->tail.tx, epoch)) != GH_OK)
        return rc;
    w.is_gone = true;
    return gh_store_worker_put(b->tail.tx, &w);
}

static enum gh_rc
retire_file(struct step *s, struct gh_audit *au, struct spool_file *f)
{
    struct gh_str bytes = {au->chunk, 0};
    enum gh_rc rc;

    if ((rc = gh_audit_spool_read(&bytes.n, au->chunk, BATCH_BYTES, au->spool_fd, f, f->offset)) != GH_OK)
        return rc;
    if ((rc = step_begin(s, au)) != GH_OK || (rc = gh_audit_batch_file(&s->b, f, bytes, true)) != GH_OK)
        return rc;
    if ((rc = gh_audit_batch_end(&s->b)) != GH_OK)
        return rc;
    return f->is_last ? worker_gone(&s->b, f->epoch) : GH_OK;
}

static enum gh_rc
retire(struct gh_audit *au)
{
    int64_t now = gh_monotonic_ms();
    struct drain_free *before = au->free_files;
    enum gh_rc rc = GH_OK;

    au->free_files = au->free_before;
    au->free_before = before;
    au->n_before = au->n_free;
    au->n_free = 0;
    for (size_t i = 0; i < au->list->n && rc == GH_OK; i++) {
        struct spool_file *f = &au->list->file[i];
        struct step s = {0};

        if (!is_abandoned(au, f, now))
            continue;
        rc = step_end(&s, au, retire_file(&s, au, f));
        if (rc == GH_OK)
            gh_audit_spool_drop(au->kept, f->name);
        if (rc == GH_OK && !f->is_unlinked && unlinkat(au->spool_fd, f->name, 0) != 0)
            gh_log(GH_LOG_WARN, "a drained spool file cannot be removed", GH_KS("file", gh_str_z(f->name)), GH_KEND);
    }
    return rc;
}

/* ---- 3. forget ---- */

static enum gh_rc
forget_row(struct step *s, struct gh_audit *au, const struct vanished *v)
{
    struct gh_store_worker w;
    enum gh_rc rc;

    if ((rc = gh_store_worker_get(&w, s->tx, v->epoch)) != GH_OK)
        return rc;
    if (!w.is_gone && !has_file_of(au->list, v->epoch) &&
        (rc = gh_audit_batch_gap(&s->b, v->epoch, w.next_sequence, "a file vanished before it was drained to its end", 1)) != GH_OK)
        return rc;
    return gh_store_spool_delete(s->tx, gh_str_z(v->name));
}

static enum gh_rc
forget(struct gh_audit *au, const struct look *k)
{
    struct step s = {0};
    enum gh_rc rc = GH_OK;

    if (k->n_gone + k->n_lone + k->n_old > 0)
        rc = step_begin(&s, au);
    for (size_t i = 0; i < k->n_gone && rc == GH_OK; i++)
        rc = forget_row(&s, au, &k->gone[i]);
    for (size_t i = 0; i < k->n_lone && rc == GH_OK; i++)
        rc = worker_gone(&s.b, k->lone[i]);
    for (size_t i = 0; i < k->n_old && rc == GH_OK; i++)
        rc = gh_store_worker_delete(s.tx, k->old[i]);
    return step_end(&s, au, rc);
}

enum gh_rc
gh_audit_drain_pass(struct gh_audit *au, bool *is_more)
{
    struct look k;
    enum gh_rc rc;

    *is_more = false;
    if ((rc = look(&k, au)) != GH_OK || (rc = forget(au, &k)) != GH_OK)
        return rc;
    if ((rc = take(au, is_more)) != GH_OK || *is_more)
        return rc;
    return retire(au);
}
