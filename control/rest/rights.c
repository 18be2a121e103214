/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/rights.h"

#include "base/guid.h"
#include "control/publish/project_int.h"
#include "policy/conditional.h"
#include "policy/role.h"

/* ---- what conditions ask of an assignment ---- */

struct named {
    struct gh_str name, not_at; /* looked for */
    struct gh_str id;           /* found, in the arena */
    struct gh_arena *a;
    enum gh_rc rc;
};

static bool
has_name(void *ctx, const struct gh_store_resource *r)
{
    struct named *n = ctx;
    struct gh_props p;
    if ((n->rc = gh_props_open(&p, n->a, r->body)) != GH_OK)
        return false;
    if (gh_str_eq(r->path, n->not_at) || !gh_str_eq_ci(gh_props_str(&p, "roleName", GH_STR("")), n->name))
        return true;
    n->rc = gh_arena_dup(&n->id, n->a, gh_str_sub(r->path, sizeof("/roleDefinitions/") - 1, r->path.n));
    return false;
}

enum gh_rc
gh_rights_role_named(struct gh_str *id, struct gh_call *call, struct gh_store_tx *tx, struct gh_str name, struct gh_str not_at)
{
    struct named n = {.name = name, .not_at = not_at, .a = call->a};
    enum gh_rc rc = gh_store_resource_each(tx, GH_RESOURCE_ROLE_DEFINITION, has_name, &n);
    *id = n.id;
    return rc != GH_OK ? rc : n.rc;
}

/* In lower case, as names of definitions are. */
static enum gh_rc
lower(struct gh_str *out, struct gh_arena *a, struct gh_str s)
{
    char *p = gh_arena_take(a, s.n);
    if (p == NULL)
        return GH_NOMEM;
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'F' ? s.p[i] + ('a' - 'A') : s.p[i]);
    *out = gh_str(p, s.n);
    return GH_OK;
}

enum gh_rc
gh_rights_role(struct gh_str *id, struct gh_call *call, struct gh_store_tx *tx, struct gh_str text)
{
    struct gh_store_resource r = {0};
    struct gh_str guid = gh_guid_of(text);
    bool may_be_id = guid.n > 0 && (guid.n == text.n || text.p[0] == '/');
    *id = (struct gh_str){NULL, 0};
    enum gh_rc rc = may_be_id ? lower(&guid, call->a, guid) : GH_OK;
    if (rc == GH_OK && may_be_id)
        rc = gh_store_resource_get(&r, call->a, tx, gh_project_path(call->a, GH_STR("/roleDefinitions/"), guid));
    if (rc == GH_OK && r.path.p != NULL)
        *id = guid;
    if (rc != GH_OK || id->p != NULL)
        return rc;
    return gh_rights_role_named(id, call, tx, text, GH_STR(""));
}

enum gh_rc
gh_rights_principal_type(struct gh_str *out, struct gh_call *call, struct gh_store_tx *tx, struct gh_str principal)
{
    struct gh_strs holders = {.a = call->a};
    struct gh_props p;
    bool exists;
    enum gh_rc rc = GH_OK;
    *out = GH_STR("");
    if (gh_str_starts(principal, GH_STR("/groups/")) || gh_str_find(principal, GH_STR("/groups:")) != SIZE_MAX) {
        *out = GH_STR("Group");
        return GH_OK;
    }
    if (!gh_str_starts(principal, GH_STR("/identities/"))) {
        rc = gh_project_holders(&holders, tx, GH_STORE_LINK_ALIAS, principal, GH_STR("/identities/"));
        principal = holders.n > 0 ? holders.p[0] : GH_STR("");
    }
    if (rc != GH_OK || principal.n == 0)
        return rc;
    rc = gh_props_load(&p, &exists, call->a, tx, principal);
    if (rc == GH_OK && exists)
        *out = gh_str_eq(gh_props_str(&p, "kind", GH_STR("user")), GH_STR("user")) ? GH_STR("User") : GH_STR("ServicePrincipal");
    return rc;
}

bool
gh_rights_describe(
    struct gh_assignment_facts **out, struct gh_call *call, struct gh_store_tx *tx, struct gh_str role, struct gh_str principal)
{
    struct gh_assignment_facts *f = gh_arena_take(call->a, sizeof(*f));
    *out = f;
    if (f == NULL)
        return gh_call_failed(call, GH_NOMEM);
    f->principal_id = principal;
    enum gh_rc rc = gh_rights_role(&f->role_id, call, tx, role);
    if (rc == GH_OK)
        rc = gh_rights_principal_type(&f->principal_type, call, tx, principal);
    return rc == GH_OK || gh_call_failed(call, rc);
}

/* ---- who gives himself what ---- */

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
    const struct gh_snap_value *parts = &row.v[GH_ROLE_PARTS];
    bool reaches = row.exists && is_reaching_data(row.v[GH_ROLE_BITS].str);
    for (size_t i = 0; row.exists && i < parts->n; i++)
        reaches = reaches || is_reaching_data(parts->recs[i * GH_ROLE_PART_N + GH_ROLE_PART_BITS].str);
    return !reaches || gh_call_problem(w->call, 403, "who may not list keys may not give himself data actions or keys", scope);
}

/* ---- what conditional access sees ---- */

bool
gh_rights_may_move_conditions(struct gh_write *w, const char *why, struct gh_str about)
{
    return !gh_conditional_has(&w->call->view->snap) || gh_call_may(w->call, GH_ACTION_COND_POLICY_WRITE, GH_STR("/")) ||
           gh_call_problem(w->call, 403, why, about);
}
