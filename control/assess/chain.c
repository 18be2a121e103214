/* SPDX-License-Identifier: Apache-2.0 */
/* control/assess: the newest entries of the chain, computed again from their records, up to the newest signed head. */
#include "control/assess/assess.h"

#include "audit/chain.h"
#include "control/config.h"
#include "control/control.h"

#define ENTRIES_MAX 10000 /* of one look: some milliseconds; `audit verify` computes all of them */

struct look {
    struct gh_chain_check check;
    bool has_start;
    uint64_t n;
};

static bool
on_entry(void *ctx, const struct gh_store_entry *e)
{
    struct look *k = ctx;

    if (!k->has_start) { /* what stands before the first one looked at is taken as it is */
        k->has_start = true;
        k->check.state.n = e->n;
        memcpy(k->check.state.hash, e->hash, sizeof(k->check.state.hash));
        return true;
    }
    gh_chain_check_entry(&k->check, e->n, e->record, e->hash);
    k->n++;
    return k->check.result == GH_CHAIN_INTACT;
}

enum gh_rc
gh_assess_chain(struct gh_assess *as)
{
    struct look k = {.has_start = false};
    struct gh_store_entry last;
    struct gh_buf found;
    enum gh_rc rc;

    if ((rc = gh_store_chain_last(&last, as->a, as->tx)) != GH_OK ||
        (rc = gh_chain_check_init(&k.check, as->control->config->installation)) != GH_OK)
        return rc;
    uint64_t from = last.n > ENTRIES_MAX ? last.n - ENTRIES_MAX : 1;
    if ((rc = gh_store_chain_each(as->tx, from, ENTRIES_MAX + 1, false, on_entry, &k)) != GH_OK)
        return rc;
    gh_buf_init(&found, as->a, 200);
    gh_buf_putz(&found, "entries behind ");
    gh_buf_put_u64(&found, from);
    gh_buf_putz(&found, k.check.result == GH_CHAIN_INTACT ? " follow from each other" : " do not follow from each other");
    gh_assess_tell(
        as, k.check.result == GH_CHAIN_INTACT ? GH_OUTCOME_PASS : GH_OUTCOME_FAIL, GH_STR("/audit/records"), gh_buf_str(&found));
    return GH_OK;
}
