/* SPDX-License-Identifier: Apache-2.0 */
/* control/assess: POST /assessments. */
#include "control/assess/assess.h"

#include "base/codec.h"
#include "host/host.h"

#define KEPT_MAX 500 /* assessments: the oldest goes when one more comes */

/* "20261122T074512-3fa9": names in the order of time. */
static struct gh_str
draw_name(struct gh_arena *a, int64_t now_ms)
{
    uint8_t random[2];
    struct gh_buf time, name;

    gh_random(random, sizeof(random));
    gh_buf_init(&time, a, 32);
    gh_time_put(&time, now_ms);
    gh_buf_init(&name, a, 64);
    for (size_t i = 0; i < 19 && i < time.n; i++)
        if (time.p[i] != '-' && time.p[i] != ':')
            gh_buf_putc(&name, time.p[i]);
    gh_buf_putc(&name, '-');
    gh_buf_put_hex(&name, gh_str((const char *)random, sizeof(random)));
    return gh_buf_str(&name);
}

bool
gh_prepare_assessment(struct gh_write *w)
{
    struct gh_str parts[] = {w->r.path, GH_STR("/"), draw_name(w->call->a, gh_now_ms())};
    struct gh_str path = gh_props_join(w->call->a, parts, 3);

    return gh_resource_find(&w->r, path) == GH_OK || gh_call_failed(w->call, GH_BUG);
}

struct oldest {
    struct gh_arena *a;
    struct gh_str path;
    size_t n;
};

static bool
on_kept(void *ctx, const struct gh_store_resource *r)
{
    struct oldest *o = ctx;

    if (o->n++ == 0 && gh_arena_dup(&o->path, o->a, r->path) != GH_OK)
        return false;
    return true;
}

static enum gh_rc
forget_oldest(struct gh_write *w)
{
    struct oldest o = {.a = w->call->a};
    enum gh_rc rc = gh_store_resource_each(w->tx, GH_RESOURCE_ASSESSMENT, on_kept, &o);

    if (rc != GH_OK || o.n < KEPT_MAX)
        return rc;
    return gh_store_resource_delete(w->tx, o.path);
}

bool
gh_check_assessment(struct gh_write *w)
{
    struct gh_assess as = {.control = w->call->c,
        .tx = w->tx,
        .a = w->call->a,
        .now_ms = gh_now_ms(),
        .limits = {.key_age_days = gh_props_i64(&w->props, "keyAgeDays", 90),
            .secret_age_days = gh_props_i64(&w->props, "secretAgeDays", 365)}};
    enum gh_rc rc = forget_oldest(w);

    if (rc == GH_OK)
        rc = gh_assess_report(&w->stored_json, &as);
    w->stored_name = "report";
    return rc == GH_OK || gh_call_failed(w->call, rc);
}
