/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/url.h"

#include "policy/egress.h"

enum { IN_NAME = 1, IN_ADDRESS = 2, IN_PATH = 4 };

static unsigned
class_of(char c)
{
    if ((c >= 'a' && c <= 'f') || (c >= '0' && c <= '9'))
        return IN_NAME | IN_ADDRESS | IN_PATH;
    if (c >= 'g' && c <= 'z')
        return IN_NAME | IN_PATH;
    if (c >= 'A' && c <= 'Z')
        return IN_PATH;
    switch (c) {
    case '.':
        return IN_NAME | IN_ADDRESS | IN_PATH;
    case '-':
        return IN_NAME | IN_PATH;
    case ':':
        return IN_ADDRESS | IN_PATH;
    case '_':
    case '~':
    case '/':
        return IN_PATH;
    default:
        return 0;
    }
}

static bool
all_in(struct gh_str s, unsigned class)
{
    for (size_t i = 0; i < s.n; i++)
        if ((class_of(s.p[i]) & class) == 0)
            return false;
    return true;
}

static bool
is_name(struct gh_str s)
{
    if (s.n == 0 || s.n > 253 || !all_in(s, IN_NAME))
        return false;
    return s.p[0] != '.' && s.p[0] != '-' && s.p[s.n - 1] != '.' && s.p[s.n - 1] != '-' && gh_str_find(s, GH_STR("..")) == SIZE_MAX;
}

/* Empty, or segments that are neither empty nor dots. */
static bool
is_path(struct gh_str path)
{
    struct gh_str rest = gh_str_sub(path, 1, path.n), seg;
    if (!all_in(path, IN_PATH))
        return false;
    while (path.n > 0 && gh_str_cut(&seg, &rest, '/'))
        if (seg.n == 0 || gh_str_eq(seg, GH_STR(".")) || gh_str_eq(seg, GH_STR("..")))
            return false;
    return true;
}

static bool
take_scheme(struct gh_url *u, struct gh_str *s)
{
    static const struct {
        struct gh_str text;
        bool is_tls;
        uint16_t port;
    } schemes[] = {{GH_STR_INIT("https://"), true, 443}, {GH_STR_INIT("http://"), false, 80}};
    for (size_t i = 0; i < 2; i++)
        if (gh_str_starts(*s, schemes[i].text)) {
            u->is_tls = schemes[i].is_tls;
            u->port = schemes[i].port;
            *s = gh_str_sub(*s, schemes[i].text.n, s->n);
            return true;
        }
    return false;
}

/* Host in both spellings; *rest is what stands behind it. */
static bool
take_host(struct gh_url *u, struct gh_str *rest, struct gh_str authority)
{
    if (authority.n > 0 && authority.p[0] == '[') {
        size_t close = gh_str_chr(authority, ']');
        if (close == SIZE_MAX || close < 3)
            return false;
        u->host = gh_str_sub(authority, 1, close - 1);
        u->origin_host = gh_str_sub(authority, 0, close + 1);
        *rest = gh_str_sub(authority, close + 1, authority.n);
        return all_in(u->host, IN_ADDRESS);
    }
    size_t colon = gh_str_chr(authority, ':');
    u->host = u->origin_host = gh_str_sub(authority, 0, colon);
    *rest = colon == SIZE_MAX ? GH_STR("") : gh_str_sub(authority, colon, authority.n);
    return is_name(u->host);
}

enum gh_rc
gh_url_read(struct gh_url *out, struct gh_str s, struct gh_err *err)
{
    struct gh_str rest = s, port;
    uint64_t number;
    *out = (struct gh_url){0};
    if (!take_scheme(out, &rest))
        return gh_fail(err, GH_BAD, 0, "the URL must begin with https:// (or http:// where loopback is allowed)");
    uint32_t at = (uint32_t)(s.n - rest.n);
    size_t slash = gh_str_chr(rest, '/');
    struct gh_str authority = gh_str_sub(rest, 0, slash);
    out->path = slash == SIZE_MAX ? GH_STR("") : gh_str_sub(rest, slash, rest.n);
    if (out->path.n > 0 && out->path.p[out->path.n - 1] == '/')
        out->path.n--;
    if (!take_host(out, &port, authority))
        return gh_fail(err, GH_BAD, at, "the URL's host must be a lower-case name or an address");
    if (port.n > 0 && (port.p[0] != ':' || gh_str_u64(&number, gh_str_sub(port, 1, port.n), UINT16_MAX) != GH_OK || number == 0))
        return gh_fail(err, GH_BAD, at, "the URL's port must be 1 to 65535");
    if (port.n > 0)
        out->port = (uint16_t)number;
    if (!is_path(out->path))
        return gh_fail(
            err, GH_BAD, at + (uint32_t)authority.n, "the URL's path may hold letters, digits and -._~: in whole segments");
    return GH_OK;
}

void
gh_url_put_hostport(struct gh_buf *out, const struct gh_url *u)
{
    gh_buf_put(out, u->origin_host);
    gh_buf_putc(out, ':');
    gh_buf_put_u64(out, u->port);
}

bool
gh_url_is_loopback(const struct gh_url *u)
{
    static const uint8_t v4[13] = {[10] = 0xff, 0xff, 127}, v6[16] = {[15] = 1};
    char mem[300];
    struct gh_buf text;
    struct gh_addr addr;
    gh_buf_init_fixed(&text, mem, sizeof(mem));
    gh_url_put_hostport(&text, u);
    if (gh_str_eq(u->host, GH_STR("localhost")))
        return true;
    return text.rc == GH_OK && gh_addr_read(&addr, gh_buf_str(&text)) == GH_OK &&
           (memcmp(addr.ip, v4, sizeof(v4)) == 0 || memcmp(addr.ip, v6, sizeof(v6)) == 0);
}
