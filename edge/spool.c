/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/random.h>

#include "ipc/layout.h"

/*
 * One file a worker and hour, or FILE_BYTES of it (control takes away what it drained, and that can only be whole files), one write(2) a record: what was written is in the kernel before the answer goes out, and on disk within
 * TICK_MS and the time of a sync. Whatever goes wrong (disk full, I/O error, file unlinked or cut, folder over its bound) makes is_good
 * false, at the latest a tick later; new requests are refused, and each tick tries to write again: nobody has to come.
 *
 * A record that could not be written whole is taken back by cutting the file to its old length; where that fails, and where bytes that
 * were written are gone, the worker goes on as a new epoch in a new file, so that control sees the gap for what it is.
 */

#define TICK_MS        100
#define MS_PER_HOUR    3600000
#define TICKS_PER_LOOK 10 /* size of the folder: once a second */
#define FILE_BYTES     (UINT64_C(64) << 20)
#define FILES_OF_LIMIT 16 /* or so much of what the folder may hold */

static struct {
    ngx_log_t *log;
    ngx_thread_pool_t *threads;
    char dir[1024];
    int fd;
    uint64_t epoch, sequence; /* sequence: of the record written last */
    int64_t record_ms;        /* time of the record begun last */
    int64_t hour;
    int64_t number; /* of the file: control reads those of an epoch in this order */
    off_t size;
    const char *why; /* NULL: good */
    uint64_t folder_bytes;
    ngx_uint_t ticks;
    ngx_event_t timer;
    ngx_connection_t dummy;
    char record[GH_RECORD_BYTES_MAX];
    unsigned is_dirty : 1;
    unsigned is_syncing : 1;
    unsigned is_lost : 1; /* the file may not be gone on with */
} self = {.fd = -1, .why = "not opened"};

ngx_int_t
ngx_http_gatehouse_spool_is_good(void)
{
    return self.why == NULL;
}

uint64_t
ngx_http_gatehouse_spool_epoch(void)
{
    return self.epoch;
}

uint64_t
ngx_http_gatehouse_spool_sequence(void)
{
    return self.sequence;
}

static void
fail(const char *why, ngx_err_t err)
{
    if (self.why == NULL || self.why != why)
        ngx_log_error(NGX_LOG_ALERT, self.log, err, "gatehouse: records cannot be written, requests are refused: %s", why);
    if (self.why == NULL)
        (void)ngx_atomic_fetch_add(&ngx_http_gatehouse_counters->spool_errors, 1);
    self.why = why;
}

static int64_t
hour_now(void)
{
    return ngx_http_gatehouse_now_ms() / MS_PER_HOUR;
}

/* ---- sync, in a thread ---- */

typedef struct {
    int fd, err;
    bool has_size;
    uint64_t folder_bytes;
    char dir[1024];
} sync_t;

static uint64_t
folder_size(int dirfd)
{
    uint64_t sum = 0;
    struct stat st;
    const struct dirent *e;
    int fd = dup(dirfd);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);

    if (d == NULL)
        return 0;
    while ((e = readdir(d)) != NULL)
        if (fstatat(dirfd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            sum += (uint64_t)st.st_size;
    closedir(d);
    return sum;
}

static void
sync_run(void *data, ngx_log_t *log)
{
    sync_t *s = data;

    (void)log;
    s->err = s->fd >= 0 && fdatasync(s->fd) != 0 ? errno : 0;
    if (s->fd >= 0)
        close(s->fd);
    if (!s->has_size)
        return;
    int dirfd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd < 0)
        return;
    s->folder_bytes = folder_size(dirfd);
    close(dirfd);
}

static void
sync_done(ngx_event_t *ev)
{
    ngx_thread_task_t *task = ev->data;
    const sync_t *s = task->ctx;

    self.is_syncing = 0;
    if (s->err != 0)
        fail("spool cannot be brought to disk", s->err);
    if (s->has_size)
        self.folder_bytes = s->folder_bytes;
    ngx_free(task);
}

static void
sync_start(bool has_size)
{
    ngx_thread_task_t *task = ngx_calloc(sizeof(*task) + sizeof(sync_t), self.log);

    if (task == NULL)
        return;
    sync_t *s = task->ctx = task + 1;
    s->fd = self.is_dirty && self.fd >= 0 ? dup(self.fd) : -1;
    s->has_size = has_size;
    ngx_memcpy(s->dir, self.dir, sizeof(s->dir));
    task->handler = sync_run;
    task->event.handler = sync_done;
    task->event.data = task;
    if (ngx_thread_task_post(self.threads, task) != NGX_OK) {
        if (s->fd >= 0)
            close(s->fd);
        ngx_free(task);
        return;
    }
    self.is_dirty = self.is_dirty && s->fd < 0;
    self.is_syncing = 1;
}

/* ---- the file ---- */

/* Milliseconds, made to grow: two files of one moment have an order too, also when the clock was set back. */
static int64_t
next_number(void)
{
    int64_t now_ms = ngx_http_gatehouse_now_ms();

    return now_ms > self.number ? now_ms : self.number + 1;
}

static ngx_int_t
file_open(int64_t hour)
{
    int64_t number = next_number();
    char path[1200];

    *ngx_snprintf((u_char *)path, sizeof(path) - 1, "%s/%016xL-%L.spool", self.dir, self.epoch, number) = '\0';
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0)
        return NGX_ERROR;
    /* Held for as long as this worker appends to it: control takes a file that nobody holds for one that was left. */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return NGX_ERROR;
    }
    if (self.fd >= 0) {
        if (self.is_dirty)
            sync_start(false);
        close(self.fd);
    }
    self.fd = fd;
    self.hour = hour;
    self.number = number;
    self.size = 0;
    return NGX_OK;
}

/* A new life: nothing of the old file's sequence is claimed. */
static ngx_int_t
epoch_begin(void)
{
    if (getrandom(&self.epoch, sizeof(self.epoch), 0) != (ssize_t)sizeof(self.epoch))
        return NGX_ERROR;
    self.sequence = 0;
    if (file_open(hour_now()) != NGX_OK)
        return NGX_ERROR;
    self.is_lost = 0;
    return NGX_OK;
}

void
ngx_http_gatehouse_spool_begin(struct gh_record_writer *w, enum gh_record_kind kind)
{
    self.record_ms = ngx_http_gatehouse_now_ms();
    gh_record_begin(w, self.record, kind, self.epoch, self.sequence + 1, self.record_ms);
}

static ngx_int_t
append(struct gh_str record)
{
    ssize_t n = write(self.fd, record.p, record.n);

    if (n == (ssize_t)record.n) {
        self.size += n;
        self.sequence++;
        self.is_dirty = 1;
        return NGX_OK;
    }
    ngx_err_t err = n < 0 ? ngx_errno : ENOSPC;
    if (n > 0 && ftruncate(self.fd, self.size) != 0)
        self.is_lost = 1;
    fail("spool cannot be written", err);
    return NGX_ERROR;
}

static bool
is_file_full(void)
{
    uint64_t limit = ngx_http_gatehouse_spool_limit() / FILES_OF_LIMIT;

    return (uint64_t)self.size >= (limit > 0 ? ngx_min(limit, FILE_BYTES) : FILE_BYTES);
}

ngx_int_t
ngx_http_gatehouse_spool_end(struct gh_record_writer *w)
{
    struct gh_str record;

    if (gh_record_end(&record, w) != GH_OK) {
        ngx_log_error(NGX_LOG_ALERT, self.log, 0, "gatehouse: a record was too long");
        return NGX_ERROR;
    }
    if (self.fd < 0 || self.is_lost)
        return NGX_ERROR;
    int64_t hour = self.record_ms / MS_PER_HOUR;
    if ((hour != self.hour || is_file_full()) && file_open(hour) != NGX_OK) {
        fail("the next spool file cannot be made", ngx_errno);
        return NGX_ERROR;
    }
    return append(record);
}

/* ---- each tick ---- */

/* Is the file still where control finds it, and as long as we left it? */
static const char *
file_fault(void)
{
    struct stat st;

    if (self.fd < 0 || self.is_lost)
        return "spool file is lost";
    if (fstat(self.fd, &st) != 0)
        return "spool file cannot be looked at";
    if (st.st_nlink == 0)
        return "spool file was unlinked";
    return st.st_size < self.size ? "spool file was truncated" : NULL;
}

static const char *
folder_fault(void)
{
    uint64_t limit = ngx_http_gatehouse_spool_limit();

    return limit > 0 && self.folder_bytes > limit ? "spool is full: control does not drain it" : NULL;
}

/* Tries to write a record that says so; on success requests are taken again. */
static void
recover(void)
{
    struct gh_record_writer w;

    if (self.is_lost && epoch_begin() != NGX_OK)
        return;
    if (folder_fault() != NULL)
        return;
    const char *why = self.why;
    ngx_http_gatehouse_spool_begin(&w, GH_RECORD_SYSTEM);
    gh_record_text(&w, GH_FIELD_OPERATION, GH_STR("records are written again"));
    gh_record_text(&w, GH_FIELD_DETAIL, gh_str_z(why));
    if (ngx_http_gatehouse_spool_end(&w) != NGX_OK)
        return;
    self.why = NULL;
    ngx_log_error(NGX_LOG_NOTICE, self.log, 0, "gatehouse: records are written again");
}

static void
check(void)
{
    const char *fault = file_fault();

    if (fault != NULL) {
        self.is_lost = 1;
        fail(fault, 0);
        return;
    }
    if ((fault = folder_fault()) != NULL)
        fail(fault, 0);
}

static void
on_tick(ngx_event_t *ev)
{
    bool has_size = self.ticks++ % TICKS_PER_LOOK == 0;

    if (self.why != NULL)
        recover();
    if (self.why == NULL && hour_now() != self.hour && file_open(hour_now()) != NGX_OK)
        fail("the next spool file cannot be made", ngx_errno);
    if (self.why == NULL)
        check();
    if (!self.is_syncing && (self.is_dirty || has_size))
        sync_start(has_size);
    ngx_add_timer(ev, TICK_MS);
}

ngx_int_t
ngx_http_gatehouse_spool_init(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *conf)
{
    ngx_str_t pool = ngx_string("gatehouse");

    self.log = cycle->log;
    *ngx_snprintf((u_char *)self.dir, sizeof(self.dir) - 1, "%s/" GH_LAYOUT_SPOOL, (const char *)conf->data.data) = '\0';
    if ((self.threads = ngx_thread_pool_get(cycle, &pool)) == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "gatehouse: thread_pool gatehouse is missing");
        return NGX_ERROR;
    }
    self.why = NULL;
    if (epoch_begin() != NGX_OK) {
        self.is_lost = 1;
        fail("spool file cannot be made", ngx_errno);
    }
    self.dummy.fd = (ngx_socket_t)-1;
    self.timer.data = &self.dummy;
    self.timer.handler = on_tick;
    self.timer.log = cycle->log;
    self.timer.cancelable = 1;
    ngx_add_timer(&self.timer, TICK_MS);
    ngx_http_gatehouse_record_system(GH_RECORD_WORKER_START, NULL, GH_STR(""));
    return NGX_OK;
}

void
ngx_http_gatehouse_spool_exit(void)
{
    ngx_http_gatehouse_record_system(GH_RECORD_WORKER_STOP, NULL, GH_STR(""));
    if (self.fd < 0)
        return;
    (void)fdatasync(self.fd);
    close(self.fd);
    self.fd = -1;
}
