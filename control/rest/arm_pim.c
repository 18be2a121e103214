/* SPDX-License-Identifier: Apache-2.0 */
/* What all shapes of just-in-time elevation have in common. */
#include "control/rest/arm_pim.h"

#include "control/rest/auth.h"

struct gh_str
gh_arm_id(struct gh_call *call, struct gh_str scope, const char *kind, struct gh_str name)
{
    struct gh_str at = gh_str_eq(scope, GH_STR("/")) ? GH_STR("") : scope;
    return gh_door_text(call, at, GH_STR(GH_ARM_AUTH), gh_str_z(kind), GH_STR("/"), name);
}

struct gh_str
gh_arm_name(struct gh_str path)
{
    size_t cut = path.n;
    while (cut > 0 && path.p[cut - 1] != '/')
        cut--;
    return gh_str_sub(path, cut, SIZE_MAX);
}

bool
gh_arm_is_eligibility(const struct gh_door *d)
{
    return gh_str_find(gh_str_z(d->row->pattern), GH_STR("Eligibility")) != SIZE_MAX;
}

const char *
gh_arm_principal_type(struct gh_str principal)
{
    return gh_str_find(principal, GH_STR("/groups")) != SIZE_MAX ? "Group" : "User";
}

struct gh_str
gh_arm_principal(struct gh_call *call, struct gh_str written)
{
    struct gh_str name = call->caller->name;
    size_t colon = gh_str_chr(name, ':');
    if (gh_str_chr(written, '/') != SIZE_MAX || gh_str_chr(written, ':') != SIZE_MAX)
        return written;
    if (colon != SIZE_MAX && gh_str_eq_ci(gh_str_sub(name, colon + 1, SIZE_MAX), written))
        return name;
    return gh_door_text(call, GH_STR("/identities/"), written);
}

void
gh_arm_put_grant(struct gh_jsonw *w, struct gh_call *call, const struct gh_props *p)
{
    struct gh_str scope = gh_props_str(p, "scope", GH_STR("/")), role = gh_props_str(p, "roleDefinitionId", GH_STR(""));
    struct gh_str principal = gh_props_str(p, "principalId", GH_STR("")), id = gh_arm_id(call, scope, "roleDefinitions", role);
    gh_jsonw_kstr(w, "scope", scope);
    gh_jsonw_kstr(w, "roleDefinitionId", id);
    gh_jsonw_kstr(w, "principalId", principal);
    gh_jsonw_kstr(w, "principalType", gh_str_z(gh_arm_principal_type(principal)));
    gh_jsonw_key(w, "expandedProperties");
    gh_jsonw_obj(w);
    gh_jsonw_key(w, "scope");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", scope);
    gh_jsonw_end(w, '}');
    gh_jsonw_key(w, "roleDefinition");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", id);
    gh_jsonw_end(w, '}');
    gh_jsonw_key(w, "principal");
    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "id", principal);
    gh_jsonw_kstr(w, "type", gh_str_z(gh_arm_principal_type(principal)));
    gh_jsonw_end(w, '}');
    gh_jsonw_end(w, '}');
}

void
gh_arm_put_copy(struct gh_jsonw *w, const struct gh_props *p, const char *from, const char *to)
{
    struct gh_str s = gh_props_str(p, from, GH_STR(""));
    if (s.n > 0)
        gh_jsonw_kstr(w, to, s);
}
