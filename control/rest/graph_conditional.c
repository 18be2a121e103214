/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditional access as Microsoft Graph shows it: policies, named locations, authentication contexts and strengths. The objects are the ordinary
 * resources /conditionalAccess, /namedLocations, /authenticationContexts, /authenticationStrengths; here they only have Graph's shape.
 */
#include "control/rest/graph_conditional.h"

#include "control/rest/auth.h"
#include "policy/proof.h"

#define BODY_MAX (2u << 20)

struct collection {
    const char *base; /* of the path, after the version */
    enum gh_resource type;
    const char *prefix; /* of our paths */
    void (*put)(
        void *ctx, struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *props);
    enum gh_action read;
    bool is_named; /* POST brings the name: c1 to c99 */
};

/* ---- shapes ---- */

static struct gh_str
name_of(struct gh_str path)
{
    size_t cut = path.n;
    while (cut > 0 && path.p[cut - 1] != '/')
        cut--;
    return gh_str_sub(path, cut, SIZE_MAX);
}

static void
put_stored(struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *props)
{
    struct gh_str key;
    gh_jsonw_kstr(w, "id", name_of(r->path));
    gh_door_time(w, call, "createdDateTime", r->created_ms);
    gh_door_time(w, call, "modifiedDateTime", r->updated_ms);
    for (gh_json_ref v = gh_json_first(&props->j, props->root); v != GH_JSON_NO; v = gh_json_next(&props->j, props->root, v)) {
        if (gh_json_key(&key, call->a, &props->j, v) != GH_OK)
            continue;
        gh_jsonw_key_str(w, key);
        gh_jsonw_raw(w, gh_json_raw(&props->j, v));
    }
}

void
gh_graph_open_policy(struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *props)
{
    static const char *const always[] = {"templateId", "grantControls", "sessionControls"};
    gh_jsonw_obj(w);
    put_stored(call, w, r, props);
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        if (gh_json_get(&props->j, props->root, gh_str_z(always[i])) == GH_JSON_NO) {
            gh_jsonw_key(w, always[i]);
            gh_jsonw_null(w);
        }
}

static void
put_policy(void *ctx, struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *props)
{
    (void)ctx;
    gh_graph_open_policy(call, w, r, props);
    gh_jsonw_end(w, '}');
}

static void
put_plain(void *ctx, struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *props)
{
    (void)ctx;
    gh_jsonw_obj(w);
    put_stored(call, w, r, props);
    gh_jsonw_end(w, '}');
}

/* Whether every combination is multifactor: then the strength satisfies what asks for that. */
static bool
is_multifactor(const struct gh_props *props, struct gh_arena *a)
{
    gh_json_ref list = gh_json_get(&props->j, props->root, GH_STR("allowedCombinations"));
    struct gh_str one;
    for (gh_json_ref v = gh_json_first(&props->j, list); v != GH_JSON_NO; v = gh_json_next(&props->j, list, v))
        if (gh_json_str(&one, a, &props->j, v) != GH_OK ||
            !gh_strength_reached(gh_strength_combination(one), gh_strengths[0].combinations))
            return false;
    return true;
}

static void
put_strength(void *ctx, struct gh_call *call, struct gh_jsonw *w, const struct gh_store_resource *r, const struct gh_props *props)
{
    (void)ctx;
    gh_jsonw_obj(w);
    put_stored(call, w, r, props);
    gh_jsonw_kstr(w, "policyType", GH_STR("custom"));
    gh_jsonw_kstr(w, "requirementsSatisfied", is_multifactor(props, call->a) ? GH_STR("mfa") : GH_STR("none"));
    gh_jsonw_end(w, '}');
}

static void
put_built_in(struct gh_jsonw *w, const struct gh_strength *s)
{
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", gh_str_z(s->id));
    gh_jsonw_kstr(w, "displayName", gh_str_z(s->name));
    gh_jsonw_kstr(w, "policyType", GH_STR("builtIn"));
    gh_jsonw_kstr(w, "requirementsSatisfied", GH_STR("mfa"));
    gh_jsonw_kwords(w, "allowedCombinations", s->combinations);
    gh_jsonw_end(w, '}');
}

#define CA "/identity/conditionalAccess"
static const struct collection collections[] = {
    {CA "/policies", GH_RESOURCE_COND_POLICY, "/conditionalAccess/", put_policy, GH_ACTION_COND_POLICY_READ, false},
    {CA "/namedLocations", GH_RESOURCE_COND_PLACE, "/namedLocations/", put_plain, GH_ACTION_COND_PLACE_READ, false},
    {CA "/authenticationContextClassReferences", GH_RESOURCE_COND_CONTEXT, "/authenticationContexts/", put_plain,
        GH_ACTION_COND_CONTEXT_READ, true},
    {CA "/authenticationStrength/policies", GH_RESOURCE_COND_STRENGTH, "/authenticationStrengths/", put_strength,
        GH_ACTION_COND_STRENGTH_READ, false},
    {"/policies/authenticationStrengthPolicies", GH_RESOURCE_COND_STRENGTH, "/authenticationStrengths/", put_strength,
        GH_ACTION_COND_STRENGTH_READ, false},
};

static const struct collection *
collection_of(const struct gh_door *d)
{
    struct gh_str pattern = gh_str_z(d->row->pattern);
    for (size_t i = 0; i < sizeof(collections) / sizeof(collections[0]); i++)
        if (gh_str_starts(pattern, gh_str_z(collections[i].base)))
            return &collections[i];
    return NULL;
}

static struct gh_str
path_of(struct gh_call *call, const struct collection *c, struct gh_str name)
{
    return gh_door_text(call, gh_str_z(c->prefix), name);
}

/* ---- reading ---- */

static void
list(struct gh_call *call, const struct gh_door *d)
{
    const struct collection *c = collection_of(d);
    call->action = c->read;
    if (!gh_auth_decide(call, GH_STR("/")) || !gh_graph_check_query(call))
        return;
    gh_door_list(call, c->type, c->put, NULL);
    if (call->status != 200 || c->type != GH_RESOURCE_COND_STRENGTH)
        return;
    struct gh_buf all;
    struct gh_jsonw w; /* the built-in ones first */
    gh_buf_init(&all, call->a, GH_CALL_ANSWER_MAX);
    gh_jsonw_init(&w, &all);
    for (const struct gh_strength *s = gh_strengths; s->id != NULL; s++) {
        gh_buf_putz(&all, s == gh_strengths ? "{\"value\":[" : ",");
        gh_jsonw_init(&w, &all);
        put_built_in(&w, s);
    }
    struct gh_str stored = gh_str_sub(gh_buf_str(&call->out), sizeof("{\"value\":[") - 1, SIZE_MAX);
    gh_buf_putz(&all, gh_str_starts(stored, GH_STR("]")) ? "" : ",");
    gh_buf_put(&all, stored);
    call->out = all;
}

static bool
put_built_in_named(struct gh_call *call, const struct collection *c, struct gh_str name)
{
    struct gh_jsonw w;
    for (const struct gh_strength *s = gh_strengths; c->type == GH_RESOURCE_COND_STRENGTH && s->id != NULL; s++)
        if (gh_str_eq_ci(name, gh_str_z(s->id))) {
            gh_jsonw_init(&w, &call->out);
            put_built_in(&w, s);
            call->status = 200;
            return true;
        }
    return false;
}

static bool
not_there(struct gh_call *call, struct gh_str name)
{
    return gh_door_refuse(call, 404, NULL, gh_door_text(call, GH_STR("There is no object with the id "), name, GH_STR(".")));
}

static void
put_one(struct gh_call *call, const struct collection *c, const struct gh_store_resource *r, unsigned status)
{
    struct gh_props props;
    struct gh_jsonw w;
    enum gh_rc rc = gh_props_open(&props, call->a, r->body);
    if (rc != GH_OK) {
        (void)gh_call_failed(call, rc);
        return;
    }
    gh_jsonw_init(&w, &call->out);
    c->put(NULL, call, &w, r, &props);
    call->status = status;
}

static void
get(struct gh_call *call, const struct gh_door *d)
{
    const struct collection *c = collection_of(d);
    struct gh_store_resource r;
    call->action = c->read;
    if (!gh_auth_decide(call, GH_STR("/")) || put_built_in_named(call, c, d->names[0]) ||
        !gh_door_load(&r, NULL, call, path_of(call, c, d->names[0])))
        return;
    if (r.path.p == NULL)
        (void)not_there(call, d->names[0]);
    else
        put_one(call, c, &r, 200);
}

/* ---- writing ---- */

static bool
read_body(struct gh_json *j, struct gh_call *call)
{
    struct gh_err err = {0};
    if (gh_json_parse(j, call->a, call->body, &err) != GH_OK)
        return gh_call_bad(call, &err, GH_STR(""));
    return gh_json_type(j, 0) == GH_JSON_OBJECT || gh_door_refuse(call, 400, NULL, GH_STR("The body is no object."));
}

static bool
name_of_new(struct gh_str *name, struct gh_call *call, const struct collection *c, const struct gh_json *j)
{
    *name = GH_STR("");
    if (!c->is_named) {
        *name = gh_door_guid(call);
        return name->n > 0 || gh_call_failed(call, GH_NOMEM);
    }
    return (gh_json_opt_str(name, call->a, j, 0, "id") == GH_OK && name->n > 0) ||
           gh_door_refuse(call, 400, NULL, GH_STR("An authentication context has an id, c1 to c99."));
}

static void
post(struct gh_call *call, const struct gh_door *d)
{
    const struct collection *c = collection_of(d);
    struct gh_store_resource r;
    struct gh_json j;
    struct gh_jsonw w;
    struct gh_buf b;
    struct gh_str name;
    call->action = gh_resource_table[c->type].action[GH_VERB_WRITE];
    if (!gh_auth_decide(call, GH_STR("/")) || !read_body(&j, call) || !name_of_new(&name, call, c, &j))
        return;
    gh_buf_init(&b, call->a, BODY_MAX);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    gh_graph_put_members(call, &w, &j, 0, NULL, 0, true);
    gh_jsonw_end(&w, '}');
    if (gh_door_put(&r, call, path_of(call, c, name), gh_buf_str(&b)))
        put_one(call, c, &r, 201);
}

static void
patch(struct gh_call *call, const struct gh_door *d)
{
    const struct collection *c = collection_of(d);
    struct gh_store_resource r;
    struct gh_props old;
    struct gh_json j;
    struct gh_jsonw w;
    struct gh_buf b;
    struct gh_str path = path_of(call, c, d->names[0]);
    call->action = gh_resource_table[c->type].action[GH_VERB_WRITE];
    if (!gh_auth_decide(call, GH_STR("/")) || !read_body(&j, call) || !gh_door_load(&r, NULL, call, path))
        return;
    if (r.path.p == NULL && !c->is_named) { /* a context is made by its first PATCH, as Graph does */
        (void)not_there(call, d->names[0]);
        return;
    }
    enum gh_rc rc = gh_props_open(&old, call->a, r.path.p == NULL ? GH_STR("{}") : r.body);
    if (rc != GH_OK) {
        (void)gh_call_failed(call, rc);
        return;
    }
    gh_buf_init(&b, call->a, BODY_MAX);
    gh_jsonw_init(&w, &b);
    gh_graph_odata(call, &w, &old.j, old.root, &j, 0, 0);
    if (gh_door_put_over(call, path, gh_buf_str(&b), &r))
        call->status = 204;
}

static void delete (struct gh_call *call, const struct gh_door *d)
{
    const struct collection *c = collection_of(d);
    if (gh_door_delete(call, path_of(call, c, d->names[0])))
        call->status = 204;
}

/* POST .../updateAllowedCombinations {"allowedCombinations": [...]}: Graph's own way of changing them. */
static void
update_combinations(struct gh_call *call, const struct gh_door *d)
{
    patch(call, d);
    if (call->status == 204)
        call->status = 200;
    if (call->status == 200)
        gh_buf_putz(&call->out, "{}");
}

#define ROWS(base)                                                                                                                 \
    {GH_SURFACE_GRAPH, GH_METHOD_GET, base, list}, {GH_SURFACE_GRAPH, GH_METHOD_POST, base, post},                                 \
        {GH_SURFACE_GRAPH, GH_METHOD_GET, base "/{id}", get}, {GH_SURFACE_GRAPH, GH_METHOD_PATCH, base "/{id}", patch},            \
    {                                                                                                                              \
        GH_SURFACE_GRAPH, GH_METHOD_DELETE, base "/{id}", delete                                                                   \
    }

static const struct gh_door_row rows[] = {
    ROWS(CA "/policies"),
    ROWS(CA "/namedLocations"),
    ROWS(CA "/authenticationContextClassReferences"),
    ROWS(CA "/authenticationStrength/policies"),
    ROWS("/policies/authenticationStrengthPolicies"),
    {GH_SURFACE_GRAPH, GH_METHOD_POST, CA "/authenticationStrength/policies/{id}/updateAllowedCombinations", update_combinations},
    {GH_SURFACE_GRAPH, GH_METHOD_POST, "/policies/authenticationStrengthPolicies/{id}/updateAllowedCombinations",
        update_combinations},
};
const struct gh_door_table gh_door_conditional = {rows, sizeof(rows) / sizeof(rows[0])};
