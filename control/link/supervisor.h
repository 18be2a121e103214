/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/link/supervisor: the line to the supervisor (descriptor GH_FD_SUPERVISOR). One thread reads; any may send. What the supervisor may
 * say to control is a row of the table in supervisor.c; anything else, and the end of the line, ends this process: without its
 * supervisor it would serve a house that nobody watches.
 */
#ifndef GH_CONTROL_LINK_SUPERVISOR_H
#define GH_CONTROL_LINK_SUPERVISOR_H

#include "base/arena.h"
#include "base/err.h"

struct gh_supervisor;

struct gh_supervisor_on {
    void (*peer)(void *ctx, struct gh_str name, int fd); /* takes fd over */
    void (*event)(void *ctx, struct gh_str what, struct gh_str detail);
    void *ctx;
};

GH_MUST_USE enum gh_rc gh_supervisor_new(struct gh_supervisor **out, int fd, const struct gh_supervisor_on *on);
void gh_supervisor_free(struct gh_supervisor *s);

/* Reads one message and acts on it. timeout_ms < 0 waits for ever; GH_MORE: none came in time; GH_DOWN: the line is gone. */
GH_MUST_USE enum gh_rc gh_supervisor_serve(struct gh_supervisor *s, int timeout_ms);

GH_MUST_USE enum gh_rc gh_supervisor_ready(struct gh_supervisor *s, struct gh_str values);
void gh_supervisor_render(struct gh_supervisor *s, uint64_t generation);

#endif
