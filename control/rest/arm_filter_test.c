/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "control/rest/arm_filter.h"

#define PIM (GH_ARM_TAKES(AT_SCOPE) | GH_ARM_TAKES(AS_TARGET) | GH_ARM_TAKES(ASSIGNED_TO) | GH_ARM_TAKES(PRINCIPAL))
#define ALL ((1u << GH_ARM_TERM_COUNT) - 1)

static const struct {
    const char *text;
    unsigned takes, has;
    enum gh_arm_term term; /* of which the value is */
    const char *value;     /* NULL: none            */
} good[] = {
    {"", PIM, 0, 0, NULL},
    {"   ", PIM, 0, 0, NULL},
    {"atScope()", PIM, GH_ARM_TAKES(AT_SCOPE), 0, NULL},
    {" ATSCOPE( ) ", PIM, GH_ARM_TAKES(AT_SCOPE), 0, NULL},
    {"atScopeAndBelow()", ALL, GH_ARM_TAKES(AT_SCOPE_AND_BELOW), 0, NULL},
    {"asTarget() and atScope()", PIM, GH_ARM_TAKES(AS_TARGET) | GH_ARM_TAKES(AT_SCOPE), 0, NULL},
    {"asRequestor() AND asApprover()", ALL, GH_ARM_TAKES(AS_REQUESTOR) | GH_ARM_TAKES(AS_APPROVER), 0, NULL},
    {"principalId eq 'x'", PIM, GH_ARM_TAKES(PRINCIPAL), GH_ARM_TERM_PRINCIPAL, "x"},
    {"principalid EQ'x'", PIM, GH_ARM_TAKES(PRINCIPAL), GH_ARM_TERM_PRINCIPAL, "x"},
    {"assignedTo('x')", PIM, GH_ARM_TAKES(ASSIGNED_TO), GH_ARM_TERM_ASSIGNED_TO, "x"},
    {"assignedTo( 'x' ) and atScope()", PIM, GH_ARM_TAKES(ASSIGNED_TO) | GH_ARM_TAKES(AT_SCOPE), GH_ARM_TERM_ASSIGNED_TO, "x"},
    {"roleName eq 'Read and write'", ALL, GH_ARM_TAKES(ROLE_NAME), GH_ARM_TERM_ROLE_NAME, "Read and write"},
    {"roleName eq 'it''s (his)' and type eq 'CustomRole'", ALL, GH_ARM_TAKES(ROLE_NAME) | GH_ARM_TAKES(TYPE), GH_ARM_TERM_ROLE_NAME,
        "it's (his)"},
    {"denyAssignmentName eq ''", ALL, GH_ARM_TAKES(DENY_NAME), GH_ARM_TERM_DENY_NAME, ""},
    {"status eq 'Provisioned'", ALL, GH_ARM_TAKES(STATUS), GH_ARM_TERM_STATUS, "Provisioned"},
};

static const struct {
    const char *text;
    unsigned takes;
    const char *term, *why;
} refused[] = {
    {"type eq 'BuiltInRole'", PIM, "type", "is not a condition of this list"},
    {"asTarget() and roleName eq 'Owner'", PIM, "roleName", "is not a condition of this list"},
    {"asApprover()", PIM, "asApprover", "is not a condition of this list"},
    {"gdprExportPrincipalId eq 'x'", ALL, "gdprExportPrincipalId", "is not known here"},
    {"resourceType eq 'Subscription'", 0, "resourceType", "is not known here"},
    {"atScope()", 0, "atScope", "is not a condition of this list"},
    {"atScope", ALL, "atScope", "its parentheses are missing"},
    {"atScope(", ALL, "atScope", "its closing parenthesis is missing"},
    {"atScope('x')", ALL, "atScope", "its closing parenthesis is missing"},
    {"assignedTo()", ALL, "assignedTo", "its value is no text between single quotes"},
    {"assignedTo('x'", ALL, "assignedTo", "its closing parenthesis is missing"},
    {"assignedTo('x", ALL, "assignedTo", "its value has no closing quote"},
    {"principalId eq x", ALL, "principalId", "its value is no text between single quotes"},
    {"principalId eq 'x''", ALL, "principalId", "its value has no closing quote"},
    {"principalId ne 'x'", ALL, "principalId", "only eq compares here"},
    {"principalId", ALL, "principalId", "only eq compares here"},
    {"principalId eq 'x' or principalId eq 'y'", ALL, "or", "does not join conditions here; only `and` does"},
    {"principalId eq 'x' and principalId eq 'y'", ALL, "principalId", "stands there twice"},
    {"atScope() and", ALL, "and", "is followed by nothing"},
    {"and atScope()", ALL, "and", "is not known here"},
    {"atScope() atScope()", ALL, "atScope", "does not join conditions here; only `and` does"},
    {"not atScope()", ALL, "not", "is not known here"},
    {"(atScope())", ALL, "(atScope())", "is not known here"},
    {"\tatScope()", ALL, "\tatScope()", "is not known here"},
};

static void
is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_arm_filter f;
        struct gh_str term;
        const char *why;
        if (gh_arm_filter_parse(&f, &a, gh_str_z(good[i].text), good[i].takes, &why, &term) != GH_OK)
            fail_msg("%s: %s", good[i].text, why);
        if (f.has != good[i].has)
            fail_msg("%s: has %x", good[i].text, f.has);
        if (good[i].value != NULL && !gh_str_eq(f.value[good[i].term], gh_str_z(good[i].value)))
            fail_msg("%s: %.*s", good[i].text, (int)f.value[good[i].term].n, f.value[good[i].term].p);
        gh_arena_fini(&a);
    }
}

static void
is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_arm_filter f;
        struct gh_str term;
        const char *why;
        if (gh_arm_filter_parse(&f, &a, gh_str_z(refused[i].text), refused[i].takes, &why, &term) != GH_BAD)
            fail_msg("taken: %s", refused[i].text);
        if (!gh_str_eq(term, gh_str_z(refused[i].term)) || strcmp(why, refused[i].why) != 0)
            fail_msg("%s: '%.*s' %s", refused[i].text, (int)term.n, term.p, why);
        gh_arena_fini(&a);
    }
}

static enum gh_rc
parse(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_arm_filter f;
    struct gh_str term;
    const char *why;
    enum gh_rc rc = gh_arm_filter_parse(&f, a, in, ALL, &why, &term);
    assert_int_equal(rc == GH_BAD, why != NULL);
    for (size_t i = 0; rc == GH_OK && i < GH_ARM_TERM_COUNT; i++) {
        gh_buf_put(meaning, f.value[i]);
        gh_buf_putc(meaning, (f.has >> i & 1) != 0 ? '+' : '-');
    }
    return rc;
}

static void
sweeps(void **state)
{
    const struct gh_str golden = GH_STR("asTarget() and principalId eq 'a''b' and assignedTo('c') and roleName eq 'x and y'");
    (void)state;
    gh_test_mangle(parse, golden, false);
    gh_test_oom(parse, golden);
    gh_test_page(parse, golden);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read),
        cmocka_unit_test(is_refused_by_name),
        cmocka_unit_test(sweeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
