/* SPDX-License-Identifier: Apache-2.0 */
/* Role assignments in Azure's shape (protocols.md 6.1): /{scope}/providers/Microsoft.Authorization/roleAssignments. */
#include "base/guid.h"
#include "control/rest/arm_list.h"
#include "control/rest/auth.h"
#include "control/rest/rights.h"

#define COLLECTION "/roleAssignments"

static void
put_assignment(struct gh_jsonw *w, const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    static const char *const members[] = {"condition", "conditionVersion", "description"};
    struct gh_call *call = v->call;
    struct gh_str scope = gh_props_str(p, "scope", GH_STR("/")), principal = gh_props_str(p, "principalId", GH_STR(""));
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_arm_id(call, scope, "roleAssignments", gh_arm_name(r->path)));
    gh_jsonw_kstr(w, "name", gh_arm_name(r->path));
    gh_jsonw_kstr(w, "type", GH_STR("Microsoft.Authorization/roleAssignments"));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(
        w, "roleDefinitionId", gh_arm_id(call, GH_STR("/"), "roleDefinitions", gh_props_str(p, "roleDefinitionId", GH_STR(""))));
    gh_jsonw_kstr(w, "principalId", principal);
    gh_jsonw_kstr(w, "principalType", gh_props_str(p, "principalType", gh_str_z(gh_arm_principal_type(principal))));
    gh_jsonw_kstr(w, "scope", scope);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        gh_arm_put_member(w, p, members[i]);
    gh_arm_put_times(w, call, r);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

/* ---- lists ---- */

static bool
fits(const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    (void)r;
    return gh_arm_scope_fits(v, gh_props_str(p, "scope", GH_STR("/"))) &&
           gh_arm_role_fits(v, gh_props_str(p, "roleDefinitionId", GH_STR(""))) &&
           gh_arm_names_fit(v, gh_props_str(p, "principalId", GH_STR("")));
}

static void
on_list(struct gh_call *call, const struct gh_door *d)
{
    static const struct gh_arm_listing listing = {.collection = GH_STR_INIT(COLLECTION),
        .takes = GH_ARM_TAKES(AT_SCOPE) | GH_ARM_TAKES(ASSIGNED_TO) | GH_ARM_TAKES(PRINCIPAL) | GH_ARM_TAKES(ROLE),
        .fits = fits,
        .put = put_assignment,
        .is_linked = true};
    call->action = GH_ACTION_ROLE_ASSIGNMENT_READ;
    gh_arm_list(call, d, &listing);
}

/* ---- one ---- */

/* The one of this name at this scope; r->path.p NULL: there is none there. False: the answer says why. */
static bool
find(struct gh_store_resource *r, struct gh_props *p, struct gh_str *scope, struct gh_call *call, const struct gh_door *d)
{
    if (!gh_guid_is_valid(d->names[0]))
        return gh_door_refuse(
            call, 400, "InvalidRoleAssignmentId", GH_STR("The role assignment ID is not valid: it must be a GUID."));
    if (!gh_door_scope(scope, call, d->scope) || !gh_door_load(r, p, call, gh_door_text(call, GH_STR(COLLECTION "/"), d->names[0])))
        return false;
    return true;
}

static bool
is_there(const struct gh_store_resource *r, const struct gh_props *p, struct gh_str scope)
{
    return r->path.p != NULL && gh_str_eq(gh_props_str(p, "scope", GH_STR("/")), scope);
}

static void
on_get(struct gh_call *call, const struct gh_door *d)
{
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_str scope;
    call->action = GH_ACTION_ROLE_ASSIGNMENT_READ;
    if (!find(&r, &p, &scope, call, d) || !gh_auth_decide(call, scope))
        return;
    if (is_there(&r, &p, scope))
        gh_arm_answer(call, 200, put_assignment, &r, &p);
    else
        (void)gh_door_refuse(call, 404, "RoleAssignmentNotFound", GH_STR("The role assignment is not found."));
}

static void
on_delete(struct gh_call *call, const struct gh_door *d)
{
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_str scope;
    call->action = GH_ACTION_ROLE_ASSIGNMENT_DELETE;
    if (!find(&r, &p, &scope, call, d))
        return;
    if (!is_there(&r, &p, scope)) {
        if (gh_auth_decide(call, scope))
            call->status = 204;
    } else if (gh_door_delete(call, r.path)) {
        gh_arm_answer(call, 200, put_assignment, &r, &p);
    }
}

/* ---- PUT ---- */

/* What is asked for, as it would be stored. */
struct wanted {
    struct gh_props body;
    struct gh_str scope, principal, role; /* role: its id; empty: there is none of that name */
    const struct gh_props *was;           /* of this name; NULL: there is none */
};

static bool
is_text_same(const struct wanted *want, const struct gh_props *old, const char *name)
{
    return gh_str_eq(gh_props_str(&want->body, name, GH_STR("")), gh_props_str(old, name, GH_STR("")));
}

static bool
is_same_grant(const struct wanted *want, const struct gh_props *old)
{
    return gh_str_eq(want->role, gh_props_str(old, "roleDefinitionId", GH_STR(""))) &&
           gh_str_eq(want->principal, gh_props_str(old, "principalId", GH_STR(""))) &&
           gh_str_eq(want->scope, gh_props_str(old, "scope", GH_STR("")));
}

static bool
is_same(const struct wanted *want, const struct gh_props *old)
{
    return is_same_grant(want, old) && is_text_same(want, old, "condition") && is_text_same(want, old, "description");
}

static bool
add_path(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    (void)link;
    struct gh_strs *paths = ctx;
    if (gh_str_starts(path, GH_STR(COLLECTION "/")))
        gh_strs_add(paths, path);
    return paths->rc == GH_OK;
}

/* Another assignment of this role to this principal at this scope. */
static enum gh_rc
find_twin(bool *out, struct gh_call *call, struct gh_store_tx *tx, const struct wanted *want, struct gh_str own)
{
    struct gh_strs paths = {.a = call->a};
    enum gh_rc rc = gh_store_link_to(tx, GH_STORE_LINK_PRINCIPAL, want->principal, add_path, &paths);
    rc = rc != GH_OK ? rc : paths.rc;
    for (size_t i = 0; rc == GH_OK && i < paths.n; i++) {
        struct gh_props p;
        bool exists;
        rc = gh_props_load(&p, &exists, call->a, tx, paths.p[i]);
        *out = *out || (rc == GH_OK && exists && !gh_str_eq(paths.p[i], own) && is_same_grant(want, &p));
    }
    return rc;
}

/* Decided before it is told that there is one: with what the caller wants, as /api would. */
static bool
refuse_other(struct gh_call *call, struct gh_store_tx *tx, const struct wanted *want)
{
    struct gh_assignment_facts *facts;
    if (!gh_rights_describe(&facts, call, tx, want->role, want->principal))
        return false;
    call->attributes.request = facts;
    return gh_auth_ask(call, want->scope) &&
           gh_door_refuse(call, 409, "RoleAssignmentExists", GH_STR("The role assignment already exists."));
}

/* False: the answer is set. */
static bool
check_others(struct gh_call *call, struct wanted *want, struct gh_str path)
{
    gh_auto_store_tx *tx = NULL;
    bool has_twin = false;
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_rights_role(&want->role, call, tx, gh_props_str(&want->body, "roleDefinitionId", GH_STR("")));
    if (rc == GH_OK && want->role.n > 0)
        rc = find_twin(&has_twin, call, tx, want, path);
    if (rc != GH_OK)
        return gh_call_failed(call, rc);
    bool is_other = has_twin || (want->was != NULL && !is_same(want, want->was));
    bool is_refused = is_other && !refuse_other(call, tx, want);
    gh_store_rollback(gh_store_steal(&tx));
    if (is_refused && call->decision.verdict != GH_ALLOW)
        gh_auth_record_refusal(call);
    return !is_refused;
}

static bool
read_wanted(struct wanted *want, struct gh_call *call)
{
    static const char *const known[] = {"roleDefinitionId", "principalId", "principalType", "scope", "condition",
        "conditionVersion", "description", "createdOn", "updatedOn", "createdBy", "updatedBy",
        "delegatedManagedIdentityResourceId"};
    const struct gh_json *j = &want->body.j;
    for (gh_json_ref v = gh_json_first(j, want->body.root); v != GH_JSON_NO; v = gh_json_next(j, want->body.root, v)) {
        struct gh_str key;
        bool is_known = false;
        if (gh_json_key(&key, call->a, j, v) != GH_OK)
            return gh_call_failed(call, GH_NOMEM);
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            is_known = is_known || gh_str_eq(key, gh_str_z(known[i]));
        bool is_delegated = gh_str_eq(key, GH_STR("delegatedManagedIdentityResourceId")) && gh_json_type(j, v) != GH_JSON_NULL;
        if (!is_known || is_delegated)
            return gh_door_refuse(
                call, 400, "InvalidRequestContent", gh_door_text(call, GH_STR("This member is not supported: "), key));
    }
    return gh_arm_who(&want->principal, call, gh_props_str(&want->body, "principalId", GH_STR("")));
}

/* What Azure's shape has no member for stays: the same assignment put again would else never end. */
static void
put_kept(struct gh_jsonw *w, const struct gh_props *was)
{
    static const char *const kept[] = {"startDateTime", "endDateTime", "activation"};
    for (size_t i = 0; was != NULL && i < sizeof(kept) / sizeof(kept[0]); i++)
        gh_arm_put_member(w, was, kept[i]);
}

static struct gh_str
stored_body(struct gh_call *call, const struct wanted *want)
{
    static const char *const members[] = {"principalType", "condition", "conditionVersion", "description"};
    struct gh_jsonw w;
    struct gh_buf b;
    gh_buf_init(&b, call->a, GH_CALL_BODY_MAX);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "roleDefinitionId", gh_props_str(&want->body, "roleDefinitionId", GH_STR("")));
    gh_jsonw_kstr(&w, "principalId", want->principal);
    gh_jsonw_kstr(&w, "scope", want->scope);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        gh_arm_put_member(&w, &want->body, members[i]);
    put_kept(&w, want->was);
    gh_jsonw_end(&w, '}');
    return b.rc == GH_OK ? gh_buf_str(&b) : gh_str(NULL, 0);
}

static void
on_put(struct gh_call *call, const struct gh_door *d)
{
    struct gh_store_resource r;
    struct gh_props p;
    struct wanted want = {.was = NULL};
    call->action = GH_ACTION_ROLE_ASSIGNMENT_WRITE;
    if (!find(&r, &p, &want.scope, call, d) || !gh_arm_body(&want.body, call) || !read_wanted(&want, call))
        return;
    struct gh_str path = gh_door_text(call, GH_STR(COLLECTION "/"), d->names[0]);
    want.was = r.path.p == NULL ? NULL : &p;
    if (!check_others(call, &want, path) || !gh_door_put_over(call, path, stored_body(call, &want), &r))
        return;
    unsigned status = call->status;
    if (gh_door_load(&r, &p, call, path))
        gh_arm_answer(call, status, put_assignment, &r, &p);
}

#define ASSIGNMENTS "{scope...}/providers/Microsoft.Authorization/roleAssignments"

static const struct gh_door_row rows[] = {
    {GH_SURFACE_ARM, GH_METHOD_GET, ASSIGNMENTS, on_list},
    {GH_SURFACE_ARM, GH_METHOD_GET, ASSIGNMENTS "/{name}", on_get},
    {GH_SURFACE_ARM, GH_METHOD_PUT, ASSIGNMENTS "/{name}", on_put},
    {GH_SURFACE_ARM, GH_METHOD_DELETE, ASSIGNMENTS "/{name}", on_delete},
};
const struct gh_door_table gh_door_arm_assignments = {rows, sizeof(rows) / sizeof(rows[0])};
