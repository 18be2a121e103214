/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "base/limits.h"
#include "policy/egress.h"
#include "policy/ranges.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool
have(struct gh_str packed, const char *ip)
{
    uint8_t bytes[16];

    if (gh_ip_read(bytes, gh_str_z(ip)) != GH_OK)
        fail_msg("%s: not an address", ip);
    return gh_ranges_have(packed, bytes);
}

/* Up to three texts, addresses inside, addresses outside. */
static const struct {
    const char *name, *texts[3], *in[4], *out[5];
} sets[] = {
    {"one address", {"192.0.2.7"}, {"192.0.2.7", "::ffff:192.0.2.7"}, {"192.0.2.6", "192.0.2.8", "::192.0.2.7"}},
    {"a prefix", {"10.0.0.0/8"}, {"10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"}, {"9.255.255.255", "11.0.0.0"}},
    {"an odd prefix", {"10.1.2.64/27"}, {"10.1.2.64", "10.1.2.95"}, {"10.1.2.63", "10.1.2.96"}},
    {"every IPv4", {"0.0.0.0/0"}, {"0.0.0.0", "255.255.255.255"}, {"::1", "2001:db8::1", "::fffe:ffff:ffff"}},
    {"every IPv6", {"::/0"}, {"::", "2001:db8::1", "ffff::", "::1:0:0:0"}, {"10.0.0.1", "0.0.0.0", "255.255.255.255"}},
    {"around the mapped ones", {"::/8"}, {"::1", "ff::"}, {"10.0.0.1", "100::"}},
    {"mapped, written as IPv6", {"::ffff:10.0.0.0/104"}, {"10.9.9.9"}, {"11.0.0.0"}},
    {"all mapped, written as IPv6", {"::ffff:0:0/96"}, {"1.2.3.4"}, {"::1"}},
    {"IPv6", {"2001:db8::/32"}, {"2001:db8:ffff::"}, {"2001:db9::", "2001:db7:ffff::"}},
    {"overlap", {"10.0.0.0/9", "10.64.0.0/10", "10.0.0.0/8"}, {"10.0.0.0", "10.255.0.0"}, {"11.0.0.0"}},
    {"apart", {"10.0.0.2", "10.0.0.0", "192.168.0.0/16"}, {"10.0.0.0", "10.0.0.2", "192.168.9.9"}, {"10.0.0.1", "10.0.0.3"}},
    {"the same twice", {"10.0.0.1", "10.0.0.1/32"}, {"10.0.0.1"}, {"10.0.0.2"}},
};

static void
every_set(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sets); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_str texts[3], packed;
        size_t n = 0;
        while (n < 3 && sets[i].texts[n] != NULL) {
            texts[n] = gh_str_z(sets[i].texts[n]);
            n++;
        }
        if (gh_ranges_read(&packed, &a, texts, n, NULL) != GH_OK || !gh_ranges_are_valid(packed))
            fail_msg("%s: not read", sets[i].name);
        for (size_t k = 0; k < COUNT(sets[i].in) && sets[i].in[k] != NULL; k++)
            if (!have(packed, sets[i].in[k]))
                fail_msg("%s: %s is not in it", sets[i].name, sets[i].in[k]);
        for (size_t k = 0; k < COUNT(sets[i].out) && sets[i].out[k] != NULL; k++)
            if (have(packed, sets[i].out[k]))
                fail_msg("%s: %s is in it", sets[i].name, sets[i].out[k]);
        gh_arena_fini(&a);
    }
}

static void
bad_texts(void **state)
{
    static const char *const bad[] = {"", " ", "10.0.0.1 ", " 10.0.0.1", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1/33",
        "10.0.0.1/8", "10.0.0.0/08", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "/8", "::/129", "2001:db8::1/32",
        "fe80::1%eth0", "[::1]", "10.0.0.1:80", "localhost", "*", "10.*", "10.0.0.0-10.0.0.9", "::ffff:10.0.0.1/104", "0x7f.1",
        "127.1", "1"};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct gh_arena a = gh_test_arena();
        const struct gh_str texts[] = {GH_STR("10.0.0.0/8"), gh_str_z(bad[i])};
        struct gh_str packed;
        struct gh_err err = {0};
        if (gh_ranges_read(&packed, &a, texts, 2, &err) != GH_BAD || err.at != 1 || packed.n != 0)
            fail_msg("\"%s\" was read", bad[i]);
        gh_arena_fini(&a);
    }
}

static void
none_and_too_many(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str texts[GH_RANGES_MAX + 1], packed;

    (void)state;
    assert_int_equal(gh_ranges_read(&packed, &a, NULL, 0, NULL), GH_OK);
    assert_false(have(packed, "10.0.0.1"));
    for (size_t i = 0; i < COUNT(texts); i++)
        texts[i] = GH_STR("10.0.0.1");
    assert_int_equal(gh_ranges_read(&packed, &a, texts, COUNT(texts), NULL), GH_LIMIT);
    assert_int_equal(gh_ranges_read(&packed, &a, texts, GH_RANGES_MAX, NULL), GH_OK);
    assert_int_equal(packed.n, GH_RANGE_BYTES);
    gh_arena_fini(&a);
}

static void
invalid_bytes(void **state)
{
    uint8_t two[2 * GH_RANGE_BYTES] = {[15] = 1, [31] = 2, [47] = 3, [63] = 4};

    (void)state;
    assert_true(gh_ranges_are_valid(gh_str(two, sizeof(two))));
    assert_false(gh_ranges_are_valid(gh_str(two, sizeof(two) - 1)));
    two[47] = 2; /* touches the first */
    assert_false(gh_ranges_are_valid(gh_str(two, sizeof(two))));
    two[47] = 5; /* ends before it begins */
    assert_false(gh_ranges_are_valid(gh_str(two, sizeof(two))));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_set), cmocka_unit_test(bad_texts),
        cmocka_unit_test(none_and_too_many), cmocka_unit_test(invalid_bytes)};

    return cmocka_run_group_tests_name("ranges", tests, NULL, NULL);
}
