/* SPDX-License-Identifier: Apache-2.0 */
/* Which wrapped secret each backend sends, and where it may go: what vault needs to write the edge's credential file. */
#include "control/publish/project_int.h"

#define HOSTS_MAX 65536 /* 64 of "host:port" fit several times */

struct gather {
    struct gh_buf *out;
    struct gh_store_tx *tx;
    struct gh_arena *a;
    enum gh_rc rc;
};

static void
put_field(struct gh_buf *out, struct gh_str s)
{
    gh_buf_put_le32(out, (uint32_t)s.n);
    gh_buf_put(out, s);
}

static enum gh_rc
hosts_of(struct gh_str *out, struct gh_arena *a, struct gh_store_tx *tx, struct gh_str secret)
{
    struct gh_props p;
    struct gh_buf b;
    struct gh_str *hosts;
    size_t n;
    bool exists;
    *out = GH_STR("");
    enum gh_rc rc = gh_props_load(&p, &exists, a, tx, secret);
    if (rc != GH_OK || !exists)
        return rc;
    if ((rc = gh_props_list(&hosts, &n, &p, "hosts")) != GH_OK)
        return rc;
    gh_buf_init(&b, a, HOSTS_MAX);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            gh_buf_putc(&b, '\n');
        gh_buf_put(&b, hosts[i]);
    }
    *out = gh_buf_str(&b);
    return b.rc;
}

static enum gh_rc
put_backend(struct gather *g, struct gh_str path, const struct gh_props *p)
{
    struct gh_resource_path r;
    struct gh_store_secret s;
    struct gh_str hosts;
    struct gh_str auth = gh_props_str(p, "auth", GH_STR("none")), name = gh_props_str(p, "secret", GH_STR(""));
    enum gh_rc rc = gh_resource_find(&r, path);
    if (rc != GH_OK || name.n == 0 || gh_str_eq(auth, GH_STR("none")))
        return rc;
    struct gh_str secret = gh_project_path(g->a, GH_STR("/workspaces/"), r.names[0], GH_STR("/secrets/"), name);
    if ((rc = gh_store_secret_get(&s, g->a, g->tx, secret, GH_STR(""))) != GH_OK || s.resource.p == NULL)
        return rc;
    if ((rc = hosts_of(&hosts, g->a, g->tx, secret)) != GH_OK)
        return rc;
    const struct gh_str row[] = {r.names[0], r.names[1], secret, s.version,
        gh_str_eq(auth, GH_STR("bearer")) ? GH_STR("authorization") : auth, s.blob, hosts};
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
        put_field(g->out, row[i]);
    return g->out->rc;
}

static bool
on_backend(void *ctx, const struct gh_store_resource *r)
{
    struct gather *g = ctx;
    struct gh_props p;
    struct gh_str path;
    if ((g->rc = gh_arena_dup(&path, g->a, r->path)) == GH_OK && (g->rc = gh_props_open(&p, g->a, r->body)) == GH_OK)
        g->rc = put_backend(g, path, &p);
    return g->rc == GH_OK;
}

enum gh_rc
gh_project_credentials(struct gh_buf *out, struct gh_store_tx *tx, struct gh_arena *a)
{
    struct gather g = {out, tx, a, GH_OK};
    enum gh_rc rc = gh_store_resource_each(tx, GH_RESOURCE_BACKEND, on_backend, &g);
    return rc != GH_OK ? rc : g.rc;
}
