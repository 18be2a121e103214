/* SPDX-License-Identifier: Apache-2.0 */
/* baseline_rules: `gatehouse baseline rules` and `baseline explain`: the table of rules for people and programs. Conditions are told in words
 * from the rows themselves, so that what is said is what is judged. */
#include "baseline/policy_id.h"
#include "cli/baseline_compat.h"
#include "cli/command.h"

#define PIECE_BYTES_MAX 16384

static const char *
judged_over(const struct gh_rule *r)
{
    return r->over == GH_OVER_TEMPLATES ? "template"
           : r->over == GH_OVER_INPUT   ? "input"
           : r->over == GH_OVER_GATEWAY ? "installation"
                                        : "resource";
}

/* ---- conditions in words; nesting is that of our own rows ---- */

static void put_all(struct gh_buf *b, const struct gh_cond *conds, const char *between);

static void
put_list(struct gh_buf *b, const char *list)
{
    struct gh_str rest = gh_str_z(list), one;
    bool is_first = true;

    while (gh_str_cut(&one, &rest, '|')) {
        if (!is_first)
            gh_buf_putz(b, rest.p == NULL ? " or " : ", ");
        gh_buf_put(b, one);
        is_first = false;
    }
}

static void
put_absent(struct gh_buf *b, const struct gh_cond *c)
{
    if (c->absent == NULL)
        return;
    gh_buf_putz(b, " (absent: ");
    gh_buf_putz(b, c->absent[0] == '?' ? "unknown" : c->absent);
    if (c->since != NULL) {
        gh_buf_putz(b, ", from apiVersion ");
        gh_buf_putz(b, c->since);
        gh_buf_putz(b, " on ");
        gh_buf_putz(b, c->absent_then);
    }
    gh_buf_putc(b, ')');
}

static void
put_nested(struct gh_buf *b, const char *before, const struct gh_cond *sub, const char *between)
{
    gh_buf_putz(b, before);
    gh_buf_putc(b, '(');
    put_all(b, sub, between);
    gh_buf_putc(b, ')');
}

static void
put_leaf(struct gh_buf *b, const struct gh_cond *c)
{
    static const char *const verbs[GH_COND_COUNT] = {[GH_COND_IN] = " is ",
        [GH_COND_NOT_IN] = " is not ",
        [GH_COND_BEGINS] = " begins with ",
        [GH_COND_ENDS] = " ends with ",
        [GH_COND_HOLDS] = " holds ",
        [GH_COND_SET] = " is set",
        [GH_COND_UNSET] = " is not set",
        [GH_COND_AT_MOST] = " is at most ",
        [GH_COND_AT_LEAST] = " is at least ",
        [GH_COND_VERSION] = " is at least ",
        [GH_COND_LISTED] = " is in the configured list "};

    gh_buf_putz(b, c->path);
    gh_buf_putz(b, verbs[c->op]);
    if (c->op != GH_COND_SET && c->op != GH_COND_UNSET)
        put_list(b, c->value[0] == '$' ? c->value + 1 : c->value);
    put_absent(b, c);
}

static void
put_word(struct gh_buf *b, const char *before, const char *what, const char *after)
{
    gh_buf_putz(b, before);
    gh_buf_putz(b, what == NULL ? "" : what);
    gh_buf_putz(b, after);
}

/* What no row can say, in the row's own words. */
static void
put_call(struct gh_buf *b, const struct gh_cond *c)
{
    const char *words = c->wanted != NULL ? c->wanted : c->value;

    put_word(b, "", c->path, c->path == NULL ? "" : ": ");
    gh_buf_putz(b, words != NULL ? words : "judged by a function");
}

static void
put_cond(struct gh_buf *b, const struct gh_cond *c)
{
    switch (c->op) {
    case GH_COND_ALL:
        put_nested(b, "", c->sub, " and ");
        break;
    case GH_COND_ANY:
        put_nested(b, "", c->sub, " or ");
        break;
    case GH_COND_NOT:
        put_nested(b, "not ", c->sub, " and ");
        break;
    case GH_COND_EVERY:
        put_word(b, "each of ", c->path, ": ");
        put_nested(b, "", c->sub, " and ");
        break;
    case GH_COND_SOME:
        put_word(b, "one of ", c->path, ": ");
        put_nested(b, "", c->sub, " and ");
        break;
    case GH_COND_API:
        put_word(b, "apiVersion is ", c->value, " or later");
        break;
    case GH_COND_RULE:
        put_word(b, "it passes ", c->value, "");
        break;
    case GH_COND_PARENT_RULE:
        put_word(b, "its ", c->path, " passes ");
        gh_buf_putz(b, c->value);
        break;
    case GH_COND_PARENT:
        put_word(b, "its ", c->path, " meets ");
        put_nested(b, "", c->sub, " and ");
        break;
    case GH_COND_CHILD:
        put_word(b, "it has a ", c->path, "");
        break;
    case GH_COND_ENDPOINT:
        put_word(
            b, "a private endpoint is linked and approved", c->value == NULL ? NULL : ", group ", c->value == NULL ? "" : c->value);
        break;
    case GH_COND_LOGS:
        put_word(b, "a diagnostic setting has logs enabled", c->value == NULL ? " and a destination" : " of ", "");
        put_list(b, c->value == NULL ? "" : c->value);
        break;
    case GH_COND_IDENTITY:
        gh_buf_putz(b, "identity.type is SystemAssigned or UserAssigned or both");
        break;
    case GH_COND_INPUT_HAS:
        put_word(b, "the input has ", "", "");
        put_list(b, c->value);
        break;
    case GH_COND_EXPORT:
        gh_buf_putz(b, "the input is an export");
        break;
    case GH_COND_CONFIGURED:
        put_word(b, "the list ", c->value, " is configured");
        break;
    case GH_COND_CALL:
        put_call(b, c);
        break;
    case GH_COND_IN:
    case GH_COND_NOT_IN:
    case GH_COND_BEGINS:
    case GH_COND_ENDS:
    case GH_COND_HOLDS:
    case GH_COND_SET:
    case GH_COND_UNSET:
    case GH_COND_AT_MOST:
    case GH_COND_AT_LEAST:
    case GH_COND_VERSION:
    case GH_COND_LISTED:
        put_leaf(b, c);
        break;
    case GH_COND_END:
    case GH_COND_COUNT:
        break;
    }
}

static void
put_all(struct gh_buf *b, const struct gh_cond *conds, const char *between)
{
    for (const struct gh_cond *c = conds; c != NULL && c->op != GH_COND_END; c++) {
        if (c != conds)
            gh_buf_putz(b, between);
        put_cond(b, c);
    }
}

/* ---- as JSON ---- */

static void
put_optional(struct gh_jsonw *w, const char *key, const char *s)
{
    gh_jsonw_key(w, key);
    if (s == NULL)
        gh_jsonw_null(w);
    else
        gh_jsonw_str(w, gh_str_z(s));
}

static void
put_condition(struct gh_jsonw *w, const char *key, const struct gh_cond *conds)
{
    char mem[6144];
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    put_all(&b, conds, " and ");
    gh_jsonw_key(w, key);
    if (conds == NULL || b.rc != GH_OK)
        gh_jsonw_null(w);
    else
        gh_jsonw_str(w, gh_buf_str(&b));
}

static void
put_equals(struct gh_jsonw *w, const struct gh_rule *r)
{
    gh_jsonw_key(w, "equivalents");
    gh_jsonw_arr(w);
    for (const struct gh_equal *e = r->equal; e != NULL && e->tool != GH_TOOL_NONE; e++) {
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "tool", gh_str_z(gh_baseline_tool_words[e->tool]));
        gh_jsonw_kstr(w, "id", gh_str_z(e->id));
        if (e->tool == GH_TOOL_POLICY)
            put_optional(w, "definition", gh_policy_id_find(e->id));
        gh_jsonw_kstr(w, "relation", e->relation == 't' ? GH_STR("terraform") : gh_str(&e->relation, 1));
        put_optional(w, "difference", e->difference);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
}

static void
put_json(FILE *f, const struct gh_rule *r, const char *before)
{
    static char mem[PIECE_BYTES_MAX];
    struct gh_jsonw w;
    struct gh_buf b;

    gh_buf_init_fixed(&b, mem, sizeof mem);
    gh_jsonw_init(&w, &b);
    gh_jsonw_obj(&w);
    gh_jsonw_kstr(&w, "id", gh_str_z(r->id));
    gh_jsonw_kstr(&w, "title", gh_str_z(r->title));
    gh_jsonw_kstr(&w, "severity", gh_str_z(gh_severity_names[r->severity]));
    gh_jsonw_kwords(&w, "controls", r->control);
    gh_jsonw_kwords(&w, "seeds", r->seed);
    put_optional(&w, "wellArchitected", r->well_architected);
    gh_jsonw_kstr(&w, "judged", gh_str_z(judged_over(r)));
    gh_jsonw_kwords(&w, "types", r->type);
    put_condition(&w, "askedWhen", r->guard);
    put_condition(&w, "passesWhen", r->pass);
    put_optional(&w, "fix", r->fix);
    put_optional(&w, "note", r->note);
    put_equals(&w, r);
    gh_jsonw_end(&w, '}');
    fprintf(f, "%s%.*s", before, (int)gh_buf_str(&b).n, gh_buf_str(&b).p);
}

/* ---- for people ---- */

static const char *const colours[GH_SEVERITY_COUNT] = {"", "\033[36m", "\033[33m", "\033[31m", "\033[1;31m"};

static void
put_line(const struct gh_rule *r, bool is_colour)
{
    printf("%-12s %s%-8s%s %-5s %-12s %s\n", r->id, is_colour ? colours[r->severity] : "", gh_severity_names[r->severity],
        is_colour ? "\033[0m" : "", r->control, r->seed == NULL ? "-" : r->seed, r->title);
}

static void
put_words(const char *label, const struct gh_cond *conds)
{
    char mem[6144];
    struct gh_buf b;

    if (conds == NULL)
        return;
    gh_buf_init_fixed(&b, mem, sizeof mem);
    put_all(&b, conds, "\n            and ");
    printf("%s%.*s\n", label, (int)gh_buf_str(&b).n, gh_buf_str(&b).p);
}

static void
put_equal(const struct gh_equal *e)
{
    const char *whole = e->tool == GH_TOOL_POLICY ? gh_policy_id_find(e->id) : NULL;

    printf("  %-18s %s (%s)%s%s\n", gh_baseline_tool_names[e->tool], whole != NULL ? whole : e->id,
        gh_baseline_relation(e->relation), e->difference != NULL ? ": it " : "", e->difference != NULL ? e->difference : "");
}

static void
explain(const struct gh_rule *r, bool is_colour)
{
    printf("%s  %s\n", r->id, r->title);
    printf(
        "severity    %s%s%s\n", is_colour ? colours[r->severity] : "", gh_severity_names[r->severity], is_colour ? "\033[0m" : "");
    printf("control     %s   Well-Architected %s   seed %s\n", r->control, r->well_architected, r->seed == NULL ? "-" : r->seed);
    if (r->type != NULL)
        printf("asked of    %s\n", r->type);
    else
        printf("asked of    the %s\n", judged_over(r));
    put_words("asked when  ", r->guard);
    put_words("passes when ", r->pass);
    if (r->over == GH_OVER_GATEWAY)
        puts("judged      over the installation's own objects, not by `baseline scan`");
    else if (r->pass == NULL)
        puts("judged      by a function: see the note");
    if (r->note != NULL)
        printf("note        %s\n", r->note);
    if (r->fix != NULL)
        printf("fix         %s\n", r->fix);
    for (size_t i = 0; i < GH_RULE_EDITS_MAX && r->edit[i].path != NULL; i++)
        printf("  --fix     %s = %s\n", r->edit[i].path, r->edit[i].json);
    if (r->equal != NULL)
        puts("elsewhere");
    for (const struct gh_equal *e = r->equal; e != NULL && e->tool != GH_TOOL_NONE; e++)
        put_equal(e);
}

static bool
wants_json(const struct gh_cli *c, bool *is_bad)
{
    const char *form = gh_cli_value(c, GH_OPTION_OUTPUT);

    *is_bad = form != NULL && strcmp(form, "json") != 0 && strcmp(form, "table") != 0;
    return form != NULL && strcmp(form, "json") == 0;
}

int
gh_cli_baseline_rules(struct gh_cli *c)
{
    const struct gh_rule *r;
    bool is_bad, is_json = wants_json(c, &is_bad);

    if (is_bad)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "there is no such form of output", gh_cli_value(c, GH_OPTION_OUTPUT), "-o json or -o table");
    for (size_t i = 0; (r = gh_rule_at(i)) != NULL; i++) {
        if (is_json)
            put_json(stdout, r, i == 0 ? "[\n  " : ",\n  ");
        else
            put_line(r, c->is_colour);
    }
    if (is_json)
        puts("\n]");
    return GH_EXIT_DONE;
}

int
gh_cli_baseline_explain(struct gh_cli *c)
{
    const struct gh_rule *r = gh_rule_find(gh_str_z(c->operand[0]));
    bool is_bad, is_json = wants_json(c, &is_bad);

    if (is_bad)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "there is no such form of output", gh_cli_value(c, GH_OPTION_OUTPUT), "-o json or -o table");
    if (r == NULL)
        return gh_cli_fail(GH_EXIT_REFUSED, "there is no such rule", c->operand[0], "see: gatehouse baseline rules");
    if (is_json)
        put_json(stdout, r, "");
    else
        explain(r, c->is_colour);
    if (is_json)
        puts("");
    return GH_EXIT_DONE;
}
