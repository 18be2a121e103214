/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/sandbox.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/host.h"

enum { EXIT_SANDBOX = 70 };

/* Room for the largest message several times over: below this, locking all of it would make large messages fail. */
#define LOCK_LIMIT_WANTED (64u << 20)

static void
must(bool is_done, const char *step)
{
    if (is_done)
        return;
    gh_log(GH_LOG_ERROR, "cannot confine this process", GH_KS("step", gh_str_z(step)), GH_KU("errno", errno), GH_KEND);
    _exit(EXIT_SANDBOX);
}

/* ---- memory ---- */

void *
gh_sandbox_pages(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    if (mlock(p, n) == 0 && madvise(p, n, MADV_DONTDUMP) == 0 && madvise(p, n, MADV_DONTFORK) == 0)
        return p;
    (void)munmap(p, n);
    return NULL;
}

void
gh_sandbox_lock_memory(void)
{
    struct rlimit limit = {0, 0};
    bool is_enough = (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur >= LOCK_LIMIT_WANTED) || geteuid() == 0;
    const char *what = "only what is mapped at the start is locked in memory; large secrets in passing could reach a swap device";

    if (is_enough && mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
        return;
    if (mlockall(MCL_CURRENT | MCL_ONFAULT) != 0)
        what = "only the pages of keys are locked in memory; secrets in passing could reach a swap device";
    gh_log(GH_LOG_NOTICE, what, GH_KU("limit_bytes", limit.rlim_cur), GH_KEND);
}

/* ---- files ---- */

#define FILE_RIGHTS                                                                                                                \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |    \
        LANDLOCK_ACCESS_FS_REMOVE_FILE)

/* All that version 1 of the interface knows: what is handled and not allowed is refused. */
#define ALL_RIGHTS ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

static void
allow_below(int ruleset, int dir)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = FILE_RIGHTS, .parent_fd = dir};

    must(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0, "landlock rule");
}

void
gh_sandbox_files(int vault_dir, int memory_dir)
{
    struct landlock_ruleset_attr attr = {.handled_access_fs = ALL_RIGHTS};
    gh_auto_fd ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

    if (ruleset < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) {
        gh_log(GH_LOG_NOTICE, "this kernel has no Landlock: files are kept apart by user alone", GH_KEND);
        return;
    }
    must(ruleset >= 0, "landlock ruleset");
    allow_below(ruleset, vault_dir);
    allow_below(ruleset, memory_dir);
    must(syscall(SYS_landlock_restrict_self, ruleset, 0) == 0, "landlock");
}

/* ---- calls ---- */

#ifdef GH_NO_SECCOMP

void
gh_sandbox_calls(void)
{
    gh_log(GH_LOG_WARN, "built with a sanitizer, which makes calls that the sandbox would not allow: no seccomp", GH_KEND);
}

#else

/* What a running vault does: messages on the sockets it holds, its own files, memory, time, randomness, its end. */
static const int allowed_calls[] = {
    /* messages */
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    /* files */
    SCMP_SYS(openat),
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(fsync),
    SCMP_SYS(fchown),
    SCMP_SYS(fchmod),
    SCMP_SYS(renameat),
    SCMP_SYS(unlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(fcntl),
    SCMP_SYS(lseek),
    /* memory, locks of the C library */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    /* time, randomness, who we are (OpenSSL asks before it draws random numbers) */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    /* the end, also by abort() */
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(tgkill),
    SCMP_SYS(restart_syscall),
};

/* The one option that a socket is given here: how long a send may wait. */
static bool
allow_patience(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 2, SCMP_A1(SCMP_CMP_EQ, SOL_SOCKET, 0),
               SCMP_A2(SCMP_CMP_EQ, SO_SNDTIMEO, 0)) == 0;
}

/* Memory that can be executed is never made: no injected code. */
static bool
allow_unexecutable(scmp_filter_ctx filter, int call)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
}

void
gh_sandbox_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

    must(filter != NULL, "seccomp");
    for (size_t i = 0; i < sizeof(allowed_calls) / sizeof(allowed_calls[0]); i++)
        must(seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0) == 0, "seccomp rule");
    must(allow_patience(filter), "seccomp rule");
    must(allow_unexecutable(filter, SCMP_SYS(mmap)) && allow_unexecutable(filter, SCMP_SYS(mprotect)), "seccomp rule");
    must(seccomp_load(filter) == 0, "seccomp load");
    seccomp_release(filter);
}

#endif
