/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/publish/issuers: public keys of every issuer, kept fresh. A thread fetches discovery document and key set of each configured
 * issuer: at once when it has none, again every GH_ISSUERS_EVERY_MS, and when the edge met an unknown key id, at most once in
 * GH_ISSUERS_WANTED_MS for each issuer. A source that fails leaves the known keys until their own limit (GH_ISSUERS_KEEP_MS after the last
 * good fetch); nothing is believed that did not pass gh_jwks_read whole. The installation's own keys come from vault.
 */
#ifndef GH_CONTROL_PUBLISH_ISSUERS_H
#define GH_CONTROL_PUBLISH_ISSUERS_H

#include "control/audit/audit.h"
#include "control/config.h"
#include "control/publish/publish.h"
#include "control/publish/url.h"

#define GH_ISSUERS_EVERY_MS INT64_C(600000)
#define GH_ISSUERS_WANTED_MS INT64_C(10000)
#define GH_ISSUERS_KEEP_MS INT64_C(86400000)
#define GH_ISSUERS_MAX 256 /* issuers whose keys are kept fresh */

struct gh_issuers;

struct gh_issuers_config {
    struct gh_store *store;
    const struct gh_config *config;
    struct gh_publish *publish; /* NULL until there is one */
    struct gh_audit *audit;
};

GH_MUST_USE enum gh_rc gh_issuers_new(struct gh_issuers **out, const struct gh_issuers_config *c);
GH_MUST_USE enum gh_rc gh_issuers_start(struct gh_issuers *s, struct gh_publish *publish);
void gh_issuers_stop(struct gh_issuers *s);
void gh_issuers_free(struct gh_issuers *s); /* after stop; NULL is ignored */

/* An edge met an unknown kid of this issuer (name of its resource, as the record has it). Never blocks. */
void gh_issuers_wanted(struct gh_issuers *s, struct gh_str issuer, struct gh_str kid);

/* The own issuer's key set, as vault gave it. */
GH_MUST_USE enum gh_rc gh_issuers_own(struct gh_issuers *s, struct gh_str jwks);

/* Drops the keys of the issuer at `path`, in the caller's transaction. */
GH_MUST_USE enum gh_rc gh_issuers_forget(struct gh_store_tx *tx, struct gh_arena *a, struct gh_str path);

/* A literal if keys may not be fetched from such a URL, whatever it leads to; NULL if they may. */
const char *gh_issuers_url_refused(const struct gh_egress_env *env, const struct gh_url *url);

#endif
