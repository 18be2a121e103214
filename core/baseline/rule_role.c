/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/rule_role.h"

#include "baseline/rule_part.h"

/* ---- scopes ---- */

enum scope { SCOPE_UNKNOWN = 0, SCOPE_RESOURCE, SCOPE_GROUP, SCOPE_SUBSCRIPTION, SCOPE_WIDER };

/* What a whole id names: /subscriptions/S, /subscriptions/S/resourceGroups/G, /providers/Microsoft.Management/managementGroups/M, a resource. */
static enum scope
scope_of_id(struct gh_str s)
{
    struct gh_str rest = s, part, parts[5] = {{NULL, 0}};
    size_t n = 0;

    if (s.n > 0 && s.p[0] != '/') /* "Microsoft.X/type/name", as expressions name a resource */
        return gh_str_eq_ci(gh_str_sub(s, 0, 10), GH_STR("Microsoft.")) && gh_str_find(s, GH_STR("managementGroups/")) == SIZE_MAX
                   ? SCOPE_RESOURCE
                   : SCOPE_UNKNOWN;
    while (n < 5 && gh_str_cut(&part, &rest, '/'))
        if (part.n > 0)
            parts[n++] = part;
    if (n == 0)
        return s.n > 0 ? SCOPE_WIDER : SCOPE_UNKNOWN;
    if (gh_str_eq_ci(parts[0], GH_STR("providers")))
        return n >= 2 && gh_str_eq_ci(parts[1], GH_STR("Microsoft.Management")) ? SCOPE_WIDER : SCOPE_RESOURCE;
    if (!gh_str_eq_ci(parts[0], GH_STR("subscriptions")))
        return SCOPE_UNKNOWN;
    if (n == 2)
        return SCOPE_SUBSCRIPTION;
    if (n >= 3 && gh_str_eq_ci(parts[2], GH_STR("resourceGroups")))
        return n == 4 ? SCOPE_GROUP : n == 5 ? SCOPE_RESOURCE : SCOPE_UNKNOWN;
    return n >= 3 ? SCOPE_RESOURCE : SCOPE_UNKNOWN;
}

/* The id of an assignment without "/providers/Microsoft.Authorization/roleAssignments/x". */
static struct gh_str
scope_part(struct gh_str id)
{
    for (size_t at = 0; at < id.n; at++)
        if (gh_str_eq_ci(gh_str_sub(id, at, 35), GH_STR("/providers/Microsoft.Authorization/")))
            return at == 0 ? GH_STR("/") : gh_str_sub(id, 0, at);
    return (struct gh_str){NULL, 0};
}

/* What the template that it stands in is deployed to. */
static enum scope
scope_of_template(struct gh_judge *j, uint32_t template)
{
    const struct gh_template *t = &j->in->template[template];
    struct gh_value schema = gh_expr_get(j->ev, gh_expr_node(j->ev, t->scope->doc, t->root, NULL), GH_STR("$schema"));

    if (gh_value_holds(schema, GH_STR("subscriptionDeploymentTemplate")) == GH_TRUTH_TRUE)
        return SCOPE_SUBSCRIPTION;
    if (gh_value_holds(schema, GH_STR("managementGroupDeploymentTemplate")) == GH_TRUTH_TRUE ||
        gh_value_holds(schema, GH_STR("tenantDeploymentTemplate")) == GH_TRUTH_TRUE)
        return SCOPE_WIDER;
    return SCOPE_GROUP;
}

/* The scope that is written out, if any: `scope`, `properties.scope`, or in the id of an export. */
static struct gh_value
written_scope(struct gh_judge *j, const struct gh_input_resource *r)
{
    struct gh_value v = gh_expr_get(j->ev, r->root, GH_STR("scope"));

    if (!gh_value_is_set(v))
        v = gh_expr_path(j->ev, r->root, "properties.scope");
    if (!gh_value_is_set(v) && gh_input_is_export(j->in)) {
        struct gh_value id = gh_expr_get(j->ev, r->root, GH_STR("id"));
        struct gh_str s = id.kind == GH_VALUE_STR ? scope_part(id.s) : (struct gh_str){NULL, 0};
        return s.n > 0 ? gh_value_str(s) : (struct gh_value){.node = GH_JSON_NO};
    }
    return v;
}

static enum scope
scope_of(struct gh_judge *j, uint32_t resource)
{
    const struct gh_input_resource *r = &j->in->resource[resource];
    struct gh_value v = written_scope(j, r);
    enum scope s = SCOPE_UNKNOWN;

    gh_judge_saw(j, GH_STR("scope"), v, NULL);
    if (v.kind == GH_VALUE_STR)
        s = scope_of_id(v.s);
    if (s == SCOPE_UNKNOWN && (r->parent != GH_INPUT_NONE || gh_str_find(r->type, GH_STR("/providers/")) != SIZE_MAX))
        return SCOPE_RESOURCE;
    if (s != SCOPE_UNKNOWN || gh_value_is_set(v) || gh_input_is_export(j->in))
        return s;
    return scope_of_template(j, r->template);
}

/* The assignment is on an account or workspace: by its parent, or by the text of its scope. */
static enum gh_truth
is_on_model(struct gh_judge *j)
{
    static const struct gh_str types[] = {
        GH_STR_INIT("Microsoft.CognitiveServices/accounts"), GH_STR_INIT("Microsoft.MachineLearningServices/workspaces")};
    const struct gh_input_resource *r = gh_judge_resource(j);
    struct gh_str text = r->type;

    if (r->parent != GH_INPUT_NONE) {
        text = j->in->resource[r->parent].type;
    } else if (gh_str_find(r->type, GH_STR("/providers/")) == SIZE_MAX) {
        struct gh_value v = written_scope(j, r);
        if (v.kind == GH_VALUE_UNKNOWN)
            return GH_TRUTH_UNKNOWN;
        text = v.kind == GH_VALUE_STR ? v.s : (struct gh_str){NULL, 0};
    }
    for (size_t at = 0; at < text.n; at++)
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
            if (gh_str_eq_ci(gh_str_sub(text, at, types[i].n), types[i]))
                return GH_TRUTH_TRUE;
    return GH_TRUTH_FALSE;
}

enum gh_truth
gh_rule_role_scope_is(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    enum scope s;

    (void)at;
    if (gh_str_eq(gh_str_z(c->value), GH_STR("model")))
        return is_on_model(j);
    s = scope_of(j, j->resource);
    return s == SCOPE_UNKNOWN ? GH_TRUTH_UNKNOWN : gh_truth(s >= SCOPE_GROUP);
}

enum gh_truth
gh_rule_role_is_subscription(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    (void)j;
    (void)c;
    if (at.kind == GH_VALUE_UNKNOWN)
        return GH_TRUTH_UNKNOWN;
    return gh_truth(at.kind == GH_VALUE_STR && scope_of_id(at.s) >= SCOPE_SUBSCRIPTION);
}

/* ---- roles, by the first eight digits of their ids ---- */

enum { ROLE_ADMINISTRATOR = 1, ROLE_CONTRIBUTOR = 2, ROLE_CALLER = 4, ROLE_OTHER = 8 };

static const struct {
    const char *id;
    uint32_t kind;
    const char *name;
} roles[] = {
    {"8e3af657", ROLE_ADMINISTRATOR, "Owner"},
    {"18d7d88d", ROLE_ADMINISTRATOR, "User Access Administrator"},
    {"f58310d9", ROLE_ADMINISTRATOR, "Role Based Access Control Administrator"},
    {"b24988ac", ROLE_CONTRIBUTOR, "Contributor"},
    {"acdd72a7", ROLE_CALLER, "Reader"},
    {"5e0bd9bd", ROLE_CALLER, "Cognitive Services OpenAI User"},
    {"a97b65f3", ROLE_CALLER, "Cognitive Services User"},
    {"f6c7c914", ROLE_CALLER, "AzureML Data Scientist"},
    {"b59867f0", ROLE_CALLER, "Cognitive Services Data Reader"},
    {"bba48692", ROLE_CALLER, "Cognitive Services Usages Reader"},
    {"f2dc8367", ROLE_CALLER, "Cognitive Services Speech User"},
    {"7628b7b8", ROLE_CALLER, "Cognitive Services Language Reader"},
    {"93586559", ROLE_CALLER, "Cognitive Services Custom Vision Reader"},
    {"53ca6127", ROLE_CALLER, "Azure AI User"},
    {"1823dd4f", ROLE_CALLER, "AzureML Registry User"},
    {"a001fd3d", ROLE_OTHER, "Cognitive Services OpenAI Contributor"},
    {"25fbc0a9", ROLE_OTHER, "Cognitive Services Contributor"},
    {"64702f94", ROLE_OTHER, "Azure AI Developer"},
    {"e503ece1", ROLE_OTHER, "AzureML Compute Operator"},
};

static uint32_t
kind_of_name(struct gh_value name)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (gh_value_is(name, gh_str_z(roles[i].name)) == GH_TRUTH_TRUE)
            return roles[i].kind;
    if (name.kind != GH_VALUE_STR || name.is_opaque)
        return 0;
    return gh_str_glob_ci(GH_STR("* User"), name.s) || gh_str_glob_ci(GH_STR("*Reader"), name.s) ||
                   gh_str_glob_ci(GH_STR("*Data Scientist"), name.s)
               ? ROLE_CALLER
               : ROLE_OTHER;
}

/* A role of the table, or a custom one of the input by its name; 0: not known. */
static uint32_t
kind_of(struct gh_judge *j, const struct gh_input_resource *r, bool *is_decided)
{
    struct gh_value id = gh_rule_part_last(gh_expr_path(j->ev, r->root, "properties.roleDefinitionId")), name;
    uint32_t n;
    const uint32_t *list = gh_input_of_type(&n, j->in, GH_STR("Microsoft.Authorization/roleDefinitions"));

    *is_decided = true;
    if (!gh_value_is_set(id)) {
        name = gh_expr_path(j->ev, r->root, "properties.roleDefinitionName");
        if (!gh_value_is_set(name))
            name = gh_expr_get(j->ev, r->root, GH_STR("roleDefinitionName"));
        *is_decided = gh_value_is_set(name);
        return kind_of_name(name);
    }
    for (size_t i = 0; i < sizeof roles / sizeof roles[0] && id.kind == GH_VALUE_STR; i++)
        if (gh_str_eq_ci(gh_str_sub(id.s, 0, 8), gh_str_z(roles[i].id)))
            return roles[i].kind;
    for (uint32_t i = 0; i < n; i++)
        if (gh_value_same(gh_rule_part_last(j->in->resource[list[i]].name), id, true) == GH_TRUTH_TRUE)
            return kind_of_name(gh_expr_path(j->ev, j->in->resource[list[i]].root, "properties.roleName"));
    *is_decided = id.kind == GH_VALUE_STR && !id.is_opaque;
    return 0;
}

enum gh_truth
gh_rule_role_is(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_str what = gh_str_z(c->value);
    uint32_t asked = gh_str_eq(what, GH_STR("administrator")) ? ROLE_ADMINISTRATOR
                     : gh_str_eq(what, GH_STR("contributor")) ? ROLE_CONTRIBUTOR
                                                              : ROLE_CALLER;
    struct gh_str path = GH_STR("properties.roleDefinitionId");
    bool is_decided;
    uint32_t kind = kind_of(j, gh_judge_resource(j), &is_decided);

    gh_judge_saw(j, path, gh_expr_path(j->ev, at, "properties.roleDefinitionId"),
        asked == ROLE_CALLER        ? "a User, Reader or Data Scientist role"
        : asked == ROLE_CONTRIBUTOR ? "Contributor"
                                    : "Owner, User Access Administrator or Role Based Access Control Administrator");
    if (!is_decided)
        return gh_rule_part_undecided(j, path, "the role cannot be reduced");
    if (kind == 0 && asked == ROLE_CALLER)
        return gh_rule_part_undecided(j, path, "what this role may do is outside the input");
    return gh_truth(kind == asked);
}

/* ---- how many own a subscription ---- */

#define SCOPES_MAX 64

struct owners {
    struct gh_str scope; /* empty: that of the template                      */
    uint32_t template;
    uint32_t resource; /* the subscription itself, when the input lists it */
    int64_t sure, perhaps;
};

struct tally {
    struct owners list[SCOPES_MAX];
    size_t n;
    int64_t wider, wider_perhaps; /* of management groups: they own each subscription below */
};

static struct owners *
owners_of(struct tally *t, struct gh_str scope, uint32_t template)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->list[i].template == template && gh_str_eq_ci(t->list[i].scope, scope))
            return &t->list[i];
    if (t->n == SCOPES_MAX)
        return NULL;
    t->list[t->n] = (struct owners){.scope = scope, .template = template, .resource = GH_INPUT_NONE};
    return &t->list[t->n++];
}

static void
report_owners(struct gh_judge *j, const struct owners *o, int64_t max)
{
    struct gh_str path = o->scope.n > 0 ? gh_judge_path(j, "", o->scope) : GH_STR("subscription");

    j->resource = o->resource;
    gh_judge_saw(j, path, gh_value_int(o->sure), "at most as many owners as configured (ownersMax)");
    if (o->sure > max) {
        gh_judge_report(j, GH_OUTCOME_FAIL);
    } else if (o->sure + o->perhaps > max) {
        gh_rule_part_undecided(j, path, "the role of some assignments cannot be reduced");
        gh_judge_report(j, GH_OUTCOME_UNKNOWN);
    } else {
        gh_judge_report(j, GH_OUTCOME_PASS);
    }
    j->resource = GH_INPUT_NONE;
}

static bool
is_owner(struct gh_judge *j, const struct gh_input_resource *r)
{
    struct gh_value id = gh_rule_part_last(gh_expr_path(j->ev, r->root, "properties.roleDefinitionId"));
    struct gh_value name = gh_expr_path(j->ev, r->root, "properties.roleDefinitionName");

    return gh_value_begins(id, GH_STR("8e3af657")) == GH_TRUTH_TRUE || gh_value_is(name, GH_STR("Owner")) == GH_TRUTH_TRUE;
}

/* An export may list the subscription with what belongs to it: then it is named, with or without owners. */
static void
add_subscriptions(struct tally *t, struct gh_judge *j)
{
    uint32_t n;
    const uint32_t *list = gh_input_of_type(&n, j->in, GH_STR("Microsoft.Subscription"));

    for (uint32_t i = 0; i < n; i++) {
        struct owners *o = owners_of(t, j->in->resource[list[i]].id, 0);
        if (o != NULL)
            o->resource = list[i];
    }
}

static void
add_assignment(struct tally *t, struct gh_judge *j, uint32_t index)
{
    const struct gh_input_resource *r = &j->in->resource[index];
    enum scope s = scope_of(j, index);
    struct gh_value scope = written_scope(j, r);
    bool is_text = scope.kind == GH_VALUE_STR, is_decided;
    uint32_t kind;
    struct owners *o;

    if (r->is_existing || s < SCOPE_SUBSCRIPTION)
        return;
    kind = kind_of(j, r, &is_decided);
    if (s == SCOPE_WIDER) {
        t->wider += kind == ROLE_ADMINISTRATOR && is_owner(j, r);
        t->wider_perhaps += !is_decided;
        return;
    }
    o = owners_of(t, is_text ? scope.s : (struct gh_str){NULL, 0}, is_text ? 0 : r->template);
    if (o == NULL)
        return;
    o->sure += kind == ROLE_ADMINISTRATOR && is_owner(j, r);
    o->perhaps += !is_decided;
}

void
gh_rule_role_owners(struct gh_judge *j)
{
    uint32_t n;
    const uint32_t *list = gh_input_of_type(&n, j->in, GH_STR("Microsoft.Authorization/roleAssignments"));
    struct tally t = {.n = 0};
    int64_t max = 0;

    if (!gh_config_number(&max, j->config, GH_STR("ownersMax")))
        return;
    add_subscriptions(&t, j);
    for (uint32_t i = 0; i < n; i++)
        add_assignment(&t, j, list[i]);
    for (size_t i = 0; i < t.n; i++) {
        t.list[i].sure += t.wider;
        t.list[i].perhaps += t.wider_perhaps;
        report_owners(j, &t.list[i], max);
    }
}
