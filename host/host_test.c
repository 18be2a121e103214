/* SPDX-License-Identifier: Apache-2.0 */
#include "host/host.h"

#include "sweeps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
    char path[64];
    int fd;
    struct gh_arena a;
};

static int
place_up(void **state)
{
    static struct place p;

    memcpy(p.path, "/tmp/gatehouse-host-XXXXXX", 27);
    if (mkdtemp(p.path) == NULL || (p.fd = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return -1;
    gh_arena_init(&p.a, gh_heap(), 64u << 20);
    *state = &p;
    return 0;
}

static int
place_down(void **state)
{
    struct place *p = *state;
    static const char *const names[] = {"file", "link", "sub/file"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)unlinkat(p->fd, names[i], 0);
    (void)unlinkat(p->fd, "sub", AT_REMOVEDIR);
    gh_close(p->fd);
    gh_arena_fini(&p->a);
    return rmdir(p->path); /* fails if a test left anything else, such as a file written beside */
}

static void
test_replace_and_read(void **state)
{
    struct place *p = *state;
    struct gh_str s;
    struct stat st;

    assert_int_equal(mkdirat(p->fd, "sub", 0700), 0);
    assert_int_equal(gh_file_replace(p->fd, "sub/file", 0640, GH_STR("old")), GH_OK);
    assert_int_equal(gh_file_replace(p->fd, "sub/file", 0600, GH_STR("new text")), GH_OK);
    assert_int_equal(gh_file_read(&s, &p->a, p->fd, "sub/file", 100), GH_OK);
    assert_true(gh_str_eq(s, GH_STR("new text")));
    assert_int_equal(fstatat(p->fd, "sub/file", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void
test_read_limit(void **state)
{
    struct place *p = *state;
    struct gh_str s;

    assert_int_equal(gh_file_replace(p->fd, "file", 0600, GH_STR("12345678")), GH_OK);
    assert_int_equal(gh_file_read(&s, &p->a, p->fd, "file", 8), GH_OK);
    assert_int_equal(s.n, 8);
    assert_int_equal(gh_file_read(&s, &p->a, p->fd, "file", 7), GH_LIMIT);
    assert_int_equal(gh_file_read(&s, &p->a, p->fd, "none", 7), GH_DOWN);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(gh_file_read(&s, &p->a, AT_FDCWD, "/proc/self/status", 65536), GH_OK); /* says that its size is 0 */
    assert_true(s.n > 100);
}

static void
test_no_links(void **state)
{
    struct place *p = *state;
    struct gh_str s;

    assert_int_equal(gh_file_replace(p->fd, "file", 0600, GH_STR("target")), GH_OK);
    assert_int_equal(symlinkat("file", p->fd, "link"), 0);
    assert_int_equal(gh_file_read(&s, &p->a, p->fd, "link", 100), GH_DOWN);
    assert_int_equal(errno, ELOOP);
    assert_int_equal(gh_file_read(&s, &p->a, p->fd, ".", 100), GH_BAD); /* nor folders */
    /* A link is replaced, not written through. */
    assert_int_equal(gh_file_replace(p->fd, "link", 0600, GH_STR("own")), GH_OK);
    assert_int_equal(gh_file_read(&s, &p->a, p->fd, "file", 100), GH_OK);
    assert_true(gh_str_eq(s, GH_STR("target")));
}

static void
test_read_pipe(void **state)
{
    struct place *p = *state;
    struct gh_str s;
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(gh_write_all(ends[1], GH_STR("through a pipe")), GH_OK);
    gh_close(ends[1]);
    assert_int_equal(gh_read_all(&s, &p->a, ends[0], 100), GH_OK);
    assert_true(gh_str_eq(s, GH_STR("through a pipe")));
    gh_close(ends[0]);
}

/* What one log call writes, caught in a pipe in place of stderr. */
static struct gh_str
logged(struct gh_arena *a, const struct gh_log_kv *kv)
{
    struct gh_str s = GH_STR("");
    int ends[2], saved = dup(STDERR_FILENO);

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    gh_log_kvs(GH_LOG_WARN, "it happened", kv);
    dup2(saved, STDERR_FILENO);
    gh_close(saved);
    gh_close(ends[1]);
    assert_int_equal(gh_read_all(&s, a, ends[0], 65536), GH_OK);
    gh_close(ends[0]);
    return s;
}

static void
test_log_is_one_line(void **state)
{
    struct place *p = *state;
    char big[4000];
    struct gh_str s;

    memset(big, 'x', sizeof(big));
    s = logged(&p->a, (const struct gh_log_kv[]){GH_KS("who", GH_STR("a\" evil=\"1\nb")), GH_KU("n", 42), GH_KEND});
    assert_int_equal(gh_str_chr(s, '\n'), s.n - 1);
    assert_true(gh_str_find(s, GH_STR("warn: it happened who=\"")) != SIZE_MAX);
    assert_true(gh_str_find(s, GH_STR("\" evil")) == SIZE_MAX);
    assert_true(gh_str_find(s, GH_STR(" n=42")) != SIZE_MAX);
    s = logged(&p->a, (const struct gh_log_kv[]){GH_KS("k", gh_str(big, sizeof(big))), GH_KS("l", gh_str(big, sizeof(big))),
                          GH_KS("m", gh_str(big, sizeof(big))), GH_KS("o", gh_str(big, sizeof(big))), GH_KEND});
    assert_int_equal(gh_str_chr(s, '\n'), s.n - 1);
    assert_true(s.n <= 2048);
}

static void
test_log_redacts(void **state)
{
    struct place *p = *state;
    struct gh_str s;

    s = logged(&p->a, (const struct gh_log_kv[]){GH_KS("header", GH_STR("Bearer abcdefghijklmnopqrstuvwxyz0123456789")), GH_KEND});
    assert_true(gh_str_find(s, GH_STR("abcdefghij")) == SIZE_MAX);
    assert_true(gh_str_find(s, GH_STR("[redacted]")) != SIZE_MAX);
}

/* In a child: hardening cannot be taken back. */
static void
test_harden(void **state)
{
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        struct rlimit core;
        int above = fcntl(0, F_DUPFD, 10);
        gh_harden(5);
        bool is_good = getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
                       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && fcntl(above, F_GETFD) == FD_CLOEXEC && fcntl(0, F_GETFD) == 0;
        _exit(is_good ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void
test_random_differs(void **state)
{
    char one[32], two[32];

    (void)state;
    gh_random(one, sizeof(one));
    gh_random(two, sizeof(two));
    assert_memory_not_equal(one, two, sizeof(one));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_replace_and_read, place_up, place_down),
        cmocka_unit_test_setup_teardown(test_read_limit, place_up, place_down),
        cmocka_unit_test_setup_teardown(test_no_links, place_up, place_down),
        cmocka_unit_test_setup_teardown(test_read_pipe, place_up, place_down),
        cmocka_unit_test_setup_teardown(test_log_is_one_line, place_up, place_down),
        cmocka_unit_test_setup_teardown(test_log_redacts, place_up, place_down),
        cmocka_unit_test(test_harden),
        cmocka_unit_test(test_random_differs),
    };

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
