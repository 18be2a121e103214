/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control/rest/owners: the last Owner of the installation. Somebody must be able to undo what others did, without a seat at the machine: so neither is
 * his assignment taken away, nor is he disabled, unless who contains him says so. The owner of the data directory is never locked out: he
 * comes by the local socket (--data DIR), and `gatehouse recover` makes an Owner where none is left.
 */
#ifndef GH_CONTROL_REST_OWNERS_H
#define GH_CONTROL_REST_OWNERS_H

#include "control/rest/handlers.h"

#define GH_OWNER_ID "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"

/* Why the last one is not disabled, and what to do. */
#define GH_OWNER_LAST                                                                                                             \
    "this is the last Owner at / who could come: afterwards only the owner of the data directory could give roles or undo this "    \
    "(gatehouse ... --data DIR, gatehouse recover). Make another Owner first; or, if he is in wrong hands, contain him with "        \
    "lastOwner: true (gatehouse contain PATH --last-owner)"

struct gh_owner_loss { /* what is about to go; empty: nothing of the kind */
    struct gh_str assignment;
    struct gh_str identity, alias; /* both names of who can no longer come */
};

/* *remains: an Owner is left who can come, or there was none before. False: the answer is a fault. */
bool gh_owner_remains(bool *remains, struct gh_write *w, const struct gh_owner_loss *loss);

#endif
