/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JOSE files of project Wycheproof, run through the same steps as a request: key set, split, key by kid, signature. Groups with a public
 * key must give the expected result. Groups with secret keys (HMAC, encryption) have no way in: their key sets and their tokens are refused.
 */
#include "sweeps.h"

#include "token/jwks.h"
#include "token/jwt.h"

/*
 * Called valid by the files, refused by us: their JWK names another alg than the token (PS256 for a PS384 token) or one that does not
 * exist ("ES521"). RFC 7517 section 4.4 says alg is what the key is for. The signatures themselves are checked to be good.
 */
static const int64_t alg_contradicts[] = {346, 347, 350, 351};

/* What the files hold, counted by hand: a reader that skips something is found. */
struct tally {
    size_t accepted, refused, secret;
};

static bool
is_contradicting(bool is_signature_file, int64_t id)
{
    for (size_t i = 0; is_signature_file && i < sizeof(alg_contradicts) / sizeof(alg_contradicts[0]); i++)
        if (alg_contradicts[i] == id)
            return true;
    return false;
}

/* A JWK or a set, as a set. */
static struct gh_str
as_set(struct gh_arena *a, const struct gh_json *j, gh_json_ref key)
{
    struct gh_buf b;

    if (gh_json_get(j, key, GH_STR("keys")) != GH_JSON_NO)
        return gh_json_raw(j, key);
    gh_buf_init(&b, a, GH_JWKS_BYTES_MAX);
    gh_buf_putz(&b, "{\"keys\":[");
    gh_buf_put(&b, gh_json_raw(j, key));
    gh_buf_putz(&b, "]}");
    return gh_buf_str(&b);
}

/* The whole way of a token. With a kid the key of that name, without one the only key of the set. */
static bool
is_accepted(struct gh_arena *a, const struct gh_jwks *set, struct gh_str token, bool ignore_key_alg)
{
    struct gh_jwt jwt;

    if (gh_jwt_split(&jwt, a, token, NULL) != GH_OK)
        return false;
    for (size_t i = 0; i < set->n; i++) {
        const struct gh_jwk *jwk = &set->keys[i];
        struct gh_pubkey *key;
        enum gh_rc rc;

        if (jwt.kid.n > 0 ? !gh_str_eq(jwt.kid, jwk->kid) : set->n != 1)
            continue;
        assert_int_equal(gh_pubkey_read_der(&key, jwk->spki, NULL), GH_OK);
        rc = gh_jwt_verify(&jwt, key, ignore_key_alg ? GH_ALG_NONE : jwk->alg, NULL);
        gh_pubkey_free(key);
        return rc == GH_OK;
    }
    return false;
}

static struct gh_str
text_of(struct gh_arena *a, const struct gh_json *j, gh_json_ref obj, const char *name)
{
    gh_json_ref v = gh_json_get(j, obj, gh_str_z(name));
    struct gh_str s;

    if (gh_json_type(j, v) != GH_JSON_STRING)
        return gh_json_raw(j, v);
    assert_int_equal(gh_json_str(&s, a, j, v), GH_OK);
    return s;
}

static void
run_case(struct tally *tally, struct gh_arena *a, const struct gh_json *j, gh_json_ref test, const struct gh_jwks *set,
    bool is_signature_file)
{
    struct gh_str token = text_of(a, j, test, gh_json_get(j, test, GH_STR("jws")) == GH_JSON_NO ? "jwe" : "jws");
    bool expected = gh_str_eq(text_of(a, j, test, "result"), GH_STR("valid")) && set != NULL, accepted;
    static const struct gh_jwks none;
    int64_t id = 0;

    assert_int_equal(gh_json_i64(&id, j, gh_json_get(j, test, GH_STR("tcId"))), GH_OK);
    accepted = is_accepted(a, set == NULL ? &none : set, token, false);
    if (is_contradicting(is_signature_file, id)) {
        assert_true(expected);
        expected = false;
    }
    if (accepted != expected)
        print_message("# tcId %d\n", (int)id);
    assert_int_equal(accepted, expected);
    tally->secret += set == NULL;
    tally->accepted += accepted;
    tally->refused += !accepted && set != NULL;
}

static void
run_group(struct tally *tally, struct gh_arena *a, const struct gh_json *j, gh_json_ref group, bool is_signature_file)
{
    gh_json_ref public = gh_json_get(j, group, GH_STR("public")), private = gh_json_get(j, group, GH_STR("private"));
    gh_json_ref tests = gh_json_get(j, group, GH_STR("tests"));
    struct gh_jwks set;

    if (private != GH_JSON_NO) /* whoever hands us private or secret keys is refused as a whole */
        assert_int_equal(gh_jwks_read(&set, a, as_set(a, j, private), NULL), GH_BAD);
    if (public != GH_JSON_NO && gh_jwks_read(&set, a, as_set(a, j, public), NULL) != GH_OK)
        memset(&set, 0, sizeof(set));
    for (gh_json_ref t = gh_json_first(j, tests); t != GH_JSON_NO; t = gh_json_next(j, tests, t))
        run_case(tally, a, j, t, public == GH_JSON_NO ? NULL : &set, is_signature_file);
}

static void
run_file(const char *rel, struct tally expected)
{
    const char *path = gh_test_shared(rel);
    struct gh_arena a = gh_test_arena();
    struct tally tally = {0};
    gh_json_ref groups;
    struct gh_json j;

    if (path == NULL) {
        print_message("# %s is not below $GATEHOUSE_SHARED: skipped\n", rel);
        skip();
    }
    assert_int_equal(gh_json_parse(&j, &a, gh_test_file(&a, path), NULL), GH_OK);
    groups = gh_json_get(&j, 0, GH_STR("testGroups"));
    for (gh_json_ref g = gh_json_first(&j, groups); g != GH_JSON_NO; g = gh_json_next(&j, groups, g))
        run_group(&tally, &a, &j, g, strstr(rel, "signature") != NULL);
    print_message(
        "# %s: %zu accepted, %zu refused, %zu with secret keys refused\n", rel, tally.accepted, tally.refused, tally.secret);
    assert_int_equal(tally.accepted, expected.accepted);
    assert_int_equal(tally.refused, expected.refused);
    assert_int_equal(tally.secret, expected.secret);
    gh_arena_fini(&a);
}

static void
signature_file(void **state)
{
    (void)state;
    run_file("data/jose/json_web_signature_test.json", (struct tally){32, 329, 40});
}

static void
key_file(void **state)
{
    (void)state;
    run_file("data/jose/json_web_key_test.json", (struct tally){1, 10, 15});
}

static void
crypto_file(void **state)
{
    (void)state;
    run_file("data/jose/json_web_crypto_test.json", (struct tally){2, 27, 54});
}

/* The four refused for their alg: right but for that. */
static void
contradicting_algs_alone_refuse(void **state)
{
    const char *path = gh_test_shared("data/jose/json_web_signature_test.json");
    struct gh_arena a = gh_test_arena();
    size_t found = 0;
    gh_json_ref groups;
    struct gh_json j;

    (void)state;
    if (path == NULL)
        skip();
    assert_int_equal(gh_json_parse(&j, &a, gh_test_file(&a, path), NULL), GH_OK);
    groups = gh_json_get(&j, 0, GH_STR("testGroups"));
    for (gh_json_ref g = gh_json_first(&j, groups); g != GH_JSON_NO; g = gh_json_next(&j, groups, g)) {
        gh_json_ref test = gh_json_first(&j, gh_json_get(&j, g, GH_STR("tests"))), public = gh_json_get(&j, g, GH_STR("public"));
        struct gh_jwks set;
        int64_t id = 0;

        assert_int_equal(gh_json_i64(&id, &j, gh_json_get(&j, test, GH_STR("tcId"))), GH_OK);
        if (!is_contradicting(true, id))
            continue;
        assert_int_equal(gh_jwks_read(&set, &a, as_set(&a, &j, public), NULL), GH_OK);
        found++;
        /* "ES521": the key itself was passed over; "PS256": it stands, and verifies a PS384 token once its alg is not asked */
        assert_int_equal(set.n, gh_str_eq(text_of(&a, &j, public, "alg"), GH_STR("PS256")));
        assert_int_equal(is_accepted(&a, &set, text_of(&a, &j, test, "jws"), true), set.n == 1);
    }
    assert_int_equal(found, sizeof(alg_contradicts) / sizeof(alg_contradicts[0]));
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signature_file),
        cmocka_unit_test(key_file),
        cmocka_unit_test(crypto_file),
        cmocka_unit_test(contradicting_algs_alone_refuse),
    };

    return cmocka_run_group_tests_name("wycheproof", tests, NULL, NULL);
}
