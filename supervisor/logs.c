/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs have a bound. The edge's is renamed, and nginx opens another one: what is still written to the old file until then stays in it. The
 * installation's own log is shared by all parts through descriptors that nobody can exchange: its older part is copied beside, and then
 * taken out of the file by the kernel, which loses no line that is written meanwhile.
 */
#include "supervisor/super.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"
#include "ipc/layout.h"

#define EVERY_MS    10000
#define BYTES_MAX   (16 << 20)
#define BLOCK       4096 /* the kernel takes out whole blocks of a file system; 4096 is one or many on all that we know */
#define EDGE_LOG    "error.log"
#define GENERATIONS 3 /* .1 is the newest */

/* NAME.2 -> NAME.3, NAME.1 -> NAME.2: NAME.1 is free then. */
static void
make_room(int dir, const char *name)
{
    char from[64], to[64];

    for (int i = GENERATIONS - 1; i > 0; i--) {
        (void)snprintf(from, sizeof(from), "%s.%d", name, i);
        (void)snprintf(to, sizeof(to), "%s.%d", name, i + 1);
        (void)renameat(dir, from, dir, to);
    }
}

static bool
is_due(const struct stat *st, bool is_forced)
{
    return S_ISREG(st->st_mode) && st->st_size > (is_forced ? 0 : BYTES_MAX);
}

static void
rotate_edge(const struct gh_super *s, bool is_forced)
{
    gh_auto_fd edge = openat(s->house.fd, GH_LAYOUT_EDGE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    gh_auto_fd dir = edge < 0 ? -1 : openat(edge, "logs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (dir < 0 || fstatat(dir, EDGE_LOG, &st, AT_SYMLINK_NOFOLLOW) != 0 || !is_due(&st, is_forced))
        return;
    make_room(dir, EDGE_LOG);
    if (renameat(dir, EDGE_LOG, dir, EDGE_LOG ".1") != 0)
        gh_log(GH_LOG_ERROR, "the edge's log cannot be renamed", GH_KS("why", gh_str_z(strerrordesc_np(errno))), GH_KEND);
    else if (s->part[GH_PART_EDGE].pid > 0)
        (void)kill(s->part[GH_PART_EDGE].pid, SIGUSR1);
}

/* The first `n` bytes of `log` as FILE.1. */
static bool
copy_beside(int dir, int log, off_t n)
{
    gh_auto_fd to = openat(dir, "gatehouse.log.new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    off_t at = 0;

    while (to >= 0 && at < n)
        if (sendfile(to, log, &at, (size_t)(n - at)) <= 0 && errno != EINTR)
            return false;
    if (to < 0)
        return false;
    make_room(dir, "gatehouse.log");
    return renameat(dir, "gatehouse.log.new", dir, "gatehouse.log.1") == 0;
}

/* Only where our words go into that file: in the foreground they are somebody else's. */
static void
rotate_own(const struct gh_super *s, bool is_forced)
{
    gh_auto_fd dir = openat(s->house.fd, GH_LAYOUT_RUN, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    gh_auto_fd log = dir < 0 ? -1 : openat(dir, "gatehouse.log", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    struct stat st, ours;

    if (log < 0 || fstat(log, &st) != 0 || fstat(STDERR_FILENO, &ours) != 0 || st.st_ino != ours.st_ino || st.st_dev != ours.st_dev)
        return;
    off_t n = st.st_size / BLOCK * BLOCK;
    st.st_size = (off_t)st.st_blocks * 512; /* what it takes: a hole takes nothing */
    if (n == 0 || !is_due(&st, is_forced))
        return;
    if (!copy_beside(dir, log, n) || (fallocate(log, FALLOC_FL_COLLAPSE_RANGE, 0, n) != 0 &&
                                         fallocate(log, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, n) != 0))
        gh_log(GH_LOG_ERROR, "the log cannot be shortened", GH_KS("why", gh_str_z(strerrordesc_np(errno))), GH_KEND);
}

void
gh_logs_rotate(struct gh_super *s, bool is_forced)
{
    s->logs_at_ms = gh_monotonic_ms() + EVERY_MS;
    rotate_edge(s, is_forced);
    rotate_own(s, is_forced);
}
