/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/rule_template.h"

#include "baseline/rule_part.h"

static bool
glob_one(struct gh_str s, const char *const *patterns)
{
    for (; *patterns != NULL; patterns++)
        if (gh_str_glob_ci(gh_str_z(*patterns), s))
            return true;
    return false;
}

/* The name says that the value is a secret, not something about one. */
static bool
is_secret_name(struct gh_str name)
{
    static const char *const like[] = {"*password*", "*secret*", "*token*", "*connectionstring*", "*key", "*keys", NULL};
    static const char *const exempt[] = {"*name", "*names", "*uri", "*url", "*path", "*type", "*id", "*ids", "*version", "*options",
        "*publickey", "*publickeys", "customermanagedkey", "*interval", "*length", "*limit", "*lifetime", "*expiry", "*expiration",
        "*days", "*minutes", "*endpoint", "*enabled", "*algorithm", "*size", "*count", "*rotation*", "*provider*", "*secretref*",
        "*disablepassword*", "*sync*passwords*", "*keyvault*path", NULL};

    return glob_one(name, like) && !glob_one(name, exempt);
}

/* ---- sections of a template, as they are written ---- */

static struct gh_value
section(struct gh_judge *j, const char *name)
{
    const struct gh_template *t = &j->in->template[j->template];

    return gh_expr_get(j->ev, gh_expr_node(j->ev, t->scope->doc, t->root, NULL), gh_str_z(name));
}

/* A parameter's type; of `$ref: #/definitions/X`, X's. */
static struct gh_value
type_of(struct gh_judge *j, struct gh_value parameter)
{
    struct gh_value type = gh_expr_get(j->ev, parameter, GH_STR("type")), ref = gh_expr_get(j->ev, parameter, GH_STR("$ref"));

    if (gh_value_is_set(type) || ref.kind != GH_VALUE_STR || !gh_str_starts(ref.s, GH_STR("#/definitions/")))
        return type;
    return gh_expr_get(j->ev, gh_expr_get(j->ev, section(j, "definitions"), gh_str_sub(ref.s, 14, SIZE_MAX)), GH_STR("type"));
}

/* Absent, empty, or newGuid(). */
static bool
is_harmless(struct gh_value v)
{
    char text[16];
    size_t n = 0;

    if (gh_value_has_content(v) == GH_TRUTH_FALSE)
        return true;
    for (size_t i = 0; v.kind == GH_VALUE_STR && i < v.s.n; i++) {
        if (v.s.p[i] == ' ')
            continue;
        if (n == sizeof text)
            return false;
        text[n++] = v.s.p[i];
    }
    return gh_str_eq_ci(gh_str(text, n), GH_STR("[newGuid()]"));
}

void
gh_rule_template_secure_defaults(struct gh_judge *j)
{
    struct gh_value parameters = section(j, "parameters"), p;
    struct gh_str name;
    uint32_t it = 0;

    while (gh_expr_each(&p, &name, j->ev, parameters, &it)) {
        struct gh_value value = gh_expr_get(j->ev, p, GH_STR("defaultValue"));
        if (gh_value_is_one(type_of(j, p), GH_STR("secureString|secureObject")) != GH_TRUTH_TRUE)
            continue;
        gh_judge_saw(j, gh_judge_path(j, "parameters.", name), value, "no default, an empty one, or newGuid()");
        gh_judge_report(j, is_harmless(value) ? GH_OUTCOME_PASS : GH_OUTCOME_FAIL);
    }
}

void
gh_rule_template_secret_names(struct gh_judge *j)
{
    struct gh_value parameters = section(j, "parameters"), p;
    struct gh_str name;
    uint32_t it = 0;

    while (gh_expr_each(&p, &name, j->ev, parameters, &it)) {
        struct gh_value type = type_of(j, p);
        if (!is_secret_name(name) || gh_value_is_one(type, GH_STR("string|secureString")) != GH_TRUTH_TRUE)
            continue;
        gh_judge_saw(j, gh_judge_path(j, "parameters.", name), type, "secureString");
        gh_judge_report(j, gh_value_is(type, GH_STR("secureString")) == GH_TRUTH_TRUE ? GH_OUTCOME_PASS : GH_OUTCOME_FAIL);
    }
}

/* ---- outputs ---- */

static bool
is_literal_key(struct gh_value v, struct gh_str name)
{
    static const char *const like[] = {"*AccountKey=*", "*SharedAccessKey=*", "*Password=*", "*sig=*", NULL};

    if (v.kind != GH_VALUE_STR || v.is_expr || v.s.n == 0)
        return false;
    return is_secret_name(name) || glob_one(v.s, like);
}

/* The output's value: with its members, some secret or a literal key. *found is it. */
static bool
gives_secret(struct gh_value *found, struct gh_judge *j, struct gh_value v, struct gh_str name)
{
    struct gh_rule_walk w;

    gh_rule_walk_init(&w, v);
    w.enter_expr = true;
    do {
        struct gh_str key = gh_rule_walk_key(&w, 0);
        *found = w.v;
        if (w.v.is_secret || is_literal_key(w.v, key.n > 0 ? key : name))
            return true;
    } while (gh_rule_walk_next(&w, j->ev));
    *found = v;
    return false;
}

void
gh_rule_template_outputs(struct gh_judge *j)
{
    const struct gh_template *t = &j->in->template[j->template];
    struct gh_value outputs = gh_expr_get(j->ev, gh_expr_node(j->ev, t->scope->doc, t->root, t->scope->base), GH_STR("outputs")), o,
                    found;
    struct gh_str name;
    uint32_t it = 0;

    while (gh_expr_each(&o, &name, j->ev, outputs, &it)) {
        bool is_given;
        if (gh_value_is(gh_expr_get(j->ev, o, GH_STR("condition")), GH_STR("false")) == GH_TRUTH_TRUE)
            continue;
        is_given = gives_secret(&found, j, gh_expr_get(j->ev, o, GH_STR("value")), name);
        gh_judge_saw(j, gh_judge_path(j, "outputs.", name), found, "no secret");
        gh_judge_report(j, is_given ? GH_OUTCOME_FAIL : GH_OUTCOME_PASS);
    }
}

/* ---- literals in properties ---- */

static bool
is_credential_key(struct gh_str key)
{
    static const struct gh_str keys[] = {GH_STR_INIT("key"), GH_STR_INIT("apiKey"), GH_STR_INIT("secret"), GH_STR_INIT("password"),
        GH_STR_INIT("connectionString"), GH_STR_INIT("sasToken")};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (gh_str_eq_ci(key, keys[i]))
            return true;
    return false;
}

/* Members of a resource that have rules of their own, or are no properties. */
static bool
is_left_out(const struct gh_rule_walk *w, bool is_deployment)
{
    static const struct gh_str keys[] = {
        GH_STR_INIT("tags"), GH_STR_INIT("resources"), GH_STR_INIT("copy"), GH_STR_INIT("metadata")};
    struct gh_str key = gh_rule_walk_key(w, 0);

    for (size_t i = 0; w->depth == 1 && i < sizeof keys / sizeof keys[0]; i++)
        if (gh_str_eq_ci(key, keys[i]))
            return true;
    return is_deployment && w->depth == 2 && gh_str_eq_ci(key, GH_STR("template"));
}

enum gh_truth
gh_rule_template_has_no_literal(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    static const char wanted[] = "no literal: a secure parameter or a vault reference";
    struct gh_str type = gh_judge_resource(j)->type;
    bool is_secret = gh_str_eq_ci(type, GH_STR("Microsoft.KeyVault/vaults/secrets"));
    bool is_deployment = gh_str_eq_ci(type, GH_STR("Microsoft.Resources/deployments"));
    struct gh_rule_walk w;

    (void)c;
    gh_judge_saw(j, GH_STR(""), (struct gh_value){.node = GH_JSON_NO}, wanted);
    gh_rule_walk_init(&w, at);
    while (gh_rule_walk_next(&w, j->ev)) {
        struct gh_str key = gh_rule_walk_key(&w, 0);
        bool is_value = gh_str_eq_ci(key, GH_STR("value"));
        if (is_left_out(&w, is_deployment)) {
            w.is_skipped = true;
            continue;
        }
        if (!is_credential_key(key) && !(is_value && is_secret && w.depth == 2) &&
            !(is_value && is_deployment && is_credential_key(gh_rule_walk_key(&w, 1))))
            continue;
        if (w.v.kind != GH_VALUE_STR || w.v.is_expr || w.v.s.n == 0)
            continue;
        gh_judge_saw(j, gh_rule_walk_path(j, &w, ""), w.v, wanted);
        return GH_TRUTH_FALSE;
    }
    return w.is_cut ? gh_rule_part_undecided(j, GH_STR("properties"), "nested too deeply to be read") : GH_TRUTH_TRUE;
}

/* ---- nested deployments ---- */

enum gh_truth
gh_rule_template_is_outer(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_value scope = gh_expr_path(j->ev, at, "properties.expressionEvaluationOptions.scope");

    (void)c;
    gh_judge_saw(j, GH_STR("properties.expressionEvaluationOptions.scope"), scope, "inner");
    if (!gh_value_is_set(gh_expr_path(j->ev, at, "properties.template")))
        return GH_TRUTH_FALSE;
    return gh_value_is_set(scope) ? gh_rule_part_not(gh_value_is(scope, GH_STR("inner"))) : GH_TRUTH_TRUE;
}

enum gh_truth
gh_rule_template_hides_secrets(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    struct gh_rule_walk w;

    (void)c;
    gh_judge_saw(j, GH_STR("properties.expressionEvaluationOptions.scope"),
        gh_expr_path(j->ev, at, "properties.expressionEvaluationOptions.scope"), "inner, or no secret in the template");
    gh_rule_walk_init(&w, gh_expr_path(j->ev, at, "properties.template"));
    w.enter_expr = true;
    while (gh_rule_walk_next(&w, j->ev)) {
        if (!w.v.is_secret)
            continue;
        gh_judge_saw(j, gh_rule_walk_path(j, &w, "properties.template"), w.v, "inner scope, where secrets are parameters");
        return GH_TRUTH_FALSE;
    }
    return w.is_cut ? gh_rule_part_undecided(j, GH_STR("properties.template"), "nested too deeply to be read") : GH_TRUTH_TRUE;
}

/* ---- tags and regions ---- */

enum gh_truth
gh_rule_template_has_tags(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    const struct gh_config_list *list = gh_config_list(j->config, gh_str_z(c->value));
    struct gh_value tags = gh_rule_part_at(j, c, at);
    enum gh_truth all = GH_TRUTH_TRUE;

    for (uint32_t i = 0; list != NULL && i < list->n; i++) {
        struct gh_value tag = gh_expr_get(j->ev, tags, list->item[i]);
        enum gh_truth t = gh_value_has_content(tag);
        if (tag.kind == GH_VALUE_UNKNOWN && tags.kind == GH_VALUE_OBJECT && !gh_expr_is_open(tags))
            t = GH_TRUTH_TRUE; /* it is there, whatever its value */
        if (t != GH_TRUTH_TRUE && all == GH_TRUTH_TRUE)
            gh_judge_saw(j, gh_judge_path(j, "tags.", list->item[i]), tag, "set");
        all = gh_rule_part_and(all, t);
    }
    return all;
}

/* "West Europe" and "westeurope" are the same. */
static bool
is_same_region(struct gh_str a, struct gh_str b)
{
    size_t i = 0, k = 0;

    for (;;) {
        while (i < a.n && a.p[i] == ' ')
            i++;
        while (k < b.n && b.p[k] == ' ')
            k++;
        if (i == a.n || k == b.n)
            return i == a.n && k == b.n;
        if (!gh_str_eq_ci(gh_str_sub(a, i++, 1), gh_str_sub(b, k++, 1)))
            return false;
    }
}

enum gh_truth
gh_rule_template_region_is_allowed(struct gh_judge *j, const struct gh_cond *c, struct gh_value at)
{
    const struct gh_config_list *list = gh_config_list(j->config, gh_str_z(c->value));
    struct gh_value location = gh_rule_part_at(j, c, at);

    j->seen.wanted = GH_STR("a region of the configured list allowedRegions");
    if (location.kind != GH_VALUE_STR || location.is_opaque)
        return GH_TRUTH_UNKNOWN;
    if (gh_str_eq_ci(location.s, GH_STR("global")))
        return GH_TRUTH_TRUE;
    for (uint32_t i = 0; list != NULL && i < list->n; i++)
        if (is_same_region(list->item[i], location.s))
            return GH_TRUTH_TRUE;
    return GH_TRUTH_FALSE;
}
