/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/conditional_int.h"
#include "policy/conditional_testing.h"
#include "policy/egress.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define B(name)      GH_PROOF_BIT(name)
/* 2023-11-14 22:13:20 UTC, a Tuesday */
#define NOW_MS INT64_C(1700000000000)

/* ---- one policy, one call ---- */

static const struct gh_test_place places[] = {
    {"office", "{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"displayName\":\"Office\",\"isTrusted\":true,"
               "\"ipRanges\":[{\"@odata.type\":\"#microsoft.graph.iPv4CidrRange\",\"cidrAddress\":\"192.0.2.0/24\"},"
               "{\"@odata.type\":\"#microsoft.graph.iPv6CidrRange\",\"cidrAddress\":\"2001:db8::/32\"}]}"},
    {"lab", "{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"displayName\":\"Lab\","
            "\"ipRanges\":[{\"cidrAddress\":\"198.51.100.0/24\"}]}"},
    {"eu", "{\"@odata.type\":\"#microsoft.graph.countryNamedLocation\",\"displayName\":\"EU\","
           "\"countriesAndRegions\":[\"DE\",\"FR\"],\"includeUnknownCountriesAndRegions\":false}"},
    {"or-unknown", "{\"@odata.type\":\"#microsoft.graph.countryNamedLocation\",\"displayName\":\"Or\","
                   "\"countriesAndRegions\":[\"US\"],\"includeUnknownCountriesAndRegions\":true}"},
};

#define POLICY(state, conditions, controls)                                                                                        \
    "{\"displayName\":\"P\",\"state\":\"" state "\",\"conditions\":{" conditions "}," controls "}"
#define ON(conditions, controls) POLICY("enabled", conditions, controls)
#define BLOCK                    "\"grantControls\":{\"operator\":\"OR\",\"builtInControls\":[\"block\"]}"
#define GRANT(op, list)          "\"grantControls\":{\"operator\":\"" op "\",\"builtInControls\":[" list "]}"
#define NEEDS_MFA                GRANT("OR", "\"mfa\"")
#define ALL_USERS                "\"users\":{\"includeUsers\":[\"All\"]}"
#define ALL_APPS                 "\"applications\":{\"includeApplications\":[\"All\"]}"
#define EVERYBODY                ALL_USERS "," ALL_APPS
#define PLACES(in, out)          "\"locations\":{\"includeLocations\":[" in "],\"excludeLocations\":[" out "]}"
#define STRENGTH(last)                                                                                                             \
    "\"grantControls\":{\"operator\":\"OR\",\"authenticationStrength\":{\"id\":\"00000000-0000-0000-0000-00000000000" last "\"}}"
#define FREQUENCY(text)    "\"sessionControls\":{\"signInFrequency\":{\"isEnabled\":true," text "}}"
#define FILTER(mode, rule) "\"devices\":{\"deviceFilter\":{\"mode\":\"" mode "\",\"rule\":\"" rule "\"}}"
#define TIMES(in, out)     "\"times\":{\"includeTimes\":[" in "],\"excludeTimes\":[" out "]}"

struct who {
    enum gh_caller_sort sort;
    uint64_t proofs;
    bool groups_unknown, is_flow_known;
    int64_t auth_time_ms;
    const char *device_id;
};
static const struct who ann = {GH_CALLER_USER, 0, false, true, NOW_MS - 7200000, NULL},
                        robot = {GH_CALLER_WORKLOAD, 0, false, false, 0, NULL},
                        nobody_knows = {GH_CALLER_UNKNOWN, 0, false, false, 0, NULL},
                        ann_mfa = {GH_CALLER_USER, B(MFA), false, true, 0, NULL},
                        ann_key = {GH_CALLER_USER, B(FIDO2) | B(MFA), false, true, 0, NULL},
                        ann_device = {GH_CALLER_USER, B(COMPLIANT_DEVICE), false, true, 0, NULL},
                        ann_overflow = {GH_CALLER_USER, 0, true, true, 0, NULL},
                        ann_code = {GH_CALLER_USER, B(DEVICE_CODE), false, true, 0, NULL},
                        ann_no_flow = {GH_CALLER_USER, 0, false, false, 0, NULL},
                        ann_lab_device = {GH_CALLER_USER, 0, false, true, 0, "LAB-7"};

static const struct gh_cond_call at_home = {.target = GH_COND_MODELS,
                                     .path = GH_STR_INIT("/workspaces/w/endpoints/chat"),
                                     .has_ip = true,
                                     .ip = {[10] = 0xff, 0xff, 203, 0, 113, 5},
                                     .country_is = GH_COND_COUNTRY_KNOWN,
                                     .country = {'U', 'S'},
                                     .client = GH_COND_CLIENT_NATIVE,
                                     .platform = GH_COND_PLATFORM_LINUX},
                                 on_device = {.target = GH_COND_MODELS,
                                     .path = GH_STR_INIT("/workspaces/w/endpoints/chat"),
                                     .device_proofs = B(COMPLIANT_DEVICE),
                                     .device = GH_STR_INIT("certificate:ab")},
                                 in_office = {.target = GH_COND_MODELS,
                                     .path = GH_STR_INIT("/workspaces/w/endpoints/chat"),
                                     .has_ip = true,
                                     .ip = {[10] = 0xff, 0xff, 192, 0, 2, 9},
                                     .country_is = GH_COND_COUNTRY_KNOWN,
                                     .country = {'D', 'E'},
                                     .client = GH_COND_CLIENT_BROWSER,
                                     .platform = GH_COND_PLATFORM_WINDOWS},
                                 from_nowhere = {.target = GH_COND_MODELS, .path = GH_STR_INIT("/workspaces/w/endpoints/chat")},
                                 without_country = {.target = GH_COND_MODELS,
                                     .path = GH_STR_INIT("/workspaces/w/endpoints/chat"),
                                     .has_ip = true,
                                     .ip = {[10] = 0xff, 0xff, 10, 0, 0, 1},
                                     .country_is = GH_COND_COUNTRY_NONE},
                                 managing = {.target = GH_COND_MANAGEMENT,
                                     .path = GH_STR_INIT("/workspaces/w"),
                                     .has_ip = true,
                                     .ip = {[10] = 0xff, 0xff, 203, 0, 113, 5},
                                     .client = GH_COND_CLIENT_NATIVE},
                                 by_graph = {.target = GH_COND_GRAPH, .path = GH_STR_INIT("/")},
                                 asking_c1 = {
                                     .target = GH_COND_MODELS, .path = GH_STR_INIT("/workspaces/w"), .context = GH_STR_INIT("c1")};

#define NOT_APPLIED GH_COND_RESULT_NOT_APPLIED
#define OK          GH_COND_RESULT_SUCCESS
#define NO          GH_COND_RESULT_FAILURE

static const struct {
    const char *name, *policy;
    const struct who *who;
    const struct gh_cond_call *call;
    enum gh_cond_result want;
} cases[] = {
    // clang-format off
    {"block everybody", ON(EVERYBODY, BLOCK), &ann, &at_home, NO},
    {"block is not for workloads", ON(EVERYBODY, BLOCK), &robot, &at_home, NOT_APPLIED},
    {"who may be a person is one", ON(EVERYBODY, BLOCK), &nobody_knows, &at_home, NO},
    {"mfa missing", ON(EVERYBODY, NEEDS_MFA), &ann, &at_home, NO},
    {"mfa there", ON(EVERYBODY, NEEDS_MFA), &ann_mfa, &at_home, OK},
    {"report-only", POLICY("enabledForReportingButNotEnforced", EVERYBODY, BLOCK), &ann, &at_home, GH_COND_RESULT_REPORT_FAILURE},
    {"report-only, curable", POLICY("enabledForReportingButNotEnforced", EVERYBODY, NEEDS_MFA), &ann, &at_home, GH_COND_RESULT_REPORT_INTERRUPTED},
    {"report-only, satisfied", POLICY("enabledForReportingButNotEnforced", EVERYBODY, NEEDS_MFA), &ann_mfa, &at_home, GH_COND_RESULT_REPORT_SUCCESS},
    {"report-only, not for him", POLICY("enabledForReportingButNotEnforced", EVERYBODY, NEEDS_MFA), &robot, &at_home, GH_COND_RESULT_REPORT_NOT_APPLIED},
    /* users */
    {"by name", ON("\"users\":{\"includeUsers\":[\"ann\"]}," ALL_APPS, BLOCK), &ann, &at_home, NO},
    {"by path", ON("\"users\":{\"includeUsers\":[\"/identities/ann\"]}," ALL_APPS, BLOCK), &ann, &at_home, NO},
    {"by issuer and subject", ON("\"users\":{\"includeUsers\":[\"idp:ann\"]}," ALL_APPS, BLOCK), &ann, &at_home, NO},
    {"somebody else", ON("\"users\":{\"includeUsers\":[\"bob\"]}," ALL_APPS, BLOCK), &ann, &at_home, NOT_APPLIED},
    {"by group", ON("\"users\":{\"includeGroups\":[\"staff\"]}," ALL_APPS, BLOCK), &ann, &at_home, NO},
    {"by a group of the token", ON("\"users\":{\"includeGroups\":[\"idp/groups:g1\"]}," ALL_APPS, BLOCK), &ann, &at_home, NO},
    {"another group", ON("\"users\":{\"includeGroups\":[\"guests\"]}," ALL_APPS, BLOCK), &ann, &at_home, NOT_APPLIED},
    {"groups that nobody knows include", ON("\"users\":{\"includeGroups\":[\"guests\"]}," ALL_APPS, BLOCK), &ann_overflow, &at_home, NO},
    {"exclude wins, user", ON("\"users\":{\"includeUsers\":[\"All\"],\"excludeUsers\":[\"ann\"]}," ALL_APPS, BLOCK), &ann, &at_home, NOT_APPLIED},
    {"exclude wins, group", ON("\"users\":{\"includeUsers\":[\"ann\"],\"excludeGroups\":[\"staff\"]}," ALL_APPS, BLOCK), &ann, &at_home, NOT_APPLIED},
    {"exclude somebody else", ON("\"users\":{\"includeUsers\":[\"All\"],\"excludeUsers\":[\"bob\"],\"excludeGroups\":[\"guests\"]}," ALL_APPS, BLOCK), &ann, &at_home, NO},
    {"by role", ON("\"users\":{\"includeRoles\":[\"role-1\"]}," ALL_APPS, BLOCK), &ann, &at_home, NO},
    {"by a role of an assignment that is over", ON("\"users\":{\"includeRoles\":[\"role-2\"]}," ALL_APPS, BLOCK), &ann, &at_home, NOT_APPLIED},
    {"exclude by role", ON("\"users\":{\"includeUsers\":[\"All\"],\"excludeRoles\":[\"/roleDefinitions/role-1\"]}," ALL_APPS, BLOCK), &ann, &at_home, NOT_APPLIED},
    /* workloads */
    {"workload by name", ON("\"clientApplications\":{\"includeServicePrincipals\":[\"ann\"]}," ALL_APPS, BLOCK), &robot, &at_home, NO},
    {"all workloads", ON("\"clientApplications\":{\"includeServicePrincipals\":[\"ServicePrincipalsInMyTenant\"]}," ALL_APPS, BLOCK), &robot, &at_home, NO},
    {"all but one", ON("\"clientApplications\":{\"includeServicePrincipals\":[\"ServicePrincipalsInMyTenant\"],\"excludeServicePrincipals\":[\"ann\"]}," ALL_APPS, BLOCK), &robot, &at_home, NOT_APPLIED},
    {"workloads are no people", ON("\"users\":{\"includeUsers\":[\"None\"]},\"clientApplications\":{\"includeServicePrincipals\":[\"ServicePrincipalsInMyTenant\"]}," ALL_APPS, BLOCK), &ann, &at_home, NOT_APPLIED},
    {"who may be a workload is one", ON("\"clientApplications\":{\"includeServicePrincipals\":[\"ServicePrincipalsInMyTenant\"]}," ALL_APPS, BLOCK), &nobody_knows, &at_home, NO},
    {"workloads outside a place", ON("\"clientApplications\":{\"includeServicePrincipals\":[\"ServicePrincipalsInMyTenant\"]}," ALL_APPS "," PLACES("\"All\"", "\"office\""), BLOCK), &robot, &at_home, NO},
    {"workloads in a place", ON("\"clientApplications\":{\"includeServicePrincipals\":[\"ServicePrincipalsInMyTenant\"]}," ALL_APPS "," PLACES("\"All\"", "\"office\""), BLOCK), &robot, &in_office, NOT_APPLIED},
    /* applications */
    {"an endpoint", ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"/workspaces/w/endpoints/chat\"]}", BLOCK), &ann, &at_home, NO},
    {"a workspace", ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"/workspaces/w\"]}", BLOCK), &ann, &at_home, NO},
    {"another endpoint", ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"/workspaces/w/endpoints/cha\"]}", BLOCK), &ann, &at_home, NOT_APPLIED},
    {"all but one endpoint", ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"All\"],\"excludeApplications\":[\"/workspaces/w/endpoints/chat\"]}", BLOCK), &ann, &at_home, NOT_APPLIED},
    {"management is not a model", ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"MicrosoftAdminPortals\"]}", BLOCK), &ann, &at_home, NOT_APPLIED},
    {"management", ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"MicrosoftAdminPortals\"]}", BLOCK), &ann, &managing, NO},
    {"the Graph door is management", ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"MicrosoftAdminPortals\"]}", BLOCK), &ann, &by_graph, NO},
    {"Azure management by its id", ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"797f4846-BA00-4fd7-ba43-dac1f8f63013\"]}", BLOCK), &ann, &managing, NO},
    {"Azure management is not Graph", ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"797f4846-ba00-4fd7-ba43-dac1f8f63013\"]}", BLOCK), &ann, &by_graph, NOT_APPLIED},
    {"all but management", ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"All\"],\"excludeApplications\":[\"MicrosoftAdminPortals\"]}", BLOCK), &ann, &managing, NOT_APPLIED},
    {"a context that is asked for", ON(ALL_USERS ",\"applications\":{\"includeAuthenticationContextClassReferences\":[\"c1\"]}", BLOCK), &ann, &asking_c1, NO},
    {"a context that is not asked for", ON(ALL_USERS ",\"applications\":{\"includeAuthenticationContextClassReferences\":[\"c1\"]}", BLOCK), &ann, &at_home, NOT_APPLIED},
    /* places */
    {"in a place", ON(EVERYBODY "," PLACES("\"office\"", ""), BLOCK), &ann, &in_office, NO},
    {"not in a place", ON(EVERYBODY "," PLACES("\"office\"", ""), BLOCK), &ann, &at_home, NOT_APPLIED},
    {"all but trusted, outside", ON(EVERYBODY "," PLACES("\"All\"", "\"AllTrusted\""), BLOCK), &ann, &at_home, NO},
    {"all but trusted, inside", ON(EVERYBODY "," PLACES("\"All\"", "\"AllTrusted\""), BLOCK), &ann, &in_office, NOT_APPLIED},
    {"one of two", ON(EVERYBODY "," PLACES("\"lab\",\"office\"", ""), BLOCK), &ann, &in_office, NO},
    {"country", ON(EVERYBODY "," PLACES("\"eu\"", ""), BLOCK), &ann, &in_office, NO},
    {"another country", ON(EVERYBODY "," PLACES("\"eu\"", ""), BLOCK), &ann, &at_home, NOT_APPLIED},
    {"all but a country, no database", ON(EVERYBODY "," PLACES("\"All\"", "\"eu\""), BLOCK), &ann, &from_nowhere, NO},
    {"a country, no database", ON(EVERYBODY "," PLACES("\"eu\"", ""), BLOCK), &ann, &from_nowhere, NO},
    {"a country, an address of none", ON(EVERYBODY "," PLACES("\"eu\"", ""), BLOCK), &ann, &without_country, NOT_APPLIED},
    {"a country or none, an address of none", ON(EVERYBODY "," PLACES("\"or-unknown\"", ""), BLOCK), &ann, &without_country, NO},
    {"all but a country, an address of none", ON(EVERYBODY "," PLACES("\"All\"", "\"eu\""), BLOCK), &ann, &without_country, NO},
    {"a place without an address", ON(EVERYBODY "," PLACES("\"lab\"", ""), BLOCK), &ann, &from_nowhere, NO},
    {"all but a place without an address", ON(EVERYBODY "," PLACES("\"All\"", "\"office\""), BLOCK), &ann, &from_nowhere, NO},
    /* clients and platforms */
    {"browsers", ON(EVERYBODY ",\"clientAppTypes\":[\"browser\"]", BLOCK), &ann, &in_office, NO},
    {"not a browser", ON(EVERYBODY ",\"clientAppTypes\":[\"browser\",\"exchangeActiveSync\"]", BLOCK), &ann, &at_home, NOT_APPLIED},
    {"a client of no known kind", ON(EVERYBODY ",\"clientAppTypes\":[\"browser\"]", BLOCK), &ann, &from_nowhere, NO},
    {"all clients", ON(EVERYBODY ",\"clientAppTypes\":[\"all\"]", BLOCK), &ann, &from_nowhere, NO},
    {"platform", ON(EVERYBODY ",\"platforms\":{\"includePlatforms\":[\"linux\",\"iOS\"]}", BLOCK), &ann, &at_home, NO},
    {"another platform", ON(EVERYBODY ",\"platforms\":{\"includePlatforms\":[\"android\"]}", BLOCK), &ann, &at_home, NOT_APPLIED},
    {"all platforms but one", ON(EVERYBODY ",\"platforms\":{\"includePlatforms\":[\"all\"],\"excludePlatforms\":[\"linux\"]}", BLOCK), &ann, &at_home, NOT_APPLIED},
    {"no known platform is included", ON(EVERYBODY ",\"platforms\":{\"includePlatforms\":[\"android\"]}", BLOCK), &ann, &from_nowhere, NO},
    {"no known platform is not excluded", ON(EVERYBODY ",\"platforms\":{\"includePlatforms\":[\"all\"],\"excludePlatforms\":[\"linux\"]}", BLOCK), &ann, &from_nowhere, NO},
    /* devices */
    {"filter, unknown device", ON(EVERYBODY "," FILTER("include", "device.isCompliant -eq True"), BLOCK), &ann, &at_home, NO},
    {"filter, compliant", ON(EVERYBODY "," FILTER("include", "device.isCompliant -eq True"), BLOCK), &ann_device, &at_home, NO},
    {"filter out, compliant", ON(EVERYBODY "," FILTER("exclude", "device.isCompliant -eq True"), BLOCK), &ann_device, &at_home, NOT_APPLIED},
    {"filter out, unknown device", ON(EVERYBODY "," FILTER("exclude", "device.isCompliant -eq True"), BLOCK), &ann, &at_home, NO},
    {"filter by id", ON(EVERYBODY "," FILTER("exclude", "device.deviceId -startsWith \\\"lab-\\\""), BLOCK), &ann_lab_device, &at_home, NOT_APPLIED},
    {"filter by certificate", ON(EVERYBODY "," FILTER("include", "device.deviceId -eq \\\"certificate:ab\\\""), BLOCK), &ann, &on_device, NO},
    {"filter by another certificate", ON(EVERYBODY "," FILTER("include", "device.deviceId -eq \\\"certificate:cd\\\""), BLOCK), &ann, &on_device, NOT_APPLIED},
    {"filter by certificate, and there is none", ON(EVERYBODY "," FILTER("include", "device.deviceId -eq \\\"certificate:cd\\\""), BLOCK), &ann, &at_home, NO},
    {"filter out by certificate", ON(EVERYBODY "," FILTER("exclude", "device.deviceId -eq \\\"certificate:ab\\\""), BLOCK), &ann, &on_device, NOT_APPLIED},
    {"filter out by certificate, and there is none", ON(EVERYBODY "," FILTER("exclude", "device.deviceId -eq \\\"certificate:ab\\\""), BLOCK), &ann, &at_home, NO},
    {"filter by certificate, and a token that names another device", ON(EVERYBODY "," FILTER("include", "device.deviceId -eq \\\"certificate:ab\\\""), BLOCK), &ann_lab_device, &on_device, NO},
    {"filter by what the token names, and a certificate of another device", ON(EVERYBODY "," FILTER("include", "device.deviceId -startsWith \\\"lab-\\\""), BLOCK), &ann_lab_device, &on_device, NO},
    {"filter out what the token names, with a certificate of another device", ON(EVERYBODY "," FILTER("exclude", "device.deviceId -startsWith \\\"lab-\\\""), BLOCK), &ann_lab_device, &on_device, NO},
    {"filter out both", ON(EVERYBODY "," FILTER("exclude", "device.deviceId -in [\\\"LAB-7\\\", \\\"certificate:ab\\\"]"), BLOCK), &ann_lab_device, &on_device, NOT_APPLIED},
    {"filter out others, with a certificate of another device", ON(EVERYBODY "," FILTER("exclude", "device.deviceId -ne \\\"LAB-7\\\""), BLOCK), &ann_lab_device, &on_device, NO},
    /* flows, times */
    {"device code", ON(EVERYBODY ",\"authenticationFlows\":{\"transferMethods\":\"deviceCodeFlow\"}", BLOCK), &ann_code, &at_home, NO},
    {"another flow", ON(EVERYBODY ",\"authenticationFlows\":{\"transferMethods\":\"authenticationTransfer\"}", BLOCK), &ann_code, &at_home, NOT_APPLIED},
    {"no flow", ON(EVERYBODY ",\"authenticationFlows\":{\"transferMethods\":\"deviceCodeFlow,authenticationTransfer\"}", BLOCK), &ann, &at_home, NOT_APPLIED},
    {"an issuer that tells no flow", ON(EVERYBODY ",\"authenticationFlows\":{\"transferMethods\":\"deviceCodeFlow\"}", BLOCK), &ann_no_flow, &at_home, NO},
    {"on a Tuesday night", ON(EVERYBODY "," TIMES("{\"days\":[\"tuesday\"],\"start\":\"22:00\",\"end\":\"23:00\"}", ""), BLOCK), &ann, &at_home, NO},
    {"but not an hour later", ON(EVERYBODY "," TIMES("{\"days\":[\"tuesday\"],\"start\":\"23:00\",\"end\":\"24:00\"}", ""), BLOCK), &ann, &at_home, NOT_APPLIED},
    {"where it is Wednesday", ON(EVERYBODY "," TIMES("{\"days\":[\"wednesday\"],\"utcOffset\":\"+02:00\"}", ""), BLOCK), &ann, &at_home, NO},
    {"over midnight, of the day before", ON(EVERYBODY "," TIMES("{\"days\":[\"tuesday\"],\"start\":\"20:00\",\"end\":\"06:00\",\"utcOffset\":\"+05:30\"}", ""), BLOCK), &ann, &at_home, NO},
    {"outside of working hours", ON(EVERYBODY "," TIMES("", "{\"days\":[\"monday\",\"tuesday\"],\"start\":\"08:00\",\"end\":\"18:00\"}"), BLOCK), &ann, &at_home, NO},
    {"within working hours", ON(EVERYBODY "," TIMES("", "{\"days\":[\"tuesday\"],\"start\":\"08:00\",\"end\":\"18:00\",\"utcOffset\":\"-06:00\"}"), BLOCK), &ann, &at_home, NOT_APPLIED},
    /* grants */
    {"OR, one is enough", ON(EVERYBODY, GRANT("OR", "\"mfa\",\"compliantDevice\"")), &ann_device, &at_home, OK},
    {"AND, one is not", ON(EVERYBODY, GRANT("AND", "\"mfa\",\"compliantDevice\"")), &ann_device, &at_home, NO},
    {"strength, any mfa", ON(EVERYBODY, STRENGTH("2")), &ann_mfa, &at_home, OK},
    {"strength, passwordless", ON(EVERYBODY, STRENGTH("3")), &ann_mfa, &at_home, NO},
    {"strength, phishing-resistant", ON(EVERYBODY, STRENGTH("4")), &ann_key, &at_home, OK},
    {"strength or device", ON(EVERYBODY, "\"grantControls\":{\"operator\":\"OR\",\"builtInControls\":[\"compliantDevice\"],\"authenticationStrength\":{\"id\":\"00000000-0000-0000-0000-000000000004\"}}"), &ann_device, &at_home, OK},
    {"strength and device", ON(EVERYBODY, "\"grantControls\":{\"operator\":\"AND\",\"builtInControls\":[\"compliantDevice\"],\"authenticationStrength\":{\"id\":\"00000000-0000-0000-0000-000000000004\"}}"), &ann_device, &at_home, NO},
    {"a sign-in three hours old at most", ON(EVERYBODY, FREQUENCY("\"value\":3,\"type\":\"hours\"")), &ann, &at_home, OK},
    {"a sign-in one hour old at most", ON(EVERYBODY, FREQUENCY("\"value\":1,\"type\":\"hours\"")), &ann, &at_home, NO},
    {"every time", ON(EVERYBODY, FREQUENCY("\"frequencyInterval\":\"everyTime\"")), &ann, &at_home, NO},
    {"nobody knows when", ON(EVERYBODY, FREQUENCY("\"value\":30,\"type\":\"days\"")), &ann_mfa, &at_home, NO},
    {"a frequency that is off", ON(EVERYBODY, NEEDS_MFA ",\"sessionControls\":{\"signInFrequency\":{\"isEnabled\":false,\"value\":1,\"type\":\"hours\"}}"), &ann_mfa, &at_home, OK},
    // clang-format on
};

/* A caller as gh_identify makes one. */
static struct gh_caller *
caller(struct gh_arena *a, const struct who *w)
{
    struct gh_caller *c = gh_arena_take(a, sizeof(*c));

    c->why = GH_IDENTIFY_OK;
    c->sort = w->sort;
    c->proofs = w->proofs;
    c->groups_unknown = w->groups_unknown;
    c->is_flow_known = w->is_flow_known;
    c->auth_time_ms = w->auth_time_ms;
    c->device_id = gh_str_z(w->device_id);
    c->principals[c->n_principals++] = c->name = GH_STR("idp:ann");
    c->principals[c->n_principals++] = GH_STR("/identities/ann");
    c->principals[c->n_principals++] = GH_STR("/groups/staff");
    c->principals[c->n_principals++] = GH_STR("idp/groups:g1");
    return c;
}

static struct gh_snap
world(struct gh_arena *a, const char *const *policies, size_t n)
{
    static const struct gh_maker_grant grants[] = {
        {"/roleAssignments/a", "/", "role-1", 0, 0}, {"/roleAssignments/b", "/", "role-2", 0, 5}};
    struct gh_maker m = gh_maker_new(a, 1, false);
    struct gh_err err = {0};

    gh_maker_assign(&m, GH_STR("/groups/staff"), grants, COUNT(grants));
    if (!gh_test_conditional(&m, policies, n, places, COUNT(places), &err))
        fail_msg("refused: %s at %u", err.what, err.at);
    struct gh_snap snap = {.base = gh_maker_finish(&m)};
    assert_int_equal(m.rc, GH_OK);
    return snap;
}

static void
one_policy_one_call(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_snap snap = world(&a, &cases[i].policy, 1);
        struct gh_cond_call call = *cases[i].call;
        struct gh_cond_decision d;
        struct gh_cond_outcome o;
        call.snap = &snap;
        call.caller = caller(&a, cases[i].who);
        call.now_ms = NOW_MS;
        gh_conditional(&d, &call, &o, 1, true);
        assert_int_equal(d.n_outcomes, 1);
        if (o.result != cases[i].want)
            fail_msg("%s: %s (%s)", cases[i].name, gh_cond_result_words[o.result], gh_cond_why_words[o.why]);
        assert_int_equal(d.verdict, o.result == NO ? GH_DENY : GH_ALLOW);
        assert_true(d.verdict == GH_ALLOW || (d.reason != NULL && gh_str_eq(d.policy, GH_STR("p0"))));
        assert_true(gh_conditional_has(&snap));
        gh_arena_fini(&a);
    }
}

/* ---- several policies ---- */

static void
all_must_be_satisfied(void **state)
{
    static const char *const policies[] = {
        ON(EVERYBODY, GRANT("OR", "\"mfa\"")),
        ON(EVERYBODY, GRANT("OR", "\"compliantDevice\",\"domainJoinedDevice\"")),
        ON(EVERYBODY, FREQUENCY("\"value\":4,\"type\":\"hours\"")),
        ON(EVERYBODY, FREQUENCY("\"value\":1,\"type\":\"hours\"")),
        POLICY("enabledForReportingButNotEnforced", EVERYBODY, BLOCK),
        ON("\"users\":{\"includeUsers\":[\"bob\"]}," ALL_APPS, BLOCK),
    };
    struct gh_arena a = gh_test_arena();
    struct gh_snap snap = world(&a, policies, COUNT(policies));
    struct gh_cond_call call = at_home;
    struct gh_cond_decision d;
    struct gh_cond_outcome o[8];

    (void)state;
    call.snap = &snap;
    call.caller = caller(&a, &ann);
    call.now_ms = NOW_MS;
    gh_conditional(&d, &call, o, COUNT(o), false);
    assert_int_equal(d.verdict, GH_DENY);
    assert_int_equal(d.unmet, B(MFA) | B(COMPLIANT_DEVICE)); /* of an OR what is asked for first */
    assert_int_equal(d.max_age_s, 3600);                     /* the strictest of those that are exceeded */
    assert_false(d.is_blocked);                              /* what only reports does not block */
    assert_int_equal(d.n_outcomes, 5);
    gh_conditional(&d, &call, o, 2, true); /* more than there is room for are counted */
    assert_int_equal(d.n_outcomes, 6);
    gh_conditional(&d, &call, NULL, 0, false);
    assert_int_equal(d.n_outcomes, 5);
    gh_arena_fini(&a);
}

static void
without_policies(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_maker m = gh_maker_new(&a, 1, false);
    struct gh_snap snap = {.base = gh_maker_finish(&m)};
    struct gh_cond_call call = at_home;
    struct gh_cond_decision d;

    (void)state;
    call.snap = &snap;
    call.caller = caller(&a, &ann);
    gh_conditional(&d, &call, NULL, 0, true);
    assert_int_equal(d.verdict, GH_ALLOW);
    assert_false(gh_conditional_has(&snap));
    gh_arena_fini(&a);
}

static void
emergency_accounts_are_told(void **state)
{
    static const char *const policies[] = {
        ON("\"users\":{\"includeUsers\":[\"All\"],\"excludeUsers\":[\"ann\"]}," ALL_APPS "," PLACES("\"office\"", ""), BLOCK)};
    struct gh_arena a = gh_test_arena();
    struct gh_snap snap = world(&a, policies, 1);
    struct gh_cond_call office = in_office, home = at_home;
    struct gh_cond_decision d;
    struct gh_caller *c = caller(&a, &ann);

    (void)state;
    office.snap = home.snap = &snap;
    office.caller = home.caller = c;
    gh_conditional(&d, &office, NULL, 0, false);
    assert_true(d.verdict == GH_ALLOW && d.emergency.n == 0); /* an exclusion like any other */
    c->is_emergency = true;
    gh_conditional(&d, &home, NULL, 0, false);
    assert_true(d.verdict == GH_ALLOW && d.emergency.n == 0); /* nobody would have been stopped there */
    gh_conditional(&d, &office, NULL, 0, false);
    assert_true(d.verdict == GH_ALLOW && gh_str_eq(d.emergency, GH_STR("p0")));
    gh_arena_fini(&a);
}

static enum gh_verdict
of_unknown_risk(struct gh_arena *a, const struct gh_snap_value *risk, const char *policy)
{
    struct gh_maker m = gh_maker_new(a, 1, false);
    struct gh_cond_decision d;
    struct gh_err err;

    gh_maker_put(&m, GH_SNAP_RISK, GH_STR("/identities/ann"), risk);
    assert_true(gh_test_conditional(&m, &policy, 1, NULL, 0, &err));
    struct gh_snap snap = {.base = gh_maker_finish(&m)};
    struct gh_cond_call call = at_home;
    call.snap = &snap;
    call.caller = caller(a, &ann);
    call.now_ms = NOW_MS;
    gh_conditional(&d, &call, NULL, 0, false);
    return d.verdict;
}

static void
levels_of_risk(void **state)
{
    static const char *const policies[] = {ON(EVERYBODY ",\"userRiskLevels\":[\"medium\",\"high\"]", BLOCK)};
    struct gh_arena a = gh_test_arena();
    struct gh_cond_decision d;

    (void)state;
    for (uint64_t level = 0; level <= GH_RISK_UNKNOWN; level++) {
        struct gh_maker m = gh_maker_new(&a, 1, false);
        const struct gh_snap_value risk[GH_RISK_N] = {[GH_RISK_LEVEL] = {.u64 = level}, [GH_RISK_REASON] = {.str = GH_STR("x")}};
        struct gh_err err;
        gh_maker_put(&m, GH_SNAP_RISK, GH_STR("/identities/ann"), risk);
        assert_true(gh_test_conditional(&m, policies, 1, NULL, 0, &err));
        struct gh_snap snap = {.base = gh_maker_finish(&m)};
        struct gh_cond_call call = at_home;
        call.snap = &snap;
        call.caller = caller(&a, &ann);
        call.now_ms = NOW_MS;
        gh_conditional(&d, &call, NULL, 0, false);
        assert_int_equal(d.verdict, level >= GH_RISK_LEVEL_MEDIUM ? GH_DENY : GH_ALLOW);
        if (level == GH_RISK_UNKNOWN) /* it may be any: low as well */
            assert_int_equal(of_unknown_risk(&a, risk, ON(EVERYBODY ",\"userRiskLevels\":[\"low\"]", BLOCK)), GH_DENY);
        call.is_risk_told = true;
        call.user_risk = GH_RISK_LEVEL_HIGH;
        gh_conditional(&d, &call, NULL, 0, false);
        assert_int_equal(d.verdict, GH_DENY);
    }
    gh_arena_fini(&a);
}

/* A policy without a bit would never be looked at. */
static void
more_policies_than_bits(void **state)
{
    const char *policies[GH_COND_CANDIDATES + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(policies); i++)
        policies[i] = ON(EVERYBODY, BLOCK);
    for (size_t n = GH_COND_CANDIDATES; n <= COUNT(policies); n++) {
        struct gh_arena a = gh_test_arena();
        struct gh_maker m = gh_maker_new(&a, 1, false);
        struct gh_err err = {0};
        assert_int_equal(gh_test_conditional(&m, policies, n, NULL, 0, &err), n <= GH_COND_CANDIDATES);
        assert_int_equal(m.rc, n <= GH_COND_CANDIDATES ? GH_OK : GH_LIMIT);
        gh_arena_fini(&a);
    }
}

/* ---- the challenge ---- */

static void
challenges(void **state)
{
    static const struct {
        const char *policy, *claim, *value;
        uint64_t means;
        enum gh_proof_claim at;
        const char *claims, *acr;
        bool want;
    } rows[] = {
        {ON(EVERYBODY, NEEDS_MFA), "acrs", "c1", B(MFA), GH_PROOF_CLAIM_ACRS,
            "{\"access_token\":{\"acrs\":{\"essential\":true,\"value\":\"c1\"}}}", "c1", true},
        {ON(EVERYBODY, NEEDS_MFA), "acr", "gold", B(MFA), GH_PROOF_CLAIM_ACR,
            "{\"access_token\":{\"acr\":{\"essential\":true,\"values\":[\"gold\"]}}}", "gold", true},
        {ON(EVERYBODY, NEEDS_MFA), "amr", "mfa", B(MFA), GH_PROOF_CLAIM_AMR,
            "{\"access_token\":{\"amr\":{\"essential\":true,\"values\":[\"mfa\"]}}}", "", true},
        {ON(EVERYBODY, NEEDS_MFA), "acr", "gold", B(PASSWORD), GH_PROOF_CLAIM_ACR, "", "", false},
        {ON(EVERYBODY, STRENGTH("4")), "acr", "gold", B(MFA), GH_PROOF_CLAIM_ACR, "", "", false},
        {ON(EVERYBODY, STRENGTH("4")), "acr", "phr", B(FIDO2), GH_PROOF_CLAIM_ACR,
            "{\"access_token\":{\"acr\":{\"essential\":true,\"values\":[\"phr\"]}}}", "phr", true},
        {ON(EVERYBODY, BLOCK), "acrs", "c1", B(MFA), GH_PROOF_CLAIM_ACRS, "", "", false},
        {ON(EVERYBODY, FREQUENCY("\"value\":1,\"type\":\"hours\"")), "acrs", "c1", B(MFA), GH_PROOF_CLAIM_ACRS,
            "{\"access_token\":{\"nbf\":{\"essential\":true,\"value\":\"1700000000\"},\"auth_time\":{\"essential\":true}}}", "",
            true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_maker m = gh_maker_new(&a, 1, false);
        struct gh_snap_value v[GH_PROOF_N] = {{.u64 = rows[i].at}, {.str = gh_str_z(rows[i].value)}, {.u64 = rows[i].means}};
        const struct gh_snap_value issuer[GH_ISSUER_N] = {
            [GH_ISSUER_NAME] = {.str = GH_STR("idp")}, [GH_ISSUER_PROOFS] = {.recs = v, .n = 1}};
        struct gh_err err;
        gh_maker_put(&m, GH_SNAP_ISSUER, GH_STR("https://idp"), issuer);
        assert_true(gh_test_conditional(&m, &rows[i].policy, 1, NULL, 0, &err));
        struct gh_snap snap = {.base = gh_maker_finish(&m)};
        struct gh_cond_call call = at_home;
        struct gh_caller *c = caller(&a, &ann);
        struct gh_cond_decision d;
        struct gh_buf claims, acr;
        assert_true(gh_snap_find(&c->issuer_row, &snap, GH_SNAP_ISSUER, GH_STR("https://idp")));
        call.snap = &snap;
        call.caller = c;
        call.now_ms = NOW_MS;
        gh_conditional(&d, &call, NULL, 0, false);
        gh_buf_init(&claims, &a, 512);
        gh_buf_init(&acr, &a, 128);
        if (gh_conditional_claims(&claims, &acr, &d, c, NOW_MS) != rows[i].want)
            fail_msg("row %zu", i);
        if (rows[i].want &&
            (!gh_str_eq(gh_buf_str(&claims), gh_str_z(rows[i].claims)) || !gh_str_eq(gh_buf_str(&acr), gh_str_z(rows[i].acr))))
            fail_msg("row %zu: %.*s, %.*s", i, (int)claims.n, claims.p, (int)acr.n, acr.p);
        c->sort = GH_CALLER_WORKLOAD; /* is never asked to step up */
        assert_false(gh_conditional_claims(&claims, &acr, &d, c, NOW_MS));
        gh_arena_fini(&a);
    }
}

/* ---- what is refused, by name ---- */

static const struct {
    const char *policy, *why; /* a part of the reason */
} refused[] = {
    // clang-format off
    {"[]", "object"},
    {"{}", "displayName"},
    {"{\"displayName\":\"P\",\"conditions\":{" EVERYBODY "}," NEEDS_MFA "}", "state"},
    {POLICY("on", EVERYBODY, NEEDS_MFA), "state"},
    {ON(EVERYBODY, "\"grantControls\":null"), "asks for something"},
    {ON(EVERYBODY, "\"more\":1," NEEDS_MFA), "not known"},
    {ON(ALL_APPS, NEEDS_MFA), "for somebody"},
    {ON(ALL_USERS, NEEDS_MFA), "for something"},
    {ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"None\"]}", NEEDS_MFA), "for something"},
    {ON(EVERYBODY ",\"weather\":[\"rain\"]", NEEDS_MFA), "not known"},
    {ON("\"users\":{\"includeUsers\":[\"GuestsOrExternalUsers\"]}," ALL_APPS, NEEDS_MFA), "GuestsOrExternalUsers"},
    {ON("\"users\":{\"includeUsers\":[\"All\"],\"excludeGuestsOrExternalUsers\":{\"guestOrExternalUserTypes\":\"b2bCollaborationGuest\"}}," ALL_APPS, NEEDS_MFA), "guests"},
    {ON("\"users\":{\"includeUsers\":[\"All\"],\"excludeUsers\":[\"All\"]}," ALL_APPS, NEEDS_MFA), "excludeUsers"},
    {ON("\"users\":{\"includeUsers\":[\"a b\"]}," ALL_APPS, NEEDS_MFA), "neither a name"},
    {ON("\"users\":{\"includeUsers\":[\"/groups/x\"]}," ALL_APPS, NEEDS_MFA), "neither a name"},
    {ON("\"users\":{\"includeUsers\":\"All\"}," ALL_APPS, NEEDS_MFA), "list"},
    {ON("\"users\":{\"includeUsers\":[1]}," ALL_APPS, NEEDS_MFA), "text"},
    {ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"Office365\"]}", NEEDS_MFA), "an application is"},
    {ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"00000000-0000-0000-0000-00000000beef\"]}", NEEDS_MFA), "an application is"},
    {ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"/identities/x\"]}", NEEDS_MFA), "an application is"},
    {ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"/workspaces/w/\"]}", NEEDS_MFA), "an application is"},
    {ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"All\"],\"excludeApplications\":[\"/workspaces/w/endpoints/chat/\"]}", NEEDS_MFA), "an application is"},
    {ON(ALL_USERS ",\"applications\":{\"includeUserActions\":[\"urn:user:registerdevice\"]}", NEEDS_MFA), "includeUserActions"},
    {ON(ALL_USERS ",\"applications\":{\"includeApplications\":[\"All\"],\"applicationFilter\":{\"mode\":\"include\",\"rule\":\"x\"}}", NEEDS_MFA), "applicationFilter"},
    {ON(ALL_USERS ",\"applications\":{\"includeAuthenticationContextClassReferences\":[\"c100\"]}", NEEDS_MFA), "c1 to c99"},
    {ON(EVERYBODY ",\"clientAppTypes\":[\"toaster\"]", NEEDS_MFA), "clientAppTypes"},
    {ON(EVERYBODY ",\"platforms\":{\"includePlatforms\":[\"beos\"]}", NEEDS_MFA), "includePlatforms"},
    {ON(EVERYBODY ",\"platforms\":{\"excludePlatforms\":[\"linux\"]}", NEEDS_MFA), "without includePlatforms"},
    {ON(EVERYBODY ",\"locations\":{\"excludeLocations\":[\"office\"]}", NEEDS_MFA), "without includeLocations"},
    {ON(EVERYBODY "," PLACES("\"moon\"", ""), NEEDS_MFA), "not there"},
    {ON(EVERYBODY ",\"deviceStates\":{\"includeStates\":[\"all\"]}", NEEDS_MFA), "deviceStates"},
    {ON(EVERYBODY "," FILTER("include", "device.model -eq \\\"x\\\""), NEEDS_MFA), "device filter knows"},
    {ON(EVERYBODY "," FILTER("include", "device.isCompliant -is True"), NEEDS_MFA), "operator"},
    {ON(EVERYBODY "," FILTER("include", "(device.isCompliant -eq True"), NEEDS_MFA), "not closed"},
    {ON(EVERYBODY "," FILTER("include", "device.isCompliant -eq True)"), NEEDS_MFA), "never opened"},
    {ON(EVERYBODY "," FILTER("include", "device.isCompliant -eq True device.isCompliant -eq True"), NEEDS_MFA), "-and or -or"},
    {ON(EVERYBODY "," FILTER("sometimes", "device.isCompliant -eq True"), NEEDS_MFA), "include or exclude"},
    {ON(EVERYBODY ",\"insiderRiskLevels\":\"minor\"", NEEDS_MFA), "insiderRiskLevels"},
    {ON(EVERYBODY ",\"signInRiskLevels\":[\"hidden\"]", NEEDS_MFA), "level of risk"},
    {ON(EVERYBODY ",\"servicePrincipalRiskLevels\":[\"high\"]", BLOCK), "for workloads"},
    {ON(EVERYBODY ",\"authenticationFlows\":{\"transferMethods\":\"pigeon\"}", NEEDS_MFA), "transferMethods"},
    {ON(EVERYBODY "," TIMES("{\"start\":\"8:00\"}", ""), NEEDS_MFA), "time of day"},
    {ON(EVERYBODY "," TIMES("{\"end\":\"24:01\"}", ""), NEEDS_MFA), "time of day"},
    {ON(EVERYBODY "," TIMES("{\"days\":[\"caturday\"]}", ""), NEEDS_MFA), "a day is"},
    {ON(EVERYBODY "," TIMES("{\"utcOffset\":\"Europe/Berlin\"}", ""), NEEDS_MFA), "utcOffset"},
    {ON(EVERYBODY, GRANT("XOR", "\"mfa\"")), "AND or OR"},
    {ON(EVERYBODY, GRANT("OR", "\"block\",\"mfa\"")), "block stands alone"},
    {ON(EVERYBODY, GRANT("OR", "\"approvedApplication\"")), "approvedApplication"},
    {ON(EVERYBODY, GRANT("AND", "\"passwordChange\",\"mfa\"")), "passwordChange"},
    {ON(EVERYBODY, GRANT("AND", "\"magic\"")), "builtInControls"},
    {ON(EVERYBODY, "\"grantControls\":{\"operator\":\"OR\",\"builtInControls\":[\"mfa\"],\"termsOfUse\":[\"x\"]}"), "termsOfUse"},
    {ON(EVERYBODY, "\"grantControls\":{\"operator\":\"OR\",\"authenticationStrength\":{\"displayName\":\"x\"}}"), "has an id"},
    {ON(EVERYBODY, "\"grantControls\":{\"operator\":\"OR\",\"authenticationStrength\":{\"id\":\"mine\"}}"), "not there"},
    {ON(EVERYBODY, FREQUENCY("\"value\":0,\"type\":\"hours\"")), "value of signInFrequency"},
    {ON(EVERYBODY, FREQUENCY("\"value\":1,\"type\":\"weeks\"")), "hours or days"},
    {ON(EVERYBODY, FREQUENCY("\"value\":1,\"type\":\"hours\",\"authenticationType\":\"secondaryAuthentication\"")), "authenticationType"},
    {ON(EVERYBODY, NEEDS_MFA ",\"sessionControls\":{\"persistentBrowser\":{\"isEnabled\":true,\"mode\":\"never\"}}"), "persistentBrowser"},
    {ON(EVERYBODY, NEEDS_MFA ",\"sessionControls\":{\"disableResilienceDefaults\":true}"), "disableResilienceDefaults"},
    {ON("\"clientApplications\":{\"includeServicePrincipals\":[\"x\"]}," ALL_APPS, NEEDS_MFA), "only block"},
    {ON(ALL_USERS ",\"clientApplications\":{\"includeServicePrincipals\":[\"x\"]}," ALL_APPS, BLOCK), "not for both"},
    // clang-format on
};

static void
refuses_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_maker m = gh_maker_new(&a, 1, false);
        struct gh_err err = {0};
        if (gh_test_conditional(&m, &refused[i].policy, 1, places, COUNT(places), &err))
            fail_msg("accepted: %s", refused[i].policy);
        if (err.what == NULL || strstr(err.what, refused[i].why) == NULL)
            fail_msg("%s: %s", refused[i].policy, err.what);
        gh_arena_fini(&a);
    }
}

static const struct {
    const char *place, *why;
} refused_places[] = {
    {"{}", "displayName"},
    {"{\"displayName\":\"x\"}", "@odata.type"},
    {"{\"displayName\":\"x\",\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"ipRanges\":[]}", "ipRanges"},
    {"{\"displayName\":\"x\",\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"ipRanges\":[{\"cidrAddress\":\"10.0.0.0/"
     "33\"}]}",
        ""},
    {"{\"displayName\":\"x\",\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"ipRanges\":[{\"cidrAddress\":\"10.0.0.1/8\"}]}",
        ""},
    {"{\"displayName\":\"x\",\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"ipRanges\":[{\"cidrAddress\":\"10.0.0.1\"}]}",
        "slash"},
    {"{\"displayName\":\"x\",\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"ipRanges\":[{\"@odata.type\":\"#microsoft."
     "graph.iPv6CidrRange\","
     "\"cidrAddress\":\"10.0.0.0/8\"}]}",
        "@odata.type of a range"},
    {"{\"displayName\":\"x\",\"@odata.type\":\"#microsoft.graph.countryNamedLocation\",\"countriesAndRegions\":[\"XX\"]}",
        "two capital letters"},
    {"{\"displayName\":\"x\",\"@odata.type\":\"#microsoft.graph.countryNamedLocation\",\"countriesAndRegions\":[\"us\"]}",
        "two capital letters"},
    {"{\"displayName\":\"x\",\"@odata.type\":\"#microsoft.graph.countryNamedLocation\",\"countriesAndRegions\":[]}",
        "countriesAndRegions"},
    {"{\"displayName\":\"x\",\"@odata.type\":\"#microsoft.graph.countryNamedLocation\",\"countriesAndRegions\":[\"US\"],"
     "\"countryLookupMethod\":\"authenticatorAppGps\"}",
        "clientIpAddress"},
    {"{\"displayName\":\"x\",\"@odata.type\":\"#microsoft.graph.countryNamedLocation\",\"countriesAndRegions\":[\"US\"],"
     "\"isTrusted\":true}",
        ""},
};

static void
refuses_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused_places); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_maker m = gh_maker_new(&a, 1, false);
        const struct gh_test_place place = {"x", refused_places[i].place};
        struct gh_err err = {0};
        if (gh_test_conditional(&m, NULL, 0, &place, 1, &err))
            fail_msg("accepted: %s", place.json);
        if (err.what == NULL || strstr(err.what, refused_places[i].why) == NULL)
            fail_msg("%s: %s", place.json, err.what);
        gh_arena_fini(&a);
    }
}

/* A megabyte of policy in one line is read or refused, and does not take the machine with it. */
static void
a_very_long_policy(void **state)
{
    enum { N = 1 << 20 };
    struct gh_arena a = gh_test_arena();
    struct gh_cond_policy p;
    struct gh_err err = {0};
    struct gh_json j;
    struct gh_buf b;

    (void)state;
    gh_buf_init(&b, &a, N + 4096);
    gh_buf_putz(&b, "{\"displayName\":\"P\",\"state\":\"enabled\",\"conditions\":{\"users\":{\"includeUsers\":[\"u0\"");
    while (b.n < N)
        gh_buf_putz(&b, ",\"somebody\"");
    gh_buf_putz(&b, "]}," ALL_APPS "}," NEEDS_MFA "}");
    assert_int_equal(gh_json_parse(&j, &a, gh_buf_str(&b), &err), GH_OK);
    assert_int_equal(gh_cond_policy_read(&p, &a, &j, 0, &err), GH_LIMIT);
    assert_string_equal(err.what, "too many names in one policy");
    gh_arena_fini(&a);
}

/* ---- sweeps of the readers ---- */

static enum gh_rc
meaning_of(struct gh_buf *meaning, struct gh_arena *a, struct gh_str in)
{
    struct gh_cond_names names = {0};
    struct gh_snap_value v[GH_COND_POLICY_N] = {0};
    struct gh_cond_policy p;
    struct gh_json j;
    enum gh_rc rc = gh_json_parse(&j, a, in, NULL);

    if (rc == GH_OK)
        rc = gh_cond_policy_read(&p, a, &j, 0, NULL);
    if (rc == GH_OK)
        rc = gh_cond_row(v, a, GH_STR("p"), &p, &names, NULL);
    for (size_t f = 0; rc == GH_OK && f < GH_COND_POLICY_N; f++) {
        gh_buf_put_u64(meaning, v[f].u64);
        gh_buf_put(meaning, v[f].str);
        for (size_t i = 0; v[f].list != NULL && i < v[f].n; i++)
            gh_buf_put(meaning, v[f].list[i]);
        gh_buf_putc(meaning, '\n');
    }
    return rc;
}

static void
sweeps(void **state)
{
    struct gh_str golden = gh_str_z(
        ON("\"users\":{\"includeUsers\":[\"a\"],\"includeGroups\":[\"g\"]}," ALL_APPS
           "," FILTER("include", "device.isCompliant -eq True -or -not (device.trustType -in [\\\"AzureAD\\\"])") "," TIMES(
               "{\"days\":[\"friday\"],\"start\":\"08:00\"}", ""),
            GRANT("AND", "\"mfa\",\"compliantDevice\"")));

    (void)state;
    gh_test_mangle(meaning_of, golden, false);
    gh_test_oom(meaning_of, golden);
    gh_test_page(meaning_of, golden);
}

/* What the edge tells control is what control reads; anything else is nothing at all. */
static void
evidence_is_what_was_told(void **state)
{
#define KEY "certificate:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    static const char *const bad[] = {"", "-", "2.DE.1.2.0", "2.DE.1.2.0.", "2.DE.1.2.0.x", "2.D.1.2.0.-", "9.DE.1.2.0.-",
        "2.DE.1.2.0.-.-", "2.DE.1.2.0." KEY, "2.DE.1.2.x." KEY, "2.DE.1.2.4." KEY "0",
        "2.DE.1.2.4.certificate:", "2.DE.1.2.4.CERTIFICATE:00"};
    struct gh_cond_call told = in_office, read = {0};
    char mem[128];
    struct gh_buf b;

    (void)state;
    for (int has_device = 0; has_device < 2; has_device++) {
        told.device = has_device ? GH_STR(KEY) : GH_STR("");
        told.device_proofs = has_device ? B(COMPLIANT_DEVICE) | B(JOINED_DEVICE) : 0;
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        gh_cond_evidence_put(&b, &told);
        assert_int_equal(b.rc, GH_OK);
        assert_int_equal(gh_cond_evidence_read(&read, gh_buf_str(&b)), GH_OK);
        assert_true(gh_str_eq(read.device, told.device));
        assert_int_equal(read.device_proofs, told.device_proofs);
        assert_int_equal(read.client, told.client);
        assert_int_equal(read.platform, told.platform);
        assert_memory_equal(read.country, told.country, 2);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct gh_cond_call none = {0};
        if (gh_cond_evidence_read(&none, gh_str_z(bad[i])) == GH_OK || none.device.n > 0 || none.device_proofs != 0)
            fail_msg("read: %s", bad[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_policy_one_call),
        cmocka_unit_test(all_must_be_satisfied),
        cmocka_unit_test(without_policies),
        cmocka_unit_test(evidence_is_what_was_told),
        cmocka_unit_test(emergency_accounts_are_told),
        cmocka_unit_test(levels_of_risk),
        cmocka_unit_test(more_policies_than_bits),
        cmocka_unit_test(challenges),
        cmocka_unit_test(refuses_by_name),
        cmocka_unit_test(refuses_places),
        cmocka_unit_test(a_very_long_policy),
        cmocka_unit_test(sweeps),
    };
    return cmocka_run_group_tests_name("conditional", tests, NULL, NULL);
}
