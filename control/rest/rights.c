/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/rights.h"

#include "control/publish/project_int.h"
#include "policy/role.h"

bool
gh_rights_is_self(const struct gh_call *call, struct gh_str principal)
{
    for (size_t i = 0; !call->is_local && i < call->caller->n_principals; i++)
        if (gh_str_eq(call->caller->principals[i], principal))
            return true;
    return false;
}

/* Whether the role gives any data action, or keys, which stand for data actions. */
static bool
is_reaching_data(struct gh_str bits)
{
    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++) {
        bool is_data = gh_action_table[i].plane == GH_PLANE_DATA || i == GH_ACTION_KEY_CREATE;
        if (is_data && gh_role_stored_allows(bits, (enum gh_action)i))
            return true;
    }
    return false;
}

bool
gh_rights_may_take(struct gh_write *w, struct gh_str role, struct gh_str scope)
{
    struct gh_project_env env = {.tx = w->tx, .config = w->call->c->config};
    struct gh_project_row row = {0};
    if (gh_call_may(w->call, GH_ACTION_KEY_CREATE, scope))
        return true;
    enum gh_rc rc = gh_project_role(&row, &env, w->call->a, &role);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return !row.exists || !is_reaching_data(row.v[GH_ROLE_BITS].str) ||
           gh_call_problem(w->call, 403, "who may not list keys may not give himself data actions or keys", scope);
}
