/* SPDX-License-Identifier: Apache-2.0 */
/* What is denied, what the caller may, and what there is to be allowed, in Azure's shapes (protocols.md 6.1). All of it is read only. */
#include "control/rest/arm_list.h"
#include "control/rest/auth.h"

/* ---- denyAssignments ---- */

static void
put_denial(struct gh_jsonw *w, const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    static const char *const members[] = {"denyAssignmentName", "description", "permissions", "scope", "principals",
        "excludePrincipals", "condition", "conditionVersion"};
    struct gh_call *call = v->call;
    struct gh_str scope = gh_props_str(p, "scope", GH_STR("/"));
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_arm_id(call, scope, "denyAssignments", gh_arm_name(r->path)));
    gh_jsonw_kstr(w, "name", gh_arm_name(r->path));
    gh_jsonw_kstr(w, "type", GH_STR("Microsoft.Authorization/denyAssignments"));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        gh_arm_put_member(w, p, members[i]);
    gh_jsonw_kbool(w, "doNotApplyToChildScopes", gh_props_bool(p, "doNotApplyToChildScopes", false));
    gh_jsonw_kbool(w, "isSystemProtected", gh_props_bool(p, "isSystemProtected", false));
    gh_arm_put_times(w, call, r);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

static bool
names(const struct gh_arm_view *v, const struct gh_props *p)
{
    struct gh_strs keys = {.a = p->a}, excluded = {.a = p->a};
    const char *why;
    return gh_project_denied(&keys, &excluded, p, &why) == GH_OK && gh_strs_has(&keys, v->principal);
}

static bool
fits(const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    (void)r;
    return gh_arm_scope_fits(v, gh_props_str(p, "scope", GH_STR("/"))) &&
           gh_arm_value_fits(v, GH_ARM_TERM_DENY_NAME, gh_props_str(p, "denyAssignmentName", GH_STR(""))) &&
           (v->principal.p == NULL || names(v, p));
}

static void
list_denials(struct gh_call *call, const struct gh_door *d)
{
    static const struct gh_arm_listing listing = {.collection = GH_STR_INIT("/denyAssignments"),
        .takes = GH_ARM_TAKES(AT_SCOPE) | GH_ARM_TAKES(PRINCIPAL) | GH_ARM_TAKES(DENY_NAME),
        .fits = fits,
        .put = put_denial,
        .is_linked = true};
    call->action = GH_ACTION_DENY_READ;
    gh_arm_list(call, d, &listing);
}

static void
get_denial(struct gh_call *call, const struct gh_door *d)
{
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_str scope;
    call->action = GH_ACTION_DENY_READ;
    if (!gh_door_scope(&scope, call, d->scope) || !gh_auth_decide(call, scope) ||
        !gh_door_load(&r, &p, call, gh_door_text(call, GH_STR("/denyAssignments/"), d->names[0])))
        return;
    if (r.path.p != NULL && gh_str_eq(gh_props_str(&p, "scope", GH_STR("/")), scope))
        gh_arm_answer(call, 200, put_denial, &r, &p);
    else
        (void)gh_door_refuse(call, 404, "DenyAssignmentNotFound", GH_STR("The deny assignment is not found."));
}

/* ---- permissions: of the caller, at a scope ---- */

struct held {
    struct gh_call *call;
    struct gh_jsonw *w;
    struct gh_store_tx *tx;
    struct gh_str scope;
    struct gh_strs roles; /* told already */
};

/* The entries of one role, as it is stored. */
static enum gh_rc
put_permissions(struct held *h, struct gh_str role)
{
    struct gh_props p;
    bool exists;
    if (gh_strs_has(&h->roles, role))
        return GH_OK;
    gh_strs_add(&h->roles, role);
    enum gh_rc rc = gh_props_load(&p, &exists, h->call->a, h->tx, gh_door_text(h->call, GH_STR("/roleDefinitions/"), role));
    if (rc != GH_OK || !exists)
        return rc;
    gh_json_ref list = gh_json_get(&p.j, p.root, GH_STR("permissions"));
    for (gh_json_ref v = gh_json_first(&p.j, list); v != GH_JSON_NO; v = gh_json_next(&p.j, list, v))
        gh_jsonw_raw(h->w, gh_json_raw(&p.j, v));
    return h->roles.rc;
}

static bool
counts(const struct held *h, const struct gh_snap_rec *grant)
{
    uint64_t now = (uint64_t)gh_call_now(h->call), end = gh_snap_u64(grant, GH_GRANT_END_MS);
    return now >= gh_snap_u64(grant, GH_GRANT_START_MS) && (end == 0 || now < end) &&
           gh_scope_covers(gh_snap_str(grant, GH_GRANT_SCOPE), h->scope);
}

static enum gh_rc
put_all_permissions(struct held *h)
{
    const struct gh_caller *caller = h->call->caller;
    enum gh_rc rc = GH_OK;
    for (size_t i = 0; rc == GH_OK && i < caller->n_principals; i++) {
        struct gh_snap_rec row;
        if (!gh_snap_find(&row, &h->call->view->snap, GH_SNAP_ASSIGNMENT, caller->principals[i]))
            continue;
        for (size_t g = 0; rc == GH_OK && g < gh_snap_count(&row, GH_ASSIGNMENT_GRANTS); g++) {
            struct gh_snap_rec grant = gh_snap_row(&row, GH_ASSIGNMENT_GRANTS, g);
            if (counts(h, &grant))
                rc = put_permissions(h, gh_snap_str(&grant, GH_GRANT_ROLE));
        }
    }
    return rc;
}

static void
list_permissions(struct gh_call *call, const struct gh_door *d)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_jsonw w;
    struct held h = {.call = call, .w = &w, .roles = {.a = call->a}};
    call->action = GH_ACTION_PERMISSION_READ;
    if (!gh_door_scope(&h.scope, call, d->scope) || !gh_auth_decide(call, h.scope))
        return;
    gh_jsonw_init(&w, &call->out);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "value");
    gh_jsonw_arr(&w);
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    h.tx = tx;
    if (rc == GH_OK)
        rc = put_all_permissions(&h);
    gh_jsonw_end(&w, ']');
    gh_jsonw_end(&w, '}');
    call->status = 200;
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
}

/* ---- providerOperations: the table of actions ---- */

static struct gh_str
provider_of(unsigned action)
{
    struct gh_str s = gh_action_table[action].string;
    return gh_str_sub(s, 0, gh_str_chr(s, '/'));
}

/* "workspaces/onlineEndpoints" of "Microsoft.X/workspaces/onlineEndpoints/read" */
static struct gh_str
type_of(unsigned action)
{
    struct gh_str s = gh_action_table[action].string, provider = provider_of(action);
    size_t end = s.n;
    while (end > 0 && s.p[end - 1] != '/')
        end--;
    return end <= provider.n + 1 ? GH_STR("") : gh_str_sub(s, provider.n + 1, end - 1 - (provider.n + 1));
}

static bool
is_first(unsigned action, bool by_type)
{
    for (unsigned i = GH_ACTION_NONE + 1; i < action; i++)
        if (gh_str_eq_ci(provider_of(i), provider_of(action)) && (!by_type || gh_str_eq_ci(type_of(i), type_of(action))))
            return false;
    return true;
}

static void
put_operation(struct gh_jsonw *w, unsigned action)
{
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "name", gh_action_table[action].string);
    gh_jsonw_kstr(w, "displayName", gh_action_table[action].string);
    gh_jsonw_kstr(w, "origin", GH_STR("user,system"));
    gh_jsonw_kbool(w, "isDataAction", gh_action_table[action].plane == GH_PLANE_DATA);
    gh_jsonw_end(w, '}');
}

static void
put_type(struct gh_jsonw *w, unsigned first)
{
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "name", type_of(first));
    gh_jsonw_kstr(w, "displayName", type_of(first));
    gh_jsonw_key(w, "operations");
    gh_jsonw_arr(w);
    for (unsigned i = first; i < GH_ACTION_COUNT; i++)
        if (gh_str_eq_ci(provider_of(i), provider_of(first)) && gh_str_eq_ci(type_of(i), type_of(first)))
            put_operation(w, i);
    gh_jsonw_end(w, ']');
    gh_jsonw_end(w, '}');
}

static void
put_provider(struct gh_jsonw *w, struct gh_call *call, unsigned first)
{
    struct gh_str name = provider_of(first);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_arm_id(call, GH_STR("/"), "providerOperations", name));
    gh_jsonw_kstr(w, "name", name);
    gh_jsonw_kstr(w, "type", GH_STR("Microsoft.Authorization/providerOperations"));
    gh_jsonw_kstr(w, "displayName", name);
    gh_jsonw_key(w, "resourceTypes");
    gh_jsonw_arr(w);
    for (unsigned i = first; i < GH_ACTION_COUNT; i++)
        if (gh_str_eq_ci(provider_of(i), name) && is_first(i, true))
            put_type(w, i);
    gh_jsonw_end(w, ']');
    gh_jsonw_key(w, "operations");
    gh_jsonw_arr(w);
    gh_jsonw_end(w, ']');
    gh_jsonw_end(w, '}');
}

static void
list_operations(struct gh_call *call, const struct gh_door *d)
{
    struct gh_jsonw w;
    (void)d;
    call->action = GH_ACTION_PROVIDER_OPERATION_READ;
    if (!gh_auth_decide(call, GH_STR("/")))
        return;
    gh_jsonw_init(&w, &call->out);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "value");
    gh_jsonw_arr(&w);
    for (unsigned i = GH_ACTION_NONE + 1; i < GH_ACTION_COUNT; i++)
        if (is_first(i, false))
            put_provider(&w, call, i);
    gh_jsonw_end(&w, ']');
    gh_jsonw_end(&w, '}');
    call->status = 200;
}

static void
get_operations(struct gh_call *call, const struct gh_door *d)
{
    struct gh_jsonw w;
    unsigned i = GH_ACTION_NONE + 1;
    call->action = GH_ACTION_PROVIDER_OPERATION_READ;
    if (!gh_auth_decide(call, GH_STR("/")))
        return;
    while (i < GH_ACTION_COUNT && !gh_str_eq_ci(provider_of(i), d->names[0]))
        i++;
    if (i == GH_ACTION_COUNT) {
        (void)gh_door_refuse(call, 404, "ProviderNotFound", GH_STR("There is no such provider here."));
        return;
    }
    gh_jsonw_init(&w, &call->out);
    put_provider(&w, call, i);
    call->status = 200;
}

#define AUTH "/providers/Microsoft.Authorization/"

static const struct gh_door_row rows[] = {
    {GH_SURFACE_ARM, GH_METHOD_GET, "{scope...}" AUTH "denyAssignments", list_denials},
    {GH_SURFACE_ARM, GH_METHOD_GET, "{scope...}" AUTH "denyAssignments/{name}", get_denial},
    {GH_SURFACE_ARM, GH_METHOD_GET, "{scope...}" AUTH "permissions", list_permissions},
    {GH_SURFACE_ARM, GH_METHOD_GET, AUTH "providerOperations", list_operations},
    {GH_SURFACE_ARM, GH_METHOD_GET, AUTH "providerOperations/{name}", get_operations},
};
const struct gh_door_table gh_door_arm_access = {rows, sizeof(rows) / sizeof(rows[0])};
