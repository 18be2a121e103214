/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"
#include "control/learn/learn_int.h"
#include "host/geo.h"
#include "host/host.h"

#define ARENA_MAX       ((size_t)128 << 20) /* of one batch: a few times the records that one may hold */
#define FORGET_EVERY_MS INT64_C(86400000)
#define FORGET_SIGNINS  (GH_LEARN_PRINCIPALS_MAX / 100)

/* ---- a batch ---- */

static void
batch_clear(struct learn_batch *b)
{
    HASH_CLEAR(hh, b->uses); /* the entries lie in the arena */
    HASH_CLEAR(hh, b->people);
    gh_arena_fini(&b->a);
    gh_touched_init(&b->touched, &b->a);
}

static enum gh_rc
on_record(void *ctx, struct gh_store_tx *tx, const struct gh_record *r)
{
    struct gh_learn *l = ctx;

    (void)tx;
    if (r->kind != GH_RECORD_OPEN && r->kind != GH_RECORD_REFUSED)
        return GH_OK;
    enum gh_rc rc = learn_uses_record(&l->b, r);
    return rc != GH_OK ? rc : learn_signins_record(l, r);
}

enum gh_rc
gh_learn_since(int64_t *ms, struct gh_store_tx *tx, struct gh_arena *a)
{
    struct gh_str v;
    uint64_t since = 0;
    enum gh_rc rc = gh_store_setting_get(&v, a, tx, GH_STR(GH_LEARN_SINCE));

    if (rc == GH_OK && v.n > 0) {
        struct gh_cursor c = gh_cursor(v);
        rc = gh_cursor_le64(&since, &c);
    }
    *ms = (int64_t)since;
    return rc == GH_OK ? GH_OK : rc == GH_DOWN ? GH_DOWN : GH_BUG;
}

/* Set at the first start, and never again. */
static enum gh_rc
mark_beginning(struct gh_learn *l)
{
    gh_auto_store_tx *tx = NULL;
    char mem[8];
    struct gh_buf b;
    int64_t since;
    enum gh_rc rc = gh_store_begin(&tx, l->c.store, GH_STORE_FULL);

    if (rc != GH_OK || (rc = gh_learn_since(&since, tx, &l->b.a)) != GH_OK || since != 0)
        return rc;
    gh_buf_init_fixed(&b, mem, sizeof(mem));
    gh_buf_put_le64(&b, (uint64_t)gh_now_ms());
    if ((rc = gh_store_setting_put(tx, GH_STR(GH_LEARN_SINCE), gh_buf_str(&b))) != GH_OK)
        return rc;
    return gh_store_commit(gh_store_steal(&tx));
}

/* Once a day, and when there are too many. */
static enum gh_rc
forget(struct gh_learn *l, struct gh_store_tx *tx)
{
    int64_t now = gh_now_ms();
    enum gh_rc rc = GH_OK;

    if (now - l->forgot_ms >= FORGET_EVERY_MS || now < l->forgot_ms) {
        l->forgot_ms = now;
        rc = gh_store_use_forget(tx, now - GH_LEARN_KEEP_MS);
        if (rc == GH_OK)
            rc = gh_store_signin_count(&l->n_principals, tx);
    }
    if (rc != GH_OK || l->n_principals <= GH_LEARN_PRINCIPALS_MAX)
        return rc;
    if ((rc = gh_store_signin_forget(tx, FORGET_SIGNINS)) != GH_OK)
        return rc;
    return gh_store_signin_count(&l->n_principals, tx);
}

static enum gh_rc
on_end(void *ctx, struct gh_store_tx *tx)
{
    struct gh_learn *l = ctx;
    enum gh_rc rc;

    if (l->b.uses == NULL && l->b.people == NULL)
        return GH_OK;
    if ((rc = learn_uses_end(&l->b, tx)) != GH_OK || (rc = learn_signins_end(l, tx)) != GH_OK)
        return rc;
    return forget(l, tx);
}

/* What was undone comes again, and must then be looked at again. */
static void
on_done(void *ctx, bool is_stored)
{
    struct gh_learn *l = ctx;

    if (!is_stored)
        memset(l->seen, 0, sizeof(l->seen));
    else if (l->publish != NULL)
        gh_publish_touch(l->publish, &l->b.touched);
    batch_clear(&l->b);
}

static enum gh_rc
on_own(void *ctx, struct gh_store_tx *tx, const struct gh_audit_event *e)
{
    (void)ctx;
    return learn_uses_own(tx, e);
}

/* ---- the object ---- */

static void
open_places(struct gh_learn *l)
{
    struct gh_err err = {0};

    if (l->c.config == NULL || l->c.config->geo[0] == '\0')
        return;
    if (gh_geo_open(&l->geo, l->c.config->geo, &err) != GH_OK)
        gh_log(GH_LOG_ERROR, "places of sign-ins are unknown", GH_KS("why", gh_str_z(err.what)),
            GH_KS("file", gh_str_z(l->c.config->geo)), GH_KEND);
}

/* Before anything is published: a level that nobody can read must not be missing there. */
static enum gh_rc
find_lost(struct gh_learn *l)
{
    gh_auto_store_tx *tx = NULL;
    enum gh_rc rc = gh_store_begin(&tx, l->c.store, GH_STORE_FULL);

    if (rc == GH_OK && (rc = learn_signins_find_lost(&l->b.a, tx)) == GH_OK)
        rc = gh_store_commit(gh_store_steal(&tx));
    return rc;
}

enum gh_rc
gh_learn_new(struct gh_learn **out, const struct gh_learn_config *c)
{
    struct gh_learn *l = calloc(1, sizeof(*l));

    *out = l;
    if (l == NULL)
        return GH_NOMEM;
    l->c = *c;
    l->learner = (struct gh_audit_learner){on_record, on_end, on_done, on_own, l};
    gh_arena_init(&l->b.a, gh_heap(), ARENA_MAX);
    gh_touched_init(&l->b.touched, &l->b.a);
    gh_random(l->seed, sizeof(l->seed));
    open_places(l);
    return find_lost(l);
}

void
gh_learn_free(struct gh_learn *l)
{
    if (l == NULL)
        return;
    batch_clear(&l->b);
    gh_geo_close(l->geo);
    free(l);
}

const struct gh_audit_learner *
gh_learn_learner(struct gh_learn *l)
{
    return &l->learner;
}

void
gh_learn_start(struct gh_learn *l, struct gh_audit *audit, struct gh_publish *publish)
{
    l->audit = audit;
    l->publish = publish;
    if (mark_beginning(l) != GH_OK)
        gh_log(GH_LOG_ERROR, "since when uses are counted is not known", GH_KEND);
}
