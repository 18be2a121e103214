/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/forwarded.h"

#include "base/limits.h"
#include "policy/egress.h"
#include "policy/ranges.h"

#define IP_BYTES 16

enum gh_proxy_mode
gh_proxy_mode_find(struct gh_str name)
{
    static const struct gh_str names[GH_PROXY_COUNT] = {[GH_PROXY_NONE] = GH_STR_INIT("none"),
        [GH_PROXY_PROTOCOL] = GH_STR_INIT("proxyProtocol"),
        [GH_PROXY_X_FORWARDED_FOR] = GH_STR_INIT("xForwardedFor"),
        [GH_PROXY_FORWARDED] = GH_STR_INIT("forwarded")};
    unsigned i = 0;

    while (i < GH_PROXY_COUNT && !gh_str_eq(names[i], name))
        i++;
    return (enum gh_proxy_mode)i;
}

static struct gh_str
trim(struct gh_str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = gh_str_sub(s, 1, s.n);
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* What stands behind the last comma; false: nothing is left. */
static bool
cut_last(struct gh_str *element, struct gh_str *rest)
{
    size_t at = rest->n;

    if (rest->p == NULL)
        return false;
    while (at > 0 && rest->p[at - 1] != ',')
        at--;
    *element = trim(gh_str_sub(*rest, at, rest->n));
    *rest = at == 0 ? (struct gh_str){NULL, 0} : gh_str_sub(*rest, 0, at - 1);
    return true;
}

/* "1.2.3.4", "1.2.3.4:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80" */
static enum gh_rc
read_node(uint8_t ip[IP_BYTES], struct gh_str s)
{
    struct gh_str host = s, port = GH_STR("0");
    size_t colon = gh_str_chr(s, ':');
    uint64_t number;

    if (s.n > 0 && s.p[0] == '[') {
        size_t end = gh_str_chr(s, ']');
        if (end == SIZE_MAX || (end + 1 < s.n && s.p[end + 1] != ':'))
            return GH_BAD;
        host = gh_str_sub(s, 1, end - 1);
        if (gh_str_chr(host, ':') == SIZE_MAX)
            return GH_BAD;
        if (end + 1 < s.n)
            port = gh_str_sub(s, end + 2, s.n);
    } else if (colon != SIZE_MAX && gh_str_chr(gh_str_sub(s, colon + 1, s.n), ':') == SIZE_MAX) {
        host = gh_str_sub(s, 0, colon); /* one colon: IPv4 and a port */
        port = gh_str_sub(s, colon + 1, s.n);
    }
    if (gh_str_u64(&number, port, UINT16_MAX) != GH_OK)
        return GH_BAD;
    return gh_ip_read(ip, host);
}

/* The `for` of one forwarded-element. Neither comma nor semicolon, quote nor backslash has a place inside an address. */
static enum gh_rc
read_for(uint8_t ip[IP_BYTES], struct gh_str element)
{
    struct gh_str pair, name, value = {NULL, 0};

    while (gh_str_cut(&pair, &element, ';')) {
        pair = trim(pair);
        if (!gh_str_cut(&name, &pair, '=') || !gh_str_eq_ci(name, GH_STR("for")))
            continue;
        if (value.p != NULL || pair.p == NULL)
            return GH_BAD;
        value = pair;
    }
    if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
        value = gh_str_sub(value, 1, value.n - 2);
    return value.p == NULL ? GH_BAD : read_node(ip, value);
}

enum gh_rc
gh_forwarded_client(uint8_t ip[16], enum gh_proxy_mode mode, struct gh_str header, const uint8_t peer[16], struct gh_str trusted)
{
    struct gh_str element, rest = header.n == 0 ? (struct gh_str){NULL, 0} : header;
    uint8_t next[IP_BYTES];

    memcpy(ip, peer, IP_BYTES);
    if (mode != GH_PROXY_X_FORWARDED_FOR && mode != GH_PROXY_FORWARDED)
        return GH_OK;
    for (unsigned n = 0; gh_ranges_have(trusted, ip); n++) {
        if (!cut_last(&element, &rest))
            return GH_OK;
        if (n == GH_PROXIES_PASSED_MAX)
            return GH_LIMIT;
        if ((mode == GH_PROXY_FORWARDED ? read_for : read_node)(next, element) != GH_OK)
            return GH_BAD;
        memcpy(ip, next, IP_BYTES);
    }
    return GH_OK;
}
