/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rendering of nginx.conf, in a child under the edge's user: it alone maps the snapshot, verifies it, writes the
 * configuration, has nginx test it and renames it in. The supervisor sees an exit status and what was said. Whatever fails, the
 * configuration in force stays.
 */
#include "supervisor/super.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "policy/snapshot.h"
#include "supervisor/render.h"

#define JOB_MS    30000
#define NGINX_FD  3
#define MODULE_FD 4
#define DATA_FD   5 /* and on: files of data, in the order of the table below */
#define MAX_FILES 65536u
#define EDGE_DIR  GH_LAYOUT_EDGE
#define NEW_CONF  GH_LAYOUT_NGINX_CONF ".new"

#define LEFT_OUT      "listener left out: "
#define UNIX_PATH_MAX 108 /* sun_path, with its zero byte */

enum { JOB_CHANGED = 0, JOB_FAILED = 1, JOB_SAME = 2 };

/* ---- in the child ---- */

struct work {
    const struct gh_super *s;
    struct gh_arena *a;
    int dir;         /* DIR, as this user may enter it */
    char module[64]; /* below DIR */
    bool has_new_ca;
};

static int
fail(const char *what, const char *about)
{
    (void)dprintf(STDERR_FILENO, "%s%s%s\n", what, about[0] == '\0' ? "" : ": ", about);
    return JOB_FAILED;
}

static bool
make_folders(const struct work *w)
{
    static const char *const folders[] = {EDGE_DIR "/ca", EDGE_DIR "/logs", EDGE_DIR "/tmp"};

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (mkdirat(w->dir, folders[i], 0700) != 0 && errno != EEXIST)
            return false;
    return true;
}

/* Named by its content: nginx would take a file of the same name for the one that it has loaded. */
static bool
name_module(struct work *w)
{
    uint8_t hash[GH_SHA256_BYTES];
    struct stat st;
    struct gh_buf b;

    if (fstat(MODULE_FD, &st) != 0 || st.st_size <= 0)
        return false;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, MODULE_FD, 0);
    if (p == MAP_FAILED)
        return false;
    enum gh_rc rc = gh_sha256(hash, gh_str(p, (size_t)st.st_size));
    (void)munmap(p, (size_t)st.st_size);
    gh_buf_init_fixed(&b, w->module, sizeof(w->module) - 1);
    gh_buf_putz(&b, GH_LAYOUT_MODULE);
    gh_buf_put_hex(&b, gh_str(hash, 8));
    gh_buf_putz(&b, ".so");
    w->module[b.n] = '\0';
    return rc == GH_OK && b.rc == GH_OK;
}

/* By rename: workers of an older run may have the old file mapped. */
static bool
install_module(const struct work *w)
{
    static const char fresh[] = EDGE_DIR "/module.new";
    struct stat st;
    off_t at = 0;
    gh_auto_fd to = openat(w->dir, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0500);

    if (to < 0 || fstat(MODULE_FD, &st) != 0)
        return false;
    while (at < st.st_size)
        if (sendfile(to, MODULE_FD, &at, (size_t)(st.st_size - at)) <= 0 && errno != EINTR)
            return false;
    return renameat(w->dir, fresh, w->dir, w->module) == 0;
}

/* What the edge reads beside its module, by programs' numbers. One that is not installed is not copied: what was there stays, and the edge says
 * what it cannot do without it. */
static const struct {
    enum gh_program program;
    const char *path;
} data_files[] = {{GH_PROGRAM_SHIELD_MODEL, GH_LAYOUT_SHIELD}, {GH_PROGRAM_PATTERNS, GH_LAYOUT_PATTERNS}};
#define N_DATA_FILES (sizeof(data_files) / sizeof(data_files[0]))
_Static_assert(DATA_FD + N_DATA_FILES == 3 + GH_SPAWN_FDS, "a descriptor for each file");

/* By rename: the edge has the old one mapped, and looks for another one each second. */
static bool
install_data(const struct work *w)
{
    char fresh[64];

    for (size_t i = 0; i < N_DATA_FILES; i++) {
        struct stat st;
        off_t at = 0;
        if (w->s->exe[data_files[i].program] < 0)
            continue;
        (void)snprintf(fresh, sizeof(fresh), "%s.new", data_files[i].path);
        gh_auto_fd to = openat(w->dir, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0400);
        if (to < 0 || fstat(DATA_FD + (int)i, &st) != 0)
            return false;
        while (at < st.st_size)
            if (sendfile(to, DATA_FD + (int)i, &at, (size_t)(st.st_size - at)) <= 0 && errno != EINTR)
                return false;
        if (renameat(w->dir, fresh, w->dir, data_files[i].path) != 0)
            return false;
    }
    return true;
}

/* Those of other builds, once nothing names them any more: who has one mapped keeps it. */
static void
remove_older(const struct work *w)
{
    int fd = openat(w->dir, EDGE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);

    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (gh_str_starts(gh_str_z(e->d_name), GH_STR("module")) && strcmp(e->d_name, w->module + sizeof(EDGE_DIR)) != 0)
            (void)unlinkat(fd, e->d_name, 0);
    if (d != NULL)
        (void)closedir(d);
    else
        gh_close(fd);
}

static enum gh_rc
map_snap(
    struct gh_snap_file **out, const struct work *w, const char *kind, uint64_t generation, const uint8_t *id, struct gh_err *err)
{
    char path[96];
    struct stat st;

    (void)snprintf(path, sizeof(path), GH_LAYOUT_SNAPSHOT "/%s-%016llx.snap", kind, (unsigned long long)generation);
    gh_auto_fd fd = openat(w->dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size <= 0 || (uint64_t)st.st_size > GH_SNAP_BYTES_MAX)
        return gh_fail(err, GH_DOWN, 0, "a snapshot file cannot be opened");
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return gh_fail(err, GH_DOWN, 0, "a snapshot file cannot be mapped");
    return gh_snap_verify(out, w->a, gh_str(p, (size_t)st.st_size), id, err);
}

/* Control may publish between our look at `current` and at the files that it names, and remove older ones: look once more then. */
static enum gh_rc
open_snapshot(struct gh_snap *snap, const struct work *w, struct gh_err *err)
{
    struct gh_str id, bytes;
    enum gh_rc rc = GH_DOWN;

    if (gh_hex_decode(&id, w->a, gh_str(w->s->house.installation, 32)) != GH_OK)
        return gh_fail(err, GH_BUG, 0, "installation id");
    for (int tries = 0; tries < 3 && rc != GH_OK; tries++) {
        struct gh_snap_current c;
        struct gh_snap_file *base = NULL, *overlay = NULL;
        if (gh_file_read(&bytes, w->a, w->dir, GH_LAYOUT_CURRENT, GH_SNAP_CURRENT_BYTES) != GH_OK)
            return gh_fail(err, GH_DOWN, 0, "no snapshot is published");
        if ((rc = gh_snap_current_read(&c, bytes)) != GH_OK)
            return gh_fail(err, rc, 0, "the file that names the snapshot is damaged");
        rc = map_snap(&base, w, "base", c.base_generation, (const uint8_t *)id.p, err);
        if (rc == GH_OK && c.overlay_generation != 0)
            rc = map_snap(&overlay, w, "overlay", c.overlay_generation, (const uint8_t *)id.p, err);
        *snap = (struct gh_snap){.base = base, .overlay = overlay};
    }
    return rc;
}

static bool
is_same(const struct work *w, const char *path, struct gh_str content)
{
    struct gh_str there;

    return gh_file_read(&there, w->a, w->dir, path, GH_RENDER_BYTES_MAX) == GH_OK && gh_str_eq(there, content);
}

/* The authorities of the listeners' clients. */
static bool
write_client_cas(struct work *w, const struct gh_snap *snap)
{
    struct gh_str listener, pem;

    for (size_t it = 0; gh_render_client_ca(&listener, &pem, &it, snap);) {
        char path[128];
        if (snprintf(path, sizeof(path), EDGE_DIR "/ca/listener-%.*s.pem", (int)listener.n, listener.p) >= (int)sizeof(path))
            return false;
        if (is_same(w, path, pem))
            continue;
        w->has_new_ca = true;
        if (gh_file_replace(w->dir, path, 0600, pem) != GH_OK)
            return false;
    }
    return true;
}

/* Whether the edge that runs listens there already: then the address is taken by us. */
static bool
is_in_force(const struct work *w, const char *listen)
{
    struct gh_str conf;

    return w->s->part[GH_PART_EDGE].pid > 0 &&
           gh_file_read(&conf, w->a, w->dir, GH_LAYOUT_NGINX_CONF, GH_RENDER_BYTES_MAX) == GH_OK &&
           gh_str_find(conf, gh_str_z(listen)) != SIZE_MAX;
}

static bool
leave_out(struct gh_str listener, const char *why)
{
    (void)dprintf(STDERR_FILENO, LEFT_OUT "%.*s: %s\n", (int)listener.n, listener.p, why);
    return false;
}

static bool
may_listen(void *ctx, struct gh_str listener, const struct gh_snap_rec *row)
{
    const struct work *w = ctx;
    struct gh_str ip = gh_snap_str(row, GH_LISTENER_ADDRESS);
    struct gh_listen l = {.is_v6 = gh_str_chr(ip, ':') != SIZE_MAX, .port = (uint16_t)gh_snap_u64(row, GH_LISTENER_PORT)};
    char listen[96];

    if (gh_snap_u64(row, GH_LISTENER_IS_UNIX) != 0) {
        size_t n = strlen(w->s->house.path) + sizeof("/" GH_LAYOUT_LISTEN "/") + listener.n;
        return n <= UNIX_PATH_MAX || leave_out(listener, "the path of its socket is too long");
    }
    if (ip.n >= sizeof(l.host))
        return leave_out(listener, "not an address");
    memcpy(l.host, ip.p, ip.n);
    (void)snprintf(listen, sizeof(listen), l.is_v6 ? "listen [%s]:%u " : "listen %s:%u ", l.host, (unsigned)l.port);
    if (is_in_force(w, listen) || gh_sockets_can_bind(&l))
        return true;
    return leave_out(listener, strerrordesc_np(errno));
}

static struct gh_render_env
render_env(const struct gh_super *s, const char *module)
{
    struct rlimit files = {0, 0};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t workers = s->settings->n_workers;

    (void)getrlimit(RLIMIT_NOFILE, &files);
    if (workers == 0)
        workers = cores > 0 && cores < GH_UP_WORKERS_MAX ? (uint64_t)cores : 1;
    return (struct gh_render_env){
        .data = gh_str_z(s->house.path),
        .memory = gh_str_z(s->house.memory),
        .module = gh_str_z(module),
        .workers = (unsigned)workers,
        .max_files = files.rlim_max < MAX_FILES ? (unsigned)files.rlim_max : MAX_FILES,
    };
}

static bool
test_conf(const struct gh_super *s)
{
    char conf[GH_HOUSE_PATH_MAX + 64], log[GH_HOUSE_PATH_MAX + 64];
    char name[] = "nginx", t[] = "-t", q[] = "-q", c[] = "-c", e[] = "-e";
    char *const words[] = {name, t, q, c, conf, e, log, NULL};
    struct gh_env env;
    int status;

    if (!gh_house_path(conf, sizeof(conf), &s->house, NEW_CONF) ||
        !gh_house_path(log, sizeof(log), &s->house, EDGE_DIR "/logs/error.log"))
        return false;
    gh_env_fill(&env, s);
    pid_t pid = fork();
    if (pid == 0) {
        (void)execveat(NGINX_FD, "", words, gh_spawn_words(env.p), AT_EMPTY_PATH);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int
put_in_force(struct work *w, struct gh_str conf)
{
    if (is_same(w, GH_LAYOUT_NGINX_CONF, conf))
        return w->has_new_ca ? JOB_CHANGED : JOB_SAME;
    if (gh_file_replace(w->dir, NEW_CONF, 0600, conf) != GH_OK)
        return fail("the configuration cannot be written", strerrordesc_np(errno));
    if (!test_conf(w->s))
        return fail("nginx does not accept the configuration", "");
    if (renameat(w->dir, NEW_CONF, w->dir, GH_LAYOUT_NGINX_CONF) != 0)
        return fail("the configuration cannot be renamed", strerrordesc_np(errno));
    remove_older(w);
    return JOB_CHANGED;
}

static int
render(struct work *w)
{
    char module[GH_HOUSE_PATH_MAX + 64];
    struct gh_err err = {0};
    struct gh_snap snap;
    struct gh_buf conf;

    if (w->dir < 0 || !make_folders(w))
        return fail("folders of the edge cannot be made", strerrordesc_np(errno));
    if (!name_module(w) || (!w->s->render.is_done_once && !install_module(w)))
        return fail("the module cannot be copied", strerrordesc_np(errno));
    if (!w->s->render.is_done_once && !install_data(w))
        return fail("the model of the shield or the patterns cannot be copied", strerrordesc_np(errno));
    if (open_snapshot(&snap, w, &err) != GH_OK)
        return fail("snapshot", err.what == NULL ? "damaged" : err.what);
    if (!write_client_cas(w, &snap))
        return fail("a CA file cannot be written", strerrordesc_np(errno));
    if (!gh_house_path(module, sizeof(module), &w->s->house, w->module))
        return fail("path", "too long");
    struct gh_render_env env = render_env(w->s, module);
    env.may_listen = may_listen;
    env.ctx = w;
    gh_buf_init(&conf, w->a, GH_RENDER_BYTES_MAX);
    if (gh_render_conf(&conf, &snap, &env, &err) != GH_OK)
        return fail("the snapshot cannot be rendered", err.what == NULL ? "too large" : err.what);
    return put_in_force(w, gh_buf_str(&conf));
}

static int
render_in_child(void *ctx)
{
    gh_auto_arena a;
    struct work w = {.s = ctx, .a = &a};

    gh_arena_init(&a, gh_heap(), 64u << 20);
    w.dir = open(w.s->house.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return render(&w);
}

/* ---- in the supervisor ---- */

void
gh_renderjob_start(struct gh_super *s)
{
    struct gh_render_job *r = &s->render;
    int said[2];

    r->is_wanted = false;
    r->retry_at_ms = 0;
    r->n_said = 0;
    if (pipe2(said, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    const struct gh_spawn spawn = {
        .owner = GH_OWNER_EDGE,
        .fd = {s->exe[GH_PROGRAM_NGINX], s->exe[GH_PROGRAM_MODULE], s->exe[GH_PROGRAM_SHIELD_MODEL], s->exe[GH_PROGRAM_PATTERNS]},
        .err = said[1],
        .keep_bind = true, /* `nginx -t` binds */
        .death_signal = SIGKILL,
    };
    r->pid = gh_spawn_work(&spawn, &s->house.owners, render_in_child, s);
    gh_close(said[1]);
    r->out = said[0];
    r->deadline_ms = gh_monotonic_ms() + JOB_MS;
    if (r->pid < 0) {
        r->pid = 0;
        gh_close(r->out);
        r->out = -1;
        r->retry_at_ms = gh_monotonic_ms() + GH_RENDER_RETRY_MS;
    }
}

void
gh_renderjob_want(struct gh_super *s, uint64_t generation, bool must_reload)
{
    struct gh_render_job *r = &s->render;

    if (generation > r->generation)
        r->generation = generation;
    r->must_reload = r->must_reload || must_reload;
    if (s->stop_stage != 0)
        return;
    if (r->pid != 0)
        r->is_wanted = true;
    else
        gh_renderjob_start(s);
}

void
gh_renderjob_readable(struct gh_super *s)
{
    struct gh_render_job *r = &s->render;
    char rest[512];
    size_t room = sizeof(r->said) - r->n_said;
    ssize_t n = room > 0 ? read(r->out, r->said + r->n_said, room) : read(r->out, rest, sizeof(rest));

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        gh_close(r->out);
        r->out = -1;
    } else if (room > 0) {
        r->n_said += (size_t)n;
    }
}

/* nginx marks the line that matters; the child's own words are one line. */
static struct gh_str
reason_of(const struct gh_render_job *r)
{
    struct gh_str rest = gh_str(r->said, r->n_said), line, first = GH_STR("it ended without a word");

    for (bool is_first = true; gh_str_cut(&line, &rest, '\n'); is_first = false) {
        if (is_first && line.n > 0)
            first = line;
        if (gh_str_find(line, GH_STR("[emerg]")) != SIZE_MAX)
            return line;
    }
    return first;
}

static void
failed(struct gh_super *s)
{
    struct gh_render_job *r = &s->render;
    struct gh_str why = reason_of(r);

    (void)snprintf(r->reason, sizeof(r->reason), "%.*s", (int)why.n, why.p);
    gh_log(GH_LOG_ERROR, "rendering failed, the last good configuration stays", GH_KS("why", why), GH_KEND);
    gh_report_event(s, "render failed", r->reason);
    if (s->part[GH_PART_EDGE].pid == 0)
        r->retry_at_ms = gh_monotonic_ms() + GH_RENDER_RETRY_MS;
}

/* What the child said of listeners that cannot be bound: the rest is in force, and `status` names the first of them. */
static void
tell_left_out(struct gh_super *s)
{
    struct gh_render_job *r = &s->render;
    struct gh_str rest = gh_str(r->said, r->n_said), line;

    r->reason[0] = '\0';
    while (gh_str_cut(&line, &rest, '\n')) {
        if (!gh_str_starts(line, GH_STR(LEFT_OUT)))
            continue;
        if (r->reason[0] == '\0')
            (void)snprintf(r->reason, sizeof(r->reason), "%.*s", (int)line.n, line.p);
        gh_log(GH_LOG_WARN, "a listener cannot be bound", GH_KS("why", line), GH_KEND);
    }
    if (r->reason[0] != '\0')
        gh_report_event(s, "listener left out", r->reason);
}

static void
succeeded(struct gh_super *s, bool is_changed)
{
    struct gh_render_job *r = &s->render;
    struct gh_part *edge = &s->part[GH_PART_EDGE];

    tell_left_out(s);
    r->is_done_once = true;
    if (edge->pid == 0 && edge->restart_at_ms == 0)
        gh_part_start(s, GH_PART_EDGE);
    else if (edge->pid > 0 && (is_changed || r->must_reload))
        (void)kill(edge->pid, SIGHUP);
    r->must_reload = false;
}

void
gh_renderjob_ended(struct gh_super *s, int wait_status)
{
    struct gh_render_job *r = &s->render;
    int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : JOB_FAILED;

    while (r->out >= 0 && r->n_said < sizeof(r->said)) {
        size_t before = r->n_said;
        gh_renderjob_readable(s);
        if (r->n_said == before)
            break;
    }
    gh_close(r->out);
    r->out = -1;
    r->pid = 0;
    if (s->stop_stage != 0)
        return;
    if (code == JOB_CHANGED || code == JOB_SAME)
        succeeded(s, code == JOB_CHANGED);
    else
        failed(s);
    gh_report_status(s);
    if (r->is_wanted)
        gh_renderjob_start(s);
}
