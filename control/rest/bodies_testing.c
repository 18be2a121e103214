/* SPDX-License-Identifier: Apache-2.0 */
#include "control/rest/bodies_testing.h"

#include "fuzz.h"

#include "control/rest/door.h"
#include "control/rest/resources.h"
#include "control/review/review.h"
#include "host/host.h"

#define READER   "acdd72a7-3385-48ef-bd42-f606fba81ae7"
#define OWNER    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define GUID(n)  "00000000-0000-4000-8000-0000000000" n
#define DRY      "dryRun=true"
#define VERSION  "api-version=2020-10-01"
#define ARM_ASK  "/workspaces/w/providers/Microsoft.Authorization/"
#define AZURE    "/providers/Microsoft.Authorization/roleDefinitions/"
#define EVALUATE "/beta/identity/conditionalAccess/evaluate"
#define REVIEW   "/accessReviews/r"
#define INSTANCE REVIEW "/instances/00000000"

// clang-format off
const struct gh_test_body gh_test_bodies[] = {
    {'a', GH_SURFACE_GRAPH, GH_METHOD_POST, EVALUATE, "", GH_RESOURCE_COND_POLICY,
        "{\"signInIdentity\":{\"userId\":\"an\\u006e\"},\"signInContext\":{\"includeApplications\":[\"\\u0041ll\",\"/workspaces/w\"]},"
        "\"signInConditions\":{\"ipAddress\":\"10.0.0.\\u0031\",\"country\":\"D\\u0045\",\"clientAppType\":\"bro\\u0077ser\",\"devicePlatform\":\"li\\u006eux\","
        "\"userRiskLevel\":\"lo\\u0077\",\"signInRiskLevel\":\"hi\\u0067h\",\"insiderRiskLevel\":\"no\\u006ee\",\"authenticationFlow\":{\"transferMethod\":"
        "\"deviceCodeFl\\u006fw\"},\"deviceInfo\":{\"isCompliant\":true,\"trustType\":\"Azure\\u0041D\",\"deviceId\":\"d\\u0031\"}},\"appliedPoliciesOnly\":false}"},
    {'b', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/revocations/x", DRY, GH_RESOURCE_REVOCATION,
        "{\"issuer\":\"https:\\/\\/idp.example\",\"tokenId\":\"t\\u0031\",\"until\":\"2030-01-01T00:00:00\\u005a\",\"reason\":\"l\\u006fst\"}"},
    {'c', GH_SURFACE_MANAGEMENT, GH_METHOD_POST, "/containments", DRY, GH_RESOURCE_CONTAINMENT,
        "{\"target\":\"/identities/an\\u006e\",\"reason\":\"st\\u006flen\",\"lastOwner\":true}"},
    {'d', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/watchlists/x", DRY, GH_RESOURCE_WATCHLIST,
        "{\"properties\":{\"level\":\"hig\\u0068\",\"networks\":[\"203.0.113.0\\/24\",\"2001:db8::\\/32\"],\"principals\":[\"\\/identities/ann\",\"corp:\\u0078\"]}}"},
    {'e', GH_SURFACE_MANAGEMENT, GH_METHOD_POST, "/riskDecisions", DRY, GH_RESOURCE_RISK_DECISION,
        "{\"principal\":\"/identities/an\\u006e\",\"state\":\"confirmedCompr\\u006fmised\"}"},
    {'f', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/accessReviews/x", DRY, GH_RESOURCE_ACCESS_REVIEW,
        "{\"displayName\":\"\\u0071\",\"scope\":\"/workspaces\\/w\",\"subjects\":[\"role\\u0041ssignments\",\"api\\u004beys\"],\"reviewers\":[\"/groups\\/g\"],"
        "\"startDate\":\"2030-01-31T10:00:00\\u005a\",\"recurrence\":\"P1\\u004d\",\"occurrences\":5,\"instanceDuration\":\"P3\\u0044\",\"lookBack\":\"P3\\u0030D\","
        "\"defaultDecision\":\"Recommendat\\u0069on\",\"autoApply\":true}"},
    {'g', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, INSTANCE, DRY, GH_RESOURCE_REVIEW_INSTANCE, "{\"request\":\"accept\\u0052ecommendations\"}"},
    {'h', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, INSTANCE "/decisions/{decision}", DRY, GH_RESOURCE_REVIEW_DECISION,
        "{\"decision\":\"Approv\\u0065\",\"justification\":\"used \\u0064aily\"}"},
    {'i', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/roleEligibilities/" GUID("77"), DRY, GH_RESOURCE_ROLE_ELIGIBILITY,
        "{\"roleDefinitionId\":\"Rea\\u0064er\",\"principalId\":\"/groups\\/g\",\"scope\":\"/workspaces\\/w\",\"startDateTime\":\"2030-01-01T00:00:00\\u005a\","
        "\"endDateTime\":\"2030-02-01T00:00:00\\u005a\"}"},
    {'j', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/rolePolicies/x", DRY, GH_RESOURCE_ROLE_POLICY,
        "{\"roleDefinitionId\":\"O\\u0077ner\",\"scope\":\"/workspaces\\/w\",\"maximumDuration\":\"PT\\u0032H\",\"evidence\":[\"Justific\\u0061tion\"],"
        "\"authenticationContext\":\"\\u00631\",\"approvalRequired\":true,\"approvers\":[\"/groups\\/g\",\"corp:\\u0078\"],\"approvalTimeoutDays\":3,"
        "\"eligibilityMaximumDuration\":\"P3\\u0030D\",\"assignmentEvidence\":[\"Ticketin\\u0067\"]}"},
    {'k', GH_SURFACE_ARM, GH_METHOD_POST, ARM_ASK "roleAssignmentScheduleRequests/" GUID("88") "/validate", VERSION, GH_RESOURCE_ROLE_REQUEST,
        "{\"properties\":{\"roleDefinitionId\":\"" AZURE "acdd72a7-3385-48ef-bd42-f606fba81ae\\u0037\",\"principalId\":\"/identities/an\\u006e\","
        "\"requestType\":\"SelfActiv\\u0061te\",\"justification\":\"fi\\u0078\",\"ticketInfo\":{\"ticketNumber\":\"\\u0031\",\"ticketSystem\":\"\\u0073\"},"
        "\"linkedRoleEligibilityScheduleId\":\"/x/roleEligibilitySchedules/\\u0065\",\"scheduleInfo\":{\"startDateTime\":\"2020-01-01T00:00:00\\u005a\","
        "\"expiration\":{\"type\":\"AfterDurati\\u006fn\",\"duration\":\"PT\\u0032H\"}}}}"},
    {'l', GH_SURFACE_ARM, GH_METHOD_POST, ARM_ASK "roleEligibilityScheduleRequests/" GUID("88") "/validate", VERSION, GH_RESOURCE_ROLE_REQUEST,
        "{\"properties\":{\"roleDefinitionId\":\"" AZURE "acdd72a7-3385-48ef-bd42-f606fba81ae\\u0037\",\"principalId\":\"/groups\\/g\","
        "\"requestType\":\"AdminAssi\\u0067n\",\"justification\":\"fi\\u0078\",\"scheduleInfo\":{\"startDateTime\":\"2030-01-01T00:00:00\\u005a\","
        "\"expiration\":{\"type\":\"AfterDateT\\u0069me\",\"endDateTime\":\"2030-02-01T00:00:00\\u005a\"}}}}"},
    {'m', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/namedLocations/x", DRY, GH_RESOURCE_COND_PLACE,
        "{\"@odata.type\":\"#microsoft.graph.ipNamedLoc\\u0061tion\",\"displayName\":\"off\\u0069ce\",\"isTrusted\":true,\"ipRanges\":[{\"@odata.type\":"
        "\"#microsoft.graph.iPv4Cidr\\u0052ange\",\"cidrAddress\":\"10.0.0.0\\/8\"}]}"},
    {'n', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/conditionalAccess/x", DRY, GH_RESOURCE_COND_POLICY,
        "{\"displayName\":\"\\u0070\",\"state\":\"enabl\\u0065d\",\"conditions\":{\"users\":{\"includeUsers\":[\"A\\u006cl\"],\"excludeGroups\":[\"/groups\\/g\"]},"
        "\"applications\":{\"includeApplications\":[\"/workspaces\\/w\"]},\"locations\":{\"includeLocations\":[\"A\\u006cl\"],\"excludeLocations\":[\"\\u006fffice\"]},"
        "\"platforms\":{\"includePlatforms\":[\"\\u0061ll\"]},\"times\":{\"includeTimes\":[{\"days\":[\"mond\\u0061y\"],\"start\":\"08:0\\u0030\",\"end\":\"18:0\\u0030\","
        "\"utcOffset\":\"+01:0\\u0030\"}]}},\"grantControls\":{\"operator\":\"\\u004fR\",\"builtInControls\":[\"mf\\u0061\"]}}"},
    {'o', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/roleAssignments/" GUID("77"), DRY, GH_RESOURCE_ROLE_ASSIGNMENT,
        "{\"roleDefinitionId\":\"Rea\\u0064er\",\"principalId\":\"/identities\\/bob\",\"scope\":\"/workspaces\\/w\",\"startDateTime\":\"2030-01-01T00:00:00\\u005a\","
        "\"endDateTime\":\"2030-02-01T00:00:00\\u005a\",\"condition\":\"@Resource[Gatehouse:Path] StringLike \\u0027/workspaces/w/*\\u0027\",\"conditionVersion\":\"2.\\u0030\"}"},
    {'p', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/denyAssignments/" GUID("77"), DRY, GH_RESOURCE_DENY_ASSIGNMENT,
        "{\"denyAssignmentName\":\"\\u006eo\",\"scope\":\"/workspaces\\/w\",\"permissions\":[{\"actions\":[\"\\u002a\"],\"notActions\":[\"*\\/read\"]}],\"principals\":[{\"id\":"
        "\"/groups\\/g\",\"type\":\"Gr\\u006fup\"}],\"excludePrincipals\":[{\"id\":\"/identities\\/bob\",\"type\":\"Us\\u0065r\"}],\"condition\":"
        "\"@Environment[isPrivateLink] BoolEquals \\u0066alse\",\"conditionVersion\":\"2.0\"}"},
    {'q', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/roleDefinitions/" GUID("77"), DRY, GH_RESOURCE_ROLE_DEFINITION,
        "{\"roleName\":\"\\u0072\",\"permissions\":[{\"actions\":[\"Microsoft.CognitiveServices\\/*\"],\"notActions\":[\"*\\/delete\"],\"dataActions\":[],\"condition\":"
        "\"@Resource[Gatehouse:Workspace] StringEquals \\u0027w\\u0027\",\"conditionVersion\":\"2.0\"}],\"assignableScopes\":[\"\\/\"]}"},
    {'r', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/groups/g", DRY, GH_RESOURCE_GROUP, "{\"members\":[\"/identities\\/bob\",\"corp:\\u0078\"]}"},
    {'s', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/identities/x", DRY, GH_RESOURCE_IDENTITY,
        "{\"kind\":\"us\\u0065r\",\"issuer\":\"corp\",\"subject\":\"\\u0073\",\"validFrom\":\"2020-01-01T00:00:00\\u005a\",\"customSecurityAttributes\":{\"le\\u0076el\":3,"
        "\"t\\u0061gs\":[\"\\u0061\"]}}"},
    {'t', GH_SURFACE_MANAGEMENT, GH_METHOD_PUT, "/authenticationStrengths/x", DRY, GH_RESOURCE_COND_STRENGTH,
        "{\"displayName\":\"\\u0078\",\"allowedCombinations\":[\"fid\\u006f2\",\"password,\\u0068ardwareOath\"]}"},
    {'u', GH_SURFACE_GRAPH, GH_METHOD_POST, "/v1.0/identityProtection/riskyUsers/confirmCompromised", "", GH_RESOURCE_RISK_DECISION,
        "{\"userIds\":[]}"},
};
// clang-format on
const size_t gh_test_bodies_n = sizeof(gh_test_bodies) / sizeof(gh_test_bodies[0]);

/* ---- the house ---- */

static char decision[128]; /* name of one decision of the review */

static bool
on_decision(void *ctx, const struct gh_store_resource *r)
{
    size_t cut = gh_str_find(r->path, GH_STR("/decisions/")) + sizeof("/decisions/") - 1;
    (void)ctx;
    gh_fuzz_check(r->path.n - cut < sizeof(decision));
    memcpy(decision, r->path.p + cut, r->path.n - cut);
    decision[r->path.n - cut] = '\0';
    return false;
}

static void
find_decision(struct gh_test_house *h)
{
    gh_auto_store_tx *tx = NULL;
    gh_fuzz_check(gh_store_begin(&tx, h->c.store, GH_STORE_READ) == GH_OK);
    gh_fuzz_check(gh_store_resource_each(tx, GH_RESOURCE_REVIEW_DECISION, on_decision, NULL) == GH_OK);
    gh_fuzz_check(decision[0] != '\0');
}

struct gh_test_house *
gh_test_bodies_house(void)
{
    static const char *const put[][2] = {
        {"/workspaces/w", "{}"},
        {"/workspaces/w/endpoints/e", "{}"},
        {"/identities/ann", "{\"kind\":\"user\"}"},
        {"/identities/bob", "{\"kind\":\"user\"}"},
        {"/groups/g", "{\"members\":[\"/identities/ann\",\"/identities/bob\"]}"},
        {"/issuers/corp", "{\"issuer\":\"https://idp.example\",\"jwksUri\":\"https://192.0.2.1/keys\"}"},
        {"/roleAssignments/" GUID("01"),
            "{\"roleDefinitionId\":\"" OWNER "\",\"principalId\":\"/identities/ann\",\"scope\":\"/\"}"},
        {"/roleAssignments/" GUID("02"),
            "{\"roleDefinitionId\":\"" READER "\",\"principalId\":\"/groups/g\",\"scope\":\"/workspaces/w\"}"},
        {"/rolePolicies/p", "{\"roleDefinitionId\":\"" READER "\",\"scope\":\"/\",\"eligibilityExpires\":false}"},
        {"/roleEligibilities/e",
            "{\"roleDefinitionId\":\"" READER "\",\"principalId\":\"/identities/ann\",\"scope\":\"/workspaces/w\"}"},
        {"/namedLocations/office",
            "{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"displayName\":\"office\",\"isTrusted\":true,"
            "\"ipRanges\":[{\"@odata.type\":\"#microsoft.graph.iPv4CidrRange\",\"cidrAddress\":\"192.0.2.0/24\"}]}"},
        {"/conditionalAccess/p",
            "{\"displayName\":\"p\",\"state\":\"enabled\",\"conditions\":{\"users\":{\"includeUsers\":[\"/identities/"
            "bob\"]},\"applications\":{\"includeApplications\":[\"All\"]}},\"grantControls\":{\"operator\":\"OR\","
            "\"builtInControls\":[\"block\"]}}"},
        {REVIEW,
            "{\"displayName\":\"r\",\"scope\":\"/workspaces/w\",\"subjects\":[\"roleAssignments\"],\"instanceDuration\":\"P30D\"}"},
    };
    struct gh_test_house *h = gh_test_house_open(NULL);
    for (size_t i = 0; i < sizeof(put) / sizeof(put[0]); i++)
        gh_test_house_put(h, put[i][0], put[i][1]);
    gh_fuzz_check(gh_review_tick(&h->c, gh_now_ms() + 1000) == GH_OK);
    find_decision(h);
    return h;
}

/* ---- asking ---- */

static bool
count(void *ctx, const struct gh_store_resource *r)
{
    (void)r;
    ++*(size_t *)ctx;
    return true;
}

static size_t
how_many(struct gh_test_house *h, enum gh_resource type)
{
    gh_auto_store_tx *tx = NULL;
    size_t n = 0;
    gh_fuzz_check(gh_store_begin(&tx, h->c.store, GH_STORE_READ) == GH_OK);
    gh_fuzz_check(gh_store_resource_each(tx, type, count, &n) == GH_OK);
    return n;
}

/* As the token of ann would be understood, who proved more than a password. */
static bool
be_ann(struct gh_call *call)
{
    call->view = gh_publish_view(call->c->publish);
    call->caller = gh_arena_take(call->a, sizeof(*call->caller));
    if (call->caller == NULL)
        return gh_call_failed(call, GH_NOMEM);
    gh_identify_as(call->caller, &call->view->snap, GH_STR("/identities/ann"), NULL, 0);
    call->caller->sort = GH_CALLER_USER;
    call->caller->is_mfa = true;
    return true;
}

static struct gh_str
path_of(char room[256], const struct gh_test_body *b)
{
    struct gh_str path = gh_str_z(b->path);
    size_t at = gh_str_find(path, GH_STR("{decision}"));
    if (at == SIZE_MAX)
        return path;
    (void)snprintf(room, 256, "%.*s%s", (int)at, b->path, decision);
    return gh_str_z(room);
}

unsigned
gh_test_bodies_ask(
    struct gh_buf *answer, struct gh_test_house *h, struct gh_arena *a, const struct gh_test_body *b, struct gh_str body)
{
    struct gh_call call;
    char room[256];
    size_t before = how_many(h, b->type);
    gh_call_init(&call, &h->c, a);
    call.surface = b->surface;
    call.method = b->method;
    call.path = path_of(room, b);
    call.query = gh_str_z(b->query);
    call.body = body;
    call.is_local = b->surface == GH_SURFACE_MANAGEMENT;
    if (call.is_local)
        gh_rest_answer(&call);
    else if (be_ann(&call))
        gh_door_answer(&call);
    gh_call_settle(&call);
    if (answer != NULL)
        gh_buf_put(answer, gh_buf_str(&call.out));
    gh_rest_done(&call);
    gh_fuzz_check(how_many(h, b->type) == before);
    return call.status;
}
