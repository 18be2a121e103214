/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor/spawn: one program as another user. Files are opened before the switch of user and executed by descriptor, so the programs
 * may lie in a folder that the other users cannot enter.
 */
#ifndef GH_SUPERVISOR_SPAWN_H
#define GH_SUPERVISOR_SPAWN_H

#include "supervisor/owner.h"

enum gh_program { GH_PROGRAM_CONTROL, GH_PROGRAM_VAULT, GH_PROGRAM_ECHO, GH_PROGRAM_NGINX, GH_PROGRAM_MODULE,
                  GH_PROGRAM_SHIELD_MODEL, GH_PROGRAM_PATTERNS, GH_PROGRAM_PROBES /* files of data, found in the same places */, GH_PROGRAM_COUNT };

/*
 * A descriptor of the program's file: below $GATEHOUSE_LIBEXEC, else beside this program in its build tree, else where they are installed (PREFIX/lib/gatehouse);
 * nginx where Debian has it. -1: *looked (literal) says what was not found. A file that others may not execute is copied to memory.
 */
int gh_program_open(enum gh_program which, const char **looked);

/* A file of data: without it everything starts all the same. */
static inline bool
gh_program_is_data(enum gh_program p)
{
    return p == GH_PROGRAM_SHIELD_MODEL || p == GH_PROGRAM_PATTERNS || p == GH_PROGRAM_PROBES;
}

#define GH_SPAWN_FDS 4

struct gh_spawn {
    int exe;                 /* from gh_program_open                                         */
    const char *const *argv; /* NULL at the end                                              */
    const char *const *envp; /* NULL at the end; the whole environment                       */
    enum gh_owner owner;
    int fd[GH_SPAWN_FDS];    /* become descriptors 3, 4, ... of the child; -1 or 0: none     */
    int err;                 /* becomes 1 and 2; -1: as ours                                 */
    bool keep_bind;          /* ports below 1024                                             */
    int death_signal;        /* what the child gets when this process dies                   */
};

/* execveat(2) takes no const; the strings are only copied. */
char *const *gh_spawn_words(const char *const *v);

/* The child's pid (in a process group of its own), or -1 with errno. Failures in the child end it with 127 and a log line. */
pid_t gh_spawn(const struct gh_spawn *s, const struct gh_owners *owners);

/* The same without a program: the child, with no other descriptors than 0 to 6, runs `work` and exits with its result. */
pid_t gh_spawn_work(const struct gh_spawn *s, const struct gh_owners *owners, int (*work)(void *ctx), void *ctx);

#endif
