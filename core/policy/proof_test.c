/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/proof.h"
#include "policy/snapshot_maker.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define B(name)      GH_PROOF_BIT(name)

static enum gh_rc
read_map(struct gh_proof_map *m, struct gh_arena *a, const char *text, struct gh_err *err)
{
    struct gh_json j;

    assert_int_equal(gh_json_parse(&j, a, gh_str_z(text), NULL), GH_OK);
    return gh_proof_map_read(m, a, &j, 0, err);
}

/* An issuer's row with this map, in a snapshot of its own. */
static struct gh_snap_rec
issuer_with(struct gh_arena *a, const struct gh_proof_map *m)
{
    struct gh_maker maker = gh_maker_new(a, 1, false);
    struct gh_snap_value *v = gh_arena_take_array(a, (m->n_rules + 1) * GH_PROOF_N, sizeof(*v));
    struct gh_snap_rec row;

    for (size_t i = 0; i < m->n_rules; i++) {
        v[i * GH_PROOF_N + GH_PROOF_CLAIM].u64 = m->rules[i].claim;
        v[i * GH_PROOF_N + GH_PROOF_VALUE].str = m->rules[i].value;
        v[i * GH_PROOF_N + GH_PROOF_MEANS].u64 = m->rules[i].means;
    }
    const struct gh_snap_value values[GH_ISSUER_N] = {[GH_ISSUER_NAME] = {.str = GH_STR("i")},
        [GH_ISSUER_PATHS] = {.list = m->paths, .n = m->n_paths},
        [GH_ISSUER_PATHS_ID] = {.u64 = m->paths_id},
        [GH_ISSUER_PROOFS] = {.recs = v, .n = m->n_rules}};
    gh_maker_put(&maker, GH_SNAP_ISSUER, GH_STR("https://i"), values);
    struct gh_snap snap = {.base = gh_maker_finish(&maker)};
    assert_int_equal(maker.rc, GH_OK);
    assert_true(gh_snap_find(&row, &snap, GH_SNAP_ISSUER, GH_STR("https://i")));
    return row;
}

static const struct {
    const char *name, *map, *claims;
    uint64_t want;
} proof_cases[] = {
    // clang-format off
    {"no map proves nothing", "{}", "\"amr\":[\"mfa\"]", 0},
    {"entra, v1", "{\"preset\":\"entra\"}", "\"amr\":[\"pwd\",\"mfa\"]", B(PASSWORD) | B(MFA)},
    {"entra, password alone", "{\"preset\":\"entra\"}", "\"amr\":[\"pwd\"]", B(PASSWORD)},
    {"entra, a security key is multifactor", "{\"preset\":\"entra\"}", "\"amr\":[\"fido\"]", B(FIDO2) | B(MFA)},
    {"entra, rsa may be anything", "{\"preset\":\"entra\"}", "\"amr\":[\"rsa\"]", 0},
    {"entra, contexts mean nothing by themselves", "{\"preset\":\"entra\"}", "\"acrs\":[\"c1\"]", 0},
    {"entra, managed device", "{\"preset\":\"entra\"}", "\"signin_state\":[\"kmsi\",\"dvc_cmp\"]", B(COMPLIANT_DEVICE)},
    {"entra with a context", "{\"preset\":\"entra\",\"rules\":[{\"claim\":\"acrs\",\"values\":[\"c1\",\"c2\"],\"means\":[\"mfa\"]}]}",
        "\"acrs\":[\"c2\"]", B(MFA)},
    {"one context as a text", "{\"rules\":[{\"claim\":\"acrs\",\"values\":[\"c1\"],\"means\":[\"mfa\"]}]}", "\"acrs\":\"c1\"", B(MFA)},
    {"keycloak, otp after a password", "{\"preset\":\"keycloak\"}", "\"amr\":[\"pwd\",\"otp\"]", B(PASSWORD) | B(SOFTWARE_OATH) | B(MFA)},
    {"keycloak, otp alone", "{\"preset\":\"keycloak\"}", "\"amr\":[\"otp\"]", B(SOFTWARE_OATH)},
    {"keycloak, a level of the operator's", "{\"preset\":\"keycloak\"}", "\"acr\":\"2\"", 0},
    {"okta, phishing-resistant", "{\"preset\":\"okta\"}", "\"acr\":\"phr\"", B(FIDO2) | B(MFA)},
    {"okta, if possible is not proof", "{\"preset\":\"okta\"}", "\"acr\":\"urn:okta:loa:2fa:any:ifpossible\"", 0},
    {"values compare exactly", "{\"preset\":\"okta\"}", "\"acr\":\"PHR\"", 0},
    {"a claim of its own", "{\"rules\":[{\"claim\":\"https://x.example/mfa\",\"values\":[\"true\"],\"means\":[\"mfa\"]}]}",
        "\"https://x.example/mfa\":true", B(MFA)},
    {"false is not true", "{\"rules\":[{\"claim\":\"m\",\"values\":[\"true\"],\"means\":[\"mfa\"]}]}", "\"m\":false", 0},
    {"a number as it stands", "{\"rules\":[{\"claim\":\"loa\",\"values\":[\"3\"],\"means\":[\"mfa\",\"fido2\"]}]}", "\"loa\":3", B(MFA) | B(FIDO2)},
    {"deep down", "{\"rules\":[{\"claim\":[\"device\",\"state\"],\"values\":[\"ok\"],\"means\":[\"compliantDevice\",\"domainJoinedDevice\"]}]}",
        "\"device\":{\"state\":[\"no\",\"ok\"]}", B(COMPLIANT_DEVICE) | B(JOINED_DEVICE)},
    {"a name is no path", "{\"rules\":[{\"claim\":\"device.state\",\"values\":[\"ok\"],\"means\":[\"compliantDevice\"]}]}",
        "\"device\":{\"state\":\"ok\"}", 0},
    {"more than can be held is nothing", "{\"rules\":[{\"claim\":\"r\",\"values\":[\"a\"],\"means\":[\"mfa\"]}]}",
        "\"r\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\",\"m\",\"n\",\"o\",\"p\",\"q\"]", 0},
    // clang-format on
};

static void
proves(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(proof_cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_proof_map *m = gh_arena_take(&a, sizeof(*m));
        struct gh_claims *c = gh_arena_take(&a, sizeof(*c));
        struct gh_buf payload;
        gh_buf_init(&payload, &a, 4096);
        gh_buf_putz(&payload, "{\"iss\":\"i\",\"exp\":1,");
        gh_buf_putz(&payload, proof_cases[i].claims);
        gh_buf_putc(&payload, '}');
        assert_int_equal(read_map(m, &a, proof_cases[i].map, NULL), GH_OK);
        assert_int_equal(gh_jwt_claims(c, &a, gh_buf_str(&payload), NULL), GH_OK);
        assert_int_equal(gh_jwt_marks(c, &a, gh_buf_str(&payload), m->paths, m->n_paths, m->paths_id, NULL), GH_OK);
        struct gh_snap_rec issuer = issuer_with(&a, m);
        uint64_t got = gh_proofs_of(c, &issuer);
        if (got != proof_cases[i].want)
            fail_msg("%s: %llx", proof_cases[i].name, (unsigned long long)got);
        gh_arena_fini(&a);
    }
}

static const char *const refused[] = {
    "[]",
    "{\"preset\":\"azure\"}",
    "{\"preset\":\"gatehouse\"}",
    "{\"preset\":\"\"}",
    "{\"preset\":\"|\"}",
    "{\"preset\":1}",
    "{\"rulez\":[]}",
    "{\"rules\":{}}",
    "{\"rules\":[1]}",
    "{\"rules\":[{}]}",
    "{\"rules\":[{\"claim\":\"a\",\"values\":[\"b\"]}]}",
    "{\"rules\":[{\"claim\":\"a\",\"means\":[\"mfa\"]}]}",
    "{\"rules\":[{\"claim\":\"a\",\"values\":[],\"means\":[\"mfa\"]}]}",
    "{\"rules\":[{\"claim\":\"a\",\"values\":[true],\"means\":[\"mfa\"]}]}",
    "{\"rules\":[{\"claim\":\"a\",\"values\":\"b\",\"means\":[\"mfa\"]}]}",
    "{\"rules\":[{\"claim\":\"a\",\"values\":[\"b\"],\"means\":[]}]}",
    "{\"rules\":[{\"claim\":\"a\",\"values\":[\"b\"],\"means\":\"mfa\"}]}",
    "{\"rules\":[{\"claim\":\"a\",\"values\":[\"b\"],\"means\":[\"MFA\"]}]}",
    "{\"rules\":[{\"claim\":[],\"values\":[\"b\"],\"means\":[\"mfa\"]}]}",
    "{\"rules\":[{\"claim\":[\"a\",\"b\",\"c\",\"d\",\"e\"],\"values\":[\"b\"],\"means\":[\"mfa\"]}]}",
    "{\"rules\":[{\"claim\":\"a\\nb\",\"values\":[\"b\"],\"means\":[\"mfa\"]}]}",
    "{\"rules\":[{\"claim\":\"a\",\"values\":[\"b\"],\"means\":[\"mfa\"],\"more\":1}]}",
    "{\"noTransferFlows\":\"yes\"}",
};

static void
refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_proof_map *m = gh_arena_take(&a, sizeof(*m));
        struct gh_err err = {0};
        if (read_map(m, &a, refused[i], &err) != GH_BAD || err.what == NULL)
            fail_msg("accepted, or refused without a reason: %s", refused[i]);
        gh_arena_fini(&a);
    }
}

/* All but one row fits; the next does not. */
static void
has_bounds(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_proof_map *m = gh_arena_take(&a, sizeof(*m));
    struct gh_err err = {0};
    struct gh_buf b;

    (void)state;
    for (size_t n = GH_PROOF_RULES_MAX; n <= GH_PROOF_RULES_MAX + 1; n++) {
        gh_buf_init(&b, &a, 4096);
        gh_buf_putz(&b, "{\"rules\":[{\"claim\":\"acr\",\"means\":[\"mfa\"],\"values\":[");
        for (size_t i = 0; i < n; i++)
            gh_buf_putz(&b, i == 0 ? "\"x\"" : ",\"x\"");
        gh_buf_putz(&b, "]}]}");
        gh_buf_putc(&b, '\0');
        assert_int_equal(read_map(m, &a, gh_buf_str(&b).p, &err), n > GH_PROOF_RULES_MAX ? GH_LIMIT : GH_OK);
    }
    for (size_t n = GH_PROOF_PATHS_MAX; n <= GH_PROOF_PATHS_MAX + 1; n++) {
        gh_buf_init(&b, &a, 4096);
        gh_buf_putz(&b, "{\"rules\":[");
        for (size_t i = 0; i < n; i++) {
            gh_buf_putz(&b, i == 0 ? "" : ",");
            gh_buf_putz(&b, "{\"values\":[\"x\"],\"means\":[\"mfa\"],\"claim\":\"c");
            gh_buf_put_u64(&b, i);
            gh_buf_putz(&b, "\"}");
        }
        gh_buf_putz(&b, "]}");
        gh_buf_putc(&b, '\0');
        assert_int_equal(read_map(m, &a, gh_buf_str(&b).p, &err), n > GH_PROOF_PATHS_MAX ? GH_LIMIT : GH_OK);
    }
    gh_arena_fini(&a);
}

static void
tells_flows(void **state)
{
    static const struct {
        const char *map;
        bool want;
    } cases[] = {{"{}", false}, {"{\"preset\":\"entra\"}", false}, {"{\"noTransferFlows\":true}", true},
        {"{\"rules\":[{\"claim\":\"f\",\"values\":[\"dc\"],\"means\":[\"deviceCodeFlow\"]}]}", true}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_proof_map *m = gh_arena_take(&a, sizeof(*m));
        assert_int_equal(read_map(m, &a, cases[i].map, NULL), GH_OK);
        assert_int_equal(m->tells_flow, cases[i].want);
        gh_arena_fini(&a);
    }
}

/* ---- strengths ---- */

static const struct {
    const char *name;
    size_t strength;
    uint64_t proofs;
    bool want;
} strength_cases[] = {
    {"nothing", 0, 0, false},
    {"a password", 0, B(PASSWORD), false},
    {"a second factor alone", 0, B(SMS), false},
    {"a password and a message", 0, B(PASSWORD) | B(SMS), true},
    {"federated first, own second", 0, B(FEDERATED_SINGLE) | B(PUSH), true},
    {"multifactor of no known method", 0, B(MFA), true},
    {"multifactor of no known method is not passwordless", 1, B(MFA), false},
    {"a security key", 1, B(FIDO2), true},
    {"a push of the device", 1, B(DEVICE_PUSH), true},
    {"a push of the device can be phished", 2, B(DEVICE_PUSH), false},
    {"a certificate", 2, B(X509_MULTI), true},
    {"a certificate of one factor", 2, B(X509_SINGLE), false},
    {"a password and a message can be phished", 2, B(PASSWORD) | B(SMS) | B(MFA), false},
};

static void
reaches(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(strength_cases); i++)
        if (gh_strength_reached(strength_cases[i].proofs, gh_strengths[strength_cases[i].strength].combinations) !=
            strength_cases[i].want)
            fail_msg("%s", strength_cases[i].name);
    assert_int_equal(gh_strength_combination(GH_STR("password,sms")), B(PASSWORD) | B(SMS));
    assert_int_equal(gh_strength_combination(GH_STR("mfa")), 0);
    assert_int_equal(gh_strength_combination(GH_STR("password,nothing")), 0);
    assert_int_equal(gh_strength_combination(GH_STR("")), 0);
}

/* What follows from methods on every request is what the words of the first strength say, for every pair of methods. */
static void
multifactor_is_the_first_strength(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_proof_map *m = gh_arena_take(&a, sizeof(*m));

    (void)state;
    for (unsigned x = GH_PROVES_PASSWORD; x < GH_PROOF_COUNT; x++)
        for (unsigned y = x; y < GH_PROOF_COUNT; y++) {
            struct gh_arena scratch = gh_test_arena();
            uint64_t bits = UINT64_C(1) << x | UINT64_C(1) << y;
            struct gh_claims *c = gh_arena_take(&scratch, sizeof(*c));
            *m = (struct gh_proof_map){.n_rules = 1, .rules = {{GH_PROOF_CLAIM_ACR, GH_STR("x"), bits}}};
            c->acr = GH_STR("x");
            struct gh_snap_rec issuer = issuer_with(&scratch, m);
            bool is_mfa = (gh_proofs_of(c, &issuer) & B(MFA)) != 0;
            assert_int_equal(is_mfa, gh_strength_reached(bits, gh_strengths[0].combinations));
            gh_arena_fini(&scratch);
        }
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proves),
        cmocka_unit_test(refuses),
        cmocka_unit_test(has_bounds),
        cmocka_unit_test(tells_flows),
        cmocka_unit_test(reaches),
        cmocka_unit_test(multifactor_is_the_first_strength),
    };
    return cmocka_run_group_tests_name("proof", tests, NULL, NULL);
}
