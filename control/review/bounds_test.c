/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews and recommendations at their limits: more assignments than an instance holds, more instances than are kept, and each policy for what nobody decides. */
#include "control/testing.h"

#include <stdio.h>

#include "control/learn/learn.h"
#include "control/review/recommend.h"
#include "control/review/review.h"
#include "host/host.h"

#define DAY    INT64_C(86400000)
#define READER "acdd72a7-3385-48ef-bd42-f606fba81ae7"
#define OWNER  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define BEYOND 7 /* more than the bound */

static const char *vault_program;

static struct gh_test_house *
open_house(void)
{
    struct gh_test_house *h = gh_test_house_open(vault_program);
    gh_test_house_put(h, "/workspaces/w", "{\"allowApiKeys\":true}");
    return h;
}

/* What does not fit into an instance is counted and stays as it is; what fits is decided and removed, in bounded memory. */
static void
more_than_an_instance_holds(void **state)
{
    struct gh_test_house *h = open_house();
    int64_t now = gh_now_ms(), began;
    char want[64];

    (void)state;
    gh_test_house_fill(
        h, &(const struct gh_test_fill){GH_REVIEW_DECISIONS_MAX + BEYOND, .is_one = false, .scope = "/workspaces/w"});
    gh_test_house_learning_since(h, now - 100 * DAY);
    gh_test_house_put(h, "/accessReviews/big",
        "{\"displayName\":\"Big\",\"scope\":\"/workspaces/"
        "w\",\"instanceDuration\":\"PT30M\",\"startDate\":\"2026-01-01T00:00:00Z\"}");
    began = gh_now_ms();
    assert_int_equal(gh_review_tick(&h->c, now), GH_OK);
    print_message("# %d decisions begun in %lld ms\n", GH_REVIEW_DECISIONS_MAX, (long long)(gh_now_ms() - began));
    (void)snprintf(want, sizeof(want), "\"leftOut\":%d", BEYOND);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/big/instances/00000000", NULL, 200, want);
    (void)snprintf(want, sizeof(want), "\"decisions\":%d", GH_REVIEW_DECISIONS_MAX);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/big/instances/00000000", NULL, 200, want);
    began = gh_now_ms();
    assert_int_equal(gh_review_tick(&h->c, now + 3600000), GH_OK);
    print_message("# settled in %lld ms\n", (long long)(gh_now_ms() - began));
    (void)snprintf(want, sizeof(want), "\"undecided\":%d", GH_REVIEW_DECISIONS_MAX);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/big/instances/00000000", NULL, 200, want);
    gh_test_house_close(h);
}

/* The newest fifty instances are kept with their decisions, and no more. */
static void
older_instances_go(void **state)
{
    struct gh_test_house *h = open_house();
    int64_t start = 1767225600000; /* 2026-01-01 */

    (void)state;
    gh_test_house_fill(h, &(const struct gh_test_fill){1, .is_one = false, .scope = "/workspaces/w"});
    gh_test_house_put(h, "/accessReviews/often",
        "{\"displayName\":\"Often\",\"scope\":\"/workspaces/w\",\"instanceDuration\":\"PT30M\",\"recurrence\":\"P1D\","
        "\"startDate\":\"2026-01-01T00:00:00Z\",\"occurrences\":60}");
    for (int i = 0; i < 2 * 60; i++)
        assert_int_equal(gh_review_tick(&h->c, start + i * DAY / 2 + 60000), GH_OK);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/often/instances?top=1000", NULL, 200, "/instances/00000059");
    size_t n = 0;
    for (const char *p = h->answer; (p = strstr(p, "\"id\":\"")) != NULL; p++)
        n++;
    assert_int_equal(n, GH_REVIEW_INSTANCES_KEPT);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/often/instances/00000009", NULL, 404, NULL);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/often/instances/00000009/decisions", NULL, 200, "\"value\":[]");
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/often/instances/00000010", NULL, 200, NULL);
    gh_test_house_close(h);
}

static void
only_so_many_definitions(void **state)
{
    struct gh_test_house *h = open_house();
    char path[64];

    (void)state;
    for (int i = 0; i <= GH_REVIEWS_MAX; i++) {
        (void)snprintf(path, sizeof(path), "/accessReviews/r%d", i);
        gh_test_house_expect(h, NULL, "PUT", path, "{\"displayName\":\"x\",\"enabled\":false}", i < GH_REVIEWS_MAX ? 201 : 409,
            i < GH_REVIEWS_MAX ? NULL : "too many reviews");
    }
    gh_test_house_expect(
        h, NULL, "PUT", "/accessReviews/r0", "{\"displayName\":\"y\",\"enabled\":false}", 200, NULL); /* what is there may change */
    gh_test_house_close(h);
}

/* What nobody decided falls to the policy of the review: of one that was never used, and of one of which nothing is known. */
static void
each_policy_for_what_nobody_decides(void **state)
{
    static const struct {
        const char *word;
        bool is_known;  /* records reach back over the look-back time */
        unsigned there; /* status of the assignment afterwards */
        const char *counted;
    } rows[] = {{"None", true, 200, "\"undecided\":1"}, {"Approve", true, 200, "\"approved\":1"},
        {"Deny", true, 404, "\"denied\":1"}, {"Recommendation", true, 404, "\"denied\":1"},
        {"Recommendation", false, 200, "\"undecided\":1"}, {"Deny", false, 404, "\"denied\":1"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct gh_test_house *h = open_house();
        int64_t now = gh_now_ms();
        char body[512];

        gh_test_house_fill(h, &(const struct gh_test_fill){1, .is_one = false, .scope = "/workspaces/w"});
        gh_test_house_learning_since(h, rows[i].is_known ? now - 100 * DAY : now - DAY);
        (void)snprintf(body, sizeof(body),
            "{\"displayName\":\"x\",\"scope\":\"/workspaces/"
            "w\",\"instanceDuration\":\"PT30M\",\"startDate\":\"2026-01-01T00:00:00Z\","
            "\"autoApply\":true,\"defaultDecision\":\"%s\"}",
            rows[i].word);
        gh_test_house_put(h, "/accessReviews/p", body);
        assert_int_equal(gh_review_tick(&h->c, now), GH_OK);
        gh_test_house_expect(h, NULL, "GET", "/accessReviews/p/instances/00000000", NULL, 200, "\"undecided\":1");
        assert_int_equal(gh_review_tick(&h->c, now + 3600000), GH_OK);
        gh_test_house_expect(h, NULL, "GET", "/accessReviews/p/instances/00000000", NULL, 200, rows[i].counted);
        gh_test_house_expect(h, NULL, "GET", "/roleAssignments/00000000-0000-4000-8000-000000000000", NULL, rows[i].there, NULL);
        gh_test_house_close(h);
    }
}

/* Who holds keys, and who could get one: by a role, by a role on a condition, by a group, by one that could be activated; not by a role that lists none. */
static void
keys_and_who_could_get_one(void **state)
{
    struct gh_test_house *h = open_house();
    static const char *const could[] = {"/identities/lead", "/groups/leads", "/identities/sometimes", "/identities/eligible"};

    (void)state;
    gh_test_house_put(h, "/workspaces/w/backends/b", "{\"url\":\"https://192.0.2.1\",\"dialect\":\"openai\",\"auth\":\"none\"}");
    gh_test_house_put(h, "/workspaces/w/endpoints/e", "{}");
    gh_test_house_put(h, "/workspaces/w/endpoints/e/deployments/d", "{\"model\":\"m\",\"backend\":\"b\"}");
    for (size_t i = 0; i < 4; i++)
        gh_test_house_put(h, could[i], strstr(could[i], "groups") != NULL ? "{\"members\":[]}" : "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/reads", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/app", "{\"kind\":\"servicePrincipal\"}");
    gh_test_house_put(h, "/roleDefinitions/00000000-0000-4000-8000-00000000aaaa",
        "{\"roleName\":\"Keys from the "
        "office\",\"permissions\":[{\"actions\":[\"Microsoft.*listKeys/action\",\"*/listKeys/action\"],"
        "\"condition\":\"@Environment[subnet] IpMatch "
        "'192.0.2.0/24'\",\"conditionVersion\":\"2.0\"}],\"assignableScopes\":[\"/\"]}");
    gh_test_house_put(h, "/roleAssignments/00000000-0000-4000-8000-0000000000b1",
        "{\"roleDefinitionId\":\"" OWNER "\",\"principalId\":\"/identities/lead\",\"scope\":\"/workspaces/w\"}");
    gh_test_house_put(h, "/roleAssignments/00000000-0000-4000-8000-0000000000b2",
        "{\"roleDefinitionId\":\"" OWNER
        "\",\"principalId\":\"/groups/leads\",\"scope\":\"/\"}"); /* above the scope of the review: it reaches into it */
    gh_test_house_put(h, "/roleAssignments/00000000-0000-4000-8000-0000000000b3",
        "{\"roleDefinitionId\":\"00000000-0000-4000-8000-00000000aaaa\",\"principalId\":\"/identities/sometimes\",\"scope\":\"/"
        "workspaces/w\"}");
    gh_test_house_put(h, "/roleAssignments/00000000-0000-4000-8000-0000000000b4",
        "{\"roleDefinitionId\":\"" READER "\",\"principalId\":\"/identities/reads\",\"scope\":\"/workspaces/w\"}");
    gh_test_house_put(h, "/roleEligibilities/e",
        "{\"roleDefinitionId\":\"" OWNER
        "\",\"principalId\":\"/identities/eligible\",\"scope\":\"/workspaces/w\",\"endDateTime\":\"2027-01-31T00:00:00Z\"}");
    gh_test_house_expect(h, NULL, "POST", "/workspaces/w/apiKeys",
        "{\"owner\":\"app\",\"scope\":\"/workspaces/w/endpoints/e\",\"expires\":\"2027-01-31T00:00:00Z\"}", 201, NULL);
    gh_test_house_put(h, "/accessReviews/keys",
        "{\"displayName\":\"Keys\",\"scope\":\"/workspaces/"
        "w\",\"subjects\":[\"apiKeys\",\"keyCreators\"],\"startDate\":\"2026-01-01T00:00:00Z\"}");
    assert_int_equal(gh_review_tick(&h->c, gh_now_ms()), GH_OK);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/keys/instances/00000000", NULL, 200, "\"decisions\":5");
    gh_test_house_expect(
        h, NULL, "GET", "/accessReviews/keys/instances/00000000/decisions", NULL, 200, "\"principal\":\"/identities/app\"");
    for (size_t i = 0; i < 4; i++)
        gh_test_house_expect(h, NULL, "GET", "/accessReviews/keys/instances/00000000/decisions", NULL, 200, could[i]);
    assert_null(strstr(h->answer, "/identities/reads"));
    assert_non_null(strstr(h->answer, "not held, but could be activated"));
    gh_test_house_close(h);
}

/* More assignments of one principal than are looked at: told by "cut", and what is not looked at is not touched. */
static void
more_grants_than_are_looked_at(void **state)
{
    struct gh_test_house *h = open_house();
    size_t n = 0;

    (void)state;
    gh_test_house_fill(h, &(const struct gh_test_fill){GH_RECOMMEND_GRANTS_MAX + BEYOND, .is_one = true, .scope = "/workspaces/w"});
    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=corp:u0", NULL, 200, "\"cut\":true");
    for (const char *p = h->answer; (p = strstr(p, "\"change\":\"remove\"")) != NULL; p++)
        n++;
    assert_int_equal(n, GH_RECOMMEND_GRANTS_MAX);
    gh_test_house_close(h);
}

int
main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(more_than_an_instance_holds), cmocka_unit_test(older_instances_go),
        cmocka_unit_test(only_so_many_definitions), cmocka_unit_test(each_policy_for_what_nobody_decides),
        cmocka_unit_test(keys_and_who_could_get_one), cmocka_unit_test(more_grants_than_are_looked_at)};
    vault_program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests_name("review_bounds", tests, NULL, NULL);
}
