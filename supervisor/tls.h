/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/tls: the installation's own certificate authority (P-256, ten years) and the edge's certificate (P-256, at most 825 days,
 * the longest that official clients on all systems accept), in DIR/tls. The authority's key stays readable for the owner alone; the
 * edge's key belongs to the edge.
 */
#ifndef GH_SUPERVISOR_TLS_H
#define GH_SUPERVISOR_TLS_H

#include "supervisor/house.h"
#include "supervisor/settings.h"

/*
 * Makes what is missing, damaged, expiring within 30 days, or does not name the listen address; is_forced makes a new server certificate
 * in any case. The authority is kept as long as it can be. *is_new: the edge must read its certificate again. GH_DOWN: cannot be written.
 */
GH_MUST_USE enum gh_rc gh_tls_ensure(bool *is_new, const struct gh_house *h, const struct gh_listen *listen, bool is_forced,
    struct gh_house_err *err);

#endif
