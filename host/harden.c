/* SPDX-License-Identifier: Apache-2.0 */
#include "host/host.h"

#include <errno.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void
must(bool is_done, const char *what)
{
    if (is_done)
        return;
    gh_log(GH_LOG_ERROR, "cannot harden this process", GH_KS("step", gh_str_z(what)), GH_KU("errno", errno), GH_KEND);
    _exit(70);
}

void
gh_harden(int keep_fd)
{
    const struct rlimit none = {0, 0};

    must(setrlimit(RLIMIT_CORE, &none) == 0, "no core dumps");
    must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "not dumpable");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
    must(close_range((unsigned)keep_fd + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0, "close on exec");
}
