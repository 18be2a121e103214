/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/egress.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct gh_addr
addr(const char *text)
{
    struct gh_addr a;

    if (gh_addr_read(&a, gh_str_z(text)) != GH_OK)
        fail_msg("%s: cannot be read", text);
    return a;
}

/* `why` NULL: may be dialled. */
static void
expect(const struct gh_egress_env *env, const char *name, const char *address, const char *why)
{
    struct gh_addr a = addr(address);
    const char *got = gh_egress_refuses(env, &a), *want = why == NULL ? "may be dialled" : why;

    if (got == NULL)
        got = "may be dialled";
    if (strcmp(got, want) != 0)
        fail_msg("%s: %s: got \"%s\", want \"%s\"", name, address, got, want);
}

/* Without loopback, without a demo. NULL: may be dialled. */
static const struct {
    const char *name, *address, *why;
} table[] = {
    {"public", "93.184.216.34:443", NULL},
    {"private 10", "10.0.0.1:8000", NULL},
    {"private 172.16", "172.16.0.1:8000", NULL},
    {"private 192.168", "192.168.1.1:8000", NULL},
    {"shared 100.64", "100.64.0.1:8000", NULL},
    {"the last before loopback", "126.255.255.255:80", NULL},
    {"the first behind loopback", "128.0.0.0:80", NULL},
    {"the last before link-local", "169.253.255.255:80", NULL},
    {"the first behind link-local", "169.255.0.0:80", NULL},
    {"the last before multicast", "223.255.255.255:80", NULL},
    {"beside Azure's host service", "168.63.129.17:80", NULL},
    {"public v6", "[2606:2800:220:1::1]:443", NULL},
    {"unique local v6", "[fd00::1]:443", NULL},
    {"beside Amazon's metadata v6", "[fd00:ec2::253]:80", NULL},
    {"the first behind link-local v6", "[fec0::1]:80", NULL},
    {"NAT64 of a public one", "[64:ff9b::5db8:d822]:443", NULL},
    {"6to4 of a public one", "[2002:5db8:d822::1]:443", NULL},
    {"mapped public", "[::ffff:93.184.216.34]:443", NULL},
    {"port 65535", "10.0.0.1:65535", NULL},

    {"no port", "10.0.0.1:0", "no port"},
    {"unspecified", "0.0.0.0:80", "unspecified address"},
    {"this network", "0.1.2.3:80", "unspecified address"},
    {"unspecified v6", "[::]:80", "unspecified address"},
    {"loopback", "127.0.0.1:80", "loopback address"},
    {"loopback, other", "127.255.255.254:80", "loopback address"},
    {"loopback v6", "[::1]:80", "loopback address"},
    {"loopback mapped", "[::ffff:127.0.0.1]:80", "loopback address"},
    {"loopback mapped in hex", "[::ffff:7f00:1]:80", "loopback address"},
    {"metadata", "169.254.169.254:80", "metadata address"},
    {"metadata, another port", "169.254.169.254:443", "metadata address"},
    {"metadata mapped", "[::ffff:169.254.169.254]:80", "metadata address"},
    {"metadata by NAT64", "[64:ff9b::a9fe:a9fe]:80", "metadata address"},
    {"metadata by 6to4", "[2002:a9fe:a9fe::]:80", "metadata address"},
    {"metadata, compatible form", "[::169.254.169.254]:80", "metadata address"},
    {"metadata, translated form", "[::ffff:0:169.254.169.254]:80", "metadata address"},
    {"metadata of Amazon, v6", "[fd00:ec2::254]:80", "metadata address"},
    {"metadata of Google, v6", "[fd20:ce::254]:80", "metadata address"},
    {"metadata of Azure", "168.63.129.16:80", "metadata address"},
    {"metadata of Alibaba", "100.100.100.200:80", "metadata address"},
    {"metadata of Oracle", "192.0.0.192:80", "metadata address"},
    {"link-local", "169.254.0.1:80", "link-local address"},
    {"container credentials", "169.254.170.2:80", "link-local address"},
    {"link-local v6", "[fe80::1]:80", "link-local address"},
    {"link-local v6, end", "[febf:ffff::1]:80", "link-local address"},
    {"link-local by NAT64", "[64:ff9b::a9fe:1]:80", "link-local address"},
    {"multicast", "224.0.0.1:80", "multicast address"},
    {"multicast, end", "239.255.255.255:80", "multicast address"},
    {"multicast v6", "[ff02::1]:80", "multicast address"},
    {"multicast by 6to4", "[2002:e000:1::]:80", "multicast address"},
    {"broadcast", "255.255.255.255:80", "broadcast address"},
    {"broadcast mapped", "[::ffff:255.255.255.255]:80", "broadcast address"},
    {"reserved", "240.0.0.1:80", "reserved address"},
    {"unspecified by NAT64", "[64:ff9b::]:80", "unspecified address"},
    {"loopback by NAT64", "[64:ff9b::7f00:1]:80", "loopback address"},
    {"loopback by 6to4", "[2002:7f00:1::]:80", "loopback address"},
    {"loopback, compatible form", "[::127.0.0.1]:80", "loopback address"},
    {"local NAT64", "[64:ff9b:1::a9fe:a9fe]:80", "translated address"},
    {"Teredo", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]:80", "tunnelled address"},
};

static void
every_row(void **state)
{
    static const struct gh_egress_env env = {.loopback_allowed = false};

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        expect(&env, table[i].name, table[i].address, table[i].why);
}

/* Opening loopback opens loopback alone. */
static void
loopback_allowed(void **state)
{
    static const struct gh_egress_env env = {.loopback_allowed = true};

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        bool is_plain = strncmp(table[i].address, "127.", 4) == 0 || strncmp(table[i].address, "[::1]", 5) == 0 ||
                        strncmp(table[i].address, "[::ffff:127.", 12) == 0 || strncmp(table[i].address, "[::ffff:7f00", 12) == 0;

        expect(&env, table[i].name, table[i].address, is_plain ? NULL : table[i].why);
    }
}

static void
demo_port_opens_itself_alone(void **state)
{
    static const struct gh_egress_env env = {.demo_port = 4242};

    (void)state;
    expect(&env, "demo", "127.0.0.1:4242", NULL);
    expect(&env, "demo v6", "[::1]:4242", NULL);
    expect(&env, "another port", "127.0.0.1:4243", "loopback address");
    expect(&env, "demo by NAT64", "[64:ff9b::7f00:1]:4242", "loopback address");
    expect(&env, "metadata at the demo port", "169.254.169.254:4242", "metadata address");
    expect(&env, "no port is no demo", "127.0.0.1:0", "no port");
}

static void
own_listeners(void **state)
{
    const struct gh_addr one[] = {addr("192.168.1.5:8443"), addr("127.0.0.1:9443"), addr("[fd00::5]:8443")};
    const struct gh_addr all4[] = {addr("0.0.0.0:8443")}, all6[] = {addr("[::]:8443")};
    const struct gh_egress_env env = {.loopback_allowed = true, .own = one, .n_own = COUNT(one)};
    const struct gh_egress_env env4 = {.loopback_allowed = true, .own = all4, .n_own = 1}, env6 = {.own = all6, .n_own = 1};

    (void)state;
    expect(&env, "own", "192.168.1.5:8443", "own listener");
    expect(&env, "own mapped", "[::ffff:192.168.1.5]:8443", "own listener");
    expect(&env, "own by NAT64", "[64:ff9b::c0a8:105]:8443", "own listener");
    expect(&env, "own by 6to4", "[2002:c0a8:105::]:8443", "own listener");
    expect(&env, "own on loopback, though loopback is open", "127.0.0.1:9443", "own listener");
    expect(&env, "own v6", "[fd00::5]:8443", "own listener");
    expect(&env, "another port", "192.168.1.5:8444", NULL);
    expect(&env, "another host", "192.168.1.6:8443", NULL);
    expect(&env, "loopback, another port", "127.0.0.1:8443", NULL);
    expect(&env4, "bound to all", "192.168.1.5:8443", "own listener");
    expect(&env4, "bound to all, loopback", "127.0.0.1:8443", "own listener");
    expect(&env4, "bound to all, another port", "192.168.1.5:443", NULL);
    expect(&env6, "bound to all v6", "192.168.1.5:8443", "own listener");
}

static void
demo_port_is_no_way_to_an_own_listener(void **state)
{
    const struct gh_addr own[] = {addr("127.0.0.1:4242")};
    const struct gh_egress_env env = {.demo_port = 4242, .own = own, .n_own = 1};

    (void)state;
    expect(&env, "both", "127.0.0.1:4242", "own listener");
}

static void
addresses_are_read_strictly(void **state)
{
    static const struct gh_str bad[] = {GH_STR_INIT(""), GH_STR_INIT(":80"), GH_STR_INIT("1.2.3.4"), GH_STR_INIT("1.2.3.4:"),
        GH_STR_INIT("1.2.3.4:65536"), GH_STR_INIT("1.2.3.4:-1"), GH_STR_INIT("1.2.3.4:080"), GH_STR_INIT("1.2.3.4: 80"),
        GH_STR_INIT("1.2.3:80"), GH_STR_INIT("1.2.3.4.5:80"), GH_STR_INIT("01.2.3.4:80"), GH_STR_INIT("256.1.1.1:80"),
        GH_STR_INIT("0x7f.0.0.1:80"), GH_STR_INIT("2130706433:80"), GH_STR_INIT("localhost:80"), GH_STR_INIT(" 1.2.3.4:80"),
        GH_STR_INIT("1.2.3.4:80 "), GH_STR_INIT("1.2.3.4\0:80"), GH_STR_INIT("::1:80"), GH_STR_INIT("[::1]"),
        GH_STR_INIT("[::1]80"), GH_STR_INIT("[]:80"), GH_STR_INIT("[::1:80"), GH_STR_INIT("[1.2.3.4]:80"),
        GH_STR_INIT("[fe80::1%eth0]:80"), GH_STR_INIT("[::1]]:80"), GH_STR_INIT("[1:2:3:4:5:6:7:8:9]:80"), GH_STR_INIT("[:::1]:80"),
        GH_STR_INIT("[0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:80")};
    struct gh_addr a;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (gh_addr_read(&a, bad[i]) == GH_OK)
            fail_msg("\"%.*s\" is read", (int)bad[i].n, bad[i].p);
    assert_int_equal(gh_addr_read(&a, GH_STR("1.2.3.4:80")), GH_OK);
    assert_memory_equal(a.ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4", 16);
    assert_int_equal(a.port, 80);
    assert_int_equal(gh_addr_read(&a, GH_STR("[::1]:65535")), GH_OK);
    assert_memory_equal(a.ip, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    assert_int_equal(a.port, 65535);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(loopback_allowed),
        cmocka_unit_test(demo_port_opens_itself_alone),
        cmocka_unit_test(own_listeners),
        cmocka_unit_test(demo_port_is_no_way_to_an_own_listener),
        cmocka_unit_test(addresses_are_read_strictly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
