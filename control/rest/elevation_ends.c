/* SPDX-License-Identifier: Apache-2.0 */
/* What was activated lasts no longer than the eligibility that it came from: taken away, it ends at once; shortened, it ends then. */
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
