/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/network: may a call that came this way reach this endpoint? The third part of a decision, after conditional access and roles: who
 * it is and what they may is settled; here it counts through which listener and from which address they came. Default closed: an endpoint
 * of which nothing was said is reached by nobody.
 *
 * A call passes when one of these holds, and the record names which:
 *   1. an approved private connection of the endpoint fits: its pinned client certificate, its unix socket, or its networks;
 *   2. the endpoint names this listener, which is private, and the peer is in its address list (or there is none);
 *   3. public network access is enabled, the listener is public, the endpoint names it (or names none), and the peer is in its address list
 *      (or there is none).
 *
 * Pure: the snapshot's row holds addresses as sorted bytes; nothing is parsed for a call.
 */
#ifndef GH_POLICY_NETWORK_H
#define GH_POLICY_NETWORK_H

#include "policy/snapshot.h"

/* What a listener serves. X(name, "in properties") */
#define GH_LISTENER_KIND_LIST(X)                                                \
    X(NONE, "")                                                                 \
    X(COMBINED, "combined")             /* management, and endpoints as PUBLIC */ \
    X(PUBLIC, "public")                 /* endpoints that are published        */ \
    X(PRIVATE, "private")               /* endpoints that name it, and private connections */ \
    X(ADMINISTRATION, "administration") /* management alone                    */
enum gh_listener_kind {
#define GH_LISTENER_KIND_ENUM(name, text) GH_LISTENER_KIND_##name,
    GH_LISTENER_KIND_LIST(GH_LISTENER_KIND_ENUM)
#undef GH_LISTENER_KIND_ENUM
    GH_LISTENER_KIND_COUNT
};
/* GH_LISTENER_KIND_NONE: unknown. */
enum gh_listener_kind gh_listener_kind_find(struct gh_str name);
bool gh_listener_serves_management(uint64_t kind);
bool gh_listener_serves_endpoints(uint64_t kind);

/* Which client certificates a listener asks for. */
enum gh_listener_certificates {
    GH_CERTIFICATES_NONE = 0,
    GH_CERTIFICATES_REQUESTED, /* whoever made it: private connections compare its digest */
    GH_CERTIFICATES_REQUIRED   /* and of the listener's own authority, or no request      */
};

enum gh_connection_kind { GH_CONNECTION_NONE = 0, GH_CONNECTION_CERTIFICATE, GH_CONNECTION_UNIX_SOCKET, GH_CONNECTION_NETWORK };

/* How a call came. */
struct gh_net_way {
    struct gh_str listener;
    uint64_t kind;              /* enum gh_listener_kind                                       */
    bool is_unix;
    bool has_ip;                /* false: by unix socket, or a proxy did not tell              */
    uint8_t ip[16];             /* the peer's, or the one that a named proxy tells             */
    const uint8_t *certificate; /* SHA-256 of the client's, shown in the handshake; NULL: none */
};

struct gh_net_decision {
    enum gh_verdict verdict;
    struct gh_str rule; /* path of the private connection, or "publicNetworkAccess", "listeners"; borrowed from the snapshot */
    const char *reason; /* literal: why, or why not */
};

void gh_net_decide(struct gh_net_decision *out, const struct gh_snap_rec *endpoint, const struct gh_net_way *way);

/* The approved private connection of the endpoint by which the call came; empty: by none. */
void gh_net_connection(struct gh_str *id, const struct gh_snap_rec *endpoint, const struct gh_net_way *way);

/* Whether an answer could depend on the certificate: spares the rest the digest. */
bool gh_net_wants_certificate(const struct gh_snap_rec *endpoint);

#endif
