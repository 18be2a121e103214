/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/baseline_compat.h"

const char *const gh_baseline_tool_words[GH_TOOL_COUNT] = {"", "psrule", "checkov", "policy"};
const char *const gh_baseline_tool_names[GH_TOOL_COUNT] = {"", "PSRule for Azure", "Checkov", "Azure Policy"};

enum gh_tool
gh_baseline_tool(const char *word)
{
    for (int t = GH_TOOL_PSRULE; word != NULL && t < GH_TOOL_COUNT; t++)
        if (strcmp(word, gh_baseline_tool_words[t]) == 0)
            return (enum gh_tool)t;
    return GH_TOOL_NONE;
}

const char *
gh_baseline_relation(char relation)
{
    return relation == '='   ? "same condition"
           : relation == '>' ? "ours is stricter"
           : relation == 't' ? "Terraform only"
                             : "overlaps";
}

void
gh_baseline_compat_put(struct gh_jsonw *w, const struct gh_report *rep, const struct gh_report_result *r)
{
    enum gh_tool tool = gh_baseline_tool(rep->compat);
    struct gh_input *in = &rep->file[r->file]->input;

    if (tool == GH_TOOL_NONE)
        return;
    gh_jsonw_key(w, "compat");
    gh_jsonw_arr(w);
    for (const struct gh_equal *e = r->r.rule->equal; e != NULL && e->tool != GH_TOOL_NONE; e++) {
        struct gh_evidence seen;
        enum gh_outcome outcome;
        if (e->tool != tool || e->relation == 't')
            continue;
        outcome = r->r.resource == GH_INPUT_NONE ? e->relation == '=' ? r->r.outcome : GH_OUTCOME_NONE
                                                 : gh_judge_ask(&seen, in, rep->config, r->r.rule, r->r.resource, e);
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "id", gh_str_z(e->id));
        gh_jsonw_kstr(w, "outcome", gh_str_z(outcome == GH_OUTCOME_NONE ? "not judged" : gh_outcome_names[outcome]));
        if (outcome == GH_OUTCOME_NONE && e->difference != NULL)
            gh_jsonw_kstr(w, "difference", gh_str_z(e->difference));
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}
