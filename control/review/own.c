/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews that deny the access of whoever would change them. */
#include "control/rest/rights.h"
#include "control/review/review_int.h"
#include "host/host.h"

#define OBJECT_ARENA ((size_t)1 << 20) /* of one instance or decision: there may be as many as are kept */

struct looking {
    struct gh_store_tx *tx;
    const struct gh_call *call;
    bool denies;
    enum gh_rc rc;
};

static bool
on_decision(void *ctx, const struct gh_store_resource *r)
{
    struct looking *l = ctx;
    struct review_decision d;
    gh_auto_arena a;
    gh_arena_init(&a, gh_heap(), OBJECT_ARENA);
    l->rc = review_decision_read(&d, &a, r);
    l->denies =
        l->rc == GH_OK && d.applied_ms == 0 && gh_str_eq(d.decision, GH_STR("Deny")) && gh_rights_is_self(l->call, d.principal);
    return l->rc == GH_OK && !l->denies;
}

static bool
on_instance(void *ctx, const struct gh_store_resource *r)
{
    struct looking *l = ctx;
    struct review_instance i;
    gh_auto_arena a;
    gh_arena_init(&a, gh_heap(), OBJECT_ARENA);
    if ((l->rc = review_instance_read(&i, &a, r)) != GH_OK)
        return false;
    bool is_over = i.status == REVIEW_APPLIED || (i.status == REVIEW_COMPLETED && i.denied == 0);
    if (is_over)
        return true;
    enum gh_rc rc =
        gh_store_resource_list(l->tx, gh_project_path(&a, i.path, GH_STR("/decisions")), GH_STR(""), SIZE_MAX, on_decision, l);
    l->rc = rc != GH_OK ? rc : l->rc;
    return l->rc == GH_OK && !l->denies;
}

enum gh_rc
review_denies_caller(bool *denies, struct gh_store_tx *tx, const struct gh_call *call, struct gh_str path)
{
    struct looking l = {.tx = tx, .call = call};
    enum gh_rc rc =
        gh_store_resource_list(tx, gh_project_path(call->a, path, GH_STR("/instances")), GH_STR(""), SIZE_MAX, on_instance, &l);
    *denies = l.denies;
    return rc != GH_OK ? rc : l.rc;
}
