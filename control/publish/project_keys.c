/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys there are, by section, and which a resource touches, by type. */
#include "control/publish/project_int.h"
#include "control/store/signin_state.h"

#include "base/limits.h"
#include "token/jwks.h"

#define GROUPS "/groups/"

struct emit {
    const struct gh_project_env *env;
    struct gh_store_tx *tx;
    struct gh_arena *a;
    enum gh_snap_section section;
    gh_project_key_fn *fn;
    void *ctx;
    struct gh_str last; /* walks over links come in the order of targets: the same one is told once */
    enum gh_rc rc;
};

static bool
tell(struct emit *e, enum gh_snap_section section, const struct gh_str *parts, size_t n)
{
    char mem[GH_PROJECT_KEY_MAX];
    struct gh_buf key;
    gh_buf_init_fixed(&key, mem, sizeof(mem));
    gh_snap_key(&key, parts, n);
    e->rc = key.rc != GH_OK ? key.rc : e->fn(e->ctx, section, gh_buf_str(&key));
    return e->rc == GH_OK;
}

static bool
tell1(struct emit *e, enum gh_snap_section section, struct gh_str key)
{
    return tell(e, section, &key, 1);
}

/* Keys of one issuer's set. */
static bool
tell_issuer_keys(struct emit *e, struct gh_str iss, struct gh_str path)
{
    struct gh_str jwks;
    uint64_t until_ms;
    e->rc = gh_project_issuer_keys(&jwks, &until_ms, e->tx, e->a, path);
    if (e->rc != GH_OK || jwks.p == NULL)
        return e->rc == GH_OK;
    struct gh_jwks *set = gh_arena_take(e->a, sizeof(*set));
    if (set == NULL) {
        e->rc = GH_NOMEM;
        return false;
    }
    if ((e->rc = gh_jwks_read(set, e->a, jwks, NULL)) != GH_OK)
        return false;
    for (size_t i = 0; i < set->n; i++)
        if (!tell(e, GH_SNAP_ISSUER_KEY, (const struct gh_str[]){iss, set->keys[i].kid}, 2))
            return false;
    return true;
}

/* ---- what a resource touches ---- */

struct subject {
    struct gh_str path;
    struct gh_resource_path names;
    struct gh_props props;
    bool exists;
};

typedef bool touch_fn(struct emit *e, struct subject *s);

/* Their addresses follow from isolation and rules. */
static bool
tell_backends(struct emit *e, struct gh_str ws)
{
    struct gh_strs backends = {.a = e->a};
    e->rc = gh_project_names(&backends, e->tx, gh_project_path(e->a, GH_STR("/workspaces/"), ws, GH_STR("/backends")));
    for (size_t i = 0; e->rc == GH_OK && i < backends.n; i++)
        (void)tell(e, GH_SNAP_BACKEND, (const struct gh_str[]){ws, backends.p[i]}, 2);
    return e->rc == GH_OK;
}

static bool
touch_outbound_rule(struct emit *e, struct subject *s)
{
    return tell_backends(e, s->names.names[0]);
}

static bool
touch_workspace(struct emit *e, struct subject *s)
{
    struct gh_strs endpoints = {.a = e->a};
    if (!tell1(e, GH_SNAP_WORKSPACE, s->names.names[0]))
        return false;
    struct gh_str collection = gh_project_path(e->a, s->path, GH_STR("/endpoints"));
    e->rc = gh_project_names(&endpoints, e->tx, collection);
    for (size_t i = 0; e->rc == GH_OK && i < endpoints.n; i++)
        (void)tell(e, GH_SNAP_ENDPOINT, (const struct gh_str[]){s->names.names[0], endpoints.p[i]}, 2);
    return e->rc == GH_OK && tell_backends(e, s->names.names[0]);
}

static bool
touch_endpoint(struct emit *e, struct subject *s)
{
    return tell(e, GH_SNAP_ENDPOINT, s->names.names, 2);
}

static bool
touch_deployment(struct emit *e, struct subject *s)
{
    return tell(e, GH_SNAP_DEPLOYMENT, s->names.names, 3) && tell(e, GH_SNAP_ENDPOINT, s->names.names, 2);
}

static bool
touch_backend(struct emit *e, struct subject *s)
{
    return tell(e, GH_SNAP_BACKEND, s->names.names, 2);
}

static bool
touch_secret(struct emit *e, struct subject *s)
{
    struct gh_strs users = {.a = e->a};
    struct gh_resource_path r;
    e->rc = gh_project_holders(&users, e->tx, GH_STORE_LINK_RESOURCE, s->path, GH_STR("/workspaces/"));
    for (size_t i = 0; e->rc == GH_OK && i < users.n; i++)
        if (gh_resource_find(&r, users.p[i]) == GH_OK && r.type == GH_RESOURCE_BACKEND)
            (void)tell(e, GH_SNAP_BACKEND, r.names, 2);
    return e->rc == GH_OK;
}

static bool
touch_api_key(struct emit *e, struct subject *s)
{
    return tell1(e, GH_SNAP_API_KEY, s->names.names[1]);
}

static bool
touch_identity(struct emit *e, struct subject *s)
{
    struct gh_strs keys = {.a = e->a};
    struct gh_resource_path r;
    if (!tell1(e, GH_SNAP_IDENTITY, s->path))
        return false;
    if (s->exists && !tell1(e, GH_SNAP_IDENTITY, gh_project_alias(&s->props, s->path)))
        return false;
    e->rc = gh_project_holders(&keys, e->tx, GH_STORE_LINK_PRINCIPAL, s->path, GH_STR("/workspaces/"));
    for (size_t i = 0; e->rc == GH_OK && i < keys.n; i++)
        if (gh_resource_find(&r, keys.p[i]) == GH_OK && r.type == GH_RESOURCE_API_KEY)
            (void)tell1(e, GH_SNAP_API_KEY, r.names[1]);
    return e->rc == GH_OK;
}

static bool
add_member(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct gh_strs *below = ctx;
    (void)path;
    if (link->kind == GH_STORE_LINK_MEMBER)
        gh_strs_add(below, link->target);
    return below->rc == GH_OK;
}

/* Everybody below the group: its members, and what their memberships reach. Groups are looked into once each. */
static bool
touch_group(struct emit *e, struct subject *s)
{
    struct gh_strs looked_into = {.a = e->a}, below = {.a = e->a};
    gh_strs_add(&looked_into, s->path);
    for (size_t i = 0; i < looked_into.n && looked_into.rc == GH_OK; i++) {
        size_t from = below.n;
        e->rc = gh_store_link_from(e->tx, looked_into.p[i], add_member, &below);
        if (e->rc != GH_OK || (e->rc = below.rc) != GH_OK)
            return false;
        for (size_t k = from; k < below.n; k++)
            if (gh_str_starts(below.p[k], GH_STR("/groups/")) && !gh_strs_has(&looked_into, below.p[k]))
                gh_strs_add(&looked_into, below.p[k]);
    }
    e->rc = looked_into.rc;
    for (size_t i = 0; e->rc == GH_OK && i < below.n; i++)
        (void)tell1(e, GH_SNAP_MEMBERSHIP, below.p[i]);
    return e->rc == GH_OK;
}

static bool
touch_issuer(struct emit *e, struct subject *s)
{
    if (!s->exists)
        return true;
    struct gh_str iss = gh_props_str(&s->props, "issuer", GH_STR(""));
    return tell1(e, GH_SNAP_ISSUER, iss) && tell_issuer_keys(e, iss, s->path);
}

static bool
touch_role(struct emit *e, struct subject *s)
{
    return tell1(e, GH_SNAP_ROLE, s->names.names[0]);
}

static bool
tell_listed(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct emit *e = ctx;
    (void)path;
    return link->kind != GH_STORE_LINK_LISTED || tell1(e, GH_SNAP_RISK, link->target);
}

static bool
touch_watchlist(struct emit *e, struct subject *s)
{
    enum gh_rc rc = gh_store_link_from(e->tx, s->path, tell_listed, e);
    e->rc = e->rc == GH_OK ? rc : e->rc;
    return e->rc == GH_OK;
}

static bool
touch_risk_decision(struct emit *e, struct subject *s)
{
    return !s->exists || tell1(e, GH_SNAP_RISK, gh_props_str(&s->props, "principal", GH_STR("")));
}

static bool
touch_assignment(struct emit *e, struct subject *s)
{
    return !s->exists || tell1(e, GH_SNAP_ASSIGNMENT, gh_props_str(&s->props, "principalId", GH_STR("")));
}

/* An eligibility: who may activate it. */
static bool
touch_eligibility(struct emit *e, struct subject *s)
{
    return !s->exists || tell1(e, GH_SNAP_ELIGIBLE, gh_props_str(&s->props, "principalId", GH_STR("")));
}

/* A policy: who may approve. */
static bool
touch_role_policy(struct emit *e, struct subject *s)
{
    struct gh_str *approvers;
    size_t n = 0;
    e->rc = s->exists ? gh_props_list(&approvers, &n, &s->props, "approvers") : GH_OK;
    for (size_t i = 0; e->rc == GH_OK && i < n; i++)
        (void)tell1(e, GH_SNAP_ELIGIBLE, approvers[i]);
    return e->rc == GH_OK;
}

static bool
tell_revoked(struct emit *e, const struct gh_props *p)
{
    return tell(e, GH_SNAP_REVOKED,
        (const struct gh_str[]){gh_props_str(p, "issuer", GH_STR("")), gh_props_str(p, "tokenId", GH_STR(""))}, 2);
}

static bool
touch_revocation(struct emit *e, struct subject *s)
{
    return !s->exists || tell_revoked(e, &s->props);
}

static bool
tell_denied(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct emit *e = ctx;
    (void)path;
    return link->kind != GH_STORE_LINK_PRINCIPAL || tell1(e, GH_SNAP_DENY, link->target);
}

/* By its links, not by what it says: that may be what cannot be read. */
static bool
touch_deny(struct emit *e, struct subject *s)
{
    enum gh_rc rc = gh_store_link_from(e->tx, s->path, tell_denied, e);
    e->rc = e->rc == GH_OK ? rc : e->rc;
    return e->rc == GH_OK;
}

static bool
tell_workspace_backends(void *ctx, const struct gh_store_resource *r)
{
    return tell_backends(ctx, gh_str_sub(r->path, sizeof("/workspaces/") - 1, r->path.n));
}

/* What is dialled is never a listener of ours. */
static bool
touch_listener(struct emit *e, struct subject *s)
{
    if (!tell1(e, GH_SNAP_LISTENER, s->names.names[0]))
        return false;
    enum gh_rc rc = gh_store_resource_each(e->tx, GH_RESOURCE_WORKSPACE, tell_workspace_backends, e);
    e->rc = e->rc != GH_OK ? e->rc : rc;
    return e->rc == GH_OK;
}

static bool
touch_connection(struct emit *e, struct subject *s)
{
    struct gh_str *endpoints;
    size_t n = 0;
    e->rc = s->exists ? gh_props_list(&endpoints, &n, &s->props, "endpoints") : GH_OK;
    for (size_t i = 0; e->rc == GH_OK && i < n; i++)
        (void)tell(e, GH_SNAP_ENDPOINT, (const struct gh_str[]){s->names.names[0], endpoints[i]}, 2);
    return e->rc == GH_OK;
}

/* All of them stand in one row. */
static bool
touch_conditional(struct emit *e, struct subject *s)
{
    (void)s;
    return tell1(e, GH_SNAP_COND, GH_STR("all"));
}

static touch_fn *const touches[GH_RESOURCE_COUNT] = {
    [GH_RESOURCE_WORKSPACE] = touch_workspace,
    [GH_RESOURCE_ENDPOINT] = touch_endpoint,
    [GH_RESOURCE_DEPLOYMENT] = touch_deployment,
    [GH_RESOURCE_BACKEND] = touch_backend,
    [GH_RESOURCE_SECRET] = touch_secret,
    [GH_RESOURCE_API_KEY] = touch_api_key,
    [GH_RESOURCE_IDENTITY] = touch_identity,
    [GH_RESOURCE_GROUP] = touch_group,
    [GH_RESOURCE_ISSUER] = touch_issuer,
    [GH_RESOURCE_ROLE_DEFINITION] = touch_role,
    [GH_RESOURCE_ROLE_ASSIGNMENT] = touch_assignment,
    [GH_RESOURCE_DENY_ASSIGNMENT] = touch_deny,
    [GH_RESOURCE_LISTENER] = touch_listener,
    [GH_RESOURCE_CONNECTION] = touch_connection,
    [GH_RESOURCE_OUTBOUND_RULE] = touch_outbound_rule,
    [GH_RESOURCE_WATCHLIST] = touch_watchlist,
    [GH_RESOURCE_RISK_DECISION] = touch_risk_decision,
    [GH_RESOURCE_COND_POLICY] = touch_conditional,
    [GH_RESOURCE_COND_PLACE] = touch_conditional,
    [GH_RESOURCE_COND_STRENGTH] = touch_conditional,
    [GH_RESOURCE_ROLE_ELIGIBILITY] = touch_eligibility,
    [GH_RESOURCE_ROLE_POLICY] = touch_role_policy,
    [GH_RESOURCE_REVOCATION] = touch_revocation,
};

enum gh_rc
gh_project_touched(
    struct gh_store_tx *tx, struct gh_arena *a, enum gh_resource type, struct gh_str path, gh_project_key_fn *fn, void *ctx)
{
    struct emit e = {.tx = tx, .a = a, .fn = fn, .ctx = ctx};
    struct subject s = {.path = path};
    if (touches[type] == NULL)
        return GH_OK;
    enum gh_rc rc = gh_resource_find(&s.names, path);
    if (rc != GH_OK)
        return rc;
    if ((rc = gh_props_load(&s.props, &s.exists, a, tx, path)) != GH_OK)
        return rc;
    (void)touches[type](&e, &s);
    return e.rc;
}

/* ---- all keys of a section ---- */

/* Resources whose key is made of the names in their path, from name `first` on. */
static const struct {
    enum gh_resource type;
    size_t first;
} by_names[GH_SNAP_SECTION_COUNT] = {
    [GH_SNAP_WORKSPACE] = {GH_RESOURCE_WORKSPACE, 0},
    [GH_SNAP_ENDPOINT] = {GH_RESOURCE_ENDPOINT, 0},
    [GH_SNAP_DEPLOYMENT] = {GH_RESOURCE_DEPLOYMENT, 0},
    [GH_SNAP_BACKEND] = {GH_RESOURCE_BACKEND, 0},
    [GH_SNAP_LISTENER] = {GH_RESOURCE_LISTENER, 0},
    [GH_SNAP_API_KEY] = {GH_RESOURCE_API_KEY, 1},
    [GH_SNAP_ROLE] = {GH_RESOURCE_ROLE_DEFINITION, 0},
};

static bool
each_name(void *ctx, const struct gh_store_resource *r)
{
    struct emit *e = ctx;
    struct gh_resource_path names;
    size_t first = by_names[e->section].first;
    if ((e->rc = gh_resource_find(&names, r->path)) != GH_OK)
        return false;
    return tell(e, e->section, names.names + first, names.n_names - first);
}

static bool
each_identity(void *ctx, const struct gh_store_resource *r)
{
    struct emit *e = ctx;
    struct gh_props p;
    struct gh_project_hand none = {.path = {NULL, 0}}, *hand = e->env->hand != NULL ? e->env->hand : &none;
    struct gh_arena a;
    gh_arena_init(&a, e->a->alloc, e->a->cap);
    if ((e->rc = gh_props_open(&p, &a, r->body)) == GH_OK)
        *hand = (struct gh_project_hand){.path = r->path, .alias = gh_project_alias(&p, r->path), .props = &p};
    bool more = e->rc == GH_OK && tell1(e, GH_SNAP_IDENTITY, r->path) && tell1(e, GH_SNAP_IDENTITY, hand->alias);
    *hand = (struct gh_project_hand){.path = {NULL, 0}};
    gh_arena_fini(&a); /* there may be a million */
    return more;
}

static bool
each_revocation(void *ctx, const struct gh_store_resource *r)
{
    struct emit *e = ctx;
    struct gh_props p;
    struct gh_arena a;
    gh_arena_init(&a, e->a->alloc, e->a->cap);
    e->rc = gh_props_open(&p, &a, r->body);
    bool more = e->rc == GH_OK && tell_revoked(e, &p);
    gh_arena_fini(&a);
    return more;
}

static bool
each_issuer(void *ctx, const struct gh_store_resource *r)
{
    struct emit *e = ctx;
    struct gh_props p;
    if ((e->rc = gh_props_open(&p, e->a, r->body)) != GH_OK)
        return false;
    struct gh_str iss = gh_props_str(&p, "issuer", GH_STR(""));
    return e->section == GH_SNAP_ISSUER ? tell1(e, GH_SNAP_ISSUER, iss) : tell_issuer_keys(e, iss, r->path);
}

static bool
each_target(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct emit *e = ctx;
    bool is_assignment = gh_str_starts(path, GH_STR("/roleAssignments/")),
         is_denial = gh_str_starts(path, GH_STR("/denyAssignments/"));
    bool is_eligible = gh_str_starts(path, GH_STR("/roleEligibilities/")) || gh_str_starts(path, GH_STR("/rolePolicies/"));
    if ((e->section == GH_SNAP_ASSIGNMENT && !is_assignment) || (e->section == GH_SNAP_ELIGIBLE && !is_eligible) ||
        (e->section == GH_SNAP_DENY && !is_denial))
        return true;
    if (e->last.p != NULL && gh_str_eq(e->last, link->target))
        return true;
    if ((e->rc = gh_arena_dup(&e->last, e->a, link->target)) != GH_OK)
        return false;
    return tell1(e, e->section, link->target);
}

static enum gh_rc
each_of_own_issuer(struct emit *e)
{
    struct gh_str iss = gh_str_z(e->env->config->issuer);
    if (e->section == GH_SNAP_ISSUER)
        (void)tell1(e, GH_SNAP_ISSUER, iss);
    else
        (void)tell_issuer_keys(e, iss, GH_STR("/issuers/" GH_OWN_ISSUER));
    return e->rc;
}

static bool
each_signin(void *ctx, const struct gh_store_signin *s)
{
    return tell1(ctx, GH_SNAP_RISK, s->principal);
}

/* Who has a level by his sign-ins too was told already: a key may come into a file but once. */
static bool
each_listed(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct emit *e = ctx;
    uint8_t id[GH_STORE_SIGNIN_ID_BYTES];
    struct gh_store_signin s;
    (void)path;
    if (e->last.p != NULL && gh_str_eq(e->last, link->target))
        return true;
    if ((e->rc = gh_arena_dup(&e->last, e->a, link->target)) != GH_OK || (e->rc = gh_signin_state_id(id, link->target)) != GH_OK ||
        (e->rc = gh_store_signin_get(&s, e->a, e->tx, gh_str(id, sizeof(id)))) != GH_OK)
        return false;
    return (s.id.p != NULL && s.level > 0) || tell1(e, GH_SNAP_RISK, link->target);
}

static enum gh_rc
walk_risk(struct emit *e)
{
    enum gh_rc rc = gh_store_signin_each(e->tx, true, GH_STR(""), SIZE_MAX, each_signin, e);
    return rc != GH_OK || e->rc != GH_OK ? rc : gh_store_link_each(e->tx, GH_STORE_LINK_LISTED, each_listed, e);
}

/* Links come in the order of their targets: those to groups stand together, and once each is enough. */
static bool
add_nested(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct gh_strs *nested = ctx;
    (void)path;
    if (!gh_str_starts(link->target, GH_STR(GROUPS)))
        return gh_str_cmp(link->target, GH_STR(GROUPS)) < 0;
    if (nested->n == 0 || !gh_str_eq(nested->p[nested->n - 1], link->target))
        gh_strs_add(nested, link->target);
    return nested->rc == GH_OK;
}

/* The groups of one member, whose links come one behind the other. */
struct gathering {
    struct emit *e;
    struct gh_project_hand *hand;
    struct gh_arena a;
    struct gh_str member; /* p NULL: none yet */
    struct gh_strs holders;
};

static bool
tell_gathered(struct gathering *g)
{
    if (g->member.p == NULL)
        return true;
    g->e->rc = g->holders.rc;
    g->hand->member = g->member;
    g->hand->holders = &g->holders;
    bool more = g->e->rc == GH_OK && tell1(g->e, GH_SNAP_MEMBERSHIP, g->member);
    g->hand->member = (struct gh_str){NULL, 0};
    gh_arena_fini(&g->a); /* there may be a million */
    g->member = g->hand->member;
    return more;
}

static bool
each_member(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct gathering *g = ctx;
    if (g->member.p == NULL || !gh_str_eq(g->member, link->target)) {
        if (!tell_gathered(g))
            return false;
        gh_arena_init(&g->a, g->e->a->alloc, g->e->a->cap);
        g->holders = (struct gh_strs){.a = &g->a};
        g->holders.rc = gh_arena_dup(&g->member, &g->a, link->target);
    }
    if (gh_str_starts(path, GH_STR(GROUPS)))
        gh_strs_add(&g->holders, path);
    return g->holders.rc == GH_OK;
}

static enum gh_rc
walk_memberships(struct emit *e)
{
    struct gh_strs nested = {.a = e->a};
    struct gh_project_hand none = {.path = {NULL, 0}};
    struct gathering g = {.e = e, .hand = e->env->hand != NULL ? e->env->hand : &none};
    enum gh_rc rc = gh_store_link_each(e->tx, GH_STORE_LINK_MEMBER, add_nested, &nested);
    if (rc != GH_OK || nested.rc != GH_OK)
        return rc != GH_OK ? rc : nested.rc;
    g.hand->nested = &nested;
    rc = gh_store_link_each(e->tx, GH_STORE_LINK_MEMBER, each_member, &g);
    if (rc == GH_OK && g.holders.rc == GH_OK && e->rc == GH_OK)
        (void)tell_gathered(&g);
    else if (g.member.p != NULL)
        gh_arena_fini(&g.a);
    g.hand->nested = NULL;
    return rc != GH_OK ? rc : g.holders.rc;
}

static enum gh_rc
walk_section(struct emit *e)
{
    struct gh_store_tx *tx = e->tx;
    enum gh_resource type = by_names[e->section].type;
    if (type != GH_RESOURCE_NONE)
        return gh_store_resource_each(tx, type, each_name, e);
    if (e->section == GH_SNAP_INSTALLATION)
        return tell1(e, GH_SNAP_INSTALLATION, GH_STR("installation")) ? GH_OK : e->rc;
    if (e->section == GH_SNAP_COND)
        return tell1(e, GH_SNAP_COND, GH_STR("all")) ? GH_OK : e->rc;
    if (e->section == GH_SNAP_IDENTITY)
        return gh_store_resource_each(tx, GH_RESOURCE_IDENTITY, each_identity, e);
    if (e->section == GH_SNAP_MEMBERSHIP)
        return walk_memberships(e);
    if (e->section == GH_SNAP_ASSIGNMENT || e->section == GH_SNAP_DENY)
        return gh_store_link_each(tx, GH_STORE_LINK_PRINCIPAL, each_target, e);
    if (e->section == GH_SNAP_RISK)
        return walk_risk(e);
    if (e->section == GH_SNAP_ELIGIBLE)
        return gh_store_link_each(tx, GH_STORE_LINK_PRINCIPAL, each_target, e);
    if (e->section == GH_SNAP_REVOKED)
        return gh_store_resource_each(tx, GH_RESOURCE_REVOCATION, each_revocation, e);
    if (e->section != GH_SNAP_ISSUER && e->section != GH_SNAP_ISSUER_KEY)
        return GH_OK;
    enum gh_rc rc = each_of_own_issuer(e);
    return rc != GH_OK ? rc : gh_store_resource_each(tx, GH_RESOURCE_ISSUER, each_issuer, e);
}

enum gh_rc
gh_project_each(
    const struct gh_project_env *env, struct gh_arena *a, enum gh_snap_section section, gh_project_key_fn *fn, void *ctx)
{
    struct emit e = {.env = env, .tx = env->tx, .a = a, .section = section, .fn = fn, .ctx = ctx};
    enum gh_rc rc = walk_section(&e);
    return rc != GH_OK ? rc : e.rc;
}
