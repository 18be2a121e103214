/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/egress.h"
#include "policy/forwarded.h"
#include "policy/ranges.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define XFF          GH_PROXY_X_FORWARDED_FOR
#define FWD          GH_PROXY_FORWARDED

/* Named proxies: 10.0.0.0/8 and 2001:db8:1::/48. `want` NULL: unknown. */
static const struct {
    const char *name;
    enum gh_proxy_mode mode;
    const char *peer, *header, *want;
} table[] = {
    {"no header", XFF, "10.0.0.1", "", "10.0.0.1"},
    {"a stranger's header", XFF, "192.0.2.1", "10.9.9.9", "192.0.2.1"},
    {"no mode", GH_PROXY_NONE, "10.0.0.1", "192.0.2.1", "10.0.0.1"},
    {"the PROXY protocol has no header", GH_PROXY_PROTOCOL, "10.0.0.1", "192.0.2.1", "10.0.0.1"},
    {"one proxy", XFF, "10.0.0.1", "192.0.2.1", "192.0.2.1"},
    {"two proxies", XFF, "10.0.0.1", "192.0.2.1, 10.0.0.2", "192.0.2.1"},
    {"forged in front", XFF, "10.0.0.1", "10.7.7.7, 198.51.100.1, 192.0.2.1", "192.0.2.1"},
    {"rubbish in front is not read", XFF, "10.0.0.1", "<script>, \"x, 192.0.2.1", "192.0.2.1"},
    {"all are proxies", XFF, "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
    {"a port", XFF, "10.0.0.1", "192.0.2.1:5555", "192.0.2.1"},
    {"IPv6", XFF, "10.0.0.1", "2001:db8::1", "2001:db8::1"},
    {"IPv6 in brackets", XFF, "10.0.0.1", "[2001:db8::1]", "2001:db8::1"},
    {"IPv6 and a port", XFF, "10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"},
    {"mapped", XFF, "::ffff:10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1"},
    {"a mapped proxy is stepped over", XFF, "10.0.0.1", "192.0.2.1,::ffff:10.0.0.2", "192.0.2.1"},
    {"tabs", XFF, "10.0.0.1", "\t192.0.2.1\t", "192.0.2.1"},
    {"a proxy that said nothing", XFF, "10.0.0.1", "192.0.2.1,", NULL},
    {"unknown", XFF, "10.0.0.1", "unknown", NULL},
    {"a name", XFF, "10.0.0.1", "localhost", NULL},
    {"brackets left open", XFF, "10.0.0.1", "[2001:db8::1", NULL},
    {"brackets around IPv4", XFF, "10.0.0.1", "[192.0.2.1]", NULL},
    {"no number of a port", XFF, "10.0.0.1", "192.0.2.1:", NULL},
    {"port too large", XFF, "10.0.0.1", "192.0.2.1:65536", NULL},
    {"a prefix", XFF, "10.0.0.1", "192.0.2.0/24", NULL},
    {"forwarded", FWD, "10.0.0.1", "for=192.0.2.1", "192.0.2.1"},
    {"forwarded, other pairs", FWD, "10.0.0.1", "proto=https; For=\"192.0.2.1:80\" ;by=10.0.0.1", "192.0.2.1"},
    {"forwarded, IPv6", FWD, "2001:db8:1::5", "for=\"[2001:db8:2::1]:4711\"", "2001:db8:2::1"},
    {"forwarded, two", FWD, "10.0.0.1", "for=192.0.2.1, for=10.0.0.2;proto=https", "192.0.2.1"},
    {"an open quote cannot swallow the proxy's element", FWD, "10.0.0.1", "for=198.51.100.1;by=\"x, for=192.0.2.1", "192.0.2.1"},
    {"forwarded, for twice", FWD, "10.0.0.1", "for=192.0.2.1;for=192.0.2.2", NULL},
    {"forwarded, no for", FWD, "10.0.0.1", "proto=https", NULL},
    {"forwarded, hidden", FWD, "10.0.0.1", "for=_hidden", NULL},
    {"forwarded, half a quote", FWD, "10.0.0.1", "for=\"192.0.2.1", NULL},
    {"the other header's form", FWD, "10.0.0.1", "192.0.2.1", NULL},
};

static struct gh_str
trusted(struct gh_arena *a)
{
    const struct gh_str texts[] = {GH_STR("10.0.0.0/8"), GH_STR("2001:db8:1::/48")};
    struct gh_str packed;

    assert_int_equal(gh_ranges_read(&packed, a, texts, 2, NULL), GH_OK);
    return packed;
}

static void
every_row(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_str proxies = trusted(&a);

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        uint8_t peer[16], got[16], want[16];
        assert_int_equal(gh_ip_read(peer, gh_str_z(table[i].peer)), GH_OK);
        enum gh_rc rc = gh_forwarded_client(got, table[i].mode, gh_str_z(table[i].header), peer, proxies);
        if (table[i].want == NULL ? rc != GH_BAD : rc != GH_OK)
            fail_msg("%s: result %d", table[i].name, (int)rc);
        if (table[i].want == NULL)
            continue;
        assert_int_equal(gh_ip_read(want, gh_str_z(table[i].want)), GH_OK);
        if (memcmp(got, want, 16) != 0)
            fail_msg("%s: another address than %s", table[i].name, table[i].want);
    }
    gh_arena_fini(&a);
}

static void
a_loop_ends(void **state)
{
    struct gh_arena a = gh_test_arena();
    struct gh_buf text;
    uint8_t peer[16], got[16];

    (void)state;
    gh_buf_init(&text, &a, 65536);
    gh_buf_putz(&text, "192.0.2.1");
    for (int i = 0; i < 1000; i++)
        gh_buf_putz(&text, ",10.0.0.1");
    assert_int_equal(gh_ip_read(peer, GH_STR("10.0.0.1")), GH_OK);
    assert_int_equal(gh_forwarded_client(got, XFF, gh_buf_str(&text), peer, trusted(&a)), GH_LIMIT);
    gh_arena_fini(&a);
}

static void
modes(void **state)
{
    (void)state;
    assert_int_equal(gh_proxy_mode_find(GH_STR("none")), GH_PROXY_NONE);
    assert_int_equal(gh_proxy_mode_find(GH_STR("proxyProtocol")), GH_PROXY_PROTOCOL);
    assert_int_equal(gh_proxy_mode_find(GH_STR("xForwardedFor")), GH_PROXY_X_FORWARDED_FOR);
    assert_int_equal(gh_proxy_mode_find(GH_STR("forwarded")), GH_PROXY_FORWARDED);
    assert_int_equal(gh_proxy_mode_find(GH_STR("Forwarded")), GH_PROXY_COUNT);
    assert_int_equal(gh_proxy_mode_find(GH_STR("")), GH_PROXY_COUNT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_row), cmocka_unit_test(a_loop_ends), cmocka_unit_test(modes)};

    return cmocka_run_group_tests_name("forwarded", tests, NULL, NULL);
}
