/* SPDX-License-Identifier: Apache-2.0 */
/* restore_tell: two stores side by side. A key that was revoked, an assignment that was ended, is alive in an older store. */
#include <stdio.h>

#include "cli/restore.h"
#include "host/host.h"

struct side {
    struct gh_store_tx *of, *other;
    const char *missing, *differs; /* words for what the other store has not, or has otherwise; differs NULL: not told */
    size_t n;
};

static bool
on_resource(void *ctx, const struct gh_store_resource *r)
{
    struct side *s = ctx;
    struct gh_store_resource there;
    const char *word = NULL;
    gh_auto_arena a;

    gh_arena_init(&a, gh_heap(), 64u << 20);
    if (gh_store_resource_get(&there, &a, s->other, r->path) != GH_OK)
        return false;
    if (there.path.p == NULL)
        word = s->missing;
    else if (s->differs != NULL && !gh_str_eq(there.body, r->body))
        word = s->differs;
    if (word != NULL)
        printf("  %s %.*s\n", word, (int)r->path.n, r->path.p);
    s->n += word != NULL;
    return true;
}

static enum gh_rc
walk(struct side *s)
{
    enum gh_rc rc = GH_OK;

    for (size_t t = GH_RESOURCE_NONE + 1; t < GH_RESOURCE_COUNT && rc == GH_OK; t++)
        rc = gh_store_resource_each(s->of, (enum gh_resource)t, on_resource, s);
    return rc;
}

void
gh_restore_tell(struct gh_store *store, const char *was)
{
    struct gh_store *old = NULL;
    struct gh_err err = {0};
    struct side back = {.missing = "comes back:  ", .differs = "changes back:"}, lost = {.missing = "is lost:     "};

    if (gh_store_open_read(&old, was, &err) != GH_OK) {
        gh_cli_note("what stands there cannot be compared with the backup", err.what);
        return;
    }
    {
        gh_auto_store_tx *now_tx = NULL, *old_tx = NULL;
        if (gh_store_begin(&now_tx, store, GH_STORE_READ) == GH_OK && gh_store_begin(&old_tx, old, GH_STORE_READ) == GH_OK) {
            printf("against what stands there:\n");
            back.of = lost.other = now_tx;
            back.other = lost.of = old_tx;
            if (walk(&back) != GH_OK || walk(&lost) != GH_OK)
                gh_cli_note("the comparison is not whole", NULL);
            if (back.n + lost.n == 0)
                printf("  no resource differs\n");
        }
    }
    gh_store_close(old);
}
