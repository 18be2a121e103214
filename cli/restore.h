/* SPDX-License-Identifier: Apache-2.0 */
/* cli/restore: what bringing an old store back means, and the owner's word that it is meant. */
#ifndef GH_CLI_RESTORE_H
#define GH_CLI_RESTORE_H

#include "cli/command.h"
#include "control/store/store.h"

/* Prints what `store` would bring back, change back or lose against the store at `was`. One that cannot be read is told and no hindrance. */
void gh_restore_tell(struct gh_store *store, const char *was);

/* `recover --accept-restore`: says the word to control, after vault has taken a new audit key if it must; returns when control serves again. */
int gh_restore_accept(const struct gh_cli *c);

#endif
