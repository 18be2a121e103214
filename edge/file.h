/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edge/file: the files that the edge maps and believes: base, overlay and credentials of the policy, the model of the shield, the patterns. One way for all:
 *
 *   open     in a thread: nobody but the folder's owner could have written it; mapped; its kind believes the bytes, or says why not
 *   publish  in the event loop: it takes the place of the one before; a request holds the one that it began with
 *
 * What is not believed changes nothing: the last good one stays in force, and it is told once, in log and record. The files that an operator replaces are
 * looked at each second: a row of `rows` in file_kept.c says where each lies, which kind it is, and what is said of it. Those of the policy are named by
 * `current` and taken together: snapshot.c.
 */
#ifndef GH_EDGE_FILE_H
#define GH_EDGE_FILE_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "base/arena.h"

typedef struct ngx_http_gatehouse_file_s ngx_http_gatehouse_file_t;

/* Of one kind; both functions run in any thread, and see no object of nginx. */
typedef struct {
    /* Makes f->made of f->bytes and, for snapshots, sets f->number. NULL, or a literal: why it is not believed. */
    const char *(*believe)(ngx_http_gatehouse_file_t *f);
    void (*drop)(void *made); /* NULL: it lies in f->arena */
    bool is_copied;           /* what is made does not point into the bytes: the map is given back at once */
} ngx_http_gatehouse_file_kind_t;

/* One that is believed. Counted by the event loop alone. */
struct ngx_http_gatehouse_file_s {
    const ngx_http_gatehouse_file_kind_t *kind;
    ngx_uint_t refs;
    uint64_t number; /* generation of a snapshot; of other kinds which one it is of those that this worker has taken */
    void *bytes;
    size_t size;
    struct gh_arena arena; /* of this file: at most 1 MiB */
    void *made;
};

/* NULL: *why is a literal. */
ngx_http_gatehouse_file_t *ngx_http_gatehouse_file_open(const ngx_http_gatehouse_file_kind_t *kind, const char *dir, const char *name, const char **why);
ngx_http_gatehouse_file_t *ngx_http_gatehouse_file_ref(ngx_http_gatehouse_file_t *f); /* NULL is nothing, here and below */
void ngx_http_gatehouse_file_unref(ngx_http_gatehouse_file_t *f);

/* Work of which one piece at a time is done in the thread pool: run() there, then finish() in the event loop. */
typedef struct {
    void (*run)(void *ctx);
    void (*finish)(void *ctx);
    bool is_running;
} ngx_http_gatehouse_load_t;
/* `ctx` of n bytes is copied. Not may_wait: both are called here and now, as at the start of a worker. One that cannot begin is left to the next look. */
void ngx_http_gatehouse_load(ngx_http_gatehouse_load_t *l, const void *ctx, size_t n, bool may_wait);
/* NGX_ERROR: the configuration has no thread pool of ours. */
ngx_int_t ngx_http_gatehouse_load_init(ngx_cycle_t *cycle);

/* Files that are looked at each second. */
enum ngx_http_gatehouse_kept { GATEHOUSE_KEPT_SHIELD = 0, GATEHOUSE_KEPT_PATTERNS, GATEHOUSE_KEPT };
extern const ngx_http_gatehouse_file_kind_t ngx_http_gatehouse_shield_kind, ngx_http_gatehouse_patterns_kind; /* shield_model.c, patterns.c */
/* A reference to the one in force; NULL: *why is a literal. */
ngx_http_gatehouse_file_t *ngx_http_gatehouse_kept_ref(enum ngx_http_gatehouse_kept which, const char **why);
void ngx_http_gatehouse_kept_init(ngx_cycle_t *cycle, const ngx_str_t *data);
void ngx_http_gatehouse_kept_tick(void);
void ngx_http_gatehouse_kept_exit(void);

#endif
