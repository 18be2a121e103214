/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host: what only a process may do and core may not: heap, clock, random bytes, descriptors, files, log lines. Shared by every program but
 * not by the edge module (nginx has its own).
 */
#ifndef GH_HOST_HOST_H
#define GH_HOST_HOST_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"

/* heap.c: malloc behind an arena. */
struct gh_alloc gh_heap(void);

/* clock.c */
int64_t gh_now_ms(void);       /* CLOCK_REALTIME  */
int64_t gh_monotonic_ms(void); /* CLOCK_MONOTONIC */

/* random.c: getrandom(2); ends the process if the kernel has none. */
void gh_random(void *out, size_t n);

/* fd.c: scope cleanup, ownership passed by a visible steal. */
static inline void gh_cleanup_fd(int *fd);
#define gh_auto_fd __attribute__((cleanup(gh_cleanup_fd))) int
static inline int
gh_steal_fd(int *fd)
{
    int f = *fd;
    *fd = -1;
    return f;
}
void gh_close(int fd); /* keeps errno; -1 is ignored */
static inline void
gh_cleanup_fd(int *fd)
{
    gh_close(*fd);
}
static inline void gh_cleanup_arena(struct gh_arena *a) { gh_arena_fini(a); }
#define gh_auto_arena __attribute__((cleanup(gh_cleanup_arena))) struct gh_arena

/* Whole or failure, over EINTR and short writes. */
GH_MUST_USE enum gh_rc gh_write_all(int fd, struct gh_str s);
/* Up to `max` bytes, into the arena. GH_LIMIT if there are more. */
GH_MUST_USE enum gh_rc gh_read_all(struct gh_str *out, struct gh_arena *a, int fd, size_t max);
/* Opens below `dirfd` (AT_FDCWD for a path), no symbolic link at the end. */
GH_MUST_USE enum gh_rc gh_file_read(struct gh_str *out, struct gh_arena *a, int dirfd, const char *path, size_t max);
/* Written beside, fsynced, renamed in, directory fsynced. A reader sees the old or the new file, never a part. */
GH_MUST_USE enum gh_rc gh_file_replace(int dirfd, const char *path, mode_t mode, struct gh_str content);
/* The same for a file that shall belong to somebody else; (uid_t)-1 and (gid_t)-1 leave the writer's. */
struct gh_file_owner {
    uid_t uid;
    gid_t gid;
    mode_t mode;
};
GH_MUST_USE enum gh_rc gh_file_replace_as(int dirfd, const char *path, const struct gh_file_owner *o, struct gh_str content);

/*
 * log.c: one line on stderr: time, program, level, literal text, then key=value pairs, each value through base/redact.
 *     gh_log(GH_LOG_WARN, "child died", GH_KS("child", name), GH_KU("status", 11), GH_KEND);
 */
enum gh_log_level { GH_LOG_ERROR = 0, GH_LOG_WARN, GH_LOG_NOTICE, GH_LOG_DEBUG };
struct gh_log_kv {
    const char *key; /* NULL ends the list */
    struct gh_str s;
    uint64_t u;
    bool is_number;
};
#define GH_KS(k, v) ((struct gh_log_kv){.key = (k), .s = (v)})
#define GH_KU(k, v) ((struct gh_log_kv){.key = (k), .u = (uint64_t)(v), .is_number = true})
#define GH_KEND ((struct gh_log_kv){.key = NULL})
void gh_log_init(const char *program);
void gh_log_kvs(enum gh_log_level level, const char *text, const struct gh_log_kv *kv);
#define gh_log(level, text, ...) gh_log_kvs(level, text, (const struct gh_log_kv[]){__VA_ARGS__})

/* harden.c: no core dumps, not dumpable, no new privileges, close-on-exec for what is above `keep_fd`. Ends the process on failure. */
void gh_harden(int keep_fd);

#endif
