/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish/resolve: from host names of backends to addresses that may be dialled. getaddrinfo blocks, so names are looked up in a
 * thread of their own (again every GH_RESOLVE_EVERY_MS) and, once, by the handler that accepts a backend. Every address passes
 * policy/egress after each look-up; what does not pass is not published, so the edge never dials it. A name that cannot be looked up
 * keeps its last addresses.
 */
#ifndef GH_CONTROL_PUBLISH_RESOLVE_H
#define GH_CONTROL_PUBLISH_RESOLVE_H

#include "control/config.h"
#include "control/publish/publish.h"
#include "control/store/store.h"

#define GH_RESOLVE_EVERY_MS 30000
#define GH_RESOLVE_ADDRESSES_MAX 16 /* of one name; what more there are is left out */

struct gh_resolve;

GH_MUST_USE enum gh_rc gh_resolve_new(struct gh_resolve **out, struct gh_store *store, const struct gh_config *config);
/* Begins to look names up; changed rows are touched in `publish`. */
GH_MUST_USE enum gh_rc gh_resolve_start(struct gh_resolve *r, struct gh_publish *publish);
void gh_resolve_stop(struct gh_resolve *r);
void gh_resolve_free(struct gh_resolve *r); /* after stop; NULL is ignored */

/* Looks `host` up now and remembers it. A literal if any of its addresses may not be dialled; NULL if all may, or none is known. */
const char *gh_resolve_check(struct gh_resolve *r, struct gh_str host, uint16_t port);

/* For gh_project_env: `ctx` is the gh_resolve. Never blocks on a look-up. */
GH_MUST_USE enum gh_rc gh_resolve_addresses(void *ctx, struct gh_str **out, size_t *n, struct gh_arena *a, struct gh_str host, uint16_t port);

#endif
