/* SPDX-License-Identifier: Apache-2.0 */
/* vault/testing: what the tests of this room share: a directory of their own, and a seal with a fixed key. */
#ifndef GH_VAULT_TESTING_H
#define GH_VAULT_TESTING_H

#include "sweeps.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/seal.h"

struct gh_test_dir {
    char path[64];
    int fd;
};

static inline struct gh_test_dir
gh_test_dir_make(void)
{
    struct gh_test_dir d = {.path = "/tmp/gatehouse-vault-XXXXXX"};

    assert_non_null(mkdtemp(d.path));
    d.fd = open(d.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(d.fd >= 0);
    return d;
}

/* The number of entries whose name starts with `prefix`. With is_removing they are removed as well. */
static inline size_t
gh_test_dir_entries(int dir, const char *prefix, bool is_removing)
{
    DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct dirent *e;
    size_t n = 0;

    assert_non_null(d);
    while ((e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strncmp(e->d_name, prefix, strlen(prefix)) != 0)
            continue;
        n++;
        if (is_removing)
            assert_int_equal(unlinkat(dir, e->d_name, 0), 0);
    }
    closedir(d);
    return n;
}

static inline void
gh_test_dir_remove(struct gh_test_dir *d)
{
    (void)gh_test_dir_entries(d->fd, "", true);
    (void)close(d->fd);
    assert_int_equal(rmdir(d->path), 0);
}

static inline struct gh_seal
gh_test_seal(void)
{
    struct gh_seal s;

    memset(s.master, 0x11, sizeof(s.master));
    memset(s.installation, 0x22, sizeof(s.installation));
    return s;
}

#endif
