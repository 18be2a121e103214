/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows by their cases: tests/baseline/<group>.json has for each rule at least a pass, a fail, an absent property, a value that cannot be reduced,
 * and one that the guard leaves out, where there is a guard. A case: {"case", "want", "resources": [...]} and, where it needs them, "parameters",
 * "outputs", "schema", "config"; "export": the resources as an array; "at": which resource is asked (0); "over": "template" or "input" instead.
 * "compat" has what rules of other tools say of the same resource: tests/baseline/differences.json has the differences that are stated.
 * Each is judged as it is, and again with the case of all texts changed, booleans as strings, arrays as objects.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "baseline/judge.h"

#include "sweeps.h"

#define SCHEMA    "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
#define CASES_MAX 2048

struct one {
    struct gh_str rule, kind, want, path, over;
    struct gh_json json;
    gh_json_ref ref;
};
static struct one cases[CASES_MAX];
static size_t n_cases;
static struct gh_arena files;

/* ---- reading ---- */

static struct gh_str
read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = gh_arena_take(&files, 1u << 20);
    size_t n;

    assert_non_null(f);
    assert_non_null(text);
    n = fread(text, 1, 1u << 20, f);
    assert_true(n < 1u << 20);
    fclose(f);
    return gh_str(text, n);
}

static struct gh_str
member(const struct gh_json *j, gh_json_ref v, const char *key)
{
    struct gh_str s = {NULL, 0};

    assert_int_equal(gh_json_opt_str(&s, &files, j, v, key), GH_OK);
    return s;
}

static void
add_cases(const char *path)
{
    struct gh_err err = {.what = ""};
    struct gh_json j;

    if (gh_json_parse(&j, &files, read_file(path), &err) != GH_OK)
        fail_msg("%s: %s at %u", path, err.what, err.at);
    for (gh_json_ref r = gh_json_first(&j, 0); r != GH_JSON_NO; r = gh_json_next(&j, 0, r)) {
        struct gh_str rule;
        assert_int_equal(gh_json_key(&rule, &files, &j, r), GH_OK);
        for (gh_json_ref c = gh_json_first(&j, r); c != GH_JSON_NO; c = gh_json_next(&j, r, c)) {
            assert_true(n_cases < CASES_MAX);
            cases[n_cases++] = (struct one){
                rule, member(&j, c, "case"), member(&j, c, "want"), member(&j, c, "path"), member(&j, c, "over"), j, c};
        }
    }
}

static int
load(void **state)
{
    const char *root = getenv("GATEHOUSE_SOURCE");
    char path[4096];
    DIR *dir;

    (void)state;
    files = gh_test_arena();
    snprintf(path, sizeof path, "%s/tests/baseline", root == NULL ? "." : root);
    if ((dir = opendir(path)) == NULL)
        return -1;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        size_t n = strlen(e->d_name);
        if (n < 6 || strcmp(e->d_name + n - 5, ".json") != 0)
            continue;
        snprintf(path, sizeof path, "%s/tests/baseline/%s", root == NULL ? "." : root, e->d_name);
        add_cases(path);
    }
    closedir(dir);
    return n_cases > 0 ? 0 : -1;
}

/* ---- the input of a case ---- */

static bool
is_export(const struct one *c)
{
    bool is = false;

    assert_int_equal(gh_json_opt_bool(&is, &c->json, c->ref, "export"), GH_OK);
    return is;
}

static void
put_section(struct gh_buf *b, const struct one *c, const char *name)
{
    gh_json_ref v = gh_json_get(&c->json, c->ref, gh_str_z(name));

    gh_buf_putz(b, ",\"");
    gh_buf_putz(b, name);
    gh_buf_putz(b, "\":");
    gh_buf_put(b, v == GH_JSON_NO ? GH_STR("{}") : gh_json_raw(&c->json, v));
}

/* The whole text. A parameter `unset` without a value stands in each template. */
static struct gh_str
text_of(struct gh_arena *a, const struct one *c)
{
    struct gh_str schema = member(&c->json, c->ref, "schema"),
                  resources = gh_json_raw(&c->json, gh_json_get(&c->json, c->ref, GH_STR("resources")));
    gh_json_ref parameters = gh_json_get(&c->json, c->ref, GH_STR("parameters"));
    struct gh_buf b;

    if (is_export(c))
        return resources;
    gh_buf_init(&b, a, 1u << 20);
    gh_buf_putz(&b, "{\"$schema\":\"");
    gh_buf_put(&b, schema.n > 0 ? schema : GH_STR(SCHEMA));
    gh_buf_putz(&b, "\",\"contentVersion\":\"1.0.0.0\",\"parameters\":{\"unset\":{\"type\":\"string\"}");
    for (gh_json_ref p = gh_json_first(&c->json, parameters); p != GH_JSON_NO; p = gh_json_next(&c->json, parameters, p)) {
        struct gh_str key;
        assert_int_equal(gh_json_key(&key, a, &c->json, p), GH_OK);
        gh_buf_putz(&b, ",\"");
        gh_buf_put(&b, key);
        gh_buf_putz(&b, "\":");
        gh_buf_put(&b, gh_json_raw(&c->json, p));
    }
    gh_buf_putz(&b, "}");
    put_section(&b, c, "outputs");
    gh_buf_putz(&b, ",\"resources\":");
    gh_buf_put(&b, resources);
    gh_buf_putz(&b, "}");
    assert_int_equal(b.rc, GH_OK);
    return gh_buf_str(&b);
}

/* ---- judging ---- */

struct seen {
    const struct one *c;
    uint32_t resource;
    enum gh_outcome outcome;
    uint32_t n;
    char path[256], found[256], wanted[256];
    bool is_agreed; /* with "compat" */
    struct gh_str disagrees;
};

static void
copy(char *out, size_t n, struct gh_str s)
{
    snprintf(out, n, "%.*s", (int)(s.n < n ? s.n : n - 1), s.n == 0 ? "" : s.p);
}

static void
take(void *ctx, const struct gh_result *r)
{
    struct seen *s = ctx;

    if (!gh_str_eq(gh_str_z(r->rule->id), s->c->rule) || r->resource != s->resource)
        return;
    if (s->c->path.n > 0 && !gh_str_eq_ci(s->c->path, r->path))
        return;
    s->n++;
    s->outcome = r->outcome;
    copy(s->path, sizeof s->path, r->path);
    copy(s->found, sizeof s->found, r->found);
    copy(s->wanted, sizeof s->wanted, r->wanted);
}

/* What the named equivalents say; false with *bad: the first that says something else. */
static bool
equals_agree(
    struct gh_str *bad, const struct one *c, struct gh_input *in, const struct gh_baseline_config *owner, uint32_t resource)
{
    gh_json_ref compat = gh_json_get(&c->json, c->ref, GH_STR("compat"));
    const struct gh_rule *rule = gh_rule_find(c->rule);

    for (gh_json_ref v = gh_json_first(&c->json, compat); v != GH_JSON_NO; v = gh_json_next(&c->json, compat, v)) {
        const struct gh_equal *e = rule->equal;
        struct gh_evidence seen;
        struct gh_str want;
        assert_int_equal(gh_json_key(bad, &files, &c->json, v), GH_OK);
        assert_int_equal(gh_json_str(&want, &files, &c->json, v), GH_OK);
        while (e != NULL && e->tool != GH_TOOL_NONE && !gh_str_eq(gh_str_z(e->id), *bad))
            e++;
        if (e == NULL || e->tool == GH_TOOL_NONE ||
            !gh_str_eq(want, gh_str_z(gh_outcome_names[gh_judge_ask(&seen, in, owner, rule, resource, e)])))
            return false;
    }
    return true;
}

static enum gh_rc
judge(struct seen *s, const struct one *c, struct gh_arena *a, struct gh_str text)
{
    gh_json_ref config = gh_json_get(&c->json, c->ref, GH_STR("config"));
    struct gh_baseline_config owner;
    struct gh_err err = {.what = ""};
    struct gh_input in;
    struct gh_json own;
    int64_t at = 0;
    enum gh_rc rc;

    assert_int_equal(gh_json_opt_i64(&at, &c->json, c->ref, "at"), GH_OK);
    *s = (struct seen){.c = c, .resource = c->over.n > 0 ? GH_INPUT_NONE : (uint32_t)at};
    gh_config_init(&owner);
    if (config != GH_JSON_NO) {
        assert_int_equal(gh_json_parse(&own, a, gh_json_raw(&c->json, config), &err), GH_OK);
        assert_int_equal(gh_config_parse(&owner, a, &own, &err), GH_OK);
    }
    if ((rc = gh_input_read(&in, a, text, NULL, &err)) != GH_OK)
        return rc;
    if ((rc = gh_judge_run(&in, &owner, take, s)) == GH_OK)
        s->is_agreed = equals_agree(&s->disagrees, c, &in, &owner, s->resource);
    return rc;
}

static void
each_case(void **state)
{
    size_t bad = 0;

    (void)state;
    for (size_t i = 0; i < n_cases; i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_str text = text_of(&a, &cases[i]);
        struct seen s;
        enum gh_rc rc = judge(&s, &cases[i], &a, text);
        if (rc != GH_OK || !gh_str_eq(gh_str_z(gh_outcome_names[s.outcome]), cases[i].want)) {
            print_error("%.*s %.*s: got %s, want %.*s (rc %d, path %s, found %s)\n    %.*s\n", (int)cases[i].rule.n,
                cases[i].rule.p, (int)cases[i].kind.n, cases[i].kind.p, gh_outcome_names[s.outcome], (int)cases[i].want.n,
                cases[i].want.p, (int)rc, s.path, s.found, (int)text.n, text.p);
            bad++;
        } else if (!s.is_agreed) {
            print_error("%.*s %.*s: %.*s says something else\n", (int)cases[i].rule.n, cases[i].rule.p, (int)cases[i].kind.n,
                cases[i].kind.p, (int)s.disagrees.n, s.disagrees.p);
            bad++;
        } else if (s.outcome == GH_OUTCOME_FAIL && (s.path[0] == '\0' || s.wanted[0] == '\0' || s.found[0] == '\0')) {
            print_error("%.*s %.*s: a fail without path (%s), found (%s) or wanted (%s)\n", (int)cases[i].rule.n, cases[i].rule.p,
                (int)cases[i].kind.n, cases[i].kind.p, s.path, s.found, s.wanted);
            bad++;
        } else if ((s.outcome == GH_OUTCOME_UNKNOWN || s.outcome == GH_OUTCOME_NA) && s.found[0] == '\0') {
            print_error("%.*s %.*s: %s without a reason\n", (int)cases[i].rule.n, cases[i].rule.p, (int)cases[i].kind.n,
                cases[i].kind.p, gh_outcome_names[s.outcome]);
            bad++;
        }
        gh_arena_fini(&a);
    }
    assert_int_equal(bad, 0);
}

/* ---- mutations ---- */

enum mutation { LOWER, UPPER, TEXT_BOOLEANS, ARRAYS_AS_OBJECTS };

static char
changed(char c, enum mutation m)
{
    if (m == LOWER && c >= 'A' && c <= 'Z')
        return (char)(c | 0x20);
    if (m == UPPER && c >= 'a' && c <= 'z')
        return (char)(c & ~0x20);
    return c;
}

/* Strings keep their escapes; what stands outside of strings is structure and literals. */
static struct gh_str
mutate(struct gh_arena *a, struct gh_str text, enum mutation m)
{
    bool is_string = false, is_array[64] = {false};
    size_t depth = 0;
    struct gh_buf b;

    gh_buf_init(&b, a, 4u << 20);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        struct gh_str rest = gh_str_sub(text, i, SIZE_MAX);
        if (is_string && c == '\\') {
            gh_buf_putc(&b, c);
            gh_buf_putc(&b, text.p[++i]);
        } else if (c == '"') {
            is_string = !is_string;
            gh_buf_putc(&b, c);
        } else if (is_string) {
            gh_buf_putc(&b, changed(c, m));
        } else if (m == TEXT_BOOLEANS && (gh_str_starts(rest, GH_STR("true")) || gh_str_starts(rest, GH_STR("false")))) {
            gh_buf_putz(&b, c == 't' ? "\"True\"" : "\"false\"");
            i += c == 't' ? 3 : 4;
        } else if (m == ARRAYS_AS_OBJECTS && (c == '[' || c == '{')) {
            bool is_empty = i + 1 < text.n && text.p[i + 1] == ']';
            assert_true(++depth < 64);
            is_array[depth] = c == '[' && depth > 2;
            gh_buf_putz(&b, is_array[depth] ? is_empty ? "{" : "{\"0\":" : c == '[' ? "[" : "{");
        } else if (m == ARRAYS_AS_OBJECTS && (c == ']' || c == '}')) {
            gh_buf_putc(&b, is_array[depth] ? '}' : c);
            depth--;
        } else if (m == ARRAYS_AS_OBJECTS && c == ',' && is_array[depth]) {
            gh_buf_putz(&b, ",\"");
            gh_buf_put_u64(&b, i);
            gh_buf_putz(&b, "\":");
        } else {
            gh_buf_putc(&b, c);
        }
    }
    assert_int_equal(b.rc, GH_OK);
    return gh_buf_str(&b);
}

static void
same_when(enum mutation m)
{
    size_t bad = 0;

    for (size_t i = 0; i < n_cases; i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_str text = mutate(&a, text_of(&a, &cases[i]), m);
        struct seen s;
        enum gh_rc rc = judge(&s, &cases[i], &a, text);
        if (rc != GH_OK || !gh_str_eq(gh_str_z(gh_outcome_names[s.outcome]), cases[i].want)) {
            print_error("%.*s %.*s: got %s, want %.*s (rc %d)\n    %.*s\n", (int)cases[i].rule.n, cases[i].rule.p,
                (int)cases[i].kind.n, cases[i].kind.p, gh_outcome_names[s.outcome], (int)cases[i].want.n, cases[i].want.p, (int)rc,
                (int)text.n, text.p);
            bad++;
        }
        gh_arena_fini(&a);
    }
    assert_int_equal(bad, 0);
}

static void
in_lower_case(void **state)
{
    (void)state;
    same_when(LOWER);
}

static void
in_upper_case(void **state)
{
    (void)state;
    same_when(UPPER);
}

static void
with_booleans_as_text(void **state)
{
    (void)state;
    same_when(TEXT_BOOLEANS);
}

/* What is no array is never taken for an empty one: no fail becomes a pass. */
static void
with_arrays_as_objects(void **state)
{
    size_t bad = 0;

    (void)state;
    for (size_t i = 0; i < n_cases; i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_str text = mutate(&a, text_of(&a, &cases[i]), ARRAYS_AS_OBJECTS);
        struct seen s;
        (void)judge(&s, &cases[i], &a, text);
        if (s.outcome == GH_OUTCOME_PASS && gh_str_eq(cases[i].want, GH_STR("fail"))) {
            print_error("%.*s %.*s: passes\n    %.*s\n", (int)cases[i].rule.n, cases[i].rule.p, (int)cases[i].kind.n,
                cases[i].kind.p, (int)text.n, text.p);
            bad++;
        }
        gh_arena_fini(&a);
    }
    assert_int_equal(bad, 0);
}

/* ---- the table itself ---- */

static bool
has_case(const struct gh_rule *r, const char *kind)
{
    for (size_t i = 0; i < n_cases; i++)
        if (gh_str_eq(cases[i].rule, gh_str_z(r->id)) && gh_str_eq(cases[i].kind, gh_str_z(kind)))
            return true;
    return false;
}

static void
each_rule_has_its_cases(void **state)
{
    static const char *const kinds[] = {"pass", "fail", "absent", "unknown", "n/a"};
    const struct gh_rule *r;
    size_t bad = 0;

    (void)state;
    for (size_t i = 0; (r = gh_rule_at(i)) != NULL; i++) {
        if (r->over == GH_OVER_GATEWAY || r->severity == GH_SEVERITY_OFF)
            continue;
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            if ((k < 4 || r->guard != NULL) && !has_case(r, kinds[k])) {
                print_error("%s lacks a case: %s\n", r->id, kinds[k]);
                bad++;
            }
        }
    }
    for (size_t i = 0; i < n_cases; i++)
        bad += gh_rule_find(cases[i].rule) == NULL;
    assert_int_equal(bad, 0);
}

/* 169 rules, each whole and once. */
static void
rows_are_whole(void **state)
{
    const struct gh_rule *r, *other;

    (void)state;
    assert_int_equal(gh_rule_count(), 169);
    for (size_t i = 0; (r = gh_rule_at(i)) != NULL; i++) {
        bool is_ours = r->over == GH_OVER_GATEWAY;
        assert_non_null(r->title);
        assert_non_null(r->control);
        assert_non_null(r->well_architected);
        if (!is_ours && r->fix == NULL)
            fail_msg("%s has no fix", r->id);
        if (!is_ours && (r->pass == NULL) == (r->judge == NULL))
            fail_msg("%s has to have a condition or a function", r->id);
        if (r->over == GH_OVER_RESOURCES && r->type == NULL)
            fail_msg("%s has no type", r->id);
        if ((r->guard == NULL) != (r->guard_why == NULL))
            fail_msg("%s: guard and its reason go together", r->id);
        for (const struct gh_equal *e = r->equal; e != NULL && e->tool != GH_TOOL_NONE; e++)
            if (strchr("=>~t", e->relation) == NULL || (e->relation == '~' && e->pass == NULL && e->difference == NULL))
                fail_msg("%s: %s has neither a condition nor words", r->id, e->id);
        for (size_t k = i + 1; (other = gh_rule_at(k)) != NULL; k++)
            if (strcmp(r->id, other->id) == 0)
                fail_msg("%s stands there twice", r->id);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(each_rule_has_its_cases),
        cmocka_unit_test(each_case),
        cmocka_unit_test(in_lower_case),
        cmocka_unit_test(in_upper_case),
        cmocka_unit_test(with_booleans_as_text),
        cmocka_unit_test(with_arrays_as_objects),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
