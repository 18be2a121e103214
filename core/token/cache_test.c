/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "token/cache.h"

enum { SETS = 4, SLOTS = SETS * GH_TOKEN_CACHE_WAYS };

/* A digest whose set is `set`, made different by `n`. */
static void
digest(uint8_t out[GH_SHA256_BYTES], uint64_t set, uint8_t n)
{
    memset(out, 0, GH_SHA256_BYTES);
    memcpy(out, &set, sizeof(set));
    out[GH_SHA256_BYTES - 1] = n;
}

static void
remembers_token_under_key(void **state)
{
    struct gh_token_cache_slot slots[SLOTS] = {0};
    uint8_t token[32], key[32], other[32];
    struct gh_token_cache c;

    (void)state;
    gh_token_cache_init(&c, slots, SETS);
    digest(token, 1, 1);
    digest(key, 9, 2);
    digest(other, 9, 3);
    assert_false(gh_token_cache_has(&c, token, key));
    gh_token_cache_put(&c, token, key, NULL);
    assert_true(gh_token_cache_has(&c, token, key));
    assert_false(gh_token_cache_has(&c, token, other)); /* the key was replaced in the snapshot */
    assert_false(gh_token_cache_has(&c, other, key));
    gh_token_cache_put(&c, token, other, NULL); /* one row for one token */
    assert_true(gh_token_cache_has(&c, token, other));
    assert_false(gh_token_cache_has(&c, token, key));
    assert_int_equal(c.hits, 2);
    assert_int_equal(c.misses, 4);
}

/* An empty slot is all zeros; so may be a digest, and still it was never put. */
static void
empty_is_no_hit(void **state)
{
    struct gh_token_cache_slot slots[SLOTS] = {0};
    static const uint8_t zero[32];
    struct gh_token_cache c;

    (void)state;
    gh_token_cache_init(&c, slots, SETS);
    assert_false(gh_token_cache_has(&c, zero, zero));
    gh_token_cache_put(&c, zero, zero, NULL);
    assert_true(gh_token_cache_has(&c, zero, zero));
}

static void
oldest_goes(void **state)
{
    struct gh_token_cache_slot slots[SLOTS] = {0};
    uint8_t token[32], key[32] = {7};
    struct gh_token_cache c;

    (void)state;
    gh_token_cache_init(&c, slots, SETS);
    for (uint8_t n = 1; n <= GH_TOKEN_CACHE_WAYS; n++) {
        digest(token, 2, n);
        gh_token_cache_put(&c, token, key, NULL);
    }
    digest(token, 2, 1);
    assert_true(gh_token_cache_has(&c, token, key)); /* used: now 2 is the oldest */
    digest(token, 2, 100);
    gh_token_cache_put(&c, token, key, NULL);
    for (uint8_t n = 1; n <= GH_TOKEN_CACHE_WAYS; n++) {
        digest(token, 2, n);
        assert_int_equal(gh_token_cache_has(&c, token, key), n != 2);
    }
    for (size_t i = 0; i < SLOTS; i++) /* the other sets were left alone */
        assert_int_equal(slots[i].used != 0, i / GH_TOKEN_CACHE_WAYS == 2);
}

static void
without_memory(void **state)
{
    static const uint8_t some[32] = {1};
    struct gh_token_cache c;

    (void)state;
    gh_token_cache_init(&c, NULL, 0);
    gh_token_cache_put(&c, some, some, NULL);
    assert_false(gh_token_cache_has(&c, some, some));
}

/* ---- what a token says ---- */

static struct gh_claims *
claims_of(struct gh_arena *a, struct gh_str text)
{
    struct gh_claims *c = gh_arena_take(a, sizeof(*c));

    assert_int_equal(gh_jwt_claims(c, a, text, NULL), GH_OK);
    return c;
}

static void
assert_same_texts(const struct gh_str *x, size_t n_x, const struct gh_str *y, size_t n_y)
{
    assert_int_equal(n_x, n_y);
    for (size_t i = 0; i < n_x; i++)
        assert_true(gh_str_eq(x[i], y[i]));
}

static const char *const said_cases[] = {
    "{\"iss\":\"i\",\"exp\":1}",
    ("{\"iss\":\"https://sts.example/1/"
     "v2.0\",\"exp\":9,\"nbf\":2,\"iat\":3,\"sub\":\"s\",\"oid\":\"o\",\"tid\":\"t\",\"azp\":\"a\",\"jti\":\"j\","
     "\"scp\":\"x "
     "y\",\"idtyp\":\"app\",\"acr\":\"1\",\"aud\":[\"u\",\"v\"],\"act\":{\"sub\":\"b\"},\"amr\":[\"mfa\",\"pwd\"],\"groups\":["
     "\"g\","
     "\"\",\"h\"]}"),
    "{\"iss\":\"i\",\"exp\":1,\"hasgroups\":true,\"groups\":[\"g\"]}",
    ("{\"iss\":\"i\",\"exp\":1,\"acrs\":[\"c1\",\"c2\"],\"auth_time\":7,\"deviceid\":\"d\",\"ipaddr\":\"192.0.2.1\",\"xms_cc\":"
     "\"CP1\"}"),
};

static void
gives_back_what_was_said(void **state)
{
    static const uint8_t token[32] = {1}, key[32] = {2};
    struct gh_token_cache_slot slots[SLOTS] = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(said_cases) / sizeof(said_cases[0]); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_claims *c = claims_of(&a, gh_str_z(said_cases[i]));
        struct gh_said said = {GH_ALG_ES256, GH_STR("kid"), c}, out = {.claims = gh_arena_take(&a, sizeof(*c))};
        struct gh_token_cache cache;
        gh_token_cache_init(&cache, slots, SETS);
        assert_int_equal(gh_jwt_marks(c, &a, gh_str_z(said_cases[i]), (const struct gh_str[]){GH_STR("acrs"), GH_STR("act\nsub")},
                             2, 17 + i, NULL),
            GH_OK);
        gh_token_cache_put(&cache, token, key, &said);
        memset(out.claims, 0xa5, sizeof(*out.claims));
        assert_true(gh_token_cache_said(&out, &cache, &a, token));
        assert_int_equal(out.alg, GH_ALG_ES256);
        assert_true(gh_str_eq(out.kid, said.kid));
        assert_same_texts(&out.claims->iss, 12, &c->iss, 12); /* the twelve texts stand in a row */
        assert_same_texts(out.claims->aud, out.claims->n_aud, c->aud, c->n_aud);
        assert_same_texts(out.claims->amr, out.claims->n_amr, c->amr, c->n_amr);
        assert_same_texts(out.claims->groups, out.claims->n_groups, c->groups, c->n_groups);
        assert_same_texts(out.claims->acrs, out.claims->n_acrs, c->acrs, c->n_acrs);
        assert_int_equal(out.claims->n_marks, c->n_marks);
        for (size_t m = 0; m < c->n_marks; m++)
            assert_true(out.claims->marks[m].path == c->marks[m].path && gh_str_eq(out.claims->marks[m].value, c->marks[m].value));
        assert_true(out.claims->marks_asked == 17 + i && out.claims->marks_overflow == c->marks_overflow);
        assert_true(out.claims->is_cp1 == c->is_cp1 && out.claims->auth_time_s == c->auth_time_s);
        assert_int_equal(out.claims->groups_overflow, c->groups_overflow);
        assert_int_equal(out.claims->exp_s, c->exp_s);
        assert_int_equal(out.claims->nbf_s, c->nbf_s);
        assert_int_equal(out.claims->iat_s, c->iat_s);
        gh_arena_fini(&a);
    }
}

/* More than fits: the signature is remembered, what it says is not, and nothing of an earlier one stands there. */
static void
says_too_much(void **state)
{
    static const uint8_t token[32] = {1}, key[32] = {2};
    struct gh_token_cache_slot slots[SLOTS] = {0};
    struct gh_arena a = gh_test_arena();
    struct gh_claims *c = claims_of(&a, gh_str_z(said_cases[0]));
    struct gh_said said = {GH_ALG_ES256, GH_STR("kid"), c};
    struct gh_token_cache cache;
    char *long_text = gh_arena_take(&a, GH_TOKEN_CACHE_SAID_BYTES);

    (void)state;
    memset(long_text, 'x', GH_TOKEN_CACHE_SAID_BYTES);
    gh_token_cache_init(&cache, slots, SETS);
    assert_false(gh_token_cache_said(&said, &cache, &a, token));
    gh_token_cache_put(&cache, token, key, &said);
    assert_true(gh_token_cache_said(&said, &cache, &a, token));
    c->sub = gh_str(long_text, GH_TOKEN_CACHE_SAID_BYTES);
    gh_token_cache_put(&cache, token, key, &said);
    assert_false(gh_token_cache_said(&said, &cache, &a, token));
    assert_true(gh_token_cache_has(&cache, token, key));
    gh_arena_fini(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remembers_token_under_key),
        cmocka_unit_test(empty_is_no_hit),
        cmocka_unit_test(oldest_goes),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(gives_back_what_was_said),
        cmocka_unit_test(says_too_much),
    };

    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
