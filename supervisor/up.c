/* SPDX-License-Identifier: Apache-2.0 */
/* `gatehouse up`: checks what can be checked at once, takes the lock, and becomes the keeper. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/host.h"
#include "supervisor/keeper.h"
#include "supervisor/super.h"
#include "supervisor/supervisor.h"

#define LOG     "run/gatehouse.log"
#define LOG_MAX (16 << 20) /* an older log is kept beside as .1 */

static int
refuse(const struct gh_house_err *err)
{
    (void)fprintf(stderr, "gatehouse: %s: %s\n", err->about, err->what);
    return 1;
}

static enum gh_rc
take_house(struct gh_keeper *k, struct gh_house_err *err)
{
    struct gh_err why = {0};
    pid_t holder;
    char text[160];

    if (gh_settings_listen(&k->listen, gh_str_z(k->settings->listen), &why) != GH_OK)
        return gh_house_fail(err, why.what, k->settings->listen);
    if (gh_owners_find(&k->house->owners, &why) != GH_OK)
        return gh_house_fail(err, why.what, "up");
    if (gh_house_open(k->house, k->settings->data, err) != GH_OK || gh_lock_open(&k->lock, k->house, true, err) != GH_OK)
        return GH_BAD;
    if (gh_lock_take(k->lock, GH_LOCK_KEEPER, &holder) != GH_OK || (holder = gh_lock_holder(k->lock, GH_LOCK_SUPERVISOR)) != 0) {
        (void)snprintf(
            text, sizeof(text), "already in use: it runs as process %ld (gatehouse down --data DIR ends it)", (long)holder);
        return gh_house_fail(err, text, k->house->path);
    }
    /* One of an earlier run must not pass for this one's. */
    if (k->settings->ready_file != NULL && unlink(k->settings->ready_file) != 0 && errno != ENOENT)
        return gh_house_fail_errno(err, "cannot be replaced", k->settings->ready_file);
    if (gh_sockets_resolve(&k->listen, err) != GH_OK)
        return GH_BAD;
    return gh_house_furnish(k->house, err);
}

/* Standard output and error of a detached one. */
static enum gh_rc
open_log(const struct gh_house *h, struct gh_house_err *err)
{
    struct stat st;

    if (fstatat(h->fd, LOG, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > LOG_MAX)
        (void)renameat(h->fd, LOG, h->fd, LOG ".1");
    gh_auto_fd log = openat(h->fd, LOG, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    gh_auto_fd null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (log < 0 || null < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0 || dup2(null, STDIN_FILENO) < 0)
        return gh_house_fail_errno(err, "cannot be opened", LOG);
    return GH_OK;
}

static int
keep(const struct gh_up_settings *s, int report)
{
    struct gh_house house = {.fd = -1, .memory_fd = -1};
    struct gh_keeper k = {.settings = s, .house = &house, .lock = -1, .report = report, .line = -1};
    struct gh_house_err err = {0};

    (void)umask(077);
    if (take_house(&k, &err) != GH_OK || (s->is_detached && open_log(&house, &err) != GH_OK))
        return refuse(&err);
    return gh_keeper_run(&k);
}

/* The first process of a detached start: waits until the edge serves, or for the reason why not. What comes by `report` comes after the log
 * was opened; what the parts said stands there alone. */
static int
wait_for_start(int report, pid_t keeper, const char *data)
{
    gh_auto_arena a;
    struct gh_str text = {NULL, 0};
    int status;

    gh_arena_init(&a, gh_heap(), 8192);
    if (gh_read_all(&text, &a, report, 4096) == GH_OK && gh_str_eq(text, GH_STR("ok")))
        return 0;
    if (text.n > 0)
        (void)fprintf(stderr, "gatehouse: %.*s\n  what it said before: %s/" LOG "\n", (int)text.n, text.p, data);
    (void)waitpid(keeper, &status, 0);
    return 1;
}

/* A relative ready file means where `up` was called, and the keeper of a detached one moves away. */
static const char *
absolute(char *room, size_t n, const char *path)
{
    char cwd[4096];

    if (path == NULL || path[0] == '/' || getcwd(cwd, sizeof(cwd)) == NULL || snprintf(room, n, "%s/%s", cwd, path) >= (int)n)
        return path;
    return room;
}

int
gh_supervisor_up(const struct gh_up_settings *given)
{
    char room[8192];
    struct gh_up_settings s = *given;
    int ends[2];

    gh_log_init("gatehouse");
    s.ready_file = absolute(room, sizeof(room), s.ready_file);
    if (!s.is_detached)
        return keep(&s, -1);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 1;
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        gh_close(ends[0]);
        (void)setsid();
        _exit(keep(&s, ends[1]));
    }
    gh_close(ends[1]);
    int status = pid < 0 ? 1 : wait_for_start(ends[0], pid, s.data);
    gh_close(ends[0]);
    return status;
}
