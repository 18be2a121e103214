/* SPDX-License-Identifier: Apache-2.0 */
/* From records of an edge to levels that are published, told and decided. argv[1]: gatehouse-vault. */
#include "control/testing.h"

#include <poll.h>
#include <stdio.h>

#include "base/codec.h"
#include "control/learn/learn.h"
#include "control/store/signin_state.h"
#include "host/host.h"
#include "policy/identify.h"

static const char *vault_program;

struct told { /* one call, as an edge records it */
    const char *caller, *credential, *peer, *device;
    int64_t ago_ms;
    enum gh_record_kind kind;
    enum gh_control blocked; /* GH_CONTROL_COUNT: none */
    const char *why;
};
#define OPENED  GH_RECORD_OPEN, GH_CONTROL_COUNT, NULL
#define DENIED  GH_RECORD_REFUSED, GH_CONTROL_AUTHORIZATION, "no assignment"
#define REVOKED GH_RECORD_REFUSED, GH_CONTROL_AUTHENTICATION, "credential was revoked"
#define EXPIRED GH_RECORD_REFUSED, GH_CONTROL_AUTHENTICATION, "credential has expired"
#define RISKY   "/graph/v1.0/identityProtection/riskyUsers"
#define BODY    GH_RECORD_REFUSED, GH_CONTROL_BODY, "the body is too large"

static struct gh_str
record(struct gh_test_house *h, const struct told *t)
{
    struct gh_record_writer w;
    struct gh_controls controls = {0};
    struct gh_str out;
    char *mem = gh_arena_take(&h->a, GH_RECORD_BYTES_MAX);

    controls.ran[GH_CONTROL_AUTHENTICATION] = GH_RAN_PASSED;
    if (t->blocked < GH_CONTROL_COUNT) {
        controls.ran[t->blocked] = GH_RAN_BLOCKED;
        controls.reason[t->blocked] = t->why;
    }
    gh_record_begin(&w, mem, t->kind, 1, 1, gh_now_ms() - t->ago_ms);
    gh_record_text(&w, GH_FIELD_CALLER, gh_str_z(t->caller));
    gh_record_text(&w, GH_FIELD_CREDENTIAL_ID, gh_str_z(t->credential));
    gh_record_text(&w, GH_FIELD_PEER, gh_str_z(t->peer));
    gh_record_text(&w, GH_FIELD_DEVICE, gh_str_z(t->device));
    gh_record_controls(&w, &controls);
    assert_int_equal(gh_record_end(&out, &w), GH_OK);
    return out;
}

static void
learn(struct gh_test_house *h, const struct told *t, size_t n)
{
    struct gh_str *records = gh_arena_take_array(&h->a, n, sizeof(*records));

    for (size_t i = 0; i < n; i++)
        records[i] = record(h, &t[i]);
    gh_test_house_learn(h, records, n);
}

static enum gh_risk
published(struct gh_test_house *h, const char *principal)
{
    struct gh_view *v = gh_publish_view(h->c.publish);
    struct gh_risk_now r;

    gh_risk_of(&r, &v->snap, gh_str_z(principal), gh_now_ms());
    gh_view_unref(v);
    return r.level;
}

static struct gh_signin_state
state_of(struct gh_test_house *h, const char *principal)
{
    gh_auto_store_tx *tx = NULL;
    struct gh_signin_state s;
    bool exists;

    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_signin_state_get(&s, &exists, &h->a, tx, gh_str_z(principal)), GH_OK);
    return s;
}

static void
records_become_levels(void **state)
{
    static const struct {
        const char *name;
        struct told told[3];
        size_t n;
        unsigned repeat; /* of the last one */
        enum gh_risk level;
        uint32_t n_signins;
    } cases[] = {
        {"a first sign-in", {{"i:a1", "t1", "192.0.2.1", "d", 3000, OPENED}}, 1, 1, GH_RISK_LEVEL_NONE, 1},
        {"one credential from one network is one sign-in",
            {{"i:a2", "t1", "192.0.2.1", "d", 3000, OPENED}, {"i:a2", "t1", "192.0.2.200", "d", 2000, OPENED}}, 2, 9,
            GH_RISK_LEVEL_NONE, 1},
        {"a new network and a new device",
            {{"i:a3", "t1", "192.0.2.1", "d", 3000, OPENED}, {"i:a3", "t2", "198.51.100.1", "e", 2000, OPENED}}, 2, 1,
            GH_RISK_LEVEL_MEDIUM, 2},
        {"the same token from elsewhere",
            {{"i:a4", "t1", "192.0.2.1", NULL, 3000, OPENED}, {"i:a4", "t1", "2001:db8::1", NULL, 2000, OPENED}}, 2, 1,
            GH_RISK_LEVEL_LOW, 2},
        {"ten denials", {{"i:a5", "t1", "192.0.2.1", NULL, 3000, OPENED}, {"i:a5", "t1", "192.0.2.1", NULL, 2000, DENIED}}, 2, 10,
            GH_RISK_LEVEL_MEDIUM, 1},
        {"ten uses of what was revoked", {{"i:a6", "t1", "192.0.2.1", NULL, 2000, REVOKED}}, 1, 10, GH_RISK_LEVEL_MEDIUM, 0},
        {"a program that is late", {{"i:a7", "t1", "192.0.2.1", NULL, 2000, EXPIRED}}, 1, 50, GH_RISK_LEVEL_NONE, 0},
        {"refused for what it asked: still a sign-in", {{"i:a8", "t1", "192.0.2.1", NULL, 2000, BODY}}, 1, 20, GH_RISK_LEVEL_NONE,
            1},
        {"by a unix socket", {{"i:a9", "t1", "unix:", NULL, 2000, OPENED}}, 1, 1, GH_RISK_LEVEL_NONE, 1},
    };
    struct gh_test_house *h = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct told *last = &cases[i].told[cases[i].n - 1];
        learn(h, cases[i].told, cases[i].n - 1);
        for (unsigned k = 0; k < cases[i].repeat; k++)
            learn(h, last, 1);
        struct gh_signin_state s = state_of(h, last->caller);
        if (published(h, last->caller) != cases[i].level || s.n_signins != cases[i].n_signins)
            fail_msg("%s: level %d, %u sign-ins", cases[i].name, (int)published(h, last->caller), s.n_signins);
    }
}

/* Nobody is accused by what he did not do: a record without a caller teaches nothing. */
static void
strangers_teach_nothing(void **state)
{
    static const struct told told = {NULL, "t", "192.0.2.1", NULL, 0, GH_RECORD_REFUSED, GH_CONTROL_AUTHENTICATION, "bad"};
    struct gh_test_house *h = *state;
    gh_auto_store_tx *tx = NULL;
    uint64_t before, after;

    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_store_signin_count(&before, tx), GH_OK);
    gh_store_rollback(gh_store_steal(&tx));
    for (int i = 0; i < 20; i++)
        learn(h, &told, 1);
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_READ), GH_OK);
    assert_int_equal(gh_store_signin_count(&after, tx), GH_OK);
    assert_int_equal(before, after);
}

static void
what_was_undone_comes_again(void **state)
{
    static const struct told told = {"i:undone", "t1", "192.0.2.1", NULL, 3000, OPENED};
    struct gh_test_house *h = *state;
    const struct gh_audit_learner *l = gh_learn_learner(h->learn);
    struct gh_str bytes = record(h, &told), at = bytes;
    gh_auto_store_tx *tx = NULL;
    struct gh_record r;

    assert_int_equal(gh_record_next(&r, &at), GH_OK);
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
    assert_int_equal(l->record(l->ctx, tx, &r), GH_OK);
    assert_int_equal(l->end(l->ctx, tx), GH_OK);
    gh_store_rollback(gh_store_steal(&tx));
    l->done(l->ctx, false);
    assert_int_equal(state_of(h, "i:undone").n_signins, 0);
    gh_test_house_learn(h, &bytes, 1);
    assert_int_equal(state_of(h, "i:undone").n_signins, 1);
}

static void
people_see_and_decide(void **state)
{
    static const struct told told[] = {
        {"gatehouse:anna", "t1", "192.0.2.1", "d", 3000, OPENED}, {"gatehouse:anna", "t2", "198.51.100.1", "e", 2000, OPENED}};
    struct gh_test_house *h = *state;

    gh_test_house_put(h, "/identities/anna", "{\"kind\":\"user\"}");
    learn(h, told, 2);
    assert_int_equal(published(h, "gatehouse:anna"), GH_RISK_LEVEL_MEDIUM);
    gh_test_house_expect(h, NULL, "GET", "/risk", NULL, 200,
        "\"principal\":\"gatehouse:anna\",\"level\":\"medium\",\"reasons\":[\"newDevice\",\"newNetwork\"]");
    gh_test_house_expect(h, NULL, "GET", "/risk?level=high", NULL, 200, "\"value\":[]");
    gh_test_house_expect(h, NULL, "GET", "/risk?principal=/identities/anna", NULL, 200, "\"network\":\"198.51.100.0/24\"");
    gh_test_house_expect(h, NULL, "GET", "/risk?principal=anna", NULL, 400, NULL);
    gh_test_house_expect(h, NULL, "GET", "/risk?level=huge", NULL, 400, NULL);
    gh_test_house_expect(h, NULL, "GET", "/risk/0123456789abcdef0123456789abcdef", NULL, 404, NULL);
    gh_test_house_expect(h, NULL, "PUT", "/risk/0123456789abcdef0123456789abcdef", "{}", 405, NULL);
    gh_test_house_expect(h, NULL, "GET", "/risk?top=1&level=none", NULL, 200, "\"nextLink\":\"/api/risk?top=1&skipToken=");

    gh_test_house_expect(h, NULL, "POST", "/riskDecisions",
        "{\"principal\":\"/identities/anna\",\"state\":\"confirmedCompromised\",\"comment\":\"laptop stolen\"}", 201,
        "\"principal\":\"gatehouse:anna\"");
    assert_int_equal(published(h, "gatehouse:anna"), GH_RISK_LEVEL_HIGH);
    gh_test_house_expect(h, NULL, "GET", "/risk?principal=gatehouse:anna", NULL, 200, "\"confirmed\":true");
    gh_test_house_expect(
        h, NULL, "POST", "/riskDecisions", "{\"principal\":\"gatehouse:anna\",\"state\":\"dismissed\"}", 201, NULL);
    assert_int_equal(published(h, "gatehouse:anna"), GH_RISK_LEVEL_NONE);
    gh_test_house_expect(
        h, NULL, "POST", "/riskDecisions", "{\"principal\":\"/identities/nobody\",\"state\":\"dismissed\"}", 404, NULL);
    gh_test_house_expect(h, NULL, "POST", "/riskDecisions", "{\"principal\":\"gatehouse:anna\",\"state\":\"fine\"}", 400, NULL);
    gh_test_house_expect(h, NULL, "GET", "/riskDecisions", NULL, 200, "laptop stolen");
    gh_test_house_expect(
        h, NULL, "GET", "/audit/records?kind=admin&limit=1000", NULL, 200, "Gatehouse.Risk/identities/decide/action");
    gh_test_house_expect(h, NULL, "GET", "/audit/records?kind=system&limit=1000", NULL, 200, "\"operation\":\"risk found\"");
}

static void
nobody_vouches_for_himself(void **state)
{
    struct gh_test_house *h = *state;
    const char *token;

    gh_test_house_put(h, "/identities/carla", "{\"kind\":\"user\"}");
    gh_test_house_put(h, "/roleAssignments/00000000-0000-4000-8000-000000000001",
        "{\"roleDefinitionId\":\"8e3af657-a8ff-443c-a75c-2fe8c4bcb635\",\"principalId\":\"/identities/carla\",\"scope\":\"/\"}");
    token = gh_test_house_token(h, "carla");
    assert_int_equal(
        gh_test_house_ask(h, token, "POST", "/riskDecisions", "{\"principal\":\"/identities/carla\",\"state\":\"dismissed\"}"),
        403);
    assert_int_equal(
        gh_test_house_ask(h, token, "POST", "/riskDecisions", "{\"principal\":\"/identities/anna\",\"state\":\"dismissed\"}"), 201);
    assert_int_equal(gh_test_house_ask(h, token, "GET", "/risk", NULL), 200);
}

/* The worst level among all names of a caller: what conditional access goes by. */
static enum gh_risk
enforced(struct gh_test_house *h, const char *who)
{
    struct gh_view *v = gh_publish_view(h->c.publish);
    struct gh_caller caller;
    enum gh_risk worst = GH_RISK_LEVEL_NONE;

    gh_identify_as(&caller, &v->snap, gh_str_z(who), NULL, 0);
    assert_int_equal(caller.why, GH_IDENTIFY_OK);
    for (size_t i = 0; i < caller.n_principals; i++) {
        struct gh_risk_now now;
        gh_risk_of(&now, &v->snap, caller.principals[i], gh_now_ms());
        worst = now.level > worst ? now.level : worst;
    }
    gh_view_unref(v);
    return worst;
}

static void
operators_have_lists(void **state)
{
    static const struct told told[] = {{"i:b1", "t1", "203.0.113.7", NULL, 3000, OPENED},
        {"i:b2", "t1", "192.0.2.1", NULL, 3000, OPENED}, {"i:b2", "t2", "10.1.2.3", NULL, 2000, OPENED}};
    struct gh_test_house *h = *state;

    gh_test_house_put(h, "/watchlists/tor", "{\"level\":\"high\",\"networks\":[\"203.0.113.0/24\"],\"principals\":[\"i:marked\"]}");
    gh_test_house_put(h, "/watchlists/offices", "{\"level\":\"none\",\"networks\":[\"10.0.0.0/8\"]}");
    assert_true(gh_publish_wait(h->c.publish, 5000));
    assert_int_equal(published(h, "i:marked"), GH_RISK_LEVEL_HIGH);
    learn(h, told, 3);
    assert_int_equal(published(h, "i:b1"), GH_RISK_LEVEL_HIGH);
    assert_int_equal(published(h, "i:b2"), GH_RISK_LEVEL_NONE);
    gh_test_house_expect(h, NULL, "PUT", "/watchlists/bad", "{\"level\":\"high\",\"networks\":[\"203.0.113.7/24\"]}", 400, NULL);
    gh_test_house_expect(h, NULL, "PUT", "/watchlists/bad", "{\"level\":\"none\",\"principals\":[\"i:x\"]}", 400, NULL);
    gh_publish_all(h->c.publish); /* a base holds the same rows */
    assert_true(gh_publish_wait(h->c.publish, 5000));
    assert_int_equal(published(h, "i:marked"), GH_RISK_LEVEL_HIGH);
    gh_test_house_expect(h, NULL, "DELETE", "/watchlists/tor", NULL, 204, NULL);
    assert_int_equal(published(h, "i:marked"), GH_RISK_LEVEL_NONE);
    assert_int_equal(published(h, "i:b1"), GH_RISK_LEVEL_HIGH);
}

static bool
is_unknown(struct gh_test_house *h, const char *principal)
{
    struct gh_view *v = gh_publish_view(h->c.publish);
    struct gh_risk_now r;

    gh_risk_of(&r, &v->snap, gh_str_z(principal), INT64_MAX);
    gh_view_unref(v);
    return r.is_unknown;
}

/* A state that cannot be read says nothing good: unknown, until a person decides. No sign-in writes over it. */
static void
what_cannot_be_read_is_unknown(void **state)
{
    static const struct told told[] = {
        {"i:torn", "t1", "192.0.2.1", NULL, 3000, OPENED}, {"i:torn", "t2", "192.0.2.2", NULL, 2000, OPENED}};
    struct gh_test_house *h = *state;
    const struct gh_learn_config config = {.store = h->c.store, .config = &h->config};
    struct gh_learn *next;
    gh_auto_store_tx *tx = NULL;
    uint8_t id[GH_STORE_SIGNIN_ID_BYTES];
    struct gh_store_signin row;

    learn(h, told, 1);
    assert_int_equal(published(h, "i:torn"), GH_RISK_LEVEL_NONE);
    gh_test_house_put(h, "/watchlists/torn", "{\"level\":\"low\",\"principals\":[\"i:torn\"]}");
    assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
    assert_int_equal(gh_signin_state_id(id, GH_STR("i:torn")), GH_OK);
    assert_int_equal(gh_store_signin_get(&row, &h->a, tx, gh_str(id, sizeof(id))), GH_OK);
    row.state = gh_str_sub(row.state, 0, row.state.n - 1);
    assert_int_equal(gh_store_signin_put(tx, &row), GH_OK);
    assert_int_equal(gh_store_commit(gh_store_steal(&tx)), GH_OK);
    assert_int_equal(gh_learn_new(&next, &config), GH_OK); /* as at a start */
    gh_learn_free(next);

    gh_publish_all(h->c.publish);
    for (int64_t until = gh_monotonic_ms() + 5000; !is_unknown(h, "i:torn") && gh_monotonic_ms() < until;)
        (void)poll(NULL, 0, 10); /* the base is built beside */
    assert_true(is_unknown(h, "i:torn"));
    learn(h, told + 1, 1);
    assert_true(is_unknown(h, "i:torn"));
    assert_int_equal(published(h, "i:torn"), GH_RISK_LEVEL_HIGH);
    gh_test_house_expect(h, NULL, "DELETE", "/watchlists/torn", NULL, 204, NULL);
    gh_test_house_expect(h, NULL, "GET", "/risk?level=high", NULL, 200, "\"reasons\":[\"unreadableState\"]");
    gh_test_house_expect(h, NULL, "GET", RISKY, NULL, 200, "\"i:torn\"");
    gh_test_house_expect(h, NULL, "POST", "/riskDecisions", "{\"principal\":\"i:torn\",\"state\":\"dismissed\"}", 201, NULL);
    assert_int_equal(published(h, "i:torn"), GH_RISK_LEVEL_NONE);
}

/* A list names somebody by his path: it goes on to mean him when tokens name him otherwise. */
static void
who_is_listed_stays_listed(void **state)
{
    struct gh_test_house *h = *state;

    gh_test_house_put(h, "/issuers/corp", "{\"issuer\":\"https://idp.example\",\"jwksUri\":\"https://192.0.2.1/keys\"}");
    gh_test_house_put(h, "/identities/mover", "{\"kind\":\"user\",\"issuer\":\"corp\",\"subject\":\"m1\"}");
    gh_test_house_put(h, "/watchlists/movers", "{\"level\":\"high\",\"principals\":[\"/identities/mover\"]}");
    assert_int_equal(enforced(h, "/identities/mover"), GH_RISK_LEVEL_HIGH);
    gh_test_house_put(h, "/identities/mover", "{\"kind\":\"user\",\"issuer\":\"corp\",\"subject\":\"m2\"}");
    assert_int_equal(enforced(h, "/identities/mover"), GH_RISK_LEVEL_HIGH);
    gh_test_house_expect(h, NULL, "DELETE", "/watchlists/movers", NULL, 204, NULL);
    assert_int_equal(enforced(h, "/identities/mover"), GH_RISK_LEVEL_NONE);
}

/* Graph's list of risky users is whole, in as many pages as it takes; what would leave some out and is not supported is refused. */
static void
risky_users_come_in_pages(void **state)
{
    static const struct told told[] = {{"i:p1", "t1", "203.0.113.9", NULL, 3000, OPENED},
        {"i:p2", "t1", "203.0.113.9", NULL, 3000, OPENED}, {"i:p3", "t1", "203.0.113.9", NULL, 3000, OPENED}};
    struct gh_test_house *h = *state;
    char target[256] = RISKY "?$top=1", *next;
    size_t n_pages = 0, n_all = 0;

    gh_test_house_put(h, "/watchlists/pages", "{\"level\":\"high\",\"networks\":[\"203.0.113.9\"]}");
    learn(h, told, 3);
    gh_test_house_expect(h, NULL, "GET", RISKY, NULL, 200, "\"i:p1\"");
    for (const char *at = h->answer; (at = strstr(at, "\"userPrincipalName\"")) != NULL; at++)
        n_all++;
    assert_true(n_all >= 3);
    for (; target[0] != '\0'; n_pages++) {
        gh_test_house_expect(h, NULL, "GET", target, NULL, 200, "\"userPrincipalName\"");
        next = strstr(h->answer, "$skiptoken=");
        target[0] = '\0';
        if (next != NULL)
            (void)snprintf(target, sizeof(target), RISKY "?$top=1&%.*s", (int)strcspn(next, "\""), next);
    }
    assert_int_equal(n_pages, n_all);
    gh_test_house_expect(h, NULL, "GET", RISKY "?$filter=riskLevel%20eq%20'high'", NULL, 400, "$filter");
    gh_test_house_expect(h, NULL, "GET", RISKY "?$top=0", NULL, 400, "$top");
    gh_test_house_expect(h, NULL, "GET", RISKY "?$skiptoken=x", NULL, 400, "$skiptoken");
    gh_test_house_expect(h, NULL, "DELETE", "/watchlists/pages", NULL, 204, NULL);
}

static void
impossible_travel_by_the_database(void **state)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s", gh_test_shared("data/geo/GeoIP2-City-Test.mmdb"));
    static const struct told told[] = {
        {"i:far", "t1", "2.125.160.216", NULL, 3600000, OPENED}, {"i:far", "t2", "2001:218::1", NULL, 2000, OPENED}};
    struct gh_test_house *h = *state;
    struct gh_learn *before = h->learn;
    const struct gh_learn_config config = {.store = h->c.store, .config = &h->config};

    (void)snprintf(h->config.geo, sizeof(h->config.geo), "%s", path);
    assert_int_equal(gh_learn_new(&h->learn, &config), GH_OK);
    gh_learn_start(h->learn, h->c.audit, h->c.publish);
    learn(h, told, 2);
    assert_int_equal(published(h, "i:far"), GH_RISK_LEVEL_HIGH);
    gh_test_house_expect(h, NULL, "GET", "/risk?principal=i:far", NULL, 200, "impossibleTravel");
    gh_test_house_expect(h, NULL, "GET", "/risk?principal=i:far", NULL, 200, "\"country\":\"JP\"");
    gh_learn_free(h->learn);
    h->learn = before;
    h->config.geo[0] = '\0';
}

/* Not a test of speed: the figures are printed, and told in the documents. */
static void
what_it_costs(void **state)
{
    enum { N = 5000 };
    struct gh_test_house *h = *state;
    const struct gh_audit_learner *l = gh_learn_learner(h->learn);
    gh_auto_store_tx *tx = NULL;
    char caller[32];
    int64_t began, same_us = 0, new_us = 0;

    for (int is_new = 0; is_new < 2; is_new++) {
        assert_int_equal(gh_store_begin(&tx, h->c.store, GH_STORE_FULL), GH_OK);
        began = gh_monotonic_ms();
        for (int i = 0; i < N; i++) {
            (void)snprintf(caller, sizeof(caller), "i:cost%d", is_new ? i : 0);
            const struct told t = {caller, "t", "192.0.2.1", NULL, 0, OPENED};
            struct gh_str at = record(h, &t);
            struct gh_record r;
            assert_int_equal(gh_record_next(&r, &at), GH_OK);
            assert_int_equal(l->record(l->ctx, tx, &r), GH_OK);
            if (i % 1000 == 999)
                gh_arena_fini(&h->a);
        }
        assert_int_equal(l->end(l->ctx, tx), GH_OK);
        *(is_new ? &new_us : &same_us) = (gh_monotonic_ms() - began) * 1000 / N;
        assert_int_equal(gh_store_commit(gh_store_steal(&tx)), GH_OK);
        l->done(l->ctx, true);
    }
    print_message("# a record of a credential that was seen: %d us, of a new principal: %d us (making the record included)\n",
        (int)same_us, (int)new_us);
}

static int
set_up(void **state)
{
    *state = gh_test_house_open(vault_program);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(records_become_levels), cmocka_unit_test(strangers_teach_nothing),
        cmocka_unit_test(what_was_undone_comes_again), cmocka_unit_test(people_see_and_decide),
        cmocka_unit_test(nobody_vouches_for_himself), cmocka_unit_test(operators_have_lists),
        cmocka_unit_test(who_is_listed_stays_listed), cmocka_unit_test(risky_users_come_in_pages),
        cmocka_unit_test(what_cannot_be_read_is_unknown), cmocka_unit_test(impossible_travel_by_the_database),
        cmocka_unit_test(what_it_costs)};
    vault_program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests_name("risk", tests, set_up, tear_down);
}
