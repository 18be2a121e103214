/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of reviews: a thread that looks every second at what is due. Each step is one transaction with its records. */
#include "control/review/review_int.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "control/rest/change.h"
#include "host/host.h"

#define ARENA_MAX  ((size_t)256 << 20)
#define APPLY_STEP 100 /* removals in one transaction: other writers wait that long */

/* ---- a call that nobody made ---- */

struct inside {
    struct gh_arena a;
    struct gh_call call;
    struct gh_change change;
};

static bool
open_inside(struct inside *in, struct gh_controller *c, struct gh_str rule)
{
    gh_arena_init(&in->a, gh_heap(), ARENA_MAX);
    gh_call_init(&in->call, c, &in->a);
    in->call.is_local = true;
    in->call.request_id = GH_STR("review");
    in->call.view = gh_publish_view(c->publish);
    in->call.caller = gh_arena_take(&in->a, sizeof(*in->call.caller));
    if (in->call.caller == NULL)
        return false;
    in->call.caller->why = GH_IDENTIFY_OK;
    in->call.caller->name = GH_STR("control");
    in->call.caller->issuer = GH_STR("local");
    in->call.decision = (struct gh_decision){.verdict = GH_ALLOW, .rule = rule, .reason = "an access review"};
    in->call.status = 200;
    return gh_change_begin(&in->change, &in->call);
}

static void
close_inside(struct inside *in)
{
    gh_change_end(&in->change);
    gh_view_unref(in->call.view);
    gh_arena_fini(&in->a);
}

/* ---- steps of one instance ---- */

static bool
failed(struct inside *in, enum gh_rc rc)
{
    return rc == GH_OK || gh_call_failed(&in->call, rc);
}

static bool
keep(struct inside *in, const struct review_instance *i, const char *operation, int64_t now_ms)
{
    return failed(in, review_instance_store(in->change.tx, &in->a, i, now_ms)) && gh_change_record(&in->change, i->path, operation);
}

static bool
begin(struct inside *in, struct review_instance *i, const struct gh_review *r, int64_t now_ms)
{
    i->status = REVIEW_IN_PROGRESS;
    i->by = GH_STR("clock");
    return failed(in, review_gather(i, in->change.tx, &in->a, in->call.c->config, r, now_ms)) &&
           keep(in, i, "review begun", now_ms);
}

static bool
complete(struct inside *in, struct review_instance *i, const struct gh_review *r, int64_t now_ms)
{
    i->by = GH_STR("clock");
    return failed(in, review_complete(i, in->change.tx, &in->a, r, now_ms)) && keep(in, i, "review completed", now_ms);
}

/* Whether what has the name now is what was reviewed: it may have gone, and another been made. */
static bool
is_reviewed(struct inside *in, const struct gh_store_resource *r, const struct review_decision *d)
{
    struct gh_props p;
    if (r->created_ms > d->made_ms || gh_props_open(&p, &in->a, r->body) != GH_OK)
        return false;
    bool is_key = r->type == GH_RESOURCE_API_KEY;
    struct gh_str who = is_key ? gh_project_path(&in->a, GH_STR("/identities/"), gh_props_str(&p, "owner", GH_STR("")))
                               : gh_props_str(&p, "principalId", GH_STR(""));
    return gh_str_eq(who, d->principal) && gh_str_eq(gh_props_str(&p, "scope", GH_STR("")), d->scope);
}

/* Takes away what a decision denies. What cannot go (the last Owner, what the review does not cover) stays, and the decision says why. */
static bool
remove_one(struct inside *in, struct review_instance *i, struct review_decision *d, int64_t now_ms)
{
    struct gh_store_resource r;
    enum gh_rc rc = gh_store_resource_get(&r, &in->a, in->change.tx, d->target);
    d->applied_ms = now_ms;
    if (rc != GH_OK)
        return failed(in, rc);
    if (r.path.p == NULL)
        d->result = GH_STR("was gone already");
    else if (!is_reviewed(in, &r, d))
        d->result = GH_STR("not removed: it is another one than was reviewed");
    else if (!gh_scope_covers(i->scope, d->scope))
        d->result = GH_STR("not removed: it was given above the review's scope");
    else if (gh_change_delete(&in->change, d->target, "review removed it")) {
        d->result = GH_STR("removed");
        i->removed++;
    } else if (in->call.status == 409) {
        d->result = GH_STR("not removed: the last Owner of the installation");
        in->call.status = 200;
    } else {
        return false;
    }
    return failed(in, review_decision_store(in->change.tx, &in->a, d, now_ms));
}

static bool
apply(struct inside *in, struct review_instance *i, int64_t now_ms)
{
    struct review_decisions all;
    size_t n = 0;
    if (!failed(in, review_decisions_load(&all, in->change.tx, &in->a, i->path)))
        return false;
    for (size_t k = 0; k < all.n; k++) {
        if (all.p[k].applied_ms != 0 || !gh_str_eq(all.p[k].decision, GH_STR("Deny")))
            continue;
        if (n++ == APPLY_STEP)
            return failed(in, review_instance_store(in->change.tx, &in->a, i, now_ms));
        if (!remove_one(in, i, &all.p[k], now_ms))
            return false;
    }
    i->status = REVIEW_APPLIED;
    return keep(in, i, "review applied", now_ms);
}

static bool
is_due(const struct review_instance *i, int64_t now_ms)
{
    return (i->status == REVIEW_NOT_STARTED && now_ms >= i->start_ms) || (i->status == REVIEW_IN_PROGRESS && now_ms >= i->end_ms) ||
           i->status == REVIEW_APPLYING;
}

static bool
step(struct inside *in, struct review_instance *i, const struct gh_review *r, int64_t now_ms)
{
    switch (i->status) {
    case REVIEW_NOT_STARTED:
        return begin(in, i, r, now_ms);
    case REVIEW_IN_PROGRESS:
        return complete(in, i, r, now_ms);
    case REVIEW_APPLYING:
        return apply(in, i, now_ms);
    case REVIEW_COMPLETED:
    case REVIEW_APPLIED:
    case REVIEW_STATUSES:
        break;
    }
    return true;
}

/* ---- one definition ---- */

struct instances { /* of one definition, in the order of their numbers */
    struct gh_arena *a;
    struct review_instance first, last, due;
    size_t n;
    bool has_due, has_open;
    int64_t now_ms;
    enum gh_rc rc;
};

static bool
on_instance(void *ctx, const struct gh_store_resource *r)
{
    struct instances *l = ctx;
    if ((l->rc = review_instance_read(&l->last, l->a, r)) != GH_OK)
        return false;
    if (l->n++ == 0)
        l->first = l->last;
    if (!l->has_due && is_due(&l->last, l->now_ms)) {
        l->due = l->last;
        l->has_due = true;
    }
    l->has_open |= l->last.status == REVIEW_NOT_STARTED || l->last.status == REVIEW_IN_PROGRESS;
    return true;
}

static enum gh_rc
look(struct instances *out, struct gh_store_tx *tx, struct gh_arena *a, struct gh_str definition, int64_t now_ms)
{
    *out = (struct instances){.a = a, .now_ms = now_ms};
    enum gh_rc rc =
        gh_store_resource_list(tx, gh_project_path(a, definition, GH_STR("/instances")), GH_STR(""), SIZE_MAX, on_instance, out);
    return rc != GH_OK ? rc : out->rc;
}

/* The number of the next instance: the newest that has begun by now, where the clock stood still over others. -1: there is none. */
static int64_t
next_number(const struct gh_review *r, const struct instances *l, int64_t now_ms)
{
    int64_t n = l->n == 0 ? 0 : l->last.number + 1, newest = n;
    if (gh_review_begins(r, n) == INT64_MAX)
        return -1;
    if (r->every_ms > 0 && now_ms > r->start_ms) /* in one step: there may be as many as seconds since 1970 */
        newest = (now_ms - r->start_ms) / r->every_ms;
    if (r->occurrences > 0 && newest >= r->occurrences)
        newest = r->occurrences - 1;
    n = newest > n ? newest : n;
    while (gh_review_begins(r, n + 1) <= now_ms)
        n++;
    return n;
}

/* The one that comes next stands there before it begins, so that people see it. */
static bool
announce(struct inside *in, struct gh_str definition, const struct gh_review *r, const struct instances *l, int64_t number,
    int64_t now_ms)
{
    char name[32];
    struct review_instance i = {.scope = r->scope, .number = number, .by = GH_STR("clock")};
    (void)snprintf(name, sizeof(name), "%08lld", (long long)number);
    i.path = gh_project_path(&in->a, definition, GH_STR("/instances/"), gh_str_z(name));
    i.start_ms = gh_review_begins(r, number);
    i.end_ms = i.start_ms + r->duration_ms;
    if (i.end_ms <= now_ms) /* the clock stood still over all of it: it takes its time now */
        i.end_ms = now_ms + r->duration_ms;
    if (l->n >= GH_REVIEW_INSTANCES_KEPT && (!failed(in, gh_store_resource_delete_below(in->change.tx, l->first.path)) ||
                                                !failed(in, gh_store_resource_delete(in->change.tx, l->first.path))))
        return false;
    return keep(in, &i, "review announced", now_ms);
}

static enum gh_rc
tick_one(struct gh_controller *c, struct gh_str definition, int64_t now_ms, bool *is_more)
{
    struct inside in;
    struct instances l;
    struct gh_review r;
    bool is_done = false;
    if (open_inside(&in, c, definition) && failed(&in, review_of(&r, in.change.tx, &in.a, definition)) &&
        failed(&in, look(&l, in.change.tx, &in.a, definition, now_ms))) {
        int64_t number = l.has_open || !r.is_enabled ? -1 : next_number(&r, &l, now_ms);
        *is_more = l.has_due || number >= 0;
        is_done = l.has_due     ? step(&in, &l.due, &r, now_ms)
                  : number >= 0 ? announce(&in, definition, &r, &l, number, now_ms)
                                : true;
        is_done = is_done && (!*is_more || gh_change_commit(&in.change));
    }
    enum gh_rc rc = is_done ? GH_OK : in.call.status == 503 ? GH_DOWN : GH_BUG;
    close_inside(&in);
    return rc;
}

/* ---- all ---- */

struct work {
    struct gh_strs paths;
    int64_t now_ms;
    enum gh_rc rc;
};

/* Only those for which there is something to do: that is rare, and looking needs no writing transaction. */
static enum gh_rc
find_work(struct work *w, struct gh_store_tx *tx, struct gh_str path)
{
    struct instances l;
    struct gh_review r;
    gh_auto_arena a;
    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    enum gh_rc rc = review_of(&r, tx, &a, path);
    if (rc == GH_OK)
        rc = look(&l, tx, &a, path, w->now_ms);
    if (rc == GH_OK && (l.has_due || (!l.has_open && r.is_enabled && next_number(&r, &l, w->now_ms) >= 0)))
        gh_strs_add(&w->paths, path);
    return rc;
}

static bool
on_definition(void *ctx, const struct gh_store_resource *r)
{
    struct gh_strs *all = ctx;
    gh_strs_add(all, r->path);
    return all->rc == GH_OK;
}

enum gh_rc
gh_review_tick(struct gh_controller *c, int64_t now_ms)
{
    gh_auto_store_tx *tx = NULL;
    gh_auto_arena a;
    gh_arena_init(&a, gh_heap(), ARENA_MAX);
    struct gh_strs all = {.a = &a};
    struct work w = {.paths = {.a = &a}, .now_ms = now_ms};
    enum gh_rc rc = gh_store_begin(&tx, c->store, GH_STORE_READ);
    if (rc == GH_OK)
        rc = gh_store_resource_each(tx, GH_RESOURCE_ACCESS_REVIEW, on_definition, &all);
    for (size_t i = 0; i < all.n; i++) {
        enum gh_rc one = find_work(&w, tx, all.p[i]);
        rc = rc == GH_OK ? one : rc;
    }
    gh_store_rollback(gh_store_steal(&tx));
    for (size_t i = 0; i < w.paths.n; i++) { /* one that cannot be kept up holds up no other */
        enum gh_rc one = GH_OK;
        for (bool is_more = true; one == GH_OK && is_more;)
            one = tick_one(c, w.paths.p[i], now_ms, &is_more);
        rc = rc == GH_OK ? one : rc;
    }
    return rc;
}

/* ---- the thread ---- */

struct gh_reviews {
    struct gh_controller *c;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool want_stop;
};

static void *
run(void *arg)
{
    struct gh_reviews *r = arg;
    pthread_mutex_lock(&r->lock);
    while (!r->want_stop) {
        struct timespec until;
        pthread_mutex_unlock(&r->lock);
        enum gh_rc rc = gh_review_tick(r->c, gh_now_ms());
        if (rc != GH_OK)
            gh_log(GH_LOG_ERROR, "reviews are not kept up", GH_KU("rc", rc), GH_KEND);
        pthread_mutex_lock(&r->lock);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += GH_REVIEW_TICK_MS / 1000;
        while (!r->want_stop && pthread_cond_timedwait(&r->wake, &r->lock, &until) == 0)
            ;
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

enum gh_rc
gh_reviews_start(struct gh_reviews **out, struct gh_controller *c)
{
    struct gh_reviews *r = calloc(1, sizeof(*r));
    pthread_condattr_t attr;
    *out = NULL;
    if (r == NULL)
        return GH_NOMEM;
    r->c = c;
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->wake, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&r->thread, NULL, run, r) != 0) {
        free(r);
        return GH_NOMEM;
    }
    *out = r;
    return GH_OK;
}

void
gh_reviews_stop(struct gh_reviews *r)
{
    if (r == NULL)
        return;
    pthread_mutex_lock(&r->lock);
    r->want_stop = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
    (void)pthread_join(r->thread, NULL);
    free(r);
}
