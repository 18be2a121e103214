/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/view.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "host/host.h"

struct gh_view_file {
    void *map;
    size_t n;
    struct gh_arena a;
    struct gh_snap_file *file;
    unsigned refs;
};

static enum gh_rc
map_whole(struct gh_view_file *f, int dirfd, const char *name)
{
    struct stat st;
    gh_auto_fd fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) != 0)
        return GH_DOWN;
    if (st.st_size <= 0 || (uint64_t)st.st_size > GH_SNAP_BYTES_MAX)
        return GH_LIMIT;
    f->n = (size_t)st.st_size;
    f->map = mmap(NULL, f->n, PROT_READ, MAP_SHARED, fd, 0);
    if (f->map == MAP_FAILED) {
        f->map = NULL;
        return GH_NOMEM;
    }
    return GH_OK;
}

enum gh_rc
gh_view_file_open(struct gh_view_file **out, int dirfd, const char *name, const uint8_t installation[16])
{
    struct gh_err err = {0};
    *out = NULL;
    struct gh_view_file *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return GH_NOMEM;
    f->refs = 1;
    gh_arena_init(&f->a, gh_heap(), 1 << 20);
    enum gh_rc rc = map_whole(f, dirfd, name);
    if (rc == GH_OK)
        rc = gh_snap_verify(&f->file, &f->a, gh_str(f->map, f->n), installation, &err);
    if (rc == GH_OK) {
        *out = f;
        return GH_OK;
    }
    gh_log(GH_LOG_ERROR, "snapshot refused", GH_KS("file", gh_str_z(name)), GH_KS("why", gh_str_z(err.what)), GH_KEND);
    gh_view_file_unref(f);
    return rc;
}

void
gh_view_file_unref(struct gh_view_file *f)
{
    if (f == NULL || __atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    if (f->map != NULL)
        (void)munmap(f->map, f->n);
    gh_arena_fini(&f->a);
    free(f);
}

enum gh_rc
gh_view_new(struct gh_view **out, struct gh_view_file *base, struct gh_view_file *overlay)
{
    struct gh_view *v = calloc(1, sizeof(*v));
    *out = v;
    if (v == NULL)
        return GH_NOMEM;
    (void)__atomic_add_fetch(&base->refs, 1, __ATOMIC_RELAXED);
    (void)__atomic_add_fetch(&overlay->refs, 1, __ATOMIC_RELAXED);
    *v = (struct gh_view){.snap = {base->file, overlay->file},
        .generation = gh_snap_file_meta(overlay->file)->generation,
        .base = base,
        .overlay = overlay,
        .refs = 1};
    return GH_OK;
}

void
gh_view_ref(struct gh_view *v)
{
    (void)__atomic_add_fetch(&v->refs, 1, __ATOMIC_RELAXED);
}

void
gh_view_unref(struct gh_view *v)
{
    if (v == NULL || __atomic_sub_fetch(&v->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    gh_view_file_unref(v->base);
    gh_view_file_unref(v->overlay);
    free(v);
}
