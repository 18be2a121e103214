/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "ipc/layout.h"

/*
 * The model of the shield: one file, mapped read-only by every worker (its pages are the kernel's, once for all), believed by its digest. It
 * is looked at each second: another one that was renamed in is opened in a thread and takes the place of the one before; one that is
 * damaged, or gone, is told and the last good one stays. A request holds the one that it began with.
 */

struct ngx_http_gatehouse_shield_s {
    ngx_uint_t refs;
    ngx_http_gatehouse_mapping_t mapping;
    struct gh_shield_model *model;
};

/* What makes a file another one. */
typedef struct {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec changed;
} identity_t;

typedef struct {
    identity_t of;
    ngx_http_gatehouse_shield_t *made;
    const char *why;
} load_t;

static struct {
    ngx_log_t *log;
    ngx_thread_pool_t *threads;
    char folder[1024], path[1024];
    ngx_http_gatehouse_shield_t *now;
    identity_t tried; /* the last file that was opened, or failed to be */
    const char *why;  /* literal: why there is none */
    bool has_looked, is_loading;
} self;

#define FILE_NAME (GH_LAYOUT_SHIELD + sizeof(GH_LAYOUT_EDGE))

static void
shield_free(ngx_http_gatehouse_shield_t *s)
{
    if (s->mapping.bytes != NULL)
        munmap(s->mapping.bytes, s->mapping.size);
    gh_arena_fini(&s->mapping.arena);
    free(s);
}

ngx_http_gatehouse_shield_t *
ngx_http_gatehouse_shield_ref(const char **why)
{
    *why = self.why;
    if (self.now != NULL)
        self.now->refs++;
    return self.now;
}

void
ngx_http_gatehouse_shield_unref(ngx_http_gatehouse_shield_t *s)
{
    if (s != NULL && --s->refs == 0)
        shield_free(s);
}

const struct gh_shield_model *
ngx_http_gatehouse_shield_model(const ngx_http_gatehouse_shield_t *s)
{
    return s == NULL ? NULL : s->model;
}

/* ---- loading ---- */

static void
load_run(void *data, ngx_log_t *log)
{
    load_t *l = data;
    struct gh_err err = {0};
    ngx_http_gatehouse_shield_t *s = calloc(1, sizeof(*s));

    (void)log;
    l->why = "no memory";
    if (s == NULL)
        return;
    s->refs = 1;
    gh_arena_init(&s->mapping.arena, ngx_http_gatehouse_heap(), 1u << 20);
    if ((l->why = ngx_http_gatehouse_map(&s->mapping, self.folder, FILE_NAME)) == NULL) {
        if (gh_shield_open(&s->model, &s->mapping.arena, gh_str(s->mapping.bytes, s->mapping.size), &err) == GH_OK) {
            l->made = s;
            return;
        }
        l->why = err.what != NULL ? err.what : "the file is no model of the shield";
    }
    shield_free(s);
}

/* `what` is told once for each file. */
static void
fail(const char *why, const char *what)
{
    ngx_log_error(NGX_LOG_ALERT, self.log, 0, "gatehouse: %s: %s (%s)", what, why, self.path);
    ngx_http_gatehouse_record_system(GH_RECORD_SYSTEM, what, gh_str_z(why));
    if (self.now == NULL)
        self.why = why;
}

static void
load_finish(const load_t *l)
{
    self.tried = l->of;
    if (l->made == NULL) {
        fail(l->why, "the model of the shield is not in force");
        return;
    }
    ngx_http_gatehouse_shield_unref(self.now);
    self.now = l->made;
    self.why = NULL;
    ngx_http_gatehouse_record_system(
        GH_RECORD_SYSTEM, "a model of the shield is in force", gh_shield_info(self.now->model)->version);
}

static void
load_done(ngx_event_t *ev)
{
    ngx_thread_task_t *task = ev->data;

    self.is_loading = false;
    load_finish(task->ctx);
    ngx_free(task);
}

static void
load_start(const load_t *l)
{
    ngx_thread_task_t *task = ngx_calloc(sizeof(*task) + sizeof(*l), self.log);

    if (task == NULL)
        return;
    task->ctx = task + 1;
    ngx_memcpy(task->ctx, l, sizeof(*l));
    task->handler = load_run;
    task->event.handler = load_done;
    task->event.data = task;
    if (ngx_thread_task_post(self.threads, task) != NGX_OK) {
        ngx_free(task);
        return;
    }
    self.is_loading = true;
}

static void
look(bool may_wait)
{
    struct stat st;
    load_t l;

    if (self.is_loading)
        return;
    ngx_memzero(&l, sizeof(l));
    if (stat(self.path, &st) == 0)
        l.of = (identity_t){st.st_dev, st.st_ino, st.st_size, st.st_ctim};
    if (self.has_looked && ngx_memcmp(&l.of, &self.tried, sizeof(l.of)) == 0)
        return;
    self.has_looked = true;
    if (l.of.ino == 0) {
        self.tried = l.of;
        fail("the file is not there", "the model of the shield is gone");
    } else if (may_wait)
        load_start(&l);
    else {
        load_run(&l, self.log);
        load_finish(&l);
    }
}

void
ngx_http_gatehouse_shield_tick(void)
{
    look(true);
}

ngx_int_t
ngx_http_gatehouse_shield_init(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *conf)
{
    ngx_str_t pool = ngx_string("gatehouse");

    self.log = cycle->log;
    self.why = "the file is not there";
    *ngx_snprintf((u_char *)self.folder, sizeof(self.folder) - 1, "%V/" GH_LAYOUT_EDGE, &conf->data) = '\0';
    *ngx_snprintf((u_char *)self.path, sizeof(self.path) - 1, "%V/" GH_LAYOUT_SHIELD, &conf->data) = '\0';
    if ((self.threads = ngx_thread_pool_get(cycle, &pool)) == NULL)
        return NGX_ERROR;
    look(false);
    return NGX_OK;
}

void
ngx_http_gatehouse_shield_exit(void)
{
    ngx_http_gatehouse_shield_unref(self.now);
    self.now = NULL;
}
