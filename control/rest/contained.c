/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/contained.h"

#include "control/publish/project_int.h"

static bool
is_on(const struct gh_props *p)
{
    return gh_props_bool(p, "enabled", true);
}

/* The containments that hold, then let go of their target: all of it in this transaction, or not at all. */
static bool
undo(struct gh_write *w)
{
    struct gh_strs paths = {.a = w->call->a};
    enum gh_rc rc = gh_project_holders(&paths, w->tx, GH_STORE_LINK_CONTAINED, w->r.path, GH_STR("/containments/"));
    if (rc == GH_OK && paths.n > 0 && !gh_call_may(w->call, GH_ACTION_ROLE_ASSIGNMENT_WRITE, GH_STR("/")))
        return gh_call_problem(w->call, 403, "this was contained: undoing that needs the right to assign roles at /", w->r.path);
    for (size_t i = 0; rc == GH_OK && i < paths.n; i++)
        rc = gh_store_link_set(w->tx, paths.p[i], NULL, 0);
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

/* Whether tokens would name the identity otherwise. */
static bool
is_renamed(const struct gh_write *w)
{
    return w->r.type == GH_RESOURCE_IDENTITY &&
           !gh_str_eq(gh_project_alias(&w->old_props, w->r.path), gh_project_alias(&w->props, w->r.path));
}

bool
gh_contained_may_write(struct gh_write *w)
{
    if (w->old.path.p == NULL || is_on(&w->old_props))
        return true;
    return (!is_on(&w->props) && !is_renamed(w)) || undo(w);
}

bool
gh_contained_may_delete(struct gh_write *w)
{
    return is_on(&w->old_props) || undo(w);
}
