/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/graph_odata.h"

#define MERGE_MAX 4 /* levels of conditions, users, lists; of settings, recurrence, pattern: what Graph itself has */

bool
gh_graph_check_query(struct gh_call *call)
{
    static const char *const names[] = {"$filter", "$search", "$skip", "$skiptoken", "$expand", "$orderby", "$apply"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (gh_call_arg(call, names[i]).p != NULL)
            return gh_door_refuse(
                call, 400, NULL, gh_door_text(call, gh_str_z(names[i]), GH_STR(" is not supported here: all are listed.")));
    return true;
}

bool
gh_graph_is_passed_over(struct gh_str name)
{
    static const char *const names[] = {"id", "createdDateTime", "modifiedDateTime", "policyType", "requirementsSatisfied"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (gh_str_eq(name, gh_str_z(names[i])))
            return true;
    return gh_str_find(name, GH_STR("@odata.")) != SIZE_MAX && !gh_str_eq(name, GH_STR("@odata.type"));
}

void
gh_graph_put_members(struct gh_call *call, struct gh_jsonw *w, const struct gh_json *from, gh_json_ref object,
    const struct gh_json *not_in, gh_json_ref other, bool is_top)
{
    struct gh_str key;
    for (gh_json_ref v = gh_json_first(from, object); v != GH_JSON_NO; v = gh_json_next(from, object, v)) {
        if (gh_json_key(&key, call->a, from, v) != GH_OK || (is_top && gh_graph_is_passed_over(key)))
            continue;
        if (not_in != NULL && gh_json_get(not_in, other, key) != GH_JSON_NO)
            continue;
        gh_jsonw_key_str(w, key);
        gh_jsonw_raw(w, gh_json_raw(from, v));
    }
}

/* One that says to be of another type is another object, not some members of this one. */
static bool
is_merged(struct gh_call *call, const struct gh_json *old, gh_json_ref v, const struct gh_json *patch, gh_json_ref n)
{
    struct gh_str was = GH_STR(""), is = GH_STR("");
    if (gh_json_type(old, v) != GH_JSON_OBJECT || gh_json_type(patch, n) != GH_JSON_OBJECT)
        return false;
    return gh_json_opt_str(&was, call->a, old, v, "@odata.type") == GH_OK &&
           gh_json_opt_str(&is, call->a, patch, n, "@odata.type") == GH_OK && (was.n == 0 || is.n == 0 || gh_str_eq(was, is));
}

void
gh_graph_odata(struct gh_call *call, struct gh_jsonw *w, const struct gh_json *old, gh_json_ref to, const struct gh_json *patch,
    gh_json_ref with, int level)
{
    struct gh_str key;
    gh_jsonw_obj(w);
    for (gh_json_ref v = gh_json_first(old, to); v != GH_JSON_NO; v = gh_json_next(old, to, v)) {
        if (gh_json_key(&key, call->a, old, v) != GH_OK)
            continue;
        gh_json_ref n = gh_json_get(patch, with, key);
        gh_jsonw_key_str(w, key);
        if (level < MERGE_MAX && is_merged(call, old, v, patch, n))
            gh_graph_odata(call, w, old, v, patch, n, level + 1);
        else
            gh_jsonw_raw(w, n == GH_JSON_NO ? gh_json_raw(old, v) : gh_json_raw(patch, n));
    }
    gh_graph_put_members(call, w, patch, with, old, to, level == 0);
    gh_jsonw_end(w, '}');
}
