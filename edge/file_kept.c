/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include "module.h"

#include "ipc/layout.h"

/*
 * Files that are copies of installed ones, or an operator's own, renamed in: looked at each second. Another one is opened in a thread and takes the place of the
 * one before; one that is damaged, or gone, is told, and the last good one stays.
 */

static struct gh_str
shield_version(const ngx_http_gatehouse_file_t *f)
{
    return gh_shield_info(ngx_http_gatehouse_shield_model(f))->version;
}

static const struct row {
    const char *place; /* below the data directory, in the edge's folder  */
    const ngx_http_gatehouse_file_kind_t *kind;
    const char *missing;                                          /* why there is none, of one that is not there     */
    const char *gone, *refused, *in_force;                        /* what is recorded, and with what it replaces told */
    struct gh_str (*version)(const ngx_http_gatehouse_file_t *f); /* for the record; NULL: it has none */
} rows[GATEHOUSE_KEPT] = {
    [GATEHOUSE_KEPT_SHIELD] = {GH_LAYOUT_SHIELD, &ngx_http_gatehouse_shield_kind, "the file is not there",
        "the model of the shield is gone", "the model of the shield is not in force", "a model of the shield is in force",
        shield_version},
    [GATEHOUSE_KEPT_PATTERNS] = {GH_LAYOUT_PATTERNS, &ngx_http_gatehouse_patterns_kind, "the pattern database is not there",
        "the pattern database is gone", "the pattern database is not in force", "a pattern database is in force", NULL},
};

/* What makes a file another one; zeros: it is not there. */
typedef struct {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec changed;
} identity_t;

typedef struct {
    enum ngx_http_gatehouse_kept which;
    identity_t of;
    ngx_http_gatehouse_file_t *made;
    const char *why;
} load_t;

static void load_run(void *ctx);
static void load_finish(void *ctx);

static struct kept {
    ngx_http_gatehouse_load_t load;
    ngx_http_gatehouse_file_t *now;
    identity_t tried; /* the last file that was opened, or failed to be */
    const char *why;  /* literal: why there is none                     */
    bool has_looked;
} kept[GATEHOUSE_KEPT] = {[GATEHOUSE_KEPT_SHIELD] = {.load = {.run = load_run, .finish = load_finish}},
    [GATEHOUSE_KEPT_PATTERNS] = {.load = {.run = load_run, .finish = load_finish}}};

static char data_dir[1024];
static uint64_t n_taken;

static void
put_path(char out[2048], const char *place)
{
    *ngx_snprintf((u_char *)out, 2047, "%s/%s", data_dir, place) = '\0';
}

/* Once for each file. */
static void
fail(enum ngx_http_gatehouse_kept which, const char *what, const char *why)
{
    ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0, "gatehouse: %s: %s (%s/%s)", what, why, data_dir, rows[which].place);
    ngx_http_gatehouse_record_system(GH_RECORD_SYSTEM, what, gh_str_z(why));
    if (kept[which].now == NULL)
        kept[which].why = why;
}

static void
load_run(void *ctx)
{
    load_t *l = ctx;
    char folder[2048];

    put_path(folder, GH_LAYOUT_EDGE);
    l->made = ngx_http_gatehouse_file_open(rows[l->which].kind, folder, rows[l->which].place + sizeof(GH_LAYOUT_EDGE), &l->why);
}

static void
load_finish(void *ctx)
{
    const load_t *l = ctx;
    const struct row *row = &rows[l->which];
    struct kept *k = &kept[l->which];

    k->tried = l->of;
    if (l->made == NULL) {
        fail(l->which, row->refused, l->why);
        return;
    }
    ngx_http_gatehouse_file_unref(k->now);
    k->now = l->made;
    k->now->number = ++n_taken;
    k->why = NULL;
    ngx_http_gatehouse_record_system(
        GH_RECORD_SYSTEM, row->in_force, row->version == NULL ? gh_str(NULL, 0) : row->version(k->now));
}

static void
look(enum ngx_http_gatehouse_kept which, bool may_wait)
{
    struct kept *k = &kept[which];
    char path[2048];
    struct stat st;
    load_t l;

    if (k->load.is_running)
        return;
    ngx_memzero(&l, sizeof(l)); /* with what lies between its members: identities are compared as bytes */
    l.which = which;
    put_path(path, rows[which].place);
    if (stat(path, &st) == 0) {
        l.of.dev = st.st_dev;
        l.of.ino = st.st_ino;
        l.of.size = st.st_size;
        l.of.changed = st.st_ctim;
    }
    if (k->has_looked && ngx_memcmp(&l.of, &k->tried, sizeof(l.of)) == 0)
        return;
    k->has_looked = true;
    if (l.of.ino == 0) {
        k->tried = l.of;
        fail(which, rows[which].gone, rows[which].missing);
        return;
    }
    ngx_http_gatehouse_load(&k->load, &l, sizeof(l), may_wait);
}

ngx_http_gatehouse_file_t *
ngx_http_gatehouse_kept_ref(enum ngx_http_gatehouse_kept which, const char **why)
{
    *why = kept[which].why;
    return ngx_http_gatehouse_file_ref(kept[which].now);
}

void
ngx_http_gatehouse_kept_init(ngx_cycle_t *cycle, const ngx_str_t *data)
{
    (void)cycle;
    *ngx_snprintf((u_char *)data_dir, sizeof(data_dir) - 1, "%V", data) = '\0';
    for (unsigned i = 0; i < GATEHOUSE_KEPT; i++) {
        kept[i].why = rows[i].missing;
        look((enum ngx_http_gatehouse_kept)i, false);
    }
}

void
ngx_http_gatehouse_kept_tick(void)
{
    for (unsigned i = 0; i < GATEHOUSE_KEPT; i++)
        look((enum ngx_http_gatehouse_kept)i, true);
}

void
ngx_http_gatehouse_kept_exit(void)
{
    for (unsigned i = 0; i < GATEHOUSE_KEPT; i++) {
        ngx_http_gatehouse_file_unref(kept[i].now);
        kept[i].now = NULL;
    }
}
