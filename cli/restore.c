/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/restore: a backup becomes a data directory. The whole file is checked first, then unpacked beside the place where it shall stand, its store
 * and chain checked there, and only then named DIR: there is never a half of it. Vault is told by a mark that this is a copy
 * (ipc/layout.h, GH_LAYOUT_RESTORED), so that what it signs is never taken for the original's; control then serves nobody until its
 * owner says `gatehouse recover --accept-restore` (control/copy.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "cli/backup_file.h"
#include "cli/restore.h"
#include "cli/verify.h"
#include "control/audit/query.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "supervisor/house.h"

#define PATH_BYTES  4096
#define ARENA_BYTES (16u << 20)

struct restore {
    struct gh_backup b;
    struct gh_owners owners;
    struct gh_arena *a;
    struct gh_house target;
    char staging[PATH_BYTES]; /* "DIR.restoring-<drawn>"; "" when it is there no more */
    char aside[PATH_BYTES];   /* where what stood in DIR went                         */
    int fd;                   /* of staging                                           */
};

static int
tell(const struct gh_house_err *err)
{
    return gh_cli_fail(GH_EXIT_UNABLE, err->what, err->about, NULL);
}

/* ---- the place ---- */

/* Empty, or (told so) an installation that does not run. */
static int
check_target(const struct restore *r, bool may_replace)
{
    struct gh_house_err err = {0};
    int lock;

    if (rmdir(r->target.path) == 0 || errno == ENOENT)
        return GH_EXIT_DONE;
    if (!may_replace)
        return gh_cli_fail(
            GH_EXIT_UNABLE, "the directory is not empty", r->target.path, "to put the backup in its place: --replace");
    if (gh_lock_open(&lock, &r->target, false, &err) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, "what stands there is no installation, and is not replaced", r->target.path, NULL);
    bool is_running = gh_lock_holder(lock, GH_LOCK_SUPERVISOR) != 0 || gh_lock_holder(lock, GH_LOCK_KEEPER) != 0;
    gh_close(lock);
    return is_running ? gh_cli_fail(GH_EXIT_UNABLE, "it runs", r->target.path, "stop it first: gatehouse down --data DIR")
                      : GH_EXIT_DONE;
}

/* ---- unpacking ---- */

static enum gh_rc
make_dir(const struct restore *r, const char *name, enum gh_owner owner)
{
    if (mkdirat(r->fd, name, 0700) != 0)
        return GH_DOWN;
    return !r->owners.is_full || fchownat(r->fd, name, r->owners.of[owner].uid, r->owners.of[owner].gid, AT_SYMLINK_NOFOLLOW) == 0
               ? GH_OK
               : GH_DOWN;
}

static enum gh_rc
put_file(const struct restore *r, const char *name, enum gh_owner owner, mode_t mode, struct gh_str content)
{
    const struct gh_file_owner o = {.uid = r->owners.is_full ? r->owners.of[owner].uid : (uid_t)-1,
        .gid = r->owners.is_full ? r->owners.of[owner].gid : (gid_t)-1,
        .mode = mode};

    return gh_file_replace_as(r->fd, name, &o, content);
}

static enum gh_rc
unpack(struct restore *r)
{
    static const struct {
        const char *name;
        enum gh_owner owner;
    } dirs[] = {{GH_LAYOUT_CONTROL, GH_OWNER_CONTROL}, {GH_LAYOUT_VAULT, GH_OWNER_VAULT}, {GH_LAYOUT_TLS, GH_OWNER_SELF}};
    enum gh_rc rc = GH_OK;

    if (mkdir(r->staging, 0700) != 0 || (r->fd = open(r->staging, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
        return GH_DOWN;
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0] && rc == GH_OK; i++)
        rc = make_dir(r, dirs[i].name, dirs[i].owner);
    for (size_t i = 0; i < GH_BACKUP_MEMBERS && rc == GH_OK; i++)
        if (r->b.member[i].p != NULL)
            rc = put_file(r, gh_backup_table[i].name, gh_backup_table[i].owner, gh_backup_table[i].mode, r->b.member[i]);
    if (rc == GH_OK)
        rc = put_file(r, GH_LAYOUT_RESTORED, GH_OWNER_VAULT, 0600, r->b.made);
    return rc == GH_OK && fchmod(r->fd, 0755) == 0 ? GH_OK : GH_DOWN;
}

static void
remove_staging(struct restore *r)
{
    static const char *const dirs[] = {GH_LAYOUT_CONTROL, GH_LAYOUT_VAULT, GH_LAYOUT_TLS};

    if (r->fd < 0)
        return;
    for (size_t i = 0; i < GH_BACKUP_MEMBERS; i++)
        (void)unlinkat(r->fd, gh_backup_table[i].name, 0);
    (void)unlinkat(r->fd, GH_LAYOUT_RESTORED, 0);
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
        (void)unlinkat(r->fd, dirs[i], AT_REMOVEDIR);
    (void)rmdir(r->staging);
}

/* ---- checks of what was unpacked ---- */

static int
check_store(struct gh_store *store, const uint8_t installation[16])
{
    struct gh_err err = {0};
    struct gh_verify v;
    struct gh_buf pem;
    gh_auto_arena a = {0};

    if (gh_store_check(store, &err) != GH_OK)
        return gh_cli_fail(GH_EXIT_REFUSED, err.what, "in the backup", NULL);
    gh_arena_init(&a, gh_heap(), 1u << 20);
    gh_buf_init(&pem, &a, 8192);
    gh_verify_init(&v);
    if (gh_audit_query_key(&pem, store) == GH_OK)
        (void)!gh_verify_key(&v, gh_buf_str(&pem), false);
    gh_verify_store(&v, store, installation);
    bool is_intact = v.c.result == GH_CHAIN_INTACT;
    if (is_intact)
        fprintf(stderr, "the backup's chain is intact: %llu entries\n", (unsigned long long)v.c.state.n);
    else
        (void)gh_cli_fail(GH_EXIT_REFUSED, v.c.why, "the backup's chain", NULL);
    gh_verify_fini(&v);
    return is_intact ? GH_EXIT_DONE : GH_EXIT_REFUSED;
}

/* In a directory of our own: what SQLite writes beside the file goes with it. */
static int
check(struct restore *r, bool is_replacing)
{
    char now[PATH_BYTES + 64], was[PATH_BYTES + 64];
    struct gh_err err = {0};
    struct gh_store *store = NULL;
    struct gh_str id;
    int status;

    (void)snprintf(now, sizeof now, "%s/" GH_LAYOUT_STORE, r->staging);
    (void)snprintf(was, sizeof was, "%s/" GH_LAYOUT_STORE, r->target.path);
    if (gh_hex_decode(&id, r->a, r->b.installation) != GH_OK || id.n != 16)
        return gh_cli_fail(GH_EXIT_REFUSED, "the installation's id is damaged", "in the backup", NULL);
    if (gh_store_open_read(&store, now, &err) != GH_OK)
        return gh_cli_fail(GH_EXIT_REFUSED, err.what, "in the backup", NULL);
    status = check_store(store, (const uint8_t *)id.p);
    if (status == GH_EXIT_DONE && is_replacing)
        gh_restore_tell(store, was);
    gh_store_close(store);
    return status;
}

/* ---- the command ---- */

static int
move_in(struct restore *r, bool is_replacing)
{
    if (is_replacing && rename(r->target.path, r->aside) != 0)
        return gh_cli_fail(GH_EXIT_REFUSED, "what stands there cannot be put aside", r->target.path, NULL);
    if (rename(r->staging, r->target.path) != 0) {
        if (is_replacing && rename(r->aside, r->target.path) != 0)
            gh_cli_note("what stood there is now in", r->aside);
        return gh_cli_fail(GH_EXIT_REFUSED, "the directory cannot be given its name", r->target.path, NULL);
    }
    gh_close(gh_steal_fd(&r->fd));
    return GH_EXIT_DONE;
}

static void
print_done(const struct restore *r, bool is_replacing)
{
    printf("restored installation %.*s as of %.*s: %s\n", (int)r->b.installation.n, r->b.installation.p, (int)r->b.made.n,
        r->b.made.p, r->target.path);
    if (is_replacing)
        gh_cli_note("what stood there is now in", r->aside);
    if (r->b.member[GH_BACKUP_MASTER_KEY].p == NULL && r->b.is_sealed_elsewhere)
        gh_cli_note("it needs its master key from the service manager (credential " GH_CREDENTIAL_MASTER_KEY ")", NULL);
    else if (r->b.member[GH_BACKUP_MASTER_KEY].p == NULL)
        gh_cli_note("it needs its master key: put your copy there, owned as the file beside it, mode 0600", GH_LAYOUT_MASTER_KEY);
    if (r->b.member[GH_BACKUP_CA_KEY].p == NULL)
        gh_cli_note("it will make a new certificate authority: clients must be given the new tls/ca.pem", NULL);
    gh_cli_note(
        "it will serve nobody until you say the word: gatehouse up, then gatehouse recover --accept-restore --reason TEXT", NULL);
}

static int
restore(struct restore *r, const struct gh_cli *c, struct gh_str file)
{
    struct gh_err err = {0};
    struct gh_house_err why = {0};
    uint64_t drawn;
    int status;

    if (gh_backup_read(&r->b, r->a, file, &err) != GH_OK)
        return gh_cli_fail(GH_EXIT_REFUSED, err.what, c->operand[0], NULL);
    if (gh_owners_find(&r->owners, &err) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, err.what, NULL, NULL);
    if (gh_house_find(&r->target, gh_cli_value(c, GH_OPTION_DATA), &why) != GH_OK && r->target.path[0] == '\0')
        return tell(&why); /* that it is not there yet is no hindrance */
    bool is_replacing = gh_cli_has(c, GH_OPTION_REPLACE) && r->target.fd >= 0;
    if ((status = check_target(r, is_replacing)) != GH_EXIT_DONE)
        return status;
    is_replacing = access(r->target.path, F_OK) == 0;
    gh_random(&drawn, sizeof drawn);
    (void)snprintf(r->staging, sizeof r->staging, "%s.restoring-%016llx", r->target.path, (unsigned long long)drawn);
    (void)snprintf(r->aside, sizeof r->aside, "%s.replaced-%016llx", r->target.path, (unsigned long long)drawn);
    if (unpack(r) != GH_OK)
        return gh_cli_fail(
            GH_EXIT_REFUSED, "the backup cannot be unpacked: is there room, and the right to write?", r->staging, NULL);
    if ((status = check(r, is_replacing)) != GH_EXIT_DONE || (status = move_in(r, is_replacing)) != GH_EXIT_DONE)
        return status;
    print_done(r, is_replacing);
    return GH_EXIT_DONE;
}

int
gh_cli_restore(struct gh_cli *c)
{
    struct restore r = {.fd = -1, .target = {.fd = -1, .memory_fd = -1}};
    gh_auto_fd fd = open(c->operand[0], O_RDONLY | O_CLOEXEC);
    struct stat st;
    gh_auto_arena a = {0};
    int status;

    if (gh_cli_value(c, GH_OPTION_DATA) == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "where to? give --data DIR", NULL, NULL);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return gh_cli_fail(GH_EXIT_UNABLE, "the backup cannot be read", c->operand[0], NULL);
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return gh_cli_fail(GH_EXIT_UNABLE, "the backup cannot be read", c->operand[0], NULL);
    gh_arena_init(&a, gh_heap(), ARENA_BYTES);
    r.a = &a;
    status = restore(&r, c, gh_str(map, (size_t)st.st_size));
    remove_staging(&r);
    gh_close(r.fd);
    gh_house_close(&r.target);
    (void)munmap(map, (size_t)st.st_size);
    return status;
}
