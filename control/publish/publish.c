/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publish/publish_int.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "host/host.h"
#include "ipc/message.h"

#define GENERATION_BLOCK 256 /* numbers drawn at once: one write to the store for so many publications */

struct pending {
    struct pending *next;
    enum gh_snap_section section;
    size_t n;
    char key[];
};

struct gh_publish {
    struct gh_publish_config c;
    int dirfd;
    pthread_t thread, builder;
    pthread_mutex_t lock; /* guards the next block */
    pthread_cond_t wake, done;
    struct pending *pending;
    bool want_credentials, want_all, want_stop;
    uint64_t asked, served; /* tickets of touches */
    struct gh_view *view;
    bool is_building, is_built; /* a base is on its way; it is there (or failed) */
    struct gh_view_file *built;

    /* The publisher's thread alone. */
    struct gh_overlay *overlay;
    struct gh_view_file *base;
    uint64_t base_generation, built_generation, built_order, order;
    int64_t built_ms; /* time of the base that is being built */
    uint64_t next_generation, end_generation;
    uint64_t credentials_generation;
    int64_t made_ms, current_ms; /* time of the newest snapshot; monotonic time of the last `current` */
    bool is_due, render_due, credentials_due, base_due;
    struct gh_kept overlays, bases;
};

/* ---- small steps of the publisher's thread ---- */

static enum gh_rc
draw_generation(uint64_t *out, struct gh_publish *p)
{
    if (p->next_generation == p->end_generation) {
        gh_auto_store_tx *tx = NULL;
        uint64_t first;
        enum gh_rc rc = gh_store_begin(&tx, p->c.store, GH_STORE_FULL);
        if (rc == GH_OK)
            rc = gh_store_counter_draw(&first, tx, GH_STR("generation"), GENERATION_BLOCK);
        if (rc == GH_OK)
            rc = gh_store_commit(gh_store_steal(&tx));
        if (rc != GH_OK)
            return rc;
        p->next_generation = first;
        p->end_generation = first + GENERATION_BLOCK;
    }
    *out = p->next_generation++;
    return GH_OK;
}

/* Never earlier than what was published before: the edge takes the newest snapshot's time as the least that "now" can be. */
static int64_t
snapshot_time(struct gh_publish *p)
{
    int64_t now = gh_now_ms();
    if (now > p->made_ms)
        p->made_ms = now;
    return p->made_ms;
}

static enum gh_rc
write_current(struct gh_publish *p, uint64_t overlay_generation)
{
    uint8_t bytes[GH_SNAP_CURRENT_BYTES];
    struct gh_snap_current c = {.base_generation = p->base_generation,
        .overlay_generation = overlay_generation,
        .credentials_generation = p->credentials_generation,
        .now_ms = p->c.is_held ? 1 : snapshot_time(p)};
    memcpy(c.installation, p->c.config->installation, sizeof(c.installation));
    gh_snap_current_put(bytes, &c);
    p->current_ms = gh_monotonic_ms();
    return gh_file_replace(p->dirfd, "current", 0640, gh_str(bytes, sizeof(bytes)));
}

/* What vault needs for the credential file goes out before `current` names the generation. Vault down: the older file stays in force. */
static enum gh_rc
send_credentials(struct gh_publish *p, struct gh_store_tx *tx, uint64_t generation)
{
    gh_auto_arena a = {0};
    struct gh_buf rows;
    if (p->c.vault == NULL || !gh_vault_is_up(p->c.vault))
        return GH_DOWN;
    gh_arena_init(&a, gh_heap(), (size_t)4 * GH_IPC_BYTES_MAX);
    gh_buf_init(&rows, &a, GH_IPC_BYTES_MAX - 1024);
    enum gh_rc rc = gh_project_credentials(&rows, tx, &a);
    if (rc == GH_OK)
        rc = gh_vault_credentials(p->c.vault, generation, gh_buf_str(&rows));
    if (rc == GH_OK) {
        p->credentials_generation = generation;
        p->credentials_due = false;
    } else {
        gh_log(GH_LOG_WARN, "credentials not published", GH_KU("rc", rc), GH_KEND);
    }
    return rc;
}

/* The rows touched, made from one state of the store. */
static enum gh_rc
make_rows(struct gh_publish *p, uint64_t generation)
{
    gh_auto_store_tx *tx = NULL;
    enum gh_rc rc = gh_store_begin(&tx, p->c.store, GH_STORE_READ);
    if (rc != GH_OK)
        return rc;
    struct gh_project_env env = {.tx = tx, .config = p->c.config, .addresses = p->c.addresses, .ctx = p->c.ctx};
    if ((rc = gh_overlay_make(p->overlay, &env)) != GH_OK)
        return rc;
    if (p->credentials_due)
        (void)send_credentials(p, tx, generation); /* a backend without its credential answers 503, the others go on */
    return GH_OK;
}

static void
show(struct gh_publish *p, struct gh_view *view)
{
    pthread_mutex_lock(&p->lock);
    struct gh_view *old = p->view;
    p->view = view;
    pthread_mutex_unlock(&p->lock);
    gh_view_unref(old);
}

static enum gh_rc
publish(struct gh_publish *p)
{
    struct gh_snap_meta meta = {.base_generation = p->base_generation, .is_overlay = true};
    struct gh_view_file *file = NULL;
    struct gh_view *view = NULL;
    memcpy(meta.installation, p->c.config->installation, sizeof(meta.installation));
    enum gh_rc rc = draw_generation(&meta.generation, p);
    if (rc == GH_OK)
        rc = make_rows(p, meta.generation);
    meta.made_ms = snapshot_time(p);
    if (rc == GH_OK)
        rc = gh_overlay_write(&file, p->overlay, p->dirfd, &meta);
    if (rc == GH_OK)
        rc = gh_view_new(&view, p->base, file);
    gh_view_file_unref(file);
    if (rc == GH_OK)
        rc = write_current(p, meta.generation);
    if (rc != GH_OK) {
        gh_view_unref(view);
        return rc;
    }
    gh_kept_add(&p->overlays, p->dirfd, "overlay", meta.generation);
    show(p, view);
    if (p->render_due && p->c.render != NULL)
        p->c.render(p->c.ctx, meta.generation);
    p->is_due = p->render_due = false;
    return GH_OK;
}

/* ---- the base, built beside ---- */

static void *
build(void *arg)
{
    struct gh_publish *p = arg;
    struct gh_view_file *file = NULL;
    enum gh_rc rc = gh_publish_base(&file, &p->c, p->dirfd, p->built_generation, p->built_ms);
    if (rc != GH_OK)
        gh_log(GH_LOG_ERROR, "no new base", GH_KU("rc", rc), GH_KEND);
    pthread_mutex_lock(&p->lock);
    p->built = file;
    p->is_built = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Whatever is touched after this line stays in the overlay when the base has come. */
static void
start_build(struct gh_publish *p)
{
    if (draw_generation(&p->built_generation, p) != GH_OK)
        return;
    p->built_order = p->order;
    p->built_ms = p->made_ms; /* its own: the publisher goes on beside it */
    p->is_built = false;
    p->is_building = pthread_create(&p->builder, NULL, build, p) == 0;
    p->base_due = !p->is_building;
}

/* True if there is a new base now. */
static bool
take_built(struct gh_publish *p)
{
    (void)pthread_join(p->builder, NULL);
    p->is_building = p->is_built = false;
    if (p->built == NULL)
        return false;
    gh_view_file_unref(p->base);
    p->base = p->built;
    p->built = NULL;
    gh_kept_add(&p->bases, p->dirfd, "base", p->built_generation);
    p->base_generation = p->built_generation;
    gh_overlay_forget(p->overlay, p->built_order);
    return true;
}

/* ---- the thread ---- */

static bool
is_rendered(enum gh_snap_section s)
{
    return s == GH_SNAP_LISTENER;
}

static void
take_touches(struct gh_publish *p, struct pending *list)
{
    p->order++;
    while (list != NULL) {
        struct pending *next = list->next;
        if (gh_overlay_touch(p->overlay, list->section, gh_str(list->key, list->n), p->order) != GH_OK)
            abort(); /* a change would be lost: start anew, with a base that has it */
        p->render_due |= is_rendered(list->section);
        p->credentials_due |= list->section == GH_SNAP_BACKEND;
        p->is_due = true;
        free(list);
        list = next;
    }
}

static bool
has_work(const struct gh_publish *p)
{
    return p->pending != NULL || p->want_credentials || p->want_all || p->want_stop || p->is_built;
}

/* Waits for work or for the next heartbeat. The lock is held. */
static void
wait_for_work(struct gh_publish *p)
{
    struct timespec until;
    int64_t left = p->current_ms + GH_PUBLISH_HEARTBEAT_MS - gh_monotonic_ms();
    clock_gettime(CLOCK_MONOTONIC, &until);
    left = left < 0 ? 0 : left;
    until.tv_sec += (time_t)((until.tv_nsec / 1000000 + left) / 1000);
    until.tv_nsec = (until.tv_nsec / 1000000 + left) % 1000 * 1000000;
    while (!has_work(p))
        if (pthread_cond_timedwait(&p->wake, &p->lock, &until) != 0)
            return;
}

struct round {
    struct pending *touches;
    bool all, built;
    uint64_t ticket;
};

static void
serve(struct gh_publish *p, const struct round *r)
{
    take_touches(p, r->touches);
    if (r->built)
        p->is_due |= take_built(p);
    if (r->all)
        p->is_due = p->render_due = p->credentials_due = p->base_due = true;
    p->is_due |= p->credentials_due && p->c.vault != NULL && gh_vault_is_up(p->c.vault);
    enum gh_rc rc = p->is_due ? publish(p) : GH_OK;
    if (rc != GH_OK)
        gh_log(GH_LOG_ERROR, "not published", GH_KU("rc", rc), GH_KEND);
    if (gh_monotonic_ms() - p->current_ms >= GH_PUBLISH_HEARTBEAT_MS && write_current(p, p->view->generation) != GH_OK)
        gh_log(GH_LOG_ERROR, "no heartbeat", GH_KEND);
    size_t limit = p->c.overlay_rows == 0 ? GH_PUBLISH_OVERLAY_ROWS : p->c.overlay_rows;
    p->base_due |= gh_overlay_rows(p->overlay) > limit;
    if (p->base_due && !p->is_building)
        start_build(p);
}

static void *
run(void *arg)
{
    struct gh_publish *p = arg;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        wait_for_work(p);
        bool stop = p->want_stop && p->pending == NULL;
        struct round r = {p->pending, p->want_all, p->is_building && p->is_built, p->asked};
        p->credentials_due |= p->want_credentials;
        p->pending = NULL;
        p->want_all = p->want_credentials = false;
        pthread_mutex_unlock(&p->lock);
        if (!stop)
            serve(p, &r);
        pthread_mutex_lock(&p->lock);
        if (!p->is_due)
            p->served = r.ticket;
        pthread_cond_broadcast(&p->done);
        if (stop || (p->want_stop && p->pending == NULL))
            break;
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* ---- from outside ---- */

static enum gh_rc
first(struct gh_publish *p)
{
    struct gh_view_file *base = NULL;
    enum gh_rc rc = draw_generation(&p->base_generation, p);
    if (rc == GH_OK)
        rc = gh_publish_base(&base, &p->c, p->dirfd, p->base_generation, snapshot_time(p));
    if (rc != GH_OK)
        return rc;
    p->base = base;
    gh_kept_add(&p->bases, p->dirfd, "base", p->base_generation);
    p->credentials_due = true;
    return publish(p);
}

static enum gh_rc
start_thread(struct gh_publish *p)
{
    pthread_condattr_t attr;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->wake, &attr);
    pthread_cond_init(&p->done, &attr);
    pthread_condattr_destroy(&attr);
    enum gh_rc rc = first(p);
    if (rc != GH_OK)
        return rc;
    gh_kept_clean(p->dirfd, p->base_generation, p->view->generation);
    return pthread_create(&p->thread, NULL, run, p) == 0 ? GH_OK : GH_NOMEM;
}

static void
publish_free(struct gh_publish *p)
{
    gh_view_unref(p->view);
    gh_view_file_unref(p->base);
    gh_view_file_unref(p->built);
    gh_overlay_free(p->overlay);
    gh_close(p->dirfd);
    free(p);
}

enum gh_rc
gh_publish_start(struct gh_publish **out, const struct gh_publish_config *config)
{
    *out = NULL;
    struct gh_publish *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return GH_NOMEM;
    p->c = *config;
    p->dirfd = open(config->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum gh_rc rc = p->dirfd < 0 ? GH_DOWN : gh_overlay_new(&p->overlay);
    if (rc == GH_OK)
        rc = start_thread(p);
    if (rc == GH_OK)
        *out = p;
    else
        publish_free(p);
    return rc;
}

void
gh_publish_stop(struct gh_publish *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->want_stop = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
    (void)pthread_join(p->thread, NULL);
    if (p->is_building)
        (void)pthread_join(p->builder, NULL);
    publish_free(p);
}

static struct pending *
pending_new(const struct gh_touched_key *k, struct pending *next)
{
    struct pending *q = malloc(sizeof(*q) + k->key.n);
    if (q == NULL)
        abort(); /* the change is committed; a restart publishes it */
    q->next = next;
    q->section = k->section;
    q->n = k->key.n;
    memcpy(q->key, k->key.p, k->key.n);
    return q;
}

void
gh_publish_touch(struct gh_publish *p, const struct gh_touched *t)
{
    if (t->n == 0)
        return;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < t->n; i++)
        p->pending = pending_new(&t->keys[i], p->pending);
    p->asked++;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

void
gh_publish_credentials(struct gh_publish *p)
{
    pthread_mutex_lock(&p->lock);
    p->want_credentials = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

void
gh_publish_all(struct gh_publish *p)
{
    pthread_mutex_lock(&p->lock);
    p->want_all = true;
    p->asked++;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

bool
gh_publish_wait(struct gh_publish *p, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000 + (until.tv_nsec / 1000000 + timeout_ms % 1000) / 1000;
    until.tv_nsec = (until.tv_nsec / 1000000 + timeout_ms % 1000) % 1000 * 1000000;
    pthread_mutex_lock(&p->lock);
    uint64_t ticket = p->asked;
    int late = 0;
    while (p->served < ticket && late == 0)
        late = pthread_cond_timedwait(&p->done, &p->lock, &until);
    bool is_served = p->served >= ticket;
    pthread_mutex_unlock(&p->lock);
    return is_served;
}

struct gh_view *
gh_publish_view(struct gh_publish *p)
{
    pthread_mutex_lock(&p->lock);
    struct gh_view *v = p->view;
    gh_view_ref(v);
    pthread_mutex_unlock(&p->lock);
    return v;
}
