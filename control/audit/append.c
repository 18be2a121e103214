/* SPDX-License-Identifier: Apache-2.0 */
/* audit/append: one record onto the end of the chain. The end is read from the store in each transaction, so what rolls back leaves no trace. */
#include "control/audit/audit_int.h"
#include "host/host.h"

enum gh_rc
gh_audit_append_open(struct audit_tail *t, struct gh_audit *au, struct gh_store_tx *tx)
{
    gh_auto_arena a;
    struct gh_store_entry last;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), 4 * GH_RECORD_BYTES_MAX);
    *t = (struct audit_tail){.au = au, .tx = tx};
    if ((rc = gh_chain_init(&t->state, au->config.installation)) != GH_OK)
        return rc;
    if ((rc = gh_store_chain_last(&last, &a, tx)) != GH_OK || last.n == 0)
        return rc;
    t->state.n = last.n;
    memcpy(t->state.hash, last.hash, sizeof last.hash);
    return GH_OK;
}

enum gh_rc
gh_audit_append(struct audit_tail *t, struct gh_str record)
{
    struct gh_store_entry e = {.record = record};
    enum gh_rc rc;

    if ((rc = gh_chain_add(&t->state, record)) != GH_OK)
        return rc;
    e.n = t->state.n;
    memcpy(e.hash, t->state.hash, sizeof e.hash);
    return gh_store_chain_add(t->tx, &e);
}

/* The sequence stands in the store like that of every worker: it rises with the transaction or not at all. */
static enum gh_rc
own_sequence(uint64_t *out, struct audit_tail *t, int64_t now_ms)
{
    struct gh_store_worker w;
    enum gh_rc rc;

    if ((rc = gh_store_worker_get(&w, t->tx, t->au->epoch)) != GH_OK)
        return rc;
    *out = w.next_sequence == 0 ? 1 : w.next_sequence;
    w = (struct gh_store_worker){.epoch = t->au->epoch, .next_sequence = *out + 1, .seen_ms = now_ms};
    return gh_store_worker_put(t->tx, &w);
}

enum gh_rc
gh_audit_append_begin(struct audit_own *o, struct audit_tail *t, enum gh_record_kind kind)
{
    int64_t now = gh_now_ms();
    uint64_t sequence;
    enum gh_rc rc;

    if ((rc = own_sequence(&sequence, t, now)) != GH_OK)
        return rc;
    gh_record_begin(&o->w, o->mem, kind, t->au->epoch, sequence, now);
    return GH_OK;
}

enum gh_rc
gh_audit_append_end(struct audit_own *o, struct audit_tail *t)
{
    struct gh_str record;
    enum gh_rc rc = gh_record_end(&record, &o->w);

    return rc == GH_OK ? gh_audit_append(t, record) : rc;
}
