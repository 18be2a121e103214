/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/touched.h"

#include <stdlib.h>

#define FIRST_KEYS 32

void
gh_touched_init(struct gh_touched *t, struct gh_arena *a)
{
    *t = (struct gh_touched){.a = a};
}

static bool
grow(struct gh_touched *t)
{
    size_t cap = t->cap == 0 ? FIRST_KEYS : t->cap * 2;
    struct gh_touched_key *keys = gh_arena_take_array(t->a, cap, sizeof(*keys));
    if (keys == NULL)
        return false;
    if (t->n > 0)
        memcpy(keys, t->keys, t->n * sizeof(*keys));
    t->keys = keys;
    t->cap = cap;
    return true;
}

static enum gh_rc
add(void *ctx, enum gh_snap_section section, struct gh_str key)
{
    struct gh_touched *t = ctx;
    if (t->rc != GH_OK)
        return t->rc;
    if (t->n == t->cap && !grow(t))
        return t->rc = GH_NOMEM;
    t->keys[t->n].section = section;
    t->rc = gh_arena_dup(&t->keys[t->n].key, t->a, key);
    t->n += t->rc == GH_OK;
    return t->rc;
}

void
gh_touched_add(struct gh_touched *t, enum gh_snap_section section, const struct gh_str *parts, size_t n)
{
    char mem[GH_PROJECT_KEY_MAX];
    struct gh_buf key;
    gh_buf_init_fixed(&key, mem, sizeof(mem));
    gh_snap_key(&key, parts, n);
    if (key.rc != GH_OK)
        t->rc = key.rc;
    else
        (void)add(t, section, gh_buf_str(&key));
    t->done = t->n;
}

enum gh_rc
gh_touched_before(struct gh_touched *t, struct gh_store_tx *tx, enum gh_resource type, struct gh_str path)
{
    enum gh_rc rc = gh_project_touched(tx, t->a, type, path, add, t);
    t->n_before = t->n;
    return rc != GH_OK ? rc : t->rc;
}

static int
by_key(const void *a, const void *b)
{
    const struct gh_touched_key *x = a, *y = b;
    return x->section != y->section ? (x->section < y->section ? -1 : 1) : gh_str_cmp(x->key, y->key);
}

static size_t
sort_unique(struct gh_touched_key *keys, size_t n)
{
    size_t kept = 0;
    if (n > 1)
        qsort(keys, n, sizeof(*keys), by_key);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || by_key(&keys[kept - 1], &keys[i]) != 0)
            keys[kept++] = keys[i];
    return kept;
}

/* Whether who is below the group both before and after is left out: what changed for them is nothing. */
static bool
is_kept(const struct gh_touched_key *k, bool in_both)
{
    return !(in_both && k->section == GH_SNAP_MEMBERSHIP);
}

/* Merges two sorted runs without repeats into `out`, which has room for both. */
static size_t
merge(struct gh_touched_key *out, const struct gh_touched_key *x, size_t nx, const struct gh_touched_key *y, size_t ny)
{
    size_t n = 0, i = 0, k = 0;
    while (i < nx || k < ny) {
        int order = i == nx ? 1 : k == ny ? -1 : by_key(&x[i], &y[k]);
        const struct gh_touched_key *next = order <= 0 ? &x[i] : &y[k];
        if (is_kept(next, order == 0))
            out[n++] = *next;
        i += order <= 0;
        k += order >= 0;
    }
    return n;
}

enum gh_rc
gh_touched_after(struct gh_touched *t, struct gh_store_tx *tx, enum gh_resource type, struct gh_str path)
{
    enum gh_rc rc = gh_project_touched(tx, t->a, type, path, add, t);
    if (rc != GH_OK || t->rc != GH_OK || t->n == t->done)
        return rc != GH_OK ? rc : t->rc;
    size_t n_before = sort_unique(t->keys + t->done, t->n_before - t->done);
    size_t n_after = sort_unique(t->keys + t->n_before, t->n - t->n_before);
    struct gh_touched_key *both = gh_arena_take_array(t->a, n_before + n_after, sizeof(*both));
    if (both == NULL)
        return t->rc = GH_NOMEM;
    size_t n = merge(both, t->keys + t->done, n_before, t->keys + t->n_before, n_after);
    if (n > 0)
        memcpy(t->keys + t->done, both, n * sizeof(*both));
    t->n = t->done = t->done + n;
    return GH_OK;
}
