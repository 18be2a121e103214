/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/house.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"
#include "ipc/layout.h"

static struct flock
byte(int which)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = which, .l_len = 1};
}

enum gh_rc
gh_lock_open(int *fd, const struct gh_house *h, bool may_create, struct gh_house_err *err)
{
    *fd = openat(h->fd, GH_LAYOUT_LOCK, O_RDWR | O_NOFOLLOW | O_CLOEXEC | (may_create ? O_CREAT : 0), 0600);
    if (*fd >= 0)
        return GH_OK;
    const char *what = errno == ENOENT   ? "there is no installation here"
                       : errno == EACCES ? "its owner alone may do this (sudo?)"
                                         : "the lock cannot be opened";
    (void)gh_house_fail_errno(err, what, h->path);
    return GH_DOWN;
}

pid_t
gh_lock_holder(int fd, int which)
{
    struct flock l = byte(which);

    return fcntl(fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK ? l.l_pid : 0;
}

enum gh_rc
gh_lock_take(int fd, int which, pid_t *holder)
{
    struct flock l = byte(which);

    *holder = 0;
    if (fcntl(fd, F_SETLK, &l) == 0)
        return GH_OK;
    *holder = gh_lock_holder(fd, which);
    return GH_BAD;
}

void
gh_lock_write(int fd, pid_t supervisor)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%ld\n", (long)supervisor);

    /* For people; what counts is the lock itself. */
    if (n <= 0 || pwrite(fd, text, (size_t)n, 0) != n || ftruncate(fd, n) != 0)
        gh_log(GH_LOG_WARN, "the lock file cannot be written", GH_KU("errno", errno), GH_KEND);
}
