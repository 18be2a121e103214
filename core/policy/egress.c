/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every address is brought to 16 bytes, compared with one table of prefixes, and then once more as the IPv4 address that a
 * translator on the way would make of it: the caller who cannot dial 169.254.169.254 must not reach it by another spelling.
 */
#include "policy/egress.h"

#include <arpa/inet.h>

enum { V4_AT = 12, V4_BYTES = 4, IP_BYTES = 16, V4_BITS = 96 };

struct prefix {
    uint8_t ip[IP_BYTES];
    unsigned bits;
    const char *why;
};

#define V4(a, b, c, d)                                                                                                             \
    {                                                                                                                              \
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d                                                                       \
    }

/* Never dialled, whatever the installation was told. IPv4 in its mapped form. */
// clang-format off
static const struct prefix never[] = {
    {V4(0, 0, 0, 0),         V4_BITS + 8,  "unspecified address"},              /* RFC 1122 3.2.1.3: this host, this network */
    {V4(169, 254, 169, 254), V4_BITS + 32, "metadata address"},
    {V4(169, 254, 0, 0),     V4_BITS + 16, "link-local address"},               /* RFC 3927 */
    {V4(168, 63, 129, 16),   V4_BITS + 32, "metadata address"},                 /* Azure's host service */
    {V4(100, 100, 100, 200), V4_BITS + 32, "metadata address"},                 /* Alibaba */
    {V4(192, 0, 0, 192),     V4_BITS + 32, "metadata address"},                 /* Oracle */
    {V4(224, 0, 0, 0),       V4_BITS + 4,  "multicast address"},
    {V4(255, 255, 255, 255), V4_BITS + 32, "broadcast address"},
    {V4(240, 0, 0, 0),       V4_BITS + 4,  "reserved address"},                 /* RFC 1112 section 4 */
    {{0},                    128,          "unspecified address"},
    {{0xff},                 8,            "multicast address"},
    {{0xfe, 0x80},           10,           "link-local address"},
    {{0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54}, 128, "metadata address"},     /* Amazon: fd00:ec2::254 */
    {{0xfd, 0x20, 0x00, 0xce, [14] = 0x02, 0x54}, 128, "metadata address"},     /* Google: fd20:ce::254 */
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, "translated address"},           /* RFC 8215: where IPv4 stands in it is local */
    {{0x20, 0x01, 0x00, 0x00}, 32,         "tunnelled address"},                /* Teredo, RFC 4380: the peer's choice */
};

static const struct prefix loopback[] = {
    {V4(127, 0, 0, 0), V4_BITS + 8, "loopback address"},
    {{[15] = 1},       128,         "loopback address"},
};

/* Not reached over the Internet; IANA's special-purpose registries. */
static const struct prefix private[] = {
    {V4(10, 0, 0, 0),     V4_BITS + 8,  "private address"},                     /* RFC 1918 */
    {V4(172, 16, 0, 0),   V4_BITS + 12, "private address"},
    {V4(192, 168, 0, 0),  V4_BITS + 16, "private address"},
    {V4(100, 64, 0, 0),   V4_BITS + 10, "shared address"},                      /* RFC 6598 */
    {V4(192, 0, 0, 0),    V4_BITS + 24, "protocol assignments"},                /* RFC 6890 */
    {V4(198, 18, 0, 0),   V4_BITS + 15, "benchmarks"},                          /* RFC 2544 */
    {{0xfc},              7,            "unique local address"},                /* RFC 4193 */
    {{0xfe, 0xc0},        10,           "site-local address"},                  /* RFC 3879 */
};

/* Prefixes whose addresses hold an IPv4 address at byte `at`. */
static const struct {
    struct prefix prefix;
    unsigned at;
} translated[] = {
    {{{0x00, 0x64, 0xff, 0x9b}, 96, NULL}, V4_AT},        /* NAT64, RFC 6052                 */
    {{{0x20, 0x02}, 16, NULL}, 2},                        /* 6to4, RFC 3056                  */
    {{{[8] = 0xff, 0xff}, 96, NULL}, V4_AT},              /* ::ffff:0:a.b.c.d, RFC 2765      */
    {{{0}, 96, NULL}, V4_AT},                             /* ::a.b.c.d, RFC 4291 2.5.5.1     */
};
// clang-format on

static bool
in_prefix(const uint8_t *ip, const struct prefix *p)
{
    unsigned whole = p->bits / 8, rest = p->bits % 8;

    if (memcmp(ip, p->ip, whole) != 0)
        return false;
    return rest == 0 || (ip[whole] ^ p->ip[whole]) >> (8 - rest) == 0;
}

static const char *
match(const uint8_t *ip, const struct prefix *table, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (in_prefix(ip, &table[i]))
            return table[i].why;
    return NULL;
}

#define MATCH(ip, table) match(ip, table, sizeof(table) / sizeof((table)[0]))

static bool
is_unspecified(const uint8_t *ip)
{
    static const uint8_t any4[IP_BYTES] = V4(0, 0, 0, 0), any6[IP_BYTES] = {0};

    return memcmp(ip, any4, IP_BYTES) == 0 || memcmp(ip, any6, IP_BYTES) == 0;
}

static bool
is_own(const struct gh_egress_env *env, const uint8_t *ip, uint16_t port)
{
    for (size_t i = 0; i < env->n_own; i++) {
        const struct gh_addr *own = &env->own[i];

        if (own->port == port && (is_unspecified(own->ip) || memcmp(own->ip, ip, IP_BYTES) == 0))
            return true;
    }
    return false;
}

static const char *
refuses(const struct gh_egress_env *env, const uint8_t *ip, uint16_t port, bool is_loopback_open)
{
    const char *why = MATCH(ip, never);

    if (why != NULL)
        return why;
    if (is_own(env, ip, port))
        return "own listener";
    return is_loopback_open ? NULL : MATCH(ip, loopback);
}

const char *
gh_egress_refuses(const struct gh_egress_env *env, const struct gh_addr *addr)
{
    bool is_loopback_open = env->loopback_allowed || (env->demo_port != 0 && env->demo_port == addr->port);
    const char *why;

    if (addr->port == 0)
        return "no port";
    if ((why = refuses(env, addr->ip, addr->port, is_loopback_open)) != NULL || MATCH(addr->ip, loopback) != NULL)
        return why;
    for (size_t i = 0; i < sizeof(translated) / sizeof(translated[0]); i++) {
        uint8_t ip[IP_BYTES] = V4(0, 0, 0, 0);

        if (!in_prefix(addr->ip, &translated[i].prefix))
            continue;
        memcpy(ip + V4_AT, addr->ip + translated[i].at, V4_BYTES);
        /* Loopback at the far end of a translator is nobody's demo. */
        if ((why = refuses(env, ip, addr->port, false)) != NULL)
            return why;
    }
    return NULL;
}

bool
gh_ip_untranslate(uint8_t out[IP_BYTES], const uint8_t ip[IP_BYTES])
{
    static const uint8_t mapped[IP_BYTES] = V4(0, 0, 0, 0);

    for (size_t i = 0; i < sizeof(translated) / sizeof(translated[0]); i++) {
        if (!in_prefix(ip, &translated[i].prefix))
            continue;
        memcpy(out, mapped, V4_AT);
        memcpy(out + V4_AT, ip + translated[i].at, V4_BYTES);
        return true;
    }
    return false;
}

static bool
is_private(const uint8_t *ip)
{
    return MATCH(ip, private) != NULL || MATCH(ip, loopback) != NULL || MATCH(ip, never) != NULL;
}

bool
gh_ip_is_private(const uint8_t ip[IP_BYTES])
{
    uint8_t v4[IP_BYTES];

    return is_private(ip) || (gh_ip_untranslate(v4, ip) && is_private(v4));
}

enum gh_rc
gh_ip_read(uint8_t out[IP_BYTES], struct gh_str s)
{
    static const uint8_t mapped[IP_BYTES] = V4(0, 0, 0, 0);
    char text[INET6_ADDRSTRLEN];
    bool is_v6 = gh_str_chr(s, ':') != SIZE_MAX;

    if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, 0, s.n) != NULL)
        return GH_BAD;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (is_v6)
        return inet_pton(AF_INET6, text, out) == 1 ? GH_OK : GH_BAD;
    memcpy(out, mapped, IP_BYTES);
    return inet_pton(AF_INET, text, out + V4_AT) == 1 ? GH_OK : GH_BAD;
}

enum gh_rc
gh_addr_read(struct gh_addr *out, struct gh_str s)
{
    bool is_v6 = s.n > 0 && s.p[0] == '[';
    size_t colon = is_v6 ? gh_str_find(s, GH_STR("]:")) : gh_str_chr(s, ':');
    struct gh_str host, port;
    struct gh_addr addr;
    uint64_t number;

    if (colon == SIZE_MAX)
        return GH_BAD;
    host = is_v6 ? gh_str_sub(s, 1, colon - 1) : gh_str_sub(s, 0, colon);
    port = gh_str_sub(s, colon + (is_v6 ? 2 : 1), s.n);
    if (is_v6 != (gh_str_chr(host, ':') != SIZE_MAX) || gh_str_u64(&number, port, UINT16_MAX) != GH_OK ||
        gh_ip_read(addr.ip, host) != GH_OK)
        return GH_BAD;
    addr.port = (uint16_t)number;
    *out = addr;
    return GH_OK;
}
