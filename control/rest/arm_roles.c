/* SPDX-License-Identifier: Apache-2.0 */
/* Role definitions in Azure's shape (protocols.md 6.1): /{scope}/providers/Microsoft.Authorization/roleDefinitions. */
#include "base/guid.h"
#include "control/rest/arm_list.h"
#include "control/rest/auth.h"
#include "policy/azure_scope.h"

#define COLLECTION "/roleDefinitions"

static void
put_role(struct gh_jsonw *w, const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    static const char *const members[] = {"roleName", "description", "type", "permissions", "assignableScopes"};
    struct gh_call *call = v->call;
    struct gh_str name = gh_arm_name(r->path);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_arm_id(call, call->scope, "roleDefinitions", name));
    gh_jsonw_kstr(w, "name", name);
    gh_jsonw_kstr(w, "type", GH_STR("Microsoft.Authorization/roleDefinitions"));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        gh_arm_put_member(w, p, members[i]);
    if (gh_props_str(p, "type", GH_STR("")).n == 0)
        gh_jsonw_kstr(w, "type", GH_STR("CustomRole"));
    gh_arm_put_times(w, call, r);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

/* Those that may be assigned at the scope; with atScopeAndBelow() also those that may be further down alone. */
static bool
is_assignable(const struct gh_arm_view *v, const struct gh_props *p)
{
    struct gh_str *scopes, ours;
    size_t n = 0;
    bool is_below_too = gh_arm_filter_has(&v->filter, GH_ARM_TERM_AT_SCOPE_AND_BELOW);
    if (gh_props_list(&scopes, &n, p, "assignableScopes") != GH_OK)
        return false;
    for (size_t i = 0; i < n; i++)
        if (gh_azure_scope(&ours, p->a, scopes[i], NULL) == GH_OK &&
            (gh_scope_covers(ours, v->scope) || (is_below_too && gh_scope_covers(v->scope, ours))))
            return true;
    return false;
}

static bool
fits(const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    (void)r;
    return gh_arm_value_fits(v, GH_ARM_TERM_TYPE, gh_props_str(p, "type", GH_STR("CustomRole"))) &&
           gh_arm_value_fits(v, GH_ARM_TERM_ROLE_NAME, gh_props_str(p, "roleName", GH_STR(""))) && is_assignable(v, p);
}

static void
on_list(struct gh_call *call, const struct gh_door *d)
{
    static const struct gh_arm_listing listing = {.collection = GH_STR_INIT(COLLECTION),
        .takes = GH_ARM_TAKES(AT_SCOPE) | GH_ARM_TAKES(AT_SCOPE_AND_BELOW) | GH_ARM_TAKES(TYPE) | GH_ARM_TAKES(ROLE_NAME),
        .fits = fits,
        .put = put_role};
    call->action = GH_ACTION_ROLE_DEFINITION_READ;
    gh_arm_list(call, d, &listing);
}

/* Its path here; false: the name is no GUID, and the answer says so. */
static bool
path_of(struct gh_str *path, struct gh_call *call, const struct gh_door *d)
{
    char *p = gh_arena_take(call->a, GH_GUID_BYTES);
    if (p == NULL)
        return gh_call_failed(call, GH_NOMEM);
    if (!gh_guid_is_valid(d->names[0]))
        return gh_door_refuse(
            call, 400, "InvalidRoleDefinitionId", GH_STR("The role definition ID is not valid: it must be a GUID."));
    for (size_t i = 0; i < GH_GUID_BYTES; i++)
        p[i] = (char)(d->names[0].p[i] | (d->names[0].p[i] >= 'A' && d->names[0].p[i] <= 'F' ? 0x20 : 0));
    *path = gh_door_text(call, GH_STR(COLLECTION "/"), gh_str(p, GH_GUID_BYTES));
    return path->p != NULL || gh_call_failed(call, GH_NOMEM);
}

static void
on_get(struct gh_call *call, const struct gh_door *d)
{
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_str scope, path;
    call->action = GH_ACTION_ROLE_DEFINITION_READ;
    if (!gh_door_scope(&scope, call, d->scope) || !gh_auth_decide(call, scope) || !path_of(&path, call, d) ||
        !gh_door_load(&r, &p, call, path))
        return;
    if (r.path.p == NULL)
        (void)gh_door_refuse(call, 404, "RoleDefinitionDoesNotExist", GH_STR("The specified role definition does not exist."));
    else
        gh_arm_answer(call, 200, put_role, &r, &p);
}

/* The body's members as /api takes them. A role without assignableScopes may be assigned where it was defined. */
static bool
read_body(struct gh_str *out, struct gh_call *call, struct gh_str scope)
{
    static const char *const members[] = {"roleName", "description", "permissions", "assignableScopes"};
    struct gh_props p;
    struct gh_jsonw w;
    struct gh_buf b;
    if (!gh_arm_body(&p, call))
        return false;
    gh_buf_init(&b, call->a, GH_CALL_BODY_MAX);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        gh_arm_put_member(&w, &p, members[i]);
    gh_jsonw_kstr(&w, "type", gh_props_str(&p, "type", GH_STR("CustomRole")));
    if (gh_json_get(&p.j, p.root, GH_STR("assignableScopes")) == GH_JSON_NO) {
        gh_jsonw_key(&w, "assignableScopes");
        gh_jsonw_arr(&w);
        gh_jsonw_str(&w, scope);
        gh_jsonw_end(&w, ']');
    }
    gh_jsonw_end(&w, '}');
    *out = gh_buf_str(&b);
    return b.rc == GH_OK || gh_call_failed(call, b.rc);
}

static void
on_put(struct gh_call *call, const struct gh_door *d)
{
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_str scope, path, body;
    call->action = GH_ACTION_ROLE_DEFINITION_WRITE;
    if (!gh_door_scope(&scope, call, d->scope) || !path_of(&path, call, d) || !read_body(&body, call, scope) ||
        !gh_door_put(NULL, call, path, body))
        return;
    call->scope = scope;
    if (gh_door_load(&r, &p, call, path))
        gh_arm_answer(call, 201, put_role, &r, &p);
}

static void
on_delete(struct gh_call *call, const struct gh_door *d)
{
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_str scope, path;
    call->action = GH_ACTION_ROLE_DEFINITION_DELETE;
    if (!gh_door_scope(&scope, call, d->scope) || !path_of(&path, call, d) || !gh_door_load(&r, &p, call, path))
        return;
    if (r.path.p == NULL) {
        if (gh_auth_decide(call, scope))
            call->status = 204;
    } else if (gh_door_delete(call, path)) {
        call->scope = scope;
        gh_arm_answer(call, 200, put_role, &r, &p);
    }
}

#define ROLES "{scope...}/providers/Microsoft.Authorization/roleDefinitions"

static const struct gh_door_row rows[] = {
    {GH_SURFACE_ARM, GH_METHOD_GET, ROLES, on_list},
    {GH_SURFACE_ARM, GH_METHOD_GET, ROLES "/{name}", on_get},
    {GH_SURFACE_ARM, GH_METHOD_PUT, ROLES "/{name}", on_put},
    {GH_SURFACE_ARM, GH_METHOD_DELETE, ROLES "/{name}", on_delete},
};
const struct gh_door_table gh_door_arm_roles = {rows, sizeof(rows) / sizeof(rows[0])};
