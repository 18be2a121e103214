/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/sign: heads. The end of the chain is on disk (every commit of audit records is a full one) before vault signs it: vault never signs
 * two heads for one sequence, so a signature over entries that a power cut could take back would lock the chain for good.
 */
#include "base/codec.h"
#include "control/audit/audit_int.h"
#include "host/host.h"

#define RETRY_MS 1000 /* after vault was away or refused */

static enum gh_rc
read_end(struct gh_store_entry *last, struct gh_store_head *head, struct gh_audit *au)
{
    gh_auto_store_tx *tx = NULL;
    gh_auto_arena a;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), 4 * GH_RECORD_BYTES_MAX);
    if ((rc = gh_store_begin(&tx, au->config.store, GH_STORE_READ)) != GH_OK)
        return rc;
    if ((rc = gh_store_chain_last(last, &a, tx)) != GH_OK || (rc = gh_store_head_get(head, &a, tx, UINT64_MAX)) != GH_OK)
        return rc;
    last->record = head->sig = (struct gh_str){NULL, 0}; /* they die with the arena */
    return GH_OK;
}

static enum gh_rc
keep_head(struct gh_audit *au, const struct gh_store_entry *last, int64_t time_ms, struct gh_str sig)
{
    struct gh_store_head h = {.n = last->n, .time_ms = time_ms, .sig = sig};
    gh_auto_store_tx *tx = NULL;
    enum gh_rc rc;

    memcpy(h.hash, last->hash, sizeof h.hash);
    if ((rc = gh_store_begin(&tx, au->config.store, GH_STORE_FULL)) != GH_OK || (rc = gh_store_head_add(tx, &h)) != GH_OK)
        return rc;
    return gh_store_commit(gh_store_steal(&tx));
}

/* Told once when it changes, and shown by /status as long as it lasts. */
static void
tell(struct gh_audit *au, enum gh_rc rc, const struct gh_store_entry *last, int64_t time_ms)
{
    pthread_mutex_lock(&au->lock);
    struct gh_audit_status *s = &au->status, before = *s;
    s->last_n = last->n;
    s->is_vault_down = rc == GH_DOWN;
    s->is_vault_refusing = rc != GH_OK && rc != GH_DOWN;
    if (rc == GH_OK) {
        s->signed_n = last->n;
        s->signed_ms = time_ms;
    }
    pthread_mutex_unlock(&au->lock);
    if (rc == GH_DOWN && !before.is_vault_down)
        gh_log(GH_LOG_WARN, "vault does not answer: new records stay unsigned", GH_KU("from", before.signed_n + 1), GH_KEND);
    if (rc != GH_OK && rc != GH_DOWN && !before.is_vault_refusing)
        gh_log(GH_LOG_ERROR, "vault refuses to sign: it knows a later or another head. Is this an old copy of the store?",
            GH_KU("entry", last->n), GH_KEND);
    if (rc == GH_OK && (before.is_vault_down || before.is_vault_refusing))
        gh_log(GH_LOG_NOTICE, "heads are signed again", GH_KU("entry", last->n), GH_KEND);
}

void
gh_audit_sign(struct gh_audit *au, bool is_forced)
{
    int64_t now = gh_now_ms(), mono = gh_monotonic_ms();
    struct gh_store_entry last;
    struct gh_store_head head;
    uint8_t sig[64];
    enum gh_rc rc;

    if (au->config.sign == NULL || (!is_forced && mono < au->sign_retry_ms))
        return;
    if (read_end(&last, &head, au) != GH_OK || last.n <= head.n)
        return;
    rc = au->config.sign(au->config.ctx, sig, last.n, last.hash, now);
    au->sign_retry_ms = mono + (rc == GH_OK ? GH_AUDIT_SIGN_MS : RETRY_MS);
    if (rc == GH_OK && keep_head(au, &last, now, gh_str(sig, sizeof sig)) != GH_OK)
        return; /* the store is down: that is told elsewhere, and vault signs the same head again */
    tell(au, rc, &last, now);
}
