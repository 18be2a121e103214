/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditional access as it is written: the strict readers of core, and that what a policy names is there. What it names cannot be deleted while
 * it does: a policy would else say less than it did.
 */
#include "base/limits.h"
#include "control/rest/handlers.h"
#include "policy/conditional_read.h"
#include "policy/role.h"

struct counter {
    struct gh_str path;
    size_t n;
};

static bool
count_others(void *ctx, const struct gh_store_resource *r)
{
    struct counter *c = ctx;
    c->n += !gh_str_eq(r->path, c->path);
    return true;
}

/* All of them stand in one row of the snapshot, which has bounds. */
static bool
check_count(struct gh_write *w, size_t max, const char *why)
{
    struct counter c = {.path = w->r.path};
    enum gh_rc rc = gh_store_resource_each(w->tx, w->r.type, count_others, &c);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return c.n < max || gh_call_problem(w->call, 409, why, w->r.path);
}

static bool
answer_read(struct gh_write *w, enum gh_rc rc, const struct gh_err *err)
{
    if (rc == GH_OK)
        return true;
    return rc == GH_BAD || rc == GH_LIMIT ? gh_call_bad(w->call, err, GH_STR("")) : gh_call_failed(w->call, rc);
}

/* ---- what a policy names ---- */

static bool
link_path(struct gh_write *w, struct gh_str path, const char *why)
{
    return gh_write_needs(w, path, why) && gh_write_link(w, GH_STORE_LINK_RESOURCE, path);
}

static bool
link_names(struct gh_write *w, const char *prefix, const struct gh_cond_list *names, const char *why)
{
    for (size_t i = 0; i < names->n; i++)
        if (!link_path(w, gh_props_join(w->call->a, (const struct gh_str[]){gh_str_z(prefix), names->p[i]}, 2), why))
            return false;
    return true;
}

/* "issuer:subject" and groups of tokens are known to their issuer alone. */
static bool
link_principals(struct gh_write *w, const struct gh_cond_list *names)
{
    for (size_t i = 0; i < names->n; i++)
        if (names->p[i].p[0] == '/' && !link_path(w, names->p[i], "the policy names somebody who is not there"))
            return false;
    return true;
}

/* What is misspelt would be asked of nothing. They are no links: what a policy guards may be deleted, and made again. */
static bool
need_paths(struct gh_write *w, const struct gh_cond_list *paths)
{
    for (size_t i = 0; i < paths->n; i++)
        if (!gh_write_needs(w, paths->p[i], "the policy names a workspace or an endpoint that is not there"))
            return false;
    return true;
}

static bool
is_builtin_role(struct gh_str id)
{
    for (size_t i = 0; i < gh_role_builtin_count; i++)
        if (gh_str_eq(id, gh_str_z(gh_role_builtins[i].id)))
            return true;
    return false;
}

static bool
link_roles(struct gh_write *w, const struct gh_cond_list *names)
{
    for (size_t i = 0; i < names->n; i++) {
        const struct gh_cond_list one = {&names->p[i], 1};
        if (!is_builtin_role(names->p[i]) && !link_names(w, "/roleDefinitions/", &one, "the policy names a role that is not there"))
            return false;
    }
    return true;
}

static bool
link_strength(struct gh_write *w, struct gh_str id)
{
    const struct gh_cond_list one = {&id, 1};
    for (const struct gh_strength *s = gh_strengths; s->id != NULL; s++)
        if (gh_str_eq_ci(id, gh_str_z(s->id)))
            return true;
    return id.n == 0 ||
           link_names(w, "/authenticationStrengths/", &one, "the policy names an authentication strength that is not there");
}

bool
gh_check_cond_policy(struct gh_write *w)
{
    static const char place[] = "the policy names a location that is not there";
    struct gh_cond_policy p;
    struct gh_err err = {0};
    if (!answer_read(w, gh_cond_policy_read(&p, w->call->a, &w->props.j, w->props.root, &err), &err))
        return false;
    return check_count(w, GH_COND_POLICIES_MAX, "there are too many policies") && link_principals(w, &p.users) &&
           link_principals(w, &p.not_users) && link_principals(w, &p.workloads) && link_principals(w, &p.not_workloads) &&
           need_paths(w, &p.paths) && need_paths(w, &p.not_paths) && link_roles(w, &p.roles) && link_roles(w, &p.not_roles) &&
           link_names(w, "/namedLocations/", &p.places, place) && link_names(w, "/namedLocations/", &p.not_places, place) &&
           link_names(w, "/authenticationContexts/", &p.contexts, "the policy names an authentication context that is not there") &&
           link_strength(w, p.strength);
}

bool
gh_check_endpoint_context(struct gh_write *w)
{
    struct gh_str context = gh_props_str(&w->props, "authenticationContext", GH_STR(""));
    const struct gh_cond_list one = {&context, 1};
    return context.n == 0 ||
           link_names(w, "/authenticationContexts/", &one, "the endpoint names an authentication context that is not there");
}

bool
gh_check_cond_place(struct gh_write *w)
{
    struct gh_cond_place place = {.id = w->r.names[0]};
    struct gh_err err = {0};
    return answer_read(w, gh_cond_place_read(&place, w->call->a, &w->props.j, w->props.root, &err), &err) &&
           check_count(w, GH_COND_PLACES_MAX, "there are too many named locations");
}

bool
gh_check_cond_strength(struct gh_write *w)
{
    struct gh_cond_strength *s = gh_arena_take(w->call->a, sizeof(*s));
    gh_json_ref list = gh_json_get(&w->props.j, w->props.root, GH_STR("allowedCombinations"));
    struct gh_err err = {0};
    if (s == NULL)
        return gh_call_failed(w->call, GH_NOMEM);
    for (const struct gh_strength *b = gh_strengths; b->id != NULL; b++)
        if (gh_str_eq_ci(w->r.names[0], gh_str_z(b->id)))
            return gh_call_problem(w->call, 409, "this authentication strength is built in", w->r.names[0]);
    return answer_read(w, gh_cond_strength_read(s, w->call->a, &w->props.j, list, &err), &err) &&
           check_count(w, GH_COND_POLICIES_MAX, "there are too many authentication strengths");
}

bool
gh_check_cond_context(struct gh_write *w)
{
    uint64_t number;
    struct gh_str id = w->r.names[0];
    bool is_one = id.n >= 2 && id.p[0] == 'c' && gh_str_u64(&number, gh_str_sub(id, 1, SIZE_MAX), 99) == GH_OK && number > 0;
    return is_one || gh_call_problem(w->call, 400, "an authentication context is named c1 to c99", id);
}
