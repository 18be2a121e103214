/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who people are: identities, groups, issuers. Writing these can hand out rights without touching an assignment: a new member inherits
 * what the group was given, a changed subject takes over what an identity was given. So such a write needs the right to assign roles
 * wherever the rights at stake count.
 */
#include "control/rest/handlers.h"

#include "base/codec.h"
#include "control/publish/attributes.h"
#include "control/publish/issuers.h"
#include "control/publish/project_int.h"
#include "control/publish/resolve.h"
#include "control/publish/url.h"
#include "control/rest/contained.h"
#include "control/rest/owners.h"
#include "control/rest/pem.h"
#include "control/rest/rights.h"
#include "host/host.h"
#include "policy/proof.h"

/* ---- rights at stake ---- */

/* Who comes into a group, leaves it, or becomes somebody else may escape what is denied to it. */
static bool
may_change_denied(struct gh_write *w, struct gh_str principal)
{
    struct gh_strs paths = {.a = w->call->a};
    enum gh_rc rc = gh_project_holders(&paths, w->tx, GH_STORE_LINK_PRINCIPAL, principal, GH_STR("/denyAssignments/"));
    for (size_t i = 0; rc == GH_OK && i < paths.n; i++) {
        struct gh_props p;
        bool exists;
        rc = gh_props_load(&p, &exists, w->call->a, w->tx, paths.p[i]);
        if (rc == GH_OK && !gh_call_may(w->call, GH_ACTION_DENY_WRITE, gh_scope_assignment(&p)))
            return gh_call_problem(w->call, 403, "this would change to whom something is denied", paths.p[i]);
    }
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

/* Nor may he become one who answers requests for a role, but by whoever may say who does. */
static bool
may_change_approvers(struct gh_write *w, struct gh_str principal)
{
    struct gh_strs paths = {.a = w->call->a};
    enum gh_rc rc = gh_project_holders(&paths, w->tx, GH_STORE_LINK_PRINCIPAL, principal, GH_STR("/rolePolicies/"));
    for (size_t i = 0; rc == GH_OK && i < paths.n; i++) {
        struct gh_props p;
        bool exists;
        rc = gh_props_load(&p, &exists, w->call->a, w->tx, paths.p[i]);
        if (rc == GH_OK && !gh_call_may(w->call, GH_ACTION_ROLE_POLICY_WRITE, gh_scope_assignment(&p)))
            return gh_call_problem(w->call, 403, "this would change who approves requests for a role", paths.p[i]);
    }
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

/* Nor one whom a policy of conditional access spares, or no longer one for whom it is. */
static bool
may_change_conditions(struct gh_write *w, struct gh_str principal)
{
    struct gh_strs paths = {.a = w->call->a};
    enum gh_rc rc = gh_project_holders(&paths, w->tx, GH_STORE_LINK_RESOURCE, principal, GH_STR("/conditionalAccess/"));
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return paths.n == 0 || gh_call_may(w->call, GH_ACTION_COND_POLICY_WRITE, GH_STR("/")) ||
           gh_call_problem(w->call, 403, "this would change for whom a policy of conditional access is", paths.p[0]);
}

/* 403 unless the caller may assign roles at the scope of every assignment to `principal`, and of every eligibility; and may take them, if he gets them himself. */
static bool
may_hand_out(struct gh_write *w, struct gh_str principal, bool is_to_self)
{
    struct gh_strs paths = {.a = w->call->a};
    enum gh_rc rc = gh_project_holders(&paths, w->tx, GH_STORE_LINK_PRINCIPAL, principal, GH_STR("/roleAssignments/"));
    if (rc == GH_OK) /* what could be activated is at stake as well */
        rc = gh_project_holders(&paths, w->tx, GH_STORE_LINK_PRINCIPAL, principal, GH_STR("/roleEligibilities/"));
    for (size_t i = 0; rc == GH_OK && i < paths.n; i++) {
        struct gh_props p;
        bool exists;
        if ((rc = gh_props_load(&p, &exists, w->call->a, w->tx, paths.p[i])) != GH_OK)
            break;
        struct gh_str scope = gh_scope_assignment(&p);
        if (!gh_call_may(w->call, GH_ACTION_ROLE_ASSIGNMENT_WRITE, scope))
            return gh_call_problem(w->call, 403, "this would hand out rights that you may not assign", paths.p[i]);
        if (is_to_self && !gh_rights_may_take(w, gh_props_str(&p, "roleDefinitionId", GH_STR("")), scope))
            return false;
    }
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return may_change_denied(w, principal) && may_change_approvers(w, principal) && may_change_conditions(w, principal);
}

/* The same for a principal and all groups that hold it: what those were given is at stake too. */
static bool
may_hand_out_all(struct gh_write *w, struct gh_str principal, bool is_to_self)
{
    struct gh_project_env env = {.tx = w->tx, .config = w->call->c->config};
    struct gh_project_row row = {0};
    enum gh_rc rc = gh_project_membership(&row, &env, w->call->a, &principal);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    const struct gh_snap_value *above = &row.v[GH_MEMBERSHIP_GROUPS];
    if (!may_hand_out(w, principal, is_to_self))
        return false;
    for (size_t i = 0; i < above->n; i++)
        if (!may_hand_out(w, above->list[i], is_to_self))
            return false;
    return true;
}

/* ---- principals ---- */

/* "/identities/x", "/groups/g", "issuer:subject", or "issuer/groups:group" as tokens name their groups. */
static bool
is_principal(struct gh_str s)
{
    struct gh_resource_path r;
    size_t colon = gh_str_chr(s, ':');
    if (s.n > 0 && s.p[0] == '/')
        return gh_resource_find(&r, s) == GH_OK && gh_str_eq(r.path, s) && !r.is_collection &&
               (r.type == GH_RESOURCE_IDENTITY || r.type == GH_RESOURCE_GROUP);
    if (colon == SIZE_MAX || colon == 0 || colon + 1 == s.n)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return true;
}

/* ---- identities ---- */

static bool
check_alias(struct gh_write *w, struct gh_str alias)
{
    if (w->old.path.p != NULL && gh_str_eq(alias, gh_project_alias(&w->old_props, w->r.path)))
        return true;
    /* A name by which tokens shall speak for this identity from now on: all that either was given is at stake. */
    bool is_to_self = gh_rights_is_self(w->call, alias) || gh_rights_is_self(w->call, w->r.path);
    return gh_write_unused(w, GH_STORE_LINK_ALIAS, alias, "another identity has this issuer and subject") &&
           may_hand_out_all(w, w->r.path, is_to_self) && may_hand_out_all(w, alias, is_to_self);
}

/* Never in the future: a token of then would be void too, and nobody would know why. And never back: what was void stays it, also where a write says
 * nothing of it, as a manifest from before does. */
static bool
check_valid_from(struct gh_write *w)
{
    struct gh_str s = gh_props_str(&w->props, "validFrom", GH_STR("")), old = GH_STR("");
    int64_t ms = 0, old_ms = 0;
    if (s.n > 0 && (gh_time_read(&ms, s) != GH_OK || ms > gh_now_ms()))
        return gh_call_problem(w->call, 400, "validFrom is a time that has been", GH_STR("validFrom"));
    if (w->old.path.p != NULL)
        old = gh_props_str(&w->old_props, "validFrom", GH_STR(""));
    if (old.n == 0 || gh_time_read(&old_ms, old) != GH_OK)
        return true;
    if (s.n > 0)
        return ms >= old_ms || gh_call_problem(w->call, 409, "tokens from before that are void, and stay it", old);
    w->stored_name = "validFrom";
    w->stored_json = gh_props_join(w->call->a, (const struct gh_str[]){GH_STR("\""), old, GH_STR("\"")}, 3);
    return true;
}

/* What kind somebody is tells which policies of conditional access are for him, where his issuer's tokens would else tell it; and an emergency
 * account that is none any more raises no alert. */
static bool
check_kind(struct gh_write *w, bool is_own)
{
    bool is_new = w->old.path.p == NULL, was_user = true, was_emergency = false;
    bool is_user = gh_str_eq(gh_props_str(&w->props, "kind", GH_STR("")), GH_STR("user"));
    if (!is_new) {
        was_user = gh_str_eq(gh_props_str(&w->old_props, "kind", GH_STR("")), GH_STR("user"));
        was_emergency = gh_props_bool(&w->old_props, "emergencyAccess", false);
    }
    bool is_other =
        (is_user != was_user && !(is_new && is_own)) || (was_emergency && !gh_props_bool(&w->props, "emergencyAccess", false));
    return !is_other ||
           gh_rights_may_move_conditions(w, "this would change which policies of conditional access are for him", w->r.path);
}

/* Conditions give rights by them: writing them is giving rights. */
static bool
check_attributes(struct gh_write *w)
{
    static const struct gh_str name = GH_STR_INIT("customSecurityAttributes");
    struct gh_snap_value attributes;
    const char *why = NULL;
    gh_json_ref old = w->old.path.p == NULL ? GH_JSON_NO : gh_json_get(&w->old_props.j, w->old_props.root, name);
    gh_json_ref new = gh_json_get(&w->props.j, w->props.root, name);
    struct gh_str old_text = old == GH_JSON_NO ? GH_STR("") : gh_json_raw(&w->old_props.j, old);
    struct gh_str new_text = gh_json_type(&w->props.j, new) != GH_JSON_OBJECT ? GH_STR("") : gh_json_raw(&w->props.j, new);
    enum gh_rc rc = gh_attributes_read(&attributes, &w->props, &why);
    if (rc != GH_OK)
        return why != NULL ? gh_call_problem(w->call, 400, why, name) : gh_call_failed(w->call, rc);
    return gh_str_eq(old_text, new_text) || gh_call_may(w->call, GH_ACTION_ROLE_ASSIGNMENT_WRITE, GH_STR("/")) ||
           gh_call_problem(
               w->call, 403, "conditions give rights by these: writing them needs the right to assign roles at /", name);
}

/* The last Owner is disabled by who knows what that means, and says so (contain.c). */
static bool
check_enabled(struct gh_write *w)
{
    bool remains,
        goes = w->old.path.p != NULL && gh_props_bool(&w->old_props, "enabled", true) && !gh_props_bool(&w->props, "enabled", true);
    if (!goes || w->may_end_owners)
        return true;
    const struct gh_owner_loss loss = {.identity = w->r.path, .alias = gh_project_alias(&w->old_props, w->r.path)};
    return gh_owner_remains(&remains, w, &loss) && (remains || gh_call_problem(w->call, 409, GH_OWNER_LAST, w->r.path));
}

bool
gh_check_identity(struct gh_write *w)
{
    struct gh_str issuer = gh_props_str(&w->props, "issuer", GH_STR(GH_OWN_ISSUER));
    struct gh_str subject = gh_props_str(&w->props, "subject", w->r.names[0]);
    bool is_own = gh_str_eq(issuer, GH_STR(GH_OWN_ISSUER));
    if (is_own && !gh_str_eq(subject, w->r.names[0]))
        return gh_call_problem(
            w->call, 400, "in the installation's own tokens the subject is the identity's name", GH_STR("subject"));
    struct gh_str alias = gh_project_alias(&w->props, w->r.path);
    if (alias.p == NULL)
        return gh_call_failed(w->call, GH_NOMEM);
    if (!is_principal(alias))
        return gh_call_problem(w->call, 400, "issuer and subject may not be empty or hold control characters", GH_STR("subject"));
    struct gh_str path = gh_props_join(w->call->a, (const struct gh_str[]){GH_STR("/issuers/"), issuer}, 2);
    if (!is_own &&
        (!gh_write_needs(w, path, "the identity's issuer does not exist") || !gh_write_link(w, GH_STORE_LINK_RESOURCE, path)))
        return false;
    return check_valid_from(w) && check_enabled(w) && gh_contained_may_write(w) && check_kind(w, is_own) && check_attributes(w) &&
           check_alias(w, alias) && gh_write_link(w, GH_STORE_LINK_ALIAS, alias);
}

/* What names it must go first: otherwise who makes an identity of this name later would inherit it. */
static bool
is_unnamed(struct gh_write *w, struct gh_str principal)
{
    return gh_write_unused(w, GH_STORE_LINK_PRINCIPAL, principal,
               "it still has role or deny assignments, eligibilities or keys, or approves requests or reviews access") &&
           gh_write_unused(w, GH_STORE_LINK_MEMBER, principal, "it is still a member of a group");
}

bool
gh_check_delete_identity(struct gh_write *w)
{
    return is_unnamed(w, w->r.path) && is_unnamed(w, gh_project_alias(&w->old_props, w->r.path)) && gh_contained_may_delete(w);
}

/* ---- groups ---- */

static bool
has_self(const struct gh_call *call, const struct gh_str *members, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (gh_rights_is_self(call, members[i]))
            return true;
    return false;
}

static bool
check_members(struct gh_write *w, const struct gh_str *members, size_t n)
{
    struct gh_str *old = NULL;
    size_t n_old = 0;
    bool is_same;
    if (w->old.path.p != NULL && gh_props_list(&old, &n_old, &w->old_props, "members") != GH_OK)
        return gh_call_failed(w->call, GH_BUG);
    if (!gh_write_is_same_list(&is_same, w, "members"))
        return false;
    return is_same || may_hand_out_all(w, w->r.path, has_self(w->call, members, n) && !has_self(w->call, old, n_old));
}

bool
gh_check_group(struct gh_write *w)
{
    struct gh_str *members;
    size_t n;
    enum gh_rc rc = gh_props_list(&members, &n, &w->props, "members");
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    for (size_t i = 0; i < n; i++) {
        if (!is_principal(members[i]))
            return gh_call_problem(w->call, 400, "a member is /identities/x, /groups/g or issuer:subject", members[i]);
        if (!gh_write_link(w, GH_STORE_LINK_MEMBER, members[i]))
            return false;
    }
    return check_members(w, members, n);
}

bool
gh_check_delete_group(struct gh_write *w)
{
    return is_unnamed(w, w->r.path);
}

/* ---- issuers ---- */

static const char *const fetched[] = {"discovery", "jwksUri"};

/* One URL that keys are fetched from: its form, https, and where its name leads now. Each fetch checks the address that it dials again. */
static bool
check_fetched(struct gh_write *w, const char *name, struct gh_str text)
{
    struct gh_url url;
    struct gh_err err = {0};
    const struct gh_config *c = w->call->c->config;
    if (gh_url_read(&url, text, &err) != GH_OK)
        return gh_call_bad(w->call, &err, gh_str_z(name));
    const char *why = gh_issuers_url_refused(&c->egress, &url);
    if (why == NULL && w->call->c->resolve != NULL)
        why = gh_resolve_check(w->call->c->resolve, url.host, url.port);
    return why == NULL || gh_call_problem(w->call, 400, why, gh_str_z(name));
}

bool
gh_prepare_issuer(struct gh_write *w)
{
    struct gh_str iss = gh_props_str(&w->props, "issuer", GH_STR(""));
    struct gh_str pem = gh_props_str(&w->props, "caCertificate", GH_STR(""));
    bool is_named = false;
    if (gh_str_eq(w->r.names[0], GH_STR(GH_OWN_ISSUER)) || gh_str_eq(iss, gh_str_z(w->call->c->config->issuer)))
        return gh_call_problem(w->call, 409, "this is the installation's own issuer", iss);
    if (gh_str_chr(w->r.names[0], ':') != SIZE_MAX)
        return gh_call_problem(w->call, 400, "the name of an issuer may not hold a colon", w->r.names[0]);
    if (pem.n > 0 && !gh_pem_is_certificates(pem))
        return gh_call_problem(w->call, 400, "not one or more certificates in PEM", GH_STR("caCertificate"));
    for (size_t i = 0; i < sizeof(fetched) / sizeof(fetched[0]); i++) {
        struct gh_str url = gh_props_str(&w->props, fetched[i], GH_STR(""));
        if (url.n > 0 && !check_fetched(w, fetched[i], url))
            return false;
        is_named |= url.n > 0;
    }
    return is_named || check_fetched(w, "issuer", iss);
}

static bool
check_claims_map(struct gh_write *w)
{
    struct gh_err err = {0};
    gh_json_ref map = gh_json_get(&w->props.j, w->props.root, GH_STR("claimsMap"));
    struct gh_proof_map *m = gh_arena_take(w->call->a, sizeof(*m));
    if (m == NULL)
        return gh_call_failed(w->call, GH_NOMEM);
    if (gh_json_type(&w->props.j, map) != GH_JSON_OBJECT || gh_proof_map_read(m, w->call->a, &w->props.j, map, &err) == GH_OK)
        return true;
    return gh_call_bad(w->call, &err, GH_STR("claimsMap"));
}

bool
gh_check_issuer(struct gh_write *w)
{
    struct gh_str iss = gh_props_str(&w->props, "issuer", GH_STR(""));
    return check_claims_map(w) && gh_write_unused(w, GH_STORE_LINK_ALIAS, iss, "another issuer has this URL") &&
           gh_write_link(w, GH_STORE_LINK_ALIAS, iss);
}

/* Keys that came from elsewhere do not speak for what the issuer is now. */
bool
gh_after_issuer(struct gh_write *w)
{
    static const char *const sources[] = {"issuer", "discovery", "jwksUri", "caCertificate"};
    bool is_same = w->old.path.p != NULL;
    for (size_t i = 0; is_same && i < sizeof(sources) / sizeof(sources[0]); i++)
        is_same = gh_str_eq(gh_props_str(&w->props, sources[i], GH_STR("")), gh_props_str(&w->old_props, sources[i], GH_STR("")));
    if (is_same)
        return true;
    enum gh_rc rc = gh_issuers_forget(w->tx, w->call->a, w->r.path);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    return true;
}

/* "entra:..." and "entra/groups:..." in assignments and groups: who makes an issuer of this name later would decide who they are. */
struct strangers {
    struct gh_str name, holder; /* holder: in the arena */
    struct gh_arena *a;
    enum gh_rc rc;
};

static bool
is_of_issuer(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct strangers *s = ctx;
    struct gh_str rest = gh_str_sub(link->target, s->name.n, SIZE_MAX);
    bool is_of =
        gh_str_starts(link->target, s->name) && (gh_str_starts(rest, GH_STR(":")) || gh_str_starts(rest, GH_STR("/groups:")));
    if (is_of)
        s->rc = gh_arena_dup(&s->holder, s->a, path);
    return !is_of;
}

static bool
names_nobody(struct gh_write *w, enum gh_store_link_kind kind, const char *why)
{
    struct strangers s = {.name = w->r.names[0], .a = w->call->a};
    enum gh_rc rc = gh_store_link_each(w->tx, kind, is_of_issuer, &s);
    if (rc != GH_OK || s.rc != GH_OK)
        return gh_call_failed(w->call, rc != GH_OK ? rc : s.rc);
    return s.holder.p == NULL || gh_call_problem(w->call, 409, why, s.holder);
}

bool
gh_check_delete_issuer(struct gh_write *w)
{
    if (!names_nobody(w, GH_STORE_LINK_PRINCIPAL, "an assignment still names somebody of this issuer") ||
        !names_nobody(w, GH_STORE_LINK_MEMBER, "a group still names somebody of this issuer"))
        return false;
    enum gh_rc rc = gh_issuers_forget(w->tx, w->call->a, w->r.path);
    return rc == GH_OK || gh_call_failed(w->call, rc);
}
