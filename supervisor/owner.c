/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "ipc/layout.h"

static const struct {
    const char *user, *missing;
} system_users[GH_OWNER_COUNT] = {
    [GH_OWNER_EDGE] = {GH_USER_EDGE, "there is no system user " GH_USER_EDGE ": run `make deps`"},
    [GH_OWNER_CONTROL] = {GH_USER_CONTROL, "there is no system user " GH_USER_CONTROL ": run `make deps`"},
    [GH_OWNER_VAULT] = {GH_USER_VAULT, "there is no system user " GH_USER_VAULT ": run `make deps`"},
    [GH_OWNER_NOBODY] = {"nobody", "there is no user nobody"},
};

enum gh_rc
gh_owners_find(struct gh_owners *out, struct gh_err *err)
{
    memset(out, 0, sizeof(*out));
    out->is_full = geteuid() == 0;
    for (int i = 0; i < GH_OWNER_COUNT; i++) {
        out->of[i].uid = geteuid();
        out->of[i].gid = getegid();
        if (!out->is_full || system_users[i].user == NULL)
            continue;
        const struct passwd *p = getpwnam(system_users[i].user);
        if (p == NULL)
            return gh_fail(err, GH_BAD, 0, system_users[i].missing);
        out->of[i].uid = p->pw_uid;
        out->of[i].gid = p->pw_gid;
    }
    return GH_OK;
}

const char *
gh_owners_separation(const struct gh_owners *o)
{
    return o->is_full ? "full" : "single-user";
}

/* Permitted capabilities survive the change of user because of KEEPCAPS; only the one that is named here is then kept. */
static bool
keep_bind_capability(void)
{
    const cap_value_t bind_low[] = {CAP_NET_BIND_SERVICE};
    cap_t caps = cap_init();
    bool is_set = caps != NULL && cap_set_flag(caps, CAP_PERMITTED, 1, bind_low, CAP_SET) == 0 &&
                  cap_set_flag(caps, CAP_EFFECTIVE, 1, bind_low, CAP_SET) == 0 &&
                  cap_set_flag(caps, CAP_INHERITABLE, 1, bind_low, CAP_SET) == 0 && cap_set_proc(caps) == 0 &&
                  cap_set_ambient(CAP_NET_BIND_SERVICE, CAP_SET) == 0;

    (void)cap_free(caps);
    return is_set;
}

enum gh_rc
gh_owners_become(const struct gh_owners *o, enum gh_owner who, bool keep_bind)
{
    uid_t uid = o->of[who].uid;
    gid_t gid = o->of[who].gid;

    if (o->is_full && who != GH_OWNER_SELF) {
        if (prctl(PR_SET_KEEPCAPS, keep_bind ? 1 : 0, 0, 0, 0) != 0 || setgroups(1, &gid) != 0 || setresgid(gid, gid, gid) != 0 ||
            setresuid(uid, uid, uid) != 0)
            return GH_DOWN;
        if (keep_bind && !keep_bind_capability())
            return GH_DOWN;
        /* There must be no way back; a kernel that says otherwise is not one to go on with. */
        if (setresuid(0, 0, 0) == 0 || geteuid() != uid)
            return GH_BUG;
    }
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? GH_OK : GH_DOWN;
}
