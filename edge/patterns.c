/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "ipc/layout.h"

/*
 * The database of patterns (patterns/patterns.h): read once by each worker, and again when another file was renamed in, which is looked for
 * each second. A damaged one, or none, is told, and the last good one stays. A request holds the one that it began with.
 */

struct ngx_http_gatehouse_patterns_s {
    ngx_uint_t refs, serial; /* of the event loop alone */
    struct gh_patterns *db;
};

static struct {
    ngx_log_t *log;
    char folder[1024], path[1024];
    ngx_http_gatehouse_patterns_t *now;
    struct stat tried; /* the last file that was read, or failed to be */
    const char *why;   /* literal: why there is none                   */
    bool has_looked;
    ngx_uint_t n_read;
} self;

/* Scratch of this thread, for the database that it was made for. */
static __thread struct {
    ngx_uint_t serial;
    struct gh_patterns_scratch *scratch;
    struct gh_patterns_stream *engine;
} mine;

#define FILE_NAME (GH_LAYOUT_PATTERNS + sizeof(GH_LAYOUT_EDGE))

ngx_http_gatehouse_patterns_t *
ngx_http_gatehouse_patterns_ref(const char **why)
{
    *why = self.why;
    if (self.now != NULL)
        self.now->refs++;
    return self.now;
}

void
ngx_http_gatehouse_patterns_unref(ngx_http_gatehouse_patterns_t *p)
{
    if (p == NULL || --p->refs > 0)
        return;
    gh_patterns_free(p->db);
    free(p);
}

const struct gh_patterns *
ngx_http_gatehouse_patterns_db(const ngx_http_gatehouse_patterns_t *p)
{
    return p == NULL ? NULL : p->db;
}

uint64_t
ngx_http_gatehouse_patterns_serial(const ngx_http_gatehouse_patterns_t *p)
{
    return p->serial;
}

static void
drop_mine(void)
{
    gh_patterns_stream_close(mine.engine);
    gh_patterns_scratch_free(mine.scratch);
    mine.engine = NULL;
    mine.scratch = NULL;
}

struct gh_patterns_scratch *
ngx_http_gatehouse_patterns_scratch(const ngx_http_gatehouse_patterns_t *p)
{
    if (mine.scratch != NULL && mine.serial == p->serial)
        return mine.scratch;
    drop_mine();
    mine.serial = p->serial;
    mine.scratch = gh_patterns_scratch_new(p->db);
    return mine.scratch;
}

struct gh_patterns_stream *
ngx_http_gatehouse_patterns_engine(const ngx_http_gatehouse_patterns_t *p)
{
    if (ngx_http_gatehouse_patterns_scratch(p) != NULL && mine.engine == NULL)
        mine.engine = gh_patterns_stream_open(p->db);
    return mine.engine;
}

static const char *
load(ngx_http_gatehouse_patterns_t **out)
{
    ngx_http_gatehouse_mapping_t m = {.bytes = NULL};
    ngx_http_gatehouse_patterns_t *p = calloc(1, sizeof(*p));
    struct gh_err err = {.what = "no memory"};
    const char *why;

    if (p == NULL)
        return err.what;
    p->refs = 1;
    p->serial = ++self.n_read;
    if ((why = ngx_http_gatehouse_map(&m, self.folder, FILE_NAME)) == NULL) {
        if (gh_patterns_open(&p->db, gh_str(m.bytes, m.size), false, &err) != GH_OK)
            why = err.what;
        munmap(m.bytes, m.size);
    }
    if (why != NULL)
        free(p);
    else
        *out = p;
    return why;
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

void
ngx_http_gatehouse_patterns_tick(void)
{
    ngx_http_gatehouse_patterns_t *made = NULL;
    struct stat st;
    const char *why;

    if (stat(self.path, &st) != 0)
        ngx_memzero(&st, sizeof(st));
    if (self.has_looked && is_same(&st, &self.tried))
        return;
    self.has_looked = true;
    self.tried = st;
    why = st.st_ino == 0 ? "the pattern database is not there" : load(&made);
    if (why != NULL) {
        ngx_log_error(NGX_LOG_ALERT, self.log, 0, "gatehouse: no new pattern database: %s (%s)", why, self.path);
        ngx_http_gatehouse_record_system(GH_RECORD_SYSTEM, "the pattern database is not in force", gh_str_z(why));
        self.why = why;
        return;
    }
    ngx_http_gatehouse_patterns_unref(self.now);
    self.now = made;
    self.why = NULL;
    ngx_http_gatehouse_record_system(GH_RECORD_SYSTEM, "a pattern database is in force", gh_str(NULL, 0));
}

void
ngx_http_gatehouse_patterns_init(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *conf)
{
    self.log = cycle->log;
    *ngx_snprintf((u_char *)self.folder, sizeof(self.folder) - 1, "%V/" GH_LAYOUT_EDGE, &conf->data) = '\0';
    *ngx_snprintf((u_char *)self.path, sizeof(self.path) - 1, "%V/" GH_LAYOUT_PATTERNS, &conf->data) = '\0';
    ngx_http_gatehouse_patterns_tick();
}

void
ngx_http_gatehouse_patterns_exit(void)
{
    drop_mine();
    ngx_http_gatehouse_patterns_unref(self.now);
    self.now = NULL;
}
