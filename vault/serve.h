/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault/serve: the questions that vault answers, one table: a row is a message of ipc/message.h and its handler. Control may ask the rows of
 * control, the supervisor may hand over a new socket to control. Whatever is not in the table ends the process: the supervisor starts a fresh one
 * that has seen nothing.
 */
#ifndef GH_VAULT_SERVE_H
#define GH_VAULT_SERVE_H

#include "vault/credentials.h"
#include "vault/sign.h"

/* All that is secret and lives longer than a message; in locked pages. */
struct gh_serve_secrets {
    struct gh_seal seal;
    struct gh_state state;
    struct gh_state next; /* while keys rotate; zero at other times */
    struct gh_text_root text;
};

struct gh_serve {
    struct gh_serve_secrets *secrets;
    int vault_dir, memory_dir;
    int supervisor; /* socket                             */
    int control;    /* socket, -1 until PEER brings one   */
};

/* Answers until the supervisor is gone (0) or somebody breaks the protocol (1): the exit status. */
int gh_serve_run(struct gh_serve *v);

#endif
