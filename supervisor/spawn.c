/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

#define FIRST_FD           3
#define N_FDS              GH_SPAWN_FDS
#define ABOVE              16 /* descriptors are parked from here on while the low numbers are dealt out */
#define VAULT_LOCKED_BYTES (64u << 20)

__attribute__((noreturn)) static void
give_up(const char *what)
{
    gh_log(GH_LOG_ERROR, "a program cannot be started", GH_KS("step", gh_str_z(what)),
        GH_KS("why", gh_str_z(strerrordesc_np(errno))), GH_KEND);
    _exit(127);
}

static void
must(bool is_done, const char *what)
{
    if (!is_done)
        give_up(what);
}

/* What a child inherits of ours must be nothing that it could be confused by: handlers, masks, ignored signals. */
static void
reset_signals(void)
{
    sigset_t none;

    for (int s = 1; s < NSIG; s++)
        (void)signal(s, SIG_DFL);
    (void)sigemptyset(&none);
    must(sigprocmask(SIG_SETMASK, &none, NULL) == 0, "signals");
}

/* Limits are set while this process still may. */
static void
set_limits(void)
{
    const struct rlimit none = {0, 0}, locked = {VAULT_LOCKED_BYTES, VAULT_LOCKED_BYTES};
    struct rlimit files;

    must(setrlimit(RLIMIT_CORE, &none) == 0, "no core dumps");
    (void)setrlimit(RLIMIT_MEMLOCK, &locked); /* without root the old limit stays, and vault says what it could not lock */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files); /* each stream takes two */
    }
}

static void
deal_fds(const struct gh_spawn *s)
{
    int parked[N_FDS], null = open("/dev/null", O_RDWR | O_CLOEXEC);

    must(null >= 0 && dup2(null, STDIN_FILENO) >= 0, "standard input");
    if (s->err >= 0)
        must(dup2(s->err, STDOUT_FILENO) >= 0 && dup2(s->err, STDERR_FILENO) >= 0, "standard error");
    for (int i = 0; i < N_FDS; i++) {
        parked[i] = s->fd[i] <= 0 ? -1 : fcntl(s->fd[i], F_DUPFD_CLOEXEC, ABOVE);
        must(s->fd[i] <= 0 || parked[i] >= 0, "descriptors");
    }
    for (int i = 0; i < N_FDS; i++) {
        if (parked[i] >= 0)
            must(dup2(parked[i], FIRST_FD + i) >= 0, "descriptors");
        else
            (void)close_range((unsigned)(FIRST_FD + i), (unsigned)(FIRST_FD + i), CLOSE_RANGE_CLOEXEC);
    }
    must(close_range(FIRST_FD + N_FDS, ~0U, CLOSE_RANGE_CLOEXEC) == 0, "descriptors");
}

/* Set after the switch of user, which would clear it. The parent may have died before. */
static void
die_with(pid_t parent, int death_signal)
{
    must(prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) == 0, "parent death signal");
    if (getppid() != parent)
        _exit(127);
}

static void
change(const struct gh_spawn *s, const struct gh_owners *owners, pid_t parent)
{
    must(setpgid(0, 0) == 0, "process group");
    reset_signals();
    set_limits();
    deal_fds(s);
    (void)umask(027);
    must(chdir("/") == 0, "directory");
    must(gh_owners_become(owners, s->owner, s->keep_bind) == GH_OK, "user");
    die_with(parent, s->death_signal);
}

char *const *
gh_spawn_words(const char *const *v)
{
    union {
        const char *const *in;
        char *const *out;
    } u = {.in = v};
    return u.out;
}

pid_t
gh_spawn(const struct gh_spawn *s, const struct gh_owners *owners)
{
    pid_t parent = getpid(), pid = fork();

    if (pid != 0)
        return pid;
    int exe = fcntl(s->exe, F_DUPFD_CLOEXEC, ABOVE);
    must(exe >= 0, "descriptors");
    change(s, owners, parent);
    (void)execveat(exe, "", gh_spawn_words(s->argv), gh_spawn_words(s->envp), AT_EMPTY_PATH);
    give_up(s->argv[0]);
}

pid_t
gh_spawn_work(const struct gh_spawn *s, const struct gh_owners *owners, int (*work)(void *ctx), void *ctx)
{
    pid_t parent = getpid(), pid = fork();

    if (pid != 0)
        return pid;
    change(s, owners, parent);
    must(close_range(FIRST_FD + N_FDS, ~0U, 0) == 0, "descriptors");
    _exit(work(ctx));
}
