/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/arm_list.h"

#include "control/rest/auth.h"
#include "host/host.h"

#include <stdlib.h>

#define ROW_ARENA ((size_t)64 << 20) /* one object while it is looked at */

struct page {
    struct gh_arm_view view;
    const struct gh_arm_listing *l;
    struct gh_jsonw w;
    struct gh_arena row; /* of the object that is looked at */
    size_t n, n_seen, max;
    bool has_more;
    struct gh_str last; /* name of the last one looked at */
    enum gh_rc rc;
};

/* ---- what is asked ---- */

/* What is not looked at is refused: it would answer otherwise than was asked for. */
static bool
check_query(struct gh_call *call)
{
    static const char *const known[] = {"$filter", "$top", "$skiptoken"};
    struct gh_str rest = call->query, pair, key;
    while (rest.n > 0 && gh_str_cut(&pair, &rest, '&')) {
        bool is_known = false;
        if (!gh_str_cut(&key, &pair, '=') || gh_call_decode(&key, call->a, key, true) != GH_OK)
            continue;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            is_known = is_known || gh_str_eq_ci(key, gh_str_z(known[i]));
        if (!is_known && (gh_str_starts(key, GH_STR("$")) || gh_str_eq_ci(key, GH_STR("tenantId"))))
            return gh_door_refuse(call, 400, "InvalidQueryParameter",
                gh_door_text(call, GH_STR("This list does not know the parameter "), gh_str_sub(key, 0, 80)));
    }
    return true;
}

static bool
read_page(struct page *k, struct gh_str *after)
{
    struct gh_call *call = k->view.call;
    struct gh_str top = gh_call_arg(call, "$top");
    uint64_t n = GH_ARM_PAGE;
    *after = gh_call_arg(call, "$skiptoken");
    if (after->p == NULL)
        *after = gh_call_arg(call, "$skipToken"); /* as the client spells it */
    if (after->n > 0 && !gh_resource_name_is_valid(*after))
        return gh_door_refuse(call, 400, "InvalidSkipToken", GH_STR("The $skiptoken is not one of ours."));
    if (top.p != NULL && (gh_str_u64(&n, top, UINT32_MAX) != GH_OK || n == 0))
        return gh_door_refuse(call, 400, "InvalidTop", GH_STR("$top is a number from 1 on."));
    k->max = n < GH_ARM_PAGE ? (size_t)n : GH_ARM_PAGE;
    return true;
}

static bool
read_filter(struct gh_arm_view *v, unsigned takes)
{
    struct gh_call *call = v->call;
    struct gh_str text = gh_call_arg(call, "$filter"), term;
    const char *why;
    enum gh_rc rc = gh_arm_filter_parse(&v->filter, call->a, text, takes, &why, &term);
    if (rc == GH_BAD)
        return gh_door_refuse(call, 400, "InvalidFilter",
            gh_door_text(call, GH_STR("The $filter cannot be answered: "), term, GH_STR(": it "), gh_str_z(why), GH_STR(".")));
    if (rc != GH_OK)
        return gh_call_failed(call, rc);
    struct gh_str principal = v->filter.value[GH_ARM_TERM_PRINCIPAL], assignee = v->filter.value[GH_ARM_TERM_ASSIGNED_TO];
    return (principal.p == NULL || gh_arm_who(&v->principal, call, principal)) &&
           (assignee.p == NULL || gh_arm_who(&v->assignee, call, assignee));
}

static enum gh_rc
add_groups(struct gh_strs *out, const struct gh_project_env *env, struct gh_str name)
{
    struct gh_project_row row = {0};
    enum gh_rc rc = gh_project_row(&row, env, out->a, GH_SNAP_MEMBERSHIP, name);
    gh_strs_add(out, name);
    for (size_t i = 0; rc == GH_OK && row.exists && i < row.v[GH_MEMBERSHIP_GROUPS].n; i++)
        if (!gh_strs_has(out, row.v[GH_MEMBERSHIP_GROUPS].list[i]))
            gh_strs_add(out, row.v[GH_MEMBERSHIP_GROUPS].list[i]);
    return rc != GH_OK ? rc : out->rc;
}

/* Both names of an identity, and the groups of each: under any of them something may be his. */
static enum gh_rc
add_assignees(struct gh_strs *out, const struct gh_project_env *env, struct gh_str who)
{
    struct gh_project_row row = {0};
    struct gh_props p;
    bool exists;
    enum gh_rc rc = gh_project_row(&row, env, out->a, GH_SNAP_IDENTITY, who);
    if (rc != GH_OK || !row.exists)
        return rc != GH_OK ? rc : add_groups(out, env, who);
    struct gh_str path = row.v[GH_IDENTITY_PATH].str;
    if ((rc = gh_props_load(&p, &exists, out->a, env->tx, path)) != GH_OK)
        return rc;
    if ((rc = add_groups(out, env, path)) != GH_OK || !exists)
        return rc;
    return add_groups(out, env, gh_project_alias(&p, path));
}

static enum gh_rc
find_assignees(struct gh_arm_view *v)
{
    const struct gh_project_env env = {.tx = v->tx, .config = v->call->c->config};
    v->assignees = (struct gh_strs){.a = v->call->a};
    return v->assignee.p == NULL ? GH_OK : add_assignees(&v->assignees, &env, v->assignee);
}

/* ---- for `fits` ---- */

bool
gh_arm_scope_fits(const struct gh_arm_view *v, struct gh_str scope)
{
    return gh_scope_covers(scope, v->scope) ||
           (!gh_arm_filter_has(&v->filter, GH_ARM_TERM_AT_SCOPE) && gh_scope_covers(v->scope, scope));
}

bool
gh_arm_names_fit(const struct gh_arm_view *v, struct gh_str principal)
{
    const struct gh_arm_filter *f = &v->filter;
    return (v->principal.p == NULL || gh_str_eq(v->principal, principal)) &&
           (!gh_arm_filter_has(f, GH_ARM_TERM_ASSIGNED_TO) || gh_strs_has(&v->assignees, principal)) &&
           (!gh_arm_filter_has(f, GH_ARM_TERM_AS_TARGET) || gh_elevation_is_self(v->call, principal));
}

bool
gh_arm_value_fits(const struct gh_arm_view *v, enum gh_arm_term t, struct gh_str value)
{
    return v->filter.value[t].p == NULL || gh_str_eq_ci(v->filter.value[t], value);
}

bool
gh_arm_role_fits(const struct gh_arm_view *v, struct gh_str role)
{
    struct gh_str wanted = v->filter.value[GH_ARM_TERM_ROLE];
    return wanted.p == NULL || gh_str_eq_ci(gh_arm_name(wanted), role);
}

bool
gh_arm_grant_fits(const struct gh_arm_view *v, const struct gh_props *p)
{
    struct gh_str scope = gh_props_str(p, "scope", GH_STR("/")), principal = gh_props_str(p, "principalId", GH_STR(""));
    if (!gh_arm_scope_fits(v, scope) || !gh_arm_names_fit(v, principal) ||
        !gh_arm_role_fits(v, gh_props_str(p, "roleDefinitionId", GH_STR(""))))
        return false;
    return gh_elevation_is_self(v->call, principal) || gh_elevation_is_self(v->call, gh_props_str(p, "requestorId", GH_STR(""))) ||
           gh_elevation_may_review(v->call, p) || gh_call_may(v->call, GH_ACTION_ROLE_ASSIGNMENT_READ, scope);
}

/* ---- the walk ---- */

static bool
fits(struct page *k, const struct gh_store_resource *r, struct gh_props *p)
{
    k->rc = gh_props_open(p, &k->row, r->body);
    return k->rc == GH_OK && k->l->fits(&k->view, r, p);
}

/* True: it goes on. A page ends before the next one that fits, or where too many were looked at. */
static bool
show(struct page *k, const struct gh_store_resource *r)
{
    struct gh_props p;
    bool is_full = k->n == k->max, is_shown = fits(k, r, &p), is_late = ++k->n_seen >= GH_ARM_SCAN && !k->l->is_open;
    if (is_shown && !is_full) {
        k->l->put(&k->w, &k->view, r, &p);
        k->n++;
    }
    k->has_more = is_full ? is_shown || is_late : is_late;
    if (k->rc == GH_OK && !is_full && (is_shown || is_late))
        k->rc = gh_arena_dup(&k->last, k->view.call->a, gh_arm_name(r->path));
    gh_arena_fini(&k->row);
    k->rc = k->rc != GH_OK ? k->rc : k->view.call->out.rc;
    return k->rc == GH_OK && !k->has_more;
}

static bool
on_resource(void *ctx, const struct gh_store_resource *r)
{
    return show(ctx, r);
}

static int
by_text(const void *a, const void *b)
{
    return gh_str_cmp(*(const struct gh_str *)a, *(const struct gh_str *)b);
}

static enum gh_rc
add_holders(struct gh_strs *out, const struct page *k, const struct gh_str *names, size_t n)
{
    struct gh_str prefix = gh_door_text(k->view.call, k->l->collection, GH_STR("/"));
    enum gh_rc rc = GH_OK;
    for (size_t i = 0; rc == GH_OK && i < n; i++)
        rc = gh_project_holders(out, k->view.tx, GH_STORE_LINK_PRINCIPAL, names[i], prefix);
    return rc != GH_OK ? rc : out->rc;
}

/* What hangs on one of these names, in the order of paths. */
static enum gh_rc
walk_index(struct page *k, const struct gh_str *names, size_t n, struct gh_str after)
{
    struct gh_strs paths = {.a = k->view.call->a};
    struct gh_store_resource r;
    enum gh_rc rc = add_holders(&paths, k, names, n);
    if (rc != GH_OK)
        return rc;
    if (paths.n > 0)
        qsort(paths.p, paths.n, sizeof(paths.p[0]), by_text);
    for (size_t i = 0; rc == GH_OK && i < paths.n; i++) {
        bool is_again = i > 0 && gh_str_eq(paths.p[i], paths.p[i - 1]);
        if (is_again || gh_str_cmp(gh_arm_name(paths.p[i]), after) <= 0)
            continue;
        rc = gh_store_resource_get(&r, &k->row, k->view.tx, paths.p[i]);
        if (rc == GH_OK && r.path.p != NULL && !show(k, &r))
            break;
    }
    gh_arena_fini(&k->row);
    return rc;
}

static enum gh_rc
walk(struct page *k, struct gh_str after)
{
    struct gh_arm_view *v = &k->view;
    const struct gh_caller *caller = v->call->caller;
    enum gh_rc rc = find_assignees(v);
    if (rc != GH_OK)
        return rc;
    if (k->l->is_linked && v->principal.p != NULL)
        return walk_index(k, &v->principal, 1, after);
    if (k->l->is_linked && v->assignee.p != NULL)
        return walk_index(k, v->assignees.p, v->assignees.n, after);
    if (k->l->is_linked && gh_arm_filter_has(&v->filter, GH_ARM_TERM_AS_TARGET))
        return walk_index(k, caller->principals, caller->n_principals, after);
    return gh_store_resource_list(v->tx, k->l->collection, after, SIZE_MAX, on_resource, k);
}

/* Parameters that the next page has too. */
static bool
goes_on(struct gh_str pair)
{
    static const char *const heads[] = {"$filter=", "%24filter=", "$top=", "%24top="};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        if (gh_str_starts(pair, gh_str_z(heads[i])))
            return true;
    return false;
}

/* What the caller asked, but for the token: from where the next page goes on. */
static void
put_next_link(struct page *k, const struct gh_door *d)
{
    struct gh_call *call = k->view.call;
    struct gh_str rest = call->query, pair, base = gh_door_base(call);
    struct gh_buf b;
    if (!k->has_more)
        return;
    gh_buf_init(&b, call->a, 8192);
    gh_buf_put(&b, base);
    gh_buf_put(&b, call->path);
    gh_buf_putz(&b, "?api-version=");
    gh_buf_put(&b, d->version);
    while (rest.n > 0 && gh_str_cut(&pair, &rest, '&'))
        if (goes_on(pair)) {
            gh_buf_putc(&b, '&');
            gh_buf_put(&b, pair);
        }
    gh_buf_putz(&b, "&$skiptoken=");
    gh_buf_put(&b, k->last);
    k->rc = b.rc;
    gh_jsonw_kstr(&k->w, "nextLink", gh_buf_str(&b));
}

void
gh_arm_list(struct gh_call *call, const struct gh_door *d, const struct gh_arm_listing *l)
{
    gh_auto_store_tx *tx = NULL;
    struct page k = {.view = {.call = call, .door = d, .ctx = l->ctx}, .l = l};
    struct gh_str after;
    if (!gh_door_scope(&k.view.scope, call, d->scope) || (!l->is_open && !gh_auth_decide(call, k.view.scope)) ||
        !check_query(call) || !read_page(&k, &after) || !read_filter(&k.view, l->takes))
        return;
    gh_arena_init(&k.row, gh_heap(), ROW_ARENA);
    gh_jsonw_init(&k.w, &call->out);
    gh_jsonw_obj(&k.w);
    gh_jsonw_key(&k.w, "value");
    gh_jsonw_arr(&k.w);
    enum gh_rc rc = gh_store_begin(&tx, call->c->store, GH_STORE_READ);
    k.view.tx = tx;
    if (rc == GH_OK)
        rc = walk(&k, after.p == NULL ? GH_STR("") : after);
    gh_jsonw_end(&k.w, ']');
    rc = rc != GH_OK ? rc : k.rc;
    if (rc == GH_OK)
        put_next_link(&k, d);
    gh_jsonw_end(&k.w, '}');
    call->status = 200;
    rc = rc != GH_OK ? rc : k.rc;
    if (rc != GH_OK)
        (void)gh_call_failed(call, rc);
}

void
gh_arm_answer(
    struct gh_call *call, unsigned status, gh_arm_put_fn *put, const struct gh_store_resource *r, const struct gh_props *p)
{
    const struct gh_arm_view v = {.call = call, .scope = call->scope};
    struct gh_jsonw w;
    gh_buf_init(&call->out, call->a, GH_CALL_ANSWER_MAX);
    gh_jsonw_init(&w, &call->out);
    put(&w, &v, r, p);
    call->status = status;
    call->type = "application/json";
    call->revision = 0;
}

void
gh_arm_put_times(struct gh_jsonw *w, struct gh_call *call, const struct gh_store_resource *r)
{
    gh_door_time(w, call, "createdOn", r->created_ms);
    gh_door_time(w, call, "updatedOn", r->updated_ms);
    gh_jsonw_kstr(w, "createdBy", r->created_by);
    gh_jsonw_kstr(w, "updatedBy", r->updated_by);
}

void
gh_arm_put_member(struct gh_jsonw *w, const struct gh_props *p, const char *name)
{
    gh_json_ref v = gh_json_get(&p->j, p->root, gh_str_z(name));
    if (v == GH_JSON_NO)
        return;
    gh_jsonw_key(w, name);
    gh_jsonw_raw(w, gh_json_raw(&p->j, v));
}

bool
gh_arm_body(struct gh_props *out, struct gh_call *call)
{
    struct gh_err err = {0};
    out->a = call->a;
    if (gh_json_parse(&out->j, call->a, call->body, &err) != GH_OK || gh_json_type(&out->j, 0) != GH_JSON_OBJECT)
        return gh_door_refuse(
            call, 400, "InvalidRequestContent", GH_STR("The request content was invalid: it must be a JSON object."));
    gh_json_ref properties = gh_json_get(&out->j, 0, GH_STR("properties"));
    out->root = gh_json_type(&out->j, properties) == GH_JSON_OBJECT ? properties : 0;
    return true;
}

bool
gh_arm_who(struct gh_str *out, struct gh_call *call, struct gh_str written)
{
    struct gh_store_resource r;
    struct gh_str ours = gh_arm_principal(call, written);
    *out = ours;
    if (!gh_str_starts(ours, GH_STR("/identities/")) || !gh_resource_name_is_valid(gh_arm_name(ours)))
        return true;
    if (!gh_door_load(&r, NULL, call, ours))
        return false;
    if (r.path.p != NULL)
        return true;
    struct gh_str group = gh_door_text(call, GH_STR("/groups/"), gh_arm_name(ours));
    if (!gh_door_load(&r, NULL, call, group))
        return false;
    *out = r.path.p != NULL ? group : ours;
    return true;
}
