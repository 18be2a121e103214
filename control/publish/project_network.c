/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of who may come: listeners, and the network fields of an endpoint with its approved private connections. */
#include "base/codec.h"
#include "base/limits.h"
#include "control/publish/project_int.h"
#include "policy/forwarded.h"
#include "policy/network.h"
#include "policy/proof.h"
#include "policy/ranges.h"

/* A list of addresses that passed its check when it was written, as the edge looks it up. */
static enum gh_rc
ranges(struct gh_snap_value *out, struct gh_arena *a, const struct gh_props *p, const char *name)
{
    struct gh_str *texts;
    size_t n;
    enum gh_rc rc = gh_props_list(&texts, &n, p, name);
    return rc != GH_OK ? rc : gh_ranges_read(&out->str, a, texts, n, NULL);
}

/* ---- listeners ---- */

static uint64_t
certificates(const struct gh_props *p, uint64_t kind)
{
    struct gh_str otherwise = kind == GH_LISTENER_KIND_PRIVATE ? GH_STR("requested") : GH_STR("none");
    struct gh_str how = gh_props_str(p, "clientCertificates", otherwise);
    if (gh_str_eq(how, GH_STR("required")))
        return GH_CERTIFICATES_REQUIRED;
    return gh_str_eq(how, GH_STR("requested")) ? GH_CERTIFICATES_REQUESTED : GH_CERTIFICATES_NONE;
}

/* What a client certificate proves counts only where nginx has verified it against the listener's own authority. */
static uint64_t
device_proofs(const struct gh_props *p, uint64_t certificates)
{
    struct gh_str how = gh_props_str(p, "deviceCertificates", GH_STR("none"));
    if (certificates != GH_CERTIFICATES_REQUIRED)
        return 0;
    if (gh_str_eq(how, GH_STR("compliant")))
        return GH_PROOF_BIT(COMPLIANT_DEVICE);
    return gh_str_eq(how, GH_STR("joined")) ? GH_PROOF_BIT(JOINED_DEVICE) : 0;
}

enum gh_rc
gh_project_listener(struct gh_project_row *out, const struct gh_project_env *env, struct gh_arena *a, const struct gh_str *part)
{
    struct gh_props p;
    enum gh_rc rc = gh_props_load(&p, &out->exists, a, env->tx, gh_project_path(a, GH_STR("/listeners/"), part[0]));
    if (rc != GH_OK || !out->exists)
        return rc;
    uint64_t kind = gh_listener_kind_find(gh_props_str(&p, "kind", GH_STR("")));
    bool is_unix = gh_props_bool(&p, "unixSocket", false);
    out->v[GH_LISTENER_ADDRESS].str = gh_props_str(&p, "address", GH_STR(""));
    out->v[GH_LISTENER_PORT].u64 = (uint64_t)gh_props_i64(&p, "port", 0);
    out->v[GH_LISTENER_KIND].u64 = kind;
    out->v[GH_LISTENER_IS_UNIX].u64 = is_unix;
    out->v[GH_LISTENER_PROXY_MODE].u64 = gh_proxy_mode_find(gh_props_str(&p, "proxyMode", GH_STR("none")));
    out->v[GH_LISTENER_CERTIFICATES].u64 = is_unix ? GH_CERTIFICATES_NONE : certificates(&p, kind);
    out->v[GH_LISTENER_CLIENT_CA].str = gh_props_str(&p, "clientCa", GH_STR(""));
    out->v[GH_LISTENER_TLS_MIN].u64 = gh_str_eq(gh_props_str(&p, "tlsMinVersion", GH_STR("")), GH_STR("1.3")) ? 13 : 12;
    out->v[GH_LISTENER_DEVICE_PROOFS].u64 = device_proofs(&p, out->v[GH_LISTENER_CERTIFICATES].u64);
    return ranges(&out->v[GH_LISTENER_PROXIES], a, &p, "proxies");
}

/* ---- endpoints ---- */

static uint64_t
connection_kind(struct gh_str name)
{
    static const struct gh_str names[] = {[GH_CONNECTION_NONE] = GH_STR_INIT(""),
        [GH_CONNECTION_CERTIFICATE] = GH_STR_INIT("certificate"),
        [GH_CONNECTION_UNIX_SOCKET] = GH_STR_INIT("unixSocket"),
        [GH_CONNECTION_NETWORK] = GH_STR_INIT("network")};
    for (uint64_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
        if (gh_str_eq(names[i], name))
            return i;
    return GH_CONNECTION_NONE;
}

/* People paste digests as tools print them. */
static enum gh_rc
read_pin(struct gh_str *out, struct gh_arena *a, struct gh_str hex)
{
    char lower[2 * GH_SHA256_BYTES];
    if (hex.n != sizeof(lower))
        return GH_BAD;
    for (size_t i = 0; i < hex.n; i++)
        lower[i] = hex.p[i] >= 'A' && hex.p[i] <= 'F' ? (char)(hex.p[i] - 'A' + 'a') : hex.p[i];
    return gh_hex_decode(out, a, gh_str(lower, sizeof(lower)));
}

static enum gh_rc
connection(struct gh_snap_value *v, struct gh_arena *a, const struct gh_props *p, struct gh_str path)
{
    struct gh_str pin = gh_props_str(p, "certificateSha256", GH_STR(""));
    v[GH_CONNECTION_ID].str = path;
    v[GH_CONNECTION_KIND].u64 = connection_kind(gh_props_str(p, "kind", GH_STR("")));
    v[GH_CONNECTION_LISTENER].str = gh_props_str(p, "listener", GH_STR(""));
    enum gh_rc rc = pin.n == 0 ? GH_OK : read_pin(&v[GH_CONNECTION_PIN].str, a, pin);
    return rc != GH_OK ? rc : ranges(&v[GH_CONNECTION_RANGES], a, p, "networks");
}

/* What is not approved does not reach the edge at all. */
static enum gh_rc
connections(
    struct gh_snap_value *out, const struct gh_project_env *env, struct gh_arena *a, struct gh_str ws, struct gh_str endpoint)
{
    struct gh_strs paths = {.a = a};
    struct gh_str prefix = gh_project_path(a, GH_STR("/workspaces/"), ws, GH_STR("/privateConnections/"));
    enum gh_rc rc = gh_project_holders(&paths, env->tx, GH_STORE_LINK_RESOURCE, endpoint, prefix);
    size_t n = 0;
    if (rc != GH_OK || paths.n == 0)
        return rc;
    struct gh_snap_value *v = gh_arena_take_array(a, paths.n, GH_CONNECTION_N * sizeof(*v));
    if (v == NULL)
        return GH_NOMEM;
    memset(v, 0, paths.n * GH_CONNECTION_N * sizeof(*v));
    for (size_t i = 0; i < paths.n && n < GH_CONNECTIONS_MAX; i++) {
        struct gh_props p;
        bool exists;
        if ((rc = gh_props_load(&p, &exists, a, env->tx, paths.p[i])) != GH_OK)
            return rc;
        if (!gh_str_eq(gh_props_str(&p, "state", GH_STR("Pending")), GH_STR("Approved")))
            continue;
        if ((rc = connection(v + n * GH_CONNECTION_N, a, &p, paths.p[i])) != GH_OK)
            return rc;
        n++;
    }
    *out = (struct gh_snap_value){.recs = v, .n = n};
    return GH_OK;
}

enum gh_rc
gh_project_endpoint_network(struct gh_snap_value *v, const struct gh_project_env *env, struct gh_arena *a, const struct gh_props *p,
    struct gh_str ws, struct gh_str path)
{
    struct gh_str *listeners;
    size_t n;
    enum gh_rc rc = gh_props_list(&listeners, &n, p, "listeners");
    if (rc != GH_OK || (rc = ranges(&v[GH_ENDPOINT_IP_RANGES], a, p, "ipRules")) != GH_OK)
        return rc;
    v[GH_ENDPOINT_IS_PUBLIC].u64 = gh_str_eq(gh_props_str(p, "publicNetworkAccess", GH_STR("Disabled")), GH_STR("Enabled"));
    v[GH_ENDPOINT_LISTENERS] = (struct gh_snap_value){.list = listeners, .n = n};
    return connections(&v[GH_ENDPOINT_CONNECTIONS], env, a, ws, path);
}
