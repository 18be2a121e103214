/* SPDX-License-Identifier: Apache-2.0 */
/* Whether somebody is left who can undo what others did: an Owner of the installation, for good, who is enabled. */
#include "control/rest/owners.h"

#include "control/publish/project_int.h"
#include "control/rest/elevation.h"
#include "host/host.h"

#define MEMBERS_LOOKED_AT 4096 /* of one group that owns; who is behind so many disabled ones is not found */

struct search {
    struct gh_write *w;
    const struct gh_owner_loss *loss;
    bool is_left;
    enum gh_rc rc;
};

/* An identity, by either name. What only tokens know may come at any time. */
static enum gh_rc
can_come(bool *can, const struct search *s, struct gh_str principal)
{
    struct gh_arena *a = s->w->call->a;
    struct gh_strs holders = {.a = a};
    struct gh_props p;
    bool exists;
    enum gh_rc rc = GH_OK;
    *can = false;
    if (gh_str_eq(principal, s->loss->identity) || gh_str_eq(principal, s->loss->alias))
        return GH_OK;
    if (!gh_str_starts(principal, GH_STR("/"))) {
        rc = gh_project_holders(&holders, s->w->tx, GH_STORE_LINK_ALIAS, principal, GH_STR("/identities/"));
        *can = rc == GH_OK && holders.n == 0;
        if (rc != GH_OK || holders.n == 0)
            return rc;
        principal = holders.p[0];
    }
    rc = gh_props_load(&p, &exists, a, s->w->tx, principal);
    *can = rc == GH_OK && exists && gh_props_bool(&p, "enabled", true);
    return rc;
}

static enum gh_rc
add_members(struct gh_strs *all, const struct search *s, struct gh_str group)
{
    struct gh_str *members;
    struct gh_props p;
    size_t n;
    bool exists;
    enum gh_rc rc = gh_props_load(&p, &exists, all->a, s->w->tx, group);
    if (rc != GH_OK || !exists)
        return rc;
    rc = gh_props_list(&members, &n, &p, "members");
    for (size_t i = 0; rc == GH_OK && i < n && all->n < MEMBERS_LOOKED_AT; i++)
        if (!gh_strs_has(all, members[i]))
            gh_strs_add(all, members[i]);
    return rc != GH_OK ? rc : all->rc;
}

/* Whether anybody who is `principal`, or in it, can come. Which people a group of an issuer has is known to that alone: it counts. */
static enum gh_rc
look_at(struct search *s, struct gh_str principal)
{
    struct gh_strs all = {.a = s->w->call->a};
    enum gh_rc rc = GH_OK;
    gh_strs_add(&all, principal);
    for (size_t i = 0; rc == GH_OK && !s->is_left && i < all.n; i++)
        if (gh_str_starts(all.p[i], GH_STR("/groups/")))
            rc = add_members(&all, s, all.p[i]);
        else if (gh_str_find(all.p[i], GH_STR("/groups:")) != SIZE_MAX)
            s->is_left = true;
        else
            rc = can_come(&s->is_left, s, all.p[i]);
    return rc != GH_OK ? rc : all.rc;
}

/* One that ends by itself, has not begun or asks for something does not count. */
static bool
on_holder(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct search *s = ctx;
    struct gh_props p;
    bool exists;
    (void)link;
    if (!gh_str_starts(path, GH_STR("/roleAssignments/")) || gh_str_eq(path, s->loss->assignment))
        return true;
    if ((s->rc = gh_props_load(&p, &exists, s->w->call->a, s->w->tx, path)) != GH_OK || !exists)
        return s->rc == GH_OK;
    bool counts = gh_str_eq(gh_scope_assignment(&p), GH_STR("/")) && gh_props_str(&p, "endDateTime", GH_STR("")).n == 0 &&
                  gh_props_str(&p, "condition", GH_STR("")).n == 0 && gh_elevation_is_now(&p, gh_now_ms());
    if (counts)
        s->rc = look_at(s, gh_props_str(&p, "principalId", GH_STR("")));
    return s->rc == GH_OK && !s->is_left;
}

static enum gh_rc
find(bool *is_left, struct gh_write *w, const struct gh_owner_loss *loss)
{
    struct search s = {.w = w, .loss = loss};
    enum gh_rc rc = gh_store_link_to(w->tx, GH_STORE_LINK_ROLE, GH_STR(GH_OWNER_ID), on_holder, &s);
    *is_left = s.is_left;
    return rc != GH_OK ? rc : s.rc;
}

bool
gh_owner_remains(bool *remains, struct gh_write *w, const struct gh_owner_loss *loss)
{
    bool was_there = true;
    enum gh_rc rc = find(remains, w, loss);
    if (rc == GH_OK && !*remains) /* where there is none, none is lost */
        rc = find(&was_there, w, &(const struct gh_owner_loss){.assignment = GH_STR("")});
    *remains = *remains || !was_there;
    return rc == GH_OK || gh_call_failed(w->call, rc);
}
