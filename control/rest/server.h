/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/server: HTTP/1.1 on the two inherited unix sockets, by libmicrohttpd, whose pool lets handlers be plain blocking code.
 *
 *   management.sock  the peer must be the edge's user (or our own), and the request must carry the edge's header with its HMAC
 *   local.sock       the peer must be the owner of the data directory or root
 *
 * It reads whole bodies up to GH_CALL_BODY_MAX, hands a gh_call on, and sends what comes back. Nothing of a request outlives it.
 */
#ifndef GH_CONTROL_REST_SERVER_H
#define GH_CONTROL_REST_SERVER_H

#include <sys/types.h>

#include "control/control.h"

#define GH_SERVER_THREADS 8 /* for each socket: administrators, not callers of models */

struct gh_server;

struct gh_server_config {
    int fd;        /* listening; borrowed */
    bool is_local;
    uid_t peers[2]; /* who may connect     */
};

GH_MUST_USE enum gh_rc gh_server_start(struct gh_server **out, struct gh_controller *c, const struct gh_server_config *config);
/* Lets running requests end. NULL is ignored. */
void gh_server_stop(struct gh_server *s);

#endif
