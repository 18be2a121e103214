/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that were called back: named by issuer and id, for as long as they would have been good. */
#include "base/codec.h"
#include "control/publish/project_int.h"
#include "control/rest/handlers.h"
#include "host/host.h"

#define LEEWAY_MS INT64_C(600000) /* more than any token is believed beyond its end */

bool
gh_check_revocation(struct gh_write *w)
{
    struct gh_project_env env = {.tx = w->tx, .config = w->call->c->config};
    struct gh_str iss = gh_props_str(&w->props, "issuer", GH_STR("")), id = gh_props_str(&w->props, "tokenId", GH_STR("")), path;
    int64_t until;
    enum gh_rc rc = gh_project_issuer_path(&path, &env, w->call->a, iss);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    if (path.n == 0)
        return gh_call_problem(w->call, 409, "no issuer has this URL: its tokens are not accepted in any case", iss);
    if (gh_time_read(&until, gh_props_str(&w->props, "until", GH_STR(""))) != GH_OK)
        return gh_call_problem(w->call, 400, "not a time like 2026-12-31T00:00:00Z", GH_STR("until"));
    struct gh_str alias = gh_project_path(w->call->a, iss, GH_STR(" "), id);
    return gh_write_unused(w, GH_STORE_LINK_ALIAS, alias, "this token is revoked already") &&
           gh_write_link(w, GH_STORE_LINK_ALIAS, alias);
}

struct ended {
    struct gh_strs paths;
    int64_t now_ms;
    enum gh_rc rc;
};

static bool
on_revocation(void *ctx, const struct gh_store_resource *r)
{
    struct ended *e = ctx;
    struct gh_props p;
    int64_t until;
    if ((e->rc = gh_props_open(&p, e->paths.a, r->body)) != GH_OK)
        return false;
    if (gh_time_read(&until, gh_props_str(&p, "until", GH_STR(""))) == GH_OK && until + LEEWAY_MS < e->now_ms)
        gh_strs_add(&e->paths, r->path);
    return e->paths.rc == GH_OK;
}

/* Those whose tokens are over by themselves are forgotten; rows of them that are published still do no harm until the next base. */
bool
gh_after_revocation(struct gh_write *w)
{
    struct ended e = {.paths = {.a = w->call->a}, .now_ms = gh_now_ms()};
    enum gh_rc rc = gh_store_resource_each(w->tx, GH_RESOURCE_REVOCATION, on_revocation, &e);
    for (size_t i = 0; rc == GH_OK && e.rc == GH_OK && i < e.paths.n; i++)
        if (!gh_str_eq(e.paths.p[i], w->r.path))
            rc = gh_store_resource_delete(w->tx, e.paths.p[i]);
    rc = rc != GH_OK ? rc : e.rc;
    return rc == GH_OK || gh_call_failed(w->call, rc);
}
