/* SPDX-License-Identifier: Apache-2.0 */
/* Where calls may go, as people write it: the isolation of a workspace, which is never loosened, and its outbound rules. */
#include "control/publish/outbound.h"
#include "control/rest/handlers.h"

bool
gh_check_workspace(struct gh_write *w)
{
    enum gh_isolation now, was = GH_ISOLATION_DISABLED;
    const char *why;
    enum gh_rc rc = gh_outbound_isolation_read(&now, &w->props, &why);
    if (rc == GH_BAD)
        return gh_call_problem(w->call, 400, why, GH_STR("managedNetwork"));
    if (rc == GH_OK && w->old.path.p != NULL)
        rc = gh_outbound_isolation_read(&was, &w->old_props, &why);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return now >= was || gh_call_problem(w->call, 409, "the isolation of a workspace is never loosened; make a new workspace",
                             GH_STR("managedNetwork"));
}

bool
gh_prepare_outbound_rule(struct gh_write *w)
{
    struct gh_outbound_rule rule;
    const char *why, *where;
    enum gh_rc rc = gh_outbound_rule_read(&rule, &w->props, &why, &where);
    if (rc == GH_BAD)
        return gh_call_problem(w->call, 400, why, gh_str_z(where));
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

struct count {
    struct gh_str self;
    size_t n;
};

static bool
count_rule(void *ctx, const struct gh_store_resource *r)
{
    struct count *c = ctx;
    c->n += !gh_str_eq(r->path, c->self);
    return true;
}

bool
gh_check_outbound_rule(struct gh_write *w)
{
    struct count count = {.self = w->r.path};
    struct gh_str all =
        gh_props_join(w->call->a, (const struct gh_str[]){GH_STR("/workspaces/"), w->r.names[0], GH_STR("/outboundRules")}, 3);
    enum gh_rc rc = gh_store_resource_list(w->tx, all, GH_STR(""), SIZE_MAX, count_rule, &count);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return count.n < GH_OUTBOUND_RULES_MAX ||
           gh_call_problem(w->call, 409, "the workspace has as many outbound rules as it may", all);
}
