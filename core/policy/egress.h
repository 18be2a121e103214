/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy/egress: the one check on every address that is dialled for somebody (backends, key sources). It sees the address after
 * resolution; the checked address is the one dialled. Never: unspecified, multicast, broadcast, link-local and metadata addresses,
 * IPv4 mapped, NAT64 and 6to4 forms of these, and the installation's own listeners. Loopback only if the installation was started so.
 */
#ifndef GH_POLICY_EGRESS_H
#define GH_POLICY_EGRESS_H

#include "base/str.h"

struct gh_addr {
    uint8_t ip[16]; /* IPv4 as ::ffff:a.b.c.d */
    uint16_t port;
};

struct gh_egress_env {
    bool loopback_allowed;      /* gatehouse up --allow-loopback                              */
    uint16_t demo_port;         /* 0, or the echo model's port: loopback is open for it alone */
    const struct gh_addr *own;  /* own listeners; an unspecified ip stands for every address  */
    size_t n_own;
};

/* NULL: may be dialled; else a literal that says why not. */
const char *gh_egress_refuses(const struct gh_egress_env *env, const struct gh_addr *addr);

/* Whether it is of a private network or of this machine: not reached over the Internet. Also where it holds such an IPv4 address. */
bool gh_ip_is_private(const uint8_t ip[16]);
/* The IPv4 address (mapped) that a translator on the way makes of it: NAT64, 6to4, ::a.b.c.d, ::ffff:0:a.b.c.d. False: it holds none. */
bool gh_ip_untranslate(uint8_t out[16], const uint8_t ip[16]);

/* "1.2.3.4" (mapped), "2001:db8::1", as inet_pton reads them: no zone, no brackets, no leading zeros. */
GH_MUST_USE enum gh_rc gh_ip_read(uint8_t out[16], struct gh_str s);

/* "1.2.3.4:80", "[::1]:80" -> address. */
GH_MUST_USE enum gh_rc gh_addr_read(struct gh_addr *out, struct gh_str s);

#endif
