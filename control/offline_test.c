/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "sweeps.h"

#include "control/offline.h"
#include "host/host.h"
#include "policy/decide.h"

#define READER "acdd72a7-3385-48ef-bd42-f606fba81ae7"

static unsigned
put(struct gh_offline *o, const char *path, const char *properties)
{
    struct gh_str answer;
    char body[512];

    (void)snprintf(body, sizeof body, "{\"properties\":%s}", properties);
    unsigned status = gh_offline_put(o, gh_str_z(path), gh_str_z(body), &answer);
    assert_true(answer.n > 0);
    return status;
}

static enum gh_verdict
decided(struct gh_offline *o, const char *who, enum gh_action action, const char *path)
{
    struct gh_caller caller = {.why = GH_IDENTIFY_OK, .n_principals = 1};
    struct gh_decision d;
    struct gh_view *view;

    caller.principals[0] = gh_str_z(who);
    assert_int_equal(gh_offline_view(&view, o), GH_OK);
    gh_decide(&d, &(const struct gh_question){
                      .snap = &view->snap, .caller = &caller, .action = action, .path = gh_str_z(path), .now_ms = gh_now_ms()});
    gh_view_unref(view);
    return d.verdict;
}

static void
objects_mean_what_they_would_mean_in_force(void **state)
{
    struct gh_offline *o;

    (void)state;
    assert_int_equal(gh_offline_open(&o, NULL), GH_OK);
    assert_int_equal(put(o, "/workspaces/w", "{}"), 201);
    assert_int_equal(put(o, "/identities/ann", "{\"kind\":\"user\"}"), 201);
    assert_int_equal(decided(o, "/identities/ann", GH_ACTION_WORKSPACE_READ, "/workspaces/w"), GH_DENY);
    assert_int_equal(put(o, "/roleAssignments/00000000-0000-0000-0000-000000000001",
                         "{\"roleDefinitionId\":\"" READER "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\"}"),
        201);
    assert_int_equal(decided(o, "/identities/ann", GH_ACTION_WORKSPACE_READ, "/workspaces/w"), GH_ALLOW);
    assert_int_equal(decided(o, "/identities/ann", GH_ACTION_WORKSPACE_DELETE, "/workspaces/w"), GH_DENY);
    gh_offline_close(o);
}

/* Under either of his names, and with what his token would claim, he is the same man. */
static void
a_principal_is_what_a_token_would_make_him(void **state)
{
    static const struct {
        const char *name, *as;
        struct gh_str group;
        enum gh_identify why;
        enum gh_verdict want;
    } cases[] = {
        {"by his path", "/identities/ann", GH_STR_INIT(""), GH_IDENTIFY_OK, GH_ALLOW},
        {"by his token", "corp:ann-7", GH_STR_INIT(""), GH_IDENTIFY_OK, GH_ALLOW},
        {"whom nobody described", "corp:bob", GH_STR_INIT(""), GH_IDENTIFY_OK, GH_DENY},
        {"in a group of his token", "corp:bob", GH_STR_INIT("corp/groups:staff"), GH_IDENTIFY_OK, GH_ALLOW},
        {"who is disabled", "/identities/old", GH_STR_INIT(""), GH_IDENTIFY_DISABLED, GH_DENY},
    };
    struct gh_offline *o;
    struct gh_view *view;

    (void)state;
    assert_int_equal(gh_offline_open(&o, NULL), GH_OK);
    assert_int_equal(put(o, "/issuers/corp", "{\"issuer\":\"https://corp.example\"}"), 201);
    assert_int_equal(put(o, "/workspaces/w", "{}"), 201);
    assert_int_equal(put(o, "/identities/ann", "{\"kind\":\"user\",\"issuer\":\"corp\",\"subject\":\"ann-7\"}"), 201);
    assert_int_equal(put(o, "/identities/old", "{\"kind\":\"user\",\"enabled\":false}"), 201);
    assert_int_equal(
        put(o, "/groups/readers", "{\"members\":[\"/identities/ann\",\"corp/groups:staff\",\"/identities/old\"]}"), 201);
    assert_int_equal(put(o, "/roleAssignments/00000000-0000-0000-0000-000000000001",
                         "{\"roleDefinitionId\":\"" READER "\",\"principalId\":\"/groups/readers\",\"scope\":\"/workspaces/w\"}"),
        201);
    assert_int_equal(gh_offline_view(&view, o), GH_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gh_caller caller;
        struct gh_decision d;
        gh_identify_as(&caller, &view->snap, gh_str_z(cases[i].as), &cases[i].group, cases[i].group.n > 0);
        gh_decide(&d, &(const struct gh_question){.snap = &view->snap,
                          .caller = &caller,
                          .action = GH_ACTION_WORKSPACE_READ,
                          .path = GH_STR("/workspaces/w"),
                          .now_ms = gh_now_ms()});
        if (caller.why != cases[i].why || d.verdict != cases[i].want)
            fail_msg("%s: %s", cases[i].name, d.reason);
    }
    gh_view_unref(view);
    gh_offline_close(o);
}

static void
what_the_api_refuses_is_refused(void **state)
{
    struct gh_offline *o;

    (void)state;
    assert_int_equal(gh_offline_open(&o, NULL), GH_OK);
    assert_int_equal(put(o, "/workspaces/w", "{\"colour\":\"red\"}"), 400);
    assert_int_equal(put(o, "/nothing/w", "{}"), 404);
    assert_int_equal(put(o, "/roleAssignments/00000000-0000-0000-0000-000000000001", "{\"scope\":\"/\"}"), 400);
    gh_offline_close(o);
}

static void
nothing_is_left_behind_and_two_do_not_meet(void **state)
{
    struct gh_offline *one, *two;

    (void)state;
    assert_int_equal(gh_offline_open(&one, NULL), GH_OK);
    assert_int_equal(gh_offline_open(&two, NULL), GH_OK);
    assert_int_equal(put(one, "/workspaces/w", "{}"), 201);
    assert_int_equal(put(two, "/workspaces/w", "{}"), 201);
    gh_offline_close(one);
    assert_int_equal(put(two, "/workspaces/v", "{}"), 201);
    gh_offline_close(two);
    gh_offline_close(NULL);
}

static void
secrets_have_no_place_here(void **state)
{
    (void)state;
    assert_true(gh_offline_takes(GH_RESOURCE_ROLE_ASSIGNMENT));
    assert_false(gh_offline_takes(GH_RESOURCE_SECRET));
    assert_false(gh_offline_takes(GH_RESOURCE_API_KEY));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_mean_what_they_would_mean_in_force),
        cmocka_unit_test(a_principal_is_what_a_token_would_make_him),
        cmocka_unit_test(what_the_api_refuses_is_refused),
        cmocka_unit_test(nothing_is_left_behind_and_two_do_not_meet),
        cmocka_unit_test(secrets_have_no_place_here),
    };
    return cmocka_run_group_tests_name("offline", tests, NULL, NULL);
}
