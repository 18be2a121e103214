/* SPDX-License-Identifier: Apache-2.0 */
#include "sweeps.h"

#include "policy/egress.h"
#include "policy/network.h"
#include "policy/ranges.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define COMBINED     GH_LISTENER_KIND_COMBINED
#define PUBLIC       GH_LISTENER_KIND_PUBLIC
#define PRIVATE      GH_LISTENER_KIND_PRIVATE
#define ADMIN        GH_LISTENER_KIND_ADMINISTRATION

static const uint8_t pin[GH_SHA256_BYTES] = {1, 2, 3}, other_pin[GH_SHA256_BYTES] = {1, 2, 4};

/* An endpoint and who comes. Connections: 'c' certificate, 'u' unix socket on "sock", 'n' networks 10.0.0.0/8, 'N' the same on "inner" alone. */
static const struct {
    const char *name;
    bool is_public;
    const char *listener, *range, *connections; /* "" none */
    uint64_t kind;
    const char *at, *ip; /* listener, peer; NULL: none */
    const uint8_t *certificate;
    const char *rule; /* NULL: refused */
} table[] = {
    {"nothing was said", false, "", "", "", COMBINED, "main", "192.0.2.1", NULL, NULL},
    {"enabled", true, "", "", "", COMBINED, "main", "192.0.2.1", NULL, "publicNetworkAccess"},
    {"enabled, public listener", true, "", "", "", PUBLIC, "pub", "192.0.2.1", NULL, "publicNetworkAccess"},
    {"enabled, private listener that is not named", true, "", "", "", PRIVATE, "inner", "192.0.2.1", NULL, NULL},
    {"enabled, administration", true, "", "", "", ADMIN, "adm", "192.0.2.1", NULL, NULL},
    {"enabled, administration that is named", true, "adm", "", "n", ADMIN, "adm", "10.0.0.1", NULL, NULL},
    {"enabled, a listener of no kind", true, "", "", "", 0, "main", "192.0.2.1", NULL, NULL},
    {"enabled, a listener of an unknown kind", true, "", "", "", 99, "main", "192.0.2.1", NULL, NULL},
    {"enabled on a named listener", true, "pub", "", "", PUBLIC, "pub", "192.0.2.1", NULL, "publicNetworkAccess"},
    {"enabled on another listener", true, "pub", "", "", COMBINED, "main", "192.0.2.1", NULL, NULL},
    {"disabled on a named public listener", false, "pub", "", "", PUBLIC, "pub", "192.0.2.1", NULL, NULL},
    {"disabled on a named private listener", false, "inner", "", "", PRIVATE, "inner", "192.0.2.1", NULL, "listeners"},
    {"named private listener, address in the list", false, "inner", "192.0.2.0/24", "", PRIVATE, "inner", "192.0.2.1", NULL,
        "ipRules"},
    {"named private listener, address not in the list", false, "inner", "192.0.2.0/24", "", PRIVATE, "inner", "198.51.100.1", NULL,
        NULL},
    {"address in the list", true, "", "192.0.2.0/24", "", COMBINED, "main", "192.0.2.1", NULL, "ipRules"},
    {"address in the list, mapped", true, "", "192.0.2.0/24", "", COMBINED, "main", "::ffff:192.0.2.1", NULL, "ipRules"},
    {"address not in the list", true, "", "192.0.2.0/24", "", COMBINED, "main", "192.0.3.1", NULL, NULL},
    {"a list does not enable", false, "", "192.0.2.0/24", "", COMBINED, "main", "192.0.2.1", NULL, NULL},
    {"a list and an unknown address", true, "", "0.0.0.0/0", "", COMBINED, "main", NULL, NULL, NULL},
    {"no list and an unknown address", true, "", "", "", COMBINED, "main", NULL, NULL, "publicNetworkAccess"},
    {"pinned certificate", false, "", "", "c", PRIVATE, "inner", "192.0.2.1", pin, "/c"},
    {"pinned certificate on a public listener", false, "", "192.0.9.0/24", "c", PUBLIC, "pub", "192.0.2.1", pin, "/c"},
    {"another certificate", false, "", "", "c", PRIVATE, "inner", "192.0.2.1", other_pin, NULL},
    {"no certificate", false, "", "", "c", PRIVATE, "inner", "192.0.2.1", NULL, NULL},
    {"unix socket", false, "", "", "u", PRIVATE, "sock", NULL, NULL, "/u"},
    {"another unix socket", false, "", "", "u", PRIVATE, "sock2", NULL, NULL, NULL},
    {"listed network", false, "", "", "n", PRIVATE, "inner", "10.1.1.1", NULL, "/n"},
    {"listed network, other peer", false, "", "", "n", PRIVATE, "inner", "11.1.1.1", NULL, NULL},
    {"listed network, unknown address", false, "", "", "n", PRIVATE, "inner", NULL, NULL, NULL},
    {"listed network on its listener", false, "", "", "N", PRIVATE, "inner", "10.1.1.1", NULL, "/N"},
    {"listed network on another listener", false, "", "", "N", PUBLIC, "pub", "10.1.1.1", NULL, NULL},
    {"the second of two connections", false, "", "", "cn", PRIVATE, "inner", "10.1.1.1", other_pin, "/n"},
};

static struct gh_str
pack(struct gh_arena *a, const char *text)
{
    const struct gh_str s = gh_str_z(text);
    struct gh_str packed;

    assert_int_equal(gh_ranges_read(&packed, a, &s, s.n > 0, NULL), GH_OK);
    return packed;
}

static void
connection(struct gh_snap_value v[GH_CONNECTION_N], struct gh_arena *a, char kind)
{
    static const char *const ids[] = {['c'] = "/c", ['u'] = "/u", ['n'] = "/n", ['N'] = "/N"};

    v[GH_CONNECTION_ID].str = gh_str_z(ids[(unsigned char)kind]);
    v[GH_CONNECTION_KIND].u64 = kind == 'c'   ? GH_CONNECTION_CERTIFICATE
                                : kind == 'u' ? GH_CONNECTION_UNIX_SOCKET
                                              : GH_CONNECTION_NETWORK;
    v[GH_CONNECTION_LISTENER].str = kind == 'u' ? GH_STR("sock") : kind == 'N' ? GH_STR("inner") : GH_STR("");
    v[GH_CONNECTION_PIN].str = kind == 'c' ? gh_str(pin, sizeof(pin)) : GH_STR("");
    v[GH_CONNECTION_RANGES].str = kind == 'n' || kind == 'N' ? pack(a, "10.0.0.0/8") : GH_STR("");
}

static struct gh_snap_rec
endpoint(struct gh_snap *snap, struct gh_arena *a, size_t i)
{
    const struct gh_snap_meta meta = {.generation = 1, .base_generation = 1, .made_ms = 1};
    const struct gh_str listener = gh_str_z(table[i].listener);
    size_t n = strlen(table[i].connections);
    struct gh_snap_value c[4 * GH_CONNECTION_N] = {0};
    struct gh_snap_value v[GH_ENDPOINT_N] = {[GH_ENDPOINT_ENABLED].u64 = 1,
        [GH_ENDPOINT_IS_PUBLIC].u64 = table[i].is_public,
        [GH_ENDPOINT_LISTENERS] = {.list = &listener, .n = listener.n > 0},
        [GH_ENDPOINT_IP_RANGES].str = pack(a, table[i].range),
        [GH_ENDPOINT_CONNECTIONS] = {.recs = c, .n = n}};
    struct gh_snap_writer *w;
    struct gh_snap_file *file;
    struct gh_snap_rec rec;
    struct gh_str bytes;

    for (size_t k = 0; k < n; k++)
        connection(c + k * GH_CONNECTION_N, a, table[i].connections[k]);
    assert_int_equal(gh_snap_writer_new(&w, a, &meta), GH_OK);
    assert_int_equal(gh_snap_put(w, GH_SNAP_ENDPOINT, GH_STR("ws\0ep"), v), GH_OK);
    assert_int_equal(gh_snap_finish(&bytes, w), GH_OK);
    assert_int_equal(gh_snap_verify(&file, a, bytes, NULL, NULL), GH_OK);
    *snap = (struct gh_snap){file, NULL};
    assert_true(gh_snap_find(&rec, snap, GH_SNAP_ENDPOINT, GH_STR("ws\0ep")));
    return rec;
}

static void
every_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct gh_arena a = gh_test_arena();
        struct gh_snap snap;
        struct gh_snap_rec rec = endpoint(&snap, &a, i);
        struct gh_net_way way = {.listener = gh_str_z(table[i].at),
            .kind = table[i].kind,
            .is_unix = strncmp(table[i].at, "sock", 4) == 0,
            .has_ip = table[i].ip != NULL,
            .certificate = table[i].certificate};
        struct gh_net_decision d;
        if (table[i].ip != NULL)
            assert_int_equal(gh_ip_read(way.ip, gh_str_z(table[i].ip)), GH_OK);
        gh_net_decide(&d, &rec, &way);
        if ((d.verdict == GH_ALLOW) != (table[i].rule != NULL) || d.reason == NULL)
            fail_msg("%s: verdict %d (%s)", table[i].name, (int)d.verdict, d.reason);
        if (table[i].rule != NULL && !gh_str_eq(d.rule, gh_str_z(table[i].rule)))
            fail_msg("%s: rule %.*s", table[i].name, (int)d.rule.n, d.rule.p);
        assert_int_equal(gh_net_wants_certificate(&rec), strchr(table[i].connections, 'c') != NULL);
        gh_arena_fini(&a);
    }
}

static void
kinds(void **state)
{
    static const struct {
        const char *name;
        uint64_t kind;
        bool management, endpoints;
    } rows[] = {{"combined", COMBINED, true, true}, {"public", PUBLIC, false, true}, {"private", PRIVATE, false, true},
        {"administration", ADMIN, true, false}, {"", 0, false, false}, {"Public", 0, false, false}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(gh_listener_kind_find(gh_str_z(rows[i].name)), rows[i].kind);
        assert_int_equal(gh_listener_serves_management(rows[i].kind), rows[i].management);
        assert_int_equal(gh_listener_serves_endpoints(rows[i].kind), rows[i].endpoints);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_row), cmocka_unit_test(kinds)};

    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
