/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roleManagementPolicies and roleManagementPolicyAssignments: /rolePolicies as Azure's rules. Each role has a policy at each scope: the one that was
 * written there, or what it inherits; its name is made of scope and role, so that it is known before it is written. PATCH writes it there.
 */
#include "base/codec.h"
#include "base/duration.h"
#include "control/rest/arm_list.h"
#include "control/rest/arm_rules.h"
#include "control/rest/auth.h"

struct policy_of { /* one role at one scope */
    struct gh_str scope, role, name;
    struct gh_role_policy policy; /* what counts there */
};

static enum gh_rc
name_policy(struct gh_str *out, struct gh_call *call, struct gh_str scope, struct gh_str role)
{
    uint8_t hash[GH_SHA256_BYTES];
    enum gh_rc rc = gh_sha256_v(hash, (const struct gh_str[]){GH_STR("role policy"), GH_STR("\0"), scope, GH_STR("\0"), role}, 5);
    *out = gh_door_guid_of(call, hash);
    return rc;
}

static enum gh_rc
open_policy(struct policy_of *out, struct gh_call *call, struct gh_store_tx *tx, struct gh_str scope, struct gh_str role)
{
    enum gh_rc rc;
    out->scope = scope;
    if ((rc = gh_arena_dup(&out->role, call->a, role)) != GH_OK || (rc = name_policy(&out->name, call, scope, out->role)) != GH_OK)
        return rc;
    return gh_role_policy_find(&out->policy, call->a, tx, out->role, scope);
}

/* ---- shown ---- */

static void
put_policy(struct gh_jsonw *w, struct gh_call *call, const struct policy_of *o)
{
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_arm_id(call, o->scope, "roleManagementPolicies", o->name));
    gh_jsonw_kstr(w, "name", o->name);
    gh_jsonw_kstr(w, "type", GH_STR("Microsoft.Authorization/roleManagementPolicies"));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "scope", o->scope);
    gh_jsonw_kbool(w, "isOrganizationDefault", o->policy.path.n == 0);
    gh_arm_put_rules(w, call, "rules", &o->policy);
    gh_arm_put_rules(w, call, "effectiveRules", &o->policy);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

static void
put_assignment(struct gh_jsonw *w, struct gh_call *call, const struct policy_of *o)
{
    struct gh_str name = gh_door_text(call, o->name, GH_STR("_"), o->role);
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_arm_id(call, o->scope, "roleManagementPolicyAssignments", name));
    gh_jsonw_kstr(w, "name", name);
    gh_jsonw_kstr(w, "type", GH_STR("Microsoft.Authorization/RoleManagementPolicyAssignment"));
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "scope", o->scope);
    gh_jsonw_kstr(w, "roleDefinitionId", gh_arm_id(call, o->scope, "roleDefinitions", o->role));
    gh_jsonw_kstr(w, "policyId", gh_arm_id(call, o->scope, "roleManagementPolicies", o->name));
    gh_arm_put_rules(w, call, "effectiveRules", &o->policy);
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

/* ---- GET ---- */

static bool
is_assignment(const struct gh_door *d)
{
    return gh_str_find(gh_str_z(d->row->pattern), GH_STR("Assignments")) != SIZE_MAX;
}

struct search {
    struct gh_call *call;
    struct gh_store_tx *tx;
    struct gh_str scope, wanted; /* wanted: the policy's name */
    struct policy_of found;
    bool is_found;
    enum gh_rc rc;
};

static bool
on_role(void *ctx, const struct gh_store_resource *r)
{
    struct search *k = ctx;
    struct gh_str role = gh_arm_name(r->path), name;
    if ((k->rc = name_policy(&name, k->call, k->scope, role)) != GH_OK || !gh_str_eq_ci(name, gh_str_sub(k->wanted, 0, name.n)))
        return k->rc == GH_OK;
    k->rc = open_policy(&k->found, k->call, k->tx, k->scope, role);
    k->is_found = k->rc == GH_OK;
    return false;
}

/* The policy of this name at this scope. False: the answer is set. */
static bool
find(struct policy_of *out, struct gh_call *call, struct gh_str scope, struct gh_str name)
{
    gh_auto_store_tx *tx = NULL;
    struct search k = {.call = call, .scope = scope, .wanted = name};
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    k.tx = tx;
    if (rc == GH_OK)
        rc = gh_store_resource_each(tx, GH_RESOURCE_ROLE_DEFINITION, on_role, &k);
    rc = rc != GH_OK ? rc : k.rc;
    if (rc != GH_OK)
        return gh_call_failed(call, rc);
    *out = k.found;
    return k.is_found ||
           gh_door_refuse(call, 404, "RoleManagementPolicyNotFound", GH_STR("There is no such policy at this scope."));
}

static bool
may_read(struct gh_str *scope, struct gh_call *call, const struct gh_door *d)
{
    call->action = GH_ACTION_ROLE_POLICY_READ;
    return gh_door_scope(scope, call, d->scope) && gh_auth_decide(call, *scope);
}

/* Of each role there is one, at every scope. */
static bool
fits(const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    (void)p;
    return gh_arm_role_fits(v, gh_arm_name(r->path));
}

static void
put_one(struct gh_jsonw *w, const struct gh_arm_view *v, const struct gh_store_resource *r, const struct gh_props *p)
{
    struct policy_of o;
    enum gh_rc rc = open_policy(&o, v->call, v->tx, v->scope, gh_arm_name(r->path));
    (void)p;
    if (rc != GH_OK)
        v->call->out.rc = rc; /* as what could not be written: the list is no answer */
    else
        (is_assignment(v->door) ? put_assignment : put_policy)(w, v->call, &o);
}

static void
on_list(struct gh_call *call, const struct gh_door *d)
{
    static const struct gh_arm_listing listing = {
        .collection = GH_STR_INIT("/roleDefinitions"), .takes = GH_ARM_TAKES(ROLE), .fits = fits, .put = put_one};
    call->action = GH_ACTION_ROLE_POLICY_READ;
    gh_arm_list(call, d, &listing);
}

static void
on_get(struct gh_call *call, const struct gh_door *d)
{
    struct policy_of o;
    struct gh_jsonw w;
    struct gh_str scope;
    if (!may_read(&scope, call, d) || !find(&o, call, scope, d->names[0]))
        return;
    gh_jsonw_init(&w, &call->out);
    call->status = 200;
    (is_assignment(d) ? put_assignment : put_policy)(&w, call, &o);
}

/* ---- PATCH ---- */

struct place {
    struct gh_call *call;
    const struct policy_of *of;
    struct gh_store_resource r;
    enum gh_rc rc;
};

static bool
on_written(void *ctx, const struct gh_store_resource *r)
{
    struct place *s = ctx;
    struct gh_props p;
    if ((s->rc = gh_props_open(&p, s->call->a, r->body)) != GH_OK)
        return false;
    if (!gh_str_eq(gh_props_str(&p, "scope", GH_STR("/")), s->of->scope) ||
        !gh_str_eq(gh_props_str(&p, "roleDefinitionId", GH_STR("")), s->of->role))
        return true;
    s->r = (struct gh_store_resource){.revision = r->revision};
    s->rc = gh_arena_dup(&s->r.path, s->call->a, r->path);
    return false;
}

/* What stands there, and what counts there, at one moment: rules that are not named stay as they are in it, or the write is refused. */
static bool
find_place(struct gh_store_resource *out, struct gh_call *call, struct policy_of *o)
{
    gh_auto_store_tx *tx = NULL;
    struct place s = {.call = call, .of = o};
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_resource_each(tx, GH_RESOURCE_ROLE_POLICY, on_written, &s);
    rc = rc != GH_OK ? rc : s.rc;
    if (rc == GH_OK)
        rc = gh_role_policy_find(&o->policy, call->a, tx, o->role, o->scope);
    *out = s.r;
    return rc == GH_OK || gh_call_failed(call, rc);
}

static void
on_patch(struct gh_call *call, const struct gh_door *d)
{
    struct policy_of o;
    struct gh_store_resource r;
    struct gh_str scope, path;
    struct gh_buf json;
    struct gh_jsonw w;
    call->action = GH_ACTION_ROLE_POLICY_WRITE;
    if (!gh_door_scope(&scope, call, d->scope) || !gh_auth_decide(call, scope) || !find(&o, call, scope, d->names[0]) ||
        !find_place(&r, call, &o) || !gh_arm_read_rules(&o.policy, call))
        return;
    path = r.path.p != NULL ? r.path : gh_door_text(call, GH_STR("/rolePolicies/"), o.name); /* else under its own name */
    gh_buf_init(&json, call->a, 16384);
    o.policy.scope = scope;
    gh_arm_put_stored(&json, call, &o.policy);
    if (json.rc != GH_OK) {
        (void)gh_call_failed(call, json.rc);
        return;
    }
    if (!gh_door_put_over(call, path, gh_buf_str(&json), &r))
        return;
    o.policy.path = path;
    call->status = 200;
    gh_jsonw_init(&w, &call->out);
    put_policy(&w, call, &o);
}

#define POLICIES    "{scope...}" GH_ARM_AUTH "roleManagementPolicies"
#define ASSIGNMENTS "{scope...}" GH_ARM_AUTH "roleManagementPolicyAssignments"

static const struct gh_door_row rows[] = {
    {GH_SURFACE_ARM, GH_METHOD_GET, POLICIES, on_list},
    {GH_SURFACE_ARM, GH_METHOD_GET, POLICIES "/{name}", on_get},
    {GH_SURFACE_ARM, GH_METHOD_PATCH, POLICIES "/{name}", on_patch},
    {GH_SURFACE_ARM, GH_METHOD_GET, ASSIGNMENTS, on_list},
    {GH_SURFACE_ARM, GH_METHOD_GET, ASSIGNMENTS "/{name}", on_get},
};
const struct gh_door_table gh_door_arm_policies = {rows, sizeof(rows) / sizeof(rows[0])};
