/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/backup_file: the one file of a backup: "GHBACKUP1\n", le32 length of the manifest, the manifest (JSON: version, when and of what it was made, name,
 * size and SHA-256 of each member), the members one behind the other, and the SHA-256 of all that. A reader believes nothing before
 * the last digest fits. Digests find damage, not a forger: who may write the file may make it anew.
 *
 * Members are rows of one table; a name that is not in it is refused, so a file cannot say where it is unpacked.
 */
#ifndef GH_CLI_BACKUP_FILE_H
#define GH_CLI_BACKUP_FILE_H

#include "base/arena.h"
#include "base/crypto.h"
#include "supervisor/owner.h"

enum gh_backup_member {
    GH_BACKUP_INSTALLATION,
    GH_BACKUP_STORE,
    GH_BACKUP_VAULT_STATE,
    GH_BACKUP_MASTER_KEY,
    GH_BACKUP_CA,
    GH_BACKUP_CA_KEY,
    GH_BACKUP_MEMBERS
};
struct gh_backup_row {
    const char *name; /* below DIR */
    enum gh_owner owner;
    mode_t mode;
    bool is_needed; /* no backup without it                 */
    bool is_key;    /* only with --with-keys: opens the rest */
};
extern const struct gh_backup_row gh_backup_table[GH_BACKUP_MEMBERS];

struct gh_backup {
    struct gh_str installation, made, program; /* in the arena */
    bool is_sealed_elsewhere;                  /* the master key was a service manager's credential */
    struct gh_str member[GH_BACKUP_MEMBERS];   /* contents, borrowed; p NULL: not in it */
};

/* Writes FILE beside its name, fsyncs, renames in; an existing one is not touched. GH_BAD: it exists; GH_DOWN: errno. */
GH_MUST_USE enum gh_rc gh_backup_write(const struct gh_backup *b, struct gh_arena *a, const char *path);
/* `file` is the whole file, which the members are then borrowed from. GH_BAD: err->what. */
GH_MUST_USE enum gh_rc gh_backup_read(struct gh_backup *b, struct gh_arena *a, struct gh_str file, struct gh_err *err);

#endif
