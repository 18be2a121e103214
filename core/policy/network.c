/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/network.h"

#include "policy/ranges.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { MANAGEMENT = 1, ENDPOINTS = 2, IS_PUBLIC = 4 };

static const struct {
    struct gh_str name;
    unsigned serves;
} kinds[GH_LISTENER_KIND_COUNT] = {
#define KIND_NAME(kind, text) [GH_LISTENER_KIND_##kind].name = GH_STR_INIT(text),
    GH_LISTENER_KIND_LIST(KIND_NAME)
#undef KIND_NAME
        [GH_LISTENER_KIND_COMBINED]
            .serves = MANAGEMENT | ENDPOINTS | IS_PUBLIC,
    [GH_LISTENER_KIND_PUBLIC].serves = ENDPOINTS | IS_PUBLIC,
    [GH_LISTENER_KIND_PRIVATE].serves = ENDPOINTS,
    [GH_LISTENER_KIND_ADMINISTRATION].serves = MANAGEMENT,
};

enum gh_listener_kind
gh_listener_kind_find(struct gh_str name)
{
    for (unsigned i = GH_LISTENER_KIND_NONE + 1; i < GH_LISTENER_KIND_COUNT; i++)
        if (gh_str_eq(kinds[i].name, name))
            return (enum gh_listener_kind)i;
    return GH_LISTENER_KIND_NONE;
}

static unsigned
serves(uint64_t kind)
{
    return kind < COUNT(kinds) ? kinds[kind].serves : 0;
}

bool
gh_listener_serves_management(uint64_t kind)
{
    return (serves(kind) & MANAGEMENT) != 0;
}

bool
gh_listener_serves_endpoints(uint64_t kind)
{
    return (serves(kind) & ENDPOINTS) != 0;
}

/* ---- private connections ---- */

static bool
fits_certificate(const struct gh_snap_rec *connection, const struct gh_net_way *way)
{
    struct gh_str pin = gh_snap_str(connection, GH_CONNECTION_PIN);

    return way->certificate != NULL && pin.n == GH_SHA256_BYTES && memcmp(pin.p, way->certificate, GH_SHA256_BYTES) == 0;
}

static bool
fits_socket(const struct gh_snap_rec *connection, const struct gh_net_way *way)
{
    return way->is_unix && gh_snap_str(connection, GH_CONNECTION_LISTENER).n > 0; /* the name itself is compared for all kinds */
}

static bool
fits_network(const struct gh_snap_rec *connection, const struct gh_net_way *way)
{
    return way->has_ip && gh_ranges_have(gh_snap_str(connection, GH_CONNECTION_RANGES), way->ip);
}

static const struct {
    bool (*fits)(const struct gh_snap_rec *connection, const struct gh_net_way *way);
    const char *reason;
} connections[] = {
    [GH_CONNECTION_CERTIFICATE] = {fits_certificate, "private connection: pinned certificate"},
    [GH_CONNECTION_UNIX_SOCKET] = {fits_socket, "private connection: unix socket"},
    [GH_CONNECTION_NETWORK] = {fits_network, "private connection: listed network"},
};

static bool
find_connection(struct gh_net_decision *out, const struct gh_snap_rec *endpoint, const struct gh_net_way *way)
{
    size_t n = gh_snap_count(endpoint, GH_ENDPOINT_CONNECTIONS);

    for (size_t i = 0; i < n; i++) {
        struct gh_snap_rec c = gh_snap_row(endpoint, GH_ENDPOINT_CONNECTIONS, i);
        uint64_t kind = gh_snap_u64(&c, GH_CONNECTION_KIND);
        if (kind >= COUNT(connections) || connections[kind].fits == NULL || !connections[kind].fits(&c, way))
            continue;
        struct gh_str listener = gh_snap_str(&c, GH_CONNECTION_LISTENER);
        if (listener.n > 0 && !gh_str_eq(listener, way->listener))
            continue;
        *out = (struct gh_net_decision){GH_ALLOW, gh_snap_str(&c, GH_CONNECTION_ID), connections[kind].reason};
        return true;
    }
    return false;
}

void
gh_net_connection(struct gh_str *id, const struct gh_snap_rec *endpoint, const struct gh_net_way *way)
{
    struct gh_net_decision d = {.rule = {NULL, 0}};

    *id = gh_listener_serves_endpoints(way->kind) && find_connection(&d, endpoint, way) ? d.rule : gh_str(NULL, 0);
}

/* ---- listeners and addresses ---- */

static bool
names_listener(const struct gh_snap_rec *endpoint, struct gh_str listener)
{
    size_t n = gh_snap_count(endpoint, GH_ENDPOINT_LISTENERS);

    for (size_t i = 0; i < n; i++)
        if (gh_str_eq(gh_snap_item(endpoint, GH_ENDPOINT_LISTENERS, i), listener))
            return true;
    return false;
}

/* NULL: the listener and the endpoint fit together; else why not. */
static const char *
refuses_listener(const struct gh_snap_rec *endpoint, const struct gh_net_way *way)
{
    bool is_named = names_listener(endpoint, way->listener), names_any = gh_snap_count(endpoint, GH_ENDPOINT_LISTENERS) > 0;

    if ((serves(way->kind) & IS_PUBLIC) == 0)
        return is_named ? NULL : "no approved private connection fits, and the endpoint does not name this private listener";
    if (gh_snap_u64(endpoint, GH_ENDPOINT_IS_PUBLIC) == 0)
        return "public network access is disabled, and no approved private connection fits";
    return names_any && !is_named ? "the endpoint does not name this listener" : NULL;
}

static const char *
refuses_address(const struct gh_snap_rec *endpoint, const struct gh_net_way *way)
{
    struct gh_str ranges = gh_snap_str(endpoint, GH_ENDPOINT_IP_RANGES);

    if (ranges.n == 0)
        return NULL;
    if (!way->has_ip)
        return "the endpoint has a list of addresses, and this peer has none";
    return gh_ranges_have(ranges, way->ip) ? NULL : "the peer's address is not in the endpoint's list";
}

void
gh_net_decide(struct gh_net_decision *out, const struct gh_snap_rec *endpoint, const struct gh_net_way *way)
{
    bool is_public = (serves(way->kind) & IS_PUBLIC) != 0;
    const char *why;

    *out = (struct gh_net_decision){GH_DENY, GH_STR("default deny"), "this listener serves no endpoints"};
    if (!gh_listener_serves_endpoints(way->kind) || find_connection(out, endpoint, way))
        return;
    if ((why = refuses_listener(endpoint, way)) != NULL) {
        out->reason = why;
        return;
    }
    out->rule = gh_snap_str(endpoint, GH_ENDPOINT_IP_RANGES).n > 0 ? GH_STR("ipRules")
                : is_public                                        ? GH_STR("publicNetworkAccess")
                                                                   : GH_STR("listeners");
    if ((why = refuses_address(endpoint, way)) != NULL) {
        out->reason = why;
        return;
    }
    out->verdict = GH_ALLOW;
    out->reason = is_public ? "public network access" : "private listener that the endpoint names";
}

bool
gh_net_wants_certificate(const struct gh_snap_rec *endpoint)
{
    size_t n = gh_snap_count(endpoint, GH_ENDPOINT_CONNECTIONS);

    for (size_t i = 0; i < n; i++) {
        struct gh_snap_rec c = gh_snap_row(endpoint, GH_ENDPOINT_CONNECTIONS, i);
        if (gh_snap_u64(&c, GH_CONNECTION_KIND) == GH_CONNECTION_CERTIFICATE)
            return true;
    }
    return false;
}
