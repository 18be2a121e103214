/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <sys/inotify.h>

#include "base/codec.h"
#include "ipc/layout.h"

/*
 * What is in force, and since when. `current` (128 bytes) is read when its folder tells of a rename, and once a second in any case; it
 * names generations and is control's heartbeat. New generations are opened and verified in a thread; then a pointer is swapped. What does
 * not verify, belongs to another installation or is older than what was in force before leaves everything as it is, with a record.
 */

#define RETRY_MS 1000

typedef struct {
    struct gh_snap_current current;
    ngx_http_gatehouse_file_t *base, *overlay, *credentials; /* results; NULL: keep what is there */
    bool is_new[3];
    const char *why; /* NULL: all policy files are good */
    const char *why_credentials;
} load_t;

static struct {
    ngx_log_t *log;
    const char *data;
    char snapshot_dir[1024], current_path[1024], memory_dir[1024];
    uint8_t installation[16];
    ngx_http_gatehouse_snapshot_t *now;
    struct gh_snap_current seen; /* as read last                                  */
    int64_t heartbeat_mono_ms;
    uint64_t refused_generation; /* recorded once, not each second                */
    uint64_t max_age_ms, spool_max_bytes;
    ngx_connection_t *watch;
    ngx_event_t timer;
    ngx_connection_t dummy; /* what nginx's debug log wants behind a timer   */
    unsigned is_ready : 1;
} self;

static void load_run(void *ctx);
static void load_finish(void *ctx);
static ngx_http_gatehouse_load_t load = {.run = load_run, .finish = load_finish};

/* ---- reference counts ---- */

void
ngx_http_gatehouse_snapshot_unref(ngx_http_gatehouse_snapshot_t *s)
{
    if (s == NULL || --s->refs > 0)
        return;
    ngx_http_gatehouse_file_unref(s->base);
    ngx_http_gatehouse_file_unref(s->overlay);
    ngx_http_gatehouse_file_unref(s->credentials);
    ngx_free(s);
}

ngx_http_gatehouse_snapshot_t *
ngx_http_gatehouse_snapshot_ref(const char **why)
{
    *why = "no snapshot";
    if (self.now == NULL)
        return NULL;
    *why = "snapshot is older than its longest age";
    if (self.max_age_ms > 0 && ngx_http_gatehouse_monotonic_us() / 1000 - self.heartbeat_mono_ms > (int64_t)self.max_age_ms)
        return NULL;
    self.now->refs++;
    return self.now;
}

uint64_t
ngx_http_gatehouse_generation(void)
{
    return self.now == NULL ? 0 : self.now->generation;
}

uint64_t
ngx_http_gatehouse_spool_limit(void)
{
    return self.spool_max_bytes;
}

static uint64_t
generation_of(const struct gh_snap_current *c)
{
    return c->overlay_generation > c->base_generation ? c->overlay_generation : c->base_generation;
}

/* ---- what is believed of a file of the policy ---- */

static const struct gh_snap_meta *
meta_of(const ngx_http_gatehouse_file_t *f)
{
    return gh_snap_file_meta(f->made);
}

static const char *
believe(ngx_http_gatehouse_file_t *f)
{
    struct gh_snap_file *file;
    struct gh_err err = {0};

    if (gh_snap_verify(&file, &f->arena, gh_str(f->bytes, f->size), self.installation, &err) != GH_OK)
        return err.what != NULL ? err.what : "file is not a snapshot";
    f->made = file;
    f->number = meta_of(f)->generation;
    return NULL;
}

static const char *
believe_base(ngx_http_gatehouse_file_t *f)
{
    const char *why = believe(f);

    return why == NULL && (meta_of(f)->is_overlay || meta_of(f)->is_credentials) ? "base is not a base" : why;
}

static const char *
believe_overlay(ngx_http_gatehouse_file_t *f)
{
    const char *why = believe(f);

    return why == NULL && (!meta_of(f)->is_overlay || meta_of(f)->is_credentials) ? "overlay belongs to another base" : why;
}

static const char *
believe_credentials(ngx_http_gatehouse_file_t *f)
{
    const char *why = believe(f);

    return why == NULL && !meta_of(f)->is_credentials ? "file holds no credentials" : why;
}

static const ngx_http_gatehouse_file_kind_t base_kind = {.believe = believe_base}, overlay_kind = {.believe = believe_overlay},
                                            credentials_kind = {.believe = believe_credentials};

/* ---- loading ---- */

static ngx_http_gatehouse_file_t *
load_file(const ngx_http_gatehouse_file_kind_t *kind, const char *dir, const char *pattern, uint64_t generation, const char **why)
{
    char name[64];
    ngx_http_gatehouse_file_t *f;

    *ngx_snprintf((u_char *)name, sizeof(name) - 1, "%s-%016xL.snap%Z", pattern, generation) = '\0';
    if ((f = ngx_http_gatehouse_file_open(kind, dir, name, why)) == NULL || f->number == generation)
        return f;
    *why = "file is of another generation than its name says";
    ngx_http_gatehouse_file_unref(f);
    return NULL;
}

/* In a thread: opens and verifies what is_new asks for. */
static void
load_run(void *ctx)
{
    load_t *l = ctx;
    const struct gh_snap_current *c = &l->current;

    if (l->is_new[0] && (l->base = load_file(&base_kind, self.snapshot_dir, "base", c->base_generation, &l->why)) == NULL)
        return;
    if (l->is_new[1] &&
        (l->overlay = load_file(&overlay_kind, self.snapshot_dir, "overlay", c->overlay_generation, &l->why)) == NULL)
        return;
    if (l->overlay != NULL && meta_of(l->overlay)->base_generation != c->base_generation)
        l->why = "overlay belongs to another base";
    else if (l->is_new[2])
        l->credentials =
            load_file(&credentials_kind, self.memory_dir, "credentials", c->credentials_generation, &l->why_credentials);
}

static void
load_drop(load_t *l)
{
    ngx_http_gatehouse_file_unref(l->base);
    ngx_http_gatehouse_file_unref(l->overlay);
    ngx_http_gatehouse_file_unref(l->credentials);
}

static const struct gh_snap_file *
file_of(const ngx_http_gatehouse_file_t *m)
{
    return m == NULL ? NULL : m->made;
}

static void
read_installation(const ngx_http_gatehouse_snapshot_t *s)
{
    struct gh_snap_rec rec;

    self.max_age_ms = self.spool_max_bytes = 0;
    if (!gh_snap_find(&rec, &s->policy, GH_SNAP_INSTALLATION, GH_STR("installation")))
        return;
    self.max_age_ms = gh_snap_u64(&rec, GH_INSTALLATION_MAX_AGE_MS);
    self.spool_max_bytes = gh_snap_u64(&rec, GH_INSTALLATION_SPOOL_MAX_BYTES);
}

/* Takes what was loaded, and from the one before what did not change. */
static void
swap(load_t *l)
{
    ngx_http_gatehouse_snapshot_t *old = self.now, *s = ngx_calloc(sizeof(*s), self.log);
    uint64_t generation = generation_of(&l->current);

    if (s == NULL)
        return;
    s->refs = 1;
    s->generation = generation;
    s->base = l->base != NULL ? ngx_http_gatehouse_file_ref(l->base) : ngx_http_gatehouse_file_ref(old->base);
    s->overlay = l->overlay != NULL                   ? ngx_http_gatehouse_file_ref(l->overlay)
                 : l->current.overlay_generation == 0 ? NULL
                                                      : ngx_http_gatehouse_file_ref(old->overlay);
    s->credentials = l->credentials != NULL ? ngx_http_gatehouse_file_ref(l->credentials)
                     : old == NULL          ? NULL
                                            : ngx_http_gatehouse_file_ref(old->credentials);
    s->policy = (struct gh_snap){file_of(s->base), file_of(s->overlay)};
    s->secrets = (struct gh_snap){file_of(s->credentials), NULL};
    self.now = s;
    ngx_http_gatehouse_clock_told(meta_of(s->overlay != NULL ? s->overlay : s->base)->made_ms);
    if (ngx_http_gatehouse_counters->generation < generation)
        ngx_http_gatehouse_counters->generation = (ngx_atomic_uint_t)generation;
    read_installation(s);
    if (old == NULL || old->generation != generation)
        ngx_http_gatehouse_record_system(GH_RECORD_SNAPSHOT, "in force", GH_STR(""));
    ngx_http_gatehouse_snapshot_unref(old);
}

static void
refuse(uint64_t generation, const char *why)
{
    if (self.refused_generation == generation)
        return;
    self.refused_generation = generation;
    ngx_log_error(NGX_LOG_ALERT, self.log, 0, "gatehouse: snapshot %016xL is refused: %s", generation, why);
    ngx_http_gatehouse_record_system(GH_RECORD_SNAPSHOT, why, GH_STR(""));
}

static void
load_finish(void *ctx)
{
    load_t *l = ctx;

    if (l->why != NULL)
        refuse(generation_of(&l->current), l->why);
    else
        swap(l);
    if (l->why_credentials != NULL)
        ngx_log_error(NGX_LOG_ERR, self.log, 0, "gatehouse: credential file is refused: %s", l->why_credentials);
    load_drop(l);
}

/* ---- current ---- */

static ngx_int_t
current_read(struct gh_snap_current *out)
{
    char bytes[GH_SNAP_CURRENT_BYTES];
    int fd = open(self.current_path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return NGX_ERROR;
    ssize_t n = read(fd, bytes, sizeof(bytes));
    close(fd);
    if (n != (ssize_t)sizeof(bytes) || gh_snap_current_read(out, gh_str(bytes, sizeof(bytes))) != GH_OK)
        return NGX_ERROR;
    return ngx_memcmp(out->installation, self.installation, sizeof(self.installation)) == 0 ? NGX_OK : NGX_ERROR;
}

/* A `current` that differs from the one before is a sign of life; the first one of a process is as old as it says. */
static void
heartbeat(const struct gh_snap_current *c)
{
    int64_t age = 0;

    if (ngx_memcmp(c, &self.seen, sizeof(*c)) == 0)
        return;
    if (self.seen.base_generation == 0)
        age = ngx_http_gatehouse_now_ms() - c->now_ms;
    self.heartbeat_mono_ms = ngx_http_gatehouse_monotonic_us() / 1000 - (age > 0 ? age : 0);
    self.seen = *c;
    ngx_http_gatehouse_clock_told(c->now_ms);
}

static bool
is_loaded(const ngx_http_gatehouse_file_t *m, uint64_t generation)
{
    return generation == 0 || (m != NULL && m->number == generation);
}

/* What of `c` is not in memory yet. */
static bool
wants(load_t *l, const struct gh_snap_current *c)
{
    const ngx_http_gatehouse_snapshot_t *s = self.now;

    l->current = *c;
    l->is_new[0] = s == NULL || !is_loaded(s->base, c->base_generation);
    l->is_new[1] = c->overlay_generation != 0 && (s == NULL || !is_loaded(s->overlay, c->overlay_generation));
    l->is_new[2] = c->credentials_generation != 0 && (s == NULL || !is_loaded(s->credentials, c->credentials_generation));
    return l->is_new[0] || l->is_new[1] || l->is_new[2] || (c->overlay_generation == 0 && s != NULL && s->overlay != NULL);
}

/* ---- the data directory ---- */

static ngx_int_t
installation_read(const char *data)
{
    char path[1024], hex[33], mem[256];
    struct gh_str id;
    struct gh_arena a;

    *ngx_snprintf((u_char *)path, sizeof(path) - 1, "%s/" GH_LAYOUT_INSTALLATION, data) = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, mem, sizeof(mem));
    if (fd >= 0)
        close(fd);
    if (n < 32)
        return NGX_ERROR;
    ngx_memcpy(hex, mem, 32);
    gh_arena_init(&a, ngx_http_gatehouse_heap(), 4096);
    ngx_int_t rc = gh_hex_decode(&id, &a, gh_str(hex, 32)) == GH_OK ? NGX_OK : NGX_ERROR;
    if (rc == NGX_OK)
        ngx_memcpy(self.installation, id.p, sizeof(self.installation));
    gh_arena_fini(&a);
    return rc;
}

/* Whatever a worker needs of the data directory; tried again each second while it is not there. */
static ngx_int_t
prepare(void)
{
    if (self.is_ready)
        return NGX_OK;
    if (installation_read(self.data) != NGX_OK || ngx_http_gatehouse_clock_init(self.data) != NGX_OK) {
        ngx_log_error(NGX_LOG_ALERT, self.log, ngx_errno, "gatehouse: data directory is not whole");
        return NGX_ERROR;
    }
    self.is_ready = 1;
    return NGX_OK;
}

static void
look(bool may_wait)
{
    struct gh_snap_current c;
    load_t l;

    ngx_memzero(&c, sizeof(c));
    ngx_memzero(&l, sizeof(l));
    if (load.is_running || prepare() != NGX_OK || current_read(&c) != NGX_OK)
        return;
    /* A second look: another worker may have taken a newer one between our reading and this line. */
    if (generation_of(&c) < ngx_http_gatehouse_counters->generation && current_read(&c) == NGX_OK &&
        generation_of(&c) < ngx_http_gatehouse_counters->generation) {
        refuse(generation_of(&c), "older than what was in force");
        return;
    }
    heartbeat(&c);
    if (wants(&l, &c))
        ngx_http_gatehouse_load(&load, &l, sizeof(l), may_wait);
}

/* ---- watching ---- */

static void
on_rename(ngx_event_t *ev)
{
    char buf[4096];
    ngx_connection_t *c = ev->data;

    while (read(c->fd, buf, sizeof(buf)) > 0)
        continue;
    look(true);
}

/* NGX_DECLINED: not now; the timer looks each second in any case and tries this again. */
static ngx_int_t
watch(void)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    if (fd < 0 || inotify_add_watch(fd, self.snapshot_dir, IN_MOVED_TO | IN_ONLYDIR) < 0 ||
        (self.watch = ngx_get_connection(fd, self.log)) == NULL) {
        if (fd >= 0)
            close(fd);
        return NGX_DECLINED;
    }
    self.watch->read->handler = on_rename;
    self.watch->read->log = self.log;
    self.watch->read->channel = 1; /* a worker may end with it open */
    return ngx_add_event(self.watch->read, NGX_READ_EVENT, 0);
}

static void
on_timer(ngx_event_t *ev)
{
    look(true);
    if (self.watch == NULL)
        (void)watch();
    ngx_http_gatehouse_shutdown_tick();
    ngx_http_gatehouse_kept_tick();
    ngx_add_timer(ev, RETRY_MS);
}

ngx_int_t
ngx_http_gatehouse_snapshot_init(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *conf)
{
    const char *data = (const char *)conf->data.data;

    self.log = cycle->log;
    self.data = data;
    *ngx_snprintf((u_char *)self.snapshot_dir, sizeof(self.snapshot_dir) - 1, "%s/" GH_LAYOUT_SNAPSHOT, data) = '\0';
    *ngx_snprintf((u_char *)self.current_path, sizeof(self.current_path) - 1, "%s/" GH_LAYOUT_CURRENT, data) = '\0';
    *ngx_snprintf((u_char *)self.memory_dir, sizeof(self.memory_dir) - 1, "%s", (const char *)conf->memory.data) = '\0';
    look(false);
    self.dummy.fd = (ngx_socket_t)-1;
    self.timer.data = &self.dummy;
    self.timer.handler = on_timer;
    self.timer.log = cycle->log;
    self.timer.cancelable = 1;
    ngx_add_timer(&self.timer, RETRY_MS);
    return watch() == NGX_ERROR ? NGX_ERROR : NGX_OK;
}

void
ngx_http_gatehouse_snapshot_exit(void)
{
    if (self.watch != NULL)
        ngx_close_connection(self.watch);
    ngx_http_gatehouse_snapshot_unref(self.now);
    self.watch = NULL;
    self.now = NULL;
}
