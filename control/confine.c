/* SPDX-License-Identifier: Apache-2.0 */
#include "control/confine.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>

#include <seccomp.h>

#define CALL(name) SCMP_SYS(name)

/* Each group is what one part needs. */
static const int allowed[] = {
    /* memory and threads */
    CALL(brk),
    CALL(mmap),
    CALL(munmap),
    CALL(mremap),
    CALL(mprotect),
    CALL(madvise),
    CALL(futex),
    CALL(clone),
    CALL(clone3),
    CALL(set_robust_list),
    CALL(rseq),
    CALL(set_tid_address),
    CALL(sched_yield),
    CALL(sched_getaffinity),
    CALL(exit),
    CALL(exit_group),
    CALL(gettid),
    CALL(getpid),
    CALL(getppid),
    CALL(tgkill),
    CALL(membarrier),
    CALL(prctl),
    CALL(arch_prctl),
    CALL(prlimit64),
    CALL(getrusage),
    /* signals and time */
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(sigaltstack),
    CALL(restart_syscall),
    CALL(clock_gettime),
    CALL(clock_getres),
    CALL(clock_nanosleep),
    CALL(nanosleep),
    CALL(gettimeofday),
    CALL(getrandom),
    /* files: the store, snapshot and spool, resolver configuration, certificates */
    CALL(openat),
    CALL(open),
    CALL(close),
    CALL(read),
    CALL(readv),
    CALL(pread64),
    CALL(write),
    CALL(writev),
    CALL(pwrite64),
    CALL(lseek),
    CALL(fsync),
    CALL(fdatasync),
    CALL(ftruncate),
    CALL(fallocate),
    CALL(stat),
    CALL(fstat),
    CALL(lstat),
    CALL(newfstatat),
    CALL(statx),
    CALL(statfs),
    CALL(fstatfs),
    CALL(access),
    CALL(faccessat),
    CALL(faccessat2),
    CALL(unlink),
    CALL(unlinkat),
    CALL(rename),
    CALL(renameat),
    CALL(renameat2),
    CALL(getdents64),
    CALL(readlink),
    CALL(readlinkat),
    CALL(getcwd),
    CALL(fchmod),
    CALL(fchown),
    CALL(umask),
    CALL(fcntl),
    CALL(flock),
    CALL(dup),
    CALL(dup2),
    CALL(dup3),
    CALL(inotify_init1),
    CALL(inotify_add_watch),
    CALL(inotify_rm_watch),
    /* sockets: supervisor, vault, the two listeners, key sources, names */
    CALL(accept),
    CALL(accept4),
    CALL(connect),
    CALL(bind),
    CALL(listen),
    CALL(shutdown),
    CALL(getsockname),
    CALL(getpeername),
    CALL(getsockopt),
    CALL(setsockopt),
    CALL(sendto),
    CALL(sendmsg),
    CALL(sendmmsg),
    CALL(recvfrom),
    CALL(recvmsg),
    CALL(recvmmsg),
    CALL(socketpair),
    CALL(poll),
    CALL(ppoll),
    CALL(select),
    CALL(pselect6),
    CALL(epoll_create1),
    CALL(epoll_ctl),
    CALL(epoll_wait),
    CALL(epoll_pwait),
    CALL(eventfd2),
    CALL(pipe2),
    CALL(ioctl),
    /* who am I: libraries ask */
    CALL(getuid),
    CALL(geteuid),
    CALL(getgid),
    CALL(getegid),
    CALL(uname),
    CALL(sysinfo),
};

static const int deadly[] = {
    CALL(execve),
    CALL(execveat),
    CALL(ptrace),
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(mount),
    CALL(setuid),
    CALL(bpf),
};

/* Kinds of socket that are made here: everything else (packet, vsock, crypto) fails. */
static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

static int
add_rules(scmp_filter_ctx f)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(allowed) / sizeof(allowed[0]); i++)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; rc == 0 && i < sizeof(deadly) / sizeof(deadly[0]); i++)
        rc = seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
    for (size_t i = 0; rc == 0 && i < sizeof(families) / sizeof(families[0]); i++)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(socket), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));
    return rc;
}

enum gh_rc
gh_confine(void)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (f == NULL)
        return GH_NOMEM;
    int rc = add_rules(f);
    if (rc == 0)
        rc = seccomp_load(f);
    seccomp_release(f);
    return rc == 0 ? GH_OK : GH_DOWN;
}
