/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/backup: one consistent copy of an installation, while it runs. The store is copied by its own engine, in a child of control's user, so that
 * root reads no file that another user wrote; what happens meanwhile is in the next backup. What is only derived (snapshot, spool,
 * configuration, certificate) is not in it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/codec.h"
#include "cli/access.h"
#include "cli/backup_file.h"
#include "control/store/store.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "supervisor/house.h"

#define SMALL_MAX      (1u << 20) /* of every member but the store */
#define NAME_MAX_BYTES 64
#define PATH_BYTES     4096

struct copy {
    struct gh_house house;
    struct gh_arena *a;
    struct gh_backup b;
    bool with_keys;
    char temp[NAME_MAX_BYTES]; /* of the store's copy, below DIR */
    void *map;
};

static int
tell(const struct gh_house_err *err)
{
    return gh_cli_fail(GH_EXIT_UNABLE, err->what, err->about, NULL);
}

/* ---- small members ---- */

static bool
wants(const struct copy *c, enum gh_backup_member m)
{
    return m != GH_BACKUP_STORE && (c->with_keys || !gh_backup_table[m].is_key);
}

/* A key that is not there lies elsewhere; anything else must be. */
static int
read_small(struct copy *c)
{
    for (size_t i = 0; i < GH_BACKUP_MEMBERS; i++) {
        if (!wants(c, (enum gh_backup_member)i))
            continue;
        enum gh_rc rc = gh_file_read(&c->b.member[i], c->a, c->house.fd, gh_backup_table[i].name, SMALL_MAX);
        if (rc != GH_OK && gh_backup_table[i].is_needed)
            return gh_cli_fail(
                GH_EXIT_UNABLE, "cannot be read", gh_backup_table[i].name, "as the owner of the data directory, or as root");
        if (rc != GH_OK)
            c->b.member[i] = (struct gh_str){NULL, 0};
    }
    c->b.installation = gh_str_sub(c->b.member[GH_BACKUP_INSTALLATION], 0, 32);
    c->b.is_sealed_elsewhere = faccessat(c->house.fd, GH_LAYOUT_MASTER_KEY, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    return GH_EXIT_DONE;
}

/* ---- the store ---- */

static bool
path_below(char *out, size_t n, const struct copy *c, const char *name)
{
    return gh_house_path(out, n, &c->house, name);
}

/* In the child. Its status is the exit status; why not is told. */
static int
copy_store(const struct copy *c)
{
    char from[PATH_BYTES], to[PATH_BYTES];
    struct gh_err err = {0};
    struct gh_store *store = NULL;
    enum gh_rc rc = GH_BAD;

    if (path_below(from, sizeof from, c, GH_LAYOUT_STORE) && path_below(to, sizeof to, c, c->temp))
        rc = gh_store_open_read(&store, from, &err);
    if (rc == GH_OK)
        rc = gh_store_copy(store, to, &err);
    gh_store_close(store);
    return rc == GH_OK ? GH_EXIT_DONE
                       : gh_cli_fail(GH_EXIT_REFUSED, err.what == NULL ? "the store cannot be copied" : err.what, from, NULL);
}

static int
copy_as_control(const struct copy *c)
{
    int status = 0;
    pid_t pid;

    (void)fflush(NULL);
    if ((pid = fork()) == 0) {
        if (gh_owners_become(&c->house.owners, GH_OWNER_CONTROL, false) != GH_OK)
            _exit(gh_cli_fail(GH_EXIT_REFUSED, "cannot become the user of control", NULL, NULL));
        _exit(copy_store(c));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return gh_cli_fail(GH_EXIT_REFUSED, "the store was not copied", NULL, NULL);
    return WEXITSTATUS(status);
}

/* The copy has its name no longer than until it is mapped. */
static int
map_copy(struct copy *c)
{
    gh_auto_fd fd = openat(c->house.fd, c->temp, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    (void)unlinkat(c->house.fd, c->temp, 0);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0 ||
        (c->map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)
        return gh_cli_fail(GH_EXIT_REFUSED, "the copy of the store cannot be read", c->temp, NULL);
    c->b.member[GH_BACKUP_STORE] = gh_str(c->map, (size_t)st.st_size);
    return GH_EXIT_DONE;
}

static int
read_store(struct copy *c)
{
    uint64_t drawn;
    int status;

    gh_random(&drawn, sizeof drawn);
    (void)snprintf(c->temp, sizeof c->temp, GH_LAYOUT_CONTROL "/.backup-%016llx", (unsigned long long)drawn);
    return (status = copy_as_control(c)) != GH_EXIT_DONE ? status : map_copy(c);
}

/* ---- the command ---- */

/* A house that runs says so in its record, first: the copy then holds it. */
static int
record_it(const struct gh_cli *cli, const struct copy *c, bool *is_running)
{
    const struct gh_request r = {.method = "POST", .path = "/local/backup", .is_local_root = true, .body = GH_STR("{}")};
    gh_auto_access *x = NULL;
    gh_auto_arena a = {0};
    struct gh_answer answer;
    struct gh_house_err err = {0};
    int lock, status;

    if (gh_lock_open(&lock, &c->house, false, &err) != GH_OK)
        return tell(&err);
    *is_running = gh_lock_holder(lock, GH_LOCK_SUPERVISOR) != 0;
    gh_close(lock);
    if (!*is_running)
        return GH_EXIT_DONE;
    gh_arena_init(&a, gh_heap(), 4u << 20);
    if ((status = gh_access_open(&x, cli)) != GH_EXIT_DONE || (status = gh_access_call(&answer, x, &a, &r)) != GH_EXIT_DONE)
        return status;
    return answer.status == 200 ? GH_EXIT_DONE : gh_access_refused(&r, &answer);
}

static void
print_done(const struct copy *c, const char *out, bool is_running)
{
    const struct gh_backup *b = &c->b;

    printf("backup of installation %.*s, %llu MiB: %s\n", (int)b->installation.n, b->installation.p,
        (unsigned long long)((b->member[GH_BACKUP_STORE].n >> 20) + 1), out);
    if (!is_running)
        gh_cli_note("it did not run, so no record tells of this backup", NULL);
    if (b->member[GH_BACKUP_MASTER_KEY].p != NULL)
        gh_cli_note("the master key is in it: whoever has this file can open every secret", NULL);
    else if (b->is_sealed_elsewhere)
        gh_cli_note("the master key is not in it: the service manager keeps it (credential " GH_CREDENTIAL_MASTER_KEY ")", NULL);
    else
        gh_cli_note("the master key is not in it: keep a copy of " GH_LAYOUT_MASTER_KEY
                    " elsewhere; without it no secret can be opened",
            NULL);
}

static int
take(struct copy *c, const struct gh_cli *cli, const char *out)
{
    struct gh_house_err err = {0};
    struct gh_err why = {0};
    struct gh_buf made;
    bool is_running = false;
    enum gh_rc rc;
    int status;

    if (gh_house_find(&c->house, gh_cli_value(cli, GH_OPTION_DATA), &err) != GH_OK)
        return tell(&err);
    if (gh_owners_find(&c->house.owners, &why) != GH_OK)
        return gh_cli_fail(GH_EXIT_UNABLE, why.what, NULL, NULL);
    if ((status = record_it(cli, c, &is_running)) != GH_EXIT_DONE || (status = read_small(c)) != GH_EXIT_DONE ||
        (status = read_store(c)) != GH_EXIT_DONE)
        return status;
    gh_buf_init(&made, c->a, 40);
    gh_time_put(&made, gh_now_ms());
    c->b.made = gh_buf_str(&made);
    c->b.program = GH_STR(GH_VERSION);
    if ((rc = gh_backup_write(&c->b, c->a, out)) != GH_OK)
        return gh_cli_fail(rc == GH_BAD ? GH_EXIT_UNABLE : GH_EXIT_REFUSED,
            rc == GH_BAD ? "the file exists, and is left as it is" : "the backup cannot be written: is there room?", out, NULL);
    print_done(c, out, is_running);
    return GH_EXIT_DONE;
}

int
gh_cli_backup(struct gh_cli *cli)
{
    const char *out = gh_cli_value(cli, GH_OPTION_OUT);
    struct copy c = {.with_keys = gh_cli_has(cli, GH_OPTION_WITH_KEYS), .map = MAP_FAILED, .house = {.fd = -1, .memory_fd = -1}};
    gh_auto_arena a = {0};
    int status;

    if (gh_cli_value(cli, GH_OPTION_DATA) == NULL || out == NULL)
        return gh_cli_fail(GH_EXIT_UNABLE, "which installation, and where to? give --data DIR --out FILE", NULL, NULL);
    gh_arena_init(&a, gh_heap(), 16u << 20);
    a.is_secret = true;
    c.a = &a;
    status = take(&c, cli, out);
    if (c.map != MAP_FAILED)
        (void)munmap(c.map, c.b.member[GH_BACKUP_STORE].n);
    gh_house_close(&c.house);
    return status;
}
