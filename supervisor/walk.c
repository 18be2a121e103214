/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

enum gh_rc
gh_walk_tidy(char *path)
{
    struct gh_str rest = gh_str_z(path), part;
    char *to = path;

    if (path[0] != '/')
        return GH_BAD;
    while (gh_str_cut(&part, &rest, '/')) {
        if (part.n == 0 || gh_str_eq(part, GH_STR(".")))
            continue;
        if (gh_str_eq(part, GH_STR("..")))
            return GH_BAD;
        *to++ = '/';
        memmove(to, part.p, part.n);
        to += part.n;
    }
    *to = '\0';
    return to == path ? GH_BAD : GH_OK;
}

/* A directory on the way, or the last one. Who owns one or can write to it can put another in the place of what is in it; in a sticky
 * one only the owners can. */
static enum gh_rc
inspect(int fd, const char *path, struct gh_house_err *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return gh_house_fail_errno(err, "cannot be read", path);
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return gh_house_fail(
            err, "another user owns this directory and can replace what lies in it: choose another place for the data", path);
    if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0)
        return gh_house_fail(err, "everybody can replace what lies in this directory: choose another place for the data", path);
    if ((st.st_mode & S_IWGRP) != 0 && (st.st_mode & S_ISVTX) == 0 && st.st_gid != 0)
        return gh_house_fail(err, "a group can replace what lies in this directory: choose another place for the data", path);
    if ((st.st_mode & S_IXOTH) == 0)
        return gh_house_fail(err,
            "the system users of Gatehouse cannot enter this directory: choose another place for the data, such as "
            "/var/lib/gatehouse",
            path);
    return GH_OK;
}

static int
step(int at, const char *name, bool is_strict)
{
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (is_strict ? O_NOFOLLOW : 0);
    int fd = openat(at, name, flags);

    if (fd >= 0 || errno != ENOENT)
        return fd;
    if (mkdirat(at, name, 0755) != 0 && errno != EEXIST)
        return -1;
    return openat(at, name, flags | O_NOFOLLOW);
}

enum gh_rc
gh_walk_open(int *out, const char *path, bool is_strict, struct gh_house_err *err)
{
    struct gh_str rest = gh_str_z(path + 1), part;
    char name[GH_HOUSE_PATH_MAX + 1], so_far[GH_HOUSE_PATH_MAX + 1];
    mode_t mask = umask(022); /* what is made on the way can be passed by all */
    gh_auto_fd at = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum gh_rc rc = at < 0 ? gh_house_fail_errno(err, "cannot be opened", "/") : GH_OK;

    while (rc == GH_OK && gh_str_cut(&part, &rest, '/')) {
        size_t done = (size_t)(part.p + part.n - path);
        memcpy(name, part.p, part.n);
        name[part.n] = '\0';
        memcpy(so_far, path, done);
        so_far[done] = '\0';
        int next = step(at, name, is_strict);
        gh_close(at);
        at = next;
        if (at < 0 && is_strict && (errno == ELOOP || errno == ENOTDIR))
            rc = gh_house_fail(err, "this is a symbolic link or no directory: name the real path", so_far);
        else if (at < 0)
            rc = gh_house_fail_errno(err, "cannot be opened", so_far);
        else if (is_strict)
            rc = inspect(at, so_far, err);
    }
    (void)umask(mask);
    if (rc == GH_OK)
        *out = gh_steal_fd(&at);
    return rc;
}

enum gh_rc
gh_walk_no_links(const char *path, struct gh_house_err *err)
{
    char root[GH_HOUSE_PATH_MAX + 1];
    char *const roots[] = {root, NULL};
    enum gh_rc rc = GH_OK;

    memcpy(root, path, strlen(path) + 1);
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
    if (tree == NULL)
        return gh_house_fail_errno(err, "cannot be searched", path);
    for (FTSENT *e; rc == GH_OK && (e = fts_read(tree)) != NULL;) {
        struct stat st;
        if (e->fts_info == FTS_SL || e->fts_info == FTS_SLNONE ||
            (e->fts_info == FTS_NSOK && lstat(e->fts_path, &st) == 0 && S_ISLNK(st.st_mode)))
            rc = gh_house_fail(err, "there is a symbolic link in the data directory", e->fts_path);
    }
    (void)fts_close(tree);
    return rc;
}
