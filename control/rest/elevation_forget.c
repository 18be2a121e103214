/* SPDX-License-Identifier: Apache-2.0 */
/* The history of requests has a bound of its own: of one person and role the newest stay, so that nobody fills the store by asking and cancelling. */
#include "control/publish/project_int.h"
#include "control/rest/door.h"
#include "control/rest/elevation_int.h"

/* Apart: what came to nothing does not push out what was activated. */
enum { CAME_TO_NOTHING, HAD_EFFECT, CLASSES };

struct oldest {
    struct gh_str path;
    int64_t at_ms;
    size_t n;
};

struct gh_str
gh_elevation_asked_key(struct gh_call *call, struct gh_str principal, struct gh_str role)
{
    return gh_door_text(call, principal, GH_STR(" "), role);
}

static unsigned
class_of(struct gh_str status)
{
    static const char *const without[] = {"Canceled", "Denied", "AdminDenied", "TimedOut"};
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
        if (gh_str_eq(status, gh_str_z(without[i])))
            return CAME_TO_NOTHING;
    return HAD_EFFECT;
}

/* Whether what the request made, under its own name, is there: then it is no history yet. */
static bool
is_in_force(struct gh_elevation *e, struct gh_str path, const struct gh_props *request, bool *is)
{
    struct gh_str result = gh_props_str(request, "result", GH_STR(""));
    struct gh_store_resource made = {0};
    enum gh_rc rc = GH_OK;
    if (gh_str_ends(result, gh_str_sub(path, sizeof("/roleRequests") - 1, SIZE_MAX)))
        rc = gh_store_resource_get(&made, e->call->a, e->ch.tx, result);
    *is = made.path.p != NULL;
    return rc == GH_OK || gh_call_failed(e->call, rc);
}

static bool
look_at(struct gh_elevation *e, struct oldest old[CLASSES], struct gh_str path)
{
    struct gh_store_resource r;
    struct gh_props p;
    bool is_kept;
    enum gh_rc rc = gh_store_resource_get(&r, e->call->a, e->ch.tx, path);
    if (rc == GH_OK && r.path.p != NULL)
        rc = gh_props_open(&p, e->call->a, r.body);
    if (rc != GH_OK)
        return gh_call_failed(e->call, rc);
    if (r.path.p == NULL)
        return true;
    struct gh_str status = gh_elevation_status(&p, e->now_ms);
    if (gh_str_starts(status, GH_STR("Pending")))
        return true;
    struct oldest *o = &old[class_of(status)];
    if (!is_in_force(e, path, &p, &is_kept))
        return false;
    if (is_kept)
        return true;
    if (o->n++ == 0 || r.created_ms < o->at_ms) {
        o->path = path;
        o->at_ms = r.created_ms;
    }
    return true;
}

static bool
find_oldest(struct gh_elevation *e, struct oldest old[CLASSES])
{
    struct gh_strs asked = {.a = e->call->a};
    enum gh_rc rc = gh_project_holders(
        &asked, e->ch.tx, GH_STORE_LINK_ASKED, gh_elevation_asked_key(e->call, e->principal, e->role), GH_STR("/roleRequests/"));
    if (rc != GH_OK)
        return gh_call_failed(e->call, rc);
    for (size_t i = 0; i < asked.n; i++)
        if (!look_at(e, old, asked.p[i]))
            return false;
    return true;
}

bool
gh_elevation_forget_old(struct gh_elevation *e)
{
    for (unsigned left = 0; left <= GH_ELEVATION_WAITING_MAX;
         left++) { /* so many may have come to an end since the last one was asked */
        struct oldest old[CLASSES] = {0};
        bool is_full = false;
        if (!find_oldest(e, old))
            return false;
        for (unsigned i = 0; i < CLASSES; i++) {
            if (old[i].n < GH_ELEVATION_KEPT_MAX)
                continue;
            is_full = true;
            if (!gh_change_delete(&e->ch, old[i].path, "forget"))
                return false;
        }
        if (!is_full)
            break;
    }
    return true;
}
