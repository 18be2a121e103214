/* SPDX-License-Identifier: Apache-2.0 */
/* The doors' own rows: what there is by way of roles, and which installation this is. */
#include "control/rest/auth.h"
#include "control/rest/door.h"

static void
put_role(void *ctx, struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *props)
{
    struct gh_str name = gh_str_sub(r->path, sizeof("/roleDefinitions/") - 1, SIZE_MAX), *scope = ctx;
    struct gh_str at = gh_str_eq(*scope, GH_STR("/")) ? GH_STR("") : *scope;
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_door_text(call, at, GH_STR("/providers/Microsoft.Authorization/roleDefinitions/"), name));
    gh_jsonw_kstr(w, "name", name);
    gh_jsonw_kstr(w, "type", GH_STR("Microsoft.Authorization/roleDefinitions"));
    gh_jsonw_key(w, "properties");
    gh_jsonw_raw(w, gh_json_raw(&props->j, props->root));
    gh_jsonw_end(w, '}');
}

static void
list_roles(struct gh_call *call, const struct gh_door *d)
{
    struct gh_str scope;
    call->action = GH_ACTION_ROLE_DEFINITION_READ;
    if (gh_door_scope(&scope, call, d->scope) && gh_auth_decide(call, scope))
        gh_door_list(call, GH_RESOURCE_ROLE_DEFINITION, put_role, &scope);
}

static void
get_role(struct gh_call *call, const struct gh_door *d)
{
    struct gh_store_resource r;
    struct gh_props props;
    struct gh_jsonw w;
    struct gh_str scope;
    call->action = GH_ACTION_ROLE_DEFINITION_READ;
    if (!gh_door_scope(&scope, call, d->scope) || !gh_auth_decide(call, scope) ||
        !gh_door_load(&r, &props, call, gh_door_text(call, GH_STR("/roleDefinitions/"), d->names[0])))
        return;
    if (r.path.p == NULL) {
        (void)gh_door_refuse(call, 404, "RoleDefinitionDoesNotExist", GH_STR("The specified role definition does not exist."));
        return;
    }
    gh_jsonw_init(&w, &call->out);
    put_role(&scope, call, &w, &r, &props);
    call->status = 200;
}

static void
get_organization(struct gh_call *call, const struct gh_door *d)
{
    struct gh_jsonw w;
    (void)d;
    call->action = GH_ACTION_STATUS_READ;
    if (!gh_auth_decide(call, GH_STR("/")))
        return;
    gh_jsonw_init(&w, &call->out);
    gh_jsonw_obj(&w);
    gh_jsonw_key(&w, "value");
    gh_jsonw_arr(&w);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "id", gh_str_z(call->c->config->tenant));
    gh_jsonw_kstr(&w, "displayName", GH_STR("Gatehouse"));
    gh_jsonw_end(&w, '}');
    gh_jsonw_end(&w, ']');
    gh_jsonw_end(&w, '}');
    call->status = 200;
}

#define ROLES "{scope...}/providers/Microsoft.Authorization/roleDefinitions"

static const struct gh_door_row rows[] = {
    {GH_SURFACE_ARM, GH_METHOD_GET, ROLES, list_roles},
    {GH_SURFACE_ARM, GH_METHOD_GET, ROLES "/{name}", get_role},
    {GH_SURFACE_GRAPH, GH_METHOD_GET, "/organization", get_organization},
};
const struct gh_door_table gh_door_directory = {rows, sizeof(rows) / sizeof(rows[0])};
