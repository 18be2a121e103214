/* SPDX-License-Identifier: Apache-2.0 */
/* audit/spool: what lies in DIR/spool. Written by the edge's user: names, types and sizes are checked, links are never followed. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "control/audit/audit_int.h"
#include "host/host.h"

#define NAME_END GH_STR(".spool")

static enum gh_rc
hex_u64(uint64_t *out, struct gh_str s)
{
    *out = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *digits = "0123456789abcdef", *p = s.p[i] == '\0' ? NULL : strchr(digits, s.p[i]);

        if (p == NULL)
            return GH_BAD;
        *out = *out << 4 | (uint64_t)(p - digits);
    }
    return s.n == 16 ? GH_OK : GH_BAD;
}

enum gh_rc
gh_audit_spool_name(uint64_t *epoch, uint64_t *hour, struct gh_str name)
{
    struct gh_str head;

    if (name.n >= SPOOL_NAME_MAX || !gh_str_ends(name, NAME_END))
        return GH_BAD;
    name.n -= NAME_END.n;
    if (!gh_str_cut(&head, &name, '-') || hex_u64(epoch, head) != GH_OK)
        return GH_BAD;
    return gh_str_u64(hour, name, INT64_MAX);
}

static bool
take_entry(struct spool_file *f, int dirfd, const char *name)
{
    struct stat st;

    *f = (struct spool_file){0};
    if (gh_audit_spool_name(&f->epoch, &f->hour, gh_str_z(name)) != GH_OK)
        return false;
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return false;
    memcpy(f->name, name, strlen(name) + 1);
    f->size = (uint64_t)st.st_size;
    f->changed_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    return true;
}

static int
compare(const void *x, const void *y)
{
    const struct spool_file *a = x, *b = y;

    if (a->epoch != b->epoch)
        return a->epoch < b->epoch ? -1 : 1;
    return a->hour < b->hour ? -1 : a->hour > b->hour;
}

/* ---- files that are held open ---- */

static struct spool_kept *
kept_find(struct spool_kept *kept, const char *name)
{
    for (size_t i = 0; i < SPOOL_KEPT_MAX; i++) {
        if (strcmp(kept[i].name, name) == 0)
            return &kept[i];
    }
    return NULL;
}

void
gh_audit_spool_drop(struct spool_kept *kept, const char *name)
{
    for (size_t i = 0; i < SPOOL_KEPT_MAX; i++) {
        if (kept[i].name[0] == '\0' || (name != NULL && strcmp(kept[i].name, name) != 0))
            continue;
        gh_close(kept[i].fd);
        kept[i] = (struct spool_kept){.fd = -1};
    }
}

static int
open_named(int dirfd, const struct spool_file *f)
{
    return openat(dirfd, f->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

static void
keep(struct spool_kept *kept, int dirfd, struct spool_file *f)
{
    struct spool_kept *free_slot = kept_find(kept, "");
    int fd;

    if ((f->kept = kept_find(kept, f->name)) != NULL || free_slot == NULL || (fd = open_named(dirfd, f)) < 0)
        return;
    *free_slot = (struct spool_kept){.fd = fd};
    memcpy(free_slot->name, f->name, sizeof free_slot->name);
    f->kept = free_slot;
}

/* A kept file without a name is listed as if it still had one. Another file under its name is that file's business. */
static void
add_unlinked(struct spool_list *l, struct spool_kept *k)
{
    struct spool_file *f = &l->file[l->n];
    struct stat st;

    if (k->name[0] == '\0' || l->n == SPOOL_FILES_MAX || fstat(k->fd, &st) != 0 || st.st_nlink > 0)
        return;
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->file[i].name, k->name) == 0)
            return;
    }
    *f = (struct spool_file){.kept = k, .is_unlinked = true};
    if (gh_audit_spool_name(&f->epoch, &f->hour, gh_str_z(k->name)) != GH_OK)
        return;
    memcpy(f->name, k->name, sizeof f->name);
    f->size = (uint64_t)st.st_size;
    f->changed_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    l->n++;
}

/* ---- the directory ---- */

static enum gh_rc
read_names(struct spool_list *out, int dirfd)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;

    out->n = 0;
    if (d == NULL) {
        gh_close(fd);
        return GH_DOWN;
    }
    while (out->n < SPOOL_FILES_MAX && (e = readdir(d)) != NULL)
        out->n += take_entry(&out->file[out->n], dirfd, e->d_name);
    (void)closedir(d);
    return GH_OK;
}

enum gh_rc
gh_audit_spool_list(struct spool_list *out, int dirfd, struct spool_kept *kept)
{
    enum gh_rc rc = read_names(out, dirfd);

    if (rc != GH_OK)
        return rc;
    for (size_t i = 0; i < SPOOL_KEPT_MAX; i++)
        add_unlinked(out, &kept[i]);
    qsort(out->file, out->n, sizeof out->file[0], compare);
    for (size_t i = 0; i < out->n; i++) {
        struct spool_file *f = &out->file[i];

        f->is_last = i + 1 == out->n || out->file[i + 1].epoch != f->epoch;
        if (f->is_last && !f->is_unlinked)
            keep(kept, dirfd, f);
    }
    return GH_OK;
}

/* ---- one file ---- */

enum gh_rc
gh_audit_spool_read(size_t *n, void *mem, size_t max, int dirfd, const struct spool_file *f, uint64_t offset)
{
    gh_auto_fd own = f->is_unlinked ? -1 : open_named(dirfd, f);
    int fd = f->is_unlinked ? f->kept->fd : own;
    ssize_t got;

    *n = 0;
    if (fd < 0 || (got = pread(fd, mem, max, (off_t)offset)) < 0)
        return GH_DOWN;
    *n = (size_t)got;
    return GH_OK;
}

bool
gh_audit_spool_is_free(int dirfd, const struct spool_file *f)
{
    gh_auto_fd own = f->is_unlinked ? -1 : open_named(dirfd, f);
    int fd = f->is_unlinked ? f->kept->fd : own;

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
        return false;
    (void)flock(fd, LOCK_UN);
    return true;
}
