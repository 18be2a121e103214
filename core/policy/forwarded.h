/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/forwarded: where a call comes from, when proxies stand in front. Only what a named proxy says is believed, and of it only what it,
 * or a named proxy before it, added itself: the header is read from its end, named proxies are stepped over, and the first address that is
 * none of them is the client's. What stands before that is the client's own text; it is not even parsed.
 *
 * One listener believes one header. Two would be a choice for the client: a proxy that sets the one passes the other on.
 */
#ifndef GH_POLICY_FORWARDED_H
#define GH_POLICY_FORWARDED_H

#include "base/str.h"

enum gh_proxy_mode {
    GH_PROXY_NONE = 0,
    GH_PROXY_PROTOCOL,        /* the PROXY protocol, before TLS                */
    GH_PROXY_X_FORWARDED_FOR, /* x-forwarded-for: a, b, c                      */
    GH_PROXY_FORWARDED,       /* forwarded: for=a, for="[b]:4711" (RFC 7239)   */
    GH_PROXY_COUNT
};

/* "none|proxyProtocol|xForwardedFor|forwarded"; GH_PROXY_COUNT: none of them. */
enum gh_proxy_mode gh_proxy_mode_find(struct gh_str name);

/*
 * `header`: the lines of that header, joined by commas in their order; empty: there is none. `peer` is who connected; `trusted` are the
 * named proxies (policy/ranges.h). *ip is peer's own address if that is no named proxy or told nothing. GH_BAD: a named proxy said what
 * is no address; GH_LIMIT: more than GH_PROXIES_PASSED_MAX of them. The address is then unknown.
 */
GH_MUST_USE enum gh_rc gh_forwarded_client(uint8_t ip[16], enum gh_proxy_mode mode, struct gh_str header, const uint8_t peer[16],
    struct gh_str trusted);

#endif
