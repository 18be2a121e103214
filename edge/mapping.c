/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/limits.h"

/* One file: opened, looked at, mapped, believed. Runs in a thread, so it touches no nginx object and its memory is the heap's. */

/*
 * Arenas come and go with each request, in blocks of 4 to 64 KiB, always the same powers of two: a thread keeps some of each size, half a
 * MiB of each at most. What is taken from an arena is zeroed there or written at once, so nothing shows of whom a block served before.
 */
#define SPARE_SIZES 5
#define SPARE_MIN   4096u
#ifdef __SANITIZE_ADDRESS__
#define SPARE_BYTES 0 /* the sanitizer is to see each of them come and go */
#else
#define SPARE_BYTES (512u * 1024) /* of a size */
#endif

static __thread struct {
    void *head[SPARE_SIZES]; /* each block holds the next one's address */
    unsigned n[SPARE_SIZES];
} spare;

/* Which of the sizes, or SPARE_SIZES. */
static unsigned
size_class(size_t n)
{
    for (unsigned c = 0; c < SPARE_SIZES; c++)
        if (n == (size_t)SPARE_MIN << c)
            return c;
    return SPARE_SIZES;
}

static void *
heap_get(void *ctx, size_t n)
{
    unsigned c = size_class(n);
    void *p;

    (void)ctx;
    if (c == SPARE_SIZES || (p = spare.head[c]) == NULL)
        return malloc(n);
    memcpy(&spare.head[c], p, sizeof(p));
    spare.n[c]--;
    return p;
}

static void
heap_put(void *ctx, void *p, size_t n)
{
    unsigned c = size_class(n);

    (void)ctx;
    if (c == SPARE_SIZES || spare.n[c] >= SPARE_BYTES / n) {
        free(p);
        return;
    }
    memcpy(p, &spare.head[c], sizeof(p));
    spare.head[c] = p;
    spare.n[c]++;
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

const char *
ngx_http_gatehouse_map(ngx_http_gatehouse_mapping_t *m, const char *dir, const char *name)
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
    if ((*why = ngx_http_gatehouse_map(m, dir, name)) == NULL) {
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
