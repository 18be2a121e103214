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
    gh_token_cache_put(&c, token, key);
    assert_true(gh_token_cache_has(&c, token, key));
    assert_false(gh_token_cache_has(&c, token, other)); /* the key was replaced in the snapshot */
    assert_false(gh_token_cache_has(&c, other, key));
    gh_token_cache_put(&c, token, other); /* one row for one token */
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
    gh_token_cache_put(&c, zero, zero);
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
        gh_token_cache_put(&c, token, key);
    }
    digest(token, 2, 1);
    assert_true(gh_token_cache_has(&c, token, key)); /* used: now 2 is the oldest */
    digest(token, 2, 100);
    gh_token_cache_put(&c, token, key);
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
    gh_token_cache_put(&c, some, some);
    assert_false(gh_token_cache_has(&c, some, some));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remembers_token_under_key),
        cmocka_unit_test(empty_is_no_hit),
        cmocka_unit_test(oldest_goes),
        cmocka_unit_test(without_memory),
    };

    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
