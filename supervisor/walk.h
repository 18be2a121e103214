/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor/walk: the way to the data directory, component by component, and what lies in it. */
#ifndef GH_SUPERVISOR_WALK_H
#define GH_SUPERVISOR_WALK_H

#include "supervisor/house.h"

/* In place: "//", "/./" and a final slash go. GH_BAD for "..", which could mean another place once there are links, and for "/" itself. */
GH_MUST_USE enum gh_rc gh_walk_tidy(char *path);

/*
 * Opens the directory at the end of a tidy absolute path; what is missing is made (0755). is_strict (as root, for system users): no link
 * on the way, no directory in which others could put another one in its place, none that others cannot pass.
 */
GH_MUST_USE enum gh_rc gh_walk_open(int *fd, const char *path, bool is_strict, struct gh_house_err *err);

/* GH_BAD if there is a symbolic link anywhere below. */
GH_MUST_USE enum gh_rc gh_walk_no_links(const char *path, struct gh_house_err *err);

#endif
