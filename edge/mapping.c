/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/limits.h"

/* One file: opened, looked at, mapped, believed. Runs in a thread, so it touches no nginx object and its memory is the heap's. */

static void *
heap_get(void *ctx, size_t n)
{
    (void)ctx;
    return malloc(n);
}

static void
heap_put(void *ctx, void *p, size_t n)
{
    (void)ctx;
    (void)n;
    free(p);
}

struct gh_alloc
ngx_http_gatehouse_heap(void)
{
    return (struct gh_alloc){heap_get, heap_put, NULL};
}

/* The file belongs to whoever owns the folder, and nobody else could have written either of them. */
static const char *
ownership_fault(int dir, const struct stat *file)
{
    struct stat d;

    if (fstat(dir, &d) != 0)
        return "folder cannot be looked at";
    if (!S_ISREG(file->st_mode) || file->st_uid != d.st_uid)
        return "file belongs to somebody else";
    if ((file->st_mode & (S_IWGRP | S_IWOTH)) != 0 || (d.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return "others could have written it";
    return NULL;
}

static const char *
map(ngx_http_gatehouse_mapping_t *m, const char *dir, const char *name)
{
    struct stat st;
    const char *why = "file cannot be opened";
    int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;

    if (dirfd < 0 || (fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) < 0 || fstat(fd, &st) != 0)
        goto out;
    if ((why = ownership_fault(dirfd, &st)) != NULL)
        goto out;
    why = "file has no plausible size";
    if (st.st_size <= 0 || (uint64_t)st.st_size > GH_SNAP_BYTES_MAX)
        goto out;
    m->size = (size_t)st.st_size;
    void *p = mmap(NULL, m->size, PROT_READ, MAP_PRIVATE, fd, 0);
    why = p == MAP_FAILED ? "file cannot be mapped" : NULL;
    m->bytes = p == MAP_FAILED ? NULL : p;
out:
    if (fd >= 0)
        close(fd);
    if (dirfd >= 0)
        close(dirfd);
    return why;
}

ngx_http_gatehouse_mapping_t *
ngx_http_gatehouse_mapping_open(const char *dir, const char *name, const uint8_t installation[16], const char **why)
{
    ngx_http_gatehouse_mapping_t *m = calloc(1, sizeof(*m));
    struct gh_err err = {0};

    *why = "no memory";
    if (m == NULL)
        return NULL;
    m->refs = 1;
    gh_arena_init(&m->arena, ngx_http_gatehouse_heap(), 1u << 20);
    if ((*why = map(m, dir, name)) == NULL) {
        if (gh_snap_verify(&m->file, &m->arena, gh_str(m->bytes, m->size), installation, &err) == GH_OK) {
            m->generation = gh_snap_file_meta(m->file)->generation;
            return m;
        }
        *why = err.what != NULL ? err.what : "file is not a snapshot";
    }
    ngx_http_gatehouse_mapping_free(m);
    return NULL;
}

void
ngx_http_gatehouse_mapping_free(ngx_http_gatehouse_mapping_t *m)
{
    if (m == NULL || --m->refs > 0)
        return;
    if (m->bytes != NULL)
        munmap(m->bytes, m->size);
    gh_arena_fini(&m->arena);
    free(m);
}
