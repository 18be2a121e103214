/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline_policy: `baseline scan --policy`: assignments of Azure Policy for what fails, as an array of resources. An assignment whose definition is
 * known by the beginning of its id alone says so, and how to find it: nothing is made up.
 */
#include "baseline/policy_id.h"
#include "cli/baseline_out.h"
#include "wire/json.h"

#define PIECE_BYTES_MAX 8192

/* Does some unwaived fail of the report name this definition? */
static bool
is_wanted(const struct gh_report *rep, const struct gh_rule *rule)
{
    for (size_t i = 0; i < rep->n; i++)
        if (rep->result[i].r.rule == rule && rep->result[i].r.outcome == GH_OUTCOME_FAIL && !gh_report_is_waived(&rep->result[i]))
            return true;
    return false;
}

static bool
names(const struct gh_rule *rule, const char *id)
{
    for (const struct gh_equal *e = rule->equal; e != NULL && e->tool != GH_TOOL_NONE; e++)
        if (e->tool == GH_TOOL_POLICY && strcmp(e->id, id) == 0)
            return true;
    return false;
}

/* An earlier wanted rule has written this assignment. */
static bool
was_written(const bool *wanted, size_t before, const char *id)
{
    for (size_t i = 0; i < before; i++)
        if (wanted[i] && names(gh_rule_at(i), id))
            return true;
    return false;
}

static void
put_text(struct gh_jsonw *w, const char *key, const char *a, const char *b)
{
    char mem[512];
    int n = snprintf(mem, sizeof mem, "%s%s", a, b);

    gh_jsonw_kstr(w, key, gh_str(mem, n < 0 ? 0 : (size_t)n < sizeof mem ? (size_t)n : sizeof mem - 1));
}

static void
put_rules(struct gh_jsonw *w, const bool *wanted, const char *id)
{
    const struct gh_rule *rule;

    gh_jsonw_key(w, "rules");
    gh_jsonw_arr(w);
    for (size_t i = 0; (rule = gh_rule_at(i)) != NULL; i++)
        if (wanted[i] && names(rule, id))
            gh_jsonw_str(w, gh_str_z(rule->id));
    gh_jsonw_end(w, ']');
}

static void
put_assignment(struct gh_jsonw *w, const bool *wanted, const struct gh_rule *rule, const struct gh_equal *e)
{
    const char *id = gh_policy_id_find(e->id);
    char query[128];

    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "type", GH_STR("Microsoft.Authorization/policyAssignments"));
    gh_jsonw_kstr(w, "apiVersion", GH_STR("2024-04-01"));
    put_text(w, "name", "gh-", e->id);
    gh_jsonw_key(w, "properties");
    gh_jsonw_obj(w);
    put_text(w, "displayName", "Gatehouse: ", rule->title);
    if (id != NULL) {
        put_text(w, "policyDefinitionId", "/providers/Microsoft.Authorization/policyDefinitions/", id);
    } else {
        gh_jsonw_key(w, "policyDefinitionId");
        gh_jsonw_null(w);
    }
    gh_jsonw_key(w, "metadata");
    gh_jsonw_obj(w);
    put_rules(w, wanted, e->id);
    gh_jsonw_kstr(w, "relation", gh_str(&e->relation, 1));
    if (e->difference != NULL)
        gh_jsonw_kstr(w, "difference", gh_str_z(e->difference));
    if (id == NULL) {
        (void)snprintf(query, sizeof query, "az policy definition list --query \"[?starts_with(name, '%s')].id\" -o tsv", e->id);
        gh_jsonw_kstr(w, "definitionIdBeginsWith", gh_str_z(e->id));
        gh_jsonw_kstr(w, "lookUp", gh_str_z(query));
    }
    for (int i = 0; i < 3; i++)
        gh_jsonw_end(w, '}');
}

void
gh_baseline_out_policy(FILE *f, struct gh_report *rep)
{
    static char mem[PIECE_BYTES_MAX];
    static bool wanted[512];
    const struct gh_rule *rule;
    bool is_first = true;

    for (size_t i = 0; (rule = gh_rule_at(i)) != NULL && i < sizeof wanted; i++)
        wanted[i] = is_wanted(rep, rule);
    fputs("[", f);
    for (size_t i = 0; (rule = gh_rule_at(i)) != NULL && i < sizeof wanted; i++) {
        for (const struct gh_equal *e = wanted[i] ? rule->equal : NULL; e != NULL && e->tool != GH_TOOL_NONE; e++) {
            struct gh_jsonw w;
            struct gh_buf b;
            if (e->tool != GH_TOOL_POLICY || was_written(wanted, i, e->id))
                continue;
            gh_buf_init_fixed(&b, mem, sizeof mem);
            gh_jsonw_init(&w, &b);
            put_assignment(&w, wanted, rule, e);
            fprintf(f, "%s%.*s", is_first ? "\n  " : ",\n  ", (int)gh_buf_str(&b).n, gh_buf_str(&b).p);
            is_first = false;
        }
    }
    fputs("\n]\n", f);
}
