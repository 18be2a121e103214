/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/outbound.h"
#include "policy/ranges.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define OK           GH_OUTBOUND_OK
#define NO_RULE      GH_OUTBOUND_NO_RULE
#define DENIED       GH_OUTBOUND_DENIED
#define OFF          GH_ISOLATION_DISABLED
#define INTERNET     GH_ISOLATION_INTERNET
#define APPROVED     GH_ISOLATION_APPROVED

/* The rules of all rows: /exact api.example.com:443, /below *.example.org:80,443, /net 10.1.0.0/16:8000-8100, /inner db.corp at
 * 10.9.0.5:5432, /deny 10.1.2.0/24 and 192.0.2.0/24:1-65535. */
static const struct {
    const char *name;
    enum gh_isolation mode;
    const char *host, *addr;
    enum gh_outbound_why want;
    const char *rule; /* NULL: the mode */
} table[] = {
    {"disabled", OFF, "x.example.net", "10.0.0.1:1234", OK, NULL},
    {"disabled asks no denying rule", OFF, "x.example.net", "192.0.2.1:443", OK, NULL},
    {"internet: public", INTERNET, "x.example.net", "93.184.216.34:443", OK, NULL},
    {"internet: private", INTERNET, "x.example.net", "10.0.0.1:443", NO_RULE, NULL},
    {"internet: unique local", INTERNET, "x.example.net", "[fd00::1]:443", NO_RULE, NULL},
    {"internet: loopback", INTERNET, "localhost", "127.0.0.1:443", NO_RULE, NULL},
    {"internet: NAT64 of a private one", INTERNET, "x.example.net", "[64:ff9b::a00:1]:443", NO_RULE, NULL},
    {"internet: NAT64 of a public one", INTERNET, "x.example.net", "[64:ff9b::5db8:d822]:443", OK, NULL},
    {"internet: private by a rule", INTERNET, "10.1.0.9", "10.1.0.9:8000", OK, "/net"},
    {"internet: denied", INTERNET, "x.example.net", "192.0.2.1:443", DENIED, "/deny"},
    {"internet: denied behind NAT64", INTERNET, "x.example.net", "[64:ff9b::c000:201]:443", DENIED, "/deny"},
    {"approved: nothing fits", APPROVED, "x.example.net", "93.184.216.34:443", NO_RULE, NULL},
    {"approved: the name", APPROVED, "api.example.com", "93.184.216.34:443", OK, "/exact"},
    {"approved: the name with its last dot", APPROVED, "api.example.com.", "93.184.216.34:443", OK, "/exact"},
    {"approved: the name, another port", APPROVED, "api.example.com", "93.184.216.34:8443", NO_RULE, NULL},
    {"approved: the name at a private address", APPROVED, "api.example.com", "10.0.0.1:443", NO_RULE, NULL},
    {"approved: the name at a private address behind 6to4", APPROVED, "api.example.com", "[2002:a00:1::]:443", NO_RULE, NULL},
    {"approved: below the name", APPROVED, "evil.api.example.com", "93.184.216.34:443", NO_RULE, NULL},
    {"approved: the name as a part", APPROVED, "api.example.com.evil.net", "93.184.216.34:443", NO_RULE, NULL},
    {"approved: suffix", APPROVED, "a.example.org", "93.184.216.34:80", OK, "/below"},
    {"approved: suffix, deeper", APPROVED, "b.a.example.org", "93.184.216.34:443", OK, "/below"},
    {"approved: the suffix itself", APPROVED, "example.org", "93.184.216.34:443", NO_RULE, NULL},
    {"approved: not a label", APPROVED, "evilexample.org", "93.184.216.34:443", NO_RULE, NULL},
    {"approved: an address is no name", APPROVED, "93.184.216.34", "93.184.216.34:443", NO_RULE, NULL},
    {"approved: network", APPROVED, "any.corp", "10.1.0.9:8100", OK, "/net"},
    {"approved: network, mapped", APPROVED, "any.corp", "[::ffff:10.1.0.9]:8100", OK, "/net"},
    {"approved: network, port behind", APPROVED, "any.corp", "10.1.0.9:8101", NO_RULE, NULL},
    {"approved: deny wins", APPROVED, "any.corp", "10.1.2.9:8000", DENIED, "/deny"},
    {"approved: private endpoint", APPROVED, "db.corp", "10.9.0.5:5432", OK, "/inner"},
    {"approved: private endpoint elsewhere", APPROVED, "db.corp", "10.9.0.6:5432", NO_RULE, NULL},
    {"approved: another name there", APPROVED, "x.corp", "10.9.0.5:5432", NO_RULE, NULL},
};

static struct gh_str
pack(struct gh_arena *a, const struct gh_str *texts, size_t n)
{
    struct gh_str packed;

    assert_int_equal(gh_ranges_read(&packed, a, texts, n, NULL), GH_OK);
    return packed;
}

static void
every_row(void **state)
{
    static const struct gh_str exact[] = {GH_STR_INIT("api.example.com")}, below[] = {GH_STR_INIT("*.example.org")},
                               inner[] = {GH_STR_INIT("db.corp")}, net[] = {GH_STR_INIT("10.1.0.0/16")},
                               at[] = {GH_STR_INIT("10.9.0.5")}, deny[] = {GH_STR_INIT("10.1.2.0/24"), GH_STR_INIT("192.0.2.0/24")};
    static const struct gh_port_range https[] = {{443, 443}}, web[] = {{80, 80}, {443, 443}}, high[] = {{8000, 8100}},
                                      pg[] = {{5432, 5432}}, all[] = {{1, 65535}};
    struct gh_arena a = gh_test_arena();
    const struct gh_outbound_rule rules[] = {
        {GH_STR("/exact"), GH_OUTBOUND_FQDN, false, exact, 1, GH_STR(""), https, 1},
        {GH_STR("/below"), GH_OUTBOUND_FQDN, false, below, 1, GH_STR(""), web, 2},
        {GH_STR("/net"), GH_OUTBOUND_SERVICE_TAG, false, NULL, 0, pack(&a, net, 1), high, 1},
        {GH_STR("/inner"), GH_OUTBOUND_PRIVATE_ENDPOINT, false, inner, 1, pack(&a, at, 1), pg, 1},
        {GH_STR("/deny"), GH_OUTBOUND_SERVICE_TAG, true, NULL, 0, pack(&a, deny, 2), all, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct gh_addr addr;
        struct gh_str rule;
        assert_int_equal(gh_addr_read(&addr, gh_str_z(table[i].addr)), GH_OK);
        enum gh_outbound_why why = gh_outbound_decide(&rule, table[i].mode, rules, COUNT(rules), gh_str_z(table[i].host), &addr);
        if (why != table[i].want || !gh_str_eq(rule, gh_str_z(table[i].rule == NULL ? "isolationMode" : table[i].rule)))
            fail_msg("%s: %s, rule %.*s", table[i].name, gh_outbound_text(why), (int)rule.n, rule.p);
    }
    gh_arena_fini(&a);
}

static void
patterns(void **state)
{
    static const char *const good[] = {"a", "a.example", "*.example", "xn--bcher-kva.example", "1.a", "a-b.c"},
                             *const bad[] = {"", "*", "**.example", "a.*.example", "*a.example", "A.example", "a..b", ".a", "a.",
                                 "-a.b", "a-.b", "a b", "10.0.0.1", "::1", "a/b", "a:443", "b\xc3\xbc"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        if (!gh_host_pattern_is_valid(gh_str_z(good[i])))
            fail_msg("\"%s\" is refused", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (gh_host_pattern_is_valid(gh_str_z(bad[i])))
            fail_msg("\"%s\" is taken", bad[i]);
}

static void
ports(void **state)
{
    static const char *const bad[] = {"", ",", "80,", "0", "65536", "80-", "-80", "90-80", "80-90-100", "a", "80 ", "080"};
    struct gh_port_range got[2];
    size_t n;

    (void)state;
    assert_true(gh_ports_read(got, &n, 2, GH_STR("80,8000-8100")));
    assert_int_equal(n, 2);
    assert_int_equal(got[1].first, 8000);
    assert_int_equal(got[1].last, 8100);
    assert_false(gh_ports_read(got, &n, 2, GH_STR("1,2,3")));
    for (size_t i = 0; i < COUNT(bad); i++)
        if (gh_ports_read(got, &n, 2, gh_str_z(bad[i])))
            fail_msg("\"%s\" is taken", bad[i]);
}

static void
words(void **state)
{
    (void)state;
    assert_int_equal(gh_isolation_find(GH_STR("Disabled")), OFF);
    assert_int_equal(gh_isolation_find(GH_STR("AllowInternetOutbound")), INTERNET);
    assert_int_equal(gh_isolation_find(GH_STR("AllowOnlyApprovedOutbound")), APPROVED);
    assert_int_equal(gh_isolation_find(GH_STR("disabled")), GH_ISOLATION_COUNT);
    assert_non_null(gh_outbound_text(99));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row), cmocka_unit_test(patterns), cmocka_unit_test(ports), cmocka_unit_test(words)};

    return cmocka_run_group_tests_name("outbound", tests, NULL, NULL);
}
