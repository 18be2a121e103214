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

/* ---- filters ---- */

static struct gh_str
trimmed(struct gh_str s)
{
    while (s.n > 0 && s.p[0] == ' ')
        s = gh_str_sub(s, 1, SIZE_MAX);
    while (s.n > 0 && s.p[s.n - 1] == ' ')
        s.n--;
    return s;
}

/* 'text' without its quotes; p NULL: it has none. */
static struct gh_str
unquoted(struct gh_str s)
{
    s = trimmed(s);
    if (s.n < 2 || s.p[0] != '\'' || s.p[s.n - 1] != '\'')
        return gh_str(NULL, 0);
    return gh_str_sub(s, 1, s.n - 2);
}

/* asTarget() and its like. */
static bool
read_word(struct gh_arm_filter *f, struct gh_str s)
{
    const struct {
        struct gh_str word;
        bool *flag;
    } words[] = {{GH_STR("asTarget()"), &f->as_target}, {GH_STR("asApprover()"), &f->as_approver},
        {GH_STR("asRequestor()"), &f->as_requestor}, {GH_STR("atScope()"), &f->at_scope},
        {GH_STR("atScopeAndBelow()"), &f->at_scope_and_below}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (gh_str_eq_ci(s, words[i].word))
            return *words[i].flag = true;
    return false;
}

/* name eq 'value' */
static bool
read_equals(struct gh_arm_filter *f, struct gh_call *call, struct gh_str s)
{
    size_t eq = gh_str_find(s, GH_STR(" eq "));
    struct gh_str name = trimmed(gh_str_sub(s, 0, eq)), value;
    if (eq == SIZE_MAX || (value = unquoted(gh_str_sub(s, eq + 4, SIZE_MAX))).p == NULL)
        return false;
    if (gh_str_eq_ci(name, GH_STR("principalId")))
        f->principal = gh_arm_principal(call, value);
    else if (gh_str_eq_ci(name, GH_STR("roleDefinitionId")))
        f->role = gh_arm_name(value);
    else if (gh_str_eq_ci(name, GH_STR("status")))
        f->status = value;
    else if (gh_str_eq_ci(name, GH_STR("type")))
        f->type = value;
    else if (gh_str_eq_ci(name, GH_STR("roleName")) || gh_str_eq_ci(name, GH_STR("denyAssignmentName")))
        f->name = value;
    else
        return false;
    return true;
}

static bool
read_assigned_to(struct gh_arm_filter *f, struct gh_call *call, struct gh_str s)
{
    struct gh_str head = GH_STR("assignedTo(");
    if (!gh_str_eq_ci(gh_str_sub(s, 0, head.n), head) || s.p[s.n - 1] != ')')
        return false;
    struct gh_str value = unquoted(gh_str_sub(s, head.n, s.n - head.n - 1));
    f->principal = value.p == NULL ? value : gh_arm_principal(call, value);
    f->is_assigned_to = true;
    return value.p != NULL;
}

bool
gh_arm_filter_read(struct gh_arm_filter *out, struct gh_call *call)
{
    struct gh_str rest = gh_call_arg(call, "$filter");
    *out = (struct gh_arm_filter){0};
    while (rest.n > 0) {
        size_t and = gh_str_find(rest, GH_STR(" and "));
        struct gh_str one = trimmed(gh_str_sub(rest, 0, and));
        rest = and == SIZE_MAX ? GH_STR("") : gh_str_sub(rest, and+5, SIZE_MAX);
        if (one.n == 0 || (!read_word(out, one) && !read_equals(out, call, one) && !read_assigned_to(out, call, one)))
            return gh_door_refuse(call, 400, "InvalidFilter", GH_STR("The $filter holds a condition that is not known here."));
    }
    return true;
}

static bool
is_at(const struct gh_arm_filter *f, struct gh_str scope, struct gh_str item)
{
    return gh_scope_covers(item, scope) || (!f->at_scope && gh_scope_covers(scope, item));
}

bool
gh_arm_filter_fits(const struct gh_arm_filter *f, struct gh_call *call, struct gh_str scope, const struct gh_props *p)
{
    struct gh_str item = gh_props_str(p, "scope", GH_STR("/")), principal = gh_props_str(p, "principalId", GH_STR(""));
    bool is_target = gh_elevation_is_self(call, principal),
         is_requestor = gh_elevation_is_self(call, gh_props_str(p, "requestorId", GH_STR("")));
    if (!is_at(f, scope, item) || (f->as_target && !is_target) || (f->as_requestor && !is_requestor) ||
        (f->as_approver && !gh_elevation_may_review(call, p)))
        return false;
    if ((f->principal.p != NULL && !gh_str_eq(f->principal, principal)) ||
        (f->role.p != NULL && !gh_str_eq_ci(f->role, gh_props_str(p, "roleDefinitionId", GH_STR("")))) ||
        (f->status.p != NULL && !gh_str_eq_ci(f->status, gh_elevation_status(p, gh_call_now(call)))))
        return false;
    return is_target || is_requestor || gh_elevation_may_review(call, p) || gh_call_may(call, GH_ACTION_ROLE_ASSIGNMENT_READ, item);
}
