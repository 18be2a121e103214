/* SPDX-License-Identifier: Apache-2.0 */
/* A base: every row of every section, made by the same function as an overlay's, from one read transaction. */
#include "control/publish/publish_int.h"

#include <stdio.h>

#include "host/host.h"

#define ROW_ARENA ((size_t)256 << 20)

struct base {
    const struct gh_project_env *env;
    struct gh_snap_writer *w;
    uint64_t n_left_out;
};

void
gh_publish_name(char out[GH_PUBLISH_NAME_MAX], const char *kind, uint64_t generation)
{
    (void)snprintf(out, GH_PUBLISH_NAME_MAX, "%s-%016llx.snap", kind, (unsigned long long)generation);
}

enum gh_rc
gh_publish_write(struct gh_view_file **out, struct gh_snap_writer *w, int dirfd, const char *kind, uint64_t generation,
    const uint8_t installation[16])
{
    char name[GH_PUBLISH_NAME_MAX];
    struct gh_str bytes;
    gh_publish_name(name, kind, generation);
    enum gh_rc rc = gh_snap_finish(&bytes, w);
    if (rc == GH_OK)
        rc = gh_file_replace(dirfd, name, 0640, bytes);
    return rc != GH_OK ? rc : gh_view_file_open(out, dirfd, name, installation);
}

static enum gh_rc
put_row(void *ctx, enum gh_snap_section section, struct gh_str key)
{
    struct base *b = ctx;
    struct gh_project_row row;
    gh_auto_arena a;
    gh_arena_init(&a, gh_heap(), ROW_ARENA);
    enum gh_rc rc = gh_project_row(&row, b->env, &a, section, key);
    b->n_left_out += gh_publish_is_left_out(rc);
    if (gh_publish_is_left_out(rc) || (rc == GH_OK && !row.exists))
        return GH_OK;
    return rc != GH_OK ? rc : gh_snap_put(b->w, section, key, row.v);
}

static enum gh_rc
put_all(struct base *b)
{
    for (int s = GH_SNAP_NONE + 1; s < GH_SNAP_SECTION_COUNT; s++) {
        gh_auto_arena a;
        gh_arena_init(&a, gh_heap(), ROW_ARENA);
        enum gh_rc rc = gh_project_each(b->env, &a, (enum gh_snap_section)s, put_row, b);
        if (rc != GH_OK)
            return rc;
    }
    return GH_OK;
}

enum gh_rc
gh_publish_base(struct gh_view_file **out, const struct gh_publish_config *c, int dirfd, uint64_t generation, int64_t now_ms)
{
    struct gh_snap_meta meta = {.generation = generation, .base_generation = generation, .made_ms = now_ms};
    gh_auto_store_tx *tx = NULL;
    gh_auto_arena a;
    struct base b = {0};
    memcpy(meta.installation, c->config->installation, sizeof(meta.installation));
    gh_arena_init(&a, gh_heap(), GH_PUBLISH_FILE_ARENA);
    enum gh_rc rc = gh_snap_writer_new(&b.w, &a, &meta);
    if (rc == GH_OK)
        rc = gh_store_begin(&tx, c->store, GH_STORE_READ);
    if (rc != GH_OK)
        return rc;
    struct gh_project_hand hand = {.path = {NULL, 0}};
    struct gh_project_env env = {.tx = tx, .config = c->config, .addresses = c->addresses, .ctx = c->ctx, .hand = &hand};
    b.env = &env;
    rc = put_all(&b);
    if (b.n_left_out > 0)
        gh_log(GH_LOG_ERROR, "rows cannot be made, they are left out", GH_KU("rows", b.n_left_out), GH_KEND);
    return rc != GH_OK ? rc : gh_publish_write(out, b.w, dirfd, "base", generation, meta.installation);
}
