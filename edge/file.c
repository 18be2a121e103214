/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "module.h"

#include "base/limits.h"

#define ARENA_MAX (3u << 20) /* what is made of a file beside its bytes: of the shield, the words that it knows (2.3 MiB) */

static ngx_thread_pool_t *threads;

/* ---- one file ---- */

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

/* Its bytes. NULL, or why not. */
static const char *
map(ngx_http_gatehouse_file_t *f, const char *dir, const char *name)
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
    f->size = (size_t)st.st_size;
    void *p = mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, fd, 0);
    why = p == MAP_FAILED ? "file cannot be mapped" : NULL;
    f->bytes = p == MAP_FAILED ? NULL : p;
out:
    if (fd >= 0)
        close(fd);
    if (dirfd >= 0)
        close(dirfd);
    return why;
}

static void
unmap(ngx_http_gatehouse_file_t *f)
{
    if (f->bytes != NULL)
        (void)munmap(f->bytes, f->size);
    f->bytes = NULL;
}

ngx_http_gatehouse_file_t *
ngx_http_gatehouse_file_open(const ngx_http_gatehouse_file_kind_t *kind, const char *dir, const char *name, const char **why)
{
    ngx_http_gatehouse_file_t *f = calloc(1, sizeof(*f));

    *why = "no memory";
    if (f == NULL)
        return NULL;
    f->kind = kind;
    f->refs = 1;
    gh_arena_init(&f->arena, ngx_http_gatehouse_heap(), ARENA_MAX);
    *why = map(f, dir, name);
    if (*why == NULL)
        *why = kind->believe(f);
    if (*why != NULL) {
        ngx_http_gatehouse_file_unref(f);
        return NULL;
    }
    if (kind->is_copied)
        unmap(f);
    return f;
}

ngx_http_gatehouse_file_t *
ngx_http_gatehouse_file_ref(ngx_http_gatehouse_file_t *f)
{
    if (f != NULL)
        f->refs++;
    return f;
}

void
ngx_http_gatehouse_file_unref(ngx_http_gatehouse_file_t *f)
{
    if (f == NULL || --f->refs > 0)
        return;
    if (f->made != NULL && f->kind->drop != NULL)
        f->kind->drop(f->made);
    unmap(f);
    gh_arena_fini(&f->arena);
    free(f);
}

/* ---- in a thread ---- */

typedef struct {
    ngx_http_gatehouse_load_t *load;
    void *ctx;
} job_t;

static void
job_run(void *data, ngx_log_t *log)
{
    const job_t *job = data;

    (void)log;
    job->load->run(job->ctx);
}

static void
job_done(ngx_event_t *ev)
{
    ngx_thread_task_t *task = ev->data;
    const job_t *job = task->ctx;

    job->load->is_running = false;
    job->load->finish(job->ctx);
    ngx_free(task);
}

static void
job_start(ngx_http_gatehouse_load_t *l, const void *ctx, size_t n)
{
    ngx_thread_task_t *task = ngx_calloc(sizeof(*task) + sizeof(job_t) + n, ngx_cycle->log);

    if (task == NULL)
        return;
    job_t *job = (job_t *)(task + 1);
    *job = (job_t){.load = l, .ctx = job + 1};
    ngx_memcpy(job->ctx, ctx, n);
    task->ctx = job;
    task->handler = job_run;
    task->event.handler = job_done;
    task->event.data = task;
    if (ngx_thread_task_post(threads, task) != NGX_OK) {
        ngx_free(task);
        return;
    }
    l->is_running = true;
}

void
ngx_http_gatehouse_load(ngx_http_gatehouse_load_t *l, const void *ctx, size_t n, bool may_wait)
{
    if (l->is_running)
        return;
    if (may_wait) {
        job_start(l, ctx, n);
        return;
    }
    void *own = malloc(n);
    if (own == NULL)
        return;
    ngx_memcpy(own, ctx, n);
    l->run(own);
    l->finish(own);
    free(own);
}

ngx_int_t
ngx_http_gatehouse_load_init(ngx_cycle_t *cycle)
{
    ngx_str_t pool = ngx_string("gatehouse");

    threads = ngx_thread_pool_get(cycle, &pool);
    if (threads == NULL)
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "gatehouse: thread_pool gatehouse is missing");
    return threads == NULL ? NGX_ERROR : NGX_OK;
}
