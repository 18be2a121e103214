/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vault/sandbox: what keeps keys in this process and this process out of everything else. In the order of main.c: key pages, locked memory,
 * Landlock (files: its own two directories alone), seccomp (a table of allowed calls, anything else ends the process; no socket can be
 * made or reached beyond those it holds).
 */
#ifndef GH_VAULT_SANDBOX_H
#define GH_VAULT_SANDBOX_H

#include <stddef.h>

/* `n` zeroed bytes of whole pages that are locked, not dumped and not inherited. Never given back. NULL: the kernel refused. */
void *gh_sandbox_pages(size_t n);

/* Locks the whole process, now and later, where its limit (64 MiB) allows that; with less, what is mapped now, or the key pages alone: the log says
 * which. */
void gh_sandbox_lock_memory(void);

/* Files below `vault_dir` and `memory_dir` may be made, read, written, renamed and removed, no others opened. A kernel without Landlock: said in the
 * log, and the uid alone keeps them apart. Ends the process on failure. */
void gh_sandbox_files(int vault_dir, int memory_dir);

/* From here on only the calls of the table. Ends the process on failure. */
void gh_sandbox_calls(void);

#endif
