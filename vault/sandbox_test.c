/* SPDX-License-Identifier: Apache-2.0 */
/* What the sandbox refuses, tried from inside in a child: files by an error, calls by the end of the process. */
#include "vault/testing.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "host/host.h"
#include "vault/sandbox.h"

static struct gh_test_dir vault_dir, memory_dir;

/* ---- attempts: 0 when it went through, else errno ---- */

static int
opened(int dir, const char *path, int flags)
{
    int fd = openat(dir, path, flags | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno;
    (void)close(fd);
    return 0;
}

static int
read_foreign(void)
{
    return opened(AT_FDCWD, "/etc/hostname", O_RDONLY);
}

static int
write_foreign(void)
{
    return opened(AT_FDCWD, "/tmp/gatehouse-vault-escape", O_WRONLY | O_CREAT);
}

static int
read_up(void)
{
    return opened(vault_dir.fd, "../", O_RDONLY | O_DIRECTORY);
}

static int
write_own(void)
{
    return gh_file_replace(vault_dir.fd, "own", 0600, GH_STR("x")) == GH_OK &&
                   gh_file_replace(memory_dir.fd, "own", 0640, GH_STR("x")) == GH_OK
               ? 0
               : errno;
}

static int
make_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int
make_process(void)
{
    return fork() < 0 ? errno : 0;
}

static int
run_program(void)
{
    char name[] = "true", *argv[] = {name, NULL}, *envp[] = {NULL};

    execve("/bin/true", argv, envp);
    return errno;
}

static int
executable_memory(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int
memory_made_executable(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return mprotect(p, 4096, PROT_READ | PROT_EXEC) != 0 ? errno : 0;
}

static int
look_into_parent(void)
{
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 ? errno : 0;
}

/* ---- the table ---- */

static const struct attempt {
    const char *name;
    int (*run)(void);
    bool is_ended; /* by SIGSYS */
    int error;
} attempts[] = {
    {"own files", write_own, false, 0},
    {"read elsewhere", read_foreign, false, EACCES},
    {"write elsewhere", write_foreign, false, EACCES},
    {"one directory up", read_up, false, EACCES},
    {"socket", make_socket, true, 0},
    {"fork", make_process, true, 0},
    {"exec", run_program, true, 0},
    {"executable memory", executable_memory, true, 0},
    {"memory made executable", memory_made_executable, true, 0},
    {"become dumpable again", look_into_parent, true, 0},
};

__attribute__((noreturn)) static void
try_inside(const struct attempt *t)
{
    gh_harden(2);
    gh_sandbox_files(vault_dir.fd, memory_dir.fd);
    gh_sandbox_calls();
    _exit(t->run() == t->error ? 0 : 1);
}

static void
refusals(void **state)
{
    (void)state;
#ifdef GH_NO_SECCOMP
    print_message("# built with a sanitizer: no seccomp, skipped\n");
    skip();
#endif
    if (syscall(444 /* landlock_create_ruleset */, NULL, 0, 1) < 1) {
        print_message("# this kernel has no Landlock: skipped\n");
        skip();
    }
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        int status = 0;
        pid_t pid;

        print_message("# %s\n", attempts[i].name);
        (void)fflush(stdout);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            try_inside(&attempts[i]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(WIFSIGNALED(status), attempts[i].is_ended);
        assert_int_equal(attempts[i].is_ended ? WTERMSIG(status) : WEXITSTATUS(status), attempts[i].is_ended ? SIGSYS : 0);
    }
}

/* Pages of keys: zero, locked, and not in a child. */
static void
pages(void **state)
{
    char *p = gh_sandbox_pages(5000);
    unsigned char resident[2];
    int status = 0;
    pid_t pid;

    (void)state;
    assert_non_null(p);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(p[i], 0);
    assert_int_equal(mincore(p, 5000, resident), 0);
    assert_true((resident[0] & 1) != 0 && (resident[1] & 1) != 0);
    pid = fork();
    if (pid == 0) {
        (void)signal(SIGSEGV, SIG_DFL);
        _exit(*(volatile char *)p);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refusals), cmocka_unit_test(pages)};
    int failed;

    vault_dir = gh_test_dir_make();
    memory_dir = gh_test_dir_make();
    failed = cmocka_run_group_tests_name("vault sandbox", tests, NULL, NULL);
    gh_test_dir_remove(&vault_dir);
    gh_test_dir_remove(&memory_dir);
    return failed;
}
