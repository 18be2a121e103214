/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/cursor.h"
#include "host/host.h"
#include "ipc/layout.h"
#include "wire/json.h"

#define MAGIC        "GHBACKUP1\n"
#define VERSION      1
#define MANIFEST_MAX 65536
#define PATH_BYTES   4096
#define PIECE        (8u << 20) /* written at once, between two looks of whoever waits */

const struct gh_backup_row gh_backup_table[GH_BACKUP_MEMBERS] = {
    [GH_BACKUP_INSTALLATION] = {GH_LAYOUT_INSTALLATION, GH_OWNER_SELF, 0644, true, false},
    [GH_BACKUP_STORE] = {GH_LAYOUT_STORE, GH_OWNER_CONTROL, 0600, true, false},
    [GH_BACKUP_VAULT_STATE] = {GH_LAYOUT_VAULT_STATE, GH_OWNER_VAULT, 0600, true, false},
    [GH_BACKUP_MASTER_KEY] = {GH_LAYOUT_MASTER_KEY, GH_OWNER_VAULT, 0600, false, true},
    [GH_BACKUP_CA] = {GH_LAYOUT_CA, GH_OWNER_SELF, 0644, false, true},
    [GH_BACKUP_CA_KEY] = {GH_LAYOUT_CA_KEY, GH_OWNER_SELF, 0600, false, true},
};

/* ---- writing ---- */

static void
put_digest(struct gh_jsonw *w, const char *key, const uint8_t digest[GH_SHA256_BYTES])
{
    char mem[2 * GH_SHA256_BYTES];
    struct gh_buf hex;

    gh_buf_init_fixed(&hex, mem, sizeof mem);
    gh_buf_put_hex(&hex, gh_str(digest, GH_SHA256_BYTES));
    gh_jsonw_kstr(w, key, gh_buf_str(&hex));
}

static enum gh_rc
put_members(struct gh_jsonw *w, const struct gh_backup *b)
{
    gh_jsonw_key(w, "members");
    gh_jsonw_arr(w);
    for (size_t i = 0; i < GH_BACKUP_MEMBERS; i++) {
        uint8_t digest[GH_SHA256_BYTES];

        if (b->member[i].p == NULL)
            continue;
        if (gh_sha256(digest, b->member[i]) != GH_OK)
            return GH_BUG;
        gh_jsonw_obj(w);
        gh_jsonw_kstr(w, "name", gh_str_z(gh_backup_table[i].name));
        gh_jsonw_ku64(w, "bytes", b->member[i].n);
        put_digest(w, "sha256", digest);
        gh_jsonw_end(w, '}');
    }
    gh_jsonw_end(w, ']');
    return GH_OK;
}

static enum gh_rc
put_manifest(struct gh_buf *out, const struct gh_backup *b)
{
    struct gh_jsonw w;

    gh_jsonw_init(&w, out);
    gh_jsonw_obj(&w);
    gh_jsonw_ku64(&w, "version", VERSION);
    gh_jsonw_kstr(&w, "program", b->program);
    gh_jsonw_kstr(&w, "made", b->made);
    gh_jsonw_kstr(&w, "installation", b->installation);
    gh_jsonw_kbool(&w, "sealedElsewhere", b->is_sealed_elsewhere);
    enum gh_rc rc = put_members(&w, b);
    gh_jsonw_end(&w, '}');
    return rc != GH_OK ? rc : out->rc;
}

/* In pieces; on a terminal it is seen how far it is. */
static enum gh_rc
write_part(int fd, struct gh_str s, uint64_t *done, uint64_t all)
{
    while (s.n > 0) {
        struct gh_str piece = gh_str_sub(s, 0, PIECE);
        enum gh_rc rc = gh_write_all(fd, piece);

        if (rc != GH_OK)
            return rc;
        *done += piece.n;
        s = gh_str_sub(s, piece.n, SIZE_MAX);
        if (all > 4 * (uint64_t)PIECE && isatty(STDERR_FILENO) == 1)
            fprintf(stderr, "\r  %3llu %%%s", (unsigned long long)(*done * 100 / all), *done == all ? "\n" : "");
    }
    return GH_OK;
}

/* parts: everything but the last digest, in order. */
static enum gh_rc
write_file(int fd, const struct gh_str *parts, size_t n)
{
    uint8_t digest[GH_SHA256_BYTES];
    uint64_t done = 0, all = 0;
    enum gh_rc rc = gh_sha256_v(digest, parts, n);

    for (size_t i = 0; i < n; i++)
        all += parts[i].n;
    for (size_t i = 0; i < n && rc == GH_OK; i++)
        rc = write_part(fd, parts[i], &done, all);
    if (rc == GH_OK)
        rc = gh_write_all(fd, gh_str(digest, sizeof digest));
    return rc != GH_OK ? rc : fsync(fd) == 0 ? GH_OK : GH_DOWN;
}

/* The new name is on disk, too. */
static enum gh_rc
keep_name(const char *from, const char *to)
{
    char mem[PATH_BYTES];

    if (link(from, to) != 0) /* not rename(2), which would take an existing file's place */
        return errno == EEXIST ? GH_BAD : GH_DOWN;
    (void)snprintf(mem, sizeof mem, "%s", to);
    gh_auto_fd dir = open(dirname(mem), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir >= 0 && fsync(dir) == 0 ? GH_OK : GH_DOWN;
}

enum gh_rc
gh_backup_write(const struct gh_backup *b, struct gh_arena *a, const char *path)
{
    struct gh_str parts[2 + GH_BACKUP_MEMBERS];
    struct gh_buf manifest, begin;
    char part[PATH_BYTES];
    size_t n = 0;
    enum gh_rc rc;

    if (access(path, F_OK) == 0)
        return GH_BAD;
    if (snprintf(part, sizeof part, "%s.part-%ld", path, (long)getpid()) >= (int)sizeof part)
        return GH_DOWN;
    gh_buf_init(&manifest, a, MANIFEST_MAX);
    gh_buf_init(&begin, a, 64);
    if ((rc = put_manifest(&manifest, b)) != GH_OK)
        return rc;
    gh_buf_putz(&begin, MAGIC);
    gh_buf_put_le32(&begin, (uint32_t)manifest.n);
    parts[n++] = gh_buf_str(&begin);
    parts[n++] = gh_buf_str(&manifest);
    for (size_t i = 0; i < GH_BACKUP_MEMBERS; i++)
        if (b->member[i].p != NULL)
            parts[n++] = b->member[i];
    gh_auto_fd fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return GH_DOWN;
    rc = begin.rc != GH_OK ? begin.rc : write_file(fd, parts, n);
    if (rc == GH_OK)
        rc = keep_name(part, path);
    (void)unlink(part);
    return rc;
}

/* ---- reading ---- */

static enum gh_rc
bad(struct gh_err *err, const char *what)
{
    return gh_fail(err, GH_BAD, 0, what);
}

static enum gh_backup_member
find_member(struct gh_str name)
{
    size_t i = 0;

    while (i < GH_BACKUP_MEMBERS && !gh_str_eq(name, gh_str_z(gh_backup_table[i].name)))
        i++;
    return (enum gh_backup_member)i;
}

static enum gh_rc
read_member(
    struct gh_backup *b, struct gh_arena *a, const struct gh_json *j, gh_json_ref row, struct gh_cursor *c, struct gh_err *err)
{
    struct gh_str name = {NULL, 0}, hex = {NULL, 0}, digest, bytes;
    uint8_t is[GH_SHA256_BYTES];
    int64_t size = -1;

    if (gh_json_opt_str(&name, a, j, row, "name") != GH_OK || gh_json_opt_i64(&size, j, row, "bytes") != GH_OK || size < 0 ||
        gh_json_opt_str(&hex, a, j, row, "sha256") != GH_OK || gh_hex_decode(&digest, a, hex) != GH_OK)
        return bad(err, "the manifest is damaged");
    enum gh_backup_member m = find_member(name);
    if (m == GH_BACKUP_MEMBERS || b->member[m].p != NULL)
        return bad(err, "the manifest names what does not belong in a backup");
    if (gh_cursor_bytes(&bytes, c, (size_t)size) != GH_OK || gh_sha256(is, bytes) != GH_OK ||
        !gh_str_eq(digest, gh_str(is, sizeof is)))
        return bad(err, "a member is damaged: its digest is another");
    b->member[m] = bytes;
    return GH_OK;
}

static enum gh_rc
read_manifest(struct gh_backup *b, struct gh_arena *a, struct gh_str text, struct gh_cursor *c, struct gh_err *err)
{
    struct gh_json j;
    int64_t version = 0;
    gh_json_ref members;
    enum gh_rc rc = GH_OK;

    if (gh_json_parse(&j, a, text, NULL) != GH_OK || gh_json_opt_i64(&version, &j, 0, "version") != GH_OK)
        return bad(err, "the manifest is damaged");
    if (version != VERSION)
        return bad(err, "the backup was made by another version of the program");
    if (gh_json_opt_str(&b->program, a, &j, 0, "program") != GH_OK || gh_json_opt_str(&b->made, a, &j, 0, "made") != GH_OK ||
        gh_json_opt_str(&b->installation, a, &j, 0, "installation") != GH_OK ||
        gh_json_opt_bool(&b->is_sealed_elsewhere, &j, 0, "sealedElsewhere") != GH_OK ||
        gh_json_type(&j, members = gh_json_get(&j, 0, GH_STR("members"))) != GH_JSON_ARRAY)
        return bad(err, "the manifest is damaged");
    for (gh_json_ref v = gh_json_first(&j, members); v != GH_JSON_NO && rc == GH_OK; v = gh_json_next(&j, members, v))
        rc = read_member(b, a, &j, v, c, err);
    return rc;
}

enum gh_rc
gh_backup_read(struct gh_backup *b, struct gh_arena *a, struct gh_str file, struct gh_err *err)
{
    struct gh_str magic, manifest, end;
    uint8_t is[GH_SHA256_BYTES];
    uint32_t n;
    enum gh_rc rc;

    memset(b, 0, sizeof *b);
    if (file.n < sizeof is || !gh_str_starts(file, GH_STR(MAGIC)))
        return bad(err, "this is no backup");
    end = gh_str_sub(file, file.n - sizeof is, SIZE_MAX);
    file.n -= sizeof is;
    if (gh_sha256(is, file) != GH_OK || !gh_str_eq(end, gh_str(is, sizeof is)))
        return bad(err, "the backup is damaged or cut: its digest is another");
    struct gh_cursor c = gh_cursor(file);
    if (gh_cursor_bytes(&magic, &c, sizeof(MAGIC) - 1) != GH_OK || gh_cursor_le32(&n, &c) != GH_OK || n > MANIFEST_MAX ||
        gh_cursor_bytes(&manifest, &c, n) != GH_OK)
        return bad(err, "the manifest is damaged");
    if ((rc = read_manifest(b, a, manifest, &c, err)) != GH_OK)
        return rc;
    if (gh_cursor_left(&c) != 0)
        return bad(err, "there is more in the backup than its manifest says");
    for (size_t i = 0; i < GH_BACKUP_MEMBERS; i++)
        if (gh_backup_table[i].is_needed && b->member[i].p == NULL)
            return bad(err, "the backup is not whole: a member is missing");
    return gh_str_eq(b->installation, gh_str_sub(b->member[GH_BACKUP_INSTALLATION], 0, 32))
               ? GH_OK
               : bad(err, "the manifest is of another installation");
}
