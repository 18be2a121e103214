/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor: starts, joins, watches and restarts the other programs; writes nginx.conf; reads no byte of a stranger.
 *
 * It trusts its caller (the owner of the data directory) and nothing else: children are told apart by the socket that each was given, and
 * each may send only the rows of ipc/message.h that are its own. It does not decide, store or serve. If it dies, its children die with it
 * (PDEATHSIG) and its keeper starts it anew; if it cannot do what keeps them apart, it does not start them.
 *
 * Each function is a command of the CLI: it prints what people need on stdout and stderr, and returns the exit status.
 */
#ifndef GH_SUPERVISOR_SUPERVISOR_H
#define GH_SUPERVISOR_SUPERVISOR_H

#include "supervisor/settings.h"

/*
 * `gatehouse up`. In the foreground it returns when told to stop (SIGTERM, SIGINT: 0) or when it cannot start (1, reason on stderr).
 * Detached it returns 0 when the edge serves, else 1 with the reason.
 */
int gh_supervisor_up(const struct gh_up_settings *s);

/* `gatehouse status`: 0 runs, 3 does not. is_json prints DIR/run/status.json as it is. */
int gh_supervisor_status(const char *data, bool is_json);

/* `gatehouse down`: ends it and waits, at most 30 s. 0 also when nothing ran. */
int gh_supervisor_down(const char *data);

/*
 * The first half of `gatehouse recover`: the running supervisor makes a new certificate, has it taken into use, and records that. Waits
 * for the files, at most 5 s. The second half (publish again, a token of ten minutes) is control's: POST /local/recover, asked by cli/.
 */
int gh_supervisor_recover(const char *data);

/* Tells the running supervisor: rotate the logs now; take the programs that lie on disk now into use. Exit statuses. */
int gh_supervisor_rotate(const char *data);
int gh_supervisor_upgrade(const char *data);

#endif
