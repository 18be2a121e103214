/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/outbound.h"

#include "policy/ranges.h"

#define HOST_MAX  253 /* RFC 1035 section 2.3.4, without the last dot */
#define LABEL_MAX 63

enum gh_isolation
gh_isolation_find(struct gh_str name)
{
    static const struct gh_str names[GH_ISOLATION_COUNT] = {[GH_ISOLATION_DISABLED] = GH_STR_INIT("Disabled"),
        [GH_ISOLATION_INTERNET] = GH_STR_INIT("AllowInternetOutbound"),
        [GH_ISOLATION_APPROVED] = GH_STR_INIT("AllowOnlyApprovedOutbound")};
    unsigned i = 0;

    while (i < GH_ISOLATION_COUNT && !gh_str_eq(names[i], name))
        i++;
    return (enum gh_isolation)i;
}

const char *
gh_outbound_text(uint64_t why)
{
    static const char *const texts[] = {
#define WHY_TEXT(name, text) [GH_OUTBOUND_##name] = text,
        GH_OUTBOUND_WHY_LIST(WHY_TEXT)
#undef WHY_TEXT
    };

    return why < GH_OUTBOUND_WHY_COUNT ? texts[why] : texts[GH_OUTBOUND_NO_ADDRESS];
}

/* ---- names ---- */

static bool
is_label(struct gh_str s)
{
    if (s.n == 0 || s.n > LABEL_MAX || s.p[0] == '-' || s.p[s.n - 1] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-')
            return false;
    return true;
}

bool
gh_host_pattern_is_valid(struct gh_str pattern)
{
    struct gh_str label, rest = pattern;
    uint8_t ip[16];
    size_t n = 0;

    if (pattern.n == 0 || pattern.n > HOST_MAX || gh_ip_read(ip, pattern) == GH_OK)
        return false;
    for (; gh_str_cut(&label, &rest, '.'); n++)
        if (!is_label(label) && !(n == 0 && gh_str_eq(label, GH_STR("*"))))
            return false;
    return n > 1 || pattern.p[0] != '*'; /* every name there is: no rule says that */
}

bool
gh_host_matches(struct gh_str pattern, struct gh_str host)
{
    uint8_t ip[16];

    if (host.n > 0 && host.p[host.n - 1] == '.')
        host.n--;
    if (host.n == 0 || gh_ip_read(ip, host) == GH_OK)
        return false;
    if (pattern.n == 0 || pattern.p[0] != '*')
        return gh_str_eq_ci(pattern, host);
    struct gh_str suffix = gh_str_sub(pattern, 1, pattern.n);
    return host.n > suffix.n && gh_str_eq_ci(gh_str_sub(host, host.n - suffix.n, suffix.n), suffix);
}

/* ---- ports ---- */

static bool
read_port(uint16_t *out, struct gh_str s)
{
    uint64_t v;

    if (gh_str_u64(&v, s, UINT16_MAX) != GH_OK || v == 0)
        return false;
    *out = (uint16_t)v;
    return true;
}

bool
gh_ports_read(struct gh_port_range *out, size_t *n, size_t max, struct gh_str text)
{
    struct gh_str part, first;

    *n = 0;
    while (gh_str_cut(&part, &text, ',')) {
        if (*n == max || !gh_str_cut(&first, &part, '-') || !read_port(&out[*n].first, first))
            return false;
        out[*n].last = out[*n].first;
        if (part.p != NULL && (!read_port(&out[*n].last, part) || out[*n].last < out[*n].first))
            return false;
        (*n)++;
    }
    return *n > 0;
}

static bool
has_port(const struct gh_outbound_rule *r, uint16_t port)
{
    for (size_t i = 0; i < r->n_ports; i++)
        if (port >= r->ports[i].first && port <= r->ports[i].last)
            return true;
    return false;
}

/* ---- rules ---- */

static bool
has_name(const struct gh_outbound_rule *r, struct gh_str host)
{
    for (size_t i = 0; i < r->n_names; i++)
        if (gh_host_matches(r->names[i], host))
            return true;
    return false;
}

static bool
allows(const struct gh_outbound_rule *r, struct gh_str host, const struct gh_addr *addr)
{
    if (r->is_deny || !has_port(r, addr->port))
        return false;
    switch (r->type) {
    case GH_OUTBOUND_FQDN: /* a name that its owner points into our networks reaches nothing there */
        return has_name(r, host) && !gh_ip_is_private(addr->ip);
    case GH_OUTBOUND_SERVICE_TAG:
        return gh_ranges_have(r->ranges, addr->ip);
    case GH_OUTBOUND_PRIVATE_ENDPOINT:
        return has_name(r, host) && gh_ranges_have(r->ranges, addr->ip);
    case GH_OUTBOUND_NONE:
        break;
    }
    return false;
}

/* Also where a translator on the way would make it the address that is denied. */
static bool
denies(const struct gh_outbound_rule *r, const struct gh_addr *addr)
{
    uint8_t ip[16];

    if (!r->is_deny || !has_port(r, addr->port))
        return false;
    return gh_ranges_have(r->ranges, addr->ip) || (gh_ip_untranslate(ip, addr->ip) && gh_ranges_have(r->ranges, ip));
}

static enum gh_outbound_why
decide(struct gh_str *rule, enum gh_isolation isolation, const struct gh_outbound_rule *rules, size_t n, struct gh_str host,
    const struct gh_addr *addr)
{
    *rule = GH_STR("isolationMode");
    if (isolation == GH_ISOLATION_DISABLED)
        return GH_OUTBOUND_OK;
    for (size_t i = 0; i < n; i++)
        if (denies(&rules[i], addr)) {
            *rule = rules[i].id;
            return GH_OUTBOUND_DENIED;
        }
    for (size_t i = 0; i < n; i++)
        if (allows(&rules[i], host, addr)) {
            *rule = rules[i].id;
            return GH_OUTBOUND_OK;
        }
    return isolation == GH_ISOLATION_INTERNET && !gh_ip_is_private(addr->ip) ? GH_OUTBOUND_OK : GH_OUTBOUND_NO_RULE;
}

enum gh_outbound_why
gh_outbound_decide(struct gh_str *rule, enum gh_isolation isolation, const struct gh_outbound_rule *rules, size_t n_rules,
    struct gh_str host, const struct gh_addr *addr)
{
    struct gh_str which;
    enum gh_outbound_why why = decide(&which, isolation, rules, n_rules, host, addr);

    if (rule != NULL)
        *rule = which;
    return why;
}
