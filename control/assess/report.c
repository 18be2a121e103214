/* SPDX-License-Identifier: Apache-2.0 */
/* control/assess: every rule in its turn, and the report that is kept. */
#include "control/assess/assess.h"

#include "base/codec.h"

static void
put_result(struct gh_assess *as, const struct gh_rule *rule, enum gh_outcome outcome, struct gh_str path, struct gh_str found)
{
    struct gh_jsonw *w = &as->w;

    gh_jsonw_obj(w);
    gh_jsonw_kstr(w, "rule", gh_str_z(rule->id));
    gh_jsonw_kstr(w, "title", gh_str_z(rule->title));
    gh_jsonw_kstr(w, "severity", gh_str_z(gh_severity_names[rule->severity]));
    gh_jsonw_kstr(w, "resource", path);
    gh_jsonw_kstr(w, "outcome", gh_str_z(gh_outcome_names[outcome]));
    gh_jsonw_kstr(w, "found", found);
    if (as->row->wanted != NULL)
        gh_jsonw_kstr(w, "wanted", gh_str_z(as->row->wanted));
    gh_jsonw_kwords(w, "controls", rule->control);
    gh_jsonw_end(w, '}');
}

void
gh_assess_tell(struct gh_assess *as, enum gh_outcome outcome, struct gh_str path, struct gh_str found)
{
    const struct gh_rule *rule = gh_rule_find(gh_str_z(as->row->id));

    as->n[outcome]++;
    if ((outcome == GH_OUTCOME_FAIL || outcome == GH_OUTCOME_UNKNOWN) && as->n[outcome] <= GH_ASSESS_FAILS_MAX)
        put_result(as, rule, outcome, path, found);
}

static struct gh_str
counted(struct gh_assess *as, uint64_t n, const char *words)
{
    struct gh_buf b;

    gh_buf_init(&b, as->a, 200);
    gh_buf_put_u64(&b, n);
    gh_buf_putz(&b, words);
    return gh_buf_str(&b);
}

/* What the objects together make of the rule: one fail is a fail, one unknown is no pass. */
static enum gh_outcome
whole(const uint64_t n[GH_OUTCOME_COUNT])
{
    static const enum gh_outcome order[] = {GH_OUTCOME_FAIL, GH_OUTCOME_UNKNOWN, GH_OUTCOME_PASS};

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        if (n[order[i]] > 0)
            return order[i];
    return GH_OUTCOME_NA;
}

static enum gh_rc
judge_row(struct gh_assess *as, const struct gh_assess_row *row)
{
    const struct gh_rule *rule = gh_rule_find(gh_str_z(row->id));
    enum gh_outcome outcome;
    enum gh_rc rc;

    if (rule == NULL)
        return GH_BUG;
    as->row = row;
    memset(as->n, 0, sizeof(as->n));
    if (row->judge != NULL && (rc = row->judge(as)) != GH_OK)
        return rc;
    outcome = whole(as->n);
    as->rules[outcome]++;
    if (outcome == GH_OUTCOME_NA)
        put_result(
            as, rule, outcome, GH_STR("/"), gh_str_z(row->missing != NULL ? row->missing : "there is nothing that it is about"));
    if (outcome == GH_OUTCOME_PASS)
        put_result(as, rule, outcome, GH_STR("/"), counted(as, as->n[GH_OUTCOME_PASS], " looked at, all well"));
    if (as->n[GH_OUTCOME_FAIL] > GH_ASSESS_FAILS_MAX)
        put_result(as, rule, GH_OUTCOME_FAIL, GH_STR("/"), counted(as, as->n[GH_OUTCOME_FAIL] - GH_ASSESS_FAILS_MAX, " more"));
    if (outcome == GH_OUTCOME_PASS || outcome == GH_OUTCOME_FAIL)
        as->weight_judged += gh_severity_weights[rule->severity];
    if (outcome == GH_OUTCOME_PASS)
        as->weight_passed += gh_severity_weights[rule->severity];
    return as->rc;
}

static void
put_head(struct gh_assess *as, struct gh_jsonw *w)
{
    static const struct {
        const char *name;
        enum gh_outcome outcome;
    } counts[] = {{"passed", GH_OUTCOME_PASS}, {"failed", GH_OUTCOME_FAIL}, {"unknown", GH_OUTCOME_UNKNOWN},
        {"notApplicable", GH_OUTCOME_NA}};
    struct gh_buf time;

    gh_buf_init(&time, as->a, 32);
    gh_time_put(&time, as->now_ms);
    gh_jsonw_kstr(w, "at", gh_buf_str(&time));
    /* hundredths: the score is sum(w of pass) / sum(w of pass and fail) */
    gh_jsonw_ku64(w, "scorePercent", as->weight_judged == 0 ? 100 : as->weight_passed * 100 / as->weight_judged);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        gh_jsonw_ku64(w, counts[i].name, as->rules[counts[i].outcome]);
}

enum gh_rc
gh_assess_report(struct gh_str *out, struct gh_assess *as)
{
    struct gh_buf whole_report;
    struct gh_jsonw w;
    enum gh_rc rc;

    gh_buf_init(&as->results, as->a, GH_CALL_BODY_MAX / 2);
    gh_jsonw_init(&as->w, &as->results);
    gh_jsonw_arr(&as->w);
    for (size_t i = 0; i < gh_assess_count; i++)
        if ((rc = judge_row(as, &gh_assess_table[i])) != GH_OK)
            return rc;
    gh_jsonw_end(&as->w, ']');
    gh_buf_init(&whole_report, as->a, GH_CALL_BODY_MAX);
    gh_jsonw_init(&w, &whole_report);
    gh_jsonw_obj(&w);
    put_head(as, &w);
    gh_jsonw_key(&w, "results");
    gh_jsonw_raw(&w, gh_buf_str(&as->results));
    gh_jsonw_end(&w, '}');
    *out = gh_buf_str(&whole_report);
    return as->results.rc != GH_OK ? as->results.rc : whole_report.rc;
}
