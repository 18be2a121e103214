/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/keeper: the small process that starts a supervisor anew when it died of something that it could not handle. It holds no
 * part, no socket and no secret; it waits.
 */
#ifndef GH_SUPERVISOR_KEEPER_H
#define GH_SUPERVISOR_KEEPER_H

#include "supervisor/house.h"
#include "supervisor/settings.h"

struct gh_keeper {
    const struct gh_up_settings *settings;
    struct gh_listen listen; /* port resolved once, for all supervisors to come */
    struct gh_house *house;
    int lock;                /* DIR/lock, byte GH_LOCK_KEEPER held              */
    int report;              /* detached: where the result of the start goes, -1 */
    int line;                /* to the supervisor                               */
    pid_t supervisor;
    pid_t edge_group;        /* to be ended with a supervisor that was killed   */
    int n_starts;
    bool has_served;         /* the supervisor that runs, or ran last           */
};

/* Starts supervisors until one ends in an orderly way; its exit status. */
int gh_keeper_run(struct gh_keeper *k);

/* SIGTERM, SIGINT, SIGHUP and SIGCHLD as a descriptor, and no other way; -1 with errno. For keeper and supervisor. */
int gh_keeper_watch_signals(void);

/* supervise.c: the body of a supervisor process. */
int gh_supervise(struct gh_keeper *k);

#endif
