/* SPDX-License-Identifier: Apache-2.0 */
/* Eligibilities in reviews and recommendations: what nobody activated goes. And recommending reads: it waits for no writer and changes nothing. */
#include "control/testing.h"

#include <stdio.h>
#include <unistd.h>

#include "base/codec.h"
#include "control/review/review.h"
#include "host/host.h"

#define DAY         INT64_C(86400000)
#define HOUR        INT64_C(3600000)
#define ROLE_OPENAI "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
#define ROLE_OWNER  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define ROLE_READER "acdd72a7-3385-48ef-bd42-f606fba81ae7"

static const char *vault_program;

static void
eligible(struct gh_test_house *h, const char *name, const char *role, const char *principal, const char *scope)
{
    gh_test_house_assign(h, "/roleEligibilities", name, role, principal, scope);
}

/* A request as it is kept, that began at `at_ms`; `result` empty: nothing came of it. */
static void
asked(struct gh_test_house *h, const char *name, const char *type, const char *eligibility, const char *result, int64_t at_ms)
{
    gh_auto_store_tx *tx = NULL;
    char path[128], body[1024], mem[40];
    struct gh_buf time;
    gh_buf_init_fixed(&time, mem, sizeof(mem));
    gh_time_put(&time, at_ms);
    (void)snprintf(path, sizeof(path), "/roleRequests/%s", name);
    (void)snprintf(body, sizeof(body),
        "{\"target\":\"assignment\",\"requestType\":\"%s\",\"status\":\"Provisioned\",\"roleDefinitionId\":\"" ROLE_OPENAI
        "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\",\"requestorId\":\"/identities/ann\",\"startDateTime\":"
        "\"%.*s\",\"eligibility\":\"/roleEligibilities/%s\"%s%s%s}",
        type, (int)time.n, time.p, eligibility, result[0] == '\0' ? "" : ",\"result\":\"", result, result[0] == '\0' ? "" : "\"");
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
    gh_test_store_row(tx, GH_RESOURCE_ROLE_REQUEST, path, body, NULL);
    assert_int_equal(gh_store_commit(gh_store_steal(&tx)), GH_OK);
}

/* Ann activated `used` (at used_ms) and asked in vain for `denied`; nobody did anything with the others. */
static struct gh_test_house *
open_house(int64_t used_ms)
{
    struct gh_test_house *h = gh_test_house_open(vault_program);
    for (const char *const *who = (const char *const[]){"ann", "bob", "root", NULL}; *who != NULL; who++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "/identities/%s", *who);
        gh_test_house_put(h, path, "{\"kind\":\"user\"}");
    }
    gh_test_house_put(h, "/workspaces/w", "{}");
    gh_test_house_put(h, "/workspaces/v", "{}");
    gh_test_house_put(h, "/groups/g", "{\"members\":[\"/identities/ann\",\"/identities/bob\"]}");
    gh_test_house_put(h, "/roleAssignments/67617465-686f-4573-8000-0000000000aa",
        "{\"roleDefinitionId\":\"" ROLE_OWNER "\",\"principalId\":\"/identities/root\",\"scope\":\"/\"}");
    gh_test_house_put(
        h, "/rolePolicies/o", "{\"roleDefinitionId\":\"" ROLE_OPENAI "\",\"scope\":\"/\",\"eligibilityExpires\":false}");
    gh_test_house_put(
        h, "/rolePolicies/r", "{\"roleDefinitionId\":\"" ROLE_READER "\",\"scope\":\"/\",\"eligibilityExpires\":false}");
    eligible(h, "used", ROLE_OPENAI, "/identities/ann", "/workspaces/w");
    eligible(h, "unused", ROLE_READER, "/identities/ann", "/workspaces/w");
    eligible(h, "denied", ROLE_OPENAI, "/identities/ann", "/workspaces/v");
    eligible(h, "group", ROLE_READER, "/groups/g", "/workspaces/w");
    asked(h, "one", "SelfActivate", "used", "/roleAssignments/one", used_ms);
    asked(h, "two", "SelfActivate", "denied", "", used_ms);
    asked(h, "three", "SelfExtend", "unused", "/roleEligibilities/unused", used_ms);
    return h;
}

static const char decisions[] = "/accessReviews/e/instances/00000000/decisions";

static void
what_nobody_activated_is_reviewed_and_goes(void **state)
{
    static const char definition[] =
        "{\"displayName\":\"E\",\"subjects\":[\"roleEligibilities\"],\"scope\":\"%s\",\"instanceDuration\":\"PT30M\",\"lookBack\":"
        "\"P30D\",\"defaultDecision\":\"Recommendation\",\"autoApply\":true,\"startDate\":\"2026-01-01T00:00:00Z\"}";
    int64_t now = gh_now_ms() + 100 * DAY;
    struct gh_test_house *h = open_house(now - 10 * DAY);
    char body[512];
    (void)state;
    (void)snprintf(body, sizeof(body), definition, "/workspaces/w");
    gh_test_house_put(h, "/accessReviews/e", body);
    assert_int_equal(gh_review_tick(&h->c, now), GH_OK);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/e/instances/00000000", NULL, 200, "\"decisions\":3");
    gh_test_house_expect(h, NULL, "GET", decisions, NULL, 200,
        "\"kind\":\"roleEligibility\",\"target\":\"/roleEligibilities/used\",\"principal\":\"/identities/"
        "ann\",\"role\":\"Cognitive "
        "Services OpenAI User\",\"scope\":\"/workspaces/w\",\"lastUsedAt\"");
    assert_non_null(strstr(
        h->answer, "\"uses\":1,\"recommendation\":\"Approve\",\"recommendationReason\":\"activated within the look-back time\""));
    gh_test_house_expect(h, NULL, "GET", decisions, NULL, 200,
        "\"target\":\"/roleEligibilities/unused\",\"principal\":\"/identities/ann\",\"role\":\"Reader\",\"scope\":\"/workspaces/"
        "w\",\"uses\":0,\"recommendation\":\"Deny\",\"recommendationReason\":\"not activated within the look-back time\"");
    assert_null(strstr(h->answer, "roleAssignment\""));
    assert_int_equal(gh_review_tick(&h->c, now + HOUR), GH_OK);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/e/instances/00000000", NULL, 200, "\"removed\":2");
    gh_test_house_expect(h, NULL, "GET", "/roleEligibilities/used", NULL, 200, NULL);
    gh_test_house_expect(h, NULL, "GET", "/roleEligibilities/unused", NULL, 404, NULL);
    gh_test_house_expect(h, NULL, "GET", "/roleEligibilities/group", NULL, 404, NULL);
    gh_test_house_expect(h, NULL, "GET", "/roleEligibilities/denied", NULL, 200, NULL); /* not within its scope */
    gh_test_house_close(h);
}

static void
what_he_never_activated_is_proposed_to_go(void **state)
{
    struct gh_test_house *h = open_house(gh_now_ms() + HOUR);
    static const char ask[] = "/recommendations?principal=/identities/ann&lookBack=PT1S";
    const char *root = gh_test_house_token(h, "root");
    (void)state;
    gh_test_house_expect(
        h, root, "GET", "/recommendations?principal=/identities/ann", NULL, 200, "it is younger than the look-back time");
    (void)usleep(1200000); /* older than the shortest look-back time that there is */
    gh_test_house_expect(h, root, "GET", ask, NULL, 200,
        "\"eligibility\":\"/roleEligibilities/unused\",\"principal\":\"/identities/ann\",\"role\":\"Reader\",\"scope\":\"/"
        "workspaces/"
        "w\",\"activations\":0,\"change\":\"remove\",\"because\":\"it was not activated within the look-back time\"");
    assert_non_null(strstr(h->answer, "\"activations\":1,\"lastActivatedAt\""));
    assert_non_null(strstr(h->answer, "\"change\":\"keep\",\"because\":\"it was activated within the look-back time\""));
    assert_non_null(strstr(h->answer, "\"because\":\"it comes by a group: it is left as it is\""));
    gh_test_house_expect(
        h, root, "GET", "/recommendations", NULL, 200, "\"identity\":\"/identities/ann\""); /* who has nothing but these */
    gh_test_house_close(h);
}

/* Another's writing transaction is open all the while. */
static void
recommending_only_reads(void **state)
{
    struct gh_test_house *h = open_house(gh_now_ms());
    const char *root = gh_test_house_token(h, "root");
    gh_auto_store_tx *tx = NULL;
    (void)state;
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
    gh_test_house_expect(h, root, "GET", "/recommendations", NULL, 200, "\"proof\"");
    gh_store_rollback(gh_store_steal(&tx));
    gh_test_house_close(h);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_activated_is_reviewed_and_goes),
        cmocka_unit_test(what_he_never_activated_is_proposed_to_go),
        cmocka_unit_test(recommending_only_reads),
    };
    vault_program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
