/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/owner: who the programs run as. Full separation: started as root, each program has a system user of its own. Single-user:
 * started by anybody else, all share that user.
 */
#ifndef GH_SUPERVISOR_OWNER_H
#define GH_SUPERVISOR_OWNER_H

#include <sys/types.h>

#include "base/str.h"

enum gh_owner { GH_OWNER_SELF = 0 /* of the supervisor */, GH_OWNER_EDGE, GH_OWNER_CONTROL, GH_OWNER_VAULT, GH_OWNER_NOBODY, GH_OWNER_COUNT };

struct gh_owners {
    bool is_full;
    struct {
        uid_t uid;
        gid_t gid;
    } of[GH_OWNER_COUNT];
};

/* GH_BAD: a system user is missing (err->what says how to make it). */
GH_MUST_USE enum gh_rc gh_owners_find(struct gh_owners *out, struct gh_err *err);
const char *gh_owners_separation(const struct gh_owners *o); /* "full" | "single-user" */

/*
 * This process becomes `who` for good, with that user's group alone; nothing to do in single-user separation. keep_bind: ports below
 * 1024 stay possible (an ambient CAP_NET_BIND_SERVICE). Also: no new privileges. Only in a child; errno on failure.
 */
GH_MUST_USE enum gh_rc gh_owners_become(const struct gh_owners *o, enum gh_owner who, bool keep_bind);

#endif
