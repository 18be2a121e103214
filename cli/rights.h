/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/rights: access as people ask about it: `gatehouse access check|explain|who-can|what-can|diff`, and what `apply` says before it writes.
 * Without a server the same questions go to an installation that is made of the files for this one question (control/offline.h).
 */
#ifndef GH_CLI_RIGHTS_H
#define GH_CLI_RIGHTS_H

#include "cli/apply_int.h"
#include "control/offline.h"

/* An installation made of objects. Each returns an exit status and has told why it is not GH_EXIT_DONE. */
int gh_rights_of_files(struct gh_offline **out, const struct apply_list *files);
/* out[0..n), NULL before: n alike, of all that the server shows of its policy. *is_hidden: it does not show all of it, and there are none. */
int gh_rights_of_server(struct gh_offline **out, size_t n, bool *is_hidden, struct gh_access *x);
/* Puts the objects of the files over what is there. Built-in roles and the own issuer are there: what a file says of them changes nothing. */
int gh_rights_put_files(struct gh_offline *o, const struct apply_list *files);

/* Who gains or loses what if the objects that differ are written, on stdout; refuses what would leave nobody who can give roles. */
int gh_rights_tell_apply(const struct apply_list *l, struct gh_access *x);

#endif
