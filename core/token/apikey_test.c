/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "token/apikey.h"

static const uint8_t id_bytes[6] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab};

static void
round_trip(void **state)
{
    uint8_t secret[32];
    char text[GH_APIKEY_BYTES + 1];
    struct gh_str id;
    struct gh_buf b;

    (void)state;
    for (size_t i = 0; i < sizeof(secret); i++)
        secret[i] = (uint8_t)(i * 7);
    gh_buf_init_fixed(&b, text, sizeof(text));
    gh_apikey_put(&b, id_bytes, secret);
    assert_int_equal(b.n, GH_APIKEY_BYTES);
    /* the checksum is CRC-32C as any other program computes it */
    assert_true(gh_str_eq(gh_buf_str(&b), GH_STR("gh_0123456789ab_AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK-2vcTL0tk_913eaea6")));
    assert_int_equal(gh_apikey_read(&id, gh_buf_str(&b)), GH_OK);
    assert_true(gh_str_eq(id, GH_STR("0123456789ab")));

    gh_buf_init_fixed(&b, text, GH_APIKEY_BYTES - 1);
    gh_apikey_put(&b, id_bytes, secret);
    assert_int_equal(b.rc, GH_LIMIT);
}

static enum gh_rc
read_key(struct gh_buf *meaning, struct gh_arena *a, struct gh_str key)
{
    struct gh_str id;
    enum gh_rc rc = gh_apikey_read(&id, key);

    (void)a;
    if (rc == GH_OK)
        gh_buf_put(meaning, id);
    else
        assert_int_equal(id.n, 0);
    return rc;
}

/* One flipped bit or a lost end is never a key: the checksum sees every error of a single burst below 32 bits. */
static void
sweeps(void **state)
{
    static const uint8_t secret[32] = {1};
    char text[GH_APIKEY_BYTES];
    struct gh_buf b;

    (void)state;
    gh_buf_init_fixed(&b, text, sizeof(text));
    gh_apikey_put(&b, id_bytes, secret);
    gh_test_mangle(read_key, gh_buf_str(&b), true);
    gh_test_page(read_key, gh_buf_str(&b));
}

static void
refused(void **state)
{
    static const char *const cases[] = {"", "gh_", "sk-0123456789abcdef",
        "gh_0123456789ab_AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK-2vcTL0tk_00000000",
        "GH_0123456789ab_AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK-2vcTL0tk_913eaea6",
        "gh_0123456789AB_AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK-2vcTL0tk_913eaea6",
        "gh_0123456789ab_AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK-2vcTL0tk_913eaea6 "};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gh_str id;

        print_message("# \"%s\"\n", cases[i]);
        assert_int_equal(gh_apikey_read(&id, gh_str_z(cases[i])), GH_BAD);
        assert_null(id.p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(round_trip), cmocka_unit_test(sweeps), cmocka_unit_test(refused)};

    return cmocka_run_group_tests_name("apikey", tests, NULL, NULL);
}
