/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was activated lasts no longer than the eligibility that it came from: taken away, it ends at once; shortened, it ends then; and where a
 * group was eligible, it ends for who leaves the group.
 */
#include "control/publish/project_int.h"
#include "control/rest/change.h"
#include "control/rest/elevation.h"
#include "control/rest/handlers.h"

/* The activation with another end. */
static bool
shorten(struct gh_change *ch, struct gh_str path, const struct gh_props *p, struct gh_str end)
{
    static const char *const kept[] = {"roleDefinitionId", "principalId", "principalType", "scope", "description", "startDateTime",
        "activation", "condition", "conditionVersion"};
    struct gh_buf b;
    struct gh_jsonw w;
    gh_buf_init(&b, ch->call->a, 16384);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        struct gh_str value = gh_props_str(p, kept[i], GH_STR(""));
        if (value.n > 0)
            gh_jsonw_kstr(&w, kept[i], value);
    }
    gh_jsonw_kstr(&w, "endDateTime", end);
    gh_jsonw_end(&w, '}');
    return gh_change_put(ch, path, b.rc == GH_OK ? gh_buf_str(&b) : gh_str(NULL, 0), "shorten");
}

/* `end` empty: there is no eligibility any more. */
static bool
bound(struct gh_write *w, struct gh_str end, int64_t end_ms)
{
    struct gh_strs held = {.a = w->call->a};
    struct gh_change ch;
    enum gh_rc rc = gh_project_holders(&held, w->tx, GH_STORE_LINK_ACTIVATION, w->r.path, GH_STR("/roleAssignments/"));
    gh_change_within(&ch, w);
    ch.is_granted = true;
    for (size_t i = 0; rc == GH_OK && i < held.n; i++) {
        struct gh_props p;
        bool exists;
        if ((rc = gh_props_load(&p, &exists, w->call->a, w->tx, held.p[i])) != GH_OK || !exists)
            continue;
        if (end.n == 0 ? !gh_change_delete(&ch, held.p[i], "end with its eligibility")
                       : gh_elevation_time(&p, "endDateTime") > end_ms && !shorten(&ch, held.p[i], &p, end))
            return false;
    }
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

bool
gh_check_delete_eligibility(struct gh_write *w)
{
    return bound(w, GH_STR(""), 0);
}

bool
gh_elevation_bound_activations(struct gh_write *w)
{
    struct gh_str end = gh_props_str(&w->props, "endDateTime", GH_STR(""));
    return w->old.path.p == NULL || end.n == 0 || bound(w, end, gh_elevation_time(&w->props, "endDateTime"));
}

/* ---- who leaves a group ---- */

struct leaving {
    struct gh_write *w; /* of a group, behind its row and links */
    struct gh_change ch;
    struct gh_project_env env;
    struct gh_str *was, *is; /* its members */
    size_t n_was, n_is;
};

static bool
is_among(struct gh_str s, const struct gh_str *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (gh_str_eq(s, list[i]))
            return true;
    return false;
}

/* Adds what holds `principal`, at every level. */
static enum gh_rc
add_groups(struct gh_strs *names, const struct leaving *l, struct gh_str principal)
{
    struct gh_project_row row = {0};
    enum gh_rc rc = gh_project_membership(&row, &l->env, l->w->call->a, &principal);
    for (size_t i = 0; rc == GH_OK && i < row.v[GH_MEMBERSHIP_GROUPS].n; i++)
        gh_strs_add(names, row.v[GH_MEMBERSHIP_GROUPS].list[i]);
    return rc != GH_OK ? rc : names->rc;
}

/* Everything by which somebody may be a member: both of his names, and the groups that hold them. */
static enum gh_rc
find_names(struct gh_strs *names, const struct leaving *l, struct gh_str principal)
{
    struct gh_arena *a = l->w->call->a;
    struct gh_props p;
    bool exists = false;
    enum gh_rc rc = GH_OK;
    gh_strs_add(names, principal);
    if (gh_str_starts(principal, GH_STR("/identities/")))
        rc = gh_props_load(&p, &exists, a, l->w->tx, principal);
    else
        rc = gh_project_holders(names, l->w->tx, GH_STORE_LINK_ALIAS, principal, GH_STR("/identities/"));
    if (rc == GH_OK && exists)
        gh_strs_add(names, gh_project_alias(&p, principal));
    for (size_t i = 0, n = names->n; rc == GH_OK && i < n; i++)
        rc = add_groups(names, l, names->p[i]);
    return rc != GH_OK ? rc : names->rc;
}

/* Whether he was in the group by what was taken out of it. Whom only tokens say to be a member, nobody knows to have left. */
static bool
has_left(const struct leaving *l, const struct gh_strs *names)
{
    for (size_t i = 0; i < names->n; i++)
        if (is_among(names->p[i], l->was, l->n_was) && !is_among(names->p[i], l->is, l->n_is))
            return true;
    return false;
}

/* What was activated by an eligibility of `group`. */
static bool
end_of(struct leaving *l, struct gh_str group, struct gh_str eligibility)
{
    struct gh_call *call = l->w->call;
    struct gh_strs held = {.a = call->a};
    enum gh_rc rc = gh_project_holders(&held, l->w->tx, GH_STORE_LINK_ACTIVATION, eligibility, GH_STR("/roleAssignments/"));
    for (size_t i = 0; rc == GH_OK && i < held.n; i++) {
        struct gh_strs names = {.a = call->a};
        struct gh_props p;
        bool exists;
        if ((rc = gh_props_load(&p, &exists, call->a, l->w->tx, held.p[i])) != GH_OK || !exists)
            continue;
        if ((rc = find_names(&names, l, gh_props_str(&p, "principalId", GH_STR("")))) != GH_OK)
            break;
        if (has_left(l, &names) && !gh_strs_has(&names, group) && !gh_change_delete(&l->ch, held.p[i], "end with its eligibility"))
            return false;
    }
    return rc == GH_OK || gh_call_failed(call, rc);
}

bool
gh_after_group(struct gh_write *w)
{
    struct leaving l = {.w = w, .env = {.tx = w->tx, .config = w->call->c->config}};
    struct gh_strs groups = {.a = w->call->a};
    if (w->old.path.p == NULL)
        return true;
    gh_change_within(&l.ch, w);
    l.ch.is_granted = true;
    gh_strs_add(&groups, w->r.path);
    enum gh_rc rc = gh_props_list(&l.was, &l.n_was, &w->old_props, "members");
    if (rc == GH_OK)
        rc = gh_props_list(&l.is, &l.n_is, &w->props, "members");
    if (rc == GH_OK)
        rc = add_groups(&groups, &l, w->r.path);
    for (size_t i = 0; rc == GH_OK && i < groups.n; i++) {
        struct gh_strs held = {.a = w->call->a};
        rc = gh_project_holders(&held, w->tx, GH_STORE_LINK_PRINCIPAL, groups.p[i], GH_STR("/roleEligibilities/"));
        for (size_t k = 0; rc == GH_OK && k < held.n; k++)
            if (!end_of(&l, groups.p[i], held.p[k]))
                return false;
    }
    return rc == GH_OK || gh_call_failed(w->call, rc);
}
