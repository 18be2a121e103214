/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/testing.h"

#include "audit/chain.h"
#include "base/spki.h"
#include "token/jwks.h"
#include "token/jwt.h"
#include "vault/sign.h"

#define NOW 1700000000123LL

static struct gh_state keys;
static struct gh_seal seal;

/* ---- tokens ---- */

static const struct request_case {
    const char *name;
    struct gh_sign_request request;
    enum gh_rc rc;
    const char *idtyp;
} request_cases[] = {
    // clang-format off
    {"user", {GH_STR_INIT("demo-admin"), GH_STR_INIT("api://x"), 3600, GH_STR_INIT("user")}, GH_OK, "user"},
    {"service", {GH_STR_INIT("client.1"), GH_STR_INIT("api://x"), 1, GH_STR_INIT("servicePrincipal")}, GH_OK, "app"},
    {"managed", {GH_STR_INIT("m"), GH_STR_INIT("https://cognitiveservices.azure.com"), 600, GH_STR_INIT("managedIdentity")}, GH_OK, "app"},
    {"no time", {GH_STR_INIT("a"), GH_STR_INIT("api://x"), 0, GH_STR_INIT("user")}, GH_BAD, NULL},
    {"too long", {GH_STR_INIT("a"), GH_STR_INIT("api://x"), 3601, GH_STR_INIT("user")}, GH_BAD, NULL},
    {"no subject", {GH_STR_INIT(""), GH_STR_INIT("api://x"), 60, GH_STR_INIT("user")}, GH_BAD, NULL},
    {"subject with a colon", {GH_STR_INIT("issuer:sub"), GH_STR_INIT("api://x"), 60, GH_STR_INIT("user")}, GH_BAD, NULL},
    {"subject that ends the text", {GH_STR_INIT("a\",\"oid\":\"b"), GH_STR_INIT("api://x"), 60, GH_STR_INIT("user")}, GH_BAD, NULL},
    {"no audience", {GH_STR_INIT("a"), GH_STR_INIT(""), 60, GH_STR_INIT("user")}, GH_BAD, NULL},
    {"audience with a blank", {GH_STR_INIT("a"), GH_STR_INIT("api://x y"), 60, GH_STR_INIT("user")}, GH_BAD, NULL},
    {"unknown kind", {GH_STR_INIT("a"), GH_STR_INIT("api://x"), 60, GH_STR_INIT("admin")}, GH_BAD, NULL},
    {"no kind", {GH_STR_INIT("a"), GH_STR_INIT("api://x"), 60, GH_STR_INIT("")}, GH_BAD, NULL},
    // clang-format on
};

/* Read and verified as the edge would, with the published key set. */
static void
check_token(const struct request_case *c, struct gh_str token, struct gh_str jti)
{
    struct gh_arena a = gh_test_arena();
    struct gh_claims claims;
    struct gh_pubkey *key;
    struct gh_jwks set;
    struct gh_jwt jwt;
    struct gh_buf b;

    gh_buf_init(&b, &a, 8192);
    assert_int_equal(gh_sign_put_jwks(&b, &keys), GH_OK);
    assert_int_equal(gh_jwks_read(&set, &a, gh_buf_str(&b), NULL), GH_OK);
    assert_int_equal(set.n, 1);
    assert_int_equal(set.keys[0].alg, GH_ALG_ES256);
    assert_int_equal(gh_pubkey_read_der(&key, set.keys[0].spki, NULL), GH_OK);
    assert_int_equal(gh_jwt_split(&jwt, &a, token, NULL), GH_OK);
    assert_true(gh_str_eq(jwt.kid, set.keys[0].kid));
    assert_int_equal(gh_jwt_verify(&jwt, key, set.keys[0].alg, NULL), GH_OK);
    gh_pubkey_free(key);

    assert_int_equal(gh_jwt_claims(&claims, &a, jwt.payload, NULL), GH_OK);
    assert_int_equal(gh_claims_check(&claims, GH_STR("https://login.gatehouse.localhost/22222222-2222-2222-2222-222222222222/v2.0"),
                         &c->request.audience, 1, NOW / 1000, 0, NULL),
        GH_OK);
    assert_true(gh_str_eq(claims.sub, c->request.subject) && gh_str_eq(claims.oid, c->request.subject));
    assert_true(gh_str_eq(claims.tid, GH_STR("22222222-2222-2222-2222-222222222222")));
    assert_true(gh_str_eq(claims.idtyp, gh_str_z(c->idtyp)));
    assert_true(gh_str_eq(claims.jti, jti));
    assert_true(claims.iat_s == NOW / 1000 && claims.nbf_s == NOW / 1000);
    assert_int_equal(claims.exp_s, NOW / 1000 + (int64_t)c->request.lifetime_s);
    gh_arena_fini(&a);
}

static void
tokens(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(request_cases) / sizeof(request_cases[0]); i++) {
        const struct request_case *c = &request_cases[i];
        struct gh_err err = {GH_OK, 0, NULL};
        char memory[4096], jti[GH_SIGN_JTI_BYTES];
        struct gh_buf jwt;

        print_message("# %s\n", c->name);
        gh_buf_init_fixed(&jwt, memory, sizeof(memory));
        assert_int_equal(gh_sign_token(&jwt, jti, &keys, seal.installation, &c->request, NOW, &err), c->rc);
        assert_int_equal(jwt.n > 0, c->rc == GH_OK);
        if (c->rc == GH_OK)
            check_token(c, gh_buf_str(&jwt), gh_str(jti, sizeof(jti)));
        else
            assert_non_null(err.what);
    }
}

static void
token_ids_differ(void **state)
{
    char memory[4096], one[GH_SIGN_JTI_BYTES], two[GH_SIGN_JTI_BYTES];
    struct gh_buf jwt;

    (void)state;
    gh_buf_init_fixed(&jwt, memory, sizeof(memory));
    assert_int_equal(gh_sign_token(&jwt, one, &keys, seal.installation, &request_cases[0].request, NOW, NULL), GH_OK);
    assert_int_equal(gh_sign_token(&jwt, two, &keys, seal.installation, &request_cases[0].request, NOW, NULL), GH_OK);
    assert_memory_not_equal(one, two, sizeof(one));
}

/* The next key is published before it signs: its own name, not the signer's. */
static void
jwks_has_all_keys(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_state two = keys;
    struct gh_jwks set;
    struct gh_buf b;
    bool changed;

    (void)state;
    assert_int_equal(gh_state_rotate(&two, &changed, NOW + GH_STATE_NEXT_KEY_AFTER_MS), GH_OK);
    assert_int_equal(two.n_token, 2);
    gh_buf_init(&b, &a, 8192);
    assert_int_equal(gh_sign_put_jwks(&b, &two), GH_OK);
    assert_int_equal(gh_jwks_read(&set, &a, gh_buf_str(&b), NULL), GH_OK);
    assert_int_equal(set.n, 2);
    assert_int_equal(gh_str_find(gh_buf_str(&b), GH_STR("\"d\"")), SIZE_MAX);
    gh_arena_fini(&a);
}

/* ---- heads ---- */

static const struct head_case {
    const char *name;
    uint64_t n;
    uint8_t hash;
    int64_t time_ms;
    enum gh_rc rc;
    bool has_restarted; /* before this one, from the file */
} head_cases[] = {
    {"none is number 0", 0, 1, NOW, GH_BAD, false},
    {"first", 5, 1, NOW, GH_OK, false},
    {"the same again", 5, 1, NOW + 1000, GH_OK, false},
    {"another for the same", 5, 2, NOW, GH_BAD, false},
    {"another for the same, restarted", 5, 2, NOW, GH_BAD, true},
    {"the same, restarted", 5, 1, NOW, GH_OK, true},
    {"older", 4, 3, NOW, GH_BAD, false},
    {"next", 6, 4, NOW, GH_OK, false},
    {"first, again", 5, 1, NOW, GH_BAD, true},
    {"far ahead", UINT64_MAX - 1, 5, NOW, GH_OK, false},
    {"back-dated", UINT64_MAX, 6, NOW - GH_SIGN_HEAD_SKEW_MS - 1, GH_BAD, false},
    {"of tomorrow", UINT64_MAX, 6, NOW + GH_SIGN_HEAD_SKEW_MS + 1, GH_BAD, false},
    {"no time", UINT64_MAX, 6, 0, GH_BAD, false},
    {"last", UINT64_MAX, 6, NOW, GH_OK, true},
};

static void
check_signature(const struct head_case *c, const uint8_t *hash, const uint8_t *sig, const struct gh_state *st)
{
    struct gh_chain_head head = {.n = c->n, .time_ms = c->time_ms, .sig = gh_str(sig, GH_P256_SIG_BYTES)};
    char memory[GH_SPKI_BYTES_MAX];
    struct gh_pubkey *key;
    struct gh_buf spki;

    memcpy(head.installation, seal.installation, sizeof(head.installation));
    memcpy(head.hash, hash, GH_SHA256_BYTES);
    gh_buf_init_fixed(&spki, memory, sizeof(memory));
    assert_int_equal(gh_p256_put_spki(&spki, &st->audit), GH_OK);
    assert_int_equal(gh_pubkey_read_der(&key, gh_buf_str(&spki), NULL), GH_OK);
    assert_int_equal(gh_chain_head_verify(&head, key), GH_OK);
    head.time_ms++;
    assert_int_equal(gh_chain_head_verify(&head, key), GH_BAD);
    gh_pubkey_free(key);
}

static void
heads(void **state)
{
    struct gh_test_dir d = gh_test_dir_make();
    struct gh_state st = keys;

    (void)state;
    assert_int_equal(gh_state_save(&st, &seal, d.fd), GH_OK);
    for (size_t i = 0; i < sizeof(head_cases) / sizeof(head_cases[0]); i++) {
        const struct head_case *c = &head_cases[i];
        uint8_t hash[GH_SHA256_BYTES], sig[GH_P256_SIG_BYTES] = {0};

        print_message("# %s\n", c->name);
        if (c->has_restarted)
            assert_int_equal(gh_state_load(&st, &seal, d.fd, NULL), GH_OK);
        memset(hash, c->hash, sizeof(hash));
        assert_int_equal(gh_sign_head(sig, &st, &seal, d.fd, c->n, hash, c->time_ms, NOW, NULL), c->rc);
        if (c->rc == GH_OK)
            check_signature(c, hash, sig, &st);
        else
            for (size_t k = 0; k < sizeof(sig); k++)
                assert_int_equal(sig[k], 0);
    }
    gh_test_dir_remove(&d);
}

/* What cannot be remembered is not signed, and may be signed differently later. */
static void
unwritable_disk(void **state)
{
    struct gh_test_dir d = gh_test_dir_make();
    uint8_t hash[GH_SHA256_BYTES] = {1}, other[GH_SHA256_BYTES] = {2}, sig[GH_P256_SIG_BYTES] = {0};
    int closed = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct gh_state st = keys;

    (void)state;
    assert_int_equal(gh_sign_head(sig, &st, &seal, closed, 9, hash, NOW, NOW, NULL), GH_DOWN);
    for (size_t k = 0; k < sizeof(sig); k++)
        assert_int_equal(sig[k], 0);
    assert_int_equal(st.head_n, 0);
    assert_int_equal(gh_sign_head(sig, &st, &seal, d.fd, 9, other, NOW, NOW, NULL), GH_OK);
    (void)close(closed);
    gh_test_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens),
        cmocka_unit_test(token_ids_differ),
        cmocka_unit_test(jwks_has_all_keys),
        cmocka_unit_test(heads),
        cmocka_unit_test(unwritable_disk),
    };

    seal = gh_test_seal();
    if (gh_state_make(&keys, NOW) != GH_OK)
        return 1;
    return cmocka_run_group_tests_name("vault sign", tests, NULL, NULL);
}
