/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors and whole files: every read and write of a file in the house that is not a store, a snapshot or a spool. */
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

#define READ_STEP  65536
#define READ_LEAST 512

void
gh_close(int fd)
{
    int e = errno;

    if (fd >= 0)
        (void)close(fd);
    errno = e;
}

enum gh_rc
gh_write_all(int fd, struct gh_str s)
{
    while (s.n > 0) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return GH_DOWN;
        s = gh_str_sub(s, (size_t)n, SIZE_MAX);
    }
    return GH_OK;
}

/* Bytes into room that is there; *got is 0 at the end of the file. */
static enum gh_rc
read_some(size_t *got, int fd, char *p, size_t n)
{
    for (;;) {
        ssize_t r = read(fd, p, n);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return GH_DOWN;
        *got = (size_t)r;
        return GH_OK;
    }
}

enum gh_rc
gh_read_all(struct gh_str *out, struct gh_arena *a, int fd, size_t max)
{
    struct stat st;
    size_t cap = READ_STEP, n = 0, got = 0;
    enum gh_rc rc;

    /* A regular file tells its size: one take of the right size, and one byte more to see the end. */
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0)
        cap = (size_t)st.st_size + 1;
    if (cap < READ_LEAST)
        cap = READ_LEAST; /* files of /proc say 0 */
    if (cap - 1 > max)
        cap = max + 1;
    char *p = gh_arena_take(a, cap);
    if (p == NULL)
        return GH_NOMEM;
    for (;;) {
        if ((rc = read_some(&got, fd, p + n, cap - n)) != GH_OK)
            return rc;
        n += got;
        if (n > max)
            return GH_LIMIT;
        if (got == 0)
            break;
        if (n == cap) {
            char *bigger = gh_arena_take_array(a, cap, 2);
            if (bigger == NULL)
                return GH_NOMEM;
            memcpy(bigger, p, n);
            p = bigger;
            cap *= 2;
        }
    }
    *out = gh_str(p, n);
    return GH_OK;
}

enum gh_rc
gh_file_read(struct gh_str *out, struct gh_arena *a, int dirfd, const char *path, size_t max)
{
    struct stat st;
    gh_auto_fd fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return GH_DOWN;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        errno = EINVAL;
        return GH_BAD;
    }
    return gh_read_all(out, a, fd, max);
}

/* "a/b/c" -> a descriptor of "a/b", and "c". */
static int
open_parent(const char **name, int dirfd, const char *path)
{
    char dir[GH_RESOURCE_PATH_MAX * 2];
    const char *slash = strrchr(path, '/');

    *name = slash == NULL ? path : slash + 1;
    if (slash == NULL)
        return openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    size_t n = slash == path ? 1 : (size_t)(slash - path);
    if (n >= sizeof(dir)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(dir, path, n);
    dir[n] = '\0';
    return openat(dirfd, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static enum gh_rc
write_new(int parent, const char *name, const struct gh_file_owner *o, struct gh_str content)
{
    gh_auto_fd fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return GH_DOWN;
    /* Owner before mode: the file must never be readable by a group that it does not belong to yet. */
    if (fchown(fd, o->uid, o->gid) != 0 || fchmod(fd, o->mode) != 0)
        return GH_DOWN;
    if (gh_write_all(fd, content) != GH_OK || fsync(fd) != 0)
        return GH_DOWN;
    return GH_OK;
}

enum gh_rc
gh_file_replace_as(int dirfd, const char *path, const struct gh_file_owner *o, struct gh_str content)
{
    const char *name;
    char beside[300];
    uint64_t r;

    gh_auto_fd parent = open_parent(&name, dirfd, path);
    if (parent < 0)
        return GH_DOWN;
    gh_random(&r, sizeof(r));
    if (snprintf(beside, sizeof(beside), ".%s.%016llx", name, (unsigned long long)r) >= (int)sizeof(beside))
        return GH_LIMIT;
    if (write_new(parent, beside, o, content) != GH_OK || renameat(parent, beside, parent, name) != 0) {
        int e = errno;
        (void)unlinkat(parent, beside, 0);
        errno = e;
        return GH_DOWN;
    }
    return fsync(parent) == 0 ? GH_OK : GH_DOWN;
}

enum gh_rc
gh_file_replace(int dirfd, const char *path, mode_t mode, struct gh_str content)
{
    const struct gh_file_owner same = {.uid = (uid_t)-1, .gid = (gid_t)-1, .mode = mode};

    return gh_file_replace_as(dirfd, path, &same, content);
}
