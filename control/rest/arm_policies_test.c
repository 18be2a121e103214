/* SPDX-License-Identifier: Apache-2.0 */
/* Two administrators change two rules of one role's policy at once: neither takes the other's back, whoever comes too late is told so. */
#include "control/testing.h"

#include <pthread.h>
#include <stdio.h>

#include "control/rest/resources.h"
#include "host/host.h"

#define ROUNDS  40
#define READER  "acdd72a7-3385-48ef-bd42-f606fba81ae7"
#define AT      "/workspaces/w/providers/Microsoft.Authorization/roleManagementPolicies"
#define VERSION "api-version=2020-10-01"

static struct {
    struct gh_test_house *h;
    char path[256]; /* of the policy */
    int n_lost, n_other;
} self;

static unsigned
ask(struct gh_arena *a, enum gh_method method, const char *path, const char *query, const char *body, struct gh_str *answer)
{
    struct gh_call call;
    gh_call_init(&call, &self.h->c, a);
    call.surface = GH_SURFACE_ARM;
    call.method = method;
    call.path = gh_str_z(path);
    call.query = gh_str_z(query);
    call.body = gh_str_z(body);
    call.is_local = true;
    gh_rest_answer(&call);
    *answer = gh_buf_str(&call.out);
    gh_rest_done(&call);
    return call.status;
}

/* Changes the rule that only this thread changes, until it was taken, and looks whether it stands there. */
static void
change(const char *rule, const char *holds)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str answer;
    char body[512];
    unsigned status;
    (void)snprintf(body, sizeof(body), "{\"properties\":{\"rules\":[%s]}}", rule);
    do
        status = ask(&a, GH_METHOD_PATCH, self.path, VERSION, body, &answer);
    while (status == 412);
    (void)__atomic_add_fetch(&self.n_other, status != 200, __ATOMIC_RELAXED);
    (void)ask(&a, GH_METHOD_GET, self.path, VERSION, "", &answer);
    (void)__atomic_add_fetch(&self.n_lost, gh_str_find(answer, gh_str_z(holds)) == SIZE_MAX, __ATOMIC_RELAXED);
    gh_arena_fini(&a);
}

static void *
change_expiration(void *unused)
{
    char rule[256], holds[64];
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        (void)snprintf(holds, sizeof(holds), "\"maximumDuration\":\"PT%dM\"", 31 + i % 25);
        (void)snprintf(rule, sizeof(rule),
            "{\"id\":\"Expiration_EndUser_Assignment\",\"ruleType\":\"RoleManagementPolicyExpirationRule\","
            "\"isExpirationRequired\":true,%s}",
            holds);
        change(rule, holds);
    }
    return NULL;
}

static void *
change_approval(void *unused)
{
    char rule[400], holds[64];
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        (void)snprintf(holds, sizeof(holds), "\"approvalStageTimeOutInDays\":%d", 2 + i % 28);
        (void)snprintf(rule, sizeof(rule),
            "{\"id\":\"Approval_EndUser_Assignment\",\"ruleType\":\"RoleManagementPolicyApprovalRule\",\"setting\":{"
            "\"isApprovalRequired\":true,\"approvalMode\":\"SingleStage\",\"approvalStages\":[{%s,"
            "\"primaryApprovers\":[{\"id\":\"boss\",\"userType\":\"User\"}]}]}}",
            holds);
        change(rule, holds);
    }
    return NULL;
}

static void
nobody_takes_back_what_another_wrote(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_json j;
    struct gh_str answer, name;
    pthread_t other;
    (void)state;
    self.h = gh_test_house_open(NULL);
    gh_test_house_put(self.h, "/workspaces/w", "{}");
    gh_test_house_put(self.h, "/identities/boss", "{\"kind\":\"user\"}");
    assert_int_equal(ask(&a, GH_METHOD_GET, AT, VERSION "&$filter=roleDefinitionId%20eq%20'" READER "'", "", &answer), 200);
    assert_int_equal(gh_json_parse(&j, &a, answer, NULL), GH_OK);
    gh_json_ref first = gh_json_first(&j, gh_json_get(&j, 0, GH_STR("value")));
    assert_int_equal(gh_json_str(&name, &a, &j, gh_json_get(&j, first, GH_STR("name"))), GH_OK);
    (void)snprintf(self.path, sizeof(self.path), AT "/%.*s", (int)name.n, name.p);
    assert_int_equal(pthread_create(&other, NULL, change_approval, NULL), 0);
    (void)change_expiration(NULL);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(self.n_other, 0);
    assert_int_equal(self.n_lost, 0);
    gh_arena_fini(&a);
    gh_test_house_close(self.h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_takes_back_what_another_wrote)};
    return cmocka_run_group_tests_name("arm_policies", tests, NULL, NULL);
}
