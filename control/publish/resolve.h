/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish/resolve: from host names of backends to addresses that may be dialled. getaddrinfo blocks, so names are looked up in a
 * thread of their own and, once, by the handler that accepts a backend. Every address passes policy/egress after each look-up, and the
 * workspace's outbound rules (publish/outbound.h) when it is published; what does not pass is not published, so the edge never dials it. A
 * name that cannot be looked up keeps its last addresses.
 *
 * getaddrinfo tells no time to live, so each name is asked again a second after its last answer: the machine's resolver keeps what it may,
 * and a change is in force within two seconds without a reload. A name that failed or took long rests, lest it hold up the others.
 */
#ifndef GH_CONTROL_PUBLISH_RESOLVE_H
#define GH_CONTROL_PUBLISH_RESOLVE_H

#include "control/config.h"
#include "control/publish/publish.h"
#include "control/store/store.h"

#define GH_RESOLVE_EVERY_MS 1000
#define GH_RESOLVE_REST_MS 15000 /* after a look-up that failed or took longer than GH_RESOLVE_EVERY_MS */
#define GH_RESOLVE_ROUND_MAX 64  /* look-ups in one round; the others come in the next */
#define GH_RESOLVE_ADDRESSES_MAX 16 /* of one name; what more there are is left out */

struct gh_resolve;

GH_MUST_USE enum gh_rc gh_resolve_new(struct gh_resolve **out, struct gh_store *store, const struct gh_config *config);
/* Another way to ask, for tests: fills up to `max` addresses and *n; false: no answer. Before _start. */
typedef bool gh_resolve_ask_fn(void *ctx, struct gh_addr *out, size_t *n, size_t max, const char *host, uint16_t port);
void gh_resolve_use(struct gh_resolve *r, gh_resolve_ask_fn *ask, void *ctx);
/* Begins to look names up; changed rows are touched in `publish`. */
GH_MUST_USE enum gh_rc gh_resolve_start(struct gh_resolve *r, struct gh_publish *publish);
void gh_resolve_stop(struct gh_resolve *r);
void gh_resolve_free(struct gh_resolve *r); /* after stop; NULL is ignored */

/* Looks `host` up now and remembers it. A literal if any of its addresses may not be dialled; NULL if all may, or none is known. */
const char *gh_resolve_check(struct gh_resolve *r, struct gh_str host, uint16_t port);

/* For gh_project_env: `ctx` is the gh_resolve. Never blocks on a look-up. */
GH_MUST_USE enum gh_rc gh_resolve_addresses(void *ctx, struct gh_str **out, size_t *n, struct gh_arena *a, struct gh_str host, uint16_t port);

#endif
