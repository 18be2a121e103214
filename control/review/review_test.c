/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews with a clock of the test's own, and recommendations with their proof. argv[1]: gatehouse-vault. */
#include "control/testing.h"

#include <stdio.h>
#include <unistd.h>

#include "base/codec.h"
#include "control/learn/learn.h"
#include "control/publish/props.h"
#include "control/review/review.h"
#include "host/host.h"

static const char *vault_program;

#define DAY         INT64_C(86400000)
#define HOUR        INT64_C(3600000)
#define ROLE_OPENAI "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
#define ROLE_OWNER  "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define ROLE_READER "acdd72a7-3385-48ef-bd42-f606fba81ae7"
#define GUID(n)     "00000000-0000-4000-8000-0000000000" n
#define CHAT        "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action"
#define EP          "/workspaces/demo/endpoints/chat"
#define DEP         EP "/deployments/echo"

static void
assign(struct gh_test_house *h, const char *guid, const char *role, const char *principal, const char *scope)
{
    gh_test_house_assign(h, "/roleAssignments", guid, role, principal, scope);
}

/* One call to a model, as an edge records it. */
static void
used(struct gh_test_house *h, const char *caller, const char *rule, const char *action, const char *scope, int64_t at_ms, int n,
    const char *key)
{
    struct gh_record_writer w;
    struct gh_str records[64];
    bool is_model = strcmp(action, CHAT) == 0;

    assert_true(n <= 64);
    for (int i = 0; i < n; i++) {
        gh_record_begin(&w, gh_arena_take(&h->a, GH_RECORD_BYTES_MAX), GH_RECORD_OPEN, 1, 1, at_ms);
        gh_record_text(&w, GH_FIELD_CALLER, gh_str_z(caller));
        gh_record_text(&w, GH_FIELD_ISSUER, key == NULL ? GH_STR("gatehouse") : GH_STR("key"));
        gh_record_text(&w, GH_FIELD_CREDENTIAL_ID, key == NULL ? GH_STR("t") : gh_str_z(key));
        gh_record_text(&w, GH_FIELD_SURFACE, is_model ? GH_STR("openai") : GH_STR("management"));
        gh_record_text(&w, GH_FIELD_METHOD, is_model ? GH_STR("POST") : GH_STR("GET"));
        gh_record_text(&w, GH_FIELD_SCOPE, gh_str_z(scope));
        gh_record_text(&w, GH_FIELD_ACTION, gh_str_z(action));
        gh_record_text(&w, GH_FIELD_VERDICT, GH_STR("allow"));
        gh_record_text(&w, GH_FIELD_RULE, gh_str_z(rule));
        assert_int_equal(gh_record_end(&records[i], &w), GH_OK);
    }
    gh_test_house_learn(h, records, (size_t)n);
}

static void
make_house(struct gh_test_house *h)
{
    gh_test_house_put(h, "/workspaces/demo", "{\"allowApiKeys\":true}");
    gh_test_house_put(h, "/workspaces/demo/backends/b", "{\"url\":\"https://192.0.2.1\",\"dialect\":\"openai\",\"auth\":\"none\"}");
    gh_test_house_put(h, EP, "{}");
    gh_test_house_put(h, DEP, "{\"model\":\"m\",\"backend\":\"b\"}");
    gh_test_house_put(h, "/identities/anna", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/bert", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/identities/lead", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/groups/team", "{\"members\":[\"/identities/bert\"]}");
    assign(h, GUID("01"), ROLE_OPENAI, "/identities/anna", "/workspaces/demo");
    assign(h, GUID("02"), ROLE_OPENAI, "/identities/bert", EP);
    assign(h, GUID("03"), ROLE_READER, "/groups/team", "/workspaces/demo");
    gh_test_house_put(h, "/identities/root", "{\"kind\":\"user\"}");
    assign(h, GUID("05"), ROLE_OWNER, "/identities/root", "/");
    assign(h, GUID("04"), ROLE_OWNER, "/identities/lead", "/workspaces/demo");
}

/* ---- when instances begin ---- */

static void
calendar(void **state)
{
    static const struct {
        const char *name, *definition;
        int64_t n;
        const char *begins; /* NULL: never */
    } cases[] = {
        {"once", "{\"startDate\":\"2026-01-31T10:00:00Z\"}", 0, "2026-01-31T10:00:00.000Z"},
        {"once, and not again", "{\"startDate\":\"2026-01-31T10:00:00Z\"}", 1, NULL},
        {"each week", "{\"startDate\":\"2026-01-31T10:00:00Z\",\"recurrence\":\"P7D\",\"instanceDuration\":\"P3D\"}", 2,
            "2026-02-14T10:00:00.000Z"},
        {"each month, at the end of a short one", "{\"startDate\":\"2026-01-31T10:00:00Z\",\"recurrence\":\"P1M\"}", 1,
            "2026-02-28T10:00:00.000Z"},
        {"each month, in a leap year", "{\"startDate\":\"2028-01-31T10:00:00Z\",\"recurrence\":\"P1M\"}", 1,
            "2028-02-29T10:00:00.000Z"},
        {"each quarter over a year's end", "{\"startDate\":\"2026-11-15T00:00:00Z\",\"recurrence\":\"P3M\"}", 1,
            "2027-02-15T00:00:00.000Z"},
        {"three times", "{\"startDate\":\"2026-11-15T00:00:00Z\",\"recurrence\":\"P3M\",\"occurrences\":3}", 3, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_props p;
        struct gh_review r;
        const char *why = NULL, *where = NULL;
        struct gh_buf b;

        assert_int_equal(gh_props_open(&p, &a, gh_str_z(cases[i].definition)), GH_OK);
        assert_int_equal(gh_review_read(&r, &p, 0, &why, &where), GH_OK);
        int64_t at = gh_review_begins(&r, cases[i].n);
        gh_buf_init(&b, &a, 64);
        if (at != INT64_MAX)
            gh_time_put(&b, at);
        if ((at == INT64_MAX) != (cases[i].begins == NULL) ||
            (cases[i].begins != NULL && !gh_str_eq(gh_buf_str(&b), gh_str_z(cases[i].begins))))
            fail_msg("%s: %.*s", cases[i].name, (int)b.n, b.p);
        gh_arena_fini(&a);
    }
}

static void
definitions_are_checked(void **state)
{
    static const struct {
        const char *properties;
        unsigned status;
    } cases[] = {
        {"{\"displayName\":\"x\"}", 201},
        {"{}", 400},
        {"{\"displayName\":\"x\",\"subjects\":[\"people\"]}", 400},
        {"{\"displayName\":\"x\",\"instanceDuration\":\"14 days\"}", 400},
        {"{\"displayName\":\"x\",\"instanceDuration\":\"P1M\"}", 400},
        {"{\"displayName\":\"x\",\"recurrence\":\"P7D\"}", 400}, /* shorter than its instances */
        {"{\"displayName\":\"x\",\"recurrence\":\"P0M\"}", 400},
        {"{\"displayName\":\"x\",\"recurrence\":\"PT30M\",\"instanceDuration\":\"PT30M\"}", 201},
        {"{\"displayName\":\"x\",\"recurrence\":\"PT29M\",\"instanceDuration\":\"PT1S\"}", 400}, /* nothing else would be done */
        {"{\"displayName\":\"x\",\"startDate\":\"tomorrow\"}", 400},
        {"{\"displayName\":\"x\",\"scope\":\"/workspaces/none\"}", 409},
        {"{\"displayName\":\"x\",\"scope\":\"/workspaces\"}", 400},
        {"{\"displayName\":\"x\",\"reviewers\":[\"/identities/none\"]}", 409},
        {"{\"displayName\":\"x\",\"reviewers\":[\"anna\"]}", 400},
        {"{\"displayName\":\"x\",\"defaultDecision\":\"Maybe\"}", 400},
    };
    struct gh_test_house *h = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned got = gh_test_house_ask(h, NULL, "PUT", "/accessReviews/checked", cases[i].properties);
        if (got != cases[i].status)
            fail_msg("%s: %u %s", cases[i].properties, got, h->answer);
        if (got == 201)
            gh_test_house_expect(h, NULL, "DELETE", "/accessReviews/checked", NULL, 204, NULL);
    }
}

/* ---- a review from its beginning to its end, in no time ---- */

static void
a_review_runs(void **state)
{
    struct gh_test_house *h = *state;
    int64_t now = gh_now_ms() + 100 * DAY; /* what was given is older than the look-back time */
    const char *lead = gh_test_house_token(h, "lead"), *anna = gh_test_house_token(h, "anna");

    gh_test_house_learning_since(h, now - 200 * DAY);
    used(h, "gatehouse:anna", "/roleAssignments/" GUID("01"), CHAT, DEP, now - DAY, 3, NULL);
    gh_test_house_put(h, "/accessReviews/q",
        "{\"displayName\":\"Quarterly\",\"scope\":\"/workspaces/demo\",\"instanceDuration\":\"PT30M\",\"lookBack\":\"P30D\","
        "\"defaultDecision\":\"Recommendation\",\"autoApply\":true,\"startDate\":\"2026-01-01T00:00:00Z\"}");
    assert_int_equal(gh_review_tick(&h->c, now), GH_OK);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/q/instances/00000000", NULL, 200, "\"status\":\"InProgress\"");
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/q/instances/00000000/decisions", NULL, 200,
        "\"recommendation\":\"Approve\",\"recommendationReason\":\"used within the look-back time\"");
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/q/instances/00000000/decisions", NULL, 200,
        "\"recommendation\":\"Deny\",\"recommendationReason\":\"never used\"");

    /* whoever may decide at the scope does: not anna, and the lead not for himself */
    struct gh_json j;
    assert_int_equal(gh_json_parse(&j, &h->a, gh_str_z(h->answer), NULL), GH_OK);
    gh_json_ref all = gh_json_get(&j, 0, GH_STR("value"));
    char lead_path[256] = "", reader_path[256] = "", anna_path[256] = "";
    for (gh_json_ref v = gh_json_first(&j, all); v != GH_JSON_NO; v = gh_json_next(&j, all, v)) {
        struct gh_str id, target;
        assert_int_equal(gh_json_str(&id, &h->a, &j, gh_json_get(&j, v, GH_STR("id"))), GH_OK);
        assert_int_equal(
            gh_json_str(&target, &h->a, &j, gh_json_get(&j, gh_json_get(&j, v, GH_STR("properties")), GH_STR("target"))), GH_OK);
        char *at = gh_str_ends(target, GH_STR("04")) ? lead_path : gh_str_ends(target, GH_STR("03")) ? reader_path : anna_path;
        if (!gh_str_ends(target, GH_STR("02")))
            (void)snprintf(at, 256, "%.*s", (int)id.n, id.p);
    }
    const char *approve = "{\"decision\":\"Approve\",\"justification\":\"she leads\"}";
    gh_test_house_expect(h, anna, "PUT", lead_path, approve, 403, NULL);
    gh_test_house_expect(h, lead, "PUT", lead_path, approve, 403, "nobody decides about his own access");
    gh_test_house_expect(h, lead, "PUT", reader_path, "{\"decision\":\"Approve\"}", 400, "justification");
    gh_test_house_expect(h, lead, "PUT", reader_path,
        "{\"decision\":\"Approve\",\"justification\":\"they need it\",\"result\":\"removed\"}", 200,
        "\"reviewedBy\":\"gatehouse:lead\"");
    gh_test_house_expect(h, NULL, "GET", reader_path, NULL, 200, "\"kind\":\"roleAssignment\"");
    gh_test_house_expect(h, NULL, "PUT", lead_path, approve, 200, NULL);
    gh_test_house_expect(h, NULL, "PUT", "/accessReviews/q/instances/00000000/decisions/other", approve, 409, NULL);
    gh_test_house_expect(h, NULL, "PUT", "/accessReviews/q/instances/00000000", "{\"request\":\"applyDecisions\"}", 409, NULL);
    assert_true(anna_path[0] != '\0');

    assert_int_equal(gh_review_tick(&h->c, now + HOUR), GH_OK);
    assert_true(gh_publish_wait(h->c.publish, 5000));
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/q/instances/00000000", NULL, 200, "\"status\":\"Applied\"");
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/q/instances/00000000", NULL, 200, "\"removed\":1");
    gh_test_house_expect(h, NULL, "GET", "/roleAssignments/" GUID("01"), NULL, 200, NULL);
    gh_test_house_expect(h, NULL, "GET", "/roleAssignments/" GUID("02"), NULL, 404, NULL);
    gh_test_house_expect(h, NULL, "GET", "/roleAssignments/" GUID("03"), NULL, 200, NULL);
    gh_test_house_expect(h, NULL, "GET", "/audit/records?kind=admin&limit=1000", NULL, 200, "\"operation\":\"review removed it\"");
    gh_test_house_expect(h, NULL, "PUT", reader_path, approve, 409, "not in progress");
    assert_int_equal(gh_review_tick(&h->c, now + 1000 * DAY), GH_OK); /* once is once */
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/q/instances/00000001", NULL, 404, NULL);
    gh_test_house_expect(h, NULL, "DELETE", "/accessReviews/q", NULL, 204, NULL);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/q/instances", NULL, 200, "\"value\":[]");
}

static void
people_stop_reset_and_accept(void **state)
{
    struct gh_test_house *h = *state;
    int64_t now = gh_now_ms() + 100 * DAY;
    const char *at = "/accessReviews/keys/instances/00000000";

    assign(h, GUID("02"), ROLE_OPENAI, "/identities/bert", EP);
    gh_test_house_expect(h, NULL, "POST", "/workspaces/demo/apiKeys",
        "{\"owner\":\"bert\",\"scope\":\"/workspaces/demo/endpoints/chat\",\"expires\":\"2026-12-31T00:00:00Z\"}", 201, NULL);
    gh_test_house_put(h, "/accessReviews/keys",
        "{\"displayName\":\"Keys\",\"subjects\":[\"apiKeys\",\"keyCreators\"],\"recurrence\":\"P30D\",\"startDate\":\"2026-01-"
        "01T00:00:00Z\"}");
    assert_int_equal(gh_review_tick(&h->c, now), GH_OK);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/keys/instances", NULL, 200, "\"InProgress\"");
    struct gh_json j;
    struct gh_str id;
    assert_int_equal(gh_json_parse(&j, &h->a, gh_str_z(h->answer), NULL), GH_OK);
    gh_json_ref all = gh_json_get(&j, 0, GH_STR("value"));
    assert_int_equal(gh_json_str(&id, &h->a, &j, gh_json_get(&j, gh_json_first(&j, all), GH_STR("id"))), GH_OK);
    at = id.p; /* the clock stood still over the months before: their instances are not made up for */
    char instance[256], decisions[300];
    (void)snprintf(instance, sizeof(instance), "%.*s", (int)id.n, at);
    (void)snprintf(decisions, sizeof(decisions), "%s/decisions", instance);
    gh_test_house_expect(h, NULL, "GET", decisions, NULL, 200, "\"kind\":\"apiKey\"");
    gh_test_house_expect(h, NULL, "GET", decisions, NULL, 200, "\"kind\":\"keyCreator\"");
    gh_test_house_expect(h, NULL, "GET", decisions, NULL, 200, "\"principal\":\"/identities/bert\"");
    gh_test_house_expect(h, NULL, "PUT", instance, "{\"request\":\"acceptRecommendations\"}", 200, NULL);
    gh_test_house_expect(h, NULL, "GET", decisions, NULL, 200, "the recommendation was accepted");
    gh_test_house_expect(h, NULL, "PUT", instance, "{\"request\":\"resetDecisions\"}", 200, NULL);
    gh_test_house_expect(h, NULL, "GET", decisions, NULL, 200, "\"decision\":\"NotReviewed\"");
    gh_test_house_expect(h, NULL, "PUT", instance, "{\"request\":\"acceptRecommendations\"}", 200, NULL);
    gh_test_house_expect(
        h, NULL, "PUT", instance, "{\"request\":\"stop\",\"status\":\"Applied\"}", 200, "\"status\":\"Completed\"");
    gh_test_house_expect(h, NULL, "PUT", instance, "{\"request\":\"dance\"}", 400, NULL);
    gh_test_house_expect(h, NULL, "PUT", instance, "{\"request\":\"applyDecisions\"}", 200, "\"status\":\"Applying\"");
    assert_int_equal(gh_review_tick(&h->c, now), GH_OK);
    gh_test_house_expect(h, NULL, "GET", instance, NULL, 200, "\"status\":\"Applied\"");
    gh_test_house_expect(h, NULL, "GET", "/workspaces/demo/apiKeys", NULL, 200, "\"value\":[]"); /* the unused key went */
    gh_test_house_expect(h, NULL, "GET", decisions, NULL, 200, "the last Owner of the installation");
    gh_test_house_expect(h, NULL, "DELETE", "/accessReviews/keys", NULL, 204, NULL);
}

/* The decision of the review's first instance about this assignment. */
static const char *
decision_about(struct gh_test_house *h, const char *review, const char *assignment)
{
    char list[128], *at;
    (void)snprintf(list, sizeof(list), "/accessReviews/%s/instances/00000000/decisions", review);
    gh_test_house_expect(h, NULL, "GET", list, NULL, 200, assignment);
    struct gh_json j;
    assert_int_equal(gh_json_parse(&j, &h->a, gh_str_z(h->answer), NULL), GH_OK);
    gh_json_ref all = gh_json_get(&j, 0, GH_STR("value"));
    for (gh_json_ref v = gh_json_first(&j, all); v != GH_JSON_NO; v = gh_json_next(&j, all, v)) {
        struct gh_str id, target;
        gh_json_ref p = gh_json_get(&j, v, GH_STR("properties"));
        assert_int_equal(gh_json_str(&id, &h->a, &j, gh_json_get(&j, v, GH_STR("id"))), GH_OK);
        assert_int_equal(gh_json_str(&target, &h->a, &j, gh_json_get(&j, p, GH_STR("target"))), GH_OK);
        if (!gh_str_ends(target, gh_str_z(assignment)))
            continue;
        assert_non_null(at = gh_arena_take(&h->a, id.n + 1));
        memcpy(at, id.p, id.n);
        return at;
    }
    fail_msg("no decision about %s", assignment);
    return "";
}

/* Accepting what is recommended decides: only reviewers do, and nobody approves himself by it. */
static void
accepting_is_deciding(void **state)
{
    struct gh_test_house *h = *state;
    int64_t now = gh_now_ms() + 100 * DAY;
    const char *lead = gh_test_house_token(h, "lead"), *root = gh_test_house_token(h, "root");
    static const char at[] = "/accessReviews/accepted/instances/00000000", accept[] = "{\"request\":\"acceptRecommendations\"}";

    assign(h, GUID("02"), ROLE_OPENAI, "/identities/bert", EP);
    assign(h, GUID("04"), ROLE_OWNER, "/identities/lead", "/workspaces/demo");
    assign(h, GUID("05"), ROLE_OWNER, "/identities/root", "/");
    used(h, "gatehouse:lead", "/roleAssignments/" GUID("04"), "Microsoft.MachineLearningServices/workspaces/read",
        "/workspaces/demo", now - DAY, 1, NULL);
    gh_test_house_put(h, "/accessReviews/accepted",
        "{\"displayName\":\"x\",\"scope\":\"/workspaces/demo\",\"reviewers\":[\"/identities/"
        "lead\"],\"subjects\":[\"roleAssignments\",\"keyCreators\"],\"startDate\":\"2026-01-01T00:00:00Z\"}");
    assert_int_equal(gh_review_tick(&h->c, now), GH_OK);
    gh_test_house_expect(h, root, "PUT", at, accept, 403, "other reviewers");
    gh_test_house_expect(h, lead, "PUT", at, accept, 200, NULL);
    gh_test_house_expect(h, NULL, "GET", decision_about(h, "accepted", GUID("04")), NULL, 200, "\"decision\":\"NotReviewed\"");
    gh_test_house_expect(h, NULL, "GET", decision_about(h, "accepted", GUID("02")), NULL, 200, "\"decision\":\"Deny\"");
    gh_test_house_expect(
        h, NULL, "GET", decision_about(h, "accepted", GUID("05")), NULL, 200, "\"decision\":\"NotReviewed\""); /* given at / */
    gh_test_house_expect(h, NULL, "DELETE", "/identities/anna", NULL, 409, NULL);
    gh_test_house_put(h, "/identities/guest", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/accessReviews/held", "{\"displayName\":\"x\",\"reviewers\":[\"/identities/guest\"],\"enabled\":false}");
    gh_test_house_expect(h, NULL, "DELETE", "/identities/guest", NULL, 409, "/accessReviews/held");
    gh_test_house_expect(h, NULL, "DELETE", "/accessReviews/held", NULL, 204, NULL);
    gh_test_house_expect(h, NULL, "DELETE", "/identities/guest", NULL, 204, NULL);
    gh_test_house_expect(h, NULL, "DELETE", "/accessReviews/accepted", NULL, 204, NULL);
}

/* Words about oneself are others' words: who is denied neither takes them back, nor overrules them, nor changes the review before they are carried out. */
static void
nobody_undoes_what_denies_him(void **state)
{
    struct gh_test_house *h = *state;
    const char *lead = gh_test_house_token(h, "lead"), *root = gh_test_house_token(h, "root"),
               *bert = gh_test_house_token(h, "bert");
    static const char at[] = "/accessReviews/own/instances/00000000", deny[] = "{\"decision\":\"Deny\"}",
                      definition[] =
                          "{\"displayName\":\"x\",\"scope\":\"/workspaces/demo\",\"startDate\":\"2026-01-01T00:00:00Z\"%s}";
    char body[256];

    (void)snprintf(body, sizeof(body), definition, "");
    gh_test_house_put(h, "/accessReviews/own", body);
    assert_int_equal(gh_review_tick(&h->c, gh_now_ms()), GH_OK);
    const char *his = decision_about(h, "own", GUID("04")), *other = decision_about(h, "own", GUID("02"));
    gh_test_house_expect(h, root, "PUT", his, deny, 200, NULL);
    gh_test_house_expect(h, lead, "PUT", other, deny, 200, NULL);
    for (const char *const *word = (const char *const[]){"NotReviewed", "DontKnow", "Deny", "Approve", NULL}; *word != NULL;
         word++) {
        (void)snprintf(body, sizeof(body), "{\"decision\":\"%s\",\"justification\":\"x\"}", *word);
        gh_test_house_expect(h, lead, "PUT", his, body, 403, "nobody decides about his own access");
    }
    gh_test_house_expect(
        h, NULL, "GET", "/audit/records?kind=admin&limit=1000", NULL, 200, "\"reason\":\"nobody decides about his own access\"");

    /* taking all back leaves that one, and says so */
    gh_test_house_expect(h, bert, "PUT", at, "{\"request\":\"resetDecisions\"}", 403, NULL);
    gh_test_house_expect(h, lead, "PUT", at, "{\"request\":\"resetDecisions\"}", 200, "\"denied\":1");
    gh_test_house_expect(h, NULL, "GET", his, NULL, 200, "\"decision\":\"Deny\"");
    gh_test_house_expect(h, NULL, "GET", other, NULL, 200, "\"decision\":\"NotReviewed\"");
    gh_test_house_expect(
        h, NULL, "GET", "/audit/records?kind=admin&limit=1000", NULL, 200, "review reset, but not what he may not decide on");

    /* nor by way of the review itself, until it is carried out */
    (void)snprintf(body, sizeof(body), definition, ",\"defaultDecision\":\"Approve\"");
    gh_test_house_expect(h, lead, "PUT", "/accessReviews/own", body, 403, "denies your own access");
    gh_test_house_expect(h, lead, "DELETE", "/accessReviews/own", NULL, 403, "denies your own access");
    gh_test_house_expect(h, root, "PUT", "/accessReviews/own", body, 200, NULL);
    gh_test_house_expect(h, root, "PUT", at, "{\"request\":\"stop\"}", 200, "\"status\":\"Completed\"");
    gh_test_house_expect(h, lead, "DELETE", "/accessReviews/own", NULL, 403, "denies your own access");
    gh_test_house_expect(h, root, "DELETE", "/accessReviews/own", NULL, 204, NULL);
}

/* A name says nothing: what was made under it since is another thing. */
static void
what_was_made_since_is_not_removed(void **state)
{
    struct gh_test_house *h = *state;
    static const char path[] = "/roleAssignments/" GUID("02");

    assign(h, GUID("02"), ROLE_OPENAI, "/identities/bert", EP);
    assign(h, GUID("06"), ROLE_OPENAI, "/identities/bert", "/workspaces/demo");
    gh_test_house_put(h, "/accessReviews/since",
        "{\"displayName\":\"x\",\"scope\":\"/workspaces/"
        "demo\",\"autoApply\":true,\"defaultDecision\":\"Deny\",\"instanceDuration\":\"PT30M\","
        "\"startDate\":\"2026-01-01T00:00:00Z\"}");
    assert_int_equal(gh_review_tick(&h->c, gh_now_ms()), GH_OK);
    for (const char *const *one = (const char *const[]){GUID("01"), GUID("03"), GUID("04"), NULL}; *one != NULL; one++)
        gh_test_house_expect(
            h, NULL, "PUT", decision_about(h, "since", *one), "{\"decision\":\"Approve\",\"justification\":\"x\"}", 200, NULL);
    (void)usleep(5000);
    gh_test_house_expect(h, NULL, "DELETE", path, NULL, 204, NULL);
    assign(h, GUID("02"), ROLE_READER, "/identities/bert", EP);
    gh_test_house_expect(h, NULL, "DELETE", "/roleAssignments/" GUID("06"), NULL, 204, NULL);
    assign(h, GUID("06"), ROLE_OPENAI, "/identities/anna", "/workspaces/demo");
    assert_int_equal(gh_review_tick(&h->c, gh_now_ms() + HOUR), GH_OK);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/since/instances/00000000", NULL, 200, "\"removed\":0");
    gh_test_house_expect(h, NULL, "GET", decision_about(h, "since", GUID("02")), NULL, 200, "another one than was reviewed");
    gh_test_house_expect(h, NULL, "GET", path, NULL, 200, ROLE_READER);
    gh_test_house_expect(h, NULL, "GET", "/roleAssignments/" GUID("06"), NULL, 200, "/identities/anna");
    gh_test_house_expect(h, NULL, "DELETE", "/roleAssignments/" GUID("06"), NULL, 204, NULL);
    gh_test_house_expect(h, NULL, "DELETE", path, NULL, 204, NULL);
    gh_test_house_expect(h, NULL, "DELETE", "/accessReviews/since", NULL, 204, NULL);
}

/* What cannot be read is told, and the others go on. */
static void
years_of_instances_are_one_step(void **state)
{
    struct gh_test_house *h = *state;
    int64_t began = gh_now_ms();

    gh_test_house_put(h, "/accessReviews/seconds",
        "{\"displayName\":\"x\",\"instanceDuration\":\"PT1S\",\"recurrence\":\"PT30M\",\"startDate\":\"1970-01-01T00:00:00Z\"}");
    assert_int_equal(gh_review_tick(&h->c, began), GH_OK);
    assert_true(gh_now_ms() - began < 2000);
    gh_test_house_expect(h, NULL, "DELETE", "/accessReviews/seconds", NULL, 204, NULL);
}

static void
one_broken_review_stops_no_other(void **state)
{
    struct gh_test_house *h = *state;
    gh_auto_store_tx *tx = NULL;

    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
    gh_test_store_row(
        tx, GH_RESOURCE_ACCESS_REVIEW, "/accessReviews/a-broken", "{\"displayName\":\"x\",\"instanceDuration\":\"soon\"}", NULL);
    assert_int_equal(gh_store_commit(gh_store_steal(&tx)), GH_OK);
    gh_test_house_put(h, "/accessReviews/b-whole", "{\"displayName\":\"x\",\"startDate\":\"2026-01-01T00:00:00Z\"}");
    assert_int_not_equal(gh_review_tick(&h->c, gh_now_ms()), GH_OK);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/b-whole/instances/00000000", NULL, 200, "InProgress");
    gh_test_house_expect(h, NULL, "DELETE", "/accessReviews/b-whole", NULL, 204, NULL);
    gh_test_house_expect(h, NULL, "DELETE", "/accessReviews/a-broken", NULL, 204, NULL);
}

static void
without_records_nothing_is_said(void **state)
{
    struct gh_test_house *h = *state;
    int64_t now = gh_now_ms() + 100 * DAY;

    gh_test_house_learning_since(h, now - DAY);
    gh_test_house_put(h, "/accessReviews/young",
        "{\"displayName\":\"x\",\"defaultDecision\":\"Recommendation\",\"autoApply\":true,\"startDate\":\"2026-01-01T00:00:00Z\"}");
    assert_int_equal(gh_review_tick(&h->c, now), GH_OK);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/young/instances/00000000/decisions", NULL, 200, "NoInfoAvailable");
    assert_int_equal(gh_review_tick(&h->c, now + 15 * DAY), GH_OK);
    gh_test_house_expect(h, NULL, "GET", "/accessReviews/young/instances/00000000", NULL, 200, "\"removed\":0");
    gh_test_house_expect(h, NULL, "DELETE", "/accessReviews/young", NULL, 204, NULL);
    gh_test_house_learning_since(h, now - 400 * DAY);
}

/* ---- recommendations ---- */

static void
a_smaller_role_is_proved(void **state)
{
    struct gh_test_house *h = *state;
    int64_t now = gh_now_ms();

    gh_test_house_put(h, "/identities/creep", "{\"kind\":\"user\"}");
    assign(h, GUID("11"), ROLE_OWNER, "/identities/creep", "/");
    assign(h, GUID("12"), ROLE_OPENAI, "/identities/creep", "/workspaces/demo");
    assign(h, GUID("13"), ROLE_READER, "/identities/creep", EP);
    used(h, "gatehouse:creep", "/roleAssignments/" GUID("12"), CHAT, DEP, now - DAY, 5, NULL);
    used(h, "gatehouse:creep", "/roleAssignments/" GUID("11"), "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/read",
        EP, now - DAY, 2, NULL);
    used(h, "gatehouse:creep", "/roleAssignments/" GUID("11"), CHAT, DEP, now - 300 * DAY, 7,
        NULL); /* of a kind that is still used */
    used(h, "gatehouse:creep", "/roleAssignments/" GUID("11"), "Microsoft.MachineLearningServices/workspaces/delete",
        "/workspaces/demo", now - 300 * DAY, 7, NULL); /* of one that is not */

    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=/identities/creep", NULL, 200,
        "\"proof\":{\"requests\":14,\"denied\":0,\"deniedAlready\":0}");
    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=gatehouse:creep", NULL, 200,
        "\"assignment\":\"/roleAssignments/" GUID("13") "\",\"change\":\"replace\"");
    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=gatehouse:creep", NULL, 200,
        "\"assignment\":\"/roleAssignments/" GUID("11") "\",\"change\":\"remove\"");
    gh_test_house_expect(
        h, NULL, "GET", "/recommendations?principal=gatehouse:creep", NULL, 200, "\"scope\":\"" EP "\",\"generated\":true");
    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=gatehouse:creep", NULL, 200, "\"dataActions\":[\"" CHAT "\"]");
    gh_test_house_expect(h, NULL, "GET", "/roleAssignments/" GUID("13"), NULL, 200, NULL); /* nothing was changed by asking */
    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=/identities/none", NULL, 404, NULL);
    gh_test_house_expect(h, NULL, "GET", "/recommendations?lookBack=long", NULL, 400, NULL);
    gh_test_house_expect(h, NULL, "GET", "/recommendations?limit=1", NULL, 200, "\"next\":\"");

    /* what was allowed then and is not any more is told apart */
    gh_test_house_expect(h, NULL, "DELETE", "/roleAssignments/" GUID("12"), NULL, 204, NULL);
    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=gatehouse:creep", NULL, 200,
        "\"proof\":{\"requests\":14,\"denied\":0,\"deniedAlready\":12}");
}

/* What comes by a group stays: what is his own beside it is not needed. */
static void
groups_are_left_alone(void **state)
{
    struct gh_test_house *h = *state;
    int64_t now = gh_now_ms();

    gh_test_house_put(h, "/identities/twice", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/groups/users", "{\"members\":[\"/identities/twice\"]}");
    assign(h, GUID("21"), ROLE_OPENAI, "/groups/users", EP);
    assign(h, GUID("22"), ROLE_OPENAI, "/identities/twice", "/workspaces/demo");
    used(h, "gatehouse:twice", "/roleAssignments/" GUID("22"), CHAT, DEP, now - DAY, 1, NULL);
    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=gatehouse:twice", NULL, 200,
        "\"proposed\":[{\"assignment\":\"/roleAssignments/" GUID("22") "\",\"change\":\"remove\"}]");
    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=gatehouse:twice", NULL, 200, "\"denied\":0");
}

static void
assign_on(struct gh_test_house *h, const char *guid, const char *role, const char *principal, const char *scope, const char *more)
{
    char path[128], body[1024];

    (void)snprintf(path, sizeof(path), "/roleAssignments/%s", guid);
    (void)snprintf(body, sizeof(body), "{\"roleDefinitionId\":\"%s\",\"principalId\":\"%s\",\"scope\":\"%s\",%s}", role, principal,
        scope, more);
    gh_test_house_put(h, path, body);
}

static void
proposes(struct gh_test_house *h, const char *who, const char *guid, const char *change, const char *because)
{
    char target[256], want[256];

    (void)snprintf(target, sizeof(target), "/recommendations?principal=%s", who);
    const char *then = because != NULL ? ",\"because\":\"" : strcmp(change, "replace") == 0 ? ",\"role\"" : "}";
    (void)snprintf(want, sizeof(want), "\"assignment\":\"/roleAssignments/%s\",\"change\":\"%s\"%s", guid, change, then);
    gh_test_house_expect(h, NULL, "GET", target, NULL, 200, want);
    if (because != NULL)
        gh_test_house_expect(h, NULL, "GET", target, NULL, 200, because);
    gh_test_house_expect(h, NULL, "GET", target, NULL, 200, "\"denied\":0,");
}

/* What holds only sometimes does not make another assignment superfluous: when the request was made, it may not have held. */
static void
what_holds_sometimes_is_not_enough(void **state)
{
    static const char *const marks[] = {
        "\"condition\":\"@Environment[subnet] IpMatch '192.0.2.0/24'\",\"conditionVersion\":\"2.0\"",
        "\"condition\":\"@Resource[Gatehouse:Deployment] StringEquals 'echo'\",\"conditionVersion\":\"2.0\"", /* it can be replayed, and stays */
        "\"startDateTime\":\"2026-01-01T00:00:00Z\"", "\"endDateTime\":\"2090-01-01T00:00:00Z\""};
    struct gh_test_house *h = *state;

    gh_test_house_put(h, "/identities/some", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/groups/some", "{\"members\":[\"/identities/some\"]}");
    assign(h, GUID("31"), ROLE_OPENAI, "/identities/some", EP);
    used(h, "gatehouse:some", "/roleAssignments/" GUID("31"), CHAT, DEP, gh_now_ms() - DAY, 4, NULL);
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        assign_on(h, GUID("32"), ROLE_OPENAI, "/groups/some", EP, marks[i]);
        proposes(h, "gatehouse:some", GUID("31"), "replace", NULL); /* by a smaller one; never removed */
        gh_test_house_expect(h, NULL, "DELETE", "/roleAssignments/" GUID("32"), NULL, 204, NULL);
        assign_on(h, GUID("33"), ROLE_OPENAI, "/identities/some", "/workspaces/demo", marks[i]);
        proposes(h, "gatehouse:some", GUID("31"), "replace", NULL);
        proposes(h, "gatehouse:some", GUID("33"), "keep", "it has a condition, a beginning or an end: it is left as it is");
        gh_test_house_expect(h, NULL, "DELETE", "/roleAssignments/" GUID("33"), NULL, 204, NULL);
    }
    assign(h, GUID("34"), ROLE_OPENAI, "/groups/some", EP);
    proposes(h, "gatehouse:some", GUID("31"), "remove", NULL); /* what always holds is enough */
}

/* A request that cannot be decided again as it was keeps everything that may have allowed it. */
static void
what_cannot_be_replayed_is_kept_and_says_why(void **state)
{
    struct gh_test_house *h = *state;
    int64_t at = gh_now_ms() - DAY;
    const char write[] = "Microsoft.Authorization/roleAssignments/write";

    /* the role allows it on a condition about the assignment that was written: no record holds that */
    gh_test_house_put(h, "/identities/manager", "{\"kind\":\"user\"}");
    assign(h, GUID("41"), "eadc314b-1a2d-4efa-be10-5d325db5065e", "/identities/manager", "/workspaces/demo");
    used(h, "gatehouse:manager", "/roleAssignments/" GUID("41"), write, "/workspaces/demo", at, 3, NULL);
    proposes(h, "gatehouse:manager", GUID("41"), "keep", "cannot be proved because ");

    /* a denial whose condition asks for the address: the request was allowed, and nobody knows from where */
    gh_test_house_put(h, "/identities/spared", "{\"kind\":\"user\"}");
    assign(h, GUID("42"), ROLE_OPENAI, "/identities/spared", "/workspaces/demo");
    used(h, "gatehouse:spared", "/roleAssignments/" GUID("42"), CHAT, DEP, at, 5, NULL);
    proposes(h, "gatehouse:spared", GUID("42"), "replace", NULL);
    gh_test_house_put(h, "/denyAssignments/" GUID("43"),
        "{\"denyAssignmentName\":\"x\",\"scope\":\"/workspaces/demo\",\"permissions\":[{\"dataActions\":[\"*\"]}],"
        "\"principals\":[{\"id\":\"/identities/spared\",\"type\":\"User\"}],\"condition\":\"@Environment[subnet] IpMatch "
        "'203.0.113.0/24'\"}");
    proposes(h, "gatehouse:spared", GUID("42"), "keep",
        "cannot be proved because 5 recorded requests (" CHAT " at " DEP
        ") cannot be decided again: a condition asks for what records do not hold");
    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=gatehouse:spared", NULL, 200, "\"deniedAlready\":5");
    gh_test_house_expect(h, NULL, "DELETE", "/denyAssignments/" GUID("43"), NULL, 204, NULL);

    /* a group that only his tokens name allowed it: what is his own could have, further down, and stays; another action says nothing */
    gh_test_house_put(h, "/identities/outside", "{\"kind\":\"user\"}");
    assign(h, GUID("44"), ROLE_READER, "corp/groups:g", "/workspaces/demo");
    assign(h, GUID("45"), ROLE_OPENAI, "/identities/outside", DEP);
    assign(h, GUID("46"), ROLE_READER, "/identities/outside", DEP);
    used(h, "gatehouse:outside", "/roleAssignments/" GUID("44"), "Microsoft.MachineLearningServices/workspaces/read",
        "/workspaces/demo", at, 2, NULL);
    proposes(h, "gatehouse:outside", GUID("46"), "keep", "a group that only tokens name");
    proposes(h, "gatehouse:outside", GUID("45"), "remove", NULL);

    /* a scope that is told wider than it was: the assignment on the one deployment is what allowed it */
    gh_test_house_put(h, "/identities/wide", "{\"kind\":\"user\"}");
    assign(h, GUID("47"), ROLE_OPENAI, "/identities/wide", DEP);
    used(h, "gatehouse:wide", "/roleAssignments/" GUID("47"), CHAT, "/workspaces/demo", at, 2, NULL);
    proposes(h, "gatehouse:wide", GUID("47"), "keep", "a scope that is told wider");
}

/* A policy that spares who holds a role would meet him without it. */
static void
a_role_that_a_policy_excludes_stays(void **state)
{
    struct gh_test_house *h = *state;

    gh_test_house_put(h, "/identities/exempt", "{\"kind\":\"user\"}");
    assign(h, GUID("51"), ROLE_READER, "/identities/exempt", "/workspaces/demo");
    proposes(h, "gatehouse:exempt", GUID("51"), "remove", NULL);
    gh_test_house_put(h, "/conditionalAccess/mfa",
        "{\"displayName\":\"MFA for all but readers\",\"state\":\"enabled\",\"conditions\":{\"users\":{\"includeUsers\":[\"All\"],"
        "\"excludeRoles\":[\"" ROLE_READER "\"]},\"applications\":{\"includeApplications\":[\"All\"]}},"
        "\"grantControls\":{\"operator\":\"OR\",\"builtInControls\":[\"mfa\"]}}");
    proposes(h, "gatehouse:exempt", GUID("51"), "keep", "excludes its role: MFA for all but readers");
    gh_test_house_expect(h, NULL, "DELETE", "/conditionalAccess/mfa", NULL, 204, NULL);
}

/* A refusal is no use: neither of who was refused, nor of the denial that refused him, nor of what observe mode only noted. */
static void
refusals_are_no_use(void **state)
{
    static const struct {
        enum gh_record_kind kind;
        const char *verdict, *rule;
    } rows[] = {{GH_RECORD_REFUSED, "deny", "/denyAssignments/" GUID("61")}, {GH_RECORD_REFUSED, "deny", "default deny"},
        {GH_RECORD_REFUSED, "allow", "/roleAssignments/" GUID("62")}, {GH_RECORD_CLOSE, "allow", "/roleAssignments/" GUID("62")},
        {GH_RECORD_OPEN, "deny", "/denyAssignments/" GUID("61")}};
    struct gh_test_house *h = *state;
    struct gh_str records[sizeof(rows) / sizeof(rows[0])];

    gh_test_house_put(h, "/identities/refused", "{\"kind\":\"user\"}");
    assign(h, GUID("62"), ROLE_OPENAI, "/identities/refused", "/workspaces/demo");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct gh_record_writer w;
        gh_record_begin(&w, gh_arena_take(&h->a, GH_RECORD_BYTES_MAX), rows[i].kind, 1, 1, gh_now_ms());
        gh_record_text(&w, GH_FIELD_CALLER, GH_STR("gatehouse:refused"));
        gh_record_text(&w, GH_FIELD_SURFACE, GH_STR("openai"));
        gh_record_text(&w, GH_FIELD_METHOD, GH_STR("POST"));
        gh_record_text(&w, GH_FIELD_SCOPE, GH_STR(DEP));
        gh_record_text(&w, GH_FIELD_ACTION, GH_STR(CHAT));
        gh_record_text(&w, GH_FIELD_VERDICT, gh_str_z(rows[i].verdict));
        gh_record_text(&w, GH_FIELD_RULE, gh_str_z(rows[i].rule));
        assert_int_equal(gh_record_end(&records[i], &w), GH_OK);
    }
    gh_test_house_learn(h, records, sizeof(rows) / sizeof(rows[0]));
    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=gatehouse:refused", NULL, 200, "\"used\":[]");
    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=gatehouse:refused", NULL, 200, "\"uses\":0");
    proposes(h, "gatehouse:refused", GUID("62"), "remove", NULL);
}

/* The rows of one principal are bounded, and nothing is lost by that: what is told less exactly is told wider. */
static void
rows_are_bounded(void **state)
{
    struct gh_test_house *h = *state;
    gh_auto_store_tx *tx = NULL;
    char scope[128];
    uint64_t rows;

    for (int i = 0; i < 600; i++) {
        (void)snprintf(scope, sizeof(scope), "/workspaces/w%d/endpoints/e/deployments/d", i);
        used(h, "i:many", "/roleAssignments/x", CHAT, scope, gh_now_ms(), 1, NULL);
    }
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_store_use_rows(&rows, tx, GH_STR("i:many")), GH_OK);
    assert_true(rows <= 2 * GH_LEARN_USES_MAX + 1);
    gh_store_rollback(gh_store_steal(&tx));
    gh_test_house_expect(h, NULL, "GET", "/recommendations?principal=i:many", NULL, 200, "\"requests\":600");
}

static int
set_up(void **state)
{
    *state = gh_test_house_open(vault_program);
    make_house(*state);
    return 0;
}

static int
tear_down(void **state)
{
    gh_test_house_close(*state);
    return 0;
}

int
main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(calendar), cmocka_unit_test(definitions_are_checked),
        cmocka_unit_test(a_review_runs), cmocka_unit_test(people_stop_reset_and_accept), cmocka_unit_test(accepting_is_deciding),
        cmocka_unit_test(nobody_undoes_what_denies_him), cmocka_unit_test(what_was_made_since_is_not_removed),
        cmocka_unit_test(one_broken_review_stops_no_other), cmocka_unit_test(years_of_instances_are_one_step),
        cmocka_unit_test(without_records_nothing_is_said), cmocka_unit_test(a_smaller_role_is_proved),
        cmocka_unit_test(groups_are_left_alone), cmocka_unit_test(what_holds_sometimes_is_not_enough),
        cmocka_unit_test(what_cannot_be_replayed_is_kept_and_says_why), cmocka_unit_test(a_role_that_a_policy_excludes_stays),
        cmocka_unit_test(refusals_are_no_use), cmocka_unit_test(rows_are_bounded)};
    vault_program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests_name("review", tests, set_up, tear_down);
}
