/* SPDX-License-Identifier: Apache-2.0 */
/* Who may come, as people write it: listeners, the networks of an endpoint, private connections. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "control/rest/auth.h"
#include "control/rest/handlers.h"
#include "control/rest/pem.h"
#include "control/rest/rights.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "policy/egress.h"
#include "policy/forwarded.h"
#include "policy/network.h"
#include "policy/ranges.h"

#define UNIX_PATH_MAX 108 /* sun_path, with its zero byte */
#define MAIN          "/listeners/main"

/* A list of addresses; false with a 400 that names the one that is none. */
static bool
check_ranges(struct gh_write *w, const char *name, size_t *n)
{
    struct gh_str *texts, packed;
    struct gh_err err = {0};
    enum gh_rc rc = gh_props_list(&texts, n, &w->props, name);
    if (rc == GH_OK)
        rc = gh_ranges_read(&packed, w->call->a, texts, *n, &err);
    if (rc == GH_BAD)
        return gh_call_problem(w->call, 400, err.what, texts[err.at]);
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

/* A listener by its name, which then cannot be deleted while it is named here. */
static bool
link_listener(struct gh_write *w, struct gh_str name)
{
    struct gh_str path = gh_props_join(w->call->a, (const struct gh_str[]){GH_STR("/listeners/"), name}, 2);
    return gh_write_needs(w, path, "the listener does not exist") && gh_write_link(w, GH_STORE_LINK_RESOURCE, path);
}

bool
gh_check_endpoint_network(struct gh_write *w)
{
    struct gh_str *listeners;
    size_t n, n_rules;
    enum gh_rc rc = gh_props_list(&listeners, &n, &w->props, "listeners");
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    for (size_t i = 0; i < n; i++)
        if (!link_listener(w, listeners[i]))
            return false;
    return check_ranges(w, "ipRules", &n_rules);
}

/* ---- listeners ---- */

static struct gh_str
word(const struct gh_write *w, const char *name, const char *otherwise)
{
    return gh_props_str(&w->props, name, gh_str_z(otherwise));
}

static bool
is_word(const struct gh_write *w, const char *name, const char *otherwise, const char *want)
{
    return gh_str_eq(word(w, name, otherwise), gh_str_z(want));
}

static bool
is_unix(const struct gh_write *w)
{
    return gh_props_bool(&w->props, "unixSocket", false);
}

static bool
check_unix(struct gh_write *w)
{
    static const char *const not_for_it[] = {
        "address", "port", "proxyMode", "proxies", "clientCertificates", "clientCa", "tlsMinVersion", "deviceCertificates"};
    size_t n = strlen(w->call->c->config->data) + sizeof("/" GH_LAYOUT_LISTEN "/") + w->r.names[0].n;
    if (!is_word(w, "kind", "", "private"))
        return gh_call_problem(w->call, 400, "a unix socket is a private listener", GH_STR("kind"));
    for (size_t i = 0; i < sizeof(not_for_it) / sizeof(not_for_it[0]); i++)
        if (gh_json_get(&w->props.j, w->props.root, gh_str_z(not_for_it[i])) != GH_JSON_NO)
            return gh_call_problem(w->call, 400, "a unix socket does not have this property", gh_str_z(not_for_it[i]));
    return n <= UNIX_PATH_MAX || gh_call_problem(w->call, 400, "the path of the socket would be too long", w->r.names[0]);
}

static bool
check_proxies(struct gh_write *w)
{
    bool has_mode = !is_word(w, "proxyMode", "none", "none");
    size_t n;
    if (!check_ranges(w, "proxies", &n))
        return false;
    if (has_mode && n == 0)
        return gh_call_problem(w->call, 400, "name the proxies that are believed", GH_STR("proxies"));
    return has_mode || n == 0 ||
           gh_call_problem(w->call, 400, "say how the proxies tell the client's address", GH_STR("proxyMode"));
}

/* Who is believed about addresses says from where everybody comes: places, countries and risk are judged by that. */
static bool
may_tell_addresses(struct gh_write *w)
{
    static const struct gh_str none = GH_STR_INIT("none");
    struct gh_str was = w->old.path.p == NULL ? none : gh_props_str(&w->old_props, "proxyMode", none);
    bool is_same;
    if (!gh_write_is_same_list(&is_same, w, "proxies"))
        return false;
    return (is_same && gh_str_eq(was, word(w, "proxyMode", "none"))) ||
           gh_rights_may_move_conditions(w,
               "this would change from where conditional access sees callers come: it needs the right to write its policies",
               GH_STR("proxies"));
}

/* What a certificate proves of a device, conditional access believes: who says it, says whom policies let through. */
static bool
may_prove_devices(struct gh_write *w)
{
    static const char *const told_by[] = {"deviceCertificates", "clientCa"};
    bool is_same = w->old.path.p != NULL;
    for (size_t i = 0; is_same && i < sizeof(told_by) / sizeof(told_by[0]); i++)
        is_same = gh_str_eq(gh_props_str(&w->old_props, told_by[i], GH_STR("")), word(w, told_by[i], ""));
    return is_same || is_word(w, "deviceCertificates", "none", "none") ||
           gh_call_may(w->call, GH_ACTION_COND_POLICY_WRITE, GH_STR("/")) ||
           gh_call_problem(w->call, 403,
               "conditional access believes these certificates: this needs the right to write its policies",
               GH_STR("deviceCertificates"));
}

static bool
check_client_ca(struct gh_write *w)
{
    struct gh_str pem = word(w, "clientCa", "");
    bool is_required = is_word(w, "clientCertificates", "", "required");
    if (!is_required && !is_word(w, "deviceCertificates", "none", "none"))
        return gh_call_problem(w->call, 400, "only required client certificates prove a device", GH_STR("deviceCertificates"));
    if (is_required != (pem.n > 0))
        return gh_call_problem(
            w->call, 400, "required client certificates and their authority belong together", GH_STR("clientCa"));
    return pem.n == 0 || gh_pem_is_certificates(pem) ||
           gh_call_problem(w->call, 400, "not one or more certificates in PEM", GH_STR("clientCa"));
}

static bool
check_tcp(struct gh_write *w)
{
    uint8_t ip[16];
    if (gh_ip_read(ip, word(w, "address", "")) != GH_OK)
        return gh_call_problem(w->call, 400, "an IPv4 or IPv6 address is wanted", GH_STR("address"));
    if (gh_props_i64(&w->props, "port", 0) == 0)
        return gh_call_problem(w->call, 400, "a port is wanted", GH_STR("port"));
    return check_proxies(w) && check_client_ca(w);
}

/* Whether the listener of this name is bound there already. */
static bool
is_bound(const struct gh_write *w)
{
    struct gh_snap_rec row;
    return gh_snap_find(&row, &w->call->view->snap, GH_SNAP_LISTENER, w->r.names[0]) &&
           gh_str_eq(gh_snap_str(&row, GH_LISTENER_ADDRESS), word(w, "address", "")) &&
           gh_snap_u64(&row, GH_LISTENER_PORT) == (uint64_t)gh_props_i64(&w->props, "port", 0);
}

/* NULL if somebody could listen there, else why not. Ports below 1024 are the edge's to bind, not ours to try. */
static const char *
refuses_bind(const uint8_t ip[16], uint16_t port)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    bool is_v4 = memcmp(ip, mapped, sizeof(mapped)) == 0;
    const int yes = 1;
    memcpy(&in6.sin6_addr, ip, 16);
    memcpy(&in.sin_addr, ip + 12, 4);
    gh_auto_fd fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0)
        return NULL;
    if (!is_v4 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) != 0)
        return NULL;
    const struct sockaddr *at = is_v4 ? (const struct sockaddr *)(const void *)&in : (const struct sockaddr *)(const void *)&in6;
    if (bind(fd, at, is_v4 ? sizeof(in) : sizeof(in6)) == 0 || errno == EACCES)
        return NULL;
    return errno == EADDRINUSE ? "somebody listens there already" : "this machine does not have that address";
}

bool
gh_prepare_listener(struct gh_write *w)
{
    uint8_t ip[16];
    if (is_unix(w))
        return check_unix(w);
    if (!check_tcp(w))
        return false;
    if (is_bound(w) || gh_ip_read(ip, word(w, "address", "")) != GH_OK)
        return true;
    const char *why = refuses_bind(ip, (uint16_t)gh_props_i64(&w->props, "port", 0));
    return why == NULL || gh_call_problem(w->call, 409, why, GH_STR("address"));
}

struct others {
    struct gh_write *w;
    bool has_management;
    struct gh_str twin; /* another one at the same address and port */
    enum gh_rc rc;
};

static bool
look_at_other(void *ctx, const struct gh_store_resource *r)
{
    struct others *o = ctx;
    struct gh_props p;
    if (gh_str_eq(r->path, o->w->r.path))
        return true;
    if ((o->rc = gh_props_open(&p, o->w->call->a, r->body)) != GH_OK)
        return false;
    uint64_t kind = gh_listener_kind_find(gh_props_str(&p, "kind", GH_STR("")));
    bool is_open = !gh_str_eq(gh_props_str(&p, "clientCertificates", GH_STR("")), GH_STR("required"));
    o->has_management |= gh_listener_serves_management(kind) && is_open;
    if (!o->w->is_delete && !is_unix(o->w) && gh_str_eq(gh_props_str(&p, "address", GH_STR("")), word(o->w, "address", "")) &&
        gh_props_i64(&p, "port", 0) == gh_props_i64(&o->w->props, "port", 0))
        o->rc = gh_arena_dup(&o->twin, o->w->call->a, r->path);
    return o->rc == GH_OK;
}

static bool
look_at_others(struct others *o, struct gh_write *w)
{
    *o = (struct others){.w = w};
    enum gh_rc rc = gh_store_resource_each(w->tx, GH_RESOURCE_LISTENER, look_at_other, o);
    rc = rc != GH_OK ? rc : o->rc;
    return rc == GH_OK || gh_call_failed(w->call, rc);
}

/* The one that `up` made stays where its --listen put it. */
static bool
check_main(struct gh_write *w)
{
    bool is_there = !is_unix(w) && gh_str_eq(word(w, "address", ""), gh_props_str(&w->old_props, "address", GH_STR(""))) &&
                    gh_props_i64(&w->props, "port", 0) == gh_props_i64(&w->old_props, "port", 0);
    return w->old.path.p == NULL || is_there ||
           gh_call_problem(w->call, 409, "its address and port are those of `gatehouse up --listen`", w->r.path);
}

bool
gh_check_listener(struct gh_write *w)
{
    struct others others;
    bool serves = gh_listener_serves_management(gh_listener_kind_find(word(w, "kind", "")));
    bool is_open = !is_word(w, "clientCertificates", "", "required");
    if (!may_tell_addresses(w) || !may_prove_devices(w) || !look_at_others(&others, w))
        return false;
    if (others.twin.n > 0)
        return gh_call_problem(w->call, 409, "another listener has this address and port", others.twin);
    if (!others.has_management && !(serves && is_open))
        return gh_call_problem(w->call, 409, "no listener would be left that serves management to all who may", w->r.path);
    return !gh_str_eq(w->r.path, GH_STR(MAIN)) || check_main(w);
}

bool
gh_check_delete_listener(struct gh_write *w)
{
    struct others others;
    if (gh_str_eq(w->r.path, GH_STR(MAIN)))
        return gh_call_problem(w->call, 409, "this is the listener of `gatehouse up --listen`", w->r.path);
    if (!look_at_others(&others, w))
        return false;
    return others.has_management || gh_call_problem(w->call, 409, "no listener would be left that serves management", w->r.path);
}

/* ---- private connections ---- */

/* What each kind is known by; the other kinds' properties are then out of place. */
static const struct {
    const char *kind, *property;
} known_by[] = {{"certificate", "certificateSha256"}, {"unixSocket", "listener"}, {"network", "networks"}};

static bool
check_known_by(struct gh_write *w)
{
    for (size_t i = 0; i < sizeof(known_by) / sizeof(known_by[0]); i++) {
        bool is_kind = is_word(w, "kind", "", known_by[i].kind);
        bool is_given = gh_json_get(&w->props.j, w->props.root, gh_str_z(known_by[i].property)) != GH_JSON_NO;
        bool may_be = is_kind || gh_str_eq(gh_str_z(known_by[i].property), GH_STR("listener"));
        if (is_kind && !is_given)
            return gh_call_problem(w->call, 400, "a connection of this kind needs this property", gh_str_z(known_by[i].property));
        if (is_given && !may_be)
            return gh_call_problem(
                w->call, 400, "a connection of this kind does not have this property", gh_str_z(known_by[i].property));
    }
    return true;
}

static bool
check_pin(struct gh_write *w)
{
    struct gh_str pin = word(w, "certificateSha256", "");
    for (size_t i = 0; i < pin.n; i++)
        if (gh_str_chr(GH_STR("0123456789abcdefABCDEF"), pin.p[i]) == SIZE_MAX)
            return gh_call_problem(w->call, 400, "64 hex digits without separators are wanted", GH_STR("certificateSha256"));
    return true;
}

bool
gh_prepare_connection(struct gh_write *w)
{
    size_t n;
    if (!check_known_by(w) || !check_pin(w) || !check_ranges(w, "networks", &n))
        return false;
    return n > 0 || !is_word(w, "kind", "", "network") ||
           gh_call_problem(w->call, 400, "name at least one network", GH_STR("networks"));
}

/* Of a unix socket's connection the listener must be one: anything else would wait for nobody. */
static bool
check_socket(struct gh_write *w, struct gh_str listener)
{
    struct gh_props p;
    bool exists;
    struct gh_str path = gh_props_join(w->call->a, (const struct gh_str[]){GH_STR("/listeners/"), listener}, 2);
    enum gh_rc rc = gh_props_load(&p, &exists, w->call->a, w->tx, path);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    bool is_socket = exists && gh_props_bool(&p, "unixSocket", false);
    return is_socket == is_word(w, "kind", "", "unixSocket") ||
           gh_call_problem(w->call, 409, "a unix socket is for connections of kind unixSocket, and they for it", path);
}

struct count {
    struct gh_str prefix, self;
    size_t n;
};

static bool
count_connection(void *ctx, struct gh_str path, const struct gh_store_link *link)
{
    struct count *c = ctx;
    (void)link;
    c->n += gh_str_starts(path, c->prefix) && !gh_str_eq(path, c->self);
    return true;
}

static bool
link_endpoint(struct gh_write *w, struct gh_str name)
{
    struct gh_str ws = w->r.names[0];
    struct gh_str path =
        gh_props_join(w->call->a, (const struct gh_str[]){GH_STR("/workspaces/"), ws, GH_STR("/endpoints/"), name}, 4);
    struct count count = {.self = w->r.path,
        .prefix =
            gh_props_join(w->call->a, (const struct gh_str[]){GH_STR("/workspaces/"), ws, GH_STR("/privateConnections/")}, 3)};
    if (!gh_write_needs(w, path, "the connection's endpoint does not exist"))
        return false;
    enum gh_rc rc = gh_store_link_to(w->tx, GH_STORE_LINK_RESOURCE, path, count_connection, &count);
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    if (count.n >= GH_CONNECTIONS_MAX)
        return gh_call_problem(w->call, 409, "the endpoint has as many private connections as it may", path);
    return gh_write_link(w, GH_STORE_LINK_RESOURCE, path);
}

/* Who writes a connection asks for it; whoever may approve lets it through. The record names the second right, where it was used. */
static bool
check_state(struct gh_write *w)
{
    if (is_word(w, "state", "Pending", "Pending"))
        return true;
    w->call->action = GH_ACTION_CONNECTION_APPROVE;
    w->is_refused = !gh_auth_ask(w->call, w->r.path);
    return !w->is_refused;
}

bool
gh_check_connection(struct gh_write *w)
{
    struct gh_str *endpoints, listener = word(w, "listener", "");
    size_t n;
    enum gh_rc rc = gh_props_list(&endpoints, &n, &w->props, "endpoints");
    if (rc != GH_OK)
        return gh_call_failed(w->call, rc);
    if (n == 0)
        return gh_call_problem(w->call, 400, "name at least one endpoint", GH_STR("endpoints"));
    for (size_t i = 0; i < n; i++)
        if (!link_endpoint(w, endpoints[i]))
            return false;
    if (listener.n > 0 && (!link_listener(w, listener) || !check_socket(w, listener)))
        return false;
    return check_state(w);
}
