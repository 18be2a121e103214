/* SPDX-License-Identifier: Apache-2.0 */
#include "control/config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/codec.h"
#include "host/host.h"
#include "ipc/layout.h"

#define SMALL_FILE_MAX 256

/* A setting into a fixed field; the supervisor made it, so anything that does not fit is refused, not cut. */
static enum gh_rc
copy_env(char *out, size_t cap, const char *name)
{
    const char *v = getenv(name);
    size_t n = v == NULL ? 0 : strlen(v);
    if (n == 0 || n >= cap)
        return GH_BAD;
    memcpy(out, v, n + 1);
    return GH_OK;
}

static enum gh_rc
read_small(struct gh_str *out, struct gh_arena *a, const char *dir, const char *name)
{
    char path[GH_CONFIG_PATH_MAX + 64];
    int n = snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= sizeof(path))
        return GH_LIMIT;
    return gh_file_read(out, a, AT_FDCWD, path, SMALL_FILE_MAX);
}

static struct gh_str
without_newline(struct gh_str s)
{
    return s.n > 0 && s.p[s.n - 1] == '\n' ? gh_str_sub(s, 0, s.n - 1) : s;
}

enum gh_rc
gh_config_derive(struct gh_config *c, struct gh_str hex, struct gh_str listen, struct gh_err *err)
{
    char mem[64];
    struct gh_buf b;
    gh_auto_arena a;
    struct gh_str raw;
    gh_arena_init(&a, gh_heap(), 256);
    if (hex.n != 32 || gh_hex_decode(&raw, &a, hex) != GH_OK || raw.n != 16)
        return gh_fail(err, GH_BAD, 0, "the installation id is not 32 hex digits");
    if (listen.n >= sizeof(c->listen) || gh_addr_read(&c->listen_addr, listen) != GH_OK)
        return gh_fail(err, GH_BAD, 0, GH_ENV_LISTEN);
    memcpy(c->installation, raw.p, 16);
    memcpy(c->listen, listen.p, listen.n);
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_buf_put_hex(&b, raw);
    memcpy(c->installation_hex, mem, 32);
    const char *h = c->installation_hex;
    (void)snprintf(c->tenant, sizeof(c->tenant), "%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16, h + 20);
    (void)snprintf(c->issuer, sizeof(c->issuer), "https://login.gatehouse.localhost/%s/v2.0", c->tenant);
    (void)snprintf(c->audience, sizeof(c->audience), "api://gatehouse/%s", h);
    c->egress.own = &c->listen_addr;
    c->egress.n_own = 1;
    return GH_OK;
}

static enum gh_rc
read_switches(struct gh_config *c, struct gh_err *err)
{
    const char *loopback = getenv(GH_ENV_LOOPBACK);
    const char *demo = getenv(GH_ENV_DEMO);
    uint64_t port = 0;
    c->egress.loopback_allowed = loopback != NULL && strcmp(loopback, "1") == 0;
    if (demo != NULL && gh_str_u64(&port, gh_str_z(demo), UINT16_MAX) != GH_OK)
        return gh_fail(err, GH_BAD, 0, GH_ENV_DEMO);
    c->is_demo = demo != NULL;
    c->egress.demo_port = (uint16_t)port;
    return GH_OK;
}

enum gh_rc
gh_config_read(struct gh_config *out, struct gh_err *err)
{
    gh_auto_arena a;
    struct gh_str id, key;
    char listen[sizeof(out->listen)];
    gh_arena_init(&a, gh_heap(), 4096);
    a.is_secret = true;
    memset(out, 0, sizeof(*out));
    if (copy_env(out->data, sizeof(out->data), GH_ENV_DATA) != GH_OK)
        return gh_fail(err, GH_BAD, 0, GH_ENV_DATA);
    if (copy_env(out->memory, sizeof(out->memory), GH_ENV_MEMORY) != GH_OK)
        return gh_fail(err, GH_BAD, 0, GH_ENV_MEMORY);
    if (copy_env(out->separation, sizeof(out->separation), GH_ENV_SEPARATION) != GH_OK)
        return gh_fail(err, GH_BAD, 0, GH_ENV_SEPARATION);
    if (copy_env(listen, sizeof(listen), GH_ENV_LISTEN) != GH_OK)
        return gh_fail(err, GH_BAD, 0, GH_ENV_LISTEN);
    if (getenv(GH_ENV_GEO) != NULL && copy_env(out->geo, sizeof(out->geo), GH_ENV_GEO) != GH_OK)
        return gh_fail(err, GH_BAD, 0, GH_ENV_GEO);
    if (read_small(&id, &a, out->data, GH_LAYOUT_INSTALLATION) != GH_OK)
        return gh_fail(err, GH_BAD, 0, "the installation id cannot be read");
    if (read_small(&key, &a, out->memory, GH_LAYOUT_EDGE_KEY) == GH_OK && key.n == sizeof(out->edge_key)) {
        memcpy(out->edge_key, key.p, key.n);
        out->has_edge_key = true;
    }
    enum gh_rc rc = read_switches(out, err);
    return rc != GH_OK ? rc : gh_config_derive(out, without_newline(id), gh_str_z(listen), err);
}
