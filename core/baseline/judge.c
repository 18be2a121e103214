/* SPDX-License-Identifier: Apache-2.0 */
/* baseline/judge: which rules are asked about which resource, and what becomes of the answer. */
#include "baseline/judge_int.h"

#include "base/codec.h"
#include "base/redact.h"

#define SHOWN_MAX      200u /* bytes of a value in a report */
#define RULES_DEEP_MAX 4u   /* rules that ask rules that ask rules */

/* ---- one rule, one resource ---- */

static enum gh_outcome
outcome_of(enum gh_truth t)
{
    return t == GH_TRUTH_TRUE ? GH_OUTCOME_PASS : t == GH_TRUTH_FALSE ? GH_OUTCOME_FAIL : GH_OUTCOME_UNKNOWN;
}

static enum gh_outcome
verdict(struct gh_judge *j, const struct gh_cond *guard, const struct gh_cond *pass)
{
    struct gh_value root = gh_judge_resource(j)->root;
    enum gh_truth is_asked = guard == NULL ? GH_TRUTH_TRUE : gh_cond_holds(j, guard, root);

    if (is_asked == GH_TRUTH_FALSE) {
        j->seen.why = j->rule->guard_why;
        return GH_OUTCOME_NA;
    }
    if (is_asked == GH_TRUTH_UNKNOWN)
        return GH_OUTCOME_UNKNOWN;
    return outcome_of(gh_cond_holds(j, pass, root));
}

static struct gh_judge
judge_init(struct gh_input *in, const struct gh_baseline_config *config)
{
    return (struct gh_judge){.ev = &in->eval, .in = in, .config = config, .a = in->a, .resource = GH_INPUT_NONE};
}

enum gh_outcome
gh_judge_ask(struct gh_evidence *seen, struct gh_input *in, const struct gh_baseline_config *config, const struct gh_rule *rule,
    uint32_t resource, const struct gh_equal *e)
{
    struct gh_judge j = judge_init(in, config);
    enum gh_outcome outcome = GH_OUTCOME_NONE;

    j.rule = rule;
    j.resource = resource;
    if (e != NULL && e->pass != NULL)
        outcome = verdict(&j, e->guard, e->pass);
    else if (rule->pass != NULL && (e == NULL || e->relation == '='))
        outcome = verdict(&j, rule->guard, rule->pass);
    *seen = j.seen;
    return outcome;
}

enum gh_truth
gh_judge_rule(struct gh_judge *j, uint32_t resource, struct gh_str id)
{
    const struct gh_rule *rule = gh_rule_find(id);
    struct gh_judge other = *j;
    enum gh_outcome outcome;

    if (rule == NULL || rule->pass == NULL || j->depth >= RULES_DEEP_MAX)
        return gh_judge_undecided(j, (struct gh_str){NULL, 0}, "the rule that this one asks cannot be asked");
    other.rule = rule;
    other.resource = resource;
    other.base = NULL;
    other.depth++;
    outcome = verdict(&other, rule->guard, rule->pass);
    j->seen = other.seen;
    return outcome == GH_OUTCOME_PASS ? GH_TRUTH_TRUE : outcome == GH_OUTCOME_UNKNOWN ? GH_TRUTH_UNKNOWN : GH_TRUTH_FALSE;
}

/* ---- reports ---- */

static bool
is_secret_name(struct gh_str path)
{
    static const char *const names[] = {
        "key", "apikey", "secret", "password", "token", "connectionstring", "sastoken", "accountkey", "accesskey", "clientsecret"};
    struct gh_str last = path, segment;

    while (gh_expr_segment(&segment, &path))
        last = segment;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (gh_str_eq_ci(last, gh_str_z(names[i])))
            return true;
    return false;
}

static void
put_found(struct gh_buf *b, const struct gh_judge *j, enum gh_outcome outcome)
{
    const struct gh_evidence *e = &j->seen;
    bool is_text = e->found.kind == GH_VALUE_STR || e->found.kind == GH_VALUE_INT;

    if (outcome == GH_OUTCOME_NA || outcome == GH_OUTCOME_UNKNOWN) {
        gh_buf_putz(b, e->why != NULL ? e->why : "what decides cannot be reduced");
        return;
    }
    if (e->found.is_secret || (is_text && (j->rule->is_secret || is_secret_name(e->path)))) {
        gh_buf_putz(b, "(hidden)");
        return;
    }
    if (e->found.kind == GH_VALUE_STR && e->found.s.n == 0)
        gh_buf_putz(b, "\"\"");
    gh_value_show(b, e->found, SHOWN_MAX);
    if (!gh_value_is_set(e->found) && e->absent != NULL) {
        gh_buf_putz(b, ", default ");
        gh_buf_putz(b, e->absent);
    }
}

/* Where the value stands, if it stands in the file itself; else where the resource does. */
static uint32_t
place_of(const struct gh_judge *j)
{
    const struct gh_value *found = &j->seen.found;

    if (found->doc != NULL && found->node != GH_JSON_NO && (found->doc == &j->in->doc || found->doc->outer != NULL))
        return gh_doc_at(found->doc, found->node);
    if (j->resource != GH_INPUT_NONE && gh_judge_resource(j)->root.node != GH_JSON_NO)
        return gh_doc_at(gh_judge_resource(j)->root.doc, gh_judge_resource(j)->root.node);
    return gh_doc_at(
        &j->in->doc, j->resource == GH_INPUT_NONE && j->template <j->in->n_templates ? j->in->template[j->template].root : 0);
}

/* A report's text, kept. Most say the same as one shortly before, or what stands in the file: those are not copied. */
static struct gh_str
keep(struct gh_judge *j, struct gh_str s)
{
    struct gh_str *slot = &j->kept[gh_crc32c(0, s) % GH_JUDGE_KEPT];
    const struct gh_value *found = &j->seen.found;

    if (found->kind == GH_VALUE_STR && gh_str_eq(found->s, s))
        return found->s;
    if (!gh_str_eq(*slot, s) && gh_arena_dup(slot, j->a, s) != GH_OK)
        j->ev->rc = GH_NOMEM;
    return *slot;
}

void
gh_judge_report(struct gh_judge *j, enum gh_outcome outcome)
{
    struct gh_result r = {
        .rule = j->rule, .resource = j->resource, .outcome = outcome, .path = j->seen.path, .wanted = j->seen.wanted};
    char mem[4096];
    struct gh_buf b;

    if (outcome == GH_OUTCOME_NONE)
        return;
    r.at = place_of(j);
    r.is_if_deployed = j->resource != GH_INPUT_NONE && gh_judge_resource(j)->is_if_deployed;
    gh_buf_init_fixed(&b, mem, sizeof mem);
    put_found(&b, j, outcome);
    r.found = keep(j, gh_buf_str(&b));
    j->fn(j->ctx, &r);
}

/* ---- all rules ---- */

/* Rules by type: a chain in each slot of a small table. */
struct by_type {
    struct gh_str type;
    const struct gh_rule *rule;
    uint32_t index; /* of the rule */
    uint32_t next;
};

#define SLOTS 1024u

struct run {
    struct gh_judge j;
    struct by_type *entry;
    uint32_t n_entries;
    uint32_t slot[SLOTS]; /* first entry + 1 */
    bool *was_met;        /* by number of the rule: some resource met type and guard */
};

static uint32_t
hash_ci(struct gh_str s)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ ((unsigned char)s.p[i] | 0x20)) * 16777619u;
    return h;
}

static void
add_type(struct run *r, struct gh_str type, const struct gh_rule *rule, uint32_t index)
{
    uint32_t *at = &r->slot[hash_ci(type) % SLOTS];

    while (*at != 0)
        at = &r->entry[*at - 1].next;
    r->entry[r->n_entries] = (struct by_type){type, rule, index, 0};
    *at = ++r->n_entries;
}

static enum gh_rc
index_rules(struct run *r, struct gh_arena *a)
{
    const struct gh_rule *rule;
    struct gh_str rest, type;
    uint32_t n = 0;

    for (size_t i = 0; (rule = gh_rule_at(i)) != NULL; i++)
        for (rest = gh_str_z(rule->type); gh_str_cut(&type, &rest, '|');)
            n++;
    r->entry = gh_arena_take_array(a, n, sizeof *r->entry);
    r->was_met = gh_arena_take_array(a, gh_rule_count(), sizeof *r->was_met);
    if (r->entry == NULL || r->was_met == NULL)
        return GH_NOMEM;
    for (uint32_t i = 0; (rule = gh_rule_at(i)) != NULL; i++) {
        if (rule->over != GH_OVER_RESOURCES || rule->severity == GH_SEVERITY_OFF)
            continue;
        for (rest = gh_str_z(rule->type); gh_str_cut(&type, &rest, '|');)
            add_type(r, type, rule, i);
    }
    return GH_OK;
}

static void
judge_one(struct run *r, const struct gh_rule *rule, uint32_t index, uint32_t resource)
{
    struct gh_judge *j = &r->j;
    enum gh_outcome outcome;

    j->rule = rule;
    j->resource = resource;
    j->base = NULL;
    j->seen = (struct gh_evidence){.why = NULL};
    if (rule->judge != NULL) {
        r->was_met[index] = true;
        rule->judge(j);
        return;
    }
    outcome = verdict(j, rule->guard, rule->pass);
    r->was_met[index] |= outcome != GH_OUTCOME_NA;
    gh_judge_report(j, outcome);
}

static void
judge_resource(struct run *r, uint32_t resource)
{
    const struct gh_input_resource *res = &r->j.in->resource[resource];
    static const char any[] = "*";
    struct gh_str types[2] = {res->type, gh_str_z(any)};

    if (res->is_existing)
        return;
    for (size_t t = 0; t < 2; t++)
        for (uint32_t e = r->slot[hash_ci(types[t]) % SLOTS]; e != 0; e = r->entry[e - 1].next)
            if (gh_str_eq_ci(r->entry[e - 1].type, types[t]))
                judge_one(r, r->entry[e - 1].rule, r->entry[e - 1].index, resource);
}

static void
judge_templates(struct run *r)
{
    const struct gh_rule *rule;

    r->j.resource = GH_INPUT_NONE;
    for (size_t i = 0; (rule = gh_rule_at(i)) != NULL; i++) {
        if (rule->over != GH_OVER_TEMPLATES || rule->severity == GH_SEVERITY_OFF)
            continue;
        r->j.rule = rule;
        for (r->j.template = 0; r->j.template <r->j.in->n_templates; r->j.template ++) {
            r->j.seen = (struct gh_evidence){.why = NULL};
            rule->judge(&r->j);
        }
    }
    r->j.template = UINT32_MAX;
}

static void
judge_input(struct run *r)
{
    const struct gh_rule *rule;

    r->j.resource = GH_INPUT_NONE;
    for (size_t i = 0; (rule = gh_rule_at(i)) != NULL; i++) {
        if (rule->severity == GH_SEVERITY_OFF)
            continue;
        r->j.rule = rule;
        r->j.seen = (struct gh_evidence){.why = rule->missing};
        if (rule->over == GH_OVER_INPUT)
            rule->judge(&r->j);
        else if (rule->missing != NULL && !r->was_met[i] &&
                 (rule->missing_if == NULL ||
                     gh_cond_holds(&r->j, rule->missing_if, (struct gh_value){.node = GH_JSON_NO}) == GH_TRUTH_TRUE)) {
            r->j.seen = (struct gh_evidence){.why = rule->missing};
            gh_judge_report(&r->j, GH_OUTCOME_UNKNOWN);
        }
    }
}

enum gh_rc
gh_judge_run(struct gh_input *in, const struct gh_baseline_config *config, gh_result_fn fn, void *ctx)
{
    struct run *r = gh_arena_take(in->a, sizeof *r);

    if (r == NULL || index_rules(r, in->a) != GH_OK)
        return GH_NOMEM;
    r->j = judge_init(in, config);
    r->j.kept = gh_arena_take_array(in->a, GH_JUDGE_KEPT, sizeof *r->j.kept);
    r->j.words = gh_arena_take_array(in->a, GH_JUDGE_KEPT, sizeof *r->j.words);
    if (r->j.kept == NULL || r->j.words == NULL)
        return GH_NOMEM;
    r->j.fn = fn;
    r->j.ctx = ctx;
    judge_templates(r);
    for (uint32_t i = 0; i < in->n_resources && in->eval.rc == GH_OK; i++)
        judge_resource(r, i);
    judge_input(r);
    return in->eval.rc;
}
