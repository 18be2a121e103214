/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/publish_int.h"

#include <stdlib.h>

#include "host/host.h"

#define uthash_fatal(msg) abort()  /* no memory for a bucket table: the supervisor starts us anew, the last files stay in force */
#define HASH_FUNCTION     HASH_OAT /* the usual one falls through its switch, which clang warns about */
#include <uthash.h>

#define ROW_ARENA ((size_t)256 << 20) /* one row: a principal with a hundred thousand grants, a group row's source */

struct entry {
    struct gh_arena a; /* what `row` points into */
    struct gh_project_row row;
    uint64_t order;
    bool is_made;
    UT_hash_handle hh;
    size_t n;
    char id[]; /* section as one byte, then the key */
};

struct gh_overlay {
    struct entry *entries;
};

enum gh_rc
gh_overlay_new(struct gh_overlay **out)
{
    *out = calloc(1, sizeof(**out));
    return *out == NULL ? GH_NOMEM : GH_OK;
}

static void
drop(struct gh_overlay *o, struct entry *e)
{
    HASH_DEL(o->entries, e);
    gh_arena_fini(&e->a);
    free(e);
}

void
gh_overlay_free(struct gh_overlay *o)
{
    if (o == NULL)
        return;
    gh_overlay_forget(o, UINT64_MAX);
    free(o);
}

static struct entry *
entry_new(enum gh_snap_section section, struct gh_str key)
{
    struct entry *e = calloc(1, sizeof(*e) + 1 + key.n);
    if (e == NULL)
        return NULL;
    gh_arena_init(&e->a, gh_heap(), ROW_ARENA);
    e->n = 1 + key.n;
    e->id[0] = (char)section;
    memcpy(e->id + 1, key.p, key.n);
    return e;
}

enum gh_rc
gh_overlay_touch(struct gh_overlay *o, enum gh_snap_section section, struct gh_str key, uint64_t order)
{
    struct entry *e = entry_new(section, key), *old = NULL;
    if (e == NULL)
        return GH_NOMEM;
    HASH_FIND(hh, o->entries, e->id, e->n, old);
    if (old == NULL) {
        HASH_ADD(hh, o->entries, id, e->n, e);
        old = e;
    } else {
        free(e);
    }
    old->order = order;
    old->is_made = false;
    return GH_OK;
}

static enum gh_rc
make(struct entry *e, const struct gh_project_env *env)
{
    enum gh_snap_section section = (enum gh_snap_section)(unsigned char)e->id[0];
    gh_arena_fini(&e->a);
    enum gh_rc rc = gh_project_row(&e->row, env, &e->a, section, gh_str(e->id + 1, e->n - 1));
    if (gh_publish_is_left_out(rc)) {
        gh_log(GH_LOG_ERROR, "a row cannot be made, it is left out", GH_KS("section", gh_str_z(gh_snap_schemas[section].name)),
            GH_KEND);
        e->row = (struct gh_project_row){0};
        rc = GH_OK;
    }
    e->is_made = rc == GH_OK;
    return rc;
}

enum gh_rc
gh_overlay_make(struct gh_overlay *o, const struct gh_project_env *env)
{
    struct entry *e, *next;
    HASH_ITER(hh, o->entries, e, next)
    {
        enum gh_rc rc = e->is_made ? GH_OK : make(e, env);
        if (rc != GH_OK)
            return rc;
    }
    return GH_OK;
}

void
gh_overlay_forget(struct gh_overlay *o, uint64_t order)
{
    struct entry *e, *next;
    HASH_ITER(hh, o->entries, e, next)
    {
        if (e->order <= order)
            drop(o, e);
    }
}

size_t
gh_overlay_rows(const struct gh_overlay *o)
{
    return HASH_COUNT(o->entries);
}

enum gh_rc
gh_overlay_write(struct gh_view_file **out, const struct gh_overlay *o, int dirfd, const struct gh_snap_meta *meta)
{
    gh_auto_arena a;
    struct gh_snap_writer *w;
    struct entry *e, *next;
    gh_arena_init(&a, gh_heap(), GH_PUBLISH_FILE_ARENA);
    enum gh_rc rc = gh_snap_writer_new(&w, &a, meta);
    HASH_ITER(hh, o->entries, e, next)
    {
        enum gh_snap_section section = (enum gh_snap_section)(unsigned char)e->id[0];
        if (rc == GH_OK)
            rc = gh_snap_put(w, section, gh_str(e->id + 1, e->n - 1), e->row.exists ? e->row.v : NULL);
    }
    return rc != GH_OK ? rc : gh_publish_write(out, w, dirfd, "overlay", meta->generation, meta->installation);
}
