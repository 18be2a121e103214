/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish/fetch: GET of one small document from a key source, by libcurl: https only (http where loopback is allowed), no redirect,
 * no proxy, bounded in size and time, and the address that is really dialled passes policy/egress.
 */
#ifndef GH_CONTROL_PUBLISH_FETCH_H
#define GH_CONTROL_PUBLISH_FETCH_H

#include "base/arena.h"
#include "control/publish/url.h"
#include "policy/egress.h"

#define GH_FETCH_TIMEOUT_MS 5000
#define GH_FETCH_BYTES_MAX (1u << 20) /* GH_JWKS_BYTES_MAX */

/* Once, before any thread. */
GH_MUST_USE enum gh_rc gh_fetch_init(void);

/* `ca_pem` empty: the system's. The document lives in `a`. Anything but 200: GH_DOWN, *why a literal. */
GH_MUST_USE enum gh_rc gh_fetch(struct gh_str *out, const char **why, struct gh_arena *a, const struct gh_egress_env *env, struct gh_str url,
    struct gh_str ca_pem);

#endif
