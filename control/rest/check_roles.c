/* SPDX-License-Identifier: Apache-2.0 */
/* What may be given to whom: role definitions and assignments. */
#include "control/rest/handlers.h"

#include "base/guid.h"
#include "base/limits.h"
#include "control/publish/project_int.h"
#include "control/rest/door.h"
#include "control/rest/elevation.h"
#include "control/rest/owners.h"
#include "control/rest/rights.h"
#include "control/rest/roles.h"
#include "policy/azure_scope.h"
#include "policy/condition.h"
#include "policy/role.h"

/* As its own name a GUID is in lower case: there is one way to write it. */
static bool
is_name(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'F')
            return false;
    return gh_guid_is_valid(s);
}

static bool
is_builtin(struct gh_str id)
{
    for (size_t i = 0; i < gh_role_builtin_count; i++)
        if (gh_str_eq(id, gh_str_z(gh_role_builtins[i].id)))
            return true;
    return false;
}

/* ---- definitions ---- */

static bool
compiles(struct gh_write *w)
{
    struct gh_err err = {0};
    struct gh_role_def *def = gh_arena_take(w->call->a, sizeof(*def));
    struct gh_str json = gh_props_join(w->call->a,
        (const struct gh_str[]){GH_STR("{\"name\":\""), w->r.names[0], GH_STR("\",\"properties\":"),
            gh_json_raw(&w->props.j, w->props.root), GH_STR("}")},
        5);
    if (def == NULL || json.p == NULL)
        return gh_call_failed(w->call, GH_NOMEM);
    return gh_role_read(def, w->call->a, json, &err) == GH_OK || gh_call_bad(w->call, &err, GH_STR("permissions"));
}

/* Where it may be assigned: at least one place. Nothing said: everywhere, and it is said so from then on. */
static bool
check_scopes(struct gh_write *w)
{
    struct gh_str *scopes, ours;
    struct gh_err err = {0};
    size_t n;
    enum gh_rc rc = gh_props_list(&scopes, &n, &w->props, "assignableScopes");
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    if (gh_json_type(&w->props.j, gh_json_get(&w->props.j, w->props.root, GH_STR("assignableScopes"))) != GH_JSON_ARRAY) {
        w->stored_name = "assignableScopes";
        w->stored_json = GH_STR("[\"/\"]");
        return true;
    }
    for (size_t i = 0; i < n; i++)
        if (gh_azure_scope(&ours, w->call->a, scopes[i], &err) != GH_OK)
            return gh_call_bad(w->call, &err, scopes[i]);
    return n > 0 ||
           gh_call_problem(w->call, 400, "a role needs at least one scope where it may be assigned", GH_STR("assignableScopes"));
}

static bool
count_role(void *ctx, const struct gh_store_resource *r)
{
    size_t *n = ctx;
    (void)r;
    (*n)++;
    return true;
}

static bool
check_number(struct gh_write *w)
{
    size_t n = 0;
    if (w->old.path.p != NULL)
        return true;
    enum gh_rc rc = gh_store_resource_each(w->tx, GH_RESOURCE_ROLE_DEFINITION, count_role, &n);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return n < GH_CUSTOM_ROLES_MAX + gh_role_builtin_count ||
           gh_call_problem(w->call, 409, "there are as many custom roles as there may be (5000)", w->r.path);
}

bool
gh_check_role(struct gh_write *w)
{
    struct gh_str same, name = gh_props_str(&w->props, "roleName", GH_STR(""));
    if (!is_name(w->r.names[0]))
        return gh_call_problem(w->call, 400, "a role definition's name is a GUID in lower case", w->r.names[0]);
    if (is_builtin(w->r.names[0]) || gh_str_eq(gh_props_str(&w->props, "type", GH_STR("")), GH_STR("BuiltInRole")))
        return gh_call_problem(w->call, 409, "built-in roles cannot be written", w->r.names[0]);
    enum gh_rc rc = gh_rights_role_named(&same, w->call, w->tx, name, w->r.path);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return (same.p == NULL || gh_call_problem(w->call, 409, "another role has this name", name)) && compiles(w) &&
           check_scopes(w) && check_number(w);
}

/* A role that the caller holds: what is written into it, he has. */
bool
gh_after_role(struct gh_write *w)
{
    struct gh_strs paths = {.a = w->call->a};
    enum gh_rc rc = gh_project_holders(&paths, w->tx, GH_STORE_LINK_ROLE, w->r.names[0], GH_STR("/roleAssignments/"));
    if (rc == GH_OK)
        rc = gh_project_holders(&paths, w->tx, GH_STORE_LINK_ROLE, w->r.names[0], GH_STR("/roleEligibilities/"));
    for (size_t i = 0; rc == GH_OK && i < paths.n; i++) {
        struct gh_props p;
        bool exists;
        if ((rc = gh_props_load(&p, &exists, w->call->a, w->tx, paths.p[i])) != GH_OK)
            break;
        if (gh_rights_is_self(w->call, gh_props_str(&p, "principalId", GH_STR(""))) &&
            !gh_rights_may_take(w, w->r.names[0], gh_scope_assignment(&p)))
            return false;
    }
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

bool
gh_check_delete_role(struct gh_write *w)
{
    return (!is_builtin(w->r.names[0]) || gh_call_problem(w->call, 409, "built-in roles cannot be deleted", w->r.path)) &&
           gh_write_unused(w, GH_STORE_LINK_ROLE, w->r.names[0], "an assignment, eligibility or policy still names it");
}

static enum gh_rc
seed_one(struct gh_store_tx *tx, struct gh_arena *a, const struct gh_role_builtin *b, int64_t now_ms)
{
    struct gh_json j;
    struct gh_store_resource old;
    struct gh_str path = gh_project_path(a, GH_STR("/roleDefinitions/"), gh_str_z(b->id));
    enum gh_rc rc = gh_json_parse(&j, a, gh_str_z(b->json), NULL);
    if (rc == GH_OK)
        rc = gh_store_resource_get(&old, a, tx, path);
    if (rc != GH_OK)
        return rc;
    struct gh_store_resource r = {.path = path,
        .type = GH_RESOURCE_ROLE_DEFINITION,
        .created_ms = now_ms,
        .updated_ms = now_ms,
        .body = gh_json_raw(&j, gh_json_get(&j, 0, GH_STR("properties"))),
        .created_by = GH_STR("system"),
        .updated_by = GH_STR("system")};
    if (old.path.p != NULL && gh_str_eq(old.body, r.body))
        return GH_OK;
    return gh_store_resource_put(tx, &r);
}

enum gh_rc
gh_roles_seed(struct gh_store_tx *tx, struct gh_arena *a, int64_t now_ms)
{
    for (size_t i = 0; i < gh_role_builtin_count; i++) {
        enum gh_rc rc = seed_one(tx, a, &gh_role_builtins[i], now_ms);
        if (rc != GH_OK)
            return rc;
    }
    return GH_OK;
}

/* ---- assignments ---- */

struct gh_str
gh_scope_assignment(const struct gh_props *props)
{
    return gh_props_str(props, "scope", GH_STR("/"));
}

/* What stands in a workspace beside its endpoints decides nothing about access, so who only asks need not hold it. */
static bool
is_left_out(const struct gh_write *w, enum gh_resource type)
{
    static const enum gh_resource types[] = {GH_RESOURCE_DEPLOYMENT, GH_RESOURCE_BACKEND, GH_RESOURCE_SECRET, GH_RESOURCE_API_KEY,
        GH_RESOURCE_OUTBOUND_RULE, GH_RESOURCE_CONNECTION};
    for (size_t i = 0; w->call->c->is_offline && i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i] == type)
            return true;
    return false;
}

bool
gh_check_scope(struct gh_write *w, struct gh_str scope)
{
    struct gh_resource_path r;
    if (gh_str_eq(scope, GH_STR("/")))
        return true;
    if (gh_resource_find(&r, scope) != GH_OK || r.is_collection || !gh_str_eq(r.path, scope))
        return gh_call_problem(w->call, 400, "a scope is / or the path of a resource", scope);
    if (is_left_out(w, r.type))
        return true;
    return gh_write_needs(w, scope, "the scope does not exist") && gh_write_link(w, GH_STORE_LINK_RESOURCE, scope);
}

/* "/identities/x" and "/groups/g" must be there; "issuer:subject" and "issuer/groups:group" may be strangers yet. */
bool
gh_check_principal(struct gh_write *w, struct gh_str principal)
{
    size_t colon = gh_str_chr(principal, ':');
    if (gh_str_starts(principal, GH_STR("/identities/")) || gh_str_starts(principal, GH_STR("/groups/")))
        return gh_write_needs(w, principal, "the principal does not exist");
    return (colon != SIZE_MAX && colon > 0 && colon + 1 < principal.n && principal.p[0] != '/') ||
           gh_call_problem(
               w->call, 400, "a principal is /identities/x, /groups/g, issuer:subject or issuer/groups:group", principal);
}

/* Azure's scopes in an imported role are what policy/azure_scope.h makes of them. None, or one that means nothing here: nowhere. */
static bool
check_assignable(struct gh_write *w, struct gh_str role_path, struct gh_str scope)
{
    struct gh_props p;
    struct gh_str *scopes, ours;
    size_t n = 0;
    bool exists, covers = false;
    enum gh_rc rc = gh_props_load(&p, &exists, w->call->a, w->tx, role_path);
    if (rc == GH_OK && exists)
        rc = gh_props_list(&scopes, &n, &p, "assignableScopes");
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    for (size_t i = 0; !covers && i < n; i++)
        covers = gh_azure_scope(&ours, w->call->a, scopes[i], NULL) == GH_OK && gh_scope_covers(ours, scope);
    return covers || gh_call_problem(w->call, 409, "the role may not be assigned at this scope (see its assignableScopes)", scope);
}

bool
gh_resolve_role(struct gh_str *id, struct gh_write *w, struct gh_str text)
{
    enum gh_rc rc = gh_rights_role(id, w->call, w->tx, text);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return id->p != NULL || gh_call_problem(w->call, 409, "there is no such role", text);
}

static bool
check_type(struct gh_write *w, struct gh_str principal)
{
    struct gh_str is, said = gh_props_str(&w->props, "principalType", GH_STR(""));
    enum gh_rc rc = gh_rights_principal_type(&is, w->call, w->tx, principal);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return said.n == 0 || is.n == 0 || gh_str_eq(said, is) ||
           gh_call_problem(w->call, 400, "the principal is of another type", GH_STR("principalType"));
}

bool
gh_check_condition(struct gh_write *w)
{
    struct gh_str program, text = gh_props_str(&w->props, "condition", GH_STR(""));
    struct gh_err err = {0};
    if (text.n == 0)
        return gh_props_str(&w->props, "conditionVersion", GH_STR("")).n == 0 ||
               gh_call_problem(w->call, 400, "a version without a condition", GH_STR("conditionVersion"));
    if (gh_condition_compile(&program, w->call->a, text, &err) == GH_OK)
        return true;
    struct gh_str at = gh_str_sub(text, err.at, 80); /* named, not only placed */
    return gh_call_bad(w->call, &err, at.n == 0 ? GH_STR("condition") : gh_door_text(w->call, GH_STR("condition: "), at));
}

bool
gh_describe_assignment(struct gh_write *w)
{
    struct gh_assignment_facts *f;
    struct gh_attributes *a = &w->call->attributes;
    a->request = a->resource = NULL;
    if (w->old.path.p != NULL) {
        if (!gh_rights_describe(&f, w->call, w->tx, gh_props_str(&w->old_props, "roleDefinitionId", GH_STR("")),
                gh_props_str(&w->old_props, "principalId", GH_STR(""))))
            return false;
        a->resource = f;
    }
    if (w->is_delete)
        return true;
    if (!gh_rights_describe(&f, w->call, w->tx, gh_props_str(&w->props, "roleDefinitionId", GH_STR("")),
            gh_props_str(&w->props, "principalId", GH_STR(""))))
        return false;
    a->request = f;
    return true;
}

/* What an assignment and an eligibility have in common: who gets which role where, and when. */
static bool
check_grant(struct gh_write *w)
{
    struct gh_str id, scope = gh_scope_assignment(&w->props), principal = gh_props_str(&w->props, "principalId", GH_STR(""));
    if (!gh_check_scope(w, scope) || !gh_check_principal(w, principal) || !check_type(w, principal) || !gh_check_condition(w) ||
        !gh_resolve_role(&id, w, gh_props_str(&w->props, "roleDefinitionId", GH_STR(""))) || !gh_check_times(w))
        return false;
    struct gh_str role_path = gh_project_path(w->call->a, GH_STR("/roleDefinitions/"), id);
    if (!check_assignable(w, role_path, scope))
        return false;
    if (!w->is_granted && gh_rights_is_self(w->call, principal) && !gh_rights_may_take(w, id, scope))
        return false;
    w->stored_name = "roleDefinitionId";
    w->stored_json = gh_project_path(w->call->a, GH_STR("\""), id, GH_STR("\""));
    return gh_write_link(w, GH_STORE_LINK_PRINCIPAL, principal) && gh_write_link(w, GH_STORE_LINK_ROLE, id);
}

bool
gh_check_assignment(struct gh_write *w)
{
    struct gh_str activation = gh_props_str(&w->props, "activation", GH_STR("")), old = GH_STR("");
    if (w->old.path.p != NULL)
        old = gh_props_str(&w->old_props, "activation", GH_STR(""));
    if (!w->is_granted && !w->call->is_local && !gh_str_eq(activation, old)) /* the owner puts back what was */
        return gh_call_problem(w->call, 400, "set by an activation alone", GH_STR("activation"));
    bool gets_end = w->old.path.p != NULL && gh_props_str(&w->props, "endDateTime", GH_STR("")).n > 0;
    return check_grant(w) && (!gets_end || gh_check_delete_assignment(w)) &&
           (activation.n == 0 || gh_write_link(w, GH_STORE_LINK_ACTIVATION, activation));
}

bool
gh_check_eligibility(struct gh_write *w)
{
    return check_grant(w) && gh_check_eligibility_policy(w, gh_str_sub(w->stored_json, 1, w->stored_json.n - 2)) &&
           gh_elevation_bound_activations(w);
}

/* Somebody must be able to undo what others did. */
bool
gh_check_delete_assignment(struct gh_write *w)
{
    bool remains, is_owner = gh_str_eq(gh_props_str(&w->old_props, "roleDefinitionId", GH_STR("")), GH_STR(GH_OWNER_ID));
    if (!is_owner || !gh_str_eq(gh_scope_assignment(&w->old_props), GH_STR("/")) ||
        gh_props_str(&w->old_props, "endDateTime", GH_STR("")).n > 0)
        return true;
    return gh_owner_remains(&remains, w, &(const struct gh_owner_loss){.assignment = w->r.path}) &&
           (remains || gh_call_problem(w->call, 409, "the last Owner of the installation cannot be removed", w->r.path));
}
