/* SPDX-License-Identifier: Apache-2.0 */
#include "vault/credentials.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "host/host.h"
#include "policy/snapshot.h"
#include "vault/wrap.h"

#define NAME_FORMAT "credentials-%016" PRIx64 ".snap"

enum {
    NAME_BYTES = sizeof("credentials-0123456789abcdef.snap"),
    KEY_BYTES_MAX = GH_RESOURCE_PATH_MAX * 2,
    HOSTS_MAX = 64,
    SECRET_BYTES_MAX = 8192
};

/* Places of the fields in a row. */
enum { WORKSPACE, BACKEND, RESOURCE, VERSION, HEADER, BLOB, HOSTS };

struct writer {
    const struct gh_credentials_job *job;
    struct gh_arena *arena;
    struct gh_snap_writer *snap;
    struct gh_str *workspaces; /* that have their key of texts */
    size_t n_workspaces, workspaces_cap;
    size_t n_left_out;
};

static void
make_key(struct gh_buf *key, char memory[KEY_BYTES_MAX], const struct gh_str *parts, size_t n)
{
    gh_buf_init_fixed(key, memory, KEY_BYTES_MAX);
    gh_snap_key(key, parts, n);
}

/* ---- one credential ---- */

/* What a header line can carry: visible ASCII, no blank that a parser could cut at. */
static bool
is_header_value(struct gh_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] > 0x7e)
            return false;
    return s.n > 0;
}

/* The headers that a credential may go into, and what stands before it there. */
static const struct header_row {
    struct gh_str name, before;
} header_rows[] = {
    {GH_STR_INIT("authorization"), GH_STR_INIT("Bearer ")},
    {GH_STR_INIT("api-key"), GH_STR_INIT("")},
    {GH_STR_INIT("x-api-key"), GH_STR_INIT("")},
};

static enum gh_rc
open_value(struct gh_str *out, struct writer *w, const struct gh_str *row)
{
    const struct header_row *header = NULL;
    struct gh_buf value;
    size_t before;
    enum gh_rc rc;

    for (size_t i = 0; i < sizeof(header_rows) / sizeof(header_rows[0]); i++)
        if (gh_str_eq(row[HEADER], header_rows[i].name))
            header = &header_rows[i];
    if (header == NULL)
        return GH_BAD;
    gh_buf_init(&value, w->arena, SECRET_BYTES_MAX);
    gh_buf_put(&value, header->before);
    before = value.n;
    if ((rc = gh_wrap_get(&value, w->job->seal, row[RESOURCE], row[VERSION], row[BLOB])) != GH_OK)
        return rc;
    *out = gh_buf_str(&value);
    return is_header_value(gh_str_sub(*out, before, out->n)) ? GH_OK : GH_BAD;
}

/* GH_BAD: none, or too many. */
static enum gh_rc
split_hosts(struct gh_str hosts[HOSTS_MAX], size_t *n, struct gh_str joined)
{
    struct gh_str rest = joined;

    for (*n = 0; joined.n > 0 && gh_str_cut(&hosts[*n], &rest, '\n');)
        if (hosts[*n].n == 0 || ++*n == HOSTS_MAX)
            return GH_BAD;
    return *n > 0 ? GH_OK : GH_BAD;
}

static enum gh_rc
put_credential(struct writer *w, const struct gh_str *row)
{
    const struct gh_str parts[] = {row[WORKSPACE], row[BACKEND], row[VERSION]};
    struct gh_snap_value values[GH_CREDENTIAL_N] = {0};
    struct gh_str hosts[HOSTS_MAX];
    char memory[KEY_BYTES_MAX];
    struct gh_buf key;
    size_t n_hosts;
    enum gh_rc rc;

    values[GH_CREDENTIAL_HEADER].str = row[HEADER];
    if ((rc = open_value(&values[GH_CREDENTIAL_VALUE].str, w, row)) != GH_OK ||
        (rc = split_hosts(hosts, &n_hosts, row[HOSTS])) != GH_OK)
        return rc;
    values[GH_CREDENTIAL_HOSTS].list = hosts;
    values[GH_CREDENTIAL_HOSTS].n = n_hosts;
    make_key(&key, memory, parts, 3);
    return key.rc != GH_OK ? key.rc : gh_snap_put(w->snap, GH_SNAP_CREDENTIAL, gh_buf_str(&key), values);
}

/* ---- keys of texts ---- */

static void
renew_root(struct gh_text_root *text, int64_t now_ms)
{
    int64_t day = now_ms / 86400000;

    if (text->day == day)
        return;
    gh_random(text->root, sizeof(text->root));
    text->day = day;
}

/* Rows come sorted, so the last one is nearly always it. */
static bool
has_text_key(const struct writer *w, struct gh_str workspace)
{
    for (size_t i = w->n_workspaces; i > 0; i--)
        if (gh_str_eq(w->workspaces[i - 1], workspace))
            return true;
    return false;
}

static enum gh_rc
note_text_key(struct writer *w, struct gh_str workspace)
{
    if (w->n_workspaces == w->workspaces_cap) {
        size_t cap = w->workspaces_cap == 0 ? 64 : w->workspaces_cap * 2;
        struct gh_str *bigger = gh_arena_take_array(w->arena, cap, sizeof(*bigger));

        if (bigger == NULL)
            return GH_NOMEM;
        if (w->n_workspaces > 0)
            memcpy(bigger, w->workspaces, w->n_workspaces * sizeof(*bigger));
        w->workspaces = bigger;
        w->workspaces_cap = cap;
    }
    w->workspaces[w->n_workspaces++] = workspace;
    return GH_OK;
}

static enum gh_rc
put_text_key(struct writer *w, struct gh_str workspace)
{
    struct gh_snap_value values[GH_TEXT_KEY_N] = {0};
    struct gh_text_root *text = w->job->text;
    uint8_t key[GH_SHA256_BYTES];
    char memory[KEY_BYTES_MAX];
    struct gh_buf name;
    enum gh_rc rc;

    if (has_text_key(w, workspace))
        return GH_OK;
    make_key(&name, memory, &workspace, 1);
    if (name.rc != GH_OK || (rc = note_text_key(w, workspace)) != GH_OK)
        return name.rc != GH_OK ? name.rc : GH_NOMEM;
    if ((rc = gh_hmac_sha256(key, gh_str(text->root, sizeof(text->root)), workspace)) == GH_OK) {
        values[GH_TEXT_KEY_VALUE].str = gh_str(key, sizeof(key));
        values[GH_TEXT_KEY_DAY].u64 = (uint64_t)text->day;
        rc = gh_snap_put(w->snap, GH_SNAP_TEXT_KEY, gh_buf_str(&name), values);
    }
    gh_wipe(key, sizeof(key));
    return rc;
}

/* ---- key of bound ids ---- */

/* Ids that callers hold must be good over restarts: made of the master key, and nothing else is. */
static enum gh_rc
put_bound_key(struct writer *w)
{
    struct gh_snap_value values[GH_BOUND_KEY_N] = {0};
    uint8_t key[GH_SHA256_BYTES];
    enum gh_rc rc = gh_seal_key(key, w->job->seal, "bound ids");

    if (rc == GH_OK) {
        values[GH_BOUND_KEY_VALUE].str = gh_str(key, sizeof(key));
        rc = gh_snap_put(w->snap, GH_SNAP_BOUND_KEY, GH_STR("installation"), values);
    }
    gh_wipe(key, sizeof(key));
    return rc;
}

/* ---- all rows ---- */

static enum gh_rc
read_row(struct gh_str row[GH_CREDENTIALS_ROW_FIELDS], struct gh_cursor *c)
{
    enum gh_rc rc = GH_OK;
    uint32_t n;

    for (size_t i = 0; i < GH_CREDENTIALS_ROW_FIELDS && rc == GH_OK; i++)
        if ((rc = gh_cursor_le32(&n, c)) == GH_OK)
            rc = gh_cursor_bytes(&row[i], c, n);
    return rc == GH_MORE ? GH_BAD : rc;
}

static enum gh_rc
put_row(struct writer *w, const struct gh_str *row)
{
    enum gh_rc rc = put_credential(w, row);

    if (rc == GH_BAD || rc == GH_LIMIT) {
        gh_log(GH_LOG_ERROR, "a secret is left out: it does not open, or cannot stand in a header",
            GH_KS("resource", row[RESOURCE]), GH_KS("version", row[VERSION]), GH_KEND);
        w->n_left_out++;
        rc = GH_OK;
    }
    return rc == GH_OK ? put_text_key(w, row[WORKSPACE]) : rc;
}

static enum gh_rc
put_rows(struct writer *w)
{
    struct gh_cursor c = gh_cursor(w->job->rows);
    struct gh_str row[GH_CREDENTIALS_ROW_FIELDS];
    enum gh_rc rc = GH_OK;

    while (rc == GH_OK && gh_cursor_left(&c) > 0)
        if ((rc = read_row(row, &c)) == GH_OK)
            rc = put_row(w, row);
    return rc;
}

/* ---- files ---- */

static bool
is_generation(uint64_t *generation, const char *name)
{
    char again[NAME_BYTES];
    char *end;

    if (strncmp(name, "credentials-", 12) != 0)
        return false;
    errno = 0;
    *generation = strtoumax(name + 12, &end, 16);
    if (errno != 0 || snprintf(again, sizeof(again), NAME_FORMAT, *generation) >= (int)sizeof(again))
        return false;
    return strcmp(again, name) == 0;
}

/* Calls for every generation's file in MEM. */
static enum gh_rc
each_generation(int dir, void (*on)(void *ctx, int dir, const char *name, uint64_t generation), void *ctx)
{
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;
    uint64_t generation;

    if (d == NULL) {
        gh_close(copy);
        return GH_DOWN;
    }
    while ((entry = readdir(d)) != NULL)
        if (is_generation(&generation, entry->d_name))
            on(ctx, dir, entry->d_name, generation);
    closedir(d);
    return GH_OK;
}

struct keep {
    uint64_t current, other; /* the newest but the current one */
    bool has_other;
};

static void
find_other(void *ctx, int dir, const char *name, uint64_t generation)
{
    struct keep *k = ctx;

    (void)dir;
    (void)name;
    if (generation == k->current || (k->has_other && generation <= k->other))
        return;
    k->other = generation;
    k->has_other = true;
}

static void
remove_old(void *ctx, int dir, const char *name, uint64_t generation)
{
    const struct keep *k = ctx;

    if (generation != k->current && generation != k->other && unlinkat(dir, name, 0) != 0)
        gh_log(
            GH_LOG_WARN, "an old credential file cannot be removed", GH_KS("file", gh_str_z(name)), GH_KU("errno", errno), GH_KEND);
}

static enum gh_rc
replace_file(const struct gh_credentials_job *job, struct gh_str content)
{
    struct keep keep = {.current = job->generation};
    char name[NAME_BYTES];
    enum gh_rc rc;

    (void)snprintf(name, sizeof(name), NAME_FORMAT, job->generation);
    if ((rc = gh_file_replace(job->dir, name, 0640, content)) != GH_OK)
        return rc;
    if ((rc = each_generation(job->dir, find_other, &keep)) != GH_OK)
        return rc;
    return each_generation(job->dir, remove_old, &keep);
}

enum gh_rc
gh_credentials_write(size_t *n_left_out, const struct gh_credentials_job *job, struct gh_arena *a, struct gh_err *err)
{
    struct gh_snap_meta meta = {
        .generation = job->generation, .base_generation = job->generation, .made_ms = job->now_ms, .is_credentials = true};
    struct writer w = {.job = job, .arena = a};
    struct gh_str content;
    enum gh_rc rc;

    *n_left_out = 0;
    memcpy(meta.installation, job->seal->installation, sizeof(meta.installation));
    renew_root(job->text, job->now_ms);
    if ((rc = gh_snap_writer_new(&w.snap, a, &meta)) != GH_OK)
        return gh_fail(err, rc, 0, "credential file cannot be started");
    if ((rc = put_bound_key(&w)) != GH_OK)
        return gh_fail(err, rc, 0, "the key of bound ids cannot be made");
    if ((rc = put_text_key(&w, GH_STR("/"))) != GH_OK) /* of workspaces whose backends need no credential */
        return gh_fail(err, rc, 0, "the key of texts cannot be made");
    if ((rc = put_rows(&w)) != GH_OK)
        return gh_fail(err, rc, 0, "credential rows cannot be read");
    if ((rc = gh_snap_finish(&content, w.snap)) != GH_OK)
        return gh_fail(err, rc, 0, "credential file cannot be made");
    *n_left_out = w.n_left_out;
    if ((rc = replace_file(job, content)) != GH_OK)
        return gh_fail(err, rc, 0, "credential file cannot be written");
    return GH_OK;
}
