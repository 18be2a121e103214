/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish/url: the narrow form of URL that configuration may hold for a backend or a key source: scheme, host, port, path. No user
 * information, query, fragment, escapes, empty or dot segments; host in lower case, a DNS name or an address.
 */
#ifndef GH_CONTROL_PUBLISH_URL_H
#define GH_CONTROL_PUBLISH_URL_H

#include "base/buf.h"

struct gh_url {
    bool is_tls;         /* https; else http                              */
    struct gh_str host;  /* without brackets                              */
    struct gh_str origin_host; /* as in the URL: "[::1]" keeps its brackets */
    uint16_t port;       /* that of the scheme if the URL gives none      */
    struct gh_str path;  /* without a final slash; empty for none         */
};

/* Borrowed from `s`. GH_BAD with err->what and the offset. */
GH_MUST_USE enum gh_rc gh_url_read(struct gh_url *out, struct gh_str s, struct gh_err *err);

/* Whether the host is this machine itself by its spelling: localhost, 127.0.0.0/8, ::1. Where plain http may go. */
bool gh_url_is_loopback(const struct gh_url *u);

/* "host:port", as the `hosts` of a secret name it. */
void gh_url_put_hostport(struct gh_buf *out, const struct gh_url *u);

#endif
