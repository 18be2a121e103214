/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/house.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "supervisor/walk.h"

#define SHM "/dev/shm"

struct place {
    const char *name;
    enum gh_owner owner, group;
    mode_t mode;
};

/* Modes are those of full separation; in single-user separation the group and the others get nothing. */
static const struct place places[] = {
    {GH_LAYOUT_CONTROL, GH_OWNER_CONTROL, GH_OWNER_CONTROL, 0700},
    {GH_LAYOUT_VAULT, GH_OWNER_VAULT, GH_OWNER_VAULT, 0700},
    {GH_LAYOUT_SNAPSHOT, GH_OWNER_CONTROL, GH_OWNER_EDGE, 02750},
    {GH_LAYOUT_SPOOL, GH_OWNER_EDGE, GH_OWNER_CONTROL, 02770},
    {GH_LAYOUT_EDGE, GH_OWNER_EDGE, GH_OWNER_EDGE, 0700},
    {GH_LAYOUT_TLS, GH_OWNER_SELF, GH_OWNER_SELF, 0755},
    {GH_LAYOUT_RUN, GH_OWNER_SELF, GH_OWNER_SELF, 0755},
    {GH_LAYOUT_LISTEN, GH_OWNER_EDGE, GH_OWNER_EDGE, 0755},
};
/* Control opens edge.key in it by name, so the others may pass, not look: nothing else in it is readable for them. */
static const struct place memory_place = {"", GH_OWNER_VAULT, GH_OWNER_EDGE, 02751};

enum gh_rc
gh_house_fail(struct gh_house_err *err, const char *what, const char *about)
{
    (void)snprintf(err->what, sizeof(err->what), "%s", what);
    (void)snprintf(err->about, sizeof(err->about), "%s", about);
    return GH_BAD;
}

enum gh_rc
gh_house_fail_errno(struct gh_house_err *err, const char *what, const char *about)
{
    int e = errno;

    (void)snprintf(err->what, sizeof(err->what), "%s: %s", what, strerrordesc_np(e));
    (void)snprintf(err->about, sizeof(err->about), "%s", about);
    return GH_BAD;
}

bool
gh_house_path(char *out, size_t n, const struct gh_house *h, const char *name)
{
    int got = snprintf(out, n, "%s/%s", h->path, name);
    return got > 0 && (size_t)got < n;
}

/* Owner before mode: chown clears the set-group-id bit. */
static enum gh_rc
settle(int fd, const struct gh_house *h, const struct place *p, struct gh_house_err *err)
{
    const struct gh_owners *o = &h->owners;
    uid_t uid = o->of[p->owner].uid;
    gid_t gid = o->of[p->group].gid;
    struct stat st;

    if (fstat(fd, &st) != 0)
        return gh_house_fail_errno(err, "cannot be read", p->name);
    if (st.st_uid != uid && st.st_uid != geteuid())
        return gh_house_fail(err, "belongs to another user", p->name);
    if (o->is_full && fchown(fd, uid, gid) != 0)
        return gh_house_fail_errno(err, "cannot be given to its user", p->name);
    mode_t mode = o->is_full ? p->mode : p->mode & 0700;
    if (fchmod(fd, mode) != 0)
        return gh_house_fail_errno(err, "its mode cannot be set", p->name);
    return GH_OK;
}

static enum gh_rc
make_place(int *out, int parent, const char *name, const struct gh_house *h, const struct place *p, struct gh_house_err *err)
{
    if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST)
        return gh_house_fail_errno(err, "cannot be made", name);
    gh_auto_fd fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return gh_house_fail_errno(err, "cannot be opened as a directory", name);
    enum gh_rc rc = settle(fd, h, p, err);
    if (rc == GH_OK && out != NULL)
        *out = gh_steal_fd(&fd);
    return rc;
}

/* DIR/installation: 32 hex digits, drawn once. */
static enum gh_rc
know_installation(struct gh_house *h, struct gh_house_err *err)
{
    gh_auto_arena a;
    struct gh_str text = {NULL, 0}, bytes;
    uint8_t id[16];
    char mem[40];
    struct gh_buf b;
    enum gh_rc rc;

    gh_arena_init(&a, gh_heap(), 4096);
    rc = gh_file_read(&text, &a, h->fd, GH_LAYOUT_INSTALLATION, 64);
    if (rc == GH_DOWN && errno == ENOENT) {
        gh_random(id, sizeof(id));
        gh_buf_init_fixed(&b, mem, sizeof(mem));
        gh_buf_put_hex(&b, gh_str(id, sizeof(id)));
        text = gh_buf_str(&b);
        rc = gh_file_replace(h->fd, GH_LAYOUT_INSTALLATION, 0644, text);
    }
    if (rc != GH_OK)
        return gh_house_fail_errno(err, "the installation id cannot be read or written", GH_LAYOUT_INSTALLATION);
    if (text.n == 33 && text.p[32] == '\n')
        text.n = 32;
    if (text.n != 32 || gh_hex_decode(&bytes, &a, text) != GH_OK)
        return gh_house_fail(err, "not an installation id: 32 hex digits are wanted", GH_LAYOUT_INSTALLATION);
    memcpy(h->installation, text.p, 32);
    h->installation[32] = '\0';
    return GH_OK;
}

static bool
is_memory(const char *path)
{
    struct statfs fs;

    return statfs(path, &fs) == 0 && fs.f_type == TMPFS_MAGIC && access(path, W_OK | X_OK) == 0;
}

/* MEM on /dev/shm. Everybody may make names there: where somebody has taken ours, one that nobody could foresee is drawn, lest a
 * stranger decide that credentials go to a disk. */
static enum gh_rc
make_memory(struct gh_house *h, struct gh_house_err *err)
{
    uint64_t drawn;

    (void)snprintf(h->memory, sizeof(h->memory), "%s/gatehouse-%.16s", SHM, h->installation);
    if (is_memory(SHM) && make_place(&h->memory_fd, AT_FDCWD, h->memory, h, &memory_place, err) == GH_OK)
        return GH_OK;
    gh_random(&drawn, sizeof(drawn));
    (void)snprintf(h->memory, sizeof(h->memory), "%s/gatehouse-%.16s-%016" PRIx64, SHM, h->installation, drawn);
    if (is_memory(SHM) && make_place(&h->memory_fd, AT_FDCWD, h->memory, h, &memory_place, err) == GH_OK)
        return GH_OK;
    if (!gh_house_path(h->memory, sizeof(h->memory), h, GH_LAYOUT_RUN "/memory"))
        return gh_house_fail(err, "too long", h->path);
    gh_log(GH_LOG_WARN, "no place on a memory file system: credentials of backends are kept in a file on disk",
        GH_KS("path", gh_str_z(h->memory)), GH_KEND);
    return make_place(&h->memory_fd, AT_FDCWD, h->memory, h, &memory_place, err);
}

/* The key with which the edge signs what it tells control about a request (ipc/edge_header.h); new at each start. */
static enum gh_rc
draw_edge_key(const struct gh_house *h, struct gh_house_err *err)
{
    const struct gh_owners *o = &h->owners;
    const struct gh_file_owner owner = {
        .uid = o->is_full ? o->of[GH_OWNER_CONTROL].uid : (uid_t)-1,
        .gid = o->is_full ? o->of[GH_OWNER_EDGE].gid : (gid_t)-1,
        .mode = o->is_full ? 0640 : 0600,
    };
    char key[32];
    enum gh_rc rc;

    gh_random(key, sizeof(key));
    rc = gh_file_replace_as(h->memory_fd, GH_LAYOUT_EDGE_KEY, &owner, gh_str(key, sizeof(key)));
    gh_wipe(key, sizeof(key));
    return rc == GH_OK ? GH_OK : gh_house_fail_errno(err, "cannot be written", GH_LAYOUT_EDGE_KEY);
}

enum gh_rc
gh_house_furnish(struct gh_house *h, struct gh_house_err *err)
{
    enum gh_rc rc;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if ((rc = make_place(NULL, h->fd, places[i].name, h, &places[i], err)) != GH_OK)
            return rc;
    if ((rc = know_installation(h, err)) != GH_OK || (rc = make_memory(h, err)) != GH_OK)
        return rc;
    return draw_edge_key(h, err);
}

/* nginx.conf takes paths without quotes, so these alone may occur (supervisor/render.h). */
static bool
is_plain(const char *path)
{
    for (const char *c = path; *c != '\0'; c++) {
        bool is_letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
        if (!is_letter && strchr("._/+@-", *c) == NULL)
            return false;
    }
    return true;
}

/* As root every component is walked by itself, so the path must not be resolved first; links in it are then refused. */
static enum gh_rc
absolute(struct gh_house *h, const char *data, struct gh_house_err *err)
{
    char full[8192];
    char cwd[4096] = "";

    if (data[0] != '/' && getcwd(cwd, sizeof(cwd)) == NULL)
        return gh_house_fail_errno(err, "the current directory has no path", data);
    if (snprintf(full, sizeof(full), "%s/%s", cwd, data) >= (int)sizeof(full) || gh_walk_tidy(full) != GH_OK)
        return gh_house_fail(err, "not a path of a data directory (\"..\" is not taken)", data);
    if (strlen(full) > GH_HOUSE_PATH_MAX)
        return gh_house_fail(err, "the path of the data directory is too long: the sockets below it could not be bound", full);
    if (!is_plain(full))
        return gh_house_fail(err, "the path of the data directory may have letters, digits and . _ / + @ - only", full);
    memcpy(h->path, full, strlen(full) + 1);
    return GH_OK;
}

enum gh_rc
gh_house_open(struct gh_house *h, const char *data, struct gh_house_err *err)
{
    struct stat st;
    enum gh_rc rc;

    h->fd = h->memory_fd = -1;
    if ((rc = absolute(h, data, err)) != GH_OK)
        return rc;
    if ((rc = gh_walk_open(&h->fd, h->path, h->owners.is_full, err)) != GH_OK)
        return rc;
    if (fstat(h->fd, &st) != 0)
        return gh_house_fail_errno(err, "cannot be read", h->path);
    if (st.st_uid != geteuid())
        return gh_house_fail(err, "the data directory belongs to another user", h->path);
    if ((st.st_mode & 022) != 0)
        return gh_house_fail(err, "others can write to the data directory (chmod go-w)", h->path);
    if (!h->owners.is_full)
        return GH_OK;
    if (fchmod(h->fd, 0755) != 0)
        return gh_house_fail_errno(err, "its mode cannot be set", h->path);
    return gh_walk_no_links(h->path, err);
}

enum gh_rc
gh_house_find(struct gh_house *h, const char *data, struct gh_house_err *err)
{
    enum gh_rc rc;

    memset(h, 0, sizeof(*h));
    h->fd = h->memory_fd = -1;
    if ((rc = absolute(h, data, err)) != GH_OK)
        return rc;
    h->fd = open(h->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (h->fd < 0) {
        (void)gh_house_fail_errno(err, "the data directory cannot be opened", h->path);
        return GH_DOWN;
    }
    return GH_OK;
}

void
gh_house_forget_memory(const struct gh_house *h)
{
    gh_auto_fd copy = h->memory_fd < 0 ? -1 : openat(h->memory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);

    if (d == NULL)
        return;
    (void)gh_steal_fd(&copy); /* closedir closes it */
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        (void)unlinkat(h->memory_fd, e->d_name, 0); /* "." and ".." are directories, which this call refuses */
    (void)closedir(d);
    (void)rmdir(h->memory);
}

void
gh_house_close(struct gh_house *h)
{
    gh_close(h->fd);
    gh_close(h->memory_fd);
    h->fd = h->memory_fd = -1;
}
