/* SPDX-License-Identifier: Apache-2.0 */
/* What a test over the wire would have to wait for: five minutes of an activation, a day of an approval; and what administrators decide. */
#include "control/testing.h"

#include <stdio.h>

#include "base/codec.h"
#include "control/publish/props.h"
#include "control/rest/elevation.h"
#include "host/host.h"

#define ROLE    "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
#define OWNER   "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define READER  "acdd72a7-3385-48ef-bd42-f606fba81ae7"
#define AT      "/arm/workspaces/w/providers/Microsoft.Authorization/"
#define VERSION "?api-version=2020-10-01"
#define MINUTE  INT64_C(60000)

static const char *vault_program;

struct people {
    struct gh_test_house *h;
    const char *ann, *boss, *chief; /* tokens: who is eligible, who approves, an Owner */
};

static void
put_identity(struct gh_test_house *h, const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/identities/%s", name);
    gh_test_house_put(h, path, "{\"kind\":\"user\"}");
}

/* Ann is eligible for the role at /workspaces/w; its policy is `policy`. */
static struct people
open_house(const char *policy)
{
    struct people p = {.h = gh_test_house_open(vault_program)};
    char text[512];
    put_identity(p.h, "ann");
    put_identity(p.h, "boss");
    put_identity(p.h, "chief");
    gh_test_house_put(p.h, "/workspaces/w", "{}");
    gh_test_house_put(p.h, "/roleAssignments/67617465-686f-4573-8000-0000000000aa",
        "{\"roleDefinitionId\":\"" OWNER "\",\"principalId\":\"/identities/chief\",\"scope\":\"/\"}");
    (void)snprintf(text, sizeof(text),
        "{\"roleDefinitionId\":\"" ROLE "\",\"scope\":\"/workspaces/w\",\"eligibilityExpires\":false,%s}", policy);
    gh_test_house_put(p.h, "/rolePolicies/p", text);
    gh_test_house_put(p.h, "/roleEligibilities/e",
        "{\"roleDefinitionId\":\"" ROLE "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\"}");
    p.ann = gh_test_house_token(p.h, "ann");
    p.boss = gh_test_house_token(p.h, "boss");
    p.chief = gh_test_house_token(p.h, "chief");
    return p;
}

/* A request for the role at /workspaces/w; `more` are further members. */
static void
ask(struct people *p, const char *token, const char *kind, const char *name, const char *type, const char *more, unsigned status,
    const char *says)
{
    char target[256], body[1024];
    (void)snprintf(target, sizeof(target), AT "%s/%s" VERSION, kind, name);
    (void)snprintf(body, sizeof(body),
        "{\"properties\":{\"requestType\":\"%s\",\"roleDefinitionId\":\"" ROLE "\",\"justification\":\"test\"%s}}", type, more);
    gh_test_house_expect(p->h, token, "PUT", target, body, status, says);
}
#define ASSIGNMENT  "roleAssignmentScheduleRequests"
#define ELIGIBILITY "roleEligibilityScheduleRequests"
#define FOR_ANN     ",\"principalId\":\"/identities/ann\""

/* Text of a stored resource, with the time under `name` put to `ms` from now: what passed without a test's waiting for it. */
static void
set_time(struct gh_test_house *h, const char *path, const char *name, int64_t ms)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_store_resource r;
    struct gh_props p;
    struct gh_buf body, time;
    char mem[40];
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
    assert_int_equal(gh_store_resource_get(&r, &h->a, tx, gh_str_z(path)), GH_OK);
    assert_non_null(r.path.p);
    assert_int_equal(gh_props_open(&p, &h->a, r.body), GH_OK);
    struct gh_str old = gh_props_str(&p, name, GH_STR(""));
    size_t at = gh_str_find(r.body, old);
    assert_true(old.n > 0 && at != SIZE_MAX);
    gh_buf_init_fixed(&time, mem, sizeof(mem));
    gh_time_put(&time, gh_now_ms() + ms);
    gh_buf_init(&body, &h->a, r.body.n + 64);
    gh_buf_put(&body, gh_str_sub(r.body, 0, at));
    gh_buf_put(&body, gh_buf_str(&time));
    gh_buf_put(&body, gh_str_sub(r.body, at + old.n, SIZE_MAX));
    r.body = gh_buf_str(&body);
    assert_int_equal(gh_store_resource_put(tx, &r), GH_OK);
    assert_int_equal(gh_store_commit(gh_store_steal(&tx)), GH_OK);
}

static void
an_activation_can_be_ended_after_five_minutes(void **state)
{
    struct people p = open_house("\"evidence\":[\"Justification\"]");
    (void)state;
    ask(&p, p.ann, ASSIGNMENT, "one", "SelfActivate", "", 201, "\"status\":\"Provisioned\"");
    ask(&p, p.ann, ASSIGNMENT, "two", "SelfDeactivate", "", 400, "ActiveDurationTooShort");
    set_time(p.h, "/roleAssignments/one", "startDateTime", -6 * MINUTE);
    ask(&p, p.boss, ASSIGNMENT, "three", "SelfDeactivate", FOR_ANN, 403, NULL);
    ask(&p, p.ann, ASSIGNMENT, "four", "SelfDeactivate", "", 201, "\"status\":\"Revoked\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 404, NULL);
    ask(&p, p.ann, ASSIGNMENT, "five", "SelfDeactivate", "", 404, "RoleAssignmentDoesNotExist");
    gh_test_house_expect(p.h, p.ann, "GET", AT ASSIGNMENT "/one" VERSION, NULL, 200, "\"SelfActivate\"");
    gh_test_house_expect(p.h, NULL, "DELETE", "/roleRequests/one", NULL, 405, NULL);
    gh_test_house_expect(p.h, NULL, "PUT", "/roleRequests/one", "{}", 405, NULL);
    ask(&p, p.ann, ASSIGNMENT, "one", "SelfActivate", "", 409, "RoleAssignmentRequestExists");
    gh_test_house_close(p.h);
}

/* Taken away it ends at once; shortened, no later than that. */
static void
an_activation_outlives_no_eligibility(void **state)
{
    struct people p = open_house("\"evidence\":[\"Justification\"]");
    static const char shorter[] = "{\"roleDefinitionId\":\"" ROLE
                                  "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\",\"endDateTime\":\"%s\"}";
    char mem[40] = "", body[512];
    struct gh_buf end;
    (void)state;
    ask(&p, p.ann, ASSIGNMENT, "one", "SelfActivate", "", 201, NULL);
    gh_buf_init_fixed(&end, mem, sizeof(mem) - 1);
    gh_time_put(&end, gh_now_ms() + 20 * MINUTE);
    (void)snprintf(body, sizeof(body), shorter, mem);
    gh_test_house_expect(p.h, NULL, "PUT", "/roleEligibilities/e", body, 200, NULL);
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 200, mem);
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 200, "\"activation\":\"/roleEligibilities/e\"");
    (void)snprintf(body, sizeof(body), shorter, "2099-01-01T00:00:00Z");
    gh_test_house_expect(p.h, NULL, "PUT", "/roleEligibilities/e", body, 400, NULL);
    gh_test_house_expect(p.h, NULL, "DELETE", "/roleEligibilities/e?dryRun=true", NULL, 200, NULL);
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 200, mem);
    ask(&p, p.chief, ELIGIBILITY, "gone", "AdminRemove", FOR_ANN, 201, "\"Revoked\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 404, NULL);
    gh_test_house_close(p.h);
}

/* Somebody narrowed it by a condition since: a shorter end does not lift that. */
static void
what_is_shortened_keeps_its_condition(void **state)
{
    static const char shorter[] = "{\"roleDefinitionId\":\"" ROLE
                                  "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\",\"endDateTime\":\"%s\"}",
                      narrower[] = "{\"roleDefinitionId\":\"" ROLE
                                   "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\",\"endDateTime\":\"%s\","
                                   "\"activation\":\"/roleEligibilities/e\",\"principalType\":\"User\","
                                   "\"condition\":\"@Environment[utcNow] DateTimeLessThan '2099-01-01T00:00:00Z'\","
                                   "\"conditionVersion\":\"2.0\"}";
    struct people p = open_house("\"evidence\":[\"Justification\"]");
    char later[40] = "", sooner[40] = "", body[768];
    struct gh_buf end;
    (void)state;
    gh_buf_init_fixed(&end, later, sizeof(later) - 1);
    gh_time_put(&end, gh_now_ms() + 60 * MINUTE);
    gh_buf_init_fixed(&end, sooner, sizeof(sooner) - 1);
    gh_time_put(&end, gh_now_ms() + 20 * MINUTE);
    ask(&p, p.ann, ASSIGNMENT, "one", "SelfActivate", "", 201, NULL);
    (void)snprintf(body, sizeof(body), narrower, later);
    gh_test_house_expect(p.h, NULL, "PUT", "/roleAssignments/one", body, 200, later);
    (void)snprintf(body, sizeof(body), shorter, sooner);
    gh_test_house_expect(p.h, NULL, "PUT", "/roleEligibilities/e", body, 200, NULL);
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 200, sooner);
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 200, "DateTimeLessThan");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 200, "\"conditionVersion\":\"2.0\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 200, "\"principalType\":\"User\"");
    gh_test_house_close(p.h);
}

/* Azure's shape of an assignment has no times: the same one put again, as tools of deployment do, ends when it was to end. */
static void
what_is_put_again_keeps_its_end(void **state)
{
    static const char name[] = "/roleAssignments/67617465-686f-4573-8000-0000000000bb",
                      at[] = AT "roleAssignments/67617465-686f-4573-8000-0000000000bb?api-version=2022-04-01",
                      again[] = "{\"properties\":{\"roleDefinitionId\":\"" ROLE "\",\"principalId\":\"/identities/ann\"}}";
    struct people p = open_house("\"evidence\":[\"Justification\"]");
    (void)state;
    gh_test_house_put(p.h, name,
        "{\"roleDefinitionId\":\"" ROLE "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\","
        "\"startDateTime\":\"2026-01-01T00:00:00Z\",\"endDateTime\":\"2098-01-01T00:00:00Z\"}");
    gh_test_house_expect(p.h, p.chief, "PUT", at, again, 200, NULL);
    gh_test_house_expect(p.h, NULL, "GET", name, NULL, 200, "\"endDateTime\":\"2098-01-01T00:00:00Z\"");
    gh_test_house_expect(p.h, NULL, "GET", name, NULL, 200, "\"startDateTime\":\"2026-01-01T00:00:00Z\"");
    p.h->if_match = "\"r1\"";
    gh_test_house_expect(p.h, p.chief, "PUT", at, again, 412, NULL);
    p.h->if_match = "\"r1\"";
    gh_test_house_expect(p.h, p.boss, "PUT", at, again, 403, NULL);
    gh_test_house_close(p.h);
}

static void
what_has_ended_is_forgotten_and_no_obstacle(void **state)
{
    struct people p = open_house("\"evidence\":[\"Justification\"]");
    (void)state;
    ask(&p, p.ann, ASSIGNMENT, "one", "SelfActivate", "", 201, NULL);
    ask(&p, p.ann, ASSIGNMENT, "two", "SelfActivate", "", 400, "RoleAssignmentExists");
    set_time(p.h, "/roleAssignments/one", "startDateTime", -60 * MINUTE);
    set_time(p.h, "/roleAssignments/one", "endDateTime", -MINUTE);
    gh_test_house_expect(
        p.h, p.ann, "GET", AT "roleAssignmentScheduleInstances" VERSION "&$filter=asTarget()", NULL, 200, "\"value\":[]");
    ask(&p, p.ann, ASSIGNMENT, "two", "SelfActivate", "", 201, "\"status\":\"Provisioned\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 404, NULL);
    gh_test_house_close(p.h);
}

static void
an_approval_that_comes_too_late(void **state)
{
    static const char stage[] = "/arm/providers/Microsoft.Authorization/roleAssignmentApprovals/one/stages/one" VERSION,
                      yes[] = "{\"properties\":{\"reviewResult\":\"Approve\",\"justification\":\"late\"}}";
    struct people p = open_house("\"evidence\":[\"Justification\"],\"approvalRequired\":true,\"approvers\":[\"/identities/boss\"]");
    (void)state;
    ask(&p, p.ann, ASSIGNMENT, "one", "SelfActivate", "", 201, "\"PendingApproval\"");
    gh_test_house_expect(p.h, NULL, "DELETE", "/roleDefinitions/" ROLE, NULL, 409, NULL);
    set_time(p.h, "/roleRequests/one", "approveUntil", -MINUTE);
    gh_test_house_expect(p.h, p.ann, "GET", AT ASSIGNMENT "/one" VERSION, NULL, 200, "\"TimedOut\"");
    gh_test_house_expect(p.h, p.boss, "PATCH", stage, yes, 409, "TimedOut");
    ask(&p, p.ann, ASSIGNMENT, "two", "SelfActivate", "", 201, "\"PendingApproval\"");
    gh_test_house_close(p.h);
}

/* From the beginning to the end of a stored assignment. */
static int64_t
length_of(struct gh_test_house *h, const char *path)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_props p;
    bool exists;
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_props_load(&p, &exists, &h->a, tx, gh_str_z(path)), GH_OK);
    assert_true(exists);
    return gh_elevation_time(&p, "endDateTime") - gh_elevation_time(&p, "startDateTime");
}

/* What was asked for under a policy that is stricter by now lasts as long as that allows. */
static void
an_approval_goes_by_the_policy_of_now(void **state)
{
    static const char stage[] = "/arm/providers/Microsoft.Authorization/roleAssignmentApprovals/one/stages/one" VERSION,
                      yes[] = "{\"properties\":{\"reviewResult\":\"Approve\",\"justification\":\"fine\"}}";
    struct people p = open_house("\"evidence\":[\"Justification\"],\"approvalRequired\":true,\"approvers\":[\"/identities/boss\"]");
    (void)state;
    ask(&p, p.ann, ASSIGNMENT, "one", "SelfActivate", "", 201, "\"PendingApproval\"");
    gh_test_house_put(p.h, "/rolePolicies/p",
        "{\"roleDefinitionId\":\"" ROLE "\",\"scope\":\"/workspaces/w\",\"eligibilityExpires\":false,\"maximumDuration\":\"PT30M\","
        "\"approvalRequired\":true,\"approvers\":[\"/identities/boss\"]}");
    gh_test_house_expect(p.h, p.boss, "PATCH", stage, yes, 200, "\"Approve\"");
    assert_int_equal(length_of(p.h, "/roleAssignments/one"), 30 * MINUTE);
    gh_test_house_close(p.h);
}

static void
who_is_no_longer_eligible_is_not_approved(void **state)
{
    static const char stage[] = "/arm/providers/Microsoft.Authorization/roleAssignmentApprovals/one/stages/one" VERSION,
                      yes[] = "{\"properties\":{\"reviewResult\":\"Approve\",\"justification\":\"fine\"}}";
    struct people p = open_house("\"evidence\":[\"Justification\"],\"approvalRequired\":true,\"approvers\":[\"/identities/boss\"]");
    (void)state;
    ask(&p, p.ann, ASSIGNMENT, "one", "SelfActivate", "", 201, "\"PendingApproval\"");
    gh_test_house_expect(p.h, p.chief, "PATCH", stage, yes, 403, "approver");
    gh_test_house_expect(p.h, NULL, "PATCH", stage, yes, 403, "approver");
    gh_test_house_expect(p.h, NULL, "DELETE", "/roleEligibilities/e", NULL, 204, NULL);
    gh_test_house_expect(p.h, p.boss, "PATCH", stage, yes, 400, "EligibilityRule");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 404, NULL);
    gh_test_house_close(p.h);
}

/* Whoever asked does not answer under the name that tokens know him by, when his identity is gone; nor does it go to another of that path. */
static void
who_asked_is_known_by_his_token(void **state)
{
    static const char stage[] = "/arm/providers/Microsoft.Authorization/roleAssignmentApprovals/one/stages/one" VERSION,
                      yes[] = "{\"properties\":{\"reviewResult\":\"Approve\",\"justification\":\"fine\"}}";
    struct people p = open_house(
        "\"evidence\":[\"Justification\"],\"approvalRequired\":true,\"approvers\":[\"/identities/boss\",\"gatehouse:ann\"]");
    struct gh_caller by_token = {.name = GH_STR("gatehouse:ann"), .principals = {GH_STR("gatehouse:ann")}, .n_principals = 1};
    const struct gh_call call = {.a = &p.h->a, .caller = &by_token};
    gh_auto_store_tx *tx = NULL;
    struct gh_props request;
    bool exists;
    (void)state;
    ask(&p, p.ann, ASSIGNMENT, "one", "SelfActivate", "", 201, "\"PendingApproval\"");
    assert_int_equal(gh_store_begin(&tx, p.h->c.store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_props_load(&request, &exists, &p.h->a, tx, GH_STR("/roleRequests/one")), GH_OK);
    gh_store_rollback(gh_store_steal(&tx));
    assert_true(exists);
    assert_false(gh_elevation_may_review(&call, &request));
    by_token.name = by_token.principals[0] = GH_STR("gatehouse:boss");
    assert_false(gh_elevation_may_review(&call, &request));
    by_token.name = by_token.principals[0] = GH_STR("/identities/boss");
    assert_true(gh_elevation_may_review(&call, &request));

    gh_test_house_put(p.h, "/issuers/corp", "{\"issuer\":\"https://idp.example\",\"jwksUri\":\"https://192.0.2.1/keys\"}");
    gh_test_house_put(p.h, "/identities/ann", "{\"kind\":\"user\",\"issuer\":\"corp\",\"subject\":\"other\"}");
    gh_test_house_expect(p.h, p.boss, "PATCH", stage, yes, 400, "EligibilityRule");
    gh_test_house_put(p.h, "/identities/ann", "{\"kind\":\"user\"}");
    gh_test_house_expect(p.h, p.boss, "PATCH", stage, yes, 200, "\"Approve\"");
    gh_test_house_close(p.h);
}

/* Asking and cancelling without end fills no store: the newest stay, and what was activated is not pushed out by it. */
static void
history_has_an_end(void **state)
{
    struct people p = open_house("\"evidence\":[\"Justification\"]");
    gh_auto_store_tx *tx = NULL;
    uint64_t n;
    char name[32], cancel[256];
    (void)state;
    ask(&p, p.ann, ASSIGNMENT, "real", "SelfActivate", "", 201, "\"Provisioned\"");
    set_time(p.h, "/roleAssignments/real", "startDateTime", -6 * MINUTE);
    ask(&p, p.ann, ASSIGNMENT, "over", "SelfDeactivate", "", 201, "\"Revoked\"");
    gh_test_house_put(p.h, "/rolePolicies/p",
        "{\"roleDefinitionId\":\"" ROLE "\",\"scope\":\"/workspaces/w\",\"eligibilityExpires\":false,\"approvalRequired\":true,"
        "\"evidence\":[\"Justification\"],\"approvers\":[\"/identities/boss\"]}");
    for (unsigned i = 0; i < GH_ELEVATION_KEPT_MAX + 3; i++) {
        (void)snprintf(name, sizeof(name), "n%03u", 999 - i);
        (void)snprintf(cancel, sizeof(cancel), AT ASSIGNMENT "/%s/cancel" VERSION, name);
        ask(&p, p.ann, ASSIGNMENT, name, "SelfActivate", "", 201, "\"PendingApproval\"");
        assert_int_equal(gh_test_house_ask(p.h, p.ann, "POST", cancel, NULL), 200);
    }
    ask(&p, p.ann, ASSIGNMENT, "last", "SelfActivate", "", 201, "\"PendingApproval\"");
    assert_int_equal(gh_store_begin(&tx, p.h->c.store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_store_resource_below(&n, tx, GH_STR("/roleRequests")), GH_OK);
    assert_int_equal(n, 2 + GH_ELEVATION_KEPT_MAX - 1 + 1); /* one was forgotten for the one that waits */
    gh_store_rollback(gh_store_steal(&tx));
    gh_test_house_expect(p.h, NULL, "GET", "/roleRequests/n999", NULL, 404, NULL);
    gh_test_house_expect(p.h, NULL, "GET", "/roleRequests/n897", NULL, 200, "\"Canceled\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleRequests/real", NULL, 200, "\"Provisioned\"");
    gh_test_house_close(p.h);
}

static void
who_left_the_group_that_is_eligible_is_not_approved(void **state)
{
    static const char stage[] = "/arm/providers/Microsoft.Authorization/roleAssignmentApprovals/one/stages/one" VERSION,
                      yes[] = "{\"properties\":{\"reviewResult\":\"Approve\",\"justification\":\"fine\"}}";
    struct people p = open_house("\"evidence\":[\"Justification\"],\"approvalRequired\":true,\"approvers\":[\"/identities/boss\"]");
    (void)state;
    gh_test_house_expect(p.h, NULL, "DELETE", "/roleEligibilities/e", NULL, 204, NULL);
    gh_test_house_put(p.h, "/groups/inner", "{\"members\":[\"/identities/ann\"]}");
    gh_test_house_put(p.h, "/groups/outer", "{\"members\":[\"/groups/inner\"]}");
    gh_test_house_put(p.h, "/roleEligibilities/g",
        "{\"roleDefinitionId\":\"" ROLE "\",\"principalId\":\"/groups/outer\",\"scope\":\"/workspaces/w\"}");
    ask(&p, p.ann, ASSIGNMENT, "one", "SelfActivate", "", 201, "\"PendingApproval\"");
    gh_test_house_put(p.h, "/groups/inner", "{\"members\":[]}");
    gh_test_house_expect(p.h, p.boss, "PATCH", stage, yes, 400, "EligibilityRule");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 404, NULL);
    gh_test_house_put(p.h, "/groups/inner", "{\"members\":[\"/identities/ann\"]}");
    gh_test_house_expect(p.h, p.boss, "PATCH", stage, yes, 200, "\"Approve\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 200, "\"activation\":\"/roleEligibilities/g\"");
    gh_test_house_close(p.h);
}

/* The name of an eligibility tells nothing: what has it now must give what was asked for, there, to who asked. */
static void
what_was_made_anew_is_what_was_asked_for(void **state)
{
    static const char stage[] = "/arm/providers/Microsoft.Authorization/roleAssignmentApprovals/one/stages/one" VERSION,
                      yes[] = "{\"properties\":{\"reviewResult\":\"Approve\",\"justification\":\"fine\"}}";
    static const struct {
        const char *name, *eligibility;
        unsigned status;
    } cases[] = {
        {"another role", "{\"roleDefinitionId\":\"" READER "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\"}",
            400},
        {"another scope", "{\"roleDefinitionId\":\"" ROLE "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/v\"}",
            400},
        {"somebody else", "{\"roleDefinitionId\":\"" ROLE "\",\"principalId\":\"/identities/chief\",\"scope\":\"/workspaces/w\"}",
            400},
        {"a group of another issuer",
            "{\"roleDefinitionId\":\"" ROLE "\",\"principalId\":\"corp/groups:g\",\"scope\":\"/workspaces/w\"}", 400},
        {"later",
            "{\"roleDefinitionId\":\"" ROLE
            "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\",\"startDateTime\":\"2098-01-01T00:00:00Z\"}",
            400},
        {"the same again", "{\"roleDefinitionId\":\"" ROLE "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\"}",
            200},
    };
    struct people p = open_house("\"evidence\":[\"Justification\"],\"approvalRequired\":true,\"approvers\":[\"/identities/boss\"]");
    (void)state;
    gh_test_house_put(p.h, "/workspaces/v", "{}");
    for (size_t i = 0; i < 2; i++) {
        char policy[256];
        (void)snprintf(policy, sizeof(policy), "{\"roleDefinitionId\":\"%s\",\"scope\":\"/\",\"eligibilityExpires\":false}",
            i == 0 ? ROLE : READER);
        gh_test_house_put(p.h, i == 0 ? "/rolePolicies/all" : "/rolePolicies/reader", policy);
    }
    gh_test_house_put(p.h, "/issuers/corp",
        "{\"issuer\":\"https://192.0.2.9/corp\",\"audiences\":[\"a\"],\"jwksUri\":\"https://192.0.2.9/keys\"}");
    ask(&p, p.ann, ASSIGNMENT, "one", "SelfActivate", "", 201, "\"PendingApproval\"");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("# %s\n", cases[i].name);
        gh_test_house_expect(p.h, NULL, "DELETE", "/roleEligibilities/e", NULL, 204, NULL);
        gh_test_house_put(p.h, "/roleEligibilities/e", cases[i].eligibility);
        gh_test_house_expect(p.h, p.boss, "PATCH", stage, yes, cases[i].status, cases[i].status == 400 ? "EligibilityRule" : NULL);
    }
    gh_test_house_close(p.h);
}

/* A schedule says nothing of conditions: whoever changes its times leaves them. */
static void
what_is_extended_keeps_its_condition(void **state)
{
    static const char stage[] = "/arm/providers/Microsoft.Authorization/roleAssignmentApprovals/more/stages/more" VERSION,
                      yes[] = "{\"properties\":{\"reviewResult\":\"Approve\",\"justification\":\"fine\"}}",
                      month[] = ",\"scheduleInfo\":{\"expiration\":{\"type\":\"AfterDuration\",\"duration\":\"P30D\"}}",
                      days[] = FOR_ANN ",\"scheduleInfo\":{\"expiration\":{\"type\":\"AfterDuration\",\"duration\":\"P3D\"}}";
    struct people p = open_house("\"evidence\":[\"Justification\"]");
    (void)state;
    gh_test_house_put(p.h, "/roleAssignments/c",
        "{\"roleDefinitionId\":\"" ROLE
        "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\",\"description\":\"for May\","
        "\"condition\":\"@Environment[utcNow] DateTimeLessThan '2099-01-01T00:00:00Z'\",\"conditionVersion\":\"2.0\"}");
    ask(&p, p.chief, ASSIGNMENT, "update", "AdminUpdate", days, 201, "\"Provisioned\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/c", NULL, 200, "2099-01-01");
    ask(&p, p.ann, ASSIGNMENT, "more", "SelfExtend", month, 201, "\"PendingAdminDecision\"");
    gh_test_house_expect(p.h, p.chief, "PATCH", stage, yes, 200, "\"Approve\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/c", NULL, 200, "2099-01-01");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/c", NULL, 200, "for May");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/c", NULL, 200, "endDateTime");
    gh_test_house_close(p.h);
}

static void
administrators_extend_change_and_end(void **state)
{
    static const char stage[] = "/arm/providers/Microsoft.Authorization/roleAssignmentApprovals/more/stages/more" VERSION,
                      yes[] = "{\"properties\":{\"reviewResult\":\"Approve\",\"justification\":\"fine\"}}",
                      month[] = ",\"scheduleInfo\":{\"expiration\":{\"type\":\"AfterDuration\",\"duration\":\"P30D\"}}",
                      month_ann[] = FOR_ANN ",\"scheduleInfo\":{\"expiration\":{\"type\":\"AfterDuration\",\"duration\":\"P30D\"}}",
                      years[] = FOR_ANN ",\"scheduleInfo\":{\"expiration\":{\"type\":\"AfterDuration\",\"duration\":\"P400D\"}}";
    struct people p = open_house("\"evidence\":[\"Justification\"]");
    (void)state;
    ask(&p, p.ann, ELIGIBILITY, "more", "SelfExtend", month, 201, "\"PendingAdminDecision\"");
    gh_test_house_expect(p.h, p.ann, "PATCH", stage, yes, 403, NULL);
    gh_test_house_expect(p.h, p.boss, "PATCH", stage, yes, 403, NULL);
    gh_test_house_expect(p.h, p.chief, "PATCH", stage, yes, 200, "\"Approve\"");
    gh_test_house_expect(p.h, p.ann, "GET", AT ELIGIBILITY "/more" VERSION, NULL, 200, "\"AdminApproved\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleEligibilities/e", NULL, 200, "endDateTime");
    ask(&p, p.ann, ELIGIBILITY, "own", "AdminUpdate", month_ann, 403, "AuthorizationFailed");
    ask(&p, p.chief, ELIGIBILITY, "long", "AdminExtend", years, 400, "ExpirationRule");
    ask(&p, p.chief, ELIGIBILITY, "update", "AdminUpdate", month_ann, 201, "\"Provisioned\"");
    ask(&p, p.chief, ELIGIBILITY, "renew", "AdminRenew", month_ann, 201, "\"Provisioned\"");
    ask(&p, p.chief, ELIGIBILITY, "wrong", "SelfActivate", "", 400, "InvalidRequestType");
    ask(&p, p.chief, ELIGIBILITY, "gone", "AdminRemove", FOR_ANN, 201, "\"Revoked\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleEligibilities/e", NULL, 404, NULL);
    ask(&p, p.chief, ELIGIBILITY, "again", "AdminRemove", FOR_ANN, 404, "RoleEligibilityDoesNotExist");
    ask(&p, p.chief, ASSIGNMENT, "hers", "AdminAssign", month_ann, 201, "\"Provisioned\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/hers", NULL, 200, "endDateTime");
    gh_test_house_close(p.h);
}

static void
a_group_is_eligible_and_its_member_activates(void **state)
{
    struct people p = open_house("\"evidence\":[\"Justification\"]");
    (void)state;
    gh_test_house_expect(p.h, NULL, "DELETE", "/roleEligibilities/e", NULL, 204, NULL);
    gh_test_house_put(p.h, "/groups/g", "{\"members\":[\"/identities/ann\"]}");
    gh_test_house_put(p.h, "/rolePolicies/wide",
        "{\"roleDefinitionId\":\"" ROLE "\",\"scope\":\"/\",\"eligibilityExpires\":false,\"evidence\":[\"Justification\"]}");
    gh_test_house_put(
        p.h, "/roleEligibilities/g", "{\"roleDefinitionId\":\"" ROLE "\",\"principalId\":\"/groups/g\",\"scope\":\"/\"}");
    gh_test_house_expect(p.h, p.ann, "GET", AT "roleEligibilityScheduleInstances" VERSION "&$filter=asTarget()", NULL, 200,
        "\"memberType\":\"Group\"");
    ask(&p, p.boss, ASSIGNMENT, "his", "SelfActivate", "", 400, "EligibilityRule");
    ask(&p, p.ann, ASSIGNMENT, "theirs", "SelfActivate", ",\"principalId\":\"/groups/g\"", 403, NULL);
    ask(&p, p.ann, ASSIGNMENT, "hers", "SelfActivate", "", 201, "\"principalId\":\"/identities/ann\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/hers", NULL, 200, "\"activation\":\"/roleEligibilities/g\"");
    gh_test_house_close(p.h);
}

/* A group was eligible: who leaves it, by whichever way he was in it, has nothing by it any more. Who stays keeps what he activated. */
static void
who_leaves_a_group_loses_what_he_activated_by_it(void **state)
{
    struct people p = open_house("\"evidence\":[\"Justification\"]");
    (void)state;
    gh_test_house_expect(p.h, NULL, "DELETE", "/roleEligibilities/e", NULL, 204, NULL);
    gh_test_house_put(p.h, "/groups/inner", "{\"members\":[\"gatehouse:ann\",\"/identities/boss\"]}");
    gh_test_house_put(p.h, "/groups/outer", "{\"members\":[\"/groups/inner\"]}");
    gh_test_house_put(p.h, "/roleEligibilities/g",
        "{\"roleDefinitionId\":\"" ROLE "\",\"principalId\":\"/groups/outer\",\"scope\":\"/workspaces/w\"}");
    ask(&p, p.ann, ASSIGNMENT, "hers", "SelfActivate", "", 201, NULL);
    ask(&p, p.boss, ASSIGNMENT, "his", "SelfActivate", "", 201, NULL);
    gh_test_house_put(p.h, "/groups/inner", "{\"members\":[\"/identities/ann\",\"/identities/boss\"]}");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/hers", NULL, 200, NULL);
    gh_test_house_put(p.h, "/groups/inner", "{\"members\":[\"/identities/boss\",\"/identities/chief\"]}");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/hers", NULL, 404, NULL);
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/his", NULL, 200, NULL);
    gh_test_house_put(p.h, "/groups/outer", "{\"members\":[\"/identities/boss\"]}");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/his", NULL, 200, NULL);
    gh_test_house_put(p.h, "/groups/outer", "{\"members\":[]}");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/his", NULL, 404, NULL);
    gh_test_house_close(p.h);
}

/* What somebody asks to be longer has the bounds of the policy, as what an administrator makes longer; and an activation that of its eligibility. */
static void
what_is_asked_to_be_longer_has_bounds(void **state)
{
    static const char stage[] = "/arm/providers/Microsoft.Authorization/roleAssignmentApprovals/more/stages/more" VERSION,
                      yes[] = "{\"properties\":{\"reviewResult\":\"Approve\",\"justification\":\"fine\"}}",
                      endless[] = ",\"scheduleInfo\":{\"expiration\":{\"type\":\"NoExpiration\"}}",
                      years[] = ",\"scheduleInfo\":{\"expiration\":{\"type\":\"AfterDuration\",\"duration\":\"P400D\"}}",
                      days[] = ",\"scheduleInfo\":{\"expiration\":{\"type\":\"AfterDuration\",\"duration\":\"P3D\"}}";
    struct people p = open_house("\"evidence\":[\"Justification\"]");
    char end[40] = "", body[512];
    struct gh_buf b;
    (void)state;
    gh_buf_init_fixed(&b, end, sizeof(end) - 1);
    gh_time_put(&b, gh_now_ms() + 60 * MINUTE);
    (void)snprintf(body, sizeof(body),
        "{\"roleDefinitionId\":\"" ROLE
        "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\",\"endDateTime\":\"%s\"}",
        end);
    gh_test_house_put(p.h, "/roleEligibilities/e", body);
    ask(&p, p.ann, ASSIGNMENT, "one", "SelfActivate",
        ",\"scheduleInfo\":{\"expiration\":{\"type\":\"AfterDuration\",\"duration\":\"PT30M\"}}", 201, NULL);
    ask(&p, p.ann, ASSIGNMENT, "ever", "SelfExtend", endless, 400, "ExpirationRule");
    ask(&p, p.ann, ASSIGNMENT, "years", "SelfExtend", years, 400, "ExpirationRule");
    ask(&p, p.ann, ASSIGNMENT, "more", "SelfExtend", days, 201, "\"PendingAdminDecision\"");
    gh_test_house_expect(p.h, p.chief, "PATCH", stage, yes, 200, "\"Approve\"");
    gh_test_house_expect(p.h, NULL, "GET", "/roleAssignments/one", NULL, 200, end);
    gh_test_house_close(p.h);
}

static void
rows_that_are_refused(void **state)
{
    static const struct {
        const char *path, *properties, *says;
    } rows[] = {
        {"/rolePolicies/x", "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/\",\"maximumDuration\":\"PT5M\"}", "PT30M to P1D"},
        {"/rolePolicies/x", "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/\",\"maximumDuration\":\"P2D\"}", "PT30M to P1D"},
        {"/rolePolicies/x", "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/\",\"maximumDuration\":\"8h\"}", "maximumDuration"},
        {"/rolePolicies/x", "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/\",\"evidence\":[\"Trust\"]}", "evidence"},
        {"/rolePolicies/x", "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/\",\"approvalRequired\":true}", "who approves"},
        {"/rolePolicies/x", "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/\",\"approvers\":[\"/identities/none\"]}",
            "does not exist"},
        {"/rolePolicies/x", "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/\",\"approvers\":[\"somebody\"]}", "principal"},
        {"/rolePolicies/x", "{\"roleDefinitionId\":\"No such role\",\"scope\":\"/\"}", "no such role"},
        {"/rolePolicies/x", "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/workspaces/none\"}", "scope does not exist"},
        {"/rolePolicies/x", "{\"roleDefinitionId\":\"" ROLE "\",\"scope\":\"/workspaces/w\"}", "another policy"},
        {"/roleEligibilities/x", "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/\",\"principalId\":\"/identities/ann\"}",
            "wants an end"},
        {"/roleEligibilities/x",
            "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/\",\"principalId\":\"/identities/"
            "ann\",\"endDateTime\":\"2099-01-01T00:00:00Z\"}",
            "longer than"},
        {"/roleEligibilities/x",
            "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/\",\"principalId\":\"/identities/ann\",\"endDateTime\":\"tomorrow, at "
            "the latest\"}",
            "not a time"},
        {"/roleAssignments/x",
            "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/\",\"principalId\":\"/identities/"
            "ann\",\"startDateTime\":\"2030-01-01T00:00:00Z\","
            "\"endDateTime\":\"2029-01-01T00:00:00Z\"}",
            "before it begins"},
    };
    struct people p = open_house("\"evidence\":[\"Justification\"]");
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned got = gh_test_house_ask(p.h, NULL, "PUT", rows[i].path, rows[i].properties);
        if (rows[i].says != NULL && ((got != 400 && got != 409) || strstr(p.h->answer, rows[i].says) == NULL))
            fail_msg("row %zu: %u %s", i, got, p.h->answer);
    }
    gh_test_house_expect(p.h, p.chief, "PUT", "/roleAssignments/x",
        "{\"roleDefinitionId\":\"Reader\",\"scope\":\"/\",\"principalId\":\"/identities/ann\",\"activation\":\"/roleEligibilities/"
        "e\"}",
        400, "by an activation alone");
    gh_test_house_close(p.h);
}

/* What waits is for what is there: else whoever is eligible could fill the store with requests for places that are not. */
static void
what_is_asked_for_is_there(void **state)
{
#define AT_NONE "/arm/workspaces/w/endpoints/none/providers/Microsoft.Authorization/"
    struct people p = open_house("\"evidence\":[],\"approvalRequired\":true,\"approvers\":[\"/identities/boss\"]");
    const char *body = "{\"properties\":{\"requestType\":\"SelfActivate\",\"roleDefinitionId\":\"" ROLE "\"}}";
    char target[256], name[32];
    (void)state;
    gh_test_house_expect(p.h, p.ann, "PUT", AT_NONE ASSIGNMENT "/one" VERSION, body, 409, NULL);
    gh_test_house_expect(p.h, NULL, "GET", "/roleRequests/one", NULL, 404, NULL);
    for (int i = 0; i <= GH_ELEVATION_WAITING_MAX; i++) {
        (void)snprintf(name, sizeof(name), "/workspaces/w/endpoints/e%d", i);
        gh_test_house_put(p.h, name, "{}");
        (void)snprintf(target, sizeof(target), "/arm%s/providers/Microsoft.Authorization/" ASSIGNMENT "/r%d" VERSION, name, i);
        gh_test_house_expect(p.h, p.ann, "PUT", target, body, i < GH_ELEVATION_WAITING_MAX ? 201 : 409, NULL);
    }
    gh_test_house_close(p.h);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_activation_can_be_ended_after_five_minutes),
        cmocka_unit_test(an_activation_outlives_no_eligibility),
        cmocka_unit_test(what_is_shortened_keeps_its_condition),
        cmocka_unit_test(what_is_put_again_keeps_its_end),
        cmocka_unit_test(what_has_ended_is_forgotten_and_no_obstacle),
        cmocka_unit_test(an_approval_that_comes_too_late),
        cmocka_unit_test(an_approval_goes_by_the_policy_of_now),
        cmocka_unit_test(who_is_no_longer_eligible_is_not_approved),
        cmocka_unit_test(what_was_made_anew_is_what_was_asked_for),
        cmocka_unit_test(who_asked_is_known_by_his_token),
        cmocka_unit_test(history_has_an_end),
        cmocka_unit_test(who_left_the_group_that_is_eligible_is_not_approved),
        cmocka_unit_test(what_is_extended_keeps_its_condition),
        cmocka_unit_test(what_is_asked_for_is_there),
        cmocka_unit_test(administrators_extend_change_and_end),
        cmocka_unit_test(a_group_is_eligible_and_its_member_activates),
        cmocka_unit_test(who_leaves_a_group_loses_what_he_activated_by_it),
        cmocka_unit_test(what_is_asked_to_be_longer_has_bounds),
        cmocka_unit_test(rows_that_are_refused),
    };
    vault_program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
