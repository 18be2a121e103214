/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/house: the data directory on disk: opened or made as ipc/layout.h says, with owners and modes, or refused with the reason.
 */
#ifndef GH_SUPERVISOR_HOUSE_H
#define GH_SUPERVISOR_HOUSE_H

#include "supervisor/owner.h"

/* A path of a unix socket has 107 bytes (unix(7)), and "/run/management.sock" is 20 of them. */
#define GH_HOUSE_PATH_MAX 87

struct gh_house {
    char path[GH_HOUSE_PATH_MAX + 1]; /* DIR, absolute, without links and without a final slash */
    char memory[64 + GH_HOUSE_PATH_MAX]; /* MEM                                                  */
    int fd, memory_fd;                /* -1 until open                                          */
    char installation[33];            /* 32 hex digits                                          */
    struct gh_owners owners;
};

/* What is wrong, in words for the operator; `about` is the path that it is about. */
struct gh_house_err {
    char what[160];
    char about[256];
};

/*
 * Opens DIR: made if it is not there, walked from the root without following links. As root refused: links on the way or inside, a
 * directory that others can write to, one that system users cannot enter. h->owners is filled by the caller. GH_BAD: refused.
 */
GH_MUST_USE enum gh_rc gh_house_open(struct gh_house *h, const char *data, struct gh_house_err *err);
/* Opens DIR for a command that only talks to what runs there; nothing is made. GH_DOWN: no installation. */
GH_MUST_USE enum gh_rc gh_house_find(struct gh_house *h, const char *data, struct gh_house_err *err);

/* Sub-directories, MEM, the installation id and edge.key. The lock is held by now. */
GH_MUST_USE enum gh_rc gh_house_furnish(struct gh_house *h, struct gh_house_err *err);

/* Removes MEM and every file in it: credentials do not outlive their use. */
void gh_house_forget_memory(const struct gh_house *h);
void gh_house_close(struct gh_house *h);

/* "DIR/name" in `out`; false if it does not fit. */
bool gh_house_path(char *out, size_t n, const struct gh_house *h, const char *name);

/* Fills err; `about` is cut to its room. Returns GH_BAD. */
enum gh_rc gh_house_fail(struct gh_house_err *err, const char *what, const char *about);
/* The same with the text of errno behind `what`. */
enum gh_rc gh_house_fail_errno(struct gh_house_err *err, const char *what, const char *about);

/*
 * Two bytes of DIR/lock: the keeper holds byte 1 and the supervisor byte 0, as POSIX locks, so that the kernel tells who holds them and
 * forgets them with the process. Taking byte 1 is the right to run here. GH_BAD: held; *holder is its pid. The file's text (the
 * supervisor's pid) is for people.
 */
enum { GH_LOCK_SUPERVISOR = 0, GH_LOCK_KEEPER = 1 };
GH_MUST_USE enum gh_rc gh_lock_open(int *fd, const struct gh_house *h, bool may_create, struct gh_house_err *err);
GH_MUST_USE enum gh_rc gh_lock_take(int fd, int which, pid_t *holder);
pid_t gh_lock_holder(int fd, int which); /* 0: nobody (or this process) */
void gh_lock_write(int fd, pid_t supervisor);

#endif
