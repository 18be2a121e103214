/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sections, and the rows of what is called: workspaces, endpoints, deployments, backends, listeners. */
#include "control/publish/guards.h"
#include "control/publish/members.h"
#include "control/publish/outbound.h"
#include "control/publish/project_int.h"

#include "base/crypto.h"
#include "base/limits.h"

#define MAX_AGE_MS      INT64_C(3600000)    /* edge without a heartbeat: an hour (architecture section 5)    */
#define SPOOL_MAX_BYTES (UINT64_C(1) << 30) /* spool bound: about two million calls while control is away    */
#define TIMEOUT_MS      600000              /* a backend that is silent for ten minutes has hung             */
#define KEY_PARTS_MAX   4

static struct gh_snap_value
text(struct gh_str s)
{
    return (struct gh_snap_value){.str = s};
}

static struct gh_snap_value
number(uint64_t v)
{
    return (struct gh_snap_value){.u64 = v};
}

static struct gh_snap_value
list(const struct gh_str *items, size_t n)
{
    return (struct gh_snap_value){.list = items, .n = n};
}

static enum gh_rc
installation(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    (void)a;
    (void)part;
    out->exists = true;
    out->v[GH_INSTALLATION_ID] = text(gh_str(env->config->installation_hex, 32));
    out->v[GH_INSTALLATION_ISSUER] = text(gh_str_z(env->config->issuer));
    out->v[GH_INSTALLATION_AUDIENCE] = text(gh_str_z(env->config->audience));
    out->v[GH_INSTALLATION_MAX_AGE_MS] = number(MAX_AGE_MS);
    out->v[GH_INSTALLATION_SPOOL_MAX_BYTES] = number(SPOOL_MAX_BYTES);
    return GH_OK;
}

static enum gh_rc
workspace(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_props p;
    enum gh_rc rc = gh_props_load(&p, &out->exists, a, env->tx, gh_project_path(a, GH_STR("/workspaces/"), part[0]));
    if (rc == GH_OK && out->exists)
        out->v[GH_WORKSPACE_KEYS_ALLOWED] = number(gh_props_bool(&p, "allowApiKeys", false));
    return rc;
}

static bool
add_name(void *ctx, const struct gh_store_resource *r)
{
    struct gh_strs *names = ctx;
    size_t cut = r->path.n;
    while (cut > 0 && r->path.p[cut - 1] != '/')
        cut--;
    gh_strs_add(names, gh_str_sub(r->path, cut, r->path.n));
    return names->rc == GH_OK;
}

enum gh_rc
gh_project_names(struct gh_strs *out, struct gh_store_tx *tx, struct gh_str collection)
{
    enum gh_rc rc = gh_store_resource_list(tx, collection, GH_STR(""), SIZE_MAX, add_name, out);
    return rc != GH_OK ? rc : out->rc;
}

/* Whether the workspace lets its endpoints accept keys: the endpoint's own switch alone is not enough. */
static enum gh_rc
workspace_allows_keys(bool *out, const struct gh_project_env *env, struct gh_arena *a, struct gh_str ws)
{
    struct gh_project_row row = {0};
    enum gh_rc rc = workspace(&row, env, a, &ws);
    *out = rc == GH_OK && row.exists && row.v[GH_WORKSPACE_KEYS_ALLOWED].u64 != 0;
    return rc;
}

/* Shares of deployments that are there: of the others nobody could be sent to any. */
static enum gh_rc
traffic(struct gh_snap_value *out, struct gh_arena *a, const struct gh_props *p, const struct gh_strs *deployments)
{
    struct gh_shares shares;
    const char *why;
    enum gh_rc rc = gh_shares_read(&shares, p, &why);
    if (rc != GH_OK)
        return rc;
    struct gh_snap_value *v = gh_arena_take_array(a, (shares.n + 1) * GH_TRAFFIC_N, sizeof(*v));
    if (v == NULL)
        return GH_NOMEM;
    *out = (struct gh_snap_value){.recs = v};
    for (size_t i = 0; i < shares.n; i++) {
        if (!gh_strs_has(deployments, shares.deployment[i]))
            continue;
        v[out->n * GH_TRAFFIC_N + GH_TRAFFIC_DEPLOYMENT] = text(shares.deployment[i]);
        v[out->n * GH_TRAFFIC_N + GH_TRAFFIC_PERCENT] = number(shares.percent[i]);
        out->n++;
    }
    return GH_OK;
}

static enum gh_rc
endpoint(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_props p;
    struct gh_strs deployments = {.a = a};
    struct gh_str *audiences;
    const char *why, *where;
    size_t n_audiences;
    bool keys_allowed;
    struct gh_str path = gh_project_path(a, GH_STR("/workspaces/"), part[0], GH_STR("/endpoints/"), part[1]);
    enum gh_rc rc = gh_props_load(&p, &out->exists, a, env->tx, path);
    if (rc != GH_OK || !out->exists)
        return rc;
    if ((rc = gh_props_list(&audiences, &n_audiences, &p, "audiences")) != GH_OK)
        return rc;
    if ((rc = workspace_allows_keys(&keys_allowed, env, a, part[0])) != GH_OK)
        return rc;
    struct gh_str below = gh_project_path(a, path, GH_STR("/deployments"));
    if ((rc = gh_project_names(&deployments, env->tx, below)) != GH_OK)
        return rc;
    if ((rc = gh_guards_read(out->v, &p, &why, &where)) != GH_OK)
        return rc;
    out->v[GH_ENDPOINT_ENABLED] = number(gh_props_bool(&p, "enabled", true));
    out->v[GH_ENDPOINT_AUDIENCES] = list(audiences, n_audiences);
    out->v[GH_ENDPOINT_KEYS_ALLOWED] = number(keys_allowed && gh_props_bool(&p, "allowApiKeys", true));
    out->v[GH_ENDPOINT_TOKENS_ALLOWED] = number(gh_props_bool(&p, "allowTokens", true));
    out->v[GH_ENDPOINT_MAX_BODY_BYTES] = number((uint64_t)gh_props_i64(&p, "maxBodyBytes", GH_BODY_BYTES_MAX));
    out->v[GH_ENDPOINT_DEPLOYMENTS] = list(deployments.p, deployments.n);
    out->v[GH_ENDPOINT_CONTEXT] = text(gh_props_str(&p, "authenticationContext", GH_STR("")));
    if ((rc = gh_project_endpoint_network(out->v, env, a, &p, part[0], path)) != GH_OK)
        return rc;
    return traffic(&out->v[GH_ENDPOINT_TRAFFIC], a, &p, &deployments);
}

/* One backend needs no pool: its row is then as short as it was. */
static enum gh_rc
pool(struct gh_snap_value *out, struct gh_arena *a, const struct gh_members *m)
{
    struct gh_snap_value *v = gh_arena_take_array(a, (m->n + 1) * GH_POOL_N, sizeof(*v));
    if (v == NULL)
        return GH_NOMEM;
    for (size_t i = 0; i < m->n; i++) {
        v[i * GH_POOL_N + GH_POOL_BACKEND] = text(m->at[i].backend);
        v[i * GH_POOL_N + GH_POOL_MODEL] = text(m->at[i].model);
        v[i * GH_POOL_N + GH_POOL_PRIORITY] = number(m->at[i].priority);
        v[i * GH_POOL_N + GH_POOL_WEIGHT] = number(m->at[i].weight);
    }
    *out = (struct gh_snap_value){.recs = v, .n = m->n > 1 ? m->n : 0};
    return GH_OK;
}

static enum gh_rc
deployment(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_props p;
    struct gh_members members;
    const char *why, *where;
    struct gh_str path =
        gh_project_path(a, GH_STR("/workspaces/"), part[0], GH_STR("/endpoints/"), part[1], GH_STR("/deployments/"), part[2]);
    enum gh_rc rc = gh_props_load(&p, &out->exists, a, env->tx, path);
    if (rc != GH_OK || !out->exists)
        return rc;
    if ((rc = gh_members_read(&members, &p, &why, &where)) != GH_OK)
        return rc;
    out->v[GH_DEPLOYMENT_MODEL] = text(members.at[0].model);
    out->v[GH_DEPLOYMENT_BACKEND] = text(members.at[0].backend);
    out->v[GH_DEPLOYMENT_RETRY_ON] = number(members.retry_on);
    return pool(&out->v[GH_DEPLOYMENT_POOL], a, &members);
}

/* "gh_" and 16 hex digits of a hash over the two names: fit for nginx, whatever the names are. */
static enum gh_rc
upstream_name(struct gh_str *out, struct gh_arena *a, const struct gh_str *part)
{
    uint8_t hash[GH_SHA256_BYTES];
    struct gh_buf b;
    enum gh_rc rc = gh_sha256_v(hash, (const struct gh_str[]){part[0], GH_STR("\0"), part[1]}, 3);
    if (rc != GH_OK)
        return rc;
    gh_buf_init(&b, a, 32);
    gh_buf_putz(&b, "gh_");
    gh_buf_put_hex(&b, gh_str(hash, 8));
    *out = gh_buf_str(&b);
    return b.rc;
}

static enum gh_rc
secret_version(struct gh_str *out, const struct gh_project_env *env, struct gh_arena *a, struct gh_str ws, const struct gh_props *p)
{
    struct gh_store_secret s;
    struct gh_str name = gh_props_str(p, "secret", GH_STR(""));
    *out = GH_STR("");
    if (name.n == 0 || gh_str_eq(gh_props_str(p, "auth", GH_STR("none")), GH_STR("none")))
        return GH_OK;
    struct gh_str path = gh_project_path(a, GH_STR("/workspaces/"), ws, GH_STR("/secrets/"), name);
    enum gh_rc rc = gh_store_secret_get(&s, a, env->tx, path, GH_STR(""));
    if (rc == GH_OK && s.resource.p != NULL)
        *out = s.version;
    return rc;
}

static enum gh_rc
backend(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_props p;
    struct gh_url url;
    struct gh_str version, upstream, *addresses = NULL;
    size_t n_addresses = 0;
    enum gh_rc rc = gh_props_load(
        &p, &out->exists, a, env->tx, gh_project_path(a, GH_STR("/workspaces/"), part[0], GH_STR("/backends/"), part[1]));
    if (rc != GH_OK || !out->exists)
        return rc;
    if ((rc = gh_url_read(&url, gh_props_str(&p, "url", GH_STR("")), NULL)) != GH_OK)
        return rc;
    if ((rc = upstream_name(&upstream, a, part)) != GH_OK || (rc = secret_version(&version, env, a, part[0], &p)) != GH_OK)
        return rc;
    if (env->addresses != NULL && (rc = env->addresses(env->ctx, &addresses, &n_addresses, a, url.host, url.port)) != GH_OK)
        return rc;
    enum gh_outbound_why why;
    if ((rc = gh_outbound_filter(addresses, &n_addresses, &why, a, env->tx, env->config, part[0], url.host)) != GH_OK)
        return rc;
    if (!gh_props_bool(&p, "enabled", true)) {
        why = GH_OUTBOUND_SWITCHED_OFF;
        n_addresses = 0;
    }
    out->v[GH_BACKEND_OUTBOUND] = number(why);
    out->v[GH_BACKEND_UPSTREAM] = text(upstream);
    out->v[GH_BACKEND_IS_TLS] = number(url.is_tls);
    out->v[GH_BACKEND_HOST] = text(url.origin_host);
    out->v[GH_BACKEND_PORT] = number(url.port);
    out->v[GH_BACKEND_BASE_PATH] = text(url.path);
    out->v[GH_BACKEND_ADDRESSES] = list(addresses, n_addresses);
    out->v[GH_BACKEND_TLS_NAME] = text(gh_props_str(&p, "tlsServerName", url.host));
    out->v[GH_BACKEND_CA_PEM] = text(gh_props_str(&p, "caCertificate", GH_STR("")));
    out->v[GH_BACKEND_DIALECT] = text(gh_props_str(&p, "dialect", GH_STR("openai")));
    out->v[GH_BACKEND_AUTH] = text(gh_props_str(&p, "auth", GH_STR("none")));
    out->v[GH_BACKEND_SECRET_VERSION] = text(version);
    out->v[GH_BACKEND_TIMEOUT_MS] = number((uint64_t)gh_props_i64(&p, "timeoutMs", TIMEOUT_MS));
    out->v[GH_BACKEND_API_VERSION] = text(gh_props_str(&p, "apiVersion", GH_STR("")));
    out->v[GH_BACKEND_PATH] = text(gh_props_str(&p, "path", GH_STR("")));
    return GH_OK;
}

/* n_parts: how many names the key has. Sections without a row here are filled by vault or never looked up. */
static const struct {
    gh_project_row_fn *row;
    size_t n_parts;
} sections[GH_SNAP_SECTION_COUNT] = {
    [GH_SNAP_INSTALLATION] = {installation, 1},
    [GH_SNAP_WORKSPACE] = {workspace, 1},
    [GH_SNAP_ENDPOINT] = {endpoint, 2},
    [GH_SNAP_DEPLOYMENT] = {deployment, 3},
    [GH_SNAP_BACKEND] = {backend, 2},
    [GH_SNAP_LISTENER] = {gh_project_listener, 1},
    [GH_SNAP_ISSUER] = {gh_project_issuer, 1},
    [GH_SNAP_ISSUER_KEY] = {gh_project_issuer_key, 2},
    [GH_SNAP_API_KEY] = {gh_project_api_key, 1},
    [GH_SNAP_IDENTITY] = {gh_project_identity, 1},
    [GH_SNAP_MEMBERSHIP] = {gh_project_membership, 1},
    [GH_SNAP_ASSIGNMENT] = {gh_project_assignment, 1},
    [GH_SNAP_ROLE] = {gh_project_role, 1},
    [GH_SNAP_RISK] = {gh_project_risk, 1},
    [GH_SNAP_COND] = {gh_project_conditional, 1},
    [GH_SNAP_ELIGIBLE] = {gh_project_eligible, 1},
    [GH_SNAP_REVOKED] = {gh_project_revoked, 2},
    [GH_SNAP_DENY] = {gh_project_deny, 1},
};

enum gh_rc
gh_project_row(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, enum gh_snap_section section,
    struct gh_str key)
{
    struct gh_str part[KEY_PARTS_MAX] = {0}, rest = key;
    size_t n = 0;
    *out = (struct gh_project_row){0};
    while (n < KEY_PARTS_MAX && gh_str_cut(&part[n], &rest, '\0'))
        n++;
    if (sections[section].row == NULL || n != sections[section].n_parts)
        return GH_BUG;
    enum gh_rc rc = sections[section].row(out, env, a, part);
    return rc == GH_OK && a->is_short ? GH_NOMEM : rc; /* what was not read, a condition, an end, is not taken for none */
}
