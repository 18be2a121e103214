/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/cond_link: conditions over what belongs to a resource: parents, children, diagnostic settings, private endpoints. */
#include "baseline/judge_int.h"

/* Where what lies between is outside the input: workspace "a" of deployment "a/endpoint/deployment". */
static uint32_t
ancestor_by_name(const struct gh_judge *j, uint32_t resource, struct gh_str type)
{
    const struct gh_input_resource *r = &j->in->resource[resource];
    uint32_t n;
    const uint32_t *list = gh_input_of_type(&n, j->in, type);

    if (r->name.kind != GH_VALUE_STR || r->type.n <= type.n || !gh_str_eq_ci(gh_str_sub(r->type, 0, type.n), type) ||
        r->type.p[type.n] != '/')
        return GH_INPUT_NONE;
    for (uint32_t i = 0; i < n; i++) {
        struct gh_value name = j->in->resource[list[i]].name;
        if (name.kind == GH_VALUE_STR && name.s.n < r->name.s.n && r->name.s.p[name.s.n] == '/' &&
            gh_str_eq_ci(gh_str_sub(r->name.s, 0, name.s.n), name.s))
            return list[i];
    }
    return GH_INPUT_NONE;
}

uint32_t
gh_judge_ancestor(const struct gh_judge *j, uint32_t resource, const char *type)
{
    uint32_t up = resource == GH_INPUT_NONE ? resource : j->in->resource[resource].parent;

    while (up != GH_INPUT_NONE && type != NULL && !gh_str_eq_ci(j->in->resource[up].type, gh_str_z(type)))
        up = j->in->resource[up].parent;
    return up == GH_INPUT_NONE && resource != GH_INPUT_NONE && type != NULL ? ancestor_by_name(j, resource, gh_str_z(type)) : up;
}

/* Conditions about another resource than the one that is judged; the evidence is that one's. */
static enum gh_truth
ask_other(struct gh_judge *j, uint32_t resource, const struct gh_cond *conds)
{
    const struct gh_judge_base *base = j->base;
    uint32_t own = j->resource;
    enum gh_truth t;

    j->resource = resource;
    j->base = NULL;
    t = gh_cond_holds(j, conds, j->in->resource[resource].root);
    j->resource = own;
    j->base = base;
    return t;
}

enum gh_truth
gh_cond_parent(struct gh_judge *j, const struct gh_cond *c)
{
    uint32_t parent = gh_judge_ancestor(j, j->resource, c->path);

    if (parent == GH_INPUT_NONE)
        return gh_judge_undecided(j, (struct gh_str){NULL, 0}, "the resource that it belongs to is outside the input");
    return ask_other(j, parent, c->sub);
}

/* What a child says counts only if it is surely deployed. */
static enum gh_truth
if_deployed(const struct gh_input_resource *r, enum gh_truth t)
{
    return t == GH_TRUTH_TRUE && r->is_if_deployed ? GH_TRUTH_UNKNOWN : t;
}

enum gh_truth
gh_cond_child(struct gh_judge *j, const struct gh_cond *c)
{
    enum gh_truth best = GH_TRUTH_FALSE, t;

    for (uint32_t i = gh_judge_resource(j)->first_child; i != GH_INPUT_NONE; i = j->in->resource[i].next_child) {
        const struct gh_input_resource *child = &j->in->resource[i];
        if (!gh_str_eq_ci(child->type, gh_str_z(c->path)))
            continue;
        t = if_deployed(child, ask_other(j, i, c->sub));
        if (t == GH_TRUTH_TRUE)
            return t;
        if (t == GH_TRUTH_UNKNOWN)
            best = t;
    }
    gh_judge_saw(j, gh_str_z(c->path), (struct gh_value){.node = GH_JSON_NO}, c->wanted != NULL ? c->wanted : "one in the input");
    return best;
}

/* ---- diagnostic settings ---- */

/* logs[*]: enabled, and of a category that counts. NULL: any category, or the group audit or allLogs. */
static enum gh_truth
is_log_on(struct gh_judge *j, struct gh_value log, const char *categories)
{
    enum gh_truth on = gh_value_is(gh_expr_get(j->ev, log, GH_STR("enabled")), GH_STR("true"));
    struct gh_value category = gh_expr_get(j->ev, log, GH_STR("category")),
                    group = gh_expr_get(j->ev, log, GH_STR("categoryGroup"));
    enum gh_truth counts = gh_value_is_one(group, categories == NULL ? GH_STR("audit|allLogs") : gh_str_z(categories));

    if (counts != GH_TRUTH_TRUE && gh_value_is_set(category))
        counts = categories == NULL ? gh_value_has_content(category) : gh_value_is_one(category, gh_str_z(categories));
    if (on == GH_TRUTH_FALSE || counts == GH_TRUTH_FALSE)
        return GH_TRUTH_FALSE;
    return on == GH_TRUTH_TRUE && counts == GH_TRUTH_TRUE ? GH_TRUTH_TRUE : GH_TRUTH_UNKNOWN;
}

static enum gh_truth or (enum gh_truth a, enum gh_truth b) {
    if (a == GH_TRUTH_TRUE || b == GH_TRUTH_TRUE) return GH_TRUTH_TRUE;
    return a == GH_TRUTH_UNKNOWN || b == GH_TRUTH_UNKNOWN ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
}

static enum gh_truth
has_destination(struct gh_judge *j, struct gh_value root)
{
    static const char *const paths[] = {
        "properties.workspaceId", "properties.storageAccountId", "properties.eventHubAuthorizationRuleId"};
    enum gh_truth t = GH_TRUTH_FALSE;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct gh_value v = gh_expr_path(j->ev, root, paths[i]);
        /* A reference that cannot be reduced still names something: a setting without any is refused by the service. */
        t = or (t, v.kind == GH_VALUE_UNKNOWN && v.s.n > 0 && v.s.p[0] == 'r' ? GH_TRUTH_TRUE : gh_value_has_content(v));
    }
    return t;
}

static enum gh_truth
is_setting_on(struct gh_judge *j, const struct gh_input_resource *setting, const struct gh_cond *c)
{
    struct gh_value logs = gh_expr_path(j->ev, setting->root, "properties.logs"), log;
    enum gh_truth on = logs.kind == GH_VALUE_UNKNOWN || gh_expr_is_open(logs) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
    enum gh_truth to = c->some ? GH_TRUTH_TRUE : has_destination(j, setting->root);
    uint32_t it = 0;

    while (on != GH_TRUTH_TRUE && gh_expr_each(&log, NULL, j->ev, logs, &it))
        on = or (on, is_log_on(j, log, c->value));
    if (on == GH_TRUTH_FALSE || to == GH_TRUTH_FALSE)
        return GH_TRUTH_FALSE;
    return on == GH_TRUTH_TRUE && to == GH_TRUTH_TRUE ? GH_TRUTH_TRUE : GH_TRUTH_UNKNOWN;
}

static const char diagnostic_settings[] = "Microsoft.Insights/diagnosticSettings";

enum gh_truth
gh_cond_logs(struct gh_judge *j, const struct gh_cond *c)
{
    const struct gh_input_resource *r = gh_judge_resource(j);
    enum gh_truth best = GH_TRUTH_FALSE;
    uint32_t n;

    gh_judge_saw(j, gh_str_z(diagnostic_settings), (struct gh_value){.node = GH_JSON_NO},
        c->wanted != NULL ? c->wanted : "a diagnostic setting with logs enabled and a destination");
    for (uint32_t i = r->first_child; i != GH_INPUT_NONE; i = j->in->resource[i].next_child) {
        const struct gh_input_resource *child = &j->in->resource[i];
        enum gh_truth t;
        if (!gh_str_eq_ci(child->type, gh_str_z(diagnostic_settings)))
            continue;
        t = if_deployed(child, is_setting_on(j, child, c));
        if (t == GH_TRUTH_TRUE)
            return t;
        best = or (best, t);
        j->seen.found = gh_expr_path(j->ev, child->root, "properties.logs");
    }
    if (best == GH_TRUTH_UNKNOWN)
        return gh_judge_undecided(j, gh_str_z(diagnostic_settings), "a diagnostic setting of it cannot be reduced");
    if (j->in->has_stray_setting)
        return gh_judge_undecided(
            j, gh_str_z(diagnostic_settings), "a diagnostic setting's scope cannot be reduced: it may be this one");
    (void)gh_input_of_type(&n, j->in, gh_str_z(diagnostic_settings));
    if (gh_input_is_export(j->in) && n == 0 && !r->has_children_listed)
        return gh_judge_undecided(j, gh_str_z(diagnostic_settings), "diagnostic settings are outside this export");
    return best;
}

/* ---- private endpoints ---- */

/* groupIds holds the group; when nothing is said about groups, the type has one. */
static enum gh_truth
is_of_group(struct gh_judge *j, struct gh_value groups, const char *group)
{
    enum gh_truth best = GH_TRUTH_FALSE;
    struct gh_value g;
    uint32_t it = 0;

    if (group == NULL || !gh_value_is_set(groups))
        return GH_TRUTH_TRUE;
    if (groups.kind != GH_VALUE_ARRAY || gh_expr_is_open(groups))
        return GH_TRUTH_UNKNOWN;
    while (gh_expr_each(&g, NULL, j->ev, groups, &it))
        best = or (best, gh_value_is_one(g, gh_str_z(group)));
    return best;
}

static enum gh_truth
is_connection_approved(struct gh_judge *j, struct gh_value connection, const char *group)
{
    struct gh_value status = gh_expr_path(j->ev, connection, "properties.privateLinkServiceConnectionState.status");
    enum gh_truth approved = gh_value_is(status, GH_STR("Approved"));
    enum gh_truth of_group = is_of_group(j, gh_expr_path(j->ev, connection, "properties.groupIds"), group);

    if (approved == GH_TRUTH_FALSE || of_group == GH_TRUTH_FALSE)
        return GH_TRUTH_FALSE;
    return approved == GH_TRUTH_TRUE && of_group == GH_TRUTH_TRUE ? GH_TRUTH_TRUE : GH_TRUTH_UNKNOWN;
}

enum gh_truth
gh_cond_endpoint(struct gh_judge *j, const struct gh_cond *c)
{
    const struct gh_input_resource *r = gh_judge_resource(j);
    struct gh_value list = gh_expr_path(j->ev, r->root, c->path), e;
    enum gh_truth best = gh_expr_is_open(list) ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
    uint32_t it = 0;

    gh_judge_saw(j, gh_str_z(c->path), list, c->wanted != NULL ? c->wanted : "an approved private endpoint");
    while (best != GH_TRUTH_TRUE && gh_expr_each(&e, NULL, j->ev, list, &it))
        best = or (best, is_connection_approved(j, e, c->value));
    for (uint32_t l = r->first_link; l != GH_INPUT_NONE; l = j->in->link[l].next) {
        const struct gh_link *link = &j->in->link[l];
        best = or (best, if_deployed(&j->in->resource[link->by], is_of_group(j, link->groups, c->value)));
    }
    if (best == GH_TRUTH_FALSE && j->in->has_stray_endpoint)
        return gh_judge_undecided(j, gh_str_z(c->path), "a private endpoint's target cannot be reduced: it may be this one");
    if (best == GH_TRUTH_FALSE && r->has_no_properties)
        return gh_judge_undecided(j, gh_str_z(c->path), "the export shows no properties of this resource");
    if (best == GH_TRUTH_UNKNOWN && j->seen.why == NULL)
        j->seen.why = "a private endpoint of it cannot be reduced, or is deployed under a condition";
    return best;
}
