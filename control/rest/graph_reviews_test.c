/* SPDX-License-Identifier: Apache-2.0 */
/* Access reviews by Graph's door: what was read can be put back, and an update changes what it names alone. */
#include "control/testing.h"

#include <stdio.h>

#define GRAPH "/graph/v1.0/identityGovernance/accessReviews/definitions"

static const char *vault_program;

static struct gh_test_house *
open_house(void)
{
    struct gh_test_house *h = gh_test_house_open(vault_program);
    gh_test_house_put(h, "/workspaces/w", "{}");
    gh_test_house_put(h, "/identities/ann", "{\"kind\":\"user\"}");
    return h;
}

static void
want(struct gh_test_house *h, const char *method, const char *target, const char *body, unsigned status, const char *holds)
{
    gh_test_house_expect(h, NULL, method, target, body, status, holds);
}

/* The properties of /accessReviews/r as they are stored. */
static const char *
stored(struct gh_test_house *h)
{
    want(h, "GET", "/accessReviews/r", NULL, 200, NULL);
    const char *p = strstr(h->answer, "\"properties\":");
    assert_non_null(p);
    return p;
}

/* Each as it may be written; what Graph has no words for, too. */
static const struct {
    const char *name, *properties, *shown;
} kinds[] = {
    {"the least", "{\"displayName\":\"R\"}", "\"pattern\":null"},
    {"by weeks", "{\"displayName\":\"R\",\"recurrence\":\"P14D\",\"startDate\":\"2026-01-05T00:00:00Z\"}",
        "\"pattern\":{\"type\":\"weekly\",\"interval\":2}"},
    {"by days", "{\"displayName\":\"R\",\"recurrence\":\"P15D\"}", "\"pattern\":{\"type\":\"daily\",\"interval\":15}"},
    {"by months, and so often",
        "{\"displayName\":\"R\",\"recurrence\":\"P3M\",\"occurrences\":4,\"startDate\":\"2026-01-31T23:59:59Z\"}",
        "\"range\":{\"type\":\"numbered\",\"startDate\":\"2026-01-31T23:59:59.000Z\",\"numberOfOccurrences\":4"},
    {"by minutes, for which Graph has no words",
        "{\"displayName\":\"R\",\"recurrence\":\"PT90M\",\"instanceDuration\":\"PT30M\",\"lookBack\":\"PT1H\"}",
        "\"pattern\":{\"type\":\"daily\",\"interval\":1}"},
    {"everything",
        "{\"displayName\":\"R\",\"description\":\"for reviewers\",\"descriptionForAdmins\":\"for us\",\"scope\":\"/workspaces/"
        "w\",\"subjects\":[\"roleAssignments\",\"apiKeys\"],\"reviewers\":[\"/identities/"
        "ann\"],\"recurrence\":\"P1M\",\"instanceDuration\":\"P3D\",\"defaultDecision\":\"Recommendation\",\"autoApply\":true,"
        "\"justificationRequired\":false,\"enabled\":false}",
        "\"gatehouseEnabled\":false,\"gatehouseSubjects\":[\"roleAssignments\",\"apiKeys\"]"},
};

static void
what_was_read_can_be_put_back(void **state)
{
    struct gh_test_house *h = open_house();
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        print_message("# %s\n", kinds[i].name);
        gh_test_house_put(h, "/accessReviews/r", kinds[i].properties);
        const char *before = stored(h);
        want(h, "GET", GRAPH "/r", NULL, 200, kinds[i].shown);
        const char *read = h->answer;
        want(h, "PUT", GRAPH "/r", read, 204, NULL);
        assert_string_equal(stored(h), before);
        want(h, "PATCH", GRAPH "/r", read, 204, NULL);
        assert_string_equal(stored(h), before);
        want(h, "PUT", GRAPH "/r", "{}", 204, NULL);
        assert_string_equal(stored(h), before);
        want(h, "DELETE", GRAPH "/r", NULL, 204, NULL);
    }
    gh_test_house_close(h);
}

static void
an_update_changes_what_it_names(void **state)
{
    static const struct {
        const char *name, *body, *holds, *lacks;
    } cases[] = {
        {"a name", "{\"displayName\":\"S\"}", "\"displayName\":\"S\"", "\"displayName\":\"R\""},
        {"one setting", "{\"settings\":{\"instanceDurationInDays\":5}}", "\"instanceDuration\":\"P5D\"", "PT30M"},
        {"how often", "{\"settings\":{\"recurrence\":{\"pattern\":{\"type\":\"absoluteMonthly\",\"interval\":6}}}}",
            "\"recurrence\":\"P6M\"", "P7D"},
        {"how many times", "{\"settings\":{\"recurrence\":{\"range\":{\"type\":\"numbered\",\"numberOfOccurrences\":9}}}}",
            "\"occurrences\":9", "\"occurrences\":3"},
        {"no more than once", "{\"settings\":{\"recurrence\":null}}", "\"instanceDuration\":\"PT30M\"", "recurrence"},
        {"what is reviewed", "{\"gatehouseSubjects\":[\"keyCreators\"]}", "\"subjects\":[\"keyCreators\"]", "apiKeys"},
        {"that it goes on", "{\"gatehouseEnabled\":true}", "\"enabled\":true", "\"enabled\":false"},
        {"nobody by name", "{\"reviewers\":[]}", "\"reviewers\":[]", "/identities/ann"},
        {"nothing to say", "{\"descriptionForReviewers\":null}", "\"recurrence\":\"P7D\"", "description"},
    };
    struct gh_test_house *h = open_house();
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_test_house_put(h, "/accessReviews/r",
            "{\"displayName\":\"R\",\"description\":\"all\",\"subjects\":[\"apiKeys\"],\"reviewers\":[\"/identities/"
            "ann\"],\"startDate\":\"2030-01-05T00:00:00Z\",\"recurrence\":\"P7D\",\"occurrences\":3,\"instanceDuration\":\"PT30M\","
            "\"enabled\":false}");
        want(h, "PATCH", GRAPH "/r", cases[i].body, 204, NULL);
        const char *now = stored(h);
        if (strstr(now, cases[i].holds) == NULL || strstr(now, cases[i].lacks) != NULL)
            fail_msg("%s: %s", cases[i].name, now);
    }
    want(h, "PATCH", GRAPH "/none", "{\"displayName\":\"S\"}", 404, NULL);
    h->if_match = "\"1\"";
    want(h, "PATCH", GRAPH "/r", "{\"displayName\":\"S\"}", 412, NULL);
    gh_test_house_close(h);
}

static void
what_we_have_not_is_refused(void **state)
{
    static const char *const cases[][2] = {
        {"{\"settings\":{\"recommendationsEnabled\":false}}", "recommendationsEnabled"},
        {"{\"settings\":{\"recurrence\":{\"pattern\":{\"type\":\"weekly\",\"daysOfWeek\":[\"monday\"]}}}}", "recurrence.pattern"},
        {"{\"settings\":{\"recurrence\":{\"pattern\":{\"type\":\"absoluteMonthly\",\"dayOfMonth\":5}}}}", "recurrence.pattern"},
        {"{\"settings\":{\"recurrence\":{\"pattern\":{\"type\":\"weekly\",\"interval\":4611686018427387904}}}}", "pattern"},
        {"{\"settings\":{\"recurrence\":{\"range\":{\"recurrenceTimeZone\":\"Pacific Standard Time\"}}}}", "UTC"},
        {"{\"scope\":{\"query\":\"/\",\"resourceScopes\":[{\"query\":\"/workspaces/w\"}]}}", "not both"},
        {"{\"backupReviewers\":[]}", "backupReviewers"},
        {"{\"scope\":{\"query\":null}}", "scope has another form"},
        {"{\"scope\":{\"query\":\"/\",\"principalScopes\":\"/groups/g\"}}", "principalScopes"},
        {"{\"reviewers\":\"/users/ann\"}", "reviewers has another form"},
        {"{\"reviewers\":{\"a\":{\"query\":\"/users/ann\"}}}", "reviewers has another form"},
        {"{\"stageSettings\":\"two\"}", "stage"},
        {"{\"settings\":{\"recurrence\":\"P7D\"}}", "recurrence has another form"},
        {"{\"settings\":{\"recurrence\":{\"pattern\":\"weekly\"}}}", "pattern has another form"},
        {"{\"settings\":{\"applyActions\":\"disableAndDelete\"}}", "applyActions has another form"},
    };
    static const char *const of_new[][2] = {
        /* an update adds them to the query that is there, which is refused as both */
        {"{\"scope\":{\"resourceScopes\":[\"/workspaces/w\"]}}", "resourceScopes has another form"},
        {"{\"scope\":{\"resourceScopes\":{\"a\":{\"query\":\"/workspaces/w\"}}}}", "exactly one"},
    };
    struct gh_test_house *h = open_house();
    (void)state;
    gh_test_house_put(h, "/accessReviews/r", "{\"displayName\":\"R\"}");
    for (size_t i = 0; i < sizeof(of_new) / sizeof(of_new[0]); i++)
        want(h, "POST", GRAPH, of_new[i][0], 400, of_new[i][1]);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        want(h, "POST", GRAPH, cases[i][0], 400, cases[i][1]);
        want(h, "PATCH", GRAPH "/r", cases[i][0], 400, cases[i][1]);
    }
    gh_test_house_close(h);
}

/* A filter that is passed over shows what was not asked for, as if it had been. */
static void
a_list_is_whole_or_refused(void **state)
{
    static const char *const lists[] = {GRAPH, GRAPH "/r/instances", GRAPH "/r/instances/00000000/decisions"};
    struct gh_test_house *h = open_house();
    char target[256];
    (void)state;
    gh_test_house_put(h, "/accessReviews/r", "{\"displayName\":\"R\"}");
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        want(h, "GET", lists[i], NULL, 200, "\"value\"");
        (void)snprintf(target, sizeof(target), "%s?$select=id&$top=1&$count=true", lists[i]);
        want(h, "GET", target, NULL, 200, "\"value\"");
        (void)snprintf(target, sizeof(target), "%s?%%24filter=decision%%20eq%%20'NotReviewed'", lists[i]);
        want(h, "GET", target, NULL, 400, "$filter is not supported here");
        (void)snprintf(target, sizeof(target), "%s?$skip=1", lists[i]);
        want(h, "GET", target, NULL, 400, "$skip");
    }
    gh_test_house_close(h);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_can_be_put_back),
        cmocka_unit_test(an_update_changes_what_it_names),
        cmocka_unit_test(what_we_have_not_is_refused),
        cmocka_unit_test(a_list_is_whole_or_refused),
    };
    vault_program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
